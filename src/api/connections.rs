//! Connections: listing, adding, changing, removing.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use foliosync_engine::engine::{ConnectionEdit, NewConnection, Probe};
use foliosync_engine::model::sync::ConnectionId;
use foliosync_engine::status::ConnectionView;
use foliosync_engine::store::RowsOfRemoved;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::body::{Body, Id, Params};
use super::{ApiError, App};

pub async fn list(State(app): State<Arc<App>>) -> Result<Json<Value>, ApiError> {
    Ok(Json(json!({ "connections": app.engine.connection_views().await? })))
}

pub async fn show(State(app): State<Arc<App>>, Id(id): Id) -> Result<Json<ConnectionView>, ApiError> {
    view(&app, id).await.map(Json)
}

pub async fn add(
    State(app): State<Arc<App>>,
    Body(new): Body<NewConnection>,
) -> Result<(StatusCode, Json<ConnectionView>), ApiError> {
    let added = app.engine.add_connection(new).await?;
    Ok((StatusCode::CREATED, Json(view(&app, added.id).await?)))
}

pub async fn edit(
    State(app): State<Arc<App>>,
    Id(id): Id,
    Body(edit): Body<ConnectionEdit>,
) -> Result<Json<ConnectionView>, ApiError> {
    app.engine.edit_connection(id, edit).await?;
    view(&app, id).await.map(Json)
}

#[derive(Deserialize, Default, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct RemoveParams {
    /// Whether its rows go with it.
    #[param(inline, required = false)]
    rows: Rows,
}

#[derive(Deserialize, Default, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Rows {
    #[default]
    Keep,
    Delete,
}

pub async fn remove(
    State(app): State<Arc<App>>,
    Id(id): Id,
    Params(params): Params<RemoveParams>,
) -> Result<StatusCode, ApiError> {
    let rows = match params.rows {
        Rows::Keep => RowsOfRemoved::Keep,
        Rows::Delete => RowsOfRemoved::Delete,
    };
    app.engine.remove_connection(id, rows).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A connection that is not there yet, or how one would be changed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// The one that would be changed: what is not given is as it is there.
    connection: Option<ConnectionId>,
    provider: String,
    #[serde(default)]
    settings: BTreeMap<String, String>,
    #[serde(default)]
    credentials: BTreeMap<String, SecretString>,
}

/// Tries out what is not saved, and keeps nothing of it.
pub async fn test_draft(State(app): State<Arc<App>>, Body(draft): Body<Draft>) -> Result<Json<Probe>, ApiError> {
    let Draft { connection, provider, settings, credentials } = draft;
    let new = NewConnection { provider, settings, credentials, ..NewConnection::default() };
    Ok(Json(app.engine.test_draft(new, connection).await?))
}

/// Tries it out as it is: one page of what it reads, and nothing is stored.
pub async fn test(State(app): State<Arc<App>>, Id(id): Id) -> Result<Json<Probe>, ApiError> {
    Ok(Json(app.engine.test_connection(id).await?))
}

/// How old the data of each connection is, which parts of it are lacking, and what is left to read more with.
pub async fn freshness(State(app): State<Arc<App>>) -> Result<Json<Value>, ApiError> {
    let views = app.engine.connection_views().await?;
    let freshness: Vec<Value> = views
        .iter()
        .map(|view| {
            let streams = view.streams.iter().zip(&view.stream_freshness).map(|(stream, freshness)| {
                json!({
                    "name": stream.name,
                    "freshness": freshness,
                    "asOf": stream.as_of,
                    "lastSuccess": stream.last_success,
                    "error": stream.error,
                })
            });
            json!({
                "connection": view.connection.id,
                "label": view.connection.label,
                "provider": view.connection.provider,
                "status": view.status,
                "freshness": view.freshness,
                "lastSyncAt": view.last_sync_at,
                "asOf": view.streams.iter().filter_map(|stream| stream.as_of).min(),
                "streams": streams.collect::<Vec<Value>>(),
                "gaps": view.gaps,
            })
        })
        .collect();
    Ok(Json(json!({
        "lastSynced": app.engine.last_synced().await?,
        "connections": freshness,
        "prices": app.engine.price_totals().await?,
        "budgets": app.engine.quotas().await?,
    })))
}

async fn view(app: &App, id: ConnectionId) -> Result<ConnectionView, ApiError> {
    let views = app.engine.connection_views().await?;
    let missing = || ApiError::not_found(format!("there is no connection {id}"), "GET /api/connections lists them");
    views.into_iter().find(|view| view.connection.id == id).ok_or_else(missing)
}
