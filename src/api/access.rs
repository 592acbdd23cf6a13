//! Signing in and out, log-in links, tokens.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::body::{Body, Id};
use super::guard::{Caller, Via, refused};
use super::{ApiError, App};
use crate::access::{AccessError, Face, SESSION_FOR, Scope};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// What stands behind the `#` of a log-in link.
    secret: String,
}

#[derive(Serialize, ToSchema)]
pub struct SignedIn {
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddToken {
    label: String,
    scope: Scope,
}

pub async fn who(Extension(caller): Extension<Caller>) -> Json<Value> {
    let (via, label) = match caller.via {
        Via::Socket => ("socket", None),
        Via::Token { label } => ("token", Some(label)),
        Via::Session(_) => ("session", None),
    };
    Json(json!({ "scope": caller.scope, "via": via, "label": label }))
}

pub async fn sign_in(State(app): State<Arc<App>>, Body(body): Body<SignIn>) -> Result<Response, ApiError> {
    let face = face(&app)?;
    let Some(session) = app.access.redeem(&body.secret, app.engine.now())? else {
        return Err(refused(&app.attempts, "the log-in link was used before, or is older than ten minutes"));
    };
    tracing::info!("a browser signed in");
    let cookie = cookie(face, session.secret.expose_secret(), SESSION_FOR.as_secs())?;
    Ok(([(header::SET_COOKIE, cookie)], Json(SignedIn { until: session.what })).into_response())
}

pub async fn sign_out(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>) -> Result<Response, ApiError> {
    let Via::Session(session) = &caller.via else {
        let hint = "a token is removed with `foliosync token remove LABEL`";
        return Err(ApiError::input("only a browser's session can be ended here", hint));
    };
    app.access.end_session(session)?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie(face(&app)?, "", 0)?)]).into_response())
}

pub async fn make_link(State(app): State<Arc<App>>) -> Result<(StatusCode, Json<Value>), ApiError> {
    let (url, until) = login_link(&app)?;
    Ok((StatusCode::CREATED, Json(json!({ "url": url, "until": until }))))
}

/// A link that signs a browser in once. Its secret is in the fragment, which browsers send nowhere.
pub fn login_link(app: &App) -> Result<(String, Timestamp), ApiError> {
    let face = face(app)?;
    let link = app.access.make_link(app.engine.now())?;
    Ok((format!("{}/login#{}", face.url(), link.secret.expose_secret()), link.what))
}

pub async fn tokens(State(app): State<Arc<App>>) -> Json<Value> {
    Json(json!({ "tokens": app.access.tokens() }))
}

pub async fn add_token(
    State(app): State<Arc<App>>,
    Body(body): Body<AddToken>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let made = app.access.add_token(&body.label, body.scope, app.engine.now())?;
    tracing::info!(token = made.what.id, scope = made.what.scope.name(), "a token was made");
    let mut answer = json!(made.what);
    answer["secret"] = made.secret.expose_secret().into();
    Ok((StatusCode::CREATED, Json(answer)))
}

pub async fn remove_token(State(app): State<Arc<App>>, Id(id): Id) -> Result<StatusCode, ApiError> {
    if !app.access.remove_token(id)? {
        return Err(ApiError::not_found(format!("there is no token {id}"), "`foliosync token list` names them"));
    }
    tracing::info!(token = id, "a token was removed");
    Ok(StatusCode::NO_CONTENT)
}

fn face(app: &App) -> Result<&Face, ApiError> {
    app.face.as_ref().ok_or_else(|| {
        let message = "the server that runs was started by a command and answers no browser";
        ApiError::conflict(message, "start one that does: foliosync serve")
    })
}

fn cookie(face: &Face, value: &str, max_age_secs: i64) -> Result<HeaderValue, ApiError> {
    let secure = if face.is_https() { "; Secure" } else { "" };
    let name = face.cookie();
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={max_age_secs}{secure}");
    HeaderValue::try_from(text).map_err(|error| ApiError::conflict(format!("no cookie can be set: {error}"), ""))
}

impl From<AccessError> for ApiError {
    fn from(error: AccessError) -> ApiError {
        let message = error.to_string();
        match error {
            AccessError::LabelTaken(_) => ApiError::label_taken(message, "`foliosync token list` names them"),
            AccessError::Label => ApiError::input(message, "choose a label that tells where the token is used"),
            AccessError::TooMany => ApiError::conflict(message, "remove some that nobody uses any more"),
            AccessError::Write(_) | AccessError::Random(_) => {
                tracing::error!(error = message, "access could not be changed");
                ApiError::failed("access", message, "`foliosync doctor` looks for the cause")
            }
        }
    }
}
