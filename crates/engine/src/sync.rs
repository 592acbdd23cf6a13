//! The loop that every sync is: fetch a page, commit it, tell, repeat.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use tokio::time::timeout;

use crate::clock::Clock;
use crate::event::Events;
use crate::limits::{PAGE_SECONDS_MAX, RUN_PAGES_MAX};
use crate::model::Batch;
use crate::model::sync::{Counts, Outcome, Stream};
use crate::provider::{FetchRequest, Page, Provider, ProviderError, Reach, caught};
use crate::schedule::{self, Ended};
use crate::store::{Claim, Select, Step, Store, StoreError, StreamEnd};

/// Everything a run needs besides its claim.
pub struct Tools<'a> {
    pub provider: &'a dyn Provider,
    pub store: &'a dyn Store,
    pub reach: &'a Reach,
    pub clock: &'a Clock,
    pub events: &'a Events,
    pub credentials: &'a crate::secrets::Credentials,
}

/// The store failed in the middle of a run: [`StoreError::LeaseLost`] when somebody else took over.
#[derive(Debug)]
pub struct Stopped<'a> {
    pub stream: &'a Stream,
    pub error: StoreError,
}

/// Runs the due streams of a claimed connection, page by page.
///
/// What a source does wrong ends its stream, with the outcome and the next attempt in the store, and is no error here.
/// Dropping the future between any two instructions loses at most the page that is being fetched.
pub async fn run<'a>(claim: &'a Claim, tools: &Tools<'_>) -> Result<(), Stopped<'a>> {
    let mut lease = claim.lease.clone();
    let interval = SignedDuration::from_secs(claim.connection.interval_secs);
    for (nth, stream) in claim.streams.iter().enumerate() {
        let stopped = |error| Stopped { stream, error };
        let work = work_list(tools, stream).await.map_err(stopped)?;
        let mut progress = Progress { watermark: stream.watermark.clone(), counts: Counts::default(), pages: 0 };
        loop {
            let fetched = fetch(tools, stream, &claim.connection.settings, &progress, work.as_ref()).await;
            let (page, stream_end) = progress.after(fetched, stream.failures, interval, tools.clock.now());
            let ended = stream_end.is_some();
            let step = Step {
                stream: stream.name.clone(),
                page,
                stream_end,
                run_end: ended && nth + 1 == claim.streams.len(),
                now: tools.clock.now(),
            };
            let receipt = tools.store.commit(&lease, step).await.map_err(stopped)?;
            tools.events.committed(receipt.cursor);
            lease = receipt.lease;
            if ended {
                break;
            }
        }
    }
    Ok(())
}

/// The stored rows that the stream's provider asked to see.
async fn work_list(tools: &Tools<'_>, stream: &Stream) -> Result<Option<Batch>, StoreError> {
    match tools.provider.spec().stream(&stream.name).and_then(|spec| spec.work) {
        Some(table) => tools.store.read(Select::of(table, stream.connection_id)).await.map(Some),
        None => Ok(None),
    }
}

async fn fetch(
    tools: &Tools<'_>,
    stream: &Stream,
    settings: &BTreeMap<String, String>,
    progress: &Progress,
    work: Option<&Batch>,
) -> Result<Page, ProviderError> {
    let request = FetchRequest {
        stream: &stream.name,
        settings,
        watermark: progress.watermark.as_ref(),
        work,
        options: &stream.due_options,
        credentials: tools.credentials,
        now: tools.clock.now(),
    };
    match timeout(PAGE_SECONDS_MAX, caught(tools.provider.fetch(tools.reach, &request))).await {
        Ok(fetched) => fetched,
        Err(_) => Err(ProviderError::Backoff {
            message: format!("no answer within {} seconds; it will be tried again", PAGE_SECONDS_MAX.as_secs()),
        }),
    }
}

/// How far a stream has come in this run.
struct Progress {
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
        interval: SignedDuration,
        now: Timestamp,
    ) -> (Option<Page>, Option<StreamEnd>) {
        let end = |ended: Ended, outcome: Outcome, error: Option<String>| {
            let (next_due, failures) = schedule::next_due(ended, failures, interval, now);
            Some(StreamEnd { outcome, error, next_due, failures })
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
                let outcome = if self.counts.failed() == 0 { Outcome::Ok } else { Outcome::Partial };
                return (Some(page), end(Ended::Read(outcome), outcome, None));
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
