//! The life of a report: ordered, looked for, read page by page. Each step is stored before the next begins, so that whoever
//! ends in between goes on with the same report.

use std::collections::{BTreeMap, BTreeSet};

use foliosync_engine::http::HttpAnswer;
use foliosync_engine::model::accounts::{Balance, Position};
use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::model::{Batch, Record};
use foliosync_engine::provider::{Change, Item, Page, ProviderError};
use jiff::Timestamp;

use super::accounts::{Account, Tally};
use super::ask::Ask;
use super::errors::{self, Met};
use super::mark::{Mark, Ordered};
use super::query::{CASH, FLOWS, POSITIONS, TRADES};
use super::report::{Read, Wish, read};
use super::response::{self, Response, malformed};
use super::survey::Fault;
use super::symbols::Symbol;
use super::{ID, NAME, cash, positions};
use crate::accounts::described;
use crate::accounts::snapshot::{Part, Taken, take};
use crate::folder::blocking;

/// What is told of the report as a whole.
const REPORT: &str = "report";

pub async fn page(ask: &Ask<'_>) -> Result<Page, ProviderError> {
    let mark = Mark::of(ask.request, ask.query);
    match mark.ordered.clone() {
        None => order(ask, mark).await,
        Some(ordered) => match ordered.first_look(ask.request.now) {
            Some(at) => Err(making(at)),
            None => fetch(ask, mark, ordered).await,
        },
    }
}

async fn order(ask: &Ask<'_>, mut mark: Mark) -> Result<Page, ProviderError> {
    let answer = ask.order().await?;
    match response::read(&answer.body)? {
        Response::Ordered(reference, url) => {
            let other = url.and_then(|url| ask.elsewhere(&url));
            mark.ordered = Some(Ordered::new(reference, other, ask.request.now));
            Ok(Page { more: true, ..Page::last(mark.to_json()) })
        }
        Response::Report => Err(malformed("is a report that nobody ordered")),
        Response::Refused(code) => match errors::of(code) {
            Met::Nothing => Ok(nothing(mark)),
            Met::Error(error) | Met::Failed(error) => Err(error),
            Met::Making | Met::Lost => {
                let message = format!("{NAME} did not take the order of a report (code {code})");
                Err(ProviderError::Backoff { message })
            }
        },
    }
}

async fn fetch(ask: &Ask<'_>, mark: Mark, ordered: Ordered) -> Result<Page, ProviderError> {
    let now = ask.request.now;
    let answer = match ask.fetch(&ordered.reference, ordered.site()).await {
        Err(error @ ProviderError::Refused { .. }) => return elsewhere(mark, ordered).ok_or(error),
        answer => answer?,
    };
    let response = match response::read(&answer.body) {
        Ok(response) => response,
        Err(error) => return let_go(mark, &ordered, error, now),
    };
    let met = match response {
        Response::Report => return report(ask, mark, ordered, answer).await,
        Response::Ordered(..) => return let_go(mark, &ordered, malformed("is no report"), now),
        Response::Refused(code) => errors::of(code),
    };
    match met {
        Met::Making => Err(making(ordered.next_look(now))),
        Met::Nothing => Ok(nothing(mark)),
        Met::Lost if ordered.other.is_some() && !ordered.is_elsewhere => Ok(elsewhere_page(mark, ordered)),
        Met::Lost if !mark.is_again => {
            Ok(Page { more: true, ..Page::last(Mark { ordered: None, is_again: true, ..mark }.to_json()) })
        }
        Met::Lost => {
            Ok(given_up(mark, &format!("{NAME} does not know the report that it has just been asked to make")))
        }
        Met::Failed(error) => match elsewhere(mark.clone(), ordered.clone()) {
            Some(page) => Ok(page),
            None => let_go(mark, &ordered, error, now),
        },
        Met::Error(error @ ProviderError::Refused { .. }) => elsewhere(mark, ordered).ok_or(error),
        Met::Error(error) => Err(error),
    }
}

/// Not a failure: it takes its time.
fn making(at: Timestamp) -> ProviderError {
    ProviderError::RetryAt { at, message: format!("{NAME} is making the report; it is looked for again at {at:.0}") }
}

/// The next try at the other host, where the answer to the order named one.
fn elsewhere(mark: Mark, ordered: Ordered) -> Option<Page> {
    (ordered.other.is_some() && !ordered.is_elsewhere).then(|| elsewhere_page(mark, ordered))
}

fn elsewhere_page(mark: Mark, ordered: Ordered) -> Page {
    let ordered = Some(Ordered { is_elsewhere: true, ..ordered });
    Page { more: true, ..Page::last(Mark { ordered, ..mark }.to_json()) }
}

