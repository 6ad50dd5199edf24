//! Carries `/api` to the backend and back, streaming both ways, so that a chat answer appears word
//! by word. It reads no body beyond what it may have to send again, and knows nothing of what is
//! said.

mod hop;
mod replay;
mod well;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use todo_core::error_body::ApiError;
use todo_core::request_id;
use todo_core::server::TooSlow;
use tracing::warn;

use replay::Outgoing;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Until the answer begins; a stream that has begun may last.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(120);
/// Shorter than a server usually keeps a silent connection, so that none is used while it closes.
const IDLE_TIMEOUT: Duration = Duration::from_secs(15);
/// While a pod is replaced its address refuses connections for a moment.
const ATTEMPTS: u32 = 4;
const PAUSE: Duration = Duration::from_millis(100);

/// A pool of connections to the backend.
#[derive(Clone)]
pub struct Proxy {
    client: Client<HttpConnector, Body>,
    backend: Arc<str>,
}

impl Proxy {
    /// Connects only when there is something to carry.
    pub fn new(backend: String) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_timer(TokioTimer::new())
            .build(connector);
        Self {
            client,
            backend: backend.into(),
        }
    }

    async fn send(&self, outgoing: Outgoing) -> Result<Response, Failure> {
        let answer = tokio::time::timeout(ANSWER_TIMEOUT, self.send_patiently(outgoing)).await;
        let mut response = answer
            .map_err(|_| Failure::Slow)?
            .map_err(Failure::Away)?
            .map(Body::new);
        hop::strip(response.headers_mut());
        Ok(response)
    }

    /// Tries again only where the backend cannot have seen the request, or where seeing it twice is
    /// harmless.
    async fn send_patiently(
        &self,
        mut outgoing: Outgoing,
    ) -> Result<hyper::Response<Incoming>, Error> {
        for attempt in 1.. {
            let spare = outgoing.spare();
            let error = match self.client.request(outgoing.into_request()).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            match spare {
                Some(again)
                    if attempt < ATTEMPTS && (error.is_connect() || again.is_harmless()) =>
                {
                    outgoing = again
                }
                _ => return Err(error),
            }
            tokio::time::sleep(PAUSE * attempt).await;
        }
        unreachable!("the loop ends by returning")
    }
}

enum Failure {
    Away(Error),
    Slow,
}

/// Carries one request.
pub async fn forward(
    State(proxy): State<Proxy>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (mut parts, body) = request.into_parts();
    address(&mut parts, &proxy.backend, peer);
    let outgoing = match Outgoing::new(parts, body).await {
        Ok(outgoing) => outgoing,
        Err(why) => {
            let refusal = TooSlow::refusal(&why).unwrap_or_else(unreadable);
            return refusal.into_response();
        }
    };
    match proxy.send(outgoing).await {
        Ok(response) => response,
        Err(failure) => explain(failure, &proxy.backend).into_response(),
    }
}

fn unreadable() -> ApiError {
    let message = "The request broke off before it was complete. Send it again.";
    ApiError::new(StatusCode::BAD_REQUEST, "body_unreadable", message)
}

/// The address of the backend is for the log, not for the world.
fn explain(failure: Failure, backend: &str) -> ApiError {
    let (status, code, message, cause) = match failure {
        Failure::Away(error) => (
            StatusCode::BAD_GATEWAY,
            "backend_unavailable",
            "The server behind this page does not answer right now. Try again in a moment.",
            causes(&error),
        ),
        Failure::Slow => (
            StatusCode::GATEWAY_TIMEOUT,
            "backend_timeout",
            "The server behind this page took too long to answer. Try again in a moment.",
            format!("no answer within {ANSWER_TIMEOUT:?}"),
        ),
    };
    warn!(backend, cause, "the backend did not answer");
    ApiError::new(status, code, message)
}

fn causes(error: &dyn std::error::Error) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

/// Turns the browser's request into the backend's, saying for whom it is carried.
fn address(parts: &mut Parts, backend: &str, peer: SocketAddr) {
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    if let Ok(uri) = format!("{backend}{path}").parse::<Uri>() {
        parts.uri = uri;
    }
    hop::strip(&mut parts.headers);
    if let Ok(id) = HeaderValue::from_str(&request_id::current()) {
        parts.headers.insert(request_id::HEADER, id);
    }
    add_forwarded(&mut parts.headers, peer);
}

fn add_forwarded(headers: &mut HeaderMap, peer: SocketAddr) {
    const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
    const HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
    const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
    let before = headers
        .get(FOR)
        .and_then(|value| value.to_str().ok())
        .map(|list| format!("{list}, "));
    let list = before.unwrap_or_default() + &peer.ip().to_string();
    if let Ok(list) = HeaderValue::from_str(&list) {
        headers.insert(FOR, list);
    }
    if let (false, Some(host)) = (
        headers.contains_key(HOST),
        headers.get(header::HOST).cloned(),
    ) {
        headers.insert(HOST, host);
    }
    headers
        .entry(PROTO)
        .or_insert(HeaderValue::from_static("http"));
}
