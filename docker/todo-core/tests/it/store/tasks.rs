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
    assert_eq!(added.version, 1);
    assert_eq!(
        store.task(user, added.id).await.unwrap(),
        Some(added.clone())
    );
    assert_eq!(
        store.delete_task(user, added.id, None).await.unwrap(),
        Some(added.clone())
    );
    assert_eq!(store.delete_task(user, added.id, None).await.unwrap(), None);
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
        .update_task(user, before.id, patch, None)
        .await
        .unwrap()
        .unwrap();
    assert!(after.done && after.due.is_none() && after.updated_at >= before.updated_at);
    let reset = todo_core::task::Task {
        done: false,
        due: before.due,
        updated_at: before.updated_at,
        version: before.version,
        ..after.clone()
    };
    assert_eq!(reset, before);
    let untouched = store
        .update_task(user, before.id, TaskPatch::default(), None)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(untouched, after);
    assert_eq!(
        store
            .update_task(user, Uuid::new_v4(), TaskPatch::default(), None)
            .await
            .unwrap(),
        None
    );
}

pub async fn change_only_as_they_were_seen(store: &Shared) {
    let user = someone(store).await;
    let task = store.add_task(user, everything()).await.unwrap();
    let done = || TaskPatch {
        done: Some(true),
        ..TaskPatch::default()
    };
    let seen = [task.version];
    let changed = store
        .update_task(user, task.id, done(), Some(&seen))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(changed.version, 2);
    for only in [&seen[..], &[]] {
        let late = store.update_task(user, task.id, done(), Some(only)).await;
        assert!(matches!(late, Err(StoreError::Changed)), "{late:?}");
        let nothing = TaskPatch::default();
        let late = store.update_task(user, task.id, nothing, Some(only)).await;
        assert!(matches!(late, Err(StoreError::Changed)), "{late:?}");
        let late = store.delete_task(user, task.id, Some(only)).await;
        assert!(matches!(late, Err(StoreError::Changed)), "{late:?}");
    }
    assert_eq!(
        store.task(user, task.id).await.unwrap().as_ref(),
        Some(&changed)
    );
    let unknown = store.delete_task(user, Uuid::new_v4(), Some(&[1])).await;
    assert_eq!(unknown.unwrap(), None);
    let deleted = store.delete_task(user, task.id, Some(&[1, 2])).await;
    assert_eq!(deleted.unwrap(), Some(changed));
}

/// Many at once: changed, deleted and put back exactly as they were, and never another user's.
pub async fn are_changed_together(store: &Shared) {
    let (ann, bob) = (someone(store).await, someone(store).await);
    let mut tasks = Vec::new();
    for title in ["a", "b", "c"] {
        let task = NewTask {
            title: title.into(),
            ..everything()
        };
        tasks.push(store.add_task(ann, task).await.unwrap());
    }
    let foreign = store.add_task(bob, everything()).await.unwrap();
    let ids: Vec<_> = [tasks[2].id, foreign.id, tasks[0].id, Uuid::new_v4()].to_vec();
    let patch = TaskPatch {
        priority: Some(Priority::Low),
        ..TaskPatch::default()
    };
    let changed = store.update_tasks(ann, &ids, patch).await.unwrap();
    let seen: Vec<_> = changed
        .iter()
        .map(|task| (task.title.as_str(), task.priority, task.version))
        .collect();
    assert_eq!(seen, [("a", Priority::Low, 2), ("c", Priority::Low, 2)]);
    assert_eq!(store.delete_tasks(ann, &ids).await.unwrap(), changed);
    assert_eq!(store.delete_tasks(ann, &[]).await.unwrap(), []);

    let mut restored = changed.clone();
    restored.push(foreign.clone());
    let restored = store.restore_tasks(ann, restored).await.unwrap();
    let again: Vec<_> = restored
        .into_iter()
        .map(|task| todo_core::task::Task {
            version: task.version - 1,
            ..task
        })
        .collect();
    assert_eq!(again, changed);
    assert_eq!(store.restore_tasks(ann, Vec::new()).await.unwrap(), []);
    assert_eq!(store.task(bob, foreign.id).await.unwrap(), Some(foreign));
    let page = store.tasks(ann, &Default::default()).await.unwrap();
    let titles: Vec<_> = page.tasks.iter().map(|task| task.title.as_str()).collect();
    assert_eq!(titles, ["a", "b", "c"], "in their old order");
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
    let wrong = store.update_task(user, task.id, patch, None).await;
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
    assert_eq!(
        store.update_task(bob, task.id, patch, None).await.unwrap(),
        None
    );
    assert_eq!(store.delete_task(bob, task.id, None).await.unwrap(), None);
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
