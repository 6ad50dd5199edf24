//! Sessions: sign up, log in, who am I, refresh, log out.

mod argon2id;
mod guesser;
mod password;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use todo_core::error_body::ApiError;
use todo_core::store::StoreError;
use todo_core::token::Claims;
use todo_core::user::{Account, NewUser, User, UserId, valid_email, valid_name};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::client::Client;
use crate::docs::{BadBody, Guarded, Open};
use crate::input::Body;
use crate::limits::Limit;
use crate::session::{self, Session, unauthorized};

pub use guesser::Guesser;
pub use password::{Passwords, valid as valid_password};

/// What a sign-up needs.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignUp {
    /// What to call you; 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Where you log in with.
    #[schema(format = "email", max_length = 254)]
    email: String,
    /// 8 to 256 characters, not only spaces.
    #[schema(min_length = 8, max_length = 256)]
    password: String,
}

/// What a log-in needs.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogIn {
    /// The address you signed up with.
    email: String,
    /// Your password.
    password: String,
}

/// A user and a session of theirs.
#[derive(Serialize, ToSchema)]
pub struct LoggedIn {
    /// Who it is.
    user: User,
    /// To be sent as `Authorization: Bearer …`; the cookie holds the same. A session that was
    /// renewed by its cookie goes on as a cookie only, out of reach of scripts.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

/// The caller.
#[derive(Serialize, ToSchema)]
pub struct Me {
    /// Who it is.
    user: User,
}

/// The routes of this file.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(signup))
        .routes(routes!(login))
        .routes(routes!(logout))
        .routes(routes!(logout_everywhere))
        .routes(routes!(refresh))
        .routes(routes!(me))
}

/// Sign up.
#[utoipa::path(post, path = "/api/auth/signup", tag = "auth", security(()), request_body = SignUp,
    responses((status = 201, description = "Signed up and logged in.", body = LoggedIn),
        (status = 409, description = "The address is taken.", body = todo_core::error_body::ErrorBody),
        BadBody, Open))]
async fn signup(
    State(app): State<Arc<App>>,
    client: Client,
    Body(form): Body<SignUp>,
) -> Result<Response, ApiError> {
    app.limits
        .check(app.cache.as_ref(), Limit::Auth, &client.address)
        .await?;
    let name = valid_name(&form.name)?;
    let email = valid_email(&form.email)?;
    password::valid("password", &form.password)?;
    let password_hash = app.passwords.place()?.hash(form.password).await?;
    let user = app
        .store
        .add_user(NewUser {
            name,
            email,
            password_hash,
        })
        .await?;
    let claims = Claims::new(user.id, app.session_seconds);
    let answer = logged_in(&app, &client, user, &claims, true);
    Ok((StatusCode::CREATED, answer).into_response())
}

/// Log in.
#[utoipa::path(post, path = "/api/auth/login", tag = "auth", security(()), request_body = LogIn,
    responses((status = 200, description = "Logged in.", body = LoggedIn),
        (status = 401, description = "The address or the password is wrong.", body = todo_core::error_body::ErrorBody),
        BadBody, Open))]
async fn login(
    State(app): State<Arc<App>>,
    client: Client,
    Body(form): Body<LogIn>,
) -> Result<Response, ApiError> {
    app.limits
        .check(app.cache.as_ref(), Limit::Auth, &client.address)
        .await?;
    let place = app.passwords.place()?;
    let guesser = Guesser::new(&form.email, &client);
    guesser.may_try(&app).await?;
    let account = match valid_email(&form.email) {
        Ok(email) => app.store.account(&email).await?,
        Err(_) => None,
    };
    // Unknown addresses take as long as wrong passwords, so that neither tells who has an account.
    let hash = account
        .as_ref()
        .map(|account| account.password_hash.clone());
    let right = place.verify(form.password, hash).await?;
    let (Some(account), true) = (account, right) else {
        return Err(unauthorized("The email address or the password is wrong."));
    };
    guesser.was_right(&app).await;
    let claims = Claims {
        epoch: account.epoch,
        ..Claims::new(account.user.id, app.session_seconds)
    };
    Ok(logged_in(&app, &client, account.user, &claims, true))
}

/// Log out: the token is refused from now on, and the cookie removed.
#[utoipa::path(post, path = "/api/auth/logout", tag = "auth",
    responses((status = 204, description = "Logged out."), Guarded))]
async fn logout(
    State(app): State<Arc<App>>,
    client: Client,
    session: Session,
) -> Result<Response, ApiError> {
    session::revoke(&app, &session.claims).await?;
    let cookie = session::clear_cookie(client.https);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// Log out everywhere: every token of yours is refused from now on, on every device.
#[utoipa::path(post, path = "/api/auth/logout-everywhere", tag = "auth",
    responses((status = 204, description = "Logged out."), Guarded))]
async fn logout_everywhere(
    State(app): State<Arc<App>>,
    client: Client,
    session: Session,
) -> Result<Response, ApiError> {
    app.store.end_sessions(session.user).await?;
    session::changed(&app, session.user).await;
    let cookie = session::clear_cookie(client.https);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// Renew a session that still lasts.
///
/// The token before is refused soon after; if it is used again, the session ends. A session that
/// came as a cookie is answered as a cookie only.
#[utoipa::path(post, path = "/api/auth/refresh", tag = "auth",
    responses((status = 200, description = "The renewed session.", body = LoggedIn), Guarded))]
async fn refresh(
    State(app): State<Arc<App>>,
    client: Client,
    session: Session,
) -> Result<Response, ApiError> {
    let user = known(&app, session.user).await?.user;
    let claims = session::renew(&app, &session.claims).await?;
    Ok(logged_in(&app, &client, user, &claims, !session.by_cookie))
}

/// Who is logged in.
#[utoipa::path(get, path = "/api/auth/me", tag = "auth",
    responses((status = 200, description = "The caller.", body = Me), Guarded))]
async fn me(State(app): State<Arc<App>>, session: Session) -> Result<Json<Me>, ApiError> {
    let user = known(&app, session.user).await?.user;
    Ok(Json(Me { user }))
}

/// The caller's account, which may have been removed a moment ago.
pub async fn known(app: &App, id: UserId) -> Result<Account, ApiError> {
    let account = app.store.account_of(id).await?;
    account.ok_or_else(|| unauthorized(&StoreError::UnknownUser.to_string()))
}

fn logged_in(
    app: &App,
    client: &Client,
    user: User,
    claims: &Claims,
    with_token: bool,
) -> Response {
    let token = app.tokens.sign(claims);
    let cookie = session::set_cookie(&token, app.session_seconds, client.https);
    let token = with_token.then_some(token);
    (
        [(header::SET_COOKIE, cookie)],
        Json(LoggedIn { user, token }),
    )
        .into_response()
}
