//! Runs a statement and writes its rows down, as JSON or as Arrow.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type};
use arrow_array::types::{TimestampMicrosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow_array::{Array, RecordBatch, StructArray};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, DataType, TimeUnit};
use duckdb::Connection as Db;
use foliosync_engine::limits::{QUERY_BYTES_MAX, QUERY_CELL_BYTES_MAX, QUERY_MEMORY_BYTES_MAX};
use foliosync_engine::store::{AnswerColumn, RowsFormat, StoreError};
use jiff::Timestamp;
use serde_json::Value as Json;

use super::wire::Head;
use crate::duckdb::Result;
use crate::duckdb::open::text;

/// Which rows, and how.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    pub offset: usize,
    pub limit: usize,
    pub format: RowsFormat,
}

pub fn select(db: &Db, sql: &str, wanted: Wanted) -> Result<(Head, Vec<u8>)> {
    let mut statement = db.prepare(sql).map_err(|e| refused(&e))?;
    // Executes; chunks are taken from the statement, because the iterator would panic on one that fails.
    drop(statement.stream_arrow([]).map_err(|e| refused(&e))?);
    let schema = statement.schema();
    let column =
        |field: &arrow_schema::Field| AnswerColumn { name: field.name().clone(), kind: kind(field.data_type()) };
    let mut head = Head { columns: schema.fields().iter().map(|field| column(field)).collect(), truncated: None };
    let mut writer = match wanted.format {
        RowsFormat::Json => Writer::Json(vec![b'[']),
        RowsFormat::Arrow => Writer::Arrow(StreamWriter::try_new(Vec::new(), &schema).map_err(|e| unwritten(&e))?),
    };
    let (mut passed, mut written) = (0, 0);
    while let Some(chunk) = statement.step().map_err(|e| refused(&e))? {
        let first = wanted.offset.saturating_sub(passed).min(chunk.len());
        passed += chunk.len();
        let rows = (chunk.len() - first).min(wanted.limit - written);
        let cut = rows < chunk.len() - first;
        if !writer.write(&chunk.slice(first, rows), written == 0)? {
            head.truncated = Some(format!("rows past {QUERY_BYTES_MAX} bytes are left out"));
            break;
        }
        written += rows;
        if cut {
            let from = if wanted.offset == 0 { String::new() } else { format!(" after the first {}", wanted.offset) };
            head.truncated = Some(format!("only {written} rows{from} are shown, and there are more"));
            break;
        }
    }
    Ok((head, writer.finish()?))
}

enum Writer {
    Json(Vec<u8>),
    Arrow(StreamWriter<Vec<u8>>),
}

impl Writer {
    /// Whether there was room for all rows. JSON takes what fits, Arrow all or none of a chunk.
    fn write(&mut self, rows: &StructArray, is_first: bool) -> Result<bool> {
        match self {
            Writer::Json(bytes) => {
                for row in 0..rows.len() {
                    let before = bytes.len();
                    if !(is_first && row == 0) {
                        bytes.push(b',');
                    }
                    let cells: Vec<Json> =
                        rows.columns().iter().map(|column| cell(column.as_ref(), row)).collect::<Result<_>>()?;
                    serde_json::to_writer(&mut *bytes, &cells).map_err(|e| StoreError::Failed(e.to_string()))?;
                    if bytes.len() > QUERY_BYTES_MAX {
                        bytes.truncate(before);
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Writer::Arrow(stream) => {
                if stream.get_ref().len() + rows.get_buffer_memory_size() > QUERY_BYTES_MAX {
                    return Ok(false);
                }
                stream.write(&RecordBatch::from(rows)).map_err(|e| unwritten(&e))?;
                Ok(true)
            }
        }
    }

    fn finish(self) -> Result<Vec<u8>> {
        match self {
            Writer::Json(mut bytes) => {
                bytes.push(b']');
                Ok(bytes)
            }
            Writer::Arrow(stream) => stream.into_inner().map_err(|e| unwritten(&e)),
        }
    }
}

fn unwritten(error: &ArrowError) -> StoreError {
    StoreError::Query(format!("the answer cannot be written as Arrow: {error}; ask for JSON"))
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

/// The name of a type, as people read it.
pub fn kind(data: &DataType) -> String {
    match data {
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

/// DuckDB's own words, without its advice to change settings that nobody may change here.
pub fn refused(error: &duckdb::Error) -> StoreError {
    let text = text(error);
    if text.starts_with("Out of Memory Error") {
        let megabytes = QUERY_MEMORY_BYTES_MAX >> 20;
        return StoreError::Query(format!("the query needs more memory than one may have ({megabytes} MB); narrow it"));
    }
    let told = text.split(" Use \"SET ").next().unwrap_or_default();
    StoreError::Query(told.trim_end().into())
}
