//! Syncs, runs and their logs.

use utoipa::ToSchema;

use super::connection::ConnectionStatus;

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
pub struct RunDays {
    days: Vec<RunDay>,
}

/// The sums of a connection's runs that began on one day in UTC.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunDay {
    connection_id: i64,
    #[schema(format = Date)]
    day: String,
    runs: i64,
    runs_ok: i64,
    runs_partial: i64,
    runs_failed: i64,
    runs_needsuser: i64,
    runs_deferred: i64,
    runs_interrupted: i64,
    duration_ms: i64,
    updated: i64,
    unchanged: i64,
    missing: i64,
    rejected: i64,
    deferred: i64,
    trades_imported: i64,
    trades_skipped: i64,
    rows_written: i64,
    pages: i64,
    /// What failed last.
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
    /// Whether any connection is being read.
    running: bool,
    /// The newest sync that was asked for and is not over; `GET /api/sync/{id}/events` follows it.
    current: Option<CurrentSync>,
    connections: i64,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CurrentSync {
    sync: i64,
    #[schema(format = DateTime)]
    started_at: String,
    /// Items done so far.
    completed: i64,
    /// Items in all, as far as is known.
    total: i64,
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
