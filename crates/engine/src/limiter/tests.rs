//! Many who ask at once, and how rarely the store hears of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::task::JoinSet;

use super::*;
use crate::budget::Window;
use crate::model::Batch;
use crate::model::sync::{Connection, ConnectionId, SyncRequest};
use crate::store::{
    Answer, Claim, ClaimAsk, ConnectionDraft, Lease, QueryAsk, Receipt, RowsOfRemoved, Select, SnapshotFile, Step,
    SyncAsk, TableInfo,
};

type Stored<T> = Result<T, StoreError>;

/// Budgets alone, each answer a moment late.
#[derive(Default)]
struct Books {
    budgets: Mutex<crate::budget::Budgets>,
    asked: AtomicUsize,
    fails: std::sync::atomic::AtomicBool,
}

#[async_trait]
impl Store for Books {
    async fn budget(&self, ask: BudgetAsk) -> Stored<BudgetGrant> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        tokio::task::yield_now().await;
        if self.fails.load(Ordering::Relaxed) {
            return Err(StoreError::Failed("no disk".into()));
        }
        Ok(self.budgets.lock().unwrap().answer(&ask).0)
    }

    async fn put_rows(&self, _: Vec<Batch>) -> Stored<()> {
        unreachable!("a limiter asks for budgets")
    }

    async fn credentials(&self, _: Option<ConnectionId>) -> Stored<crate::secrets::SealedOf> {
        unreachable!("a limiter asks for budgets")
    }

    async fn rekey(&self, _: crate::secrets::Rekeying) -> Stored<usize> {
        unreachable!("a limiter asks for budgets")
    }

    async fn backup(&self, _: &std::path::Path) -> Stored<()> {
        unreachable!("a limiter asks for budgets")
    }

    async fn put_connection(&self, _: ConnectionDraft) -> Stored<Connection> {
        unreachable!("a limiter asks for budgets")
    }

    async fn remove_connection(&self, _: ConnectionId, _: RowsOfRemoved, _: Timestamp) -> Stored<()> {
        unreachable!("a limiter asks for budgets")
    }

    async fn request(&self, _: SyncAsk) -> Stored<SyncRequest> {
        unreachable!("a limiter asks for budgets")
    }

    async fn claim(&self, _: ClaimAsk) -> Stored<Vec<Claim>> {
        unreachable!("a limiter asks for budgets")
    }

    async fn commit(&self, _: &Lease, _: Step) -> Stored<Receipt> {
        unreachable!("a limiter asks for budgets")
    }

    async fn read(&self, _: Select) -> Stored<Batch> {
        unreachable!("a limiter asks for budgets")
    }

    async fn query(&self, _: QueryAsk) -> Stored<Answer> {
        unreachable!("a limiter asks for budgets")
    }

    async fn snapshot(&self, _: Duration, _: Timestamp) -> Stored<SnapshotFile> {
        unreachable!("a limiter asks for budgets")
    }

    async fn roll_up(&self, _: Timestamp) -> Stored<usize> {
        unreachable!("a limiter asks for budgets")
    }

    async fn describe(&self) -> Stored<Vec<TableInfo>> {
        unreachable!("a limiter asks for budgets")
    }
}

struct Gate {
    books: Arc<Books>,
    limiter: Arc<Limiter>,
    clock: Clock,
}

impl Gate {
    fn new() -> Gate {
        let books = Arc::new(Books::default());
        let limiter = Arc::new(Limiter::new(Arc::clone(&books) as _));
        Gate { books, limiter, clock: Clock::simulated(Timestamp::UNIX_EPOCH) }
    }

    async fn pass(&self, budgets: &[Budget], weight: u32, patience: i64) -> Result<(), ProviderError> {
        let deadline = later_by(self.clock.now(), SignedDuration::from_secs(patience));
        self.limiter.acquire(Need { budgets, weight, manual: false }, &self.clock, deadline).await
    }

    /// As `pass`, by so many at once. Returns how many passed.
    async fn crowd(&self, count: usize, budgets: &[Budget], patience: i64) -> usize {
        let mut crowd = JoinSet::new();
        for _ in 0..count {
            let (limiter, clock, budgets) = (Arc::clone(&self.limiter), self.clock, budgets.to_vec());
            let deadline = later_by(clock.now(), SignedDuration::from_secs(patience));
            crowd.spawn(async move {
                let need = Need { budgets: &budgets, weight: 1, manual: false };
                limiter.acquire(need, &clock, deadline).await
            });
        }
        crowd.join_all().await.into_iter().filter(Result::is_ok).count()
    }

    /// What the store has handed out of a budget.
    fn granted(&self, scope: &str) -> i64 {
        let budget = budget(scope, 0, Window::Seconds(1));
        let probe = BudgetAsk::Close {
            budgets: vec![budget],
            until: Timestamp::MAX,
            why: String::new(),
            now: self.clock.now(),
        };
        self.books.budgets.lock().unwrap().answer(&probe).1[0].used
    }

