//! What a provider is: a description of itself, and one method that fetches a page.

use std::collections::BTreeMap;
use std::task::Poll;

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Serialize;
use serde_json::Value as Json;

use crate::files::Files;
use crate::http::Http;
use crate::model::sync::{ItemStatus, SyncOptions};
use crate::model::{Batch, Table};
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
}

/// The only ways out for a provider.
#[derive(Clone)]
pub struct Reach {
    pub http: Http,
    pub files: Files,
}

#[derive(Debug, Serialize)]
pub struct ProviderSpec {
    /// What people type: lower case, no spaces.
    pub id: &'static str,
    pub name: &'static str,
    pub summary: &'static str,
    pub settings: &'static [SettingSpec],
    pub streams: &'static [StreamSpec],
    pub interval: IntervalSpec,
    /// What one item is called on screen: `block`, `file`, `symbol`.
    pub item_noun: &'static str,
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
    /// The table whose stored rows of the connection are handed to `fetch` as its work list.
    #[serde(skip)]
    pub work: Option<&'static Table>,
}

impl ProviderSpec {
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
    pub settings: &'a BTreeMap<String, String>,
    /// As the stream's last stored page left it; `None` before the first.
    pub watermark: Option<&'a Json>,
    /// Rows of the stream's `work` table as they were when the run began; `None` where it declares none.
    pub work: Option<&'a Batch>,
    pub options: &'a SyncOptions,
    pub credentials: &'a Credentials,
    pub now: Timestamp,
}

impl FetchRequest<'_> {
    /// The value of a setting that the spec requires.
    pub fn setting(&self, key: &str) -> Result<&str, ProviderError> {
        self.settings.get(key).map(String::as_str).ok_or_else(|| ProviderError::NeedsUser {
            message: format!("the setting `{key}` is missing; set it with `foliosync connect edit`"),
        })
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
    /// Resuming from here, with `changes` stored, loses nothing.
    pub watermark: Json,
    pub more: bool,
    /// How many items the whole run will cover, where that is known.
    pub expected: Option<i64>,
    /// The time the source itself gives for this data.
    pub as_of: Option<Timestamp>,
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
    /// Rows of a changed item that were accepted.
    pub imported: i64,
    /// Rows of a changed item that could not be read.
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
