//! What the service's answers mean: its one table of errors, by code. Every code comes under status 200.

use foliosync_engine::http::HttpAnswer;
use foliosync_engine::provider::ProviderError;
use jiff::{SignedDuration, Timestamp};

use super::response::{self, Response};
use super::{NAME, QUERY};

const TOO_OFTEN: u32 = 1018;
const TOO_OFTEN_WAIT: SignedDuration = SignedDuration::from_mins(1);

/// What a code asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Met {
    /// The report is not made yet.
    Making,
    /// There is none for the period of the query.
    Nothing,
    /// The reference is not known (any more).
    Lost,
    /// It could not be made or handed over. A new order may help.
    Failed(ProviderError),
    Error(ProviderError),
}

/// Whether an answer is an error by itself, and what is to be done about it. Codes that depend on what was asked are left
/// to [`of`].
pub fn classify(answer: &HttpAnswer, now: Timestamp) -> Result<(), ProviderError> {
    match answer.status {
        200 => match response::read(&answer.body) {
            Ok(Response::Refused(TOO_OFTEN)) => {
                let at = now + TOO_OFTEN_WAIT;
                Err(ProviderError::RetryAt { at, message: told(TOO_OFTEN, "was asked too often with this token") })
            }
            _ => Ok(()),
        },
        429 | 418 => Ok(()),
        500.. => {
            let message = format!("{NAME} is in trouble: its report service answered with {}", answer.status);
            Err(ProviderError::Backoff { message })
        }
        status => Err(ProviderError::Refused { message: format!("{NAME} refused the request with status {status}") }),
    }
}

pub fn of(code: u32) -> Met {
    let failed = |text: &str| Met::Failed(ProviderError::Backoff { message: told(code, text) });
    let user = |text: &str| Met::Error(ProviderError::NeedsUser { message: told(code, text) });
    match code {
        1001 => failed("could not make the report now"),
        1003 => Met::Nothing,
        1004 => failed("has not all of the report yet"),
        1005 => failed("has no settlement data for the report yet"),
        1006..=1008 => failed("has not worked out the profits and losses for the report yet"),
        1009 => failed("is too busy to make the report"),
        1010 => user(&format!(
            "no longer runs this kind of query: make an Activity Flex Query, and set `{QUERY}` to its number"
        )),
        1011 => user("says that the Flex Web Service of the account is inactive: switch it on in Client Portal"),
        1012 => user("says that the token has expired: make a new one in Client Portal and enter it"),
        1013 => user("does not let this address use the token: change its IP restriction in Client Portal"),
        1014 => user(&format!("does not know the query: compare `{QUERY}` with its number in Client Portal")),
        1015 => user("does not accept the token: enter it again"),
        1016 => user("does not let the query see its account: choose its accounts anew in Client Portal"),
        1017 => Met::Lost,
        TOO_OFTEN => failed("was asked too often with this token"),
        1019 => Met::Making,
        1021 => failed("could not hand the report over now"),
        1020 => Met::Error(ProviderError::Refused { message: told(code, "could not make sense of the request") }),
        _ => Met::Error(ProviderError::Refused { message: told(code, "refused the request") }),
    }
}

fn told(code: u32, text: &str) -> String {
    format!("{NAME} {text} (code {code})")
}
