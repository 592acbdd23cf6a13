//! Ten models on one data folder, and a server that is killed under them.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use super::model::Model;
use super::{count_trades, synced};
use crate::world::wait_until;

const MODELS: usize = 10;
const CALLS_EACH: usize = 60;

#[derive(Default)]
struct Saw {
    calls: usize,
    errors: Vec<String>,
    counts: BTreeSet<i64>,
    slowest: Duration,
    over_a_second: usize,
}

#[test]
fn ten_models_share_a_folder_and_outlive_its_server() {
    let world = synced();
    let done = AtomicUsize::new(0);
    let mut models: Vec<Model> = (0..MODELS).map(|_| Model::start(&world, &["--allow-sync"])).collect();
    let mut killed = Vec::new();
    let calling = |nth: usize, model: &mut Model| {
        let mut saw = Saw::default();
        for call in 0..CALLS_EACH {
            let begun = Instant::now();
            // One of them makes load: it reads everything again.
            let called = match nth == 0 && call % 5 == 0 {
                true => model.call("sync_now", json!({})),
                false => model.call("run_sql", count_trades()),
            };
            let took = begun.elapsed();
            saw.calls += 1;
            saw.slowest = saw.slowest.max(took);
            saw.over_a_second += usize::from(took > Duration::from_secs(1));
            saw.counts.extend(called.structured["rows"][0][0].as_i64());
            if called.is_error || called.structured["outcome"].as_str().is_some_and(|outcome| outcome != "ok") {
                saw.errors.push(called.texts.concat());
            }
            done.fetch_add(1, Ordering::Relaxed);
        }
        saw
    };
    let calling = &calling;
    let saw: Vec<Saw> = std::thread::scope(|scope| {
        let running: Vec<_> =
            models.iter_mut().enumerate().map(|(nth, model)| scope.spawn(move || calling(nth, model))).collect();
        for part in 1..=2 {
            wait_until("they are in the middle of it", || {
                done.load(Ordering::Relaxed) >= MODELS * CALLS_EACH * part / 3
            });
            wait_until("another server answers", || world.server_pid().is_some_and(|pid| !killed.contains(&pid)));
            killed.extend(world.server_pid());
            world.kill_server();
        }
        running.into_iter().map(|running| running.join().unwrap()).collect()
    });
    println!("\n{MODELS} models on one data folder; servers killed with -9 in the middle: {killed:?}");
    println!(
        "{:>5} {:>6} {:>7} {:>14} {:>10} {:>12}",
        "model", "calls", "errors", "counts seen", "over 1 s", "slowest ms"
    );
    for (nth, saw) in saw.iter().enumerate() {
        let counts = format!("{:?}", saw.counts);
        let (errors, slowest) = (saw.errors.len(), saw.slowest.as_millis());
        println!("{nth:>5} {:>6} {errors:>7} {counts:>14} {:>10} {slowest:>12}", saw.calls, saw.over_a_second);
    }
    for saw in &saw {
        assert!(saw.errors.is_empty(), "{:?}", saw.errors);
        assert_eq!((saw.calls, &saw.counts), (CALLS_EACH, &BTreeSet::from([30])));
    }
    for model in models {
        assert_eq!(model.leave(), Some(0));
    }
}
