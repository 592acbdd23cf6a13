//! Folder sync: 100 blocks of 2,000 trades, cold and unchanged, beside DuckDB's `read_csv` and `sha256sum`.

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use foliosync_engine::engine::NewConnection;
use foliosync_engine::model::sync::SyncOptions;
use support::{Bench, median, ms};

const BLOCKS: usize = 100;
const TRADES: usize = 2_000;
const ROUNDS: usize = 5;

/// The types of the 25 columns, for the baseline that need not guess them.
const COLUMNS: &str = "{'Date Opened':'DATE','Time Opened':'VARCHAR','Opening Price':'DOUBLE','Legs':'VARCHAR',\
    'Premium':'DOUBLE','Closing Price':'DOUBLE','Date Closed':'DATE','Time Closed':'VARCHAR','Avg. Closing Cost':'DOUBLE',\
    'Reason For Close':'VARCHAR','P/L':'DOUBLE','No. of Contracts':'BIGINT','Funds at Close':'DOUBLE','Margin Req.':'DOUBLE',\
    'Strategy':'VARCHAR','Opening Commissions + Fees':'DOUBLE','Closing Commissions + Fees':'DOUBLE',\
    'Opening Short/Long Ratio':'DOUBLE','Closing Short/Long Ratio':'DOUBLE','Opening VIX':'DOUBLE','Closing VIX':'DOUBLE',\
    'Gap':'DOUBLE','Movement':'DOUBLE','Max Profit':'DOUBLE','Max Loss':'DOUBLE'}";

fn read_csv(blocks: &Path, options: &str) -> Duration {
    let folder = tempfile::tempdir().expect("a folder");
    let db = duckdb::Connection::open(folder.path().join("baseline.duckdb")).expect("a database");
    let sql = format!("CREATE TABLE trades AS SELECT * FROM read_csv('{}/*/tradelog.csv'{options})", blocks.display());
    let start = Instant::now();
    db.execute_batch(&sql).expect("read_csv reads the files");
    let time = start.elapsed();
    let rows: i64 = db.query_row("SELECT count(*) FROM trades", [], |row| row.get(0)).expect("a count");
    assert_eq!(rows, (BLOCKS * TRADES) as i64);
    time
}

fn sha256sum(blocks: &Path) -> Duration {
    let files: Vec<_> = (0..BLOCKS).map(|b| blocks.join(format!("block-{b:04}/tradelog.csv"))).collect();
    let start = Instant::now();
    let status = Command::new("sha256sum").args(files).stdout(Stdio::null()).status();
    assert!(status.expect("sha256sum is installed").success());
    start.elapsed()
}

struct Times {
    cold: Duration,
    checkpoint: Duration,
    rehash: Duration,
    stat: Duration,
}

async fn foliosync(blocks: &Path) -> Times {
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("bench.duckdb");
    let bench = Bench::start(&database, foliosync_providers::all(), 5);
    let new = NewConnection {
        credentials: Default::default(),
        provider: "tradelog".into(),
        label: "bench".into(),
        settings: BTreeMap::from([("path".into(), blocks.display().to_string())]),
        owner: None,
        sync_interval_min: None,
    };
    // Adding a connection makes it due; its first sync is the one that is asked for here.
    let start = Instant::now();
    let id = bench.engine.add_connection(new).await.expect("a connection").id;
    let (_, changed, failed) = bench.sync(vec![id], SyncOptions::default()).await;
    let cold = start.elapsed();
    assert_eq!((changed, failed), (BLOCKS as i64, 0));
    let rehash = SyncOptions { rehash: true, ..SyncOptions::default() };
    let mut times = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (time, changed, failed) = bench.sync(vec![id], rehash.clone()).await;
        assert_eq!((changed, failed), (0, 0));
        times.0.push(time);
        let (time, changed, failed) = bench.sync(vec![id], SyncOptions::default()).await;
        assert_eq!((changed, failed), (0, 0));
        times.1.push(time);
    }
    let tables = bench.engine.describe().await.expect("tables");
    let trades = tables.iter().find(|table| table.name == "trade_data").expect("a table");
    assert_eq!(trades.rows, Some((BLOCKS * TRADES) as i64));
    // What the log of commits still owes the file is paid when the store closes.
    let start = Instant::now();
    bench.end().await;
    let checkpoint = start.elapsed();
    Times { cold, checkpoint, rehash: median(times.0), stat: median(times.1) }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let bytes = support::blocks::write(folder.path(), BLOCKS, TRADES);
    println!("{BLOCKS} blocks, {} trades, {:.1} MB", BLOCKS * TRADES, bytes as f64 / 1e6);

    let told = format!(", auto_detect=false, header=true, delim=',', quote='\"', columns={COLUMNS}");
    let (mut guessing, mut knowing, mut hashing) = (Vec::new(), Vec::new(), Vec::new());
    let mut ours = Vec::new();
    // Taken in turns, so that whatever else the machine does falls on all alike.
    for _ in 0..ROUNDS {
        guessing.push(read_csv(folder.path(), ""));
        knowing.push(read_csv(folder.path(), &told));
        hashing.push(sha256sum(folder.path()));
        ours.push(runtime.block_on(foliosync(folder.path())));
    }
    let (guessing, knowing, hashing) = (median(guessing), median(knowing), median(hashing));
    let of = |pick: fn(&Times) -> Duration| median(ours.iter().map(pick).collect());
    let (cold, checkpoint, rehash, stat) = (of(|t| t.cold), of(|t| t.checkpoint), of(|t| t.rehash), of(|t| t.stat));
    let ratio = |time: Duration, other: Duration| format!("{:.2}", time.as_secs_f64() / other.as_secs_f64());
    support::table(
        "Cold sync (bar: 1.0 × read_csv)",
        &["", "median", "ratio"],
        &[
            vec!["read_csv into a table, as users call it".into(), ms(guessing), "1.00".into()],
            vec!["read_csv told every column, floats for money".into(), ms(knowing), ratio(knowing, guessing)],
            vec!["foliosync: hashed, parsed to decimals, keyed, logged".into(), ms(cold), ratio(cold, guessing)],
            vec!["  and its file folded when closed".into(), ms(checkpoint), ratio(checkpoint, guessing)],
        ],
    );
    support::table(
        "Unchanged sync (bars: rehash 1.5 × sha256sum; by stat 0.15 ×)",
        &["", "median", "ratio"],
        &[
            vec!["sha256sum of the same files".into(), ms(hashing), "1.00".into()],
            vec!["foliosync --rehash".into(), ms(rehash), ratio(rehash, hashing)],
            vec!["foliosync, by size, time and inode".into(), ms(stat), ratio(stat, hashing)],
        ],
    );
}
