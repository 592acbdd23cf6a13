//! Tables of trade-log blocks. A block is a folder of CSV exports; every row remembers the line it came from.

use super::record::{Column, Kind, Merge, Owner, Table};

const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Column {
    Column::required(name, kind, doc)
}

const fn optional(name: &'static str, kind: Kind, doc: &'static str) -> Column {
    Column::optional(name, kind, doc)
}

const BLOCK_ID: Column = required("block_id", Kind::Text, "The name of the block's folder, verbatim");
const EXTRA: Column = optional("extra", Kind::Json, "Columns of the file that have no column here, by their header");
const SOURCE_LINE: Column = required("source_line", Kind::Int, "Line of the file where the row starts, from 1");
const OCCURRENCE: Column =
    required("occurrence", Kind::Int, "1 for the first row with these key values in the file, 2 for its twin, …");

pub static TRADE_DATA: Table = Table {
    schema: "trades",
    name: "trade_data",
    doc: "Back-tested or exported trades, one row each, from a block's trade log.",
    owner: Owner::Connection,
    key: &["block_id", "date_opened", "time_opened", "strategy", "legs", "occurrence"],
    merge: Merge::Overwrite,
    columns: &[
        BLOCK_ID,
        required("date_opened", Kind::Date, "Calendar day in the exchange's zone, as written"),
        optional("time_opened", Kind::Text, "HH:MM:SS in the exchange's zone, as written"),
        optional("opening_price", Kind::Decimal, "Price of the underlying"),
        optional("legs", Kind::Text, "Legs as written: quantity, expiry, strike, P or C, STO or BTO, price"),
        optional("premium", Kind::Decimal, "Dollars per contract; negative for a debit"),
        optional("closing_price", Kind::Decimal, "Price of the underlying at the close"),
        optional("date_closed", Kind::Date, "Empty for an open trade"),
        optional("time_closed", Kind::Text, "HH:MM:SS in the exchange's zone, as written"),
        optional("avg_closing_cost", Kind::Decimal, "Dollars per contract"),
        optional("reason_for_close", Kind::Text, "As written"),
        required("pl", Kind::Decimal, "Profit or loss in dollars, after fees"),
        optional("num_contracts", Kind::Int, "Number of contracts"),
        optional("funds_at_close", Kind::Decimal, "Account value after the trade"),
        optional("margin_req", Kind::Decimal, "Margin required"),
        required("strategy", Kind::Text, "Name of the strategy; the block's name where the file leaves it empty"),
        optional("opening_commissions", Kind::Decimal, "Opening commissions and fees in dollars"),
        optional("closing_commissions", Kind::Decimal, "Closing commissions and fees in dollars"),
        optional("opening_short_long_ratio", Kind::Decimal, "Short to long premium at the opening"),
        optional("closing_short_long_ratio", Kind::Decimal, "Short to long premium at the close"),
        optional("opening_vix", Kind::Decimal, "VIX at the opening"),
        optional("closing_vix", Kind::Decimal, "VIX at the close"),
        optional("gap", Kind::Decimal, "Gap of the underlying that day, in points"),
        optional("movement", Kind::Decimal, "Movement of the underlying since the open, in points"),
        optional("max_profit", Kind::Decimal, "Best result while open, percent of premium"),
        optional("max_loss", Kind::Decimal, "Worst result while open, percent of premium"),
        required("pl_basis", Kind::Text, "net_includes_fees: pl is after fees"),
        required("ticker", Kind::Text, "Underlying; SPX where the file has none"),
        EXTRA,
        SOURCE_LINE,
        OCCURRENCE,
    ],
};

