//! The stretches of time that providers count requests in.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

/// When a budget is full again. Windows are aligned as providers align them, so a burst at their edge is within what
/// the provider allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// So many seconds, counted from the UTC epoch; at least 1.
    Seconds(i64),
    /// From midnight to midnight in a time zone, named as IANA does. One that nobody knows counts as UTC.
    Day(&'static str),
    /// From the first of a month to the first of the next, at midnight in a time zone.
    Month(&'static str),
}

impl Window {
    /// The window that holds `now`: from its start up to, not including, its end.
    pub fn around(self, now: Timestamp) -> (Timestamp, Timestamp) {
        let window = match self {
            Window::Seconds(length) => seconds_around(now, length.max(1)),
            Window::Day(zone) => day_around(&now.to_zoned(zone_of(zone))),
            Window::Month(zone) => month_around(&now.to_zoned(zone_of(zone))),
        };
        // Only the ends of time have none.
        window.unwrap_or((now, Timestamp::MAX))
    }

    /// Seconds that it lasts, about: days and months differ.
    pub fn seconds(self) -> i64 {
        match self {
            Window::Seconds(length) => length.max(1),
            Window::Day(_) => 86_400,
            Window::Month(_) => 30 * 86_400,
        }
    }
}

fn zone_of(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

fn seconds_around(now: Timestamp, length: i64) -> Result<(Timestamp, Timestamp), jiff::Error> {
    let start = now.as_microsecond().div_euclid(1_000_000).div_euclid(length) * length;
    Ok((Timestamp::from_second(start)?, Timestamp::from_second(start.saturating_add(length))?))
}

fn day_around(now: &Zoned) -> Result<(Timestamp, Timestamp), jiff::Error> {
    Ok((now.start_of_day()?.timestamp(), now.tomorrow()?.start_of_day()?.timestamp()))
}

fn month_around(now: &Zoned) -> Result<(Timestamp, Timestamp), jiff::Error> {
    let first = now.first_of_month()?.start_of_day()?;
    Ok((first.timestamp(), first.checked_add(1.month())?.start_of_day()?.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_aligned_as_providers_count() {
        let new_york = "America/New_York";
        for (window, now, start, end) in [
            (Window::Seconds(60), "2026-01-05T12:00:59.9Z", "2026-01-05T12:00:00Z", "2026-01-05T12:01:00Z"),
            (Window::Seconds(60), "2026-01-05T12:01:00Z", "2026-01-05T12:01:00Z", "2026-01-05T12:02:00Z"),
            (Window::Seconds(3_600), "2026-01-05T12:01:00Z", "2026-01-05T12:00:00Z", "2026-01-05T13:00:00Z"),
            (Window::Seconds(2), "1969-12-31T23:59:58.5Z", "1969-12-31T23:59:58Z", "1970-01-01T00:00:00Z"),
            (Window::Day("UTC"), "2026-01-05T00:00:00Z", "2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z"),
            (Window::Day(new_york), "2026-01-05T04:59:59Z", "2026-01-04T05:00:00Z", "2026-01-05T05:00:00Z"),
            // The days on which the clocks go forward and back last 23 and 25 hours.
            (Window::Day(new_york), "2026-03-08T12:00:00Z", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"),
            (Window::Day(new_york), "2026-11-01T12:00:00Z", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"),
            (Window::Month(new_york), "2026-03-31T23:00:00Z", "2026-03-01T05:00:00Z", "2026-04-01T04:00:00Z"),
            (Window::Month("UTC"), "2026-12-31T23:59:59Z", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            (Window::Day("Nowhere/Atlantis"), "2026-01-05T12:00:00Z", "2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z"),
        ] {
            let at = |text: &str| text.parse::<Timestamp>().unwrap();
            assert_eq!(window.around(at(now)), (at(start), at(end)), "{window:?} at {now}");
        }
    }

    #[test]
    fn the_ends_of_time_have_windows() {
        for now in [Timestamp::MIN, Timestamp::MAX] {
            for window in [Window::Seconds(i64::MAX), Window::Seconds(7), Window::Day("UTC"), Window::Month("UTC")] {
                let (start, end) = window.around(now);
                assert!(start <= now && now <= end, "{window:?} at {now}");
            }
        }
    }
}
