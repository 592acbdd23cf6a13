//! Rows between the engine's batches and PostgreSQL: in by COPY, out as texts and numbers that lose nothing.

use std::fmt::Write;

use foliosync_engine::model::sync::ConnectionId;
use foliosync_engine::model::{Batch, BatchBuilder, Kind, Owner, Record, Table, Value};
use foliosync_engine::store::{Filter, Select, StoreError};
use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::{Result, failed};
use crate::sql::{literal, name, narrowed, quoted};

/// Reads committed rows of one table.
pub async fn read(db: &mut PgConnection, select: &Select) -> Result<Batch> {
    let table = select.table;
    let sql = format!("SELECT {} FROM {}{}", shown(table), name(table), narrowed(select, condition));
    let rows = sqlx::query(AssertSqlSafe(sql)).persistent(false).fetch_all(db).await.map_err(|e| failed(&e))?;
    batch(table, &rows)
}

pub async fn records<R: Record>(db: &mut PgConnection, narrow: impl FnOnce(Select) -> Select) -> Result<Vec<R>> {
    Ok(read(db, &narrow(Select::all(R::TABLE))).await?.records()?)
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

/// Sends rows to `target`, whose columns are those in `leading`, the owner where there is one, and the table's own.
pub struct Sender {
    text: String,
}

impl Sender {
    pub fn new() -> Sender {
        Sender { text: String::new() }
    }

    pub fn add(&mut self, leading: &[i64], connection: ConnectionId, rows: &Batch, row: usize) {
        for number in leading {
            let _ = write!(self.text, "{number}\t");
        }
        if rows.table.owner == Owner::Connection {
            let _ = write!(self.text, "{connection}\t");
        }
        for column in 0..rows.table.columns.len() {
            if column > 0 {
                self.text.push('\t');
            }
            self.put(rows.value(row, column));
        }
        self.text.push('\n');
    }

    fn put(&mut self, value: Value<'_>) {
        match value {
            Value::Null => self.text.push_str("\\N"),
            Value::Text(text) => {
                for letter in text.chars() {
                    match letter {
                        '\\' => self.text.push_str("\\\\"),
                        '\t' => self.text.push_str("\\t"),
                        '\n' => self.text.push_str("\\n"),
                        '\r' => self.text.push_str("\\r"),
                        other => self.text.push(other),
                    }
                }
            }
            other => {
                let _ = write!(self.text, "{other}");
            }
        }
    }

    pub async fn send(self, db: &mut PgConnection, target: &str, columns: &[String]) -> Result<()> {
        let sql = format!("COPY {target} ({}) FROM STDIN", columns.join(", "));
        let mut copy = db.copy_in_raw(&sql).await.map_err(|e| failed(&e))?;
        if let Err(error) = copy.send(self.text.into_bytes()).await {
            let _ = copy.abort("it could not be sent").await;
            return Err(failed(&error));
        }
        copy.finish().await.map(drop).map_err(|e| failed(&e))
    }
}
