//! The only way out to the network: waits for the budgets, builds the request, sends it, and repeats what is safe to.

mod request;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

pub use request::{HttpRequest, Method, Part};

use crate::budget::{Budget, later_by};
use crate::clock::Clock;
use crate::limiter::{Limiter, Need};
use crate::limits::{PAGE_SECONDS_MAX, REQUEST_ATTEMPTS_MAX, REQUEST_SECONDS_MAX};
use crate::provider::{ProviderError, ProviderSpec};
use crate::store::Store;
use crate::telemetry;

/// Carries one request to its host and the answer back. Two kinds: sockets, and the replay of recorded answers.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends as told: no retry, no redirect to another origin, at most `RESPONSE_BYTES_MAX` bytes of answer.
    async fn send(&self, request: HttpRequest) -> Result<HttpAnswer, TransportError>;
}

#[derive(Clone)]
pub struct HttpAnswer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Decompressed.
    pub body: Bytes,
}

/// Without its body, which is nobody's to read but the provider's.
impl fmt::Debug for HttpAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {} with {} bytes", self.status, self.body.len())
    }
}

impl HttpAnswer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// When the answer says to come back: `Retry-After` in seconds or as a date. A time that is not ahead says nothing:
    /// some hosts send 0 with every refusal.
    pub fn retry_after(&self, now: Timestamp) -> Option<Timestamp> {
        let text = self.header("retry-after")?.trim();
        let at = match text.parse::<u32>() {
            Ok(seconds) => later_by(now, SignedDuration::from_secs(seconds.into())),
            Err(_) => jiff::fmt::rfc2822::parse(text).ok()?.timestamp(),
        };
        (at > now).then_some(at)
    }
}

/// Why no answer came. Texts name neither the URL nor a header.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    #[error("could not be reached: {0}")]
    Unreachable(String),
    #[error("broke off its answer: {0}")]
    Broken(String),
    #[error("did not answer in time")]
    TimedOut,
    #[error("answered with more than {max_bytes} bytes")]
    TooLarge { max_bytes: usize },
    /// The request was not sent, or its redirect not followed. It will not be the next time either.
    #[error("{0}")]
    Refused(String),
}

/// One request of a provider: what it costs, and what its answers mean.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// All must have room.
    pub budgets: &'a [Budget],
    pub weight: u32,
    /// Whether somebody asked for it, so that it may use the reserves.
    pub manual: bool,
    pub classify: &'a Classify,
}

/// A provider's table of errors: whether an answer is one, at the given time. It is asked about every answer, whatever
/// its status; where it has nothing to say about a 5xx, 429 or 418, [`Http::send`] has.
pub type Classify = dyn Fn(&HttpAnswer, Timestamp) -> Result<(), ProviderError> + Send + Sync;

/// Hands requests of providers to a transport, each after its budgets allow it.
#[derive(Clone)]
pub struct Http {
    transport: Arc<dyn Transport>,
    /// `None` where nothing can be sent.
    limiter: Option<Arc<Limiter>>,
    clock: Clock,
    /// On whose behalf it sends, for the counters.
    provider: &'static str,
    /// Whether people typed where it sends to.
    typed: bool,
}

impl Http {
    /// Budgets and bans are kept in the store.
    pub fn new(transport: Arc<dyn Transport>, store: Arc<dyn Store>, clock: Clock) -> Http {
        Http { transport, limiter: Some(Arc::new(Limiter::new(store))), clock, provider: "", typed: false }
    }

    /// For programs whose providers only read folders.
    pub fn offline(clock: Clock) -> Http {
        Http { transport: Arc::new(Offline), limiter: None, clock, provider: "", typed: false }
    }

    /// The same, sending on behalf of a provider.
    pub fn of(&self, spec: &ProviderSpec) -> Http {
        Http { provider: spec.id, typed: spec.address.is_some(), ..self.clone() }
    }

    /// Waits until all budgets have room, then builds the request with the time of that moment, so that no signature is
    /// stale, sends it, and has the answer classified.
    ///
    /// A `GET` that met a passing fault ([`ProviderError::Backoff`]: the host was not reached, a 5xx, or the provider
    /// says so) is built and sent again, at most `REQUEST_ATTEMPTS_MAX` times in all, each time for its weight. A
    /// [`ProviderError::RetryAt`], as is a 429 or 418, closes the budgets until its time, also for programs that start
    /// later. Waits of more than half of `PAGE_SECONDS_MAX` are handed back: as `RetryAt` where a budget is spent, which
    /// is no failure. Other errors are returned as they are, without the secrets of the request.
    pub async fn send(
        &self,
        call: &Call<'_>,
        build: impl Fn(Timestamp) -> HttpRequest + Send + Sync,
    ) -> Result<HttpAnswer, ProviderError> {
        let patience = SignedDuration::try_from(PAGE_SECONDS_MAX / 2).unwrap_or(SignedDuration::ZERO);
        let deadline = later_by(self.clock.now(), patience);
        let mut attempt = 1;
        let mut failed = None;
        loop {
            if let Some(limiter) = &self.limiter {
                let need = Need { budgets: call.budgets, weight: call.weight, manual: call.manual };
                let admitted = limiter.acquire(need, &self.clock, deadline).await;
                // A failure whose repeat finds no budget is still a failure: it counts, and is told as what it was.
                admitted.map_err(|later| failed.take().unwrap_or(later))?;
            }
            let request = HttpRequest { typed: self.typed, ..build(self.clock.now()) };
            let Attempt { done, may_pass } = self.attempt(call, &request).await;
            let error = match done {
                Ok(answer) => return Ok(answer),
                Err(error) => self.obeyed(call, error.scrubbed(&request)).await,
            };
            tracing::debug!(request = %request.shown(), attempt, %error, "a request failed");
            let pause = pause(attempt, self.clock.now());
            let in_time = later_by(self.clock.now(), pause) <= deadline;
            let repeatable =
                may_pass && request.method == Method::Get && matches!(error, ProviderError::Backoff { .. });
            if !repeatable || attempt == REQUEST_ATTEMPTS_MAX || !in_time {
                return Err(error);
            }
            tokio::time::sleep(pause.unsigned_abs()).await;
            failed = Some(error);
            attempt += 1;
        }
    }

