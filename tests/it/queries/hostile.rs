//! Statements that mean harm: what comes back, what they take, and that the server goes on committing meanwhile.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use serde_json::{Value as Json, json};

use super::query_processes;
use crate::world::World;

/// What may come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Want {
    Refused,
    /// It reads only, and what it answers is no secret.
    Harmless,
}
use Want::{Harmless, Refused};

/// `FILE` is a file beside the data folder, `OUT` one that is not there, `KEY` the file of the key, `DB` the database.
const STATEMENTS: &[(Want, &str)] = &[
    // Files, by every function and syntax that reads one.
    (Refused, "SELECT * FROM 'FILE'"),
    (Refused, "SELECT * FROM \"FILE\""),
    (Refused, "FROM read_csv('FILE')"),
    (Refused, "FROM read_csv_auto(['FILE'])"),
    (Refused, "FROM \"read_csv\"('FILE')"),
    (Refused, "FROM /* nothing */ ReAd_TeXt('FILE')"),
    (Refused, "FROM read_blob('KEY')"),
    (Refused, "FROM read_json('FILE', format = 'unstructured')"),
    (Refused, "FROM read_ndjson_objects('FILE')"),
    (Refused, "FROM read_parquet('FILE')"),
    (Refused, "FROM parquet_metadata('FILE')"),
    (Refused, "FROM sniff_csv('FILE')"),
    (Refused, "FROM glob('ROOT/*')"),
    (Refused, "FROM read_text('/proc/self/environ')"),
    (Refused, "FROM read_text('/etc/passwd')"),
    (Refused, "FROM read_csv('http://127.0.0.1:1/x')"),
    (Refused, "FROM query('SELECT * FROM read_text(''FILE'')')"),
    (Refused, "FROM query_table('FILE')"),
    (Refused, "SELECT content FROM (VALUES ('FILE')) t(f), LATERAL (FROM read_text(f))"),
    (Refused, "WITH x AS MATERIALIZED (FROM read_blob('DB')) SELECT octet_length(content) FROM x"),
    (Refused, "SELECT getenv('HOME')"),
    // Files, by every statement that writes one.
    (Refused, "COPY trades.trade_data TO 'OUT'"),
    (Refused, "COPY (SELECT 1) TO 'OUT' (FORMAT parquet)"),
    (Refused, "COPY trades.trade_data FROM 'FILE'"),
    (Refused, "COPY FROM DATABASE foliosync TO memory"),
    (Refused, "EXPORT DATABASE 'OUT'"),
    (Refused, "IMPORT DATABASE 'ROOT'"),
    (Refused, "ATTACH 'OUT'"),
    (Refused, "ATTACH 'DB' AS other (READ_WRITE)"),
    (Refused, "ATTACH ':memory:' AS other"),
    (Refused, "DETACH foliosync"),
    (Refused, "USE memory"),
    // Extensions and settings.
    (Refused, "INSTALL httpfs"),
    (Refused, "LOAD 'FILE'"),
    (Refused, "SET memory_limit = '100GB'"),
    (Refused, "SET enable_external_access = true"),
    (Refused, "SET lock_configuration = false"),
    (Refused, "SET GLOBAL threads = 64"),
    (Refused, "RESET ALL"),
    (Refused, "PRAGMA enable_profiling"),
    (Refused, "PRAGMA database_list"),
    (Refused, "PRAGMA memory_limit = '100GB'"),
    (Refused, "CALL pragma_version()"),
    (Refused, "CREATE SECRET s (TYPE http, BEARER_TOKEN 'x')"),
    (Refused, "FROM duckdb_secrets()"),
    (Harmless, "SELECT name, value FROM duckdb_settings() WHERE value LIKE '%/%'"),
    (Harmless, "SELECT current_setting('allowed_paths')"),
    (Harmless, "FROM duckdb_databases()"),
    // Writes, plain and hidden.
    (Refused, "DELETE FROM trades.trade_data"),
    (Refused, "UPDATE trades.trade_data SET pl = 0"),
    (Refused, "INSERT INTO trades.trade_data SELECT * FROM trades.trade_data"),
    (
        Refused,
        "MERGE INTO trades.trade_data t USING (SELECT 1 AS x) s ON false WHEN NOT MATCHED THEN INSERT DEFAULT VALUES",
    ),
    (Refused, "TRUNCATE trades.trade_data"),
    (Refused, "DROP TABLE trades.trade_data"),
    (Refused, "DROP SCHEMA trades CASCADE"),
    (Refused, "ALTER TABLE trades.trade_data ADD COLUMN x INT"),
    (Refused, "COMMENT ON TABLE trades.trade_data IS 'mine'"),
    (Refused, "WITH x AS (DELETE FROM trades.trade_data RETURNING *) SELECT * FROM x"),
    (Refused, "WITH x AS (INSERT INTO trades.trade_data SELECT * FROM trades.trade_data RETURNING 1) FROM x"),
    (Refused, "EXPLAIN ANALYZE DELETE FROM trades.trade_data"),
    (Refused, "EXPLAIN ANALYZE SELECT 1"),
    (Refused, "CREATE TABLE memory.main.x AS SELECT 1"),
    (Refused, "CREATE TEMP TABLE x AS SELECT * FROM range(10)"),
    (Refused, "CREATE MACRO m() AS 1"),
    (Refused, "CREATE OR REPLACE VIEW market.symbols AS SELECT 1"),
    (Refused, "VACUUM"),
    (Refused, "CHECKPOINT"),
    (Refused, "BEGIN TRANSACTION"),
    // Several at once, and text that hides one.
    (Refused, "SELECT 1; DROP TABLE trades.trade_data"),
    (Refused, "SELECT 1;;; SELECT 2"),
    (Refused, "-- SELECT 1\nDROP TABLE trades.trade_data"),
    (Refused, "SELECT 1 /* ; */; /* SELECT */ DELETE FROM trades.trade_data"),
    (Refused, "PREPARE p AS DELETE FROM trades.trade_data"),
    (Refused, "EXECUTE p"),
    (Refused, "DEALLOCATE p"),
    (Refused, "SELECT 'a\0'; DROP TABLE trades.trade_data"),
    // Memory: cells, lists, rows, states.
    (Refused, "SELECT len(range(300000000))"),
    (Refused, "SELECT repeat('x', 2000000000)"),
    (Refused, "SELECT string_agg(repeat('x', 1000000) || range) FROM range(100000)"),
    (Refused, "SELECT list(range) FROM range(1000000000)"),
    (Refused, "SELECT count(DISTINCT a.range * 100000 + b.range) FROM range(100000) a, range(100000) b"),
    (Refused, "SELECT map_from_entries(list((range, repeat('y', 1000)))) FROM range(10000000)"),
    (Refused, "SELECT list_sort(list(range::VARCHAR || repeat('z', 100))) FROM range(100000000)"),
    (Refused, "SELECT lpad('', 2147483647, 'x') || lpad('', 2147483647, 'y')"),
    // Time: products, recursion, patterns.
    (Refused, "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range * b.range % 7 = 3"),
    (Refused, "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t"),
    (
        Refused,
        "WITH RECURSIVE t(n) AS (SELECT 1::BIGINT UNION SELECT n * 3 % 1000000007 FROM t) SELECT count(*) FROM t",
    ),
    (Refused, "SELECT count(*) FROM range(100000000) WHERE md5(md5(range::VARCHAR)) LIKE '%00000000%'"),
    (Refused, "SELECT sum(levenshtein(repeat('ab', 20000), repeat('ba', 20000) || range)) FROM range(1000)"),
    // The parser itself.
    (Refused, "NESTED"),
    (Refused, "LONG"),
    (Refused, ""),
    (Refused, "SELECT FROM WHERE"),
];

