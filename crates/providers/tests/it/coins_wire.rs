//! A provider behind recorded answers, with a store for its budgets and time that moves by itself.

use std::sync::Arc;

use foliosync_engine::clock::Clock;
use foliosync_engine::files::Files;
use foliosync_engine::http::{Http, HttpAnswer, HttpRequest};
use foliosync_engine::model::quota::QuotaRow;
use foliosync_engine::model::sync::SyncOptions;
use foliosync_engine::model::work::SymbolWork;
use foliosync_engine::model::{Batch, Record};
use foliosync_engine::provider::{Change, FetchRequest, Item, Page, Provider, ProviderError, Reach, Settings};
use foliosync_engine::quota;
use foliosync_engine::secrets::Credentials;
use foliosync_engine::store::Store;
use foliosync_engine::testkit::mem_store::MemStore;
use foliosync_engine::testkit::replay::Replay;
use jiff::Timestamp;
use serde_json::Value as Json;

use crate::folder::shared;

/// One connection. Paused time must be on, for repeated attempts wait.
pub struct Wire {
    pub provider: Arc<dyn Provider>,
    pub replay: Arc<Replay>,
    pub store: Arc<dyn Store>,
    pub settings: Settings,
    pub options: SyncOptions,
    pub watermark: Option<Json>,
    pub work: Option<Vec<SymbolWork>>,
    pub base_url: Option<String>,
    clock: Clock,
}

impl Wire {
    pub fn new(provider: &str, now: &str, replay: Replay) -> Wire {
        Wire::on(Arc::new(MemStore::empty()), provider, now, replay)
    }

    pub fn on(store: Arc<dyn Store>, provider: &str, now: &str, replay: Replay) -> Wire {
        Wire {
            provider: foliosync_providers::find(provider).unwrap(),
            replay: Arc::new(replay),
            store,
            settings: Settings::new(),
            options: SyncOptions::default(),
            watermark: None,
            work: None,
            base_url: None,
            clock: Clock::simulated(now.parse().unwrap()),
        }
    }

    pub fn with(mut self, key: &str, value: &str) -> Wire {
        self.settings.insert(key.into(), value.into());
        self
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// With other answers, at another time, and all that was stored.
    pub fn later(self, now: &str, replay: Replay) -> Wire {
        Wire { replay: Arc::new(replay), clock: Clock::simulated(now.parse().unwrap()), ..self }
    }

    pub fn reach(&self) -> Reach {
        let http = Http::new(Arc::clone(&self.replay) as _, Arc::clone(&self.store), self.clock);
        Reach { http, files: Files::default() }
    }

    /// One page, without taking its watermark.
    pub async fn fetch(&self, stream: &str) -> Result<Page, ProviderError> {
        let budgets = quota::budgets(self.provider.spec(), &self.settings, &Credentials::none(), "");
        let work = self.work.as_ref().map(Batch::of);
        let request = FetchRequest {
            budgets: &budgets,
            watermark: self.watermark.as_ref(),
            work: work.as_slice(),
            options: &self.options,
            base_url: self.base_url.as_deref(),
            ..FetchRequest::plain(stream, &self.settings, self.now())
        };
        self.provider.fetch(&self.reach(), &request).await
    }

    /// One page, with its watermark kept.
    pub async fn page(&mut self, stream: &str) -> Page {
        let page = self.fetch(stream).await.unwrap_or_else(|error| panic!("{stream}: {error}"));
        self.watermark = Some(page.watermark.clone());
        page
    }

    pub async fn quotas(&self) -> Vec<QuotaRow> {
        self.store.records(|all| all).await.unwrap()
    }

    pub fn sent(&self) -> Vec<String> {
        self.replay.sent().iter().map(HttpRequest::shown).collect()
    }
}

/// The rows of one kind on a page.
pub fn rows<R: Record>(page: &Page) -> Vec<R> {
    let of_table = page.changes.iter().map(Change::rows).filter(|rows| rows.table.full_name() == R::TABLE.full_name());
    of_table.flat_map(|rows| rows.records().unwrap()).collect()
}

/// Each item as `name status: detail`.
pub fn told(page: &Page) -> Vec<String> {
    let line = |item: &Item| format!("{} {:?}: {}", item.name, item.status, item.detail);
    page.items.iter().map(line).collect()
}

/// The name of an error's reaction, until when where it says so, and its words.
pub fn reaction(error: &ProviderError) -> String {
    match error {
        ProviderError::RetryAt { at, .. } => format!("RetryAt {at}"),
        ProviderError::Backoff { .. } => "Backoff".into(),
        ProviderError::ResyncClock { .. } => "ResyncClock".into(),
        ProviderError::NeedsUser { .. } => "NeedsUser".into(),
        ProviderError::NotInPlan { .. } => "NotInPlan".into(),
        ProviderError::Refused { .. } => "Refused".into(),
        ProviderError::Malformed { .. } => "Malformed".into(),
    }
}

/// A recorded body; `None` where there are none beside the project.
pub fn recorded(path: &str) -> Option<String> {
    Some(std::fs::read_to_string(shared("fixtures")?.join(path)).unwrap())
}

pub fn with_headers(mut answer: HttpAnswer, headers: &[(&str, &str)]) -> HttpAnswer {
    for (name, value) in headers {
        answer = answer.with_header(name, value);
    }
    answer
}
