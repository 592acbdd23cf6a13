//! Values as texts: what is written of ours, and what comes back, in a form in which the two can be compared.

use std::collections::BTreeMap;
use std::fmt::Write;

use foliosync_engine::model::{Batch, Decimal, DecimalError, Kind, Table, Value};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

/// How decimals are kept there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decimals {
    Number,
    Text,
}

/// Digits of a number that survive a tool which keeps numbers in 64 bits.
const DIGITS_EXACT: u32 = 15;

/// What is written of a value; an empty text is none.
pub fn written(value: Value<'_>) -> Option<String> {
    match value {
        Value::Null | Value::Text("") => None,
        // Tools keep whole seconds.
        Value::Instant(at) => Some(at.strftime("%Y-%m-%d %H:%M:%S+00:00").to_string()),
        other => Some(other.to_string()),
    }
}

/// What came back, as text.
pub fn told(raw: &RawValue) -> Option<String> {
    match raw.get() {
        "null" => None,
        text if text.starts_with('"') => serde_json::from_str(text).ok(),
        token => Some(token.into()),
    }
}

/// The form in which a text of either side is compared.
pub fn compared(kind: Kind, decimals: Decimals, text: Option<&str>) -> Option<String> {
    let text = text.filter(|text| !text.is_empty())?;
    let number = |digits: Option<u32>| {
        let parsed = read(text)?;
        Some(digits.map_or(parsed, |digits| rounded(parsed, digits)).to_string())
    };
    Some(match kind {
        Kind::Text | Kind::Json => text.into(),
        Kind::Int => number(None).unwrap_or_else(|| text.into()),
        Kind::Decimal => number((decimals == Decimals::Number).then_some(DIGITS_EXACT)).unwrap_or_else(|| text.into()),
        Kind::Date => text.get(..10).unwrap_or(text).into(),
        Kind::Instant => text.parse().ok().and_then(|at: Timestamp| written(at.into())).unwrap_or_else(|| text.into()),
        // A box that nobody ticked is told as one that is off.
        Kind::Bool if ["true", "1"].contains(&text) => "true".into(),
        Kind::Bool => return None,
    })
}

/// A number without the digits that are too small for ours: tools print what their 64 bits come to.
fn read(text: &str) -> Option<Decimal> {
    let (mantissa, exponent) = text.find(['e', 'E']).map_or((text, ""), |at| text.split_at(at));
    let point = mantissa.find('.').unwrap_or(mantissa.len());
    let parse = |end: usize| match Decimal::parse(format!("{}{exponent}", &mantissa[..end]).as_bytes()) {
        Err(DecimalError::TooManyDecimals) => None,
        parsed => Some(parsed.ok()),
    };
    (point..=mantissa.len()).rev().filter(|end| mantissa.is_char_boundary(*end)).find_map(parse).flatten()
}

fn rounded(number: Decimal, digits: u32) -> Decimal {
    let units = number.units();
    let surplus = units.unsigned_abs().checked_ilog10().map_or(0, |last| (last + 1).saturating_sub(digits));
    let step = 10i128.pow(surplus);
    let whole = (units.abs() + step / 2) / step * step * units.signum();
    Decimal::from_units(whole).unwrap_or(number)
}

/// Whether a number has more digits than survive.
pub fn is_imprecise(value: Value<'_>) -> bool {
    matches!(value, Value::Decimal(number) if rounded(number, DIGITS_EXACT) != number)
}

/// Whether a number, as it is written, survives as one.
pub fn survives(text: &str) -> bool {
    Decimal::parse(text.as_bytes()).is_ok_and(|number| !is_imprecise(number.into()))
}

/// Whether theirs may be what became of a number with more digits than survive.
fn is_near(own: Option<&str>, their: Option<&str>) -> bool {
    let (Some(own), Some(their)) = (own.and_then(read), their.and_then(read)) else { return false };
    let step = 10i128
        .pow(own.units().unsigned_abs().checked_ilog10().map_or(0, |last| (last + 1).saturating_sub(DIGITS_EXACT)));
    is_imprecise(own.into()) && own.units().abs_diff(their.units()) <= step.unsigned_abs()
}

/// One text for the parts of a key.
pub fn key(parts: &[Option<String>]) -> Option<String> {
    match parts {
        [one] => one.clone(),
        // A row without its first part is nobody's yet.
        [None, ..] => None,
        several => serde_json::to_string(several).ok(),
    }
}

/// The rows that a table is to have there, by key.
pub struct Wanted<'a> {
    batch: &'a Batch,
    key: Vec<usize>,
    decimals: Decimals,
    rows: BTreeMap<String, Row>,
    /// Rows that have the key of another, as it is written there: of these, the last counts.
    pub alike: usize,
    /// Numbers with more digits than survive.
    pub imprecise: usize,
}

struct Row {
    at: usize,
    hash: String,
}

impl<'a> Wanted<'a> {
    pub fn of(batch: &'a Batch, decimals: Decimals) -> Wanted<'a> {
        let columns = batch.table.columns.len();
        let key: Vec<usize> = batch.table.key.iter().filter_map(|name| batch.table.column(name)).collect();
        let mut wanted = Wanted { batch, key, decimals, rows: BTreeMap::new(), alike: 0, imprecise: 0 };
        for at in 0..batch.len() {
            let values: Vec<_> = (0..columns).map(|column| batch.value(at, column)).collect();
            if decimals == Decimals::Number {
                wanted.imprecise += values.iter().filter(|value| is_imprecise(**value)).count();
            }
            let texts: Vec<_> = values.into_iter().map(written).collect();
            let Some(key) = wanted.key_of(&texts) else { continue };
            let before = wanted.rows.insert(key, Row { at, hash: hash(&texts) });
            wanted.alike += usize::from(before.is_some());
        }
        wanted
    }

    pub fn table(&self) -> &'static Table {
        self.batch.table
    }

