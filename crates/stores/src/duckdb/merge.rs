//! Applying the changes of many pages at once: one statement a table, not one a page.

use std::collections::BTreeMap;
use std::sync::Arc;

use duckdb::Connection as Db;
use foliosync_engine::model::sync::ConnectionId;
use foliosync_engine::model::{Batch, Merge, Owner, Table, market};
use foliosync_engine::provider::Scope;
use foliosync_engine::store::StoreError;
use jiff::Timestamp;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};

use super::Result;
use super::convert;
use super::open::failed;
use super::stage::{self, Stage};
use crate::sql::{columns, key, literal, name, quoted, rule, same_key};
use crate::work::{OwnedPage, Work, by_table};

/// Up to this many scopes are named in the statement that deletes them, which is cheaper than staging them.
const SCOPES_NAMED_MAX: usize = 16;

/// Writes all pages in the open transaction. Returns the rows written for each: those placed by a replace, and those
/// of an upsert that were new or different.
pub fn apply(db: &Db, pages: &[OwnedPage<'_>], now: Timestamp) -> Result<Vec<i64>> {
    let mut written = vec![0; pages.len()];
    for (table, Work { scopes, placed, merged }) in by_table(pages)? {
        delete_scopes(db, table, &scopes)?;
        if !placed.is_empty() {
            let owned: Vec<_> = placed.iter().map(|(_, id, rows)| (*id, *rows)).collect();
            stage::append(db, table, convert::stored(table, &owned)?)?;
        }
        for (nth, _, rows) in placed {
            written[nth] += rows.len() as i64;
        }
        if !merged.is_empty() {
            upsert(db, table, &merged, now, &mut written)?;
        }
    }
    Ok(written)
}

fn delete_scopes(db: &Db, table: &Table, scopes: &[(ConnectionId, &Scope)]) -> Result<()> {
    let mut by_column: BTreeMap<&str, Vec<(ConnectionId, &str)>> = BTreeMap::new();
    for (connection, scope) in scopes {
        by_column.entry(scope.column).or_default().push((*connection, &scope.value));
    }
    for (column, scopes) in by_column {
        let (table, column) = (name(table), quoted(column));
        if scopes.len() <= SCOPES_NAMED_MAX {
            let named = scopes.iter().map(|(connection, value)| {
                format!("(connection_id = {connection} AND {column} = {})", literal((*value).into()))
            });
            let named: Vec<_> = named.collect();
            stage::run(db, &format!("DELETE FROM {table} WHERE {}", named.join(" OR ")))?;
            continue;
        }
        let stage = Stage::create(db, "stage_scopes".into(), "connection_id BIGINT, value VARCHAR")?;
        let connections: ArrayRef = Arc::new(Int64Array::from_iter_values(scopes.iter().map(|(id, _)| *id)));
        let values: ArrayRef = Arc::new(StringArray::from_iter_values(scopes.iter().map(|(_, value)| value)));
        let rows = RecordBatch::try_from_iter([("connection_id", connections), ("value", values)]);
        stage.append(db, [rows.map_err(|e| StoreError::Failed(e.to_string()))?])?;
        stage::run(
            db,
            &format!(
                "DELETE FROM {table} AS t USING {} AS s WHERE t.connection_id = s.connection_id AND t.{column} = s.value",
                stage.name
            ),
        )?;
        stage.clear(db)?;
    }
    Ok(())
}

/// Stages the rows, keeps the last of each key, sets aside those that are new or different, notes what they correct,
/// and puts them in place of what they replace.
fn upsert(
    db: &Db,
    table: &'static Table,
    upserted: &[(usize, ConnectionId, &Batch)],
    now: Timestamp,
    written: &mut [i64],
) -> Result<()> {
    let stage = Stage::of(db, table, &["_page", "_order"])?;
    let mut order = 0;
    for (nth, connection, rows) in upserted {
        stage.append(db, [numbered(rows, table, *nth as i64, *connection, order)?])?;
        order += rows.len() as i64;
    }
    let columns = columns(table).into_iter().map(quoted).collect::<Vec<_>>();
    let key = key(table);
    let (list, keys) = (columns.join(", "), key.iter().map(|k| quoted(k)).collect::<Vec<_>>().join(", "));
    let on = same_key(table, &key, "t", "s");
    let rule = rule(table, &key);
    let select =
        rule.instead.map_or("s.*".into(), |(column, what)| format!("s.* REPLACE ({what} AS {})", quoted(column)));
    let fresh = "temp.main.stage_fresh";
    stage::run(
        db,
        &format!(
            "CREATE OR REPLACE TEMP TABLE stage_fresh AS
             SELECT {}, t.rowid AS _old
             FROM (SELECT * FROM {} QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY {}_order DESC) = 1) AS s
             LEFT JOIN {} AS t ON {on}
             WHERE t.rowid IS NULL OR ({})",
            select,
            stage.name,
            rule.first,
            name(table),
            rule.takes_place
        ),
    )?;
    stage.clear(db)?;
    if table.merge == Merge::OverwriteAndNote {
        note_corrections(db, table, &key, fresh, now)?;
    }
    stage::run(
        db,
        &format!("DELETE FROM {} WHERE rowid IN (SELECT _old FROM {fresh} WHERE _old IS NOT NULL)", name(table)),
    )?;
    stage::run(db, &format!("INSERT INTO {} ({list}) SELECT {list} FROM {fresh} ORDER BY _order", name(table)))?;
    let mut counts =
        db.prepare(&format!("SELECT _page, count(*) FROM {fresh} GROUP BY _page")).map_err(|e| failed(&e))?;
    let mut rows = counts.query([]).map_err(|e| failed(&e))?;
    while let Some(row) = rows.next().map_err(|e| failed(&e))? {
        let (nth, count): (i64, i64) = (row.get(0).map_err(|e| failed(&e))?, row.get(1).map_err(|e| failed(&e))?);
        written[nth as usize] += count;
    }
    Ok(())
}

