//! What a provider is: a description of itself, and one method that fetches a page.

use std::collections::BTreeMap;
use std::task::Poll;

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Serialize;
use serde_json::Value as Json;

use crate::budget::{Budget, Window};
use crate::calendar::Calendar;
use crate::files::Files;
use crate::http::Http;
use crate::model::instrument::Instrument;
use crate::model::sync::{ItemStatus, SyncOptions};
use crate::model::{Batch, Record, Table};
use crate::secrets::Credentials;

/// A service or file format that data can be pulled from.
///
/// A provider holds no state of its own, reads no clock, and reaches the world only through the [`Reach`] it is handed.
#[async_trait]
pub trait Provider: Send + Sync {
    /// What this provider is, needs and offers. Prompts, forms, checks and documents are made from it.
    fn spec(&self) -> &'static ProviderSpec;

    /// The page that follows the request's watermark.
    ///
    /// Resuming from a page's watermark, with its changes stored, must give the same tail as going on would have: the
    /// program may end between any two pages.
    async fn fetch(&self, reach: &Reach, request: &FetchRequest<'_>) -> Result<Page, ProviderError>;

    /// What this provider calls an instrument by its rules of spelling; `None` where it does not know such things. A
    /// listing that somebody made comes before it.
    fn native(&self, _instrument: &Instrument) -> Option<Native> {
        None
    }
}

/// An instrument's name at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Native {
    pub symbol: String,
    /// The unit of its price there, such as `USD` or `USDT`, where the provider's rules tell it.
    pub unit: Option<String>,
}

/// The only ways out for a provider.
#[derive(Clone)]
pub struct Reach {
    pub http: Http,
    pub files: Files,
}

impl Reach {
    /// The same for one provider, under whose name its requests are counted.
    pub fn of(&self, spec: &'static ProviderSpec) -> Reach {
        Reach { http: self.http.of(spec), files: self.files.clone() }
    }
}

#[derive(Debug, Serialize)]
pub struct ProviderSpec {
    /// What people type: lower case, no spaces.
    pub id: &'static str,
    pub name: &'static str,
    pub summary: &'static str,
    pub role: Role,
    /// Whether its contract was never checked against the service itself, which screens say.
    pub experimental: bool,
    pub settings: &'static [SettingSpec],
    /// The setting that says where it is, for what people run themselves: what is sent there goes by the rules for
    /// addresses that somebody typed, and its credentials are for that host alone.
    #[serde(skip)]
    pub address: Option<&'static str>,
    /// Looks at settings as a whole; for people.
    #[serde(skip)]
    pub check: fn(&Settings) -> Result<(), String>,
    /// Where it is reached, by a key of its own; `hosts[0]` is the usual one. The configuration file may name another.
    pub hosts: &'static [Host],
    /// The limits that the service sets, under these settings (a plan, for example).
    #[serde(skip)]
    pub limits: fn(&Settings) -> Vec<Limit>,
    /// Weight of one run of a stream that covers so many symbols, for the check whether an interval fits the limits.
    #[serde(skip)]
    pub weight: fn(stream: &str, symbols: usize, &Settings) -> u32,
    pub streams: &'static [StreamSpec],
    pub interval: IntervalSpec,
    /// What one item is called on screen: `block`, `file`, `symbol`.
    pub item_noun: &'static str,
}

/// Which way rows go. Everything else is the same for both: leases, schedules, retries, budgets, credentials, the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Rows come from it.
    Source,
    /// A mirror: committed rows are copied to it. What its pages change here is its own ledger.
    Mirror,
}

pub type Settings = BTreeMap<String, String>;

/// Whether a connection reads a stream: a setting of the stream's name may switch it off.
pub fn is_on(settings: &Settings, stream: &str) -> bool {
    settings.get(stream).is_none_or(|value| value != "off")
}

#[derive(Debug, Serialize)]
pub struct Host {
    pub key: &'static str,
    /// Scheme and host, without a slash at the end.
    pub url: &'static str,
}

/// A limit as the service states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// Its name in messages: `minute`, `day`.
    pub name: &'static str,
    pub scope: LimitScope,
    pub weight_max: u32,
    pub window: Window,
    /// The header in which answers tell what was used in the window.
    pub used_header: Option<&'static str>,
}

/// Whom a limit counts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitScope {
    /// All requests from one address.
    Ip,
    /// All requests with one key: the value of this credential.
    Key(&'static str),
}

/// How often a connection may run, in seconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct IntervalSpec {
    pub min_secs: i64,
    pub default_secs: i64,
    pub max_secs: i64,
}

#[derive(Debug, Serialize)]
pub struct SettingSpec {
    pub key: &'static str,
    pub label: &'static str,
    pub help: &'static str,
    pub kind: SettingKind,
    pub required: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SettingKind {
    Text,
    /// An existing folder on the machine where the program runs, given as an absolute path.
    Folder,
    Choice(&'static [&'static str]),
    /// A credential: sealed at rest, never among the settings, never in an answer.
    Secret,
}