    /// The key of a row by the texts of its columns, ours or theirs.
    pub fn key_of(&self, texts: &[Option<String>]) -> Option<String> {
        let part =
            |column: &usize| compared(self.table().columns[*column].kind, self.decimals, texts[*column].as_deref());
        key(&self.key.iter().map(part).collect::<Vec<_>>())
    }

    pub fn keys(&self) -> impl Iterator<Item = &String> {
        self.rows.keys()
    }

    pub fn hash(&self, key: &str) -> Option<&str> {
        self.rows.get(key).map(|row| row.hash.as_str())
    }

    /// The values of a row with their columns' kinds.
    pub fn values(&self, key: &str) -> Vec<(&'static str, Kind, Option<String>)> {
        let Some(row) = self.rows.get(key) else { return Vec::new() };
        let columns = self.table().columns.iter().enumerate();
        columns.map(|(at, column)| (column.name, column.kind, written(self.batch.value(row.at, at)))).collect()
    }

    /// Whether their texts of a row say the same as ours.
    pub fn is_same(&self, key: &str, theirs: &[Option<String>]) -> bool {
        let ours = self.values(key);
        (!ours.is_empty() && ours.len() == theirs.len())
            && ours.iter().zip(theirs).all(|((_, kind, own), their)| {
                let (own, their) = (own.as_deref(), their.as_deref());
                compared(*kind, self.decimals, own) == compared(*kind, self.decimals, their)
                    || (*kind == Kind::Decimal && self.decimals == Decimals::Number && is_near(own, their))
            })
    }
}

/// The first half of SHA-256 over the texts, in hex.
fn hash(texts: &[Option<String>]) -> String {
    let mut digest = Sha256::new();
    for text in texts {
        // Texts of other lengths cannot be mistaken for each other.
        let length = text.as_ref().map_or(-1, |text| text.len() as i64);
        digest.update(length.to_le_bytes());
        digest.update(text.as_deref().unwrap_or_default());
    }
    digest.finalize()[..16].iter().fold(String::with_capacity(32), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_back_is_compared_with_what_was_written() {
        let check = |kind: Kind, ours: &str, raw: &str, want: bool| {
            let theirs = told(&RawValue::from_string(raw.into()).unwrap());
            let same = compared(kind, Decimals::Number, Some(ours).filter(|text| !text.is_empty()))
                == compared(kind, Decimals::Number, theirs.as_deref());
            assert_eq!(same, want, "{ours} and {raw}");
        };
        check(Kind::Decimal, "1.5", "1.5", true);
        check(Kind::Decimal, "1.5", "\"1.500000000000000000\"", true);
        check(Kind::Decimal, "0.000000000000000001", "1e-18", true);
        check(Kind::Decimal, "123456789012345678.123456789012345678", "123456789012345680", true);
        check(Kind::Decimal, "123456789012345", "123456789012346", false);
        check(Kind::Decimal, "0.001234567890123456", "0.0012345678901234561", true);
        check(Kind::Decimal, "0.000000123456789012", "1.23456789012e-7", true);
        check(Kind::Decimal, "0.001234567890123456", "0.0012345678901334561", false);
        check(Kind::Decimal, "-0.1", "0.1", false);
        check(Kind::Decimal, "", "null", true);
        check(Kind::Decimal, "1", "\"abc\"", false);
        check(Kind::Int, "9007199254740993", "9007199254740992", false);
        check(Kind::Int, "12", "12", true);
        check(Kind::Date, "2026-01-31", "\"2026-01-31\"", true);
        check(Kind::Date, "2026-01-31", "\"2026-01-31 00:00:00\"", true);
        check(Kind::Instant, "2026-01-31 10:11:12+00:00", "\"2026-01-31 10:11:12+00:00\"", true);
        check(Kind::Instant, "2026-01-31 10:11:12+00:00", "\"2026-01-31T11:11:12+01:00\"", true);
        check(Kind::Bool, "true", "1", true);
        check(Kind::Bool, "false", "0", true);
        check(Kind::Bool, "", "0", true);
        check(Kind::Bool, "true", "false", false);
        check(Kind::Text, "", "\"\"", true);
        check(Kind::Text, "a \"b\"", "\"a \\\"b\\\"\"", true);
    }

    #[test]
    fn keys_and_hashes_tell_rows_apart() {
        let some = |text: &str| Some(text.to_string());
        assert_eq!(key(&[some("AAPL")]), some("AAPL"));
        assert_eq!(key(&[some("A"), some("2026-01-02")]), some(r#"["A","2026-01-02"]"#));
        assert_eq!(key(&[some("A"), None]), some(r#"["A",null]"#));
        assert_eq!((key(&[None]), key(&[None, some("x")])), (None, None));
        assert_ne!(hash(&[some("ab"), some("c")]), hash(&[some("a"), some("bc")]));
        assert_ne!(hash(&[None]), hash(&[some("")]));
        assert_eq!(hash(&[some("a")]).len(), 32);
    }

    #[test]
    fn digits_that_do_not_survive_are_noticed() {
        for (own, their, want) in [
            ("12.345678901234549", "12.345678901234551", true),
            ("12.345678901234549", "12.345678901234651", false),
            ("123456789012345", "123456789012346", false),
        ] {
            assert_eq!(is_near(Some(own), Some(their)), want, "{own} and {their}");
        }
        for (text, want) in [("123456789.123456", false), ("0.000000000000000001", false), ("1234567890.1234567", true)]
        {
            let number: Decimal = text.parse().unwrap();
            assert_eq!(is_imprecise(number.into()), want, "{text}");
        }
    }
}
