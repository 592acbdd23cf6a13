//! The HTTP API. One route table; handlers by resource; every error in one envelope.

mod body;
mod connections;
mod error;
mod log;
mod query;
mod server;
mod sync;
mod verify;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use foliosync_engine::engine::Engine;
use foliosync_engine::model::sync::ConnectionId;
use tokio::sync::watch;
use tokio::time::Instant;

pub use error::{ApiError, CODE_CLOSING};
pub use server::ServerInfo;
pub use sync::USER_AGENT;

/// What handlers share.
pub struct App {
    pub engine: Arc<Engine>,
    pub server: ServerInfo,
    pub closing: Closing,
    /// When each connection was last synced through its own route.
    pub asked: Mutex<BTreeMap<ConnectionId, Instant>>,
}

/// How far the server's end has come.
#[derive(Clone)]
pub struct Closing {
    stage: watch::Sender<Stage>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    Serving,
    /// No new work is taken; pages that are being stored may end.
    Closing,
    /// Streams of progress are cut, so that their readers look for the next server.
    Cut,
}

impl Closing {
    pub fn new() -> Closing {
        Closing { stage: watch::Sender::new(Stage::Serving) }
    }

    pub fn reach(&self, stage: Stage) {
        self.stage.send_modify(|now| *now = stage.max(*now));
    }

    pub fn is_closing(&self) -> bool {
        *self.stage.borrow() >= Stage::Closing
    }

    pub async fn reached(&self, stage: Stage) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.stage.subscribe().wait_for(|now| *now >= stage).await;
    }
}

pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/healthz", get(server::healthz))
        .route("/api/server", get(server::show))
        .route("/api/server/hand-over", post(server::hand_over))
        .route("/api/providers", get(server::providers))
        .route("/api/connections", get(connections::list).post(connections::add))
        .route("/api/connections/{id}", get(connections::show).patch(connections::edit).delete(connections::remove))
        .route("/api/connections/{id}/sync", post(sync::one))
        .route("/api/freshness", get(connections::freshness))
        .route("/api/sync", post(sync::start))
        .route("/api/sync/status", get(sync::status))
        .route("/api/sync/{id}/events", get(sync::resume))
        .route("/api/runs", get(log::runs))
        .route("/api/runs/{id}", get(log::run))
        .route("/api/runs/{id}/events", get(log::run_events))
        .route("/api/events", get(log::events))
        .route("/api/query", post(query::query))
        .route("/api/verify", get(verify::verify))
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(middleware::from_fn_with_state(Arc::clone(&app), refuse_when_closing))
        .with_state(app)
}

async fn refuse_when_closing(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if app.closing.is_closing() {
        return ApiError::closing().into_response();
    }
    next.run(request).await
}

async fn no_route(request: Request) -> ApiError {
    ApiError::not_found(format!("there is no {}", request.uri().path()), "the routes begin with /api/")
}

async fn no_method(request: Request) -> ApiError {
    ApiError::no_method(request.method(), request.uri().path())
}
