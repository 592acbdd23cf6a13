//! "Is this trading date over there?" Sessions of venues by rule, in the venue's own time zone.
//!
//! The rules hold for 2018 to 2028 as the exchanges published them, and beyond as far as nothing is proclaimed. A closure
//! that no rule foresees (a day of mourning) only means that a bar is expected which never comes.

mod closures;

use jiff::civil::{Date, Time, Weekday, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// Where something trades, as far as its calendar goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Venue {
    /// NYSE, Nasdaq and every other exchange of US shares: they keep the same days.
    NewYork,
    London,
    Xetra,
    Toronto,
    /// Days on which the ECB sets reference rates; a session runs from setting to publishing them.
    Target,
    /// Never closed; a day is a day of UTC.
    CryptoUtc,
    /// Currencies: a day ends at 17:00 in New York, and the week on Friday.
    Fx,
}

/// When a source can have anything new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calendar {
    /// At any time: files, coins.
    Always,
    /// While a venue is open.
    Open(Venue),
    /// Once for each trading day of a venue, when that day is over.
    Daily(Venue),
}

impl Calendar {
    /// Whether what was so `at` a time is old: for longer than `patience` there could have been something newer.
    pub fn is_old(self, at: Timestamp, patience: SignedDuration, now: Timestamp) -> bool {
        match self {
            Calendar::Always => now.duration_since(at) > patience,
            Calendar::Open(venue) => venue.was_open_for_longer(patience, at, now),
            Calendar::Daily(venue) => {
                let due = venue.session(venue.last_over(now, patience));
                // What a source says of a day, it says after the day began; when exactly is its own affair.
                due.is_some_and(|day| at <= day.open)
            }
        }
    }
}

/// When a venue trades continuously on one of its dates; auctions after the close are not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    pub open: Timestamp,
    pub close: Timestamp,
}

/// Where the day of currencies begins and ends, in New York.
const FX_CLOSE: Time = time(17, 0, 0, 0);

impl Venue {
    pub const ALL: [Venue; 7] =
        [Venue::NewYork, Venue::London, Venue::Xetra, Venue::Toronto, Venue::Target, Venue::CryptoUtc, Venue::Fx];

    /// The venue of an operating or segment MIC (ISO 10383); `None` where no calendar is known.
    pub fn of_mic(mic: &str) -> Option<Venue> {
        Some(match mic {
            "XNYS" | "XASE" | "ARCX" | "XCIS" | "XCHI" => Venue::NewYork,
            "XNAS" | "XNGS" | "XNMS" | "XNCM" | "XBOS" | "XPSX" => Venue::NewYork,
            "XCBO" | "BATS" | "BATY" | "EDGA" | "EDGX" | "IEXG" => Venue::NewYork,
            "OTCM" | "OTCQ" | "OTCB" | "PINX" => Venue::NewYork,
            "XLON" | "AIMX" => Venue::London,
            "XETR" | "XETA" | "XETB" => Venue::Xetra,
            "XTSE" | "XTSX" | "XTNX" => Venue::Toronto,
            _ => return None,
        })
    }

    /// Whose calendar an instrument keeps; `None` where none is known.
    pub fn of_instrument(kind: &str, exchange: Option<&str>) -> Option<Venue> {
        match (kind, exchange) {
            ("crypto", _) => Some(Venue::CryptoUtc),
            ("fx", _) => Some(Venue::Fx),
            ("stock" | "etf" | "fund", None) => Some(Venue::NewYork),
            (_, exchange) => exchange.and_then(Venue::of_mic),
        }
    }

