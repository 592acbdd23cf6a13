//! Read models: what is known of prices, how old it is, and what is missing.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;

use super::reasons::Reasons;
use super::{Engine, Result};
use crate::calendar::{Calendar, Venue};
use crate::limits::{PRICE_ROWS_MAX, QUOTE_STALE_SECS, SPARKLINE_DAYS_MAX};
use crate::model::Decimal;
use crate::model::instrument::Instrument;
use crate::model::prices::{DayBar, QuoteField};
use crate::status::Freshness;
use crate::store::Filter;

/// An instrument with its last known numbers.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PriceRow {
    pub instrument: String,
    pub symbol: String,
    pub name: Option<String>,
    pub kind: String,
    /// Whether anybody still asks for its price.
    pub watched: bool,
    pub exchange: Option<String>,
    pub currency: Option<String>,
    /// `None` is unpriced: not zero, and not some other day's price.
    pub current_price: Option<Decimal>,
    pub provider: Option<String>,
    /// When that was the price, by the source.
    pub as_of: Option<Timestamp>,
    pub freshness: Freshness,
    /// Why it is unpriced or old, where that is known.
    pub remark: Option<String>,
    /// The other numbers, by field, each with who said it and when.
    pub fields: BTreeMap<String, FieldView>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldView {
    pub value: Decimal,
    pub currency: Option<String>,
    pub provider: String,
    pub as_of: Timestamp,
}

/// A day of an instrument.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BarRow {
    pub date: Date,
    pub open: Option<Decimal>,
    pub high: Option<Decimal>,
    pub low: Option<Decimal>,
    pub close_price: Decimal,
    pub volume: Option<Decimal>,
    /// New shares for each old one from this day on, where it is not one.
    pub split_factor: Option<Decimal>,
    pub dividend: Option<Decimal>,
    pub currency: Option<String>,
    pub status: &'static str,
    pub provider: String,
    pub observed_at: Timestamp,
}

/// Which prices to show: those behind an id, at most `max`, and only those that are newer than a time.
#[derive(Debug, Clone, Default)]
pub struct PricesAsk {
    pub after: Option<String>,
    pub changed_since: Option<Timestamp>,
    /// `PRICE_ROWS_MAX` at most, and where it is `None`.
    pub max: Option<usize>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PricePage {
    pub prices: Vec<PriceRow>,
    /// Give it as `after` for the next page; `None` on the last one.
    pub next_after: Option<String>,
    pub totals: PriceTotals,
}

/// Over all that is asked for, whatever the page shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PriceTotals {
    /// With a price, old ones included.
    pub priced: usize,
    /// Those of them whose price is old.
    pub stale: usize,
    pub unpriced: usize,
    /// Whether any is old or lacks.
    pub partial: bool,
}

#[derive(Debug, Clone, Copy, Default)]
pub struct HistoryAsk<'a> {
    /// An id, or a symbol as people write it.
    pub instrument: &'a str,
    pub from: Option<Date>,
    /// Days before this one.
    pub before: Option<Date>,
    /// `PRICE_ROWS_MAX` at most, and where it is `None`.
    pub max: Option<usize>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryPage {
    pub instrument: String,
    /// The newest first.
    pub bars: Vec<BarRow>,
    /// Give it as `before` for the days that come before these; `None` where there are none.
    pub next_before: Option<Date>,
}

/// The closes of an instrument's last days, oldest first, in the currency of its bars.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sparkline {
    pub instrument: String,
    pub from: Date,
    pub to: Date,
    pub closes: Vec<Decimal>,
}

impl Engine {
    /// Of every instrument that is wanted, `PRICE_ROWS_MAX` of them at most.
    pub async fn sparklines(&self, days: i64) -> Result<Vec<Sparkline>> {
        let today = TimeZone::UTC.to_datetime(self.now()).date();
        let days = days.clamp(1, SPARKLINE_DAYS_MAX);
        let near = Filter::Between("date", today.saturating_sub(days.days()), today);
        let mut lines: BTreeMap<String, Sparkline> = BTreeMap::new();
        for bar in self.store.records::<DayBar>(|s| s.with(near).ascending("date")).await? {
            let DayBar { instrument_id, date, close_price, .. } = bar;
            let new = || Sparkline { instrument: instrument_id.clone(), from: date, to: date, closes: Vec::new() };
            let line = lines.entry(instrument_id.clone()).or_insert_with(new);
            line.to = date;
            line.closes.push(close_price);
        }
        let reasons = self.reasons(&self.desk().await?).await?;
        let wanted: Vec<Instrument> = self.store.records(|s| s.ascending("id")).await?;
        let wanted = wanted.into_iter().filter(|instrument| reasons.wants(instrument));
        Ok(wanted.filter_map(|instrument| lines.remove(&instrument.id)).take(PRICE_ROWS_MAX).collect())
    }

