use std::sync::Arc;

use tokio::task::JoinSet;

use super::StoreUnderTest;
use super::desk::{Desk, at, draft, end, page, step};
use crate::model::sync::{Outcome, RunEventKind};
use crate::store::{Claim, ConnectionDraft, StoreError};
use crate::testkit::samples::{Bar, Day, bar, bars, block, day};

async fn crowd(desk: &Desk, size: usize) -> Vec<Claim> {
    for n in 0..size {
        desk.add(&format!("connection {n}")).await;
    }
    desk.claim(0).await
}

/// What connection `n` stores: the same keys for all, so that only the connection tells the rows apart.
fn own_page(n: i64, version: i64) -> crate::provider::Page {
    let net = format!("{n}.{version}");
    let days = [day("a", 1, &net), day("a", 2, &net)];
    page(vec![block("a", &days), bars(&[bar("X", 1, &net)])], version)
}

async fn assert_owns(desk: &Desk, id: i64, n: i64, version: i64) {
    let net = format!("{n}.{version}");
    assert_eq!(desk.rows::<Day>(id).await, [day("a", 1, &net), day("a", 2, &net)]);
    assert_eq!(desk.rows::<Bar>(id).await, [bar("X", 1, &net)]);
}

pub async fn many_connections_commit_at_once(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claims = crowd(&desk, 100).await;
    let mut runs = JoinSet::new();
    for (n, claim) in (0..).zip(&claims) {
        let (store, lease) = (Arc::clone(&desk.store), claim.lease.clone());
        runs.spawn(async move {
            let mut lease = lease;
            for version in 1..=3 {
                lease = store.commit(&lease, step("days", own_page(n, version), version)).await?.lease;
            }
            store.commit(&lease, end("bars", Outcome::Ok, 4)).await?;
            store.commit(&lease, end("days", Outcome::Ok, 4).closing()).await
        });
    }
    for done in runs.join_all().await {
        done.expect("every commit lands");
    }
    let log = desk.log().await;
    assert!(log.windows(2).all(|pair| pair[0].cursor < pair[1].cursor), "no cursor is used twice");
    assert_eq!(log.len(), 100 * (1 + 3 + 2 + 1));
    for (n, claim) in (0..).zip(&claims) {
        assert_owns(&desk, claim.connection.id, n, 3).await;
        let run = desk.run(claim.lease.run).await;
        assert_eq!((run.outcome, run.pages, run.rows_written), (Some(Outcome::Ok), 3, 9));
        assert_eq!(desk.corrections(claim.connection.id).await.len(), 2);
    }
}

pub async fn a_bad_page_fails_alone(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claims = crowd(&desk, 30).await;
    let is_bad = |n: i64| n % 7 == 3;
    let mut commits = JoinSet::new();
    for (n, claim) in (0..).zip(&claims) {
        let (store, lease) = (Arc::clone(&desk.store), claim.lease.clone());
        let mut page = own_page(n, 1);
        if is_bad(n) {
            page.changes.push(super::commits::impossible());
        }
        commits.spawn(async move { (n, store.commit(&lease, step("days", page, 1)).await) });
    }
    for (n, done) in commits.join_all().await {
        assert_eq!(matches!(done, Err(StoreError::Failed(_))), is_bad(n), "connection {n}: {done:?}");
        assert_eq!(done.is_ok(), !is_bad(n), "connection {n}: {done:?}");
    }
    for (n, claim) in (0..).zip(&claims) {
        let id = claim.connection.id;
        if is_bad(n) {
            assert!(desk.rows::<Day>(id).await.is_empty() && desk.rows::<Bar>(id).await.is_empty());
            assert_eq!((desk.run(claim.lease.run).await.pages, desk.stream(id, "days").await.watermark), (0, None));
        } else {
            assert_owns(&desk, id, n, 1).await;
        }
        // Whoever failed may go on.
        desk.commit(&claim.lease, step("days", own_page(n, 2), 2)).await;
        assert_owns(&desk, id, n, 2).await;
    }
}

pub async fn edits_and_commits_race_to_one_end(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claims = crowd(&desk, 30).await;
    let mut edits = JoinSet::new();
    let mut commits = JoinSet::new();
    for (n, claim) in (0..).zip(&claims) {
        let (store, lease) = (Arc::clone(&desk.store), claim.lease.clone());
        commits.spawn(async move { (n, store.commit(&lease, step("days", own_page(n, 1), 1)).await) });
        let (store, id) = (Arc::clone(&desk.store), claim.connection.id);
        let edit = ConnectionDraft { id: Some(id), now: at(1), ..draft(&claim.connection.label) };
        edits.spawn(async move { store.put_connection(edit).await });
    }
    for edited in edits.join_all().await {
        edited.expect("every edit lands");
    }
    for (n, done) in commits.join_all().await {
        let (id, run) = (claims[n as usize].connection.id, claims[n as usize].lease.run);
        let landed = match done {
            Ok(_) => true,
            Err(StoreError::LeaseLost) => false,
            Err(other) => panic!("connection {n}: {other}"),
        };
        assert_eq!(desk.rows::<Day>(id).await.len(), if landed { 2 } else { 0 }, "connection {n}");
        let run = desk.run(run).await;
        assert_eq!((run.outcome, run.pages), (Some(Outcome::Interrupted), i64::from(landed)));
    }
    let log = desk.log().await;
    let ends = log.iter().filter(|event| matches!(event.kind, RunEventKind::Finished { .. })).count();
    assert_eq!(ends, 30, "each run ends once");
}
