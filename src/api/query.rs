//! SQL that only reads.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use foliosync_engine::store::Answer;
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::Body;
use super::{ApiError, App};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QueryBody {
    sql: String,
}

pub async fn query(State(app): State<Arc<App>>, Body(body): Body<QueryBody>) -> Result<Json<Answer>, ApiError> {
    Ok(Json(app.engine.query(&body.sql).await?))
}
