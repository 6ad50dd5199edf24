//! Tells the browser what a page from here may never do.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

/// The headers put on every answer.
#[derive(Clone)]
pub struct Policy(Vec<(HeaderName, HeaderValue)>);

impl Policy {
    /// `api_origin` is the only foreign origin the page may call.
    pub fn new(api_origin: Option<String>) -> Self {
        let csp = content_security_policy(api_origin.as_deref());
        let csp =
            HeaderValue::from_str(&csp).expect("an origin consists of visible ASCII characters");
        Self(vec![
            (header::CONTENT_SECURITY_POLICY, csp),
            (
                header::X_CONTENT_TYPE_OPTIONS,
                HeaderValue::from_static("nosniff"),
            ),
            (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
            (
                header::REFERRER_POLICY,
                HeaderValue::from_static("no-referrer"),
            ),
            (
                HeaderName::from_static("permissions-policy"),
                HeaderValue::from_static("camera=(), geolocation=(), microphone=()"),
            ),
        ])
    }

    /// A header that the backend has set itself stands: its API documentation needs its own policy.
    fn apply(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.0 {
            headers.entry(name).or_insert_with(|| value.clone());
        }
    }
}

/// Nothing is allowed but what the page consists of; no inline script or style, no HTML from
/// strings.
fn content_security_policy(api_origin: Option<&str>) -> String {
    let connect = api_origin
        .map(|origin| format!(" {origin}"))
        .unwrap_or_default();
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; manifest-src 'self'; \
         connect-src 'self'{connect}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    )
}

/// Adds the policy to an answer on its way out.
pub async fn add(State(policy): State<Policy>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    policy.apply(response.headers_mut());
    response
}
