//! Lists of tasks: filters, orders, pages.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::NaiveDate;
use todo_core::list::{Counts, Cursor, Page, Sort, TaskFilter, TaskQuery};
use todo_core::store::StoreError;
use todo_core::task::{NewTask, Priority, Task, TaskPatch};
use todo_core::user::UserId;

use super::{Shared, someone};

fn day(day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(2030, 1, day)
}

/// Seven tasks in which every order has ties.
async fn user_with_tasks(store: &Shared) -> UserId {
    let user = someone(store).await;
    let tasks = [
        ("Äpfel kaufen", day(3), Priority::Low, &["home"][..]),
        ("call Bob", None, Priority::High, &["work", "phone"]),
        ("Call Ann", day(1), Priority::High, &["work"]),
        ("call bob", day(3), Priority::Medium, &["home"]),
        ("50% off_sale", day(2), Priority::Low, &["homework"]),
        ("zzz", None, Priority::Medium, &[]),
        ("call Bob", day(1), Priority::Medium, &["a_b"]),
    ];
    for (title, due, priority, tags) in tasks {
        let tags = tags.iter().map(|tag| tag.to_string()).collect();
        let notes = format!("notes on {title}");
        store
            .add_task(
                user,
                NewTask {
                    title: title.into(),
                    notes,
                    due,
                    priority,
                    tags,
                },
            )
            .await
            .unwrap();
    }
    user
}

async fn titles(store: &Shared, user: UserId, filter: TaskFilter) -> Vec<String> {
    let query = TaskQuery {
        filter,
        ..TaskQuery::default()
    };
    let page = store.tasks(user, &query).await.unwrap();
    assert_eq!(page.next, None);
    page.tasks.into_iter().map(|task| task.title).collect()
}

pub async fn are_filtered(store: &Shared) {
    let user = user_with_tasks(store).await;
    let all = TaskFilter::default;
    let text = |text: &str| Some(text.to_string());
    let cases = [
        (
            TaskFilter {
                q: text("CALL BOB"),
                ..all()
            },
            &["call Bob", "call bob", "call Bob"][..],
        ),
        (
            TaskFilter {
                q: text("äPFEL"),
                ..all()
            },
            &["Äpfel kaufen"],
        ),
        (
            TaskFilter {
                q: text("on zz"),
                ..all()
            },
            &["zzz"],
        ),
        (
            TaskFilter {
                q: text("0% o"),
                ..all()
            },
            &["50% off_sale"],
        ),
        (
            TaskFilter {
                q: text("_"),
                ..all()
            },
            &["50% off_sale"],
        ),
        (
            TaskFilter {
                q: text("' OR 1=1 --"),
                ..all()
            },
            &[],
        ),
        (
            TaskFilter {
                tag: text("HOME"),
                ..all()
            },
            &["Äpfel kaufen", "call bob"],
        ),
        (
            TaskFilter {
                tag: text("a_b"),
                ..all()
            },
            &["call Bob"],
        ),
        (
            TaskFilter {
                tag: text("aXb"),
                ..all()
            },
            &[],
        ),
        (
            TaskFilter {
                priority: Some(Priority::High),
                ..all()
            },
            &["call Bob", "Call Ann"],
        ),
        (
            TaskFilter {
                due_before: day(1),
                ..all()
            },
            &["Call Ann", "call Bob"],
        ),
        (
            TaskFilter {
                due_after: day(3),
                ..all()
            },
            &["Äpfel kaufen", "call bob"],
        ),
        (
            TaskFilter {
                due_after: day(2),
                due_before: day(2),
                ..all()
            },
            &["50% off_sale"],
        ),
        (
            TaskFilter {
                tag: text("work"),
                q: text("ann"),
                ..all()
            },
            &["Call Ann"],
        ),
        (
            TaskFilter {
                done: Some(true),
                ..all()
            },
            &[],
        ),
    ];
    for (filter, expected) in cases {
        assert_eq!(
            titles(store, user, filter.clone()).await,
            expected,
            "{filter:?}"
        );
    }
    done_and_open(store, user).await;
}

async fn done_and_open(store: &Shared, user: UserId) {
    let first = store
        .tasks(user, &TaskQuery::default())
        .await
        .unwrap()
        .tasks
        .remove(0);
    let patch = TaskPatch {
        done: Some(true),
        ..TaskPatch::default()
    };
    store
        .update_task(user, first.id, patch, None)
        .await
        .unwrap();
    let done = TaskFilter {
        done: Some(true),
        ..TaskFilter::default()
    };
    assert_eq!(titles(store, user, done).await, [first.title]);
    let open = TaskFilter {
        done: Some(false),
        ..TaskFilter::default()
    };
    assert_eq!(titles(store, user, open).await.len(), 6);
}

pub async fn are_sorted_and_paged(store: &Shared) {
    let user = user_with_tasks(store).await;
    let all = store
        .tasks(user, &TaskQuery::default())
        .await
        .unwrap()
        .tasks;
    for sort in [
        "created",
        "-created",
        "due",
        "-due",
        "priority",
        "-priority",
        "title",
        "-title",
    ] {
        let sort: Sort = sort.parse().unwrap();
        let expected = sorted(all.clone(), sort);
        for limit in [1, 2, 3, 7, 200] {
            assert_eq!(
                paged(store, user, sort, limit).await,
                expected,
                "{sort} by {limit}"
            );
        }
    }
}

