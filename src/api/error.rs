//! The error envelope. What was given wrong is a 4xx that says what would be right; what failed here is a 503.

use axum::Json;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use foliosync_engine::engine::EngineError;
use foliosync_engine::store::StoreError;
use serde::Serialize;

/// The server is about to end and did nothing; ask again, and the next one answers.
pub const CODE_CLOSING: &str = "closing";

#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    hint: String,
    retry_after_secs: Option<u64>,
}

#[derive(Serialize)]
struct Envelope {
    code: &'static str,
    message: String,
    hint: String,
}

impl ApiError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>, hint: impl Into<String>) -> ApiError {
        ApiError { status, code, message: message.into(), hint: hint.into(), retry_after_secs: None }
    }

    pub fn input(message: impl Into<String>, hint: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::BAD_REQUEST, "input", message, hint)
    }

    pub fn not_found(message: impl Into<String>, hint: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::NOT_FOUND, "not_found", message, hint)
    }

    pub fn no_method(method: &Method, path: &str) -> ApiError {
        let message = format!("{path} does not take {method}");
        ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method", message, "the header Allow names what it takes")
    }

    pub fn conflict(message: impl Into<String>, hint: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::CONFLICT, "conflict", message, hint)
    }

    pub fn too_large(max_bytes: usize) -> ApiError {
        let message = format!("the body is larger than {max_bytes} bytes");
        ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message, "send less")
    }

    pub fn too_soon(wait_secs: u64, message: impl Into<String>) -> ApiError {
        let hint = format!("ask again in {wait_secs} seconds, or use POST /api/sync");
        let error = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too_soon", message, hint);
        ApiError { retry_after_secs: Some(wait_secs), ..error }
    }

    pub fn label_taken(message: impl Into<String>, hint: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::CONFLICT, "label_taken", message, hint)
    }

    pub fn failed(code: &'static str, message: impl Into<String>, hint: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, code, message, hint)
    }

    pub fn unauthorized(message: impl Into<String>) -> ApiError {
        let hint = "send `Authorization: Bearer TOKEN` (foliosync token add), or sign in (foliosync login)";
        ApiError::new(StatusCode::UNAUTHORIZED, "unauthorized", message, hint)
    }

    pub fn scope(needed: &str, given: &str) -> ApiError {
        let message = format!("this needs the scope `{needed}`, and the token has `{given}`");
        ApiError::new(StatusCode::FORBIDDEN, "scope", message, "make one that has it: foliosync token add")
    }

    pub fn host() -> ApiError {
        let hint = "ask by the address that `foliosync serve` printed; for another name, set public_url";
        ApiError::new(StatusCode::FORBIDDEN, "host", "the header Host does not name this server", hint)
    }

    pub fn origin() -> ApiError {
        let message = "the request comes from a page that is not this server's";
        ApiError::new(
            StatusCode::FORBIDDEN,
            "origin",
            message,
            "programs send no Origin; pages of another name need public_url",
        )
    }

    pub fn too_many_attempts(wait_secs: u64) -> ApiError {
        let hint = format!("try again in {wait_secs} seconds");
        let error = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "attempts", "too many attempts failed", hint);
        ApiError { retry_after_secs: Some(wait_secs), ..error }
    }

    pub fn too_slow(max_secs: u64) -> ApiError {
        let message = format!("the body did not arrive within {max_secs} seconds");
        ApiError::new(StatusCode::REQUEST_TIMEOUT, "too_slow", message, "send it again")
    }

    pub fn closing() -> ApiError {
        let message = "the server is closing";
        let error = ApiError::new(StatusCode::SERVICE_UNAVAILABLE, CODE_CLOSING, message, "ask again");
        ApiError { retry_after_secs: Some(1), ..error }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let envelope = Envelope { code: self.code, message: self.message, hint: self.hint };
        let mut response = (self.status, Json(envelope)).into_response();
        if let Some(secs) = self.retry_after_secs {
            response.headers_mut().insert(header::RETRY_AFTER, secs.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<EngineError> for ApiError {
    fn from(error: EngineError) -> ApiError {
        match error {
            EngineError::Input { message, hint } => ApiError::input(message, hint),
            EngineError::NotFound { message, hint } => ApiError::not_found(message, hint),
            EngineError::Locked { message, hint } => ApiError::new(StatusCode::CONFLICT, "locked", message, hint),
            EngineError::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> ApiError {
        let message = error.to_string();
        match error {
            StoreError::UnknownConnection(_) => ApiError::not_found(message, "`foliosync connect list` names them"),
            StoreError::LabelTaken(_) => ApiError::label_taken(message, "`foliosync connect list` names them"),
            StoreError::Seal(_) => ApiError::conflict(message, "`foliosync doctor` says which key is in use"),
            StoreError::LeaseLost => ApiError::conflict(message, "ask again"),
            StoreError::Query(_) => {
                let hint = "`foliosync query \"SHOW ALL TABLES\"` lists the tables";
                ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "query", message, hint)
            }
            StoreError::Locked(_) | StoreError::Unusable(_) | StoreError::Failed(_) => {
                tracing::error!(error = message, "the store failed");
                ApiError::failed("store", message, "`foliosync doctor` looks for the cause")
            }
        }
    }
}
