//! Accounts and sessions: sign up, log in, who am I, refresh, log out.

mod argon2id;
mod password;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use todo_core::error_body::ApiError;
use todo_core::store::StoreError;
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

pub use password::Passwords;

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
    /// 8 to 256 characters, any of them.
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
    /// To be sent as `Authorization: Bearer …`; the cookie holds the same.
    token: String,
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
    password::valid(&form.password)?;
    let password_hash = app.passwords.hash(form.password).await?;
    let user = app
        .store
        .add_user(NewUser {
            name,
            email,
            password_hash,
        })
        .await?;
    Ok((StatusCode::CREATED, logged_in(&app, &client, user)).into_response())
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
    let account = account(&app, &form.email).await?;
    // Unknown addresses take as long as wrong passwords, so that neither tells who has an account.
    let hash = account
        .as_ref()
        .map(|account| account.password_hash.clone());
    let right = app.passwords.verify(form.password, hash).await?;
    match account {
        Some(account) if right => Ok(logged_in(&app, &client, account.user)),
        _ => Err(unauthorized("The email address or the password is wrong.")),
    }
}

async fn account(app: &App, email: &str) -> Result<Option<Account>, ApiError> {
    let Ok(email) = valid_email(email) else {
        return Ok(None);
    };
    app.limits
        .check(app.cache.as_ref(), Limit::Login, &email)
        .await?;
    Ok(app.store.account(&email).await?)
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

/// Exchange a session that still lasts for a fresh one.
#[utoipa::path(post, path = "/api/auth/refresh", tag = "auth",
    responses((status = 200, description = "A fresh session.", body = LoggedIn), Guarded))]
async fn refresh(
    State(app): State<Arc<App>>,
    client: Client,
    session: Session,
) -> Result<Response, ApiError> {
    let user = known(&app, session.user).await?;
    Ok(logged_in(&app, &client, user))
}

/// Who is logged in.
#[utoipa::path(get, path = "/api/auth/me", tag = "auth",
    responses((status = 200, description = "The caller.", body = Me), Guarded))]
async fn me(State(app): State<Arc<App>>, session: Session) -> Result<Json<Me>, ApiError> {
    let user = known(&app, session.user).await?;
    Ok(Json(Me { user }))
}

async fn known(app: &App, id: UserId) -> Result<User, ApiError> {
    let user = app.store.user(id).await?;
    user.ok_or_else(|| unauthorized(&StoreError::UnknownUser.to_string()))
}

fn logged_in(app: &App, client: &Client, user: User) -> Response {
    let (token, _) = app.tokens.mint(user.id, app.session_seconds);
    let cookie = session::set_cookie(&token, app.session_seconds, client.https);
    (
        [(header::SET_COOKIE, cookie)],
        Json(LoggedIn { user, token }),
    )
        .into_response()
}
