//! Sums are exact; products and quotients go through 256 bits and round once, half to even, at 18 decimals.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

use super::{Decimal, ONE};

impl Decimal {
    /// The exact sum; `None` past 38 digits.
    pub fn checked_add(self, other: Decimal) -> Option<Decimal> {
        self.0.checked_add(other.0).and_then(Decimal::from_units)
    }

    /// The exact difference; `None` past 38 digits.
    pub fn checked_sub(self, other: Decimal) -> Option<Decimal> {
        self.0.checked_sub(other.0).and_then(Decimal::from_units)
    }

    /// The product rounded half to even at 18 decimals; `None` where it does not fit.
    pub fn checked_mul(self, other: Decimal) -> Option<Decimal> {
        self.product(other).map(|(product, _)| product)
    }

    /// The product where 18 decimals hold all of it; `None` where it would be rounded or does not fit.
    pub fn exact_mul(self, other: Decimal) -> Option<Decimal> {
        self.product(other).and_then(|(product, is_exact)| is_exact.then_some(product))
    }

    /// The quotient rounded half to even at 18 decimals; `None` for a zero divisor or where it does not fit.
    pub fn checked_div(self, other: Decimal) -> Option<Decimal> {
        let dividend = wide_mul(self.0.unsigned_abs(), ONE as u128);
        let (units, _) = wide_div(dividend, other.0.unsigned_abs())?;
        signed(units, self.is_negative() != other.is_negative())
    }

    /// The number times 10^`power`, exact; `None` where a digit would fall off either end.
    pub fn shift10(self, power: i8) -> Option<Decimal> {
        if self == Decimal::ZERO {
            return Some(self);
        }
        let factor = 10i128.checked_pow(u32::from(power.unsigned_abs()))?;
        if power >= 0 {
            self.0.checked_mul(factor).and_then(Decimal::from_units)
        } else {
            (self.0 % factor == 0).then(|| Decimal(self.0 / factor))
        }
    }

    /// Rounded half to even to `decimals` places, at most 18.
    pub fn round(self, decimals: u8) -> Decimal {
        let step = 10i128.pow(u32::from(Self::SCALE - decimals.min(Self::SCALE)));
        let (quotient, rest) = (self.0.div_euclid(step), self.0.rem_euclid(step));
        let up = rest * 2 > step || (rest * 2 == step && quotient % 2 != 0);
        Decimal((quotient + i128::from(up)) * step)
    }

    /// The rounded product, and whether it is exact.
    fn product(self, other: Decimal) -> Option<(Decimal, bool)> {
        let product = wide_mul(self.0.unsigned_abs(), other.0.unsigned_abs());
        let (units, is_exact) = wide_div(product, ONE as u128)?;
        Some((signed(units, self.is_negative() != other.is_negative())?, is_exact))
    }
}

/// The 256-bit product of two numbers, as (high, low).
fn wide_mul(a: u128, b: u128) -> (u128, u128) {
    const HALF: u128 = (1 << 64) - 1;
    let (a1, a0, b1, b0) = (a >> 64, a & HALF, b >> 64, b & HALF);
    let low = a0 * b0;
    let middle = a1 * b0 + (low >> 64);
    let cross = a0 * b1 + (middle & HALF);
    (a1 * b1 + (middle >> 64) + (cross >> 64), (cross << 64) | (low & HALF))
}

/// (high, low) / divisor rounded half to even, and whether nothing was left over; `None` for a zero divisor or a
/// quotient past 128 bits.
fn wide_div((high, low): (u128, u128), divisor: u128) -> Option<(u128, bool)> {
    if high >= divisor {
        return None;
    }
    let (mut rest, mut quotient) = (high, 0u128);
    for bit in (0..128).rev() {
        // `rest` stays below `divisor` < 2^127, so the shift cannot lose a bit.
        rest = (rest << 1) | ((low >> bit) & 1);
        quotient <<= 1;
        if rest >= divisor {
            rest -= divisor;
            quotient |= 1;
        }
    }
    let up = rest > divisor - rest || (rest == divisor - rest && quotient & 1 == 1);
    Some((quotient.checked_add(u128::from(up))?, rest == 0))
}

