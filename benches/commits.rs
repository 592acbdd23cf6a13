//! Committed syncs per second: 20 rows each, through the store with its leases, runs and log, beside one transaction a
//! sync on the same library.

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use foliosync_engine::clock::Clock;
use foliosync_engine::model::Record;
use foliosync_engine::model::sync::Run;
use foliosync_engine::store::{Filter, Select, Store};
use foliosync_stores::duckdb::DuckStore;
use support::Bench;
use support::twenty::{self, ROWS, Twenty};

const BASELINE_SYNCS: i64 = 500;

/// Connections that are due again as soon as they end, run by the dispatcher that `serve` runs: claim, fetch, commit.
async fn through_the_engine(in_flight: usize) -> f64 {
    let folder = tempfile::tempdir().expect("a folder");
    let store: Arc<dyn Store> =
        Arc::new(DuckStore::open(&folder.path().join("bench.duckdb"), Clock::System.now()).expect("a database"));
    for nth in 0..in_flight {
        let draft = twenty::connection(nth);
        store.put_connection(draft).await.expect("a connection");
    }
    let bench = Bench::run(Arc::clone(&store), vec![Arc::new(Twenty)], in_flight, true);
    let ended = async || {
        let ended = Select::all(Run::TABLE).with(Filter::IsText("outcome", "ok".into()));
        store.read(ended).await.expect("runs").len() as i64
    };
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (start, before) = (Instant::now(), ended().await);
    tokio::time::sleep(Duration::from_secs(3)).await;
    let (time, after) = (start.elapsed(), ended().await);
    bench.end().await;
    (after - before) as f64 / time.as_secs_f64()
}

/// What an app does that has no such store: a transaction that deletes and inserts twenty rows, and nothing else.
fn one_transaction_each() -> f64 {
    let folder = tempfile::tempdir().expect("a folder");
    let db = duckdb::Connection::open(folder.path().join("baseline.duckdb")).expect("a database");
    db.execute_batch("CREATE TABLE days (connection_id BIGINT, block_id VARCHAR, date DATE, net DECIMAL(38,18))")
        .expect("a table");
    let start = Instant::now();
    for sync in 0..BASELINE_SYNCS {
        let rows: Vec<_> =
            (0..ROWS).map(|row| format!("({sync}, 'b', DATE '2025-01-{:02}', {row})", row + 1)).collect();
        let sql = format!(
            "BEGIN; DELETE FROM days WHERE connection_id = {sync}; INSERT INTO days VALUES {}; COMMIT",
            rows.join(", ")
        );
        db.execute_batch(&sql).expect("a transaction");
    }
    BASELINE_SYNCS as f64 / start.elapsed().as_secs_f64()
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let baseline = one_transaction_each();
    let mut rows =
        vec![vec!["one transaction a sync (DuckDB alone, no log)".into(), format!("{baseline:.0}"), "1.0".into()]];
    for in_flight in [5, 50, 200, 1_000] {
        let rate = runtime.block_on(through_the_engine(in_flight));
        let name = format!("foliosync, {in_flight} connections in flight");
        rows.push(vec![name, format!("{rate:.0}"), format!("{:.1}", rate / baseline)]);
    }
    support::table(
        "Committed syncs per second (20 rows each; bar: 15,000 with 1,000 in flight)",
        &["", "syncs/s", "ratio"],
        &rows,
    );
}
