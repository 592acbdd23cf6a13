//! Signatures as clients make them, for tests.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The private half of the default Ed25519 key: RFC 8032's first test.
pub const ED25519_SEED: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";

fn hmac(secret: &str, payload: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(payload.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

pub fn hmac_hex(secret: &str, payload: &str) -> String {
    hmac(secret, payload).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn hmac_base64(secret: &str, payload: &str) -> String {
    STANDARD.encode(hmac(secret, payload))
}

/// In base64, encoded for an address.
pub fn ed25519(seed: &str, payload: &str) -> String {
    let bytes: Vec<u8> = (0..32).map(|at| u8::from_str_radix(&seed[2 * at..2 * at + 2], 16).unwrap()).collect();
    let key = SigningKey::from_bytes(&bytes.try_into().unwrap());
    let signature = STANDARD.encode(key.sign(payload.as_bytes()).to_bytes());
    signature.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}
