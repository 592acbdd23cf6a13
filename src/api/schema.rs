//! What the answers of the API look like, for its document. The types that are really answered live in the engine, which
//! knows of no document; a test holds each answer of the program against what stands here.

#![expect(dead_code, reason = "these types only describe; nothing is made of them")]

use std::collections::BTreeMap;

use serde_json::Value as Json;
use utoipa::ToSchema;

use crate::access::{Scope, Token};

/// Why a request was refused, or what failed.
#[derive(ToSchema)]
pub struct Error {
    /// Stable, for programs.
    code: String,
    /// For people.
    message: String,
    /// What to do about it; may be empty.
    hint: String,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Server {
    /// New with every start.
    instance: String,
    version: String,
    pid: u32,
    #[schema(format = DateTime)]
    started_at: String,
    /// Whether a command started it, so that it leaves by itself.
    auto: bool,
    /// Address and port that it answers on over TCP.
    listen: Option<String>,
    /// Where browsers find it.
    url: Option<String>,
}

#[derive(ToSchema)]
pub struct HandOver {
    closing: bool,
}

#[derive(ToSchema)]
pub struct Providers {
    providers: Vec<Provider>,
}

#[derive(ToSchema)]
pub struct Provider {
    id: String,
    name: String,
    summary: String,
    settings: Vec<Setting>,
    streams: Vec<ProviderStream>,
    interval: Interval,
    /// What one item is called on screen.
    item_noun: String,
}

#[derive(ToSchema)]
pub struct Setting {
    key: String,
    label: String,
    help: String,
    kind: SettingKind,
    required: bool,
}

#[derive(ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SettingKind {
    Text,
    /// A folder on the server's machine, as an absolute path.
    Folder,
    Choice(Vec<String>),
}

#[derive(ToSchema)]
pub struct ProviderStream {
    name: String,
    summary: String,
}

/// How often a connection may run, in seconds.
#[derive(ToSchema)]
pub struct Interval {
    min_secs: i64,
    default_secs: i64,
    max_secs: i64,
}

#[derive(ToSchema)]
pub struct Connections {
    connections: Vec<Connection>,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    id: i64,
    provider: String,
    label: String,
    /// Nothing secret.
    settings: BTreeMap<String, String>,
    owner: Option<String>,
    sync_enabled: bool,
    interval_secs: i64,
    sync_interval_min: i64,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    removed_at: Option<String>,
    status: ConnectionStatus,
    freshness: Freshness,
    /// When anything of it was last read, changed or not.
    #[schema(format = DateTime)]
    last_sync_at: Option<String>,
    #[schema(format = DateTime)]
    last_attempt_at: Option<String>,
    last_sync_error: Option<String>,
    #[schema(format = DateTime)]
    next_attempt_at: Option<String>,
    last_run: Option<Run>,
    streams: Vec<Stream>,
    gaps: Vec<Gap>,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewConnection {
    provider: String,
    label: String,
    #[schema(required = false)]
    settings: BTreeMap<String, String>,
    /// Any name, for filters.
    owner: Option<String>,
    /// Minutes between scheduled syncs.
    sync_interval_min: Option<i64>,
}

/// What is given is changed; the rest stays.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionEdit {
    label: Option<String>,
    #[schema(required = false)]
    settings: BTreeMap<String, String>,
    sync_interval_min: Option<i64>,
    sync_enabled: Option<bool>,
}

/// `ERROR`: it will be retried. `NEEDS_ATTENTION`: nothing happens until the user acts. `DISCONNECTED`: switched off.
#[derive(ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ConnectionStatus {
    Connected,
    Syncing,
    Error,
    NeedsAttention,
    Disconnected,
}

