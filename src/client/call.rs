//! One request over the socket and its answer.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::access::Scope;
use crate::api::{CODE_CLOSING, MODEL_AGENT, SCOPE_HEADER, USER_AGENT};
use crate::data_folder::{DataFolder, SocketPath};
use crate::failure::Failure;

pub const NO_BODY: Option<&()> = None;
pub const CLOSING: &str = "the server is closing";
/// How long an answer may take. Streams of progress have no such end: their heartbeats show that they live.
const ANSWER_SECONDS_MAX: Duration = Duration::from_secs(120);

pub struct Caller {
    http: reqwest::Client,
    /// Keeps the folder open that the socket's path may go through.
    _socket: SocketPath,
}

/// For whom a command asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behalf {
    /// The user, who may do everything.
    User,
    /// A model. The server is told to let it do no more than this.
    Model(Scope),
}

pub enum CallError {
    /// The server refused, with its reason.
    Refused(Failure),
    /// There is no server, or it is closing: nothing was done.
    NotSent(String),
    /// The connection broke before the answer was complete: nobody knows whether it was done.
    Cut(String),
}

#[derive(Deserialize)]
struct Envelope {
    code: String,
    message: String,
    hint: String,
}

impl Caller {
    pub fn new(folder: &DataFolder, behalf: Behalf) -> Result<Caller, Failure> {
        let socket = folder.socket()?;
        let mut headers = HeaderMap::new();
        let agent = match behalf {
            Behalf::User => USER_AGENT,
            Behalf::Model(scope) => {
                headers.insert(SCOPE_HEADER, HeaderValue::from_static(scope.name()));
                MODEL_AGENT
            }
        };
        let http = reqwest::Client::builder()
            .unix_socket(socket.path())
            .user_agent(agent)
            .default_headers(headers)
            .pool_max_idle_per_host(1)
            .build()
            .map_err(|error| Failure::failed(format!("the client cannot be set up: {error}"), ""))?;
        Ok(Caller { http, _socket: socket })
    }

    pub async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<T, CallError> {
        let answering = async {
            let response = self.open(method, path, body).await?;
            response.bytes().await.map_err(|error| CallError::Cut(chain(&error)))
        };
        let bytes = tokio::time::timeout(ANSWER_SECONDS_MAX, answering).await.unwrap_or_else(|_| {
            Err(CallError::Cut(format!("no answer within {} seconds", ANSWER_SECONDS_MAX.as_secs())))
        })?;
        let text: &[u8] = if bytes.is_empty() { b"null" } else { &bytes };
        serde_json::from_slice(text).map_err(|error| {
            let message = format!("the server's answer to {path} cannot be read: {error}");
            CallError::Refused(Failure::failed(message, "is the server of another version? restart it"))
        })
    }

    /// Sends, and returns once the head of a good answer is there.
    pub async fn open(&self, method: Method, path: &str, body: Option<&impl Serialize>) -> Result<Response, CallError> {
        let mut request = self.http.request(method, format!("http://foliosync{path}"));
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| match error.is_connect() {
            true => CallError::NotSent(chain(&error)),
            false => CallError::Cut(chain(&error)),
        })?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let bytes = response.bytes().await.map_err(|error| CallError::Cut(chain(&error)))?;
        let failure = refusal(status, &bytes);
        Err(match failure.code.as_deref() {
            Some(CODE_CLOSING) => CallError::NotSent(CLOSING.into()),
            _ => CallError::Refused(failure),
        })
    }
}

/// What an answer that is no good one says.
pub fn refusal(status: StatusCode, bytes: &[u8]) -> Failure {
    let Ok(Envelope { code, message, hint }) = serde_json::from_slice(bytes) else {
        return Failure::failed(format!("the server answered {status}"), "restart it");
    };
    let failure = match status.is_client_error() {
        true => Failure::input(message, hint),
        false => Failure::failed(message, hint),
    };
    Failure { code: Some(code), ..failure }
}

/// An error with its causes: reqwest's own words alone say little.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
