//! From an answer about what is held to the changes of a page: rows in place of the last ones, a line of history for each
//! difference, and nothing for a part that could not be read.

use std::collections::{BTreeMap, BTreeSet};

use foliosync_engine::model::Batch;
use foliosync_engine::model::accounts::Held;
use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::provider::{Change, Item, Scope};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A wallet, or an account of a broker, as one answer tells it.
pub struct Part<H> {
    scope: String,
    item: String,
    told: Told<H>,
}

enum Told<H> {
    Whole(Vec<H>),
    Lacking(ItemStatus, String),
    Closed,
}

impl<H: Held> Part<H> {
    /// All that it holds. The provider vouches that the answer was complete.
    pub fn whole(scope: impl Into<String>, rows: Vec<H>) -> Part<H> {
        Part::of(scope, Told::Whole(rows))
    }

    /// It could not be read, and why: its last values stay, marked as such.
    pub fn lacking(scope: impl Into<String>, status: ItemStatus, why: impl Into<String>) -> Part<H> {
        Part::of(scope, Told::Lacking(status, why.into()))
    }

    /// The user does not have it read any more.
    pub fn closed(scope: impl Into<String>) -> Part<H> {
        Part::of(scope, Told::Closed)
    }

    fn of(scope: impl Into<String>, told: Told<H>) -> Part<H> {
        let scope = scope.into();
        Part { item: scope.clone(), scope, told }
    }

    /// Under another name on screen than that of its scope.
    pub fn named(self, item: impl Into<String>) -> Part<H> {
        Part { item: item.into(), ..self }
    }
}

/// The parts that came back empty once although something was held there. It is a part of the stream's watermark, so
/// that it is stored with what it is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EmptyOnce(BTreeSet<String>);

impl EmptyOnce {
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }
}

/// What the parts of an account come to.
#[derive(Default)]
pub struct Taken {
    pub changes: Vec<Change>,
    pub items: Vec<Item>,
}

/// Compares an answer with what is `stored`, which is the connection's whole table as the stream's work list holds it.
/// `at` is the time of the answer: from then on is gone what it does not name any more.
///
/// A part that is empty and was not is believed when the next answer says so again, because more sources have come back
/// empty by mistake than people have sold everything.
pub fn take<H: Held>(stored: &[H], parts: Vec<Part<H>>, empty: &mut EmptyOnce, at: Timestamp) -> Taken {
    let mut taken = Taken::default();
    let mut history = Vec::new();
    for Part { scope, item, told } in parts {
        let before: BTreeMap<_, &H> =
            stored.iter().filter(|row| row.scope() == scope).map(|row| (owned(row), row)).collect();
        let mark = format!("{}/{scope}", H::TABLE.name);
        let was_empty = empty.0.remove(&mark);
        let (rows, is_closed) = match told {
            Told::Whole(rows) => (rows, false),
            Told::Closed => (Vec::new(), true),
            Told::Lacking(status, why) => {
                // An answer that did not come says nothing about the one before.
                empty.0.extend(was_empty.then_some(mark));
                taken.items.push(Item::new(item, status, why));
                continue;
            }
        };
        let after: Vec<H> = rows.into_iter().filter(|row| !row.is_nothing()).collect();
        if let Some(fault) = fault(&scope, &after) {
            taken.items.push(Item::new(item, ItemStatus::Rejected, format!("{fault}; its last values are kept")));
            continue;
        }
        if after.is_empty() && !before.is_empty() && !was_empty && !is_closed {
            empty.0.insert(mark);
            let why = "it came back empty; its last values are kept until the next answer is empty, too";
            taken.items.push(Item::new(item, ItemStatus::Missing, why));
            continue;
        }
        let changed = after.iter().filter(|row| before.get(&owned(*row)).is_none_or(|old| !old.is_same(row)));
        let names: BTreeSet<_> = after.iter().map(owned).collect();
        let gone = before.iter().filter(|(name, _)| !names.contains(*name)).map(|(_, row)| row.gone(at));
        let lines: Vec<H::Change> = changed.map(Held::change).chain(gone).collect();
        taken.items.push(match lines.len() {
            0 => Item::new(item, ItemStatus::Unchanged, ""),
            changed => Item::new(item, ItemStatus::Updated, format!("{} held, {changed} changed", after.len())),
        });
        history.extend(lines);
        if !(before.is_empty() && after.is_empty()) {
            let scope = Scope { column: H::SCOPE, value: scope };
            taken.changes.push(Change::Replace { scope, rows: Batch::of(&after) });
        }
    }
    if !history.is_empty() {
        taken.changes.push(Change::Upsert(Batch::of(&history)));
    }
    taken
}

