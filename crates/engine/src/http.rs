//! The only way out to the network: waits for the limiter, builds the request, sends it, and repeats what is safe to.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use crate::clock::Clock;
use crate::limiter::{Budget, Limiter};
use crate::limits::{REQUEST_ATTEMPTS_MAX, REQUEST_SECONDS_MAX};
use crate::provider::ProviderError;

/// Carries one request to its host and the answer back. Two kinds: sockets, and the replay of recorded answers.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends as told: no retry, no redirect to another origin, at most `RESPONSE_BYTES_MAX` bytes of answer.
    async fn send(&self, request: HttpRequest) -> Result<HttpAnswer, TransportError>;
}

/// A request as a provider builds it. Its secrets are never shown: see [`HttpRequest::shown`].
#[derive(Clone)]
pub struct HttpRequest {
    pub method: Method,
    /// Scheme, host and path, without a query.
    pub url: String,
    pub query: Vec<(String, Part)>,
    pub headers: Vec<(String, Part)>,
    pub body: Option<Part>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
}

/// A value of a request, and whether it may be shown.
#[derive(Clone, PartialEq, Eq)]
pub enum Part {
    Plain(String),
    Secret(String),
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Plain(text) => f.write_str(text),
            Part::Secret(_) => f.write_str("***"),
        }
    }
}

impl Part {
    pub fn expose(&self) -> &str {
        match self {
            Part::Plain(text) | Part::Secret(text) => text,
        }
    }
}

impl HttpRequest {
    pub fn get(url: impl Into<String>) -> HttpRequest {
        HttpRequest { method: Method::Get, url: url.into(), query: Vec::new(), headers: Vec::new(), body: None }
    }

    /// What logs and errors may say of it: method and URL, with every secret part starred out.
    pub fn shown(&self) -> String {
        let query: Vec<_> = self.query.iter().map(|(key, value)| format!("{key}={value:?}")).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        let method = match self.method {
            Method::Get => "GET",
            Method::Post => "POST",
        };
        format!("{method} {}{mark}{}", self.url, query.join("&"))
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

#[derive(Debug, Clone)]
pub struct HttpAnswer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Decompressed.
    pub body: Bytes,
}

impl HttpAnswer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// When the answer says to come back: `Retry-After` in seconds or as a date.
    pub fn retry_after(&self, now: Timestamp) -> Option<Timestamp> {
        let text = self.header("retry-after")?.trim();
        if let Ok(seconds) = text.parse::<u32>() {
            return now.checked_add(SignedDuration::from_secs(seconds.into())).ok();
        }
        jiff::fmt::rfc2822::parse(text).ok().map(|at| at.timestamp())
    }
}

#[derive(Debug, Clone, thiserror::Error)]
pub enum TransportError {
    #[error("could not be reached: {0}")]
    Unreachable(String),
    #[error("did not answer in time")]
    TimedOut,
    #[error("answered with more than {max_bytes} bytes")]
    TooLarge { max_bytes: usize },
}

/// Hands requests of providers to a transport, each after its budget allows it.
#[derive(Clone)]
pub struct Http {
    transport: Arc<dyn Transport>,
    limiter: Arc<Limiter>,
    clock: Clock,
}

impl Http {
    pub fn new(transport: Arc<dyn Transport>, limiter: Arc<Limiter>, clock: Clock) -> Http {
        Http { transport, limiter, clock }
    }

    /// For programs whose providers only read folders.
    pub fn offline(clock: Clock) -> Http {
        Http::new(Arc::new(Offline), Arc::new(Limiter::default()), clock)
    }

    /// Waits until `budget` has room for `weight`, then builds the request with the time of that moment, so that no
    /// signature is stale, and sends it. A `GET` that could not be reached or was answered with a passing fault is
    /// built and sent again, at most `REQUEST_ATTEMPTS_MAX` times in all. A 429 or 418 closes the budget until the
    /// time that the answer names and is a [`ProviderError::RetryAt`], at once.
    pub async fn send(
        &self,
        budget: &Budget,
        weight: u32,
        build: impl Fn(Timestamp) -> HttpRequest + Send + Sync,
    ) -> Result<HttpAnswer, ProviderError> {
        let mut attempt = 1;
        loop {
            self.limiter.acquire(budget, weight, &self.clock).await?;
            let request = build(self.clock.now());
            let (shown, repeatable) = (request.shown(), request.method == Method::Get);
            let sent = tokio::time::timeout(REQUEST_SECONDS_MAX, self.transport.send(request)).await;
            let failure = match sent.unwrap_or(Err(TransportError::TimedOut)) {
                Ok(answer) if matches!(answer.status, 429 | 418) => {
                    let now = self.clock.now();
                    let at = answer.retry_after(now).unwrap_or(now + SignedDuration::from_mins(1));
                    self.limiter.close(budget, at);
                    let message = format!("{shown} was answered with {}: too many requests", answer.status);
                    return Err(ProviderError::RetryAt { at, message });
                }
                Ok(answer) if answer.status < 500 => {
                    tracing::debug!(request = %shown, status = answer.status);
                    return Ok(answer);
                }
                Ok(answer) => format!("answered with status {}", answer.status),
                Err(error) => error.to_string(),
            };
            tracing::debug!(request = %shown, attempt, %failure);
            if !repeatable || attempt == REQUEST_ATTEMPTS_MAX {
                return Err(ProviderError::Backoff { message: format!("{shown} {failure}") });
            }
            tokio::time::sleep(Duration::from_millis(250) * 2u32.pow(attempt)).await;
            attempt += 1;
        }
    }
}

struct Offline;

#[async_trait]
impl Transport for Offline {
    async fn send(&self, _: HttpRequest) -> Result<HttpAnswer, TransportError> {
        Err(TransportError::Unreachable("this program has no network transport".into()))
    }
}
