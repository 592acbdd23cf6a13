//! What the user's query holds, and what of it is missing: they choose sections and fields, and no two choose alike.

use std::collections::{BTreeMap, BTreeSet};

use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::provider::Item;

use super::fields::Fields;
use super::trades::{IDS, MARKS};

/// A section that is read, and what is read of it.
pub struct Section {
    pub name: &'static str,
    /// As Client Portal calls it.
    label: &'static str,
    /// Without these no row can be read: of each group one is enough, or all that stand together.
    needed: &'static [&'static [&'static str]],
    /// Without these something is not known: what.
    wanted: &'static [(&'static [&'static str], &'static str)],
    gives: &'static str,
    is_needed: bool,
}

pub const TRADES: &str = "Trades";
pub const POSITIONS: &str = "OpenPositions";
pub const FLOWS: &str = "CashTransactions";
pub const CASH: &str = "CashReport";

const LISTING: (&[&str], &str) = (&["listingExchange"], "where things are listed");
const CATEGORY: (&[&str], &str) = (&["assetCategory"], "what things are");
const MULTIPLIER: (&[&str], &str) = (&["multiplier"], "how much a contract is");

const SECTIONS: [Section; 4] = [
    Section {
        name: TRADES,
        label: "Trades",
        needed: &[&IDS, &["dateTime", "tradeTime"], &["quantity"], &["tradePrice"], &["currency"], &["symbol"]],
        wanted: &[
            CATEGORY,
            MULTIPLIER,
            LISTING,
            (&["buySell"], "which trades were cancelled"),
            (&MARKS, "which trades were cancelled"),
            (&["ibCommission"], "fees"),
            (&["ibCommissionCurrency"], "the currency of fees"),
        ],
        gives: "trades",
        is_needed: true,
    },
    Section {
        name: POSITIONS,
        label: "Open Positions",
        needed: &[&["symbol"], &["position", "quantity"], &["currency"]],
        wanted: &[
            CATEGORY,
            MULTIPLIER,
            LISTING,
            (&["markPrice"], "the broker's prices"),
            (&["costBasisPrice", "openPrice"], "entry prices"),
        ],
        gives: "positions",
        is_needed: true,
    },
    Section {
        name: FLOWS,
        label: "Cash Transactions",
        needed: &[&["transactionID"], &["amount"], &["currency"], &["type"], &["dateTime", "reportDate", "settleDate"]],
        wanted: &[(&["description"], "what cash flows were for")],
        gives: "cash flows",
        is_needed: true,
    },
    Section {
        name: CASH,
        label: "Cash Report",
        needed: &[&["currency"], &["endingCash"]],
        wanted: &[],
        gives: "cash",
        is_needed: false,
    },
];

/// What a report shows of its query.
#[derive(Debug, Default)]
pub struct Held {
    /// `AF` of an Activity Flex Query.
    pub kind: Option<String>,
    sections: BTreeSet<&'static str>,
    /// Of the sections that have rows.
    columns: BTreeMap<&'static str, BTreeSet<&'static str>>,
}

impl Held {
    pub fn add_section(&mut self, name: &str) {
        self.sections.extend(SECTIONS.iter().map(|section| section.name).find(|known| *known == name));
    }

    pub fn add_row(&mut self, section: &str, fields: &Fields<'_>) {
        let Some(section) = SECTIONS.iter().find(|known| known.name == section) else { return };
        let columns = self.columns.entry(section.name).or_default();
        let known = section.needed.iter().chain(section.wanted.iter().map(|(columns, _)| columns)).copied().flatten();
        if columns.len() < known.clone().count() {
            for name in fields.names() {
                columns.extend(known.clone().find(|known| **known == name).copied());
            }
        }
    }

    pub fn has(&self, section: &str) -> bool {
        self.sections.contains(section)
    }