fn owned<H: Held>(row: &H) -> (String, String) {
    let (name, side) = row.name();
    (name.into(), side.into())
}

/// Why rows are not what one part holds.
fn fault<H: Held>(scope: &str, rows: &[H]) -> Option<String> {
    let mut names = BTreeSet::new();
    rows.iter().find_map(|row| {
        let (name, _) = row.name();
        if row.scope() != scope {
            return Some(format!("the answer puts {name} into `{}`", row.scope()));
        }
        (!names.insert(row.name())).then(|| format!("the answer names {name} twice"))
    })
}

#[cfg(test)]
mod tests {
    use foliosync_engine::model::Decimal;
    use foliosync_engine::model::accounts::{Balance, BalanceChange};

    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    fn held(wallet: &str, asset: &str, total: i64, minute: i64) -> Balance {
        Balance {
            wallet: wallet.into(),
            asset: asset.into(),
            kind: None,
            free: Some(total.into()),
            locked: Some(Decimal::ZERO),
            total: total.into(),
            as_of: at(minute),
        }
    }

    /// What is stored, what was said about it over time, and the watermark.
    #[derive(Default)]
    struct World {
        stored: Vec<Balance>,
        history: Vec<String>,
        empty: EmptyOnce,
        minute: i64,
    }

    impl World {
        /// Takes an answer a minute later, and gives what became of its parts.
        fn take(&mut self, parts: Vec<Part<Balance>>) -> Vec<String> {
            self.minute += 1;
            // As it comes back from the store.
            let mark = serde_json::to_value(&self.empty).unwrap();
            self.empty = serde_json::from_value(mark).unwrap();
            let taken = take(&self.stored, parts, &mut self.empty, at(self.minute));
            for change in taken.changes {
                match change {
                    Change::Replace { scope, rows } => {
                        self.stored.retain(|row| row.wallet != scope.value);
                        self.stored.extend(rows.records::<Balance>().unwrap());
                    }
                    Change::Upsert(rows) => {
                        let line = |row: BalanceChange| format!("{} {} {}", row.wallet, row.asset, row.total);
                        self.history.extend(rows.records().unwrap().into_iter().map(line));
                    }
                }
            }
            taken.items.iter().map(|item| format!("{} {:?}", item.name, item.status)).collect()
        }

        fn history(&mut self) -> Vec<String> {
            std::mem::take(&mut self.history)
        }

        fn held(&self) -> Vec<(&str, &str, String, i64)> {
            let minute = |balance: &Balance| balance.as_of.as_second() / 60;
            self.stored.iter().map(|b| (b.wallet.as_str(), b.asset.as_str(), b.total.to_string(), minute(b))).collect()
        }
    }

    const NOTHING: [String; 0] = [];

    #[test]
    fn history_is_of_changes_only() {
        let mut world = World::default();
        let spot = |rows: Vec<Balance>| vec![Part::whole("spot", rows)];
        assert_eq!(world.take(spot(vec![held("spot", "BTC", 2, 1), held("spot", "ETH", 5, 1)])), ["spot Updated"]);
        assert_eq!(world.history(), ["spot BTC 2", "spot ETH 5"]);
        assert_eq!(world.take(spot(vec![held("spot", "BTC", 2, 2), held("spot", "ETH", 5, 2)])), ["spot Unchanged"]);
        assert_eq!(world.history(), NOTHING);
        assert_eq!(world.held()[0].3, 2, "it is known to be so as of now");
        // Sold out: it is no longer held, and the history says since when.
        assert_eq!(world.take(spot(vec![held("spot", "BTC", 3, 3)])), ["spot Updated"]);
        assert_eq!(world.history(), ["spot BTC 3", "spot ETH 0"]);
        assert_eq!(world.held().len(), 1);
        assert_eq!(world.take(spot(vec![held("spot", "BTC", 3, 4), held("spot", "ETH", 0, 4)])), ["spot Unchanged"]);
        assert_eq!(world.history(), NOTHING, "naming nothing is as good as not naming it");
    }

