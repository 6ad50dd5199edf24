//! Who is calling: the session token from the `Authorization` header or the cookie.
//!
//! A handler that takes a [`Session`] runs only for a known user; there is no other way to
//! learn a user's id, so no handler can forget to ask.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use chrono::Utc;
use todo_core::error_body::ApiError;
use todo_core::session::{Ended, Standing, goes_on};
use todo_core::token::Claims;
use todo_core::user::UserId;

use crate::app::App;
use crate::limits::Limit;

/// The cookie's name.
const COOKIE: &str = "session";

/// For whom a call is meant; a page sends it, so that a tab whose cookie became another user's
/// changes nothing there.
pub const FOR_USER: HeaderName = HeaderName::from_static("x-for-user");

/// How long the cache is believed about a session before the store is asked again. A log-out
/// that could not reach a replica's cache reaches that replica after this time.
const REMEMBERED: Duration = Duration::from_secs(10);

/// A caller who has proved who they are.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who it is.
    pub user: UserId,
    /// The token itself, to be passed on to the MCP server.
    pub token: String,
    /// What the token says.
    pub claims: Claims,
    /// Whether a browser's cookie brought it, out of reach of the page's scripts.
    pub by_cookie: bool,
}

impl FromRequestParts<Arc<App>> for Session {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let (token, by_cookie) = token(&parts.headers)
            .ok_or_else(|| unauthorized("Log in first: this call needs a session."))?;
        let claims = app
            .tokens
            .verify(&token)
            .map_err(|why| unauthorized(&why.to_string()))?;
        let user = claims.sub.to_string();
        let (admitted, counted) = tokio::join!(
            admit(app, &claims),
            app.limits.check(app.cache.as_ref(), Limit::Api, &user)
        );
        admitted.and(counted)?;
        is_meant_for(&user, &parts.headers)?;
        Ok(Session {
            user: claims.sub,
            token,
            claims,
            by_cookie,
        })
    }
}

fn is_meant_for(user: &str, headers: &HeaderMap) -> Result<(), ApiError> {
    match headers.get(FOR_USER) {
        Some(other) if !other.as_bytes().eq_ignore_ascii_case(user.as_bytes()) => {
            let message = "You are logged in as somebody else by now, so nothing was done: load the page again.";
            Err(ApiError::new(
                StatusCode::CONFLICT,
                "other_account",
                message,
            ))
        }
        _ => Ok(()),
    }
}

/// 401, with the header that says how to do better.
pub fn unauthorized(message: &str) -> ApiError {
    ApiError::unauthorized(message)
        .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}

/// The token, and whether it came as a cookie.
fn token(headers: &HeaderMap) -> Option<(String, bool)> {
    let bearer = bearer(headers).map(|token| (token, false));
    bearer.or_else(|| cookie(headers).map(|token| (token, true)))
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

/// The session's next token. Whoever asks with the token before the newest one, as two tabs may
/// do at the same moment, gets the newest generation too.
pub async fn renew(app: &App, claims: &Claims) -> Result<Claims, ApiError> {
    let renewed = claims.renewed(app.session_seconds);
    if !app.store.renew(&renewed).await? {
        let standing = app.store.standing(claims.sub, claims.jti).await?;
        judge(app, standing.as_ref(), claims).await?;
    }
    changed(app, claims.sub).await;
    Ok(renewed)
}

/// Ends a session before its token does, for every service: the store keeps it, or the log-out
/// has failed and the caller is told so. The cache spreads it at once among the replicas.
pub async fn revoke(app: &App, claims: &Claims) -> Result<(), ApiError> {
    // A newer token of the session may end later than this one.
    let ends_at = claims
        .ends_at()
        .max(claims.renewed(app.session_seconds).ends_at());
    app.store.revoke(claims.jti, ends_at).await?;
    changed(app, claims.sub).await;
    Ok(())
}

async fn admit(app: &App, claims: &Claims) -> Result<(), ApiError> {
    let standing = standing(app, claims).await?;
    judge(app, standing.as_ref(), claims).await
}

/// A token that was replaced long ago is somebody's copy: the session ends for everyone.
async fn judge(app: &App, standing: Option<&Standing>, claims: &Claims) -> Result<(), ApiError> {
    let Err(why) = goes_on(standing, claims, Utc::now()) else {
        return Ok(());
    };
    if why == Ended::Reused {
        tracing::warn!(user = %claims.sub, "an old token was used: its session is ended");
        revoke(app, claims).await?;
    }
    Err(unauthorized(&why.to_string()))
}

/// Asks the cache, and the store only if the cache knows nothing or the user's sessions have just
/// changed. Without either, nobody can tell, and nothing else could be answered: an error.
async fn standing(app: &App, claims: &Claims) -> Result<Option<Standing>, ApiError> {
    let (key, mark) = (format!("session:{}", claims.jti), mark(claims.sub));
    let (kept, changed) = tokio::join!(app.cache.get(&key), app.cache.get(&mark));
    if let (Ok(Some(kept)), Ok(None)) = (kept, changed)
        && let Ok(standing) = serde_json::from_str(&kept)
    {
        return Ok(standing);
    }
    let standing = app.store.standing(claims.sub, claims.jti).await?;
    let text = serde_json::to_string(&standing).expect("plain data is JSON");
    remember(app, &key, &text, REMEMBERED).await;
    Ok(standing)
}

/// What the cache knows of the user's sessions is not believed until all of it has expired.
pub async fn changed(app: &App, user: UserId) {
    remember(app, &mark(user), "", 2 * REMEMBERED).await;
}

fn mark(user: UserId) -> String {
    format!("sessions-changed:{user}")
}

/// A cache that is away only makes the next request ask the store.
async fn remember(app: &App, key: &str, value: &str, time: Duration) {
    if let Err(error) = app.cache.set(key, value, time).await {
        tracing::debug!(%error, key, "the state of a session was not remembered");
    }
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
        let found = token(&headers).map(|(token, _)| token);
        assert_eq!(found.as_deref(), expected);
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
