//! What a currency cost in another on a date, from stored rates: always with the rate's age and how it was found.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::{Date, date};

use crate::limits::FX_AGE_DAYS_MAX;
use crate::model::Decimal;
use crate::model::prices::FxRate;

/// One unit of the base in the quote currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub rate: Decimal,
    /// The date of the rate: the one asked for, or an earlier one.
    pub date: Date,
    pub age_days: i64,
    pub how: How,
    pub side: Side,
    /// Who published it, both legs of a triangulation; `None` where there is nothing to convert.
    pub provider: Option<Arc<str>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Base and quote are one currency.
    Same,
    /// As published.
    Direct,
    /// One divided by what was published.
    Inverse,
    /// Two rates of one provider and one date over a third currency.
    Triangulated { via: &'static str },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What one receives who sells the base.
    Bid,
    /// The provider has no bid: its reference rate or middle.
    Mid,
}

/// Currencies over which two others are compared, in this order.
const VIA: [&str; 2] = ["EUR", "USD"];

/// The last day of currencies that are no more. A rate of theirs is never carried past it, not even for the days that a
/// week-end would allow.
const ENDED: [(&str, Date); 11] = [
    ("BGN", date(2025, 12, 31)),
    ("HRK", date(2022, 12, 31)),
    ("LTL", date(2014, 12, 31)),
    ("LVL", date(2013, 12, 31)),
    ("EEK", date(2010, 12, 31)),
    ("SKK", date(2008, 12, 31)),
    ("CYP", date(2007, 12, 31)),
    ("MTL", date(2007, 12, 31)),
    ("SIT", date(2006, 12, 31)),
    ("ROL", date(2005, 6, 30)),
    ("TRL", date(2004, 12, 31)),
];

/// Stored rates, to be asked many times.
#[derive(Debug, Default)]
pub struct Rates {
    /// By base, quote and date; several providers in the order in which they were given.
    pairs: BTreeMap<String, BTreeMap<String, BTreeMap<Date, Vec<Published>>>>,
}

#[derive(Debug)]
struct Published {
    provider: Arc<str>,
    rate: Option<Decimal>,
    bid: Option<Decimal>,
    ask: Option<Decimal>,
}

impl Rates {
    /// Give the preferred provider's rates first: at one date, it wins.
    pub fn new(rates: impl IntoIterator<Item = FxRate>) -> Rates {
        let mut pairs = Rates::default().pairs;
        for FxRate { base, quote, date, provider, rate, bid, ask, observed_at: _ } in rates {
            let day = pairs.entry(base).or_default().entry(quote).or_default().entry(date).or_default();
            let [rate, bid, ask] = [rate, bid, ask].map(|price| price.filter(|price| *price > Decimal::ZERO));
            day.push(Published { provider: provider.into(), rate, bid, ask });
        }
        Rates { pairs }
    }

    /// One unit of `base` in `quote`, from the latest date at or before `date` that has it, at most
    /// [`FX_AGE_DAYS_MAX`] days back. At one date, what was published goes before its inverse, and both before a
    /// triangulation. `None`: there is no such rate, and nothing may stand in for it.
    pub fn find(&self, base: &str, quote: &str, date: Date) -> Option<Found> {
        let found = |on: Date, how, (rate, side), provider| Found {
            rate,
            date: on,
            age_days: i64::from((date - on).get_days()),
            how,
            side,
            provider,
        };
        if base == quote {
            return Some(found(date, How::Same, (Decimal::ONE, Side::Mid), None));
        }
        if has_ended(base, date) || has_ended(quote, date) {
            return None;
        }
        (0..=FX_AGE_DAYS_MAX).filter_map(|age| date.checked_sub(age.days()).ok()).find_map(|on| {
            let mut pairs = self.legs(base, quote, on);
            let pair = pairs.find_map(|leg| Some(found(on, leg.how(), leg.price()?, Some(leg.provider()))));
            pair.or_else(|| {
                let mut crosses = VIA.into_iter().filter(|via| ![base, quote].contains(via));
                crosses.find_map(|via| {
                    let (price, provider) = self.cross(base, via, quote, on)?;
                    Some(found(on, How::Triangulated { via }, price, Some(provider)))
                })
            })
        })
    }

    /// What was published on a date for a pair, then what was published for its inverse.
    fn legs<'a>(&'a self, base: &str, quote: &str, on: Date) -> impl Iterator<Item = Leg<'a>> {
        self.published(base, quote, on).map(Leg::Direct).chain(self.published(quote, base, on).map(Leg::Inverse))
    }

    fn published<'a>(&'a self, base: &str, quote: &str, on: Date) -> impl Iterator<Item = &'a Published> {
        self.pairs.get(base).and_then(|quotes| quotes.get(quote)?.get(&on)).into_iter().flatten()
    }

    fn cross(&self, base: &str, via: &str, quote: &str, on: Date) -> Option<((Decimal, Side), Arc<str>)> {
        self.legs(base, via, on).find_map(|first| {
            let mut seconds = self.legs(via, quote, on).filter(|second| second.provider() == first.provider());
            seconds.find_map(|second| Some((first.times(&second)?, first.provider())))
        })
    }
}

