//! Read models: what is known of prices and rates, how old it is, and what is missing.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::{Engine, EngineError, Result};
use crate::calendar::Venue;
use crate::fx::{How, Rate, Rates, Side};
use crate::limits::{PRICE_ROWS_MAX, QUOTE_STALE_SECS};
use crate::model::Decimal;
use crate::model::instrument::Instrument;
use crate::model::prices::{DayBar, FxRate, QuoteField};
use crate::model::quota::QuotaRow;
use crate::model::sync::{Gap, Stream};
use crate::status::Freshness;
use crate::store::{Filter, Select};

/// An instrument with its last known numbers.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PriceRow {
    pub instrument: String,
    pub symbol: String,
    pub name: Option<String>,
    pub kind: String,
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
    pub currency: Option<String>,
    pub status: &'static str,
    pub provider: String,
    pub observed_at: Timestamp,
}

/// A rate with where it comes from and how old it is.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FxAnswer {
    pub base: String,
    pub quote: String,
    pub asked_for: Date,
    pub rate: Decimal,
    /// The date of the rate: the one asked for, or the last before it.
    pub date: Date,
    pub age_days: i64,
    /// `same`, `direct`, `inverse` or `triangulated`.
    pub how: &'static str,
    pub via: Option<&'static str>,
    /// `bid` or `mid`.
    pub side: &'static str,
    pub provider: Option<String>,
}

/// What is left of a budget.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QuotaView {
    /// Provider, address or key, and which limit.
    pub scope: String,
    pub used: i64,
    pub left: i64,
    pub weight_max: i64,
    /// When it is full again.
    pub resets_at: Timestamp,
    /// The provider wants no request before.
    pub closed_until: Option<Timestamp>,
    pub note: Option<String>,
}

impl Engine {
    /// Instruments that are priced or were, by id, at most `PRICE_ROWS_MAX` from behind `after`.
    pub async fn prices(&self, after: Option<&str>, changed_since: Option<Timestamp>) -> Result<Vec<PriceRow>> {
        let now = self.now();
        let instruments: Vec<Instrument> = self.store.records(|s| s.ascending("id")).await?;
        let mut fields: BTreeMap<String, Vec<QuoteField>> = BTreeMap::new();
        for field in self.store.records::<QuoteField>(|s| s).await? {
            fields.entry(field.instrument_id.clone()).or_default().push(field);
        }
        let reasons = self.reasons().await?;
        let rows = instruments.into_iter().filter(|i| after.is_none_or(|after| i.id.as_str() > after));
        let rows = rows.filter_map(|instrument| {
            let own = fields.remove(&instrument.id).unwrap_or_default();
            if !instrument.watched && own.is_empty() {
                return None;
            }
            let newest = own.iter().map(|field| field.as_of).max();
            if changed_since.is_some_and(|since| newest.is_none_or(|newest| newest <= since)) {
                return None;
            }
            Some(price_row(instrument, own, &reasons, now))
        });
        Ok(rows.take(PRICE_ROWS_MAX).collect())
    }

    /// Days of an instrument, the newest first.
    pub async fn history(&self, instrument: &str, from: Option<Date>, max: usize) -> Result<Vec<BarRow>> {
        let instrument = self.instrument(instrument).await?;
        let own = Filter::IsText("instrument_id", instrument.id);
        let max = max.min(PRICE_ROWS_MAX);
        let bars: Vec<DayBar> = self.store.records(|s| s.with(own).descending("date").max(max)).await?;
        let wanted = bars.into_iter().filter(|bar| from.is_none_or(|from| bar.date >= from));
        Ok(wanted
            .map(|bar| BarRow {
                date: bar.date,
                open: bar.open,
                high: bar.high,
                low: bar.low,
                close_price: bar.close_price,
                volume: bar.volume,
                currency: bar.currency,
                status: bar.status.word(),
                provider: bar.provider,
                observed_at: bar.observed_at,
            })
            .collect())
    }

