//! Signatures as the services check them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

fn hmac(secret: &str, payload: &[u8]) -> Hmac<Sha256> {
    // Keys of any length do.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes every key");
    mac.update(payload);
    mac
}

/// `signature` in hexadecimal, in either case.
pub fn is_hmac_hex(secret: &str, payload: &[u8], signature: &str) -> bool {
    unhex(signature).is_some_and(|signature| hmac(secret, payload).verify_slice(&signature).is_ok())
}

/// `signature` in base64.
pub fn is_hmac_base64(secret: &str, payload: &[u8], signature: &str) -> bool {
    STANDARD.decode(signature).is_ok_and(|signature| hmac(secret, payload).verify_slice(&signature).is_ok())
}

/// `public` in hexadecimal, `signature` in base64.
pub fn is_ed25519(public: &str, payload: &[u8], signature: &str) -> bool {
    let key = unhex(public).and_then(|key| VerifyingKey::try_from(key.as_slice()).ok());
    let signature = STANDARD.decode(signature).ok().and_then(|bytes| Signature::from_slice(&bytes).ok());
    match (key, signature) {
        (Some(key), Some(signature)) => key.verify_strict(payload, &signature).is_ok(),
        _ => false,
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let is_hex = text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let bytes = || (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok());
    if is_hex { bytes().collect() } else { None }
}
