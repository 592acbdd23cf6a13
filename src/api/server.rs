//! The server itself: who it is, what it can pull from, and making room for another.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use foliosync_engine::provider::ProviderSpec;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{ApiError, App, Stage};

/// Who serves a data folder; also the contents of `serve.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerInfo {
    /// New with every start.
    pub instance: String,
    pub version: String,
    pub pid: u32,
    pub started_at: Timestamp,
    /// Whether a command started it, so that it leaves by itself.
    pub auto: bool,
    /// Whether it syncs by itself; without, it does what it is asked for.
    #[serde(default)]
    pub schedules: bool,
    /// Address and port that it answers on over TCP.
    pub listen: Option<String>,
    /// Where browsers find it.
    pub url: Option<String>,
}

/// How long the database may take to answer a small question.
const READY_SECONDS_MAX: Duration = Duration::from_secs(2);

pub async fn healthz() -> &'static str {
    "ok\n"
}

/// A server that is about to end is refused before this.
pub async fn readyz(State(app): State<Arc<App>>) -> Result<&'static str, ApiError> {
    let hint = "`foliosync doctor` looks for the cause";
    match tokio::time::timeout(READY_SECONDS_MAX, app.engine.last_synced()).await {
        Ok(read) => Ok(read.map(|_| "ready\n")?),
        Err(_) => Err(ApiError::failed("store", "the database does not answer in time", hint)),
    }
}

pub async fn show(State(app): State<Arc<App>>) -> Json<ServerInfo> {
    Json(app.server.clone())
}

/// Only a server that a command started makes room: one that its user started is the user's to stop.
pub async fn hand_over(State(app): State<Arc<App>>) -> Result<Json<Value>, ApiError> {
    if !app.server.auto {
        let message = format!("the server with pid {} was not started by a command", app.server.pid);
        return Err(ApiError::conflict(message, "stop it where it was started"));
    }
    tracing::info!("handing over");
    app.closing.reach(Stage::Closing);
    Ok(Json(json!({ "closing": true })))
}

pub async fn providers(State(app): State<Arc<App>>) -> Json<Value> {
    let specs: Vec<&'static ProviderSpec> = app.engine.providers().iter().map(|provider| provider.spec()).collect();
    Json(json!({ "providers": specs }))
}
