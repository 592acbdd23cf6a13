//! A quote: numbers of one symbol, brought to major units and checked against what is known.

use foliosync_engine::model::Decimal;
use foliosync_engine::model::prices::{BarStatus, DayBar, QUOTE_FIELDS, QuoteField};
use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::model::work::SymbolWork;
use foliosync_engine::provider::{FetchRequest, Item};
use foliosync_engine::units::Unit;
use jiff::{SignedDuration, Timestamp};

use super::sweep::is_named;
use super::{Read, venue_of};

/// The unit of a symbol's prices, or what becomes of a symbol without one: it is not priced, never guessed.
pub fn unit_of(symbol: &SymbolWork) -> Result<Unit, Box<Read>> {
    let name = &symbol.native_symbol;
    let Some(text) = &symbol.unit else {
        let why = "the currency of its price is not known yet: map the symbol with its unit, or wait for its profile";
        return Err(Box::new(Read::item(name, ItemStatus::Missing, why)));
    };
    Unit::parse(text).ok_or_else(|| {
        let why = format!("`{text}` is no unit of a price: map the symbol with a currency, or GBp, ILA or ZAc");
        Box::new(Read::item(name, ItemStatus::Rejected, why))
    })
}

/// Collects the numbers of one symbol.
pub struct Quote<'a> {
    provider: &'static str,
    symbol: &'a SymbolWork,
    unit: Unit,
    /// When the source says it was so. Never ahead of our clock, or no later quote could replace it.
    at: Option<Timestamp>,
    now: Timestamp,
    /// The user asked for this very symbol, so a jump of its price is believed.
    is_named: bool,
    is_of_day: bool,
    values: Vec<(&'static str, Decimal)>,
    faults: Vec<(&'static str, String)>,
}

impl<'a> Quote<'a> {
    pub fn new(
        provider: &'static str,
        symbol: &'a SymbolWork,
        unit: Unit,
        at: Option<Timestamp>,
        request: &FetchRequest<'_>,
    ) -> Quote<'a> {
        let now = request.now;
        Quote {
            provider,
            symbol,
            unit,
            at: at.map(|at| at.min(now)),
            now,
            is_named: is_named(request, symbol),
            is_of_day: true,
            values: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// Adds one of [`QUOTE_FIELDS`]. A price of 0 or less is none; a number that cannot be held is left out, and told.
    pub fn with(mut self, field: &'static str, read: Result<Option<Decimal>, String>) -> Quote<'a> {
        let Some((_, is_money)) = QUOTE_FIELDS.iter().find(|(name, _)| *name == field) else {
            debug_assert!(false, "{field} is no field of a quote");
            return self;
        };
        let value = match read {
            Ok(Some(value)) => value,
            Ok(None) => return self,
            Err(why) => {
                self.faults.push((field, why));
                return self;
            }
        };
        let is_none = match field {
            "eps" | "change_pct" | "volume" | "avg_volume" => false,
            "pe_ratio" => value == Decimal::ZERO,
            _ => value <= Decimal::ZERO,
        };
        if is_none {
            return self;
        }
        match if *is_money { self.unit.to_major(value) } else { Some(value) } {
            Some(value) => self.values.push((field, value)),
            None => self.faults.push((field, format!("{field} has more than 18 decimals"))),
        }
        self
    }

    /// For a price that is none of its day's, such as one after the close.
    pub fn without_bar(self) -> Quote<'a> {
        Quote { is_of_day: false, ..self }
    }

    /// The rows, with a bar of the day that its price belongs to while that goes on, or is over for less than `lag`. Only
    /// a source that says when its price was so says which day that is.
    pub fn read(self, lag: SignedDuration) -> Read {
        let name = &self.symbol.native_symbol;
        let Some(price) = self.value("current_price") else {
            return match self.faults.iter().find(|(field, _)| *field == "current_price") {
                Some((_, why)) => Read::item(name, ItemStatus::Rejected, format!("its price cannot be used: {why}")),
                None => Read::item(name, ItemStatus::Missing, "the answer has no price for it"),
            };
        };
        let currency = &self.unit.currency;
        if let Some(last) = self.symbol.price.filter(|last| !self.is_named && is_jump(*last, price)) {
            let why = format!(
                "held back: {price} {currency} is about 100 times more or less than the last price {last}, as when a unit \
                 was mistaken for its hundredth; sync this symbol by name if it is right"
            );
            return Read::item(name, ItemStatus::Rejected, why);
        }
        let mut remark = self.faults.iter().map(|(_, why)| why.as_str()).collect::<Vec<_>>().join("; ");
        let is_known = self.symbol.price == Some(price)
            && self
                .at
                .is_some_and(|at| self.symbol.price_as_of == Timestamp::from_microsecond(at.as_microsecond()).ok());
        if is_known {
            return Read { as_of: self.at, ..Read::item(name, ItemStatus::Unchanged, remark) };
        }
        if !remark.is_empty() {
            remark = format!("; left out: {remark}");
        }
        let as_of = self.at.unwrap_or(self.now);
        let row = |(field, value): &(&'static str, Decimal)| QuoteField {
            instrument_id: self.symbol.instrument_id.clone(),
            field: (*field).into(),
            value: *value,
            currency: QUOTE_FIELDS.contains(&(*field, true)).then(|| currency.clone()),
            provider: self.provider.into(),
            as_of,
        };
        let item = Item::new(name, ItemStatus::Updated, format!("{price} {currency}{remark}"));
        Read {
            quotes: self.values.iter().map(row).collect(),
            bars: self.bar(price, lag).into_iter().collect(),
            items: vec![item],
            as_of: self.at,
            ..Read::default()
        }
    }

    fn bar(&self, price: Decimal, lag: SignedDuration) -> Option<DayBar> {
        let (at, venue) = (self.at?, venue_of(self.symbol)?);
        let date = venue.trading_date(at);
        let session = venue.session(date)?;
        // Before it opens, the day's numbers are still those of the day before.
        if !self.is_of_day || at < session.open || venue.is_over(date, self.now, lag) {
            return None;
        }
        Some(DayBar {
            instrument_id: self.symbol.instrument_id.clone(),
            date,
            open: self.value("day_open"),
            high: self.value("day_high"),
            low: self.value("day_low"),
            close_price: price,
            volume: self.value("volume"),
            split_factor: None,
            dividend: None,
            currency: Some(self.unit.currency.clone()),
            status: BarStatus::Intraday,
            provider: self.provider.into(),
            observed_at: self.now,
        })
    }

    fn value(&self, field: &str) -> Option<Decimal> {
        self.values.iter().find(|(name, _)| *name == field).map(|(_, value)| *value)
    }
}

/// Whether a price is 80 to 120 times the other: no market does that, a mistaken unit does.
fn is_jump(last: Decimal, price: Decimal) -> bool {
    let ratio = last.max(price).checked_div(last.min(price));
    ratio.is_some_and(|ratio| (Decimal::from(80)..=Decimal::from(120)).contains(&ratio))
}