#[derive(Debug, Serialize)]
pub struct StreamSpec {
    pub name: &'static str,
    pub summary: &'static str,
    pub cadence: Cadence,
    /// When its source can have anything new: data is not old while there is no newer.
    #[serde(skip)]
    pub calendar: Calendar,
    /// What is handed to `fetch` as its work list.
    #[serde(skip)]
    pub work: Option<Work>,
}

/// How often a stream runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cadence {
    /// As often as its connection.
    Interval,
    /// Every so many seconds, however often its connection runs.
    EverySecs(i64),
    /// As often as its connection, to see from what is stored whether there is anything to ask, and asking about every so
    /// many seconds: its weight is that of once in so long.
    Watching(i64),
}

/// A work list: derived from the store when a run begins.
#[derive(Debug, Clone, Copy)]
pub enum Work {
    /// The stored rows of the connection in these tables.
    Rows(&'static [&'static Table]),
    /// The symbols that are this connection's to read, as [`SymbolWork`](crate::model::work::SymbolWork).
    Symbols(Dataset),
    /// What a mirror copies, and its ledger: see [`mirrors::list`](crate::mirrors::list). Read anew for each page, which
    /// changes the ledger.
    Mirror,
}

/// Kinds of data that several connections could read for the same instrument; one of them does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dataset {
    Quotes,
    History,
    /// What a symbol is and in which unit it is quoted.
    Listings,
}

impl ProviderSpec {
    /// What sources that are read from folders have in common; a provider fills in the rest.
    pub const LOCAL: ProviderSpec = ProviderSpec {
        id: "",
        name: "",
        summary: "",
        role: Role::Source,
        experimental: false,
        address: None,
        check: |_| Ok(()),
        settings: &[],
        hosts: &[],
        limits: |_| Vec::new(),
        weight: |_, _, _| 0,
        streams: &[],
        interval: IntervalSpec { min_secs: 60, default_secs: 900, max_secs: 86_400 },
        item_noun: "item",
    };

    /// The settings that are credentials.
    pub fn credentials(&self) -> impl Iterator<Item = &'static SettingSpec> {
        self.settings.iter().filter(|setting| setting.kind == SettingKind::Secret)
    }

    pub fn stream(&self, name: &str) -> Option<&'static StreamSpec> {
        self.streams.iter().find(|stream| stream.name == name)
    }
}

/// Everything a provider sees of the program.
pub struct FetchRequest<'a> {
    pub stream: &'a str,
    pub settings: &'a Settings,
    /// The base address to use instead of the provider's own, from the configuration file.
    pub base_url: Option<&'a str>,
    /// Whether somebody asked for this run: it may use what budgets keep in reserve.
    pub manual: bool,
    /// Whether it is only tried out: what this provider changes elsewhere stays as it is.
    pub trial: bool,
    /// What every request must have room in, unless the provider knows better.
    pub budgets: &'a [Budget],
    /// As the stream's last stored page left it; `None` before the first.
    pub watermark: Option<&'a Json>,
    /// The stream's work list as it was when the run began, a batch for each of its tables; none where it declares none.
    pub work: &'a [Batch],
    pub options: &'a SyncOptions,
    pub credentials: &'a Credentials,
    pub now: Timestamp,
}

impl<'a> FetchRequest<'a> {
    /// A scheduled request from the beginning, with nothing to go by.
    pub fn plain(stream: &'a str, settings: &'a Settings, now: Timestamp) -> FetchRequest<'a> {
        static PLAIN: SyncOptions =
            SyncOptions { rehash: false, strict: false, accept_removals: false, items: Vec::new() };
        static NO_CREDENTIALS: Credentials = Credentials::none();
        FetchRequest {
            stream,
            settings,
            base_url: None,
            manual: false,
            trial: false,
            budgets: &[],
            watermark: None,
            work: &[],
            options: &PLAIN,
            credentials: &NO_CREDENTIALS,
            now,
        }
    }

    /// The value of a setting that the spec requires.
    pub fn setting(&self, key: &str) -> Result<&str, ProviderError> {
        self.settings.get(key).map(String::as_str).ok_or_else(|| ProviderError::NeedsUser {
            message: format!("the setting `{key}` is missing; set it with `foliosync connect edit`"),
        })
    }

    /// The base address of one of the provider's hosts, without a slash at the end.
    pub fn host(&self, spec: &'static ProviderSpec, key: &str) -> &str {
        let own = spec.hosts.iter().find(|host| host.key == key).or(spec.hosts.first());
        self.base_url.or(own.map(|host| host.url)).unwrap_or_default()
    }

    /// The rows of one table in the work list.
    pub fn rows(&self, table: &Table) -> Option<&'a Batch> {
        self.work.iter().find(|rows| rows.table.full_name() == table.full_name())
    }

    /// The rows of one table in the work list, as records.
    pub fn work<R: Record>(&self) -> Result<Vec<R>, ProviderError> {
        let records = self.rows(R::TABLE).map(Batch::records).transpose();
        let records = records.map_err(|e| ProviderError::Malformed { what: "the work list", message: e.to_string() });
        Ok(records?.unwrap_or_default())
    }

    /// A credential that the stream cannot do without.
    pub fn credential(&self, key: &str) -> Result<&SecretString, ProviderError> {
        self.credentials.get(key).map_err(|message| ProviderError::NeedsUser { message })
    }
}

