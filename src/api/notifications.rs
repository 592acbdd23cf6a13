//! What the user was told, and the ways in which they are told elsewhere.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use super::body::Params;
use super::{ApiError, App};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct NotificationsParams {
    /// Only those after this id.
    after: i64,
    /// How many at most, up to 1000.
    limit: usize,
}

impl Default for NotificationsParams {
    fn default() -> NotificationsParams {
        NotificationsParams { after: 0, limit: 100 }
    }
}

pub async fn list(
    State(app): State<Arc<App>>,
    Params(params): Params<NotificationsParams>,
) -> Result<Json<Value>, ApiError> {
    let notifications = app.engine.notifications(params.after, params.limit).await?;
    let known = app.engine.notifiers().await?;
    let notifier = |(name, host): (&str, String)| {
        let mut notifier = json!({ "name": name, "host": host });
        if let Some(known) = known.iter().find(|known| known.name == name) {
            notifier = json!(known);
            notifier["host"] = host.into();
        }
        notifier
    };
    let notifiers: Vec<Value> = app.notifiers.hosts().into_iter().map(notifier).collect();
    Ok(Json(json!({ "notifications": notifications, "notifiers": notifiers })))
}

/// Tries out every way there is. That one fails is an answer, not an error.
pub async fn test(State(app): State<Arc<App>>) -> Result<Json<Value>, ApiError> {
    let tried = app.notifiers.try_out(app.engine.now()).await;
    if tried.is_empty() {
        let hint = "set webhook_url or ntfy_url in the configuration, and start the server again";
        return Err(ApiError::conflict("notifications are sent nowhere", hint));
    }
    let told = |tried: crate::notify::Tried| match tried.sent {
        Ok(()) => json!({ "name": tried.name, "ok": true, "message": "it was taken" }),
        Err(why) => json!({ "name": tried.name, "ok": false, "message": why }),
    };
    Ok(Json(json!({ "notifiers": tried.into_iter().map(told).collect::<Vec<_>>() })))
}
