//! What the broker's answers mean: its one table of errors, by status. Its codes begin with the status and say no more, and
//! some errors have no body, so neither is looked at; nor are its texts repeated.

use foliosync_engine::http::HttpAnswer;
use foliosync_engine::provider::ProviderError;
use jiff::{SignedDuration, Timestamp};

use super::NAME;

const LIMIT_WAIT: SignedDuration = SignedDuration::from_mins(1);
/// What a reset further ahead than this would mean is not known.
const LIMIT_WAIT_MAX: SignedDuration = SignedDuration::from_hours(1);

/// Whether an answer is an error, and what is to be done about it.
pub fn classify(answer: &HttpAnswer, environment: &str, now: Timestamp) -> Result<(), ProviderError> {
    let status = answer.status;
    let user = |message: String| Err(ProviderError::NeedsUser { message });
    match status {
        200 => Ok(()),
        401 => user(format!("{NAME} does not accept the key id or the secret key: enter both again")),
        403 => user(format!(
            "{NAME} does not let this key into the {environment} account: if it is of the other one, change the setting \
             `environment`; if not, see the key and the account there"
        )),
        429 => {
            let at = reset(answer, now);
            Err(ProviderError::RetryAt {
                at,
                message: format!("{NAME} was asked too often and wants nothing before {at}"),
            })
        }
        500.. => Err(ProviderError::Backoff { message: format!("{NAME} is in trouble: it answered with {status}") }),
        404 | 410 => {
            Err(ProviderError::Refused { message: format!("{NAME} does not know what was asked for ({status})") })
        }
        _ => Err(ProviderError::Refused { message: format!("{NAME} refused the request with status {status}") }),
    }
}

/// When it may be asked again: by its own header, else by the usual one, else in a minute.
fn reset(answer: &HttpAnswer, now: Timestamp) -> Timestamp {
    let own = answer.header("x-ratelimit-reset").and_then(|text| text.trim().parse().ok());
    let own = own.and_then(|second| Timestamp::from_second(second).ok());
    let is_believed = |at: &Timestamp| *at > now && at.duration_since(now) <= LIMIT_WAIT_MAX;
    own.filter(is_believed).or_else(|| answer.retry_after(now)).unwrap_or(now + LIMIT_WAIT)
}
