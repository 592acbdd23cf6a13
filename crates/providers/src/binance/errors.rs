//! What the exchange's answers mean: its one table of errors, by code, then by status.
//!
//! The texts of the exchange change and are not repeated; its codes stay.

use foliosync_engine::http::HttpAnswer;
use foliosync_engine::provider::ProviderError;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::coins::{FIREWALL_WAIT, is_page};

/// Waits that hold however short a time the answer names: some have named 0 seconds.
const LIMIT_WAIT: SignedDuration = SignedDuration::from_secs(10);
const BAN_WAIT: SignedDuration = SignedDuration::from_secs(120);
const OVERLOAD_WAIT: SignedDuration = SignedDuration::from_secs(60);
/// No error has a body that is longer.
const BODY_BYTES_MAX: usize = 4_096;

const UNKNOWN_SYMBOL: i64 = -1121;

#[derive(Deserialize)]
struct Body {
    code: i64,
    #[serde(default)]
    msg: String,
}

/// An error's body, whatever the status: below 0 are the codes of errors.
fn body(answer: &HttpAnswer) -> Option<Body> {
    let text = Some(&answer.body).filter(|body| body.len() <= BODY_BYTES_MAX)?;
    serde_json::from_slice::<Body>(text).ok().filter(|body| body.code < 0)
}

/// One of the symbols that were asked for is not traded there.
pub fn is_unknown_symbol(answer: &HttpAnswer) -> bool {
    body(answer).is_some_and(|body| body.code == UNKNOWN_SYMBOL)
}

/// Whether an answer is an error, and what is to be done about it.
pub fn classify(answer: &HttpAnswer, now: Timestamp) -> Result<(), ProviderError> {
    let body = body(answer);
    let (status, code) = (answer.status, body.as_ref().map_or(0, |body| body.code));
    let banned = body.as_ref().and_then(|body| banned_until(&body.msg)).filter(|at| *at > now);
    if status == 418 || banned.is_some() {
        let at = at_least(BAN_WAIT, answer, now).max(banned.unwrap_or(now));
        let message = format!("Binance has shut out this machine until {at}, because it was asked too often");
        return Err(ProviderError::RetryAt { at, message });
    }
    if status == 429 || code == -1003 {
        let at = at_least(LIMIT_WAIT, answer, now);
        let message = format!("Binance was asked too often and wants nothing before {at}");
        return Err(ProviderError::RetryAt { at, message });
    }
    if code != 0 {
        return Err(by_code(code, now));
    }
    match status {
        200 if is_page(&answer.body) => {
            let message = "Binance answered with a web page instead of data".into();
            Err(ProviderError::Backoff { message })
        }
        200 => Ok(()),
        403 => {
            let message = "the firewall of Binance refused the request (403): nothing is sent for five minutes".into();
            Err(ProviderError::RetryAt { at: now + FIREWALL_WAIT, message })
        }
        451 => {
            let message = "Binance does not serve the region of this machine (451): name another provider for these \
                           coins, or remove the connection";
            Err(ProviderError::NeedsUser { message: message.into() })
        }
        // The outcome is not known, which does not matter where nothing is changed.
        500.. => Err(ProviderError::Backoff { message: format!("Binance is in trouble: it answered with {status}") }),
        _ => Err(ProviderError::Refused { message: format!("Binance refused the request with status {status}") }),
    }
}

fn by_code(code: i64, now: Timestamp) -> ProviderError {
    let told = |text: &str| format!("Binance {text} (code {code})");
    match code {
        -1000 | -1001 | -1006 => ProviderError::Backoff { message: told("is in trouble") },
        -1007 => ProviderError::Backoff { message: told("did not answer in time") },
        -1008 => ProviderError::RetryAt { at: now + OVERLOAD_WAIT, message: told("is overloaded for some minutes") },
        -1016 => ProviderError::Refused { message: told("no longer offers this") },
        -1002 => ProviderError::NeedsUser { message: told("does not let this key do that: check its permissions") },
        -1021 => {
            ProviderError::ResyncClock { message: told("refused the time of the request: set this machine's clock") }
        }
        -1022 => ProviderError::NeedsUser { message: told("does not accept the signature: enter the secret again") },
        -2014 => ProviderError::NeedsUser { message: told("says that this is no API key: enter it again") },
        -2015 => ProviderError::NeedsUser {
            message: told("does not accept the API key, this address or its permissions: check them at Binance"),
        },
        -1015 => ProviderError::Refused { message: told("counts too many orders, and none was ours") },
        UNKNOWN_SYMBOL => ProviderError::Refused { message: told("does not know the symbol") },
        -1130..=-1100 => ProviderError::Refused { message: told("refused the parameters of the request") },
        _ => ProviderError::Refused { message: told("refused the request") },
    }
}

/// When the answer says to come back, and no sooner than after `wait`.
fn at_least(wait: SignedDuration, answer: &HttpAnswer, now: Timestamp) -> Timestamp {
    answer.retry_after(now).unwrap_or(now).max(now + wait)
}

/// `… IP banned until 1700000120000. …`: milliseconds since 1970.
fn banned_until(text: &str) -> Option<Timestamp> {
    let (_, rest) = text.split_once("banned until ")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    Timestamp::from_millisecond(digits.parse().ok()?).ok()
}
