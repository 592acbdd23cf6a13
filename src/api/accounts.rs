//! What is held, what it is worth, and whether its history is whole.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use foliosync_engine::engine::{Portfolio, PortfolioAsk};
use foliosync_engine::model::sync::ConnectionId;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use super::body::Params;
use super::{ApiError, App};

#[derive(Deserialize, Default, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct PortfolioParams {
    /// The currency in which to value everything; the base currency where none is given.
    currency: Option<String>,
    /// Only of this connection.
    #[param(value_type = Option<i64>)]
    connection: Option<ConnectionId>,
    /// Lines behind this one: the `nextAfter` of the page before.
    after: Option<String>,
    /// How many at most, up to 1000.
    limit: Option<usize>,
}

#[derive(Deserialize, Default, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct DaysParams {
    /// The first day.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// The last day.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<Date>,
}

#[derive(Deserialize, Default, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct ReconcileParams {
    /// Only of this one.
    #[param(value_type = Option<i64>)]
    connection: Option<ConnectionId>,
}

pub async fn portfolio(
    State(app): State<Arc<App>>,
    Params(params): Params<PortfolioParams>,
) -> Result<Json<Portfolio>, ApiError> {
    let PortfolioParams { currency, connection, after, limit } = params;
    Ok(Json(app.engine.portfolio(PortfolioAsk { currency, connection, after, max: limit }).await?))
}

pub async fn days(State(app): State<Arc<App>>, Params(params): Params<DaysParams>) -> Result<Json<Value>, ApiError> {
    Ok(Json(json!({ "days": app.engine.value_over_time(params.from, params.to).await? })))
}

pub async fn reconcile(
    State(app): State<Arc<App>>,
    Params(params): Params<ReconcileParams>,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(json!({ "connections": app.engine.reconcile(params.connection).await? })))
}
