//! Sessions: ended one by one, ended all at once, renewed.

use chrono::{DateTime, TimeDelta, Utc};
use todo_core::session::{Ended, GRACE, goes_on};
use todo_core::token::Claims;
use uuid::Uuid;

use super::{Shared, someone};

async fn state(store: &Shared, token: &Claims, now: DateTime<Utc>) -> Result<(), Ended> {
    let standing = store.standing(token.sub, token.jti).await.unwrap();
    goes_on(standing.as_ref(), token, now)
}

#[track_caller]
fn same(seen: Result<(), Ended>, expected: Result<(), Ended>) {
    assert_eq!(seen, expected);
}

pub async fn that_are_revoked_stay_so_until_they_end(store: &Shared) {
    let user = someone(store).await;
    let [ended, lasting, other] = [(); 3].map(|()| Claims::new(user, 60));
    let hour = TimeDelta::hours(1);
    store.revoke(ended.jti, Utc::now() - hour).await.unwrap();
    for _ in 0..2 {
        store.revoke(lasting.jti, Utc::now() + hour).await.unwrap();
    }
    same(
        state(store, &lasting, Utc::now()).await,
        Err(Ended::LoggedOut),
    );
    same(state(store, &other, Utc::now()).await, Ok(()));
    // Its token is refused anyway, so it need not be kept.
    same(state(store, &ended, Utc::now()).await, Ok(()));
}

pub async fn are_renewed_once_by_each_token(store: &Shared) {
    let first = Claims::new(someone(store).await, 60);
    let (second, third) = (first.renewed(60), first.renewed(60).renewed(60));
    assert!(store.renew(&second).await.unwrap());
    assert!(!store.renew(&first.renewed(60)).await.unwrap());
    let later = Utc::now() + GRACE;
    same(state(store, &first, Utc::now()).await, Ok(()));
    same(state(store, &first, later).await, Err(Ended::Reused));
    same(state(store, &second, later).await, Ok(()));
    assert!(store.renew(&third).await.unwrap());
    same(state(store, &first, Utc::now()).await, Err(Ended::Reused));
}

pub async fn end_all_at_once(store: &Shared) {
    let user = someone(store).await;
    let (here, there) = (Claims::new(user, 60), Claims::new(user, 60));
    let stranger = Claims::new(someone(store).await, 60);
    store.set_password(&here, "other".into()).await.unwrap();
    same(state(store, &here, Utc::now()).await, Ok(()));
    same(
        state(store, &there, Utc::now()).await,
        Err(Ended::LoggedOut),
    );
    let account = store.account_of(user).await.unwrap().unwrap();
    assert_eq!(
        (account.password_hash.as_str(), account.epoch),
        ("other", 1)
    );
    assert!(store.renew(&here.renewed(60)).await.unwrap());
    same(state(store, &here.renewed(60), Utc::now()).await, Ok(()));

    store.end_sessions(user).await.unwrap();
    same(
        state(store, &here.renewed(60), Utc::now()).await,
        Err(Ended::LoggedOut),
    );
    same(state(store, &stranger, Utc::now()).await, Ok(()));
    let nobody = Claims::new(Uuid::new_v4(), 60);
    same(
        state(store, &nobody, Utc::now()).await,
        Err(Ended::UnknownUser),
    );
}
