//! Writing what the ledger hands out: connections, streams, runs, their log, gaps and settings.

use duckdb::Connection as Db;
use foliosync_engine::ledger::Delta;
use foliosync_engine::model::notification::Notification;
use foliosync_engine::model::quota::QuotaRow;
use foliosync_engine::model::sync::{Connection, ConnectionId, Gap, Run, RunEvent, Setting, Stream, SyncRequest};
use foliosync_engine::model::{Batch, Owner, Record, Table, Value, record_tables};
use foliosync_engine::store::RowsOfRemoved;

use super::Result;
use super::open::failed;
use super::stage::{self, Stage, delete_staged};
use crate::sql::{literal, name, quoted};

/// Up to this many rows are deleted by name, which is cheaper than by way of a temporary table.
const ROWS_NAMED_MAX: usize = 16;

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
    put::<QuotaRow>(db, delta.quotas.values(), true)?;
    put::<Notification>(db, delta.notifications.values(), true)?;
    for (connection, stream, item) in delta.gaps.iter().filter(|(_, gap)| gap.is_none()).map(|(key, _)| key) {
        let sql = format!("DELETE FROM {} WHERE connection_id = ? AND stream = ? AND item = ?", name(Gap::TABLE));
        db.execute(&sql, duckdb::params![connection, stream, item]).map_err(|e| failed(&e))?;
    }
    put::<Gap>(db, delta.gaps.values().flatten(), true)
}

/// Adds rows; where rows with their keys may be there, takes those away first.
pub fn put<'a, R: Record + 'a>(db: &Db, records: impl IntoIterator<Item = &'a R>, replace: bool) -> Result<()> {
    let rows = Batch::of::<R>(records);
    if rows.is_empty() {
        return Ok(());
    }
    if replace && rows.len() <= ROWS_NAMED_MAX {
        delete_named(db, &rows)?;
    } else if replace {
        let stage = Stage::of(db, R::TABLE, &[])?;
        stage.append(db, [rows.rows.clone()])?;
        delete_staged(db, R::TABLE, R::TABLE.key, &stage)?;
        stage.clear(db)?;
    }
    stage::append(db, R::TABLE, [rows.rows])
}

/// Keys are literals of the statement: it is planned once, where parameters of unknown type would have it planned twice.
fn delete_named(db: &Db, rows: &Batch) -> Result<()> {
    let table = rows.table;
    let equal = |row: usize, column: &&str| {
        let value = table.column(column).map_or(Value::Null, |index| rows.value(row, index));
        format!("{} = {}", quoted(column), literal(value))
    };
    let row = |row: usize| {
        let parts: Vec<_> = table.key.iter().map(|column| equal(row, column)).collect();
        format!("({})", parts.join(" AND "))
    };
    let named: Vec<_> = (0..rows.len()).map(row).collect();
    stage::run(db, &format!("DELETE FROM {} WHERE {}", name(table), named.join(" OR ")))
}

fn remove(db: &Db, id: ConnectionId, rows: RowsOfRemoved) -> Result<()> {
    let is_theirs = |table: &&Table| table.owner == Owner::Connection || table.column("connection_id").is_some();
    let owned = record_tables().into_iter().filter(is_theirs);
    let owned = owned.filter(|_| rows == RowsOfRemoved::Delete);
    for table in owned.chain([Stream::TABLE, Gap::TABLE]) {
        let sql = format!("DELETE FROM {} WHERE connection_id = ?", name(table));
        db.execute(&sql, [id]).map_err(|e| failed(&e))?;
    }
    Ok(())
}