    #[test]
    fn a_part_that_failed_keeps_its_last_values() {
        let mut world = World::default();
        let funding = || Part::whole("funding", vec![held("funding", "USDT", 7, 1)]);
        world.take(vec![Part::whole("spot", vec![held("spot", "BTC", 2, 1)]), funding()]);
        world.history();
        for _ in 0..3 {
            let spot = Part::lacking("spot", ItemStatus::Missing, "it did not answer");
            assert_eq!(world.take(vec![spot, funding()]), ["spot Missing", "funding Unchanged"]);
        }
        assert_eq!(world.history(), NOTHING);
        assert_eq!(
            world.held().iter().filter(|row| row.0 == "spot").collect::<Vec<_>>(),
            [&("spot", "BTC", "2".into(), 1)]
        );
        let back = Part::whole("spot", vec![held("spot", "BTC", 1, 5)]);
        assert_eq!(world.take(vec![back, funding()]), ["spot Updated", "funding Unchanged"]);
        assert_eq!(world.history(), ["spot BTC 1"]);
    }

    #[test]
    fn an_empty_part_is_believed_when_it_says_so_again() {
        let empty = || vec![Part::<Balance>::whole("spot", Vec::new())];
        let full = || vec![Part::whole("spot", vec![held("spot", "BTC", 2, 1)])];
        let mut world = World::default();
        assert_eq!(world.take(empty()), ["spot Unchanged"], "nothing was held");
        world.take(full());
        world.history();
        assert_eq!((world.take(empty()), world.held().len()), (vec!["spot Missing".into()], 1));
        assert!(!world.empty.is_none());
        // A full one in between: the first was a mistake.
        assert_eq!((world.take(full()), world.empty.is_none()), (vec!["spot Unchanged".into()], true));
        assert_eq!((world.take(empty()), world.held().len()), (vec!["spot Missing".into()], 1));
        // An answer that did not come proves nothing in either direction.
        world.take(vec![Part::lacking("spot", ItemStatus::Deferred, "later")]);
        assert_eq!(world.history(), NOTHING);
        assert_eq!((world.take(empty()), world.held().len()), (vec!["spot Updated".into()], 0));
        assert_eq!(world.history(), ["spot BTC 0"]);
        assert_eq!((world.take(empty()), world.empty.is_none()), (vec!["spot Unchanged".into()], true));
    }

    #[test]
    fn a_part_that_is_not_read_any_more_is_gone_at_once() {
        let mut world = World::default();
        world.take(vec![Part::whole("spot", vec![held("spot", "BTC", 2, 1)])]);
        world.history();
        assert_eq!(world.take(vec![Part::closed("spot").named("spot wallet")]), ["spot wallet Updated"]);
        assert_eq!((world.held().len(), world.history()), (0, vec!["spot BTC 0".into()]));
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let mut world = World::default();
        world.take(vec![Part::whole("spot", vec![held("spot", "BTC", 2, 1)])]);
        world.history();
        let twice = vec![held("spot", "BTC", 2, 2), held("spot", "BTC", 3, 2)];
        let else_where = vec![held("funding", "BTC", 2, 2)];
        for rows in [twice, else_where] {
            assert_eq!(world.take(vec![Part::whole("spot", rows)]), ["spot Rejected"]);
            assert_eq!(world.history(), NOTHING);
            assert_eq!(world.held(), [("spot", "BTC", "2".into(), 1)]);
        }
    }
}