/// A published pair as it is used.
enum Leg<'a> {
    Direct(&'a Published),
    Inverse(&'a Published),
}

impl Leg<'_> {
    fn provider(&self) -> Arc<str> {
        let (Leg::Direct(published) | Leg::Inverse(published)) = self;
        published.provider.clone()
    }

    fn how(&self) -> How {
        match self {
            Leg::Direct(_) => How::Direct,
            Leg::Inverse(_) => How::Inverse,
        }
    }

    /// The rate as a fraction, so that a cross divides once. Who sells through the inverse buys at the ask.
    fn fraction(&self, side: Side) -> Option<(Decimal, Decimal)> {
        match (self, side) {
            (Leg::Direct(published), Side::Bid) => Some((published.bid?, Decimal::ONE)),
            (Leg::Direct(published), Side::Mid) => Some((published.rate?, Decimal::ONE)),
            (Leg::Inverse(published), Side::Bid) => Some((Decimal::ONE, published.ask?)),
            (Leg::Inverse(published), Side::Mid) => Some((Decimal::ONE, published.rate?)),
        }
    }

    fn price(&self) -> Option<(Decimal, Side)> {
        on_a_side(|side| {
            let (over, under) = self.fraction(side)?;
            over.checked_div(under)
        })
    }

    fn times(&self, other: &Leg<'_>) -> Option<(Decimal, Side)> {
        on_a_side(|side| {
            let ((over, under), (other_over, other_under)) = (self.fraction(side)?, other.fraction(side)?);
            over.checked_mul(other_over)?.checked_div(under.checked_mul(other_under)?)
        })
    }
}

/// The bid where all that it takes is there, else the middle; never a mixture. What rounds to nothing is no rate.
fn on_a_side(price: impl Fn(Side) -> Option<Decimal>) -> Option<(Decimal, Side)> {
    let on = |side| price(side).filter(|price| *price > Decimal::ZERO).map(|price| (price, side));
    on(Side::Bid).or_else(|| on(Side::Mid))
}

