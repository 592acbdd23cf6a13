//! Dates and times of day as exports write them. Nothing is shifted between zones here.

use std::borrow::Cow;

use jiff::civil::Date;

const NOT_A_DATE: &str = "is not a date (YYYY-MM-DD or M/D/YYYY)";
const NO_SUCH_DATE: &str = "is a date that does not exist";
const NOT_A_TIME: &str = "is not a time (HH:MM or HH:MM:SS)";

/// A date, and the time of day written behind it, if any.
pub type Dated<'a> = (Date, Option<Cow<'a, str>>);

/// A date, and the time of day behind it where there is one: `2025-05-30`, `5/30/2025`, `5/30/25` (until 69 in the
/// 2000s), `2025-05-30T10:15:40.546199`. `None` for an empty value.
pub fn date_time(text: &str) -> Result<Option<Dated<'_>>, &'static str> {
    if let Some(date) = iso_date(text.as_bytes()) {
        return date.map(|date| Some((date, None))).ok_or(NO_SUCH_DATE);
    }
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let (date, time) = match text.split_once(['T', ' ']) {
        Some((date, time)) => (date, Some(time.trim())),
        None => (text, None),
    };
    let date = match iso_date(date.as_bytes()) {
        Some(date) => date.ok_or(NO_SUCH_DATE)?,
        None => american_date(date)?,
    };
    match time.map(time_of_day).transpose() {
        Ok(time) => Ok(Some((date, time.flatten()))),
        Err(_) if time.is_some_and(has_zone) => Err("has a time zone, where the time of the exchange is expected"),
        Err(reason) => Err(reason),
    }
}

/// `Some(None)` for what has the form of an ISO date but is none of the calendar.
fn iso_date(text: &[u8]) -> Option<Option<Date>> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else { return None };
    if ![y1, y2, y3, y4, m1, m2, d1, d2].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let two = |a: u8, b: u8| ((a - b'0') * 10 + (b - b'0')) as i8;
    let year = i16::from(two(y1, y2)) * 100 + i16::from(two(y3, y4));
    Some(Date::new(year, two(m1, m2), two(d1, d2)).ok())
}

fn american_date(text: &str) -> Result<Date, &'static str> {
    let mut parts = text.split('/');
    let (Some(month), Some(day), Some(year), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(NOT_A_DATE);
    };
    let is_number =
        |part: &str, lengths: &[usize]| lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(month, &[1, 2]) || !is_number(day, &[1, 2]) || !is_number(year, &[2, 4]) {
        return Err(NOT_A_DATE);
    }
    let century = match year {
        _ if year.len() == 4 => 0,
        _ if year < "70" => 2000,
        _ => 1900,
    };
    let (month, day, year) = (month.parse(), day.parse(), year.parse::<i16>());
    let (Ok(month), Ok(day), Ok(year)) = (month, day, year) else { return Err(NOT_A_DATE) };
    Date::new(century + year, month, day).map_err(|_| NO_SUCH_DATE)
}

fn has_zone(time: &str) -> bool {
    time.ends_with(['Z', 'z']) || time.find(['+', '-']).is_some_and(|at| at >= 5)
}

/// A time of day as HH:MM:SS with the fraction that is written; `None` for an empty value. Takes `9:35`, `09:35:00`,
/// `09:35:00.1234567`, each with or without AM or PM.
pub fn time_of_day(text: &str) -> Result<Option<Cow<'_, str>>, &'static str> {
    if let &[h1, h2, b':', m1, m2, b':', s1, s2] = text.as_bytes()
        && [h1, h2, m1, m2, s1, s2].iter().all(u8::is_ascii_digit)
    {
        let exists = (h1, h2) < (b'2', b'4') && m1 < b'6' && s1 < b'6';
        return if exists { Ok(Some(Cow::Borrowed(text))) } else { Err(NOT_A_TIME) };
    }
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let (clock, half) = split_half(text);
    let (clock, fraction) = match clock.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (clock, None),
    };
    let mut parts = clock.split(':');
    let (Some(hour), Some(minute), second, None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(NOT_A_TIME);
    };
    let hour = digits(hour, 1).ok_or(NOT_A_TIME)?;
    let minute = digits(minute, 2).ok_or(NOT_A_TIME)?;
    let second_value = second.map_or(Some(0), |second| digits(second, 2)).ok_or(NOT_A_TIME)?;
    let fraction_is_good = fraction.is_none_or(|fraction| {
        second.is_some() && !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit())
    });
    let hour = match half {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return Err(NOT_A_TIME),
        Some(Half::Am) => hour % 12,
        Some(Half::Pm) => hour % 12 + 12,
    };
    if hour > 23 || minute > 59 || second_value > 59 || !fraction_is_good {
        return Err(NOT_A_TIME);
    }
    let mut time = format!("{hour:02}:{minute:02}:{second_value:02}");
    if let Some(fraction) = fraction {
        time.push('.');
        time.push_str(fraction);
    }
    Ok(Some(if time == text { Cow::Borrowed(text) } else { Cow::Owned(time) }))
}

