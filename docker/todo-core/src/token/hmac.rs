//! HMAC-SHA-256 for the token library, by ring, which TLS brings along anyway.
//! Offers no other algorithm, so none can be asked for by a token.

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use ring::{digest, hmac};
use signature::{Error, Signer, Verifier};

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes this the token library's cryptography; again is harmless.
pub(super) fn install() {
    let _ = PROVIDER.install_default();
}

/// Names a secret without telling it.
pub(super) fn key_id(secret: &str) -> String {
    let digest = digest::digest(&digest::SHA256, format!("key id of {secret}").as_bytes());
    digest.as_ref()[..4]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

struct Hs256(hmac::Key);

fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    Ok(Box::new(keyed(*algorithm, key.as_bytes())?))
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    Ok(Box::new(keyed(*algorithm, key.try_get_as_bytes()?)?))
}

fn keyed(algorithm: Algorithm, secret: &[u8]) -> Result<Hs256> {
    match algorithm {
        Algorithm::HS256 => Ok(Hs256(hmac::Key::new(hmac::HMAC_SHA256, secret))),
        _ => Err(ErrorKind::UnsupportedAlgorithm.into()),
    }
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Error> {
        Ok(hmac::sign(&self.0, message).as_ref().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        hmac::verify(&self.0, message, signature).map_err(|_| Error::new())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}
