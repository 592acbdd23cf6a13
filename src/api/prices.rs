//! Prices, their history, exchange rates, and what is left of the budgets they are read with.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use foliosync_engine::engine::{FxAnswer, HistoryAsk, HistoryPage, PricePage, PricesAsk};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use super::body::{Name, Params};
use super::{ApiError, App};

#[derive(Deserialize, Default, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[into_params(rename_all = "camelCase")]
pub struct PricesParams {
    /// Instruments behind this one: the `nextAfter` of the page before.
    after: Option<String>,
    /// Only those with a number that is newer than this.
    #[param(value_type = Option<String>, format = DateTime)]
    changed_since: Option<Timestamp>,
    /// How many at most, up to 1000.
    limit: Option<usize>,
}

#[derive(Deserialize, Default, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct HistoryParams {
    /// The first day.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// Days before this one: the `nextBefore` of the page before.
    #[param(value_type = Option<String>, format = Date)]
    before: Option<Date>,
    /// How many at most, up to 1000.
    limit: Option<usize>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct FxParams {
    base: String,
    quote: String,
    /// Today, where none is given.
    #[param(value_type = Option<String>, format = Date)]
    date: Option<Date>,
}

pub async fn prices(
    State(app): State<Arc<App>>,
    Params(params): Params<PricesParams>,
) -> Result<Json<PricePage>, ApiError> {
    let PricesParams { after, changed_since, limit } = params;
    Ok(Json(app.engine.prices(PricesAsk { after, changed_since, max: limit }).await?))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct SparklinesParams {
    /// How many days back, up to 366.
    days: i64,
}

impl Default for SparklinesParams {
    fn default() -> SparklinesParams {
        SparklinesParams { days: 30 }
    }
}

pub async fn sparklines(
    State(app): State<Arc<App>>,
    Params(params): Params<SparklinesParams>,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(json!({ "series": app.engine.sparklines(params.days).await? })))
}

pub async fn history(
    State(app): State<Arc<App>>,
    Name(instrument): Name,
    Params(params): Params<HistoryParams>,
) -> Result<Json<HistoryPage>, ApiError> {
    let HistoryParams { from, before, limit } = params;
    Ok(Json(app.engine.history(HistoryAsk { instrument: &instrument, from, before, max: limit }).await?))
}

pub async fn fx(State(app): State<Arc<App>>, Params(params): Params<FxParams>) -> Result<Json<FxAnswer>, ApiError> {
    Ok(Json(app.engine.fx(&params.base, &params.quote, params.date).await?))
}

pub async fn quotas(State(app): State<Arc<App>>) -> Result<Json<Value>, ApiError> {
    Ok(Json(json!({ "quotas": app.engine.quotas().await? })))
}
