//! Round trips: what was opened by one fill and closed by another.

use jiff::Timestamp;

use super::{optional, required};
use crate::model::Decimal;
use crate::model::record::{Kind, Merge, Owner, Record, RowError, RowReader, RowWriter, Table};

/// A quantity that one fill opened and another closed, first in, first out. Derived from all fills of its symbol by
/// [`crate::round_trips::of`], and written in the commit of any fill that changes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoundTrip {
    pub symbol: String,
    pub account: String,
    /// The fill that closed it.
    pub exit_id: String,
    /// The fill that opened it; `None` where no fill that is known did, and then its profit is not known.
    pub entry_id: Option<String>,
    /// `long` or `short`.
    pub direction: String,
    /// Round trips with the same number are of one position, from its first fill until nothing of it was left.
    pub position_no: i64,
    pub quantity: Decimal,
    pub multiplier: Option<Decimal>,
    pub currency: Option<String>,
    pub entry_at: Option<Timestamp>,
    pub entry_price: Option<Decimal>,
    pub exit_at: Timestamp,
    pub exit_price: Decimal,
    /// By the prices alone.
    pub pnl: Option<Decimal>,
    /// Its part of the fees of both fills, as far as they were taken in its currency.
    pub fees: Decimal,
    /// Its part of the fees that were taken in anything else, by asset.
    pub other_fees: Vec<(String, Decimal)>,
    /// After fees; `None` where a fee was taken in something else, whose worth at the time nobody said.
    pub net_pnl: Option<Decimal>,
}

pub static ROUND_TRIPS: Table = Table {
    schema: "accounts",
    name: "round_trips",
    doc: "What was opened by one fill and closed by another, first in, first out; derived from accounts.fills.",
    owner: Owner::Connection,
    key: &["symbol", "account", "exit_id", "entry_id"],
    merge: Merge::Overwrite,
    columns: &[
        required("symbol", Kind::Text, "The source's symbol"),
        required("account", Kind::Text, "The source's name of the account or wallet"),
        required("exit_id", Kind::Text, "native_id of the fill that closed it"),
        optional("entry_id", Kind::Text, "native_id of the fill that opened it; empty: no fill that is known"),
        required("direction", Kind::Text, "long or short"),
        required("position_no", Kind::Int, "The same for all of one position, from nothing to nothing"),
        required("quantity", Kind::Decimal, "Shares, contracts or coins"),
        optional("multiplier", Kind::Decimal, "Units of what is priced in each; empty: not known"),
        optional("currency", Kind::Text, "Currency or coin of prices, profit and fees"),
        optional("entry_at", Kind::Instant, "When it was opened"),
        optional("entry_price", Kind::Decimal, "At which price"),
        required("exit_at", Kind::Instant, "When it was closed"),
        required("exit_price", Kind::Decimal, "At which price"),
        optional("pnl", Kind::Decimal, "Profit or loss by the prices; empty: not known"),
        required("fees", Kind::Decimal, "Its part of the fees of both fills that were taken in its currency"),
        optional("other_fees", Kind::Json, "Its part of the fees that were taken in anything else, by asset"),
        optional("net_pnl", Kind::Decimal, "Profit or loss after fees; empty: not known, or some were in other assets"),
    ],
};

impl Record for RoundTrip {
    const TABLE: &'static Table = &ROUND_TRIPS;

    fn write(&self, row: &mut RowWriter<'_>) {
        let others = self.other_fees.iter().map(|(asset, fee)| (asset.clone(), fee.to_string().into()));
        let others = serde_json::Value::Object(others.collect()).to_string();
        let others = (!self.other_fees.is_empty()).then_some(others);
        row.put(&self.symbol).put(&self.account).put(&self.exit_id).put(self.entry_id.as_deref());
        row.put(&self.direction).put(self.position_no).put(self.quantity).put(self.multiplier);
        row.put(self.currency.as_deref()).put(self.entry_at).put(self.entry_price).put(self.exit_at);
        row.put(self.exit_price).put(self.pnl).put(self.fees).put(others.as_deref()).put(self.net_pnl);
    }

    fn read(row: &RowReader<'_>) -> Result<RoundTrip, RowError> {
        let others: Option<std::collections::BTreeMap<String, String>> = row.parse("other_fees")?;
        let number = |(asset, fee): (String, String)| match fee.parse() {
            Ok(fee) => Ok((asset, fee)),
            Err(_) => Err(row.error("other_fees", &format!("holds `{fee}`"))),
        };
        Ok(RoundTrip {
            symbol: row.need("symbol", RowReader::text)?,
            account: row.need("account", RowReader::text)?,
            exit_id: row.need("exit_id", RowReader::text)?,
            entry_id: row.text("entry_id")?,
            direction: row.need("direction", RowReader::text)?,
            position_no: row.need("position_no", RowReader::int)?,
            quantity: row.need("quantity", RowReader::decimal)?,
            multiplier: row.decimal("multiplier")?,
            currency: row.text("currency")?,
            entry_at: row.instant("entry_at")?,
            entry_price: row.decimal("entry_price")?,
            exit_at: row.need("exit_at", RowReader::instant)?,
            exit_price: row.need("exit_price", RowReader::decimal)?,
            pnl: row.decimal("pnl")?,
            fees: row.need("fees", RowReader::decimal)?,
            other_fees: others.unwrap_or_default().into_iter().map(number).collect::<Result<_, _>>()?,
            net_pnl: row.decimal("net_pnl")?,
        })
    }
}
