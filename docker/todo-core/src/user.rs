//! Who uses the application.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
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
    /// Where they log in with; as [`valid_email`] gives it.
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
    /// How often all of their sessions were ended; a new session's token says it.
    pub epoch: i32,
}

/// The name, trimmed; 1 to 100 characters.
pub fn valid_name(name: &str) -> Result<String, Invalid> {
    valid_text("name", name, NAME_MAX)
}

/// The address in the one form in which equal ones are equal: trimmed, in lower case, in Unicode's
/// normal form KC and without invisible characters. Something, one `@`, and a host; whether mail
/// arrives there only a mail can tell.
pub fn valid_email(email: &str) -> Result<String, Invalid> {
    let visible: String = email.chars().filter(|c| !is_invisible(*c)).collect();
    let folded = visible.nfkc().collect::<String>().to_lowercase();
    let folded: String = folded.nfkc().collect();
    let email = valid_text("email", &folded, EMAIL_MAX)?;
    let well_formed = match email.split_once('@') {
        Some((local, host)) => !local.is_empty() && !host.is_empty() && !host.contains('@'),
        None => false,
    };
    if !well_formed || email.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(Invalid::new("email", "must look like `name@host`"));
    }
    Ok(email)
}

/// Whether nobody can see this character: formats such as zero-width spaces and changes of
/// direction, variation selectors, fillers.
pub fn is_invisible(c: char) -> bool {
    let filler = matches!(
        c,
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'
    );
    let selector =
        matches!(c, '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}');
    filler || selector || c.general_category() == GeneralCategory::Format
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
            (
                "a\u{200b}nn@exa\u{ad}mple.org\u{feff}",
                Some("ann@example.org"),
            ),
            ("\u{202e}ann@example.org", Some("ann@example.org")),
            ("a\u{fe0f}nn@example.org", Some("ann@example.org")),
            ("ａｎｎ＠example.org", Some("ann@example.org")),
            ("Rene\u{301}@example.org", Some("ren\u{e9}@example.org")),
            ("\u{200b}@host", None),
        ] {
            assert_eq!(valid_email(given).ok().as_deref(), expected, "{given}");
        }
    }
}