#[derive(ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Freshness {
    Fresh,
    Stale,
    Never,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stream {
    connection_id: i64,
    name: String,
    /// Of the provider's own making.
    watermark: Json,
    #[schema(format = DateTime)]
    next_due: Option<String>,
    due_trigger: Trigger,
    due_options: SyncOptions,
    /// Since the last success.
    failures: i64,
    outcome: Option<Outcome>,
    error: Option<String>,
    #[schema(format = DateTime)]
    last_attempt: Option<String>,
    #[schema(format = DateTime)]
    last_success: Option<String>,
    /// The time that the source itself gives for its data.
    #[schema(format = DateTime)]
    as_of: Option<String>,
}

#[derive(ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Trigger {
    Schedule,
    Manual,
    Api,
    Mcp,
}

#[derive(ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Ok,
    Partial,
    Failed,
    NeedsUser,
    Deferred,
    Interrupted,
}

/// What a sync does beyond reading what changed.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncOptions {
    /// Read and hash every file, whatever its size and time stamp say.
    #[schema(required = false)]
    rehash: bool,
    /// Refuse a file as a whole when one of its rows cannot be read.
    #[schema(required = false)]
    strict: bool,
    /// Believe that what is no longer there was removed on purpose.
    #[schema(required = false)]
    accept_removals: bool,
    /// Only these items; empty means all.
    #[schema(required = false)]
    items: Vec<String>,
}

/// A part whose stored rows are the last good ones.
#[derive(ToSchema)]
pub struct Gap {
    connection: i64,
    stream: String,
    item: String,
    #[schema(format = DateTime)]
    since: String,
    status: ItemStatus,
    reason: String,
}

#[derive(ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ItemStatus {
    Updated,
    Unchanged,
    Missing,
    Rejected,
    Deferred,
}

#[derive(ToSchema)]
pub struct Runs {
    runs: Vec<Run>,
}

/// `updated`, `unchanged`, `missing`, `rejected` and `deferred` count items, and together all of them.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    id: i64,
    connection_id: i64,
    trigger: Trigger,
    #[schema(format = DateTime)]
    started_at: String,
    #[schema(format = DateTime)]
    finished_at: Option<String>,
    duration_ms: Option<i64>,
    /// Null while it runs.
    outcome: Option<Outcome>,
    updated: i64,
    unchanged: i64,
    missing: i64,
    rejected: i64,
    deferred: i64,
    expected: Option<i64>,
    trades_imported: i64,
    trades_skipped: i64,
    rows_written: i64,
    pages: i64,
    error: Option<String>,
}

#[derive(ToSchema)]
pub struct Events {
    events: Vec<RunEvent>,
    /// Give it as `after` for the next page.
    cursor: i64,
}

#[derive(ToSchema)]
pub struct RunEvent {
    cursor: i64,
    run: i64,
    connection: i64,
    #[schema(format = DateTime)]
    at: String,
    #[serde(flatten)]
    kind: RunEventKind,
}

#[derive(ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RunEventKind {
    Started {
        trigger: Trigger,
        streams: Vec<String>,
    },
    Page {
        stream: String,
        page: i64,
        counts: Counts,
        expected: Option<i64>,
        rows_written: i64,
        items: Vec<ItemLine>,
    },
    StreamEnded {
        stream: String,
        outcome: Outcome,
        error: Option<String>,
        #[schema(format = DateTime)]
        next_due: Option<String>,
    },
    Finished {
        outcome: Outcome,
        counts: Counts,
        error: Option<String>,
    },
}

#[derive(ToSchema)]
pub struct Counts {
    updated: i64,
    unchanged: i64,
    missing: i64,
    rejected: i64,
    deferred: i64,
}

#[derive(ToSchema)]
pub struct ItemLine {
    item: String,
    status: ItemStatus,
    detail: String,
}

/// One line of the answer to "sync now". The last one is `complete` or `error`, and nothing follows it.
#[derive(ToSchema)]
pub struct SyncLine {
    #[serde(flatten)]
    kind: SyncLineKind,
    sync: i64,
    run: Option<i64>,
    /// Give it as `after` to go on behind this line.
    cursor: i64,
}

