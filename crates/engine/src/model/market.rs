//! Tables of market-data files: the three exports that have names, and bars for any other file with prices.

use super::record::{Column, Kind, Merge, Owner, Table};

const DATE: Column = Column::required("date", Kind::Date, "Trading day in New York");
const EXTRA: Column =
    Column::optional("extra", Kind::Json, "Columns of the file that have no column here, by their header");

const fn number(name: &'static str) -> Column {
    Column::optional(name, Kind::Decimal, "As the file has it")
}

macro_rules! daily_table {
    ($table:ident, $name:literal, $doc:literal, [$($column:literal),* $(,)?]) => {
        pub static $table: Table = Table {
            schema: "market",
            name: $name,
            doc: $doc,
            owner: Owner::Connection,
            key: &["date"],
            merge: Merge::OverwriteAndNote,
            columns: &[DATE, $(number($column)),*, EXTRA],
        };
    };
}

daily_table!(
    SPX_DAILY,
    "spx_daily",
    "S&P 500 by day with the indicators of the export.",
    [
        "prior_close",
        "open",
        "high",
        "low",
        "close",
        "gap_pct",
        "intraday_range_pct",
        "intraday_return_pct",
        "total_return_pct",
        "close_position_in_range",
        "gap_filled",
        "vix_open",
        "vix_close",
        "vix_change_pct",
        "vix_spike_pct",
        "vix_percentile",
        "vol_regime",
        "vix9d_close",
        "vix3m_close",
        "vix9d_vix_ratio",
        "vix_vix3m_ratio",
        "term_structure_state",
        "atr_pct",
        "rsi_14",
        "price_vs_ema21_pct",
        "price_vs_sma50_pct",
        "trend_score",
        "bb_position",
        "return_5d",
        "return_20d",
        "consecutive_days",
        "day_of_week",
        "month",
        "is_opex",
        "prev_return_pct",
        "high_time",
        "low_time",
        "high_before_low",
        "high_in_first_hour",
        "low_in_first_hour",
        "high_in_last_hour",
        "low_in_last_hour",
        "reversal_type",
        "high_low_spread",
        "early_extreme",
        "late_extreme",
        "intraday_high",
        "intraday_low",
        "vix_gap_pct",
        "vix9d_open",
        "vix9d_change_pct",
        "vix_high",
        "vix_low",
        "vix3m_open",
        "vix3m_change_pct",
    ]
);

daily_table!(
    SPX_15MIN,
    "spx_15min",
    "S&P 500 by day with a checkpoint price every 15 minutes.",
    [
        "open",
        "high",
        "low",
        "close",
        "p_0930",
        "p_0945",
        "p_1000",
        "p_1015",
        "p_1030",
        "p_1045",
        "p_1100",
        "p_1115",
        "p_1130",
        "p_1145",
        "p_1200",
        "p_1215",
        "p_1230",
        "p_1245",
        "p_1300",
        "p_1315",
        "p_1330",
        "p_1345",
        "p_1400",
        "p_1415",
        "p_1430",
        "p_1445",
        "p_1500",
        "p_1515",
        "p_1530",
        "p_1545",
        "pct_0930_to_1000",
        "pct_0930_to_1200",
        "pct_0930_to_1500",
        "pct_0930_to_close",
        "moc_15min",
        "moc_30min",
        "moc_45min",
        "moc_60min",
        "afternoon_move",
    ]
);

daily_table!(
    VIX_INTRADAY,
    "vix_intraday",
    "VIX by day with checkpoint values and its moves.",
    [
        "open",
        "high",
        "low",
        "close",
        "vix_0930",
        "vix_1000",
        "vix_1030",
        "vix_1100",
        "vix_1130",
        "vix_1200",
        "vix_1230",
        "vix_1300",
        "vix_1330",
        "vix_1400",
        "vix_1430",
        "vix_1500",
        "vix_1530",
        "vix_1545",
        "vix_day_high",
        "vix_day_low",
        "vix_morning_move",
        "vix_afternoon_move",
        "vix_power_hour_move",
        "vix_last_30min_move",
        "vix_full_day_move",
        "vix_first_hour_move",
        "vix_intraday_range_pct",
        "vix_spike_from_open",
        "vix_spike_flag",
        "vix_crush_from_open",
        "vix_crush_flag",
        "vix_close_in_range",
    ]
);

pub static BARS: Table = Table {
    schema: "market",
    name: "bars",
    doc: "Price bars of every other market-data file, named after it.",
    owner: Owner::Connection,
    key: &["symbol", "date", "time"],
    merge: Merge::OverwriteAndNote,
    columns: &[
        Column::required("symbol", Kind::Text, "The file's name without its ending"),
        DATE,
        Column::required("time", Kind::Text, "HH:MM:SS in New York; 00:00:00 for a daily bar"),
        number("open"),
        number("high"),
        number("low"),
        number("close"),
        number("volume"),
        EXTRA,
    ],
};

pub static SYNC_METADATA: Table = Table {
    schema: "market",
    name: "_sync_metadata",
    doc: "What is stored of each market-data file: fingerprint, last date, and when it was read.",
    owner: Owner::Connection,
    key: &["file_name"],
    merge: Merge::Overwrite,
    columns: &[
        Column::required("file_name", Kind::Text, "File name inside the folder"),
        Column::required("content_hash", Kind::Text, "SHA-256 of the file's bytes"),
        Column::optional("max_date", Kind::Date, "Last date in the file"),
        Column::required("synced_at", Kind::Instant, "When these bytes were read"),
        Column::required("parser_version", Kind::Int, "Version of the parser that read them"),
        Column::required("file", Kind::Json, "Size, mtime, inode, rows, rejected rows with line and reason"),
    ],
};

pub static CORRECTIONS: Table = Table {
    schema: "market",
    name: "corrections",
    doc: "Stored values that a later file or answer replaced: what was, and what is now.",
    owner: Owner::Connection,
    key: &[],
    merge: Merge::Overwrite,
    columns: &[
        Column::required("table_name", Kind::Text, "Table that was corrected"),
        Column::required("row_key", Kind::Json, "Key of the row"),
        Column::required("column_name", Kind::Text, "Column that was corrected"),
        Column::optional("old_value", Kind::Text, "What was stored"),
        Column::optional("new_value", Kind::Text, "What is stored now"),
        Column::required("corrected_at", Kind::Instant, "When it was replaced"),
    ],
};
