//! What a client is told of a sync, line by line.

use std::sync::Arc;
use std::time::Duration;

use foliosync_engine::clock::Clock;
use foliosync_engine::engine::{ConnectionEdit, Engine, SyncLine, SyncLineKind, SyncNow};
use foliosync_engine::files::Files;
use foliosync_engine::http::Http;
use foliosync_engine::model::sync::{ItemStatus, Outcome, SyncOptions, Trigger};
use foliosync_engine::provider::{ProviderError, Reach};
use foliosync_engine::store::{RowsOfRemoved, Store};
use foliosync_engine::testkit::faulty::{Fault, Faulty};
use foliosync_engine::testkit::mem_store::MemStore;
use foliosync_engine::testkit::rig::{Rig, drain};
use foliosync_engine::testkit::scripted::{Gate, ONE_STREAM, ScriptedProvider, last, more};
use insta::assert_snapshot;
use jiff::Timestamp;
use tokio::sync::mpsc::Receiver;

use ItemStatus::{Deferred, Missing, Rejected, Unchanged, Updated};

const PLAIN: SyncOptions = SyncOptions { rehash: false, strict: false, accept_removals: false, items: Vec::new() };

fn provider() -> Arc<ScriptedProvider> {
    Arc::new(ScriptedProvider::with(&ONE_STREAM))
}

fn rig(provider: &Arc<ScriptedProvider>) -> Rig {
    rig_on(Arc::new(MemStore::empty()), provider)
}

fn rig_on(store: Arc<dyn Store>, provider: &Arc<ScriptedProvider>) -> Rig {
    let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
    let reach = Reach { http: Http::offline(clock), files: Files::default() };
    Rig::on(store, Arc::clone(provider) as _, reach, clock)
}

/// The lines as a client reads them, after a look at the rules that hold for all of them.
#[track_caller]
fn told(lines: &[SyncLine]) -> String {
    let is_end = |line: &&SyncLine| matches!(line.kind, SyncLineKind::Complete { .. } | SyncLineKind::Error { .. });
    assert_eq!(lines.iter().filter(is_end).count(), 1, "one terminal line: {lines:#?}");
    assert!(lines.last().is_some_and(|line| is_end(&line)), "it is the last: {lines:#?}");
    assert!(lines.windows(2).all(|pair| pair[0].cursor <= pair[1].cursor), "cursors never fall: {lines:#?}");
    let texts: Vec<_> = lines.iter().map(|line| serde_json::to_string(line).unwrap()).collect();
    texts.join("\n")
}

async fn next(lines: &mut Receiver<SyncLine>) -> SyncLine {
    lines.recv().await.expect("a line")
}

