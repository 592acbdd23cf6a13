//! One account at a service: what it may trade, and a history that is a function of the seed, its name and the time.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::book::{Book, Flow, FlowKind, Name, Wallet, What};
use super::history;
use super::instrument::Instrument;
use crate::coins::Pair;
use crate::market::Amount;
use crate::market::Market;
use crate::market::calendar::{DAY_SECONDS, Day};
use crate::market::walk::{below, seed_of};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    Binance,
    Okx,
    Alpaca,
    IbkrFlex,
}

/// An account to be opened. In JSON only `service` and `name` must be there.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    pub service: Service,
    pub name: String,
    /// Play money: OKX's demo trading, Alpaca's paper trading.
    #[serde(default)]
    pub is_paper: bool,
    /// It was opened so long ago.
    #[serde(default = "days")]
    pub days: u32,
    /// With 0 nothing happens by itself, and it starts empty. Each order is filled in one to three parts.
    #[serde(default = "orders_per_day")]
    pub orders_per_day: u32,
}

const fn days() -> u32 {
    120
}

const fn orders_per_day() -> u32 {
    12
}

impl NewAccount {
    /// Opened 120 days ago, with 12 orders a day.
    pub fn new(service: Service, name: &str) -> NewAccount {
        let name = name.into();
        NewAccount { service, name, is_paper: false, days: days(), orders_per_day: orders_per_day() }
    }

    pub fn paper(mut self) -> NewAccount {
        self.is_paper = true;
        self
    }

    pub fn days(mut self, days: u32) -> NewAccount {
        self.days = days;
        self
    }

    pub fn orders_per_day(mut self, orders: u32) -> NewAccount {
        self.orders_per_day = orders;
        self
    }
}

pub struct Account {
    pub service: Service,
    pub name: String,
    pub is_paper: bool,
    /// What the service knows it by: different for each name.
    pub number: u64,
    pub seed: u64,
    /// The UTC day it was opened on.
    pub opened: Day,
    pub instruments: Vec<Arc<Instrument>>,
    pub book: Book,
    orders_per_day: u32,
    is_paused: bool,
    /// The next order and the next day that have not happened yet, counted from the opening.
    next_order: u64,
    next_day: u32,
}

impl Account {
    pub fn open(new: &NewAccount, seed: u64, now: Timestamp, market: &Market, pairs: &[Pair]) -> Account {
        let seed = seed_of(seed ^ new.service as u64, &new.name);
        let opened = now.as_second().div_euclid(DAY_SECONDS) as Day - new.days as Day;
        let mut account = Account {
            service: new.service,
            name: new.name.clone(),
            is_paper: new.is_paper,
            number: 10_000_000 + below(seed, 0, 80_000_000),
            seed,
            opened,
            instruments: universe(new.service, market, pairs).into_iter().map(Arc::new).collect(),
            book: Book::default(),
            orders_per_day: new.orders_per_day,
            is_paused: new.orders_per_day == 0,
            next_order: 0,
            next_day: 1,
        };
        if !account.is_paused {
            let at = account.opened_at();
            for (asset, amount) in opening(new.service) {
                let flow = Flow::new(FlowKind::Deposit, Wallet::Main, (*asset).into(), Amount::whole(*amount));
                account.book.push(at, What::Flow(flow));
            }
        }
        account
    }

    fn opened_at(&self) -> i64 {
        i64::from(self.opened) * DAY_SECONDS * 1000
    }

    fn order_at(&self, order: u64) -> i64 {
        let length = (DAY_SECONDS * 1000 / i64::from(self.orders_per_day.max(1))).max(1);
        self.opened_at() + order as i64 * length + below(self.seed, order, length as u64) as i64
    }

    /// Ten minutes past midnight.
    fn day_at(&self, day: u32) -> i64 {
        self.opened_at() + (i64::from(day) * DAY_SECONDS + 600) * 1000
    }

    /// Lets happen what happens until a millisecond since 1970.
    pub fn advance(&mut self, market: &Market, now: i64) {
        while !self.is_paused {
            let (order, day) = (self.order_at(self.next_order), self.day_at(self.next_day));
            if order.min(day) > now {
                break;
            }
            if day <= order {
                self.next_day += 1;
                history::day(self, market, day);
            } else {
                self.next_order += 1;
                history::order(self, market, order);
            }
        }
    }

    /// What was to come after a moment is forgotten, because something else happens first.
    pub fn rewind(&mut self, now: i64) {
        self.book.truncate(now);
        self.resume(now);
    }

    fn resume(&mut self, now: i64) {
        let passed = (now - self.opened_at()).max(0);
        let length = (DAY_SECONDS * 1000 / i64::from(self.orders_per_day.max(1))).max(1);
        self.next_order = (passed / length) as u64;
        while self.order_at(self.next_order) <= now {
            self.next_order += 1;
        }
        self.next_day = (passed / (DAY_SECONDS * 1000)) as u32;
        while self.next_day == 0 || self.day_at(self.next_day) <= now {
            self.next_day += 1;
        }
    }

