//! What a holding is worth in one currency: price by rate, each with its age, or the reason why it has no worth.
//!
//! Products are rounded half to even at 18 decimals, one after the other. Nothing stands in for a price or a rate that is
//! not there: not zero, not one to one, not another day's value without its date.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::fx::Rates;
use crate::limits::FX_STALE_DAYS;
use crate::model::Decimal;

/// Something that is held, as far as its worth depends on it.
#[derive(Debug, Clone)]
pub struct Holding<'a> {
    pub quantity: Decimal,
    /// `None` where it is not known.
    pub multiplier: Option<Decimal>,
    pub by: By<'a>,
}

/// What its worth is found by.
#[derive(Debug, Clone)]
pub enum By<'a> {
    /// It is this currency.
    Currency(&'a str),
    /// The market's price of an instrument (and its units in each that is held), or the source's own, if that is newer.
    Price { market: Option<(&'a Price, Decimal)>, own: Option<&'a Price> },
    /// The source's own value: what a contract adds to an account that was settled already.
    Value(&'a Price),
    /// Nothing: and why.
    Nothing(&'a str),
}

/// A price as it was last known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    pub value: Decimal,
    pub currency: String,
    pub as_of: Timestamp,
    /// Why it is old, where it is.
    pub stale: Option<String>,
}

/// What a holding is worth.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Worth {
    pub price: Option<Decimal>,
    pub price_currency: Option<String>,
    pub price_as_of: Option<Timestamp>,
    pub rate: Option<Decimal>,
    pub rate_date: Option<Date>,
    pub value: Option<Decimal>,
    /// Why there is no value, or which part of it is old.
    pub remarks: Vec<String>,
}

/// What currencies and coins cost in the currency in which everything is valued.
pub struct Exchange<'a> {
    pub base: &'a str,
    pub date: Date,
    pub rates: &'a Rates,
    /// Prices of coins by their symbol: what stands for dollars is worth what it is traded at.
    pub coins: &'a BTreeMap<String, Price>,
}

/// One unit of a currency in the base currency.
struct Found {
    rate: Decimal,
    date: Date,
    stale: Vec<String>,
}

impl Exchange<'_> {
    pub fn worth(&self, holding: &Holding<'_>) -> Worth {
        let mut worth = Worth::default();
        match self.value(holding, &mut worth) {
            Ok(value) => worth.value = Some(value),
            Err(why) => worth.remarks = vec![why],
        }
        worth
    }

    fn value(&self, holding: &Holding<'_>, worth: &mut Worth) -> Result<Decimal, String> {
        let too_large = || "its worth has more digits than fit".to_string();
        let (price, units) = match &holding.by {
            By::Nothing(why) => return Err((*why).into()),
            By::Currency(currency) => {
                worth.price_currency = Some((*currency).into());
                let found = self.one(currency, &mut Vec::new())?;
                worth.take(&found);
                return holding.quantity.checked_mul(found.rate).ok_or_else(too_large);
            }
            By::Value(own) => (*own, Decimal::ONE),
            By::Price { market, own } => {
                let newer = own.filter(|own| market.is_none_or(|(market, _)| market.as_of < own.as_of));
                let (price, factor) = match (newer, market) {
                    (Some(own), _) => (own, Decimal::ONE),
                    (None, Some((market, factor))) => (*market, *factor),
                    (None, None) => return Err("it has no price".into()),
                };
                let multiplier = holding.multiplier.ok_or("how much one contract is of what is priced is not known")?;
                let units = holding.quantity.checked_mul(multiplier).and_then(|units| units.checked_mul(factor));
                (price, units.ok_or_else(too_large)?)
            }
        };
        worth.price = Some(price.value);
        worth.price_currency = Some(price.currency.clone());
        worth.price_as_of = Some(price.as_of);
        let found = self.one(&price.currency, &mut Vec::new())?;
        worth.remarks.extend(price.stale.clone());
        worth.take(&found);
        units.checked_mul(price.value).and_then(|value| value.checked_mul(found.rate)).ok_or_else(too_large)
    }

    /// What one unit of a currency is, or one of a coin by way of its own price.
    fn one(&self, currency: &str, passed: &mut Vec<String>) -> Result<Found, String> {
        if let Some(found) = self.rates.find(currency, self.base, self.date) {
            let is_old = found.age_days > FX_STALE_DAYS;
            let stale = is_old.then(|| format!("the last rate from {currency} to {} is of {}", self.base, found.date));
            return Ok(Found { rate: found.rate, date: found.date, stale: stale.into_iter().collect() });
        }
        passed.push(currency.into());
        let coin = self.coins.get(currency).filter(|price| !passed.contains(&price.currency));
        let Some(price) = coin else {
            return Err(format!("there is no rate from {currency} to {}", self.base));
        };
        let mut found = self.one(&price.currency, passed)?;
        let rate = price.value.checked_mul(found.rate);
        found.rate = rate.ok_or_else(|| format!("the rate from {currency} to {} does not fit", self.base))?;
        found.stale.extend(price.stale.as_ref().map(|why| format!("{currency}: {why}")));
        Ok(found)
    }
}

