//! Exact decimal numbers: 38 digits, 18 of them behind the point, as the columns hold them.

mod arithmetic;

use std::fmt;
use std::str::FromStr;

/// A number with 18 decimals in an `i128`, the value of a `DECIMAL(38,18)` column to the last digit.
///
/// Parsing is exact or an error; nothing is ever rounded in silence. `+` and `-` panic past 38 digits, which 20 integer
/// digits put beyond every sum of money; products, quotients and sums of what a source sent have checked forms, which
/// state their rounding and return `None` instead.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(i128);

/// Why a text is not a [`Decimal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    #[error("is not a number")]
    Syntax,
    #[error("has more than 18 decimals")]
    TooManyDecimals,
    #[error("has more than 20 digits before the point")]
    TooLarge,
}

impl Decimal {
    pub const ZERO: Decimal = Decimal(0);
    pub const ONE: Decimal = Decimal(ONE);
    /// Digits behind the point.
    pub const SCALE: u8 = 18;
    /// Digits in all.
    pub const PRECISION: u8 = 38;

    /// From the number of 10^-18 units, as Arrow's `Decimal128(38, 18)` stores it; `None` past 38 digits.
    pub const fn from_units(units: i128) -> Option<Decimal> {
        if units > MAX || units < -MAX { None } else { Some(Decimal(units)) }
    }

    pub const fn units(self) -> i128 {
        self.0
    }

    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    pub const fn abs(self) -> Decimal {
        Decimal(self.0.abs())
    }

    /// Parses the bytes of a plain or exponent number: `-12.5`, `.5`, `1e-7`. No spaces, separators or signs of currency.
    pub fn parse(text: &[u8]) -> Result<Decimal, DecimalError> {
        let (negative, digits) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let mut mantissa: i128 = 0;
        let mut decimals: i32 = 0;
        let (mut seen_digit, mut seen_point) = (false, false);
        let mut exponent = 0;
        for (i, &byte) in digits.iter().enumerate() {
            match byte {
                b'0'..=b'9' => {
                    seen_digit = true;
                    mantissa = mantissa
                        .checked_mul(10)
                        .and_then(|m| m.checked_add(i128::from(byte - b'0')))
                        .ok_or(DecimalError::TooLarge)?;
                    decimals += i32::from(seen_point);
                }
                b'.' if !seen_point => seen_point = true,
                b'e' | b'E' if seen_digit => {
                    exponent = parse_exponent(&digits[i + 1..])?;
                    break;
                }
                _ => return Err(DecimalError::Syntax),
            }
        }
        if !seen_digit {
            return Err(DecimalError::Syntax);
        }
        if mantissa == 0 {
            return Ok(Decimal::ZERO);
        }
        let shift = i32::from(Self::SCALE) - decimals + exponent;
        let units = if shift >= 0 {
            10i128
                .checked_pow(shift as u32)
                .and_then(|factor| mantissa.checked_mul(factor))
                .filter(|units| *units <= MAX)
                .ok_or(DecimalError::TooLarge)?
        } else {
            let factor = 10i128.checked_pow(shift.unsigned_abs()).ok_or(DecimalError::TooManyDecimals)?;
            if mantissa % factor != 0 {
                return Err(DecimalError::TooManyDecimals);
            }
            mantissa / factor
        };
        Ok(Decimal(if negative { -units } else { units }))
    }
}

const ONE: i128 = 1_000_000_000_000_000_000;
const MAX: i128 = 99_999_999_999_999_999_999_999_999_999_999_999_999;

fn parse_exponent(text: &[u8]) -> Result<i32, DecimalError> {
    std::str::from_utf8(text).ok().and_then(|t| t.parse::<i16>().ok()).map(i32::from).ok_or(DecimalError::Syntax)
}

impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Decimal, DecimalError> {
        Decimal::parse(text.as_bytes())
    }
}

impl From<i64> for Decimal {
    fn from(whole: i64) -> Decimal {
        Decimal(i128::from(whole) * ONE)
    }
}

/// The shortest exact form: `-0.5`, `1251`, `100.25`.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = self.0.unsigned_abs();
        let (whole, fraction) = (units / ONE as u128, units % ONE as u128);
        let fraction = format!("{fraction:018}");
        let fraction = fraction.trim_end_matches('0');
        let text = if fraction.is_empty() { whole.to_string() } else { format!("{whole}.{fraction}") };
        f.pad_integral(self.0 >= 0, "", &text)
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Decimal {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_parse_exactly_or_say_why_not() {
        let check = |text: &str, want: Result<&str, DecimalError>| {
            let got = text.parse::<Decimal>().map(|d| d.to_string());
            assert_eq!(got, want.map(str::to_string), "{text}");
        };
        check("0", Ok("0"));
        check("-0", Ok("0"));
        check("-12.50", Ok("-12.5"));
        check(".5", Ok("0.5"));
        check("5.", Ok("5"));
        check("+7", Ok("7"));
        check("1e3", Ok("1000"));
        check("1.5E-7", Ok("0.00000015"));
        check("-504.25115999999997", Ok("-504.25115999999997"));
        check("99999999999999999999.999999999999999999", Ok("99999999999999999999.999999999999999999"));
        check("100000000000000000000", Err(DecimalError::TooLarge));
        check("1e400", Err(DecimalError::TooLarge));
        check("0e400", Ok("0"));
        check("0.0000000000000000001", Err(DecimalError::TooManyDecimals));
        check("1e-400", Err(DecimalError::TooManyDecimals));
        check("10e-19", Ok("0.000000000000000001"));
        for junk in ["", "-", ".", "1.2.3", "1,234", "$5", "NaN", "inf", "1e", "1e5x", "0x10", " 1", "1 ", "--1"] {
            check(junk, Err(DecimalError::Syntax));
        }
    }

    proptest! {
        #[test]
        fn every_value_survives_its_text(units in -MAX..=MAX) {
            let value = Decimal::from_units(units).unwrap();
            prop_assert_eq!(value.to_string().parse::<Decimal>(), Ok(value));
        }

        #[test]
        fn no_bytes_make_the_parser_panic(text in "[-+0-9.eE, $]{0,60}") {
            let _ = Decimal::parse(text.as_bytes());
        }
    }
}
