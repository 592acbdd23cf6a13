//! What mirrors have written elsewhere: their ledger.

use super::record::{Column, Kind, Merge, Owner, Record, RowError, RowReader, RowWriter, Table};

/// A row that a mirror keeps elsewhere. It is stored in the commit of the page that wrote it there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MirrorRow {
    /// The mirrored table by its name there.
    pub table_name: String,
    /// The row's key, written as one text.
    pub row_key: String,
    /// That table's id there: rows of a table that was made anew count for nothing.
    pub table_id: String,
    /// Its id there; `None` once it is gone there.
    pub row_id: Option<i64>,
    /// Of the values that it has there; empty where they are known to be others.
    pub hash: String,
    /// Whether the mirror added it: no other is ever deleted.
    pub ours: bool,
}

pub static MIRROR_ROWS: Table = Table {
    schema: "sync",
    name: "mirror_rows",
    doc: "Rows that mirrors keep elsewhere, and what they have written there.",
    owner: Owner::Connection,
    key: &["table_name", "row_key"],
    merge: Merge::Overwrite,
    columns: &[
        Column::required("table_name", Kind::Text, "The mirrored table by its name there"),
        Column::required("row_key", Kind::Text, "Key of the row"),
        Column::required("table_id", Kind::Text, "Id of the table there"),
        Column::optional("row_id", Kind::Int, "Id of the row there; empty: it is gone there"),
        Column::required("hash", Kind::Text, "Of the values written; empty: it has others"),
        Column::required("ours", Kind::Bool, "Whether the mirror added it; no other is ever deleted"),
    ],
};

impl Record for MirrorRow {
    const TABLE: &'static Table = &MIRROR_ROWS;

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(&self.table_name)
            .put(&self.row_key)
            .put(&self.table_id)
            .put(self.row_id)
            .put(&self.hash)
            .put(self.ours);
    }

    fn read(row: &RowReader<'_>) -> Result<MirrorRow, RowError> {
        Ok(MirrorRow {
            table_name: row.need("table_name", RowReader::text)?,
            row_key: row.need("row_key", RowReader::text)?,
            table_id: row.need("table_id", RowReader::text)?,
            row_id: row.int("row_id")?,
            hash: row.need("hash", RowReader::text)?,
            ours: row.need("ours", RowReader::bool)?,
        })
    }
}
