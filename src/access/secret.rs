//! Secrets of 256 random bits, and their hashes, compared in constant time.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

const SECRET_BYTES: usize = 32;

/// The SHA-256 of a secret. No salt or slow hash is needed: nobody guesses 256 random bits.
#[derive(Debug, Clone)]
pub struct Hash([u8; 32]);

/// A new secret behind its prefix, safe in URLs and headers.
pub fn make(prefix: &str) -> Result<SecretString, getrandom::Error> {
    let mut bytes = [0; SECRET_BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes)).into())
}

impl Hash {
    pub fn of(secret: &SecretString) -> Hash {
        Hash::of_text(secret.expose_secret())
    }

    pub fn of_text(secret: &str) -> Hash {
        Hash(Sha256::digest(secret.as_bytes()).into())
    }

    pub fn is(&self, other: &Hash) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// Whether a text is a secret that somebody chose; the time it takes tells neither its letters nor their number.
pub fn same(given: &str, secret: &SecretString) -> bool {
    Hash::of_text(given).is(&Hash::of(secret))
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Hash, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(serde::de::Error::custom)?;
        let bytes = bytes.try_into().map_err(|_| serde::de::Error::custom("a hash has 32 bytes"))?;
        Ok(Hash(bytes))
    }
}
