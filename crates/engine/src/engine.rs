//! The verbs that every face calls: the API, the CLI through it, and later MCP and the dashboard.

mod admission;
mod connections;
mod credentials;
mod dispatch;
mod follow;
mod given_up;
mod going;
mod hand_over;
mod instruments;
mod notifications;
mod portfolio;
mod portfolio_sources;
mod prices;
mod probe;
mod quotas;
mod rates;
mod reasons;
mod runs;
mod settings;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::{RwLock, watch};

pub use connections::{ConnectionEdit, NewConnection};
pub use follow::{SyncLine, SyncLineKind};
use given_up::GivenUp;
pub use instruments::{InstrumentView, Mapping, NewInstrument};
pub use portfolio::{ConnectionTotal, DayTotal, HoldingLine, Portfolio, PortfolioAsk, Total};
pub use prices::{BarRow, FieldView, HistoryAsk, HistoryPage, PricePage, PriceRow, PriceTotals, PricesAsk, Sparkline};
pub use probe::Probe;
pub use quotas::QuotaView;
pub use rates::FxAnswer;
pub use runs::{Current, RunDaysAsk, RunsAsk};
pub use settings::Settings;

use crate::clock::Clock;
use crate::event::Events;
use crate::fetch::BaseUrls;
use crate::limits::{QUERY_TEXT_BYTES_MAX, RUNS_KEPT_DAYS};
use crate::model::sync::{
    Connection, ConnectionId, Gap, RequestId, Run, Setting, Stream, SyncOptions, SyncRequest, Trigger,
};
use crate::nearest::nearest;
use crate::provider::{FetchRequest, Page, Provider, ProviderError, ProviderSpec, Reach, Role};
use crate::secrets::Vault;
use crate::status::ConnectionView;
use crate::store::{Answer, Filter, QueryAsk, SnapshotFile, Store, StoreError, SyncAsk, TableInfo};

pub struct Engine {
    pub(crate) store: Arc<dyn Store>,
    providers: Vec<Arc<dyn Provider>>,
    reach: Reach,
    clock: Clock,
    events: Events,
    base_urls: BaseUrls,
    runs_live_max: usize,
    /// By provider, where it has a bound of its own.
    runs_live_max_of: BTreeMap<String, usize>,
    runs_kept_days: u16,
    /// Under which name its address is known to those that share budgets; see [`quota::budgets`](crate::quota::budgets).
    egress: String,
    /// Held while credentials are sealed or opened, so that a new key takes over between two of these.
    vault: RwLock<Vault>,
    /// Changes when something may be due.
    woken: watch::Sender<()>,
    /// The last run of each connection that ended without the store being able to say so, and why.
    given_up: Mutex<BTreeMap<ConnectionId, GivenUp>>,
    /// Those of the last requests that are known to be over.
    over: Mutex<BTreeSet<RequestId>>,
}

