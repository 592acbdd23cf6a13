//! One fetch: what a provider is asked with, and what becomes of it when time is up or the program ends.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::Value as Json;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::budget::Budget;
use crate::limits::{PAGE_SECONDS_MAX, STOP_SECONDS};
use crate::mirrors;
use crate::model::Batch;
use crate::model::instrument::{INSTRUMENTS, Instrument};
use crate::model::sync::{ItemStatus, Stream, Trigger};
use crate::provider::{Change, FetchRequest, Item, Page, Provider, ProviderError, Work, caught, is_on};
use crate::quota;
use crate::store::{Claim, StoreError};
use crate::sync::Tools;
use crate::work;

/// Fetches the pages of one stream of a claimed connection.
pub struct Fetcher<'a> {
    tools: &'a Tools<'a>,
    claim: &'a Claim,
    stream: &'a Stream,
    kind: Option<Work>,
    work: Vec<Batch>,
    budgets: Vec<Budget>,
}

impl<'a> Fetcher<'a> {
    pub async fn new(tools: &'a Tools<'a>, claim: &'a Claim, stream: &'a Stream) -> Result<Fetcher<'a>, StoreError> {
        let is_on = is_on(&claim.connection.settings, &stream.name);
        let kind = tools.provider.spec().stream(&stream.name).and_then(|spec| spec.work).filter(|_| is_on);
        let work = match kind {
            // It is read for each page.
            Some(Work::Mirror) | None => Vec::new(),
            Some(work) => listed(tools, stream, work).await?,
        };
        let budgets =
            quota::budgets(tools.provider.spec(), &claim.connection.settings, tools.credentials, tools.egress);
        Ok(Fetcher { tools, claim, stream, kind, work, budgets })
    }

    /// The page behind the watermark; `None` when the program ends and it did not come in time.
    pub async fn page(&self, watermark: Option<&Json>) -> Result<Option<Result<Page, ProviderError>>, StoreError> {
        let (mut renewed, is_mirror) = (Vec::new(), matches!(self.kind, Some(Work::Mirror)));
        if is_mirror {
            renewed = listed(self.tools, self.stream, Work::Mirror).await?;
        }
        let mut fetched = self.fetch(watermark, if is_mirror { &renewed } else { &self.work }).await;
        if let Some(Ok(page)) = fetched.as_mut().filter(|_| is_mirror) {
            admit(self.tools, page).await?;
        }
        Ok(fetched)
    }

    async fn fetch(&self, watermark: Option<&Json>, work: &[Batch]) -> Option<Result<Page, ProviderError>> {
        let request = FetchRequest {
            stream: &self.stream.name,
            settings: &self.claim.connection.settings,
            base_url: self.tools.base_urls.get(&self.claim.connection.provider).map(String::as_str),
            budgets: &self.budgets,
            manual: self.claim.trigger != Trigger::Schedule,
            trial: false,
            watermark,
            work,
            options: &self.stream.due_options,
            credentials: self.tools.credentials,
            now: self.tools.clock.now(),
        };
        let fetch = timeout(PAGE_SECONDS_MAX, caught(self.tools.provider.fetch(self.tools.reach, &request)));
        tokio::select! {
            biased;
            fetched = fetch => Some(fetched.unwrap_or_else(|_| {
                let message = format!("no answer within {} seconds; it will be tried again", PAGE_SECONDS_MAX.as_secs());
                Err(ProviderError::Backoff { message })
            })),
            () = out_of_patience(self.tools.stop.clone()) => None,
        }
    }
}

async fn listed(tools: &Tools<'_>, stream: &Stream, work: Work) -> Result<Vec<Batch>, StoreError> {
    let now = tools.clock.now();
    work::list(tools.store, tools.providers, stream.connection_id, &stream.name, work, now).await
}

/// What people typed into a mirror is priced if the limits of those who would price it allow that. What they do not is
/// taken off the page, and said there.
async fn admit(tools: &Tools<'_>, page: &mut Page) -> Result<(), StoreError> {
    for change in &mut page.changes {
        let Change::Upsert(rows) = change else { continue };
        if rows.table.full_name() != INSTRUMENTS.full_name() {
            continue;
        }
        let mut admitted: Vec<Instrument> = Vec::new();
        for instrument in rows.records::<Instrument>()? {
            admitted.push(instrument);
            if let Err(why) = (tools.admit)(admitted.clone()).await
                && let Some(refused) = admitted.pop()
            {
                let name = mirrors::spelled(&refused);
                page.items.retain(|item| item.name != name);
                page.items.push(Item::new(name, ItemStatus::Rejected, format!("it was not added: {why}")));
            }
        }
        *rows = Batch::of(&admitted);
    }
    page.changes.retain(|change| matches!(change, Change::Replace { .. }) || !change.rows().is_empty());
    Ok(())
}

/// Returns a while after the program was told to end: time for pages that are on their way.
async fn out_of_patience(mut stop: watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        // Nobody is left who could say stop.
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(STOP_SECONDS).await;
}

/// Says whether instruments may be priced, or why not.
pub type Admit = dyn Fn(Vec<Instrument>) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync;

pub type BaseUrls = BTreeMap<String, String>;
pub type Providers = [Arc<dyn Provider>];
