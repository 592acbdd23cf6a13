//! For schedulers outside: what is due, and "sync what is due".

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use foliosync_engine::engine::SyncNow;
use foliosync_engine::model::sync::{ConnectionId, SyncOptions, Trigger};
use foliosync_engine::status::{ConnectionView, Status};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{ApiError, App};

pub async fn report(State(app): State<Arc<App>>) -> Result<Json<Value>, ApiError> {
    Ok(Json(json!({ "connections": lines(&app.engine.connection_views().await?) })))
}

/// What is due is asked for as a person would, stream by stream: what is not due stays so, and what runs already is left
/// to its run. The answer does not wait for the end.
pub async fn run(State(app): State<Arc<App>>) -> Result<Json<Value>, ApiError> {
    let now = app.engine.now();
    let mut due: BTreeMap<Vec<String>, Vec<ConnectionId>> = BTreeMap::new();
    for view in app.engine.connection_views().await? {
        let streams = due_streams(&view, now);
        if !streams.is_empty() {
            due.entry(streams).or_default().push(view.connection.id);
        }
    }
    let mut started: Vec<ConnectionId> = due.values().flatten().copied().collect();
    started.sort_unstable();
    let mut syncs = Vec::new();
    for (streams, connections) in due {
        let ask = SyncNow { connections, streams, options: SyncOptions::default(), trigger: Trigger::Api };
        syncs.push(app.engine.sync_now(ask).await?.id);
    }
    let connections = lines(&app.engine.connection_views().await?);
    Ok(Json(json!({ "started": started, "syncs": syncs, "connections": connections })))
}

fn due_streams(view: &ConnectionView, now: Timestamp) -> Vec<String> {
    if !view.connection.sync_enabled || view.status == Status::Syncing {
        return Vec::new();
    }
    let due = view.streams.iter().filter(|stream| stream.next_due.is_some_and(|due| due <= now));
    due.map(|stream| stream.name.clone()).collect()
}

fn lines(views: &[ConnectionView]) -> Vec<Value> {
    let line = |view: &ConnectionView| {
        json!({
            "id": view.connection.id,
            "label": view.connection.label,
            "provider": view.connection.provider,
            "status": view.status,
            "lastSyncAt": view.last_sync_at,
            "lastSyncError": view.last_sync_error,
            "nextAttemptAt": view.next_attempt_at,
        })
    };
    views.iter().map(line).collect()
}
