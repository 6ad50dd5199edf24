//! Sessions that were logged out.

use chrono::{TimeDelta, Utc};
use uuid::Uuid;

use super::Shared;

pub async fn that_are_revoked_stay_so_until_they_end(store: &Shared) {
    let (ended, lasting, other) = (Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4());
    let (past, future) = (-TimeDelta::hours(1), TimeDelta::hours(1));
    store.revoke(ended, Utc::now() + past).await.unwrap();
    for _ in 0..2 {
        store.revoke(lasting, Utc::now() + future).await.unwrap();
    }
    assert!(store.is_revoked(lasting).await.unwrap());
    assert!(!store.is_revoked(other).await.unwrap());
    assert!(
        !store.is_revoked(ended).await.unwrap(),
        "its token is refused anyway, so it need not be kept"
    );
}
