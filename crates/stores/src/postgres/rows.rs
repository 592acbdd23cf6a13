//! Rows between the engine's batches and PostgreSQL: in by COPY, out as texts and numbers that lose nothing.

use std::fmt::Write;

use foliosync_engine::model::sync::ConnectionId;
use foliosync_engine::model::{Batch, BatchBuilder, Kind, Owner, Record, Table, Value};
use foliosync_engine::store::{Filter, Select, StoreError};
use jiff::Timestamp;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{Arguments, AssertSqlSafe, PgConnection, Row};

use super::schema::sql_type;
use super::{Result, failed, run};
use crate::sql::{literal, name, narrowed, quoted, same_key};

/// Reads committed rows of one table.
pub async fn read(db: &mut PgConnection, select: &Select) -> Result<Batch> {
    rows(db, select.table, &narrowed(select, condition)).await
}

/// The rows of a table that `narrowed` leaves.
pub async fn rows(db: &mut PgConnection, table: &'static Table, narrowed: &str) -> Result<Batch> {
    let sql = format!("SELECT {} FROM {}{narrowed}", shown(table), name(table));
    let rows = sqlx::query(AssertSqlSafe(sql)).persistent(false).fetch_all(db).await.map_err(|e| failed(&e))?;
    batch(table, &rows)
}

pub async fn records<R: Record>(db: &mut PgConnection, narrow: impl FnOnce(Select) -> Select) -> Result<Vec<R>> {
    Ok(read(db, &narrow(Select::all(R::TABLE))).await?.records()?)
}

/// Reads a table bit by bit, within the transaction that is going.
pub struct Reading {
    table: &'static Table,
}

impl Reading {
    pub async fn begin(db: &mut PgConnection, table: &'static Table) -> Result<Reading> {
        let cursor = format!("DECLARE reading NO SCROLL CURSOR FOR SELECT {} FROM {}", shown(table), name(table));
        run(db, &cursor).await?;
        Ok(Reading { table })
    }

    /// At most `rows_max` more; none at the end.
    pub async fn next(&self, db: &mut PgConnection, rows_max: i64) -> Result<Batch> {
        let sql = format!("FETCH {rows_max} FROM reading");
        let rows = sqlx::query(AssertSqlSafe(sql)).persistent(false).fetch_all(db).await.map_err(|e| failed(&e))?;
        batch(self.table, &rows)
    }
}

fn condition(filter: &Filter) -> String {
    match filter {
        Filter::Is(column, number) => format!("{} = {number}", quoted(column)),
        Filter::IsText(column, text) => format!("{} = {}", quoted(column), text_literal(text)),
        Filter::After(column, number) => format!("{} > {number}", quoted(column)),
        Filter::Before(column, number) => format!("{} < {number}", quoted(column)),
        Filter::Between(column, from, to) => format!("{} BETWEEN '{from}' AND '{to}'", quoted(column)),
        Filter::In(_, numbers) if numbers.is_empty() => "false".into(),
        Filter::In(column, numbers) => {
            let list: Vec<_> = numbers.iter().map(i64::to_string).collect();
            format!("{} IN ({})", quoted(column), list.join(", "))
        }
    }
}

/// With `standard_conforming_strings`, which every connection of ours has on, a quote is all that needs care.
pub fn text_literal(text: &str) -> String {
    literal(text.into())
}

/// The columns of a table as `batch` reads them.
fn shown(table: &Table) -> String {
    let column = |column: &foliosync_engine::model::Column| {
        let own = quoted(column.name);
        match column.kind {
            Kind::Text | Kind::Json | Kind::Decimal => format!("{own}::text"),
            Kind::Date => format!("to_char({own}, 'YYYY-MM-DD')"),
            Kind::Instant => format!("(extract(epoch FROM {own}) * 1000000)::bigint"),
            Kind::Int | Kind::Bool => own,
        }
    };
    table.columns.iter().map(column).collect::<Vec<_>>().join(", ")
}

