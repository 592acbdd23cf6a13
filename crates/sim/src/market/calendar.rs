//! Which days have a session, and when it opens and closes. Rules rather than lists, with the few days no rule gives.

use jiff::Timestamp;
use jiff::civil::{Date, Weekday, date};
use jiff::tz::TimeZone;

/// Days since 1970-01-01.
pub type Day = i32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Venue {
    /// 09:30 to 16:00 in New York.
    NewYork,
    /// 08:00 to 16:30 in London.
    London,
    /// Monday to Friday by UTC; Friday ends at 21:00.
    Fx,
    /// Coins: every UTC day.
    Always,
    /// The days on which the ECB sets rates; 14:15 in Frankfurt, published at 16:00.
    Target,
}

/// A session, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    pub day: Day,
    pub opens: i64,
    pub closes: i64,
}

const FIRST_YEAR: i16 = 1995;
const LAST_YEAR: i16 = 2070;
pub const DAY_SECONDS: i64 = 86_400;

pub fn day_of(date: Date) -> Day {
    (date.duration_since(Date::constant(1970, 1, 1)).as_hours() / 24) as Day
}

pub fn date_of(day: Day) -> Date {
    let at = Timestamp::from_second(i64::from(day) * DAY_SECONDS).unwrap_or(Timestamp::UNIX_EPOCH);
    TimeZone::UTC.to_datetime(at).date()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Closed,
    Early,
    Full,
}

pub struct Calendar {
    new_york: (TimeZone, Vec<Kind>),
    london: (TimeZone, Vec<Kind>),
    frankfurt: (TimeZone, Vec<Kind>),
    first: Day,
}

impl Calendar {
    /// `closed`: days without a session at the stock exchanges besides their holidays.
    pub fn new(closed: &[Date]) -> Calendar {
        let zone = |name: &str| TimeZone::get(name).unwrap_or(TimeZone::UTC);
        let table = |holidays: fn(i16) -> Vec<Date>, early: fn(i16) -> Vec<Date>, closed: &[Date]| {
            let first = day_of(date(FIRST_YEAR, 1, 1));
            let last = day_of(date(LAST_YEAR, 12, 31));
            let mut kinds: Vec<Kind> =
                (first..=last).map(|day| if is_weekday(day) { Kind::Full } else { Kind::Closed }).collect();
            let mut mark = |date: Date, kind| {
                if let Some(place) = kinds.get_mut((day_of(date) - first) as usize)
                    && *place != Kind::Closed
                {
                    *place = kind;
                }
            };
            for year in FIRST_YEAR..=LAST_YEAR {
                early(year).into_iter().for_each(|date| mark(date, Kind::Early));
                holidays(year).into_iter().for_each(|date| mark(date, Kind::Closed));
            }
            closed.iter().for_each(|date| mark(*date, Kind::Closed));
            kinds
        };
        Calendar {
            new_york: (zone("America/New_York"), table(new_york, new_york_early, closed)),
            london: (zone("Europe/London"), table(london, |_| Vec::new(), closed)),
            frankfurt: (zone("Europe/Berlin"), table(target, |_| Vec::new(), &[])),
            first: day_of(date(FIRST_YEAR, 1, 1)),
        }
    }

    fn kind(&self, venue: Venue, day: Day) -> Kind {
        let kinds = match venue {
            Venue::Always => return Kind::Full,
            Venue::Fx => return if is_weekday(day) { Kind::Full } else { Kind::Closed },
            Venue::NewYork => &self.new_york.1,
            Venue::London => &self.london.1,
            Venue::Target => &self.frankfurt.1,
        };
        usize::try_from(day - self.first).ok().and_then(|index| kinds.get(index).copied()).unwrap_or(Kind::Closed)
    }

    pub fn is_open(&self, venue: Venue, day: Day) -> bool {
        self.kind(venue, day) != Kind::Closed
    }

    /// The last day with a session before `day`.
    pub fn before(&self, venue: Venue, day: Day) -> Day {
        (day - 30..day).rev().find(|day| self.is_open(venue, *day)).unwrap_or(day - 1)
    }

