//! Who is calling: the session token from the `Authorization` header or the cookie.
//!
//! A handler that takes a [`Session`] runs only for a known user; there is no other way to
//! learn a user's id, so no handler can forget to ask.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use todo_core::error_body::ApiError;
use todo_core::token::Claims;
use todo_core::user::UserId;

use crate::app::App;
use crate::limits::Limit;

/// The cookie's name.
const COOKIE: &str = "session";

/// How long the cache is believed about a session before the store is asked again. A log-out
/// that could not reach a replica's cache reaches that replica after this time.
const REMEMBERED: Duration = Duration::from_secs(10);
const REVOKED: &str = "revoked";
const LASTING: &str = "lasting";

/// A caller who has proved who they are.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who it is.
    pub user: UserId,
    /// The token itself, to be passed on to the MCP server.
    pub token: String,
    /// What the token says.
    pub claims: Claims,
}

impl FromRequestParts<Arc<App>> for Session {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let token = token(&parts.headers)
            .ok_or_else(|| unauthorized("Log in first: this call needs a session."))?;
        let claims = app
            .tokens
            .verify(&token)
            .map_err(|why| unauthorized(&why.to_string()))?;
        if is_revoked(app, &claims).await? {
            return Err(unauthorized("This session was logged out: log in again."));
        }
        app.limits
            .check(app.cache.as_ref(), Limit::Api, &claims.sub.to_string())
            .await?;
        Ok(Session {
            user: claims.sub,
            token,
            claims,
        })
    }
}

/// 401, with the header that says how to do better.
pub fn unauthorized(message: &str) -> ApiError {
    ApiError::unauthorized(message)
        .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}

fn token(headers: &HeaderMap) -> Option<String> {
    bearer(headers).or_else(|| cookie(headers))
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let (scheme, token) = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim().to_string())
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let lines = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok());
    let mut pairs = lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value.to_string())
}

/// The `Set-Cookie` that makes a browser carry the token; out of the page's own reach.
pub fn set_cookie(token: &str, seconds: u64, https: bool) -> HeaderValue {
    let secure = if https { "; Secure" } else { "" };
    let cookie =
        format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    HeaderValue::from_str(&cookie).expect("a token is base64 and dots")
}

/// The `Set-Cookie` that makes a browser forget it.
pub fn clear_cookie(https: bool) -> HeaderValue {
    set_cookie("", 0, https)
}

/// Ends a session before its token does, for every service: the store keeps it, or the log-out
/// has failed and the caller is told so. The cache spreads it at once among the replicas.
pub async fn revoke(app: &App, claims: &Claims) -> Result<(), ApiError> {
    app.store.revoke(claims.jti, claims.ends_at()).await?;
    remember(app, claims, REVOKED).await;
    Ok(())
}

/// Asks the cache, and the store only if the cache knows nothing. Without either, nobody can
/// tell, and nothing else could be answered: an error.
async fn is_revoked(app: &App, claims: &Claims) -> Result<bool, ApiError> {
    if let Ok(Some(known)) = app.cache.get(&key(claims)).await {
        return Ok(known == REVOKED);
    }
    let revoked = app.store.is_revoked(claims.jti).await?;
    remember(app, claims, if revoked { REVOKED } else { LASTING }).await;
    Ok(revoked)
}

/// A cache that is away only makes the next request ask the store.
async fn remember(app: &App, claims: &Claims, state: &str) {
    let kept = app.cache.set(&key(claims), state, REMEMBERED).await;
    if let Err(error) = kept {
        tracing::debug!(%error, "whether a session lasts was not remembered");
    }
}

fn key(claims: &Claims) -> String {
    format!("session:{}", claims.jti)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(headers: &[(&'static str, &str)], expected: Option<&str>) {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        assert_eq!(token(&headers).as_deref(), expected);
    }

    #[test]
    fn where_a_token_may_be() {
        check(&[], None);
        check(&[("authorization", "Bearer abc")], Some("abc"));
        check(&[("authorization", "bearer  abc ")], Some("abc"));
        check(&[("authorization", "Basic abc")], None);
        check(&[("cookie", "a=1; session=abc; b=2")], Some("abc"));
        check(&[("cookie", "a=1"), ("cookie", "session=abc")], Some("abc"));
        check(&[("cookie", "xsession=abc")], None);
        check(
            &[("authorization", "Bearer one"), ("cookie", "session=two")],
            Some("one"),
        );
    }
}
