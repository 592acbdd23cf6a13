//! One market behind all providers: prices at any moment, daily bars, and rates, all pure functions of the seed, the
//! symbol and the time, changed only by [`events`].

pub mod amount;
pub mod calendar;
pub mod catalogue;
mod curve;
mod events;
mod pairs;
pub mod walk;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

pub use amount::Amount;
use calendar::{Calendar, DAY_SECONDS, Day, Session, Venue};
use catalogue::{Listed, MONEY};
use curve::Curve;
pub use curve::Range;
pub use events::Events;
use walk::{Walk, below, seed_of};

/// Something with a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Asset {
    /// The place in [`Market::listed`].
    Listed(usize),
    /// The places of base and quote in [`MONEY`].
    Pair(usize, usize),
}

/// What a price source tells of an asset now.
#[derive(Debug, Clone, Copy)]
pub struct Quote {
    pub price: Amount,
    pub open: Amount,
    pub high: Amount,
    pub low: Amount,
    pub previous_close: Amount,
    /// So far in the session.
    pub volume: i64,
    pub session: Session,
    pub is_over: bool,
    /// When the price was made, in seconds since 1970.
    pub as_of: i64,
}

/// A day of trading, perhaps not over yet.
#[derive(Debug, Clone, Copy)]
pub struct Bar {
    pub day: Day,
    pub open: Amount,
    pub high: Amount,
    pub low: Amount,
    pub close: Amount,
    pub volume: i64,
    pub split_factor: Amount,
    pub dividend: Amount,
}

/// What the last year of trading comes to.
#[derive(Debug, Clone, Copy)]
pub struct Year {
    pub high: Amount,
    pub low: Amount,
    pub average_50: Amount,
    pub average_200: Amount,
    pub average_volume: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// As people traded on each day.
    Traded,
    /// Divided by every split since.
    SplitAdjusted,
}

pub struct Market {
    seed: u64,
    pub calendar: Calendar,
    pub listed: Vec<Listed>,
    places: HashMap<String, usize>,
    walks: Vec<Walk>,
    money: Vec<Walk>,
    events: RwLock<Events>,
    /// Of the days before the session's; cleared by events.
    years: Mutex<HashMap<Asset, (Day, Past)>>,
}

/// The closed part of a [`Year`].
#[derive(Debug, Clone, Copy)]
struct Past {
    high: Amount,
    low: Amount,
    sum_49: Amount,
    sum_199: Amount,
    average_volume: i64,
}

impl Market {
    pub fn new(seed: u64, generated: u32, closed: &[jiff::civil::Date]) -> Market {
        let listed = catalogue::listed(generated);
        let walks = listed.iter().map(|one| Walk::new(seed_of(seed, &one.symbol), one.base, one.volatility)).collect();
        let money = MONEY
            .iter()
            .map(|one| Walk::new(seed_of(seed, one.code), Amount::from_units(one.base.into()), one.volatility))
            .collect();
        Market {
            seed,
            calendar: Calendar::new(closed),
            places: listed.iter().enumerate().map(|(place, one)| (one.symbol.clone(), place)).collect(),
            listed,
            walks,
            money,
            events: RwLock::default(),
            years: Mutex::default(),
        }
    }

    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// By FMP's spelling, in any case: `AAPL`, `VOD.L`, `EURUSD`, `BTCUSD`.
    pub fn find(&self, symbol: &str) -> Option<Asset> {
        let symbol = symbol.to_ascii_uppercase();
        if let Some(place) = self.places.get(&symbol) {
            return Some(Asset::Listed(*place));
        }
        let (base, quote) = symbol.split_at_checked(symbol.len().checked_sub(3)?)?;
        let pair = Self::pair(base, quote)?;
        matches!(pair, Asset::Pair(_, quote) if !MONEY[quote].is_coin).then_some(pair)
    }

    pub fn find_listed(&self, symbol: &str) -> Option<(Asset, &Listed)> {
        let place = *self.places.get(&symbol.to_ascii_uppercase())?;
        Some((Asset::Listed(place), &self.listed[place]))
    }

