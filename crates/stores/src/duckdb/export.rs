//! Tables as files of their own, read from a published copy by whoever wants them: the server has no part in it.

use std::path::Path;

use duckdb::{AccessMode, Config, Connection as Db};
use foliosync_engine::store::{StoreError, TableInfo};

use super::Result;
use super::describe::describe;
use super::open::failed;
use crate::sql::{literal, quoted};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Parquet,
    /// Text that a spreadsheet would run as a formula has an apostrophe in front, unless it is `raw`.
    Csv {
        raw: bool,
    },
}

impl Format {
    pub fn extension(self) -> &'static str {
        match self {
            Format::Parquet => "parquet",
            Format::Csv { .. } => "csv",
        }
    }
}

/// A copy that is open. It stays the same when a newer one takes its place.
pub struct Export {
    db: Db,
    pub tables: Vec<TableInfo>,
}

impl Export {
    pub fn open(copy: &Path) -> Result<Export> {
        let config = || -> duckdb::Result<Config> {
            let config = Config::default().access_mode(AccessMode::ReadOnly)?.enable_autoload_extension(false)?;
            config.with("autoinstall_known_extensions", "false")
        };
        let db = config().and_then(|config| Db::open_with_flags(copy, config)).map_err(|e| failed(&e))?;
        db.execute_batch("SET GLOBAL TimeZone = 'UTC'; SET preserve_insertion_order = false;")
            .map_err(|e| failed(&e))?;
        let tables = describe(&db)?;
        Ok(Export { db, tables })
    }

    /// Writes all rows of a table, and says how many.
    pub fn write(&self, table: &TableInfo, format: Format, target: &Path) -> Result<usize> {
        let columns: Vec<_> = table.columns.iter().map(|column| selected(&column.name, &column.kind, format)).collect();
        let options = match format {
            Format::Parquet => "FORMAT parquet, COMPRESSION zstd",
            Format::Csv { .. } => "FORMAT csv, HEADER",
        };
        let Some(target) = target.to_str() else {
            return Err(StoreError::Failed(format!("{} is no name that DuckDB can write to", target.display())));
        };
        let sql = format!(
            "COPY (SELECT {} FROM {}.{}) TO {} ({options})",
            columns.join(", "),
            quoted(&table.schema),
            quoted(&table.name),
            literal(target.into()),
        );
        self.db.execute(&sql, []).map_err(|e| failed(&e))
    }
}

fn selected(column: &str, kind: &str, format: Format) -> String {
    let name = quoted(column);
    if kind == "decimal(38,18)" && format != Format::Parquet {
        // The column's scale is not the value's: 1.500000000000000000 is 1.5.
        return format!("rtrim(rtrim({name}::VARCHAR, '0'), '.') AS {name}");
    }
    if kind != "text" || format != (Format::Csv { raw: false }) {
        return name;
    }
    // As the command `query` marks them.
    format!(
        "CASE WHEN regexp_matches({name}, '^[=+\\-@\\t\\r\\n＝＋－＠]') THEN chr(39) || {name} ELSE {name} END AS {name}"
    )
}
