//! Whose key it is, and what it may do besides reading.

use std::fmt::Write;

use foliosync_engine::provider::{FetchRequest, ProviderError, SettingKind, SettingSpec};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const INSIST_KEY: &str = "allow_trading_key";

pub const INSIST: SettingSpec = SettingSpec {
    key: INSIST_KEY,
    label: "Allow a trading key",
    help: "yes: use an API key even if it may trade or withdraw; otherwise such a key is refused",
    kind: SettingKind::Choice(&["no", "yes"]),
    required: false,
};

/// A key that was looked at: part of the watermark of each stream that uses it, so that it is looked at once a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    key: String,
    /// The exchange's number of the account that it opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    on: Date,
    #[serde(default)]
    insisted: bool,
}

/// What an exchange says of a key.
pub struct Rights {
    pub account: Option<String>,
    /// What it may besides reading, in the exchange's words.
    pub beyond: Vec<String>,
}

impl Seen {
    /// Whether the key need not be looked at again now.
    pub fn is_enough(&self, key: &SecretString, request: &FetchRequest<'_>) -> bool {
        self.key == fingerprint(key) && self.on == today(request) && self.insisted == is_insisted(request)
    }

    /// Whether it was this key.
    pub fn is_of(&self, key: &SecretString) -> bool {
        self.key == fingerprint(key)
    }

    /// Takes note of a key, or refuses it: one of another account than before would mix two accounts, and one that may do
    /// more than read is more than is needed, unless the user insists.
    pub fn admit(
        before: Option<&Seen>,
        key: &SecretString,
        rights: Rights,
        name: &str,
        request: &FetchRequest<'_>,
    ) -> Result<Seen, ProviderError> {
        let known = before.and_then(|seen| seen.account.clone());
        if let (Some(known), Some(now)) = (&known, &rights.account)
            && known != now
        {
            let message = format!(
                "the API key opens another account at {name} than the one that was read here before: add a connection \
                 for it with `foliosync connect add`, or enter a key of the first account again"
            );
            return Err(ProviderError::NeedsUser { message });
        }
        let insisted = is_insisted(request);
        if !rights.beyond.is_empty() && !insisted {
            let message = format!(
                "the API key may do more than read ({}), which is not needed here: make one at {name} that may only \
                 read. To use this one all the same, `foliosync connect edit LABEL --set {INSIST_KEY}=yes`",
                rights.beyond.join(", ")
            );
            return Err(ProviderError::NeedsUser { message });
        }
        Ok(Seen { key: fingerprint(key), account: rights.account.or(known), on: today(request), insisted })
    }
}

fn is_insisted(request: &FetchRequest<'_>) -> bool {
    request.settings.get(INSIST_KEY).is_some_and(|value| value == "yes")
}

fn today(request: &FetchRequest<'_>) -> Date {
    TimeZone::UTC.to_datetime(request.now).date()
}

/// Tells keys apart and gives none away.
fn fingerprint(key: &SecretString) -> String {
    let digest = Sha256::digest([b"foliosync key ", key.expose_secret().as_bytes()].concat());
    digest.iter().take(6).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
