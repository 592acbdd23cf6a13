//! Getting rows into tables: appended as Arrow, straight or by way of a temporary table.

use duckdb::Connection as Db;
use foliosync_engine::model::{Column, Table};
use foliosync_engine::store::StoreError;

use arrow_array::RecordBatch;

use super::Result;
use super::open::{failed, text};
use super::schema::sql_type;
use crate::sql::{columns, name, quoted, same_key};

/// Appends rows to a table, in the open transaction. The columns of the batches are those of the table as stored.
pub fn append(db: &Db, table: &Table, batches: impl IntoIterator<Item = RecordBatch>) -> Result<()> {
    let refused = |e: duckdb::Error| StoreError::Failed(format!("writing {}: {}", table.full_name(), text(&e)));
    // Flushed or dropped before the transaction ends on every path: what an appender still holds when it is dropped
    // later would be committed by itself.
    let mut appender = db.appender_with_columns_to_db(table.name, table.schema, &columns(table)).map_err(refused)?;
    for batch in batches {
        appender.append_record_batch(batch).map_err(refused)?;
    }
    appender.flush().map_err(refused)
}

/// A temporary table of this connection.
pub struct Stage {
    /// As SQL names it.
    pub name: String,
    table: String,
}

impl Stage {
    /// For rows of `table`, led by columns of numbers. It is empty: whoever fills it clears it in the same transaction.
    pub fn of(db: &Db, table: &Table, leading: &[&str]) -> Result<Stage> {
        let leading = leading.iter().map(|column| format!("{} BIGINT", quoted(column)));
        let owned = columns(table).len() > table.columns.len();
        let owner = owned.then(|| "connection_id BIGINT".to_string());
        let own = table.columns.iter().map(|Column { name, kind, .. }| format!("{} {}", quoted(name), sql_type(*kind)));
        let columns: Vec<_> = leading.chain(owner).chain(own).collect();
        Stage::create(db, format!("stage_{}_{}", table.schema, table.name), &columns.join(", "))
    }

    pub fn create(db: &Db, table: String, columns: &str) -> Result<Stage> {
        let name = format!("temp.main.{}", quoted(&table));
        let sql = format!("CREATE TEMP TABLE IF NOT EXISTS {} ({columns})", quoted(&table));
        db.execute_batch(&sql).map_err(|e| failed(&e))?;
        Ok(Stage { name, table })
    }

    pub fn append(&self, db: &Db, batches: impl IntoIterator<Item = RecordBatch>) -> Result<()> {
        let mut appender = db.appender_to_catalog_and_db(&self.table, "temp", "main").map_err(|e| failed(&e))?;
        for batch in batches {
            appender.append_record_batch(batch).map_err(|e| failed(&e))?;
        }
        appender.flush().map_err(|e| failed(&e))
    }

    pub fn clear(&self, db: &Db) -> Result<()> {
        run(db, &format!("DELETE FROM {}", self.name))
    }
}

/// Runs a statement and forgets how many rows it touched.
///
/// Prepared anew each time. A plan leans on the statistics of its tables, and DuckDB 1.5.6 does not renew it when rows
/// change: a kept `SELECT … ORDER BY` that was planned over an empty table returns garbage for its texts later.
pub fn run(db: &Db, sql: &str) -> Result<()> {
    db.execute(sql, []).map(drop).map_err(|e| failed(&e))
}

/// Deletes the rows of `table` whose key is that of a staged row.
pub fn delete_staged(db: &Db, table: &Table, key: &[&str], stage: &Stage) -> Result<()> {
    let on = same_key(table, key, "t", "s");
    run(db, &format!("DELETE FROM {} AS t USING {} AS s WHERE {on}", name(table), stage.name))
}
