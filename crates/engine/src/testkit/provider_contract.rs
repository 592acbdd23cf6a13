//! What every provider must do, whatever it reads. A provider's tests call these on a source that stands still.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::mem_store::MemStore;
use super::page_check;
use crate::limits::{LEASE_SECONDS, RUN_PAGES_MAX};
use crate::model::Batch;
use crate::model::sync::{ItemStatus, SyncOptions};
use crate::provider::{Change, FetchRequest, Page, Provider, ProviderError, Reach};
use crate::secrets::Credentials;
use crate::store::{ClaimAsk, ConnectionDraft, Lease, Step, Store};
use crate::work;

/// A provider and all that it is handed.
#[derive(Clone)]
pub struct Subject {
    pub provider: Arc<dyn Provider>,
    pub reach: Reach,
    pub settings: BTreeMap<String, String>,
    pub options: SyncOptions,
    pub credentials: Credentials,
    /// What the store holds before the first run, such as instruments.
    pub rows: Vec<Batch>,
    /// The time of every fetch.
    pub now: Timestamp,
}

impl Subject {
    pub fn new(provider: Arc<dyn Provider>, reach: Reach, settings: &[(&str, &str)], now: Timestamp) -> Subject {
        let settings = settings.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        let (options, credentials) = (SyncOptions::default(), Credentials::none());
        Subject { provider, reach, settings, options, credentials, rows: Vec::new(), now }
    }

    pub fn with_credentials(self, credentials: &[(&str, &str)]) -> Subject {
        let credentials = credentials.iter().map(|(name, secret)| (name.to_string(), (*secret).into()));
        Subject { credentials: Credentials::of(credentials), ..self }
    }

    pub fn with_rows(self, rows: Batch) -> Subject {
        Subject { rows: vec![rows], ..self }
    }

    pub fn with_options(self, options: SyncOptions) -> Subject {
        Subject { options, ..self }
    }

    fn streams(&self) -> impl Iterator<Item = &'static str> {
        self.provider.spec().streams.iter().map(|stream| stream.name)
    }
}

/// Each page is one that a store takes, the watermark moves with each, the items of a run are counted once, and a run
/// ends. Covers every stream of the provider.
pub async fn pages_are_well_formed(subject: &Subject) {
    for stream in subject.streams() {
        let pages = Sweep::start(subject, stream, &[]).await.all_pages().await;
        let (mut items, mut before) = (BTreeSet::new(), None);
        for (nth, page) in pages.iter().enumerate() {
            let place = format!("page {} of `{stream}`", nth + 1);
            if let Err(fault) = page_check::check(page) {
                panic!("{place}: {fault}");
            }
            for item in &page.items {
                assert!(items.insert(&item.name), "{place}: the item `{}` is counted twice", item.name);
                let is_bare = item.detail.is_empty() && item.status != ItemStatus::Unchanged;
                assert!(!is_bare, "{place}: `{}` is {:?} and does not say why", item.name, item.status);
                let is_idle = item.status == ItemStatus::Unchanged && (item.imported, item.skipped) != (0, 0);
                assert!(!is_idle, "{place}: `{}` is unchanged, but rows of it count", item.name);
            }
            let stood = page.more && before == Some(&page.watermark);
            assert!(!stood, "{place}: there is more, but the watermark stands at {}", page.watermark);
            before = Some(&page.watermark);
        }
        let mut left = items.len() as i64;
        for (nth, page) in pages.iter().enumerate() {
            let is_right = page.expected.is_none_or(|expected| expected == left);
            assert!(is_right, "page {} of `{stream}` expects other than the {left} items that come", nth + 1);
            left -= page.items.len() as i64;
        }
    }
}

/// From every watermark, with the pages before it stored, comes what came the first time. The program may end between
/// any two pages. Covers every stream of the provider.
pub async fn resume_gives_the_same_tail(subject: &Subject) {
    for stream in subject.streams() {
        let pages = Sweep::start(subject, stream, &[]).await.all_pages().await;
        for stored in 0..pages.len() {
            let (head, tail) = pages.split_at(stored);
            let again = Sweep::start(subject, stream, head).await.all_pages().await;
            for (nth, (first, second)) in tail.iter().zip(&again).enumerate() {
                let (first, second) = (describe(first), describe(second));
                assert_eq!(first, second, "page {} of `{stream}` differs after page {stored}", stored + nth + 1);
            }
            assert_eq!(again.len(), tail.len(), "the pages of `{stream}` that follow page {stored}");
        }
    }
}

/// A second run over the same source finds every item unchanged and writes no row. For sources that can tell.
pub async fn a_second_run_changes_nothing(subject: &Subject) {
    for stream in subject.streams() {
        let pages = Sweep::start(subject, stream, &[]).await.all_pages().await;
        for page in Sweep::start(subject, stream, &pages).await.all_pages().await {
            assert!(page.changes.is_empty(), "`{stream}` writes again: {:#?}", describe(&page));
            let changed = page.items.iter().find(|item| item.status == ItemStatus::Updated);
            assert!(changed.is_none(), "`{stream}` has read {changed:?} again");
        }
    }
}

