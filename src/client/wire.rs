//! What the API answers, as far as commands read it. A field that a newer server adds does no harm.

use std::collections::BTreeMap;

use foliosync_engine::model::sync::{ConnectionId, Counts, Cursor, ItemLine, RequestId, RunId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

#[derive(Debug, Clone, Deserialize)]
pub struct Connections {
    pub connections: Vec<Connection>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    pub id: ConnectionId,
    pub provider: String,
    /// `source` or `mirror`.
    pub role: String,
    pub label: String,
    pub settings: BTreeMap<String, String>,
    pub owner: Option<String>,
    pub sync_enabled: bool,
    pub sync_interval_min: i64,
    pub status: String,
    pub freshness: String,
    pub last_sync_at: Option<Timestamp>,
    pub next_attempt_at: Option<Timestamp>,
    pub last_run: Option<Run>,
    pub streams: Vec<Stream>,
    pub gaps: Vec<Gap>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    pub outcome: Option<String>,
    #[serde(flatten)]
    pub counts: Counts,
    pub expected: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stream {
    pub name: String,
    pub next_due: Option<Timestamp>,
    pub error: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Gap {
    pub item: String,
    pub since: Timestamp,
    pub status: String,
    pub reason: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncStatus {
    pub last_synced: Option<Timestamp>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Providers {
    pub providers: Vec<Provider>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Provider {
    pub id: String,
    pub settings: Vec<Setting>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Setting {
    pub key: String,
    pub label: String,
    pub help: String,
    pub kind: Json,
    pub required: bool,
}

impl Setting {
    pub fn is_secret(&self) -> bool {
        self.kind == "secret"
    }

    pub fn is_folder(&self) -> bool {
        self.kind == "folder"
    }
}

#[derive(Debug, Clone, Deserialize)]
pub struct Answer {
    pub columns: Vec<AnswerColumn>,
    pub rows: Vec<Vec<Json>>,
    pub truncated: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct AnswerColumn {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
}

/// A line of the answer to "sync now".
#[derive(Debug, Clone, Deserialize)]
pub struct SyncLine {
    #[serde(flatten)]
    pub kind: SyncLineKind,
    pub sync: RequestId,
    pub cursor: Cursor,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum SyncLineKind {
    Start {
        total: i64,
    },
    Progress {
        completed: i64,
        total: i64,
        connection: ConnectionId,
        items: Vec<ItemLine>,
    },
    Complete {
        updated: i64,
        failed: i64,
        changed: i64,
        errors: Vec<ConnectionError>,
    },
    Error {
        message: String,
    },
    /// A heartbeat, or something that a newer server has to say.
    #[serde(other)]
    Other,
}

#[derive(Debug, Clone, Deserialize)]
pub struct ConnectionError {
    pub connection: ConnectionId,
    pub message: String,
}

/// A page of the log of all runs.
#[derive(Debug, Clone, Deserialize)]
pub struct Events {
    pub events: Vec<Event>,
    /// Where the next page begins.
    pub cursor: Cursor,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Event {
    pub run: RunId,
    pub connection: ConnectionId,
    pub at: Timestamp,
    #[serde(flatten)]
    pub kind: EventKind,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EventKind {
    Started {
        trigger: String,
    },
    Page {
        rows_written: i64,
        items: Vec<ItemLine>,
    },
    StreamEnded {
        stream: String,
        error: Option<String>,
    },
    Finished {
        outcome: String,
        counts: Counts,
        error: Option<String>,
    },
    #[serde(other)]
    Other,
}

/// What trying a connection out came to.
#[derive(Debug, Clone, Deserialize)]
pub struct Probe {
    pub ok: bool,
    pub message: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Freshness {
    pub prices: PriceTotals,
    pub budgets: Vec<Quota>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct PriceTotals {
    pub priced: i64,
    pub stale: i64,
    pub unpriced: i64,
    pub partial: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quota {
    pub provider: String,
    pub limit: String,
    pub used: i64,
    pub left: i64,
    pub weight_max: i64,
    pub resets_at: Timestamp,
    pub closed_until: Option<Timestamp>,
    pub note: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Instruments {
    pub instruments: Vec<Instrument>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Instrument {
    pub id: String,
    pub name: Option<String>,
    pub currency: Option<String>,
    pub wanted: bool,
    pub priced_by: Option<PricedBy>,
    pub unpriced: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct PricedBy {
    pub connection: ConnectionId,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Unmapped {
    pub listings: Vec<Listing>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Listing {
    pub provider: String,
    pub native_symbol: String,
    pub instrument_id: Option<String>,
    pub name: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Prices {
    /// As they came.
    pub prices: Vec<Json>,
    pub next_after: Option<String>,
    pub totals: PriceTotals,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Price {
    pub instrument: String,
    pub symbol: String,
    pub currency: Option<String>,
    pub watched: bool,
    pub current_price: Option<String>,
    pub provider: Option<String>,
    pub as_of: Option<Timestamp>,
    pub freshness: String,
    pub remark: Option<String>,
    pub fields: BTreeMap<String, PriceField>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct PriceField {
    pub value: String,
}
