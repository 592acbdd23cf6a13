//! The key of credentials, and backups.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use foliosync_engine::secrets::{Key, Vault, VaultView};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::body::Body;
use super::guard::{Caller, Via};
use super::{ApiError, App};
use crate::backup;
use crate::failure::{EXIT_INPUT, Failure};

pub async fn key(State(app): State<Arc<App>>) -> Json<VaultView> {
    Json(app.engine.vault().await)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RekeyBody {
    /// The new key, in base64 or hexadecimal digits; one is made where none is given.
    #[schema(value_type = Option<String>)]
    key: Option<SecretString>,
    /// The old key is lost: the credentials sealed with it are erased.
    #[serde(default)]
    lost: bool,
}

/// Goes on to its end when the client leaves: a server must not go on with a key that nothing is sealed with.
pub async fn rekey(State(app): State<Arc<App>>, Body(body): Body<RekeyBody>) -> Result<Json<Value>, ApiError> {
    tokio::spawn(change_key(app, body)).await.map_err(broke_off)?
}

async fn change_key(app: Arc<App>, body: RekeyBody) -> Result<Json<Value>, ApiError> {
    let key = match &body.key {
        Some(text) => Key::parse(text.expose_secret())
            .map_err(|error| ApiError::input(format!("the new key cannot be used: {error}"), ""))?,
        // The key of the environment is there already; only what was sealed with another goes.
        None if app.keys.is_given() && body.lost => match app.keys.vault(&BTreeSet::new()) {
            Vault::Open { key, .. } => key,
            Vault::Locked { why } => return Err(ApiError::conflict(why, "")),
        },
        None if app.keys.is_given() => {
            let hint = "write a new key to a file (openssl rand -base64 32), and name it with --key-file";
            return Err(ApiError::input("the key comes from the environment, so no other can be made for it", hint));
        }
        None => Key::random().map_err(|error| ApiError::failed("key", error.to_string(), ""))?,
    };
    app.keys.prepare(&key)?;
    let from = if app.keys.is_given() { "the key that was given last" } else { "the configuration folder" };
    let credentials = app.engine.rekey(key.clone(), from, body.lost).await?;
    let kept_in = app.keys.settle(&key)?;
    tracing::info!(key = key.id(), credentials, "credentials have a new key");
    Ok(Json(json!({ "keyId": key.id(), "credentials": credentials, "keyIn": kept_in, "given": app.keys.is_given() })))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupBody {
    /// Absolute path of a folder that is not there yet.
    #[schema(value_type = String)]
    path: PathBuf,
}

pub async fn backup(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Body(body): Body<BackupBody>,
) -> Result<Json<Value>, ApiError> {
    if !matches!(caller.via, Via::Socket) {
        let hint = "use `foliosync backup PATH` there";
        return Err(ApiError::input("only a command on the server's machine may name a folder to write to", hint));
    }
    let made = tokio::spawn(async move { backup::make(&app.engine, &app.folder, &body.path).await });
    Ok(Json(json!(made.await.map_err(broke_off)??)))
}

fn broke_off(error: tokio::task::JoinError) -> ApiError {
    ApiError::failed("internal", format!("it broke off: {error}"), "`foliosync doctor` looks for the cause")
}

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> ApiError {
        match failure.exit {
            EXIT_INPUT => ApiError::input(failure.message, failure.hint),
            _ => ApiError::failed("failed", failure.message, failure.hint),
        }
    }
}
