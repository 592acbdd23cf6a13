//! What the user chose for all of it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use foliosync_engine::engine::Settings;
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::Body;
use super::{ApiError, App};

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SettingsEdit {
    /// In which everything is valued: one that there is a rate of.
    base_currency: String,
}

pub async fn show(State(app): State<Arc<App>>) -> Result<Json<Settings>, ApiError> {
    Ok(Json(app.engine.settings().await?))
}

pub async fn edit(State(app): State<Arc<App>>, Body(edit): Body<SettingsEdit>) -> Result<Json<Settings>, ApiError> {
    Ok(Json(app.engine.pick_base_currency(&edit.base_currency).await?))
}
