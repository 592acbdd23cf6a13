//! Signatures of requests: HMAC with a secret, or an Ed25519 key, told apart by their form.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use foliosync_engine::provider::ProviderError;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

pub enum Signer<'a> {
    Hmac(&'a str),
    Ed25519(Box<SigningKey>),
}

impl<'a> Signer<'a> {
    pub fn of(secret: &'a SecretString) -> Result<Signer<'a>, ProviderError> {
        let secret = secret.expose_secret().trim();
        if !secret.contains("-----BEGIN") {
            return Ok(Signer::Hmac(secret));
        }
        let key = ed25519(secret).map_err(|why| {
            let message = format!(
                "the credential `api_secret` {why}; enter the private Ed25519 key in PEM, or the secret of an HMAC key"
            );
            ProviderError::NeedsUser { message }
        })?;
        Ok(Signer::Ed25519(Box::new(key)))
    }

    /// The signature of a query as it is sent, before it is encoded itself.
    pub fn sign(&self, payload: &str) -> String {
        match self {
            Signer::Hmac(secret) => {
                let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes every key");
                mac.update(payload.as_bytes());
                mac.finalize().into_bytes().iter().fold(String::with_capacity(64), |mut hex, byte| {
                    let _ = write!(hex, "{byte:02x}");
                    hex
                })
            }
            Signer::Ed25519(key) => STANDARD.encode(key.sign(payload.as_bytes()).to_bytes()),
        }
    }
}

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";
/// The algorithms of PKCS #8 keys, as DER writes their names.
const ED25519: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x70];
const RSA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// Before the 32 bytes of an Ed25519 key.
const SEED: &[u8] = &[0x04, 0x22, 0x04, 0x20];

/// The key of a PKCS #8 file. The error ends the sentence "The credential …". Line breaks may have been lost on the way.
fn ed25519(pem: &str) -> Result<SigningKey, &'static str> {
    if pem.contains("ENCRYPTED PRIVATE KEY") {
        return Err("is a key under a password, which cannot be used without it");
    }
    if pem.contains("BEGIN PUBLIC KEY") {
        return Err("is the public half of a key");
    }
    if pem.contains("RSA PRIVATE KEY") {
        return Err("is an RSA key, which cannot be used here");
    }
    let body = pem.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).map(|(body, _)| body);
    let body: String = body.ok_or("is no private key in PEM")?.split_whitespace().collect();
    let der = STANDARD.decode(body).map_err(|_| "is a key that was cut off or changed")?;
    let after = |name: &[u8]| {
        let at = der.windows(name.len()).take(16).position(|window| window == name)?;
        Some(&der[at + name.len()..])
    };
    if after(RSA).is_some() {
        return Err("is an RSA key, which cannot be used here");
    }
    let key = after(ED25519).ok_or("is no Ed25519 key")?.strip_prefix(SEED);
    let seed = key.and_then(|key| key.first_chunk::<32>()).ok_or("is a key that was cut off or changed")?;
    Ok(SigningKey::from_bytes(seed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_sign_is_told_by_its_form() {
        let told = |text: &str| match Signer::of(&text.to_string().into()) {
            Ok(Signer::Hmac(_)) => "HMAC".to_string(),
            Ok(Signer::Ed25519(_)) => "Ed25519".to_string(),
            Err(error) => error.to_string(),
        };
        let pem = |label: &str, body: &str| format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
        // RFC 8032's first test key.
        let body = "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g";
        assert_eq!(told("  secret\n"), "HMAC");
        assert_eq!(told(&pem("PRIVATE KEY", body)), "Ed25519");
        assert_eq!(told(&pem("PRIVATE KEY", body).replace('\n', " ")), "Ed25519", "as it comes out of one line");
        for (text, want) in [
            (pem("PRIVATE KEY", &body[..40]), "was cut off"),
            (pem("PRIVATE KEY", &body[..62]), "was cut off"),
            (pem("PRIVATE KEY", "!"), "was cut off"),
            (pem("PRIVATE KEY", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw"), "is an RSA key"),
            (pem("RSA PRIVATE KEY", body), "is an RSA key"),
            (pem("ENCRYPTED PRIVATE KEY", body), "under a password"),
            (pem("PUBLIC KEY", body), "public half"),
            (pem("EC PRIVATE KEY", body), "is no private key"),
            (pem("PRIVATE KEY", "MC4CAQAwBQYDK2VuBCIEIJ1hsZ3v"), "is no Ed25519 key"),
        ] {
            let told = told(&text);
            assert!(told.contains(want) && !told.contains(&body[..20]), "{told} should say {want}");
        }
    }
}
