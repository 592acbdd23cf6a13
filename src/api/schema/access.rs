//! Tokens, log-in links, sessions.

use utoipa::ToSchema;

use crate::access::{Scope, Token};

#[derive(ToSchema)]
pub struct Tokens {
    tokens: Vec<Token>,
}

/// A token that was just made. Nobody can show its secret again.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewToken {
    id: i64,
    label: String,
    scope: Scope,
    #[schema(format = DateTime)]
    created_at: String,
    /// What `Authorization: Bearer …` carries.
    secret: String,
}

#[derive(ToSchema)]
pub struct LoginLink {
    /// Works once. Its secret stands behind the `#`, where no server and no log sees it.
    url: String,
    #[schema(format = DateTime)]
    until: String,
}

/// Who asks, and what they may do.
#[derive(ToSchema)]
pub struct Session {
    scope: Scope,
    via: Via,
    /// The token's label.
    label: Option<String>,
}

#[derive(ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    Socket,
    Token,
    Session,
}