pub static REPORTING_DATA: Table = Table {
    schema: "trades",
    name: "reporting_data",
    doc: "Trades as they were really executed, from a block's reporting log.",
    owner: Owner::Connection,
    key: &["block_id", "date_opened", "time_opened", "strategy", "legs", "occurrence"],
    merge: Merge::Overwrite,
    columns: &[
        BLOCK_ID,
        required("layout", Kind::Text, "option_omega (automation export) or tat (Trade Automation Toolbox)"),
        required("date_opened", Kind::Date, "Calendar day, as written"),
        optional("time_opened", Kind::Text, "HH:MM:SS with its fraction, as written"),
        required("strategy", Kind::Text, "Name of the strategy; the block's name where the file leaves it empty"),
        optional("legs", Kind::Text, "Legs as written, or put together from the four strikes of a tat row"),
        optional(
            "initial_premium",
            Kind::Decimal,
            "As written: dollars per share in option_omega, per contract in tat",
        ),
        optional("num_contracts", Kind::Int, "Number of contracts"),
        required("pl", Kind::Decimal, "Profit or loss in dollars, as written"),
        optional("date_closed", Kind::Date, "Empty for an open trade"),
        optional("time_closed", Kind::Text, "HH:MM:SS with its fraction, as written"),
        optional("closing_price", Kind::Decimal, "Price of the underlying (option_omega) or of the spread (tat)"),
        optional("avg_closing_cost", Kind::Decimal, "As written: per share and negative in option_omega"),
        optional("reason_for_close", Kind::Text, "As written; the status of a tat row"),
        optional("opening_price", Kind::Decimal, "Price of the underlying (option_omega) or of the spread (tat)"),
        required("ticker", Kind::Text, "Underlying; SPX where the file has none"),
        optional("commission", Kind::Decimal, "Commission in dollars, where the layout has it"),
        optional("account", Kind::Text, "Account, where the layout has it"),
        EXTRA,
        SOURCE_LINE,
        OCCURRENCE,
    ],
};

pub static DAILY_LOG: Table = Table {
    schema: "trades",
    name: "daily_log",
    doc: "Account value per day, from a block's daily log.",
    owner: Owner::Connection,
    key: &["block_id", "date", "occurrence"],
    merge: Merge::Overwrite,
    columns: &[
        BLOCK_ID,
        required("date", Kind::Date, "Calendar day, as written"),
        required("net_liquidity", Kind::Decimal, "Account value at the end of the day"),
        optional("current_funds", Kind::Decimal, "Funds, deposits and withdrawals included"),
        optional("withdrawn", Kind::Decimal, "Withdrawn so far"),
        optional("trading_funds", Kind::Decimal, "Funds that trade"),
        optional("pl", Kind::Decimal, "Profit or loss of the day in dollars"),
        optional("pl_pct", Kind::Decimal, "Profit or loss of the day, percent"),
        optional("drawdown_pct", Kind::Decimal, "Fall from the highest account value so far, percent, 0 or negative"),
        EXTRA,
        SOURCE_LINE,
        OCCURRENCE,
    ],
};

pub static REJECTED_ROWS: Table = Table {
    schema: "trades",
    name: "rejected_rows",
    doc: "Rows that could not be read, with the reason; the rest of their file was loaded.",
    owner: Owner::Connection,
    key: &["block_id", "file", "line"],
    merge: Merge::Overwrite,
    columns: &[
        BLOCK_ID,
        required("file", Kind::Text, "File name inside the block"),
        required("line", Kind::Int, "Line where the row starts, from 1"),
        required("reason", Kind::Text, "What is wrong with it"),
        required("raw", Kind::Text, "The row's text, cut at REJECTED_RAW_CHARS_MAX"),
    ],
};

pub static SYNC_METADATA: Table = Table {
    schema: "trades",
    name: "_sync_metadata",
    doc: "What is stored of each block: fingerprints of its files, and when and by which parser they were read.",
    owner: Owner::Connection,
    key: &["block_id"],
    merge: Merge::Overwrite,
    columns: &[
        BLOCK_ID,
        optional("tradelog_hash", Kind::Text, "SHA-256 of the trade log's bytes"),
        optional("dailylog_hash", Kind::Text, "SHA-256 of the daily log's bytes"),
        optional("reportinglog_hash", Kind::Text, "SHA-256 of the reporting log's bytes"),
        required("synced_at", Kind::Instant, "When these bytes were read"),
        required("sync_version", Kind::Int, "Grows by one each time the block's rows are replaced"),
        required("parser_version", Kind::Int, "Version of the parser that read them"),
        required("files", Kind::Json, "Per kind: name, size, mtime, inode, rows, rejected; surplus files"),
    ],
};
