//! Which statements may run.

use duckdb::Connection as Db;
use foliosync_engine::store::StoreError;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::answer::refused;

const ONLY: &str = "only one statement that reads is allowed: SELECT, FROM, WITH, VALUES, DESCRIBE, SHOW, SUMMARIZE";

/// Statements are not looked into, however deep they nest.
#[derive(Deserialize)]
struct Parsed {
    error: bool,
    error_type: Option<String>,
    error_message: Option<String>,
    #[serde(default)]
    statements: Vec<IgnoredAny>,
}

/// Lets exactly one `SELECT` pass (with its relatives: `FROM`, `VALUES`, `DESCRIBE`, `SHOW`, `SUMMARIZE`), by DuckDB's
/// own parser. Nothing else may reach `prepare`, which runs all but the last of several statements at once.
pub fn check(db: &Db, sql: &str) -> Result<(), StoreError> {
    let parsed: String =
        db.query_row("SELECT json_serialize_sql(?::VARCHAR)", [sql], |row| row.get(0)).map_err(|e| refused(&e))?;
    let parsed: Parsed = serde_json::from_str(&parsed).map_err(|e| StoreError::Query(e.to_string()))?;
    if parsed.error {
        let message = parsed.error_message.unwrap_or_else(|| "it cannot be parsed".into());
        let is_other = parsed.error_type.as_deref() == Some("not implemented");
        return Err(StoreError::Query(if is_other { ONLY.into() } else { message }));
    }
    match parsed.statements.len() {
        1 => Ok(()),
        0 => Err(StoreError::Query("the query is empty".into())),
        several => Err(StoreError::Query(format!("there are {several} statements; give one"))),
    }
}
