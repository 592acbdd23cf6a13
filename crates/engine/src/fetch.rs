//! One fetch: what a provider is asked with, and what becomes of it when time is up or the program ends.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::budget::Budget;
use crate::limits::{PAGE_SECONDS_MAX, STOP_SECONDS};
use crate::model::Batch;
use crate::model::sync::{Stream, Trigger};
use crate::provider::{FetchRequest, Page, Provider, ProviderError, caught, is_on};
use crate::quota;
use crate::store::{Claim, StoreError};
use crate::sync::Tools;
use crate::work;

/// Fetches the pages of one stream of a claimed connection.
pub struct Fetcher<'a> {
    tools: &'a Tools<'a>,
    claim: &'a Claim,
    stream: &'a Stream,
    work: Vec<Batch>,
    budgets: Vec<Budget>,
}

impl<'a> Fetcher<'a> {
    pub async fn new(tools: &'a Tools<'a>, claim: &'a Claim, stream: &'a Stream) -> Result<Fetcher<'a>, StoreError> {
        let is_on = is_on(&claim.connection.settings, &stream.name);
        let work = match tools.provider.spec().stream(&stream.name).and_then(|spec| spec.work) {
            Some(work) if is_on => {
                let (id, now) = (stream.connection_id, tools.clock.now());
                work::list(tools.store, tools.providers, id, &stream.name, work, now).await?
            }
            _ => Vec::new(),
        };
        let budgets = quota::budgets(tools.provider.spec(), &claim.connection.settings, tools.credentials);
        Ok(Fetcher { tools, claim, stream, work, budgets })
    }

    /// The page behind the watermark; `None` when the program ends and it did not come in time.
    pub async fn page(&self, watermark: Option<&Json>) -> Option<Result<Page, ProviderError>> {
        let request = FetchRequest {
            stream: &self.stream.name,
            settings: &self.claim.connection.settings,
            base_url: self.tools.base_urls.get(&self.claim.connection.provider).map(String::as_str),
            budgets: &self.budgets,
            manual: self.claim.trigger != Trigger::Schedule,
            watermark,
            work: &self.work,
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

/// Returns a while after the program was told to end: time for pages that are on their way.
async fn out_of_patience(mut stop: watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        // Nobody is left who could say stop.
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(STOP_SECONDS).await;
}

pub type BaseUrls = BTreeMap<String, String>;
pub type Providers = [Arc<dyn Provider>];
