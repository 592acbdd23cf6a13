//! What a report says of each account: how its rows fared, and what it holds at the end of its last statement.

use std::collections::BTreeMap;

use foliosync_engine::model::accounts::Balance;
use jiff::Timestamp;
use jiff::civil::Date;

use super::positions::Held;

/// Reasons that are told of the rows of one account and section.
const REASONS_MAX: usize = 3;

/// How the rows of one kind fared.
#[derive(Debug, Default, Clone)]
pub struct Tally {
    pub good: i64,
    pub bad: i64,
    reasons: Vec<String>,
}

impl Tally {
    pub fn add(&mut self, what: &str, read: Result<(), String>) {
        match read {
            Ok(()) => self.good += 1,
            Err(why) => {
                self.bad += 1;
                if self.reasons.len() < REASONS_MAX {
                    self.reasons.push(format!("{what} {}: {why}", self.good + self.bad));
                }
            }
        }
    }

    /// Why rows could not be read, the first of them by name.
    pub fn faults(&self) -> Option<String> {
        if self.bad == 0 {
            return None;
        }
        let more = usize::try_from(self.bad).unwrap_or(usize::MAX) - self.reasons.len();
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        Some(format!("{} of {} cannot be read: {}{more}", self.bad, self.good + self.bad, self.reasons.join("; ")))
    }
}

#[derive(Debug, Default)]
pub struct Account {
    pub trades: Tally,
    /// Trades that were taken back and are not in the report.
    pub unknown_takebacks: i64,
    pub flows: Tally,
    standing: Standing,
}

/// What is held at the end of a statement.
#[derive(Debug, Default)]
pub struct Standing {
    statement: usize,
    until: Option<Date>,
    pub positions: Vec<Held>,
    pub cash: Vec<Balance>,
    /// The first row of each that cannot be read.
    pub position_fault: Option<String>,
    pub cash_fault: Option<String>,
}

/// The statement that is being read.
#[derive(Debug, Default, Clone)]
pub struct Statement {
    nth: usize,
    pub account: String,
    until: Option<Date>,
    /// The instant behind which it tells nothing.
    pub end: Timestamp,
}

#[derive(Debug, Default)]
pub struct Accounts {
    all: BTreeMap<String, Account>,
    pub statement: Statement,
}

impl Accounts {
    /// Begins a statement. Where the query breaks a period into days, each account has several.
    pub fn begin(&mut self, account: &str, until: Option<Date>, end: Timestamp) {
        self.statement = Statement { nth: self.statement.nth + 1, account: account.into(), until, end };
        if !account.is_empty() {
            self.standing(account);
        }
    }

    pub fn of(&mut self, account: &str) -> &mut Account {
        if !self.all.contains_key(account) {
            self.all.insert(account.into(), Account::default());
        }
        self.all.get_mut(account).expect("it was made above")
    }

    /// What the statement that is read says is held; `None` where a later one has said it.
    pub fn standing(&mut self, account: &str) -> Option<&mut Standing> {
        let Statement { nth, until, .. } = self.statement;
        let standing = &mut self.of(account).standing;
        if standing.statement != nth && until >= standing.until {
            *standing = Standing { statement: nth, until, ..Standing::default() };
        }
        (standing.statement == nth).then_some(standing)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&String, &Account)> {
        self.all.iter()
    }

    pub fn holds(&self, account: &str) -> bool {
        self.all.contains_key(account)
    }
}

impl Account {
    pub fn held(&self) -> &Standing {
        &self.standing
    }
}
