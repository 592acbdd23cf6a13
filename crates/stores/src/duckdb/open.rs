//! Opening the file: settings that hold for its whole life, and what DuckDB's refusals mean for people.

use std::path::Path;

use duckdb::{AccessMode, Config, Connection as Db};
use foliosync_engine::store::StoreError;

use super::Result;

/// Memory that DuckDB may use before it spills or refuses.
const MEMORY_LIMIT: &str = "2GB";
/// Never by itself: the writer folds the log of commits when nobody copies the file.
const CHECKPOINT_AT: &str = "1000TB";

/// Opens the file with no way out of it: no other files, no extensions, and no statement that could change that.
pub fn open(path: &Path) -> Result<Db> {
    let config = || -> duckdb::Result<Config> {
        Config::default()
            .enable_external_access(false)?
            .enable_autoload_extension(false)?
            .with("autoinstall_known_extensions", "false")?
            .max_memory(MEMORY_LIMIT)
    };
    let db = config().and_then(|config| Db::open_with_flags(path, config)).map_err(|error| explain(path, &error))?;
    let settings = format!(
        "SET allow_community_extensions = false;
         SET GLOBAL TimeZone = 'UTC';
         SET wal_autocheckpoint = '{CHECKPOINT_AT}';
         SET lock_configuration = true;"
    );
    db.execute_batch(&settings).map_err(|error| explain(path, &error))?;
    Ok(db)
}

/// Opens the file only to read it. No other program has it open, and none can while this lives.
pub fn open_to_read(path: &Path) -> Result<Db> {
    let config = Config::default().access_mode(AccessMode::ReadOnly).and_then(|config| {
        config.enable_external_access(false)?.enable_autoload_extension(false)?.max_memory(MEMORY_LIMIT)
    });
    let db = config.and_then(|config| Db::open_with_flags(path, config)).map_err(|error| explain(path, &error))?;
    db.execute_batch("SET TimeZone = 'UTC'; SET lock_configuration = true;").map_err(|error| explain(path, &error))?;
    Ok(db)
}

/// Bytes of the log of commits that opening the file will replay.
pub fn log_bytes(path: &Path) -> u64 {
    let log = path.with_added_extension("wal");
    log.metadata().map_or(0, |meta| meta.len())
}

/// A failure of a statement.
pub fn failed(error: &duckdb::Error) -> StoreError {
    let text = text(error);
    if text.contains("No space left on device") {
        let told = "there is no space left on its disk. Make room and sync again; what was committed is kept";
        return StoreError::Failed(format!("{told}. DuckDB says: {text}"));
    }
    StoreError::Failed(text)
}

/// DuckDB's own words, without the pointer to its web pages.
pub fn text(error: &duckdb::Error) -> String {
    let text = match error {
        duckdb::Error::DuckDBFailure(_, Some(text)) => text.clone(),
        other => other.to_string(),
    };
    text.split("See also https://").next().unwrap_or_default().trim().to_string()
}

/// Whether the instance is beyond repair by anything but opening the file anew.
pub fn is_fatal(error: &StoreError) -> bool {
    matches!(error, StoreError::Failed(text) if is_invalid(text))
}

fn is_invalid(text: &str) -> bool {
    text.contains("FATAL Error") || text.contains("has been invalidated")
}

/// DuckDB gives every refusal as text; these are the ones of version 1.5 that mean something to a person.
fn explain(path: &Path, error: &duckdb::Error) -> StoreError {
    let (path, text) = (path.display(), text(error));
    let has = |part: &str| text.contains(part);
    if has("Could not set lock on file") {
        let holder = text.split_once("held in ").map(|(_, rest)| rest.trim_end_matches(['.', ' ']));
        let holder = holder.unwrap_or("another process");
        return StoreError::Locked(format!(
            "the database {path} is in use by {holder}. Close that program; nothing was changed"
        ));
    }
    if has("version number") && has("can only read") {
        return StoreError::Unusable(format!(
            "the database {path} was written by a newer DuckDB. Update foliosync; nothing was changed"
        ));
    }
    let damaged =
        ["not a valid DuckDB database", "Could not read enough bytes", "Corrupt", "checksum", "replaying WAL"];
    if damaged.iter().any(|part| has(part)) {
        return StoreError::Unusable(format!(
            "the database {path} is damaged and was left as it is. Restore a backup, or move it away to begin \
             with an empty one and sync again. DuckDB says: {text}"
        ));
    }
    StoreError::Failed(format!("{path} cannot be opened: {text}"))
}