impl Worth {
    fn take(&mut self, found: &Found) {
        (self.rate, self.rate_date) = (Some(found.rate), Some(found.date));
        self.remarks.extend(found.stale.iter().cloned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::prices::FxRate;
    use jiff::civil::date;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn price(value: &str, currency: &str, second: i64) -> Price {
        let as_of = Timestamp::from_second(second).unwrap();
        Price { value: d(value), currency: currency.into(), as_of, stale: None }
    }

    fn market(price: &Price) -> By<'_> {
        By::Price { market: Some((price, Decimal::ONE)), own: None }
    }

    /// One euro is 1.25 dollars, of the 2nd; one tether is 0.99 dollars.
    fn check(day: i8, quantity: &str, multiplier: Option<i64>, by: By<'_>) -> String {
        let rate = FxRate {
            base: "EUR".into(),
            quote: "USD".into(),
            date: date(2026, 1, 2),
            rate: Some(d("1.25")),
            bid: None,
            ask: None,
            provider: "ecb".into(),
            observed_at: Timestamp::UNIX_EPOCH,
        };
        let rates = Rates::new([rate]);
        let old = Price { stale: Some("of yesterday".into()), ..price("0.5", "USDT", 0) };
        let loops = price("1", "B", 0);
        let coins = [("USDT", price("0.99", "USD", 0)), ("OLD", old), ("A", loops), ("B", price("1", "A", 0))];
        let coins = coins.map(|(symbol, price)| (symbol.to_string(), price)).into();
        let exchange = Exchange { base: "EUR", date: date(2026, 1, day), rates: &rates, coins: &coins };
        let worth = exchange.worth(&Holding { quantity: d(quantity), multiplier: multiplier.map(Decimal::from), by });
        let value = worth.value.map_or("unpriced".into(), |value| value.to_string());
        worth.remarks.iter().fold(value, |line, remark| format!("{line}; {remark}"))
    }

    #[test]
    fn worth_is_price_by_rate_or_the_reason_why_there_is_none() {
        let (lira, one) = (price("1", "TRY", 0), price("1", "EUR", 0));
        assert_eq!(check(2, "100", Some(1), By::Currency("USD")), "80");
        assert_eq!(check(2, "100", Some(1), By::Currency("EUR")), "100");
        assert_eq!(
            check(2, "-3", Some(1), market(&price("10", "USD", 0))),
            "-24",
            "what is owed is worth less than nothing"
        );
        assert_eq!(check(2, "3", Some(100), market(&price("10", "EUR", 0))), "3000");
        assert_eq!(check(2, "100", Some(1), By::Currency("USDT")), "79.2", "not one to one");
        assert_eq!(check(2, "1", Some(1), market(&price("100", "USDT", 0))), "79.2");
        assert_eq!(check(2, "1000", Some(1), By::Currency("OLD")), "396; OLD: of yesterday");
        let stale = Price { stale: Some("of Friday".into()), ..price("10", "EUR", 0) };
        assert_eq!(check(2, "3", Some(1), market(&stale)), "30; of Friday");
        assert_eq!(check(8, "100", Some(1), By::Currency("USD")), "80; the last rate from USD to EUR is of 2026-01-02");
        for (quantity, multiplier, by, why) in [
            ("1", Some(1), By::Currency("TRY"), "there is no rate from TRY to EUR"),
            ("1", Some(1), By::Currency("A"), "there is no rate from B to EUR"),
            ("1", Some(1), market(&lira), "there is no rate from TRY to EUR"),
            ("1", None, market(&one), "how much one contract is of what is priced is not known"),
            ("99999999999999999999", Some(2), market(&one), "its worth has more digits than fit"),
            ("1", Some(1), By::Nothing("nobody knows"), "nobody knows"),
            ("1", Some(1), By::Price { market: None, own: None }, "it has no price"),
        ] {
            assert_eq!(check(2, quantity, multiplier, by), format!("unpriced; {why}"));
        }
        assert_eq!(check(20, "1", Some(1), By::Currency("USD")), "unpriced; there is no rate from USD to EUR");
    }

    #[test]
    fn of_two_prices_the_newer_speaks() {
        let (early, late) = (price("1", "EUR", 1), price("2", "EUR", 2));
        let both = |market, own| By::Price { market: Some((market, d("1000"))), own: Some(own) };
        assert_eq!(check(2, "3", Some(1), both(&early, &late)), "6");
        assert_eq!(check(2, "3", Some(1), both(&late, &early)), "6000");
        assert_eq!(check(2, "3", None, By::Value(&late)), "2", "what the source says it is worth");
    }
}