/// The same order may be answered later; after a while another is made.
fn let_go(mark: Mark, ordered: &Ordered, error: ProviderError, now: Timestamp) -> Result<Page, ProviderError> {
    if ordered.is_given_up(now) { Ok(given_up(mark, &error.to_string())) } else { Err(error) }
}

fn given_up(mark: Mark, why: &str) -> Page {
    let item = Item::new(REPORT, ItemStatus::Rejected, format!("{why}; another is ordered with the next try"));
    Page { items: vec![item], ..Page::last(mark.settled().to_json()) }
}

/// A period in which nothing was reported: what is stored stays.
fn nothing(mark: Mark) -> Page {
    let why = format!("{NAME} has no statement for the period of the query (code 1003): everything stays as it was");
    let items = vec![Item::new(REPORT, ItemStatus::Unchanged, why)];
    Page { items, ..Page::last(mark.settled().to_json()) }
}

async fn report(ask: &Ask<'_>, mark: Mark, ordered: Ordered, answer: HttpAnswer) -> Result<Page, ProviderError> {
    let now = ask.request.now;
    let wish = Wish {
        answer,
        zone: ask.zone.clone(),
        now,
        done: ordered.done,
        report: ordered.report.clone(),
        stored: mark.rows.clone().filter(|_| !ask.request.options.rehash),
    };
    let read = match blocking(move || Ok(read(&wish))).await? {
        Ok(read) => read,
        Err(Fault::Report(why)) => return let_go(mark, &ordered, malformed(&why), now),
        Err(Fault::Query(why)) => {
            let item = Item::new("query", ItemStatus::Rejected, why);
            return Ok(Page { items: vec![item], ..Page::last(mark.settled().to_json()) });
        }
    };
    let mut changes = Vec::new();
    changes.extend(upsert(&read.fills));
    changes.extend(upsert(&read.flows));
    if read.more {
        let ordered = Ordered { done: read.done, report: Some(read.survey.rows), ..ordered };
        let mark = Mark { ordered: Some(ordered), ..mark };
        return Ok(Page { changes, more: true, ..Page::last(mark.to_json()) });
    }
    let mut empty = mark.empty.clone();
    let held = Holdings::of(ask, &read)?;
    let mut items = held.take(ask, &mut empty, &mut changes);
    for (account, told) in read.accounts.iter() {
        items.extend(rows(account, "trades", &told.trades, told.unknown_takebacks, &read, TRADES));
        items.extend(rows(account, "cash flows", &told.flows, 0, &read, FLOWS));
    }
    items.push(match read.survey.statements {
        0 => Item::new(REPORT, ItemStatus::Rejected, "the report is about no account: choose some for the query"),
        _ => Item::new(REPORT, ItemStatus::Unchanged, ""),
    });
    items.extend(read.survey.held.item());
    let as_of = read.survey.made.map(|made| made.min(now));
    let mark = Mark { rows: Some(read.survey.rows), empty, ..mark.settled() };
    Ok(Page { changes, items, as_of, ..Page::last(mark.to_json()) })
}

fn upsert<R: Record>(records: &[R]) -> Option<Change> {
    (!records.is_empty()).then(|| Change::Upsert(Batch::of(records)))
}

/// What became of an account's rows in one section: those that were read, and those that could not be.
fn rows(account: &str, what: &str, tally: &Tally, unknown: i64, read: &Read, section: &str) -> Vec<Item> {
    if !read.survey.held.has(section) {
        return Vec::new();
    }
    let account = if account.is_empty() { "rows of no account:" } else { account };
    let name = format!("{account} {what}");
    let unknown = match unknown {
        0 => String::new(),
        count => format!(", of which {count} take back a trade that is not in the report"),
    };
    let mut items = vec![match tally.good {
        good if good > 0 && read.is_new => {
            let (imported, skipped) = if section == TRADES { (tally.good, tally.bad) } else { (0, 0) };
            Item { imported, skipped, ..Item::new(&name, ItemStatus::Updated, format!("{good} read{unknown}")) }
        }
        _ => Item::new(&name, ItemStatus::Unchanged, ""),
    }];
    items.extend(tally.faults().map(|why| Item::new(format!("{name} that are unreadable"), ItemStatus::Rejected, why)));
    items
}

/// What accounts hold by the report, beside what is stored.
struct Holdings {
    positions: Vec<Part<Position>>,
    balances: Vec<Part<Balance>>,
    symbols: Vec<Symbol>,
    stored_positions: Vec<Position>,
    stored_balances: Vec<Balance>,
}