    /// What is missing, in words; `None` where nothing is.
    pub fn item(&self) -> Option<Item> {
        let (mut lacks, mut hints) = (Vec::new(), Vec::new());
        for section in &SECTIONS {
            let Section { label, gives, .. } = section;
            let list = if section.is_needed { &mut lacks } else { &mut hints };
            if !self.sections.contains(section.name) {
                list.push(format!("it has no section {label}, which gives {gives}"));
                continue;
            }
            let Some(columns) = self.columns.get(section.name) else { continue };
            let is_missing = |group: &&[&str]| !group.iter().any(|name| columns.contains(name));
            let needed: Vec<String> =
                section.needed.iter().filter(|group| is_missing(group)).map(|g| g.join(" or ")).collect();
            if !needed.is_empty() {
                lacks.push(format!(
                    "its section {label} lacks {}, without which {gives} cannot be read",
                    needed.join(", ")
                ));
            }
            let wanted = section.wanted.iter().filter(|(group, _)| is_missing(group));
            let wanted: Vec<String> = wanted.map(|(group, what)| format!("{} ({what})", group.join(" or "))).collect();
            if !wanted.is_empty() {
                hints.push(format!("its section {label} lacks {}", wanted.join(", ")));
            }
        }
        if self.kind.as_deref().is_some_and(|kind| kind.starts_with("TC")) {
            lacks.insert(0, "it is a Trade Confirmation Flex Query, and an Activity Flex Query is needed".into());
        }
        let status = if lacks.is_empty() { ItemStatus::Unchanged } else { ItemStatus::Missing };
        let told: Vec<String> = lacks.into_iter().chain(hints).collect();
        (!told.is_empty()).then(|| {
            Item::new("query", status, format!("the query is not whole: {}; edit it in Client Portal", told.join("; ")))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(sections: &[(&'static str, &[&'static str])]) -> Held {
        let mut held = Held::default();
        for (section, columns) in sections {
            held.add_section(section);
            let mut fields = Fields::default();
            columns.iter().for_each(|column| fields.add(column, "".into()));
            if !columns.is_empty() {
                held.add_row(section, &fields);
            }
        }
        held
    }

    const TRADE: [&str; 11] = [
        "tradeID",
        "dateTime",
        "quantity",
        "tradePrice",
        "currency",
        "symbol",
        "assetCategory",
        "multiplier",
        "listingExchange",
        "buySell",
        "notes",
    ];

    #[test]
    fn what_is_missing_is_said_by_name() {
        let fees = ["ibCommission", "ibCommissionCurrency"];
        let whole = [&TRADE[..], &fees].concat();
        assert_eq!(held(&[(TRADES, &whole), (POSITIONS, &[]), (FLOWS, &[]), (CASH, &[])]).item(), None);

        let item = held(&[(TRADES, &TRADE), (POSITIONS, &[]), (FLOWS, &[]), (CASH, &[])]).item().unwrap();
        assert_eq!(item.status, ItemStatus::Unchanged);
        let want = "the query is not whole: its section Trades lacks ibCommission (fees), ibCommissionCurrency (the \
                    currency of fees); edit it in Client Portal";
        assert_eq!(item.detail, want);

        let without = TRADE.iter().filter(|name| !["tradeID", "tradePrice"].contains(name));
        let without: Vec<&str> = without.chain(&fees).copied().collect();
        let item = held(&[(TRADES, &without), (FLOWS, &[])]).item().unwrap();
        assert_eq!(item.status, ItemStatus::Missing);
        let want = "the query is not whole: its section Trades lacks ibExecID or transactionID or tradeID, tradePrice, \
                    without which trades cannot be read; it has no section Open Positions, which gives positions; it has \
                    no section Cash Report, which gives cash; edit it in Client Portal";
        assert_eq!(item.detail, want);

        let confirmations = Held { kind: Some("TCF".into()), ..Held::default() }.item().unwrap();
        assert!(confirmations.detail.starts_with("the query is not whole: it is a Trade Confirmation Flex Query"));
    }
}
