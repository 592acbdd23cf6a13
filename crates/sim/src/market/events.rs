//! What tests do to the market: corrected closes and rates, splits, dividends.

use std::collections::HashMap;

use super::amount::Amount;
use super::calendar::Day;

/// Keyed by the symbol as [`super::Market::name`] gives it.
#[derive(Default)]
pub struct Events {
    /// As traded on that day.
    closes: HashMap<(String, Day), Amount>,
    splits: HashMap<String, Vec<(Day, Amount)>>,
    dividends: HashMap<(String, Day), Amount>,
    /// The ECB's, by currency.
    rates: HashMap<(String, Day), Amount>,
}

impl Events {
    pub fn is_empty(&self) -> bool {
        self.closes.is_empty() && self.splits.is_empty() && self.dividends.is_empty() && self.rates.is_empty()
    }

    pub fn correct_close(&mut self, name: String, day: Day, close: Amount) {
        self.closes.insert((name, day), close);
    }

    pub fn split(&mut self, name: String, day: Day, factor: Amount) {
        self.splits.entry(name).or_default().push((day, factor));
    }

    pub fn dividend(&mut self, name: String, day: Day, cash: Amount) {
        self.dividends.insert((name, day), cash);
    }

    pub fn correct_rate(&mut self, currency: String, day: Day, rate: Amount) {
        self.rates.insert((currency, day), rate);
    }

    pub fn close(&self, name: &str, day: Day) -> Option<Amount> {
        self.closes.get(&(name.to_string(), day)).copied()
    }

    pub fn cash(&self, name: &str, day: Day) -> Amount {
        self.dividends.get(&(name.to_string(), day)).copied().unwrap_or_default()
    }

    pub fn rate(&self, currency: &str, day: Day) -> Option<Amount> {
        self.rates.get(&(currency.to_string(), day)).copied()
    }

    /// The product of the splits from `first` to `last`, both included.
    pub fn factor(&self, name: &str, first: Day, last: Day) -> Amount {
        let splits = self.splits.get(name).map(Vec::as_slice).unwrap_or_default();
        splits
            .iter()
            .filter(|(day, _)| (first..=last).contains(day))
            .fold(Amount::ONE, |product, (_, factor)| product.times(*factor))
    }
}
