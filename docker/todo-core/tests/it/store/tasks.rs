//! Single tasks.

use chrono::NaiveDate;
use todo_core::store::StoreError;
use todo_core::task::{NewTask, Priority, TaskPatch};
use uuid::Uuid;

use super::{Shared, someone};

fn everything() -> NewTask {
    NewTask {
        title: "Buy “milk” & 牛乳 🥛".into(),
        notes: "two\nlines, a 'quote' and \\ a backslash".into(),
        due: NaiveDate::from_ymd_opt(2028, 2, 29),
        priority: Priority::High,
        tags: vec!["home".into(), "a \"b\" 100%".into()],
    }
}

pub async fn are_kept_as_given(store: &Shared) {
    let user = someone(store).await;
    let added = store.add_task(user, everything()).await.unwrap();
    let NewTask {
        title,
        notes,
        due,
        priority,
        tags,
    } = everything();
    assert_eq!(
        (
            &added.title,
            &added.notes,
            added.due,
            added.priority,
            &added.tags
        ),
        (&title, &notes, due, priority, &tags)
    );
    assert!(!added.done);
    assert_eq!(added.created_at, added.updated_at);
    assert_eq!(
        store.task(user, added.id).await.unwrap(),
        Some(added.clone())
    );
    assert_eq!(
        store.delete_task(user, added.id).await.unwrap(),
        Some(added.clone())
    );
    assert_eq!(store.delete_task(user, added.id).await.unwrap(), None);
    assert_eq!(store.task(user, added.id).await.unwrap(), None);
}

pub async fn change_only_where_told(store: &Shared) {
    let user = someone(store).await;
    let before = store.add_task(user, everything()).await.unwrap();
    let patch = TaskPatch {
        done: Some(true),
        due: Some(None),
        ..TaskPatch::default()
    };
    let after = store
        .update_task(user, before.id, patch)
        .await
        .unwrap()
        .unwrap();
    assert!(after.done && after.due.is_none() && after.updated_at >= before.updated_at);
    let reset = todo_core::task::Task {
        done: false,
        due: before.due,
        updated_at: before.updated_at,
        ..after.clone()
    };
    assert_eq!(reset, before);
    let untouched = store
        .update_task(user, before.id, TaskPatch::default())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(untouched.title, after.title);
    assert_eq!(
        store
            .update_task(user, Uuid::new_v4(), TaskPatch::default())
            .await
            .unwrap(),
        None
    );
}

pub async fn that_are_wrong_are_refused(store: &Shared) {
    let user = someone(store).await;
    let empty = store.add_task(user, NewTask::titled("  ")).await;
    assert!(matches!(empty, Err(StoreError::Invalid(_))), "{empty:?}");
    let task = store.add_task(user, NewTask::titled("x")).await.unwrap();
    let patch = TaskPatch {
        title: Some("a\0b".into()),
        ..TaskPatch::default()
    };
    let wrong = store.update_task(user, task.id, patch).await;
    assert!(matches!(wrong, Err(StoreError::Invalid(_))), "{wrong:?}");
    assert_eq!(store.task(user, task.id).await.unwrap(), Some(task));
}

pub async fn are_their_owners_alone(store: &Shared) {
    let (ann, bob) = (someone(store).await, someone(store).await);
    let task = store.add_task(ann, everything()).await.unwrap();
    let patch = TaskPatch {
        done: Some(true),
        ..TaskPatch::default()
    };
    assert_eq!(store.task(bob, task.id).await.unwrap(), None);
    assert_eq!(store.update_task(bob, task.id, patch).await.unwrap(), None);
    assert_eq!(store.delete_task(bob, task.id).await.unwrap(), None);
    assert!(
        store
            .tasks(bob, &Default::default())
            .await
            .unwrap()
            .tasks
            .is_empty()
    );
    assert_eq!(store.task(ann, task.id).await.unwrap(), Some(task));
}
