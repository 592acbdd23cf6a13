//! Round trips from fills: what closed what, first in, first out, and what it brought.

use std::collections::{BTreeMap, VecDeque};

use crate::fills::order;
use crate::model::Decimal;
use crate::model::accounts::{Fill, RoundTrip, Side};

/// The round trips of one symbol, from all its fills, each once. What is still open is no round trip.
///
/// Within an account there is one position, long or short, unless the fills name sides: then each side is one by itself.
/// What closes more than there is turns the position over; but coins on a spot market cannot be sold short, and neither
/// can what its source says to close: there a fill is missing, and the round trip has no entry and no profit.
pub fn of(fills: &[Fill]) -> Vec<RoundTrip> {
    let mut books: BTreeMap<(&str, Option<&str>), Vec<&Fill>> = BTreeMap::new();
    for fill in fills {
        books.entry((&fill.account, fill.position_side.as_deref())).or_default().push(fill);
    }
    let mut positions: BTreeMap<&str, i64> = BTreeMap::new();
    let mut trips = Vec::new();
    for ((account, _), mut fills) in books {
        fills.sort_by(|a, b| order(a).cmp(&order(b)));
        let mut book = Book { lots: VecDeque::new(), position_no: *positions.get(account).unwrap_or(&0) };
        for fill in fills {
            book.take(fill, &mut trips);
        }
        positions.insert(account, book.position_no);
    }
    trips
}

/// What was opened and is not closed yet, oldest first, all of it on one side.
struct Book<'a> {
    lots: VecDeque<Lot<'a>>,
    position_no: i64,
}

/// What is left of a fill.
#[derive(Clone)]
struct Lot<'a> {
    fill: &'a Fill,
    left: Decimal,
    /// In the currency of the price.
    fee: Decimal,
    /// In another asset.
    other_fee: Option<(&'a str, Decimal)>,
}

impl<'a> Book<'a> {
    fn take(&mut self, fill: &'a Fill, trips: &mut Vec<RoundTrip>) {
        let mut exit = Lot::of(fill);
        while exit.left > Decimal::ZERO
            && let Some(lot) = self.lots.front_mut().filter(|lot| lot.fill.side != fill.side)
        {
            let part = lot.left.min(exit.left);
            trips.push(trip(Some(lot.take(part)), exit.take(part), self.position_no));
            if lot.left == Decimal::ZERO {
                self.lots.pop_front();
            }
        }
        if exit.left == Decimal::ZERO {
            return;
        }
        if self.lots.is_empty() {
            self.position_no += 1;
        }
        if can_open(fill) {
            self.lots.push_back(exit);
        } else {
            trips.push(trip(None, exit, self.position_no));
        }
    }
}

fn can_open(fill: &Fill) -> bool {
    let is_spot = fill.kind.as_deref() == Some("crypto");
    let side_opens = match fill.position_side.as_deref() {
        Some("long") => fill.side == Side::Buy,
        Some("short") => fill.side == Side::Sell,
        _ => true,
    };
    side_opens && !(is_spot && fill.side == Side::Sell) && fill.effect.as_deref() != Some("close")
}

impl<'a> Lot<'a> {
    /// A fee that is taken in the coin itself makes what one gets less, or what one gives more; its worth is that of the
    /// fill's own price.
    fn of(fill: &'a Fill) -> Lot<'a> {
        let plain = Lot { fill, left: fill.quantity, fee: Decimal::ZERO, other_fee: None };
        let Some(fee) = fill.fee.filter(|fee| *fee != Decimal::ZERO) else { return plain };
        let taken_in = fill.fee_asset.as_deref().or(fill.currency.as_deref());
        if taken_in == fill.currency.as_deref() {
            return Lot { fee, ..plain };
        }
        let left = match fill.side {
            Side::Buy => fill.quantity.checked_sub(fee),
            Side::Sell => fill.quantity.checked_add(fee),
        };
        let own = || Some((left.filter(|left| *left > Decimal::ZERO)?, fee.checked_mul(fill.price)?));
        match own().filter(|_| fill.asset.is_some() && taken_in == fill.asset.as_deref()) {
            Some((left, worth)) => Lot { left, fee: worth, ..plain },
            None => Lot { other_fee: Some((taken_in.unwrap_or("?"), fee)), ..plain },
        }
    }

    /// Takes a part off, with its part of the fees. The last part gets what the others left, so that nothing is lost.
    fn take(&mut self, part: Decimal) -> Lot<'a> {
        let all = self.left;
        let share = |fee: Decimal| {
            if part == all {
                return fee;
            }
            fee.checked_mul(part).and_then(|fee| fee.checked_div(all)).unwrap_or(Decimal::ZERO)
        };
        let taken = Lot {
            fill: self.fill,
            left: part,
            fee: share(self.fee),
            other_fee: self.other_fee.map(|(asset, fee)| (asset, share(fee))),
        };
        self.left = all - part;
        self.fee = self.fee - taken.fee;
        if let (Some((_, fee)), Some((_, gone))) = (&mut self.other_fee, taken.other_fee) {
            *fee = *fee - gone;
        }
        taken
    }
}

fn trip(entry: Option<Lot<'_>>, exit: Lot<'_>, position_no: i64) -> RoundTrip {
    let opened = entry.as_ref().map(|lot| lot.fill);
    let closed = exit.fill;
    let is_same = |own: &String| opened.is_none_or(|fill| fill.currency.as_ref() == Some(own));
    let currency = closed.currency.clone().filter(is_same);
    let multiplier = closed.multiplier.filter(|own| opened.is_none_or(|fill| fill.multiplier == Some(*own)));
    let pnl = opened.filter(|_| currency.is_some()).and_then(|opened| {
        let gain = match closed.side {
            Side::Sell => closed.price.checked_sub(opened.price)?,
            Side::Buy => opened.price.checked_sub(closed.price)?,
        };
        gain.checked_mul(exit.left.checked_mul(multiplier?)?)
    });
    let mut fees = Decimal::ZERO;
    let mut other_fees: BTreeMap<String, Decimal> = BTreeMap::new();
    for lot in entry.iter().chain([&exit]) {
        match (&currency, &lot.fill.currency) {
            (None, Some(own)) if lot.fee != Decimal::ZERO => *other_fees.entry(own.clone()).or_default() += lot.fee,
            _ => fees += lot.fee,
        }
        if let Some((asset, fee)) = lot.other_fee {
            *other_fees.entry(asset.into()).or_default() += fee;
        }
    }
    let net_pnl = pnl.filter(|_| other_fees.is_empty()).and_then(|pnl| pnl.checked_sub(fees));
    RoundTrip {
        symbol: closed.symbol.clone(),
        account: closed.account.clone(),
        exit_id: closed.native_id.clone(),
        entry_id: opened.map(|fill| fill.native_id.clone()),
        direction: if closed.side == Side::Sell { "long" } else { "short" }.into(),
        position_no,
        quantity: exit.left,
        multiplier,
        currency,
        entry_at: opened.map(|fill| fill.at),
        entry_price: opened.map(|fill| fill.price),
        exit_at: closed.at,
        exit_price: closed.price,
        pnl,
        fees,
        other_fees: other_fees.into_iter().collect(),
        net_pnl,
    }
}

#[cfg(test)]
mod tests;
