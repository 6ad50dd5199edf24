//! The caller's own account: its password, all that is kept of it, and its end.

mod export;

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use todo_core::error_body::{ApiError, ErrorBody};
use todo_core::user::Account;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Guesser, known, valid_password};
use crate::client::Client;
use crate::docs::{BadBody, Guarded};
use crate::input::Body;
use crate::session::{self, Session};

/// What a change of the password needs.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangePassword {
    /// The password so far.
    current_password: String,
    /// 8 to 256 characters, not only spaces.
    #[schema(min_length = 8, max_length = 256)]
    new_password: String,
}

/// What the removal of an account needs.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Removal {
    /// Your password, so that nobody else does it at your desk.
    password: String,
}

/// The routes of this file.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(change_password))
        .routes(routes!(remove))
        .routes(routes!(export::export))
}

/// Change the password; every other session of yours ends.
#[utoipa::path(post, path = "/api/auth/password", tag = "auth", request_body = ChangePassword,
    responses((status = 204, description = "It is changed."),
        (status = 403, description = "The current password is wrong.", body = ErrorBody), BadBody, Guarded))]
async fn change_password(
    State(app): State<Arc<App>>,
    client: Client,
    session: Session,
    Body(form): Body<ChangePassword>,
) -> Result<StatusCode, ApiError> {
    valid_password("new_password", &form.new_password)?;
    confirmed(&app, &client, &session, form.current_password).await?;
    let hash = app.passwords.place()?.hash(form.new_password).await?;
    app.store.set_password(&session.claims, hash).await?;
    session::changed(&app, session.user).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Delete the account, its tasks and its conversations, at once and for good.
#[utoipa::path(delete, path = "/api/account", tag = "auth", request_body = Removal,
    responses((status = 204, description = "All of it is gone."),
        (status = 403, description = "The password is wrong.", body = ErrorBody), BadBody, Guarded))]
async fn remove(
    State(app): State<Arc<App>>,
    client: Client,
    session: Session,
    Body(form): Body<Removal>,
) -> Result<Response, ApiError> {
    confirmed(&app, &client, &session, form.password).await?;
    app.store.delete_user(session.user).await?;
    session::changed(&app, session.user).await;
    let cookie = session::clear_cookie(client.https);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// A session alone may be a browser left open: the password proves that it is the owner.
async fn confirmed(
    app: &App,
    client: &Client,
    session: &Session,
    password: String,
) -> Result<(), ApiError> {
    let place = app.passwords.place()?;
    let Account {
        user,
        password_hash,
        ..
    } = known(app, session.user).await?;
    let guesser = Guesser::new(&user.email, client);
    guesser.may_try(app).await?;
    if !place.verify(password, Some(password_hash)).await? {
        let message = "This is not your password.";
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "wrong_password",
            message,
        ));
    }
    guesser.was_right(app).await;
    Ok(())
}
