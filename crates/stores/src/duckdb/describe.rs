//! What can be queried.

use std::collections::BTreeMap;

use duckdb::Connection as Db;
use foliosync_engine::store::{ColumnInfo, TableInfo};

use super::Result;
use super::open::failed;
use crate::sql::quoted;

/// All tables and views with their comments, by schema and name.
pub fn describe(db: &Db) -> Result<Vec<TableInfo>> {
    let mut columns = columns(db)?;
    let sql = "SELECT schema_name, table_name, 'table', comment FROM duckdb_tables() WHERE NOT internal
               UNION ALL
               SELECT schema_name, view_name, 'view', comment FROM duckdb_views() WHERE NOT internal
               ORDER BY 1, 2";
    let mut statement = db.prepare(sql).map_err(|e| failed(&e))?;
    let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
    let mut tables = Vec::new();
    for row in found.map_err(|e| failed(&e))? {
        let (schema, name, kind, doc): (String, String, String, Option<String>) = row.map_err(|e| failed(&e))?;
        let rows = if kind == "table" { Some(count(db, &schema, &name)?) } else { None };
        let columns = columns.remove(&(schema.clone(), name.clone())).unwrap_or_default();
        tables.push(TableInfo { schema, name, kind, doc, rows, columns });
    }
    Ok(tables)
}

/// A count without a condition is read off the table's own numbers.
fn count(db: &Db, schema: &str, name: &str) -> Result<i64> {
    let sql = format!("SELECT count(*) FROM {}.{}", quoted(schema), quoted(name));
    db.query_row(&sql, [], |row| row.get(0)).map_err(|e| failed(&e))
}

fn columns(db: &Db) -> Result<BTreeMap<(String, String), Vec<ColumnInfo>>> {
    let sql = "SELECT schema_name, table_name, column_name, data_type, comment FROM duckdb_columns()
               WHERE NOT internal ORDER BY schema_name, table_name, column_index";
    let mut statement = db.prepare(sql).map_err(|e| failed(&e))?;
    let mut rows = statement.query([]).map_err(|e| failed(&e))?;
    let mut columns: BTreeMap<_, Vec<ColumnInfo>> = BTreeMap::new();
    while let Some(row) = rows.next().map_err(|e| failed(&e))? {
        let text = |nth| row.get::<_, String>(nth).map_err(|e| failed(&e));
        let column = ColumnInfo { name: text(2)?, kind: kind(&text(3)?), doc: row.get(4).map_err(|e| failed(&e))? };
        columns.entry((text(0)?, text(1)?)).or_default().push(column);
    }
    Ok(columns)
}

/// As the answers to queries call it.
fn kind(sql: &str) -> String {
    match sql {
        "VARCHAR" | "JSON" => "text".into(),
        "BIGINT" | "INTEGER" => "integer".into(),
        "TIMESTAMP WITH TIME ZONE" => "instant".into(),
        "DOUBLE" => "float".into(),
        other => other.to_lowercase(),
    }
}