fn batch(table: &'static Table, rows: &[PgRow]) -> Result<Batch> {
    let mut builder = BatchBuilder::new(table);
    let mut texts: Vec<Option<String>> = Vec::with_capacity(table.columns.len());
    for row in rows {
        texts.clear();
        for (nth, column) in table.columns.iter().enumerate() {
            let is_text = !matches!(column.kind, Kind::Int | Kind::Bool | Kind::Instant);
            texts.push(if is_text { row.try_get(nth).map_err(|e| failed(&e))? } else { None });
        }
        let mut values = Vec::with_capacity(table.columns.len());
        for (nth, column) in table.columns.iter().enumerate() {
            let text = texts[nth].as_deref();
            values.push(match column.kind {
                Kind::Text | Kind::Json => text.into(),
                Kind::Decimal => parsed(table, column.name, text)?,
                Kind::Date => parsed_date(table, column.name, text)?,
                Kind::Int => row.try_get::<Option<i64>, _>(nth).map_err(|e| failed(&e))?.into(),
                Kind::Bool => row.try_get::<Option<bool>, _>(nth).map_err(|e| failed(&e))?.into(),
                Kind::Instant => {
                    let micros: Option<i64> = row.try_get(nth).map_err(|e| failed(&e))?;
                    let at = micros.map(Timestamp::from_microsecond).transpose();
                    at.map_err(|e| unreadable(table, column.name, &e.to_string()))?.into()
                }
            });
        }
        builder.push_values(&values);
    }
    Ok(builder.finish())
}

fn parsed(table: &Table, column: &str, text: Option<&str>) -> Result<Value<'static>> {
    let number = text.map(|text| text.parse::<foliosync_engine::model::Decimal>()).transpose();
    Ok(number.map_err(|e| unreadable(table, column, &e.to_string()))?.into())
}

fn parsed_date(table: &Table, column: &str, text: Option<&str>) -> Result<Value<'static>> {
    let date = text.map(|text| text.parse::<jiff::civil::Date>()).transpose();
    Ok(date.map_err(|e| unreadable(table, column, &e.to_string()))?.into())
}

fn unreadable(table: &Table, column: &str, why: &str) -> StoreError {
    StoreError::Unusable(format!("{}.{column} cannot be read: {why}", table.full_name()))
}

/// More rows than this go by COPY. The library's sockets keep the end of a COPY back until what came before it is
/// acknowledged, which takes 40 ms; a statement is on its way as a whole, and so many rows cost it 40 ms more than a COPY.
const ARRAYS_ROWS_MAX: usize = 20_000;

/// Rows on their way to a table.
#[derive(Default)]
pub struct Sender<'a> {
    rows: Vec<Sent<'a>>,
}

struct Sent<'a> {
    leading: Vec<i64>,
    rows: &'a Batch,
    row: usize,
}

impl<'a> Sender<'a> {
    /// A row whose columns are `leading`, the owner where there is one, and the table's own.
    pub fn add(&mut self, leading: &[i64], connection: ConnectionId, rows: &'a Batch, row: usize) {
        let owner = (rows.table.owner == Owner::Connection).then_some(connection);
        self.rows.push(Sent { leading: leading.iter().copied().chain(owner).collect(), rows, row });
    }

    pub async fn send(self, db: &mut PgConnection, target: &str, columns: &[String]) -> Result<()> {
        let Some(shape) = self.shape() else { return Ok(()) };
        let list = columns.join(", ");
        if self.rows.len() <= ARRAYS_ROWS_MAX {
            let sql = format!("INSERT INTO {target} ({list}) {}", selected(columns, &shape));
            return self.run(db, &shape, sql).await;
        }
        let mut copy = db.copy_in_raw(&format!("COPY {target} ({list}) FROM STDIN")).await.map_err(|e| failed(&e))?;
        if let Err(error) = copy.send(self.as_copy().into_bytes()).await {
            let _ = copy.abort("it could not be sent").await;
            return Err(failed(&error));
        }
        copy.finish().await.map(drop).map_err(|e| failed(&e))
    }

