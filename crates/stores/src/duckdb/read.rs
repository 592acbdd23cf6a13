//! Reading committed rows of one table.

use duckdb::types::Value as DbValue;
use duckdb::{Connection as Db, params_from_iter};
use foliosync_engine::model::Batch;
use foliosync_engine::store::{Filter, Order, Select};

use super::Result;
use super::convert;
use super::open::failed;
use crate::sql::{name, quoted};

pub fn read(db: &Db, select: &Select) -> Result<Batch> {
    let table = select.table;
    let columns: Vec<_> = table.columns.iter().map(|column| quoted(column.name)).collect();
    let mut sql = format!("SELECT {} FROM {}", columns.join(", "), name(table));
    let mut parameters = Vec::new();
    for (nth, filter) in select.filters.iter().enumerate() {
        sql += if nth == 0 { " WHERE " } else { " AND " };
        sql += &condition(filter, &mut parameters);
    }
    match select.order {
        Some(Order::Ascending(column)) => sql += &format!(" ORDER BY {}", quoted(column)),
        Some(Order::Descending(column)) => sql += &format!(" ORDER BY {} DESC", quoted(column)),
        None => {}
    }
    if let Some(max) = select.max_rows {
        sql += &format!(" LIMIT {max}");
    }
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
