//! Keys, and copies of everything.

use utoipa::ToSchema;

/// `open`: `keyId` and `from` say which key is used. `locked`: `why` says what is wrong.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Vault {
    state: VaultState,
    key_id: Option<String>,
    /// Where the key was found.
    from: Option<String>,
    why: Option<String>,
}

#[derive(ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum VaultState {
    Open,
    Locked,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rekeyed {
    key_id: String,
    /// How many credentials are sealed with it.
    credentials: i64,
    /// The file that holds it, or the variable that must hold it at the next start.
    key_in: String,
    /// Whether the key comes from the environment.
    given: bool,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Backup {
    version: u32,
    /// The version of the program.
    foliosync: String,
    #[schema(format = DateTime)]
    made_at: String,
    /// The ids of the keys that its credentials need.
    sealed_with: Vec<String>,
    bytes: i64,
}
