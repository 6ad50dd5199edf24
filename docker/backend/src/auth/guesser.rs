//! Whoever tries passwords: counted by account and address, so that guesses from elsewhere do not
//! keep the owner out.

use todo_core::error_body::ApiError;

use crate::app::App;
use crate::client::Client;
use crate::limits::Limit;

/// One who tries the passwords of one account from one address of the network.
pub struct Guesser(String);

impl Guesser {
    /// Of the account that logs in with `email`, whether it exists or not.
    pub fn new(email: &str, client: &Client) -> Self {
        let email = todo_core::user::valid_email(email).unwrap_or_default();
        Guesser(format!("{email} {}", client.address))
    }

    /// Counts the try as a failure until it turns out to be none; 429 after too many failures.
    pub async fn may_try(&self, app: &App) -> Result<(), ApiError> {
        app.limits
            .check(app.cache.as_ref(), Limit::Login, &self.0)
            .await
    }

    /// The password was right: the count begins anew.
    pub async fn was_right(&self, app: &App) {
        app.limits
            .forget(app.cache.as_ref(), Limit::Login, &self.0)
            .await;
    }
}
