//! Who uses the application. Knows nothing of passwords beyond their hash, nor of tokens.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::task::{Invalid, valid_text};

/// Names a user.
pub type UserId = Uuid;

/// The longest name and the longest address, in characters.
pub const NAME_MAX: usize = 100;
/// The longest address that mail accepts.
pub const EMAIL_MAX: usize = 254;

/// A user, as every service shows one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    /// Names the user.
    pub id: Uuid,
    /// What to call them.
    pub name: String,
    /// Where they log in with; lower case.
    pub email: String,
    /// When they signed up.
    #[serde(skip, default = "Utc::now")]
    pub created_at: DateTime<Utc>,
}

/// What a user is made from.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// What to call them.
    pub name: String,
    /// A valid address, see [`valid_email`].
    pub email: String,
    /// The hash of their password, never the password.
    pub password_hash: String,
}

/// A user together with what proves it is them.
#[derive(Debug, Clone)]
pub struct Account {
    /// The user.
    pub user: User,
    /// The hash of their password.
    pub password_hash: String,
}

/// The name, trimmed; 1 to 100 characters.
pub fn valid_name(name: &str) -> Result<String, Invalid> {
    valid_text("name", name, NAME_MAX)
}

/// The address, trimmed and in lower case: something, one `@`, and a host.
/// Whether mail arrives there only a mail can tell.
pub fn valid_email(email: &str) -> Result<String, Invalid> {
    let email = valid_text("email", email, EMAIL_MAX)?.to_lowercase();
    let well_formed = match email.split_once('@') {
        Some((local, host)) => !local.is_empty() && !host.is_empty() && !host.contains('@'),
        None => false,
    };
    if !well_formed || email.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(Invalid::new("email", "must look like `name@host`"));
    }
    Ok(email)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (given, expected) in [
            (" Ann@Example.org ", Some("ann@example.org")),
            ("a@b", Some("a@b")),
            ("", None),
            ("ann", None),
            ("@host", None),
            ("ann@", None),
            ("a@b@c", None),
            ("a b@c", None),
        ] {
            assert_eq!(valid_email(given).ok().as_deref(), expected, "{given}");
        }
    }
}
