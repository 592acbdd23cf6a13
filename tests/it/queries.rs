//! SQL of strangers against the whole program, and the data as other programs get it.

mod hostile;
mod questions;

use std::fs;
use std::io::Read;

use serde_json::Value as Json;

use crate::world::{World, wait_until};

pub use questions::every_question_is_answered;

/// The processes that run statements for a server.
fn query_processes(server: i32) -> Vec<i32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{server}/task")) else { return Vec::new() };
    let children = threads.flatten().filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    children.flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>()).collect()
}

fn served() -> World {
    let world = World::new();
    world.write_block("condor", 200, 0);
    world.connect();
    world
}

#[test]
fn a_query_ends_when_its_client_leaves() {
    let world = served();
    let serving = world.serve(&[]);
    let token = world.token("read");
    let server = world.server_pid().unwrap();
    let sql = r#"{"sql":"WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t"}"#;
    let headers = [("authorization", format!("Bearer {token}")), ("content-type", "application/json".into())];
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let stream = serving.send("POST", "/api/query", &headers, sql);
    wait_until("it runs", || !query_processes(server).is_empty());
    drop(stream);
    wait_until("it is gone", || query_processes(server).is_empty());
    assert_eq!(world.value("SELECT 1"), 1);
    serving.stop();
}

/// It sees nothing that a statement of somebody else left, and neither files nor the environment of the server.
#[test]
fn a_query_process_has_nothing_but_its_copy() {
    let world = served();
    let serving = world.serve(&[("FOLIOSYNC_WEBHOOK_SECRET", "whsec_c2VjcmV0LXRoYXQtbm9ib2R5LW1heS1zZWU=")]);
    world.value("SELECT 1");
    let process = query_processes(world.server_pid().unwrap())[0];
    let environment = fs::read(format!("/proc/{process}/environ")).unwrap();
    assert!(!String::from_utf8_lossy(&environment).contains("FOLIOSYNC"), "{environment:?}");
    let open: Vec<_> = fs::read_dir(format!("/proc/{process}/fd")).unwrap().flatten().collect();
    let open: Vec<_> = open.iter().filter_map(|fd| fs::read_link(fd.path()).ok()).collect();
    let copy = world.data().join("snapshot/foliosync.duckdb").canonicalize().unwrap();
    for path in &open {
        let shown = path.display().to_string();
        let is_pipe = ["pipe:", "anon_inode:", "socket:", "/dev/null"].iter().any(|kind| shown.starts_with(kind));
        assert!(is_pipe || *path == copy, "{shown} is open: {open:?}");
    }
    let limits = fs::read_to_string(format!("/proc/{process}/limits")).unwrap();
    let limit =
        |name: &str| limits.lines().find(|line| line.starts_with(name)).unwrap().split("  ").collect::<String>();
    assert!(limit("Max file size").contains("0"), "{limits}");
    assert!(limit("Max address space").contains("2147483648"), "{limits}");
    serving.stop();
}

#[test]
fn the_copy_has_all_rows_and_no_secret_and_is_newer_when_asked_for_again() {
    let world = served();
    let key = "fmp-key-that-nobody-may-see";
    fs::write(world.root().join("key"), key).unwrap();
    world.ok(&["connect", "add", "fmp", "--label", "FMP", "--credential", "api_key=@key"]);
    world.ok(&["sync", "blocks"]);
    let path = world.ok(&["snapshot"]).trim().to_string();
    let read = |path: &str| {
        let copy = duckdb::Connection::open_with_flags(path, read_only()).unwrap();
        copy.query_row("SELECT count(*) FROM trades.trade_data", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!(read(&path), 200);
    let bytes = fs::read(&path).unwrap();
    assert!(!bytes.windows(key.len()).any(|part| part == key.as_bytes()), "the key is in the copy");
    // Somebody who has it open keeps what they have.
    let mut held = fs::File::open(&path).unwrap();
    world.write_block("strangle", 50, 1);
    world.ok(&["sync", "blocks"]);
    assert_eq!(world.ok(&["snapshot"]).trim(), path);
    assert_eq!(read(&path), 250);
    let mut kept = Vec::new();
    held.read_to_end(&mut kept).unwrap();
    assert_eq!(kept, bytes);
    // A second time there is nothing new to copy.
    let made = fs::metadata(&path).unwrap().modified().unwrap();
    world.ok(&["snapshot"]);
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), made);
}

fn read_only() -> duckdb::Config {
    duckdb::Config::default().access_mode(duckdb::AccessMode::ReadOnly).unwrap()
}