fn has_ended(currency: &str, date: Date) -> bool {
    ENDED.iter().any(|(ended, last)| *ended == currency && date > *last)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `provider date base quote rate`, where the rate is a price or `bid/ask` or `bid/middle/ask`, each perhaps empty.
    fn rates(rows: &[&str]) -> Rates {
        Rates::new(rows.iter().map(|row| {
            let fields: Vec<&str> = row.split(' ').collect();
            let prices: Vec<Option<Decimal>> = fields[4].split('/').map(|price| price.parse().ok()).collect();
            let (bid, rate, ask) = match prices[..] {
                [rate] => (None, rate, None),
                [bid, ask] => (bid, None, ask),
                [bid, rate, ask] => (bid, rate, ask),
                _ => panic!("{row}"),
            };
            let [provider, base, quote] = [0, 2, 3].map(|field: usize| fields[field].to_string());
            let (date, observed_at) = (fields[1].parse().unwrap(), jiff::Timestamp::UNIX_EPOCH);
            FxRate { base, quote, date, provider, rate, bid, ask, observed_at }
        }))
    }

    fn ecb() -> Rates {
        rates(&[
            "ecb 2026-04-10 EUR USD 1.1700",
            "ecb 2026-04-10 EUR GBP 0.87",
            "ecb 2026-04-13 EUR USD 1.1684",
            "ecb 2026-04-13 EUR GBP 0.87058",
            "ecb 2026-04-13 EUR JPY 186.14",
            "ecb 2025-12-31 EUR BGN 1.9558",
            "ecb 2025-12-31 EUR USD 1.175",
            "ecb 2022-03-01 EUR RUB 117.2010",
            "ecb 2022-12-30 EUR HRK 7.5365",
        ])
    }

    #[track_caller]
    fn check(rates: &Rates, ask: &str, want: &str) {
        let [base, quote, date] = ask.split(' ').collect::<Vec<_>>()[..] else { panic!("{ask}") };
        let got = rates.find(base, quote, date.parse().unwrap()).map_or("none".into(), |found| {
            let how = match found.how {
                How::Triangulated { via } => format!("via {via}"),
                how => format!("{how:?}"),
            };
            let provider = found.provider.as_deref().unwrap_or("-");
            format!("{} {how} {:?} {} {} old by {provider}", found.rate, found.side, found.date, found.age_days)
        });
        assert_eq!(got, want, "{ask}");
    }

    #[test]
    fn reference_rates_cross_over_the_euro_with_one_division() {
        let ecb = ecb();
        check(&ecb, "EUR USD 2026-04-13", "1.1684 Direct Mid 2026-04-13 0 old by ecb");
        check(&ecb, "USD EUR 2026-04-13", "0.855871276959945224 Inverse Mid 2026-04-13 0 old by ecb");
        check(&ecb, "USD GBP 2026-04-13", "0.745104416295789113 via EUR Mid 2026-04-13 0 old by ecb");
        check(&ecb, "GBP JPY 2026-04-13", "213.811482000505410186 via EUR Mid 2026-04-13 0 old by ecb");
        check(&ecb, "CHF CHF 2026-04-12", "1 Same Mid 2026-04-12 0 old by -");
    }

    #[test]
    fn days_without_a_rate_carry_the_last_one_with_its_age() {
        let ecb = ecb();
        check(&ecb, "EUR GBP 2026-04-11", "0.87 Direct Mid 2026-04-10 1 old by ecb");
        check(&ecb, "EUR GBP 2026-04-12", "0.87 Direct Mid 2026-04-10 2 old by ecb");
        check(&ecb, "USD GBP 2026-04-12", "0.74358974358974359 via EUR Mid 2026-04-10 2 old by ecb");
        check(&ecb, "EUR GBP 2026-04-20", "0.87058 Direct Mid 2026-04-13 7 old by ecb");
        check(&ecb, "EUR GBP 2026-04-21", "none");
        check(&ecb, "EUR GBP 2026-04-09", "none");
    }

    #[test]
    fn currencies_that_ended_or_were_suspended_have_no_rate() {
        let ecb = ecb();
        check(&ecb, "EUR BGN 2025-12-31", "1.9558 Direct Mid 2025-12-31 0 old by ecb");
        for ask in ["EUR BGN 2026-01-01", "BGN EUR 2026-01-02", "BGN USD 2026-01-01", "EUR RUB 2026-04-13"] {
            check(&ecb, ask, "none");
        }
        check(&ecb, "EUR USD 2026-01-01", "1.175 Direct Mid 2025-12-31 1 old by ecb");
        check(&ecb, "EUR HRK 2022-12-31", "7.5365 Direct Mid 2022-12-30 1 old by ecb");
        check(&ecb, "EUR HRK 2023-01-01", "none");
        check(&ecb, "EUR RUB 2022-03-09", "none");
        for ask in ["EUR SEK 2026-04-13", "USD SEK 2026-04-13", "SEK NOK 2026-04-13", "eur usd 2026-04-13"] {
            check(&ecb, ask, "none");
        }
    }

    #[test]
    fn bids_are_taken_where_there_are_any() {
        let tiingo = rates(&[
            "tiingo 2026-04-13 EUR USD 1.16/1.17/1.18",
            "tiingo 2026-04-13 GBP USD 1.25/1.28",
            "tiingo 2026-04-13 USD JPY 150//",
            "tiingo 2026-04-13 USD CHF /0.8/",
            "tiingo 2026-04-13 USD SEK 0",
        ]);
        check(&tiingo, "EUR USD 2026-04-13", "1.16 Direct Bid 2026-04-13 0 old by tiingo");
        check(&tiingo, "GBP USD 2026-04-13", "1.25 Direct Bid 2026-04-13 0 old by tiingo");
        check(&tiingo, "USD GBP 2026-04-13", "0.78125 Inverse Bid 2026-04-13 0 old by tiingo");
        check(&tiingo, "GBP JPY 2026-04-13", "187.5 via USD Bid 2026-04-13 0 old by tiingo");
        // The bid of the dollar over the ask of the euro: both from whom one deals with.
        check(&tiingo, "GBP EUR 2026-04-13", "1.059322033898305085 via USD Bid 2026-04-13 0 old by tiingo");
        // One leg has no bid: the middle of both, or nothing.
        check(&tiingo, "EUR CHF 2026-04-13", "0.936 via USD Mid 2026-04-13 0 old by tiingo");
        check(&tiingo, "GBP CHF 2026-04-13", "none");
        // A bid says nothing about the inverse, and zero is no price.
        check(&tiingo, "JPY USD 2026-04-13", "none");
        check(&tiingo, "USD SEK 2026-04-13", "none");
    }

    #[test]
    fn legs_come_from_one_provider_and_one_date() {
        let mixed = rates(&[
            "ecb 2026-04-13 EUR USD 1.2",
            "other 2026-04-13 EUR GBP 0.9",
            "ecb 2026-04-10 EUR GBP 0.6",
            "ecb 2026-04-09 EUR USD 1.1",
            "ecb 2026-04-09 EUR GBP 0.55",
        ]);
        check(&mixed, "USD GBP 2026-04-13", "0.5 via EUR Mid 2026-04-09 4 old by ecb");
    }

    #[test]
    fn the_latest_date_wins_then_what_was_published_then_who_came_first() {
        let several = rates(&[
            "first 2026-04-10 USD GBP 0.5",
            "first 2026-04-13 GBP USD 4",
            "second 2026-04-14 EUR USD 1",
            "second 2026-04-14 EUR GBP 0.1",
            "second 2026-04-13 USD GBP 0.2",
            "second 2026-04-10 USD GBP 0.3",
        ]);
        check(&several, "USD GBP 2026-04-10", "0.5 Direct Mid 2026-04-10 0 old by first");
        check(&several, "USD GBP 2026-04-13", "0.2 Direct Mid 2026-04-13 0 old by second");
        check(&several, "USD GBP 2026-04-14", "0.1 via EUR Mid 2026-04-14 0 old by second");
    }
}
