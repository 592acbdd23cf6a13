//! The other commands.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use insta::assert_snapshot;
use serde_json::Value as Json;

use crate::world::{World, write_block};

#[test]
fn import_decides_by_what_is_in_the_folder() {
    let world = World::new();
    world.write_block("condor", 3, 0);
    let market = world.blocks().join("_marketdata");
    fs::create_dir(&market).unwrap();
    fs::write(market.join("abc.csv"), "time,open,high,low,close\n1735828200,1,2,0.5,1.5\n").unwrap();
    assert_snapshot!(world.plain(&world.ok(&["import", "blocks"])), @r"
    added `blocks` (tradelog): ROOT/blocks
    added `_marketdata` (market_csv): ROOT/blocks/_marketdata
    blocks
      updated   condor: 3 trades
    _marketdata
      updated   abc.csv: 1 row up to 2025-01-02
    2 updated, 0 unchanged, 0 failed
    ");
    assert_snapshot!(world.said(&["import", "blocks/condor"]), @r"
    one block of `blocks`
    nothing changed: 0 updated, 1 unchanged, 0 failed
    Syncing 0/1…
    Syncing 1/1…
    exit 0
    ");
    write_block(&world.root().join("other/lone"), 2, 0);
    assert_snapshot!(world.said(&["import", "other/lone"]), @r"
    error: ROOT/other/lone is one block, and the folder around it is not connected
      connect that folder with all its blocks: foliosync import ROOT/other
    exit 2
    ");
    assert_snapshot!(world.said(&["import", "other/lone/tradelog.csv"]), @r"
    error: other/lone/tradelog.csv is a file; folders are imported
      foliosync import ROOT/other/lone
    exit 2
    ");
    assert_snapshot!(world.said(&["import", "nowhere"]), @r"
    error: nowhere cannot be read: No such file or directory (os error 2)
      check the path
    exit 2
    ");
    fs::create_dir(world.root().join("empty")).unwrap();
    assert_snapshot!(world.said(&["import", "empty"]), @r"
    error: ROOT/empty holds neither trade logs nor market data
      give a folder whose subfolders hold trade logs (CSV with P/L and legs), or one with CSV files that have time and open, high, low or close columns, or that are Trade Histories of Binance
    exit 2
    ");
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
    assert_snapshot!(world.ok(&["query", sql, "--format", "table"]), @r"
    FORMULA  PRICE  TEXT  NOTHING
    =1+1       1.5  a,b
    ");
    assert_snapshot!(world.ok(&["query", sql]), @r#"
    formula,price,text,nothing
    '=1+1,1.5,"a,b",
    "#);
    assert_snapshot!(world.ok(&["query", sql, "--raw"]), @r#"
    formula,price,text,nothing
    =1+1,1.5,"a,b",
    "#);
    let json: Json = serde_json::from_str(&world.ok(&["query", sql, "--format", "json"])).unwrap();
    assert_snapshot!(json["columns"], @r#"[{"name":"formula","type":"text"},{"name":"price","type":"decimal(38,18)"},{"name":"text","type":"text"},{"name":"nothing","type":"integer"}]"#);
    assert_snapshot!(json["rows"], @r#"[["=1+1","1.5","a,b",null]]"#);
    assert_eq!((&json["truncated"], &json["snapshot"]["ageMs"]), (&Json::Null, &0.into()));
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
fn completions_need_no_data_folder() {
    let world = World::new();
    assert!(world.ok(&["completions", "bash"]).contains("foliosync"));
    assert!(!world.data().exists());
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let world = World::new();
    world.ok(&["status"]);
    for args in [vec!["status"], vec!["doctor"], vec!["query", "SELECT unnest(range(9000))"]] {
        let mut child = world.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(0), b"".as_slice()), "{args:?}");
    }
}

#[test]
fn times_are_utc_whatever_the_zone_of_the_machine() {
    let world = World::new();
    let sql = "SELECT strftime(TIMESTAMPTZ '2026-01-31 23:30:00Z', '%m-%d %H:%M'), \
               CAST(TIMESTAMPTZ '2026-01-31 23:30:00Z' AS DATE)";
    // It starts the server, which takes over the zone.
    let asked = world.command(&["query", sql]).env("TZ", "Asia/Tokyo").output().unwrap();
    let told = String::from_utf8(asked.stdout).unwrap();
    assert!(told.contains("01-31 23:30") && told.contains("2026-01-31"), "{told}");
}
