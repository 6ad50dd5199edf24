//! Lists of tasks: orders and pages.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::NaiveDate;
use todo_core::list::{Cursor, Page, Sort, TaskFilter, TaskQuery};
use todo_core::store::StoreError;
use todo_core::task::{NewTask, Task};
use todo_core::user::UserId;

use super::Shared;
use super::lists::user_with_tasks;

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
