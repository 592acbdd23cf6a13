//! The shape of the database: the rooms, tables as their records declare them, and what several programs share.

use std::collections::BTreeSet;

use foliosync_engine::model::{Column, Kind, Owner, Table, control_tables, record_tables};
use foliosync_engine::store::StoreError;
use sqlx::{AssertSqlSafe, PgConnection};

use super::{BEGIN, Result, failed, run};
use crate::sql::{columns, key, literal, name, quoted};
use crate::views;

/// Applied in order, each once, by whoever starts first. A released migration never changes. One may only add what the
/// version before can do without, and take away what that version did not use any more.
const MIGRATIONS: &[(i64, &str, &str)] =
    &[(1, "001_schemas", include_str!("../../migrations/postgres/001_schemas.sql"))];

/// Held while the shape changes, so that programs which start at the same time wait for each other.
const LOCK: i64 = 0x666f_6c69_6f73_796e;

/// Texts in an index are cut to this length: an entry of an index may have 2,700 bytes.
pub const INDEXED_CHARS: usize = 100;

/// Brings the database to this version's shape, or refuses it untouched.
pub async fn prepare(db: &mut PgConnection) -> Result<()> {
    run(db, BEGIN).await?;
    let shaped = shape(db).await;
    run(db, if shaped.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
    shaped
}

async fn shape(db: &mut PgConnection) -> Result<()> {
    run(db, &format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
    run(
        db,
        "CREATE SCHEMA IF NOT EXISTS sync;
         CREATE TABLE IF NOT EXISTS sync.schema_migrations
             (version BIGINT NOT NULL, name TEXT NOT NULL, applied_at TIMESTAMPTZ NOT NULL DEFAULT now());
         COMMENT ON TABLE sync.schema_migrations IS 'The numbered changes that this database has been through.'",
    )
    .await?;
    let before = present(db).await?;
    let last = "SELECT coalesce(max(version), 0) FROM sync.schema_migrations";
    let version: i64 = sqlx::query_scalar(last).persistent(false).fetch_one(&mut *db).await.map_err(|e| failed(&e))?;
    let known = MIGRATIONS.last().map_or(0, |(number, ..)| *number);
    // While programs are updated one after the other, those that wait for their turn work on: a change only adds.
    if version == known + 1 {
        tracing::warn!(version, known, "the database is one version ahead of this program; update it soon");
        return Ok(());
    }
    if version > known {
        return Err(StoreError::Unusable(format!(
            "the database was written by a newer version of foliosync (its schema is {version}, this program knows \
             {known}). Update foliosync; nothing was changed"
        )));
    }
    for (number, name, sql) in MIGRATIONS.iter().filter(|(number, ..)| *number > version) {
        run(db, sql).await?;
        let noted = "INSERT INTO sync.schema_migrations (version, name) VALUES ($1, $2)";
        sqlx::query(noted)
            .bind(number)
            .bind(*name)
            .persistent(false)
            .execute(&mut *db)
            .await
            .map_err(|e| failed(&e))?;
    }
    // A table that is whole is left alone: the statement would wait for whoever works with it, though it changes nothing.
    let is_whole = |table: &Table| {
        let has = |column: &&str| before.contains(&(table.full_name(), column.to_string()));
        columns(table).iter().all(has)
    };
    for table in record_tables().into_iter().chain(control_tables()).filter(|table| !is_whole(table)) {
        run(db, &create(table)).await?;
    }
    run(db, &views::all()).await
}

/// Notes how far rows from elsewhere have come; there only while they come.
pub const MOVING: &str = "sync.moving";

pub async fn is_being_filled(db: &mut PgConnection) -> Result<bool> {
    let sql = format!("SELECT to_regclass('{MOVING}') IS NOT NULL");
    sqlx::query_scalar(AssertSqlSafe(sql)).persistent(false).fetch_one(db).await.map_err(|e| failed(&e))
}

/// Columns that are there, each with its table.
async fn present(db: &mut PgConnection) -> Result<BTreeSet<(String, String)>> {
    let sql = "SELECT table_schema || '.' || table_name, column_name::text FROM information_schema.columns
               WHERE table_schema IN ('market', 'trades', 'accounts', 'sync')";
    let found = sqlx::query_as(sql).persistent(false).fetch_all(db).await.map_err(|e| failed(&e))?;
    Ok(found.into_iter().collect())
}

/// Creates the table if it is not there, and adds columns that its declaration gained. Nothing is ever dropped.
fn create(table: &Table) -> String {
    let full = name(table);
    let owner = (table.owner == Owner::Connection).then(|| "connection_id BIGINT NOT NULL".to_string());
    let columns = table.columns.iter().map(|column| {
        let must = if column.required { " NOT NULL" } else { "" };
        format!("{} {}{must}", quoted(column.name), sql_type(column.kind))
    });
    let columns: Vec<_> = owner.into_iter().chain(columns).collect();
    let mut sql = format!("CREATE TABLE IF NOT EXISTS {full} ({});", columns.join(", "));
    for column in table.columns {
        let (name, kind) = (quoted(column.name), sql_type(column.kind));
        sql += &format!("ALTER TABLE {full} ADD COLUMN IF NOT EXISTS {name} {kind};");
    }
    sql += &format!("COMMENT ON TABLE {full} IS {};", literal(table.doc.into()));
    for Column { name, doc, .. } in table.columns {
        sql += &format!("COMMENT ON COLUMN {full}.{} IS {};", quoted(name), literal((*doc).into()));
    }
    let indexed = indexed(table);
    if !indexed.is_empty() {
        let index = quoted(&format!("{}_key", table.name));
        sql += &format!("CREATE INDEX IF NOT EXISTS {index} ON {full} ({});", indexed.join(", "));
    }
    sql
}

/// The parts of the key that an index can hold, as expressions over a row.
pub fn indexed(table: &Table) -> Vec<String> {
    let part = |column: &&str| {
        let kind = table.column(column).map(|nth| &table.columns[nth]);
        match kind {
            None => Some(quoted(column)),
            Some(Column { required: false, .. }) => None,
            Some(Column { kind: Kind::Text, .. }) => Some(format!("left({}, {INDEXED_CHARS})", quoted(column))),
            Some(_) => Some(quoted(column)),
        }
    };
    key(table).iter().filter_map(part).collect()
}

pub fn sql_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "TEXT",
        Kind::Int => "BIGINT",
        Kind::Decimal => "NUMERIC(38,18)",
        Kind::Date => "DATE",
        Kind::Instant => "TIMESTAMPTZ",
        Kind::Bool => "BOOLEAN",
        // Not JSONB, which orders and rounds what is to be kept as it was.
        Kind::Json => "JSON",
    }
}
