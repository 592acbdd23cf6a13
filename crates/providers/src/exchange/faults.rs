//! What a look at fills could not read. Runs that do not look again say it again, so that a fault stays in sight until
//! what it is about was read.

use std::collections::BTreeMap;

use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::provider::Item;
use serde::{Deserialize, Serialize};

/// By the name of the item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Faults(BTreeMap<String, (ItemStatus, String)>);

/// The item that stands for everything that is well and was not looked at again.
const REST: &str = "everything else";

impl Faults {
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    pub fn note(&mut self, items: &[Item]) {
        for item in items {
            match item.status {
                ItemStatus::Updated | ItemStatus::Unchanged => drop(self.0.remove(&item.name)),
                status => drop(self.0.insert(item.name.clone(), (status, item.detail.clone()))),
            }
        }
    }

    /// Forgets those that are about nothing that is read any more.
    pub fn keep(&mut self, is_read: impl Fn(&str) -> bool) {
        self.0.retain(|name, _| is_read(name));
    }

    /// The items of a run that does not look at them, but at some for which `is_asked` holds.
    pub fn again(&self, is_asked: impl Fn(&str) -> bool) -> Vec<Item> {
        let left = self.0.iter().filter(|(name, _)| !is_asked(name));
        let mut items: Vec<Item> = left.map(|(name, (status, why))| Item::new(name, *status, why)).collect();
        if !items.is_empty() {
            items.push(Item::new(REST, ItemStatus::Unchanged, ""));
        }
        items
    }
}
