//! Exact amounts as the simulator computes and prints them. No floats: what a client reads must be what was meant.

use std::fmt::Write;

use foliosync_engine::model::Decimal;

/// A number in units of 10^-10.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(i128);

const DECIMALS: u8 = 10;
const ONE: i128 = 10_000_000_000;
/// How many of the engine's units (10^-18) make one of ours.
const DECIMAL_UNITS: i128 = 100_000_000;

impl Amount {
    pub const ZERO: Amount = Amount(0);
    pub const ONE: Amount = Amount(ONE);

    pub const fn from_units(units: i128) -> Amount {
        Amount(units)
    }

    pub const fn units(self) -> i128 {
        self.0
    }

    pub const fn whole(number: i64) -> Amount {
        Amount(number as i128 * ONE)
    }

    /// self × numerator ÷ denominator, cut off; zero for a zero denominator.
    pub fn scaled(self, numerator: i128, denominator: i128) -> Amount {
        if denominator == 0 { Amount::ZERO } else { Amount(self.0 * numerator / denominator) }
    }

    pub fn times(self, other: Amount) -> Amount {
        self.scaled(other.0, ONE)
    }

    pub fn over(self, other: Amount) -> Amount {
        self.scaled(ONE, other.0)
    }

    /// Rounded half up to `decimals`, at most 10.
    pub fn round(self, decimals: u8) -> Amount {
        let step = 10i128.pow(u32::from(DECIMALS - decimals.min(DECIMALS)));
        Amount((self.0 + step / 2).div_euclid(step) * step)
    }

    /// Cut off, towards zero, to `decimals`, at most 10.
    pub fn cut(self, decimals: u8) -> Amount {
        let step = 10i128.pow(u32::from(DECIMALS - decimals.min(DECIMALS)));
        Amount(self.0 / step * step)
    }

    pub const fn abs(self) -> Amount {
        Amount(self.0.abs())
    }

    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    pub fn is_negative(self) -> bool {
        self.0 < 0
    }

    pub fn is_positive(self) -> bool {
        self.0 > 0
    }

    pub fn to_decimal(self) -> Decimal {
        Decimal::from_units(self.0.saturating_mul(DECIMAL_UNITS)).unwrap_or_default()
    }

    /// Digits past the tenth are rounded.
    pub fn of(decimal: Decimal) -> Amount {
        Amount(decimal.round(DECIMALS).units() / DECIMAL_UNITS)
    }

    /// The shortest form, as JavaScript and PHP print numbers: `268.4`, `-1`, `0`.
    pub fn plain(self) -> String {
        let mut text = self.fixed(DECIMALS);
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
        text
    }

    /// As Python prints floats: `268.4`, `-1.0`, `0.0`.
    pub fn float(self) -> String {
        let mut text = self.plain();
        if !text.contains('.') {
            text.push_str(".0");
        }
        text
    }

    /// With exactly so many decimals, at most 10; what is beyond is cut off.
    pub fn fixed(self, decimals: u8) -> String {
        let decimals = decimals.min(DECIMALS);
        let (cut, width) = (u32::from(DECIMALS - decimals), usize::from(decimals));
        let mut text = String::with_capacity(24);
        let units = self.0.unsigned_abs();
        if self.0 < 0 && units >= 10u128.pow(cut) {
            text.push('-');
        }
        // Most amounts fit 64 bits, which divide and print several times faster.
        let (whole, rest) = if let Ok(units) = u64::try_from(units) {
            let (units, step) = (units / 10u64.pow(cut), 10u64.pow(width as u32));
            (u128::from(units / step), units % step)
        } else {
            let (units, step) = (units / 10u128.pow(cut), 10u128.pow(width as u32));
            (units / step, (units % step) as u64)
        };
        match u64::try_from(whole) {
            Ok(whole) => write!(text, "{whole}"),
            Err(_) => write!(text, "{whole}"),
        }
        .expect("writing to a string works");
        if width > 0 {
            write!(text, ".{rest:0width$}").expect("writing to a string works");
        }
        text
    }
}

impl std::ops::Add for Amount {
    type Output = Amount;

    fn add(self, other: Amount) -> Amount {
        Amount(self.0 + other.0)
    }
}

impl std::ops::Sub for Amount {
    type Output = Amount;

    fn sub(self, other: Amount) -> Amount {
        Amount(self.0 - other.0)
    }
}

impl std::ops::Neg for Amount {
    type Output = Amount;

    fn neg(self) -> Amount {
        Amount(-self.0)
    }
}

impl std::iter::Sum for Amount {
    fn sum<I: Iterator<Item = Amount>>(amounts: I) -> Amount {
        amounts.fold(Amount::ZERO, |sum, amount| sum + amount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_print_as_each_provider_prints_them() {
        let amount = |text: &str| Amount::of(text.parse().unwrap());
        for (text, plain, float, fixed) in [
            ("268.40", "268.4", "268.4", "268.40"),
            ("-1.3", "-1.3", "-1.3", "-1.30"),
            ("100", "100", "100.0", "100.00"),
            ("0", "0", "0.0", "0.00"),
            ("-0.001", "-0.001", "-0.001", "0.00"),
            ("0.00001234", "0.00001234", "0.00001234", "0.00"),
            ("3967020108000", "3967020108000", "3967020108000.0", "3967020108000.00"),
        ] {
            let amount = amount(text);
            assert_eq!((amount.plain(), amount.float(), amount.fixed(2)), (plain.into(), float.into(), fixed.into()));
            assert_eq!(Amount::of(amount.to_decimal()), amount);
        }
        assert_eq!(amount("1.005").round(2), amount("1.01"));
        assert_eq!(amount("10").over(amount("4")), amount("2.5"));
    }
}