impl Holdings {
    fn of(ask: &Ask<'_>, read: &Read) -> Result<Holdings, ProviderError> {
        let mut held = Holdings {
            positions: Vec::new(),
            balances: Vec::new(),
            symbols: Vec::new(),
            stored_positions: ask.request.work()?,
            stored_balances: ask.request.work()?,
        };
        let Read { survey, accounts, .. } = read;
        for (account, told) in accounts.iter().filter(|(account, _)| !account.is_empty()) {
            if survey.held.has(POSITIONS) {
                let part = held.part_of_positions(account, told);
                held.positions.push(part);
            }
            if survey.held.has(CASH) {
                let cash = cash_of(told).map(|rows| Part::whole(account, rows));
                held.balances.push(cash.unwrap_or_else(|why| lacking(account, ItemStatus::Rejected, &why)));
            }
        }
        // What was held before, in accounts or sections that the report does not tell of.
        let known: BTreeSet<String> = held.stored_positions.iter().map(|row| row.account.clone()).collect();
        held.positions.extend(known.iter().filter_map(|account| unsaid(account, POSITIONS, read)));
        let known: BTreeSet<String> = held.stored_balances.iter().map(|row| row.wallet.clone()).collect();
        held.balances.extend(known.iter().filter_map(|account| unsaid(account, CASH, read)));
        Ok(held)
    }

    fn part_of_positions(&mut self, account: &str, told: &Account) -> Part<Position> {
        let standing = told.held();
        let whole = match &standing.position_fault {
            Some(why) => Err(why.clone()),
            None => positions::whole(&standing.positions),
        };
        match whole {
            Ok(all) => {
                let (symbols, rows): (Vec<_>, Vec<_>) = all.into_iter().unzip();
                self.symbols.extend(symbols);
                Part::whole(account, rows)
            }
            Err(why) => lacking(account, ItemStatus::Rejected, &why),
        }
    }

    /// Compares both with what is stored; one word on each account.
    fn take(
        self,
        ask: &Ask<'_>,
        empty: &mut crate::accounts::snapshot::EmptyOnce,
        changes: &mut Vec<Change>,
    ) -> Vec<Item> {
        let now = ask.request.now;
        let positions = take(&self.stored_positions, self.positions, empty, now);
        let balances = take(&self.stored_balances, self.balances, empty, now);
        let mut items: BTreeMap<String, Item> = BTreeMap::new();
        for (what, Taken { changes: more, items: told }) in [("positions", positions), ("cash", balances)] {
            changes.extend(more);
            for item in told {
                let detail = if item.detail.is_empty() { String::new() } else { format!("{what}: {}", item.detail) };
                match items.get_mut(&item.name) {
                    None => drop(items.insert(item.name.clone(), Item { detail, ..item })),
                    Some(both) => {
                        let details = [std::mem::take(&mut both.detail), detail];
                        both.detail =
                            details.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ");
                        both.status = worse(both.status, item.status);
                    }
                }
            }
        }
        let known: BTreeSet<&str> = self.stored_positions.iter().map(|row| row.symbol.as_str()).collect();
        let mut new: BTreeMap<&str, &Symbol> = BTreeMap::new();
        new.extend(self.symbols.iter().map(|symbol| (symbol.native.as_str(), symbol)));
        let things: Vec<_> =
            new.values().filter(|symbol| !known.contains(symbol.native.as_str())).map(|s| s.thing()).collect();
        changes.extend(described::changes(ID, &things));
        items.into_values().collect()
    }
}

fn cash_of(told: &Account) -> Result<Vec<Balance>, String> {
    let standing = told.held();
    match &standing.cash_fault {
        Some(why) => Err(why.clone()),
        None => cash::whole(&standing.cash),
    }
}

/// An account that has stored rows of a section, where the report is silent about that.
fn unsaid<H: foliosync_engine::model::accounts::Held>(account: &str, section: &str, read: &Read) -> Option<Part<H>> {
    let Read { survey, accounts, .. } = read;
    let why = match (survey.held.has(section), accounts.holds(account)) {
        (true, true) => return None,
        (_, false) => "the report does not tell of this account: is it still one of the query's?".to_string(),
        (false, true) => "the query has no section for it any more".to_string(),
    };
    Some(lacking(account, ItemStatus::Missing, &why))
}

fn lacking<H: foliosync_engine::model::accounts::Held>(account: &str, status: ItemStatus, why: &str) -> Part<H> {
    Part::lacking(account, status, format!("{why}; the last values are kept"))
}

fn worse(a: ItemStatus, b: ItemStatus) -> ItemStatus {
    let rank = |status: ItemStatus| match status {
        ItemStatus::Unchanged => 0,
        ItemStatus::Updated => 1,
        ItemStatus::Deferred => 2,
        ItemStatus::Missing => 3,
        ItemStatus::Rejected => 4,
    };
    if rank(a) >= rank(b) { a } else { b }
}
