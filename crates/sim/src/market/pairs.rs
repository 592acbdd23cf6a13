//! Currencies and coins against each other: all derived from one walk per currency and coin, so that every provider
//! gives the same rate and triangles close.

use super::amount::Amount;
use super::calendar::{DAY_SECONDS, Day, Venue};
use super::catalogue::MONEY;
use super::curve::{Curve, Range};
use super::walk::{PIECES, mix};
use super::{Asset, Market, overlap};

/// The dollar's place in [`MONEY`]; the euro's is 0.
const DOLLAR: usize = 1;

type Points = [Amount; PIECES + 1];

impl Market {
    /// Coins and currencies against either, but no currency against a coin.
    pub fn pair(base: &str, quote: &str) -> Option<Asset> {
        let place = |code: &str| MONEY.iter().position(|money| money.code == code);
        let (base, quote) = (place(base)?, place(quote)?);
        (base != quote && (MONEY[base].is_coin || !MONEY[quote].is_coin)).then_some(Asset::Pair(base, quote))
    }

    /// Of one UTC day: a currency's price of one euro, a coin's in dollars.
    fn points(&self, place: usize, day: Day) -> Points {
        if place == 0 {
            return [Amount::ONE; PIECES + 1];
        }
        let walk = &self.money[place];
        walk.path(day - 1, day, false).map(|level| walk.price(level))
    }

    pub(super) fn pair_curve(&self, base: usize, quote: usize, day: Day) -> Curve {
        let (of_base, of_quote) = (self.points(base, day), self.points(quote, day));
        let points = match (MONEY[base].is_coin, MONEY[quote].is_coin) {
            (true, false) if quote == DOLLAR => of_base,
            (true, false) => {
                let dollars = self.points(DOLLAR, day);
                std::array::from_fn(|i| of_base[i].times(of_quote[i]).over(dollars[i]))
            }
            (true, true) => std::array::from_fn(|i| of_base[i].over(of_quote[i])),
            (false, _) => std::array::from_fn(|i| of_quote[i].over(of_base[i])),
        };
        let start = i64::from(day) * DAY_SECONDS;
        let volatility = MONEY[base].volatility.max(MONEY[quote].volatility) * 1000;
        Curve {
            points,
            start,
            end: start + DAY_SECONDS,
            seed: mix(self.seed(), (base * 1000 + quote) as u64),
            jump: volatility / 40,
        }
    }

    /// The price at a second since 1970, whatever the day. Only for pairs.
    pub fn pair_at(&self, asset: Asset, at: i64) -> Amount {
        let Asset::Pair(base, quote) = asset else { return Amount::ZERO };
        self.pair_curve(base, quote, at.div_euclid(DAY_SECONDS) as Day).at(at)
    }

    /// Prices between two instants in seconds since 1970, and how much of the base changed hands. Only for pairs.
    pub fn pair_range(&self, asset: Asset, from: i64, to: i64) -> (Range, Amount) {
        let (first, last) = (from.div_euclid(DAY_SECONDS) as Day, (to - 1).div_euclid(DAY_SECONDS) as Day);
        let Asset::Pair(base, quote) = asset else {
            let zero = Amount::ZERO;
            return (Range { first: zero, high: zero, low: zero, last: zero }, zero);
        };
        let mut range = self.pair_curve(base, quote, first).range(from, to);
        let mut volume = Amount::ZERO;
        for day in first..=last.max(first) {
            if day > first {
                range = range.then(self.pair_curve(base, quote, day).range(from, to));
            }
            let whole = Amount::whole(self.day_volume(asset, day));
            volume = volume + whole.scaled(overlap(day, from, to).into(), DAY_SECONDS.into());
        }
        let decimals = self.decimals(asset);
        let rounded = |price: Amount| price.round(decimals);
        let range = Range {
            first: rounded(range.first),
            high: rounded(range.high),
            low: rounded(range.low),
            last: rounded(range.last),
        };
        (range, volume)
    }

    /// Whole units of the base on an average day: coins for some 500 million dollars.
    pub(super) fn pair_volume(base: usize) -> i64 {
        let money = &MONEY[base];
        if !money.is_coin {
            return 180_000;
        }
        Amount::whole(500_000_000).over(Amount::from_units(money.base.into())).units() as i64 / 10_000_000_000
    }

    pub(super) fn pair_decimals(base: usize, quote: usize) -> u8 {
        match (&MONEY[base], &MONEY[quote]) {
            (base, quote) if base.is_coin && quote.is_coin && quote.volatility > 1_000 => base.decimals.max(7),
            (base, _) if base.is_coin => base.decimals,
            (_, quote) if quote.decimals < 4 => 3,
            _ => 5,
        }
    }

    /// The ECB's reference rate of a day: one euro in the currency at 14:15 in Frankfurt.
    pub fn reference_rate(&self, currency: usize, day: Day) -> Amount {
        if let Some(rate) = self.events().rate(MONEY[currency].code, day) {
            return rate;
        }
        let at = self.calendar.session(Venue::Target, day).opens;
        self.pair_curve(0, currency, day).at(at).round(MONEY[currency].decimals)
    }
}
