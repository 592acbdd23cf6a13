//! Connections, what they pull from, and how fresh they are.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use utoipa::ToSchema;

use super::prices::{PriceTotals, Quota};
use super::run::{ItemStatus, Outcome, Run, SyncOptions, Trigger};

#[derive(ToSchema)]
pub struct Providers {
    providers: Vec<Provider>,
}

#[derive(ToSchema)]
pub struct Provider {
    id: String,
    name: String,
    summary: String,
    /// `mirror` where committed rows are copied to it.
    role: Role,
    /// Whether its contract was never checked against the service itself.
    experimental: bool,
    settings: Vec<Setting>,
    hosts: Vec<Host>,
    streams: Vec<ProviderStream>,
    interval: Interval,
    /// What one item is called on screen.
    item_noun: String,
}

/// Which way rows go: from a source, to a mirror.
#[derive(ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Source,
    Mirror,
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
    /// A credential: given among the credentials, and never shown.
    Secret,
}

/// Where it is reached.
#[derive(ToSchema)]
pub struct Host {
    key: String,
    url: String,
}

#[derive(ToSchema)]
pub struct ProviderStream {
    name: String,
    summary: String,
    cadence: Cadence,
}

/// How often a stream runs: `interval`, as its connection does, or every so many seconds. One that is `watching` runs as
/// often as its connection and asks about every so many seconds.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cadence {
    Interval,
    EverySecs(i64),
    Watching(i64),
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
    role: Role,
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
    /// Which credentials there are, by key; never what they are.
    credentials: BTreeMap<String, Credential>,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Credential {
    set: bool,
    #[schema(format = DateTime)]
    set_at: Option<String>,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewConnection {
    provider: String,
    label: String,
    #[schema(required = false)]
    settings: BTreeMap<String, String>,
    /// Secrets by the key of the setting.
    #[schema(required = false)]
    credentials: BTreeMap<String, String>,
    /// Any name, for filters.
    owner: Option<String>,
    /// Minutes between scheduled syncs.
    sync_interval_min: Option<i64>,
}

/// What is to be tried out.
#[derive(ToSchema)]
pub struct ConnectionDraft {
    /// The connection that would be changed: what is not given is as it is there.
    connection: Option<i64>,
    provider: String,
    #[schema(required = false)]
    settings: BTreeMap<String, String>,
    /// Secrets by the key of the setting.
    #[schema(required = false)]
    credentials: BTreeMap<String, String>,
}

/// What is given is changed; the rest stays.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionEdit {
    label: Option<String>,
    #[schema(required = false)]
    settings: BTreeMap<String, String>,
    /// Secrets by the key of the setting; null erases one.
    #[schema(required = false)]
    credentials: BTreeMap<String, Option<String>>,
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
#[serde(rename_all = "camelCase")]
pub struct FreshnessReport {
    #[schema(format = DateTime)]
    last_synced: Option<String>,
    connections: Vec<ConnectionFreshness>,
    prices: PriceTotals,
    /// What is left of each budget of requests.
    budgets: Vec<Quota>,
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
    /// The oldest of its streams'.
    #[schema(format = DateTime)]
    as_of: Option<String>,
    streams: Vec<StreamFreshness>,
    gaps: Vec<Gap>,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StreamFreshness {
    name: String,
    freshness: Freshness,
    /// The time that the source itself gives for its data.
    #[schema(format = DateTime)]
    as_of: Option<String>,
    #[schema(format = DateTime)]
    last_success: Option<String>,
    /// Why the last attempt failed.
    error: Option<String>,
}
