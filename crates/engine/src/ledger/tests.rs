//! The ledger against rules that are slow and plain: after any steps, kept or undone, its index is what a scan finds, and
//! what it handed out to be written is what it holds.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::model::notification::{NotificationId, NotificationKind};
use crate::model::sync::{Counts, ItemStatus, SyncOptions};
use crate::provider::{Item, Page};
use crate::store::StreamEnd;

const LEASE: Duration = Duration::from_secs(50);

fn at(secs: i64) -> Timestamp {
    Timestamp::from_second(secs).unwrap()
}

fn draft(id: Option<ConnectionId>, label: &str, enabled: bool, now: Timestamp) -> ConnectionDraft {
    ConnectionDraft {
        id,
        provider: "p".into(),
        label: label.into(),
        settings: BTreeMap::new(),
        credentials: Default::default(),
        owner: None,
        sync_enabled: enabled,
        interval_secs: 60,
        streams: vec!["a".into(), "b".into()],
        now,
    }
}

fn step(stream: &str, now: Timestamp) -> Step {
    Step { stream: stream.into(), page: None, stream_end: None, run_end: false, now }
}

fn page(item: &str, status: ItemStatus) -> Page {
    let items = vec![Item::new(item, status, "")];
    Page { items, more: true, ..Page::last(json!(item)) }
}

fn ends(outcome: Outcome, next_due: Option<Timestamp>) -> StreamEnd {
    StreamEnd { role: Role::Source, outcome, error: None, next_due, failures: 0 }
}

/// One thing that may happen, with numbers that choose what to.
#[derive(Debug, Clone)]
enum Deed {
    Add { label: u8, enabled: bool },
    Edit { which: usize, enabled: bool },
    Remove { which: usize },
    Ask { which: usize, stream: Option<bool>, rehash: bool },
    Claim { max: usize, schedules: bool },
    Page { lease: usize, stream: bool, item: u8, status: u8 },
    End { lease: usize, stream: bool, outcome: u8, after: i64, run_end: bool },
}

fn deeds() -> impl Strategy<Value = Deed> {
    let any_of = 0usize..6;
    prop_oneof![
        (0u8..6, any::<bool>()).prop_map(|(label, enabled)| Deed::Add { label, enabled }),
        (any_of.clone(), any::<bool>()).prop_map(|(which, enabled)| Deed::Edit { which, enabled }),
        any_of.clone().prop_map(|which| Deed::Remove { which }),
        (any_of.clone(), any::<Option<bool>>(), any::<bool>()).prop_map(|(which, stream, rehash)| Deed::Ask {
            which,
            stream,
            rehash
        }),
        (0usize..4, any::<bool>()).prop_map(|(max, schedules)| Deed::Claim { max, schedules }),
        (any_of.clone(), any::<bool>(), 0u8..3, 0u8..5).prop_map(|(lease, stream, item, status)| Deed::Page {
            lease,
            stream,
            item,
            status
        }),
        (any_of, any::<bool>(), 0u8..5, 0i64..100, any::<bool>())
            .prop_map(|(lease, stream, outcome, after, run_end)| Deed::End { lease, stream, outcome, after, run_end }),
    ]
}

/// A ledger and everything that it ever handed out to be written.
#[derive(Default)]
struct World {
    ledger: Ledger,
    written: Rows,
    leases: Vec<Lease>,
}

#[derive(Default)]
struct Rows {
    connections: BTreeMap<ConnectionId, Connection>,
    streams: BTreeMap<(ConnectionId, String), Stream>,
    gaps: BTreeMap<(ConnectionId, String, String), Gap>,
    runs: BTreeMap<RunId, Run>,
    events: Vec<RunEvent>,
    notifications: BTreeMap<NotificationId, Notification>,
}

