//! What providers of prices are asked to read: never stored, derived from the store when a run begins.

use jiff::Timestamp;
use jiff::civil::Date;

use super::Decimal;
use super::record::{Column, Kind, Merge, Owner, Record, RowError, RowReader, RowWriter, Table};

/// A symbol that is one connection's to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SymbolWork {
    pub instrument_id: String,
    pub kind: String,
    /// Market identifier code of the instrument; `None`: United States, or none.
    pub exchange: Option<String>,
    pub native_symbol: String,
    /// The unit in which the provider quotes it; `None` while nobody knows.
    pub unit: Option<String>,
    /// The last known price in major units and when it was so.
    pub price: Option<Decimal>,
    pub price_as_of: Option<Timestamp>,
    /// What this stream has read of it so far.
    pub covered_from: Option<Date>,
    pub covered_to: Option<Date>,
    pub last_close: Option<Decimal>,
}

static SYMBOL_WORK: Table = Table {
    schema: "work",
    name: "symbols",
    doc: "Symbols that a connection is to read.",
    owner: Owner::Shared,
    key: &["native_symbol"],
    merge: Merge::Overwrite,
    columns: &[
        Column::required("instrument_id", Kind::Text, "Its instrument"),
        Column::required("kind", Kind::Text, "Kind of the instrument"),
        Column::optional("exchange", Kind::Text, "Market identifier code"),
        Column::required("native_symbol", Kind::Text, "The provider's symbol"),
        Column::optional("unit", Kind::Text, "Unit of the provider's price"),
        Column::optional("price", Kind::Decimal, "Last known price"),
        Column::optional("price_as_of", Kind::Instant, "When that was the price"),
        Column::optional("covered_from", Kind::Date, "First day read"),
        Column::optional("covered_to", Kind::Date, "Last day read"),
        Column::optional("last_close", Kind::Decimal, "Close of the last day read"),
    ],
};

impl Record for SymbolWork {
    const TABLE: &'static Table = &SYMBOL_WORK;

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(&self.instrument_id).put(&self.kind).put(self.exchange.as_deref()).put(&self.native_symbol);
        row.put(self.unit.as_deref()).put(self.price).put(self.price_as_of);
        row.put(self.covered_from).put(self.covered_to).put(self.last_close);
    }

    fn read(row: &RowReader<'_>) -> Result<SymbolWork, RowError> {
        Ok(SymbolWork {
            instrument_id: row.need("instrument_id", RowReader::text)?,
            kind: row.need("kind", RowReader::text)?,
            exchange: row.text("exchange")?,
            native_symbol: row.need("native_symbol", RowReader::text)?,
            unit: row.text("unit")?,
            price: row.decimal("price")?,
            price_as_of: row.instant("price_as_of")?,
            covered_from: row.date("covered_from")?,
            covered_to: row.date("covered_to")?,
            last_close: row.decimal("last_close")?,
        })
    }
}
