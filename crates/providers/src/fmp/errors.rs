//! What the service's answers mean: its one table of errors.
//!
//! The words of an error count before its status, because the same words came with several; what a plan lacks counts
//! before what was asked too often, because its words mention both. Bodies are never repeated: pages of firewalls show the
//! whole request.

use foliosync_engine::http::HttpAnswer;
use foliosync_engine::provider::ProviderError;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use serde_json::value::RawValue;

use crate::prices::next_utc_midnight;

/// What is known besides the answer.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    pub is_free: bool,
    /// It said a minute ago that it was asked too often.
    pub was_limited: bool,
}

const LIMITED: &str = "Financial Modeling Prep says that it was asked too often";
const RESTRICTED: &str = "the plan at Financial Modeling Prep does not include this endpoint";
const PREMIUM: &str = "the plan at Financial Modeling Prep does not include this symbol";
const LEGACY: &str =
    "Financial Modeling Prep has closed the legacy API to this key: switch the setting `generation` to stable";
const INVALID_KEY: &str = "Financial Modeling Prep does not accept the API key: copy it again from the dashboard there";
const SUSPENDED: &str = "Financial Modeling Prep has suspended the account: see its dashboard there";
const BANDWIDTH: &str =
    "the bandwidth of the plan at Financial Modeling Prep is used up for now; only time or a larger plan helps";

enum Meaning {
    Restricted,
    Premium,
    Legacy,
    Suspended,
    InvalidKey,
    Bandwidth,
    Limited,
}

/// In this order.
const PHRASES: [(&str, Meaning); 9] = [
    ("premium query parameter", Meaning::Premium),
    ("special endpoint", Meaning::Premium),
    ("restricted endpoint", Meaning::Restricted),
    ("exclusive endpoint", Meaning::Restricted),
    ("legacy endpoint", Meaning::Legacy),
    ("suspended", Meaning::Suspended),
    ("invalid api key", Meaning::InvalidKey),
    ("bandwidth", Meaning::Bandwidth),
    ("limit reach", Meaning::Limited),
];

/// Whether an answer is an error. An empty array is none, with 404 too: nothing is known of the symbol.
pub fn classify(answer: &HttpAnswer, now: Timestamp, standing: Standing) -> Result<(), ProviderError> {
    let status = answer.status;
    let body = Body::of(&answer.body);
    if let Body::Told(words) = &body {
        let words = words.to_lowercase();
        if let Some((_, meaning)) = PHRASES.iter().find(|(phrase, _)| words.contains(phrase)) {
            return Err(error_of(meaning, answer, now, standing));
        }
    }
    match (status, body) {
        // Firewalls and gateways answer with pages, whatever the status.
        (_, Body::Page) => {
            let message = format!("Financial Modeling Prep answered with a web page instead of data (status {status})");
            Err(ProviderError::Backoff { message })
        }
        (401, _) => Err(error_of(&Meaning::InvalidKey, answer, now, standing)),
        (402, _) => Err(error_of(&Meaning::Premium, answer, now, standing)),
        (429, _) => Err(error_of(&Meaning::Limited, answer, now, standing)),
        (404, Body::Nothing) | (200, Body::Nothing | Body::Rows) => Ok(()),
        (500.., _) => {
            Err(ProviderError::Backoff { message: format!("Financial Modeling Prep answered with status {status}") })
        }
        (200, Body::Told(_)) => {
            let message = "Financial Modeling Prep answered with an error that is not known, under status 200".into();
            Err(ProviderError::Refused { message })
        }
        (200, Body::Other) => {
            Err(ProviderError::Malformed { what: "Financial Modeling Prep", message: "its answer is no JSON".into() })
        }
        _ => {
            let message = format!("Financial Modeling Prep refused the request with status {status}");
            Err(ProviderError::Refused { message })
        }
    }
}

fn error_of(meaning: &Meaning, answer: &HttpAnswer, now: Timestamp, standing: Standing) -> ProviderError {
    let message = |text: &str| text.to_string();
    match meaning {
        Meaning::Restricted => ProviderError::NotInPlan { message: message(RESTRICTED) },
        Meaning::Premium => ProviderError::NotInPlan { message: message(PREMIUM) },
        Meaning::Legacy => ProviderError::NeedsUser { message: message(LEGACY) },
        Meaning::Suspended => ProviderError::NeedsUser { message: message(SUSPENDED) },
        Meaning::InvalidKey => ProviderError::NeedsUser { message: message(INVALID_KEY) },
        Meaning::Bandwidth => {
            ProviderError::RetryAt { at: now + SignedDuration::from_hours(24), message: message(BANDWIDTH) }
        }
        Meaning::Limited => {
            let told = answer.retry_after(now).or_else(|| reset(answer, now));
            let at = match told {
                Some(at) => at,
                None if standing.is_free && standing.was_limited => next_utc_midnight(now),
                None => now + SignedDuration::from_secs(60),
            };
            ProviderError::RetryAt { at, message: message(LIMITED) }
        }
    }
}

/// Seconds until the limit is reset, where an answer tells.
fn reset(answer: &HttpAnswer, now: Timestamp) -> Option<Timestamp> {
    let seconds: u32 = answer.header("ratelimit-reset")?.trim().parse().ok()?;
    (seconds > 0).then(|| now + SignedDuration::from_secs(seconds.into()))
}

/// Whether this is the refusal of a request that came too early, rather than a wait for a budget of ours.
pub fn is_limit(error: &ProviderError) -> bool {
    matches!(error, ProviderError::RetryAt { message, .. } if message == LIMITED)
}

/// Whether the plan lacks the endpoint, rather than one symbol.
pub fn is_restricted(error: &ProviderError) -> bool {
    matches!(error, ProviderError::NotInPlan { message } if message == RESTRICTED)
}

enum Body {
    Rows,
    /// `[]`, `{}` or nothing at all.
    Nothing,
    /// An error in words: in an object, alone in an array, as a JSON text, or as plain text.
    Told(String),
    /// HTML.
    Page,
    Other,
}

impl Body {
    fn of(bytes: &[u8]) -> Body {
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim();
        if text.starts_with('<') {
            return Body::Page;
        }
        if text.is_empty() {
            return Body::Nothing;
        }
        // Rows are not read here, and the words of a company's name are no error.
        if let Ok(entries) = serde_json::from_str::<Vec<&RawValue>>(text) {
            return match entries.as_slice() {
                [] => Body::Nothing,
                [only] => told_in(only.get()).map_or(Body::Rows, Body::Told),
                _ => Body::Rows,
            };
        }
        match serde_json::from_str::<Json>(text) {
            Ok(Json::Object(fields)) if fields.is_empty() => Body::Nothing,
            Ok(Json::Object(fields)) if fields.contains_key("historical") => Body::Rows,
            Ok(Json::Object(_)) => Body::Told(told_in(text).unwrap_or_default()),
            Ok(Json::String(words)) => Body::Told(words),
            Ok(_) => Body::Other,
            // A truncated answer is no words of theirs.
            Err(_) if text.starts_with(['[', '{']) => Body::Other,
            Err(_) => Body::Told(text.to_string()),
        }
    }
}

/// The words of an error object; `None` for any other object.
fn told_in(object: &str) -> Option<String> {
    match serde_json::from_str(object).ok()? {
        Json::Object(fields) if !fields.contains_key("symbol") => {
            ["Error Message", "message", "error"].iter().find_map(|key| Some(fields.get(*key)?.as_str()?.to_string()))
        }
        Json::String(words) => Some(words),
        _ => None,
    }
}
