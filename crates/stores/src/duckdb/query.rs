//! Statements that users write: one `SELECT`, on a connection of its own, within limits.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type};
use arrow_array::types::{TimestampMicrosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow_array::{Array, StructArray};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::{DataType, TimeUnit};
use duckdb::Connection as Db;
use foliosync_engine::limits::{QUERY_BYTES_MAX, QUERY_CELL_BYTES_MAX, QUERY_ROWS_MAX, QUERY_SECONDS_MAX};
use foliosync_engine::store::{Answer, AnswerColumn, StoreError};
use jiff::Timestamp;
use serde_json::Value as Json;
use tokio::sync::oneshot;

use super::open::text;
use super::{Readers, Result};

/// Runs the statement. One that takes longer than `QUERY_SECONDS_MAX` is interrupted, again and again until it ends:
/// some operators look for the interrupt only now and then.
pub async fn run(readers: Readers, sql: String) -> Result<Answer> {
    let (started, interrupt) = oneshot::channel();
    let mut work = tokio::task::spawn_blocking(move || {
        let reader = readers.take()?;
        let _ = started.send(reader.db.interrupt_handle());
        let answer = within_transaction(&reader.db, &sql);
        readers.put_back(reader);
        answer
    });
    let broken = |error: tokio::task::JoinError| StoreError::Failed(format!("a query broke off: {error}"));
    if let Ok(done) = tokio::time::timeout(QUERY_SECONDS_MAX, &mut work).await {
        return done.map_err(broken)?;
    }
    let handle: Option<Arc<duckdb::InterruptHandle>> = interrupt.await.ok();
    loop {
        if let Some(handle) = &handle {
            handle.interrupt();
        }
        if let Ok(done) = tokio::time::timeout(std::time::Duration::from_millis(100), &mut work).await {
            let late = format!("the query was stopped after {} seconds; narrow it", QUERY_SECONDS_MAX.as_secs());
            return done.map_err(broken)?.map_err(|_| StoreError::Query(late));
        }
    }
}

fn within_transaction(db: &Db, sql: &str) -> Result<Answer> {
    let sql = sql.trim().trim_end_matches(';').trim_end();
    check(db, sql)?;
    db.execute_batch("BEGIN TRANSACTION READ ONLY").map_err(|e| refused(&e))?;
    let answer = select(db, sql);
    // Whatever the statement did to the transaction, the connection is clean for the next reader.
    let _ = db.execute_batch("ROLLBACK");
    answer
}

/// Lets exactly one `SELECT` pass (with its relatives: `FROM`, `VALUES`, `DESCRIBE`, `SHOW`, `SUMMARIZE`), by DuckDB's
/// own parser. Nothing else may reach `prepare`, which runs all but the last of several statements at once.
fn check(db: &Db, sql: &str) -> Result<()> {
    let parsed: String =
        db.query_row("SELECT json_serialize_sql(?::VARCHAR)", [sql], |row| row.get(0)).map_err(|e| refused(&e))?;
    let parsed: Json = serde_json::from_str(&parsed).map_err(|e| StoreError::Query(e.to_string()))?;
    if parsed["error"] == true {
        let message = parsed["error_message"].as_str().unwrap_or("it cannot be parsed");
        let only = "only one statement that reads is allowed: SELECT, FROM, WITH, VALUES, DESCRIBE, SHOW, SUMMARIZE";
        let message = if parsed["error_type"] == "not implemented" { only } else { message };
        return Err(StoreError::Query(message.into()));
    }
    match parsed["statements"].as_array().map_or(0, Vec::len) {
        1 => Ok(()),
        0 => Err(StoreError::Query("the query is empty".into())),
        several => Err(StoreError::Query(format!("there are {several} statements; give one"))),
    }
}

fn select(db: &Db, sql: &str) -> Result<Answer> {
    let mut statement = db.prepare(sql).map_err(|e| refused(&e))?;
    // Executes; chunks are taken from the statement, because the iterator would panic on one that fails.
    drop(statement.stream_arrow([]).map_err(|e| refused(&e))?);
    let schema = statement.schema();
    let mut answer = Answer::default();
    for field in schema.fields() {
        answer.columns.push(AnswerColumn { name: field.name().clone(), kind: type_name(field.data_type()) });
    }
    let mut bytes = 0;
    while let Some(chunk) = statement.step().map_err(|e| refused(&e))? {
        for row in 0..chunk.len() {
            if answer.rows.len() == QUERY_ROWS_MAX {
                answer.truncated = Some(format!("only the first {QUERY_ROWS_MAX} rows are shown"));
                return Ok(answer);
            }
            let cells = cells(&chunk, row)?;
            bytes += cells.iter().map(|cell| cell.as_str().map_or(8, str::len)).sum::<usize>();
            if bytes > QUERY_BYTES_MAX {
                answer.truncated = Some(format!("rows past {QUERY_BYTES_MAX} bytes are not shown"));
                return Ok(answer);
            }
            answer.rows.push(cells);
        }
    }
    Ok(answer)
}

fn cells(chunk: &StructArray, row: usize) -> Result<Vec<Json>> {
    chunk.columns().iter().map(|column| cell(column.as_ref(), row)).collect()
}

/// Whole numbers that every JSON reader holds exactly and floats are numbers; decimals and all else are texts.
fn cell(column: &dyn Array, row: usize) -> Result<Json> {
    const EXACT_MAX: i64 = 1 << 53;
    let whole =
        |number: i64| if number.abs() <= EXACT_MAX { Json::from(number) } else { Json::from(number.to_string()) };
    if column.is_null(row) {
        return Ok(Json::Null);
    }
    Ok(match column.data_type() {
        DataType::Null => Json::Null,
        DataType::Boolean => Json::from(column.as_boolean().value(row)),
        DataType::Int8 => whole(column.as_primitive::<Int8Type>().value(row).into()),
        DataType::Int16 => whole(column.as_primitive::<Int16Type>().value(row).into()),
        DataType::Int32 => whole(column.as_primitive::<Int32Type>().value(row).into()),
        DataType::Int64 => whole(column.as_primitive::<Int64Type>().value(row)),
        DataType::UInt8 => whole(column.as_primitive::<UInt8Type>().value(row).into()),
        DataType::UInt16 => whole(column.as_primitive::<UInt16Type>().value(row).into()),
        DataType::UInt32 => whole(column.as_primitive::<UInt32Type>().value(row).into()),
        DataType::UInt64 => {
            let number = column.as_primitive::<UInt64Type>().value(row);
            i64::try_from(number).map_or_else(|_| Json::from(number.to_string()), whole)
        }
        // Not money: only what the user's own expression turned into a float.
        DataType::Float32 => Json::from(column.as_primitive::<Float32Type>().value(row)),
        DataType::Float64 => Json::from(column.as_primitive::<Float64Type>().value(row)),
        _ => Json::from(shown(column, row)?),
    })
}

fn shown(column: &dyn Array, row: usize) -> Result<String> {
    // Named time zones are beyond the formatter, and the session's is UTC.
    if let DataType::Timestamp(TimeUnit::Microsecond, Some(_)) = column.data_type() {
        let micros = column.as_primitive::<TimestampMicrosecondType>().value(row);
        let at = Timestamp::from_microsecond(micros).map_err(|e| StoreError::Query(e.to_string()))?;
        return Ok(at.to_string());
    }
    let options = FormatOptions::default().with_display_error(true);
    let formatter = ArrayFormatter::try_new(column, &options).map_err(|e| StoreError::Query(e.to_string()))?;
    let mut text = formatter.value(row).to_string();
    // The column's scale is not the value's: 1251.000000000000000000 is 1251.
    if matches!(column.data_type(), DataType::Decimal128(..)) && text.contains('.') {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    if text.len() > QUERY_CELL_BYTES_MAX {
        return Err(StoreError::Query(format!("a value is longer than {QUERY_CELL_BYTES_MAX} bytes")));
    }
    Ok(text)
}

fn type_name(kind: &DataType) -> String {
    match kind {
        DataType::Utf8 => "text".into(),
        DataType::Boolean => "boolean".into(),
        DataType::Date32 => "date".into(),
        DataType::Decimal128(precision, scale) => format!("decimal({precision},{scale})"),
        DataType::Timestamp(_, Some(_)) => "instant".into(),
        DataType::Timestamp(_, None) => "timestamp".into(),
        DataType::Time64(_) => "time".into(),
        DataType::Float32 | DataType::Float64 => "float".into(),
        kind if kind.is_integer() => "integer".into(),
        other => other.to_string().to_lowercase(),
    }
}

fn refused(error: &duckdb::Error) -> StoreError {
    StoreError::Query(text(error))
}
