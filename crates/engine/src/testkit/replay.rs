//! A transport that gives recorded answers.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use bytes::Bytes;

use crate::http::{HttpAnswer, HttpRequest, Transport, TransportError};

type Outcome = Result<HttpAnswer, TransportError>;
type Responder = dyn Fn(&HttpRequest) -> HttpAnswer + Send + Sync;

/// Answers requests by what [`HttpRequest::shown`] says of them: method, URL and query with its secrets starred out, so
/// that no recording holds a secret. Several answers to one request are given in turn; the last stays.
///
/// A request that was not recorded is [`TransportError::Unreachable`] and named there.
#[derive(Default)]
pub struct Replay {
    otherwise: Option<Box<Responder>>,
    recorded: Mutex<BTreeMap<String, VecDeque<Outcome>>>,
    sent: Mutex<Vec<HttpRequest>>,
}

impl Replay {
    /// Records an answer: `on("GET https://host/path?symbol=X&key=***", answer(200, "{}"))`.
    pub fn on(self, shown: &str, answer: HttpAnswer) -> Replay {
        self.then(shown, Ok(answer))
    }

    pub fn fails(self, shown: &str, error: TransportError) -> Replay {
        self.then(shown, Err(error))
    }

    fn then(self, shown: &str, outcome: Outcome) -> Replay {
        lock(&self.recorded).entry(shown.into()).or_default().push_back(outcome);
        self
    }

    /// Answers what is not recorded: for sources that tests make up as they go.
    pub fn otherwise(self, answer: impl Fn(&HttpRequest) -> HttpAnswer + Send + Sync + 'static) -> Replay {
        Replay { otherwise: Some(Box::new(answer)), ..self }
    }

    /// Every request that arrived, known or not, with its secrets.
    pub fn sent(&self) -> Vec<HttpRequest> {
        lock(&self.sent).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

#[async_trait]
impl Transport for Replay {
    async fn send(&self, request: HttpRequest) -> Outcome {
        let shown = request.shown();
        lock(&self.sent).push(request.clone());
        match lock(&self.recorded).get_mut(&shown) {
            Some(outcomes) if outcomes.len() > 1 => outcomes.pop_front().expect("there are two"),
            Some(outcomes) => outcomes.front().cloned().expect("there is one"),
            None => match &self.otherwise {
                Some(answer) => Ok(answer(&request)),
                None => Err(TransportError::Unreachable(format!("no answer to `{shown}` is recorded"))),
            },
        }
    }
}

pub fn answer(status: u16, body: &str) -> HttpAnswer {
    HttpAnswer { status, headers: Vec::new(), body: Bytes::copy_from_slice(body.as_bytes()) }
}

impl HttpAnswer {
    /// With a header, its name in lower case.
    pub fn with_header(mut self, name: &str, value: &str) -> HttpAnswer {
        self.headers.push((name.into(), value.into()));
        self
    }
}
