//! A daily log against itself.

use super::Check;
use super::exact::{half_cents, minus, near, plus, shown};
use super::rows::Day;
use super::tally::{Tally, example, not_applicable};
use crate::model::Decimal;

const NO_DAYS: &str = "The block has no daily log.";
/// Division keeps 18 decimals; this is far more than it can lose and far less than any file writes.
const DIVISION_ROUNDING: Decimal = Decimal::from_units(1_000).expect("a small number fits");

/// What the account would hold if nothing had been withdrawn.
fn before_withdrawals(day: &Day) -> Option<Decimal> {
    plus(day.net_liquidity, day.withdrawn.unwrap_or_default())
}

/// The change of net liquidity is the P/L of the day. Measured: 191 of 191 days, in two files.
///
/// No sample has withdrawals, so it is not known whether net liquidity counts them: either reading holds.
pub(super) fn net_liquidity(days: &[Day]) -> Check {
    const NAME: &str = "daily_net_liquidity";
    if days.is_empty() {
        return not_applicable(NAME, "days", NO_DAYS);
    }
    let mut tally = Tally::new(NAME, "days");
    for pair in days.windows(2) {
        let [before, day] = pair else { continue };
        let Some(pl) = day.pl else {
            tally.left_out += 1;
            continue;
        };
        let change = minus(day.net_liquidity, before.net_liquidity);
        let kept = before_withdrawals(day).zip(before_withdrawals(before)).and_then(|(day, before)| minus(day, before));
        // Two values of the account and the P/L, each to the cent.
        let holds = [change, kept].into_iter().flatten().any(|change| near(change, pl, half_cents(3)));
        tally.count(holds, || example(day.date, Some(day.line), shown(change), pl.to_string()));
    }
    let text = match (tally.checked, tally.failed) {
        (0, _) => "The daily log has a single day or no P/L.".into(),
        (_, 0) => "Net liquidity changes by the P/L of the day, every day.".into(),
        _ => format!(
            "{}: net liquidity does not change by the P/L of the day. A day may be missing or edited.",
            tally.failures()
        ),
    };
    let text = text + &tally.left_out_because("without P/L");
    tally.end(text)
}

/// Drawdown is the fall from the highest net liquidity so far, rounded as the file rounds. Measured: 192 of 192 days,
/// in two files. Some logs write it without its minus sign, so only its size counts.
pub(super) fn drawdown(days: &[Day]) -> Check {
    const NAME: &str = "daily_drawdown";
    let Some(first) = days.first() else {
        return not_applicable(NAME, "days", NO_DAYS);
    };
    let mut tally = Tally::new(NAME, "days");
    let decimals = days.iter().filter_map(|day| day.drawdown).map(decimals).max().unwrap_or(0);
    let tolerance = plus(half_unit(decimals), DIVISION_ROUNDING).unwrap_or(DIVISION_ROUNDING);
    // A log whose first day is already a fall measures it from what the account held before that day.
    let falls_at_once = first.drawdown.is_some_and(|drawdown| drawdown != Decimal::ZERO);
    let already = first.pl.filter(|_| falls_at_once).unwrap_or_default();
    let mut peaks = [minus(first.net_liquidity, already), before_withdrawals(first).and_then(|v| minus(v, already))];
    for day in days {
        let values = [Some(day.net_liquidity), before_withdrawals(day)];
        let mut falls = [None, None];
        for ((peak, value), fall) in peaks.iter_mut().zip(values).zip(&mut falls) {
            *peak = (*peak).zip(value).map(|(peak, value)| peak.max(value));
            *fall = (*peak).zip(value).and_then(|(peak, value)| percent_below(peak, value));
        }
        let Some(drawdown) = day.drawdown.filter(|_| peaks[0].is_some_and(|peak| peak > Decimal::ZERO)) else {
            tally.left_out += 1;
            continue;
        };
        let holds = falls.into_iter().flatten().any(|fall| near(fall.abs(), drawdown.abs(), tolerance));
        tally.count(holds, || {
            let expected = shown(falls[0].map(|fall| fall.round(decimals)));
            example(day.date, Some(day.line), expected, drawdown.to_string())
        });
    }
    let text = match (tally.checked, tally.failed) {
        (0, _) => "The daily log has no drawdown, or its account never held anything.".into(),
        (_, 0) => "Drawdown is the fall from the highest net liquidity so far, every day.".into(),
        _ => format!(
            "{}: drawdown is not the fall from the highest net liquidity so far. The log may be cut at its \
             start, edited, or measure drawdown in another way.",
            tally.failures()
        ),
    };
    let text = text + &tally.left_out_because("without drawdown or without money in the account");
    tally.end(text)
}

fn percent_below(peak: Decimal, value: Decimal) -> Option<Decimal> {
    minus(value, peak)?.checked_mul(Decimal::from(100))?.checked_div(peak)
}

/// How many decimals a number was written with, but for zeros at its end.
fn decimals(number: Decimal) -> u8 {
    let mut units = number.units();
    let mut decimals = Decimal::SCALE;
    while decimals > 0 && units % 10 == 0 {
        units /= 10;
        decimals -= 1;
    }
    decimals
}

/// Half of the last decimal that is written.
fn half_unit(decimals: u8) -> Decimal {
    let step = 10i128.pow(u32::from(Decimal::SCALE - decimals.min(Decimal::SCALE)));
    Decimal::from_units(step / 2).unwrap_or_default()
}