/// A run of one stream, with every page stored.
struct Sweep<'a> {
    subject: &'a Subject,
    store: Arc<dyn Store>,
    stream: &'static str,
    lease: Lease,
    watermark: Option<serde_json::Value>,
    /// The subject's time, and later where the source says when to come back.
    now: Timestamp,
}

/// Times that one stream may be told to come back later.
const WAITS_MAX: usize = 100;

impl<'a> Sweep<'a> {
    /// Begins where a run left off that has stored `head`. The provider's earlier streams have run to their ends.
    async fn start(subject: &'a Subject, stream: &'static str, head: &[Page]) -> Sweep<'a> {
        let store: Arc<dyn Store> = Arc::new(MemStore::empty());
        store.put_rows(subject.rows.clone()).await.expect("rows to begin with");
        let draft = ConnectionDraft {
            id: None,
            provider: subject.provider.spec().id.into(),
            label: "test".into(),
            settings: subject.settings.clone(),
            credentials: Default::default(),
            owner: None,
            sync_enabled: true,
            interval_secs: subject.provider.spec().interval.default_secs,
            streams: subject.streams().map(String::from).collect(),
            now: subject.now,
        };
        store.put_connection(draft).await.expect("a connection");
        let ask = ClaimAsk {
            now: subject.now,
            lease_for: LEASE_SECONDS,
            max: 1,
            max_of: Default::default(),
            schedules: true,
        };
        let claim = store.claim(ask).await.expect("claims").pop().expect("a claim");
        let (lease, now) = (claim.lease, subject.now);
        let mut sweep = Sweep { subject, store, stream, lease, watermark: None, now };
        for earlier in subject.streams().take_while(|name| *name != stream) {
            (sweep.stream, sweep.watermark) = (earlier, None);
            sweep.fetch_all().await;
        }
        (sweep.stream, sweep.watermark) = (stream, None);
        for page in head {
            sweep.store(page).await;
        }
        sweep
    }

    async fn all_pages(mut self) -> Vec<Page> {
        self.fetch_all().await
    }

    async fn fetch_all(&mut self) -> Vec<Page> {
        let work = self.work().await;
        let (mut pages, mut waits) = (Vec::new(), 0);
        self.now = self.subject.now;
        loop {
            let request = FetchRequest {
                watermark: self.watermark.as_ref(),
                work: &work,
                options: &self.subject.options,
                credentials: &self.subject.credentials,
                ..FetchRequest::plain(self.stream, &self.subject.settings, self.now)
            };
            let fetched = self.subject.provider.fetch(&self.subject.reach, &request).await;
            if let Err(ProviderError::RetryAt { at, .. }) = &fetched
                && *at > self.now
                && waits < WAITS_MAX
            {
                (self.now, waits) = (*at, waits + 1);
                continue;
            }
            let page = fetched.unwrap_or_else(|error| panic!("`{}`: {error}", self.stream));
            self.store(&page).await;
            let more = page.more;
            pages.push(page);
            if !more {
                return pages;
            }
            assert!((pages.len() as i64) < RUN_PAGES_MAX, "`{}` does not end", self.stream);
        }
    }

    async fn store(&mut self, page: &Page) {
        let step = Step {
            stream: self.stream.into(),
            page: Some(page.clone()),
            stream_end: None,
            run_end: false,
            now: self.subject.now,
        };
        let stored = self.store.commit(&self.lease, step).await;
        self.lease = stored.unwrap_or_else(|error| panic!("a page of `{}`: {error}", self.stream)).lease;
        self.watermark = Some(page.watermark.clone());
    }

    async fn work(&self) -> Vec<Batch> {
        let stream = self.subject.provider.spec().stream(self.stream);
        let Some(work) = stream.and_then(|stream| stream.work) else { return Vec::new() };
        let providers = [Arc::clone(&self.subject.provider)];
        let list =
            work::list(self.store.as_ref(), &providers, self.lease.connection, self.stream, work, self.subject.now);
        list.await.expect("the work list")
    }
}

/// All of a page as lines to compare.
fn describe(page: &Page) -> Vec<String> {
    let mut lines = Vec::new();
    for change in &page.changes {
        let rows = change.rows();
        let table = rows.table.full_name();
        lines.push(match change {
            Change::Upsert(_) => format!("merge into {table}:"),
            Change::Replace { scope, .. } => format!("replace {} `{}` of {table}:", scope.column, scope.value),
        });
        lines.extend((0..rows.len()).map(|row| {
            let values: Vec<_> = (0..rows.table.columns.len()).map(|column| rows.value(row, column)).collect();
            format!("  {values:?}")
        }));
    }
    lines.extend(page.items.iter().map(|item| format!("{item:?}")));
    let Page { watermark, more, expected, as_of, .. } = page;
    lines.push(format!("watermark {watermark}, more {more}, expected {expected:?}, as of {as_of:?}"));
    lines
}
