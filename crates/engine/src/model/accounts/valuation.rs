//! What everything held was worth, day by day, as it was known on that day.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{optional, required};
use crate::model::Decimal;
use crate::model::record::{Kind, Merge, Owner, Record, RowError, RowReader, RowWriter, Table};
use crate::model::sync::ConnectionId;

/// A holding on a day, with its worth as it was last known on that day. Days that nobody looked at have no rows, and no
/// day is ever worked out later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Valuation {
    /// The day, UTC.
    pub date: Date,
    pub connection_id: ConnectionId,
    /// The wallet of a balance, the account of a position.
    pub part: String,
    /// The asset of a balance, the symbol of a position, as the source names it.
    pub asset: String,
    /// Empty for balances.
    pub side: String,
    pub kind: Option<String>,
    pub instrument_id: Option<String>,
    pub quantity: Decimal,
    pub price: Option<Decimal>,
    pub price_currency: Option<String>,
    pub price_as_of: Option<Timestamp>,
    /// What one unit of the price's currency is in `currency`.
    pub rate: Option<Decimal>,
    pub rate_date: Option<Date>,
    pub currency: String,
    /// `None`: unpriced, which is not zero.
    pub value: Option<Decimal>,
    pub stale: bool,
    /// Why it is unpriced or old.
    pub remark: Option<String>,
    pub valued_at: Timestamp,
}

pub static VALUATION: Table = Table {
    schema: "accounts",
    name: "valuation",
    doc: "What each holding was worth at the end of each day, and today so far, in the base currency. A total over rows \
          without a value is partial. A holding that was given up has a row with nothing on its last day.",
    owner: Owner::Shared,
    key: &["date", "connection_id", "part", "asset", "side"],
    merge: Merge::Overwrite,
    columns: &[
        required("date", Kind::Date, "Day, UTC"),
        required("connection_id", Kind::Int, "Its connection"),
        required("part", Kind::Text, "Wallet or account"),
        required("asset", Kind::Text, "The source's name or symbol of it"),
        required("side", Kind::Text, "Of a position: net, long or short"),
        optional("kind", Kind::Text, "What kind of thing it is"),
        optional("instrument_id", Kind::Text, "What it is; empty: nobody has said yet"),
        required("quantity", Kind::Decimal, "How much was held"),
        optional("price", Kind::Decimal, "Price of one unit"),
        optional("price_currency", Kind::Text, "Currency or coin of the price"),
        optional("price_as_of", Kind::Instant, "When it was the price"),
        optional("rate", Kind::Decimal, "What one unit of that currency is in the base currency"),
        optional("rate_date", Kind::Date, "Day of that rate"),
        required("currency", Kind::Text, "The base currency"),
        optional("value", Kind::Decimal, "Worth in the base currency; empty: unpriced, which is not zero"),
        required("stale", Kind::Bool, "Whether quantity, price or rate are old"),
        optional("remark", Kind::Text, "Why it is unpriced or old"),
        required("valued_at", Kind::Instant, "When it was worked out"),
    ],
};

impl Record for Valuation {
    const TABLE: &'static Table = &VALUATION;

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(self.date).put(self.connection_id).put(&self.part).put(&self.asset).put(&self.side);
        row.put(self.kind.as_deref()).put(self.instrument_id.as_deref()).put(self.quantity).put(self.price);
        row.put(self.price_currency.as_deref()).put(self.price_as_of).put(self.rate).put(self.rate_date);
        row.put(&self.currency).put(self.value).put(self.stale).put(self.remark.as_deref()).put(self.valued_at);
    }

    fn read(row: &RowReader<'_>) -> Result<Valuation, RowError> {
        Ok(Valuation {
            date: row.need("date", RowReader::date)?,
            connection_id: row.need("connection_id", RowReader::int)?,
            part: row.need("part", RowReader::text)?,
            asset: row.need("asset", RowReader::text)?,
            side: row.need("side", RowReader::text)?,
            kind: row.text("kind")?,
            instrument_id: row.text("instrument_id")?,
            quantity: row.need("quantity", RowReader::decimal)?,
            price: row.decimal("price")?,
            price_currency: row.text("price_currency")?,
            price_as_of: row.instant("price_as_of")?,
            rate: row.decimal("rate")?,
            rate_date: row.date("rate_date")?,
            currency: row.need("currency", RowReader::text)?,
            value: row.decimal("value")?,
            stale: row.need("stale", RowReader::bool)?,
            remark: row.text("remark")?,
            valued_at: row.need("valued_at", RowReader::instant)?,
        })
    }
}
