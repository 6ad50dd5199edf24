//! The contract of Store. Each promise is one function; every database has to keep them all.

mod conversations;
mod lists;
mod pages;
mod sessions;
mod tasks;
mod users;

use std::sync::Arc;

use todo_core::store::{self, Store};
use todo_core::user::{NewUser, UserId};
use uuid::Uuid;

use crate::servers;

type Shared = Arc<dyn Store>;

#[tokio::test]
async fn sqlite_keeps_the_contract() {
    let directory = tempfile::tempdir().unwrap();
    let store = store::open_url(&format!("sqlite://{}/todo.db", directory.path().display()))
        .await
        .unwrap();
    contract(store).await;
}

#[tokio::test]
async fn sqlite_in_memory_keeps_the_contract() {
    contract(store::open_url("sqlite::memory:").await.unwrap()).await;
}

#[tokio::test]
async fn postgres_keeps_the_contract() {
    let Some(server) = servers::postgres() else {
        return;
    };
    contract(store::open_url(&server.postgres_url()).await.unwrap()).await;
}

async fn contract(store: Shared) {
    store.migrate().await.unwrap();
    assert!(store.schema().await.unwrap().is_usable());
    users::have_one_address_each(&store).await;
    users::get_the_one_form_of_their_address(&store).await;
    users::that_are_unknown_own_nothing(&store).await;
    users::that_are_removed_leave_nothing(&store).await;
    sessions::that_are_revoked_stay_so_until_they_end(&store).await;
    sessions::are_renewed_once_by_each_token(&store).await;
    sessions::end_all_at_once(&store).await;
    tasks::are_kept_as_given(&store).await;
    tasks::change_only_where_told(&store).await;
    tasks::change_only_as_they_were_seen(&store).await;
    tasks::are_changed_together(&store).await;
    tasks::that_are_wrong_are_refused(&store).await;
    tasks::are_their_owners_alone(&store).await;
    lists::are_filtered(&store).await;
    lists::are_counted(&store).await;
    pages::are_sorted_and_paged(&store).await;
    pages::survive_changes_between_pages(&store).await;
    pages::refuse_cursors_of_other_lists(&store).await;
    conversations::are_kept_in_order(&store).await;
    conversations::are_found_by_title_and_message(&store).await;
    conversations::are_renamed_and_removed(&store).await;
    conversations::refuse_what_none_can_hold(&store).await;
    conversations::are_their_owners_alone(&store).await;
    store.close().await;
}

/// A user that no other promise knows.
async fn someone(store: &Shared) -> UserId {
    let email = format!("{}@example.org", Uuid::new_v4());
    let user = NewUser {
        name: "Someone".into(),
        email,
        password_hash: "hash".into(),
    };
    store.add_user(user).await.unwrap().id
}
