//! Runs and their log.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use foliosync_engine::engine::{RunDaysAsk, RunsAsk};
use foliosync_engine::limits::EVENTS_PAGE_MAX;
use foliosync_engine::model::sync::{ConnectionId, Cursor, Outcome, Run, RunId, Trigger};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use super::body::{Id, Params};
use super::{ApiError, App, schema};

#[derive(Deserialize, Default, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct RunsParams {
    /// Only of this one.
    #[param(value_type = Option<i64>)]
    connection: Option<ConnectionId>,
    /// Those that began before this one.
    #[param(value_type = Option<i64>)]
    before: Option<RunId>,
    /// How they ended.
    #[param(value_type = Option<schema::Outcome>)]
    outcome: Option<Outcome>,
    /// What started them.
    #[param(value_type = Option<schema::Trigger>)]
    trigger: Option<Trigger>,
    /// How many at most.
    max: Option<usize>,
}

#[derive(Deserialize, Default, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct RunDaysParams {
    /// Only of this one.
    #[param(value_type = Option<i64>)]
    connection: Option<ConnectionId>,
    /// Days before this one.
    #[param(value_type = Option<String>, format = Date)]
    before: Option<Date>,
    /// How many rows at most, and those that the last day has left.
    max: Option<usize>,
}

#[derive(Deserialize, Default, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct EventsParams {
    /// Lines behind this cursor.
    #[param(value_type = i64, required = false)]
    after: Cursor,
    /// How many at most.
    max: Option<usize>,
}

pub async fn runs(State(app): State<Arc<App>>, Params(params): Params<RunsParams>) -> Result<Json<Value>, ApiError> {
    let RunsParams { connection, before, outcome, trigger, max } = params;
    let runs = app.engine.list_runs(RunsAsk { connection, before, outcome, trigger, max }).await?;
    Ok(Json(json!({ "runs": runs })))
}

pub async fn run_days(
    State(app): State<Arc<App>>,
    Params(params): Params<RunDaysParams>,
) -> Result<Json<Value>, ApiError> {
    let RunDaysParams { connection, before, max } = params;
    let days = app.engine.run_days(RunDaysAsk { connection, before, max }).await?;
    Ok(Json(json!({ "days": days })))
}

pub async fn run(State(app): State<Arc<App>>, Id(id): Id) -> Result<Json<Run>, ApiError> {
    Ok(Json(app.engine.run(id).await?))
}

pub async fn run_events(
    State(app): State<Arc<App>>,
    Id(id): Id,
    Params(params): Params<EventsParams>,
) -> Result<Json<Value>, ApiError> {
    app.engine.run(id).await?;
    page(&app, Some(id), params).await
}

pub async fn events(
    State(app): State<Arc<App>>,
    Params(params): Params<EventsParams>,
) -> Result<Json<Value>, ApiError> {
    page(&app, None, params).await
}

/// A page of the log, and the cursor to give as `after` for the next.
async fn page(app: &App, run: Option<RunId>, params: EventsParams) -> Result<Json<Value>, ApiError> {
    let events = app.engine.events(run, params.after, params.max.unwrap_or(EVENTS_PAGE_MAX)).await?;
    let cursor = events.last().map_or(params.after, |event| event.cursor);
    Ok(Json(json!({ "events": events, "cursor": cursor })))
}
