//! A month in the life of many connections: services fail in episodes and ban who does not listen, users switch things
//! off and on and revoke keys, the program is killed and starts again. Time is paused, so it takes minutes.
//!
//! `MONTH=10000x30 cargo test --test it month -- --nocapture` runs it in full, `SEED=n` with another seed.

mod audit;
mod client;
mod service;

use std::sync::Arc;
use std::time::Duration;

use foliosync_engine::clock::Clock;
use foliosync_engine::engine::{ConnectionEdit, Engine, SyncNow};
use foliosync_engine::files::Files;
use foliosync_engine::http::Http;
use foliosync_engine::limits::{PAGE_SECONDS_MAX, RUNS_LIVE_MAX};
use foliosync_engine::model::Record;
use foliosync_engine::model::sync::{ConnectionId, Cursor, RunEvent, Stream, SyncOptions, Trigger};
use foliosync_engine::provider::{Provider, Reach};
use foliosync_engine::schedule::PROBE;
use foliosync_engine::store::{ConnectionDraft, Filter, Select, Store};
use foliosync_engine::testkit::chance::Chance;
use foliosync_engine::testkit::mem_store::{MemDisk, MemStore};
use foliosync_engine::testkit::samples::Day;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::sim::pass;
use audit::{Audit, spread};
use client::{Client, row};
use service::{KINDS, Services};

/// Seconds between runs, and how many of a hundred connections have it.
const INTERVALS: [(i64, usize); 4] = [(900, 1), (3_600, 5), (21_600, 24), (43_200, 70)];
const OWNERS: usize = 200;
const LINES_AT_ONCE: usize = 5_000;
/// In the last day nothing goes wrong.
const CALM: SignedDuration = SignedDuration::from_hours(24);
/// How long anybody may wait for a place: until runs that hang have given up all places, twice over, and everybody else
/// has had a turn of half a second on five places.
fn wait_secs_max(connections: usize) -> i64 {
    2 * PAGE_SECONDS_MAX.as_secs() as i64 + connections as i64 / 10
}
/// How long a connection may wait where its whole service is behind, because all of its connections were due at once
/// and its limit lets only so many in.
const DRAIN_SECS_MAX: i64 = 3 * 3_600;