    fn zone_name(self) -> &'static str {
        match self {
            Venue::NewYork | Venue::Fx => "America/New_York",
            Venue::London => "Europe/London",
            Venue::Xetra | Venue::Target => "Europe/Berlin",
            Venue::Toronto => "America/Toronto",
            Venue::CryptoUtc => "UTC",
        }
    }

    /// The time zone whose dates are the venue's.
    pub fn zone(self) -> TimeZone {
        TimeZone::get(self.zone_name()).expect("the bundled time zones know every venue")
    }

    pub fn is_trading_day(self, date: Date) -> bool {
        match self {
            Venue::CryptoUtc => true,
            _ if is_weekend(date) => false,
            _ => !closures::is_closed(self, date),
        }
    }

    /// Open and close on a trading date; `None` on any other.
    pub fn session(self, date: Date) -> Option<Session> {
        if !self.is_trading_day(date) {
            return None;
        }
        let (open, close) = match self {
            Venue::CryptoUtc => (date.at(0, 0, 0, 0), date.tomorrow().ok()?.at(0, 0, 0, 0)),
            Venue::Fx => (date.yesterday().ok()?.to_datetime(FX_CLOSE), date.to_datetime(FX_CLOSE)),
            _ => {
                let (open, close) = self.hours();
                let close = closures::early_close(self, date).unwrap_or(close);
                (date.to_datetime(open), date.to_datetime(close))
            }
        };
        // Computed in local time first: the zones change to summer time on different week-ends.
        let zone = self.zone();
        Some(Session { open: zone.to_timestamp(open).ok()?, close: zone.to_timestamp(close).ok()? })
    }

    /// Whether nothing more happens on this date: no trading day, or closed for at least `lag` (which the source of the
    /// prices needs to publish them).
    pub fn is_over(self, date: Date, now: Timestamp, lag: SignedDuration) -> bool {
        self.session(date).is_none_or(|session| now.duration_since(session.close) >= lag)
    }

    /// The venue's calendar date at an instant, a trading day or not. It is the date of the clock on the wall, except
    /// for currencies, whose next day begins at 17:00. A broker's own trade date goes before it: night sessions belong
    /// to the day after.
    pub fn trading_date(self, at: Timestamp) -> Date {
        let local = self.zone().to_datetime(at);
        match self {
            Venue::Fx if local.time() >= FX_CLOSE => local.date().saturating_add(1.day()),
            _ => local.date(),
        }
    }

    /// The last trading day before `date`.
    pub fn previous_trading_day(self, date: Date) -> Date {
        date.series(-1.day()).skip(1).find(|date| self.is_trading_day(*date)).unwrap_or(Date::MIN)
    }

    /// The last trading day that is over.
    pub fn last_over(self, now: Timestamp, lag: SignedDuration) -> Date {
        let today = self.trading_date(now);
        let is_over = |date: &Date| self.is_trading_day(*date) && self.is_over(*date, now, lag);
        today.series(-1.day()).find(is_over).unwrap_or(Date::MIN)
    }

    /// Whether it was open for longer than `time` between two instants.
    pub fn was_open_for_longer(self, time: SignedDuration, from: Timestamp, to: Timestamp) -> bool {
        if to.duration_since(from) <= time {
            return false;
        }
        let (first, last) = (self.trading_date(from), self.trading_date(to));
        let mut open = SignedDuration::ZERO;
        first.series(1.day()).take_while(|date| *date <= last).filter_map(|date| self.session(date)).any(|session| {
            let within = session.close.min(to).duration_since(session.open.max(from));
            open += within.max(SignedDuration::ZERO);
            open > time
        })
    }

    /// Open and close of a full day, in local time.
    fn hours(self) -> (Time, Time) {
        match self {
            Venue::NewYork | Venue::Toronto => (time(9, 30, 0, 0), time(16, 0, 0, 0)),
            Venue::London => (time(8, 0, 0, 0), time(16, 30, 0, 0)),
            Venue::Xetra => (time(9, 0, 0, 0), time(17, 30, 0, 0)),
            Venue::Target => (time(14, 10, 0, 0), time(16, 0, 0, 0)),
            Venue::CryptoUtc | Venue::Fx => (Time::midnight(), Time::midnight()),
        }
    }
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn hours(venue: Venue, date: &str) -> String {
        venue.session(day(date)).map_or("closed".into(), |s| format!("{} {}", s.open, s.close))
    }

    #[test]
    fn sessions_follow_the_clock_on_the_wall() {
        use Venue::*;
        for (venue, date, session) in [
            // New York changes on 8 March and 1 November 2026, Europe on 29 March and 25 October.
            (NewYork, "2026-03-06", "2026-03-06T14:30:00Z 2026-03-06T21:00:00Z"),
            (NewYork, "2026-03-09", "2026-03-09T13:30:00Z 2026-03-09T20:00:00Z"),
            (Toronto, "2026-03-09", "2026-03-09T13:30:00Z 2026-03-09T20:00:00Z"),
            (London, "2026-03-09", "2026-03-09T08:00:00Z 2026-03-09T16:30:00Z"),
            (Xetra, "2026-03-27", "2026-03-27T08:00:00Z 2026-03-27T16:30:00Z"),
            (London, "2026-03-30", "2026-03-30T07:00:00Z 2026-03-30T15:30:00Z"),
            (Xetra, "2026-03-30", "2026-03-30T07:00:00Z 2026-03-30T15:30:00Z"),
            (NewYork, "2026-10-26", "2026-10-26T13:30:00Z 2026-10-26T20:00:00Z"),
            (London, "2026-10-26", "2026-10-26T08:00:00Z 2026-10-26T16:30:00Z"),
            (NewYork, "2026-11-02", "2026-11-02T14:30:00Z 2026-11-02T21:00:00Z"),
            (NewYork, "2026-11-27", "2026-11-27T14:30:00Z 2026-11-27T18:00:00Z"),
            (London, "2026-12-24", "2026-12-24T08:00:00Z 2026-12-24T12:30:00Z"),
            (Xetra, "2026-12-30", "2026-12-30T08:00:00Z 2026-12-30T13:00:00Z"),
            (Target, "2026-07-01", "2026-07-01T12:10:00Z 2026-07-01T14:00:00Z"),
            (Target, "2026-12-31", "2026-12-31T13:10:00Z 2026-12-31T15:00:00Z"),
            (CryptoUtc, "2026-03-29", "2026-03-29T00:00:00Z 2026-03-30T00:00:00Z"),
            // Monday begins on Sunday evening, here after the clocks changed.
            (Fx, "2026-03-06", "2026-03-05T22:00:00Z 2026-03-06T22:00:00Z"),
            (Fx, "2026-03-09", "2026-03-08T21:00:00Z 2026-03-09T21:00:00Z"),
            (Fx, "2026-03-08", "closed"),
        ] {
            assert_eq!(hours(venue, date), session, "{venue:?} {date}");
        }
    }

    #[test]
    fn time_is_counted_while_a_venue_is_open() {
        use Venue::*;
        for (venue, from, to, minutes) in [
            (NewYork, "2026-11-20T20:45:00Z", "2026-11-20T20:55:00Z", 10),
            (NewYork, "2026-11-20T20:45:00Z", "2026-11-22T12:00:00Z", 15),
            (NewYork, "2026-11-20T21:00:00Z", "2026-11-23T14:30:00Z", 0),
            (NewYork, "2026-11-20T20:45:00Z", "2026-11-23T14:50:00Z", 35),
            (NewYork, "2026-11-25T21:00:00Z", "2026-11-27T14:45:00Z", 15),
            (Fx, "2026-11-20T21:30:00Z", "2026-11-22T22:10:00Z", 40),
            (Fx, "2026-11-21T12:00:00Z", "2026-11-22T21:59:00Z", 0),
            (CryptoUtc, "2026-11-20T23:30:00Z", "2026-11-22T00:30:00Z", 1_500),
            (CryptoUtc, "2026-11-22T00:30:00Z", "2026-11-20T23:30:00Z", 0),
        ] {
            let longer = |minutes| venue.was_open_for_longer(SignedDuration::from_mins(minutes), at(from), at(to));
            assert!(!longer(minutes), "{venue:?} {from} {to}");
            assert_eq!(minutes > 0 && longer(minutes - 1), minutes > 0, "{venue:?} {from} {to}");
        }
    }

    #[test]
    fn awkward_days_are_open_or_closed_as_proclaimed() {
        use Venue::*;
        for (venue, date, is_open) in [
            (NewYork, "2021-12-31", true),
            (NewYork, "2022-06-20", false),
            (NewYork, "2021-06-18", true),
            (NewYork, "2022-12-26", false),
            (NewYork, "2023-01-02", false),
            (NewYork, "2025-01-09", false),
            (NewYork, "2026-07-03", false),
            (NewYork, "2026-10-12", true),
            (NewYork, "2026-11-11", true),
            (NewYork, "2026-04-03", false),
            (NewYork, "2026-04-06", true),
            (NewYork, "2027-06-18", false),
            (NewYork, "2027-07-05", false),
            (NewYork, "2027-12-24", false),
            (NewYork, "2027-12-31", true),
            (NewYork, "2028-01-03", true),
            (London, "2020-05-04", true),
            (London, "2020-05-08", false),
            (London, "2022-05-30", true),
            (London, "2022-09-19", false),
            (London, "2026-12-28", false),
            (London, "2027-12-27", false),
            (London, "2027-12-28", false),
            (London, "2028-01-03", false),
            (Xetra, "2021-05-24", false),
            (Xetra, "2022-06-06", true),
            (Xetra, "2022-10-03", true),
            (Xetra, "2026-12-24", false),
            (Target, "2026-12-24", true),
            (Target, "2026-12-31", true),
            (Target, "2026-04-03", false),
            (Target, "2026-04-06", false),
            (Target, "2026-05-01", false),
            (Target, "2026-05-25", true),
            (Target, "2026-12-28", true),
            (CryptoUtc, "2026-12-25", true),
            (Fx, "2026-12-25", true),
            (Fx, "2026-11-21", false),
        ] {
            assert_eq!(venue.is_trading_day(day(date)), is_open, "{venue:?} {date}");
        }
        assert_eq!(hours(NewYork, "2026-07-02"), "2026-07-02T13:30:00Z 2026-07-02T20:00:00Z", "a full day");
        assert_eq!(hours(NewYork, "2028-07-03"), "2028-07-03T13:30:00Z 2028-07-03T17:00:00Z");
        assert_eq!(hours(London, "2028-12-22"), "2028-12-22T08:00:00Z 2028-12-22T12:30:00Z");
    }

    #[test]
    fn a_day_is_over_once_its_close_is_published() {
        use Venue::*;
        let lag = SignedDuration::from_mins(20);
        for (venue, now, last) in [
            (NewYork, "2026-11-20T21:19:59Z", "2026-11-19"),
            (NewYork, "2026-11-20T21:20:00Z", "2026-11-20"),
            (NewYork, "2026-11-23T15:00:00Z", "2026-11-20"),
            // Thanksgiving, and the half day after it.
            (NewYork, "2026-11-27T18:00:00Z", "2026-11-25"),
            (NewYork, "2026-11-27T18:20:00Z", "2026-11-27"),
            // Already the next day in London and UTC, not yet in New York.
            (NewYork, "2026-11-21T02:00:00Z", "2026-11-20"),
            (London, "2026-12-29T09:00:00Z", "2026-12-24"),
            (Target, "2026-04-07T14:19:00Z", "2026-04-02"),
            (Target, "2026-04-07T14:20:00Z", "2026-04-07"),
            (CryptoUtc, "2026-11-22T00:19:00Z", "2026-11-20"),
            (CryptoUtc, "2026-11-22T00:20:00Z", "2026-11-21"),
            (Fx, "2026-11-20T22:20:00Z", "2026-11-20"),
            (Fx, "2026-11-22T23:00:00Z", "2026-11-20"),
        ] {
            assert_eq!(venue.last_over(at(now), lag), day(last), "{venue:?} {now}");
        }
        assert!(NewYork.is_over(date(2026, 11, 21), at("2026-11-20T12:00:00Z"), lag), "a Saturday has nothing to come");
        assert_eq!(NewYork.previous_trading_day(date(2026, 11, 27)), date(2026, 11, 25));
        assert_eq!(Xetra.previous_trading_day(date(2027, 1, 1)), date(2026, 12, 30));
        assert_eq!(CryptoUtc.previous_trading_day(date(2027, 1, 1)), date(2026, 12, 31));
    }

    #[test]
    fn an_instant_has_the_date_of_its_venue() {
        use Venue::*;
        for (venue, instant, date) in [
            (NewYork, "2026-11-21T02:00:00Z", "2026-11-20"),
            (Xetra, "2026-11-20T23:30:00Z", "2026-11-21"),
            (London, "2026-07-01T23:30:00Z", "2026-07-02"),
            (CryptoUtc, "2026-07-01T23:30:00Z", "2026-07-01"),
            (Fx, "2026-11-20T21:59:59Z", "2026-11-20"),
            (Fx, "2026-11-22T22:00:00Z", "2026-11-23"),
        ] {
            assert_eq!(venue.trading_date(at(instant)), day(date), "{venue:?} {instant}");
        }
    }

    #[test]
    fn segments_keep_the_days_of_their_exchange() {
        for (mic, venue) in [
            ("XNGS", Some(Venue::NewYork)),
            ("ARCX", Some(Venue::NewYork)),
            ("AIMX", Some(Venue::London)),
            ("XETA", Some(Venue::Xetra)),
            ("XTSX", Some(Venue::Toronto)),
            ("XPAR", None),
            ("xnas", None),
        ] {
            assert_eq!(Venue::of_mic(mic), venue, "{mic}");
        }
    }

    #[test]
    fn the_ends_of_time_are_days_too() {
        for venue in Venue::ALL {
            for date in [Date::MIN, Date::MAX] {
                venue.session(date);
                venue.previous_trading_day(date);
            }
            for now in [Timestamp::MIN, Timestamp::MAX] {
                venue.last_over(now, SignedDuration::ZERO);
            }
        }
    }
}
