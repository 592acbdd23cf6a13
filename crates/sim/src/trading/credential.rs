//! What opens an account, and what it may do there.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// Who may ask for an account. In JSON: `{"id": "…", "account": "…", "secret": {"shared": "…"}}`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// What is sent in the clear: Binance's and OKX's API key, Alpaca's key id, IBKR's token.
    pub id: String,
    pub account: String,
    #[serde(default)]
    pub secret: Secret,
    /// OKX's.
    #[serde(default)]
    pub passphrase: String,
    /// Empty: none. Default: reading.
    #[serde(default = "Permission::reading")]
    pub permissions: BTreeSet<Permission>,
    /// Requests from elsewhere are refused. Empty: from anywhere.
    #[serde(default)]
    pub addresses: Vec<IpAddr>,
    #[serde(default)]
    pub validity: Validity,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Secret {
    /// The id is all there is.
    #[default]
    None,
    /// Signs with HMAC, or is sent as it is.
    Shared(String),
    /// The public key in hexadecimal; Binance alone takes these.
    Ed25519(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    Read,
    Trade,
    Withdraw,
    /// Between accounts and wallets.
    Transfer,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Validity {
    #[default]
    Valid,
    Expired,
    /// Shut by the service.
    Frozen,
}

impl Permission {
    pub fn reading() -> BTreeSet<Permission> {
        BTreeSet::from([Permission::Read])
    }
}

impl Credential {
    /// For reading, from anywhere.
    pub fn new(account: &str, id: &str, secret: Secret) -> Credential {
        Credential {
            id: id.into(),
            account: account.into(),
            secret,
            passphrase: String::new(),
            permissions: Permission::reading(),
            addresses: Vec::new(),
            validity: Validity::Valid,
        }
    }

    pub fn passphrase(mut self, passphrase: &str) -> Credential {
        self.passphrase = passphrase.into();
        self
    }

    pub fn permissions(mut self, permissions: impl IntoIterator<Item = Permission>) -> Credential {
        self.permissions = permissions.into_iter().collect();
        self
    }

    pub fn is_from(&self, address: IpAddr) -> bool {
        self.addresses.is_empty() || self.addresses.contains(&address)
    }

    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }
}
