//! Fills: executions of orders, as each source tells them.

use jiff::civil::Date;
use jiff::{Timestamp, Unit};

use super::{Word, optional, required};
use crate::model::Decimal;
use crate::model::record::{Kind, Merge, Owner, Record, RowError, RowReader, RowWriter, Table};

/// One execution, as one source tells it. Its twin of another source is a row of its own; the view `accounts.fills` and
/// [`crate::fills::paired`] show each fill once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fill {
    /// The source's name of the account or wallet.
    pub account: String,
    pub source: Source,
    /// Identifies it within its account, by the symbol first where the source counts for each symbol: `BTCUSDT/28457`.
    /// No two sources use the same; [`crate::fills::numbered`] makes those of rows that have none.
    pub native_id: String,
    /// The source's symbol. All sources of a connection write it alike, and it tells one instrument of the connection
    /// from all others; where the source's own does not, what does stands behind it, as in `VOD@LSE`.
    pub symbol: String,
    pub side: Side,
    /// Shares, contracts or coins, above zero.
    pub quantity: Decimal,
    pub price: Decimal,
    /// UTC.
    pub at: Timestamp,
    /// The time as the source wrote it.
    pub time_text: String,
    /// The day of trading by the source, where it says so: a fill of Sunday night may be of Monday.
    pub trade_date: Option<Date>,
    /// `crypto` for coins on a spot market, which nobody can sell without having them; `stock`, `option`, `future`,
    /// `margin` or the source's word for what can be sold short; `None` where it does not tell.
    pub kind: Option<String>,
    /// What changes hands, where the symbol is a pair: `BTC` of `BTCUSDT`.
    pub asset: Option<String>,
    /// Currency or coin of the price, never a minor unit.
    pub currency: Option<String>,
    /// Units of what is priced in each share, contract or coin, 1 for most. `None` where it is not known, or where
    /// profit is not a difference of prices times it, as with inverse contracts: then profit is not known.
    pub multiplier: Option<Decimal>,
    /// Above zero where it was charged, below where it was paid out.
    pub fee: Option<Decimal>,
    /// `None`: the currency of the price.
    pub fee_asset: Option<String>,
    /// `long` or `short` where an account holds both at once.
    pub position_side: Option<String>,
    /// `open` or `close` where the source says what it did to the position.
    pub effect: Option<String>,
    pub order_id: Option<String>,
    /// Profit or loss that the source itself gives for it.
    pub realized_pnl: Option<Decimal>,
    /// This row takes back the fill with this id: neither counts.
    pub voids: Option<String>,
    /// Marks of the source, as it writes them.
    pub note: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    Buy,
    Sell,
}

/// By which way a row came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    Api,
    Csv,
}

impl Side {
    pub const fn word(self) -> &'static str {
        match self {
            Side::Buy => "buy",
            Side::Sell => "sell",
        }
    }
}

impl Source {
    pub const fn word(self) -> &'static str {
        match self {
            Source::Api => "api",
            Source::Csv => "csv",
        }
    }
}

impl Word for Side {
    const ALL: &'static [Side] = &[Side::Buy, Side::Sell];

    fn word(self) -> &'static str {
        Side::word(self)
    }
}

impl Word for Source {
    const ALL: &'static [Source] = &[Source::Api, Source::Csv];

    fn word(self) -> &'static str {
        Source::word(self)
    }
}

impl Fill {
    /// What a fill is known by where it has no id: symbol, side, quantity, price and whole second. Sources that write a
    /// fill alike give it one key, and so do two fills that are alike.
    pub fn match_key(&self) -> String {
        let second = self.at.round(jiff::TimestampRound::new().smallest(Unit::Second).mode(jiff::RoundMode::Floor));
        let second = second.unwrap_or(self.at);
        format!("{} {} {} @ {} {second}", self.symbol, self.side.word(), self.quantity, self.price)
    }
}

