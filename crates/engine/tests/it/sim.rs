//! A simulated life: accounts change, fetches fail, commits fail, runs are dropped between any two instructions, clocks
//! step, leases run out, connections are edited and removed, the program dies. Then calm returns, and everything must be
//! as if nothing had happened.
//!
//! A failure prints its seed; `SEED=n cargo test sim` replays it.

mod source;

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use foliosync_engine::clock::Clock;
use foliosync_engine::event::Events;
use foliosync_engine::files::Files;
use foliosync_engine::http::Http;
use foliosync_engine::limits::LEASE_SECONDS;
use foliosync_engine::model::Record;
use foliosync_engine::model::sync::{
    Connection, ConnectionId, Counts, Gap, Run, RunEvent, RunEventKind, RunId, Setting, Stream, SyncOptions, Trigger,
};
use foliosync_engine::provider::Reach;
use foliosync_engine::secrets::Credentials;
use foliosync_engine::store::{Claim, ClaimAsk, ConnectionDraft, RowsOfRemoved, Select, Store, SyncAsk};
use foliosync_engine::sync::{self, Tools};
use foliosync_engine::testkit::chance::Chance;
use foliosync_engine::testkit::faulty::Faulty;
use foliosync_engine::testkit::mem_store::{MemDisk, MemStore};
use foliosync_engine::testkit::samples::{Bar, Day};
use jiff::{SignedDuration, Timestamp};
use source::Source;
pub use source::pass;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

const SEEDS: u64 = 200;
const STEPS: u64 = 80;

#[test]
fn whatever_happens_every_row_is_there_once() {
    let chosen = std::env::var("SEED").ok().map(|seed| seed.parse().expect("SEED is a number"));
    for seed in chosen.map_or(0..SEEDS, |seed: u64| seed..seed + 1) {
        let _seed = Told(seed);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.expect("a runtime").block_on(live(seed));
    }
}

/// Says which seed failed.
struct Told(u64);

impl Drop for Told {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("it was seed {0}: SEED={0} replays it", self.0);
        }
    }
}

async fn live(seed: u64) {
    let mut world = World::new(seed);
    for step in 1..=STEPS {
        world.step().await;
        world.check_the_rows().await;
        if step % 20 == 0 {
            world.check_the_log().await;
        }
    }
    world.calm_down().await;
    world.check_the_rows().await;
    world.check_the_log().await;
    world.check_the_end().await;
}

struct World {
    chance: Chance,
    source: Source,
    disk: MemDisk,
    /// The store as the invariants see it: nothing fails.
    plain: Arc<dyn Store>,
    faulty: Arc<Faulty>,
    runs: JoinSet<()>,
    began: Instant,
    /// How far the wall clock is off.
    skew_secs: i64,
    /// The account of each connection, and what became of its rows where it was removed.
    connections: BTreeMap<ConnectionId, (String, Option<RowsOfRemoved>)>,
}

impl World {
    fn new(seed: u64) -> World {
        let disk = MemDisk::default();
        let mut world = World {
            chance: Chance::new(seed),
            source: Source::new(!seed),
            plain: Arc::new(MemStore::empty()),
            faulty: Arc::new(Faulty::seeded(Arc::new(MemStore::empty()), 0, 1)),
            disk,
            runs: JoinSet::new(),
            began: Instant::now(),
            skew_secs: 0,
            connections: BTreeMap::new(),
        };
        world.open();
        world
    }

    /// The program starts, on what an earlier one left.
    fn open(&mut self) {
        self.plain = Arc::new(MemStore::open(&self.disk, self.clock().now()));
        let once_in = 5 + self.chance.below(40);
        self.faulty = Arc::new(Faulty::seeded(Arc::clone(&self.plain), self.chance.draw(), once_in));
    }

