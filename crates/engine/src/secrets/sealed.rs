//! A credential under seal: XChaCha20-Poly1305 with a random nonce, bound to its place by associated data.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{Key, OWN_HOSTS};
use crate::model::sync::ConnectionId;

const NONCE_BYTES: usize = 24;
const DOMAIN: &str = "foliosync credential v1";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sealed {
    /// Of the key it is sealed with.
    pub key_id: String,
    /// Where it may be sent: [`OWN_HOSTS`], or the origin that the configuration named when it was given.
    pub origin: String,
    pub set_at: Timestamp,
    /// Nonce and ciphertext, in base64.
    sealed: String,
}

/// The sealed credentials of connections, by connection and name.
pub type SealedOf = BTreeMap<ConnectionId, BTreeMap<String, Sealed>>;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("a credential cannot be sealed: {0}")]
    Seal(String),
    /// Nothing was changed.
    #[error("`{name}` of connection {connection} does not open with the key so far: {why}")]
    Open { connection: ConnectionId, name: String, why: String },
}

impl Sealed {
    fn seal(
        key: &Key,
        connection: ConnectionId,
        name: &str,
        origin: &str,
        secret: &SecretString,
        set_at: Timestamp,
    ) -> Result<Sealed, SealError> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|error| SealError::Seal(error.to_string()))?;
        let (place, secret) = (place(connection, name, origin), secret.expose_secret().as_bytes());
        let payload = Payload { msg: secret, aad: place.as_bytes() };
        let ciphertext =
            cipher(key).encrypt(&XNonce::from(nonce), payload).map_err(|_| SealError::Seal("it is too long".into()))?;
        let sealed = STANDARD.encode([nonce.as_slice(), &ciphertext].concat());
        Ok(Sealed { key_id: key.id(), origin: origin.into(), set_at, sealed })
    }

    /// The secret, or why it does not open.
    pub(super) fn open(
        &self,
        key: &Key,
        connection: ConnectionId,
        name: &str,
        origin: &str,
    ) -> Result<SecretString, String> {
        if self.key_id != key.id() {
            return Err(format!(
                "`{name}` was sealed with the key {}, and the key in use is {}",
                self.key_id,
                key.id()
            ));
        }
        if self.origin != origin {
            return Err(format!(
                "`{name}` was given for another host ({}) than the one it would be sent to now ({}); give it again: \
                 foliosync connect edit LABEL --credential {name}=@FILE",
                shown(&self.origin),
                shown(origin)
            ));
        }
        self.secret(key, connection, name)
            .ok_or_else(|| format!("`{name}` is damaged, or was moved here from another connection; give it again"))
    }

    fn secret(&self, key: &Key, connection: ConnectionId, name: &str) -> Option<SecretString> {
        let bytes = STANDARD.decode(&self.sealed).ok()?;
        let (nonce, ciphertext) = bytes.split_first_chunk::<NONCE_BYTES>()?;
        let place = place(connection, name, &self.origin);
        let payload = Payload { msg: ciphertext, aad: place.as_bytes() };
        let secret = cipher(key).decrypt(&XNonce::from(*nonce), payload).ok()?;
        String::from_utf8(secret).ok().map(SecretString::from)
    }
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.expose().into())
}

/// What a sealed credential is bound to. No part can hold the character between them.
fn place(connection: ConnectionId, name: &str, origin: &str) -> String {
    format!("{DOMAIN}\0{connection}\0{name}\0{origin}")
}

fn shown(origin: &str) -> &str {
    if origin == OWN_HOSTS { "the provider's own" } else { origin }
}

/// Changes to the credentials of a connection that may not have its id yet: whoever gives out the id seals them.
#[derive(Clone, Default)]
pub struct Sealing {
    key: Option<Key>,
    origin: String,
    values: BTreeMap<String, Option<SecretString>>,
    now: Timestamp,
}

impl Sealing {
    pub(super) fn new(
        key: Option<Key>,
        origin: &str,
        values: BTreeMap<String, Option<SecretString>>,
        now: Timestamp,
    ) -> Sealing {
        Sealing { key, origin: origin.into(), values, now }
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The connection's credentials after the changes: what was there stays, unless it is set or erased here.
    pub fn seal(
        &self,
        connection: ConnectionId,
        before: Option<&BTreeMap<String, Sealed>>,
    ) -> Result<BTreeMap<String, Sealed>, SealError> {
        let mut after = before.cloned().unwrap_or_default();
        for (name, value) in &self.values {
            match (value, &self.key) {
                (Some(secret), Some(key)) => {
                    let sealed = Sealed::seal(key, connection, name, &self.origin, secret, self.now)?;
                    after.insert(name.clone(), sealed);
                }
                (Some(_), None) => return Err(SealError::Seal("there is no key".into())),
                (None, _) => drop(after.remove(name)),
            }
        }
        Ok(after)
    }
}

/// Names only.
impl fmt::Debug for Sealing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

/// From one key to another.
#[derive(Debug, Clone)]
pub struct Rekeying {
    /// `None` where it is lost: then every credential is erased.
    pub from: Option<Key>,
    pub to: Key,
}

impl Rekeying {
    /// Every credential sealed with the new key, or none.
    pub fn apply(&self, all: &SealedOf) -> Result<SealedOf, SealError> {
        let Some(from) = &self.from else { return Ok(SealedOf::new()) };
        let mut resealed = SealedOf::new();
        for (connection, credentials) in all {
            let own = resealed.entry(*connection).or_default();
            for (name, sealed) in credentials {
                let secret = sealed.open(from, *connection, name, &sealed.origin);
                let secret =
                    secret.map_err(|why| SealError::Open { connection: *connection, name: name.clone(), why })?;
                let again = Sealed::seal(&self.to, *connection, name, &sealed.origin, &secret, sealed.set_at)?;
                own.insert(name.clone(), again);
            }
        }
        Ok(resealed)
    }
}
