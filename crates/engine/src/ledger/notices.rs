//! What the user is told about connections that do not get on: once when it begins, once when it is over, and once for all
//! connections of a provider where it is the provider.
//!
//! It follows from how things stand at the end of a stream and from what was told already, not from how they changed:
//! whatever was missed in between, nothing is told twice and nothing is left out.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Delta, Entry};
use crate::model::notification::{Notification, NotificationId, NotificationKind};
use crate::model::sync::{ConnectionId, Outcome};
use crate::schedule::FAILURES_UNTIL_ERROR;

/// The provider, and the connection where it is not about all of them.
type About = (String, Option<ConnectionId>);

#[derive(Debug, Default)]
pub struct Notices {
    /// What was told and is not over.
    pub(super) open: BTreeMap<About, Notification>,
    last: NotificationId,
    undo: Option<BTreeMap<About, Option<Notification>>>,
}

/// How a connection stands, as far as its user is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Well,
    Error,
    NeedsAttention,
}

impl Entry {
    fn standing(&self) -> Standing {
        let streams = || self.streams.values();
        if !self.connection.sync_enabled {
            Standing::Well
        } else if streams().any(|stream| stream.outcome == Some(Outcome::NeedsUser)) {
            Standing::NeedsAttention
        } else if streams().any(|stream| stream.failures >= FAILURES_UNTIL_ERROR) {
            Standing::Error
        } else {
            Standing::Well
        }
    }

    /// Whether anything of it fails, if only for the moment.
    fn is_failing(&self) -> bool {
        self.streams.values().any(|stream| stream.failures > 0)
    }

    /// The error of the stream that is worst off.
    fn trouble(&self) -> String {
        let worst = self.streams.values().filter(|stream| stream.error.is_some());
        let worst = worst.max_by_key(|stream| (stream.outcome == Some(Outcome::NeedsUser), stream.failures));
        worst.and_then(|stream| stream.error.clone()).unwrap_or_else(|| "it fails without a reason".into())
    }
}

impl Notices {
    /// Takes up all notifications there are, or those that are open and the number of the last.
    pub fn load(stored: Vec<Notification>, last: NotificationId) -> Notices {
        let last = stored.iter().map(|notice| notice.id).max().unwrap_or(0).max(last);
        let is_open = |notice: &Notification| notice.over_at.is_none() && notice.kind != NotificationKind::Recovered;
        let about = |notice: Notification| ((notice.provider.clone(), notice.connection_id), notice);
        Notices { open: stored.into_iter().filter(is_open).map(about).collect(), last, undo: None }
    }

    pub fn begin(&mut self) {
        self.undo = Some(BTreeMap::new());
    }

    pub fn keep(&mut self) {
        self.undo = None;
    }

    pub fn undo(&mut self) {
        for (about, before) in self.undo.take().unwrap_or_default() {
            self.swap(about, before);
        }
    }

    /// Tells what the end of a stream came to. `outcome` is how it ended.
    pub fn stream_ended(
        &mut self,
        entries: &BTreeMap<ConnectionId, Entry>,
        id: ConnectionId,
        outcome: Outcome,
        now: Timestamp,
        delta: &mut Delta,
    ) {
        let Some(entry) = entries.get(&id) else { return };
        let provider = &entry.connection.provider;
        let (own, all) = ((provider.clone(), Some(id)), (provider.clone(), None));
        let standing = entry.standing();
        if standing == Standing::Well {
            // Trying again is not being well.
            if matches!(outcome, Outcome::Ok | Outcome::Partial) {
                let label = &entry.connection.label;
                self.recovered(own, Some(label), format!("`{label}` is read again"), now, delta);
                self.recovered(all, None, format!("{provider} can be read again"), now, delta);
            }
            return;
        }
        let kind = match standing {
            Standing::NeedsAttention => NotificationKind::NeedsAttention,
            _ => NotificationKind::Error,
        };
        let is_told = self.open.get(&own).is_some_and(|told| told.kind == kind);
        let is_covered = kind == NotificationKind::Error && self.open.contains_key(&all);
        if is_told || is_covered {
            return;
        }
        // What was wrong before is something else now, and no good news.
        self.close(&own, now, delta);
        let trouble = entry.trouble();
        let others = entries.iter().filter(|(other, entry)| {
            **other != id && entry.connection.provider == *provider && entry.connection.sync_enabled
        });
        let failing: Vec<bool> = others.map(|(_, other)| other.is_failing()).collect();
        let is_provider = kind == NotificationKind::Error && !failing.is_empty() && !failing.contains(&false);
        let (about, label, message) = if is_provider {
            (all, None, format!("none of the connections to {provider} can be read: {trouble}"))
        } else {
            let label = entry.connection.label.clone();
            let message = format!("`{label}` cannot be read: {trouble}");
            (own, Some(label), message)
        };
        let notice = self.notice(kind, &about, label, message, now);
        delta.notification(notice.clone());
        self.set(about, Some(notice));
    }

    /// A connection was removed or switched off: what was told about it is over, and nobody needs to hear so.
    pub fn left(&mut self, entries: &BTreeMap<ConnectionId, Entry>, about: About, now: Timestamp, delta: &mut Delta) {
        self.close(&about, now, delta);
        let is_left = |entry: &Entry| entry.connection.provider == about.0 && entry.connection.sync_enabled;
        if !entries.values().any(is_left) {
            self.close(&(about.0, None), now, delta);
        }
    }

    fn recovered(&mut self, about: About, label: Option<&String>, message: String, now: Timestamp, delta: &mut Delta) {
        if self.close(&about, now, delta) {
            let notice = self.notice(NotificationKind::Recovered, &about, label.cloned(), message, now);
            delta.notification(notice);
        }
    }

    fn notice(
        &mut self,
        kind: NotificationKind,
        (provider, connection_id): &About,
        label: Option<String>,
        message: String,
        now: Timestamp,
    ) -> Notification {
        self.last += 1;
        let (provider, connection_id) = (provider.clone(), *connection_id);
        Notification { id: self.last, at: now, kind, provider, connection_id, label, message, over_at: None }
    }

    /// Notes that what was told is over, and whether there was anything.
    fn close(&mut self, about: &About, now: Timestamp, delta: &mut Delta) -> bool {
        let Some(told) = self.open.get(about).cloned() else { return false };
        delta.notification(Notification { over_at: Some(now), ..told });
        self.set(about.clone(), None);
        true
    }

    fn set(&mut self, about: About, after: Option<Notification>) {
        let before = self.swap(about.clone(), after);
        if let Some(undo) = &mut self.undo {
            undo.entry(about).or_insert(before);
        }
    }

    fn swap(&mut self, about: About, after: Option<Notification>) -> Option<Notification> {
        match after {
            Some(notice) => self.open.insert(about, notice),
            None => self.open.remove(&about),
        }
    }
}

#[cfg(test)]
mod tests;
