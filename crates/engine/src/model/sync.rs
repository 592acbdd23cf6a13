//! The sync's own records: connections, their streams, runs with their log, gaps, and what "sync now" asked for.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

pub type ConnectionId = i64;
pub type RunId = i64;
pub type RequestId = i64;
/// Position in the log of all runs; it grows with every line.
pub type Cursor = i64;

/// One configured account or folder at a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    pub id: ConnectionId,
    pub provider: String,
    /// Unique among connections that are not removed.
    pub label: String,
    /// Settings by the key of the provider's spec; nothing secret.
    pub settings: BTreeMap<String, String>,
    /// An opaque name, for fairness and filters.
    pub owner: Option<String>,
    pub sync_enabled: bool,
    pub interval_secs: i64,
    pub created_at: Timestamp,
    /// Removed connections stay listed here while their rows are kept, so that an id is never used twice.
    pub removed_at: Option<Timestamp>,
}

/// What started a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trigger {
    Schedule,
    Manual,
    Api,
    Mcp,
}

/// How a stream's last attempt, or a run, ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Everything was read.
    Ok,
    /// Some items are missing, rejected or deferred; the rest was read.
    Partial,
    /// Nothing new could be read; it will be tried again.
    Failed,
    /// Nothing more will be tried until the user acts.
    NeedsUser,
    /// The source said when to come back; not a failure.
    Deferred,
    /// The program ended, or the connection was changed, before the run did.
    Interrupted,
}

/// What a sync was asked to do beyond reading what changed. Part of a stream's due mark, so it survives a crash.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct SyncOptions {
    /// Read and hash every file, whatever its size and time stamp say.
    pub rehash: bool,
    /// Refuse a file as a whole when one of its rows cannot be read.
    pub strict: bool,
    /// Believe that what is no longer there was removed on purpose.
    pub accept_removals: bool,
    /// Only these items (blocks, files); empty means all.
    pub items: Vec<String>,
}

impl SyncOptions {
    /// What serves both who asked for `self` and who asked for `other`. Leave to remove is never widened to items that
    /// it was not given for.
    pub fn and(self, other: &SyncOptions) -> SyncOptions {
        let own = self.items;
        let all = own.is_empty() || other.items.is_empty();
        let mut items = if all { Vec::new() } else { [own.clone(), other.items.clone()].concat() };
        items.sort();
        items.dedup();
        SyncOptions {
            rehash: self.rehash || other.rehash,
            strict: self.strict || other.strict,
            accept_removals: (self.accept_removals && own == items) || (other.accept_removals && other.items == items),
            items,
        }
    }
}

/// One dataset of a connection, with its own cadence and watermark.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stream {
    pub connection_id: ConnectionId,
    pub name: String,
    /// Written by the provider, stored with the rows it covers, opaque to everyone else.
    pub watermark: Option<Json>,
    /// When it is to run next; `None` while it waits for the user.
    pub next_due: Option<Timestamp>,
    /// What made it due: a schedule, or somebody who asked.
    pub due_trigger: Trigger,
    pub due_options: SyncOptions,
    /// Failures since the last success.
    pub failures: i64,
    pub outcome: Option<Outcome>,
    /// What failed, and what to do; for people.
    pub error: Option<String>,
    pub last_attempt: Option<Timestamp>,
    pub last_success: Option<Timestamp>,
    /// The time the source itself gives for its data.
    pub as_of: Option<Timestamp>,
}

impl Stream {
    pub fn new(connection_id: ConnectionId, name: &str, next_due: Option<Timestamp>) -> Stream {
        Stream {
            connection_id,
            name: name.into(),
            watermark: None,
            next_due,
            due_trigger: Trigger::Schedule,
            due_options: SyncOptions::default(),
            failures: 0,
            outcome: None,
            error: None,
            last_attempt: None,
            last_success: None,
            as_of: None,
        }
    }
}

/// What became of a run's items: `total` is the sum of the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub updated: i64,
    pub unchanged: i64,
    pub missing: i64,
    pub rejected: i64,
    pub deferred: i64,
}

impl Counts {
    pub fn total(&self) -> i64 {
        self.updated + self.unchanged + self.missing + self.rejected + self.deferred
    }

    /// Items that are as the source has them.
    pub fn fresh(&self) -> i64 {
        self.updated + self.unchanged
    }

    /// Items without fresh data.
    pub fn failed(&self) -> i64 {
        self.missing + self.rejected + self.deferred
    }

    pub fn of(&mut self, status: ItemStatus) -> &mut i64 {
        match status {
            ItemStatus::Updated => &mut self.updated,
            ItemStatus::Unchanged => &mut self.unchanged,
            ItemStatus::Missing => &mut self.missing,
            ItemStatus::Rejected => &mut self.rejected,
            ItemStatus::Deferred => &mut self.deferred,
        }
    }

    pub fn add(&mut self, other: &Counts) {
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.missing += other.missing;
        self.rejected += other.rejected;
        self.deferred += other.deferred;
    }
}

/// One execution of a connection's due streams. The runs are the sync log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    pub id: RunId,
    pub connection_id: ConnectionId,
    pub trigger: Trigger,
    pub started_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    pub duration_ms: Option<i64>,
    /// `None` while it runs.
    pub outcome: Option<Outcome>,
    #[serde(flatten)]
    pub counts: Counts,
    /// Items that it covers, as far as is known; in the end the sum of its counts.
    pub expected: Option<i64>,
    /// Rows of changed items that were accepted.
    pub trades_imported: i64,
    /// Rows of changed items that could not be read.
    pub trades_skipped: i64,
    /// Rows that commits of this run placed in the tables of data; those that were equal already do not count.
    pub rows_written: i64,
    pub pages: i64,
    pub error: Option<String>,
}

/// A line of the log of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunEvent {
    pub cursor: Cursor,
    pub run: RunId,
    pub connection: ConnectionId,
    pub at: Timestamp,
    #[serde(flatten)]
    pub kind: RunEventKind,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RunEventKind {
    Started { trigger: Trigger, streams: Vec<String> },
    Page { stream: String, page: i64, counts: Counts, expected: Option<i64>, rows_written: i64, items: Vec<ItemLine> },
    StreamEnded { stream: String, outcome: Outcome, error: Option<String>, next_due: Option<Timestamp> },
    Finished { outcome: Outcome, counts: Counts, error: Option<String> },
}

/// What became of one item, as the log shows it. Unchanged items without a remark are only counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemLine {
    pub item: String,
    pub status: ItemStatus,
    pub detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ItemStatus {
    Updated,
    Unchanged,
    Missing,
    Rejected,
    Deferred,
}

/// A part that the last answer lacked: its stored rows are the last good ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gap {
    #[serde(rename = "connection")]
    pub connection_id: ConnectionId,
    pub stream: String,
    pub item: String,
    pub since: Timestamp,
    pub status: ItemStatus,
    pub reason: String,
}

/// What one "sync now" asked for. Its runs are those of its connections that ended after `after`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SyncRequest {
    pub id: RequestId,
    pub at: Timestamp,
    /// The end of the log when it was made: what came before is not its own.
    pub after: Cursor,
    /// Whether a run that was going already counts; not where options ask for more than it does.
    pub joins: bool,
    pub connections: Vec<ConnectionId>,
}

/// A named value that apps read with plain SQL, such as `last_synced`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    pub key: String,
    pub value: String,
    pub updated_at: Timestamp,
}
