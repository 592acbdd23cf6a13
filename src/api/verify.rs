//! Stored data checked against itself.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use foliosync_engine::model::sync::ConnectionId;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use super::body::Params;
use super::{ApiError, App};

#[derive(Deserialize, Default, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct VerifyParams {
    /// Only of this one.
    #[param(value_type = Option<i64>)]
    connection: Option<ConnectionId>,
}

pub async fn verify(
    State(app): State<Arc<App>>,
    Params(params): Params<VerifyParams>,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(json!({ "blocks": app.engine.verify(params.connection).await? })))
}