    /// Puts rows of a shared table in place of those with the same keys.
    pub async fn replace(self, db: &mut PgConnection, table: &Table, columns: &[String]) -> Result<()> {
        let Some(shape) = self.shape() else { return Ok(()) };
        let (full, list) = (name(table), columns.join(", "));
        let sql = format!(
            "WITH fresh AS MATERIALIZED ({}),
                  gone AS (DELETE FROM {full} AS t USING fresh AS s WHERE {})
             INSERT INTO {full} ({list}) SELECT {list} FROM fresh",
            selected(columns, &shape),
            same_key(table, table.key, "t", "s"),
        );
        self.run(db, &shape, sql).await
    }

    async fn run(&self, db: &mut PgConnection, shape: &[Kind], sql: String) -> Result<()> {
        let running = sqlx::query_with(AssertSqlSafe(sql), self.as_arrays(shape)?).persistent(false);
        running.execute(db).await.map(drop).map_err(|e| failed(&e))
    }

    /// What each column holds.
    fn shape(&self) -> Option<Vec<Kind>> {
        let Sent { leading, rows, .. } = self.rows.first()?;
        let own = rows.table.columns.iter().map(|column| column.kind);
        Some(leading.iter().map(|_| Kind::Int).chain(own).collect())
    }

    /// One array for each column.
    fn as_arrays(&self, shape: &[Kind]) -> Result<PgArguments> {
        let mut arguments = PgArguments::default();
        for (place, kind) in shape.iter().enumerate() {
            let added = match kind {
                Kind::Int => arguments.add(self.array(place, |value| match value {
                    Value::Int(number) => Some(number),
                    _ => None,
                })),
                Kind::Bool => arguments.add(self.array(place, |value| match value {
                    Value::Bool(yes) => Some(yes),
                    _ => None,
                })),
                _ => arguments.add(self.array(place, |value| match value {
                    Value::Null => None,
                    other => Some(other.to_string()),
                })),
            };
            added.map_err(|error| StoreError::Failed(error.to_string()))?;
        }
        Ok(arguments)
    }

    fn array<T>(&self, place: usize, of: impl Fn(Value<'_>) -> Option<T>) -> Vec<Option<T>> {
        self.rows.iter().map(|sent| of(sent.value(place))).collect()
    }

    fn as_copy(&self) -> String {
        let mut text = String::new();
        for sent in &self.rows {
            for (place, value) in sent.values().enumerate() {
                text.push_str(if place == 0 { "" } else { "\t" });
                put(&mut text, value);
            }
            text.push('\n');
        }
        text
    }
}

/// Rows that were bound as arrays, as a statement reads them.
fn selected(columns: &[String], shape: &[Kind]) -> String {
    let bound: Vec<_> = (1..).zip(shape).map(|(nth, kind)| format!("${nth}::{}[]", bound_type(*kind))).collect();
    let shown: Vec<_> =
        columns.iter().zip(shape).map(|(column, kind)| format!("{column}::{}", sql_type(*kind))).collect();
    format!("SELECT {} FROM unnest({}) AS bound({})", shown.join(", "), bound.join(", "), columns.join(", "))
}

/// How a value is bound: what has no exact twin goes as text.
fn bound_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Int | Kind::Bool => sql_type(kind),
        _ => "text",
    }
}

impl Sent<'_> {
    fn value(&self, place: usize) -> Value<'_> {
        match self.leading.get(place) {
            Some(number) => Value::Int(*number),
            None => self.rows.value(self.row, place - self.leading.len()),
        }
    }

    fn values(&self) -> impl Iterator<Item = Value<'_>> {
        (0..self.leading.len() + self.rows.table.columns.len()).map(|place| self.value(place))
    }
}

/// As COPY reads it.
fn put(text: &mut String, value: Value<'_>) {
    match value {
        Value::Null => text.push_str("\\N"),
        Value::Text(own) => {
            for letter in own.chars() {
                match letter {
                    '\\' => text.push_str("\\\\"),
                    '\t' => text.push_str("\\t"),
                    '\n' => text.push_str("\\n"),
                    '\r' => text.push_str("\\r"),
                    other => text.push(other),
                }
            }
        }
        other => {
            let _ = write!(text, "{other}");
        }
    }
}
