//! A reporting log against itself: P/L against premium and cost, and the units that they are in.

use super::Check;
use super::exact::{Band, PER_SHARE_ROUNDING, SHARES, fee_room, minus, plus, shown};
use super::rows::Reported;
use super::tally::{Tally, example, not_applicable};
use crate::model::Decimal;

const NO_LOG: &str = "The block has no reporting log.";
/// A contract is 100 shares, so a cost in the wrong unit is about 100 times too large. This tells it from a cost that
/// merely has the other sign: real costs per share stay below about 3 premiums, the mixed ones start at 43.
const WRONG_UNIT_RATIO_MIN: i64 = 10;

/// How a row's numbers have to be read so that they give its P/L.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// As its layout says.
    AsStated,
    /// The cost is in dollars per contract; the P/L is right.
    CostPerContract,
    /// The cost is in dollars per contract and the P/L took it for dollars per share.
    CostTakenPerShare,
    /// The cost is positive where this layout writes it negative.
    OtherSign,
    /// No reading gives the P/L.
    Unexplained,
}

struct Judged {
    reading: Reading,
    /// The P/L that the row's numbers give as its layout states them.
    expected: Option<Band>,
}

/// `None` for a row that is open or lacks a number.
fn judge(row: &Reported<'_>) -> Option<Judged> {
    let contracts = row.contracts.filter(|contracts| *contracts != 0)?;
    row.closed?;
    if row.layout == "tat" {
        return judge_tat(row, contracts, row.opening_price?, row.closing_price?);
    }
    let (premium, cost) = (row.premium?, row.closing_cost?);
    let shares = |price: Decimal| price.checked_mul(SHARES.into());
    let gives = |each: Option<Decimal>| fits(row, contracts, each);
    let expected = pl_band(row, contracts, plus(premium, cost).and_then(shares));
    let per_contract = |cost: Decimal| shares(premium).and_then(|premium| plus(premium, cost));
    let ratio_floor = premium.abs().checked_mul(WRONG_UNIT_RATIO_MIN.into());
    let reading = if gives(plus(premium, cost).and_then(shares)) {
        Reading::AsStated
    } else if gives(per_contract(cost)) || gives(per_contract(-cost)) {
        Reading::CostPerContract
    } else if gives(minus(premium, cost).and_then(shares)) {
        if ratio_floor.is_some_and(|floor| cost.abs() >= floor) {
            Reading::CostTakenPerShare
        } else {
            Reading::OtherSign
        }
    } else {
        Reading::Unexplained
    };
    Some(Judged { reading, expected })
}

/// Prices of the spread, per share. A debit is negative, and what closing it brings is positive. No sample says which
/// sign the closing price of a credit has, so either will do.
fn judge_tat(row: &Reported<'_>, contracts: i64, opening: Decimal, closing: Decimal) -> Option<Judged> {
    let each = |closing: Decimal| plus(opening, closing).and_then(|each| each.checked_mul(SHARES.into()));
    let stated = if opening.is_negative() { closing } else { -closing.abs() };
    let other = if opening.is_negative() { stated } else { closing.abs() };
    let holds = fits(row, contracts, each(stated)) || fits(row, contracts, each(other));
    let reading = if holds { Reading::AsStated } else { Reading::Unexplained };
    Some(Judged { reading, expected: pl_band(row, contracts, each(stated)) })
}

/// The P/L of a row whose contracts each made `each` dollars before fees.
fn pl_band(row: &Reported<'_>, contracts: i64, each: Option<Decimal>) -> Option<Band> {
    let before_fees = each?.checked_mul(contracts.into())?;
    match row.commission {
        Some(commission) => Band::below(minus(before_fees, commission)?, Decimal::ZERO),
        None => Band::below(before_fees, fee_room(row.legs, contracts)?),
    }
}

fn fits(row: &Reported<'_>, contracts: i64, each: Option<Decimal>) -> bool {
    let tolerance = PER_SHARE_ROUNDING.checked_mul(Decimal::from(contracts).abs());
    pl_band(row, contracts, each).zip(tolerance).is_some_and(|(band, tolerance)| band.admits(row.pl, tolerance))
}

