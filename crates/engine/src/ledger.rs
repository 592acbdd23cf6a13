//! Who may write, what is due, and what is written down about it: the rules of claims, leases, runs and gaps, as plain
//! memory without input or output.
//!
//! A store that alone owns its database keeps one: the memory store, and the DuckDB store's writer. Both change it and
//! persist what it hands out in [`Delta`]. It is made anew from the stored rows at each start, so leases, which live
//! only here, end with the process.

mod delta;
mod live;
mod notices;
mod queue;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use delta::Delta;
use delta::{Gaps, SeenGap};
use live::Live;
use notices::Notices;
use queue::Queue;

use crate::budget::{BudgetAsk, BudgetGrant, Budgets};
use crate::model::notification::{Notification, NotificationId};
use crate::model::quota::QuotaRow;
use crate::model::sync::{
    Connection, ConnectionId, Cursor, Gap, Outcome, RequestId, Run, RunEvent, RunEventKind, RunId, Setting, Stream,
    SyncRequest, Trigger,
};
use crate::provider::{Named, Role};
use crate::store::{Claim, ClaimAsk, ConnectionDraft, Lease, Receipt, RowsOfRemoved, Step, StoreError, SyncAsk};

type Result<T> = std::result::Result<T, StoreError>;

#[derive(Default)]
pub struct Ledger {
    entries: BTreeMap<ConnectionId, Entry>,
    queue: Queue,
    last_connection: ConnectionId,
    last_run: RunId,
    last_request: RequestId,
    last_cursor: Cursor,
    budgets: Budgets,
    notices: Notices,
    /// When values that pages name were so, by name.
    named: BTreeMap<String, Timestamp>,
    delta: Delta,
    undo: Option<Undo>,
}

/// What was there before the open transaction touched it.
#[derive(Default)]
struct Undo {
    entries: BTreeMap<ConnectionId, Option<Entry>>,
    named: BTreeMap<String, Timestamp>,
}

const ENDED_BEFORE: &str = "the program ended before the run did";
/// Behind the name of a value: when it was so.
const UPDATED: &str = "_updated";

#[derive(Clone, Debug)]
struct Entry {
    connection: Connection,
    streams: BTreeMap<String, Stream>,
    gaps: Gaps,
    epoch: i64,
    live: Option<Live>,
}

impl Entry {
    /// When it may be claimed: once the earliest stream is due, and no run has its lease. A stream that somebody asked
    /// for is due even where schedules are off.
    fn next_due(&self) -> Option<Timestamp> {
        let counts = |stream: &&Stream| stream.due_trigger != Trigger::Schedule || self.connection.sync_enabled;
        let due = self.streams.values().filter(counts).filter_map(|stream| stream.next_due).min();
        due.map(|due| self.live.as_ref().map_or(due, |live| due.max(live.until)))
    }

    fn is_due(&self, stream: &Stream, ask: &ClaimAsk) -> bool {
        let wanted = stream.due_trigger != Trigger::Schedule || (ask.schedules && self.connection.sync_enabled);
        wanted && stream.next_due.is_some_and(|due| due <= ask.now)
    }
}

/// What a database holds of a ledger.
#[derive(Default)]
pub struct Stored {
    pub connections: Vec<Connection>,
    pub streams: Vec<Stream>,
    pub gaps: Vec<Gap>,
    pub quotas: Vec<QuotaRow>,
    pub notifications: Vec<Notification>,
    pub settings: Vec<Setting>,
    /// Runs that were going when the database was last closed, or killed.
    pub open_runs: Vec<Run>,
    /// What a ledger that lives for one transaction has instead: the leases that hold.
    pub held: Vec<Held>,
    /// Connections that others have runs of, for their share of the turns.
    pub running: Vec<Connection>,
    pub last_notification: NotificationId,
    /// Where the connections are not all there are: the last number that was given out.
    pub last_connection: ConnectionId,
    pub last_run: RunId,
    pub last_request: RequestId,
    pub last_cursor: Cursor,
}

