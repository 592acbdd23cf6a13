//! What the exchange's answers mean: its one table of errors, by code, then by status.
//!
//! Codes come under any status, 200 included. The texts of the exchange are not repeated: one names an address.

use foliosync_engine::http::HttpAnswer;
use foliosync_engine::provider::ProviderError;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::coins::{FIREWALL_WAIT, is_page};

/// The exchange counts in windows of two seconds and names no time. Some of them, so that whoever else asks from here
/// gets through, too.
const LIMIT_WAIT: SignedDuration = SignedDuration::from_secs(10);

const UNKNOWN_INSTRUMENT: u32 = 51001;

/// The code of an answer, without the sub-code that some have; `None` where there is none.
fn code(answer: &HttpAnswer) -> Option<u32> {
    #[derive(Deserialize)]
    struct Envelope {
        code: String,
    }
    let envelope: Envelope = serde_json::from_slice(&answer.body).ok()?;
    envelope.code.split('_').next()?.parse().ok()
}

pub fn is_unknown_instrument(answer: &HttpAnswer) -> bool {
    code(answer) == Some(UNKNOWN_INSTRUMENT)
}

/// Whether an answer is an error, and what is to be done about it.
pub fn classify(answer: &HttpAnswer, now: Timestamp) -> Result<(), ProviderError> {
    let status = answer.status;
    match code(answer) {
        Some(0) if status == 200 => return Ok(()),
        Some(code) if code != 0 => return Err(by_code(code, answer, now)),
        _ => {}
    }
    Err(match status {
        429 | 418 => limited(answer, now),
        403 => {
            let message = "the firewall of OKX refused the request (403): nothing is sent for five minutes".into();
            ProviderError::RetryAt { at: now + FIREWALL_WAIT, message }
        }
        451 => region(),
        500.. => ProviderError::Backoff { message: format!("OKX is in trouble: it answered with {status}") },
        200 if is_page(&answer.body) => {
            ProviderError::Backoff { message: "OKX answered with a web page instead of data".into() }
        }
        200 => ProviderError::Malformed { what: "OKX", message: "its answer has no code".into() },
        _ => ProviderError::Refused { message: format!("OKX refused the request with status {status}") },
    })
}

fn by_code(code: u32, answer: &HttpAnswer, now: Timestamp) -> ProviderError {
    let told = |text: &str| format!("OKX {text} (code {code})");
    let user = |text: &str| ProviderError::NeedsUser { message: told(text) };
    match code {
        50011 => limited(answer, now),
        50001 | 50004 | 50013 | 50026 | 50040 => ProviderError::Backoff { message: told("is in trouble or busy") },
        50046 | 50062 => ProviderError::Backoff { message: told("has switched this off for a while") },
        50102 | 50112 => {
            ProviderError::ResyncClock { message: told("refused the time of the request: set this machine's clock") }
        }
        50005 => ProviderError::Refused { message: told("no longer offers this") },
        50007..=50012 | 50027 | 50029 => user("has restricted the account: see its messages there"),
        50035 => user("wants the API key to be bound to an address: set it there"),
        50100 => user("has frozen the API key: ask its support"),
        50101 => {
            user("has this API key for its other environment: set `demo` to yes for demo trading, to no otherwise")
        }
        50105 => user("does not accept the passphrase: enter it again"),
        50110 => user("does not let this address use the API key: add it to the key's list there"),
        50111 | 50113 | 50114 => user("does not accept the API key or its secret: enter them again"),
        50116 | 50118 => user("has conditions on this API key: see them there"),
        50119 => user("does not know the API key: enter it again, or choose another `region`"),
        50030 | 50120 => ProviderError::NotInPlan { message: told("does not let this API key read that") },
        50038 => ProviderError::NotInPlan { message: told("does not offer that in demo trading") },
        50051 | 50059 | 50060 => ProviderError::NotInPlan { message: told("restricts that for the account") },
        50121 => ProviderError::NotInPlan { message: told("does not serve the region of this machine") },
        UNKNOWN_INSTRUMENT => ProviderError::Refused { message: told("does not know the instrument") },
        _ => ProviderError::Refused { message: told("refused the request") },
    }
}

fn limited(answer: &HttpAnswer, now: Timestamp) -> ProviderError {
    let at = answer.retry_after(now).unwrap_or(now).max(now + LIMIT_WAIT);
    ProviderError::RetryAt { at, message: format!("OKX was asked too often and wants nothing before {at}") }
}

fn region() -> ProviderError {
    let message = "OKX does not serve the region of this machine (451): choose another `region`, or another provider";
    ProviderError::NeedsUser { message: message.into() }
}