/// Why a verb was refused.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// What was given is wrong; nothing was changed. `hint` says what would be right.
    #[error("{message}")]
    Input { message: String, hint: String },
    #[error("{message}")]
    NotFound { message: String, hint: String },
    /// There is no key for credentials, or not the right one; nothing was changed.
    #[error("{message}")]
    Locked { message: String, hint: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl EngineError {
    fn input(message: impl Into<String>, hint: impl Into<String>) -> EngineError {
        EngineError::Input { message: message.into(), hint: hint.into() }
    }

    fn not_found(message: impl Into<String>, hint: impl Into<String>) -> EngineError {
        EngineError::NotFound { message: message.into(), hint: hint.into() }
    }
}

pub type Result<T> = std::result::Result<T, EngineError>;

/// What "sync now" asks for.
#[derive(Debug, Clone)]
pub struct SyncNow {
    /// Empty means every source that is enabled.
    pub connections: Vec<ConnectionId>,
    pub streams: Vec<String>,
    pub options: SyncOptions,
    pub trigger: Trigger,
}

impl Engine {
    pub fn new(
        store: Arc<dyn Store>,
        providers: Vec<Arc<dyn Provider>>,
        reach: Reach,
        clock: Clock,
        runs_live_max: usize,
    ) -> Engine {
        Engine {
            store,
            providers,
            reach,
            clock,
            events: Events::default(),
            base_urls: BaseUrls::new(),
            runs_live_max,
            runs_live_max_of: BTreeMap::new(),
            runs_kept_days: RUNS_KEPT_DAYS,
            egress: String::new(),
            vault: RwLock::new(Vault::Locked { why: "no key was given".into() }),
            woken: watch::Sender::new(()),
            given_up: Mutex::default(),
            over: Mutex::default(),
        }
    }

    pub fn with_vault(self, vault: Vault) -> Engine {
        Engine { vault: RwLock::new(vault), ..self }
    }

    /// Reaches providers at other addresses than their own.
    pub fn with_base_urls(self, base_urls: BaseUrls) -> Engine {
        Engine { base_urls, ..self }
    }

    /// Lets some providers have fewer connections that run at once.
    pub fn with_runs_live_max_of(self, runs_live_max_of: BTreeMap<String, usize>) -> Engine {
        Engine { runs_live_max_of, ..self }
    }

    /// Keeps runs one by one for so many days.
    pub fn with_runs_kept_days(self, runs_kept_days: u16) -> Engine {
        Engine { runs_kept_days, ..self }
    }

    /// Counts its requests with those of programs that go out by the same address.
    pub fn with_egress(self, egress: String) -> Engine {
        Engine { egress, ..self }
    }

    pub fn providers(&self) -> &[Arc<dyn Provider>] {
        &self.providers
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Marks streams due and wakes the dispatcher. What happens then, [`Engine::follow`] tells.
    pub async fn sync_now(&self, ask: SyncNow) -> Result<SyncRequest> {
        let all: Vec<Connection> = self.connections().await?;
        let connections = if ask.connections.is_empty() {
            // Mirrors follow what is read by themselves.
            let is_meant = |c: &&Connection| c.sync_enabled && self.provider(&c.provider).spec().role == Role::Source;
            all.iter().filter(is_meant).map(|c| c.id).collect()
        } else {
            ask.connections
        };
        for id in &connections {
            let connection = all.iter().find(|c| c.id == *id).ok_or(StoreError::UnknownConnection(*id))?;
            if !connection.sync_enabled {
                let hint = format!("switch it on first: foliosync connect edit {} --enable", connection.label);
                return Err(EngineError::input(format!("`{}` is switched off", connection.label), hint));
            }
        }
        if connections.is_empty() {
            let hint = "add one: foliosync connect add tradelog --label NAME --set path=FOLDER";
            return Err(EngineError::input("there is no connection to sync", hint));
        }
        let connections = self.with_streams(connections, &all, &ask.streams)?;
        self.settle_given_up().await;
        let now = self.clock.now();
        let ask = SyncAsk { connections, streams: ask.streams, options: ask.options, trigger: ask.trigger, now };
        let request = self.store.request(ask).await?;
        self.wake();
        Ok(request)
    }

    /// Those of the connections that have one of the streams; all of them where none is named.
    fn with_streams(
        &self,
        mut ids: Vec<ConnectionId>,
        all: &[Connection],
        streams: &[String],
    ) -> Result<Vec<ConnectionId>> {
        if streams.is_empty() {
            return Ok(ids);
        }
        let provider = |id: &ConnectionId| all.iter().find(|c| c.id == *id).map_or("", |c| c.provider.as_str());
        let offered: Vec<&str> =
            ids.iter().flat_map(|id| self.provider(provider(id)).spec().streams).map(|stream| stream.name).collect();
        if let Some(unknown) = streams.iter().find(|name| !offered.contains(&name.as_str())) {
            let hint = nearest(unknown, offered.iter().copied());
            return Err(EngineError::input(format!("no connection to sync has a stream `{unknown}`"), hint.trim_end()));
        }
        ids.retain(|id| streams.iter().any(|name| self.provider(provider(id)).spec().stream(name).is_some()));
        Ok(ids)
    }

    /// Marks streams of a connection due, for reasons of the engine's own; nobody follows it.
    async fn make_due(&self, connection: ConnectionId, streams: Vec<String>, trigger: Trigger) -> Result<()> {
        let (now, options) = (self.clock.now(), SyncOptions::default());
        self.store.request(SyncAsk { connections: vec![connection], streams, options, trigger, now }).await?;
        self.wake();
        Ok(())
    }

    pub async fn connections(&self) -> Result<Vec<Connection>> {
        let mut all: Vec<Connection> = self.store.records(|s| s.ascending("id")).await?;
        all.retain(|connection| connection.removed_at.is_none());
        Ok(all)
    }

    pub async fn connection_views(&self) -> Result<Vec<ConnectionView>> {
        let mut streams: Vec<Stream> = self.store.records(|s| s.ascending("connection_id")).await?;
        let mut gaps: Vec<Gap> = self.store.records(|s| s.ascending("since")).await?;
        let sealed = self.store.credentials(None).await?;
        let mut views = Vec::new();
        for connection in self.connections().await? {
            let id = connection.id;
            let last_run: Vec<Run> =
                self.store.records(|s| s.with(Filter::Is("connection_id", id)).descending("id").max(1)).await?;
            let own_streams = streams.extract_if(.., |stream| stream.connection_id == id).collect();
            let own_gaps = gaps.extract_if(.., |gap| gap.connection_id == id).collect();
            let now = self.clock.now();
            let credentials = self.credential_views(&connection, sealed.get(&id));
            let spec = self.provider(&connection.provider).spec();
            let view = ConnectionView::new(connection, spec, own_streams, own_gaps, last_run.into_iter().next(), now);
            views.push(ConnectionView { credentials, ..view });
        }
        Ok(views)
    }

    /// When anything was last read, changed or not; `None` before the first time.
    pub async fn last_synced(&self) -> Result<Option<Timestamp>> {
        let is_it = Filter::IsText("key", "last_synced".into());
        let found: Vec<Setting> = self.store.records(|s| s.with(is_it)).await?;
        Ok(found.first().and_then(|setting| setting.value.parse().ok()))
    }

    pub async fn sync_request(&self, id: RequestId) -> Result<SyncRequest> {
        let found: Vec<SyncRequest> = self.store.records(|s| s.with(Filter::Is("id", id))).await?;
        let missing = || EngineError::not_found(format!("there is no sync {id}"), "start one: POST /api/sync");
        found.into_iter().next().ok_or_else(missing)
    }

    /// Runs what users and models write; see [`Store::query`].
    pub async fn query(&self, ask: QueryAsk) -> Result<Answer> {
        if ask.sql.len() > QUERY_TEXT_BYTES_MAX {
            let message = format!("the query is longer than {QUERY_TEXT_BYTES_MAX} bytes");
            return Err(EngineError::input(message, "shorten it"));
        }
        Ok(self.store.query(ask).await?)
    }

    /// See [`Store::snapshot`].
    pub async fn snapshot(&self, age_max: Duration) -> Result<SnapshotFile> {
        Ok(self.store.snapshot(age_max, self.now()).await?)
    }

    /// See [`Store::describe`].
    pub async fn describe(&self) -> Result<Vec<TableInfo>> {
        Ok(self.store.describe().await?)
    }

    fn provider(&self, id: &str) -> &dyn Provider {
        let found = self.providers.iter().find(|provider| provider.spec().id == id);
        found.map_or(&Unknown, |provider| provider.as_ref())
    }
}

/// Stands in for a provider that this version does not have, and says so.
struct Unknown;

#[async_trait]
impl Provider for Unknown {
    fn spec(&self) -> &'static ProviderSpec {
        static SPEC: ProviderSpec = ProviderSpec {
            id: "unknown",
            name: "Unknown",
            summary: "A provider that this version does not have",
            ..ProviderSpec::LOCAL
        };
        &SPEC
    }

    async fn fetch(&self, _: &Reach, _: &FetchRequest<'_>) -> std::result::Result<Page, ProviderError> {
        let message = "this version has no such provider; update foliosync or remove the connection".into();
        Err(ProviderError::NeedsUser { message })
    }
}
