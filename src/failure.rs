//! How a command ends when it does not end well: words for people, and an exit code that scripts can trust.

use serde::{Deserialize, Serialize};

/// Something failed; what was stored before is as it was.
pub const EXIT_FAILED: u8 = 1;
/// What was given is wrong; nothing was written.
pub const EXIT_INPUT: u8 = 2;
/// Between the program's own processes: a server that was started found another one holding the database.
pub const EXIT_LOCKED: u8 = 3;

/// What failed and where, and in `hint` what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{message}")]
pub struct Failure {
    pub exit: u8,
    pub message: String,
    pub hint: String,
    /// The server's own word for it, for programs; none where no server said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

impl Failure {
    pub fn failed(message: impl Into<String>, hint: impl Into<String>) -> Failure {
        Failure { exit: EXIT_FAILED, message: message.into(), hint: hint.into(), code: None }
    }

    pub fn input(message: impl Into<String>, hint: impl Into<String>) -> Failure {
        Failure { exit: EXIT_INPUT, message: message.into(), hint: hint.into(), code: None }
    }

    pub fn locked(message: impl Into<String>, hint: impl Into<String>) -> Failure {
        Failure { exit: EXIT_LOCKED, message: message.into(), hint: hint.into(), code: None }
    }

    /// Any error as a failure: its whole chain in one line.
    pub fn of(error: &anyhow::Error) -> Failure {
        match error.downcast_ref::<Failure>() {
            Some(failure) => failure.clone(),
            None => Failure::failed(format!("{error:#}"), ""),
        }
    }
}
