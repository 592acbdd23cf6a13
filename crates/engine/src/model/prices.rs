//! Prices as they are stored: quotes by field, history by day, exchange rates by date, and how far each symbol was read.

use jiff::Timestamp;
use jiff::civil::Date;

use super::Decimal;
use super::record::{Column, Kind, Merge, Owner, Record, RowError, RowReader, RowWriter, Settle, Table};

/// One number of a quote. A field without a value is no row, so that what a provider lacks never overwrites what
/// another one knew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuoteField {
    pub instrument_id: String,
    /// One of [`QUOTE_FIELDS`].
    pub field: String,
    pub value: Decimal,
    /// The currency of a value that is money, never a minor unit.
    pub currency: Option<String>,
    pub provider: String,
    /// The time the source gives for it, else when it answered. UTC.
    pub as_of: Timestamp,
}

/// The fields of a quote, by the names of the columns of `market.symbols`, and whether they are money.
pub const QUOTE_FIELDS: &[(&str, bool)] = &[
    ("current_price", true),
    ("previous_close", true),
    ("change_pct", false),
    ("day_open", true),
    ("day_high", true),
    ("day_low", true),
    ("year_high", true),
    ("year_low", true),
    ("volume", false),
    ("avg_volume", false),
    ("market_cap", true),
    ("pe_ratio", false),
    ("eps", true),
    ("price_avg_50", true),
    ("price_avg_200", true),
];

/// A day of an instrument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayBar {
    pub instrument_id: String,
    /// The exchange's calendar date.
    pub date: Date,
    pub open: Option<Decimal>,
    pub high: Option<Decimal>,
    pub low: Option<Decimal>,
    pub close_price: Decimal,
    pub volume: Option<Decimal>,
    /// New shares for each old one from this day on, where it is not one.
    pub split_factor: Option<Decimal>,
    /// Paid for each share that was held before this day.
    pub dividend: Option<Decimal>,
    pub currency: Option<String>,
    pub status: BarStatus,
    pub provider: String,
    pub observed_at: Timestamp,
}

/// How final a day's row is. Providers write the first two; the store makes a close that differs from a stored one
/// `corrected`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BarStatus {
    Intraday,
    Close,
    Corrected,
}

impl BarStatus {
    pub const fn word(self) -> &'static str {
        match self {
            BarStatus::Intraday => "intraday",
            BarStatus::Close => "close",
            BarStatus::Corrected => "corrected",
        }
    }
}

/// What one unit of `base` costs in `quote`, as one source says for one date. At least one of the three prices is there,
/// or it tells nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FxRate {
    pub base: String,
    pub quote: String,
    pub date: Date,
    pub provider: String,
    /// A reference rate, or the middle of bid and ask.
    pub rate: Option<Decimal>,
    pub bid: Option<Decimal>,
    pub ask: Option<Decimal>,
    pub observed_at: Timestamp,
}

/// How far one symbol of a connection was read: a watermark for each symbol, stored with the rows it covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SymbolState {
    pub stream: String,
    pub native_symbol: String,
    pub covered_from: Option<Date>,
    pub covered_to: Option<Date>,
    /// The close of `covered_to` as it was read.
    pub last_close: Option<Decimal>,
    /// The plan does not include it: not asked before this time.
    pub not_in_plan_until: Option<Timestamp>,
    pub reason: Option<String>,
}

pub static QUOTES: Table = Table {
    schema: "market",
    name: "quotes",
    doc: "The last known numbers of each instrument, one row a field; market.symbols shows them side by side.",
    owner: Owner::Shared,
    key: &["instrument_id", "field"],
    merge: Merge::Newest("as_of"),
    columns: &[
        Column::required("instrument_id", Kind::Text, "Its instrument"),
        Column::required("field", Kind::Text, "Which number, such as current_price"),
        Column::required("value", Kind::Decimal, "The number, in major units"),
        Column::optional("currency", Kind::Text, "Currency of the number where it is money"),
        Column::required("provider", Kind::Text, "Who said so"),
        Column::required("as_of", Kind::Instant, "When it was so, by the source"),
    ],
};

pub static PRICE_HISTORY: Table = Table {
    schema: "market",
    name: "price_history",
    doc: "Prices by instrument and trading day.",
    owner: Owner::Shared,
    key: &["instrument_id", "date"],
    merge: Merge::Settle(&Settle {
        column: "status",
        open: "intraday",
        settled: "close",
        revised: "corrected",
        remarks: &["status", "provider", "observed_at"],
    }),
    columns: &[
        Column::required("instrument_id", Kind::Text, "Its instrument"),
        Column::required("date", Kind::Date, "Trading day of the exchange"),
        Column::optional("open", Kind::Decimal, "First price"),
        Column::optional("high", Kind::Decimal, "Highest price"),
        Column::optional("low", Kind::Decimal, "Lowest price"),
        Column::required("close_price", Kind::Decimal, "Last price: so far, or of the day"),
        Column::optional("volume", Kind::Decimal, "Shares or coins traded"),
        Column::optional("split_factor", Kind::Decimal, "New shares for each old one from this day on"),
        Column::optional("dividend", Kind::Decimal, "Paid for each share held before this day"),
        Column::optional("currency", Kind::Text, "Currency of the prices"),
        Column::required(
            "status",
            Kind::Text,
            "intraday: the day goes on; close; corrected: the source changed a close",
        ),
        Column::required("provider", Kind::Text, "Who said so"),
        Column::required("observed_at", Kind::Instant, "When it was read"),
    ],
};

