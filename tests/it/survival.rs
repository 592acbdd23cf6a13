//! Servers that are killed while others count on them.

use std::io::{BufRead, BufReader};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value as Json;

use crate::world::{World, wait_until};

#[test]
fn ten_commands_at_once_share_one_server_and_outlive_its_death() {
    let world = World::new();
    for nth in 0..30 {
        world.write_block(&format!("block-{nth:02}"), 50, nth);
    }
    world.connect();
    world.kill_server();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let commands: Vec<_> = (0..10)
            .map(|nth| {
                let world = &world;
                scope.spawn(move || {
                    let label = format!("extra-{nth}");
                    for _ in 0..3 {
                        match nth {
                            // By its label: the other connections come and go.
                            0..4 => drop(world.ok(&["sync", "blocks", "--rehash"])),
                            4..7 => drop(world.ok(&["status"])),
                            7 => drop(world.ok(&["query", "SELECT count(*) FROM trades.trade_data"])),
                            _ => {
                                let add = ["connect", "add", "tradelog", "--label", &label, "--set", "path=blocks"];
                                world.ok(&add);
                                world.ok(&["connect", "remove", &label, "--yes"]);
                            }
                        }
                    }
                })
            })
            .collect();
        scope.spawn(|| {
            let mut killed = None;
            for _ in 0..6 {
                wait_until("another server is there", || {
                    done.load(Ordering::Relaxed) || world.server_pid().is_some_and(|pid| killed != Some(pid))
                });
                killed = world.server_pid();
                world.kill_server();
            }
        });
        let ended: Vec<_> = commands.into_iter().map(|command| command.join()).collect();
        done.store(true, Ordering::Relaxed);
        assert!(ended.into_iter().all(|command| command.is_ok()));
    });
    world.ok(&["sync"]);
    assert_eq!(world.value("SELECT count(*) FROM trades.trade_data"), 1_500);
    assert_eq!(world.value("SELECT count(*) FROM sync.connections WHERE removed_at IS NULL"), 1);
}

#[test]
fn a_sync_goes_on_behind_the_line_where_it_was_cut() {
    let world = World::new();
    for nth in 0..40 {
        world.write_block(&format!("block-{nth:02}"), 400, nth);
    }
    world.connect();
    let mut sync = world.spawn(&["sync", "--json"]);
    let mut lines = BufReader::new(sync.0.stdout.take().unwrap()).lines();
    // Whether this finds the sync at its beginning or at its end, every way to be cut must do.
    let first: Json = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    world.kill_server();
    let rest: Vec<Json> = lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    wait_until("it ends", || sync.0.try_wait().unwrap().is_some());
    assert_eq!(sync.0.wait().unwrap().code(), Some(0));
    let is_end = |line: &&Json| line["type"] == "complete" || line["type"] == "error";
    assert_eq!(rest.iter().filter(is_end).count(), 1, "{rest:?}");
    assert_eq!(rest.last().unwrap()["updated"], 40);
    assert!(rest.iter().all(|line| line["sync"] == first["sync"]), "the same sync: {rest:?}");
    assert_eq!(world.value("SELECT count(*) FROM trades.trade_data"), 16_000);
    assert_eq!(world.value("SELECT count(*) FROM sync.requests"), 1);
}