pub static FILL_ROWS: Table = Table {
    schema: "accounts",
    name: "fill_rows",
    doc: "Fills as each source tells them, so that one may be here twice; accounts.fills shows each once.",
    owner: Owner::Connection,
    key: &["account", "source", "native_id"],
    merge: Merge::Overwrite,
    columns: &[
        required("account", Kind::Text, "The source's name of the account or wallet"),
        required("source", Kind::Text, "api or csv: by which way it came"),
        required("native_id", Kind::Text, "Identifies it within its account"),
        required("symbol", Kind::Text, "The source's symbol"),
        required("side", Kind::Text, "buy or sell"),
        required("quantity", Kind::Decimal, "Shares, contracts or coins, above zero"),
        required("price", Kind::Decimal, "Price of one unit"),
        required("at", Kind::Instant, "When it was executed"),
        required("time_text", Kind::Text, "The time as the source wrote it"),
        optional("trade_date", Kind::Date, "Day of trading by the source"),
        optional("kind", Kind::Text, "crypto on a spot market, stock, option, future, margin or the source's word"),
        optional("asset", Kind::Text, "What changed hands, where the symbol is a pair"),
        optional("currency", Kind::Text, "Currency or coin of the price"),
        optional("multiplier", Kind::Decimal, "Units of what is priced in each; empty: not known"),
        optional("fee", Kind::Decimal, "Above zero where it was charged, below where it was paid out"),
        optional("fee_asset", Kind::Text, "Currency or coin of the fee"),
        optional("position_side", Kind::Text, "long or short where both are held at once"),
        optional("effect", Kind::Text, "open or close, where the source says so"),
        optional("order_id", Kind::Text, "The order that it executed"),
        optional("realized_pnl", Kind::Decimal, "Profit or loss that the source gives for it"),
        optional("voids", Kind::Text, "native_id of the fill that this row takes back: neither counts"),
        optional("note", Kind::Text, "Marks of the source"),
        required("match_key", Kind::Text, "Symbol, side, quantity, price and whole second: what sources agree about"),
    ],
};

impl Record for Fill {
    const TABLE: &'static Table = &FILL_ROWS;

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(&self.account).put(self.source.word()).put(&self.native_id).put(&self.symbol).put(self.side.word());
        row.put(self.quantity).put(self.price).put(self.at).put(&self.time_text).put(self.trade_date);
        row.put(self.kind.as_deref()).put(self.asset.as_deref()).put(self.currency.as_deref()).put(self.multiplier);
        row.put(self.fee).put(self.fee_asset.as_deref()).put(self.position_side.as_deref()).put(self.effect.as_deref());
        row.put(self.order_id.as_deref()).put(self.realized_pnl).put(self.voids.as_deref()).put(self.note.as_deref());
        row.put(&self.match_key());
    }

    fn read(row: &RowReader<'_>) -> Result<Fill, RowError> {
        Ok(Fill {
            account: row.need("account", RowReader::text)?,
            source: row.need("source", Source::read)?,
            native_id: row.need("native_id", RowReader::text)?,
            symbol: row.need("symbol", RowReader::text)?,
            side: row.need("side", Side::read)?,
            quantity: row.need("quantity", RowReader::decimal)?,
            price: row.need("price", RowReader::decimal)?,
            at: row.need("at", RowReader::instant)?,
            time_text: row.need("time_text", RowReader::text)?,
            trade_date: row.date("trade_date")?,
            kind: row.text("kind")?,
            asset: row.text("asset")?,
            currency: row.text("currency")?,
            multiplier: row.decimal("multiplier")?,
            fee: row.decimal("fee")?,
            fee_asset: row.text("fee_asset")?,
            position_side: row.text("position_side")?,
            effect: row.text("effect")?,
            order_id: row.text("order_id")?,
            realized_pnl: row.decimal("realized_pnl")?,
            voids: row.text("voids")?,
            note: row.text("note")?,
        })
    }
}
