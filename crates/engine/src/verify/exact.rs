//! Arithmetic that gives `None` instead of a number that does not fit, and the tolerances of the checks.

use std::fmt;

use crate::model::Decimal;

/// Money in the files is written to the cent, so each number may be off by half a cent.
pub(super) const HALF_CENT: Decimal = units(5_000_000_000_000_000);
/// P/L and two fees of a trade are each written to the cent; real exports agree to the last digit.
pub(super) const CENT: Decimal = units(10_000_000_000_000_000);
/// A dollar a contract: premium and closing cost are averages written to the cent per share, so each may be off by half
/// a cent, times 100 shares.
pub(super) const PER_SHARE_ROUNDING: Decimal = Decimal::ONE;
/// Fees that are believed where the file has none: dollars for each option contract, opened and closed. Measured: 1.5
/// to 3.56; brokers charge up to about 4.
const FEE_PER_LEG_MAX: i64 = 5;
/// Legs of a trade whose legs are not known: an iron condor has four.
const LEGS_UNKNOWN: i64 = 4;
/// Shares of an option contract.
pub(super) const SHARES: i64 = 100;

const fn units(units: i128) -> Decimal {
    Decimal::from_units(units).expect("a small number fits")
}

pub(super) fn plus(a: Decimal, b: Decimal) -> Option<Decimal> {
    Decimal::from_units(a.units().checked_add(b.units())?)
}

pub(super) fn minus(a: Decimal, b: Decimal) -> Option<Decimal> {
    plus(a, -b)
}

pub(super) fn near(a: Decimal, b: Decimal, tolerance: Decimal) -> bool {
    minus(a, b).is_some_and(|difference| difference.abs() <= tolerance)
}

/// Half a cent for each number that went into a sum.
pub(super) fn half_cents(numbers: usize) -> Decimal {
    let numbers = Decimal::from(i64::try_from(numbers).unwrap_or(i64::MAX));
    HALF_CENT.checked_mul(numbers).unwrap_or(HALF_CENT)
}

/// A sum that is `None` once it no longer fits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Total {
    pub sum: Option<Decimal>,
    pub numbers: usize,
}

impl Total {
    pub const EMPTY: Total = Total { sum: Some(Decimal::ZERO), numbers: 0 };

    pub fn add(&mut self, number: Decimal) {
        self.sum = self.sum.and_then(|sum| plus(sum, number));
        self.numbers = self.numbers.saturating_add(1);
    }
}

/// The most that fees may come to where the file does not say: `FEE_PER_LEG_MAX` for each contract of each leg.
pub(super) fn fee_room(legs: Option<&str>, contracts: i64) -> Option<Decimal> {
    let contracts = contracts.saturating_abs();
    let legs = legs.filter(|legs| !legs.trim().is_empty());
    let options = legs.map_or(contracts.saturating_mul(LEGS_UNKNOWN), |legs| {
        // Legs are `3 Oct 8 6725 P STO 4.45 | …`. The leading quantity is the trade's in some exports and one
        // contract's in others; the larger reading is believed.
        let written =
            legs.split('|').map(|leg| leg.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0));
        let written = written.fold(0i64, |sum, quantity: i64| sum.saturating_add(quantity.saturating_abs()));
        let count = i64::try_from(legs.split('|').count()).unwrap_or(i64::MAX);
        written.max(contracts.saturating_mul(count))
    });
    Decimal::from(FEE_PER_LEG_MAX).checked_mul(Decimal::from(options))
}

/// What a number may be: one value, or everything between two where something is not known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Band {
    pub least: Decimal,
    pub most: Decimal,
}

impl Band {
    /// From `most` down by what fees may take.
    pub fn below(most: Decimal, room: Decimal) -> Option<Band> {
        Some(Band { least: minus(most, room)?, most })
    }

    pub fn admits(&self, value: Decimal, tolerance: Decimal) -> bool {
        let at_most = |a: Decimal, b: Decimal| minus(a, b).is_some_and(|over| over <= tolerance);
        at_most(self.least, value) && at_most(value, self.most)
    }
}

impl fmt::Display for Band {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.least == self.most {
            return self.most.fmt(f);
        }
        write!(f, "{} to {}", self.least, self.most)
    }
}

/// A number for an example; `None` is one that does not fit.
pub(super) fn shown(number: Option<impl fmt::Display>) -> String {
    number.map_or_else(|| "a number with more than 20 digits".into(), |number| number.to_string())
}
