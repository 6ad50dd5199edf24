//! A request that can be sent again if its body is small; a large or endless body is streamed once.

use axum::{
    body::{Body, Bytes},
    http::{Request, request::Parts},
};
use http_body_util::BodyExt;

/// Every JSON call of the page fits; uploads beyond it are streamed.
const SMALL: u64 = 64 * 1024;

/// A request on its way to the backend.
pub struct Outgoing {
    parts: Parts,
    body: Content,
}

enum Content {
    Small(Bytes),
    Streamed(Body),
}

impl Outgoing {
    /// Reads the body if its announced size is small.
    pub async fn new(parts: Parts, body: Body) -> Result<Self, axum::Error> {
        use axum::body::HttpBody;
        let small = body.size_hint().upper().is_some_and(|size| size <= SMALL);
        let body = match small {
            true => Content::Small(body.collect().await?.to_bytes()),
            false => Content::Streamed(body),
        };
        Ok(Self { parts, body })
    }

    /// A second copy, to be sent if the first does not arrive.
    pub fn spare(&self) -> Option<Self> {
        match &self.body {
            Content::Small(bytes) => Some(Self {
                parts: self.parts.clone(),
                body: Content::Small(bytes.clone()),
            }),
            Content::Streamed(_) => None,
        }
    }

    /// Whether the backend may see it twice: reading changes nothing.
    pub fn is_harmless(&self) -> bool {
        self.parts.method.is_safe()
    }

    /// The request itself.
    pub fn into_request(self) -> Request<Body> {
        let body = match self.body {
            Content::Small(bytes) => Body::from(bytes),
            Content::Streamed(body) => body,
        };
        Request::from_parts(self.parts, body)
    }
}