#[test]
fn tables_are_exported_whole_or_not_at_all() {
    let world = served();
    let csv = world.blocks().join("condor/tradelog.csv");
    let text = fs::read_to_string(&csv).unwrap().replacen("Test", "\"=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"", 1);
    fs::write(&csv, text).unwrap();
    world.ok(&["sync"]);
    let said = world.plain(&world.ok(&["export", "all"]));
    assert!(said.contains("tables with") && said.contains("ROOT/all"), "{said}");
    let all = duckdb::Connection::open_in_memory().unwrap();
    let file = world.root().join("all/trades.trade_data.parquet");
    let sql = format!("SELECT count(*), typeof(any_value(pl)) FROM '{}'", file.display());
    let (rows, kind): (i64, String) = all.query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!((rows, kind.as_str()), (200, "DECIMAL(38,18)"));
    world.ok(&["export", "some", "--format", "csv", "--table", "trades.trade_data"]);
    let text = fs::read_to_string(world.root().join("some/trades.trade_data.csv")).unwrap();
    assert!(text.contains("\"'=HYPERLINK(") && text.contains(",1.5,1.25,"), "{text}");
    let manifest: Json = serde_json::from_slice(&fs::read(world.root().join("some/export.json")).unwrap()).unwrap();
    assert_eq!(manifest["rows"]["trades.trade_data"], 200);
    world.ok(&["export", "raw", "--format", "csv", "--table", "trades.trade_data", "--raw"]);
    assert!(fs::read_to_string(world.root().join("raw/trades.trade_data.csv")).unwrap().contains("\"=HYPERLINK("));

    let refused = world.run(&["export", "some"]);
    assert_eq!((refused.code, refused.err.contains("exists already")), (Some(2), true), "{}", refused.err);
    let refused = world.run(&["export", "x", "--table", "trades.trade_date"]);
    assert!(refused.err.contains("did you mean `trades.trade_data`?"), "{}", refused.err);
    assert!(!world.root().join("x").exists());
}

#[test]
fn tables_say_what_they_mean_and_answers_what_they_saw() {
    let world = served();
    world.ok(&["sync"]);
    let (_, body) = world.http("GET", "/api/tables", "");
    let tables: Json = serde_json::from_str(&body).unwrap();
    let named = |schema: &str, name: &str| {
        let all = tables["tables"].as_array().unwrap();
        all.iter().find(|table| table["schema"] == schema && table["name"] == name).unwrap().clone()
    };
    let trades = named("trades", "trade_data");
    assert_eq!((&trades["kind"], &trades["rows"]), (&"table".into(), &200.into()));
    let pl = trades["columns"].as_array().unwrap().iter().find(|column| column["name"] == "pl").unwrap().clone();
    assert_eq!(pl["type"], "decimal(38,18)");
    assert_eq!(
        (&named("market", "symbols")["kind"], &named("market", "symbols")["rows"]),
        (&"view".into(), &Json::Null)
    );
    for table in tables["tables"].as_array().unwrap() {
        assert!(table["doc"].is_string(), "nothing says what {}.{} is", table["schema"], table["name"]);
    }

    let ask = |body: &str| {
        let (head, body) = world.http("POST", "/api/query", body);
        (head, serde_json::from_str::<Json>(&body).unwrap_or_default())
    };
    let (_, part) =
        ask(r#"{"sql":"SELECT pl FROM trades.trade_data ORDER BY ALL","offset":198,"limit":5,"maxAgeMs":0}"#);
    assert_eq!((part["rows"].as_array().unwrap().len(), &part["truncated"]), (2, &Json::Null), "{part}");
    assert!(part["snapshot"]["cursor"].as_i64().unwrap() > 0 && part["snapshot"]["ageMs"] == 0, "{part}");
    let (head, _) = ask(r#"{"sql":"SELECT 1","limit":10001}"#);
    assert!(head.contains("400"), "{head}");
    // What was mistyped is named with what is near.
    let (_, near) = ask(r#"{"sql":"SELECT * FROM trades.trade_date"}"#);
    assert!(near["message"].as_str().unwrap().contains("trade_data"), "{near}");
    let (_, near) = ask(r#"{"sql":"SELECT curent_price FROM market.symbols"}"#);
    assert!(near["message"].as_str().unwrap().contains("current_price"), "{near}");
    let (_, near) = ask(r#"{"sql":"SELECT * FROM symbols"}"#);
    assert!(near["message"].as_str().unwrap().contains("market.symbols"), "{near}");
}
