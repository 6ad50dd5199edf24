//! Users.

use todo_core::conversation::NewMessage;
use todo_core::list::TaskQuery;
use todo_core::store::StoreError;
use todo_core::task::NewTask;
use todo_core::user::NewUser;
use uuid::Uuid;

use super::{Shared, someone};

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
    let account = store.account_of(kept.id).await.unwrap().unwrap();
    assert_eq!((account.user, account.epoch), (kept, 0));
}

/// Addresses that were stored before equal ones were made equal.
pub async fn get_the_one_form_of_their_address(store: &Shared) {
    let add = async |name: &str, email: &str| {
        let user = NewUser {
            name: name.into(),
            email: email.into(),
            password_hash: "hash".into(),
        };
        store.add_user(user).await.unwrap().id
    };
    let rene = add("René", "rene\u{301}@example.org").await;
    let capital = add("Zoe", "Zoe@example.org").await;
    let (first, second) = (
        add("Ada", "ad\u{e1}@example.org").await,
        add("Adá", "ada\u{301}@example.org").await,
    );
    for _ in 0..2 {
        store.migrate().await.unwrap();
        for (email, id) in [
            ("ren\u{e9}@example.org", rene),
            ("zoe@example.org", capital),
            ("ad\u{e1}@example.org", first),
            ("ada\u{301}@example.org", second),
        ] {
            let account = store.account(email).await.unwrap();
            assert_eq!(account.map(|account| account.user.id), Some(id), "{email}");
        }
    }
}

pub async fn that_are_unknown_own_nothing(store: &Shared) {
    let nobody = Uuid::new_v4();
    assert!(store.account("nobody@example.org").await.unwrap().is_none());
    assert!(store.account_of(nobody).await.unwrap().is_none());
    assert!(!store.delete_user(nobody).await.unwrap());
    let task = store.add_task(nobody, NewTask::titled("x")).await;
    assert!(matches!(task, Err(StoreError::UnknownUser)), "{task:?}");
    let conversation = store.add_conversation(nobody, "x").await;
    assert!(
        matches!(conversation, Err(StoreError::UnknownUser)),
        "{conversation:?}"
    );
}

pub async fn that_are_removed_leave_nothing(store: &Shared) {
    let (leaving, staying) = (someone(store).await, someone(store).await);
    for user in [leaving, staying] {
        store.add_task(user, NewTask::titled("x")).await.unwrap();
        let conversation = store.add_conversation(user, "x").await.unwrap().id;
        let said = NewMessage::from_user("hello");
        store.add_message(user, conversation, said).await.unwrap();
    }
    assert!(store.delete_user(leaving).await.unwrap());
    for (user, left) in [(leaving, 0), (staying, 1)] {
        let tasks = store.tasks(user, &TaskQuery::default()).await.unwrap();
        assert_eq!(tasks.tasks.len(), left);
        assert_eq!(store.said(user, None, 10).await.unwrap().len(), left);
    }
}
