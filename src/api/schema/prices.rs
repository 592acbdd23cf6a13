//! Instruments, prices, rates, and budgets of requests.

use std::collections::BTreeMap;

use utoipa::ToSchema;

use super::connection::Freshness;

/// One instrument, or a list of them under `instruments`.
#[derive(ToSchema)]
pub struct AddInstruments {
    instruments: Option<Vec<NewInstrument>>,
    symbol: Option<String>,
    kind: Option<InstrumentKind>,
    name: Option<String>,
    currency: Option<String>,
    isin: Option<String>,
}

#[derive(ToSchema)]
pub struct NewInstrument {
    /// As people write it: `AAPL`, `VOD.L`, `crypto:BTC`, `EUR/USD`.
    symbol: String,
    /// Where the symbol alone could mean two things.
    kind: Option<InstrumentKind>,
    name: Option<String>,
    /// ISO 4217, the major unit.
    currency: Option<String>,
    isin: Option<String>,
}

#[derive(ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum InstrumentKind {
    Stock,
    Etf,
    Fund,
    Crypto,
    Option,
    Future,
    Fx,
    Cash,
}

#[derive(ToSchema)]
pub struct AddedInstruments {
    instruments: Vec<Instrument>,
}

#[derive(ToSchema)]
pub struct Instrument {
    /// Such as `stock:VOD@XLON`. Opaque: do not take it apart.
    id: String,
    kind: InstrumentKind,
    symbol: String,
    name: Option<String>,
    /// Market identifier code (ISO 10383); null: the United States, or no exchange.
    exchange: Option<String>,
    currency: Option<String>,
    isin: Option<String>,
    /// Whether it is priced although nothing is held.
    watched: bool,
}

#[derive(ToSchema)]
pub struct Instruments {
    instruments: Vec<InstrumentView>,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InstrumentView {
    #[serde(flatten)]
    instrument: Instrument,
    listings: Vec<Listing>,
    /// Whether its price is needed: it is listed by the user, or held somewhere.
    wanted: bool,
    priced_by: Option<PricedBy>,
    /// Why nobody reads its price, and what to do.
    unpriced: Option<String>,
}

/// Who reads its price, under which symbol.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PricedBy {
    connection: i64,
    native_symbol: String,
}

#[derive(ToSchema)]
pub struct Unmapped {
    listings: Vec<Listing>,
}

/// What a provider calls an instrument.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Listing {
    provider: String,
    native_symbol: String,
    /// Null: nobody has said yet what it is.
    instrument_id: Option<String>,
    /// The unit of its price there: `USD`, `GBp`, `USDT`.
    unit: Option<String>,
    name: Option<String>,
    /// `user` or `provider`.
    mapped_by: String,
    /// False: only a holding there is called so, and its price goes by another symbol.
    quoted: bool,
    /// Units of the instrument in each unit that is held there; null: one.
    factor: Option<String>,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Mapping {
    provider: String,
    native_symbol: String,
    /// The id of an instrument, or a symbol as people write it.
    instrument: String,
    /// The unit of the provider's price: `USD`, `GBp`.
    unit: Option<String>,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Prices {
    /// By the instrument's id.
    prices: Vec<Price>,
    /// Give it as `after` for the next page; null on the last one.
    next_after: Option<String>,
    totals: PriceTotals,
}

/// Over all that is asked for, whatever the page shows.
#[derive(ToSchema)]
pub struct PriceTotals {
    /// With a price, old ones included.
    priced: i64,
    stale: i64,
    unpriced: i64,
    /// Whether any price is old or lacks.
    partial: bool,
}

/// `never` is unpriced: its price is null, and not zero.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Price {
    instrument: String,
    symbol: String,
    name: Option<String>,
    kind: InstrumentKind,
    exchange: Option<String>,
    currency: Option<String>,
    /// Whether anybody still asks for its price.
    watched: bool,
    current_price: Option<String>,
    provider: Option<String>,
    /// When that was the price, by the source.
    #[schema(format = DateTime)]
    as_of: Option<String>,
    freshness: Freshness,
    /// Why it is old or lacks.
    remark: Option<String>,
    /// The other numbers, such as `previous_close`, each with who said it and when.
    fields: BTreeMap<String, PriceField>,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PriceField {
    value: String,
    currency: Option<String>,
    provider: String,
    #[schema(format = DateTime)]
    as_of: String,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct History {
    instrument: String,
    /// The newest first.
    bars: Vec<Bar>,
    /// Give it as `before` for the days before these; null where there are none.
    #[schema(format = Date)]
    next_before: Option<String>,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Bar {
    /// The exchange's calendar date.
    #[schema(format = Date)]
    date: String,
    open: Option<String>,
    high: Option<String>,
    low: Option<String>,
    close_price: String,
    volume: Option<String>,
    /// New shares for each old one from this day on.
    split_factor: Option<String>,
    dividend: Option<String>,
    currency: Option<String>,
    status: BarStatus,
    provider: String,
    #[schema(format = DateTime)]
    observed_at: String,
}

#[derive(ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum BarStatus {
    Intraday,
    Close,
    Corrected,
}

/// A rate with where it comes from and how old it is.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Fx {
    base: String,
    quote: String,
    #[schema(format = Date)]
    asked_for: String,
    /// What one unit of `base` is in `quote`.
    rate: String,
    /// The date asked for, or the last one before it that has a rate.
    #[schema(format = Date)]
    date: String,
    age_days: i64,
    how: FxWay,
    /// The currency between the two of a triangulated rate.
    via: Option<String>,
    side: FxSide,
    provider: Option<String>,
}

#[derive(ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FxWay {
    Same,
    Direct,
    Inverse,
    Triangulated,
}

/// `bid`: what one receives who sells the base. `mid`: a reference rate or a middle.
#[derive(ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FxSide {
    Bid,
    Mid,
}

#[derive(ToSchema)]
pub struct Quotas {
    quotas: Vec<Quota>,
}

/// What is left of a budget of requests, in the provider's own weights.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Quota {
    /// Provider, address or key, and which limit.
    scope: String,
    provider: String,
    /// The limit's name: `minute`, `day`.
    limit: String,
    /// The connections that share it.
    connections: Vec<i64>,
    used: i64,
    left: i64,
    weight_max: i64,
    /// When it is full again.
    #[schema(format = DateTime)]
    resets_at: String,
    /// The provider wants no request before this.
    #[schema(format = DateTime)]
    closed_until: Option<String>,
    /// Why it is closed.
    note: Option<String>,
}

#[derive(ToSchema)]
pub struct Sparklines {
    series: Vec<Sparkline>,
}

#[derive(ToSchema)]
pub struct Sparkline {
    instrument: String,
    #[schema(format = Date)]
    from: String,
    #[schema(format = Date)]
    to: String,
    /// Oldest first, in the currency of its bars. Amounts are texts, so that no digit is lost.
    closes: Vec<String>,
}

/// What trying a connection out came to.
#[derive(ToSchema)]
pub struct Probe {
    ok: bool,
    /// What was read, or what failed and what to do.
    message: String,
    /// What is left of each of its budgets, by scope.
    left: BTreeMap<String, i64>,
}
