//! Exchange rates as they are asked for: with their date, their side and their way, or refused.

use jiff::ToSpan;
use jiff::civil::Date;
use serde::Serialize;

use super::{Engine, EngineError, Result};
use crate::fx::{How, Rates, Side};
use crate::limits::FX_AGE_DAYS_MAX;
use crate::model::Decimal;
use crate::model::prices::FxRate;
use crate::store::Filter;
use crate::units::Unit;

/// A rate with where it comes from and how old it is.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FxAnswer {
    pub base: String,
    pub quote: String,
    pub asked_for: Date,
    /// What one unit of `base` is in `quote`.
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

impl Engine {
    /// The last rate at or before a date (`None`: today, UTC), or an error that says there is none: never one to one.
    pub async fn fx(&self, base: &str, quote: &str, date: Option<Date>) -> Result<FxAnswer> {
        let (base, quote) = (currency(base)?, currency(quote)?);
        let date = date.unwrap_or_else(|| self.now().to_zoned(jiff::tz::TimeZone::UTC).date());
        let oldest = date.saturating_sub(FX_AGE_DAYS_MAX.days());
        let near = Filter::Between("date", oldest, date);
        let rates: Vec<FxRate> = self.store.records(|s| s.with(near).ascending("provider")).await?;
        let found = Rates::new(rates).find(&base, &quote, date).ok_or_else(|| {
            let hint = "add a source of rates and sync it: foliosync connect add ecb --label ecb";
            let message = format!(
                "there is no rate from {base} to {quote} for {date}, nor for the {FX_AGE_DAYS_MAX} days before it"
            );
            EngineError::not_found(message, hint)
        })?;
        let (how, via) = match found.how {
            How::Same => ("same", None),
            How::Direct => ("direct", None),
            How::Inverse => ("inverse", None),
            How::Triangulated { via } => ("triangulated", Some(via)),
        };
        Ok(FxAnswer {
            base,
            quote,
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
}

/// A currency, whatever its case; `GBp` is no spelling of GBP but a hundredth of it.
fn currency(text: &str) -> Result<String> {
    let refused = |hint: String| EngineError::input(format!("`{text}` is not a currency"), hint);
    match Unit::parse(text).or_else(|| Unit::parse(&text.to_ascii_uppercase())) {
        Some(unit) if unit.is_minor() => Err(refused(format!("it is a part of {0}: ask for {0}", unit.currency))),
        Some(unit) => Ok(unit.currency),
        None => Err(refused("write it like EUR, USD or BTC".into())),
    }
}