    /// Nothing happens by itself from a moment on, or again from then on.
    pub fn pause(&mut self, is_paused: bool, now: i64) {
        self.rewind(now);
        self.is_paused = is_paused || self.orders_per_day == 0;
    }

    pub fn find(&self, symbol: &str) -> Option<Arc<Instrument>> {
        self.instruments.iter().find(|instrument| instrument.symbol == symbol).cloned()
    }

    /// The one that is there already, if there is.
    pub fn learn(&mut self, instrument: Instrument) -> Arc<Instrument> {
        if let Some(known) = self.find(&instrument.symbol) {
            return known;
        }
        let instrument = Arc::new(instrument);
        self.instruments.push(instrument.clone());
        instrument
    }

    /// In resting orders, which rest also while nothing happens: a twentieth of the money of the first market, in whole
    /// units.
    pub fn locked(&self, wallet: Wallet, asset: &Name, held: Amount) -> Amount {
        let is_money = self.instruments.first().is_some_and(|first| first.quote == *asset);
        let is_money = is_money && matches!(self.service, Service::Binance | Service::Okx);
        let is_resting = wallet == Wallet::Main && is_money && self.orders_per_day > 0 && held.is_positive();
        if is_resting { held.scaled(1, 20).cut(0) } else { Amount::ZERO }
    }
}

/// What the owner brought on the first day.
fn opening(service: Service) -> &'static [(&'static str, i64)] {
    match service {
        Service::Binance => &[("USDT", 40_000), ("EUR", 2_000), ("BNB", 2)],
        Service::Okx => &[("USDT", 30_000), ("EUR", 1_500)],
        Service::Alpaca => &[("USD", 100_000)],
        Service::IbkrFlex => &[("USD", 250_000), ("GBP", 20_000)],
    }
}

const BINANCE: &[(&str, &str)] = &[
    ("BTC", "USDT"),
    ("ETH", "USDT"),
    ("BNB", "USDT"),
    ("SOL", "USDT"),
    ("ADA", "USDT"),
    ("LDO", "USDT"),
    ("1INCH", "USDT"),
    ("SHIB", "USDT"),
    ("BTC", "EUR"),
    ("ETH", "BTC"),
];

const OKX: &[(&str, &str)] = &[
    ("BTC", "USDT"),
    ("ETH", "USDT"),
    ("SOL", "USDT"),
    ("XRP", "USDT"),
    ("DOGE", "USDT"),
    ("BTC", "EUR"),
    ("ETH", "BTC"),
];

/// FMP's spelling, the service's, and the decimals of a quantity.
const ALPACA: &[(&str, &str, u8)] = &[
    ("AAPL", "AAPL", 0),
    ("MSFT", "MSFT", 0),
    ("TSLA", "TSLA", 0),
    ("F", "F", 0),
    ("BRK-B", "BRK.B", 0),
    ("SPY", "SPY", 3),
    ("QQQ", "QQQ", 3),
];

const IBKR: &[(&str, &str, u8)] = &[
    ("AAPL", "AAPL", 0),
    ("MSFT", "MSFT", 0),
    ("NVDA", "NVDA", 0),
    ("BRK-B", "BRK B", 0),
    ("SPY", "SPY", 0),
    ("VOD.L", "VOD", 0),
];

/// How many decimals a quantity has, so that quantity × price has eight at most.
pub fn lot_decimals(price_decimals: u8) -> u8 {
    5.min(8u8.saturating_sub(price_decimals))
}

fn universe(service: Service, market: &Market, pairs: &[Pair]) -> Vec<Instrument> {
    let coins = |list: &[(&str, &str)], between: &str| -> Vec<Instrument> {
        let found = list.iter().filter_map(|(base, quote)| {
            let pair = pairs.iter().find(|pair| pair.base == *base && pair.quote == *quote)?;
            let symbol = format!("{base}{between}{quote}");
            Some(Instrument::coin(symbol, base, quote, pair.asset, pair.decimals, lot_decimals(pair.decimals)))
        });
        found.collect()
    };
    let listed = |list: &[(&str, &str, u8)]| -> Vec<Instrument> {
        list.iter().filter_map(|(fmp, symbol, lot)| Instrument::listed(market, fmp, symbol, *lot)).collect()
    };
    match service {
        Service::Binance => coins(BINANCE, ""),
        Service::Okx => coins(OKX, "-"),
        Service::Alpaca => {
            let mut all = listed(ALPACA);
            all.extend(["BTC", "LTC"].iter().filter_map(|base| {
                let asset = Market::pair(base, "USD")?;
                Some(Instrument::coin(format!("{base}/USD"), base, "USD", asset, market.decimals(asset), 4))
            }));
            all
        }
        Service::IbkrFlex => {
            let mut all = listed(IBKR);
            all.extend(["GBP", "EUR"].iter().filter_map(|base| Instrument::money(base, "USD")));
            all
        }
    }
}