/// One line for every value that is about to change, a value that appears or goes included.
fn note_corrections(db: &Db, table: &Table, key: &[&str], fresh: &str, now: Timestamp) -> Result<()> {
    let any = format!("SELECT count(*) FROM {fresh} WHERE _old IS NOT NULL");
    let corrected: i64 = db.query_row(&any, [], |row| row.get(0)).map_err(|e| failed(&e))?;
    if corrected == 0 {
        return Ok(());
    }
    let log = &market::CORRECTIONS;
    let own_key = key.iter().filter(|k| **k != "connection_id");
    let parts: Vec<_> = own_key.map(|k| format!("'{k}', CAST(s.{} AS VARCHAR)", quoted(k))).collect();
    let selects: Vec<_> = table
        .columns
        .iter()
        .filter(|column| !key.contains(&column.name))
        .map(|column| {
            let c = quoted(column.name);
            format!(
                "SELECT s.connection_id, '{}', json_object({}), '{}', CAST(t.{c} AS VARCHAR), CAST(s.{c} AS VARCHAR), \
                 make_timestamptz({}) FROM {fresh} AS s JOIN {} AS t ON t.rowid = s._old \
                 WHERE t.{c} IS DISTINCT FROM s.{c}",
                table.full_name(),
                parts.join(", "),
                column.name,
                now.as_microsecond(),
                name(table)
            )
        })
        .collect();
    let list = columns(log).into_iter().map(quoted).collect::<Vec<_>>().join(", ");
    let sql = format!("INSERT INTO {} ({list}) {}", name(log), selects.join(" UNION ALL "));
    db.execute_batch(&sql).map_err(|e| failed(&e))
}

/// The rows led by their page and their place in the order of all.
fn numbered(rows: &Batch, table: &Table, page: i64, connection: ConnectionId, first: i64) -> Result<RecordBatch> {
    let numbers = Int64Array::from_iter_values(first..first + rows.len() as i64);
    let owner: &[(&str, i64)] = if table.owner == Owner::Connection { &[("connection_id", connection)] } else { &[] };
    let owned = convert::led_by(rows, owner)?;
    let page: ArrayRef = Arc::new(Int64Array::from_value(page, rows.len()));
    let order: ArrayRef = Arc::new(numbers);
    let schema = owned.schema();
    let leading = [("_page", page, false), ("_order", order, false)];
    let own = schema.fields().iter().zip(owned.columns());
    let all = leading.into_iter().chain(own.map(|(f, array)| (f.name().as_str(), Arc::clone(array), f.is_nullable())));
    RecordBatch::try_from_iter_with_nullable(all).map_err(|e| StoreError::Failed(e.to_string()))
}
