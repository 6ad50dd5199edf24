//! Lists of tasks: filters and counts.

use chrono::NaiveDate;
use todo_core::list::{Counts, Page, TaskFilter, TaskQuery};
use todo_core::task::{NewTask, Priority, TaskPatch};
use todo_core::user::UserId;

use super::{Shared, someone};

fn day(day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(2030, 1, day)
}

/// Seven tasks in which every order has ties.
pub(super) async fn user_with_tasks(store: &Shared) -> UserId {
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
