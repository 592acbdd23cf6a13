//! What is to be done there so that a table has the rows that it is to have.

use std::collections::{BTreeMap, BTreeSet};

use foliosync_engine::model::mirror::MirrorRow;

use crate::cells::Wanted;

/// The ledger of one table, with what this page changes of it.
pub struct Ledger {
    table_name: String,
    table_id: String,
    /// Rows that are there.
    rows: BTreeMap<String, MirrorRow>,
    keys: BTreeMap<i64, String>,
    changes: BTreeMap<String, MirrorRow>,
}

/// Keys with the ids of their rows.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    pub delete: Vec<(String, i64)>,
    pub update: Vec<(String, i64)>,
    pub insert: Vec<String>,
}

impl Plan {
    pub fn is_empty(&self) -> bool {
        self.delete.is_empty() && self.update.is_empty() && self.insert.is_empty()
    }
}

impl Ledger {
    /// Of all rows that a mirror keeps, those of one table; rows of an earlier table of its name count for nothing.
    pub fn of(all: &[MirrorRow], table_name: &str, table_id: &str) -> Ledger {
        let mut ledger = Ledger {
            table_name: table_name.into(),
            table_id: table_id.into(),
            rows: BTreeMap::new(),
            keys: BTreeMap::new(),
            changes: BTreeMap::new(),
        };
        for row in all.iter().filter(|row| row.table_name == table_name && row.table_id == table_id) {
            if let Some(id) = row.row_id {
                ledger.keys.insert(id, row.row_key.clone());
                ledger.rows.insert(row.row_key.clone(), row.clone());
            }
        }
        ledger
    }

    pub fn get(&self, key: &str) -> Option<&MirrorRow> {
        self.rows.get(key)
    }

    pub fn key_of(&self, id: i64) -> Option<&String> {
        self.keys.get(&id)
    }

    /// The ids between two, the first not included.
    pub fn ids(&self, after: i64, to: i64) -> Vec<i64> {
        if after >= to {
            return Vec::new();
        }
        self.keys.range(after + 1..=to).map(|(id, _)| *id).collect()
    }

    /// Notes what a row has there.
    pub fn put(&mut self, key: &str, id: i64, hash: &str, ours: bool) {
        let row = MirrorRow {
            table_name: self.table_name.clone(),
            row_key: key.into(),
            table_id: self.table_id.clone(),
            row_id: Some(id),
            hash: hash.into(),
            ours,
        };
        if self.rows.get(key) == Some(&row) {
            return;
        }
        if let Some(before) = self.rows.insert(key.into(), row.clone()).and_then(|before| before.row_id) {
            self.keys.remove(&before);
        }
        self.keys.insert(id, key.into());
        self.changes.insert(key.into(), row);
    }

    /// Notes that a row is not there any more.
    pub fn gone(&mut self, key: &str) {
        if let Some(row) = self.rows.remove(key) {
            row.row_id.map(|id| self.keys.remove(&id));
            self.changes.insert(key.into(), MirrorRow { row_id: None, hash: String::new(), ..row });
        }
    }

    pub fn changes(self) -> impl Iterator<Item = MirrorRow> {
        self.changes.into_values()
    }

    /// Deletes only what the mirror added and what is not wanted any more; leaves alone what was refused.
    pub fn plan(&self, wanted: &Wanted<'_>, refused: &BTreeSet<String>) -> Plan {
        let mut plan = Plan::default();
        for (key, row) in self.rows.iter().filter(|(key, _)| !refused.contains(*key)) {
            let Some(id) = row.row_id else { continue };
            match wanted.hash(key) {
                Some(hash) if hash != row.hash => plan.update.push((key.clone(), id)),
                None if row.ours => plan.delete.push((key.clone(), id)),
                Some(_) | None => {}
            }
        }
        let is_new = |key: &&String| !self.rows.contains_key(*key) && !refused.contains(*key);
        plan.insert = wanted.keys().filter(is_new).cloned().collect();
        plan
    }
}

#[cfg(test)]
mod tests {
    use foliosync_engine::model::{Batch, BatchBuilder, Column, Kind, Merge, Owner, Table};

    use super::*;
    use crate::cells::Decimals;

    static TABLE: Table = Table {
        schema: "mirror",
        name: "t",
        doc: "",
        owner: Owner::Shared,
        key: &["k"],
        merge: Merge::Overwrite,
        columns: &[Column::required("k", Kind::Text, ""), Column::required("v", Kind::Int, "")],
    };

    fn rows(rows: &[(&str, i64)]) -> Batch {
        let mut batch = BatchBuilder::new(&TABLE);
        rows.iter().for_each(|(key, value)| batch.push_values(&[(*key).into(), (*value).into()]));
        batch.finish()
    }

    fn row(key: &str, id: Option<i64>, hash: &str, ours: bool) -> MirrorRow {
        let (table_name, table_id) = ("t".into(), "m1".into());
        MirrorRow { table_name, row_key: key.into(), table_id, row_id: id, hash: hash.into(), ours }
    }

    #[test]
    fn what_differs_is_written_and_only_what_was_added_is_deleted() {
        let batch = rows(&[("same", 1), ("changed", 2), ("new", 3), ("back", 4), ("refused", 5), ("moved", 6)]);
        let wanted = Wanted::of(&batch, Decimals::Number);
        let same = wanted.hash("same").unwrap();
        let old_table = MirrorRow { table_id: "m0".into(), ..row("moved", Some(9), same, true) };
        let all = [
            row("same", Some(1), same, true),
            row("changed", Some(2), same, false),
            row("back", None, "", true),
            row("left", Some(4), same, true),
            row("theirs", Some(5), same, false),
            old_table,
        ];
        let mut ledger = Ledger::of(&all, "t", "m1");
        let refused = BTreeSet::from(["refused".to_string()]);
        let want = Plan {
            delete: vec![("left".into(), 4)],
            update: vec![("changed".into(), 2)],
            insert: vec!["back".into(), "moved".into(), "new".into()],
        };
        assert_eq!(ledger.plan(&wanted, &refused), want);
        for (key, id) in [("changed", 2), ("new", 6), ("back", 7), ("moved", 8)] {
            ledger.put(key, id, wanted.hash(key).unwrap(), true);
        }
        ledger.gone("left");
        assert!(ledger.plan(&wanted, &refused).is_empty());
        assert_eq!((ledger.key_of(7).map(String::as_str), ledger.ids(2, 7)), (Some("back"), vec![5, 6, 7]));
        let changes: Vec<_> = ledger.changes().map(|row| (row.row_key, row.row_id)).collect();
        let want = [("back", Some(7)), ("changed", Some(2)), ("left", None), ("moved", Some(8)), ("new", Some(6))];
        assert_eq!(changes, want.map(|(key, id)| (key.to_string(), id)));
    }
}
