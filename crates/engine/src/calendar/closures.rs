//! Closing days and early closes, as rules with the years they hold in, and the days that no rule foresees.

use std::ops::RangeInclusive;

use jiff::ToSpan;
use jiff::civil::{Date, Time, Weekday, date, time};

use super::{Venue, is_weekend};

use Moved::{Nearest, Never, Onward, OnwardFromSunday};

/// A closing day of each year in `years`.
struct Closure {
    falls: Falls,
    years: RangeInclusive<i16>,
}

enum Falls {
    On(i8, i8, Moved),
    /// The nth such weekday of a month; -1 is the last.
    Nth(i8, Weekday, i8),
    /// The Monday before a day.
    MondayBefore(i8, i8),
    /// Days after Easter Sunday.
    Easter(i32),
}

/// What becomes of a closing day that falls on a week-end.
enum Moved {
    /// It is lost.
    Never,
    /// Saturday to the Friday before, Sunday to the Monday after.
    Nearest,
    /// Sunday to the Monday after; lost on a Saturday, because Friday ends the year.
    OnwardFromSunday,
    /// To the next weekday that is not closed yet.
    Onward,
}

const EVER: RangeInclusive<i16> = i16::MIN..=i16::MAX;

const fn on(month: i8, day: i8, moved: Moved) -> Closure {
    Closure { falls: Falls::On(month, day, moved), years: EVER }
}

const fn nth(nth: i8, weekday: Weekday, month: i8) -> Closure {
    Closure { falls: Falls::Nth(nth, weekday, month), years: EVER }
}

const fn easter_and(days: i32) -> Closure {
    Closure { falls: Falls::Easter(days), years: EVER }
}

const fn within(years: RangeInclusive<i16>, closure: Closure) -> Closure {
    Closure { falls: closure.falls, years }
}

const GOOD_FRIDAY: Closure = easter_and(-2);
const EASTER_MONDAY: Closure = easter_and(1);

static NEW_YORK: [Closure; 10] = [
    on(1, 1, OnwardFromSunday),
    nth(3, Weekday::Monday, 1),
    nth(3, Weekday::Monday, 2),
    GOOD_FRIDAY,
    nth(-1, Weekday::Monday, 5),
    within(2022..=i16::MAX, on(6, 19, Nearest)),
    on(7, 4, Nearest),
    nth(1, Weekday::Monday, 9),
    nth(4, Weekday::Thursday, 11),
    on(12, 25, Nearest),
];

static LONDON: [Closure; 8] = [
    on(1, 1, Onward),
    GOOD_FRIDAY,
    EASTER_MONDAY,
    nth(1, Weekday::Monday, 5),
    nth(-1, Weekday::Monday, 5),
    nth(-1, Weekday::Monday, 8),
    on(12, 25, Onward),
    on(12, 26, Onward),
];

static XETRA: [Closure; 10] = [
    on(1, 1, Never),
    GOOD_FRIDAY,
    EASTER_MONDAY,
    on(5, 1, Never),
    within(i16::MIN..=2021, easter_and(50)),
    within(i16::MIN..=2021, on(10, 3, Never)),
    on(12, 24, Never),
    on(12, 25, Never),
    on(12, 26, Never),
    on(12, 31, Never),
];

static TORONTO: [Closure; 10] = [
    on(1, 1, Onward),
    nth(3, Weekday::Monday, 2),
    GOOD_FRIDAY,
    Closure { falls: Falls::MondayBefore(5, 25), years: EVER },
    on(7, 1, Onward),
    nth(1, Weekday::Monday, 8),
    nth(1, Weekday::Monday, 9),
    nth(2, Weekday::Monday, 10),
    on(12, 25, Onward),
    on(12, 26, Onward),
];

static TARGET: [Closure; 6] =
    [on(1, 1, Never), GOOD_FRIDAY, EASTER_MONDAY, on(5, 1, Never), on(12, 25, Never), on(12, 26, Never)];

/// Days that were proclaimed against the rules, and whether they were open.
static PROCLAIMED: [(Venue, Date, bool); 9] = [
    (Venue::NewYork, date(2018, 12, 5), false),
    (Venue::NewYork, date(2025, 1, 9), false),
    (Venue::London, date(2020, 5, 4), true),
    (Venue::London, date(2020, 5, 8), false),
    (Venue::London, date(2022, 5, 30), true),
    (Venue::London, date(2022, 6, 2), false),
    (Venue::London, date(2022, 6, 3), false),
    (Venue::London, date(2022, 9, 19), false),
    (Venue::London, date(2023, 5, 8), false),
];

/// Whether a weekday is a closing day.
pub(super) fn is_closed(venue: Venue, date: Date) -> bool {
    let rules: &[Closure] = match venue {
        Venue::NewYork => &NEW_YORK,
        Venue::London => &LONDON,
        Venue::Xetra => &XETRA,
        Venue::Toronto => &TORONTO,
        Venue::Target => &TARGET,
        Venue::CryptoUtc | Venue::Fx => &[],
    };
    let proclaimed = PROCLAIMED.iter().find(|(of, on, _)| (*of, *on) == (venue, date));
    proclaimed.map_or_else(|| by_rule(rules, date.year()).contains(&date), |(_, _, is_open)| !is_open)
}

