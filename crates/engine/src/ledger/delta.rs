//! What a ledger's changes come to as rows: each row once, as it is in the end.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::model::notification::{Notification, NotificationId};
use crate::model::quota::QuotaRow;
use crate::model::sync::{
    Connection, ConnectionId, Gap, ItemStatus, Run, RunEvent, RunId, Setting, Stream, SyncRequest,
};
use crate::provider::Page;
use crate::store::RowsOfRemoved;

/// Control rows to write in one transaction: inserted, or in place of the row with the same key.
#[derive(Debug, Default, Clone)]
pub struct Delta {
    pub connections: BTreeMap<ConnectionId, Connection>,
    pub streams: BTreeMap<(ConnectionId, String), Stream>,
    pub runs: BTreeMap<RunId, RunRow>,
    pub events: Vec<RunEvent>,
    /// Gaps that opened or changed, and those that closed.
    pub gaps: BTreeMap<(ConnectionId, String, String), Option<Gap>>,
    pub requests: Vec<SyncRequest>,
    pub settings: BTreeMap<String, Setting>,
    pub quotas: BTreeMap<String, QuotaRow>,
    pub notifications: BTreeMap<NotificationId, Notification>,
    /// Connections whose streams and gaps go, and perhaps their rows of data.
    pub removed: Vec<(ConnectionId, RowsOfRemoved)>,
}

#[derive(Debug, Clone)]
pub struct RunRow {
    pub run: Run,
    /// Whether no row of this run was written before.
    pub new: bool,
}

impl Delta {
    pub fn is_empty(&self) -> bool {
        self.connections.is_empty()
            && self.streams.is_empty()
            && self.runs.is_empty()
            && self.events.is_empty()
            && self.gaps.is_empty()
            && self.requests.is_empty()
            && self.settings.is_empty()
            && self.quotas.is_empty()
            && self.notifications.is_empty()
            && self.removed.is_empty()
    }

    /// Adds what came later.
    pub fn extend(&mut self, later: Delta) {
        for (id, rows) in later.removed {
            self.remove(id, rows);
        }
        self.connections.extend(later.connections);
        self.streams.extend(later.streams);
        for (_, row) in later.runs {
            self.run(row.run, row.new);
        }
        self.events.extend(later.events);
        self.gaps.extend(later.gaps);
        self.requests.extend(later.requests);
        self.settings.extend(later.settings);
        self.quotas.extend(later.quotas);
        self.notifications.extend(later.notifications);
    }

    pub(super) fn connection(&mut self, connection: Connection) {
        self.connections.insert(connection.id, connection);
    }

    pub(super) fn stream(&mut self, stream: Stream) {
        self.streams.insert((stream.connection_id, stream.name.clone()), stream);
    }

    pub(super) fn run(&mut self, run: Run, new: bool) {
        let new = new || self.runs.get(&run.id).is_some_and(|row| row.new);
        self.runs.insert(run.id, RunRow { run, new });
    }

    pub(super) fn notification(&mut self, notification: Notification) {
        self.notifications.insert(notification.id, notification);
    }

    pub(super) fn setting(&mut self, key: &str, value: &str, now: Timestamp) {
        self.settings.insert(key.into(), Setting { key: key.into(), value: value.into(), updated_at: now });
    }

    pub(super) fn remove(&mut self, id: ConnectionId, rows: RowsOfRemoved) {
        self.streams.retain(|(connection, _), _| *connection != id);
        self.gaps.retain(|(connection, ..), _| *connection != id);
        self.removed.push((id, rows));
    }
}

/// The gaps of a connection by stream and item.
pub(super) type Gaps = BTreeMap<(String, String), SeenGap>;

/// A gap, and when a page last named it.
#[derive(Clone, Debug)]
pub(super) struct SeenGap {
    pub gap: Gap,
    pub seen: Timestamp,
}

/// Closes gaps that no page has named since the stream's last success: the source does not know these items any more.
/// Called when a sweep over all items has ended well, before that success is noted.
pub(super) fn close_gaps(delta: &mut Delta, gaps: &mut Gaps, stream: &Stream) {
    let Some(before) = stream.last_success else { return };
    let is_over = |name: &String, seen: &SeenGap| *name == stream.name && seen.seen <= before;
    for ((_, item), _) in gaps.extract_if(.., |(name, _), seen| is_over(name, seen)) {
        delta.gaps.insert((stream.connection_id, stream.name.clone(), item), None);
    }
}

/// Opens, keeps or closes the gap of each item that a page covers. A gap keeps the time since when it is there.
pub(super) fn note_gaps(delta: &mut Delta, gaps: &mut Gaps, stream: &Stream, page: &Page, now: Timestamp) {
    for item in &page.items {
        let key = (stream.name.clone(), item.name.clone());
        let lacking = matches!(item.status, ItemStatus::Missing | ItemStatus::Rejected | ItemStatus::Deferred);
        let before = gaps.get_mut(&key).map(|seen| {
            seen.seen = now;
            &seen.gap
        });
        let after = lacking.then(|| Gap {
            connection_id: stream.connection_id,
            stream: stream.name.clone(),
            item: item.name.clone(),
            since: before.map_or(now, |gap| gap.since),
            status: item.status,
            reason: item.detail.clone(),
        });
        if before == after.as_ref() {
            continue;
        }
        match &after {
            Some(gap) => gaps.insert(key.clone(), SeenGap { gap: gap.clone(), seen: now }),
            None => gaps.remove(&key),
        };
        delta.gaps.insert((stream.connection_id, key.0, key.1), after);
    }
}