#[derive(ToSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum SyncLineKind {
    Start {
        total: i64,
    },
    Progress {
        completed: i64,
        total: i64,
        batch: i64,
        connection: i64,
        items: Vec<ItemLine>,
    },
    Heartbeat,
    /// `updated` counts items that are as the source has them, `failed` those that are not.
    Complete {
        #[schema(format = DateTime)]
        timestamp: String,
        updated: i64,
        failed: i64,
        changed: i64,
        errors: Vec<ConnectionError>,
    },
    Error {
        message: String,
    },
}

#[derive(ToSchema)]
pub struct ConnectionError {
    connection: i64,
    message: String,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncStatus {
    /// Null before the first sync.
    #[schema(format = DateTime)]
    last_synced: Option<String>,
    running: bool,
    connections: i64,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FreshnessReport {
    #[schema(format = DateTime)]
    last_synced: Option<String>,
    connections: Vec<ConnectionFreshness>,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionFreshness {
    connection: i64,
    label: String,
    provider: String,
    status: ConnectionStatus,
    freshness: Freshness,
    #[schema(format = DateTime)]
    last_sync_at: Option<String>,
    #[schema(format = DateTime)]
    as_of: Option<String>,
    gaps: Vec<Gap>,
}

#[derive(ToSchema)]
pub struct Answer {
    columns: Vec<AnswerColumn>,
    /// Decimals are texts, so that no digit is lost.
    rows: Vec<Vec<Json>>,
    /// Whether a limit cut rows off, and which.
    truncated: Option<String>,
}

#[derive(ToSchema)]
pub struct AnswerColumn {
    name: String,
    #[schema(rename = "type")]
    kind: String,
}

#[derive(ToSchema)]
pub struct Verification {
    blocks: Vec<BlockReport>,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BlockReport {
    connection: i64,
    block_id: String,
    checks: Vec<Check>,
    verdict: Verdict,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    name: String,
    status: CheckStatus,
    counted: String,
    checked: i64,
    failed: i64,
    explanation: String,
    examples: Vec<Example>,
}

#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckStatus {
    Holds,
    Fails,
    NotApplicable,
}

#[derive(ToSchema)]
pub struct Example {
    #[schema(format = Date)]
    date: String,
    line: Option<i64>,
    expected: String,
    found: String,
}

#[derive(ToSchema)]
pub struct Verdict {
    agreement: Agreement,
    text: String,
}

#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    Agree,
    DifferentRuns,
    Unknown,
}

#[derive(ToSchema)]
pub struct Tokens {
    tokens: Vec<Token>,
}

/// A token that was just made. Nobody can show its secret again.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewToken {
    id: i64,
    label: String,
    scope: Scope,
    #[schema(format = DateTime)]
    created_at: String,
    /// What `Authorization: Bearer …` carries.
    secret: String,
}

#[derive(ToSchema)]
pub struct LoginLink {
    /// Works once. Its secret stands behind the `#`, where no server and no log sees it.
    url: String,
    #[schema(format = DateTime)]
    until: String,
}

/// Who asks, and what they may do.
#[derive(ToSchema)]
pub struct Session {
    scope: Scope,
    via: Via,
    /// The token's label.
    label: Option<String>,
}

#[derive(ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    Socket,
    Token,
    Session,
}

#[derive(ToSchema)]
pub struct Scheduled {
    connections: Vec<ScheduledConnection>,
}

#[derive(ToSchema)]
pub struct SchedulerRun {
    /// Ids of connections that were due and are being synced now.
    started: Vec<i64>,
    /// Follow them at `/api/sync/{id}/events`.
    syncs: Vec<i64>,
    connections: Vec<ScheduledConnection>,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScheduledConnection {
    id: i64,
    label: String,
    provider: String,
    status: ConnectionStatus,
    #[schema(format = DateTime)]
    last_sync_at: Option<String>,
    last_sync_error: Option<String>,
    #[schema(format = DateTime)]
    next_attempt_at: Option<String>,
}
