//! The key that credentials are sealed with.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::{Digest, Sha256};

/// Bytes of a key.
const KEY_BYTES: usize = 32;
/// So that the id of a key is no other hash of it.
const ID_DOMAIN: &[u8] = b"foliosync key id v1\0";

#[derive(Clone)]
pub struct Key {
    bytes: Arc<SecretBox<[u8; KEY_BYTES]>>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("it is no key: a key is {KEY_BYTES} bytes in base64 (44 letters) or hexadecimal digits (64)")]
    Malformed,
    #[error("the system gives no random bytes: {0}")]
    NoRandom(String),
}

impl Key {
    pub fn random() -> Result<Key, KeyError> {
        let mut failed = None;
        let bytes = SecretBox::init_with_mut(|bytes: &mut [u8; KEY_BYTES]| failed = getrandom::fill(bytes).err());
        match failed {
            None => Ok(Key { bytes: Arc::new(bytes) }),
            Some(error) => Err(KeyError::NoRandom(error.to_string())),
        }
    }

    /// From base64 of either alphabet or from hexadecimal digits; white space around it does not count.
    pub fn parse(text: &str) -> Result<Key, KeyError> {
        let text = text.trim();
        let decoded = match text.len() {
            64 => from_hex(text),
            43 => STANDARD_NO_PAD.decode(text).or_else(|_| URL_SAFE_NO_PAD.decode(text)).ok(),
            44 => STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok(),
            _ => None,
        };
        let decoded = SecretBox::new(decoded.ok_or(KeyError::Malformed)?.into_boxed_slice());
        let mut fits = false;
        let bytes = SecretBox::init_with_mut(|bytes: &mut [u8; KEY_BYTES]| {
            fits = decoded.expose_secret().len() == KEY_BYTES;
            if fits {
                bytes.copy_from_slice(decoded.expose_secret());
            }
        });
        if fits { Ok(Key { bytes: Arc::new(bytes) }) } else { Err(KeyError::Malformed) }
    }

    /// As it is written into a file.
    pub fn to_text(&self) -> SecretString {
        STANDARD.encode(self.expose()).into()
    }

    /// Names the key without giving anything of it away: 8 hexadecimal digits.
    pub fn id(&self) -> String {
        let hash = Sha256::new().chain_update(ID_DOMAIN).chain_update(self.expose()).finalize();
        hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
    }

    pub(super) fn expose(&self) -> &[u8; KEY_BYTES] {
        self.bytes.expose_secret()
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |letter: u8| char::from(letter).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.as_bytes().chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.id())
    }
}
