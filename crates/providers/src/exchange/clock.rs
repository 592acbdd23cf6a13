//! The exchange's clock where it differs from ours: requests are signed with the time, and refused when it is wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use foliosync_engine::budget::Budget;
use foliosync_engine::http::{Call, HttpAnswer, HttpRequest};
use foliosync_engine::provider::{FetchRequest, ProviderError, Reach};
use jiff::{SignedDuration, Timestamp};

/// We stay behind the exchange by this: a time that is ahead of its own is refused sooner than one that is behind.
const BEHIND_MILLIS: i64 = 300;

/// What is added to our time to have the exchange's. It is part of a stream's watermark, so that a wrong clock costs a
/// refusal once and not with each run.
#[derive(Debug, Default)]
pub struct Skew(AtomicI64);

impl Skew {
    pub fn of(millis: i64) -> Skew {
        Skew(AtomicI64::new(millis))
    }

    pub fn millis(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// The exchange's time.
    pub fn at(&self, now: Timestamp) -> Timestamp {
        now.checked_add(SignedDuration::from_millis(self.millis())).unwrap_or(now)
    }
}

/// Asks the exchange for its time, which `read` finds in the answer, and sets `skew` by it. The answer is taken to be of
/// the moment halfway between asking and hearing.
pub async fn resync(
    (reach, request, budgets): (&Reach, &FetchRequest<'_>, &[Budget]),
    url: &str,
    classify: fn(&HttpAnswer, Timestamp) -> Result<(), ProviderError>,
    read: impl Fn(&HttpAnswer) -> Result<i64, ProviderError>,
    skew: &Skew,
) -> Result<(), ProviderError> {
    let (sent, heard) = (AtomicI64::new(0), Arc::new(AtomicI64::new(0)));
    let hears = Arc::clone(&heard);
    let noting = move |answer: &HttpAnswer, now: Timestamp| {
        hears.store(now.as_millisecond(), Ordering::Relaxed);
        classify(answer, now)
    };
    let build = |now: Timestamp| {
        sent.store(now.as_millisecond(), Ordering::Relaxed);
        HttpRequest::get(url)
    };
    let call = Call { budgets, weight: 1, manual: request.manual, classify: &noting };
    let theirs = read(&reach.http.send(&call, build).await?)?;
    let ours = sent.load(Ordering::Relaxed).midpoint(heard.load(Ordering::Relaxed));
    skew.0.store(theirs.saturating_sub(ours).saturating_sub(BEHIND_MILLIS), Ordering::Relaxed);
    Ok(())
}
