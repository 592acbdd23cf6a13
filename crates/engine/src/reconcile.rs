//! `reconcile`: what fills and flows come to, beside what the source says is held.
//!
//! Where both agree, the history is whole as far as can be told. Where they do not, something is missing: fills from before
//! the history begins, a transfer, a fee that no row names, or a row that is here and not there. Nothing is put right by
//! it, and nothing is guessed: what cannot be worked out says so.

mod flows;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use crate::engine::{Engine, Result};
use crate::fills::paired;
use crate::model::Decimal;
use crate::model::accounts::{Balance, CashFlow, Fill, Position};
use crate::model::instrument::Listing;
use crate::model::sync::ConnectionId;
use crate::store::Select;
use flows::{Implied, Key};

/// What one connection's history comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reconciliation {
    pub connection: ConnectionId,
    pub label: String,
    /// The first fill or flow that is known: what was held before is in no history.
    pub since: Option<Timestamp>,
    pub fills: usize,
    pub flows: usize,
    /// Whether every line agrees.
    pub agrees: bool,
    pub lines: Vec<Line>,
}

/// One thing that is held, or that should be by its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    pub what: What,
    /// Of a position. Balances are compared over all wallets: what moves between them is in no history.
    pub account: Option<String>,
    /// As the source names it.
    pub asset: String,
    /// By fills and flows; `None` where it cannot be worked out.
    pub implied: Option<Decimal>,
    /// By the source's last snapshot; nothing where it is not named there.
    pub reported: Decimal,
    /// What is reported beyond what is implied.
    pub drift: Option<Decimal>,
    /// Why it cannot be worked out.
    pub remark: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    Position,
    Balance,
}

/// A connection's rows.
#[derive(Debug, Default)]
pub struct Books {
    /// Each once.
    pub fills: Vec<Fill>,
    pub flows: Vec<CashFlow>,
    pub balances: Vec<Balance>,
    pub positions: Vec<Position>,
    /// Names of one and the same thing, by the name under which they are counted: `BTC` of `LDBTC`.
    pub aliases: BTreeMap<String, String>,
}

/// Lines for all that is held or implied, positions first.
pub fn lines(books: &Books) -> Vec<Line> {
    let name = |asset: &str| books.aliases.get(asset).cloned().unwrap_or_else(|| asset.to_string());
    let implied = Implied::of(books, name).sums;
    let mut reported: BTreeMap<Key, Decimal> = BTreeMap::new();
    for position in &books.positions {
        let key = (What::Position, Some(position.account.clone()), position.symbol.clone());
        *reported.entry(key).or_default() += position.quantity;
    }
    for balance in &books.balances {
        *reported.entry((What::Balance, None, name(&balance.asset))).or_default() += balance.total;
    }
    let keys: BTreeSet<_> = reported.keys().chain(implied.keys()).cloned().collect();
    let line = |key: Key| {
        let reported = reported.get(&key).copied().unwrap_or_default();
        let (implied, remark) = match implied.get(&key) {
            Some(Ok(implied)) => (Some(*implied), None),
            Some(Err(why)) => (None, Some(why.clone())),
            None => (Some(Decimal::ZERO), None),
        };
        let drift = implied.and_then(|implied| reported.checked_sub(implied));
        let (what, account, asset) = key;
        Line { what, account, asset, implied, reported, drift, remark }
    };
    let is_something = |line: &Line| line.reported != Decimal::ZERO || line.implied != Some(Decimal::ZERO);
    keys.into_iter().map(line).filter(is_something).collect()
}

impl Engine {
    /// Compares histories with what is held, of one connection or of all that hold anything.
    pub async fn reconcile(&self, only: Option<ConnectionId>) -> Result<Vec<Reconciliation>> {
        let mut connections = self.connections().await?;
        if let Some(id) = only {
            self.connection(id).await?;
            connections.retain(|connection| connection.id == id);
        }
        let listings = Listing::settled(self.store.records(|all| all).await?);
        let mut reports = Vec::new();
        for connection in connections {
            let books = self.books(connection.id, &connection.provider, &listings).await?;
            let lines = lines(&books);
            if lines.is_empty() && only.is_none() {
                continue;
            }
            let flows = books.flows.iter().filter_map(|flow| flow.at);
            reports.push(Reconciliation {
                connection: connection.id,
                label: connection.label,
                since: books.fills.iter().map(|fill| fill.at).chain(flows).min(),
                fills: books.fills.len(),
                flows: books.flows.len(),
                agrees: lines.iter().all(|line| line.drift == Some(Decimal::ZERO)),
                lines,
            });
        }
        Ok(reports)
    }

    async fn books(&self, id: ConnectionId, provider: &str, listings: &[Listing]) -> Result<Books> {
        let own = |select: Select| select.with(crate::store::Filter::Is("connection_id", id));
        // Names of one thing go by the first of them. What stands for another number of units does not.
        let mut first: BTreeMap<&String, &String> = BTreeMap::new();
        let mut aliases = BTreeMap::new();
        let named = listings.iter().filter(|listing| listing.provider == provider && listing.factor.is_none());
        for listing in named.filter(|listing| !listing.quoted) {
            let Some(instrument) = &listing.instrument_id else { continue };
            let name = *first.entry(instrument).or_insert(&listing.native_symbol);
            aliases.insert(listing.native_symbol.clone(), name.clone());
        }
        Ok(Books {
            fills: paired(self.store.records::<Fill>(own).await?),
            flows: self.store.records(own).await?,
            balances: self.store.records(own).await?,
            positions: self.store.records(own).await?,
            aliases,
        })
    }
}

#[cfg(test)]
mod tests;