impl World {
    fn name(stream: bool) -> &'static str {
        if stream { "a" } else { "b" }
    }

    fn id(&self, which: usize) -> ConnectionId {
        which as ConnectionId + 1
    }

    fn lease(&self, nth: usize) -> Option<Lease> {
        // The newest first, so that most deeds hit a run that is going.
        self.leases.iter().rev().nth(nth).cloned()
    }

    /// Does one deed; refusals are part of the game.
    fn tread(&mut self, deed: &Deed, now: Timestamp) {
        let ledger = &mut self.ledger;
        match deed {
            Deed::Add { label, enabled } => drop(ledger.put_connection(draft(None, &label.to_string(), *enabled, now))),
            Deed::Edit { which, enabled } => {
                let id = self.id(*which);
                drop(self.ledger.put_connection(draft(Some(id), &format!("edited {id}"), *enabled, now)));
            }
            Deed::Remove { which } => {
                let id = self.id(*which);
                drop(self.ledger.remove_connection(id, RowsOfRemoved::Delete, now));
            }
            Deed::Ask { which, stream, rehash } => {
                let ask = SyncAsk {
                    connections: vec![self.id(*which)],
                    streams: stream.iter().map(|stream| World::name(*stream).to_string()).collect(),
                    options: SyncOptions { rehash: *rehash, ..SyncOptions::default() },
                    trigger: Trigger::Manual,
                    now,
                };
                drop(self.ledger.request(ask));
            }
            Deed::Claim { max, schedules } => {
                let ask =
                    ClaimAsk { now, lease_for: LEASE, max: *max, max_of: Default::default(), schedules: *schedules };
                let expected = due_by_scan(&self.ledger, &ask);
                let claims = self.ledger.claim(ask);
                assert_eq!(claims.iter().map(|claim| claim.connection.id).collect::<Vec<_>>(), expected);
                self.leases.extend(claims.into_iter().map(|claim| claim.lease));
            }
            Deed::Page { lease, stream, item, status } => {
                use ItemStatus::{Deferred, Missing, Rejected, Unchanged, Updated};
                let status = [Updated, Unchanged, Missing, Rejected, Deferred][usize::from(*status)];
                let Some(lease) = self.lease(*lease) else { return };
                let page = Some(page(&item.to_string(), status));
                drop(self.ledger.advance(&lease, &Step { page, ..step(World::name(*stream), now) }, 1));
            }
            Deed::End { lease, stream, outcome, after, run_end } => {
                use Outcome::{Deferred, Failed, NeedsUser, Ok, Partial};
                let outcome = [Ok, Partial, Failed, NeedsUser, Deferred][usize::from(*outcome)];
                let Some(lease) = self.lease(*lease) else { return };
                let next_due = (*after < 90).then(|| now + jiff::SignedDuration::from_secs(*after));
                let failures = if outcome == Failed { after % 6 } else { 0 };
                let stream_end = Some(StreamEnd { failures, ..ends(outcome, next_due) });
                let step = Step { stream_end, run_end: *run_end, ..step(World::name(*stream), now) };
                drop(self.ledger.advance(&lease, &step, 0));
            }
        }
    }

    fn write(&mut self) {
        let delta = self.ledger.take_delta();
        let rows = &mut self.written;
        for (id, _) in delta.removed {
            rows.streams.retain(|(connection, _), _| *connection != id);
            rows.gaps.retain(|(connection, ..), _| *connection != id);
        }
        rows.connections.extend(delta.connections);
        rows.streams.extend(delta.streams);
        for (id, row) in delta.runs {
            let before = rows.runs.insert(id, row.run);
            assert_eq!(before.is_none(), row.new, "run {id} is new once");
        }
        rows.events.extend(delta.events);
        rows.notifications.extend(delta.notifications);
        for (key, gap) in delta.gaps {
            match gap {
                Some(gap) => drop(rows.gaps.insert(key, gap)),
                None => drop(rows.gaps.remove(&key)),
            }
        }
    }

    fn check(&self) {
        let Ledger { entries, queue, .. } = &self.ledger;
        let scanned: BTreeSet<_> =
            entries.iter().filter(|(_, entry)| entry.next_due().is_some()).map(|(id, _)| *id).collect();
        let waiting: BTreeSet<_> = queue.next(&everything(), |_| true).into_iter().collect();
        assert_eq!(waiting, scanned, "the index of what is due");
        let running = entries.values().filter(|entry| entry.live.is_some()).count();
        assert_eq!(queue.running(), running, "the runs that are going");

        let rows = &self.written;
        let there = rows.connections.values().filter(|connection| connection.removed_at.is_none());
        assert!(there.eq(entries.values().map(|entry| &entry.connection)));
        assert!(rows.streams.values().eq(entries.values().flat_map(|entry| entry.streams.values())));
        assert!(rows.gaps.values().eq(entries.values().flat_map(|entry| entry.gaps.values().map(|seen| &seen.gap))));

        let told = rows.notifications.values().filter(|told| told.kind != NotificationKind::Recovered);
        let about = |told: &Notification| (told.provider.clone(), told.connection_id);
        let open: BTreeMap<_, _> = told.filter(|told| told.over_at.is_none()).map(|told| (about(told), told)).collect();
        assert!(self.ledger.notices.open.values().eq(open.values().copied()), "what was told and is not over");
        for (_, connection) in open.keys() {
            let is_there = |id| entries.get(id).is_some_and(|entry| entry.connection.sync_enabled);
            assert!(connection.as_ref().is_none_or(is_there), "nobody is told about what was left");
        }

        assert!(rows.events.windows(2).all(|pair| pair[0].cursor < pair[1].cursor), "the log grows");
        let live: BTreeMap<_, _> =
            entries.values().filter_map(|entry| entry.live.as_ref()).map(|live| (live.run.id, &live.run)).collect();
        for (id, run) in &rows.runs {
            let told: Vec<_> = rows.events.iter().filter(|event| event.run == *id).collect();
            assert!(matches!(told[0].kind, RunEventKind::Started { .. }));
            let ends = told.iter().filter(|event| matches!(event.kind, RunEventKind::Finished { .. })).count();
            assert_eq!(ends, usize::from(!live.contains_key(id)), "run {id} ends once, unless it is going");
            assert_eq!(run.finished_at.is_none(), live.contains_key(id));
            let mut paged = Counts::default();
            for event in &told {
                if let RunEventKind::Page { counts, .. } = &event.kind {
                    paged.add(counts);
                }
            }
            assert_eq!(run.counts, paged, "the counts of a run are those of its pages");
        }
        assert!(live.iter().all(|(id, run)| rows.runs.get(id) == Some(*run)));
        for lease in &self.leases {
            let holds = self.ledger.check(lease).is_ok();
            assert_eq!(holds, live.contains_key(&lease.run), "a lease holds as long as its run goes");
        }
    }
}