enum Half {
    Am,
    Pm,
}

fn split_half(text: &str) -> (&str, Option<Half>) {
    let Some(at) = text.len().checked_sub(2).filter(|at| text.is_char_boundary(*at)) else { return (text, None) };
    let (clock, word) = text.split_at(at);
    if word.eq_ignore_ascii_case("am") {
        (clock.trim_end(), Some(Half::Am))
    } else if word.eq_ignore_ascii_case("pm") {
        (clock.trim_end(), Some(Half::Pm))
    } else {
        (text, None)
    }
}

/// A number of at most two digits.
fn digits(text: &str, at_least: usize) -> Option<u8> {
    let good = (at_least..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if good { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<String, &'static str> {
        date_time(text).map(|value| match value {
            None => String::new(),
            Some((date, None)) => date.to_string(),
            Some((date, Some(time))) => format!("{date} {time}"),
        })
    }

    #[test]
    fn dates_keep_the_day_that_is_written() {
        for (text, want) in [
            ("2025-10-08", "2025-10-08"),
            (" 2025-10-08 ", "2025-10-08"),
            ("10/8/2025", "2025-10-08"),
            ("01/02/24", "2024-01-02"),
            ("1/2/69", "2069-01-02"),
            ("1/2/70", "1970-01-02"),
            ("2024-02-29", "2024-02-29"),
            ("2025-05-30T10:15:40.546199", "2025-05-30 10:15:40.546199"),
            ("2025-05-20 15:39", "2025-05-20 15:39:00"),
            ("1/2/2024 12:00:00 AM", "2024-01-02 00:00:00"),
            ("", ""),
        ] {
            assert_eq!(read(text), Ok(want.to_string()), "{text:?}");
        }
        for text in ["2024-02-30", "2023-02-29", "13/1/2024", "2/30/24", "2024-00-10", "2024-13-01"] {
            assert_eq!(read(text), Err(NO_SUCH_DATE), "{text:?}");
        }
        for text in ["yesterday", "2024/01/02", "1/2", "1/2/3/4", "1/2/024", "20240102", "NaN", "é/1/2024", "-/1/2024"]
        {
            assert_eq!(read(text), Err(NOT_A_DATE), "{text:?}");
        }
        for text in ["2024-01-02T10:00:00Z", "2024-01-02T10:00:00-05:00"] {
            assert!(read(text).unwrap_err().contains("time zone"), "{text:?}");
        }
        assert_eq!(read("2024-01-02 noon"), Err(NOT_A_TIME));
    }

    #[test]
    fn times_become_hours_minutes_and_seconds() {
        for (text, want) in [
            ("09:35:00", "09:35:00"),
            ("9:35", "09:35:00"),
            ("9:35:07", "09:35:07"),
            ("9:35 AM", "09:35:00"),
            ("12:05 am", "00:05:00"),
            ("12:05PM", "12:05:00"),
            ("3:59:59 PM", "15:59:59"),
            ("15:26:20.4094922", "15:26:20.4094922"),
            ("9:26:20.40 pm", "21:26:20.40"),
            ("23:59:59", "23:59:59"),
        ] {
            assert_eq!(time_of_day(text), Ok(Some(Cow::Borrowed(want))), "{text:?}");
        }
        assert_eq!(time_of_day(" "), Ok(None));
        for text in
            ["24:00:00", "9:60", "9:5", "9", "13:00 PM", "0:10 AM", "9:35:60", "9:35.5", "9:35:00.", "x:10", "é"]
        {
            assert_eq!(time_of_day(text), Err(NOT_A_TIME), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[-0-9/:.TZapm é]{0,24}") {
            let _ = date_time(&text);
            let _ = time_of_day(&text);
        }
    }
}