    fn asked(&self) -> usize {
        self.books.asked.swap(0, Ordering::Relaxed)
    }
}

fn budget(scope: &str, weight_max: u32, window: Window) -> Budget {
    Budget { scope: scope.into(), weight_max, window, reserve: 0, used_header: None }
}

#[tokio::test(start_paused = true)]
async fn the_store_is_asked_rarely() {
    let gate = Gate::new();
    let large = [budget("large", 1_000_000, Window::Seconds(60))];
    assert_eq!(gate.crowd(20_000, &large, 0).await, 20_000);
    assert!(gate.asked() <= 2);
    for _ in 0..80_000 {
        gate.pass(&large, 1, 0).await.unwrap();
    }
    assert!(gate.asked() <= 2, "a slice is a twentieth");

    let medium = [budget("medium", 6_000, Window::Seconds(60)), budget("other", 100_000, Window::Day("UTC"))];
    assert_eq!(gate.crowd(9_000, &medium, 0).await, 6_000);
    let asked = gate.asked();
    assert!(asked <= 10, "one asks for all who wait: {asked}");
    assert_eq!(gate.crowd(1_000, &medium, 0).await, 0);
    assert_eq!(gate.asked(), 0, "a spent window is known");
}

/// What a crash would waste of a day's budget could not be had back before midnight.
#[tokio::test(start_paused = true)]
async fn little_is_held_of_a_small_budget() {
    for (weight_max, window, granted) in [
        (250, Window::Day("UTC"), 1),
        (50, Window::Seconds(3_600), 1),
        (100_000, Window::Day("UTC"), 3),
        (10_000, Window::Seconds(3_600), 8),
        (20, Window::Seconds(2), 5),
        (6_000, Window::Seconds(60), 300),
        (1, Window::Seconds(1), 1),
    ] {
        let gate = Gate::new();
        gate.pass(&[budget("one", weight_max, window)], 1, 0).await.unwrap();
        assert_eq!(gate.granted("one"), granted, "of {weight_max} in {window:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn waits_are_for_the_window_and_long_ones_are_handed_back() {
    let gate = Gate::new();
    let ten = [budget("ten", 10, Window::Seconds(10))];
    assert_eq!(gate.crowd(35, &ten, 60).await, 35);
    assert_eq!(gate.clock.now().as_second(), 30);
    gate.pass(&ten, 4, 60).await.unwrap();
    let refused = gate.pass(&ten, 6, 9).await;
    assert!(
        matches!(&refused, Err(ProviderError::RetryAt { at, message }) if at.as_second() == 40 && message.contains("ten")),
        "{refused:?}"
    );
    let never = gate.pass(&ten, 11, 60).await;
    assert!(matches!(&never, Err(ProviderError::Refused { .. })), "{never:?}");
    gate.pass(&ten, 1, 0).await.expect("a refusal of more leaves the rest for less");
}

/// Dropped in the middle of anything, a request leaves nobody waiting for ever.
#[tokio::test(start_paused = true)]
async fn who_goes_away_blocks_nobody() {
    let gate = Gate::new();
    let tiny = [budget("tiny", 4, Window::Seconds(60))];
    let mut crowd = JoinSet::new();
    for _ in 0..10 {
        let (limiter, clock, budgets) = (Arc::clone(&gate.limiter), gate.clock, tiny.to_vec());
        crowd.spawn(async move {
            limiter.acquire(Need { budgets: &budgets, weight: 1, manual: false }, &clock, clock.now()).await
        });
    }
    tokio::task::yield_now().await;
    drop(crowd);
    tokio::time::advance(std::time::Duration::from_secs(60)).await;
    assert_eq!(gate.crowd(5, &tiny, 0).await, 4);
}

#[tokio::test(start_paused = true)]
async fn without_the_store_nothing_is_sent_and_later_it_is() {
    let gate = Gate::new();
    let one = [budget("one", 5, Window::Seconds(60))];
    gate.books.fails.store(true, Ordering::Relaxed);
    let failed = gate.pass(&one, 1, 0).await;
    assert!(matches!(&failed, Err(ProviderError::Backoff { message }) if message.contains("no disk")), "{failed:?}");
    let now = gate.clock.now();
    let until = gate.limiter.close(&one, later_by(now, SignedDuration::from_secs(30)), "enough", now).await;
    assert_eq!(until.as_second(), 30);
    gate.books.fails.store(false, Ordering::Relaxed);
    assert!(gate.pass(&one, 1, 0).await.is_err(), "a ban that could not be stored holds all the same");
    gate.pass(&one, 1, 30).await.unwrap();
    assert_eq!(gate.clock.now().as_second(), 30);
}
