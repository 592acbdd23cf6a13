//! Stored rows, with the columns that the checks read, in the order of their dates.

use jiff::civil::Date;

use super::Check;
use super::tally::{Tally, example, not_applicable};
use crate::model::{Batch, Decimal, Value};

pub(super) struct Trade<'a> {
    pub opened: Date,
    pub closed: Option<Date>,
    pub time_closed: Option<&'a str>,
    pub legs: Option<&'a str>,
    pub premium: Option<Decimal>,
    pub closing_cost: Option<Decimal>,
    pub contracts: Option<i64>,
    pub pl: Decimal,
    pub opening_fees: Option<Decimal>,
    pub closing_fees: Option<Decimal>,
    pub funds_at_close: Option<Decimal>,
    pub line: i64,
    pub occurrence: i64,
}

pub(super) struct Day {
    pub date: Date,
    pub net_liquidity: Decimal,
    pub withdrawn: Option<Decimal>,
    pub pl: Option<Decimal>,
    pub drawdown: Option<Decimal>,
    pub line: i64,
    pub occurrence: i64,
}

pub(super) struct Reported<'a> {
    pub layout: &'a str,
    pub opened: Date,
    pub closed: Option<Date>,
    pub legs: Option<&'a str>,
    pub premium: Option<Decimal>,
    pub closing_cost: Option<Decimal>,
    pub contracts: Option<i64>,
    pub pl: Decimal,
    pub opening_price: Option<Decimal>,
    pub closing_price: Option<Decimal>,
    pub commission: Option<Decimal>,
    pub line: i64,
    pub occurrence: i64,
}

pub(super) fn trades(batch: &Batch) -> Vec<Trade<'_>> {
    let names = ["date_opened", "date_closed", "time_closed", "legs", "premium", "avg_closing_cost", "num_contracts"];
    let [opened, closed, time_closed, legs, premium, cost, contracts] = columns(batch, names);
    let names = ["pl", "opening_commissions", "closing_commissions", "funds_at_close", "source_line", "occurrence"];
    let [pl, opening_fees, closing_fees, funds, line, occurrence] = columns(batch, names);
    let read = |row: usize| {
        Some(Trade {
            opened: date(batch, row, opened)?,
            closed: date(batch, row, closed),
            time_closed: text(batch, row, time_closed),
            legs: text(batch, row, legs),
            premium: decimal(batch, row, premium),
            closing_cost: decimal(batch, row, cost),
            contracts: int(batch, row, contracts),
            pl: decimal(batch, row, pl)?,
            opening_fees: decimal(batch, row, opening_fees),
            closing_fees: decimal(batch, row, closing_fees),
            funds_at_close: decimal(batch, row, funds),
            line: int(batch, row, line)?,
            occurrence: int(batch, row, occurrence)?,
        })
    };
    let mut rows: Vec<Trade<'_>> = (0..batch.len()).filter_map(read).collect();
    rows.sort_by_key(|row| (row.opened, row.line));
    rows
}

pub(super) fn days(batch: &Batch) -> Vec<Day> {
    let names = ["date", "net_liquidity", "withdrawn", "pl", "drawdown_pct", "source_line", "occurrence"];
    let [on, net_liquidity, withdrawn, pl, drawdown, line, occurrence] = columns(batch, names);
    let read = |row: usize| {
        Some(Day {
            date: date(batch, row, on)?,
            net_liquidity: decimal(batch, row, net_liquidity)?,
            withdrawn: decimal(batch, row, withdrawn),
            pl: decimal(batch, row, pl),
            drawdown: decimal(batch, row, drawdown),
            line: int(batch, row, line)?,
            occurrence: int(batch, row, occurrence)?,
        })
    };
    let mut rows: Vec<Day> = (0..batch.len()).filter_map(read).collect();
    rows.sort_by_key(|row| (row.date, row.line));
    rows
}

pub(super) fn reported(batch: &Batch) -> Vec<Reported<'_>> {
    let names =
        ["layout", "date_opened", "date_closed", "legs", "initial_premium", "avg_closing_cost", "num_contracts"];
    let [layout, opened, closed, legs, premium, cost, contracts] = columns(batch, names);
    let names = ["pl", "opening_price", "closing_price", "commission", "source_line", "occurrence"];
    let [pl, opening_price, closing_price, commission, line, occurrence] = columns(batch, names);
    let read = |row: usize| {
        Some(Reported {
            layout: text(batch, row, layout)?,
            opened: date(batch, row, opened)?,
            closed: date(batch, row, closed),
            legs: text(batch, row, legs),
            premium: decimal(batch, row, premium),
            closing_cost: decimal(batch, row, cost),
            contracts: int(batch, row, contracts),
            pl: decimal(batch, row, pl)?,
            opening_price: decimal(batch, row, opening_price),
            closing_price: decimal(batch, row, closing_price),
            commission: decimal(batch, row, commission),
            line: int(batch, row, line)?,
            occurrence: int(batch, row, occurrence)?,
        })
    };
    let mut rows: Vec<Reported<'_>> = (0..batch.len()).filter_map(read).collect();
    rows.sort_by_key(|row| (row.opened, row.line));
    rows
}

/// The values of a text column.
pub(super) fn texts<'a>(batch: &'a Batch, name: &'static str) -> impl Iterator<Item = &'a str> {
    let [column] = columns(batch, [name]);
    (0..batch.len()).filter_map(move |row| text(batch, row, column))
}

/// Twins are information: a file may well hold the same trade twice, and both are stored.
pub(super) fn duplicates(trades: &[Trade<'_>], days: &[Day], reported: &[Reported<'_>]) -> Check {
    let mut tally = Tally::new("duplicates", "rows");
    let rows = trades.iter().map(|row| ("trade log", row.opened, row.line, row.occurrence));
    let rows = rows.chain(days.iter().map(|row| ("daily log", row.date, row.line, row.occurrence)));
    let rows = rows.chain(reported.iter().map(|row| ("reporting log", row.opened, row.line, row.occurrence)));
    let mut twins = 0usize;
    for (file, date, line, occurrence) in rows {
        tally.checked += 1;
        if occurrence > 1 {
            twins += 1;
            tally.show(|| example(date, Some(line), "1".into(), format!("{occurrence} in the {file}")));
        }
    }
    match (tally.checked, twins) {
        (0, _) => not_applicable("duplicates", "rows", "The block has no rows."),
        (_, 0) => tally.end("No row repeats the date, time, strategy and legs of another.".into()),
        (checked, twins) => tally.end(format!(
            "{twins} of {checked} rows repeat the date, time, strategy and legs of an earlier row of their file. All \
             are stored and counted; this is for your information."
        )),
    }
}

/// The columns of a table by name. Tables state these columns, so a missing one is a mistake in this file.
fn columns<const N: usize>(batch: &Batch, names: [&'static str; N]) -> [usize; N] {
    names.map(|name| batch.table.column(name).unwrap_or_else(|| panic!("{} has no {name}", batch.table.full_name())))
}

macro_rules! cells {
    ($($name:ident -> $type:ty: $variant:ident;)*) => {$(
        fn $name(batch: &Batch, row: usize, column: usize) -> Option<$type> {
            match batch.value(row, column) {
                Value::$variant(value) => Some(value),
                _ => None,
            }
        }
    )*};
}

cells! {
    text -> &str: Text;
    int -> i64: Int;
    decimal -> Decimal: Decimal;
    date -> Date: Date;
}