    /// Sends once.
    async fn attempt(&self, call: &Call<'_>, request: &HttpRequest) -> Attempt {
        let (shown, sent_at) = (request.shown(), self.clock.now());
        let sent = tokio::time::timeout(REQUEST_SECONDS_MAX, self.transport.send(request.clone())).await;
        let sent = sent.unwrap_or(Err(TransportError::TimedOut));
        // What was refused was not sent.
        if !matches!(sent, Err(TransportError::Refused(_))) {
            telemetry::requested(self.provider, sent.as_ref().ok().map(|answer| answer.status));
        }
        match sent {
            Ok(answer) => {
                let now = self.clock.now();
                self.learn(call.budgets, &answer, sent_at, now).await;
                tracing::debug!(request = %shown, status = answer.status);
                let verdict = (call.classify)(&answer, now).and_then(|()| by_status(&answer, &shown, now));
                Attempt { done: verdict.map(|()| answer), may_pass: true }
            }
            Err(TransportError::Refused(why)) => {
                let message = format!("{shown} {why}");
                Attempt { done: Err(ProviderError::Refused { message }), may_pass: false }
            }
            Err(error) => {
                // A second answer would be as large.
                let may_pass = !matches!(error, TransportError::TooLarge { .. });
                Attempt { done: Err(ProviderError::Backoff { message: format!("{shown} {error}") }), may_pass }
            }
        }
    }

    async fn learn(&self, budgets: &[Budget], answer: &HttpAnswer, sent_at: Timestamp, now: Timestamp) {
        let Some(limiter) = &self.limiter else { return };
        for budget in budgets {
            let told = budget.used_header.and_then(|name| answer.header(name)?.trim().parse().ok());
            if let Some(used) = told {
                limiter.learn(budget, used, sent_at, now).await;
            }
        }
    }

    /// Closes the budgets of a call that the provider refused until a time.
    async fn obeyed(&self, call: &Call<'_>, error: ProviderError) -> ProviderError {
        match (&self.limiter, error) {
            (Some(limiter), ProviderError::RetryAt { at, message }) => {
                let at = limiter.close(call.budgets, at, &message, self.clock.now()).await;
                ProviderError::RetryAt { at, message }
            }
            (_, error) => error,
        }
    }
}

struct Attempt {
    done: Result<HttpAnswer, ProviderError>,
    /// Whether a passing fault may be over the next time.
    may_pass: bool,
}

/// What a status means where the provider's table has nothing to say about the answer.
fn by_status(answer: &HttpAnswer, shown: &str, now: Timestamp) -> Result<(), ProviderError> {
    match answer.status {
        429 | 418 => {
            let at = answer.retry_after(now).unwrap_or(later_by(now, SignedDuration::from_mins(1)));
            let message = format!("{shown} was answered with {}: too many requests", answer.status);
            Err(ProviderError::RetryAt { at, message })
        }
        500.. => Err(ProviderError::Backoff { message: format!("{shown} answered with status {}", answer.status) }),
        _ => Ok(()),
    }
}

/// 0.5 s, 1 s, 2 s …, and up to a quarter more, so that those who failed together do not come back together.
fn pause(attempt: u32, now: Timestamp) -> SignedDuration {
    let base = Duration::from_millis(250) * 2u32.saturating_pow(attempt);
    let scattered = now.as_microsecond().cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56;
    let more = base / 4 * u32::try_from(scattered).unwrap_or(0) / 256;
    SignedDuration::try_from(base + more).unwrap_or(SignedDuration::ZERO)
}

struct Offline;

#[async_trait]
impl Transport for Offline {
    async fn send(&self, _: HttpRequest) -> Result<HttpAnswer, TransportError> {
        Err(TransportError::Unreachable("this program has no network transport".into()))
    }
}

impl ProviderError {
    /// The same error without the secrets of a request.
    fn scrubbed(mut self, request: &HttpRequest) -> ProviderError {
        use ProviderError::{Backoff, Malformed, NeedsUser, NotInPlan, Refused, ResyncClock, RetryAt};
        let (RetryAt { message, .. }
        | Backoff { message }
        | ResyncClock { message }
        | NeedsUser { message }
        | NotInPlan { message }
        | Refused { message }
        | Malformed { message, .. }) = &mut self;
        *message = request.scrub(message);
        self
    }
}
