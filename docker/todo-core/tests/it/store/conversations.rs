//! Conversations and their messages.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use todo_core::conversation::{ConversationCursor, ConversationQuery, NewMessage, Role};
use todo_core::store::StoreError;
use todo_core::user::UserId;

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
    assert_eq!(found(store, user, None).await, ["older", "newer"]);
    assert_eq!(
        store.conversation(user, newer.id).await.unwrap(),
        Some(newer)
    );
}

/// The titles of all that is found, page by page of two.
async fn found(store: &Shared, user: UserId, q: Option<&str>) -> Vec<String> {
    let mut query = ConversationQuery {
        q: q.map(str::to_string),
        limit: 2,
        after: None,
    };
    let mut titles = Vec::new();
    loop {
        let page = store.conversations(user, &query).await.unwrap();
        assert!(page.conversations.len() <= 2);
        titles.extend(page.conversations.into_iter().map(|one| one.title));
        match page.next {
            Some(next) => query.after = Some(next),
            None => return titles,
        }
    }
}

pub async fn are_found_by_title_and_message(store: &Shared) {
    let user = someone(store).await;
    for (title, message) in [
        ("Äpfel", "100% of them"),
        ("two", "an ÄPFEL tart"),
        ("three", "plain"),
        ("four", "plain too"),
        ("five", "a_b"),
    ] {
        let one = store.add_conversation(user, title).await.unwrap();
        let message = NewMessage::from_user(message);
        store.add_message(user, one.id, message).await.unwrap();
    }
    let latest_first = ["five", "four", "three", "two", "Äpfel"];
    assert_eq!(found(store, user, None).await, latest_first);
    for (q, expected) in [
        ("äpfel", &["two", "Äpfel"][..]),
        ("PLAIN", &["four", "three"]),
        ("0%", &["Äpfel"]),
        ("_", &["five"]),
        ("nowhere", &[]),
    ] {
        assert_eq!(found(store, user, Some(q)).await, expected, "{q}");
    }
}

pub async fn are_renamed_and_removed(store: &Shared) {
    let user = someone(store).await;
    let one = store.add_conversation(user, "one").await.unwrap();
    let message = NewMessage::from_user("hello");
    store.add_message(user, one.id, message).await.unwrap();
    let before = store.conversation(user, one.id).await.unwrap().unwrap();
    let renamed = store.rename_conversation(user, one.id, " Größe ").await;
    let renamed = renamed.unwrap().unwrap();
    assert_eq!(renamed.title, "Größe");
    assert_eq!(renamed.updated_at, before.updated_at, "it keeps its place");
    assert_eq!(found(store, user, Some("GRÖSSE")).await, [""; 0]);
    assert_eq!(found(store, user, Some("GRÖẞE")).await, ["Größe"]);
    let empty = store.rename_conversation(user, one.id, " ").await;
    assert!(matches!(empty, Err(StoreError::Invalid(_))), "{empty:?}");
    let deleted = store.delete_conversation(user, one.id).await.unwrap();
    assert_eq!(deleted, Some(renamed));
    assert_eq!(store.messages(user, one.id, 9).await.unwrap(), []);
    let again = store.delete_conversation(user, one.id).await.unwrap();
    assert_eq!(again, None);
}

pub async fn refuse_what_none_can_hold(store: &Shared) {
    let user = someone(store).await;
    let long_ago = r#"["-4000-01-01T00:00:00Z","00000000-0000-0000-0000-000000000000"]"#;
    let forged = ConversationCursor::decode(&URL_SAFE_NO_PAD.encode(long_ago)).unwrap();
    for (q, limit, after) in [
        (Some("a\0b".to_string()), 1, None),
        (Some("x".repeat(201)), 1, None),
        (None, 0, None),
        (None, 201, None),
        (None, 1, Some(forged)),
    ] {
        let query = ConversationQuery { q, limit, after };
        let refused = store.conversations(user, &query).await;
        assert!(
            matches!(refused, Err(StoreError::Invalid(_))),
            "{query:?}: {refused:?}"
        );
    }
}

pub async fn are_their_owners_alone(store: &Shared) {
    let (ann, bob) = (someone(store).await, someone(store).await);
    let conversation = store.add_conversation(ann, "private").await.unwrap();
    store
        .add_message(ann, conversation.id, NewMessage::from_user("secret"))
        .await
        .unwrap()
        .unwrap();
    assert!(found(store, bob, None).await.is_empty());
    assert!(found(store, bob, Some("secret")).await.is_empty());
    let renamed = store.rename_conversation(bob, conversation.id, "mine");
    assert_eq!(renamed.await.unwrap(), None);
    let deleted = store.delete_conversation(bob, conversation.id).await;
    assert_eq!(deleted.unwrap(), None);
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
