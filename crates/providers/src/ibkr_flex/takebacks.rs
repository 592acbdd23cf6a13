//! Rows that take a trade back, and which trade each of them means. The service does not always say: some name the trade,
//! some have its execution id with a later revision, some only repeat it with the sign turned around.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use foliosync_engine::model::Decimal;

use super::fields::Fields;
use super::names::Names;
use super::trades::{account, id, is_execution, is_taken_back};
use super::walk::{Care, Seen, walk};

/// Trades with one key that are looked through.
const ALIKE_MAX: usize = 1_000;

/// A row that takes a trade back.
#[derive(Debug)]
pub struct Takeback {
    /// Its place among all executions of the report.
    pub nth: usize,
    /// What the trade may be found by, the surest first.
    keys: Vec<String>,
    revision: Option<u32>,
    /// What it means, where the report does not hold it.
    otherwise: String,
}

/// A trade that may be meant.
struct Original {
    nth: usize,
    revision: Option<u32>,
    native_id: String,
}

/// The part of an execution id that all revisions of a trade share, and the revision.
fn lineage(fields: &Fields<'_>) -> Option<(String, u32)> {
    let (line, revision) = fields.id("ibExecID")?.rsplit_once('.')?;
    let is_revision = revision.len() == 2 && line.contains('.');
    Some((line.to_string(), revision.parse().ok().filter(|_| is_revision)?))
}

/// What both rows have, with the quantity of the trade that is meant.
fn signature(fields: &Fields<'_>, quantity: Decimal) -> Option<String> {
    let price = fields.number("tradePrice").ok()??;
    Some(format!("s {} {price} {quantity}", fields.text("symbol")?))
}

impl Takeback {
    pub fn of(nth: usize, account: &str, fields: &Fields<'_>) -> Takeback {
        let turned = fields.number("quantity").ok().flatten().map(|quantity| -quantity);
        let line = lineage(fields);
        let with_quantity = |mark: &str, name: &str| Some(format!("{mark} {} {}", fields.id(name)?, turned?));
        let keys = [
            fields.id("origTransactionID").map(|id| format!("x {id}")),
            line.as_ref().map(|(line, _)| format!("e {line}")),
            with_quantity("t", "origTradeID"),
            with_quantity("t", "tradeID"),
            with_quantity("xq", "transactionID"),
            turned.and_then(|quantity| signature(fields, quantity)),
        ];
        let before = |(line, revision): &(String, u32)| Some(format!("{line}.{:02}", revision.checked_sub(1)?));
        let named = ["origTransactionID", "origTradeID", "tradeID", "transactionID", "ibExecID"];
        let named = || named.iter().find_map(|name| fields.id(name)).unwrap_or("unknown").to_string();
        Takeback {
            nth,
            keys: keys.into_iter().flatten().map(|key| format!("{key} {account}")).collect(),
            otherwise: line.as_ref().and_then(before).unwrap_or_else(named),
            revision: line.map(|(_, revision)| revision),
        }
    }
}

/// The keys by which a trade may be meant.
fn keys(account: &str, fields: &Fields<'_>) -> Vec<String> {
    let quantity = fields.number("quantity").ok().flatten();
    let with_quantity = |mark: &str, name: &str| Some(format!("{mark} {} {}", fields.id(name)?, quantity?));
    let keys = [
        fields.id("transactionID").map(|id| format!("x {id}")),
        lineage(fields).map(|(line, _)| format!("e {line}")),
        with_quantity("t", "tradeID"),
        with_quantity("xq", "transactionID"),
        quantity.and_then(|quantity| signature(fields, quantity)),
    ];
    keys.into_iter().flatten().map(|key| format!("{key} {account}")).collect()
}

/// The id of the trade that each of them means, by its place; whether the report holds it.
pub fn resolve(body: &[u8], takebacks: &[Takeback]) -> Result<HashMap<usize, (String, bool)>, String> {
    if takebacks.is_empty() {
        return Ok(HashMap::new());
    }
    let wanted: HashSet<&String> = takebacks.iter().flat_map(|takeback| &takeback.keys).collect();
    let mut originals: HashMap<String, Vec<Original>> = HashMap::new();
    let (mut names, mut nth, mut statement) = (Names::default(), 0, String::new());
    walk(body, Care::Quick, &mut |seen| {
        match seen {
            Seen::Statement(fields) => statement = fields.text("accountId").unwrap_or_default().into(),
            Seen::Row(row) if is_execution(&row) => {
                nth += 1;
                if let (Ok(account), Ok(id)) = (account(&row.fields, &statement), id(&row.fields))
                    && !is_taken_back(&row.fields)
                {
                    let native_id = names.name("trade", account, id, &row.fields);
                    let revision = lineage(&row.fields).map(|(_, revision)| revision);
                    for key in keys(account, &row.fields).into_iter().filter(|key| wanted.contains(key)) {
                        let original = Original { nth: nth - 1, revision, native_id: native_id.clone() };
                        originals.entry(key).or_default().push(original);
                    }
                }
            }
            _ => {}
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let mut taken: HashSet<usize> = HashSet::new();
    let mut found = HashMap::new();
    for takeback in takebacks {
        let meant = takeback.keys.iter().find_map(|key| meant(takeback, key, originals.get(key)?, &taken));
        let of = match meant {
            Some(original) => {
                taken.insert(original.nth);
                (original.native_id.clone(), true)
            }
            None => (takeback.otherwise.clone(), false),
        };
        found.insert(takeback.nth, of);
    }
    Ok(found)
}

/// The last trade before it that is not taken back already; of revisions, the one before it.
fn meant<'a>(
    takeback: &Takeback,
    key: &str,
    originals: &'a [Original],
    taken: &HashSet<usize>,
) -> Option<&'a Original> {
    let by_line = key.starts_with("e ");
    let may_be = |original: &&Original| {
        let is_earlier = !by_line || original.revision < takeback.revision;
        is_earlier && !taken.contains(&original.nth)
    };
    let last = originals.iter().rev().take(ALIKE_MAX).filter(may_be);
    last.max_by_key(|original| {
        let revision = if by_line { original.revision } else { None };
        (revision, original.nth < takeback.nth, original.nth)
    })
}
