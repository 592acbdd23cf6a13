//! What the benchmarks share: a running engine on a fresh database, sample blocks, and tables of figures.

#![allow(dead_code)]

pub mod blocks;
pub mod cluster;
pub mod twenty;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use foliosync_engine::clock::Clock;
use foliosync_engine::engine::{Engine, SyncLineKind, SyncNow};
use foliosync_engine::files::Files;
use foliosync_engine::http::Http;
use foliosync_engine::model::sync::{ConnectionId, SyncOptions, Trigger};
use foliosync_engine::provider::{Provider, Reach};
use foliosync_engine::store::Store;
use foliosync_stores::duckdb::DuckStore;
use tokio::sync::watch;

/// An engine at work on a database of its own, as `serve` runs it.
pub struct Bench {
    pub engine: Arc<Engine>,
    stop: watch::Sender<bool>,
    dispatch: tokio::task::JoinHandle<()>,
}

impl Bench {
    pub fn start(database: &Path, providers: Vec<Arc<dyn Provider>>, runs_live_max: usize) -> Bench {
        let store = DuckStore::open(database, Clock::System.now()).expect("the database opens");
        Bench::run(Arc::new(store), providers, runs_live_max, false)
    }

    pub fn run(
        store: Arc<dyn Store>,
        providers: Vec<Arc<dyn Provider>>,
        runs_live_max: usize,
        schedules: bool,
    ) -> Bench {
        let clock = Clock::System;
        let reach = Reach { http: Http::offline(clock), files: Files::default() };
        let engine = Arc::new(Engine::new(store, providers, reach, clock, runs_live_max));
        let (stop, stopped) = watch::channel(false);
        let running = Arc::clone(&engine);
        let dispatch = tokio::spawn(running.dispatch(schedules, stopped));
        Bench { engine, stop, dispatch }
    }

    /// Syncs and waits for the end; the time it took, and how many items changed and failed.
    pub async fn sync(&self, connections: Vec<ConnectionId>, options: SyncOptions) -> (Duration, i64, i64) {
        let start = Instant::now();
        let ask = SyncNow { connections, streams: Vec::new(), options, trigger: Trigger::Manual };
        let request = self.engine.sync_now(ask).await.expect("the request is taken");
        let mut lines = Arc::clone(&self.engine).follow(request, None);
        while let Some(line) = lines.recv().await {
            match line.kind {
                SyncLineKind::Complete { changed, failed, .. } => return (start.elapsed(), changed, failed),
                SyncLineKind::Error { message } => panic!("{message}"),
                _ => {}
            }
        }
        panic!("the sync ended without a last line");
    }

    pub async fn end(self) {
        let _ = self.stop.send(true);
        self.dispatch.await.expect("dispatch ends");
    }
}

/// Rows of a table, such as `trades.trade_data`.
pub async fn rows(store: &dyn Store, table: &str) -> i64 {
    let tables = store.describe().await.expect("tables");
    let found = tables.into_iter().find(|found| format!("{}.{}", found.schema, found.name) == table);
    found.and_then(|found| found.rows).expect("a table")
}

/// Waits while other programs work.
pub fn pause(time: Duration) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(async { tokio::time::sleep(time).await });
}

pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

pub fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

/// A table with its first column to the left and the others to the right.
pub fn table(title: &str, header: &[&str], rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([header[column].chars().count()]).max().unwrap_or(0)
    };
    let line = |cells: Vec<&str>| {
        let cells = cells.iter().enumerate().map(|(column, cell)| match column {
            0 => format!("{cell:<0$}", width(0)),
            _ => format!("{cell:>0$}", width(column)),
        });
        println!("  {}", cells.collect::<Vec<_>>().join("  "));
    };
    println!("\n{title}\n");
    line(header.to_vec());
    rows.iter().for_each(|row| line(row.iter().map(String::as_str).collect()));
}