/// P/L = (premium + closing cost) × contracts × 100 − fees, where a cost is negative.
pub(super) fn profit(rows: &[Reported<'_>]) -> Check {
    const NAME: &str = "reporting_pl";
    if rows.is_empty() {
        return not_applicable(NAME, "trades", NO_LOG);
    }
    let mut tally = Tally::new(NAME, "trades");
    let (mut other_sign, mut wrong_unit, mut without_fees) = (0usize, 0usize, 0usize);
    for row in rows {
        let Some(judged) = judge(row) else {
            tally.left_out += 1;
            continue;
        };
        without_fees += usize::from(row.commission.is_none());
        wrong_unit += usize::from(matches!(judged.reading, Reading::CostPerContract | Reading::CostTakenPerShare));
        other_sign += usize::from(judged.reading == Reading::OtherSign);
        tally.count(judged.reading == Reading::AsStated, || {
            example(row.opened, Some(row.line), shown(judged.expected), row.pl.to_string())
        });
    }
    let mut text = match (tally.checked, tally.failed) {
        (0, _) => "No trade has all of closing date, contracts, and premium and cost (or prices).".into(),
        (_, 0) => "Premium, closing cost and contracts give the P/L of every trade.".into(),
        _ => format!("{}: premium, closing cost and contracts do not give the P/L.", tally.failures()),
    };
    if wrong_unit > 0 {
        text += &format!(" {wrong_unit} of them because the cost is in another unit, see reporting_units.");
    }
    if other_sign > 0 {
        text += &format!(" {other_sign} of them because the cost is positive where this layout writes it negative.");
    }
    if without_fees > 0 {
        text += &format!(
            " {without_fees} without fees in the file: up to $5 for each contract of a leg was allowed, and $1 a \
             contract for rounded prices."
        );
    }
    text += &tally.left_out_because("still open, or without a number that is needed");
    tally.end(text)
}

/// Premium and cost are both dollars per share. Only a row with a cost that is not zero can show its unit.
pub(super) fn units(rows: &[Reported<'_>]) -> Check {
    const NAME: &str = "reporting_units";
    const COUNTED: &str = "trades with a cost";
    if rows.is_empty() {
        return not_applicable(NAME, COUNTED, NO_LOG);
    }
    let mut tally = Tally::new(NAME, COUNTED);
    let mut absurd = 0usize;
    for row in rows.iter().filter(|row| row.layout != "tat") {
        let cost = row.closing_cost.filter(|cost| *cost != Decimal::ZERO);
        let (Some(cost), Some(premium), Some(judged)) = (cost, row.premium, judge(row)) else { continue };
        // A P/L that nothing explains says nothing about units; the check of P/L names it.
        if judged.reading == Reading::Unexplained {
            tally.left_out += 1;
            continue;
        }
        let wrong = matches!(judged.reading, Reading::CostPerContract | Reading::CostTakenPerShare);
        absurd += usize::from(judged.reading == Reading::CostTakenPerShare);
        tally.count(!wrong, || {
            let expected = format!("a cost in dollars per share, as the premium of {premium}");
            example(row.opened, Some(row.line), expected, format!("{cost} looks like dollars per contract"))
        });
    }
    let mut text = match (tally.checked, tally.failed) {
        (0, _) => "No trade has a closing cost whose unit could be told.".into(),
        (_, 0) => "Premium and closing cost are in the same unit, dollars per share.".into(),
        _ => format!(
            "{}: mixed units. The premium is in dollars per share, the closing cost looks like dollars per contract.",
            tally.failures()
        ),
    };
    if absurd > 0 {
        text += &format!(
            " In {absurd} of them the P/L counts that cost 100 times over: do not trust it, export the log again."
        );
    }
    text += &tally.left_out_because("their P/L cannot be explained");
    tally.end(text)
}
