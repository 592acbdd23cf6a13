//! Dates and times. Their format is chosen in the query, and no zone stands behind them.
//!
//! With slashes, nothing in a date itself says whether the month or the day comes first. The time at which a report was
//! made does: it is about now in only one of the two readings.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// How far the time at which a report was made may be from ours.
const MADE_WITHIN: SignedDuration = SignedDuration::from_hours(48);
/// Days that a report may end before it was made: a week-end with holidays.
const ENDS_WITHIN_DAYS: i32 = 10;

/// Which number of a date with slashes comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slashes {
    MonthFirst,
    DayFirst,
    /// Not known: no such date is read.
    Unknown,
}

/// How the times of one report are to be read.
#[derive(Debug, Clone)]
pub struct Clock {
    pub zone: TimeZone,
    pub slashes: Slashes,
}

/// A date with the time of day behind it, where there is one.
pub type Moment = (Date, Option<Time>);

impl Clock {
    /// Reads `20260126`, `2026-01-26`, `01/26/2026`, `01/26/26` or `26-Jan-26`, and behind it `115715` or `11:57:15` after
    /// a semicolon, a comma, a blank or nothing.
    pub fn moment(&self, text: &str) -> Option<Moment> {
        // The longest form first, so that no digits of a year are taken for an hour.
        let lengths = [11, 10, 9, 8];
        lengths.into_iter().find_map(|length| {
            let (date, rest) = text.split_at_checked(length)?;
            let date = self.date_of(date)?;
            if rest.is_empty() {
                return Some((date, None));
            }
            time(rest.strip_prefix([';', ',', ' ']).unwrap_or(rest)).map(|time| (date, Some(time)))
        })
    }

    pub fn date(&self, text: &str) -> Option<Date> {
        self.moment(text).filter(|(_, time)| time.is_none()).map(|(date, _)| date)
    }

    fn date_of(&self, text: &str) -> Option<Date> {
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if text.len() == 8 && is_digits(text) {
            return date(&text[..4], &text[4..6], &text[6..]);
        }
        let mark = text.chars().find(|c| !c.is_ascii_digit())?;
        let parts: Vec<&str> = text.split(mark).collect();
        let [a, b, c] = parts.as_slice() else { return None };
        let lengths = (a.len(), b.len(), c.len());
        let all_digits = parts.iter().all(|part| is_digits(part));
        match (mark, lengths, self.slashes) {
            ('-', (4, 2, 2), _) if all_digits => date(a, b, c),
            ('-', (2, 3, 2 | 4), _) if is_digits(a) && is_digits(c) => date(c, month(b)?, a),
            ('/', (2, 2, 2 | 4), Slashes::MonthFirst) if all_digits => date(c, a, b),
            ('/', (2, 2, 2 | 4), Slashes::DayFirst) if all_digits => date(c, b, a),
            _ => None,
        }
    }

    /// The instant of a time in the report's zone. Of an hour that comes twice, it is the first.
    pub fn instant(&self, date: Date, time: Time) -> Option<Timestamp> {
        self.zone.to_ambiguous_zoned(date.to_datetime(time)).compatible().ok().map(|zoned| zoned.timestamp())
    }

    /// The end of a day.
    pub fn end_of(&self, date: Date) -> Option<Timestamp> {
        let next = date.checked_add(1.day()).ok()?;
        self.instant(next, Time::midnight())
    }
}

/// Which reading of slashes a report's own times prove. `made` and `until` are when it was made and which day it ends with.
pub fn slashes(zone: &TimeZone, made: Option<&str>, until: Option<&str>, now: Timestamp) -> Slashes {
    let Some(made) = made else { return Slashes::Unknown };
    let reads = |slashes: Slashes| {
        let clock = Clock { zone: zone.clone(), slashes };
        let (date, time) = clock.moment(made)?;
        let at = clock.instant(date, time.unwrap_or(Time::midnight()))?;
        let is_now = at.duration_since(now).abs() <= MADE_WITHIN;
        let end = until.map(|text| clock.date(text));
        let ends_before = match end {
            None => true,
            Some(None) => return None,
            Some(Some(end)) => (0..=ENDS_WITHIN_DAYS).contains(&end.until(date).ok()?.get_days()),
        };
        is_now.then_some(ends_before)
    };
    match (reads(Slashes::MonthFirst), reads(Slashes::DayFirst)) {
        (Some(_), None) => Slashes::MonthFirst,
        (None, Some(_)) => Slashes::DayFirst,
        // On a day whose two numbers are one, the last day of the report decides.
        (Some(true), Some(false)) => Slashes::MonthFirst,
        (Some(false), Some(true)) => Slashes::DayFirst,
        _ => Slashes::Unknown,
    }
}

