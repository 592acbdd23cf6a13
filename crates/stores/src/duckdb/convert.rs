//! Between the engine's batches and DuckDB's.

use std::sync::Arc;

use foliosync_engine::model::sync::ConnectionId;
use foliosync_engine::model::{Batch, Owner, Table};
use foliosync_engine::store::StoreError;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StructArray};
use arrow_schema::{ArrowError, DataType, Field, Schema};

use super::Result;

/// Rows of many small batches become batches of about this size: handing over a batch costs as much as 100 rows.
const ROWS_TOGETHER: usize = 2_048;

/// The batches as their table stores them: led by the owning connection, where there is one, small ones put together.
pub fn stored(table: &Table, batches: &[(ConnectionId, &Batch)]) -> Result<Vec<RecordBatch>> {
    let mut stored = Vec::new();
    let mut rest = batches;
    while !rest.is_empty() {
        let mut rows = 0;
        let end = rest.iter().position(|(_, batch)| {
            rows += batch.len();
            rows >= ROWS_TOGETHER
        });
        let (together, later) = rest.split_at(end.map_or(rest.len(), |last| last + 1));
        stored.push(join(table, together)?);
        rest = later;
    }
    Ok(stored)
}

fn join(table: &Table, batches: &[(ConnectionId, &Batch)]) -> Result<RecordBatch> {
    let rows = match batches {
        [(_, only)] => only.rows.clone(),
        several => {
            let schema = several[0].1.rows.schema();
            arrow_select::concat::concat_batches(&schema, several.iter().map(|(_, b)| &b.rows)).map_err(arrow)?
        }
    };
    if table.owner == Owner::Shared {
        return Ok(rows);
    }
    let owners = batches.iter().flat_map(|(id, batch)| std::iter::repeat_n(*id, batch.len()));
    let owner: ArrayRef = Arc::new(Int64Array::from_iter_values(owners));
    let field = Arc::new(Field::new("connection_id", DataType::Int64, false));
    let fields: Vec<_> = std::iter::once(field).chain(rows.schema().fields().iter().cloned()).collect();
    let arrays = std::iter::once(owner).chain(rows.columns().iter().cloned()).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(arrow)
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
