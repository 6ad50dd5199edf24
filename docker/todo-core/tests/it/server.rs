//! The listening socket: answers on their way are finished at the end, and nobody waits for ever.

use std::future::{pending, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use axum::middleware::from_fn;
use axum::routing::get;
use axum::{BoxError, Router};
use todo_core::lifecycle::Lifecycle;
use todo_core::server;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tower::ServiceExt;

const PATIENCE: Duration = Duration::from_secs(30);

/// A stream whose pieces the test decides.
fn streaming() -> (mpsc::Sender<&'static str>, Router) {
    let (pieces, received) = mpsc::channel(1);
    let stream = futures_util::stream::unfold(received, |mut received| async {
        let piece: &str = received.recv().await?;
        Some((Ok::<_, BoxError>(Bytes::from(piece)), received))
    });
    let body = std::sync::Mutex::new(Some(Body::from_stream(stream)));
    let body = std::sync::Arc::new(body);
    let stream = move || async move { body.lock().unwrap().take().unwrap() };
    (pieces, Router::new().route("/", get(stream)))
}

#[tokio::test]
async fn what_is_on_its_way_is_finished_and_then_it_ends() {
    let (pieces, router) = streaming();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let lifecycle = Lifecycle::new(Duration::ZERO);
    let ending = lifecycle.clone();
    let serving =
        tokio::spawn(async move { server::serve(listener, router, &lifecycle, ready(())).await });

    let mut caller = TcpStream::connect(address).await.unwrap();
    let idle = TcpStream::connect(address).await.unwrap();
    caller
        .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    pieces.send("first,").await.unwrap();
    let mut answer = vec![0; 4];
    caller.read_exact(&mut answer).await.unwrap();
    ending.end().await;
    pieces.send("last.").await.unwrap();
    drop(pieces);
    let whole = timeout(PATIENCE, caller.read_to_end(&mut answer)).await;
    whole.expect("the answer ends").unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert!(
        answer.contains("first,") && answer.contains("last."),
        "{answer}"
    );
    let ended = timeout(PATIENCE, serving).await;
    ended.expect("nobody waits for who says nothing").unwrap();
    assert!(TcpStream::connect(address).await.is_err());
    drop(idle);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_come_is_given_up() {
    let router = Router::new()
        .route("/", get(pending::<StatusCode>))
        .layer(from_fn(server::in_time));
    let request = Request::get("/").body(Body::empty()).unwrap();
    let answer = router.oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
}

async fn ask(connection: &mut TcpStream) -> String {
    let request = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";
    connection.write_all(request).await.unwrap();
    let mut answer = [0; 1024];
    let length = connection.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..length]).to_lowercase()
}

#[tokio::test]
async fn who_calls_while_the_service_leaves_is_answered_and_sent_elsewhere() {
    let lifecycle = Lifecycle::new(Duration::from_secs(3600));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = lifecycle.clone();
    tokio::spawn(async move { server::serve(listener, Router::new(), &serving, ready(())).await });
    let mut kept = TcpStream::connect(address).await.unwrap();
    assert!(!ask(&mut kept).await.contains("connection: close"));
    tokio::spawn({
        let leaving = lifecycle.clone();
        async move { leaving.end().await }
    });
    while !lifecycle.is_ending() {
        tokio::task::yield_now().await;
    }
    assert!(ask(&mut kept).await.contains("connection: close"));
    assert_eq!(kept.read(&mut [0]).await.unwrap(), 0, "it stays open");
}
