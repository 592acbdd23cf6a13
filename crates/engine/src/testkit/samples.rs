//! Rows of two real tables, small enough to write by hand: days are replaced block by block, bars merge and note what
//! they correct.

use jiff::Timestamp;
use jiff::civil::{Date, date};

use crate::model::market::{BARS, CORRECTIONS};
use crate::model::trades::DAILY_LOG;
use crate::model::{Batch, Decimal, Record, RowError, RowReader, RowWriter, Table, Value};
use crate::provider::{Change, Scope};

/// A row of `trades.daily_log`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    pub block: String,
    pub date: Date,
    pub net: Decimal,
    pub pl: Option<Decimal>,
    pub extra: Option<String>,
    pub line: i64,
}

/// Day `n` of January 2026 in a block.
pub fn day(block: &str, n: i8, net: &str) -> Day {
    let net = net.parse().expect("a number");
    Day { block: block.into(), date: date(2026, 1, n), net, pl: None, extra: None, line: n.into() }
}

/// All days of a block.
pub fn block(name: &str, days: &[Day]) -> Change {
    Change::Replace { scope: Scope { column: "block_id", value: name.into() }, rows: Batch::of(days) }
}

impl Record for Day {
    const TABLE: &'static Table = &DAILY_LOG;

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(&self.block).put(self.date).put(self.net);
        // current_funds, withdrawn, trading_funds
        row.put(Value::Null).put(Value::Null).put(Value::Null);
        // pl, then pl_pct and drawdown_pct
        row.put(self.pl).put(Value::Null).put(Value::Null);
        row.put(self.extra.as_deref()).put(self.line).put(1);
    }

    fn read(row: &RowReader<'_>) -> Result<Day, RowError> {
        Ok(Day {
            block: row.need("block_id", RowReader::text)?,
            date: row.need("date", RowReader::date)?,
            net: row.need("net_liquidity", RowReader::decimal)?,
            pl: row.decimal("pl")?,
            extra: row.text("extra")?,
            line: row.need("source_line", RowReader::int)?,
        })
    }
}

/// A row of `market.bars`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bar {
    pub symbol: String,
    pub date: Date,
    pub close: Option<Decimal>,
    pub volume: Option<Decimal>,
    pub extra: Option<String>,
}

/// The bar of a symbol on day `n` of January 2026.
pub fn bar(symbol: &str, n: i8, close: &str) -> Bar {
    let close = Some(close.parse().expect("a number"));
    Bar { symbol: symbol.into(), date: date(2026, 1, n), close, volume: None, extra: None }
}

pub fn bars(bars: &[Bar]) -> Change {
    Change::Upsert(Batch::of(bars))
}

impl Record for Bar {
    const TABLE: &'static Table = &BARS;

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(&self.symbol).put(self.date).put("00:00:00");
        // open, high, low
        row.put(Value::Null).put(Value::Null).put(Value::Null);
        row.put(self.close).put(self.volume).put(self.extra.as_deref());
    }

    fn read(row: &RowReader<'_>) -> Result<Bar, RowError> {
        Ok(Bar {
            symbol: row.need("symbol", RowReader::text)?,
            date: row.need("date", RowReader::date)?,
            close: row.decimal("close")?,
            volume: row.decimal("volume")?,
            extra: row.text("extra")?,
        })
    }
}

/// A row of `market.corrections`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Correction {
    pub table: String,
    pub key: String,
    pub column: String,
    pub old: Option<String>,
    pub new: Option<String>,
    pub at: Timestamp,
}

impl Record for Correction {
    const TABLE: &'static Table = &CORRECTIONS;

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(&self.table).put(&self.key).put(&self.column).put(self.old.as_deref()).put(self.new.as_deref());
        row.put(self.at);
    }

    fn read(row: &RowReader<'_>) -> Result<Correction, RowError> {
        Ok(Correction {
            table: row.need("table_name", RowReader::text)?,
            key: row.need("row_key", RowReader::text)?,
            column: row.need("column_name", RowReader::text)?,
            old: row.text("old_value")?,
            new: row.text("new_value")?,
            at: row.need("corrected_at", RowReader::instant)?,
        })
    }
}
