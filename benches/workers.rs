//! Committed syncs per second on PostgreSQL: 20 rows each, by 1, 2 and 4 worker processes, beside a bare COPY of the same
//! rows in transactions of as many.

mod support;

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use foliosync_engine::clock::Clock;
use foliosync_engine::store::Store;
use foliosync_stores::postgres::PgStore;
use support::Bench;
use support::cluster::Cluster;
use support::twenty::{self, ROWS, Twenty};
use tokio::task::JoinSet;

const CONNECTIONS: usize = 1_000;
const MEASURED: Duration = Duration::from_secs(5);
/// Set in the environment of a process that is to be a worker.
const WORKER: &str = "FOLIOSYNC_BENCH_WORKER";
const IN_FLIGHT: &str = "FOLIOSYNC_BENCH_IN_FLIGHT";

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

async fn open(url: &str) -> Arc<dyn Store> {
    Arc::new(PgStore::open(url, None, Clock::System.now()).await.expect("a database"))
}

/// Works until its standard input ends.
fn work(url: &str) {
    let in_flight = std::env::var(IN_FLIGHT).expect("a number").parse().expect("a number");
    runtime().block_on(async {
        let bench = Bench::run(open(url).await, vec![Arc::new(Twenty)], in_flight, true);
        let ends = || std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        let _ = tokio::task::spawn_blocking(ends).await;
        bench.end().await;
    });
}

fn worker(url: &str, in_flight: usize) -> Child {
    let program = std::env::current_exe().expect("this program");
    let mut command = Command::new(program);
    command.env(WORKER, url).env(IN_FLIGHT, in_flight.to_string()).stdin(Stdio::piped());
    command.spawn().expect("a worker")
}

/// Connections that are due again as soon as they end, so that there is always work.
fn with_workers(cluster: &Cluster, workers: usize, in_flight: usize) -> f64 {
    let name = format!("workers_{workers}_{in_flight}");
    let url = cluster.database(&name);
    runtime().block_on(async {
        let store = open(&url).await;
        let mut adding = JoinSet::new();
        for nth in 0..CONNECTIONS {
            let draft = twenty::connection(nth);
            let store = Arc::clone(&store);
            adding.spawn(async move { store.put_connection(draft).await.expect("a connection") });
        }
        adding.join_all().await;
    });
    let all: Vec<Child> = (0..workers).map(|_| worker(&url, in_flight / workers)).collect();
    let ended = || -> i64 {
        cluster.ask(&name, "SELECT count(*) FROM sync.runs WHERE outcome = 'ok'").parse().expect("a number")
    };
    while ended() < CONNECTIONS as i64 / 2 {
        support::pause(Duration::from_millis(100));
    }
    let (start, before) = (Instant::now(), ended());
    support::pause(MEASURED);
    let (time, after) = (start.elapsed(), ended());
    for mut worker in all {
        drop(worker.stdin.take());
        worker.wait().expect("its end");
    }
    (after - before) as f64 / time.as_secs_f64()
}

/// What moves the rows and nothing else: no leases, no merge, no log.
fn bare_copy(cluster: &Cluster, syncs: usize) -> f64 {
    let name = format!("bare_{syncs}");
    cluster.database(&name);
    cluster.ask(
        &name,
        "CREATE TABLE days (connection_id BIGINT, block_id TEXT, date DATE, net NUMERIC(38,18), line BIGINT)",
    );
    let mut script = String::from("BEGIN;\nCOPY days FROM STDIN;\n");
    for sync in 0..syncs {
        (0..ROWS).for_each(|row| script += &format!("{sync}\tb\t2025-01-{:02}\t{row}\t{row}\n", row + 1));
    }
    script += "\\.\nCOMMIT;\n";
    let file = tempfile::NamedTempFile::new().expect("a file");
    let transactions = (20_000 / syncs).max(3);
    std::fs::write(file.path(), script.repeat(transactions)).expect("a script");
    let start = Instant::now();
    let done = Command::new("psql").arg(cluster.url(&name)).args(["-q", "-f"]).arg(file.path()).status();
    assert!(done.expect("psql").success());
    (transactions * syncs) as f64 / start.elapsed().as_secs_f64()
}

fn main() {
    if let Ok(url) = std::env::var(WORKER) {
        return work(&url);
    }
    let cluster = Cluster::start();
    for in_flight in [200, 1_000] {
        let bare = bare_copy(&cluster, in_flight);
        let mut rows =
            vec![vec![format!("COPY alone, {in_flight} syncs a transaction"), format!("{bare:.0}"), "1.00".into()]];
        for workers in [1, 2, 4] {
            let rate = with_workers(&cluster, workers, in_flight);
            rows.push(vec![format!("workers: {workers}"), format!("{rate:.0}"), format!("{:.2}", rate / bare)]);
        }
        let title =
            format!("Committed syncs per second on PostgreSQL ({ROWS} rows each, {in_flight} in flight in all)");
        support::table(&title, &["", "syncs/s", "ratio"], &rows);
    }
}
