//! "Sync now", told line by line as it happens. The work goes on when the client leaves, and can be followed again.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::body::{Body as HttpBody, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use foliosync_engine::engine::{SyncLine, SyncNow};
use foliosync_engine::model::sync::{ConnectionId, Cursor, SyncOptions, SyncRequest, Trigger};
use foliosync_engine::status::Status;
use futures_util::stream;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::body::{Body, Id, Params};
use super::{ApiError, App, Stage};

/// How often one connection may be synced through its own route.
const ONE_SYNC_EVERY: Duration = Duration::from_secs(60);
/// The program's own commands call themselves this: what they ask for, a person asked for.
pub const USER_AGENT: &str = concat!("foliosync/", env!("CARGO_PKG_VERSION"));

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SyncBody {
    connections: Vec<ConnectionId>,
    streams: Vec<String>,
    options: SyncOptions,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct OneBody {
    streams: Vec<String>,
    options: SyncOptions,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct ResumeParams {
    after: Option<Cursor>,
}

pub async fn start(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Body(body): Body<SyncBody>,
) -> Result<Response, ApiError> {
    let SyncBody { connections, streams, options } = body;
    let ask = SyncNow { connections, streams, options, trigger: trigger(&headers) };
    let request = app.engine.sync_now(ask).await?;
    Ok(tell(&app, request, None))
}

pub async fn one(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Id(id): Id,
    Body(body): Body<OneBody>,
) -> Result<Response, ApiError> {
    let connection = app.engine.connection(id).await?;
    take_turn(&app, id, &connection.label)?;
    let ask =
        SyncNow { connections: vec![id], streams: body.streams, options: body.options, trigger: trigger(&headers) };
    match app.engine.sync_now(ask).await {
        Ok(request) => Ok(tell(&app, request, None)),
        Err(error) => {
            // What was refused used up nobody's turn.
            app.asked.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
            Err(error.into())
        }
    }
}

pub async fn resume(
    State(app): State<Arc<App>>,
    Id(id): Id,
    Params(params): Params<ResumeParams>,
) -> Result<Response, ApiError> {
    let request = app.engine.sync_request(id).await?;
    Ok(tell(&app, request, params.after))
}

pub async fn status(State(app): State<Arc<App>>) -> Result<Response, ApiError> {
    let last_synced = app.engine.last_synced().await?;
    let views = app.engine.connection_views().await?;
    let running = views.iter().any(|view| view.status == Status::Syncing);
    let body = json!({ "lastSynced": last_synced, "running": running, "connections": views.len() });
    Ok(([(header::CACHE_CONTROL, "no-store")], axum::Json(body)).into_response())
}

/// Counts one sync of a connection through its own route, or says how long to wait.
fn take_turn(app: &App, id: ConnectionId, label: &str) -> Result<(), ApiError> {
    let mut asked = app.asked.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(left) = asked.get(&id).and_then(|at| ONE_SYNC_EVERY.checked_sub(at.elapsed())) {
        let message = format!("`{label}` was synced less than {} seconds ago", ONE_SYNC_EVERY.as_secs());
        return Err(ApiError::too_soon(left.as_secs() + 1, message));
    }
    asked.insert(id, Instant::now());
    Ok(())
}

fn trigger(headers: &HeaderMap) -> Trigger {
    let ours = headers.get(header::USER_AGENT).is_some_and(|agent| agent.as_bytes().starts_with(b"foliosync/"));
    if ours { Trigger::Manual } else { Trigger::Api }
}

/// The answer: one JSON object a line. Where to go on after a break is in `content-location` before the first line.
fn tell(app: &Arc<App>, request: SyncRequest, after: Option<Cursor>) -> Response {
    let place = format!("/api/sync/{}/events", request.id);
    let lines = Arc::clone(&app.engine).follow(request, after);
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    if let Ok(place) = HeaderValue::try_from(place) {
        headers.insert(header::CONTENT_LOCATION, place);
    }
    (headers, HttpBody::from_stream(bytes(Arc::clone(app), lines))).into_response()
}

fn bytes(app: Arc<App>, lines: mpsc::Receiver<SyncLine>) -> impl stream::Stream<Item = std::io::Result<Bytes>> {
    stream::unfold((app, lines), |(app, mut lines)| async move {
        let line = tokio::select! {
            biased;
            line = lines.recv() => line,
            // A cut, not an end: whoever reads knows that there is more, and where.
            () = app.closing.reached(Stage::Cut) => {
                return Some((Err(std::io::Error::other("the server is closing")), (app, lines)));
            }
        }?;
        let mut text = serde_json::to_vec(&line).map_err(std::io::Error::other);
        if let Ok(text) = &mut text {
            text.push(b'\n');
        }
        Some((text.map(Bytes::from), (app, lines)))
    })
}
