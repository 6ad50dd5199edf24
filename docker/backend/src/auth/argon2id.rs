//! Argon2id as its crate does it, but in memory that goes back to the system at once.
//!
//! A hash takes 19 MiB. glibc keeps freed blocks of up to 32 MiB for later, in each thread that
//! ever hashed; larger ones it returns. So the buffer is made larger than needed: the part that
//! is not touched is address space only.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::password_hash::{CustomizedPasswordHasher, PasswordHasher, Result};
use argon2::{Algorithm, Argon2, Block, Params, Version};

/// The least capacity of a buffer: a little over 32 MiB.
const CAPACITY: usize = 33 * 1024 * 1024 / Block::SIZE;

/// Hashes and verifies with Argon2id and its crate's default parameters.
pub struct Argon2id;

impl CustomizedPasswordHasher<PasswordHash> for Argon2id {
    type Params = Params;

    fn hash_password_customized(
        &self,
        password: &[u8],
        salt: &[u8],
        algorithm: Option<&str>,
        version: Option<u32>,
        params: Params,
    ) -> Result<PasswordHash> {
        let algorithm = algorithm
            .map(Algorithm::try_from)
            .transpose()?
            .unwrap_or_default();
        let version = version
            .map(Version::try_from)
            .transpose()?
            .unwrap_or_default();
        let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
        let argon2 = Argon2::new(algorithm, version, params.clone());
        argon2.hash_password_into_with_memory(password, salt, &mut output, buffer(&params))?;
        Ok(PasswordHash {
            algorithm: algorithm.ident(),
            version: Some(version.into()),
            params: ParamsString::try_from(&params)?,
            salt: Some(Salt::new(salt)?),
            hash: Some(Output::new(&output)?),
        })
    }
}

impl PasswordHasher<PasswordHash> for Argon2id {
    fn hash_password_with_salt(&self, password: &[u8], salt: &[u8]) -> Result<PasswordHash> {
        self.hash_password_customized(password, salt, None, None, Params::default())
    }
}

fn buffer(params: &Params) -> Vec<Block> {
    let mut blocks = Vec::with_capacity(params.block_count().max(CAPACITY));
    blocks.resize(params.block_count(), Block::new());
    blocks
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::PasswordVerifier;

    use super::*;

    #[test]
    fn its_hashes_are_the_crates_own() {
        let ours = Argon2id
            .hash_password_with_salt(b"correct horse", b"sixteen bytes ok")
            .unwrap();
        let theirs = Argon2::default()
            .hash_password_with_salt(b"correct horse", b"sixteen bytes ok")
            .unwrap();
        assert_eq!(ours, theirs);
        assert!(
            Argon2::default()
                .verify_password(b"correct horse", &ours)
                .is_ok()
        );
        assert!(Argon2id.verify_password(b"correct horse", &theirs).is_ok());
        assert!(
            Argon2id
                .verify_password(b"battery staple", &theirs)
                .is_err()
        );
    }
}
