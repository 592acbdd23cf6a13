//! Numbers as people and programs write them: exact, or refused.

use foliosync_engine::model::{Decimal, DecimalError};

/// A decimal; `None` for a value that is missing: empty, `NaN`, `NA` or `N/A`.
///
/// Beyond plain and exponent numbers it takes what spreadsheets add: a dollar sign in front, a percent sign behind,
/// commas in groups of three, parentheses around a negative number. The error ends the sentence "The value …".
pub fn decimal(text: &str) -> Result<Option<Decimal>, &'static str> {
    match Decimal::parse(text.as_bytes()) {
        Ok(number) => Ok(Some(number)),
        Err(DecimalError::Syntax) if is_missing(text.trim()) => Ok(None),
        Err(DecimalError::Syntax) => decorated(text.trim()).map(Some),
        Err(error) => Err(reason(error)),
    }
}

/// A whole number; `2.0` is one, `2.5` is not.
pub fn integer(text: &str) -> Result<Option<i64>, &'static str> {
    let Some(number) = decimal(text)? else { return Ok(None) };
    let one = Decimal::ONE.units();
    if number.units() % one != 0 {
        return Err("is not a whole number");
    }
    i64::try_from(number.units() / one).map(Some).map_err(|_| "is too large")
}

fn is_missing(text: &str) -> bool {
    text.is_empty() || ["nan", "na", "n/a"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

fn reason(error: DecimalError) -> &'static str {
    match error {
        DecimalError::Syntax => "is not a number",
        DecimalError::TooManyDecimals => "has more than 18 decimals",
        DecimalError::TooLarge => "has more than 20 digits before the point",
    }
}

const NOT_A_NUMBER: &str = "is not a number";

fn decorated(text: &str) -> Result<Decimal, &'static str> {
    let (in_parentheses, inner) = match text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) => (true, inner.trim()),
        None => (false, text),
    };
    let (sign, inner) = split_sign(inner);
    let dollar = inner.strip_prefix('$');
    // The sign may stand on either side of the dollar sign, but only once.
    let (late_sign, inner) = split_sign(dollar.unwrap_or(inner).trim_start());
    let percent = inner.strip_suffix('%');
    if (dollar.is_some() && percent.is_some())
        || (sign.is_some() && late_sign.is_some())
        || (in_parentheses && (sign.is_some() || late_sign.is_some()))
    {
        return Err(NOT_A_NUMBER);
    }
    let digits = percent.unwrap_or(inner).trim_end();
    if digits.starts_with(['+', '-']) {
        return Err(NOT_A_NUMBER);
    }
    let number = Decimal::parse(without_commas(digits)?.as_bytes()).map_err(reason)?;
    let negative = in_parentheses || sign.or(late_sign) == Some('-');
    Ok(if negative { -number } else { number })
}

fn split_sign(text: &str) -> (Option<char>, &str) {
    match text.chars().next() {
        Some(sign @ ('+' | '-')) => (Some(sign), &text[1..]),
        _ => (None, text),
    }
}

/// Commas must part the digits before the point into groups of three: `1,23` may well be 1.23.
fn without_commas(digits: &str) -> Result<String, &'static str> {
    let end = digits.find(['.', 'e', 'E']).unwrap_or(digits.len());
    let (whole, rest) = digits.split_at(end);
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let is_grouped = !whole.contains(',') || (1..=3).contains(&first.len());
    if !is_grouped || groups.any(|group| group.len() != 3) || rest.contains(',') {
        return Err("has commas in places that are not thousands");
    }
    Ok(whole.replace(',', "") + rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_read_exactly_or_refused() {
        let check = |text: &str, want: Result<Option<&str>, &str>| {
            assert_eq!(decimal(text).map(|n| n.map(|n| n.to_string())), want.map(|n| n.map(String::from)), "{text:?}");
        };
        for (text, want) in [
            ("420", "420"),
            (" -504.25115999999997 ", "-504.25115999999997"),
            ("1,234.5", "1234.5"),
            ("$1,234", "1234"),
            ("-$1,234.50", "-1234.5"),
            ("$-5", "-5"),
            ("$ 5", "5"),
            ("+3%", "3"),
            ("12.5 %", "12.5"),
            ("(12.50)", "-12.5"),
            ("($1,234.50)", "-1234.5"),
            ("1e-7", "0.0000001"),
            ("1,234,567", "1234567"),
            ("0", "0"),
        ] {
            check(text, Ok(Some(want)));
        }
        for missing in ["", "   ", "NaN", "nan", "NA", "n/a"] {
            check(missing, Ok(None));
        }
        for junk in ["abc", "--5", "-$-5", "(-5)", "($5", "5)", "$5%", "$", "%", "()", "1 234", "∞", "Infinity", "$--5"]
        {
            check(junk, Err("is not a number"));
        }
        for misplaced in ["1,23", "1.234,5", ",123", "1,2345", "1234,567", "1,,234", "$1,23", "12,"] {
            check(misplaced, Err("has commas in places that are not thousands"));
        }
        check("0.0000000000000000001", Err("has more than 18 decimals"));
        check("$0.0000000000000000001", Err("has more than 18 decimals"));
        check("123456789012345678901", Err("has more than 20 digits before the point"));
    }

    #[test]
    fn whole_numbers_may_have_a_point_but_no_fraction() {
        assert_eq!(integer("2"), Ok(Some(2)));
        assert_eq!(integer("2.0"), Ok(Some(2)));
        assert_eq!(integer("1,000"), Ok(Some(1000)));
        assert_eq!(integer("NaN"), Ok(None), "never 1, as an earlier program had it");
        assert_eq!(integer("2.5"), Err("is not a whole number"));
        assert_eq!(integer("99999999999999999999"), Err("is too large"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[-+$%(),.eE0-9 é]{0,30}") {
            let _ = decimal(&text);
        }
    }
}
