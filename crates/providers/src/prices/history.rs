//! Daily bars: which days of a symbol are to be read, and what becomes of them.

use std::collections::BTreeMap;

use foliosync_engine::model::Decimal;
use foliosync_engine::model::prices::{BarStatus, DayBar, SymbolState};
use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::model::work::SymbolWork;
use foliosync_engine::provider::{FetchRequest, Item};
use foliosync_engine::units::Unit;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::sweep::is_named;
use super::{Read, venue_of};

/// Days that are read again each time: sources correct a close for days.
const HEALED_DAYS: i64 = 10;

/// The days of one symbol that a run reads, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    pub from: Date,
    /// The last day that is over.
    pub to: Date,
    /// Everything, not only what is new.
    pub is_whole: bool,
}

impl Days {
    /// What is to be read now; `None` where the last day that is over was read. `lag` is what the source needs to publish
    /// a day after its close.
    pub fn of(symbol: &SymbolWork, request: &FetchRequest<'_>, years: i64, lag: SignedDuration) -> Option<Days> {
        let to = last_over(symbol, request.now, lag);
        let whole = Days { from: to.checked_sub(years.years()).unwrap_or(Date::MIN), to, is_whole: true };
        if request.options.rehash {
            return Some(whole);
        }
        let was_read = symbol.covered_to.is_some_and(|covered| covered >= to) && !is_named(request, symbol);
        match (symbol.covered_from, symbol.covered_to, symbol.last_close) {
            // It had no prices at all: asked for once a day.
            (_, Some(_), None) if was_read => None,
            (Some(from), Some(_), Some(_)) if from <= whole.from && was_read => None,
            (Some(from), Some(covered), Some(_)) if from <= whole.from => {
                let from = covered.min(to).checked_sub(HEALED_DAYS.days()).unwrap_or(Date::MIN);
                Some(Days { from, to, is_whole: false })
            }
            _ => Some(whole),
        }
    }

    /// Everything up to the same day.
    pub fn whole(self, symbol: &SymbolWork, years: i64) -> Days {
        let from = self.to.checked_sub(years.years()).unwrap_or(Date::MIN);
        Days { from: symbol.covered_from.map_or(from, |covered| covered.min(from)), to: self.to, is_whole: true }
    }

    /// Whether what was read shows that the shares were split since, so that the days before it are to be read again: the
    /// source names a split, or tells a known close in other shares.
    pub fn show_split(self, symbol: &SymbolWork, unit: &Unit, bars: &[Bar]) -> bool {
        let Some(covered) = symbol.covered_to.filter(|_| !self.is_whole) else { return false };
        let is_named = |bar: &Bar| bar.date > covered && bar.split_factor.is_some_and(|factor| factor != Decimal::ONE);
        let again = bars.iter().find(|bar| bar.date == covered).and_then(|bar| unit.to_major(bar.close));
        let is_told = symbol.last_close.zip(again).is_some_and(|(before, after)| is_split(before, after));
        bars.iter().any(is_named) || is_told
    }

