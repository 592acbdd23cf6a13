//! Between the engine's batches and values and DuckDB's.

use std::sync::Arc;

use duckdb::types::{TimeUnit, Value as DbValue};
use foliosync_engine::model::sync::ConnectionId;
use foliosync_engine::model::{Batch, Owner, Table, Value};
use foliosync_engine::store::StoreError;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StructArray};
use arrow_schema::{ArrowError, DataType, Field, Schema};

use super::Result;

/// The batch as its table stores it: led by the owning connection, where there is one.
pub fn stored(batch: &Batch, connection: ConnectionId) -> Result<RecordBatch> {
    match batch.table.owner {
        Owner::Shared => Ok(batch.rows.clone()),
        Owner::Connection => led_by(batch, &[("connection_id", connection)]),
    }
}

/// The batch with columns of one number each in front.
pub fn led_by(batch: &Batch, leading: &[(&str, i64)]) -> Result<RecordBatch> {
    let rows = batch.len();
    let schema = batch.rows.schema();
    let fields = leading.iter().map(|(name, _)| Arc::new(Field::new(*name, DataType::Int64, false)));
    let fields: Vec<_> = fields.chain(schema.fields().iter().cloned()).collect();
    let numbers = leading.iter().map(|(_, n)| Arc::new(Int64Array::from_value(*n, rows)) as ArrayRef);
    let arrays = numbers.chain(batch.rows.columns().iter().cloned()).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(arrow)
}

/// One batch of what DuckDB answered chunk by chunk.
pub fn batch(table: &'static Table, chunks: Vec<StructArray>) -> Result<Batch> {
    let chunks: Vec<RecordBatch> = chunks.iter().map(RecordBatch::from).collect();
    let Some(first) = chunks.first() else { return Ok(Batch::empty(table)) };
    let rows = arrow_select::concat::concat_batches(&first.schema(), &chunks).map_err(arrow)?;
    Ok(Batch { table, rows })
}

fn arrow(error: ArrowError) -> StoreError {
    StoreError::Failed(error.to_string())
}

/// A value as a parameter of a statement.
pub fn parameter(value: Value<'_>) -> DbValue {
    match value {
        Value::Null => DbValue::Null,
        Value::Text(text) => DbValue::Text(text.into()),
        Value::Int(number) => DbValue::BigInt(number),
        // Casts exactly: the text has at most 20 digits before the point and 18 behind it.
        Value::Decimal(number) => DbValue::Text(number.to_string()),
        Value::Date(date) => DbValue::Text(date.to_string()),
        Value::Instant(at) => DbValue::Timestamp(TimeUnit::Microsecond, at.as_microsecond()),
        Value::Bool(yes) => DbValue::Boolean(yes),
    }
}