    pub fn zone(&self, venue: Venue) -> TimeZone {
        match venue {
            Venue::NewYork => self.new_york.0.clone(),
            Venue::London => self.london.0.clone(),
            Venue::Target => self.frankfurt.0.clone(),
            Venue::Fx | Venue::Always => TimeZone::UTC,
        }
    }

    /// A local time of a day, in seconds since 1970.
    pub fn instant(&self, venue: Venue, day: Day, hour: i8, minute: i8) -> i64 {
        let local = date_of(day).at(hour, minute, 0, 0);
        self.zone(venue).to_timestamp(local).map_or(i64::from(day) * DAY_SECONDS, |at| at.as_second())
    }

    pub fn session(&self, venue: Venue, day: Day) -> Session {
        let midnight = i64::from(day) * DAY_SECONDS;
        let (opens, closes) = match venue {
            Venue::NewYork => {
                let close_hour = if self.kind(venue, day) == Kind::Early { 13 } else { 16 };
                (self.instant(venue, day, 9, 30), self.instant(venue, day, close_hour, 0))
            }
            Venue::London => (self.instant(venue, day, 8, 0), self.instant(venue, day, 16, 30)),
            Venue::Fx if date_of(day).weekday() == Weekday::Friday => (midnight, midnight + 21 * 3600),
            Venue::Fx | Venue::Always => (midnight, midnight + DAY_SECONDS),
            Venue::Target => (self.instant(venue, day, 14, 15), self.instant(venue, day, 16, 0)),
        };
        Session { day, opens, closes }
    }

    pub fn today(&self, venue: Venue, now: i64) -> Day {
        let at = Timestamp::from_second(now).unwrap_or(Timestamp::UNIX_EPOCH);
        day_of(self.zone(venue).to_datetime(at).date())
    }

    /// The last session that has begun.
    pub fn latest(&self, venue: Venue, now: i64) -> Session {
        let today = self.today(venue, now);
        if self.is_open(venue, today) {
            let session = self.session(venue, today);
            if session.opens <= now {
                return session;
            }
        }
        self.session(venue, self.before(venue, today))
    }
}

fn is_weekday(day: Day) -> bool {
    // 1970-01-01 was a Thursday.
    (day + 3).rem_euclid(7) < 5
}

/// Gregorian Easter Sunday.
fn easter(year: i16) -> Date {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    date(year, (n / 31) as i8, (n % 31 + 1) as i8)
}

fn plus(date: Date, days: i32) -> Date {
    date_of(day_of(date) + days)
}

/// The `nth` such weekday of a month; -1 for the last.
fn nth(year: i16, month: i8, nth: i8, weekday: Weekday) -> Date {
    date(year, month, 1).nth_weekday_of_month(nth, weekday).unwrap_or(date(year, month, 1))
}

/// A Saturday is kept on the Friday before, a Sunday on the Monday after.
fn near(date: Date) -> Date {
    match date.weekday() {
        Weekday::Saturday => plus(date, -1),
        Weekday::Sunday => plus(date, 1),
        _ => date,
    }
}

fn new_york(year: i16) -> Vec<Date> {
    let mut days = vec![
        nth(year, 1, 3, Weekday::Monday),
        nth(year, 2, 3, Weekday::Monday),
        plus(easter(year), -2),
        nth(year, 5, -1, Weekday::Monday),
        near(date(year, 7, 4)),
        nth(year, 9, 1, Weekday::Monday),
        nth(year, 11, 4, Weekday::Thursday),
        near(date(year, 12, 25)),
    ];
    // A New Year's Day on a Saturday is not kept at all.
    if date(year, 1, 1).weekday() != Weekday::Saturday {
        days.push(near(date(year, 1, 1)));
    }
    if year >= 2022 {
        days.push(near(date(year, 6, 19)));
    }
    let mourning = [date(2018, 12, 5), date(2025, 1, 9)];
    days.extend(mourning.into_iter().filter(|day| day.year() == year));
    days
}