/// What `claim` must give, found without an index.
fn due_by_scan(ledger: &Ledger, ask: &ClaimAsk) -> Vec<ConnectionId> {
    let mut due: Vec<_> = ledger
        .entries
        .iter()
        .filter(|(_, entry)| entry.live.as_ref().is_none_or(|live| live.until <= ask.now))
        .filter(|(_, entry)| {
            entry.streams.values().any(|stream| {
                let asked = stream.due_trigger != Trigger::Schedule;
                let wanted = asked || (ask.schedules && entry.connection.sync_enabled);
                wanted && stream.next_due.is_some_and(|due| due <= ask.now)
            })
        })
        .map(|(id, entry)| (entry.next_due(), *id))
        .collect();
    due.sort();
    due.into_iter().map(|(_, id)| id).take(ask.max).collect()
}

fn everything() -> ClaimAsk {
    ClaimAsk { now: Timestamp::MAX, lease_for: LEASE, max: usize::MAX, max_of: Default::default(), schedules: true }
}

fn shown(ledger: &Ledger) -> String {
    let waiting = ledger.queue.next(&everything(), |_| true);
    format!("{:?} {waiting:?} {:?}", ledger.entries, ledger.notices.open)
}

proptest! {
    #[test]
    fn any_deeds_leave_index_rows_and_runs_in_step(
        deeds in prop::collection::vec((prop::collection::vec(deeds(), 1..4), 0i64..40, prop::bool::weighted(0.3)), 1..60),
    ) {
        let mut world = World::default();
        let mut now = 0;
        for (transaction, pause, fails) in &deeds {
            now += pause;
            let (before, leases) = (shown(&world.ledger), world.leases.len());
            world.ledger.begin();
            for deed in transaction {
                world.tread(deed, at(now));
            }
            if *fails {
                world.ledger.undo();
                world.leases.truncate(leases);
                prop_assert_eq!(shown(&world.ledger), before, "undone is as never done");
                prop_assert!(world.ledger.take_delta().is_empty());
            } else {
                world.ledger.keep();
                world.write();
            }
            world.check();
        }
    }

    /// Whatever happened, a start from the written rows knows the same and leaves nothing open.
    #[test]
    fn a_load_takes_up_what_was_written(deeds in prop::collection::vec((deeds(), 0i64..40), 1..60)) {
        let mut world = World::default();
        let mut now = 0;
        for (deed, pause) in &deeds {
            now += pause;
            world.tread(deed, at(now));
            world.write();
        }
        let rows = &world.written;
        let stored = Stored {
            connections: rows.connections.values().cloned().collect(),
            streams: rows.streams.values().cloned().collect(),
            gaps: rows.gaps.values().cloned().collect(),
            quotas: Vec::new(),
            notifications: rows.notifications.values().cloned().collect(),
            settings: Vec::new(),
            open_runs: rows.runs.values().filter(|run| run.finished_at.is_none()).cloned().collect(),
            last_run: rows.runs.keys().next_back().copied().unwrap_or(0),
            last_request: 0,
            last_cursor: rows.events.last().map_or(0, |event| event.cursor),
        ..Stored::default()
    };
        world.ledger = Ledger::load(stored, at(now));
        world.leases.clear();
        world.write();
        world.check();
        prop_assert!(world.written.runs.values().all(|run| run.finished_at.is_some()));
    }
}

