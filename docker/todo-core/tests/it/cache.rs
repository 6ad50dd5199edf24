//! The contract of Cache. Each promise is one function; every implementation has to keep them all.

use std::sync::Arc;
use std::time::Duration;

use todo_core::cache::{Cache, Fallback, Memory, Redis};
use tokio::time::sleep;
use uuid::Uuid;

use crate::servers;

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(80);

type Shared = Arc<dyn Cache>;

#[tokio::test]
async fn memory_keeps_the_contract() {
    contract(Arc::new(Memory::default())).await;
}

#[tokio::test]
async fn redis_keeps_the_contract() {
    let Some(server) = servers::redis() else {
        return;
    };
    contract(Arc::new(Redis::open(&server.redis_url()).unwrap())).await;
    contract(Arc::new(Fallback::new(
        Redis::open(&server.redis_url()).unwrap(),
    )))
    .await;
}

async fn contract(cache: Shared) {
    cache.ping().await.unwrap();
    values_last_as_long_as_told(&cache).await;
    counts_lose_nothing(&cache).await;
    counts_begin_anew(&cache).await;
    streams_are_read_on(&cache).await;
    streams_expire(&cache).await;
}

/// A key that no other promise knows.
fn key() -> String {
    Uuid::new_v4().to_string()
}

async fn values_last_as_long_as_told(cache: &Shared) {
    let key = key();
    assert_eq!(cache.get(&key).await, Ok(None));
    cache.set(&key, "one", LONG).await.unwrap();
    cache.set(&key, "zwei\n2", LONG).await.unwrap();
    assert_eq!(cache.get(&key).await, Ok(Some("zwei\n2".into())));
    cache.set(&key, "short", SHORT).await.unwrap();
    sleep(SHORT * 2).await;
    assert_eq!(cache.get(&key).await, Ok(None));
}

async fn counts_lose_nothing(cache: &Shared) {
    let key = key();
    let counting = (0..50).map(|_| {
        let (cache, key) = (cache.clone(), key.clone());
        tokio::spawn(async move { cache.incr(&key, LONG).await.unwrap().count })
    });
    let mut counts = Vec::new();
    for count in counting.collect::<Vec<_>>() {
        counts.push(count.await.unwrap());
    }
    counts.sort();
    assert_eq!(counts, (1..=50).collect::<Vec<u64>>());
}

async fn counts_begin_anew(cache: &Shared) {
    let key = key();
    let first = cache.incr(&key, SHORT).await.unwrap();
    assert!(
        first.count == 1 && first.resets_in <= SHORT && !first.resets_in.is_zero(),
        "{first:?}"
    );
    assert_eq!(cache.incr(&key, LONG).await.unwrap().count, 2);
    sleep(SHORT * 2).await;
    assert_eq!(cache.incr(&key, LONG).await.unwrap().count, 1);
}

async fn streams_are_read_on(cache: &Shared) {
    let stream = key();
    assert_eq!(cache.read(&stream, 0).await, Ok(vec![]));
    for (number, event) in (1..).zip(["a", "b", "c"]) {
        assert_eq!(cache.append(&stream, event, LONG).await, Ok(number));
    }
    assert_eq!(
        cache.read(&stream, 0).await,
        Ok(vec!["a".into(), "b".into(), "c".into()])
    );
    assert_eq!(cache.read(&stream, 2).await, Ok(vec!["c".into()]));
    assert_eq!(cache.read(&stream, 3).await, Ok(vec![]));
    assert_eq!(cache.read(&stream, u64::MAX).await, Ok(vec![]));
}

async fn streams_expire(cache: &Shared) {
    let stream = key();
    cache.append(&stream, "old", SHORT).await.unwrap();
    sleep(SHORT * 2).await;
    assert_eq!(cache.read(&stream, 0).await, Ok(vec![]));
    assert_eq!(cache.append(&stream, "new", LONG).await, Ok(1));
}

#[tokio::test]
async fn a_redis_that_goes_away_is_stood_in_for_and_taken_back() {
    let Some(mut server) = servers::redis() else {
        return;
    };
    let cache = Fallback::new(Redis::open(&server.redis_url()).unwrap());
    cache.set("before", "kept in redis", LONG).await.unwrap();
    server.stop();
    assert!(cache.ping().await.is_err());
    cache.set("during", "kept here", LONG).await.unwrap();
    assert_eq!(cache.get("during").await, Ok(Some("kept here".into())));
    assert_eq!(cache.incr("count", LONG).await.unwrap().count, 1);
    server.start();
    sleep(Duration::from_millis(2500)).await;
    cache.set("after", "kept in redis", LONG).await.unwrap();
    assert_eq!(cache.get("during").await, Ok(Some("kept here".into())));
    let other = Redis::open(&server.redis_url()).unwrap();
    assert_eq!(other.get("after").await, Ok(Some("kept in redis".into())));
}

#[tokio::test]
async fn a_stream_that_redis_missed_a_part_of_is_read_on_to_its_end() {
    let Some(mut server) = servers::redis() else {
        return;
    };
    let cache = Fallback::new(Redis::open(&server.redis_url()).unwrap());
    let stream = key();
    let append = async |event| cache.append(&stream, event, LONG).await.unwrap();
    let read = async |after| cache.read(&stream, after).await.unwrap().concat();
    assert_eq!((append("a").await, append("b").await), (1, 2));
    server.stop();
    assert_eq!((append("c").await, read(2).await), (3, "c".into()));
    server.start();
    sleep(Duration::from_millis(2500)).await;
    cache.set("back", "", LONG).await.unwrap();
    assert_eq!((append("d").await, read(0).await), (4, "abcd".into()));
    assert_eq!((read(2).await, read(4).await), ("cd".into(), "".into()));
    let other = Redis::open(&server.redis_url()).unwrap();
    let kept = other.read(&stream, 0).await.unwrap().concat();
    assert!("ab".starts_with(&kept), "no gap: {kept}");
}

#[tokio::test]
async fn a_redis_that_never_was_does_not_stop_anyone() {
    let url = format!("redis://127.0.0.1:{}", servers::free_port());
    let cache = Fallback::new(Redis::open(&url).unwrap());
    contract_without_ping(Arc::new(cache)).await;
}

async fn contract_without_ping(cache: Shared) {
    values_last_as_long_as_told(&cache).await;
    counts_lose_nothing(&cache).await;
    streams_are_read_on(&cache).await;
}
