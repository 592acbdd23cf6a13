//! What the store already has of each block: the rows of `trades._sync_metadata`.

use std::collections::BTreeMap;

use foliosync_engine::model::trades::SYNC_METADATA;
use foliosync_engine::model::{Batch, BatchBuilder, Value};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::recognise::LogKind;
use crate::folder::ReadStat;

/// The metadata of a stored block, borrowed from its row.
#[derive(Debug, Clone, Copy)]
pub struct StoredBlock<'a> {
    /// By [`LogKind`].
    pub hashes: [Option<&'a str>; 3],
    pub synced_at: Timestamp,
    pub sync_version: i64,
    pub parser_version: i64,
    files: &'a str,
}

/// A CSV file of a block's folder as it was when the block was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFile {
    pub name: String,
    /// What it was used as; none for a file that was not used.
    pub kind: Option<LogKind>,
    /// None for a file that did not have to be read.
    pub read: Option<ReadStat>,
    pub rows: i64,
    pub rejected: i64,
    /// Why it was not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The stored blocks by name. Rows of another form, which no version of this program writes, count as not stored: their
/// block is read again.
pub fn stored_blocks(work: &Batch) -> BTreeMap<&str, StoredBlock<'_>> {
    let columns = SYNC_METADATA.columns.iter().map(|column| work.table.column(column.name));
    let Some(columns) = columns.collect::<Option<Vec<usize>>>() else { return BTreeMap::new() };
    (0..work.len()).filter_map(|row| stored_block(work, row, &columns)).collect()
}

fn stored_block<'a>(work: &'a Batch, row: usize, columns: &[usize]) -> Option<(&'a str, StoredBlock<'a>)> {
    let value = |nth: usize| work.value(row, columns[nth]);
    let text = |nth: usize| if let Value::Text(text) = value(nth) { Some(text) } else { None };
    let (Value::Instant(synced_at), Value::Int(sync_version), Value::Int(parser_version)) =
        (value(4), value(5), value(6))
    else {
        return None;
    };
    let hashes = [text(1), text(2), text(3)];
    Some((text(0)?, StoredBlock { hashes, synced_at, sync_version, parser_version, files: text(7)? }))
}

impl StoredBlock<'_> {
    /// The files as they were; none where they cannot be understood, so that the block is read again.
    pub fn files(&self) -> Vec<StoredFile> {
        serde_json::from_str(self.files).unwrap_or_default()
    }
}

/// A row of `trades._sync_metadata`.
pub struct Metadata<'a> {
    pub block: &'a str,
    /// By [`LogKind`].
    pub hashes: [Option<&'a str>; 3],
    pub synced_at: Timestamp,
    pub sync_version: i64,
    pub parser_version: i64,
    pub files: &'a [StoredFile],
}

impl Metadata<'_> {
    pub fn batch(&self) -> Batch {
        let files = serde_json::to_string(self.files).expect("plain data serializes");
        let mut builder = BatchBuilder::new(&SYNC_METADATA);
        builder.push_values(&[
            self.block.into(),
            self.hashes[0].into(),
            self.hashes[1].into(),
            self.hashes[2].into(),
            self.synced_at.into(),
            self.sync_version.into(),
            self.parser_version.into(),
            (&files).into(),
        ]);
        builder.finish()
    }
}

#[cfg(test)]
mod tests {
    use foliosync_engine::files::FileStat;

    use super::*;

    #[test]
    fn metadata_reads_back_as_it_was_written() {
        let stat = FileStat { size_bytes: 1, mtime_nanos: 2, inode: 3 };
        let file =
            |name: &str, kind, read| StoredFile { name: name.into(), kind, read, rows: 4, rejected: 5, note: None };
        let files = [
            file("tradelog.csv", Some(LogKind::Trade), Some(ReadStat { stat, is_proof: true })),
            StoredFile { note: Some("is a second trade log".into()), ..file("x.csv", None, None) },
        ];
        let batch = Metadata {
            block: "it's 😀",
            hashes: [Some("aa"), None, Some("cc")],
            synced_at: Timestamp::UNIX_EPOCH,
            sync_version: 7,
            parser_version: 1,
            files: &files,
        }
        .batch();
        let blocks = stored_blocks(&batch);
        let block = blocks["it's 😀"];
        assert_eq!(block.files(), files);
        assert_eq!((block.hashes, block.sync_version, block.parser_version), ([Some("aa"), None, Some("cc")], 7, 1));
    }
}