/// A number that was given out stays taken, though what it was given to never was.
#[test]
fn numbers_are_not_taken_back() {
    let mut ledger = Ledger::default();
    ledger.begin();
    let first = ledger.put_connection(draft(None, "x", true, at(0))).unwrap();
    ledger.undo();
    let second = ledger.put_connection(draft(None, "x", true, at(0))).unwrap();
    assert!(second.id > first.id);
}

/// A run that begins and ends within one transaction is one new row.
#[test]
fn a_delta_holds_each_row_once_as_it_is_in_the_end() {
    let mut ledger = Ledger::default();
    let id = ledger.put_connection(draft(None, "x", true, at(0))).unwrap().id;
    let lease = ledger
        .claim(ClaimAsk { now: at(0), lease_for: LEASE, max: 1, max_of: Default::default(), schedules: true })
        .remove(0)
        .lease;
    let lacking = Step { page: Some(page("i", ItemStatus::Missing)), ..step("a", at(1)) };
    ledger.advance(&lease, &lacking, 0).unwrap();
    let there = Step { page: Some(page("i", ItemStatus::Updated)), run_end: true, ..step("a", at(2)) };
    ledger.advance(&lease, &there, 0).unwrap();
    let delta = ledger.take_delta();
    assert_eq!((delta.connections.len(), delta.streams.len(), delta.runs.len()), (1, 2, 1));
    let row = &delta.runs[&lease.run];
    assert!(row.new && row.run.finished_at == Some(at(2)));
    assert_eq!(delta.gaps[&(id, "a".to_string(), "i".to_string())], None, "it opened and closed");
    assert_eq!(delta.events.len(), 4);

    ledger.remove_connection(id, RowsOfRemoved::Keep, at(3)).unwrap();
    let delta = ledger.take_delta();
    assert!(delta.streams.is_empty() && delta.gaps.is_empty() && delta.removed == [(id, RowsOfRemoved::Keep)]);
    assert!(ledger.take_delta().is_empty());
}

/// Somebody else reads its symbols by now, for example.
#[test]
fn a_stream_that_has_nothing_left_to_read_has_no_old_data() {
    let mut ledger = Ledger::default();
    ledger.put_connection(draft(None, "x", true, at(0))).unwrap();
    let mut run = |secs: i64, page: Option<Page>, outcome: Outcome| {
        let ask = ClaimAsk { now: at(secs), lease_for: LEASE, max: 1, max_of: Default::default(), schedules: true };
        let lease = ledger.claim(ask).remove(0).lease;
        let stream_end = Some(ends(outcome, Some(at(secs + 1))));
        ledger.advance(&lease, &Step { page, stream_end, run_end: true, ..step("a", at(secs)) }, 0).unwrap();
        ledger.entries[&lease.connection].streams["a"].as_of
    };
    let told = Page { as_of: Some(at(-5)), ..page("i", ItemStatus::Updated) };
    assert_eq!(run(0, Some(told), Outcome::Ok), Some(at(-5)));
    assert_eq!(run(10, Some(page("i", ItemStatus::Missing)), Outcome::Failed), Some(at(-5)));
    assert_eq!(run(20, None, Outcome::Deferred), Some(at(-5)), "a run that ended early proves nothing");
    assert_eq!(run(30, Some(Page::last(json!("end"))), Outcome::Ok), None);
}
