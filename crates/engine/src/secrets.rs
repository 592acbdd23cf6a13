//! Credentials: sealed for as long as they lie anywhere, opened for one run of one connection, and shown to nobody.
//!
//! A sealed credential is bound to its connection, to its key and to the host that it was given for. It opens in no
//! other place, so a base URL that somebody changes never receives a secret that was meant for another host.

mod key;
mod sealed;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use secrecy::SecretString;
use serde::Serialize;

pub use key::{Key, KeyError};
pub use sealed::{Rekeying, SealError, Sealed, SealedOf, Sealing};

use crate::model::sync::ConnectionId;

/// How a message begins that says why credentials cannot be opened. Streams that stopped with it go on by themselves
/// once the credentials open again.
pub const LOCKED: &str = "locked: ";

/// The origin of a provider whose hosts are its own, as this program knows them.
pub const OWN_HOSTS: &str = "";

/// Opens and seals credentials, or says why it cannot.
#[derive(Debug)]
pub enum Vault {
    Open {
        key: Key,
        /// Where the key was found, for people.
        from: String,
    },
    /// There are sealed credentials and no key that opens them. Everything else goes on.
    Locked { why: String },
}

/// What people may know of a vault.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VaultView {
    pub state: &'static str,
    pub key_id: Option<String>,
    pub from: Option<String>,
    pub why: Option<String>,
}

impl Vault {
    /// Locked, where credentials are sealed and none of them with this key.
    pub fn new(key: Key, from: impl Into<String>, sealed_with: &BTreeSet<String>) -> Vault {
        let from = from.into();
        if sealed_with.is_empty() || sealed_with.contains(&key.id()) {
            return Vault::Open { key, from };
        }
        let sealed_with: Vec<_> = sealed_with.iter().map(String::as_str).collect();
        let why = format!(
            "the credentials were sealed with the key {}, and the key in {from} is {}",
            sealed_with.join(", "),
            key.id()
        );
        Vault::Locked { why }
    }

    pub fn view(&self) -> VaultView {
        match self {
            Vault::Open { key, from } => {
                VaultView { state: "open", key_id: Some(key.id()), from: Some(from.clone()), why: None }
            }
            Vault::Locked { why } => VaultView { state: "locked", key_id: None, from: None, why: Some(why.clone()) },
        }
    }

    /// What a run may use. A credential that does not open says why when it is asked for.
    pub fn open(&self, connection: ConnectionId, origin: &str, sealed: &BTreeMap<String, Sealed>) -> Credentials {
        let open = |(name, sealed): (&String, &Sealed)| {
            let opened = match self {
                Vault::Open { key, .. } => sealed.open(key, connection, name, origin),
                Vault::Locked { why } => Err(format!("{why}; start the server with the right key")),
            };
            (name.clone(), opened.map_err(|why| format!("{LOCKED}{why}")))
        };
        Credentials { values: sealed.iter().map(open).collect() }
    }

    /// Takes secrets to be sealed (`None`: erased) as soon as their connection's id is known. Refused with the reason
    /// where there are secrets and no key.
    pub fn sealing(
        &self,
        origin: &str,
        values: BTreeMap<String, Option<SecretString>>,
        now: Timestamp,
    ) -> Result<Sealing, String> {
        match self {
            Vault::Open { key, .. } => Ok(Sealing::new(Some(key.clone()), origin, values, now)),
            Vault::Locked { why } if values.values().any(Option::is_some) => Err(why.clone()),
            Vault::Locked { .. } => Ok(Sealing::new(None, origin, values, now)),
        }
    }
}

/// The opened credentials of one connection.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    /// The secret, or why it cannot be opened.
    values: BTreeMap<String, Result<SecretString, String>>,
}

impl Credentials {
    pub const fn none() -> Credentials {
        Credentials { values: BTreeMap::new() }
    }

    /// Of secrets in the clear, for tests and for trying out what somebody typed.
    pub fn of(values: impl IntoIterator<Item = (String, SecretString)>) -> Credentials {
        Credentials { values: values.into_iter().map(|(name, secret)| (name, Ok(secret))).collect() }
    }

    /// The same with other secrets in place of those of their names.
    pub fn with(mut self, values: BTreeMap<String, SecretString>) -> Credentials {
        self.values.extend(values.into_iter().map(|(name, secret)| (name, Ok(secret))));
        self
    }

    /// The secret, or what to tell the user.
    pub fn get(&self, name: &str) -> Result<&SecretString, String> {
        match self.values.get(name) {
            Some(Ok(secret)) => Ok(secret),
            Some(Err(why)) => Err(why.clone()),
            None => Err(format!(
                "the credential `{name}` is missing; give it: foliosync connect edit LABEL --credential {name}=@FILE"
            )),
        }
    }

    /// Whether there is one, whether it opens or not.
    pub fn is_given(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Whether everything that is there opens.
    pub fn are_open(&self) -> bool {
        self.values.values().all(Result::is_ok)
    }
}

/// What people may know of a credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CredentialView {
    pub set: bool,
    pub set_at: Option<Timestamp>,
}

/// The part of a base URL that says who is spoken to: scheme, host and port, in lower case.
pub fn origin_of(base_url: &str) -> String {
    let (scheme, rest) = base_url.split_once("://").unwrap_or(("https", base_url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let default_port = match scheme.to_ascii_lowercase().as_str() {
        "https" => ":443",
        "http" => ":80",
        _ => "",
    };
    let host = if default_port.is_empty() { host } else { host.strip_suffix(default_port).unwrap_or(host) };
    format!("{scheme}://{host}").to_ascii_lowercase()
}

#[cfg(test)]
mod tests;