fn new_york_early(year: i16) -> Vec<Date> {
    let not_friday = |day: &Date| day.weekday() != Weekday::Friday;
    let mut days = vec![plus(nth(year, 11, 4, Weekday::Thursday), 1)];
    days.extend([date(year, 7, 3), date(year, 12, 24)].into_iter().filter(not_friday));
    days
}

fn london(year: i16) -> Vec<Date> {
    let mut days = vec![
        plus(easter(year), -2),
        plus(easter(year), 1),
        nth(year, 5, 1, Weekday::Monday),
        nth(year, 5, -1, Weekday::Monday),
        nth(year, 8, -1, Weekday::Monday),
    ];
    // These move to the next weekday that is not taken yet.
    for fixed in [date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)] {
        let mut day = fixed;
        while !is_weekday(day_of(day)) || days.contains(&day) {
            day = plus(day, 1);
        }
        days.push(day);
    }
    // Days of jubilees, a coronation and a funeral; two of the rules' days moved for them.
    let moved = [date(2020, 5, 4), date(2022, 5, 30)];
    days.retain(|day| !moved.contains(day));
    let proclaimed = [date(2020, 5, 8), date(2022, 6, 2), date(2022, 6, 3), date(2022, 9, 19), date(2023, 5, 8)];
    days.extend(proclaimed.into_iter().filter(|day| day.year() == year));
    days
}

fn target(year: i16) -> Vec<Date> {
    let e = easter(year);
    vec![date(year, 1, 1), plus(e, -2), plus(e, 1), date(year, 5, 1), date(year, 12, 25), date(year, 12, 26)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn awkward_days_are_open_or_closed_as_they_were() {
        let calendar = Calendar::new(&[date(2026, 11, 24)]);
        let check = |venue, day: Date, open| {
            assert_eq!(calendar.is_open(venue, day_of(day)), open, "{venue:?} {day}");
        };
        for (day, open) in [
            (date(2021, 12, 31), true),
            (date(2022, 6, 20), false),
            (date(2022, 12, 26), false),
            (date(2026, 4, 3), false),
            (date(2026, 7, 3), false),
            (date(2026, 7, 2), true),
            (date(2026, 11, 24), false),
            (date(2027, 6, 18), false),
            (date(2027, 12, 24), false),
            (date(2028, 1, 3), true),
            (date(2018, 12, 5), false),
        ] {
            check(Venue::NewYork, day, open);
        }
        check(Venue::London, date(2026, 12, 28), false);
        check(Venue::London, date(2027, 12, 28), false);
        check(Venue::London, date(2028, 1, 3), false);
        check(Venue::London, date(2022, 5, 30), true);
        check(Venue::London, date(2022, 6, 2), false);
        check(Venue::Target, date(2026, 4, 6), false);
        check(Venue::Target, date(2026, 12, 24), true);
        check(Venue::Fx, date(2026, 12, 25), true);
        check(Venue::Always, date(2026, 11, 21), true);
    }

    #[test]
    fn sessions_follow_local_time() {
        let calendar = Calendar::new(&[]);
        let second = |text: &str| text.parse::<Timestamp>().unwrap().as_second();
        let session = |venue, day| calendar.session(venue, day_of(day));
        assert_eq!(session(Venue::NewYork, date(2026, 7, 2)).closes, second("2026-07-02T20:00:00Z"));
        assert_eq!(session(Venue::NewYork, date(2026, 11, 20)).closes, second("2026-11-20T21:00:00Z"));
        assert_eq!(session(Venue::NewYork, date(2026, 11, 27)).closes, second("2026-11-27T18:00:00Z"));
        assert_eq!(session(Venue::London, date(2026, 7, 2)).opens, second("2026-07-02T07:00:00Z"));
        assert_eq!(session(Venue::Target, date(2026, 7, 2)).closes, second("2026-07-02T14:00:00Z"));
        let latest = |now: &str| date_of(calendar.latest(Venue::NewYork, second(now)).day);
        assert_eq!(latest("2026-11-20T14:29:59Z"), date(2026, 11, 19));
        assert_eq!(latest("2026-11-20T14:30:00Z"), date(2026, 11, 20));
        assert_eq!(latest("2026-11-22T12:00:00Z"), date(2026, 11, 20));
    }
}