fn date(year: &str, month: &str, day: &str) -> Option<Date> {
    let century = if year.len() == 2 { 2000 } else { 0 };
    Date::new(century + year.parse::<i16>().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

fn month(name: &str) -> Option<&'static str> {
    const NAMES: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    const NUMBERS: [&str; 12] = ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"];
    NAMES.iter().position(|known| name.eq_ignore_ascii_case(known)).map(|at| NUMBERS[at])
}

/// `115715` or `11:57:15`.
pub fn time(text: &str) -> Option<Time> {
    let digits = match text.as_bytes() {
        [h1, h2, b':', m1, m2, b':', s1, s2] => [*h1, *h2, *m1, *m2, *s1, *s2],
        bytes => <[u8; 6]>::try_from(bytes).ok()?,
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let two = |at: usize| ((digits[at] - b'0') * 10 + digits[at + 1] - b'0').cast_signed();
    Time::new(two(0), two(2), two(4), 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(slashes: Slashes) -> Clock {
        Clock { zone: TimeZone::get("America/New_York").unwrap(), slashes }
    }

    fn shown(slashes: Slashes, text: &str) -> String {
        match clock(slashes).moment(text) {
            Some((date, Some(time))) => format!("{date} {time}"),
            Some((date, None)) => date.to_string(),
            None => "none".into(),
        }
    }

    #[test]
    fn every_format_that_a_query_can_choose_is_read() {
        for date in ["20260126", "2026-01-26", "01/26/2026", "01/26/26", "26-Jan-26", "26-JAN-2026"] {
            assert_eq!(shown(Slashes::MonthFirst, date), "2026-01-26", "{date}");
            for separator in [";", ",", " ", ""] {
                for time in ["115715", "11:57:15"] {
                    let text = format!("{date}{separator}{time}");
                    assert_eq!(shown(Slashes::MonthFirst, &text), "2026-01-26 11:57:15", "{text}");
                }
            }
        }
        for text in ["26/01/2026", "26/01/26"] {
            assert_eq!(shown(Slashes::DayFirst, text), "2026-01-26");
            assert_eq!(shown(Slashes::MonthFirst, text), "none");
        }
        for text in [
            "",
            "today",
            "2026-1-26",
            "20260230",
            "2026-02-30",
            "20260126;",
            "20260126;1157",
            "20260126;115760",
            "20260126;24:00:00",
            "20260126T115715",
            "20260126;;115715",
            "2026/01/26",
            "26-Foo-26",
            "é0260126",
            "202601266",
            "01-26-2026",
            "20260126;11:57:15 EST",
        ] {
            assert_eq!(shown(Slashes::MonthFirst, text), "none", "{text}");
        }
        assert_eq!(shown(Slashes::Unknown, "01/26/2026"), "none", "nobody knows what it means");
    }

    #[test]
    fn slashes_are_read_as_the_report_proves() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let check = |made: &str, until: &str, now: &str, want: Slashes| {
            let now = now.parse().unwrap();
            let until = Some(until).filter(|until| !until.is_empty());
            assert_eq!(slashes(&zone, Some(made), until, now), want, "{made} until {until:?} at {now}");
        };
        let (june, may) = ("2026-06-05T14:00:00Z", "2026-05-05T14:00:00Z");
        check("06/05/2026;101500", "06/04/2026", june, Slashes::MonthFirst);
        check("05/06/2026;101500", "04/06/2026", june, Slashes::DayFirst);
        check("06/05/26 10:15:00", "", june, Slashes::MonthFirst);
        // Both readings are the same day, and its last day is not.
        check("05/05/2026;101500", "05/04/2026", may, Slashes::MonthFirst);
        check("05/05/2026;101500", "04/05/2026", may, Slashes::DayFirst);
        check("05/05/2026;101500", "05/05/2026", may, Slashes::Unknown);
        check("05/05/2026;101500", "", may, Slashes::Unknown);
        // Old reports, and such as were made by somebody else's clock.
        check("06/05/2025;101500", "06/04/2025", june, Slashes::Unknown);
        check("25/05/2026;101500", "24/05/2026", june, Slashes::Unknown);
        assert_eq!(slashes(&zone, None, None, june.parse().unwrap()), Slashes::Unknown);
    }

    #[test]
    fn times_are_those_of_the_zone() {
        let clock = clock(Slashes::Unknown);
        let at = |text: &str| {
            let (date, time) = clock.moment(text).unwrap();
            clock.instant(date, time.unwrap()).unwrap().to_string()
        };
        assert_eq!(at("20260126;115715"), "2026-01-26T16:57:15Z");
        assert_eq!(at("20260726;115715"), "2026-07-26T15:57:15Z");
        // The hour that comes twice, and the one that never does.
        assert_eq!(at("20261101;013000"), "2026-11-01T05:30:00Z");
        assert_eq!(at("20260308;023000"), "2026-03-08T07:30:00Z");
        assert_eq!(clock.end_of(Date::constant(2026, 1, 26)).unwrap().to_string(), "2026-01-27T05:00:00Z");
    }
}
