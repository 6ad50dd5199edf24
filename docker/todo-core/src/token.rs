//! Session tokens: JSON Web Tokens that say which user is calling.
//!
//! Only HS256 is minted and only HS256 is believed, whatever a token's header says; issuer,
//! audience and expiry are checked every time. The key id names the key, so a token signed
//! with a replaced secret is refused as such.

mod hmac;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::user::UserId;

/// Who mints the tokens, and for whom: the application itself.
const PARTY: &str = "todo-chatbot";

/// The fewest characters a secret may have: as many bits as HS256 uses.
pub const SECRET_MIN: usize = 32;

/// The longest token that is looked at.
const LENGTH_MAX: usize = 4096;

/// Names a session, which is what a token proves.
pub type SessionId = Uuid;

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The user.
    pub sub: UserId,
    /// Who minted the token.
    pub iss: String,
    /// Whom it is for.
    pub aud: String,
    /// When it was minted, in seconds since 1970.
    pub iat: u64,
    /// When it ends, in seconds since 1970.
    pub exp: u64,
    /// Names the session, so that a log-out can end it early.
    pub jti: SessionId,
    /// How often the session had been renewed when this token was minted.
    #[serde(default)]
    pub generation: i32,
    /// How often all sessions of the user had been ended when this one began.
    #[serde(default)]
    pub epoch: i32,
}

impl Claims {
    /// A new session of this user, which ends after so many seconds.
    pub fn new(user: UserId, seconds: u64) -> Self {
        let iat = jsonwebtoken::get_current_timestamp();
        Claims {
            sub: user,
            iss: PARTY.into(),
            aud: PARTY.into(),
            iat,
            exp: iat.saturating_add(seconds),
            jti: Uuid::new_v4(),
            generation: 0,
            epoch: 0,
        }
    }

    /// The same session's next token, which ends after so many seconds.
    pub fn renewed(&self, seconds: u64) -> Self {
        Claims {
            jti: self.jti,
            generation: self.generation + 1,
            epoch: self.epoch,
            ..Claims::new(self.sub, seconds)
        }
    }

    /// When the token ends.
    pub fn ends_at(&self) -> DateTime<Utc> {
        let seconds = i64::try_from(self.exp).ok();
        let ends_at = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        ends_at.unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

/// Why a token is not believed. All are the caller's concern, none tells the secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It was valid once.
    #[error("The session has expired: log in again.")]
    Expired,
    /// It never was, or not with this secret.
    #[error("The session token is not valid: log in again.")]
    Invalid,
}

/// Signs and verifies tokens with one secret.
#[derive(Clone)]
pub struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Arc<Validation>,
    kid: String,
}

impl Tokens {
    /// Tokens signed with this secret; see [`SECRET_MIN`].
    pub fn new(secret: &str) -> Self {
        hmac::install();
        Tokens {
            encoding: EncodingKey::from_secret(secret.as_bytes()),
            decoding: DecodingKey::from_secret(secret.as_bytes()),
            validation: Arc::new(validation()),
            kid: hmac::key_id(secret),
        }
    }

    /// The token that says so.
    pub fn sign(&self, claims: &Claims) -> String {
        let header = Header {
            kid: Some(self.kid.clone()),
            ..Header::new(Algorithm::HS256)
        };
        encode(&header, claims, &self.encoding).expect("plain claims and an HMAC key always encode")
    }

    /// What the token says, if it is to be believed.
    pub fn verify(&self, token: &str) -> Result<Claims, TokenError> {
        if token.len() > LENGTH_MAX {
            return Err(TokenError::Invalid);
        }
        match decode::<Claims>(token, &self.decoding, &self.validation) {
            Ok(data) if self.is_ours(&data.header) => Ok(data.claims),
            Ok(_) => Err(TokenError::Invalid),
            Err(error) if *error.kind() == ErrorKind::ExpiredSignature => Err(TokenError::Expired),
            Err(_) => Err(TokenError::Invalid),
        }
    }

    /// Whether the header names our key, or none: other minters of the same secret may leave it
    /// out.
    fn is_ours(&self, header: &Header) -> bool {
        header.kid.as_ref().is_none_or(|kid| *kid == self.kid)
    }
}

/// One algorithm, no leeway, every claim required.
fn validation() -> Validation {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_issuer(&[PARTY]);
    validation.set_audience(&[PARTY]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.validate_nbf = true;
    validation.leeway = 0;
    validation
}

#[cfg(test)]
mod tests;
