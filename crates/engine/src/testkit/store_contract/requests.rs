use super::StoreUnderTest;
use super::desk::{Desk, ask, at, claim_ask, draft, end, page, step};
use crate::model::sync::{Outcome, Stream, SyncOptions, SyncRequest, Trigger};
use crate::store::{ClaimAsk, ConnectionDraft};

/// Adds a connection whose streams have run at `at(0)` and are due at `at(600)`.
async fn rested(desk: &Desk) -> i64 {
    let claim = desk.leased("rested").await;
    desk.commit(&claim.lease, end("bars", Outcome::Ok, 0)).await;
    desk.commit(&claim.lease, end("days", Outcome::Ok, 0).closing()).await;
    claim.connection.id
}

fn names(streams: &[Stream]) -> Vec<&str> {
    streams.iter().map(|stream| stream.name.as_str()).collect()
}

fn rehash() -> SyncOptions {
    SyncOptions { rehash: true, items: vec!["a".into()], ..SyncOptions::default() }
}

pub async fn a_request_makes_its_streams_due(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let id = rested(&desk).await;
    assert!(desk.claim(10).await.is_empty());
    let request = desk.request(id, &["days"], rehash(), 10).await;
    assert_eq!((request.at, &request.connections, request.joins), (at(10), &vec![id], false));
    assert_eq!(request.after, desk.log().await.last().unwrap().cursor);
    let stored: Vec<SyncRequest> = desk.store.records(|s| s).await.unwrap();
    assert_eq!(stored, std::slice::from_ref(&request));

    let claim = desk.claim_one(10).await;
    assert_eq!((claim.trigger, names(&claim.streams)), (Trigger::Manual, vec!["days"]));
    assert_eq!(claim.streams[0].due_options, rehash());
    let next = desk.request(id, &[], SyncOptions::default(), 11).await;
    assert!(next.id > request.id && next.joins);
}

pub async fn schedules_can_be_left_out(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let on = desk.add("on").await;
    let off = desk.store.put_connection(ConnectionDraft { sync_enabled: false, ..draft("off") }).await.unwrap();
    let asked_only = |secs| ClaimAsk { schedules: false, ..claim_ask(secs) };
    assert!(desk.store.claim(asked_only(1)).await.unwrap().is_empty());
    assert_eq!(desk.claim_one(1).await.connection, on, "what is switched off runs on no schedule");

    desk.request(off.id, &["bars"], SyncOptions::default(), 2).await;
    let claims = desk.store.claim(asked_only(2)).await.unwrap();
    assert_eq!(claims.len(), 1);
    assert_eq!((&claims[0].connection, names(&claims[0].streams)), (&off, vec!["bars"]));
}

pub async fn a_plain_request_joins_the_run_that_is_going(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claim = desk.leased("joined").await;
    let id = claim.connection.id;
    let request = desk.store.request(ask(&[id], &[], SyncOptions::default(), 1)).await.unwrap();
    assert!(request.joins);
    desk.commit(&claim.lease, end("bars", Outcome::Ok, 2)).await;
    desk.commit(&claim.lease, end("days", Outcome::Failed, 2).closing()).await;
    assert!(desk.claim(601).await.is_empty(), "what the run did counts for the request");
    assert_eq!(desk.claim_one(602).await.trigger, Trigger::Schedule);
}

pub async fn a_request_with_options_runs_again(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claim = desk.leased("again").await;
    let request = desk.request(claim.connection.id, &["days"], rehash(), 1).await;
    assert!(!request.joins, "the run that is going does not do what the options ask for");
    assert!(desk.claim(1).await.is_empty(), "two runs of one connection never overlap");
    desk.commit(&claim.lease, end("bars", Outcome::Ok, 2)).await;
    desk.commit(&claim.lease, end("days", Outcome::NeedsUser, 2).closing()).await;
    let next = desk.claim_one(2).await;
    assert_eq!((next.trigger, names(&next.streams)), (Trigger::Manual, vec!["days"]));
    assert_eq!(next.streams[0].due_options, rehash());
    desk.commit(&next.lease, end("days", Outcome::Ok, 3).closing()).await;
    assert!(desk.claim(4).await.is_empty(), "once is enough");
    assert_eq!(desk.stream(next.connection.id, "days").await.due_options, SyncOptions::default());
}

pub async fn requests_that_wait_are_served_together(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let id = rested(&desk).await;
    let strict = SyncOptions { strict: true, items: vec!["b".into()], accept_removals: true, ..rehash() };
    desk.request(id, &["days"], rehash(), 10).await;
    desk.request(id, &["days"], strict, 11).await;
    let options = desk.stream(id, "days").await.due_options;
    assert_eq!((options.rehash, options.strict, options.items.len()), (true, true, 2));
    assert!(!options.accept_removals, "leave to remove was given for `b` alone");
    desk.request(id, &["days"], SyncOptions::default(), 12).await;
    let claim = desk.claim_one(12).await;
    assert_eq!(claim.streams[0].due_options, SyncOptions { rehash: true, strict: true, ..SyncOptions::default() });
    // While it runs, too.
    desk.request(id, &["days"], rehash(), 13).await;
    desk.request(id, &["days"], SyncOptions { accept_removals: true, ..rehash() }, 14).await;
    assert_eq!(desk.stream(id, "days").await.due_options, SyncOptions { accept_removals: true, ..rehash() });
}

pub async fn a_stream_that_does_not_run_is_due_after_the_run(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let id = rested(&desk).await;
    desk.request(id, &["bars"], SyncOptions::default(), 10).await;
    let claim = desk.claim_one(10).await;
    desk.request(id, &[], SyncOptions::default(), 11).await;
    desk.commit(&claim.lease, step("bars", page(Vec::new(), 1), 12)).await;
    desk.commit(&claim.lease, end("bars", Outcome::Ok, 12).closing()).await;
    assert_eq!(names(&desk.claim_one(12).await.streams), ["days"]);
}