pub static FX_RATES: Table = Table {
    schema: "market",
    name: "fx_rates",
    doc: "What one unit of the base currency costs in the quote currency, by date and source.",
    owner: Owner::Shared,
    key: &["base", "quote", "date", "provider"],
    merge: Merge::Newest("observed_at"),
    columns: &[
        Column::required("base", Kind::Text, "Currency that is bought"),
        Column::required("quote", Kind::Text, "Currency that it costs"),
        Column::required("date", Kind::Date, "Date of the rate, by the source"),
        Column::required("provider", Kind::Text, "Who said so"),
        Column::optional("rate", Kind::Decimal, "Reference, middle or last price"),
        Column::optional("bid", Kind::Decimal, "What buyers pay"),
        Column::optional("ask", Kind::Decimal, "What sellers want"),
        Column::required("observed_at", Kind::Instant, "When it was read"),
    ],
};

pub static SYMBOL_STATES: Table = Table {
    schema: "market",
    name: "symbol_states",
    doc: "How far each symbol of a connection was read, and what the plan does not include.",
    owner: Owner::Connection,
    key: &["stream", "native_symbol"],
    merge: Merge::Overwrite,
    columns: &[
        Column::required("stream", Kind::Text, "Which dataset"),
        Column::required("native_symbol", Kind::Text, "The provider's symbol"),
        Column::optional("covered_from", Kind::Date, "First day asked for"),
        Column::optional("covered_to", Kind::Date, "Last day that was over when it was read"),
        Column::optional("last_close", Kind::Decimal, "Close of that day as it was read"),
        Column::optional("not_in_plan_until", Kind::Instant, "Not asked again before"),
        Column::optional("reason", Kind::Text, "Why it is not asked, or what was odd about it"),
    ],
};

impl Record for QuoteField {
    const TABLE: &'static Table = &QUOTES;

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(&self.instrument_id).put(&self.field).put(self.value).put(self.currency.as_deref());
        row.put(&self.provider).put(self.as_of);
    }

    fn read(row: &RowReader<'_>) -> Result<QuoteField, RowError> {
        Ok(QuoteField {
            instrument_id: row.need("instrument_id", RowReader::text)?,
            field: row.need("field", RowReader::text)?,
            value: row.need("value", RowReader::decimal)?,
            currency: row.text("currency")?,
            provider: row.need("provider", RowReader::text)?,
            as_of: row.need("as_of", RowReader::instant)?,
        })
    }
}

impl Record for DayBar {
    const TABLE: &'static Table = &PRICE_HISTORY;

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(&self.instrument_id).put(self.date).put(self.open).put(self.high).put(self.low).put(self.close_price);
        row.put(self.volume).put(self.split_factor).put(self.dividend).put(self.currency.as_deref());
        row.put(self.status.word()).put(&self.provider).put(self.observed_at);
    }

    fn read(row: &RowReader<'_>) -> Result<DayBar, RowError> {
        let status = match row.need("status", RowReader::text)?.as_str() {
            "intraday" => BarStatus::Intraday,
            "close" => BarStatus::Close,
            "corrected" => BarStatus::Corrected,
            other => return Err(row.error("status", &format!("holds `{other}`"))),
        };
        Ok(DayBar {
            instrument_id: row.need("instrument_id", RowReader::text)?,
            date: row.need("date", RowReader::date)?,
            open: row.decimal("open")?,
            high: row.decimal("high")?,
            low: row.decimal("low")?,
            close_price: row.need("close_price", RowReader::decimal)?,
            volume: row.decimal("volume")?,
            split_factor: row.decimal("split_factor")?,
            dividend: row.decimal("dividend")?,
            currency: row.text("currency")?,
            status,
            provider: row.need("provider", RowReader::text)?,
            observed_at: row.need("observed_at", RowReader::instant)?,
        })
    }
}

impl Record for FxRate {
    const TABLE: &'static Table = &FX_RATES;

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(&self.base).put(&self.quote).put(self.date).put(&self.provider).put(self.rate).put(self.bid);
        row.put(self.ask).put(self.observed_at);
    }

    fn read(row: &RowReader<'_>) -> Result<FxRate, RowError> {
        Ok(FxRate {
            base: row.need("base", RowReader::text)?,
            quote: row.need("quote", RowReader::text)?,
            date: row.need("date", RowReader::date)?,
            provider: row.need("provider", RowReader::text)?,
            rate: row.decimal("rate")?,
            bid: row.decimal("bid")?,
            ask: row.decimal("ask")?,
            observed_at: row.need("observed_at", RowReader::instant)?,
        })
    }
}

impl Record for SymbolState {
    const TABLE: &'static Table = &SYMBOL_STATES;

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(&self.stream).put(&self.native_symbol).put(self.covered_from).put(self.covered_to);
        row.put(self.last_close).put(self.not_in_plan_until).put(self.reason.as_deref());
    }

    fn read(row: &RowReader<'_>) -> Result<SymbolState, RowError> {
        Ok(SymbolState {
            stream: row.need("stream", RowReader::text)?,
            native_symbol: row.need("native_symbol", RowReader::text)?,
            covered_from: row.date("covered_from")?,
            covered_to: row.date("covered_to")?,
            last_close: row.decimal("last_close")?,
            not_in_plan_until: row.instant("not_in_plan_until")?,
            reason: row.text("reason")?,
        })
    }
}
