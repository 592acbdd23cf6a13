//! Everything behind the simulated providers, and the way of one request through it: provider, fault, record.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::accounts::Accounts;
use crate::clock::Time;
use crate::coins::{Pair, pairs};
use crate::exchange::{Reply, Request};
use crate::faults::{self, Faults};
use crate::limits::Meter;
use crate::market::Market;
use crate::market::calendar::Calendar;
use crate::stats::{Log, Seen, Stats};
use crate::trading::{self, NewAccount, Service};
use crate::{SimOptions, alpaca, binance, ecb, flex, fmp, okx, tiingo};

type Answer = fn(&World, &Request) -> Reply;

/// By the prefix of their paths.
pub const PROVIDERS: &[(&str, Answer)] = &[
    ("fmp", fmp::answer),
    ("tiingo", tiingo::answer),
    ("ecb", ecb::answer),
    ("binance", binance::answer),
    ("okx", okx::answer),
    ("alpaca", alpaca::live),
    ("alpaca-paper", alpaca::paper),
    ("ibkr_flex", flex::answer),
];

/// Query parameters that are never recorded.
const SECRETS: [&str; 4] = ["apikey", "token", "signature", "t"];

pub struct World {
    pub market: Market,
    pub time: Time,
    pub binance_weight_per_minute: u32,
    pub binance_pairs: Vec<Pair>,
    pub okx_pairs: Vec<Pair>,
    state: Mutex<State>,
}

/// What requests change.
#[derive(Default)]
pub struct State {
    pub accounts: Accounts,
    pub trading: trading::Accounts,
    pub flex: flex::Desk,
    pub meter: Meter,
    pub bans: binance::Bans,
    pub faults: Faults,
    pub stats: Stats,
    pub log: Log,
    /// Until when a client was told to wait, in seconds since 1970.
    told: HashMap<(&'static str, IpAddr), i64>,
}

impl State {
    /// Counts a request for all limits of a key's plan, and names the first that is broken.
    pub fn count(&mut self, provider: &'static str, key: &str, now: i64, calendar: &Calendar) -> Option<&'static str> {
        let plan = &self.accounts.find(provider, key)?.plan;
        let mut broken = None;
        for limit in &plan.limits {
            if self.meter.count(provider, key, limit, 1, now, calendar).is_broken {
                broken = broken.or(Some(limit.name));
            }
        }
        broken
    }
}

impl World {
    pub fn new(options: &SimOptions) -> World {
        let market = Market::new(options.seed, options.generated_symbols, &options.closed_days);
        let world = World {
            binance_pairs: pairs(&market, &["USDT", "USDC", "EUR", "BTC"]),
            okx_pairs: pairs(&market, &["USDT", "USDC", "EUR", "BTC"]),
            market,
            time: Time::new(options.clock),
            binance_weight_per_minute: options.binance_weight_per_minute,
            state: Mutex::default(),
        };
        world.state().meter.is_off = !options.has_limits;
        for trading::Door { account, credential } in trading::doors().into_iter().filter(|_| options.has_accounts) {
            // Two doors may lead into one account.
            let _ = world.open_account(&account);
            world.state().trading.admit(credential).expect("the account was opened a moment ago");
        }
        world
    }

    pub fn open_account(&self, new: &NewAccount) -> Result<(), String> {
        let pairs = match new.service {
            Service::Binance => &self.binance_pairs,
            _ => &self.okx_pairs,
        };
        self.state().trading.open(new, self.market.seed(), self.time.now(), &self.market, pairs)
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn answer(&self, provider: &'static str, answer: Answer, request: &Request) -> Reply {
        let fault = self.state().faults.hit(provider, request, self.market.seed());
        let reply = answer(self, request);
        let bytes = reply.body.len() as u64;
        let is_faulty = fault.is_some();
        let reply = match fault {
            Some(fault) => faults::apply(&fault, provider, request, reply),
            None => reply,
        };
        self.record(provider, request, &reply, bytes, is_faulty);
        reply
    }

    fn record(&self, provider: &'static str, request: &Request, reply: &Reply, bytes: u64, is_faulty: bool) {
        let state = &mut *self.state();
        let stats = state.stats.providers.entry(provider.into()).or_default();
        stats.requests += 1;
        stats.bytes += bytes;
        match stats.endpoints.get_mut(reply.endpoint) {
            Some(requests) => *requests += 1,
            None => drop(stats.endpoints.insert(reply.endpoint.into(), 1)),
        }
        *stats.statuses.entry(reply.status).or_default() += 1;
        stats.limits_broken += u64::from(reply.is_limit);
        stats.sent_while_banned += u64::from(reply.is_ban);
        stats.faults_served += u64::from(is_faulty);
        let is_secret = |key: &str| SECRETS.contains(&key);
        stats.keys_in_address += u64::from(request.query.iter().any(|(key, _)| key != "signature" && is_secret(key)));
        let told = state.told.entry((provider, request.ip)).or_insert(i64::MIN);
        stats.sent_before_retry_after += u64::from(request.second() < *told);
        let wait = reply.headers.iter().find(|(name, _)| *name == "retry-after");
        if let Some(seconds) = wait.and_then(|(_, seconds)| seconds.parse::<i64>().ok()) {
            *told = (*told).max(request.second() + seconds);
        }
        state.log.push(Seen {
            at: request.now,
            provider,
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.iter().filter(|(key, _)| !is_secret(key)).cloned().collect(),
            status: reply.status,
        });
    }

    pub fn stats(&self) -> Stats {
        let state = self.state();
        let mut stats = state.stats.clone();
        for (name, one) in &mut stats.providers {
            one.largest_windows = state.meter.largest(name);
        }
        stats
    }
}