fn signed(units: u128, negative: bool) -> Option<Decimal> {
    let units = i128::try_from(units).ok()?;
    Decimal::from_units(if negative { -units } else { units })
}

impl Add for Decimal {
    type Output = Decimal;

    fn add(self, other: Decimal) -> Decimal {
        self.checked_add(other).expect("a sum of decimals fits 38 digits")
    }
}

impl Sub for Decimal {
    type Output = Decimal;

    fn sub(self, other: Decimal) -> Decimal {
        self.checked_sub(other).expect("a difference of decimals fits 38 digits")
    }
}

impl AddAssign for Decimal {
    fn add_assign(&mut self, other: Decimal) {
        *self = *self + other;
    }
}

impl Neg for Decimal {
    type Output = Decimal;

    fn neg(self) -> Decimal {
        Decimal(-self.0)
    }
}

impl Sum for Decimal {
    fn sum<I: Iterator<Item = Decimal>>(numbers: I) -> Decimal {
        numbers.fold(Decimal::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::super::MAX;
    use super::*;
    use proptest::prelude::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn products_and_quotients_round_half_to_even() {
        for (a, b, product) in [
            ("1.5", "-2", Some("-3")),
            ("0.000000000000000001", "0.5", Some("0")),
            ("0.000000000000000003", "0.5", Some("0.000000000000000002")),
            ("-0.000000000000000003", "0.5", Some("-0.000000000000000002")),
            ("99999999999999999999", "10", None),
            ("99999999999999999999.999999999999999999", "1", Some("99999999999999999999.999999999999999999")),
        ] {
            assert_eq!(d(a).checked_mul(d(b)), product.map(d), "{a} * {b}");
        }
        for (a, b, quotient) in [
            ("1", "3", Some("0.333333333333333333")),
            ("2", "-3", Some("-0.666666666666666667")),
            ("0.87058", "1.1684", Some("0.745104416295789113")),
            ("-1", "0", None),
            ("0", "0", None),
            ("99999999999999999999", "0.1", None),
        ] {
            assert_eq!(d(a).checked_div(d(b)), quotient.map(d), "{a} / {b}");
        }
        for (number, decimals, rounded) in [("2.5", 0, "2"), ("-3.5", 0, "-4"), ("-1.005", 2, "-1"), ("7", 40, "7")] {
            assert_eq!(d(number).round(decimals), d(rounded), "{number} to {decimals}");
        }
    }

    #[test]
    fn exact_forms_refuse_what_they_would_change() {
        let largest = "99999999999999999999.999999999999999999";
        assert_eq!(d(largest).checked_add(d("0.000000000000000001")), None);
        assert_eq!(d(&format!("-{largest}")).checked_sub(d("0.000000000000000001")), None);
        assert_eq!(d("0.000000001").exact_mul(d("0.000000001")), Some(d("0.000000000000000001")));
        assert_eq!(d("0.000000001").exact_mul(d("0.0000000001")), None);
        assert_eq!(d("1e10").exact_mul(d("1e10")), None, "too large");
        for (number, power, shifted) in [
            ("7234.5", -2, Some("72.345")),
            ("-72.345", 2, Some("-7234.5")),
            ("0.000000000000000001", -1, None),
            ("1e19", 1, None),
            ("1", -18, Some("0.000000000000000001")),
            ("1", -39, None),
            ("1", 39, None),
            ("0", -128, Some("0")),
            ("0", 127, Some("0")),
        ] {
            assert_eq!(d(number).shift10(power), shifted.map(d), "{number} by 10^{power}");
        }
    }

    /// Decimal digits, lowest first, without zeros at the high end: another way to compute, slow and plain.
    fn digits(number: u128) -> Vec<u8> {
        number.to_string().bytes().rev().map(|digit| digit - b'0').collect()
    }

    fn trimmed(mut digits: Vec<u8>) -> Vec<u8> {
        while digits.last() == Some(&0) {
            digits.pop();
        }
        digits
    }

    fn times(a: &[u8], b: &[u8]) -> Vec<u8> {
        let mut sums = vec![0u32; a.len() + b.len() + 1];
        for (i, x) in a.iter().enumerate() {
            for (j, y) in b.iter().enumerate() {
                sums[i + j] += u32::from(x * y);
            }
        }
        let mut carry = 0;
        let carried = sums.iter().map(|sum| {
            let all = sum + carry;
            carry = all / 10;
            (all % 10) as u8
        });
        trimmed(carried.collect())
    }

    fn less(a: &[u8], b: &[u8]) -> Vec<u8> {
        let mut borrow = 0;
        let digits = a.iter().enumerate().map(|(i, digit)| {
            let rest = 10 + *digit as i8 - b.get(i).map_or(0, |digit| *digit as i8) - borrow;
            borrow = i8::from(rest < 10);
            (rest % 10) as u8
        });
        trimmed(digits.collect())
    }

    fn compare(a: &[u8], b: &[u8]) -> Ordering {
        a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev()))
    }

