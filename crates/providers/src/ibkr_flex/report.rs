//! One reading of a report: the rows of a page, and on the last page all that it says of each account.
//!
//! A report may have more rows than a page. The next page reads the same report from its beginning again, which the service
//! keeps under its reference, and passes over what is stored.

use std::collections::HashMap;
use std::ops::ControlFlow;

use foliosync_engine::http::HttpAnswer;
use foliosync_engine::model::accounts::{CashFlow, Fill};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::accounts::Accounts;
use super::fields::Fields;
use super::names::Names;
use super::query::{CASH, POSITIONS};
use super::survey::{Fault, Survey, survey};
use super::takebacks;
use super::walk::{Care, Row, Seen, walk};
use super::when::Clock;
use super::{cash, positions, trades};

/// Trades and cash flows of one page.
pub const PAGE_ROWS: usize = 25_000;

/// What is to be read.
pub struct Wish {
    pub answer: HttpAnswer,
    pub zone: TimeZone,
    pub now: Timestamp,
    /// Rows that are stored, and of which report.
    pub done: usize,
    pub report: Option<String>,
    /// Rows of a report that is stored altogether.
    pub stored: Option<String>,
}

pub struct Read {
    pub survey: Survey,
    pub fills: Vec<Fill>,
    pub flows: Vec<CashFlow>,
    /// Rows that are stored with this page.
    pub done: usize,
    pub more: bool,
    /// Whether the rows are other than those that are stored.
    pub is_new: bool,
    /// Of the whole report, where there is no more.
    pub accounts: Accounts,
}

pub fn read(wish: &Wish) -> Result<Read, Fault> {
    let body = &wish.answer.body;
    let survey = survey(body, &wish.zone, wish.now)?;
    let voids = takebacks::resolve(body, &survey.takebacks).map_err(Fault::Report)?;
    let is_new = wish.stored.as_ref() != Some(&survey.rows);
    // Another report than the one that was begun: from its beginning.
    let skip = if wish.report.as_ref() == Some(&survey.rows) { wish.done } else { 0 };
    let mut reading = Reading {
        clock: survey.clock.clone(),
        end: survey.made.unwrap_or(wish.now).min(wish.now),
        voids,
        names: Names::default(),
        accounts: Accounts::default(),
        fills: Vec::new(),
        flows: Vec::new(),
        nth_trade: 0,
    };
    let (mut rows, mut more) = (0, false);
    walk(body, Care::Quick, &mut |seen| {
        match seen {
            Seen::Report(_) | Seen::Statements(_) | Seen::Section(_) => {}
            Seen::Statement(fields) => reading.begin(&fields),
            Seen::Row(row) => {
                let (is_trade, is_flow) = (trades::is_execution(&row), cash::is_flow(&row));
                if is_trade || is_flow {
                    if is_new && rows == skip + PAGE_ROWS {
                        more = true;
                        return Ok(ControlFlow::Break(()));
                    }
                    let is_wanted = is_new && rows >= skip;
                    rows += 1;
                    if is_trade { reading.trade(&row.fields, is_wanted) } else { reading.flow(&row.fields, is_wanted) }
                } else {
                    reading.standing(&row);
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    })
    .map_err(Fault::Report)?;
    let Reading { accounts, fills, flows, .. } = reading;
    Ok(Read { survey, fills, flows, done: rows, more, is_new, accounts })
}

struct Reading {
    clock: Clock,
    /// When the report was made.
    end: Timestamp,
    /// Trades that are taken back, by the place of the row that does it.
    voids: HashMap<usize, (String, bool)>,
    names: Names,
    accounts: Accounts,
    fills: Vec<Fill>,
    flows: Vec<CashFlow>,
    nth_trade: usize,
}

impl Reading {
    fn begin(&mut self, fields: &Fields<'_>) {
        let until = fields.text("toDate").and_then(|text| self.clock.date(text));
        let end = until.and_then(|date| self.clock.end_of(date)).unwrap_or(self.end).min(self.end);
        self.accounts.begin(fields.text("accountId").unwrap_or_default(), until, end);
    }

    fn trade(&mut self, fields: &Fields<'_>, is_wanted: bool) {
        let nth = self.nth_trade;
        self.nth_trade += 1;
        let statement = self.accounts.statement.account.clone();
        let account = match trades::account(fields, &statement) {
            Ok(account) => account,
            Err(why) => return self.accounts.of("").trades.add("trade", Err(why)),
        };
        let read = trades::id(fields).and_then(|id| match self.voids.get(&nth) {
            None => {
                let native_id = self.names.name("trade", account, id, fields);
                trades::read(fields, account, native_id, None, &self.clock).map(|read| (read, true))
            }
            Some((voided, is_known)) => {
                let native_id = self.names.name("takeback", account, &format!("{id}/Ca"), fields);
                let read = trades::read(fields, account, native_id, Some(voided.clone()), &self.clock);
                read.map(|read| (read, *is_known))
            }
        });
        let told = self.accounts.of(account);
        match read {
            Ok(((fill, tax), is_known)) => {
                told.trades.add("trade", Ok(()));
                told.unknown_takebacks += i64::from(!is_known);
                if is_wanted {
                    self.fills.push(fill);
                    self.flows.extend(tax);
                }
            }
            Err(why) => told.trades.add("trade", Err(why)),
        }
    }

    fn flow(&mut self, fields: &Fields<'_>, is_wanted: bool) {
        let statement = self.accounts.statement.account.clone();
        let account = match trades::account(fields, &statement) {
            Ok(account) => account,
            Err(why) => return self.accounts.of("").flows.add("cash flow", Err(why)),
        };
        let read = cash::flow_id(fields).and_then(|id| {
            let native_id = self.names.name("flow", account, id, fields);
            cash::flow(fields, account, native_id, &self.clock)
        });
        let told = &mut self.accounts.of(account).flows;
        match read {
            Ok(flow) => {
                told.add("cash flow", Ok(()));
                if is_wanted {
                    self.flows.push(flow);
                }
            }
            Err(why) => told.add("cash flow", Err(why)),
        }
    }

    /// A row that says what is held.
    fn standing(&mut self, row: &Row<'_>) {
        let kind = match (row.section, row.name) {
            (POSITIONS, "OpenPosition") => POSITIONS,
            (CASH, "CashReportCurrency") => CASH,
            _ => return,
        };
        let statement = self.accounts.statement.clone();
        let account = match trades::account(&row.fields, &statement.account) {
            Ok(account) => account,
            Err(why) => return self.accounts.of("").flows.add(row.name, Err(why)),
        };
        let end = statement.end;
        let Some(standing) = self.accounts.standing(account) else { return };
        if kind == POSITIONS {
            let nth = standing.positions.len() + 1;
            match positions::read(&row.fields, account, &self.clock, end) {
                Ok(held) => standing.positions.push(held),
                Err(why) => {
                    standing.position_fault.get_or_insert(format!("position {nth} cannot be read: {why}"));
                }
            }
        } else {
            match cash::balance(&row.fields, account, end) {
                Ok(balance) => standing.cash.extend(balance),
                Err(why) => {
                    standing.cash_fault.get_or_insert(format!("its cash cannot be read: {why}"));
                }
            }
        }
    }
}
