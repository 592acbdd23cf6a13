//! The watermark: how far was read, and the last rates, so that only what is new or corrected is written.

use std::collections::BTreeMap;

use foliosync_engine::limits::FX_AGE_DAYS_MAX;
use foliosync_engine::model::Decimal;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::Wish;
use super::published::Published;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The settings under which it was made: with others, everything is read anew.
    wish: String,
    /// The first day of the next window; nothing is missing before it.
    pub from: Option<Date>,
    /// What is stored of the last days.
    rates: BTreeMap<String, BTreeMap<Date, String>>,
    /// Of the data service's last answer.
    pub modified: Option<String>,
    pub etag: Option<String>,
}

impl Mark {
    /// A watermark of unknown form, or of other settings, means the start.
    pub fn read(watermark: Option<&Json>, wish: &Wish) -> Mark {
        let mark = watermark.and_then(|mark| serde_json::from_value::<Mark>(mark.clone()).ok());
        mark.filter(|mark| mark.wish == written(wish)).unwrap_or_default()
    }

    pub fn currencies(&self) -> impl Iterator<Item = &String> {
        self.rates.keys()
    }

    pub fn rate(&self, currency: &str, date: Date) -> Option<Decimal> {
        self.rates.get(currency)?.get(&date)?.parse().ok()
    }

    pub fn latest(&self, currency: &str) -> Option<Date> {
        self.rates.get(currency)?.keys().next_back().copied()
    }

    /// The last day on which any currency has a rate.
    pub fn newest(&self) -> Option<Date> {
        self.rates.keys().filter_map(|currency| self.latest(currency)).max()
    }

    /// The same with what was read, as far back as it is of use.
    pub fn with(mut self, wish: &Wish, published: &Published) -> Mark {
        self.wish = written(wish);
        for (currency, days) in &published.rates {
            let known = self.rates.entry(currency.clone()).or_default();
            known.extend(days.iter().map(|(date, rate)| (*date, rate.to_string())));
        }
        // What is older stands for no date any more: the bank has ended the currency.
        let oldest = self.newest().map(|newest| newest.saturating_sub(FX_AGE_DAYS_MAX.days()));
        self.rates.values_mut().for_each(|days| days.retain(|date, _| Some(*date) >= oldest));
        self.rates.retain(|_, days| !days.is_empty());
        self
    }

    pub fn to_json(&self) -> Json {
        serde_json::to_value(self).unwrap_or_default()
    }
}

fn written(wish: &Wish) -> String {
    let currencies: Vec<_> = wish.currencies.iter().map(String::as_str).collect();
    format!("{} {}", wish.history_days, currencies.join("+"))
}
