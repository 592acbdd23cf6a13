use std::sync::Arc;

use super::StoreUnderTest;
use super::desk::{Desk, at, end, item, page, step};
use crate::model::sync::{ItemStatus, Outcome, RunEventKind, SyncOptions, Trigger};
use crate::store::Store;
use crate::testkit::samples::{Day, bar, bars, block, day};

/// Drops the last handle and opens anew.
pub async fn reopen(desk: Desk, place: &impl StoreUnderTest, secs: i64) -> Desk {
    let only: Arc<dyn Store> = desk.store;
    assert_eq!(Arc::strong_count(&only), 1, "somebody still holds the store");
    drop(only);
    Desk { store: place.open(at(secs)).await }
}

pub async fn reopening_ends_leases_and_keeps_the_work_due(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claim = desk.leased("cut off").await;
    let id = claim.connection.id;
    let options = SyncOptions { strict: true, ..SyncOptions::default() };
    desk.request(id, &["bars"], options.clone(), 1).await;
    let mut first = page(vec![block("a", &[day("a", 1, "1")])], 1);
    first.items = vec![item("a", ItemStatus::Updated), item("b", ItemStatus::Missing)];
    desk.commit(&claim.lease, step("days", first, 1)).await;
    let ended = desk.leased("ended").await;
    desk.commit(&ended.lease, end("bars", Outcome::Ok, 1)).await;
    desk.commit(&ended.lease, end("days", Outcome::Ok, 1).closing()).await;

    let desk = reopen(desk, place, 50).await;
    let run = desk.run(claim.lease.run).await;
    assert_eq!((run.outcome, run.finished_at, run.counts.total()), (Some(Outcome::Interrupted), Some(at(50)), 2));
    assert_eq!(desk.run(ended.lease.run).await.outcome, Some(Outcome::Ok), "what had ended is left alone");
    let log = desk.log().await;
    let closing = log.last().unwrap();
    assert_eq!((closing.run, closing.at), (claim.lease.run, at(50)));
    assert!(matches!(closing.kind, RunEventKind::Finished { outcome: Outcome::Interrupted, .. }));
    Desk::lost(desk.store.commit(&claim.lease, step("days", page(Vec::new(), 2), 51)).await);

    let again = desk.claim_one(51).await;
    assert_eq!((again.connection.id, again.trigger, again.streams.len()), (id, Trigger::Manual, 2));
    let bars = again.streams.iter().find(|stream| stream.name == "bars").unwrap();
    assert_eq!(bars.due_options, options);
    let days = again.streams.iter().find(|stream| stream.name == "days").unwrap();
    assert_eq!(days.watermark, Some(serde_json::json!({"mark": 1})), "it goes on behind the last page");
    // Also the gap is the one it was.
    let mut second = page(Vec::new(), 2);
    second.items = vec![item("b", ItemStatus::Rejected)];
    desk.commit(&again.lease, step("days", second, 52)).await;
    assert_eq!(desk.gaps(id).await[0].since, at(1));
    assert_eq!(desk.rows::<Day>(id).await, [day("a", 1, "1")]);
}

pub async fn reopening_keeps_every_row(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    for label in ["one", "two"] {
        let claim = desk.leased(label).await;
        let mut all = page(vec![block("a", &[day("a", 1, "1")]), bars(&[bar("X", 1, "1")])], 1);
        all.items = vec![item("b", ItemStatus::Missing)];
        all.as_of = Some(at(-1));
        desk.commit(&claim.lease, step("days", all, 1)).await;
        desk.commit(&claim.lease, step("bars", page(vec![bars(&[bar("X", 1, "2")])], 1), 2)).await;
        desk.commit(&claim.lease, end("bars", Outcome::Ok, 3)).await;
        desk.commit(&claim.lease, end("days", Outcome::Failed, 3).closing()).await;
        desk.request(claim.connection.id, &[], SyncOptions::default(), 4).await;
    }
    let before = desk.everything().await;
    let desk = reopen(desk, place, 50).await;
    assert_eq!(desk.everything().await, before);
    let desk = reopen(desk, place, 51).await;
    assert_eq!(desk.everything().await, before);
    assert_eq!(desk.claim(52).await.len(), 2);
}

pub async fn numbers_go_on_after_reopening(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claim = desk.leased("first").await;
    let gone = desk.add("gone").await;
    let request = desk.request(claim.connection.id, &[], SyncOptions::default(), 1).await;
    desk.store.remove_connection(gone.id, crate::store::RowsOfRemoved::Delete, at(1)).await.unwrap();

    let desk = reopen(desk, place, 50).await;
    let cursor = desk.log().await.last().unwrap().cursor;
    assert!(desk.add("second").await.id > gone.id, "not even the id of what was removed comes back");
    assert!(desk.request(claim.connection.id, &[], SyncOptions::default(), 51).await.id > request.id);
    let claims = desk.claim(51).await;
    assert_eq!(claims.len(), 2);
    assert!(claims.iter().all(|new| new.lease.run > claim.lease.run));
    let log = desk.log().await;
    assert!(log.last().unwrap().cursor > cursor);
    assert!(log.windows(2).all(|pair| pair[0].cursor < pair[1].cursor));
}
