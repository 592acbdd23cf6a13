//! "Sync now", told line by line as it happens. The work goes on when the client leaves, and can be followed again.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::Extension;
use axum::body::{Body as HttpBody, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use foliosync_engine::engine::{SyncLine, SyncLineKind, SyncNow};
use foliosync_engine::model::sync::{ConnectionId, Cursor, RequestId, SyncOptions, SyncRequest, Trigger};
use foliosync_engine::status::Status;
use futures_util::stream;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

use super::body::{Body, Id, Params};
use super::guard::{Caller, Via};
use super::{ApiError, App, Stage, schema};

/// How often one connection may be synced through its own route.
const ONE_SYNC_EVERY: Duration = Duration::from_secs(60);
/// The program's own commands call themselves this: what they ask for, a person asked for.
pub const USER_AGENT: &str = concat!("foliosync/", env!("CARGO_PKG_VERSION"));
/// And this where a model asked for it, over MCP.
pub const MODEL_AGENT: &str = concat!("foliosync-mcp/", env!("CARGO_PKG_VERSION"));

#[derive(Deserialize, Default, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SyncBody {
    /// None means all that are switched on.
    #[schema(value_type = Vec<i64>)]
    connections: Vec<ConnectionId>,
    /// None means all.
    streams: Vec<String>,
    #[schema(value_type = schema::SyncOptions)]
    options: SyncOptions,
}

#[derive(Deserialize, Default, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct OneBody {
    /// None means all.
    streams: Vec<String>,
    #[schema(value_type = schema::SyncOptions)]
    options: SyncOptions,
}

#[derive(Deserialize, Default, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct ResumeParams {
    /// Lines behind this cursor; from the beginning without it.
    #[param(value_type = Option<i64>)]
    after: Option<Cursor>,
}

pub async fn start(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Body(body): Body<SyncBody>,
) -> Result<Response, ApiError> {
    let SyncBody { connections, streams, options } = body;
    let ask = SyncNow { connections, streams, options, trigger: trigger(&caller, &headers) };
    let request = app.engine.sync_now(ask).await?;
    Ok(tell(&app, &caller, request, None))
}

pub async fn one(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Id(id): Id,
    Body(body): Body<OneBody>,
) -> Result<Response, ApiError> {
    let connection = app.engine.connection(id).await?;
    take_turn(&app, id, &connection.label)?;
    let ask = SyncNow {
        connections: vec![id],
        streams: body.streams,
        options: body.options,
        trigger: trigger(&caller, &headers),
    };
    match app.engine.sync_now(ask).await {
        Ok(request) => Ok(tell(&app, &caller, request, None)),
        Err(error) => {
            // What was refused used up nobody's turn.
            app.asked.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
            Err(error.into())
        }
    }
}

pub async fn resume(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Id(id): Id,
    Params(params): Params<ResumeParams>,
) -> Result<Response, ApiError> {
    let request = app.engine.sync_request(id).await?;
    Ok(tell(&app, &caller, request, params.after))
}

pub async fn status(State(app): State<Arc<App>>) -> Result<Response, ApiError> {
    let last_synced = app.engine.last_synced().await?;
    let views = app.engine.connection_views().await?;
    let running = views.iter().any(|view| view.status == Status::Syncing);
    let current = app.engine.current_sync().await?;
    let body = json!({ "lastSynced": last_synced, "running": running, "current": current, "connections": views.len() });
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

/// A person asks with the program's own commands, or with a browser.
fn trigger(caller: &Caller, headers: &HeaderMap) -> Trigger {
    let agent = headers.get(header::USER_AGENT).map_or(&b""[..], |agent| agent.as_bytes());
    if agent == MODEL_AGENT.as_bytes() {
        return Trigger::Mcp;
    }
    let ours = agent.starts_with(b"foliosync/");
    if ours || matches!(caller.via, Via::Session(_)) { Trigger::Manual } else { Trigger::Api }
}

/// The answer: one JSON object a line. Where to go on after a break is in `content-location` before the first line.
fn tell(app: &Arc<App>, caller: &Caller, request: SyncRequest, after: Option<Cursor>) -> Response {
    let place = format!("/api/sync/{}/events", request.id);
    let told = Told {
        app: Arc::clone(app),
        sync: request.id,
        cursor: after,
        begun_at: request.after,
        over_socket: matches!(caller.via, Via::Socket),
        ended: false,
        lines: Arc::clone(&app.engine).follow(request, after),
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    if let Ok(place) = HeaderValue::try_from(place) {
        headers.insert(header::CONTENT_LOCATION, place);
    }
    (headers, HttpBody::from_stream(stream::unfold(told, Told::next))).into_response()
}

/// A sync that is being told to one client.
struct Told {
    app: Arc<App>,
    sync: RequestId,
    /// Of the last line that this client has.
    cursor: Option<Cursor>,
    /// Where the sync began in the log.
    begun_at: Cursor,
    over_socket: bool,
    ended: bool,
    lines: mpsc::Receiver<SyncLine>,
}

impl Told {
    async fn next(mut self) -> Option<(std::io::Result<Bytes>, Told)> {
        if self.ended {
            return None;
        }
        let line = tokio::select! {
            biased;
            line = self.lines.recv() => line?,
            () = self.app.closing.reached(Stage::Cut) => {
                self.ended = true;
                // Our own commands go on with the next server by themselves: to them a cut says that there is more.
                if self.over_socket {
                    return Some((Err(std::io::Error::other("the server is closing")), self));
                }
                self.last_line()
            }
        };
        self.cursor = Some(line.cursor);
        let mut text = serde_json::to_vec(&line).map_err(std::io::Error::other);
        if let Ok(text) = &mut text {
            text.push(b'\n');
        }
        Some((text.map(Bytes::from), self))
    }

    /// Every answer ends with one line that says how, also where the server ends before the sync does.
    fn last_line(&self) -> SyncLine {
        let after = self.cursor.map(|cursor| format!("?after={cursor}")).unwrap_or_default();
        let message = format!(
            "the server stops; the sync goes on when it runs again, and GET /api/sync/{}/events{after} tells the rest",
            self.sync
        );
        let cursor = self.cursor.unwrap_or(self.begun_at);
        SyncLine { kind: SyncLineKind::Error { message }, sync: self.sync, run: None, cursor }
    }
}
