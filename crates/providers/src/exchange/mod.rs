//! What the private parts of exchanges have in common: whose key it is and what it may do, a clock that differs from
//! ours, what is held, and when a look at the fills is worth its requests.

mod assets;
mod clock;
mod faults;
mod key;
mod wallet;
mod watch;

use foliosync_engine::budget::Budget;
use foliosync_engine::provider::{FetchRequest, Page, ProviderError, SettingKind, SettingSpec};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

pub use assets::{described, kind, needs_listing};
pub use clock::{Skew, resync};
pub use faults::Faults;
pub use key::{INSIST, Rights, Seen};
pub use wallet::part;
pub use watch::{LOOK_SECS, Watch, held};

pub const fn secret(key: &'static str, label: &'static str, help: &'static str) -> SettingSpec {
    SettingSpec { key, label, help, kind: SettingKind::Secret, required: false }
}

/// The API key of a connection that has one.
pub fn api_key<'a>(request: &'a FetchRequest<'_>) -> Result<Option<&'a SecretString>, ProviderError> {
    if request.credentials.is_given("api_key") { request.credential("api_key").map(Some) } else { Ok(None) }
}

/// What a private stream comes to without a key: nothing, unless something was read with one before.
pub fn without_key(was_read: bool, name: &str) -> Result<Page, ProviderError> {
    if was_read {
        let message = format!(
            "the API key is gone, so the last values stay as they were: enter one that {name} gave you with `foliosync \
             connect edit LABEL --credential api_key=@FILE`, or remove the connection"
        );
        return Err(ProviderError::NeedsUser { message });
    }
    Ok(Page::last(Json::Null))
}

/// The budgets of these limits.
pub fn budgets(request: &FetchRequest<'_>, limits: &[&str]) -> Vec<Budget> {
    let is_of = |budget: &&Budget| limits.iter().any(|name| budget.scope.rsplit('/').next() == Some(name));
    request.budgets.iter().filter(is_of).cloned().collect()
}

/// What a stream left behind; nothing for a watermark of another form.
pub fn mark<'a, M: Default + Deserialize<'a>>(request: &FetchRequest<'a>) -> M {
    request.watermark.and_then(|json| M::deserialize(json).ok()).unwrap_or_default()
}

pub fn json(mark: &impl Serialize) -> Json {
    serde_json::to_value(mark).expect("plain data serializes")
}

pub fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// Whether a text can be the name of an asset or a pair; coins have been named in Chinese.
pub fn is_name(text: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    !text.is_empty() && text.len() <= 60 && text.chars().all(is_letter)
}

pub fn malformed(what: &'static str, message: impl Into<String>) -> ProviderError {
    ProviderError::Malformed { what, message: message.into() }
}

/// A count in words.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