/// What there is of a connection beyond its rows. Where several programs share a database, it is stored; where one alone
/// owns it, it ends with the program.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Held {
    pub connection: ConnectionId,
    pub epoch: i64,
    live: Option<Live>,
    /// When a page last named each gap.
    seen: Vec<(String, String, Timestamp)>,
}

impl Held {
    /// The run that is going, and until when it has the lease.
    pub fn lease(&self) -> Option<(RunId, Timestamp)> {
        self.live.as_ref().map(|live| (live.run.id, live.until))
    }
}

impl Ledger {
    /// Takes up where the database stands. Runs that never ended are closed as interrupted, in the delta.
    pub fn load(stored: Stored, now: Timestamp) -> Ledger {
        let mut ledger = Ledger {
            last_connection: stored.connections.iter().map(|c| c.id).max().unwrap_or(0).max(stored.last_connection),
            last_run: stored.last_run,
            last_request: stored.last_request,
            last_cursor: stored.last_cursor,
            budgets: Budgets::load(stored.quotas),
            notices: Notices::load(stored.notifications, stored.last_notification),
            ..Ledger::default()
        };
        for Setting { key, value, .. } in stored.settings {
            if let (Some(name), Ok(as_of)) = (key.strip_suffix(UPDATED), value.parse()) {
                ledger.named.insert(name.into(), as_of);
            }
        }
        for connection in stored.connections.into_iter().filter(|c| c.removed_at.is_none()) {
            let id = connection.id;
            let entry = Entry { connection, streams: BTreeMap::new(), gaps: BTreeMap::new(), epoch: 0, live: None };
            ledger.entries.insert(id, entry);
        }
        for stream in stored.streams {
            if let Some(entry) = ledger.entries.get_mut(&stream.connection_id) {
                entry.streams.insert(stream.name.clone(), stream);
            }
        }
        for gap in stored.gaps {
            if let Some(entry) = ledger.entries.get_mut(&gap.connection_id) {
                entry.gaps.insert((gap.stream.clone(), gap.item.clone()), SeenGap { gap, seen: now });
            }
        }
        for held in stored.held {
            if let Some(entry) = ledger.entries.get_mut(&held.connection) {
                (entry.epoch, entry.live) = (held.epoch, held.live);
                for (stream, item, at) in held.seen {
                    entry.gaps.entry((stream, item)).and_modify(|gap| gap.seen = at);
                }
            }
        }
        for entry in ledger.entries.values() {
            if let Some(due) = entry.next_due() {
                ledger.queue.put(&entry.connection, due);
            }
            if entry.live.is_some() {
                ledger.queue.begins(&entry.connection);
            }
        }
        stored.running.iter().for_each(|connection| ledger.queue.begins(connection));
        for run in stored.open_runs {
            ledger.close_run(run, Outcome::Interrupted, Some(ENDED_BEFORE.into()), now);
        }
        ledger
    }

    /// What is to be stored of a connection beyond its rows, and when it may be claimed next; `None` once it is removed.
    pub fn held(&self, id: ConnectionId) -> Option<(Held, Option<Timestamp>)> {
        let entry = self.entries.get(&id)?;
        let seen = entry.gaps.iter().map(|((stream, item), gap)| (stream.clone(), item.clone(), gap.seen)).collect();
        let held = Held { connection: id, epoch: entry.epoch, live: entry.live.clone(), seen };
        Some((held, entry.next_due()))
    }

    /// Closes the run of a connection whose program is gone, if one is going.
    pub fn abandon(&mut self, id: ConnectionId, now: Timestamp) {
        self.interrupt(id, ENDED_BEFORE, now);
    }

    /// What is to be written since the last call.
    pub fn take_delta(&mut self) -> Delta {
        std::mem::take(&mut self.delta)
    }

    /// From here on changes can be undone together, until `keep` or `undo`. Counters are not taken back: a number is
    /// never used twice, and may go unused.
    pub fn begin(&mut self) {
        self.undo = Some(Undo { named: self.named.clone(), ..Undo::default() });
        self.budgets.begin();
        self.notices.begin();
    }

    pub fn keep(&mut self) {
        self.undo = None;
        self.budgets.keep();
        self.notices.keep();
    }

