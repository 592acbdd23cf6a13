//! What brokers' accounts hold of each instrument, as the broker reports it, now and at each change.

use jiff::Timestamp;

use super::{Held, optional, required};
use crate::model::Decimal;
use crate::model::record::{Kind, Merge, Owner, Record, RowError, RowReader, RowWriter, Table};

/// What an account holds of one instrument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The source's name of the account.
    pub account: String,
    /// The source's symbol. It tells one instrument of a connection from all others; where the source's own does not,
    /// what does stands behind it, as in `VOD@LSE`.
    pub symbol: String,
    /// `net`, or `long` and `short` where an account holds both at once.
    pub side: String,
    /// `stock`, `etf`, `fund`, `crypto`, `option`, `future`, `fx` or the source's word; `None` where it does not tell.
    pub kind: Option<String>,
    pub name: Option<String>,
    /// Shares, contracts or coins; below zero where they are owed.
    pub quantity: Decimal,
    /// Units of what is priced in each of them; `None` where it is not known, and then nothing is valued.
    pub multiplier: Option<Decimal>,
    /// Currency of its prices and values, never a minor unit.
    pub currency: Option<String>,
    pub entry_price: Option<Decimal>,
    /// The source's price, with which it values the position.
    pub mark_price: Option<Decimal>,
    pub market_value: Option<Decimal>,
    pub unrealized_pnl: Option<Decimal>,
    pub isin: Option<String>,
    /// As the source writes it.
    pub exchange: Option<String>,
    /// The time the source gives for it, else when it answered. UTC.
    pub as_of: Timestamp,
}

/// What an account held of one instrument from a time on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PositionChange {
    pub account: String,
    pub symbol: String,
    pub side: String,
    pub as_of: Timestamp,
    pub kind: Option<String>,
    pub quantity: Decimal,
    pub multiplier: Option<Decimal>,
    pub currency: Option<String>,
}

pub static POSITIONS: Table = Table {
    schema: "accounts",
    name: "positions",
    doc: "What each account holds now, as its source reports it; what is not listed is not held.",
    owner: Owner::Connection,
    key: &["account", "symbol", "side"],
    merge: Merge::Overwrite,
    columns: &[
        required("account", Kind::Text, "The source's name of the account"),
        required("symbol", Kind::Text, "The source's symbol, which tells it from all others of the connection"),
        required("side", Kind::Text, "net, or long and short where both are held at once"),
        optional("kind", Kind::Text, "stock, etf, fund, crypto, option, future, fx or the source's word"),
        optional("name", Kind::Text, "Its name for people"),
        required("quantity", Kind::Decimal, "Shares, contracts or coins; below zero where they are owed"),
        optional("multiplier", Kind::Decimal, "Units of what is priced in each of them; empty: not known"),
        optional("currency", Kind::Text, "Currency of its prices and values"),
        optional("entry_price", Kind::Decimal, "Average price of what is held, by the source"),
        optional("mark_price", Kind::Decimal, "The source's price"),
        optional("market_value", Kind::Decimal, "Its value by that price"),
        optional("unrealized_pnl", Kind::Decimal, "Profit or loss by that price"),
        optional("isin", Kind::Text, "International identification number"),
        optional("exchange", Kind::Text, "Where it is listed, as the source writes it"),
        required("as_of", Kind::Instant, "When it was so, by the source"),
    ],
};

pub static POSITION_HISTORY: Table = Table {
    schema: "accounts",
    name: "position_history",
    doc: "What each account held from a time on, until its next row; zero where it held no more.",
    owner: Owner::Connection,
    key: &["account", "symbol", "side", "as_of"],
    merge: Merge::Overwrite,
    columns: &[
        required("account", Kind::Text, "The source's name of the account"),
        required("symbol", Kind::Text, "The source's symbol"),
        required("side", Kind::Text, "net, or long and short where both were held at once"),
        required("as_of", Kind::Instant, "Since when it is known to be so"),
        optional("kind", Kind::Text, "stock, etf, fund, crypto, option, future, fx or the source's word"),
        required("quantity", Kind::Decimal, "Shares, contracts or coins; below zero where they were owed"),
        optional("multiplier", Kind::Decimal, "Units of what is priced in each of them; empty: not known"),
        optional("currency", Kind::Text, "Currency of its prices and values"),
    ],
};

impl Record for Position {
    const TABLE: &'static Table = &POSITIONS;

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(&self.account).put(&self.symbol).put(&self.side).put(self.kind.as_deref()).put(self.name.as_deref());
        row.put(self.quantity).put(self.multiplier).put(self.currency.as_deref()).put(self.entry_price);
        row.put(self.mark_price).put(self.market_value).put(self.unrealized_pnl).put(self.isin.as_deref());
        row.put(self.exchange.as_deref()).put(self.as_of);
    }

    fn read(row: &RowReader<'_>) -> Result<Position, RowError> {
        Ok(Position {
            account: row.need("account", RowReader::text)?,
            symbol: row.need("symbol", RowReader::text)?,
            side: row.need("side", RowReader::text)?,
            kind: row.text("kind")?,
            name: row.text("name")?,
            quantity: row.need("quantity", RowReader::decimal)?,
            multiplier: row.decimal("multiplier")?,
            currency: row.text("currency")?,
            entry_price: row.decimal("entry_price")?,
            mark_price: row.decimal("mark_price")?,
            market_value: row.decimal("market_value")?,
            unrealized_pnl: row.decimal("unrealized_pnl")?,
            isin: row.text("isin")?,
            exchange: row.text("exchange")?,
            as_of: row.need("as_of", RowReader::instant)?,
        })
    }
}

impl Record for PositionChange {
    const TABLE: &'static Table = &POSITION_HISTORY;

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(&self.account).put(&self.symbol).put(&self.side).put(self.as_of).put(self.kind.as_deref());
        row.put(self.quantity).put(self.multiplier).put(self.currency.as_deref());
    }

    fn read(row: &RowReader<'_>) -> Result<PositionChange, RowError> {
        Ok(PositionChange {
            account: row.need("account", RowReader::text)?,
            symbol: row.need("symbol", RowReader::text)?,
            side: row.need("side", RowReader::text)?,
            as_of: row.need("as_of", RowReader::instant)?,
            kind: row.text("kind")?,
            quantity: row.need("quantity", RowReader::decimal)?,
            multiplier: row.decimal("multiplier")?,
            currency: row.text("currency")?,
        })
    }
}

impl Held for Position {
    type Change = PositionChange;
    const SCOPE: &'static str = "account";

    fn scope(&self) -> &str {
        &self.account
    }

    fn name(&self) -> (&str, &str) {
        (&self.symbol, &self.side)
    }

    fn is_nothing(&self) -> bool {
        self.quantity == Decimal::ZERO
    }

    /// Its prices move all day; what is held does not by that.
    fn is_same(&self, other: &Position) -> bool {
        let held = |p: &Position| (p.quantity, p.multiplier, p.currency.clone(), p.kind.clone());
        held(self) == held(other)
    }

    fn change(&self) -> PositionChange {
        let Position { account, symbol, side, kind, quantity, multiplier, currency, as_of, .. } = self.clone();
        PositionChange { account, symbol, side, as_of, kind, quantity, multiplier, currency }
    }

    fn gone(&self, at: Timestamp) -> PositionChange {
        PositionChange { as_of: at, quantity: Decimal::ZERO, ..self.change() }
    }
}