    /// Instruments that are priced or were, by id.
    pub async fn prices(&self, ask: PricesAsk) -> Result<PricePage> {
        let now = self.now();
        let instruments: Vec<Instrument> = self.store.records(|s| s.ascending("id")).await?;
        let mut fields: BTreeMap<String, Vec<QuoteField>> = BTreeMap::new();
        for field in self.store.records::<QuoteField>(|s| s).await? {
            fields.entry(field.instrument_id.clone()).or_default().push(field);
        }
        let reasons = self.reasons(&self.desk().await?).await?;
        let max = ask.max.unwrap_or(PRICE_ROWS_MAX).clamp(1, PRICE_ROWS_MAX);
        let mut page = PricePage { prices: Vec::new(), next_after: None, totals: PriceTotals::default() };
        for instrument in instruments {
            let own = fields.remove(&instrument.id).unwrap_or_default();
            if !reasons.wants(&instrument) && own.is_empty() {
                continue;
            }
            let newest = own.iter().map(|field| field.as_of).max();
            let is_asked_for = ask.after.as_ref().is_none_or(|after| instrument.id > *after)
                && ask.changed_since.is_none_or(|since| newest.is_some_and(|newest| newest > since));
            let row = price_row(instrument, own, &reasons, now);
            page.totals.count(&row);
            if !is_asked_for {
                continue;
            }
            if page.prices.len() < max {
                page.prices.push(row);
            } else if page.next_after.is_none() {
                page.next_after = page.prices.last().map(|row| row.instrument.clone());
            }
        }
        page.totals.partial = page.totals.stale + page.totals.unpriced > 0;
        Ok(page)
    }

    /// How many prices there are, and how many lack or are old.
    pub async fn price_totals(&self) -> Result<PriceTotals> {
        Ok(self.prices(PricesAsk { max: Some(1), ..PricesAsk::default() }).await?.totals)
    }

    /// Days of an instrument, the newest first, from `from` on and before `before`.
    pub async fn history(&self, ask: HistoryAsk<'_>) -> Result<HistoryPage> {
        let instrument = self.instrument(ask.instrument).await?;
        let max = ask.max.unwrap_or(PRICE_ROWS_MAX).clamp(1, PRICE_ROWS_MAX);
        let last = ask.before.map_or(Date::MAX, |before| before.yesterday().unwrap_or(Date::MIN));
        let days = Filter::Between("date", ask.from.unwrap_or(Date::MIN), last);
        let own = Filter::IsText("instrument_id", instrument.id.clone());
        let found = self.store.records(|s| s.with(own).with(days).descending("date").max(max + 1)).await?;
        let mut bars: Vec<BarRow> = found.into_iter().map(|bar: DayBar| BarRow::from(bar)).collect();
        let more = bars.len() > max;
        bars.truncate(max);
        let next_before = bars.last().filter(|_| more).map(|bar| bar.date);
        Ok(HistoryPage { instrument: instrument.id, bars, next_before })
    }
}

impl PriceTotals {
    /// What nobody asks for any more counts nowhere.
    fn count(&mut self, row: &PriceRow) {
        if !row.watched {
            return;
        }
        match row.freshness {
            Freshness::Never => self.unpriced += 1,
            Freshness::Stale => (self.priced, self.stale) = (self.priced + 1, self.stale + 1),
            Freshness::Fresh => self.priced += 1,
        }
    }
}

impl From<DayBar> for BarRow {
    fn from(bar: DayBar) -> BarRow {
        BarRow {
            date: bar.date,
            open: bar.open,
            high: bar.high,
            low: bar.low,
            close_price: bar.close_price,
            volume: bar.volume,
            split_factor: bar.split_factor,
            dividend: bar.dividend,
            currency: bar.currency,
            status: bar.status.word(),
            provider: bar.provider,
            observed_at: bar.observed_at,
        }
    }
}

fn price_row(instrument: Instrument, own: Vec<QuoteField>, reasons: &Reasons, now: Timestamp) -> PriceRow {
    let mut fields: BTreeMap<String, FieldView> = BTreeMap::new();
    for field in own {
        let QuoteField { field, value, currency, provider, as_of, .. } = field;
        fields.insert(field, FieldView { value, currency, provider, as_of });
    }
    let price = fields.remove("current_price");
    let freshness = match &price {
        None => Freshness::Never,
        Some(price) if is_fresh(&instrument, price.as_of, now) => Freshness::Fresh,
        Some(_) => Freshness::Stale,
    };
    let watched = reasons.wants(&instrument);
    let remark = (freshness != Freshness::Fresh).then(|| reasons.lacking(&instrument, price.is_some()));
    PriceRow {
        instrument: instrument.id,
        symbol: instrument.symbol,
        name: instrument.name,
        kind: instrument.kind,
        watched,
        exchange: instrument.exchange,
        currency: price.as_ref().and_then(|price| price.currency.clone()).or(instrument.currency),
        current_price: price.as_ref().map(|price| price.value),
        provider: price.as_ref().map(|price| price.provider.clone()),
        as_of: price.as_ref().map(|price| price.as_of),
        freshness,
        remark,
        fields,
    }
}

/// A price is fresh while its exchange has hardly been open since: Friday's close is fresh on Sunday, and on Monday until
/// there was time to read another.
pub(super) fn is_fresh(instrument: &Instrument, as_of: Timestamp, now: Timestamp) -> bool {
    let patience = jiff::SignedDuration::from_secs(QUOTE_STALE_SECS);
    let venue = Venue::of_instrument(&instrument.kind, instrument.exchange.as_deref());
    !venue.map_or(Calendar::Always, Calendar::Open).is_old(as_of, patience, now)
}
