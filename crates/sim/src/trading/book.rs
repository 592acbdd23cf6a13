//! What happened in one account, in order, and what it holds because of that. Nothing else decides a balance: every
//! holding is the sum of the fills and flows before it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::instrument::Instrument;
use crate::market::Amount;

pub type Name = Arc<str>;

/// Brokers have one. Binance calls the first `spot`, OKX `trading`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wallet {
    #[default]
    #[serde(alias = "spot", alias = "trading")]
    Main,
    Funding,
}

#[derive(Debug, Clone)]
pub struct Entry {
    /// Milliseconds since 1970.
    pub at: i64,
    /// Among the entries of that millisecond.
    pub ordinal: u32,
    pub what: What,
}

#[derive(Debug, Clone)]
pub enum What {
    Fill(Fill),
    Flow(Flow),
}

/// A part of an order that was traded.
#[derive(Debug, Clone)]
pub struct Fill {
    pub order: Order,
    pub instrument: Arc<Instrument>,
    pub is_buy: bool,
    /// Negative in a cancellation, whose other amounts are turned around too.
    pub quantity: Amount,
    pub price: Amount,
    /// Quantity × price × multiplier, in the quote.
    pub value: Amount,
    /// Negative for a rebate.
    pub fee: Amount,
    pub fee_asset: Name,
    pub is_maker: bool,
    /// Of the order, with this fill.
    pub filled: Amount,
    /// What was held before it.
    pub before: Amount,
    pub amends: Option<Amends>,
}

#[derive(Debug, Clone, Copy)]
pub struct Order {
    /// When it was placed, in milliseconds since 1970, and the place among those of that millisecond.
    pub at: i64,
    pub ordinal: u32,
    pub quantity: Amount,
}

/// A broker takes a fill back, or states it anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amends {
    pub is_correction: bool,
    /// `at` and `ordinal` of the fill that was wrong.
    pub of: (i64, u32),
}

/// Money or coins that came or went without a trade.
#[derive(Debug, Clone)]
pub struct Flow {
    pub kind: FlowKind,
    pub wallet: Wallet,
    pub asset: Name,
    /// Negative when it went.
    pub amount: Amount,
    /// What a dividend or a fee is for.
    pub instrument: Option<Arc<Instrument>>,
    /// Shares of a dividend, coins of a fee.
    pub quantity: Amount,
    pub per_share: Amount,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowKind {
    Deposit,
    Withdrawal,
    /// Between wallets of the account, or into what the exchange lends out: one flow on each side.
    Transfer,
    Dividend,
    WithheldTax,
    Interest,
    Fee,
    /// Taken in coins.
    CoinFee,
}

impl Flow {
    pub fn new(kind: FlowKind, wallet: Wallet, asset: Name, amount: Amount) -> Flow {
        let zero = Amount::ZERO;
        Flow { kind, wallet, asset, amount, instrument: None, quantity: zero, per_share: zero }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holdings(BTreeMap<(Wallet, Name), Amount>);

impl Holdings {
    pub fn get(&self, wallet: Wallet, asset: &Name) -> Amount {
        self.0.get(&(wallet, asset.clone())).copied().unwrap_or_default()
    }

    /// By name. Nothing that comes to zero.
    pub fn of(&self, wallet: Wallet) -> impl Iterator<Item = (&Name, Amount)> {
        let own = self.0.iter().filter(move |((of, _), amount)| *of == wallet && !amount.is_zero());
        own.map(|((_, asset), amount)| (asset, *amount))
    }

    fn add(&mut self, wallet: Wallet, asset: &Name, amount: Amount) {
        let held = self.0.entry((wallet, asset.clone())).or_default();
        *held = *held + amount;
    }

    /// `is_undone`: as if it had not happened.
    fn apply(&mut self, what: &What, is_undone: bool) {
        let sign = |amount: Amount| if is_undone { -amount } else { amount };
        match what {
            What::Fill(fill) => {
                let side = |amount: Amount| if fill.is_buy { sign(amount) } else { sign(-amount) };
                self.add(Wallet::Main, &fill.instrument.base, side(fill.quantity));
                self.add(Wallet::Main, &fill.instrument.quote, side(-fill.value));
                self.add(Wallet::Main, &fill.fee_asset, sign(-fill.fee));
            }
            What::Flow(flow) => self.add(flow.wallet, &flow.asset, sign(flow.amount)),
        }
    }
}

#[derive(Debug, Default)]
pub struct Book {
    entries: Vec<Entry>,
    /// After the last entry.
    holdings: Holdings,
}

impl Book {
    /// Entries come in order; one from before the last gets the last one's time.
    pub fn push(&mut self, at: i64, what: What) {
        let (at, ordinal) = match self.entries.last() {
            Some(last) if last.at >= at => (last.at, last.ordinal + 1),
            _ => (at, 0),
        };
        self.holdings.apply(&what, false);
        self.entries.push(Entry { at, ordinal, what });
    }

    /// Up to a millisecond since 1970, that included.
    pub fn until(&self, now: i64) -> &[Entry] {
        &self.entries[..self.entries.partition_point(|entry| entry.at <= now)]
    }

    /// Oldest first.
    pub fn fills(&self, now: i64) -> impl DoubleEndedIterator<Item = (&Entry, &Fill)> {
        self.until(now).iter().filter_map(|entry| match &entry.what {
            What::Fill(fill) => Some((entry, fill)),
            What::Flow(_) => None,
        })
    }

    pub fn holdings(&self, now: i64) -> Holdings {
        let mut holdings = self.holdings.clone();
        for entry in &self.entries[self.until(now).len()..] {
            holdings.apply(&entry.what, true);
        }
        holdings
    }

    /// After the last entry.
    pub fn latest(&self) -> &Holdings {
        &self.holdings
    }

    /// Forgets what comes after a moment.
    pub fn truncate(&mut self, now: i64) {
        self.holdings = self.holdings(now);
        self.entries.truncate(self.until(now).len());
    }
}
