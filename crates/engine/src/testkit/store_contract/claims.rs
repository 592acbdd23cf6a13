use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::SignedDuration;
use tokio::task::JoinSet;

use super::StoreUnderTest;
use super::desk::{Desk, LEASE, at, claim_ask, draft, end, page, step};
use crate::model::sync::{Outcome, RunEventKind};
use crate::store::{ClaimAsk, ConnectionDraft};
use crate::testkit::samples::{Day, block, day};

pub async fn a_connection_is_leased_once(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claim = desk.leased("leased").await;
    let lease = &claim.lease;
    assert_eq!((lease.connection, lease.until, lease.lease_for), (claim.connection.id, at(300), LEASE));
    let run = desk.run(lease.run).await;
    assert_eq!(
        (run.connection_id, run.started_at, run.finished_at, run.outcome),
        (lease.connection, at(0), None, None)
    );
    assert!(desk.claim(1).await.is_empty());
    desk.commit(lease, end("bars", Outcome::Ok, 1)).await;
    assert!(desk.claim(2).await.is_empty(), "it is leased until its run ends");
    desk.commit(lease, end("days", Outcome::Ok, 2).closing()).await;
    Desk::lost(desk.store.commit(lease, end("days", Outcome::Ok, 3)).await);
    assert!(desk.claim(600).await.is_empty(), "nothing is due yet");
    assert_eq!(desk.claim_one(601).await.streams.len(), 1);
}

pub async fn the_oldest_due_comes_first(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    for (label, secs) in [("c", 30), ("a", 10), ("b", 20), ("later", 99)] {
        desk.store.put_connection(ConnectionDraft { now: at(secs), ..draft(label) }).await.unwrap();
    }
    let two = desk.store.claim(ClaimAsk { max: 2, ..claim_ask(50) }).await.unwrap();
    assert_eq!(two.iter().map(|claim| claim.connection.label.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(desk.claim_one(50).await.connection.label, "c");
}

pub async fn of_many_claimers_one_wins(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    for n in 0..20 {
        desk.add(&format!("connection {n}")).await;
    }
    let mut claimers = JoinSet::new();
    for _ in 0..40 {
        let store = Arc::clone(&desk.store);
        claimers.spawn(async move { store.claim(ClaimAsk { max: 3, ..claim_ask(1) }).await });
    }
    let claims: Vec<_> = claimers.join_all().await.into_iter().flat_map(|claims| claims.unwrap()).collect();
    let connections: BTreeSet<_> = claims.iter().map(|claim| claim.connection.id).collect();
    let runs: BTreeSet<_> = claims.iter().map(|claim| claim.lease.run).collect();
    assert_eq!((claims.len(), connections.len(), runs.len()), (20, 20, 20));
}

pub async fn a_provider_may_have_a_bound_of_its_own(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    for n in 0..6 {
        let provider = if n % 2 == 0 { "narrow" } else { "wide" };
        let draft = ConnectionDraft { provider: provider.into(), ..draft(&format!("{provider} {n}")) };
        desk.store.put_connection(draft).await.unwrap();
    }
    for (room, max, want) in [(0, 2, [0, 2]), (1, 10, [1, 1]), (1, 10, [1, 0]), (9, 10, [1, 0]), (9, 10, [0, 0])] {
        let max_of = BTreeMap::from([("narrow".to_string(), room)]);
        let claims = desk.store.claim(ClaimAsk { max, max_of, ..claim_ask(1) }).await.unwrap();
        let of = |provider: &str| claims.iter().filter(|claim| claim.connection.provider == provider).count();
        assert_eq!([of("narrow"), of("wide")], want, "room for {room}, {max} in all");
    }
}

pub async fn an_expired_lease_is_taken_over(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let old = desk.leased("slow").await;
    desk.commit(&old.lease, step("days", page(vec![block("a", &[day("a", 1, "1")])], 1), 0)).await;
    assert!(desk.claim(299).await.is_empty());
    let new = desk.claim_one(300).await;
    assert!(new.lease.epoch > old.lease.epoch && new.lease.run > old.lease.run);
    assert_eq!(new.streams.iter().find(|s| s.name == "days").unwrap().watermark, Some(serde_json::json!({"mark": 1})));
    let run = desk.run(old.lease.run).await;
    assert_eq!((run.outcome, run.finished_at, run.pages), (Some(Outcome::Interrupted), Some(at(300)), 1));
    let log = desk.log().await;
    let mut ends = log.iter().filter(|event| event.run == old.lease.run);
    assert!(matches!(ends.next_back().unwrap().kind, RunEventKind::Finished { outcome: Outcome::Interrupted, .. }));

    let before = desk.everything().await;
    let late = page(vec![block("a", &[day("a", 1, "666")])], 9);
    Desk::lost(desk.store.commit(&old.lease, step("days", late.clone(), 301)).await);
    Desk::lost(desk.store.commit(&old.lease, end("days", Outcome::Ok, 301).closing()).await);
    assert_eq!(desk.everything().await, before, "the old lease writes nothing");

    desk.commit(&new.lease, step("days", late, 301)).await;
    assert_eq!(desk.rows::<Day>(new.connection.id).await, [day("a", 1, "666")]);
}

pub async fn a_commit_renews_its_lease(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claim = desk.leased("renewed").await;
    let receipt = desk.commit(&claim.lease, step("days", page(Vec::new(), 1), 200)).await;
    assert_eq!(receipt.lease.until, at(200) + SignedDuration::try_from(LEASE).unwrap());
    assert!(desk.claim(499).await.is_empty());
    // A late commit of a lease that nobody took over still counts.
    let receipt = desk.commit(&receipt.lease, step("days", page(Vec::new(), 2), 900)).await;
    assert_eq!(receipt.lease.until, at(1_200));
    assert!(desk.claim(1_199).await.is_empty());
    assert_eq!(desk.claim(1_200).await.len(), 1);
}

pub async fn a_run_is_as_bad_as_its_worst_stream(place: &impl StoreUnderTest) {
    use Outcome::{Deferred, Failed, NeedsUser, Ok, Partial};
    let desk = Desk::at(place).await;
    for (nth, (bars, days, both)) in [
        (Ok, Ok, Ok),
        (Ok, Partial, Partial),
        (Failed, Ok, Failed),
        (Deferred, Failed, Failed),
        (NeedsUser, Failed, NeedsUser),
    ]
    .into_iter()
    .enumerate()
    {
        let claim = desk.leased(&format!("run {nth}")).await;
        desk.commit(&claim.lease, end("bars", bars, 1)).await;
        desk.commit(&claim.lease, end("days", days, 3).closing()).await;
        let run = desk.run(claim.lease.run).await;
        assert_eq!((run.outcome, run.finished_at, run.duration_ms), (Some(both), Some(at(3)), Some(3_000)));
        assert_eq!(run.error.is_some(), !matches!(both, Ok | Partial), "{both:?}");
        let stream = desk.stream(claim.connection.id, "bars").await;
        let good = matches!(bars, Ok | Partial);
        assert_eq!((stream.outcome, stream.last_attempt, stream.next_due), (Some(bars), Some(at(1)), Some(at(601))));
        assert_eq!((stream.last_success, stream.failures), (good.then(|| at(1)), i64::from(!good)));
        assert_eq!(stream.error.is_some(), !good);
    }
}
