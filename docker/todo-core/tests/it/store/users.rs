//! Users.

use todo_core::store::StoreError;
use todo_core::task::NewTask;
use todo_core::user::NewUser;
use uuid::Uuid;

use super::Shared;

pub async fn have_one_address_each(store: &Shared) {
    let ann = NewUser {
        name: "Änn".into(),
        email: "ann@example.org".into(),
        password_hash: "hash".into(),
    };
    let kept = store.add_user(ann.clone()).await.unwrap();
    let again = store
        .add_user(NewUser {
            name: "Other".into(),
            ..ann
        })
        .await;
    assert!(matches!(again, Err(StoreError::EmailTaken)), "{again:?}");
    let account = store.account("ann@example.org").await.unwrap().unwrap();
    assert_eq!(
        (&account.user, account.password_hash.as_str()),
        (&kept, "hash")
    );
    assert_eq!(store.user(kept.id).await.unwrap(), Some(kept));
}

pub async fn that_are_unknown_own_nothing(store: &Shared) {
    let nobody = Uuid::new_v4();
    assert!(store.account("nobody@example.org").await.unwrap().is_none());
    assert!(store.user(nobody).await.unwrap().is_none());
    let task = store.add_task(nobody, NewTask::titled("x")).await;
    assert!(matches!(task, Err(StoreError::UnknownUser)), "{task:?}");
    let conversation = store.add_conversation(nobody, "x").await;
    assert!(
        matches!(conversation, Err(StoreError::UnknownUser)),
        "{conversation:?}"
    );
}
