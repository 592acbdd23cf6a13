use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::task::JoinSet;

use super::StoreUnderTest;
use super::desk::{Desk, at, page, step};
use super::reopening::reopen;
use crate::budget::{Budget, BudgetAsk, BudgetGrant, Reason, Take, Window};
use crate::model::quota::QuotaRow;
use crate::testkit::samples::{Day, block, day};

fn budget(scope: &str, weight_max: u32, window: Window) -> Budget {
    Budget { scope: scope.into(), weight_max, window, reserve: 0, used_header: None }
}

fn daily() -> Budget {
    budget("test/key:'1'/day", 10, Window::Day("America/New_York"))
}

fn minutely() -> Budget {
    budget("test/ip/minute", 100, Window::Seconds(60))
}

fn take(budgets: &[Budget], weight: u32, secs: i64) -> BudgetAsk {
    let take = |budget: &Budget| Take { budget: budget.clone(), weight, slice: weight, manual: false, used_seen: 0 };
    BudgetAsk::Take { takes: budgets.iter().map(take).collect(), now: at(secs) }
}

impl Desk {
    async fn ask(&self, ask: BudgetAsk) -> BudgetGrant {
        self.store.budget(ask).await.expect("an answer")
    }

    /// The weight that each take got; `None` where nothing was granted.
    async fn granted(&self, ask: BudgetAsk) -> Option<Vec<u32>> {
        match self.ask(ask).await {
            BudgetGrant::Granted(slices) => Some(slices.iter().map(|slice| slice.weight).collect()),
            _ => None,
        }
    }

    async fn close(&self, until: Timestamp, why: &str, secs: i64) {
        let (budgets, why) = (vec![minutely()], why.into());
        assert_eq!(self.ask(BudgetAsk::Close { budgets, until, why, now: at(secs) }).await, BudgetGrant::Noted);
    }

    async fn quota(&self, scope: &str) -> QuotaRow {
        let rows: Vec<QuotaRow> = self.store.records(|all| all).await.expect("quotas");
        let mut rows = rows.into_iter().filter(|row| row.scope == scope);
        let row = rows.next().expect("the budget");
        assert_eq!(rows.next(), None, "one row a budget");
        row
    }
}

pub async fn budgets_are_taken_together_and_kept(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let both = [minutely(), daily()];
    assert_eq!(desk.granted(take(&both, 7, 0)).await, Some(vec![7, 7]));
    let BudgetGrant::Later(later) = desk.ask(take(&both, 4, 1)).await else { panic!("the day has three left") };
    let midnight = at(0) + jiff::SignedDuration::from_hours(17);
    assert_eq!((later.len(), later[0].scope.as_str(), later[0].at), (1, "test/key:'1'/day", midnight));
    let row = desk.quota("test/key:'1'/day").await;
    assert_eq!((row.used, row.weight_max, row.window_end, row.left(at(1))), (7, 10, midnight, 3));
    assert_eq!(desk.quota("test/ip/minute").await.used, 7, "what is refused takes nothing");

    let learned = BudgetAsk::Learn { budget: minutely(), used: 98, now: at(2) };
    assert_eq!(desk.ask(learned).await, BudgetGrant::Noted);
    assert_eq!(desk.granted(take(&[minutely()], 3, 3)).await, None);
    assert_eq!(desk.granted(take(&[minutely()], 2, 3)).await, Some(vec![2]));
    assert_eq!(desk.granted(take(&both, 3, 60)).await, Some(vec![3, 3]), "the next minute, the same day");
}

pub async fn budgets_and_bans_outlive_the_program(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    assert_eq!(desk.granted(take(&[minutely(), daily()], 9, 0)).await, Some(vec![9, 9]));
    desk.close(at(7_200), "it's a ban", 1).await;
    let before = desk.everything().await;

    let desk = reopen(desk, place, 2).await;
    assert_eq!(desk.everything().await, before);
    assert_eq!(desk.granted(take(&[daily()], 2, 2)).await, None, "one is left of the day");
    assert_eq!(desk.granted(take(&[daily()], 1, 2)).await, Some(vec![1]));
    let BudgetGrant::Later(later) = desk.ask(take(&[minutely()], 1, 7_199)).await else { panic!("the ban holds") };
    assert_eq!((later[0].at, &later[0].reason), (at(7_200), &Reason::Closed("it's a ban".into())));
    // A shorter one does not end it.
    desk.close(at(100), "another", 3).await;
    let desk = reopen(desk, place, 4).await;
    assert_eq!(desk.granted(take(&[minutely()], 1, 7_199)).await, None);
    assert_eq!(desk.granted(take(&[minutely()], 100, 7_200)).await, Some(vec![100]));
    let desk = reopen(desk, place, 7_201).await;
    assert_eq!(desk.granted(take(&[minutely()], 1, 7_201)).await, None);
}

/// Among pages that land and one that fails, so that groups are retried.
pub async fn a_crowd_never_takes_more_than_there_is(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    for n in 0..10 {
        desk.add(&format!("connection {n}")).await;
    }
    let claims = desk.claim(0).await;
    let mut commits = JoinSet::new();
    for (n, claim) in claims.iter().enumerate() {
        let (store, lease) = (Arc::clone(&desk.store), claim.lease.clone());
        let mut page = page(vec![block("a", &[day("a", 1, "1")])], 1);
        if n == 3 {
            page.changes.push(super::commits::impossible());
        }
        commits.spawn(async move { store.commit(&lease, step("days", page, 1)).await.is_ok() });
    }
    let mut takers = JoinSet::new();
    for n in 0..80 {
        let store = Arc::clone(&desk.store);
        let budgets = if n % 2 == 0 { vec![minutely(), daily()] } else { vec![minutely()] };
        takers.spawn(async move { (budgets.len(), store.budget(take(&budgets, 2, 1)).await) });
    }
    let mut granted: BTreeMap<usize, u32> = BTreeMap::new();
    for (budgets, grant) in takers.join_all().await {
        if let BudgetGrant::Granted(slices) = grant.expect("an answer") {
            *granted.entry(budgets).or_default() += slices[0].weight;
        }
    }
    let total: u32 = granted.values().sum();
    assert_eq!((granted.get(&2), total), (Some(&10), 90), "5 by day, and all 40 that need the minute alone");
    assert_eq!((desk.quota("test/ip/minute").await.used, desk.quota("test/key:'1'/day").await.used), (90, 10));
    assert_eq!(commits.join_all().await.into_iter().filter(|landed| *landed).count(), 9);
    for claim in &claims[4..] {
        assert_eq!(desk.rows::<Day>(claim.connection.id).await.len(), 1);
    }
}
