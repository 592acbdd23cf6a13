//! When connections run: by schedule, after failures, one run at a time, and never more than there is room for.

use std::sync::Arc;
use std::time::Duration;

use foliosync_engine::clock::Clock;
use foliosync_engine::engine::{ConnectionEdit, Engine, NewConnection};
use foliosync_engine::files::Files;
use foliosync_engine::http::Http;
use foliosync_engine::model::sync::{Outcome, SyncOptions, Trigger};
use foliosync_engine::provider::{Provider, ProviderError, ProviderSpec, Reach, Role};
use foliosync_engine::testkit::mem_store::MemStore;
use foliosync_engine::testkit::rig::Rig;
use foliosync_engine::testkit::scripted::{Gate, ONE_STREAM, ScriptedProvider, last};
use jiff::Timestamp;

fn rig(provider: &Arc<ScriptedProvider>, runs_live_max: usize) -> Rig {
    rig_of(vec![Arc::clone(provider)], runs_live_max)
}

fn rig_of(providers: Vec<Arc<ScriptedProvider>>, runs_live_max: usize) -> Rig {
    let store: Arc<MemStore> = Arc::new(MemStore::empty());
    let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
    let reach = Reach { http: Http::offline(clock), files: Files::default() };
    let providers = providers.into_iter().map(|provider| provider as _).collect();
    let engine = Engine::new(Arc::clone(&store) as _, providers, reach, clock, runs_live_max);
    Rig { engine: Arc::new(engine), store }
}

fn provider() -> Arc<ScriptedProvider> {
    Arc::new(ScriptedProvider::with(&ONE_STREAM))
}