    /// The rows of the days that are over, and how far the symbol was read with them. `faults` are the rows that could
    /// not be read.
    pub fn read(
        self,
        (provider, stream): (&'static str, &str),
        symbol: &SymbolWork,
        unit: &Unit,
        (bars, faults): (Vec<Bar>, Vec<String>),
        now: Timestamp,
    ) -> Read {
        let mut faults = faults;
        let mut rows = BTreeMap::new();
        for bar in bars.into_iter().filter(|bar| (self.from..=self.to).contains(&bar.date)) {
            match bar.row(provider, symbol, unit, now) {
                Some(row) => drop(rows.insert(row.date, row)),
                None => faults.push(format!("{}: a price has more than 18 decimals", bar.date)),
            }
        }
        let last = rows.last_key_value().map(|(date, row)| (*date, row.close_price));
        let is_recent = |date: Date| date.checked_add(HEALED_DAYS.days()).is_ok_and(|end| end >= self.to);
        let covered_to = match last {
            // The day may come yet, so it is asked for again.
            Some((date, _)) if is_recent(date) => date,
            _ => self.to,
        };
        let state = SymbolState {
            stream: stream.into(),
            native_symbol: symbol.native_symbol.clone(),
            covered_from: if self.is_whole { Some(self.from) } else { symbol.covered_from },
            covered_to: Some(covered_to),
            last_close: last.map(|(_, close)| close).or(symbol.last_close.filter(|_| !self.is_whole)),
            not_in_plan_until: None,
            reason: faults.first().cloned(),
        };
        let item = self.item(symbol, &rows, &faults);
        let session = last.and_then(|(date, _)| venue_of(symbol)?.session(date));
        Read {
            bars: rows.into_values().collect(),
            states: vec![state],
            items: vec![item],
            // A day is as of its end.
            as_of: session.map(|session| session.close.min(now)),
            ..Read::default()
        }
    }

    fn item(self, symbol: &SymbolWork, rows: &BTreeMap<Date, DayBar>, faults: &[String]) -> Item {
        let name = &symbol.native_symbol;
        let fault =
            faults.first().map_or(String::new(), |why| format!("; {} days left out, such as {why}", faults.len()));
        let Some(((first, _), (last, _))) = rows.first_key_value().zip(rows.last_key_value()) else {
            let status = if faults.is_empty() { ItemStatus::Missing } else { ItemStatus::Rejected };
            return Item::new(name, status, format!("no prices from {} to {}{fault}", self.from, self.to));
        };
        if !self.is_whole && faults.is_empty() && symbol.covered_to >= Some(*last) {
            return Item::new(name, ItemStatus::Unchanged, "");
        }
        Item::new(name, ItemStatus::Updated, format!("{} days, {first} to {last}{fault}", rows.len()))
    }
}

/// A day as the source writes it, in the unit it is quoted in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    pub date: Date,
    pub open: Option<Decimal>,
    pub high: Option<Decimal>,
    pub low: Option<Decimal>,
    pub close: Decimal,
    pub volume: Option<Decimal>,
    pub split_factor: Option<Decimal>,
    pub dividend: Option<Decimal>,
}

impl Bar {
    /// `None` where a price does not fit.
    fn row(&self, provider: &str, symbol: &SymbolWork, unit: &Unit, now: Timestamp) -> Option<DayBar> {
        let major = |price: Option<Decimal>| match price.filter(|price| *price > Decimal::ZERO) {
            Some(price) => unit.to_major(price).map(Some),
            None => Some(None),
        };
        Some(DayBar {
            instrument_id: symbol.instrument_id.clone(),
            date: self.date,
            open: major(self.open)?,
            high: major(self.high)?,
            low: major(self.low)?,
            close_price: unit.to_major(self.close)?,
            volume: self.volume,
            split_factor: self.split_factor.filter(|factor| *factor > Decimal::ZERO && *factor != Decimal::ONE),
            dividend: major(self.dividend)?,
            currency: Some(unit.currency.clone()),
            status: BarStatus::Close,
            provider: provider.into(),
            observed_at: now,
        })
    }
}

/// The last day that is over where the symbol trades. Where that calendar is not known, yesterday's UTC date is over
/// everywhere; week-ends have no prices.
fn last_over(symbol: &SymbolWork, now: Timestamp, lag: SignedDuration) -> Date {
    if let Some(venue) = venue_of(symbol) {
        return venue.last_over(now, lag);
    }
    let today = now.to_zoned(TimeZone::UTC).date();
    let is_weekend = |date: &Date| matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    today.series(-1.day()).skip(1).find(|date| !is_weekend(date)).unwrap_or(Date::MIN)
}

/// Whether two closes of one day are more than a fifth apart and, within a hundredth, in the ratio of small numbers.
fn is_split(before: Decimal, after: Decimal) -> bool {
    let Some(ratio) = before.max(after).checked_div(before.min(after)) else { return false };
    if ratio <= Decimal::from_units(Decimal::ONE.units() / 5 * 6).unwrap_or(Decimal::ONE) {
        return false;
    }
    let is_near = |whole: i64, part: i64| {
        let (scaled, whole) = (ratio.checked_mul(Decimal::from(part)), Decimal::from(whole));
        scaled.and_then(|scaled| (scaled - whole).abs().checked_mul(Decimal::from(100))).is_some_and(|off| off <= whole)
    };
    (1..=10).any(|part| (part + 1..=if part == 1 { 200 } else { 10 }).any(|whole| is_near(whole, part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_show_in_a_close_that_is_told_anew() {
        for (before, after, want) in [
            ("100", "100", false),
            ("100", "119", false),
            ("100", "50", true),
            ("100.01", "10", true),
            ("30", "20.01", true),
            ("3", "4", true),
            ("5", "100", true),
            ("100", "44", false),
            ("1500", "100.1", true),
            ("100", "0", false),
        ] {
            assert_eq!(is_split(before.parse().unwrap(), after.parse().unwrap()), want, "{before} then {after}");
        }
    }
}