const TIMEOUT_MILLIS: u64 = 2_000;

#[test]
fn hostile_statements_harm_nobody() {
    let world = World::new();
    world.write_block("condor", 200, 0);
    world.connect();
    let serving = world.serve(&[]);
    world.ok(&["sync"]);
    let file = world.root().join("file.csv");
    fs::write(&file, "a,b\n1,the-secret-of-the-file\n").unwrap();
    let places = [
        ("FILE", file.clone()),
        ("OUT", world.root().join("out")),
        ("KEY", world.root().join(".config/foliosync/key")),
        ("DB", world.data().join("foliosync.duckdb")),
        ("ROOT", world.root().to_path_buf()),
    ];
    let server = world.server_pid().unwrap();
    let before = world.rows("SELECT count(*), sum(pl) FROM trades.trade_data WHERE block_id = 'condor'");
    let rss_before = kilobytes(server, "VmRSS");

    let going = Arc::new(AtomicBool::new(true));
    let peak = Arc::new(AtomicU64::new(0));
    let watching = {
        let (going, peak) = (Arc::clone(&going), Arc::clone(&peak));
        thread::spawn(move || {
            while going.load(Ordering::Relaxed) {
                for process in query_processes(server) {
                    peak.fetch_max(kilobytes(process, "VmHWM"), Ordering::Relaxed);
                }
                thread::yield_now();
            }
        })
    };
    let mut commits = 0;
    println!("{:<8} {:>7} {:>8}  statement -> what came back", "", "ms", "peak MB");
    for (nth, (want, template)) in STATEMENTS.iter().enumerate() {
        let sql = match *template {
            "NESTED" => format!("SELECT {}1{}", "(".repeat(100_000), ")".repeat(100_000)),
            "LONG" => format!("SELECT {}", vec!["1"; 400_000].join("+")),
            template => {
                places.iter().fold(template.to_string(), |sql, (name, path)| sql.replace(name, path.to_str().unwrap()))
            }
        };
        // A commit between any two, and one that goes on beside the statement.
        world.write_block("strangle", 20, nth);
        let syncing = world.spawn(&["sync", "blocks"]);
        peak.store(0, Ordering::Relaxed);
        let begun = Instant::now();
        let body = json!({ "sql": sql, "timeoutMs": TIMEOUT_MILLIS }).to_string();
        let (head, body) = world.http("POST", "/api/query", &body);
        let took = begun.elapsed();
        let synced = crate::world::end_of(syncing);
        assert_eq!(synced.code, Some(0), "{template}: {}", synced.err);
        commits += 1;
        let said: Json = serde_json::from_str(&body).unwrap();
        let told = said["message"].as_str().map_or_else(|| said["rows"].to_string(), String::from);
        let megabytes = peak.load(Ordering::Relaxed) / 1_024;
        let told_short: String = world.plain(&told).replace('\n', " ").chars().take(110).collect();
        println!(
            "{:<8} {:>7} {megabytes:>8}  {} -> {told_short}",
            format!("{want:?}"),
            took.as_millis(),
            template.replace('\n', " ")
        );
        let is_refused = head.contains(" 422 ") || head.contains(" 400 ");
        assert_eq!(is_refused, *want == Refused, "{template}: {head}\n{body}");
        assert!(!told.contains("the-secret-of-the-file") && !told.contains("root:"), "{template}: {told}");
        assert!(took.as_millis() < u128::from(TIMEOUT_MILLIS) + 5_000, "{template} took {took:?}");
        assert!(megabytes < 2_048, "{template}: {megabytes} MB");
        assert!(!world.root().join("out").exists(), "{template}");
    }
    going.store(false, Ordering::Relaxed);
    watching.join().unwrap();
    let after = world.rows("SELECT count(*), sum(pl) FROM trades.trade_data WHERE block_id = 'condor'");
    assert_eq!(after, before);
    assert_eq!(world.server_pid(), Some(server), "another server runs");
    let runs = world.value("SELECT count(*) FROM sync.runs WHERE outcome = 'ok'").as_i64().unwrap();
    assert!(runs > commits, "{runs} runs, {commits} syncs");
    let megabytes = |kilobytes: u64| kilobytes / 1_024;
    println!(
        "{} statements, {commits} commits beside them; the server: {} MB before, {} MB after, {} MB at its peak",
        STATEMENTS.len(),
        megabytes(rss_before),
        megabytes(kilobytes(server, "VmRSS")),
        megabytes(kilobytes(server, "VmHWM")),
    );
    serving.stop();
}

fn kilobytes(process: i32, what: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':'));
    line.and_then(|value| value.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
