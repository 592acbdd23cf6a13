//! The program on PostgreSQL: a server of its own for each data folder, one database for all.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value as Json;

use crate::world::{Running, World, kill, signal, wait_until};

/// A server that tests may make databases on.
fn server() -> String {
    std::env::var("FOLIOSYNC_TEST_POSTGRES").unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432".into())
}

/// A database and a role that may read it, both there while this lives.
struct Database(String);

impl Database {
    fn new() -> Database {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let nth = NEXT.fetch_add(1, Ordering::Relaxed);
        let database = Database(format!("foliosync_it_{}_{nth}", std::process::id()));
        administer(&format!("CREATE DATABASE {}", database.0));
        administer(&format!("CREATE ROLE {}_reader LOGIN", database.0));
        database
    }

    fn url(&self) -> String {
        format!("{}/{}", server(), self.0)
    }

    fn reader(&self) -> String {
        self.url().replacen("postgres@", &format!("{}_reader@", self.0), 1)
    }
}

fn administer(sql: &str) {
    let done = Command::new("psql").args([&format!("{}/postgres", server()), "-qc", sql]).output();
    let done = done.expect("psql, a part of PostgreSQL: apt-get install postgresql-client");
    assert!(done.status.success(), "{sql}: {}", String::from_utf8_lossy(&done.stderr));
}

impl Drop for Database {
    fn drop(&mut self) {
        administer(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.0));
        administer(&format!("DROP ROLE IF EXISTS {}_reader", self.0));
    }
}

