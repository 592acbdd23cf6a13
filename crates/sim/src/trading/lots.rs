//! What a position consists of, first in first out, and what closing it brought.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::book::{Entry, Fill, FlowKind, Name, What};
use super::instrument::Instrument;
use crate::market::Amount;

#[derive(Debug, Clone)]
pub struct Lot {
    /// Negative when sold short.
    pub quantity: Amount,
    /// With fees; negative when sold short.
    pub money: Amount,
    /// Milliseconds since 1970.
    pub opened: i64,
}

#[derive(Debug)]
pub struct Position {
    pub instrument: Arc<Instrument>,
    pub lots: VecDeque<Lot>,
}

impl Position {
    pub fn quantity(&self) -> Amount {
        self.lots.iter().map(|lot| lot.quantity).sum()
    }

    pub fn money(&self) -> Amount {
        self.lots.iter().map(|lot| lot.money).sum()
    }
}

/// Positions by the name of what is held, and of each fill (in their order) what it realised.
#[derive(Default)]
pub struct Lots {
    pub positions: BTreeMap<Name, Position>,
    pub realised: Vec<Amount>,
}

/// `has_fees`: fees in the quote are part of what was paid.
pub fn lots(entries: &[Entry], has_fees: bool) -> Lots {
    let mut all = Lots::default();
    for entry in entries {
        match &entry.what {
            What::Fill(fill) => {
                let realised = all.apply(entry.at, fill, has_fees);
                all.realised.push(realised);
            }
            // Coins taken as a fee leave the oldest lots, and what they cost stays.
            What::Flow(flow) if flow.kind == FlowKind::CoinFee => {
                if let Some(position) = all.positions.get_mut(&flow.asset)
                    && let Some(lot) = position.lots.front_mut()
                {
                    lot.quantity = lot.quantity + flow.amount;
                }
            }
            What::Flow(_) => {}
        }
    }
    all.positions.retain(|_, position| !position.quantity().is_zero());
    all
}

impl Lots {
    fn apply(&mut self, at: i64, fill: &Fill, has_fees: bool) -> Amount {
        let instrument = &fill.instrument;
        if !instrument.is_security() {
            return Amount::ZERO;
        }
        let sign = |amount: Amount| if fill.is_buy { amount } else { -amount };
        let fee = if has_fees && fill.fee_asset == instrument.quote { fill.fee } else { Amount::ZERO };
        // What is left to be matched, and the money that it is about.
        let taken = if fill.fee_asset == instrument.base { fill.fee } else { Amount::ZERO };
        let (mut quantity, mut money) = (sign(fill.quantity) - taken, sign(fill.value) + fee);
        let position = self
            .positions
            .entry(instrument.base.clone())
            .or_insert_with(|| Position { instrument: instrument.clone(), lots: VecDeque::new() });
        let mut realised = Amount::ZERO;
        while !quantity.is_zero() {
            let Some(lot) =
                position.lots.front_mut().filter(|lot| lot.quantity.is_negative() != quantity.is_negative())
            else {
                position.lots.push_back(Lot { quantity, money, opened: at });
                break;
            };
            // Both parts that meet, in money of opposite signs: what remains is the gain.
            let met = if lot.quantity.abs() < quantity.abs() { -lot.quantity } else { quantity };
            let of_fill = if met == quantity { money } else { money.scaled(met.units(), quantity.units()) };
            let of_lot =
                if met == -lot.quantity { lot.money } else { lot.money.scaled(-met.units(), lot.quantity.units()) };
            realised = realised - of_fill - of_lot;
            (quantity, money) = (quantity - met, money - of_fill);
            (lot.quantity, lot.money) = (lot.quantity + met, lot.money - of_lot);
            if lot.quantity.is_zero() {
                position.lots.pop_front();
            }
        }
        realised
    }
}
