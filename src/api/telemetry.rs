//! What every request gets, whatever it asks for: an id, a line in the log, counters, the check that it is meant for us,
//! and headers that keep browsers careful. Queries, headers and bodies are never logged: they may hold secrets.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use tokio::time::Instant;
use tracing::Instrument;

use super::guard::Peer;
use super::{ApiError, App};
use crate::access::Stranger;

const REQUESTS: &str = "foliosync_api_requests_total";
const SECONDS: &str = "foliosync_api_request_seconds";
const BUCKETS_SECONDS: [f64; 8] = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0, 60.0];
/// How often measurements that nobody collects are folded.
const UPKEEP_SECONDS: Duration = Duration::from_secs(15);

const CAREFUL: [(HeaderName, HeaderValue); 3] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
];

/// From here on, whatever the program counts is found at `/metrics`.
pub fn install() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new().set_buckets(&BUCKETS_SECONDS)?.install_recorder()?;
    metrics::describe_counter!(REQUESTS, "Requests answered, by route and status");
    metrics::describe_histogram!(SECONDS, metrics::Unit::Seconds, "Time until the head of the answer");
    foliosync_engine::telemetry::describe();
    Ok(handle)
}

pub async fn upkeep(handle: PrometheusHandle) {
    let mut interval = tokio::time::interval(UPKEEP_SECONDS);
    loop {
        interval.tick().await;
        handle.run_upkeep();
    }
}

pub async fn metrics(State(app): State<Arc<App>>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], app.metrics.render()).into_response()
}

pub async fn watch(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    static COUNTED: AtomicU64 = AtomicU64::new(0);
    // Tells requests of one server apart; its log begins with who it is.
    let id = format!("{:08x}", COUNTED.fetch_add(1, Ordering::Relaxed));
    let begun = Instant::now();
    let method = known(request.method());
    // The pattern, never the path: paths that match nothing are anything at all.
    let route = request.extensions().get::<MatchedPath>().map_or("none".into(), |path| path.as_str().to_string());
    let span = tracing::info_span!("request", id, method, route, client = client(&app, &request));
    let mut response = async {
        let response = match stranger(&app, &request) {
            Some(refused) => refused.into_response(),
            None => next.run(request).await,
        };
        let millis = begun.elapsed().as_millis();
        tracing::debug!(status = response.status().as_u16(), millis, "answered");
        response
    }
    .instrument(span)
    .await;

    let status = response.status().as_u16().to_string();
    metrics::counter!(REQUESTS, "method" => method, "route" => route.clone(), "status" => status).increment(1);
    metrics::histogram!(SECONDS, "method" => method, "route" => route).record(begun.elapsed().as_secs_f64());
    let headers = response.headers_mut();
    headers.extend(CAREFUL);
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::try_from(id) {
        headers.insert("x-request-id", id);
    }
    response
}

/// Why a request over TCP is not for us.
fn stranger(app: &App, request: &Request) -> Option<ApiError> {
    if super::guard::is_own(request) {
        return None;
    }
    match app.face.as_ref().map(|face| face.check(request.uri(), request.headers())) {
        Some(Ok(())) => None,
        Some(Err(Stranger::Origin)) => Some(ApiError::origin()),
        // Without a face there is no TCP.
        Some(Err(Stranger::Host)) | None => Some(ApiError::host()),
    }
}

fn client(app: &App, request: &Request) -> String {
    match (request.extensions().get(), &app.face) {
        (Some(ConnectInfo(Peer::Own)), _) => "own user".into(),
        (Some(ConnectInfo(Peer::Tcp(peer))), Some(face)) => face.client(peer.ip(), request.headers()).to_string(),
        _ => "unknown".into(),
    }
}

/// Methods are a closed set in the counters, whatever is sent.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PATCH => "PATCH",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
