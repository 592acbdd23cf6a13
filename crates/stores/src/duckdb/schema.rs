//! The shape of the database: numbered migrations first, then tables as their records declare them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use duckdb::Connection as Db;
use foliosync_engine::model::{Column, Kind, Owner, Table, control_tables, record_tables};
use foliosync_engine::store::StoreError;
use jiff::Timestamp;

use super::open::failed;
use super::{Result, transaction};
use crate::sql::{literal, name, quoted};
use crate::views;

/// Applied in order, each once. A released migration never changes.
const MIGRATIONS: &[(i64, &str, &str)] = &[(1, "001_schemas", include_str!("../../migrations/duckdb/001_schemas.sql"))];

/// Brings the file to this version's shape, in one transaction, or refuses it untouched.
pub fn prepare(db: &Db, path: &Path, now: Timestamp) -> Result<()> {
    let version = version(db)?;
    let known = MIGRATIONS.last().map_or(0, |(number, ..)| *number);
    if version > known {
        return Err(StoreError::Unusable(format!(
            "the database {} was written by a newer version of foliosync (its schema is {version}, this program knows \
             {known}). Update foliosync; nothing was changed",
            path.display()
        )));
    }
    transaction(db, "BEGIN", || migrate(db, version, now).and_then(|()| create_tables(db)))
}

fn version(db: &Db) -> Result<i64> {
    let exists = "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'sync' AND table_name = 'schema_migrations'";
    let count: i64 = db.query_row(exists, [], |row| row.get(0)).map_err(|e| failed(&e))?;
    if count == 0 {
        return Ok(0);
    }
    let last = "SELECT coalesce(max(version), 0) FROM sync.schema_migrations";
    db.query_row(last, [], |row| row.get(0)).map_err(|e| failed(&e))
}

fn migrate(db: &Db, version: i64, now: Timestamp) -> Result<()> {
    let table = "CREATE SCHEMA IF NOT EXISTS sync;
         CREATE TABLE IF NOT EXISTS sync.schema_migrations
             (version BIGINT NOT NULL, name VARCHAR NOT NULL, applied_at TIMESTAMPTZ NOT NULL);
         COMMENT ON TABLE sync.schema_migrations IS 'The numbered changes that this database has been through.'";
    db.execute_batch(table).map_err(|e| failed(&e))?;
    for (number, name, sql) in MIGRATIONS.iter().filter(|(number, ..)| *number > version) {
        db.execute_batch(sql).map_err(|e| failed(&e))?;
        let noted = "INSERT INTO sync.schema_migrations VALUES (?, ?, make_timestamptz(?))";
        db.execute(noted, duckdb::params![number, name, now.as_microsecond()]).map_err(|e| failed(&e))?;
    }
    Ok(())
}

/// Creates the tables that are not there, and adds columns that the declarations gained. Nothing is ever dropped.
fn create_tables(db: &Db) -> Result<()> {
    let mut present: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let sql = "SELECT schema_name || '.' || table_name, column_name FROM duckdb_columns() WHERE NOT internal";
    let mut statement = db.prepare(sql).map_err(|e| failed(&e))?;
    let mut rows = statement.query([]).map_err(|e| failed(&e))?;
    while let Some(row) = rows.next().map_err(|e| failed(&e))? {
        let (table, column) = (row.get(0).map_err(|e| failed(&e))?, row.get(1).map_err(|e| failed(&e))?);
        present.entry(table).or_default().insert(column);
    }
    for table in record_tables().into_iter().chain(control_tables()) {
        let name = name(table);
        let Some(columns) = present.get(&table.full_name()) else {
            db.execute_batch(&create(table)).map_err(|e| failed(&e))?;
            continue;
        };
        for column in table.columns.iter().filter(|column| !columns.contains(column.name)) {
            let sql = format!("ALTER TABLE {name} ADD COLUMN {} {}", quoted(column.name), sql_type(column.kind));
            db.execute_batch(&sql).map_err(|e| failed(&e))?;
        }
    }
    db.execute_batch(&views::all()).map_err(|e| failed(&e))
}

fn create(table: &Table) -> String {
    let owner = (table.owner == Owner::Connection).then(|| "connection_id BIGINT NOT NULL".to_string());
    let columns = table.columns.iter().map(|column| {
        let must = if column.required { " NOT NULL" } else { "" };
        format!("{} {}{must}", quoted(column.name), sql_type(column.kind))
    });
    let columns: Vec<_> = owner.into_iter().chain(columns).collect();
    let mut sql = format!("CREATE TABLE {} ({});", name(table), columns.join(", "));
    sql += &format!("COMMENT ON TABLE {} IS {};", name(table), literal(table.doc.into()));
    for Column { name: column, doc, .. } in table.columns {
        sql += &format!("COMMENT ON COLUMN {}.{} IS {};", name(table), quoted(column), literal((*doc).into()));
    }
    sql
}

pub fn sql_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "VARCHAR",
        Kind::Int => "BIGINT",
        Kind::Decimal => "DECIMAL(38,18)",
        Kind::Date => "DATE",
        Kind::Instant => "TIMESTAMPTZ",
        Kind::Bool => "BOOLEAN",
        Kind::Json => "JSON",
    }
}