/// What one fetch returns.
#[derive(Debug, Clone)]
pub struct Page {
    /// Applied in order, in one transaction.
    pub changes: Vec<Change>,
    /// What became of each item that this page covers, unchanged ones included.
    pub items: Vec<Item>,
    /// Named values that apps read with plain SQL from `sync.settings`.
    pub settings: Vec<Named>,
    /// Resuming from here, with `changes` stored, loses nothing.
    pub watermark: Json,
    pub more: bool,
    /// How many items this page and those after it cover, where that is known: what earlier runs of a sweep covered is
    /// none of this one's.
    pub expected: Option<i64>,
    /// The time the source itself gives for this data.
    pub as_of: Option<Timestamp>,
}

impl Page {
    /// The last page of a stream, with nothing on it.
    pub fn last(watermark: Json) -> Page {
        Page {
            changes: Vec::new(),
            items: Vec::new(),
            settings: Vec::new(),
            watermark,
            more: false,
            expected: None,
            as_of: None,
        }
    }
}

/// A value under a name. Several sources may tell it: the one that was so last stays, whoever comes last.
///
/// It is stored in two rows: under its name, and under its name with `_updated` behind it when it was so, as RFC 3339 in
/// UTC. What a source dates by a day alone is of the beginning of that day: never newer than it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub name: &'static str,
    pub value: String,
    /// By the source.
    pub as_of: Timestamp,
}

#[derive(Debug, Clone)]
pub enum Change {
    /// Adds rows, or merges them into those with the same key. The last of several rows with one key wins.
    Upsert(Batch),
    /// Makes all rows of the connection whose `scope` column holds the value equal to `rows`, whose keys are distinct.
    /// The provider vouches that `rows` is complete.
    Replace { scope: Scope, rows: Batch },
}

impl Change {
    pub fn rows(&self) -> &Batch {
        match self {
            Change::Upsert(rows) | Change::Replace { rows, .. } => rows,
        }
    }
}

/// A part of a connection's rows in one table, by the value of a text column of its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    pub column: &'static str,
    pub value: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub name: String,
    pub status: ItemStatus,
    /// For people: what was read, or the reason why not and what to do.
    pub detail: String,
    /// Trades of a changed item that were accepted: fills, and rows of trade logs.
    pub imported: i64,
    /// Trades of a changed item that could not be read.
    pub skipped: i64,
}

impl Item {
    pub fn new(name: impl Into<String>, status: ItemStatus, detail: impl Into<String>) -> Item {
        Item { name: name.into(), status, detail: detail.into(), imported: 0, skipped: 0 }
    }
}

/// Waits for a fetch. A panic in it ends its stream like any other fault, with a retry and a line for people, rather
/// than the whole run in silence.
pub async fn caught<T>(fetch: impl Future<Output = Result<T, ProviderError>>) -> Result<T, ProviderError> {
    let mut fetch = std::pin::pin!(fetch);
    std::future::poll_fn(|context| {
        let polled = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| fetch.as_mut().poll(context)));
        polled.unwrap_or_else(|_| {
            let message = "it broke off by a mistake of ours; please report it with the program's log".into();
            Poll::Ready(Err(ProviderError::Malformed { what: "the provider", message }))
        })
    })
    .await
}

/// Why a page could not be fetched, named by what the engine does about it. Messages are for people: what failed,
/// where, and what to do; never a secret or a raw body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// The source said when to come back. Not a failure.
    #[error("{message}")]
    RetryAt { at: Timestamp, message: String },
    /// A passing fault: tried again after 1, 5 and 15 minutes, then hourly.
    #[error("{message}")]
    Backoff { message: String },
    /// The source refused our time: fetch its time, then try once more.
    #[error("{message}")]
    ResyncClock { message: String },
    /// Nothing will help but the user.
    #[error("{message}")]
    NeedsUser { message: String },
    /// The plan does not include this; not asked again all day.
    #[error("{message}")]
    NotInPlan { message: String },
    /// The request itself was wrong.
    #[error("{message}")]
    Refused { message: String },
    /// The answer does not follow the contract: the source changed, or we are wrong about it.
    #[error("{what}: {message}")]
    Malformed { what: &'static str, message: String },
}