    /// Whether `units` is `exact` / `divisor` rounded half to even: half a divisor away at most, and even at the half.
    fn is_nearest(units: u128, exact: &[u8], divisor: &[u8]) -> bool {
        let taken = times(&digits(units), divisor);
        let error = match compare(&taken, exact) {
            Ordering::Less => less(exact, &taken),
            _ => less(&taken, exact),
        };
        match compare(&times(&error, &[2]), divisor) {
            Ordering::Less => true,
            Ordering::Equal => units.is_multiple_of(2),
            Ordering::Greater => false,
        }
    }

    /// Units of every size, many of them short: uniform ones would nearly all be 38 digits long and overflow.
    fn any_units() -> impl Strategy<Value = i128> {
        (-MAX..=MAX, 0u32..38).prop_map(|(units, cut)| units / 10i128.pow(cut))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn products_are_the_nearest(a in any_units(), b in any_units()) {
            let exact = times(&trimmed(digits(a.unsigned_abs())), &trimmed(digits(b.unsigned_abs())));
            let one = digits(ONE as u128);
            let left_over = exact.iter().take(18).any(|digit| *digit != 0);
            match Decimal(a).checked_mul(Decimal(b)) {
                Some(product) => {
                    prop_assert!(is_nearest(product.0.unsigned_abs(), &exact, &one));
                    prop_assert!(product.0 == 0 || product.is_negative() == ((a < 0) != (b < 0)));
                    prop_assert_eq!(Decimal(a).exact_mul(Decimal(b)), (!left_over).then_some(product));
                }
                None => prop_assert!(exact.len() >= 38 + 18, "{} digits fit", exact.len()),
            }
        }

        #[test]
        fn quotients_are_the_nearest(a in any_units(), b in any_units()) {
            let exact = times(&trimmed(digits(a.unsigned_abs())), &digits(ONE as u128));
            let divisor = trimmed(digits(b.unsigned_abs()));
            match Decimal(a).checked_div(Decimal(b)) {
                Some(quotient) => {
                    prop_assert!(is_nearest(quotient.0.unsigned_abs(), &exact, &divisor));
                    prop_assert!(quotient.0 == 0 || quotient.is_negative() == ((a < 0) != (b < 0)));
                }
                None => {
                    let too_large = times(&digits(MAX as u128), &divisor);
                    prop_assert!(b == 0 || compare(&exact, &too_large) == Ordering::Greater);
                }
            }
        }

        #[test]
        fn sums_shifts_and_signs_undo_themselves(a in any_units(), b in any_units(), power in -40i8..40) {
            let (a, b) = (Decimal(a), Decimal(b));
            match a.checked_add(b) {
                Some(sum) => prop_assert_eq!((sum.checked_sub(b), b + a), (Some(a), sum)),
                None => prop_assert!(a.is_negative() == b.is_negative() && a.abs().0 > MAX - b.abs().0),
            }
            prop_assert_eq!(a.checked_sub(b), a.checked_add(-b));
            prop_assert_eq!(-(-a), a);
            if let Some(shifted) = a.shift10(power) {
                prop_assert_eq!(shifted.shift10(-power), Some(a));
            }
        }
    }
}
