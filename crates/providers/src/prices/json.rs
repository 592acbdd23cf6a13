//! JSON rows as sources send them: every field optional, every number exact from its token to the column.

use std::collections::BTreeMap;

use foliosync_engine::model::{Decimal, DecimalError};
use foliosync_engine::provider::ProviderError;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::value::RawValue;

/// One object of an answer.
pub struct Row<'a> {
    fields: BTreeMap<String, &'a RawValue>,
}

/// The objects of an answer that is an array. Entries of another kind name nothing, so they are passed over.
pub fn rows<'a>(body: &'a [u8], what: &'static str) -> Result<Vec<Row<'a>>, ProviderError> {
    let values: Vec<&'a RawValue> = serde_json::from_slice(body).map_err(|error| ProviderError::Malformed {
        what,
        message: format!("its answer is no JSON array (line {}, column {})", error.line(), error.column()),
    })?;
    Ok(values.into_iter().filter_map(Row::of).collect())
}

impl<'a> Row<'a> {
    /// `None` for what is no object.
    pub fn of(value: &'a RawValue) -> Option<Row<'a>> {
        serde_json::from_str(value.get()).ok().map(|fields| Row { fields })
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }

    /// A yes or no; `None` where it is neither.
    pub fn flag(&self, name: &str) -> Option<bool> {
        serde_json::from_str(self.fields.get(name)?.get()).ok()
    }

    /// A whole number, written as a number or as a text; `None` where it is none.
    pub fn whole(&self, name: &str) -> Option<i64> {
        self.fields.get(name)?.get().trim_matches('"').parse().ok()
    }

    /// The text of a field; `None` where it is null, empty, or no text.
    pub fn text(&self, name: &str) -> Option<String> {
        let text: String = serde_json::from_str(self.fields.get(name)?.get()).ok()?;
        Some(text.trim().to_string()).filter(|text| !text.is_empty())
    }

    /// The number of a field, written as a number or as a text; `None` where there is none.
    pub fn decimal(&self, name: &str) -> Result<Option<Decimal>, String> {
        let Some(value) = self.fields.get(name) else { return Ok(None) };
        let told = |error: DecimalError| format!("{name} {error}");
        match value.get() {
            "null" => Ok(None),
            token if token.starts_with('"') => match self.text(name) {
                Some(text) => Decimal::parse(text.as_bytes()).map(Some).map_err(told),
                None => Ok(None),
            },
            token => Decimal::parse(token.as_bytes()).map(Some).map_err(told),
        }
    }

    /// The first of several spellings of a field that the row has.
    pub fn decimal_of(&self, names: &[&str]) -> Result<Option<Decimal>, String> {
        let there = names.iter().find(|name| self.fields.contains_key(**name));
        there.map_or(Ok(None), |name| self.decimal(name))
    }

    /// An instant in seconds since 1970; `None` where it is none.
    pub fn unix_seconds(&self, name: &str) -> Option<Timestamp> {
        let seconds: i64 = serde_json::from_str(self.fields.get(name)?.get()).ok()?;
        Timestamp::from_second(seconds).ok().filter(|_| seconds > 0)
    }

    /// An instant in milliseconds since 1970, written as a number or as a text; `None` where it is none.
    pub fn unix_millis(&self, name: &str) -> Option<Timestamp> {
        let millis = self.whole(name)?;
        Timestamp::from_millisecond(millis).ok().filter(|_| millis > 0)
    }

    /// An instant in ISO 8601 with its offset; `None` where it is none.
    pub fn instant(&self, name: &str) -> Option<Timestamp> {
        self.text(name)?.parse().ok()
    }

    /// The calendar date that a text begins with, in no time zone.
    pub fn date(&self, name: &str) -> Option<Date> {
        self.text(name)?.get(..10)?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_exactly_or_say_why_not() {
        let body = br#"[
            {"a": 268.47, "b": "1e-7", "c": null, "d": " 5 ", "e": "", "f": 1.5E3, "g": -0.48189},
            7,
            {"a": true, "b": "12,5", "c": {}, "d": 0.1234567890123456789, "e": 1e40}
        ]"#;
        let rows = rows(body, "test").unwrap();
        assert_eq!(rows.len(), 2);
        let read = |row: &Row, name: &str| match row.decimal(name) {
            Ok(number) => number.map_or("none".into(), |number| number.to_string()),
            Err(why) => why,
        };
        let all: Vec<_> = ["a", "b", "c", "d", "e", "f", "g", "h"].iter().map(|name| read(&rows[0], name)).collect();
        assert_eq!(all, ["268.47", "0.0000001", "none", "5", "none", "1500", "-0.48189", "none"]);
        let all: Vec<_> = ["a", "b", "c", "d", "e"].iter().map(|name| read(&rows[1], name)).collect();
        let wrong = ["a is not a number", "b is not a number", "c is not a number", "d has more than 18 decimals"];
        assert_eq!(all[..4], wrong);
        assert_eq!(all[4], "e has more than 20 digits before the point");
        assert_eq!(rows[0].decimal_of(&["x", "g", "a"]).unwrap().unwrap().to_string(), "-0.48189");
    }

    #[test]
    fn times_are_read_as_they_are_written() {
        let body =
            br#"[{"s": 1762549202, "ms": 1762549202000, "ms_text": "1762549202000", "zero": 0, "text": "1762549202",
            "ns": "2024-06-24T10:28:57.053159184-04:00", "day": "2015-01-02T00:00:00.000Z", "none": "today"}]"#;
        let rows = rows(body, "test").unwrap();
        let row = &rows[0];
        assert_eq!(row.unix_seconds("s").unwrap().to_string(), "2025-11-07T21:00:02Z");
        let millis = ["ms", "ms_text", "zero", "none"].map(|name| row.unix_millis(name).map(|at| at.to_string()));
        assert_eq!(millis, [Some("2025-11-07T21:00:02Z".into()), Some("2025-11-07T21:00:02Z".into()), None, None]);
        assert_eq!((row.unix_seconds("ms"), row.unix_seconds("zero"), row.unix_seconds("text")), (None, None, None));
        assert_eq!(row.instant("ns").unwrap().to_string(), "2024-06-24T14:28:57.053159184Z");
        assert_eq!(row.date("day").unwrap().to_string(), "2015-01-02");
        assert_eq!((row.date("none"), row.instant("none")), (None, None));
    }

    #[test]
    fn what_is_no_array_is_no_answer() {
        for body in [&b"{}"[..], b"", b"<html>", b"\"text\"", b"[1,", b"null"] {
            let error = rows(body, "FMP").err().unwrap().to_string();
            assert!(error.starts_with("FMP: its answer is no JSON array"), "{error}");
        }
    }
}
