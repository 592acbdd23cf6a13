//! The HTTP API. One route table; handlers by resource; every error in one envelope.

mod access;
mod accounts;
mod body;
mod connections;
mod document;
mod error;
mod guard;
mod instruments;
mod log;
mod mcp;
mod notifications;
mod pages;
mod prices;
mod query;
mod route;
mod routes;
mod safety;
mod scheduler;
mod schema;
mod server;
mod settings;
mod sync;
mod telemetry;
mod verify;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use foliosync_engine::engine::Engine;
use foliosync_engine::model::sync::ConnectionId;
use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::SecretString;
use serde_json::Value as Json;
use tokio::sync::watch;
use tokio::time::Instant;

pub use access::login_link;
pub use error::{ApiError, CODE_CLOSING};
use guard::Guard;
pub use guard::{Peer, SCOPE_HEADER};
pub use server::ServerInfo;
pub use sync::{MODEL_AGENT, USER_AGENT};
pub use telemetry::{install, upkeep};

use crate::access::{Access, Attempts, Face, Scope};
use crate::data_folder::DataFolder;
use crate::keys::KeyPlace;
use crate::mcp::OwnRoutes;
use crate::notify::Notifiers;

/// What handlers share.
pub struct App {
    pub engine: Arc<Engine>,
    pub server: ServerInfo,
    pub closing: Closing,
    pub folder: DataFolder,
    pub keys: KeyPlace,
    /// When each connection was last synced through its own route.
    pub asked: Mutex<BTreeMap<ConnectionId, Instant>>,
    pub access: Access,
    /// Where it answers over TCP, if it does.
    pub face: Option<Face>,
    pub scheduler_secret: Option<SecretString>,
    pub metrics: PrometheusHandle,
    pub metrics_open: bool,
    /// Tokens, cookies and links that were wrong.
    pub attempts: Attempts,
    pub scheduler_attempts: Attempts,
    /// The API's document.
    pub document: Json,
    pub notifiers: Arc<Notifiers>,
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

/// What `/metrics` needs is the user's choice.
fn table(metrics_open: bool) -> Vec<route::Route> {
    routes::table(if metrics_open { Guard::Open } else { Guard::Needs(Scope::Read) })
}

pub fn document(metrics_open: bool) -> Json {
    document::document(&table(metrics_open))
}

pub fn router(app: &Arc<App>) -> Router {
    routes(app).layer(Extension(OwnRoutes::new(routes(app))))
}

fn routes(app: &Arc<App>) -> Router {
    table(app.metrics_open)
        .into_iter()
        .fold(Router::new(), |router, route| route.add_to(router, app))
        .fallback(pages::other)
        .method_not_allowed_fallback(no_method)
        .layer(middleware::from_fn_with_state(Arc::clone(app), refuse_when_closing))
        .layer(middleware::from_fn_with_state(Arc::clone(app), telemetry::watch))
        .with_state(Arc::clone(app))
}

async fn refuse_when_closing(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if app.closing.is_closing() {
        return ApiError::closing().into_response();
    }
    next.run(request).await
}

async fn no_method(request: Request) -> ApiError {
    ApiError::no_method(request.method(), request.uri().path())
}
