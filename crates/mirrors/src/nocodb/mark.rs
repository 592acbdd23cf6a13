//! The watermark: where the tables are, up to which row each was looked at, and how far a sweep over them has come.

use std::collections::{BTreeMap, BTreeSet};

use foliosync_engine::model::sync::SyncOptions;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::Wish;

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Mark {
    /// The settings under which it was made: with others, everything is looked at anew.
    wish: String,
    /// The base's id there.
    pub base: Option<String>,
    /// The next table of the sweep that is going.
    pub next: Option<usize>,
    /// Whether that sweep looks at every row there.
    rehash: bool,
    /// When it may be asked again.
    pub pause: Option<Timestamp>,
    pub tables: BTreeMap<String, TableMark>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct TableMark {
    /// Its id there, and the column that is a row's id; none before it was found or made.
    pub place: Option<(String, String)>,
    /// No row up to this id is new to us.
    pub seen: i64,
    /// A look at every row is going.
    pub look: Option<Look>,
    /// Rows of people without a key that can be read, and what they held.
    pub open: BTreeMap<i64, String>,
    /// Rows that it would not take in this sweep.
    pub refused: BTreeSet<String>,
    pub tally: Tally,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Look {
    /// The last id that was looked at.
    pub after: i64,
    /// Whether nothing was written before it: then every row is somebody's.
    pub first: bool,
}

/// What a sweep did to a table.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Tally {
    pub added: usize,
    pub changed: usize,
    pub deleted: usize,
    /// Rows that were there already and are ours to fill in.
    pub adopted: usize,
    /// Rows with a key that another row there has.
    pub twice: usize,
    /// Times that the table was not where it was, and that every row had to be looked at again.
    pub lost: usize,
    #[serde(default)]
    pub looks: usize,
}

impl Mark {
    /// A watermark of unknown form, or of other settings, means the start.
    pub fn read(watermark: Option<&Json>, wish: &Wish, options: &SyncOptions) -> Mark {
        let mark = watermark.and_then(|mark| Mark::deserialize(mark).ok()).filter(|mark| mark.wish == wish.text);
        let mut mark = mark.unwrap_or_else(|| Mark { wish: wish.text.clone(), ..Mark::default() });
        // A sweep that was cut off is of no use to one that looks closer.
        if mark.next.is_none() || mark.rehash != options.rehash {
            (mark.next, mark.rehash) = (Some(0), options.rehash);
            for table in mark.tables.values_mut() {
                (table.tally, table.refused) = (Tally::default(), BTreeSet::new());
                if options.rehash && table.look.is_none() {
                    table.look = Some(Look::default());
                }
            }
        }
        mark
    }

    pub fn to_json(&self) -> Json {
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl TableMark {
    /// Something there is not as it was left.
    pub fn look_again(&mut self) {
        self.tally.looks += 1;
        self.look = Some(Look::default());
    }

    /// The table is not where it was.
    pub fn lost(&mut self) {
        let lost = self.tally.lost + 1;
        *self = TableMark { tally: Tally { lost, ..Tally::default() }, ..TableMark::default() };
    }
}

impl Tally {
    /// For people; empty where nothing happened.
    pub fn told(&self) -> Vec<String> {
        let count = |number: usize, what: &str| (number > 0).then(|| format!("{number} {what}"));
        let counts = [
            count(self.added, "added"),
            count(self.changed, "changed"),
            count(self.deleted, "deleted"),
            count(self.adopted, "that were there are kept up to date"),
            count(self.twice, "left alone because an earlier row has their key"),
        ];
        counts.into_iter().flatten().collect()
    }
}
