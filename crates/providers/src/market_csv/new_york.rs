//! Dates and times of market data, all in New York.

use std::borrow::Cow;

use jiff::civil::{Date, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, civil};

use crate::csv::date_time;

const DAY_SECONDS: i64 = 86_400;

/// Tells the date and time in New York. Bars come day by day, so it asks the zone's rules once a day.
pub struct NewYork {
    zone: TimeZone,
    /// Of the last day asked for, in days since 1970 UTC: the offset that holds all day, where one does.
    day: Option<(i64, Option<Offset>)>,
}

impl NewYork {
    pub fn new() -> NewYork {
        let zone = TimeZone::get("America/New_York").expect("the zone database is built in");
        NewYork { zone, day: None }
    }

    /// Reads Unix seconds, an instant with its zone, or a date and time as it is in New York; `None` for an empty value.
    pub fn read(&mut self, text: &str) -> Result<Option<(Date, Time)>, &'static str> {
        let text = text.trim();
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.of_seconds(text).map(Some);
        }
        if let Ok(instant) = text.parse::<Timestamp>() {
            return Ok(Some(self.at(instant)));
        }
        let Some((date, time)) = date_time(text)? else { return Ok(None) };
        let time = time.map_or(Ok(Time::midnight()), |time| civil_time(&time))?;
        Ok(Some((date, time)))
    }

    fn of_seconds(&mut self, digits: &str) -> Result<(Date, Time), &'static str> {
        match digits.len() {
            // From 1970-04-26 to 5138.
            8..=11 => {}
            13 => return Err("is a Unix time in milliseconds, where seconds are expected"),
            _ => return Err("is no Unix time in seconds"),
        }
        let instant = digits.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
        Ok(self.at(instant.ok_or("is no Unix time in seconds")?))
    }

    fn at(&mut self, instant: Timestamp) -> (Date, Time) {
        let day = instant.as_second().div_euclid(DAY_SECONDS);
        let offset = match self.day {
            Some((last, offset)) if last == day => offset,
            _ => {
                let offset = self.offset_all_day(day);
                self.day = Some((day, offset));
                offset
            }
        };
        let there: civil::DateTime = match offset {
            Some(offset) => offset.to_datetime(instant),
            None => self.zone.to_datetime(instant),
        };
        (there.date(), there.time())
    }

    /// New York never changes its offset twice within a day.
    fn offset_all_day(&self, day: i64) -> Option<Offset> {
        let at = |seconds| Some(self.zone.to_offset(Timestamp::from_second(seconds).ok()?));
        let (first, last) = (at(day * DAY_SECONDS)?, at(day * DAY_SECONDS + DAY_SECONDS - 1)?);
        (first == last).then_some(first)
    }
}

/// From a time of day in the form that the parser normalises to; a fraction is cut off.
pub fn civil_time(text: &str) -> Result<Time, &'static str> {
    text.parse().map_err(|_| "is not a time (HH:MM or HH:MM:SS)")
}

/// HH:MM:SS, as the table has it.
pub fn shown_time(time: Time) -> Cow<'static, str> {
    if time == Time::midnight() {
        return Cow::Borrowed("00:00:00");
    }
    Cow::Owned(format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn instants_are_told_as_they_are_in_new_york() {
        let mut clock = NewYork::new();
        let mut check = |text: &str, want: Result<&str, &str>| {
            let got = clock
                .read(text)
                .map(|moment| moment.map_or("none".to_string(), |(date, time)| format!("{date} {}", shown_time(time))));
            assert_eq!(got, want.map(String::from), "{text}");
        };
        check("1704205800", Ok("2024-01-02 09:30:00"));
        check("1719840600", Ok("2024-07-01 09:30:00"));
        // Either side of both changes of the clock in 2024.
        check("1710053999", Ok("2024-03-10 01:59:59"));
        check("1710054000", Ok("2024-03-10 03:00:00"));
        check("1730613599", Ok("2024-11-03 01:59:59"));
        check("1730613600", Ok("2024-11-03 01:00:00"));
        check("1704171599", Ok("2024-01-01 23:59:59"));
        check("2024-01-02", Ok("2024-01-02 00:00:00"));
        check("2024-01-02 09:30", Ok("2024-01-02 09:30:00"));
        check("2024-01-02T09:30:00-05:00", Ok("2024-01-02 09:30:00"));
        check("2024-01-02T14:30:00Z", Ok("2024-01-02 09:30:00"));
        check("1/2/2024", Ok("2024-01-02 00:00:00"));
        check("", Ok("none"));
        check("1704205800000", Err("is a Unix time in milliseconds, where seconds are expected"));
        check("20240102093000", Err("is no Unix time in seconds"));
        check("2024-02-30", Err("is a date that does not exist"));
    }

    proptest! {
        #[test]
        fn the_offset_of_a_day_is_that_of_its_instants(seconds in 10_000_000i64..4_000_000_000) {
            let instant = Timestamp::from_second(seconds).unwrap();
            let want = TimeZone::get("America/New_York").unwrap().to_datetime(instant);
            prop_assert_eq!(NewYork::new().at(instant), (want.date(), want.time()));
        }
    }
}
