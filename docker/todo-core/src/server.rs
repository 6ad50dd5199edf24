//! The listening socket: connections that are bounded in number and time, and that end in order.
//!
//! Nobody can hold a connection by being slow: a head, a body and the taking of an answer each have
//! a time. Whoever waits between two requests holds one no longer than a head may take.

mod body;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::error_body::ApiError;
use crate::lifecycle::Lifecycle;
use crate::program::Failure;

pub use body::TooSlow;

/// How long the head of a request may take, the pause before it included.
pub const HEAD: Duration = Duration::from_secs(20);
/// How long the body of a request may take: less than [`ANSWER`], so that a slow caller is told so.
pub const BODY: Duration = Duration::from_secs(6);
/// How long a caller may take no byte of an answer that is ready.
pub const TAKING: Duration = Duration::from_secs(30);
/// How long making an answer may take, unless it is a stream; see [`in_time`].
pub const ANSWER: Duration = Duration::from_secs(8);
/// The most connections at once; further ones wait to be accepted.
pub const CONNECTIONS: usize = 1024;
/// The longest head: far above the largest token, and what a slow connection may take of memory.
const HEAD_BYTES: usize = 32 * 1024;

/// How long open requests may take to finish when the process ends.
const DRAIN: Duration = Duration::from_secs(20);
/// How long heads and bodies that are still coming may take then.
pub(crate) const LEAVING: Duration = Duration::from_secs(2);

/// A socket that listens on this address, port 0 being any free one; the log says which.
pub async fn listen((host, port): &(String, u16)) -> Result<TcpListener, Failure> {
    let listener = TcpListener::bind((host.as_str(), *port)).await;
    let listener = listener.and_then(|listener| {
        tracing::info!(address = %listener.local_addr()?, "listening");
        Ok(listener)
    });
    listener.map_err(|why| {
        Failure::Failed(format!(
            "cannot listen on {host}:{port}: {why}. Set HOST and PORT to a free address."
        ))
    })
}

/// Serves until a signal comes, then drains. Returns when the last request was answered and `rest`,
/// which is work that no open request waits for, is done, or when the time to drain is over.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    lifecycle: &Lifecycle,
    rest: impl Future<Output = ()>,
) {
    lifecycle.end_on_signal();
    let router = router.layer(from_fn_with_state(lifecycle.clone(), part));
    let all = async {
        accept(listener, router, lifecycle).await;
        rest.await;
    };
    let too_long = async {
        lifecycle.closing().await;
        sleep(DRAIN).await;
    };
    tokio::select! {
        () = all => {}
        () = too_long => tracing::warn!("what was still open after {DRAIN:?} was cut"),
    }
}

/// Middleware (`axum::middleware::from_fn`) for whatever is no stream: 503 instead of an endless
/// wait.
pub async fn in_time(request: Request, next: Next) -> Response {
    let late = |_| {
        tracing::warn!("a request was given up after {ANSWER:?}");
        ApiError::unavailable("This took too long: try again in a moment.").into_response()
    };
    timeout(ANSWER, next.run(request))
        .await
        .unwrap_or_else(late)
}

/// Ends the connection with the answer once the service is leaving: behind a Service of Kubernetes
/// a kept connection leads to the same pod until it is closed, and a call sent while it is being
/// closed is lost.
async fn part(State(lifecycle): State<Lifecycle>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if lifecycle.is_ending() {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    response
}

async fn accept(listener: TcpListener, router: Router, lifecycle: &Lifecycle) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let connections = TaskTracker::new();
    let mut closing = std::pin::pin!(lifecycle.closing());
    loop {
        let (stream, peer, place) = tokio::select! {
            next = next(&listener, &places) => next,
            () = &mut closing => break,
        };
        connections.spawn(connection(
            stream,
            peer,
            router.clone(),
            lifecycle.clone(),
            place,
        ));
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// The next connection, once there is a place for it.
async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    let place = places.clone().acquire_owned().await;
    let place = place.expect("nobody closes the semaphore");
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, place),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                // Out of file descriptors, perhaps: one that ends frees one.
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    lifecycle: Lifecycle,
    _place: OwnedSemaphorePermit,
) {
    let (router, ending) = (TowerToHyperService::new(router), lifecycle.clone());
    let requests = TaskTracker::new();
    requests.close();
    let underway = requests.clone();
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let held = underway.token();
        let mut request = body::in_time(request.map(Body::new), &ending);
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = router.call(request);
        async move { Ok::<_, Infallible>(holding(answer.await?, held)) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(impatient(stream)), service);
    let mut connection = std::pin::pin!(connection);
    // How a connection broke concerns nobody: the caller is gone.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = lifecycle.closing() => connection.as_mut().graceful_shutdown(),
    }
    tokio::select! {
        _ = connection => {}
        () = idle(&requests) => {}
    }
}

fn impatient(stream: TcpStream) -> std::pin::Pin<Box<TimeoutStream<TcpStream>>> {
    // Words of a chat answer are small, and must not wait for more.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(TAKING));
    Box::pin(stream)
}

/// The answer, which holds its request's token until the last of it is on its way.
fn holding(response: Response, held: TaskTrackerToken) -> Response {
    response.map(|body| {
        Body::new(body.map_err(move |error| {
            let _ = &held;
            error
        }))
    })
}

/// Returns when no request has been under way for a while: what is left is a head that does not
/// come.
async fn idle(requests: &TaskTracker) {
    loop {
        requests.wait().await;
        sleep(LEAVING).await;
        if requests.is_empty() {
            return;
        }
    }
}