fn json(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn two_servers_and_a_worker_share_one_database() {
    let database = Database::new();
    let (one, other) = (World::new(), World::new());
    let (url, reader) = (database.url(), database.reader());
    let environment = [("FOLIOSYNC_STORE", url.as_str()), ("FOLIOSYNC_STORE_READER", reader.as_str())];
    let first = one.serve(&environment);
    one.write_block("condor", 200, 0);
    one.connect();
    let synced = one.ok(&["sync"]);
    assert!(synced.contains("1 updated"), "{synced}");
    assert_eq!(one.rows("SELECT count(*), sum(pl) FROM trades.trade_data").len(), 1);
    assert!(!one.data().join("foliosync.duckdb").exists());

    // What one has read, the other tells.
    let second = other.serve(&environment);
    assert_eq!(other.value("SELECT count(*) FROM trades.trade_data"), 200);
    assert_eq!(
        other.rows("SELECT pl FROM trades.trade_data ORDER BY 1 LIMIT 2"),
        one.rows("SELECT pl FROM trades.trade_data ORDER BY 1 LIMIT 2")
    );
    let tables = json(&other.http("GET", "/api/tables", "").1);
    let tables = tables["tables"].as_array().unwrap();
    assert!(tables.iter().any(|table| table["name"] == "symbols" && table["kind"] == "view"), "{tables:?}");
    let runs = json(&other.http("GET", "/api/runs", "").1);
    assert_eq!(runs["runs"][0]["outcome"], "ok", "{runs}");

    // A worker does what a server was asked for: the block lies in a folder that all of them see.
    assert_eq!(second.stop().code, Some(0));
    let mut worker = one.command(&["worker"]);
    worker.env("FOLIOSYNC_STORE", &url).env("FOLIOSYNC_SCHEDULES", "false").env_remove("FOLIOSYNC_LISTEN");
    let worker = Running(worker.spawn().unwrap());
    one.write_block("condor", 300, 1);
    one.ok(&["sync"]);
    assert_eq!(one.value("SELECT count(*) FROM trades.trade_data"), 300);

    // A server that is killed leaves no run open, and loses nothing.
    let pid = one.server_pid().unwrap();
    kill(pid);
    drop(first);
    let again = one.serve(&environment);
    wait_until("it answers", || one.run(&["status"]).code == Some(0));
    assert_eq!(one.value("SELECT count(*) FROM trades.trade_data"), 300);
    assert_eq!(one.value("SELECT count(*) FROM sync.runs WHERE finished_at IS NULL"), 0);
    drop(worker);
    again.stop();
}

/// A server that runs nothing itself tells line by line what a worker does, and so does another server.
#[test]
fn servers_tell_what_a_worker_does() {
    let database = Database::new();
    let (one, other) = (World::new(), World::new());
    let url = database.url();
    let idle = [("FOLIOSYNC_STORE", url.as_str()), ("FOLIOSYNC_RUNS_LIVE_MAX", "0")];
    let (first, second) = (one.serve(&idle), other.serve(&idle));
    for block in 0..40 {
        one.write_block(&format!("block {block:02}"), 50, 0);
    }
    one.connect();
    let mut worker = one.command(&["worker"]);
    worker.env("FOLIOSYNC_STORE", &url).env_remove("FOLIOSYNC_LISTEN");
    let mut worker = Running(worker.spawn().unwrap());
    let told: Vec<Json> = one.ok(&["sync", "--json"]).lines().map(json).collect();
    let kinds: Vec<_> =
        told.iter().map(|line| line["type"].as_str().unwrap()).filter(|kind| *kind != "heartbeat").collect();
    assert_eq!((kinds.first(), kinds.last()), (Some(&"start"), Some(&"complete")), "{told:?}");
    assert!(kinds.contains(&"progress"), "{told:?}");
    assert_eq!(told.last().unwrap()["updated"], 40, "{told:?}");
    let sync = told[0]["sync"].as_i64().unwrap();
    let again = other.http("GET", &format!("/api/sync/{sync}/events?after=0"), "").1;
    let again: Vec<Json> = again.lines().map(json).collect();
    assert_eq!(again.last().unwrap()["updated"], 40, "{again:?}");
    // An end that is asked for is an end that is waited for.
    signal(&worker, rustix::process::Signal::TERM);
    assert_eq!(worker.0.wait().unwrap().code(), Some(0));
    drop((first, second));
}

/// Whoever asks with SQL reads, and neither writes nor sees what is sealed.
#[test]
fn a_reader_reads() {
    let database = Database::new();
    let world = World::new();
    let (url, reader) = (database.url(), database.reader());
    let serving = world.serve(&[("FOLIOSYNC_STORE", &url), ("FOLIOSYNC_STORE_READER", &reader)]);
    world.write_block("condor", 20, 0);
    world.connect();
    world.ok(&["sync"]);
    for sql in [
        "DELETE FROM trades.trade_data",
        "WITH gone AS (DELETE FROM trades.trade_data RETURNING 1) SELECT * FROM gone",
        "SELECT * FROM foliosync_secrets.credentials",
        "SELECT state FROM sync.leases",
        "SELECT 1; DROP TABLE trades.trade_data",
        "CREATE TEMP TABLE x AS SELECT 1",
        "COPY trades.trade_data TO PROGRAM 'cat'",
        "SELECT pg_read_file('/etc/passwd')",
        "SET ROLE postgres",
        "SELECT pg_sleep(60)",
        "SELECT * FROM nowhere",
        "",
    ] {
        let body = serde_json::json!({ "sql": sql, "timeoutMs": 500 }).to_string();
        let (head, said) = world.http("POST", "/api/query", &body);
        assert!(head.contains(" 422 "), "{sql}: {head} {said}");
    }
    let answer = json(&world.ok(&[
        "query",
        "SELECT 1.50::numeric AS d, now() AS at, NULL AS n, 1 AS i, true AS b",
        "--format",
        "json",
    ]));
    let kinds: Vec<_> = answer["columns"].as_array().unwrap().iter().map(|column| column["type"].clone()).collect();
    assert_eq!(kinds, ["decimal", "instant", "text", "integer", "boolean"]);
    assert_eq!(
        (&answer["rows"][0][0], &answer["rows"][0][3], &answer["rows"][0][4]),
        (&"1.5".into(), &1.into(), &true.into())
    );
    assert_eq!(world.value("SELECT count(*) FROM trades.trade_data"), 20);
    // A program that knows of no reader starts beside: the reader's rights stay.
    let other = World::new();
    let without = other.serve(&[("FOLIOSYNC_STORE", &url)]);
    assert_eq!(world.value("SELECT count(*) FROM market.symbols"), 0);
    assert_eq!(world.value("SELECT count(*) FROM accounts.fills"), 0);
    without.stop();
    serving.stop();
    // Without such a role there is no SQL, and the refusal says how to get it.
    let serving = world.serve(&[("FOLIOSYNC_STORE", &url)]);
    let refused = world.run(&["query", "SELECT 1"]);
    assert!(refused.err.contains("CREATE ROLE foliosync_reader"), "{}", refused.err);
    serving.stop();
}

/// From the file to the database, by the command that says so, with credentials, runs and rows.
#[test]
fn what_a_file_holds_moves_to_postgres() {
    let database = Database::new();
    let world = World::new();
    world.write_block("condor", 500, 0);
    let serving = world.serve(&[]);
    world.connect();
    world.ok(&["sync"]);
    let asked = "SELECT count(*), sum(pl), max(synced_at)::text FROM trades.trade_data, trades._sync_metadata";
    let before = world.rows(asked);
    let url = database.url();
    let refused = world.run(&["migrate", "--to", &url]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.err.contains("stop the server of this data folder"), "{refused:?}");
    assert_eq!(serving.stop().code, Some(0));

    assert_eq!(world.run(&["migrate", "--to", "mysql://x"]).code, Some(2));
    let moved = world.ok(&["migrate", "--from", "duckdb", "--to", &url]);
    assert!(moved.contains("trades.trade_data") && moved.contains("foliosync serve --store"), "{moved}");
    let again = world.run(&["migrate", "--to", &url]);
    assert_eq!(again.code, Some(2), "{again:?}");
    assert!(again.err.contains("not empty"), "{again:?}");

    let reader = database.reader();
    let serving = world.serve(&[("FOLIOSYNC_STORE", &url), ("FOLIOSYNC_STORE_READER", &reader)]);
    assert_eq!(world.rows(asked), before);
    world.write_block("condor", 600, 1);
    world.ok(&["sync"]);
    assert_eq!(world.value("SELECT count(*) FROM trades.trade_data"), 600);
    serving.stop();
}
