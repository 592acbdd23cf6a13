//! SQL that only reads.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use bytes::BytesMut;
use foliosync_engine::limits::{QUERY_ROWS_MAX, QUERY_SECONDS_MAX};
use foliosync_engine::store::{QueryAsk, Rows, RowsFormat, SnapshotFile};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use utoipa::ToSchema;

use super::body::Body;
use super::{ApiError, App};

const ARROW: &str = "application/vnd.apache.arrow.stream";
const DOWNLOAD_PART_BYTES: usize = 256 << 10;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct QueryBody {
    sql: String,
    /// Rows of the answer that are passed over: give the statement an ORDER BY.
    #[serde(default)]
    offset: usize,
    /// Rows that the answer has at most.
    #[serde(default = "rows_max")]
    limit: usize,
    /// How old the rows may be where newer ones were committed; a few seconds where it is not said.
    max_age_ms: Option<u64>,
    /// Time after which it is stopped; 30 seconds, where it is not said, and at most.
    timeout_ms: Option<u64>,
}

fn rows_max() -> usize {
    QUERY_ROWS_MAX
}

/// As JSON, or as a stream of Arrow's IPC format for those that accept it; then headers say the rest.
pub async fn query(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Body(body): Body<QueryBody>,
) -> Result<Response, ApiError> {
    let QueryBody { sql, offset, limit, max_age_ms, timeout_ms } = body;
    let time_max = timeout_ms.map_or(QUERY_SECONDS_MAX, Duration::from_millis);
    if limit > QUERY_ROWS_MAX {
        let hint = format!("ask for {QUERY_ROWS_MAX} at most, and go on with offset; `foliosync export` writes all");
        return Err(ApiError::input(format!("{limit} rows are too many for one answer"), hint));
    }
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let format = if accepted.contains(ARROW) { RowsFormat::Arrow } else { RowsFormat::Json };
    let (age_max, now) = (max_age_ms.map(Duration::from_millis), app.engine.now());
    let mut answer = app.engine.query(QueryAsk { sql, offset, limit, format, age_max, time_max, now }).await?;
    let Rows::Arrow(rows) = &mut answer.rows else { return Ok(Json(answer).into_response()) };
    let rows = std::mem::take(rows);
    let told = [
        (header::CONTENT_TYPE.as_str(), ARROW.to_string()),
        ("foliosync-cursor", answer.snapshot.cursor.to_string()),
        ("foliosync-at", answer.snapshot.at.to_string()),
        ("foliosync-age-ms", answer.snapshot.age_ms.to_string()),
        ("foliosync-truncated", answer.truncated.unwrap_or_default()),
    ];
    Ok((told, rows).into_response())
}

/// Up to date, because whoever asks will look at it once.
pub async fn snapshot(State(app): State<Arc<App>>) -> Result<Json<SnapshotFile>, ApiError> {
    Ok(Json(app.engine.snapshot(Duration::ZERO).await?))
}

pub async fn download(State(app): State<Arc<App>>) -> Result<Response, ApiError> {
    let SnapshotFile { path, bytes, .. } = app.engine.snapshot(Duration::ZERO).await?;
    // One that takes its place meanwhile has another length.
    let failed = |error| ApiError::failed("store", format!("the copy cannot be read: {error}"), "try again");
    let file = tokio::fs::File::open(path).await.map_err(failed)?;
    let length = file.metadata().await.map_or(bytes, |meta| meta.len());
    let rest = futures_util::stream::try_unfold(file, |mut file| async move {
        let mut part = BytesMut::with_capacity(DOWNLOAD_PART_BYTES);
        let read = file.read_buf(&mut part).await?;
        Ok::<_, std::io::Error>((read > 0).then(|| (part.freeze(), file)))
    });
    let told = [
        (header::CONTENT_TYPE, "application/vnd.duckdb".to_string()),
        (header::CONTENT_LENGTH, length.to_string()),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"foliosync.duckdb\"".to_string()),
    ];
    Ok((told, axum::body::Body::from_stream(rest)).into_response())
}

pub async fn tables(State(app): State<Arc<App>>) -> Result<Json<Value>, ApiError> {
    Ok(Json(json!({ "tables": app.engine.describe().await? })))
}