    pub fn undo(&mut self) {
        self.delta = Delta::default();
        self.budgets.undo();
        self.notices.undo();
        if let Some(Undo { entries, named }) = self.undo.take() {
            self.named = named;
            for (id, before) in entries {
                self.swap(id, before);
            }
        }
    }

    pub fn put_connection(&mut self, draft: ConnectionDraft) -> Result<Connection> {
        let taken = |entry: &Entry| entry.connection.label == draft.label && Some(entry.connection.id) != draft.id;
        if self.entries.values().any(taken) {
            return Err(StoreError::LabelTaken(draft.label));
        }
        let id = match draft.id {
            Some(id) if self.entries.contains_key(&id) => id,
            Some(id) => return Err(StoreError::UnknownConnection(id)),
            None => {
                self.last_connection += 1;
                self.last_connection
            }
        };
        self.interrupt(id, "the connection was changed", draft.now);
        let before = self.entries.get(&id);
        let connection = Connection {
            id,
            provider: draft.provider,
            label: draft.label,
            settings: draft.settings,
            owner: draft.owner,
            sync_enabled: draft.sync_enabled,
            interval_secs: draft.interval_secs,
            created_at: before.map_or(draft.now, |entry| entry.connection.created_at),
            removed_at: None,
        };
        let mut entry = before.cloned().unwrap_or_else(|| Entry {
            connection: connection.clone(),
            streams: BTreeMap::new(),
            gaps: BTreeMap::new(),
            epoch: 0,
            live: None,
        });
        entry.epoch += 1;
        entry.connection = connection.clone();
        for name in &draft.streams {
            let stream = entry.streams.entry(name.clone()).or_insert_with(|| Stream::new(id, name, None));
            // New settings may mend what was wrong.
            if stream.due_trigger == Trigger::Schedule {
                stream.next_due = Some(draft.now);
            }
            self.delta.stream(stream.clone());
        }
        self.delta.connection(connection.clone());
        self.set(id, Some(entry));
        if !connection.sync_enabled {
            self.left(&connection, draft.now);
        }
        Ok(connection)
    }

    pub fn remove_connection(&mut self, id: ConnectionId, rows: RowsOfRemoved, now: Timestamp) -> Result<()> {
        self.interrupt(id, "the connection was removed", now);
        let entry = self.entries.get(&id).ok_or(StoreError::UnknownConnection(id))?;
        let removed = Connection { removed_at: Some(now), ..entry.connection.clone() };
        self.delta.connection(removed.clone());
        self.delta.remove(id, rows);
        self.set(id, None);
        self.left(&removed, now);
        Ok(())
    }

    fn left(&mut self, connection: &Connection, now: Timestamp) {
        let about = (connection.provider.clone(), Some(connection.id));
        self.notices.left(&self.entries, about, now, &mut self.delta);
    }

    pub fn request(&mut self, ask: SyncAsk) -> Result<SyncRequest> {
        let joins = ask.options == Default::default();
        if let Some(unknown) = ask.connections.iter().find(|id| !self.entries.contains_key(id)) {
            return Err(StoreError::UnknownConnection(*unknown));
        }
        for id in &ask.connections {
            let mut entry = self.entries[id].clone();
            let wanted = |name: &String| ask.streams.is_empty() || ask.streams.contains(name);
            for stream in entry.streams.values_mut().filter(|stream| wanted(&stream.name)) {
                let going = entry.live.as_ref().is_some_and(|live| live.is_going(&stream.name));
                if going && joins {
                    continue;
                }
                // What somebody asked for before and has not begun is done as well.
                let again = entry.live.as_ref().is_some_and(|live| live.is_asked_again(&stream.name));
                let waits = again || (!going && stream.due_trigger != Trigger::Schedule);
                let before = if waits { std::mem::take(&mut stream.due_options) } else { ask.options.clone() };
                stream.due_options = before.and(&ask.options);
                stream.next_due = Some(ask.now);
                stream.due_trigger = ask.trigger;
                if let Some(live) = &mut entry.live {
                    live.asked_again(&stream.name);
                }
                self.delta.stream(stream.clone());
            }
            self.set(*id, Some(entry));
        }
        self.last_request += 1;
        let request = SyncRequest {
            id: self.last_request,
            at: ask.now,
            after: self.last_cursor,
            joins,
            connections: ask.connections,
        };
        self.delta.requests.push(request.clone());
        Ok(request)
    }

