//! Who may ask what: keys, and the plan behind each.

use std::collections::{HashMap, HashSet};

use crate::limits::{Limit, Window};

/// What an account has paid for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub limits: Vec<Limit>,
    /// Tiingo: different tickers in a month.
    pub symbols_per_month: Option<u32>,
    /// FMP: batches and currencies.
    pub has_batches: bool,
    /// FMP: symbols outside the sample.
    pub has_all_symbols: bool,
    /// FMP: subscribed before the old API was closed.
    pub has_legacy: bool,
}

impl Plan {
    fn new(limits: &[(&'static str, u32, Window)], is_paid: bool) -> Plan {
        Plan {
            limits: limits.iter().map(|&(name, max, window)| Limit { name, max, window }).collect(),
            symbols_per_month: None,
            has_batches: is_paid,
            has_all_symbols: is_paid,
            has_legacy: false,
        }
    }

    /// 250 requests a day, single quotes of sample symbols.
    pub fn fmp_free() -> Plan {
        Plan::new(&[("day", 250, Window::UtcDay)], false)
    }

    pub fn fmp_starter() -> Plan {
        Plan::new(&[("minute", 300, Window::Seconds(60))], true)
    }

    pub fn fmp_premium() -> Plan {
        Plan::new(&[("minute", 750, Window::Seconds(60))], true)
    }

    pub fn fmp_ultimate() -> Plan {
        Plan::new(&[("minute", 3000, Window::Seconds(60))], true)
    }

    /// Free: 50 requests an hour, 1,000 a day, 500 tickers a month.
    pub fn tiingo_starter() -> Plan {
        let limits = [("hour", 50, Window::Seconds(3600)), ("day", 1000, Window::NewYorkDay)];
        Plan { symbols_per_month: Some(500), ..Plan::new(&limits, true) }
    }

    pub fn tiingo_power() -> Plan {
        let limits = [("hour", 10_000, Window::Seconds(3600)), ("day", 100_000, Window::NewYorkDay)];
        Plan { symbols_per_month: Some(108_111), ..Plan::new(&limits, true) }
    }

    /// May use `/api/v3`.
    pub fn with_legacy(mut self) -> Plan {
        self.has_legacy = true;
        self
    }

    /// Another maximum for the limit of that name (`minute`, `hour`, `day`), which is added if the plan lacks it.
    pub fn with_limit(mut self, name: &'static str, max: u32) -> Plan {
        let window = match name {
            "hour" => Window::Seconds(3600),
            "day" => Window::UtcDay,
            _ => Window::Seconds(60),
        };
        match self.limits.iter_mut().find(|limit| limit.name == name) {
            Some(limit) => limit.max = max,
            None => self.limits.push(Limit { name, max, window }),
        }
        self
    }

    pub fn with_symbols_per_month(mut self, symbols: u32) -> Plan {
        self.symbols_per_month = Some(symbols);
        self
    }

    /// As fast as the machine can.
    pub fn without_limits(mut self) -> Plan {
        self.limits.clear();
        self.symbols_per_month = None;
        self
    }
}

/// A key's plan, and what it has looked up.
pub struct Account {
    pub plan: Plan,
    /// Start of the month they were looked up in, with the tickers in lower case.
    pub looked_up: (i64, HashSet<String>),
}

#[derive(Default)]
pub struct Accounts(HashMap<(&'static str, String), Account>);

impl Accounts {
    pub fn add(&mut self, provider: &'static str, key: &str, plan: Plan) {
        self.0.insert((provider, key.to_string()), Account { plan, looked_up: (0, HashSet::new()) });
    }

    pub fn remove(&mut self, provider: &'static str, key: &str) {
        self.0.remove(&(provider, key.to_string()));
    }

    pub fn find(&mut self, provider: &'static str, key: &str) -> Option<&mut Account> {
        self.0.get_mut(&(provider, key.to_string()))
    }
}
