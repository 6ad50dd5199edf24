//! Conversations and their messages.

use serde_json::json;
use todo_core::conversation::{NewMessage, Role};

use super::{Shared, someone};

pub async fn are_kept_in_order(store: &Shared) {
    let user = someone(store).await;
    let older = store.add_conversation(user, "older").await.unwrap();
    let newer = store.add_conversation(user, "newer").await.unwrap();
    let call =
        json!({"name": "add_task", "arguments": {"title": "milk"}, "result": {"task": null}});
    let answer = NewMessage::from_brain("rules", "Added \0“milk”.", vec![call.clone()]);
    store
        .add_message(user, older.id, NewMessage::from_user("add milk"))
        .await
        .unwrap()
        .unwrap();
    store
        .add_message(user, older.id, answer)
        .await
        .unwrap()
        .unwrap();

    let messages = store.messages(user, older.id, 10).await.unwrap();
    assert_eq!(
        messages
            .iter()
            .map(|message| message.role)
            .collect::<Vec<_>>(),
        [Role::User, Role::Assistant]
    );
    assert_eq!(messages[1].content, "Added “milk”.");
    assert_eq!(messages[1].brain.as_deref(), Some("rules"));
    assert_eq!(messages[1].tool_calls, [call]);
    assert_eq!(
        store.messages(user, older.id, 1).await.unwrap(),
        messages[1..]
    );

    // The one with the latest message comes first.
    let ids: Vec<_> = store
        .conversations(user, 10)
        .await
        .unwrap()
        .iter()
        .map(|one| one.id)
        .collect();
    assert_eq!(ids, [older.id, newer.id]);
    assert_eq!(store.conversations(user, 1).await.unwrap().len(), 1);
    assert_eq!(
        store.conversation(user, newer.id).await.unwrap(),
        Some(newer)
    );
}

pub async fn are_their_owners_alone(store: &Shared) {
    let (ann, bob) = (someone(store).await, someone(store).await);
    let conversation = store.add_conversation(ann, "private").await.unwrap();
    store
        .add_message(ann, conversation.id, NewMessage::from_user("secret"))
        .await
        .unwrap()
        .unwrap();
    assert!(store.conversations(bob, 10).await.unwrap().is_empty());
    assert_eq!(
        store.conversation(bob, conversation.id).await.unwrap(),
        None
    );
    assert!(
        store
            .messages(bob, conversation.id, 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        store
            .add_message(bob, conversation.id, NewMessage::from_user("hi"))
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        store
            .messages(ann, conversation.id, 10)
            .await
            .unwrap()
            .len(),
        1
    );
}