    pub fn name(&self, asset: Asset) -> String {
        match asset {
            Asset::Listed(place) => self.listed[place].symbol.clone(),
            Asset::Pair(base, quote) => format!("{}{}", MONEY[base].code, MONEY[quote].code),
        }
    }

    pub fn venue(&self, asset: Asset) -> Venue {
        match asset {
            Asset::Listed(place) => self.listed[place].venue,
            Asset::Pair(base, _) if MONEY[base].is_coin => Venue::Always,
            Asset::Pair(..) => Venue::Fx,
        }
    }

    pub fn events(&self) -> RwLockReadGuard<'_, Events> {
        self.events.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// For a change: what was computed from the events before is forgotten.
    pub fn events_mut(&self) -> RwLockWriteGuard<'_, Events> {
        let events = self.events.write().unwrap_or_else(PoisonError::into_inner);
        self.years.lock().unwrap_or_else(PoisonError::into_inner).clear();
        events
    }

    fn curve(&self, asset: Asset, session: Session) -> Curve {
        match asset {
            Asset::Listed(place) => {
                let walk = &self.walks[place];
                let before = self.calendar.before(self.listed[place].venue, session.day);
                Curve {
                    points: walk.path(before, session.day, true).map(|level| walk.price(level)),
                    start: session.opens,
                    end: session.closes,
                    seed: seed_of(self.seed, &self.listed[place].symbol),
                    jump: walk.volatility() / 40,
                }
            }
            Asset::Pair(base, quote) => self.pair_curve(base, quote, session.day),
        }
    }

    /// As traded now. `now` in seconds since 1970.
    pub fn quote(&self, asset: Asset, now: i64) -> Quote {
        let session = self.calendar.latest(self.venue(asset), now);
        let bar = self.bar(asset, session.day, now, session.day, Basis::Traded);
        let before = self.calendar.before(self.venue(asset), session.day);
        let previous = self.bar(asset, before, now, session.day, Basis::SplitAdjusted);
        let is_over = now >= session.closes;
        Quote {
            price: bar.close,
            open: bar.open,
            high: bar.high,
            low: bar.low,
            previous_close: previous.close,
            volume: bar.volume,
            session,
            is_over,
            as_of: now.min(session.closes),
        }
    }

    /// From the first day to the last that has begun, oldest first, without the days that have no session.
    pub fn bars(&self, asset: Asset, first: Day, last: Day, now: i64, basis: Basis) -> Vec<Bar> {
        let venue = self.venue(asset);
        let latest = self.calendar.latest(venue, now).day;
        (first..=last.min(latest))
            .filter(|day| self.calendar.is_open(venue, *day))
            .map(|day| self.bar(asset, day, now, latest, basis))
            .collect()
    }

    /// `latest`: the day of the last session that has begun; an earlier one is over.
    fn bar(&self, asset: Asset, day: Day, now: i64, latest: Day, basis: Basis) -> Bar {
        let volume = self.day_volume(asset, day);
        let (range, volume) = if day == latest {
            let session = self.calendar.session(self.venue(asset), day);
            let (passed, length) =
                (now.clamp(session.opens, session.closes) - session.opens, session.closes - session.opens);
            (self.curve(asset, session).range(session.opens, now), volume * passed / length)
        } else {
            (self.whole_day(asset, day), volume)
        };
        let decimals = self.decimals(asset);
        let mut bar = Bar {
            day,
            open: range.first.round(decimals),
            high: range.high.round(decimals),
            low: range.low.round(decimals),
            close: range.last.round(decimals),
            volume,
            split_factor: Amount::ONE,
            dividend: Amount::ZERO,
        };
        let events = self.events();
        if !events.is_empty() {
            self.apply(&events, &self.name(asset), &mut bar, latest, basis, decimals);
        }
        bar
    }

    fn apply(&self, events: &Events, name: &str, bar: &mut Bar, latest: Day, basis: Basis, decimals: u8) {
        let divide = |bar: &mut Bar, factor: Amount, decimals| {
            if factor != Amount::ONE {
                for price in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close] {
                    *price = price.over(factor).round(decimals);
                }
                bar.volume = (i128::from(bar.volume) * factor.units() / Amount::ONE.units()) as i64;
            }
        };
        divide(bar, events.factor(name, Day::MIN, bar.day), decimals);
        if let Some(close) = events.close(name, bar.day) {
            (bar.close, bar.high, bar.low) = (close, bar.high.max(close), bar.low.min(close));
        }
        bar.split_factor = events.factor(name, bar.day, bar.day);
        bar.dividend = events.cash(name, bar.day);
        if basis == Basis::SplitAdjusted {
            divide(bar, events.factor(name, bar.day + 1, latest), decimals + 2);
        }
    }

    /// The same as the curve's range over a whole session, without asking a time zone or pricing every point.
    fn whole_day(&self, asset: Asset, day: Day) -> Range {
        let Asset::Listed(place) = asset else {
            let session = self.calendar.session(self.venue(asset), day);
            return self.curve(asset, session).range(session.opens, session.closes);
        };
        let walk = &self.walks[place];
        let path = walk.path(self.calendar.before(self.listed[place].venue, day), day, true);
        let (high, low) = path.iter().fold((i64::MIN, i64::MAX), |(high, low), at| (high.max(*at), low.min(*at)));
        let (high, low) = (walk.price(high), walk.price(low));
        let jump = i128::from(walk.volatility() / 40);
        Range {
            first: walk.price(path[0]),
            high: high + high.scaled(jump, 1_000_000_000),
            low: low - low.scaled(jump, 1_000_000_000),
            last: walk.price(path[walk::PIECES]),
        }
    }

    pub fn year(&self, asset: Asset, now: i64) -> Year {
        let quote = self.quote(asset, now);
        let day = quote.session.day;
        let known = self.years.lock().unwrap_or_else(PoisonError::into_inner).get(&asset).copied();
        let past = match known {
            Some((known, past)) if known == day => past,
            _ => {
                let past = self.past(asset, day, now);
                self.years.lock().unwrap_or_else(PoisonError::into_inner).insert(asset, (day, past));
                past
            }
        };
        let decimals = self.decimals(asset).max(4);
        Year {
            high: past.high.max(quote.high),
            low: past.low.min(quote.low),
            average_50: (past.sum_49 + quote.price).scaled(1, 50).round(decimals),
            average_200: (past.sum_199 + quote.price).scaled(1, 200).round(decimals),
            average_volume: past.average_volume,
        }
    }

    fn past(&self, asset: Asset, day: Day, now: i64) -> Past {
        let bars = self.bars(asset, day - 365, day - 1, now, Basis::SplitAdjusted);
        let sum = |count: usize| {
            let last = &bars[bars.len().saturating_sub(count)..];
            let sum = last.iter().fold(Amount::ZERO, |sum, bar| sum + bar.close);
            sum.scaled(count as i128, last.len() as i128)
        };
        Past {
            high: bars.iter().map(|bar| bar.high).max().unwrap_or_default(),
            low: bars.iter().map(|bar| bar.low).min().unwrap_or_default(),
            sum_49: sum(49),
            sum_199: sum(199),
            average_volume: bars.iter().map(|bar| bar.volume).sum::<i64>() / (bars.len() as i64).max(1),
        }
    }

    /// Shares, or whole units of the base.
    fn day_volume(&self, asset: Asset, day: Day) -> i64 {
        let (average, seed) = match asset {
            Asset::Listed(place) => (self.listed[place].volume, place as u64),
            Asset::Pair(base, quote) => (Self::pair_volume(base), (base * 1000 + quote) as u64),
        };
        let thousandths = 600 + below(self.seed ^ (seed << 20), day as u64, 800) as i64;
        (average / 1000).max(1) * thousandths + below(self.seed ^ seed, day as u64, 1000) as i64
    }

    pub fn decimals(&self, asset: Asset) -> u8 {
        match asset {
            Asset::Listed(place) => self.listed[place].decimals(),
            Asset::Pair(base, quote) => Self::pair_decimals(base, quote),
        }
    }
}

/// The part of a day, in seconds, that lies between two instants.
fn overlap(day: Day, from: i64, to: i64) -> i64 {
    let start = i64::from(day) * DAY_SECONDS;
    (to.min(start + DAY_SECONDS) - from.max(start)).max(0)
}
