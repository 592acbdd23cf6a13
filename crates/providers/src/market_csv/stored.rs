//! What the store already has of each market-data file: the rows of `market._sync_metadata`.

use std::collections::BTreeMap;

use foliosync_engine::model::market::SYNC_METADATA;
use foliosync_engine::model::{Batch, BatchBuilder, Value};
use foliosync_engine::provider::{Change, Scope};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::folder::ReadStat;

/// The metadata of a stored file.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredFile<'a> {
    pub content_hash: &'a str,
    pub max_date: Option<Date>,
    pub synced_at: Timestamp,
    pub parser_version: i64,
    /// `None` where it cannot be understood, so that the file is read again.
    pub file: Option<FileFacts>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFacts {
    /// Where the rows went.
    pub table: String,
    pub read: ReadStat,
    pub rows: i64,
    pub rejected: i64,
    /// The first of them.
    pub rejected_rows: Vec<RejectedLine>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedLine {
    pub line: i64,
    pub reason: String,
}

/// The stored files by name.
pub fn stored_files(work: &Batch) -> BTreeMap<&str, StoredFile<'_>> {
    let columns = SYNC_METADATA.columns.iter().map(|column| work.table.column(column.name));
    let Some(columns) = columns.collect::<Option<Vec<usize>>>() else { return BTreeMap::new() };
    (0..work.len()).filter_map(|row| stored_file(work, row, &columns)).collect()
}

fn stored_file<'a>(work: &'a Batch, row: usize, columns: &[usize]) -> Option<(&'a str, StoredFile<'a>)> {
    let value = |nth: usize| work.value(row, columns[nth]);
    let text = |nth: usize| if let Value::Text(text) = value(nth) { Some(text) } else { None };
    let max_date = if let Value::Date(date) = value(2) { Some(date) } else { None };
    let (Value::Instant(synced_at), Value::Int(parser_version)) = (value(3), value(4)) else { return None };
    let file = serde_json::from_str(text(5)?).ok();
    Some((text(0)?, StoredFile { content_hash: text(1)?, max_date, synced_at, parser_version, file }))
}

impl StoredFile<'_> {
    /// Makes this the metadata of the file.
    pub fn replacing(&self, file_name: &str) -> Change {
        let facts = serde_json::to_string(&self.file).expect("plain data serializes");
        let mut builder = BatchBuilder::new(&SYNC_METADATA);
        builder.push_values(&[
            file_name.into(),
            self.content_hash.into(),
            self.max_date.into(),
            self.synced_at.into(),
            self.parser_version.into(),
            (&facts).into(),
        ]);
        Change::Replace { scope: scope(file_name), rows: builder.finish() }
    }
}

/// Forgets the file; the rows that it brought stay.
pub fn forgetting(file_name: &str) -> Change {
    Change::Replace { scope: scope(file_name), rows: Batch::empty(&SYNC_METADATA) }
}

fn scope(file_name: &str) -> Scope {
    Scope { column: "file_name", value: file_name.to_string() }
}
