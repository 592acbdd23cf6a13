//! The other commands.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use insta::assert_snapshot;

use crate::world::{World, write_block};

#[test]
fn import_decides_by_what_is_in_the_folder() {
    let world = World::new();
    world.write_block("condor", 3, 0);
    let market = world.blocks().join("_marketdata");
    fs::create_dir(&market).unwrap();
    fs::write(market.join("abc.csv"), "time,open,high,low,close\n1735828200,1,2,0.5,1.5\n").unwrap();
    assert_snapshot!(world.plain(&world.ok(&["import", "blocks"])), @"");
    assert_snapshot!(world.said(&["import", "blocks/condor"]), @"");
    write_block(&world.root().join("other/lone"), 2, 0);
    assert_snapshot!(world.said(&["import", "other/lone"]), @"");
    assert_snapshot!(world.said(&["import", "other/lone/tradelog.csv"]), @"");
    assert_snapshot!(world.said(&["import", "nowhere"]), @"");
    fs::create_dir(world.root().join("empty")).unwrap();
    assert_snapshot!(world.said(&["import", "empty"]), @"");
    fs::create_dir_all(world.root().join("more")).unwrap();
    fs::rename(world.root().join("other"), world.root().join("more/blocks")).unwrap();
    assert!(world.ok(&["import", "more/blocks"]).starts_with("added `blocks-2` (tradelog)"));
    assert_eq!(world.value("SELECT count(*) FROM sync.connections"), 3);
}

#[test]
fn removing_a_connection_keeps_its_rows_unless_told_otherwise() {
    let world = World::new();
    world.write_block("condor", 3, 0);
    for (delete, rows) in [(None, 3), (Some("--delete-rows"), 3)] {
        world.connect();
        world.ok(&["sync"]);
        let args: Vec<&str> = ["connect", "remove", "blocks", "--yes"].into_iter().chain(delete).collect();
        world.ok(&args);
        assert_eq!(world.value("SELECT count(*) FROM trades.trade_data"), rows);
    }
}

#[test]
fn a_query_is_answered_as_table_json_or_csv() {
    let world = World::new();
    let sql = "SELECT '=1+1' AS formula, 1.50::DECIMAL(38,18) AS price, 'a,b' AS text, NULL AS nothing";
    assert_snapshot!(world.ok(&["query", sql, "--format", "table"]), @"");
    assert_snapshot!(world.ok(&["query", sql]), @"");
    assert_snapshot!(world.ok(&["query", sql, "--raw"]), @"");
    assert_snapshot!(world.ok(&["query", sql, "--format", "json"]), @"");
    let mut child = world.command(&["query", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"SELECT 42 AS answer").unwrap();
    assert_eq!(child.wait_with_output().unwrap().stdout, b"answer\n42\n");
}

#[test]
fn verify_tells_what_does_not_hang_together() {
    let world = World::new();
    world.write_block("condor", 3, 0);
    world.connect();
    world.ok(&["sync"]);
    let ran = world.run(&["verify"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.starts_with("blocks / condor\n  trade_pl: "), "{ran:?}");
    assert_eq!(world.run(&["verify", "nothing"]).code, Some(2));
    assert!(world.run(&["verify", "--json"]).out.contains("\"blockId\": \"condor\""));
}

#[test]
fn the_demo_runs_from_beginning_to_end_and_leaves_nothing() {
    let world = World::new();
    let tmp = world.root().join("tmp");
    fs::create_dir(&tmp).unwrap();
    let ran = world.command(&["demo"]).env("TMPDIR", &tmp).output().unwrap();
    let out = String::from_utf8(ran.stdout).unwrap();
    assert!(ran.status.success(), "{out}{}", String::from_utf8_lossy(&ran.stderr));
    for part in ["7 updated, 0 unchanged, 0 failed", "1 updated, 6 unchanged, 0 failed", "STRATEGY", "FRESHNESS"] {
        assert!(out.contains(part), "{part} in {out}");
    }
    assert_eq!(fs::read_dir(&tmp).unwrap().count(), 0);
}

#[test]
fn completions_need_no_data_folder() {
    let world = World::new();
    assert!(world.ok(&["completions", "bash"]).contains("foliosync"));
    assert!(!world.data().exists());
}
