use super::StoreUnderTest;
use super::desk::{Desk, at, draft, end, page, step};
use crate::model::notification::{Notification, NotificationKind};
use crate::model::sync::{ConnectionId, Outcome};
use crate::schedule::FAILURES_UNTIL_ERROR;
use crate::store::{ConnectionDraft, RowsOfRemoved, Step, StoreError};
use crate::testkit::store_contract::commits::impossible;

/// The end of a stream after so many failures.
fn fails(failures: i64, secs: i64) -> Step {
    let mut step = end("days", Outcome::Failed, secs).closing();
    if let Some(end) = &mut step.stream_end {
        end.failures = failures;
    }
    step
}

async fn told(desk: &Desk) -> Vec<(i64, NotificationKind, Option<ConnectionId>, bool)> {
    let all: Vec<Notification> = desk.store.records(|s| s.ascending("id")).await.expect("notifications");
    all.into_iter().map(|told| (told.id, told.kind, told.connection_id, told.over_at.is_some())).collect()
}

/// Runs the connection once more, until this step.
async fn again(desk: &Desk, id: ConnectionId, step: Step, secs: i64) {
    desk.request(id, &["days"], Default::default(), secs).await;
    let claims = desk.claim(secs).await;
    let claim = claims.iter().find(|claim| claim.connection.id == id).expect("a claim");
    desk.commit(&claim.lease, step).await;
}

pub async fn what_fails_for_good_is_told_once_with_the_commit(place: &impl StoreUnderTest) {
    use NotificationKind::{Error, NeedsAttention, Recovered};
    let desk = Desk::at(place).await;
    let claim = desk.leased("failing").await;
    let id = claim.connection.id;
    // A step that does not land tells nothing.
    let bad = Step { page: Some(page(vec![impossible()], 1)), ..fails(FAILURES_UNTIL_ERROR, 1) };
    let refused = desk.store.commit(&claim.lease, bad).await;
    assert!(matches!(refused, Err(StoreError::Failed(_))), "{refused:?}");
    assert!(told(&desk).await.is_empty());
    desk.commit(&claim.lease, fails(FAILURES_UNTIL_ERROR - 1, 1)).await;
    assert!(told(&desk).await.is_empty(), "it is still tried again");

    again(&desk, id, fails(FAILURES_UNTIL_ERROR, 1_000), 1_000).await;
    assert_eq!(told(&desk).await, [(1, Error, Some(id), false)]);
    again(&desk, id, fails(FAILURES_UNTIL_ERROR + 1, 2_000), 2_000).await;
    assert_eq!(told(&desk).await.len(), 1);
    again(&desk, id, end("days", Outcome::NeedsUser, 3_000).closing(), 3_000).await;
    assert_eq!(told(&desk).await, [(1, Error, Some(id), true), (2, NeedsAttention, Some(id), false)]);
    again(&desk, id, end("days", Outcome::Ok, 4_000).closing(), 4_000).await;
    assert_eq!(told(&desk).await[1..], [(2, NeedsAttention, Some(id), true), (3, Recovered, Some(id), false)]);
    again(&desk, id, end("days", Outcome::Ok, 5_000).closing(), 5_000).await;
    assert_eq!(told(&desk).await.len(), 3);
}

pub async fn notices_outlive_the_program(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claim = desk.leased("failing").await;
    let id = claim.connection.id;
    desk.commit(&claim.lease, end("days", Outcome::NeedsUser, 1).closing()).await;
    let before = told(&desk).await;
    assert_eq!(before.len(), 1);
    drop((desk, claim));

    let desk = Desk { store: place.open(at(1_000)).await };
    again(&desk, id, end("days", Outcome::NeedsUser, 1_000).closing(), 1_000).await;
    assert_eq!(told(&desk).await, before, "it was told");
    again(&desk, id, end("days", Outcome::Ok, 2_000).closing(), 2_000).await;
    let ids: Vec<_> = told(&desk).await.into_iter().map(|(id, ..)| id).collect();
    assert_eq!(ids, [1, 2]);
}

pub async fn what_is_told_of_a_connection_that_goes_is_over(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claims = [desk.leased("off").await, desk.leased("gone").await];
    let ids = claims.each_ref().map(|claim| claim.connection.id);
    for claim in &claims {
        desk.commit(&claim.lease, step("days", page(Vec::new(), 1), 1)).await;
        desk.commit(&claim.lease, end("days", Outcome::NeedsUser, 1).closing()).await;
    }
    assert_eq!(told(&desk).await.iter().filter(|(.., over)| !over).count(), 2);
    let off = ConnectionDraft { id: Some(ids[0]), sync_enabled: false, now: at(2), ..draft("off") };
    desk.store.put_connection(off).await.expect("an edit");
    desk.store.remove_connection(ids[1], RowsOfRemoved::Keep, at(3)).await.expect("a removal");
    let after = told(&desk).await;
    assert!(after.len() == 2 && after.iter().all(|(.., over)| *over), "{after:?}");
}
