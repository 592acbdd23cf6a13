//! Writing what the ledger hands out: connections, streams, runs, their log, gaps and settings.

use duckdb::Connection as Db;
use duckdb::types::Value as DbValue;
use foliosync_engine::ledger::Delta;
use foliosync_engine::model::sync::{Connection, ConnectionId, Gap, Run, RunEvent, Setting, Stream, SyncRequest};
use foliosync_engine::model::{Batch, Owner, Record, record_tables};
use foliosync_engine::store::RowsOfRemoved;

use super::Result;
use super::convert;
use super::open::failed;
use super::schema::{columns, name, quoted};
use super::stage::{self, Stage, delete_staged};

/// Up to this many rows go by prepared statements, which is cheaper than an appender and a temporary table.
const ROWS_ONE_BY_ONE_MAX: usize = 8;

/// Writes the delta in the open transaction.
pub fn write(db: &Db, delta: &Delta) -> Result<()> {
    for (id, rows) in &delta.removed {
        remove(db, *id, *rows)?;
    }
    put::<Connection>(db, delta.connections.values(), true)?;
    put::<Stream>(db, delta.streams.values(), true)?;
    put::<Run>(db, delta.runs.values().filter(|row| row.new).map(|row| &row.run), false)?;
    put::<Run>(db, delta.runs.values().filter(|row| !row.new).map(|row| &row.run), true)?;
    put::<RunEvent>(db, &delta.events, false)?;
    put::<SyncRequest>(db, &delta.requests, false)?;
    put::<Setting>(db, delta.settings.values(), true)?;
    let sql = format!("DELETE FROM {} WHERE connection_id = ? AND stream = ? AND item = ?", name(Gap::TABLE));
    for (connection, stream, item) in delta.gaps.iter().filter(|(_, gap)| gap.is_none()).map(|(key, _)| key) {
        let mut statement = db.prepare_cached(&sql).map_err(|e| failed(&e))?;
        statement.execute(duckdb::params![connection, stream, item]).map_err(|e| failed(&e))?;
    }
    put::<Gap>(db, delta.gaps.values().flatten(), true)
}

/// Adds rows; where rows with their keys may be there, takes those away first.
fn put<'a, R: Record + 'a>(db: &Db, records: impl IntoIterator<Item = &'a R>, replace: bool) -> Result<()> {
    let rows = Batch::of::<R>(records);
    if rows.is_empty() {
        return Ok(());
    }
    if rows.len() <= ROWS_ONE_BY_ONE_MAX {
        return put_one_by_one(db, &rows, replace);
    }
    if replace {
        let stage = Stage::of(db, R::TABLE, &[])?;
        stage.append(db, [rows.rows.clone()])?;
        delete_staged(db, R::TABLE, R::TABLE.key, &stage)?;
        stage.clear(db)?;
    }
    stage::append(db, R::TABLE, [rows.rows])
}

fn put_one_by_one(db: &Db, rows: &Batch, replace: bool) -> Result<()> {
    let table = rows.table;
    let columns = columns(table);
    let marks = vec!["?"; columns.len()].join(", ");
    let list = columns.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(", ");
    let insert = format!("INSERT INTO {} ({list}) VALUES ({marks})", name(table));
    let keys: Vec<_> = table.key.iter().filter_map(|column| table.column(column)).collect();
    let equal: Vec<_> = table.key.iter().map(|column| format!("{} = ?", quoted(column))).collect();
    let delete = format!("DELETE FROM {} WHERE {}", name(table), equal.join(" AND "));
    let execute = |sql: &str, values: Vec<DbValue>| -> Result<()> {
        let mut statement = db.prepare_cached(sql).map_err(|e| failed(&e))?;
        statement.execute(duckdb::params_from_iter(values)).map(drop).map_err(|e| failed(&e))
    };
    for row in 0..rows.len() {
        let value = |column: usize| convert::parameter(rows.value(row, column));
        if replace {
            execute(&delete, keys.iter().map(|column| value(*column)).collect())?;
        }
        execute(&insert, (0..columns.len()).map(value).collect())?;
    }
    Ok(())
}

fn remove(db: &Db, id: ConnectionId, rows: RowsOfRemoved) -> Result<()> {
    let owned = record_tables().into_iter().filter(|table| table.owner == Owner::Connection);
    let owned = owned.filter(|_| rows == RowsOfRemoved::Delete);
    for table in owned.chain([Stream::TABLE, Gap::TABLE]) {
        let sql = format!("DELETE FROM {} WHERE connection_id = ?", name(table));
        db.execute(&sql, [id]).map_err(|e| failed(&e))?;
    }
    Ok(())
}