    pub fn claim(&mut self, ask: ClaimAsk) -> Vec<Claim> {
        let may_run = |id| {
            let entry: &Entry = &self.entries[&id];
            entry.streams.values().any(|stream| entry.is_due(stream, &ask))
        };
        let next = self.queue.next(&ask, may_run);
        next.into_iter()
            .map(|id| {
                self.interrupt(id, "its lease ran out before it ended", ask.now);
                let entry = &self.entries[&id];
                let streams = entry.streams.values().filter(|stream| entry.is_due(stream, &ask)).cloned().collect();
                self.start_run(id, streams, &ask)
            })
            .collect()
    }

    fn start_run(&mut self, id: ConnectionId, streams: Vec<Stream>, ask: &ClaimAsk) -> Claim {
        let asked = streams.iter().map(|s| s.due_trigger).find(|trigger| *trigger != Trigger::Schedule);
        let trigger = asked.unwrap_or(Trigger::Schedule);
        self.last_run += 1;
        let mut entry = self.entries[&id].clone();
        entry.epoch += 1;
        let live = Live::new(self.last_run, id, trigger, &streams, ask);
        let lease = Lease {
            connection: id,
            epoch: entry.epoch,
            run: self.last_run,
            until: live.until,
            lease_for: ask.lease_for,
        };
        self.delta.run(live.run.clone(), true);
        let names = streams.iter().map(|s| s.name.clone()).collect();
        self.log(&live.run, ask.now, RunEventKind::Started { trigger, streams: names });
        entry.live = Some(live);
        let connection = entry.connection.clone();
        self.set(id, Some(entry));
        Claim { lease, connection, trigger, streams }
    }

    pub fn budget(&mut self, ask: &BudgetAsk) -> BudgetGrant {
        let (grant, rows) = self.budgets.answer(ask);
        self.delta.quotas.extend(rows.into_iter().map(|row| (row.scope.clone(), row)));
        grant
    }

    /// Whether a lease still holds. The only fence: every write of a run passes it, in the writing transaction.
    pub fn check(&self, lease: &Lease) -> Result<()> {
        match self.entries.get(&lease.connection) {
            Some(entry) if entry.epoch == lease.epoch && entry.live.is_some() => Ok(()),
            _ => Err(StoreError::LeaseLost),
        }
    }

    /// Whether `advance` would take a step. To be asked before the step's rows are written.
    pub fn check_step(&self, lease: &Lease, step: &Step) -> Result<()> {
        self.check(lease)?;
        let is_known = self.entries[&lease.connection].streams.contains_key(&step.stream);
        if is_known { Ok(()) } else { Err(StoreError::Failed(format!("there is no stream `{}`", step.stream))) }
    }

