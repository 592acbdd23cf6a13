//! Times of exported files: with years of two digits or four, in a zone that only the file's name tells.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// Why a time cannot be read: a matter of its row, or of the whole file.
#[derive(Debug, PartialEq, Eq)]
pub enum BadTime {
    Row,
    Spreadsheet,
}

/// `2026-01-02 18:31:37`, and `26-01-02 18:31:37` for the same.
pub fn at(text: &str, zone: Offset) -> Result<Timestamp, BadTime> {
    let text = text.trim();
    if text.contains('/') {
        return Err(BadTime::Spreadsheet);
    }
    let (date, time) = text.split_once(' ').ok_or(BadTime::Row)?;
    let is_form = |text: &str, form: &str| {
        text.len() == form.len()
            && text.bytes().zip(form.bytes()).all(|(c, f)| if f == b'9' { c.is_ascii_digit() } else { c == f })
    };
    if is_form(time, "99:99") || is_form(time, "9:99") {
        return Err(BadTime::Spreadsheet);
    }
    let date = match date.len() {
        8 if is_form(date, "99-99-99") => format!("20{date}"),
        10 if is_form(date, "9999-99-99") => date.to_string(),
        _ => return Err(BadTime::Row),
    };
    if !is_form(time, "99:99:99") || time.ends_with(":60") {
        return Err(BadTime::Row);
    }
    let local: DateTime = format!("{date}T{time}").parse().map_err(|_| BadTime::Row)?;
    zone.to_timestamp(local).map_err(|_| BadTime::Row)
}

/// The zone in a file's name: `(UTC+9)`, `(UTC-5)`, and `(UTC--6)`, which is six hours behind. UTC where there is none;
/// `None` for one that cannot be read.
pub fn zone(name: &str) -> Option<Offset> {
    let Some((_, rest)) = name.split_once("(UTC") else { return Some(Offset::UTC) };
    let (zone, _) = rest.split_once(')')?;
    let (sign, digits) = match zone.trim_start_matches(['+', '-']) {
        "" => return zone.is_empty().then_some(Offset::UTC),
        digits => (if zone.contains('-') { -1 } else { 1 }, digits),
    };
    let (hours, minutes) = digits.split_once(':').unwrap_or((digits, "0"));
    let number = |text: &str| text.parse::<i32>().ok().filter(|_| text.len() <= 2 && !text.starts_with(['+', '-']));
    let seconds = number(hours).filter(|h| *h <= 14)? * 3_600 + number(minutes).filter(|m| *m < 60)? * 60;
    Offset::from_seconds(sign * seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_zones() {
        for (name, want) in [
            ("trades.csv", Some("+00")),
            ("Binance-Spot-Trade-History-202601(UTC+9).csv", Some("+09")),
            ("Binance-Spot-Trade-History-202604201027(UTC+7)_1.csv", Some("+07")),
            ("Binance-Transaction-History-202603230400(UTC--6)_x.csv", Some("-06")),
            ("x(UTC-5).csv", Some("-05")),
            ("x(UTC+5:30).csv", Some("+05:30")),
            ("x(UTC).csv", Some("+00")),
            ("x(UTC+0).csv", Some("+00")),
            ("x(UTC+25).csv", None),
            ("x(UTC+x).csv", None),
            ("x(UTC-).csv", None),
            ("x(UTC+9.csv", None),
        ] {
            assert_eq!(zone(name).map(|zone| zone.to_string()).as_deref(), want, "{name}");
        }
    }

    #[test]
    fn times_are_read_in_their_zone() {
        let nine = Offset::from_seconds(9 * 3_600).unwrap();
        let told = |text: &str| at(text, nine).map(|at| at.to_string());
        assert_eq!(told("2026-01-02 18:31:37"), Ok("2026-01-02T09:31:37Z".into()));
        assert_eq!(told(" 26-01-03 01:00:00 "), Ok("2026-01-02T16:00:00Z".into()));
        for text in ["01/02/2026 18:31", "2026-01-02 18:31", "2026-01-02 9:31", "2/1/26 18:31:37"] {
            assert_eq!(told(text), Err(BadTime::Spreadsheet), "{text}");
        }
        for text in ["", "2026-01-02", "2026-02-30 10:00:00", "2026-01-02 25:00:00", "2026-01-02T10:00:00Z", "x y"] {
            assert_eq!(told(text), Err(BadTime::Row), "{text}");
        }
    }
}
