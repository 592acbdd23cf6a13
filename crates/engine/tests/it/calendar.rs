//! Every day of eleven years as the exchanges had it or announced it.

use std::path::Path;

use foliosync_engine::calendar::Venue;
use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};
use jiff::tz::TimeZone;
use serde_json::Value;

/// The recorded calendar of an exchange, where it exists.
fn recorded(mic: &str) -> Option<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/calendar");
    let path = folder.join(format!("{mic}_2018-2028.json"));
    if !path.exists() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{} is missing", path.display());
        return None;
    }
    Some(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
}

fn local(zone: &TimeZone, at: jiff::Timestamp) -> String {
    zone.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string()
}

#[test]
fn every_day_of_eleven_years_is_as_recorded() {
    for mic in ["XNYS", "XLON", "XETR", "XTSE"] {
        let Some(recorded) = recorded(mic) else { continue };
        let venue = Venue::of_mic(mic).unwrap();
        let zone = TimeZone::get(recorded["tz"].as_str().unwrap()).unwrap();
        let closed = recorded["weekday_holidays"].as_array().unwrap();
        let early = recorded["early_closes"].as_object().unwrap();
        let (mut closed_seen, mut early_seen) = (0, 0);
        for day in date(2018, 1, 1).series(1.day()).take_while(|day| *day <= date(2028, 12, 31)) {
            let text = day.to_string();
            let is_closed = closed.iter().any(|closed| *closed == text.as_str());
            closed_seen += usize::from(is_closed);
            let is_weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
            assert_eq!(venue.is_trading_day(day), !is_weekend && !is_closed, "{mic} {day}");
            assert_eq!(venue.session(day).is_some(), !is_weekend && !is_closed, "{mic} {day}");
            let Some(session) = venue.session(day) else { continue };
            let close = early.get(&text).unwrap_or(&recorded["close"]).as_str().unwrap();
            early_seen += usize::from(early.contains_key(&text));
            assert_eq!(local(&zone, session.close), format!("{day} {close}"), "{mic} closes");
            assert_eq!(
                local(&zone, session.open),
                format!("{day} {}", recorded["open"].as_str().unwrap()),
                "{mic} opens"
            );
        }
        assert_eq!((closed_seen, early_seen), (closed.len(), early.len()), "{mic}: no record is left out");
    }
}

/// The ECB's closing days need no record: in eleven years they are these and no others.
#[test]
fn reference_rates_rest_on_six_days_of_the_year() {
    let closed = |year: i16| -> Vec<String> {
        let days = date(year, 1, 1).series(1.day()).take_while(move |day: &Date| day.year() == year);
        let weekdays = days.filter(|day| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday));
        weekdays.filter(|day| !Venue::Target.is_trading_day(*day)).map(|day| day.to_string()).collect()
    };
    assert_eq!(closed(2022), ["2022-04-15", "2022-04-18", "2022-12-26"]);
    assert_eq!(closed(2024), ["2024-01-01", "2024-03-29", "2024-04-01", "2024-05-01", "2024-12-25", "2024-12-26"]);
    assert_eq!(closed(2026), ["2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01", "2026-12-25"]);
}