/// Whole seconds at which fetches began.
fn times(provider: &ScriptedProvider) -> Vec<i64> {
    provider.seen().iter().map(|seen| seen.now.as_second()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_schedule_runs_each_interval() {
    let provider = provider();
    let rig = rig(&provider, 5);
    rig.connect("one", &[]).await;
    let dispatcher = rig.dispatch_with(true);
    provider.asked(4).await;
    dispatcher.stop().await;
    let waits: Vec<_> = times(&provider).windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(waits.iter().all(|wait| (600..=631).contains(wait)), "ten minutes and a little apart: {waits:?}");
    let runs = rig.engine.runs(None, 10).await.unwrap();
    assert!(runs.iter().all(|run| run.trigger == Trigger::Schedule && run.outcome == Some(Outcome::Ok)), "{runs:#?}");
}

#[tokio::test(start_paused = true)]
async fn failures_are_retried_ever_more_rarely_and_a_success_forgives() {
    let provider = provider();
    for _ in 0..5 {
        provider.fails("", "days", ProviderError::Backoff { message: "down".into() });
    }
    let rig = rig(&provider, 5);
    rig.connect("one", &[]).await;
    let dispatcher = rig.dispatch_with(true);
    provider.asked(7).await;
    dispatcher.stop().await;
    let minutes: Vec<_> = times(&provider).windows(2).map(|pair| (pair[1] - pair[0]) / 60).collect();
    assert_eq!(minutes, [1, 5, 15, 60, 60, 10]);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_says_when_is_left_alone_until_then() {
    let provider = provider();
    let at = Timestamp::from_second(5_000).unwrap();
    provider.fails("", "days", ProviderError::RetryAt { at, message: "later".into() });
    let rig = rig(&provider, 5);
    let id = rig.connect("one", &[]).await.id;
    let dispatcher = rig.dispatch_with(true);
    provider.asked(2).await;
    dispatcher.stop().await;
    let times = times(&provider);
    assert!(times[0] == 0 && (5_000..=5_061).contains(&times[1]), "{times:?}");
    let first = rig.engine.runs(Some(id), 10).await.unwrap().pop().unwrap();
    assert_eq!(first.outcome, Some(Outcome::Deferred));
}

#[tokio::test(start_paused = true)]
async fn what_needs_its_user_waits_for_an_edit() {
    let provider = provider();
    provider.fails("", "days", ProviderError::NeedsUser { message: "the key is wrong".into() });
    let rig = rig(&provider, 5);
    let id = rig.connect("one", &[]).await.id;
    let dispatcher = rig.dispatch_with(true);
    provider.asked(1).await;
    assert!(tokio::time::timeout(Duration::from_secs(10_000), provider.asked(2)).await.is_err());
    let edit = ConnectionEdit { settings: [("account".into(), "new".into())].into(), ..Default::default() };
    rig.engine.edit_connection(id, edit).await.unwrap();
    provider.asked(2).await;
    dispatcher.stop().await;
}

#[tokio::test(start_paused = true)]
async fn no_more_run_than_there_is_room_for() {
    let (provider, gate) = (provider(), Gate::closed());
    let rig = rig(&provider, 2);
    for n in 0..5 {
        let account = n.to_string();
        provider.waits(&account, "days", &gate).says(&account, "days", last(1));
        rig.connect(&account, &[("account", &account)]).await;
    }
    let dispatcher = rig.dispatch_with(true);
    for begun in 2..=5 {
        provider.asked(begun).await;
        let more = tokio::time::timeout(Duration::from_secs(20), provider.asked(begun + 1)).await;
        assert!(more.is_err(), "{begun} have begun, and the rest waits");
        gate.pass_one();
    }
    gate.open();
    dispatcher.stop().await;
    let accounts: Vec<_> = provider.seen().iter().map(|seen| seen.settings["account"].clone()).collect();
    assert_eq!(accounts, ["0", "1", "2", "3", "4"], "each once, who came first first");
}

static MIRROR: ProviderSpec = ProviderSpec {
    role: Role::Mirror,
    id: "mirror",
    name: "Mirror",
    streams: ONE_STREAM.streams,
    settings: ONE_STREAM.settings,
    interval: ONE_STREAM.interval,
    ..ProviderSpec::LOCAL
};

/// Neither waits for the other, however long it takes.
#[tokio::test(start_paused = true)]
async fn sources_and_mirrors_run_beside_each_other() {
    for stuck in [Role::Source, Role::Mirror] {
        let (source, mirror) = (provider(), Arc::new(ScriptedProvider::with(&MIRROR)));
        let rig = rig_of(vec![source.clone(), mirror.clone()], 1);
        for (provider, connections) in [(&source, 3), (&mirror, 1)] {
            for nth in 0..connections {
                let account = nth.to_string();
                if provider.spec().role == stuck {
                    provider.hangs(&account, "days");
                }
                let (id, label) = (provider.spec().id.into(), format!("{} {nth}", provider.spec().id));
                let settings = [("account".to_string(), account)].into();
                let new = NewConnection { provider: id, label, settings, ..Default::default() };
                rig.engine.add_connection(new).await.unwrap();
            }
        }
        let dispatcher = rig.dispatch_with(true);
        let (free, connections) = if stuck == Role::Source { (&mirror, 1) } else { (&source, 3) };
        let all = tokio::time::timeout(Duration::from_secs(60), free.asked(connections)).await;
        assert!(all.is_ok(), "{stuck:?} hang, and the others run");
        drop(dispatcher);
    }
}

/// The run of a program that cannot be told to stop holds its connection for as long as its lease.
#[tokio::test(start_paused = true)]
async fn a_lease_that_ran_out_is_taken_over() {
    let provider = provider();
    let rig = rig(&provider, 5);
    let id = rig.connect("one", &[]).await.id;
    rig.request(&[id], SyncOptions::default()).await;
    let ask = foliosync_engine::store::ClaimAsk {
        now: rig.engine.now(),
        lease_for: Duration::from_secs(90),
        max: 1,
        max_of: Default::default(),
        schedules: false,
    };
    assert_eq!(rig.store.claim(ask).await.unwrap().len(), 1, "somebody takes it and dies");
    let dispatcher = rig.dispatch();
    provider.asked(1).await;
    dispatcher.stop().await;
    assert_eq!(times(&provider), [90]);
}

/// An edit makes a lease void while its run still waits for the source.
#[tokio::test(start_paused = true)]
async fn a_source_never_meets_two_runs_of_a_connection() {
    let (provider, gate) = (provider(), Gate::closed());
    provider.waits("", "days", &gate).says("", "days", last(1)).says("", "days", last(2));
    let rig = rig(&provider, 5);
    let id = rig.connect("one", &[]).await.id;
    let dispatcher = rig.dispatch_with(true);
    provider.asked(1).await;
    let edit = ConnectionEdit { sync_interval_min: Some(20), ..Default::default() };
    rig.engine.edit_connection(id, edit).await.unwrap();
    provider.asked(2).await;
    assert_eq!(gate.waiting(), 0, "the first is gone");
    dispatcher.stop().await;
}
