//! The server itself, errors, queries, checks.

use serde_json::Value as Json;
use utoipa::ToSchema;

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
    /// Whether it syncs by itself; without, it does what it is asked for.
    schedules: bool,
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
pub struct Answer {
    columns: Vec<AnswerColumn>,
    /// Decimals are texts, so that no digit is lost.
    rows: Vec<Vec<Json>>,
    /// Whether a limit cut rows off, and which.
    truncated: Option<String>,
    snapshot: Snapshot,
}

/// Which commits an answer saw.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// The last line of the log in it.
    cursor: i64,
    /// Everything that was committed before this moment is in it.
    #[schema(format = DateTime)]
    at: String,
    age_ms: i64,
}

/// A copy that anybody may open, with nothing secret in it.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotFile {
    cursor: i64,
    #[schema(format = DateTime)]
    at: String,
    age_ms: i64,
    /// On the server's machine.
    path: String,
    bytes: u64,
}

#[derive(ToSchema)]
pub struct Tables {
    tables: Vec<TableInfo>,
}

#[derive(ToSchema)]
pub struct TableInfo {
    schema: String,
    name: String,
    /// `table` or `view`.
    kind: String,
    doc: Option<String>,
    /// Of tables only.
    rows: Option<i64>,
    columns: Vec<ColumnInfo>,
}

#[derive(ToSchema)]
pub struct ColumnInfo {
    name: String,
    #[schema(rename = "type")]
    kind: String,
    doc: Option<String>,
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
