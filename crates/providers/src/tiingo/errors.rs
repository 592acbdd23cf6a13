//! What the service's answers mean: its one table of errors.
//!
//! Success is a JSON array. Errors come as an object with `detail`, an array of one text, or plain text, under any status;
//! their words count before the status.

use foliosync_engine::budget::Window;
use foliosync_engine::http::HttpAnswer;
use foliosync_engine::provider::ProviderError;
use jiff::Timestamp;
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::ZONE;

const TOKEN: &str = "Tiingo does not accept the API token: copy it again from the account page there";
const NOT_IN_PLAN: &str = "the plan at Tiingo does not include this";

/// Whether an answer is an error. That nothing is known of a symbol is none: see [`is_unknown`].
pub fn classify(answer: &HttpAnswer, now: Timestamp) -> Result<(), ProviderError> {
    let status = answer.status;
    let body = Body::of(&answer.body);
    let words = body.words();
    if words.contains("run over") || words.contains("look up for this month") {
        return Err(spent(&words, answer, now));
    }
    let has_no_words = words.is_empty() || words == "none";
    let is_about_token = words.contains("token") || has_no_words;
    if words.contains("supply a token") || words.contains("invalid token") || (status == 401 && is_about_token) {
        return Err(ProviderError::NeedsUser { message: TOKEN.into() });
    }
    let plan_words = ["permission", "plans are limited", "only available for us"];
    if plan_words.iter().any(|phrase| words.contains(phrase)) {
        return Err(ProviderError::NotInPlan { message: NOT_IN_PLAN.into() });
    }
    match (status, body) {
        (_, Body::Page) => {
            let message = format!("Tiingo answered with a web page instead of data (status {status})");
            Err(ProviderError::Backoff { message })
        }
        (401 | 403, _) if is_about_token => Err(ProviderError::NeedsUser { message: TOKEN.into() }),
        (429, _) => Err(spent("", answer, now)),
        (500.., _) => Err(ProviderError::Backoff { message: format!("Tiingo answered with status {status}") }),
        (200, Body::Rows) => Ok(()),
        (200 | 404, Body::Told(words)) if words.contains("not found") => Ok(()),
        (200, Body::Told(_)) => {
            let message = "Tiingo answered with an error that is not known, under status 200".into();
            Err(ProviderError::Refused { message })
        }
        (200, Body::Nothing | Body::Broken) => {
            Err(ProviderError::Malformed { what: "Tiingo", message: "its answer is no JSON".into() })
        }
        _ => Err(ProviderError::Refused { message: format!("Tiingo refused the request with status {status}") }),
    }
}

/// Whether an answer that is no error says that nothing is known of the symbol.
pub fn is_unknown(answer: &HttpAnswer) -> bool {
    matches!(Body::of(&answer.body), Body::Told(_))
}

/// An allocation that is used up: when it is full again goes by the word for its window.
fn spent(words: &str, answer: &HttpAnswer, now: Timestamp) -> ProviderError {
    let (what, window) = if words.contains("look up for this month") {
        ("symbols of this month", Window::Month(ZONE))
    } else if words.contains("monthly") {
        ("bandwidth of this month", Window::Month(ZONE))
    } else if words.contains("daily") {
        ("requests of this day", Window::Day(ZONE))
    } else {
        ("requests of this hour", Window::Seconds(3_600))
    };
    let at = answer.retry_after(now).unwrap_or(window.around(now).1);
    ProviderError::RetryAt { at, message: format!("the {what} that the plan at Tiingo includes are used up") }
}

enum Body {
    /// An array, or an object without `detail`.
    Rows,
    /// The words of an error, in lower case.
    Told(String),
    /// HTML.
    Page,
    Nothing,
    /// Begins as JSON and is none.
    Broken,
}

impl Body {
    fn of(bytes: &[u8]) -> Body {
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim();
        let told = |words: &str| Body::Told(words.to_lowercase());
        if text.is_empty() {
            return Body::Nothing;
        }
        if text.starts_with('<') {
            return Body::Page;
        }
        if let Ok(entries) = serde_json::from_str::<Vec<&RawValue>>(text) {
            return match entries.as_slice() {
                [only] => serde_json::from_str::<String>(only.get()).map_or(Body::Rows, |words| told(&words)),
                _ => Body::Rows,
            };
        }
        match serde_json::from_str::<Json>(text) {
            Ok(Json::Object(fields)) => match fields.get("detail") {
                Some(detail) => told(detail.as_str().unwrap_or_default()),
                None => Body::Rows,
            },
            Ok(Json::String(words)) => told(&words),
            Ok(_) => Body::Broken,
            Err(_) if text.starts_with(['[', '{']) => Body::Broken,
            Err(_) => told(text),
        }
    }

    fn words(&self) -> String {
        match self {
            Body::Told(words) => words.clone(),
            _ => String::new(),
        }
    }
}