    /// The last rate at or before a date, or an error that says there is none: never one to one.
    pub async fn fx(&self, base: &str, quote: &str, date: Date) -> Result<FxAnswer> {
        let rates: Vec<FxRate> = self
            .store
            .read(Select::all(&crate::model::prices::FX_RATES))
            .await?
            .records()
            .map_err(crate::store::StoreError::from)?;
        let found = Rates::new(rates.into_iter().map(Rate::from)).find(base, quote, date).ok_or_else(|| {
            let hint = "add a source of rates, such as `foliosync connect add ecb --label ecb`, and sync it";
            EngineError::not_found(format!("there is no rate from {base} to {quote} at or shortly before {date}"), hint)
        })?;
        let (how, via) = match found.how {
            How::Same => ("same", None),
            How::Direct => ("direct", None),
            How::Inverse => ("inverse", None),
            How::Triangulated { via } => ("triangulated", Some(via)),
        };
        Ok(FxAnswer {
            base: base.into(),
            quote: quote.into(),
            asked_for: date,
            rate: found.rate,
            date: found.date,
            age_days: found.age_days,
            how,
            via,
            side: if found.side == Side::Bid { "bid" } else { "mid" },
            provider: found.provider.map(|provider| provider.to_string()),
        })
    }

    /// What is left of each budget that was ever drawn on.
    pub async fn quotas(&self) -> Result<Vec<QuotaView>> {
        let now = self.now();
        let rows: Vec<QuotaRow> = self.store.records(|s| s.ascending("scope")).await?;
        Ok(rows
            .into_iter()
            .map(|row| QuotaView {
                used: if now < row.window_end { row.used } else { 0 },
                left: row.left(now),
                weight_max: row.weight_max,
                resets_at: row.window_end.max(now),
                closed_until: row.closed_until.filter(|until| *until > now),
                note: row.note.clone(),
                scope: row.scope,
            })
            .collect())
    }

    /// Why symbols were not read the last time, by the name that the provider's stream has for them.
    async fn reasons(&self) -> Result<BTreeMap<String, String>> {
        let mut reasons = BTreeMap::new();
        for gap in self.store.records::<Gap>(|s| s).await? {
            reasons.insert(gap.item, gap.reason);
        }
        for stream in self.store.records::<Stream>(|s| s).await? {
            if let (Some(error), "quotes") = (stream.error, stream.name.as_str()) {
                reasons.entry(String::new()).or_insert(error);
            }
        }
        Ok(reasons)
    }
}

fn price_row(
    instrument: Instrument,
    own: Vec<QuoteField>,
    reasons: &BTreeMap<String, String>,
    now: Timestamp,
) -> PriceRow {
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
    let remark = (freshness != Freshness::Fresh).then(|| {
        let own = reasons.get(&instrument.symbol).or_else(|| reasons.get(&instrument.id)).or_else(|| reasons.get(""));
        own.cloned().unwrap_or_else(|| match price {
            None => "unpriced: no connection has read it yet".into(),
            Some(_) => "the source has given nothing newer".into(),
        })
    });
    PriceRow {
        instrument: instrument.id,
        symbol: instrument.symbol,
        name: instrument.name,
        kind: instrument.kind,
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

/// A price is fresh while it is young, and while its exchange has been closed since: Friday's close is fresh on Sunday.
fn is_fresh(instrument: &Instrument, as_of: Timestamp, now: Timestamp) -> bool {
    let patience = jiff::SignedDuration::from_secs(QUOTE_STALE_SECS);
    if now.duration_since(as_of) <= patience {
        return true;
    }
    let venue = match (instrument.kind.as_str(), &instrument.exchange) {
        ("crypto", _) => return false,
        ("fx", _) => Venue::Fx,
        (_, None) => Venue::NewYork,
        (_, Some(mic)) => match Venue::of_mic(mic) {
            Some(venue) => venue,
            None => return false,
        },
    };
    let today = venue.trading_date(now);
    let last = [today, venue.previous_trading_day(today)].into_iter().filter_map(|date| venue.session(date));
    let last = last.filter(|session| session.open <= now).map(|session| session.close.min(now)).max();
    last.is_some_and(|close| close.duration_since(as_of) <= patience)
}
