//! What the user chose for all of it: the currency in which everything is valued.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::{Engine, EngineError, Result};
use crate::limits::FX_AGE_DAYS_MAX;
use crate::model::Batch;
use crate::model::prices::FxRate;
use crate::model::sync::Setting;
use crate::nearest::nearest;
use crate::store::Filter;
use crate::units::Unit;

/// The setting that names the currency in which everything is valued.
const BASE_CURRENCY: &str = "base_currency";
const BASE_CURRENCY_DEFAULT: &str = "USD";

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    pub base_currency: String,
    /// Those that there is a rate of, and the base currency.
    pub currencies: BTreeSet<String>,
}

impl Engine {
    pub async fn settings(&self) -> Result<Settings> {
        let base_currency = self.base_currency().await?;
        let mut currencies = self.currencies().await?;
        currencies.insert(base_currency.clone());
        Ok(Settings { base_currency, currencies })
    }

    /// The currency in which everything is valued.
    pub async fn base_currency(&self) -> Result<String> {
        let is_it = Filter::IsText("key", BASE_CURRENCY.into());
        let found: Vec<Setting> = self.store.records(|s| s.with(is_it)).await?;
        Ok(found.into_iter().next().map_or_else(|| BASE_CURRENCY_DEFAULT.into(), |setting| setting.value))
    }

    pub async fn set_base_currency(&self, currency: &str) -> Result<()> {
        let value = currency_of(currency)?;
        let setting = Setting { key: BASE_CURRENCY.into(), value, updated_at: self.now() };
        Ok(self.store.put_rows(vec![Batch::of([&setting])]).await?)
    }

    /// The same for one that somebody picked: without a rate it would leave everything without a value.
    pub async fn pick_base_currency(&self, currency: &str) -> Result<Settings> {
        let picked = currency_of(currency)?;
        let known = self.settings().await?;
        // Before the first rates there is nothing to hold it against.
        if known.currencies.len() > 1 && !known.currencies.contains(&picked) {
            let names: Vec<&str> = known.currencies.iter().map(String::as_str).collect();
            let hint = format!("{}there are rates of: {}", nearest(&picked, names.iter().copied()), names.join(", "));
            return Err(EngineError::input(format!("there is no rate of {picked}"), hint));
        }
        self.set_base_currency(&picked).await?;
        self.settings().await
    }

    async fn currencies(&self) -> Result<BTreeSet<String>> {
        let today = TimeZone::UTC.to_datetime(self.now()).date();
        let near = Filter::Between("date", today.saturating_sub(FX_AGE_DAYS_MAX.days()), today);
        let rates: Vec<FxRate> = self.store.records(|s| s.with(near)).await?;
        Ok(rates.into_iter().flat_map(|rate| [rate.base, rate.quote]).collect())
    }
}

/// A currency to value things in.
pub(super) fn currency_of(text: &str) -> Result<String> {
    let unit = Unit::parse(text).or_else(|| Unit::parse(&text.to_ascii_uppercase()));
    match unit.filter(|unit| !unit.is_minor()) {
        Some(unit) => Ok(unit.currency),
        None => Err(EngineError::input(format!("`{text}` is not a currency"), "write it like EUR or USD")),
    }
}
