//! Instruments: what is priced, and under which name at whom.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use foliosync_engine::engine::{Mapping, NewInstrument};
use foliosync_engine::model::instrument::Listing;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{Body, Name};
use super::{ApiError, App};

/// One instrument, or a list of them.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AddBody {
    instruments: Option<Vec<NewInstrument>>,
    symbol: Option<String>,
    kind: Option<String>,
    name: Option<String>,
    currency: Option<String>,
    isin: Option<String>,
}

pub async fn list(State(app): State<Arc<App>>) -> Result<Json<Value>, ApiError> {
    Ok(Json(json!({ "instruments": app.engine.instruments().await? })))
}

pub async fn add(
    State(app): State<Arc<App>>,
    Body(body): Body<AddBody>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let AddBody { instruments, symbol, kind, name, currency, isin } = body;
    let new = match (instruments, symbol) {
        (Some(many), None) if [&kind, &name, &currency, &isin].iter().all(|one| one.is_none()) => many,
        (None, Some(symbol)) => vec![NewInstrument { symbol, kind, name, currency, isin }],
        (None, None) => return Err(ApiError::input("there is no `symbol`, and no list of `instruments`", "")),
        _ => return Err(ApiError::input("give one instrument or a list of them, not both", "")),
    };
    Ok((StatusCode::CREATED, Json(json!({ "instruments": app.engine.add_instruments(new).await? }))))
}

pub async fn remove(State(app): State<Arc<App>>, Name(instrument): Name) -> Result<StatusCode, ApiError> {
    app.engine.unwatch_instrument(&instrument).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn unmapped(State(app): State<Arc<App>>) -> Result<Json<Value>, ApiError> {
    Ok(Json(json!({ "listings": app.engine.unmapped().await? })))
}

pub async fn map(State(app): State<Arc<App>>, Body(mapping): Body<Mapping>) -> Result<Json<Listing>, ApiError> {
    Ok(Json(app.engine.map_listing(mapping).await?))
}
