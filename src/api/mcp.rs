//! The tools for language models over HTTP. They ask our own routes, as whoever asks them.

use axum::Extension;
use axum::Router;
use axum::extract::Request;
use axum::response::Response;

use super::ApiError;
use crate::mcp::over_http;

/// All routes, for handlers that ask some of them. Only the outer router holds one, so nothing holds itself.
#[derive(Clone)]
pub struct OwnRoutes(pub Router);

pub async fn speak(routes: Option<Extension<OwnRoutes>>, request: Request) -> Result<Response, ApiError> {
    match routes {
        Some(Extension(OwnRoutes(routes))) => Ok(over_http(routes, request).await),
        None => Err(ApiError::not_found("no tool calls this", "")),
    }
}
