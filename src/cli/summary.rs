//! What a sync came to, for people: per connection what changed and what failed, then the counts.

use std::collections::BTreeMap;

use foliosync_engine::model::sync::{ConnectionId, ItemLine, ItemStatus};

use super::text::{shown, shown_lines};
use crate::client::wire::{Connection, SyncLineKind};

/// Changed items that are named one by one; the rest is counted. Failed ones are all named.
const CHANGED_SHOWN_MAX: usize = 40;

#[derive(Default)]
pub struct Summary {
    items: BTreeMap<ConnectionId, BTreeMap<String, ItemLine>>,
    errors: Vec<(Option<ConnectionId>, String)>,
    changed: i64,
    unchanged: i64,
    failed: i64,
    pub was_cut: bool,
}

impl Summary {
    pub fn note(&mut self, line: &SyncLineKind) {
        match line {
            SyncLineKind::Progress { connection, items, .. } => {
                let seen = self.items.entry(*connection).or_default();
                seen.extend(items.iter().map(|item| (item.item.clone(), item.clone())));
            }
            SyncLineKind::Complete { updated, failed, changed, errors } => {
                (self.changed, self.unchanged, self.failed) = (*changed, updated - changed, *failed);
                self.errors.extend(errors.iter().map(|error| (Some(error.connection), error.message.clone())));
            }
            SyncLineKind::Error { message } => self.errors.push((None, message.clone())),
            SyncLineKind::Start { .. } | SyncLineKind::Other => {}
        }
    }

    pub fn is_well(&self) -> bool {
        self.failed == 0 && self.errors.is_empty()
    }

    pub fn has_news(&self) -> bool {
        !self.is_well() || self.changed > 0
    }

    pub fn print(&self, connections: &[Connection]) {
        say!("{}", self.text(connections).trim_end());
    }

    fn text(&self, connections: &[Connection]) -> String {
        let mut text = String::new();
        let label = |id: ConnectionId| {
            let found = connections.iter().find(|connection| connection.id == id);
            found.map_or(format!("connection {id}"), |connection| shown(&connection.label))
        };
        for (id, items) in self.items.iter().filter(|(_, items)| !items.is_empty()) {
            text += &format!("{}\n", label(*id));
            let (changed, failed): (Vec<_>, Vec<_>) =
                items.values().partition(|item| item.status == ItemStatus::Updated);
            for item in changed.iter().take(CHANGED_SHOWN_MAX).chain(&failed) {
                text += &format!("  {:<9} {}: {}\n", word(item.status), shown(&item.item), shown(&item.detail));
                if changed.len() > CHANGED_SHOWN_MAX && *item == changed[CHANGED_SHOWN_MAX - 1] {
                    text += &format!("  … and {} more updated\n", changed.len() - CHANGED_SHOWN_MAX);
                }
            }
        }
        for (connection, message) in &self.errors {
            let whose = connection.map(|id| format!("{}: ", label(id))).unwrap_or_default();
            text += &format!("failed: {whose}{}\n", shown_lines(message));
        }
        if self.errors.iter().any(|(connection, _)| connection.is_none()) {
            return text;
        }
        let counts = format!("{} updated, {} unchanged, {} failed", self.changed, self.unchanged, self.failed);
        text += &match self.has_news() {
            true => format!("{counts}\n"),
            false => format!("nothing changed: {counts}\n"),
        };
        if self.was_cut {
            text += "the server was restarted on the way: what it had stored before counts as unchanged\n";
        }
        text
    }
}

fn word(status: ItemStatus) -> &'static str {
    match status {
        ItemStatus::Updated => "updated",
        ItemStatus::Unchanged => "unchanged",
        ItemStatus::Missing => "missing",
        ItemStatus::Rejected => "rejected",
        ItemStatus::Deferred => "deferred",
    }
}
