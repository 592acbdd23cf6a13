//! Applying the changes of many pages at once: one statement a table, not one a page.

use std::collections::BTreeMap;

use foliosync_engine::model::sync::ConnectionId;
use foliosync_engine::model::{Batch, Column, Merge, Owner, Table, market};
use foliosync_engine::provider::Scope;
use jiff::Timestamp;
use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::rows::Sender;
use super::schema::{indexed, sql_type};
use super::{Result, failed, run};
use crate::sql::{columns, differs, key, literal, name, quoted, rule, same_key};
use crate::work::{OwnedPage, Work, by_table};

/// Writes all pages in the open transaction. Returns the rows written for each: those placed by a replace, and those
/// of an upsert that were new or different.
pub async fn apply(db: &mut PgConnection, pages: &[OwnedPage<'_>], now: Timestamp) -> Result<Vec<i64>> {
    let mut written = vec![0; pages.len()];
    for (table, Work { scopes, placed, merged }) in by_table(pages)? {
        if table.owner == Owner::Shared {
            // Rows of a connection are its lease's; these are everybody's. Tables come in one order, so nobody waits
            // for somebody who waits for them.
            let lock =
                format!("SELECT pg_advisory_xact_lock(hashtextextended({}, 0))", literal((&table.full_name()).into()));
            run(db, &lock).await?;
        }
        delete_scopes(db, table, &scopes).await?;
        let mut sender = Sender::default();
        for (nth, connection, rows) in &placed {
            (0..rows.len()).for_each(|row| sender.add(&[], *connection, rows, row));
            written[*nth] += rows.len() as i64;
        }
        if !placed.is_empty() {
            sender.send(db, &name(table), &quoted_columns(table)).await?;
        }
        if !merged.is_empty() {
            upsert(db, table, &merged, now, &mut written).await?;
        }
    }
    Ok(written)
}

/// Puts rows of a shared table in place of those with the same keys; no two of them have the same.
pub async fn place(db: &mut PgConnection, table: &'static Table, rows: &Batch) -> Result<()> {
    let mut sender = Sender::default();
    (0..rows.len()).for_each(|row| sender.add(&[], 0, rows, row));
    let columns = quoted_columns(table);
    if table.key.is_empty() {
        return sender.send(db, &name(table), &columns).await;
    }
    sender.replace(db, table, &columns).await
}

fn quoted_columns(table: &Table) -> Vec<String> {
    columns(table).into_iter().map(quoted).collect()
}

async fn delete_scopes(db: &mut PgConnection, table: &Table, scopes: &[(ConnectionId, &Scope)]) -> Result<()> {
    let mut by_column: BTreeMap<&str, (Vec<i64>, Vec<&str>)> = BTreeMap::new();
    for (connection, scope) in scopes {
        let (connections, values) = by_column.entry(scope.column).or_default();
        connections.push(*connection);
        values.push(&scope.value);
    }
    for (column, (connections, values)) in by_column {
        let sql = format!(
            "DELETE FROM {} AS t USING unnest($1::bigint[], $2::text[]) AS s(connection_id, value)
             WHERE t.connection_id = s.connection_id AND t.{} = s.value",
            name(table),
            quoted(column)
        );
        let deleting = sqlx::query(AssertSqlSafe(sql)).bind(connections).bind(values).persistent(false);
        deleting.execute(&mut *db).await.map_err(|e| failed(&e))?;
    }
    Ok(())
}

/// Stages the rows, keeps the last of each key, sets aside those that are new or different, notes what they correct,
/// and puts them in place of what they replace.
async fn upsert(
    db: &mut PgConnection,
    table: &'static Table,
    upserted: &[(usize, ConnectionId, &Batch)],
    now: Timestamp,
    written: &mut [i64],
) -> Result<()> {
    let stage = stage(db, table).await?;
    let (mut sender, mut order) = (Sender::default(), 0);
    for (nth, connection, rows) in upserted {
        for row in 0..rows.len() {
            sender.add(&[*nth as i64, order], *connection, rows, row);
            order += 1;
        }
    }
    let own = quoted_columns(table);
    let all: Vec<String> = ["_page", "_order"].map(String::from).into_iter().chain(own.iter().cloned()).collect();
    sender.send(db, &stage, &all).await?;
    let key = key(table);
    let keys = key.iter().map(|k| quoted(k)).collect::<Vec<_>>().join(", ");
    let rule = rule(table, &key);
    let selected: Vec<String> = columns(table)
        .iter()
        .map(|column| match &rule.instead {
            Some((instead, what)) if instead == column => format!("{what} AS {}", quoted(column)),
            _ => format!("s.{}", quoted(column)),
        })
        .collect();
    // The same once more over what the index holds, so that it is used.
    let near = indexed(table).iter().map(|part| format!("{} = {}", of("t", part), of("s", part))).collect::<Vec<_>>();
    let on = format!("{} AND {}", near.join(" AND "), same_key(table, &key, "t", "s"));
    let on = on.trim_start_matches(" AND ").to_string();
    let full = name(table);
    let corrections = match table.merge {
        Merge::OverwriteAndNote => format!(", noted AS ({})", corrections(table, &key, now)),
        _ => String::new(),
    };
    let sql = format!(
        "WITH last AS (SELECT DISTINCT ON ({keys}) * FROM {stage} ORDER BY {keys}, {first}_order DESC),
              fresh AS MATERIALIZED (
                  SELECT s._page, s._order, t.ctid AS _old, {selected}
                  FROM last AS s LEFT JOIN {full} AS t ON {on}
                  WHERE t.ctid IS NULL OR ({takes_place})),
              gone AS (DELETE FROM {full} AS t USING fresh WHERE t.ctid = fresh._old),
              placed AS (INSERT INTO {full} ({list}) SELECT {list} FROM fresh ORDER BY _order){corrections}
         SELECT _page, count(*) FROM fresh GROUP BY _page",
        first = rule.first,
        selected = selected.join(", "),
        takes_place = rule.takes_place,
        list = own.join(", "),
    );
    let counts = sqlx::query(AssertSqlSafe(sql)).persistent(false).fetch_all(&mut *db).await.map_err(|e| failed(&e))?;
    for row in counts {
        let (nth, count): (i64, i64) =
            (row.try_get(0).map_err(|e| failed(&e))?, row.try_get(1).map_err(|e| failed(&e))?);
        if let Some(sum) = usize::try_from(nth).ok().and_then(|nth| written.get_mut(nth)) {
            *sum += count;
        }
    }
    run(db, &format!("DELETE FROM {stage}")).await
}

/// An expression over a column, of the row that is called so.
fn of(row: &str, part: &str) -> String {
    match part.strip_prefix("left(") {
        Some(rest) => format!("left({row}.{rest}"),
        None => format!("{row}.{part}"),
    }
}

/// A temporary table of this connection, empty at the start of every transaction. Its name tells its shape, because a
/// pooler may hand out a connection that a program of another version used.
async fn stage(db: &mut PgConnection, table: &Table) -> Result<String> {
    let stage = quoted(&format!("stage_{}_{}_{}", table.schema, table.name, table.columns.len()));
    let owner = (table.owner == Owner::Connection).then(|| "connection_id BIGINT".to_string());
    let own = table.columns.iter().map(|Column { name, kind, .. }| format!("{} {}", quoted(name), sql_type(*kind)));
    let leading = ["_page BIGINT", "_order BIGINT"].map(String::from);
    let columns: Vec<_> = leading.into_iter().chain(owner).chain(own).collect();
    run(db, &format!("CREATE TEMP TABLE IF NOT EXISTS {stage} ({}) ON COMMIT DELETE ROWS", columns.join(", "))).await?;
    Ok(stage)
}

/// One line for every value that is about to change, a value that appears or goes included.
fn corrections(table: &Table, key: &[&str], now: Timestamp) -> String {
    let log = &market::CORRECTIONS;
    let own_key = key.iter().filter(|k| **k != "connection_id");
    let parts: Vec<_> = own_key.map(|k| format!("'{k}', s.{}::text", quoted(k))).collect();
    let selects: Vec<_> = table
        .columns
        .iter()
        .filter(|column| !key.contains(&column.name))
        .map(|column| {
            let c = quoted(column.name);
            format!(
                "SELECT s.connection_id, '{}', json_build_object({}), '{}', t.{c}::text, s.{c}::text, '{now}'::timestamptz \
                 FROM fresh AS s JOIN {} AS t ON t.ctid = s._old WHERE {}",
                table.full_name(),
                parts.join(", "),
                column.name,
                name(table),
                differs(table, column.name)
            )
        })
        .collect();
    format!("INSERT INTO {} ({}) {}", name(log), quoted_columns(log).join(", "), selects.join(" UNION ALL "))
}
