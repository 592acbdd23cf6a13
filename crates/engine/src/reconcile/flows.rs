//! What fills and flows add up to, by thing.

use std::collections::{BTreeMap, BTreeSet};

use super::{Books, What};
use crate::model::Decimal;
use crate::model::accounts::{Fill, Side};

/// Kinds of contracts that no money changes hands for when they are opened.
const SETTLED_AS_THEY_GO: [&str; 3] = ["future", "swap", "cfd"];

pub type Key = (What, Option<String>, String);

/// Sums, or the reason why there is none.
#[derive(Default)]
pub struct Implied {
    pub sums: BTreeMap<Key, Result<Decimal, String>>,
}

impl Implied {
    pub fn of(books: &Books, name: impl Fn(&str) -> String) -> Implied {
        let mut implied = Implied::default();
        let balance = |asset: &str| (What::Balance, None, name(asset));
        let traded = books.fills.iter().filter(|fill| fill.asset.is_none()).map(|fill| (&fill.account, &fill.symbol));
        let positions: BTreeSet<(&String, &String)> =
            traded.chain(books.positions.iter().map(|held| (&held.account, &held.symbol))).collect();
        for fill in &books.fills {
            let signed = |amount: Decimal| if fill.side == Side::Buy { amount } else { -amount };
            let moved = match &fill.asset {
                Some(asset) => balance(asset),
                None => (What::Position, Some(fill.account.clone()), fill.symbol.clone()),
            };
            implied.add(moved, Ok(signed(fill.quantity)));
            if let Some(currency) = &fill.currency
                && !fill.kind.as_deref().is_some_and(|kind| SETTLED_AS_THEY_GO.contains(&kind))
            {
                let paid = money(fill).map(|money| -signed(money));
                let unknown = || format!("what a fill of `{}` cost is not known", fill.symbol);
                implied.add(balance(currency), paid.ok_or_else(unknown));
            }
            if let (Some(fee), Some(asset)) = (fill.fee, fill.fee_asset.as_ref().or(fill.currency.as_ref())) {
                implied.add(balance(asset), Ok(-fee));
            }
        }
        for flow in &books.flows {
            let key = if positions.contains(&(&flow.account, &flow.asset)) {
                (What::Position, Some(flow.account.clone()), flow.asset.clone())
            } else {
                balance(&flow.asset)
            };
            implied.add(key, Ok(flow.amount));
        }
        implied
    }

    fn add(&mut self, key: Key, amount: Result<Decimal, String>) {
        let sum = self.sums.entry(key).or_insert(Ok(Decimal::ZERO));
        if let Ok(before) = sum {
            let too_large = || "the sum has more digits than fit".to_string();
            *sum = amount.and_then(|amount| before.checked_add(amount).ok_or_else(too_large));
        }
    }
}

/// What a fill cost, exact or not at all.
fn money(fill: &Fill) -> Option<Decimal> {
    fill.quantity.exact_mul(fill.multiplier?)?.exact_mul(fill.price)
}
