//! The loop that every sync is: fetch a page, commit it, tell, repeat.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value as Json;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::derive;
use crate::event::Events;
use crate::fetch::{Admit, BaseUrls, Fetcher};
use crate::limits::RUN_PAGES_MAX;
use crate::model::sync::{Counts, Outcome, Stream};
use crate::provider::{Page, Provider, ProviderError, Reach, Role};
use crate::schedule::{self, Ended, Rhythm};
use crate::secrets::Credentials;
use crate::store::{Claim, Step, Store, StoreError, StreamEnd};
use crate::telemetry;

/// Everything a run needs besides its claim.
pub struct Tools<'a> {
    pub provider: &'a dyn Provider,
    pub providers: &'a [Arc<dyn Provider>],
    pub store: &'a dyn Store,
    pub reach: &'a Reach,
    pub base_urls: &'a BaseUrls,
    pub clock: &'a Clock,
    pub events: &'a Events,
    pub credentials: &'a Credentials,
    /// See [`quota::budgets`](crate::quota::budgets).
    pub egress: &'a str,
    pub admit: &'a Admit,
    /// Turns true when the program ends: the page that is being fetched may still land.
    pub stop: watch::Receiver<bool>,
}

/// The store failed in the middle of a run: [`StoreError::LeaseLost`] when somebody else took over.
#[derive(Debug)]
pub struct Stopped<'a> {
    pub stream: &'a Stream,
    pub error: StoreError,
}

/// Runs the due streams of a claimed connection, page by page. Returns how the run ended.
///
/// What a source does wrong ends its stream, with the outcome and the next attempt in the store, and is no error here.
/// Dropping the future between any two instructions loses at most the page that is being fetched.
pub async fn run<'a>(claim: &'a Claim, tools: &Tools<'_>) -> Result<Outcome, Stopped<'a>> {
    let mut lease = claim.lease.clone();
    for (nth, stream) in claim.streams.iter().enumerate() {
        let stopped = |error| Stopped { stream, error };
        let fetcher = Fetcher::new(tools, claim, stream).await.map_err(stopped)?;
        let rhythm = Rhythm::of(&claim.connection, stream, tools.provider.spec());
        let (watermark, role) = (stream.watermark.clone(), tools.provider.spec().role);
        let mut progress = Progress { role, watermark, counts: Counts::default(), pages: 0 };
        loop {
            let fetched = fetcher.page(progress.watermark.as_ref()).await.map_err(stopped)?;
            let now = tools.clock.now();
            let (mut page, mut stream_end) = match fetched {
                Some(fetched) => progress.after(fetched, stream.failures, rhythm, now),
                None => (None, None),
            };
            let describes = match &mut page {
                Some(page) => derive::complete(tools.store, lease.connection, page).await.map_err(stopped)?,
                None => false,
            };
            let ends = *tools.stop.borrow() && stream_end.is_none();
            if ends {
                stream_end = Some(StreamEnd::released(stream));
            }
            let ended = stream_end.is_some();
            let run_end = ended && (ends || nth + 1 == claim.streams.len());
            let step = Step { stream: stream.name.clone(), page, stream_end, run_end, now };
            let receipt = telemetry::committing(tools.store.commit(&lease, step)).await.map_err(stopped)?;
            tools.events.committed(receipt.cursor);
            if describes {
                derive::price_soon(tools.store, tools.providers, now).await;
            }
            lease = receipt.lease;
            if let Some(outcome) = receipt.run_outcome {
                return Ok(outcome);
            }
            if ended {
                break;
            }
        }
    }
    // Only a claim without streams comes here, and no store gives one.
    Ok(Outcome::Interrupted)
}

/// How far a stream has come in this run.
struct Progress {
    role: Role,
    watermark: Option<Json>,
    counts: Counts,
    pages: i64,
}

impl Progress {
    /// What a fetch comes to: the page to store, and the stream's end where it is the last.
    fn after(
        &mut self,
        fetched: Result<Page, ProviderError>,
        failures: i64,
        rhythm: Rhythm,
        now: Timestamp,
    ) -> (Option<Page>, Option<StreamEnd>) {
        let end = |ended: Ended, outcome: Outcome, error: Option<String>| {
            let (next_due, failures) = schedule::next_due(ended, failures, rhythm, now);
            Some(StreamEnd { role: self.role, outcome, error, next_due, failures })
        };
        let error = match fetched {
            Ok(page) => {
                page.items.iter().for_each(|item| *self.counts.of(item.status) += 1);
                self.watermark = Some(page.watermark.clone());
                self.pages += 1;
                if page.more && self.pages < RUN_PAGES_MAX {
                    return (Some(page), None);
                }
                if page.more {
                    let message = format!("more than {RUN_PAGES_MAX} pages: it goes on with the next run");
                    return (Some(page), end(Ended::RetryAt(now), Outcome::Deferred, Some(message)));
                }
                if self.counts.failed() == 0 {
                    return (Some(page), end(Ended::Read, Outcome::Ok, None));
                }
                if self.counts.fresh() > 0 {
                    return (Some(page), end(Ended::Read, Outcome::Partial, None));
                }
                let why = page.items.last().map_or_else(|| "nothing could be read".into(), |item| item.detail.clone());
                return (Some(page), end(Ended::Failed, Outcome::Failed, Some(why)));
            }
            Err(error) => error,
        };
        let message = Some(error.to_string());
        let end = match error {
            ProviderError::RetryAt { at, .. } => end(Ended::RetryAt(at), Outcome::Deferred, message),
            ProviderError::NeedsUser { .. } => end(Ended::NeedsUser, Outcome::NeedsUser, message),
            ProviderError::Backoff { .. }
            | ProviderError::ResyncClock { .. }
            | ProviderError::NotInPlan { .. }
            | ProviderError::Refused { .. }
            | ProviderError::Malformed { .. } => end(Ended::Failed, Outcome::Failed, message),
        };
        (None, end)
    }
}