/// Whatever the page and the filter, the counts are of all tasks.
pub async fn are_counted(store: &Shared) {
    let user = user_with_tasks(store).await;
    let first = store.tasks(user, &TaskQuery::default()).await.unwrap();
    let ids = [first.tasks[0].id, first.tasks[3].id];
    let done = TaskPatch {
        done: Some(true),
        ..TaskPatch::default()
    };
    store.update_tasks(user, &ids, done).await.unwrap();
    let counts = Counts {
        all: 7,
        open: 5,
        done: 2,
    };
    let mut query = TaskQuery {
        page: Page::of(2).unwrap(),
        ..TaskQuery::default()
    };
    for (q, total) in [(None, 7), (Some("call"), 4), (Some("nothing"), 0)] {
        query.filter.q = q.map(str::to_string);
        let page = store.tasks(user, &query).await.unwrap();
        assert_eq!((page.total, page.counts), (total, counts), "{q:?}");
    }
    query.filter = TaskFilter::default();
    query.page.after = store.tasks(user, &query).await.unwrap().next;
    let second = store.tasks(user, &query).await.unwrap();
    assert_eq!((second.total, second.counts), (7, counts));
    let nobody = someone(store).await;
    let none = store.tasks(nobody, &TaskQuery::default()).await.unwrap();
    assert_eq!((none.total, none.counts), (0, Counts::default()));
}

/// All pages of a list, one after the other.
async fn paged(store: &Shared, user: UserId, sort: Sort, limit: u32) -> Vec<String> {
    let mut query = TaskQuery {
        sort,
        page: Page::of(limit).unwrap(),
        ..TaskQuery::default()
    };
    let mut ids = Vec::new();
    loop {
        let page = store.tasks(user, &query).await.unwrap();
        assert!(page.tasks.len() <= limit as usize);
        ids.extend(page.tasks.iter().map(|task| task.id.to_string()));
        match page.next {
            Some(next) => query.page.after = Some(next),
            None => return ids,
        }
    }
}

/// The same order, made without a database.
fn sorted(mut tasks: Vec<Task>, sort: Sort) -> Vec<String> {
    let far = if sort.descending {
        NaiveDate::MIN
    } else {
        NaiveDate::MAX
    };
    tasks.sort_by_key(|task| {
        let key = match sort.to_string().trim_start_matches('-') {
            "due" => task.due.unwrap_or(far).to_string(),
            "priority" => format!("{}", task.priority as u8),
            "title" => task.title.to_lowercase(),
            _ => String::new(),
        };
        (key, task.id)
    });
    if sort.to_string().trim_start_matches('-') == "due" {
        tasks.sort_by_key(|task| (task.due.unwrap_or(far), task.id));
    }
    if sort.descending {
        tasks.reverse();
    }
    tasks.into_iter().map(|task| task.id.to_string()).collect()
}

pub async fn survive_changes_between_pages(store: &Shared) {
    let user = user_with_tasks(store).await;
    let mut query = TaskQuery {
        page: Page::of(3).unwrap(),
        ..TaskQuery::default()
    };
    let first = store.tasks(user, &query).await.unwrap();
    // The very task that the cursor names goes away, and a new one comes.
    store
        .delete_task(user, first.tasks[2].id, None)
        .await
        .unwrap();
    store.add_task(user, NewTask::titled("late")).await.unwrap();
    query.page = Page {
        limit: 200,
        after: first.next,
    };
    let titles: Vec<String> = store
        .tasks(user, &query)
        .await
        .unwrap()
        .tasks
        .into_iter()
        .map(|task| task.title)
        .collect();
    assert_eq!(
        titles,
        ["call bob", "50% off_sale", "zzz", "call Bob", "late"]
    );
}

pub async fn refuse_cursors_of_other_lists(store: &Shared) {
    let user = user_with_tasks(store).await;
    let mut query = TaskQuery {
        sort: "due".parse().unwrap(),
        page: Page::of(1).unwrap(),
        ..TaskQuery::default()
    };
    query.page.after = store.tasks(user, &query).await.unwrap().next;
    query.sort = "-due".parse().unwrap();
    let refused = store.tasks(user, &query).await;
    assert!(
        matches!(refused, Err(StoreError::Invalid(_))),
        "{refused:?}"
    );
    let far = NaiveDate::MIN;
    for filter in [
        TaskFilter {
            q: Some("a\0b".into()),
            ..TaskFilter::default()
        },
        TaskFilter {
            due_after: Some(far),
            ..TaskFilter::default()
        },
        TaskFilter {
            due_before: Some(far),
            ..TaskFilter::default()
        },
    ] {
        let query = TaskQuery {
            filter,
            ..TaskQuery::default()
        };
        let refused = store.tasks(user, &query).await;
        assert!(
            matches!(refused, Err(StoreError::Invalid(_))),
            "{query:?}: {refused:?}"
        );
    }
    for (sort, key) in [("due", "-9999-01-01"), ("title", "a\0b"), ("priority", "9")] {
        let sort: Sort = sort.parse().unwrap();
        let query = TaskQuery {
            sort,
            page: Page {
                limit: 1,
                after: Some(forged(sort, key)),
            },
            ..TaskQuery::default()
        };
        let refused = store.tasks(user, &query).await;
        assert!(
            matches!(refused, Err(StoreError::Invalid(_))),
            "{query:?}: {refused:?}"
        );
    }
}

/// A cursor that no list has answered, though it reads like one.
fn forged(sort: Sort, key: &str) -> Cursor {
    let fields = serde_json::json!([sort.to_string(), key, uuid::Uuid::nil()]);
    Cursor::decode(&URL_SAFE_NO_PAD.encode(fields.to_string())).unwrap()
}
