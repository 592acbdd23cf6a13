//! Lives with a crowd, and measures how old what it reads gets, and how late its runs are.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::time::Duration;

use foliosync_engine::limits::STALE_SECS_MIN;
use foliosync_engine::model::sync::{ConnectionId, Cursor, RunEvent, RunEventKind, Stream};
use foliosync_engine::store::Filter;
use foliosync_sim::ProviderStats;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::crowd::Crowd;
use super::wire::pass;

const MINUTE: Duration = Duration::from_secs(60);
/// Longer than anybody needs to be read for the first time.
const WARM_UP_MINUTES_MAX: usize = 180;

pub struct Day {
    pub connections: usize,
    pub interval: SignedDuration,
    pub warm_up: SignedDuration,
    pub lasted: SignedDuration,
    pub stats: ProviderStats,
    /// Of each minute by the exchange's clock.
    pub weights: Spread,
    /// Seconds since the last success, sampled every minute, by stream.
    pub ages: BTreeMap<String, Spread>,
    /// Seconds from when a run was due to when it began.
    pub late: Spread,
    pub outcomes: BTreeMap<String, usize>,
    /// That are stored, and those of them that were traded while it was measured.
    pub fills: (usize, usize),
}

impl Day {
    /// How old data may get before it counts as old.
    pub fn promise(&self) -> i64 {
        (3 * self.interval.as_secs()).max(STALE_SECS_MIN)
    }
}

/// Lives until every account was read, so many minutes from then on, and until what is stored must be what is there.
pub async fn live(crowd: &Crowd, every_minutes: i64, minutes: usize) -> Day {
    let (_going, stop) = watch::channel(false);
    let dispatcher = tokio::spawn(std::sync::Arc::clone(&crowd.engine).dispatch(true, stop));
    let begun = crowd.engine.now();
    // Those that were read first waited for all others, so they are awaited once more.
    all_read_since(crowd, begun).await;
    all_read_since(crowd, crowd.engine.now()).await;
    let (from, mut ages) = (crowd.engine.now(), BTreeMap::<_, Vec<_>>::new());
    let mut audit = Audit::default();
    audit.read(crowd).await;
    (audit.late, audit.outcomes) = Default::default();
    for _ in 0..minutes {
        pass(MINUTE).await;
        let now = crowd.engine.now();
        for stream in streams(crowd).await {
            let age = now.duration_since(stream.last_success.unwrap()).as_secs();
            ages.entry(stream.name).or_default().push(age);
        }
        audit.read(crowd).await;
    }
    let to = crowd.engine.now();
    crowd.pause();
    pass(MINUTE * 3 * u32::try_from(every_minutes).unwrap()).await;
    let fills = crowd.agree(from).await;
    dispatcher.abort();
    Day {
        connections: crowd.accounts.len(),
        interval: SignedDuration::from_mins(every_minutes),
        warm_up: from.duration_since(begun),
        lasted: to.duration_since(from),
        stats: crowd.wire.sim.stats().of("binance"),
        weights: Spread::of(crowd.wire.weights(from, to)),
        ages: ages.into_iter().map(|(name, ages)| (name, Spread::of(ages))).collect(),
        late: Spread::of(audit.late),
        outcomes: audit.outcomes,
        fills,
    }
}

async fn all_read_since(crowd: &Crowd, since: Timestamp) {
    let mut waited = 0;
    while streams(crowd).await.iter().any(|stream| stream.last_success.is_none_or(|at| at <= since)) {
        assert!(waited < WARM_UP_MINUTES_MAX, "some were not read in {waited} minutes");
        pass(MINUTE).await;
        waited += 1;
    }
}

/// Those that are on.
async fn streams(crowd: &Crowd) -> Vec<Stream> {
    let mut all: Vec<Stream> = crowd.store.records(|s| s).await.unwrap();
    all.retain(|stream| ["balances", "fills"].contains(&stream.name.as_str()));
    all
}

/// Reads the log as it grows.
#[derive(Default)]
struct Audit {
    cursor: Cursor,
    due: BTreeMap<ConnectionId, Timestamp>,
    late: Vec<i64>,
    outcomes: BTreeMap<String, usize>,
}

impl Audit {
    async fn read(&mut self, crowd: &Crowd) {
        let after = Filter::After("cursor", self.cursor);
        let lines: Vec<RunEvent> = crowd.store.records(|s| s.with(after).ascending("cursor")).await.unwrap();
        for line in lines {
            self.cursor = line.cursor;
            match line.kind {
                RunEventKind::Started { streams, .. } if streams.iter().any(|name| name == "balances") => {
                    let due = self.due.remove(&line.connection);
                    self.late.extend(due.map(|due| line.at.duration_since(due).as_secs()));
                }
                RunEventKind::StreamEnded { stream, next_due, .. } if stream == "balances" => {
                    self.due.extend(next_due.map(|due| (line.connection, due)));
                }
                RunEventKind::Finished { outcome, .. } => {
                    *self.outcomes.entry(format!("{outcome:?}")).or_default() += 1;
                }
                _ => {}
            }
        }
    }
}

/// Sorted numbers.
pub struct Spread(Vec<i64>);

impl Spread {
    fn of(mut numbers: Vec<i64>) -> Spread {
        assert!(!numbers.is_empty(), "nothing was measured");
        numbers.sort_unstable();
        Spread(numbers)
    }

    /// So many of a hundred are no larger.
    pub fn part(&self, of_hundred: usize) -> i64 {
        self.0[(self.0.len() - 1) * of_hundred / 100]
    }

    pub fn mean(&self) -> i64 {
        self.0.iter().sum::<i64>() / self.0.len() as i64
    }
}

/// The middle, 95 %, the most.
impl Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}, {}", self.part(50), self.part(95), self.part(100))
    }
}