    fn clock(&self) -> Clock {
        let wall = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_000_000 + self.skew_secs);
        Clock::Simulated { wall, since: self.began }
    }

    async fn step(&mut self) {
        match self.chance.below(20) {
            0..=4 => {
                if let Some(id) = self.some() {
                    self.source.change(&self.connections[&id].0);
                }
            }
            5..=10 => self.claim(true).await,
            11 | 12 => pass(Duration::from_secs(self.chance.below(400))).await,
            13 | 14 => {
                for _ in 0..self.chance.below(8) {
                    tokio::task::yield_now().await;
                }
            }
            15 => self.request().await,
            16 => self.put().await,
            17 if self.chance.once_in(3) => self.remove().await,
            18 if self.chance.once_in(2) => self.skew_secs += self.chance.below(2_000) as i64 - 1_000,
            19 if self.chance.once_in(3) => {
                self.runs.shutdown().await;
                self.open();
            }
            _ => self.put_if_few().await,
        }
    }

    /// Some connection that is there.
    fn some(&mut self) -> Option<ConnectionId> {
        let there: Vec<_> =
            self.connections.iter().filter(|(_, (_, gone))| gone.is_none()).map(|(id, _)| *id).collect();
        (!there.is_empty()).then(|| *self.chance.pick(&there))
    }

    async fn put_if_few(&mut self) {
        if self.connections.len() < 4 {
            self.put().await;
        }
    }

    /// Adds a connection, or edits one.
    async fn put(&mut self) {
        let id = if self.chance.once_in(2) { self.some() } else { None };
        let account = match id {
            Some(id) => self.connections[&id].0.clone(),
            None => format!("account {}", self.connections.len()),
        };
        let draft = ConnectionDraft {
            credentials: Default::default(),
            id,
            provider: "scripted".into(),
            label: account.clone(),
            settings: [("account".to_string(), account.clone())].into(),
            owner: None,
            sync_enabled: self.chance.below(4) > 0,
            interval_secs: 60 + self.chance.below(600) as i64,
            streams: vec!["bars".into(), "days".into()],
            now: self.clock().now(),
        };
        let put = self.faulty.put_connection(draft).await.expect("a connection");
        self.connections.insert(put.id, (account, None));
    }

    async fn remove(&mut self) {
        let Some(id) = self.some() else { return };
        let rows = *self.chance.pick(&[RowsOfRemoved::Keep, RowsOfRemoved::Delete]);
        self.faulty.remove_connection(id, rows, self.clock().now()).await.expect("it is there");
        self.connections.get_mut(&id).expect("it is there").1 = Some(rows);
    }

    async fn request(&mut self) {
        let Some(id) = self.some() else { return };
        let streams = self.chance.pick(&[vec![], vec!["bars".to_string()], vec!["days".to_string()]]).clone();
        let options = SyncOptions { rehash: self.chance.once_in(3), ..SyncOptions::default() };
        let ask =
            SyncAsk { connections: vec![id], streams, options, trigger: Trigger::Manual, now: self.clock().now() };
        self.faulty.request(ask).await.expect("it is there");
    }

    /// Claims what is due. Some runs are dropped after a number of turns, others go on to their end.
    async fn claim(&mut self, perhaps_drop: bool) {
        let max = 1 + self.chance.below(3) as usize;
        let ask = ClaimAsk {
            now: self.clock().now(),
            lease_for: LEASE_SECONDS,
            max,
            max_of: Default::default(),
            schedules: true,
        };
        for claim in self.faulty.claim(ask).await.expect("claims") {
            let turns = if perhaps_drop && self.chance.once_in(2) { self.chance.below(60) } else { u64::MAX };
            let run = run(claim, self.source.clone(), Arc::clone(&self.faulty), self.clock());
            self.runs.spawn(Dropped { run: Some(Box::pin(run)), turns });
        }
    }

    /// Nothing goes wrong any more, and everything is asked for until nothing changes.
    async fn calm_down(&mut self) {
        self.source.calm_down();
        self.faulty.mend();
        // Every clock that ever ran is behind this one, and every lease has run out.
        self.skew_secs += 1_000_000;
        // The first round ends what was going on; its sweeps may go on from an old middle, so another follows.
        for _ in 0..2 {
            let there: Vec<_> =
                self.connections.iter().filter(|(_, (_, gone))| gone.is_none()).map(|(id, _)| *id).collect();
            let now = self.clock().now();
            let ask = SyncAsk {
                connections: there,
                streams: Vec::new(),
                options: SyncOptions { rehash: true, ..SyncOptions::default() },
                trigger: Trigger::Manual,
                now,
            };
            self.faulty.request(ask).await.expect("they are there");
            for _ in 0..20 {
                self.claim(false).await;
                while self.runs.join_next().await.is_some() {}
            }
        }
    }

    async fn all<R: Record>(&self) -> Vec<R> {
        self.plain.records(|s| s).await.expect("rows")
    }

    async fn rows<R: Record + Ord>(&self, id: ConnectionId) -> Vec<R> {
        let mut rows: Vec<R> = self.plain.read(Select::of(R::TABLE, id)).await.expect("rows").records().expect("rows");
        rows.sort();
        rows
    }

    /// What holds at any time.
    async fn check_the_rows(&self) {
        for stream in self.all::<Stream>().await {
            let (account, _) = &self.connections[&stream.connection_id];
            if stream.name == "bars" {
                let seq = stream.watermark.and_then(|watermark| watermark["seq"].as_u64()).unwrap_or(0);
                let bars = self.rows::<Bar>(stream.connection_id).await;
                assert_eq!(bars, self.source.bars_until(account, seq as usize), "rows and watermark are one");
                continue;
            }
            let mut blocks: BTreeMap<String, Vec<Day>> = BTreeMap::new();
            for day in self.rows::<Day>(stream.connection_id).await {
                blocks.entry(day.block.clone()).or_default().push(day);
            }
            for (name, days) in blocks {
                assert!(self.source.was_ever(account, &name, &days), "half of {name}: {days:?}");
            }
        }
    }

    /// The log tells every run whole, and no two runs of a connection at once.
    async fn check_the_log(&self) {
        let log: Vec<RunEvent> = self.plain.records(|s| s.ascending("cursor")).await.expect("the log");
        let mut going: BTreeMap<ConnectionId, RunId> = BTreeMap::new();
        let mut counted: BTreeMap<RunId, Counts> = BTreeMap::new();
        let mut cursor = 0;
        for event in &log {
            assert!(event.cursor > cursor, "the log grows");
            cursor = event.cursor;
            let counts = counted.entry(event.run).or_default();
            match &event.kind {
                RunEventKind::Started { .. } => {
                    let other = going.insert(event.connection, event.run);
                    assert_eq!(other, None, "two runs of connection {} at once", event.connection);
                    continue;
                }
                RunEventKind::Page { counts: paged, .. } => counts.add(paged),
                RunEventKind::StreamEnded { .. } => {}
                RunEventKind::Finished { counts: all, .. } => assert_eq!(all, counts),
            }
            assert_eq!(going.get(&event.connection), Some(&event.run), "a line of a run that does not go: {event:?}");
            if matches!(event.kind, RunEventKind::Finished { .. }) {
                going.remove(&event.connection);
            }
        }
        for run in self.all::<Run>().await {
            let goes = going.get(&run.connection_id) == Some(&run.id);
            assert_eq!(run.finished_at.is_none(), goes, "{run:?}");
            assert_eq!(run.counts, counted[&run.id], "{run:?}");
        }
    }

    /// What holds when all is over.
    async fn check_the_end(&self) {
        for connection in self.all::<Connection>().await {
            let (id, (account, gone)) = (connection.id, &self.connections[&connection.id]);
            let (days, bars) = (self.rows::<Day>(id).await, self.rows::<Bar>(id).await);
            match gone {
                None => {
                    assert_eq!(days, self.source.days(account), "the days of {account}");
                    assert_eq!(bars, self.source.bars(account), "the bars of {account}");
                }
                Some(RowsOfRemoved::Keep) => {}
                Some(RowsOfRemoved::Delete) => assert_eq!((days.len(), bars.len()), (0, 0), "{account} is gone"),
            }
        }
        assert!(self.all::<Run>().await.iter().all(|run| run.finished_at.is_some()), "every run has an end");
        assert_eq!(self.all::<Gap>().await, [], "what can be read lacks nothing");
        for stream in self.all::<Stream>().await {
            assert!(stream.failures == 0 && stream.next_due > Some(self.clock().now()), "{stream:?}");
        }
        let is_synced = self.all::<Setting>().await.iter().any(|setting| setting.key == "last_synced");
        assert!(is_synced || self.connections.values().all(|(_, gone)| gone.is_some()));
    }
}

async fn run(claim: Claim, source: Source, store: Arc<Faulty>, clock: Clock) {
    let reach = Reach { http: Http::offline(clock), files: Files::default() };
    let (store, events): (Arc<dyn Store>, _) = (store, Events::default());
    let (_running, stop) = watch::channel(false);
    let tools = Tools {
        provider: &source,
        providers: &[],
        store: store.as_ref(),
        reach: &reach,
        base_urls: &Default::default(),
        egress: "",
        credentials: &Credentials::none(),
        admit: &|_| Box::pin(async { Ok(()) }),
        clock: &clock,
        events: &events,
        stop,
    };
    // Its faults are the plan's, its end is in the log or its lease runs out.
    let _ = sync::run(&claim, &tools).await;
}

/// A run that is dropped after some turns, wherever it is then.
struct Dropped<F> {
    run: Option<Pin<Box<F>>>,
    turns: u64,
}

impl<F: Future<Output = ()>> Future for Dropped<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.turns == 0 {
            self.run = None;
        }
        self.turns = self.turns.saturating_sub(1);
        let Some(run) = &mut self.run else { return Poll::Ready(()) };
        run.as_mut().poll(context)
    }
}
