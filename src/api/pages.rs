//! What browsers get: the page that signs them in, and the dashboard, which is compiled in from `web/dist`.
//!
//! Nothing here is secret, so nothing is guarded: what the dashboard shows it asks the API for, as everybody does.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::ApiError;

/// Without Node the folder is not there, and the program is built without it.
#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Dashboard;

const INDEX: &str = "index.html";
/// Names in this folder change with what is in them.
const HASHED: &str = "assets/";

pub async fn home(headers: HeaderMap) -> Response {
    index(&headers)
}

pub async fn login() -> Html<&'static str> {
    Html(include_str!("pages/login.html"))
}

pub async fn login_script() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("pages/login.js")).into_response()
}

/// Files of the dashboard, and its pages, whose names only it knows.
pub async fn other(request: Request) -> Response {
    let path = request.uri().path();
    let is_asked = [Method::GET, Method::HEAD].contains(request.method()) && !path.starts_with("/api/");
    let name = path.trim_start_matches('/');
    if is_asked && let Some(found) = file(name, request.headers()) {
        return found;
    }
    let accepts = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    if is_asked && !name.starts_with(HASHED) && accepts.is_some_and(|accept| accept.contains("text/html")) {
        return index(request.headers());
    }
    ApiError::not_found(format!("there is no {path}"), "the routes begin with /api/").into_response()
}

fn index(headers: &HeaderMap) -> Response {
    file(INDEX, headers).unwrap_or_else(|| Html(include_str!("pages/home.html")).into_response())
}

/// A file of the dashboard, compressed where it is there so and the browser takes it.
fn file(name: &str, headers: &HeaderMap) -> Option<Response> {
    let plain = Dashboard::get(name)?;
    let encodings = headers.get(header::ACCEPT_ENCODING).and_then(|encodings| encodings.to_str().ok());
    let takes_gzip = encodings.is_some_and(|all| all.split(',').any(|one| one.trim() == "gzip"));
    let packed = Dashboard::get(&format!("{name}.gz"));
    let is_packed = takes_gzip && packed.is_some();
    let EmbeddedFile { data, metadata } = packed.filter(|_| is_packed).unwrap_or(plain);
    let tag = metadata.sha256_hash().iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>();
    let tag = format!("\"{tag}\"");
    let is_known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response =
        if is_known { StatusCode::NOT_MODIFIED.into_response() } else { Body::from(data).into_response() };
    let kept = if name.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let head = response.headers_mut();
    head.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    head.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    head.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if is_packed {
        head.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    if let Ok(tag) = HeaderValue::try_from(tag) {
        head.insert(header::ETAG, tag);
    }
    Some(response)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        "json" => "application/json",
        _ => "application/octet-stream",
    }
}