/// The closing days of a year, in the order of the rules. No rule moves a day into another year.
fn by_rule(rules: &[Closure], year: i16) -> Vec<Date> {
    let mut days: Vec<Date> = Vec::with_capacity(rules.len());
    for rule in rules.iter().filter(|rule| rule.years.contains(&year)) {
        let day = match &rule.falls {
            Falls::On(month, day, moved) => moved.from(date(year, *month, *day), &days),
            Falls::Nth(nth, weekday, month) => date(year, *month, 1).nth_weekday_of_month(*nth, *weekday).ok(),
            Falls::MondayBefore(month, day) => date(year, *month, *day).nth_weekday(-1, Weekday::Monday).ok(),
            Falls::Easter(days) => Some(easter_sunday(year).saturating_add(days.days())),
        };
        days.extend(day);
    }
    days
}

impl Moved {
    fn from(&self, day: Date, taken: &[Date]) -> Option<Date> {
        match (self, day.weekday()) {
            (Moved::Onward, _) => day.series(1.day()).find(|day| !is_weekend(*day) && !taken.contains(day)),
            (Moved::Nearest, Weekday::Saturday) => day.yesterday().ok(),
            (Moved::Nearest | Moved::OnwardFromSunday, Weekday::Sunday) => day.tomorrow().ok(),
            _ => Some(day),
        }
    }
}

/// When a trading day ends before the usual time, in local time.
pub(super) fn early_close(venue: Venue, day: Date) -> Option<Time> {
    let (year, month) = (day.year(), day.month());
    let is_last_until = |end: Date| end.series(-1.day()).find(|date| venue.is_trading_day(*date)) == Some(day);
    let (is_early, close) = match venue {
        Venue::NewYork => {
            // On a Friday either is the holiday itself, moved.
            let is_eve = matches!((month, day.day()), (7, 3) | (12, 24)) && day.weekday() != Weekday::Friday;
            let thanksgiving = || date(year, 11, 1).nth_weekday_of_month(4, Weekday::Thursday).ok();
            let is_after_thanksgiving = month == 11 && day.yesterday().ok() == thanksgiving();
            (is_eve || is_after_thanksgiving, time(13, 0, 0, 0))
        }
        Venue::London => {
            let is_eve = month == 12 && (is_last_until(date(year, 12, 24)) || is_last_until(date(year, 12, 31)));
            (is_eve, time(12, 30, 0, 0))
        }
        Venue::Xetra => (month == 12 && is_last_until(date(year, 12, 31)), time(14, 0, 0, 0)),
        Venue::Toronto => ((month, day.day()) == (12, 24), time(13, 0, 0, 0)),
        Venue::Target | Venue::CryptoUtc | Venue::Fx => return None,
    };
    is_early.then_some(close)
}

/// Easter of the western churches (the Gregorian rule, as Meeus and others give it).
fn easter_sunday(year: i16) -> Date {
    let y = i32::from(year);
    let (golden, century, of_century) = (y.rem_euclid(19), y.div_euclid(100), y.rem_euclid(100));
    let moon_shift = (8 * century + 13).div_euclid(25);
    let epact = (19 * golden + century - century.div_euclid(4) - moon_shift + 15).rem_euclid(30);
    let leap_days = 2 * century.rem_euclid(4) + 2 * of_century.div_euclid(4);
    let to_sunday = (32 + leap_days - epact - of_century.rem_euclid(4)).rem_euclid(7);
    let late = (golden + 11 * epact + 22 * to_sunday) / 451;
    let days = epact + to_sunday - 7 * late;
    date(year, 3, 22).saturating_add(days.days())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_is_where_the_almanac_has_it() {
        for (year, month, day) in [
            (1818, 3, 22),
            (1943, 4, 25),
            (1954, 4, 18),
            (1981, 4, 19),
            (2000, 4, 23),
            (2008, 3, 23),
            (2011, 4, 24),
            (2018, 4, 1),
            (2024, 3, 31),
            (2025, 4, 20),
            (2026, 4, 5),
            (2028, 4, 16),
            (2038, 4, 25),
            (2049, 4, 18),
            (2076, 4, 19),
        ] {
            assert_eq!(easter_sunday(year), date(year, month, day));
        }
        let dates = || (1583..=9999).map(easter_sunday);
        assert!(dates().all(|easter| easter.weekday() == Weekday::Sunday));
        assert!(dates().all(|day| (date(day.year(), 3, 22)..=date(day.year(), 4, 25)).contains(&day)));
    }

    #[test]
    fn no_rule_reaches_into_another_year() {
        for rules in [&NEW_YORK[..], &LONDON, &XETRA, &TORONTO, &TARGET] {
            for year in 1900..2100 {
                assert!(by_rule(rules, year).iter().all(|day| day.year() == year));
            }
        }
    }
}