    /// Notes a step whose rows are being written in the same transaction.
    pub fn advance(&mut self, lease: &Lease, step: &Step, rows_written: i64) -> Result<Receipt> {
        self.check_step(lease, step)?;
        let mut entry = self.entries[&lease.connection].clone();
        let mut live = entry.live.take().ok_or(StoreError::LeaseLost)?;
        let stream = entry.streams.get_mut(&step.stream).ok_or(StoreError::LeaseLost)?;
        let mut counts = Default::default();
        live.until = step.now.checked_add(lease.lease_for).unwrap_or(Timestamp::MAX);
        if let Some(page) = &step.page {
            let event;
            (counts, event) = live.page(stream, page, rows_written, step.now);
            delta::note_gaps(&mut self.delta, &mut entry.gaps, stream, page, step.now);
            self.log(&live.run, step.now, event);
            page.settings.iter().for_each(|named| self.name(named, step.now));
        }
        if let Some(end) = &step.stream_end {
            if matches!(end.outcome, Outcome::Ok | Outcome::Partial) && live.covers_all(&step.stream) {
                delta::close_gaps(&mut self.delta, &mut entry.gaps, stream);
            }
            let event = live.end_stream(stream, end, step.now);
            self.log(&live.run, step.now, event);
            if stream.last_success == Some(step.now) && end.role == Role::Source {
                self.delta.setting("last_synced", &step.now.to_string(), step.now);
            }
        }
        self.delta.stream(stream.clone());
        let until = live.until;
        let mut run_outcome = None;
        if step.run_end {
            let (outcome, error) = live.verdict();
            run_outcome = Some(outcome);
            self.close_run(live.run, outcome, error, step.now);
        } else {
            self.delta.run(live.run.clone(), false);
            entry.live = Some(live);
        }
        self.set(lease.connection, Some(entry));
        if let Some(end) = &step.stream_end {
            self.notices.stream_ended(&self.entries, lease.connection, end.outcome, step.now, &mut self.delta);
        }
        let lease = Lease { until, ..lease.clone() };
        Ok(Receipt { lease, cursor: self.last_cursor, counts, rows_written, run_outcome })
    }

    /// Sets a named value, unless a newer one is there; one that is ahead of the clock holds nobody back.
    fn name(&mut self, named: &Named, now: Timestamp) {
        let Named { name, value, as_of } = named;
        if self.named.get(*name).is_none_or(|before| before <= as_of || *before > now) {
            self.named.insert((*name).into(), *as_of);
            self.delta.setting(name, value, now);
            self.delta.setting(&format!("{name}{UPDATED}"), &as_of.to_string(), now);
        }
    }

    /// Closes the run of a connection, if one is going, and makes its lease void.
    fn interrupt(&mut self, id: ConnectionId, why: &str, now: Timestamp) {
        let Some(mut entry) = self.entries.get(&id).filter(|entry| entry.live.is_some()).cloned() else { return };
        entry.epoch += 1;
        if let Some(live) = entry.live.take() {
            self.close_run(live.run, Outcome::Interrupted, Some(why.into()), now);
        }
        self.set(id, Some(entry));
    }

    fn close_run(&mut self, mut run: Run, outcome: Outcome, error: Option<String>, now: Timestamp) {
        run.finished_at = Some(now);
        run.duration_ms = i64::try_from(now.duration_since(run.started_at).as_millis()).ok();
        run.outcome = Some(outcome);
        run.error = error.clone();
        self.log(&run, now, RunEventKind::Finished { outcome, counts: run.counts, error });
        self.delta.run(run, false);
    }

    fn log(&mut self, run: &Run, at: Timestamp, kind: RunEventKind) {
        self.last_cursor += 1;
        let event = RunEvent { cursor: self.last_cursor, run: run.id, connection: run.connection_id, at, kind };
        self.delta.events.push(event);
    }

    /// The last line of the log.
    pub fn last_cursor(&self) -> Cursor {
        self.last_cursor
    }

    /// Runs that are going.
    pub fn live_runs(&self) -> usize {
        self.queue.running()
    }

    /// Puts an entry in place of another, and keeps the first for `undo`.
    fn set(&mut self, id: ConnectionId, entry: Option<Entry>) {
        let before = self.swap(id, entry);
        if let Some(undo) = &mut self.undo {
            undo.entries.entry(id).or_insert(before);
        }
    }

    /// Puts an entry in place of another, and keeps what is counted and indexed over all entries right.
    fn swap(&mut self, id: ConnectionId, after: Option<Entry>) -> Option<Entry> {
        let before = self.entries.remove(&id);
        if let Some(entry) = &before {
            if let Some(due) = entry.next_due() {
                self.queue.take(&entry.connection, due);
            }
            if entry.live.is_some() {
                self.queue.ends(&entry.connection);
            }
        }
        if let Some(entry) = after {
            if let Some(due) = entry.next_due() {
                self.queue.put(&entry.connection, due);
            }
            if entry.live.is_some() {
                self.queue.begins(&entry.connection);
            }
            self.entries.insert(id, entry);
        }
        before
    }
}

#[cfg(test)]
mod tests;
