//! What a sync reads, keeps and says.

use std::fs;
use std::io::{BufRead, BufReader};

use insta::assert_snapshot;
use serde_json::{Value as Json, json};

use crate::world::{World, end_of, signal, wait_until};

const COUNT: &str = "SELECT count(*) FROM trades.trade_data";

fn three_blocks() -> World {
    let world = World::new();
    for (nth, name) in ["condor", "spread", "fly"].into_iter().enumerate() {
        world.write_block(name, 10 + nth, nth);
    }
    world.connect();
    world
}

#[test]
fn only_what_changed_is_read_again() {
    let world = three_blocks();
    assert_snapshot!(world.ok(&["sync"]), @r"
    blocks
      updated   condor: 10 trades
      updated   fly: 12 trades
      updated   spread: 11 trades
    3 updated, 0 unchanged, 0 failed
    ");
    assert_snapshot!(world.ok(&["sync"]), @"nothing changed: 0 updated, 3 unchanged, 0 failed");
    assert_eq!(world.value(COUNT), 33);

    let path = world.blocks().join("fly/tradelog.csv");
    let before = fs::read_to_string(&path).unwrap();
    fs::write(&path, before.replacen("Expired", "Expires", 1)).unwrap();
    assert_snapshot!(world.ok(&["sync"]), @r"
    blocks
      updated   fly: 12 trades
    1 updated, 2 unchanged, 0 failed
    ");
    assert_eq!(world.value("SELECT count(*) FROM trades.trade_data WHERE reason_for_close = 'Expires'"), 1);
    assert_eq!(world.value("SELECT count(*) FROM trades.trade_data"), 33);
}

#[test]
fn a_broken_file_keeps_its_last_good_rows_and_says_why() {
    let world = three_blocks();
    world.ok(&["sync"]);
    fs::write(world.blocks().join("fly/tradelog.csv"), "\0\0\0 not a table").unwrap();
    let ran = world.run(&["sync"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("rejected  fly: "), "{ran:?}");
    assert!(ran.out.ends_with("0 updated, 2 unchanged, 1 failed\n"), "{ran:?}");
    assert_eq!(world.value(COUNT), 33);
    let status = world.ok(&["status"]);
    assert!(status.contains("blocks shows its last good rows for:\n  fly (rejected, since just now): "), "{status}");
    let status: Json = serde_json::from_str(&world.ok(&["status", "--json"])).unwrap();
    assert_eq!(status["connections"][0]["gaps"][0]["item"], "fly");

    world.write_block("fly", 5, 0);
    world.ok(&["sync"]);
    assert_eq!(world.value(COUNT), 26);
    assert!(!world.ok(&["status"]).contains("last good rows"));
}

#[test]
fn a_block_that_was_removed_takes_its_rows_along_and_a_lost_folder_does_not() {
    let world = three_blocks();
    world.ok(&["sync"]);
    fs::remove_dir_all(world.blocks().join("fly")).unwrap();
    world.ok(&["sync"]);
    assert_eq!(world.value(COUNT), 21);

    fs::rename(world.blocks(), world.root().join("elsewhere")).unwrap();
    let ran = world.run(&["sync"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!(world.value(COUNT), 21);
    let status = world.plain(&world.ok(&["status"]));
    assert!(status.contains("blocks, blocks: the folder ROOT/blocks does not exist"), "{status}");
    assert_eq!(world.run(&["doctor"]).code, Some(1));

    fs::rename(world.root().join("elsewhere"), world.blocks()).unwrap();
    assert_snapshot!(world.ok(&["sync"]), @"nothing changed: 0 updated, 2 unchanged, 0 failed");
}

#[test]
fn one_block_can_be_synced_alone() {
    let world = three_blocks();
    assert_snapshot!(world.ok(&["sync", "--block", "spread"]), @r"
    blocks
      updated   spread: 11 trades
    1 updated, 0 unchanged, 0 failed
    ");
    assert_eq!(world.value(COUNT), 11);
    let ran = world.run(&["sync", "--block", "spred"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains("did you mean `spread`?"), "{ran:?}");
}

#[test]
fn json_passes_the_servers_lines_through() {
    let world = three_blocks();
    let out = world.ok(&["sync", "--json"]);
    let lines: Vec<Json> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["type"], &lines[0]["total"]), (&Json::from("start"), &Json::from(3)));
    let last = lines.last().unwrap();
    assert_eq!((&last["type"], &last["updated"], &last["failed"]), (&"complete".into(), &3.into(), &0.into()));
    assert!(lines.iter().all(|line| line["sync"].is_number() && line["cursor"].is_number()));
}

#[test]
fn watching_follows_changes_and_folders_that_come_later() {
    let world = three_blocks();
    let later = world.root().join("later");
    fs::create_dir(&later).unwrap();
    world.ok(&["connect", "add", "tradelog", "--label", "later", "--set", "path=later"]);
    fs::remove_dir(&later).unwrap();

    let mut watching = world.spawn(&["sync", "--watch", "--json"]);
    let mut lines = BufReader::new(watching.0.stdout.take().unwrap()).lines();
    let mut next_end = || {
        let mut lines = lines.by_ref().map(|line| serde_json::from_str::<Json>(&line.unwrap()).unwrap());
        lines.find(|line| line["type"] == "complete" || line["type"] == "error").unwrap()
    };
    assert_eq!(next_end()["updated"], 3);

    world.write_block("fly", 20, 9);
    assert_eq!(next_end()["changed"], 1);
    assert_eq!(world.value("SELECT count(*) FROM trades.trade_data WHERE block_id = 'fly'"), 20);

    crate::world::write_block(&later.join("new"), 4, 0);
    wait_until("the late folder is read", || {
        next_end();
        world.value("SELECT count(*) FROM trades.trade_data WHERE block_id = 'new'") == 4
    });
    signal(&watching, rustix::process::Signal::INT);
    wait_until("it ends", || watching.0.try_wait().unwrap().is_some());
    assert_eq!(watching.0.wait().unwrap().code(), Some(0));
}

#[test]
fn what_comes_from_outside_cannot_act_on_the_terminal() {
    let world = World::new();
    world.write_block("red \u{1b}[31m \u{202e}txt", 1, 0);
    world.connect();
    let ran = end_of(world.spawn(&["sync"]));
    assert!(ran.out.contains("red \\u{1b}[31m \\u{202e}txt"), "{ran:?}");
    assert!(!ran.out.contains('\u{1b}') && !ran.out.contains('\u{202e}'), "{ran:?}");
    let table = world.ok(&["query", "SELECT block_id FROM trades.trade_data", "--format", "table"]);
    assert!(!table.contains('\u{1b}'), "{table:?}");
}

/// The server's clock is a hundred days ahead: all of it was long ago.
#[test]
fn runs_of_long_ago_are_summed_up_by_day() {
    let world = World::new();
    world.write_block("block", 3, 1);
    world.connect();
    world.ok(&["connect", "add", "tradelog", "--label", "again", "--set", "path=blocks"]);
    for _ in 0..3 {
        world.ok(&["sync"]);
    }
    let counts = "SELECT count(*), max(id) FROM sync.runs GROUP BY connection_id ORDER BY connection_id";
    let before = world.rows(counts);
    world.kill_server();
    let serving = world.serve(&[("FOLIOSYNC_TEST_CLOCK_AHEAD", "8640000"), ("FOLIOSYNC_RUNS_KEPT_DAYS", "99")]);
    let read = |path: &str| -> Json { serde_json::from_str(&world.http("GET", path, "").1).unwrap() };
    let days = |params: &str| read(&format!("/api/runs/days?{params}"))["days"].as_array().unwrap().clone();
    wait_until("they are summed up", || !days("").is_empty());
    // Where a page ends in the middle of a day, that day is whole.
    let found = days("max=1&before=9999-12-31");
    for (nth, day) in found.iter().enumerate() {
        let want = before[nth][0].as_i64().unwrap() - 1;
        assert_eq!((&day["connectionId"], &day["runs"]), (&json!(nth + 1), &json!(want)), "{found:?}");
        assert_eq!((&day["runsOk"], &day["error"]), (&json!(want), &Json::Null), "{found:?}");
    }
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(days("connection=2").len(), 1);
    assert_eq!(days(&format!("before={}", found[0]["day"].as_str().unwrap())).len(), 0);
    let (head, gone) = world.http("GET", "/api/runs/1", "");
    assert!(head.starts_with("HTTP/1.1 404") && gone.contains("the last 99 days are kept run by run"), "{head}{gone}");
    let left: Vec<_> =
        read("/api/runs")["runs"].as_array().unwrap().iter().rev().map(|run| run["id"].clone()).collect();
    assert_eq!(left, before.iter().map(|of| of[1].clone()).collect::<Vec<_>>(), "the last one of each stays");
    assert!(!read(&format!("/api/runs/{}/events", left[0]))["events"].as_array().unwrap().is_empty(), "with its lines");
    let (head, refused) = world.http("GET", "/api/runs/days?before=yesterday", "");
    assert!(head.starts_with("HTTP/1.1 400"), "{head}{refused}");
    drop(serving);
}