#[test]
fn a_month_of_connections() {
    let size = std::env::var("MONTH").unwrap_or("400x3".into());
    let (connections, days) = size.split_once('x').expect("MONTH is CONNECTIONSxDAYS");
    let (connections, days) = (connections.parse().expect("a number"), days.parse().expect("a number"));
    let seed = std::env::var("SEED").map_or(20_261_121, |seed| seed.parse().expect("SEED is a number"));
    println!("{connections} connections, {days} days, seed {seed}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(async { Month::new(connections, days, seed).await.live().await });
}

struct Month {
    chance: Chance,
    clock: Clock,
    end: Timestamp,
    services: Arc<Services>,
    disk: MemDisk,
    program: Program,
    audit: Audit,
    cursor: Cursor,
    connections: usize,
    /// Accounts whose key was revoked or whose schedule is off, until somebody sees to it.
    troubled: Vec<(ConnectionId, Trouble)>,
    kills: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Revoked,
    Off,
}

/// The program while it lives.
struct Program {
    engine: Arc<Engine>,
    store: Arc<dyn Store>,
    dispatcher: JoinHandle<()>,
    _stop: watch::Sender<bool>,
}

impl Program {
    fn start(disk: &MemDisk, clock: Clock, services: &Arc<Services>) -> Program {
        let store: Arc<dyn Store> = Arc::new(MemStore::open(disk, clock.now()));
        let http = Http::new(Arc::clone(services) as _, Arc::clone(&store), clock);
        let reach = Reach { http, files: Files::default() };
        let providers = Client::all().map(|client| Arc::new(client) as Arc<dyn Provider>).collect();
        let engine = Arc::new(Engine::new(Arc::clone(&store), providers, reach, clock, RUNS_LIVE_MAX));
        let (stop, stopped) = watch::channel(false);
        let dispatcher = tokio::spawn(Arc::clone(&engine).dispatch(true, stopped));
        Program { engine, store, dispatcher, _stop: stop }
    }
}

impl Month {
    async fn new(connections: usize, days: i64, seed: u64) -> Month {
        let clock = Clock::simulated("2026-03-01T00:00:00Z".parse().expect("a time"));
        let end = clock.now() + SignedDuration::from_hours(24 * days);
        let services = Services::new(clock, seed, end - CALM);
        let disk = MemDisk::default();
        let program = Program::start(&disk, clock, &services);
        let mut month = Month {
            chance: Chance::new(!seed),
            clock,
            end,
            services,
            disk,
            program,
            audit: Audit::default(),
            cursor: 0,
            connections,
            troubled: Vec::new(),
            kills: 0,
        };
        for account in 0..connections {
            month.connect(account).await;
        }
        month
    }

    async fn connect(&mut self, account: usize) {
        let kind = &KINDS[account % KINDS.len()];
        let mut place = self.chance.below(100) as usize;
        let interval = INTERVALS.iter().find(|(_, part)| {
            let is_it = place < *part;
            place = place.saturating_sub(*part);
            is_it
        });
        let interval_secs = interval.expect("they make a hundred").0;
        let draft = ConnectionDraft {
            id: None,
            provider: kind.id.into(),
            label: format!("account {account}"),
            settings: [("account".to_string(), account.to_string())].into(),
            credentials: Default::default(),
            owner: Some(format!("owner {}", account % OWNERS)),
            sync_enabled: true,
            interval_secs,
            streams: vec!["days".into()],
            now: self.clock.now(),
        };
        let put = self.program.store.put_connection(draft).await.expect("a connection");
        self.audit.add(put.id, kind.id, interval_secs);
    }

    async fn live(mut self) {
        while self.clock.now() < self.end - CALM {
            let hours = Duration::from_secs(60 + self.chance.below(4 * 3_600));
            pass(hours).await;
            self.something_happens().await;
            self.read_the_log().await;
        }
        while let Some((id, trouble)) = self.troubled.pop() {
            self.mend(id, trouble).await;
        }
        let left = self.end.duration_since(self.clock.now());
        pass(left.unsigned_abs()).await;
        self.read_the_log().await;
        self.judge().await;
    }

    fn some(&mut self) -> ConnectionId {
        1 + self.chance.below(self.connections as u64) as i64
    }

    async fn something_happens(&mut self) {
        match self.chance.below(8) {
            0 if self.kills < 12 => self.kill().await,
            0..=2 => self.ask_for_some().await,
            3 | 4 => {
                let (id, trouble) = (self.some(), *self.chance.pick(&[Trouble::Revoked, Trouble::Off]));
                if self.troubled.iter().all(|(other, _)| *other != id) {
                    match trouble {
                        Trouble::Revoked => self.services.revoke(id as usize - 1),
                        Trouble::Off => {
                            self.edit(id, ConnectionEdit { sync_enabled: Some(false), ..Default::default() }).await;
                        }
                    }
                    self.troubled.push((id, trouble));
                }
            }
            5 | 6 if !self.troubled.is_empty() => {
                let (id, trouble) = self.troubled.remove(0);
                self.mend(id, trouble).await;
            }
            _ => {}
        }
    }

    /// The program dies between two instructions, and is started again.
    async fn kill(&mut self) {
        self.kills += 1;
        self.program.dispatcher.abort();
        drop((&mut self.program.dispatcher).await);
        self.program = Program::start(&self.disk, self.clock, &self.services);
    }

    async fn ask_for_some(&mut self) {
        let connections: Vec<_> = (0..20).map(|_| self.some()).collect();
        let connections: Vec<_> =
            connections.into_iter().filter(|id| self.troubled.iter().all(|(other, _)| other != id)).collect();
        let ask =
            SyncNow { connections, streams: Vec::new(), options: SyncOptions::default(), trigger: Trigger::Manual };
        self.program.engine.sync_now(ask).await.expect("a request");
    }

    async fn mend(&mut self, id: ConnectionId, trouble: Trouble) {
        self.services.restore(id as usize - 1);
        let sync_enabled = (trouble == Trouble::Off).then_some(true);
        self.edit(id, ConnectionEdit { sync_enabled, ..Default::default() }).await;
    }

    async fn edit(&mut self, id: ConnectionId, edit: ConnectionEdit) {
        // What was logged before belongs to how it was before.
        self.read_the_log().await;
        self.program.engine.edit_connection(id, edit).await.expect("an edit");
        self.read_the_log().await;
        self.audit.touched(id, self.clock.now());
    }

    async fn read_the_log(&mut self) {
        loop {
            let after = Filter::After("cursor", self.cursor);
            let narrow = |s: Select| s.with(after).ascending("cursor").max(LINES_AT_ONCE);
            let lines: Vec<RunEvent> = self.program.store.records(narrow).await.expect("the log");
            for line in &lines {
                self.audit.line(line, &self.services);
            }
            self.cursor = lines.last().map_or(self.cursor, |line| line.cursor);
            if lines.len() < LINES_AT_ONCE {
                return;
            }
        }
    }

    async fn judge(mut self) {
        let seen = self.services.seen();
        println!("{seen:?}");
        println!("runs {:?}, asked for {}, kills {}", self.audit.outcomes, self.audit.manual, self.kills);
        let mut waits = std::mem::take(&mut self.audit.waits);
        let mut recoveries = std::mem::take(&mut self.audit.recoveries);
        println!("seconds: middle, 99 %, most");
        println!("service    late while it is well    late around its troubles    until it recovered");
        for kind in &KINDS {
            let well = spread(waits.entry((kind.id, true)).or_default());
            let troubled = spread(waits.entry((kind.id, false)).or_default());
            let recovered = spread(recoveries.entry(kind.id).or_default());
            println!("{:10} {well:<24} {troubled:<27} {recovered}", kind.id);
        }
        assert_eq!((seen.exceeded, seen.during_ban, seen.overlaps), (0, 0, 0), "exceeded, during a ban, overlaps");
        for kind in &KINDS {
            let drains = kind.limit.as_ref().is_some_and(|limit| limit.accounts_per_key.is_none());
            let most = if drains { DRAIN_SECS_MAX } else { wait_secs_max(self.connections) };
            let late = waits[&(kind.id, true)].last().copied().unwrap_or(0);
            assert!(late <= most, "{}: {late} s late, where {most} would do", kind.id);
            let recovered = recoveries[kind.id].last().copied().unwrap_or(0);
            let most = PROBE.as_secs() + 60 + most;
            assert!(recovered <= most, "{}: recovered after {recovered} s, where {most} would do", kind.id);
        }
        let streams: Vec<Stream> = self.program.store.records(|s| s).await.expect("streams");
        for stream in streams {
            let (id, account) = (stream.connection_id, &self.audit.accounts[&stream.connection_id]);
            assert_eq!(stream.failures, 0, "{stream:?}");
            let read = account.last_read.expect("it was read");
            let age = self.end.duration_since(read);
            let most = account.interval + SignedDuration::from_secs(60 + DRAIN_SECS_MAX);
            assert!(age <= most, "connection {id} of {} was last read {age:#} ago", account.service);
            let rows = self.program.store.read(Select::of(Day::TABLE, id)).await.expect("rows");
            let mut rows: Vec<Day> = rows.records().expect("days");
            rows.sort_by_key(|row| row.line);
            let number = id as usize - 1;
            let want =
                (0..=self.services.day(read)).map(|day| row(number, day, self.services.value(number, day, read)));
            assert!(rows.iter().eq(want.collect::<Vec<_>>().iter()), "the days of account {number}: {rows:?}");
        }
    }
}
