//! The tools for language models over HTTP. They ask our own routes, as whoever asks them.

use axum::Extension;
use axum::extract::Request;
use axum::response::Response;

use super::ApiError;
use crate::mcp::{OwnRoutes, over_http};

/// Only the outer router has the routes, so nothing holds itself.
pub async fn speak(routes: Option<Extension<OwnRoutes>>, request: Request) -> Result<Response, ApiError> {
    match routes {
        Some(Extension(routes)) => Ok(over_http(routes, request).await),
        None => Err(ApiError::not_found("no tool calls this", "")),
    }
}