#[tokio::test(start_paused = true)]
async fn a_sync_is_told_from_its_start_to_its_end() {
    let provider = provider();
    provider
        .says("", "days", more(1).with_item("a", Updated).with_item("b", Unchanged).of_expected(5))
        .says("", "days", more(2).with_item("c", Missing))
        .says("", "days", last(3).with_item("d", Rejected).with_item("e", Deferred));
    let rig = rig(&provider);
    let id = rig.connect("one", &[]).await.id;
    let synced = rig.sync_to_end(id, PLAIN).await;
    assert_snapshot!(told(&synced.lines), @r#"
        {"type":"start","total":5,"sync":1,"run":1,"cursor":1}
        {"type":"progress","completed":2,"total":5,"batch":1,"connection":1,"items":[{"item":"a","status":"updated","detail":"a is Updated"}],"sync":1,"run":1,"cursor":2}
        {"type":"progress","completed":3,"total":5,"batch":2,"connection":1,"items":[{"item":"c","status":"missing","detail":"c is Missing"}],"sync":1,"run":1,"cursor":3}
        {"type":"progress","completed":5,"total":5,"batch":3,"connection":1,"items":[{"item":"d","status":"rejected","detail":"d is Rejected"},{"item":"e","status":"deferred","detail":"e is Deferred"}],"sync":1,"run":1,"cursor":4}
        {"type":"complete","timestamp":"1970-01-01T00:00:00Z","updated":2,"failed":3,"changed":1,"errors":[],"sync":1,"run":null,"cursor":6}
        "#);
    assert_eq!((synced.run.counts.total(), synced.run.trigger), (5, Trigger::Manual));

    // Nothing new: still a start and an end.
    let synced = rig.sync_to_end(id, PLAIN).await;
    assert_snapshot!(told(&synced.lines), @r#"
        {"type":"start","total":0,"sync":2,"run":2,"cursor":7}
        {"type":"progress","completed":0,"total":0,"batch":1,"connection":1,"items":[],"sync":2,"run":2,"cursor":8}
        {"type":"complete","timestamp":"1970-01-01T00:00:00Z","updated":0,"failed":0,"changed":0,"errors":[],"sync":2,"run":null,"cursor":10}
        "#);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_goes_on_where_another_stopped_covers_what_is_left() {
    let (provider, later) = (provider(), Timestamp::from_second(3_600).unwrap());
    provider
        .says("", "days", more(1).with_item("a", Updated).of_expected(3))
        .fails("", "days", ProviderError::RetryAt { at: later, message: "come back later".into() })
        .says("", "days", more(2).with_item("b", Updated).of_expected(2))
        .says("", "days", last(3).with_item("c", Missing).of_expected(1))
        // The source listed one more at first.
        .says("", "days", more(4).with_item("a", Unchanged).of_expected(3))
        .says("", "days", last(5).with_item("b", Unchanged).of_expected(1));
    let rig = rig(&provider);
    let id = rig.connect("one", &[]).await.id;
    for (begins, covers, deferred) in [(3, 3, 2), (2, 2, 0), (3, 2, 0)] {
        let synced = rig.sync_to_end(id, PLAIN).await;
        let (first, end) = (&synced.lines[0].kind, &synced.lines.last().unwrap().kind);
        assert!(matches!(first, SyncLineKind::Start { total } if *total == begins), "{}", told(&synced.lines));
        let SyncLineKind::Complete { updated, failed, .. } = end else { panic!("{}", told(&synced.lines)) };
        assert_eq!((updated + failed, synced.run.counts.total(), synced.run.expected), (covers, covers, Some(covers)));
        assert_eq!(synced.run.counts.deferred, deferred);
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_comes_back_gets_the_rest_and_the_end() {
    let provider = provider();
    for (account, pages) in [("x", 3), ("y", 2)] {
        for n in 1..pages {
            provider.says(account, "days", more(n).with_item(&format!("{account}{n}"), Updated));
        }
        provider.says(account, "days", last(pages).with_item("end", Updated));
    }
    let rig = rig(&provider);
    let ids = [rig.connect("x", &[("account", "x")]).await.id, rig.connect("y", &[("account", "y")]).await.id];
    let dispatcher = rig.dispatch();
    let request = rig.request(&ids, PLAIN).await;
    let all = drain(Arc::clone(&rig.engine).follow(request.clone(), None)).await;
    assert_eq!(all.len(), 1 + 5 + 1, "{}", told(&all));
    dispatcher.stop().await;
    for (nth, line) in all.iter().enumerate() {
        let rest = drain(Arc::clone(&rig.engine).follow(request.clone(), Some(line.cursor))).await;
        // The terminal line is told again to those who had heard it.
        let expected = &all[(nth + 1).min(all.len() - 1)..];
        assert_eq!(told(&rest), told(expected), "after line {nth}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_interrupted_is_followed_by_the_next() {
    let (provider, gate) = (provider(), Gate::closed());
    provider.says("", "days", more(1).with_item("a", Updated)).waits("", "days", &gate).says(
        "",
        "days",
        last(2).with_item("b", Updated),
    );
    let rig = rig(&provider);
    let id = rig.connect("one", &[]).await.id;
    let dispatcher = rig.dispatch();
    let request = rig.request(&[id], PLAIN).await;
    let lines = Arc::clone(&rig.engine).follow(request, None);
    provider.asked(2).await;
    rig.engine.edit_connection(id, ConnectionEdit { label: Some("new".into()), ..Default::default() }).await.unwrap();
    assert_snapshot!(told(&drain(lines).await), @r#"
        {"type":"start","total":1,"sync":1,"run":1,"cursor":1}
        {"type":"progress","completed":1,"total":1,"batch":1,"connection":1,"items":[{"item":"a","status":"updated","detail":"a is Updated"}],"sync":1,"run":1,"cursor":2}
        {"type":"progress","completed":1,"total":1,"batch":2,"connection":1,"items":[{"item":"b","status":"updated","detail":"b is Updated"}],"sync":1,"run":2,"cursor":5}
        {"type":"complete","timestamp":"1970-01-01T00:00:00Z","updated":1,"failed":0,"changed":1,"errors":[],"sync":1,"run":null,"cursor":7}
        "#);
    // The old run wakes up late and finds its lease gone.
    gate.open();
    dispatcher.stop().await;
    let runs = rig.engine.runs(Some(id), 10).await.unwrap();
    assert!(runs.iter().all(|run| run.finished_at.is_some()), "{runs:#?}");
}

#[tokio::test(start_paused = true)]
async fn failures_are_named_and_never_flatter() {
    let provider = provider();
    let refused = || ProviderError::NeedsUser { message: "the key was refused; give a new one".into() };
    provider
        .says("good", "days", last(1).with_item("a", Updated))
        .says("half", "days", more(1).with_item("b", Updated).with_item("c", Missing).of_expected(4))
        .fails("half", "days", ProviderError::Backoff { message: "no answer".into() })
        .fails("bad", "days", refused())
        .fails("bad", "days", refused());
    let rig = rig(&provider);
    let mut ids = Vec::new();
    for account in ["good", "half", "bad"] {
        ids.push(rig.connect(account, &[("account", account)]).await.id);
    }
    let dispatcher = rig.dispatch();
    let request = rig.request(&ids, PLAIN).await;
    let lines = drain(Arc::clone(&rig.engine).follow(request, None)).await;
    assert_snapshot!(told(&lines[lines.len() - 1..]), @r#"{"type":"complete","timestamp":"1970-01-01T00:00:00Z","updated":2,"failed":4,"changed":2,"errors":[{"connection":2,"message":"no answer"},{"connection":3,"message":"the key was refused; give a new one"}],"sync":1,"run":null,"cursor":11}"#);
    let request = rig.request(&ids[2..], PLAIN).await;
    assert_snapshot!(told(&drain(Arc::clone(&rig.engine).follow(request, None)).await), @r#"
        {"type":"start","total":0,"sync":2,"run":null,"cursor":14}
        {"type":"error","message":"the key was refused; give a new one","sync":2,"run":null,"cursor":14}
        "#);
    dispatcher.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_a_failure_like_any_other() {
    let provider = provider();
    provider.panics("", "days");
    let rig = rig(&provider);
    let id = rig.connect("one", &[]).await.id;
    let synced = rig.sync_to_end(id, PLAIN).await;
    assert_snapshot!(told(&synced.lines), @r#"
        {"type":"start","total":0,"sync":1,"run":null,"cursor":3}
        {"type":"error","message":"the provider: it broke off by a mistake of ours; please report it with the program's log","sync":1,"run":null,"cursor":3}
        "#);
    assert!(synced.run.finished_at.is_some());
    assert!(rig.engine.connection_views().await.unwrap()[0].next_attempt_at.is_some(), "it will be tried again");
}

#[tokio::test(start_paused = true)]
async fn a_request_joins_the_run_that_is_going() {
    let (provider, gate) = (provider(), Gate::closed());
    provider.says("", "days", more(1).with_item("a", Updated).of_expected(2)).waits("", "days", &gate).says(
        "",
        "days",
        last(2).with_item("b", Updated),
    );
    let rig = rig(&provider);
    let id = rig.connect("one", &[]).await.id;
    let dispatcher = rig.dispatch();
    let first = Arc::clone(&rig.engine).follow(rig.request(&[id], PLAIN).await, None);
    provider.asked(2).await;
    let second = Arc::clone(&rig.engine).follow(rig.request(&[id], PLAIN).await, None);
    gate.open();
    let (first, second) = (drain(first).await, drain(second).await);
    dispatcher.stop().await;
    assert_eq!(first.last().unwrap().run, None);
    assert_eq!(rig.engine.runs(Some(id), 10).await.unwrap().len(), 1, "one run serves both");
    assert_snapshot!(told(&second), @r#"
        {"type":"start","total":2,"sync":2,"run":1,"cursor":2}
        {"type":"progress","completed":1,"total":2,"batch":1,"connection":1,"items":[{"item":"b","status":"updated","detail":"b is Updated"}],"sync":2,"run":1,"cursor":3}
        {"type":"complete","timestamp":"1970-01-01T00:00:00Z","updated":2,"failed":0,"changed":2,"errors":[],"sync":2,"run":null,"cursor":5}
        "#);
}

#[tokio::test(start_paused = true)]
async fn a_request_with_options_waits_for_a_run_of_its_own() {
    let (provider, gate) = (provider(), Gate::closed());
    provider.waits("", "days", &gate).says("", "days", last(1).with_item("old", Updated)).says(
        "",
        "days",
        last(2).with_item("new", Updated),
    );
    let rig = rig(&provider);
    let id = rig.connect("one", &[]).await.id;
    let dispatcher = rig.dispatch();
    rig.request(&[id], PLAIN).await;
    provider.asked(1).await;
    let rehash = SyncOptions { rehash: true, ..PLAIN };
    let lines = Arc::clone(&rig.engine).follow(rig.request(&[id], rehash.clone()).await, None);
    gate.open();
    assert_snapshot!(told(&drain(lines).await), @r#"
        {"type":"start","total":1,"sync":2,"run":2,"cursor":5}
        {"type":"progress","completed":1,"total":1,"batch":1,"connection":1,"items":[{"item":"new","status":"updated","detail":"new is Updated"}],"sync":2,"run":2,"cursor":6}
        {"type":"complete","timestamp":"1970-01-01T00:00:00Z","updated":1,"failed":0,"changed":1,"errors":[],"sync":2,"run":null,"cursor":8}
        "#);
    dispatcher.stop().await;
    assert_eq!(provider.seen()[1].options, rehash);
}

/// Another stream of the connection was running, for longer than anybody waits for a start.
#[tokio::test(start_paused = true)]
async fn a_stream_that_has_to_wait_for_its_sibling_is_waited_for() {
    let (provider, gate) = (Arc::new(ScriptedProvider::default()), Gate::closed());
    provider.waits("", "bars", &gate).says("", "days", last(1).with_item("a", Updated));
    let rig = rig(&provider);
    let id = rig.connect("one", &[]).await.id;
    let dispatcher = rig.dispatch();
    let only = |stream: &str| SyncNow {
        connections: vec![id],
        streams: vec![stream.into()],
        options: PLAIN,
        trigger: Trigger::Api,
    };
    rig.engine.sync_now(only("bars")).await.unwrap();
    provider.asked(1).await;
    let request = rig.engine.sync_now(only("days")).await.unwrap();
    let mut lines = Arc::clone(&rig.engine).follow(request, None);
    tokio::time::advance(Duration::from_secs(20)).await;
    assert!(matches!(next(&mut lines).await.kind, SyncLineKind::Heartbeat));
    tokio::time::advance(Duration::from_secs(20)).await;
    gate.open();
    let mut all = Vec::new();
    while let Some(line) = lines.recv().await {
        all.push(line);
    }
    dispatcher.stop().await;
    let SyncLineKind::Complete { updated, ref errors, .. } = all.last().unwrap().kind else { panic!("{}", told(&all)) };
    assert_eq!((updated, errors.len()), (1, 0), "{}", told(&all));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_start_is_deferred() {
    let (provider, gate) = (provider(), Gate::closed());
    provider.waits("slow", "days", &gate).says("slow", "days", last(1).with_item("a", Updated));
    let Rig { store, .. } = rig(&provider);
    let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
    let reach = Reach { http: Http::offline(clock), files: Files::default() };
    let engine = Engine::new(Arc::clone(&store), vec![Arc::clone(&provider) as _], reach, clock, 1);
    let rig = Rig { engine: Arc::new(engine), store };
    let slow = rig.connect("slow", &[("account", "slow")]).await.id;
    let late = rig.connect("late", &[]).await.id;
    let dispatcher = rig.dispatch();
    let request = rig.request(&[slow, late], PLAIN).await;
    let mut lines = Arc::clone(&rig.engine).follow(request.clone(), None);
    let mut all = Vec::new();
    for _ in 0..4 {
        all.push(next(&mut lines).await);
    }
    assert!(all.iter().all(|line| matches!(line.kind, SyncLineKind::Heartbeat)), "{all:#?}");
    assert!(rig.engine.now() >= Timestamp::from_second(30).unwrap(), "it was given the time");
    gate.open();
    all.extend(drain(lines).await);
    assert_snapshot!(told(&all), @r#"
        {"type":"heartbeat","sync":1,"run":null,"cursor":1}
        {"type":"heartbeat","sync":1,"run":null,"cursor":1}
        {"type":"heartbeat","sync":1,"run":null,"cursor":1}
        {"type":"heartbeat","sync":1,"run":null,"cursor":1}
        {"type":"start","total":1,"sync":1,"run":1,"cursor":1}
        {"type":"progress","completed":1,"total":1,"batch":1,"connection":1,"items":[{"item":"a","status":"updated","detail":"a is Updated"}],"sync":1,"run":1,"cursor":2}
        {"type":"complete","timestamp":"1970-01-01T00:00:40Z","updated":1,"failed":1,"changed":1,"errors":[{"connection":2,"message":"`late` waits for its turn; it is due and will run"}],"sync":1,"run":null,"cursor":4}
        "#);

    // It was due all along, and whoever asks again hears how it went.
    let again = drain(Arc::clone(&rig.engine).follow(request, all.last().map(|line| line.cursor))).await;
    assert_snapshot!(told(&again), @r#"
        {"type":"progress","completed":1,"total":1,"batch":2,"connection":2,"items":[],"sync":1,"run":2,"cursor":6}
        {"type":"complete","timestamp":"1970-01-01T00:00:40Z","updated":1,"failed":0,"changed":1,"errors":[],"sync":1,"run":null,"cursor":8}
        "#);
    dispatcher.stop().await;
}

#[tokio::test(start_paused = true)]
async fn silence_is_filled_with_heartbeats() {
    let provider = provider();
    provider.hangs("", "days");
    let rig = rig(&provider);
    let id = rig.connect("one", &[]).await.id;
    let synced = rig.sync_to_end(id, PLAIN).await;
    let (beats, rest): (Vec<_>, Vec<_>) =
        synced.lines.into_iter().partition(|line| matches!(line.kind, SyncLineKind::Heartbeat));
    assert!((11..=13).contains(&beats.len()), "one in ten seconds for two minutes, not {}", beats.len());
    assert_snapshot!(told(&rest), @r#"
        {"type":"start","total":0,"sync":1,"run":null,"cursor":3}
        {"type":"error","message":"no answer within 120 seconds; it will be tried again","sync":1,"run":null,"cursor":3}
        "#);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_removed_ends_its_sync() {
    let (provider, gate) = (provider(), Gate::closed());
    provider.waits("", "days", &gate);
    let rig = rig(&provider);
    let id = rig.connect("one", &[]).await.id;
    let dispatcher = rig.dispatch();
    let lines = Arc::clone(&rig.engine).follow(rig.request(&[id], PLAIN).await, None);
    provider.asked(1).await;
    rig.engine.remove_connection(id, RowsOfRemoved::Delete).await.unwrap();
    gate.open();
    let lines = drain(lines).await;
    assert_snapshot!(told(&lines[lines.len() - 1..]), @r#"{"type":"error","message":"the connection was removed","sync":1,"run":null,"cursor":2}"#);
    dispatcher.stop().await;
}

/// The store fails once, or again when the end of the run is to be noted.
#[tokio::test(start_paused = true)]
async fn a_run_that_the_store_failed_is_told_once_and_does_not_haunt_the_next() {
    for faults in [1, 2] {
        let provider = provider();
        provider.says("", "days", last(1).with_item("a", Updated)).says("", "days", last(1).with_item("a", Updated));
        let faulty = Faulty::scripted(Arc::new(MemStore::empty()), vec![Some(Fault::Before); faults]);
        let rig = rig_on(Arc::new(faulty), &provider);
        let id = rig.connect("one", &[]).await.id;
        let dispatcher = rig.dispatch();
        let lines = drain(Arc::clone(&rig.engine).follow(rig.request(&[id], PLAIN).await, None)).await;
        let SyncLineKind::Error { message } = &lines.last().unwrap().kind else { panic!("{}", told(&lines)) };
        assert_eq!(message, "the database failed: a fault before the commit");

        let lines = drain(Arc::clone(&rig.engine).follow(rig.request(&[id], PLAIN).await, None)).await;
        let end = &lines.last().unwrap().kind;
        assert!(matches!(end, SyncLineKind::Complete { updated: 1, failed: 0, .. }), "{}", told(&lines));
        dispatcher.stop().await;
        let outcomes: Vec<_> = rig.engine.runs(Some(id), 9).await.unwrap().iter().map(|run| run.outcome).collect();
        assert_eq!(outcomes, [Some(Outcome::Ok), Some(Outcome::Failed)]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_work_goes_on_when_the_client_leaves() {
    let (provider, gate) = (provider(), Gate::closed());
    provider.waits("", "days", &gate).says("", "days", last(1).with_item("a", Updated));
    let rig = rig(&provider);
    let id = rig.connect("one", &[]).await.id;
    let dispatcher = rig.dispatch();
    let request = rig.request(&[id], PLAIN).await;
    drop(Arc::clone(&rig.engine).follow(request.clone(), None));
    provider.asked(1).await;
    gate.open();
    let lines = drain(Arc::clone(&rig.engine).follow(request, None)).await;
    dispatcher.stop().await;
    assert!(matches!(lines.last().unwrap().kind, SyncLineKind::Complete { updated: 1, .. }), "{}", told(&lines));
}
