//! Reading committed rows of one table.

use duckdb::types::Value as DbValue;
use duckdb::{Connection as Db, params_from_iter};
use foliosync_engine::model::{Batch, Table};
use foliosync_engine::store::{Filter, Select};

use super::Result;
use super::convert;
use super::open::failed;
use crate::sql::{name, narrowed, quoted};

pub fn read(db: &Db, select: &Select) -> Result<Batch> {
    let mut parameters = Vec::new();
    let narrowed = narrowed(select, |filter| condition(filter, &mut parameters));
    rows(db, select.table, &narrowed, parameters)
}

/// The rows of a table that `narrowed` leaves.
pub fn rows(db: &Db, table: &'static Table, narrowed: &str, parameters: Vec<DbValue>) -> Result<Batch> {
    let columns: Vec<_> = table.columns.iter().map(|column| quoted(column.name)).collect();
    let sql = format!("SELECT {} FROM {}{narrowed}", columns.join(", "), name(table));
    // Never a cached statement: see `stage::run`.
    let mut statement = db.prepare(&sql).map_err(|e| failed(&e))?;
    // `query_arrow` executes; its iterator would panic on a failing chunk, so the chunks are taken from the statement.
    drop(statement.query_arrow(params_from_iter(parameters)).map_err(|e| failed(&e))?);
    let mut chunks = Vec::new();
    while let Some(chunk) = statement.step().map_err(|e| failed(&e))? {
        chunks.push(chunk);
    }
    convert::batch(table, chunks)
}

fn condition(filter: &Filter, parameters: &mut Vec<DbValue>) -> String {
    match filter {
        Filter::Is(column, number) => {
            parameters.push(DbValue::BigInt(*number));
            format!("{} = ?", quoted(column))
        }
        Filter::IsText(column, text) => {
            parameters.push(DbValue::Text(text.clone()));
            format!("{} = ?", quoted(column))
        }
        Filter::After(column, number) => {
            parameters.push(DbValue::BigInt(*number));
            format!("{} > ?", quoted(column))
        }
        Filter::Before(column, number) => {
            parameters.push(DbValue::BigInt(*number));
            format!("{} < ?", quoted(column))
        }
        Filter::Between(column, from, to) => {
            parameters.extend([from, to].map(|day| DbValue::Text(day.to_string())));
            format!("{} BETWEEN CAST(? AS DATE) AND CAST(? AS DATE)", quoted(column))
        }
        // Numbers of ours: they need no binding, and their count varies.
        Filter::In(_, numbers) if numbers.is_empty() => "false".into(),
        Filter::In(column, numbers) => {
            let list: Vec<_> = numbers.iter().map(i64::to_string).collect();
            format!("{} IN ({})", quoted(column), list.join(", "))
        }
    }
}
