//! What the data is: exact decimals, tables, and the record types that fill them.

mod decimal;
mod record;

pub mod accounts;
pub mod instrument;
pub mod market;
pub mod mirror;
pub mod notification;
pub mod prices;
pub mod quota;
pub mod run_day;
pub mod sync;
mod sync_tables;
pub mod trades;
pub mod work;

pub use decimal::{Decimal, DecimalError};
pub use record::{
    Batch, BatchBuilder, Column, Kind, Merge, Owned, Owner, Record, RowError, RowReader, RowWriter, Settle, Table,
    Value,
};

pub use sync_tables::control_tables;
pub(crate) use sync_tables::word;

/// Every table that providers fill; stores create them and add columns that a newer version declares.
pub fn record_tables() -> [&'static Table; 26] {
    [
        &trades::SYNC_METADATA,
        &trades::TRADE_DATA,
        &trades::REPORTING_DATA,
        &trades::DAILY_LOG,
        &trades::REJECTED_ROWS,
        &market::SYNC_METADATA,
        &market::SPX_DAILY,
        &market::SPX_15MIN,
        &market::VIX_INTRADAY,
        &market::BARS,
        &market::CORRECTIONS,
        &instrument::INSTRUMENTS,
        &instrument::LISTINGS,
        &prices::QUOTES,
        &prices::PRICE_HISTORY,
        &prices::FX_RATES,
        &prices::SYMBOL_STATES,
        &accounts::BALANCES,
        &accounts::BALANCE_HISTORY,
        &accounts::POSITIONS,
        &accounts::POSITION_HISTORY,
        &accounts::FILL_ROWS,
        &accounts::CASH_FLOWS,
        &accounts::ROUND_TRIPS,
        &accounts::VALUATION,
        &mirror::MIRROR_ROWS,
    ]
}
