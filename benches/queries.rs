//! What a published copy costs, and a small query on it: at 10 MB, 100 MB and 1 GB, beside the system's own copy of the same
//! file and beside the same query in process. `SIZES=10,100` leaves the largest out.

mod support;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use duckdb::Connection as Db;
use foliosync_engine::clock::Clock;
use foliosync_engine::model::prices::FX_RATES;
use foliosync_engine::model::{Batch, BatchBuilder, Value};
use foliosync_engine::store::{QueryAsk, Store};
use foliosync_stores::duckdb::DuckStore;
use foliosync_stores::duckdb::query::QueryProgram;
use jiff::civil::date;
use support::{median, ms, table};

const SMALL: &str =
    "SELECT symbol, count(*), max(close) FROM market.bars WHERE date = DATE '2020-01-01' GROUP BY symbol LIMIT 5";
const ASKED: usize = 300;
/// Rows of bars that take a megabyte of the file, about.
const ROWS_A_MEGABYTE: usize = 27_000;

#[tokio::main]
async fn main() {
    let sizes = std::env::var("SIZES").unwrap_or_else(|_| "10,100,1000".into());
    let (mut copies, mut queries) = (Vec::new(), Vec::new());
    for megabytes in sizes.split(',').map(|size| size.trim().parse::<usize>().expect("a size in MB")) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("bench.duckdb");
        fill(&path, megabytes);
        let program =
            QueryProgram { path: env!("CARGO_BIN_EXE_foliosync").into(), args: vec![QueryProgram::ARGUMENT.into()] };
        let store = DuckStore::open(&path, Clock::System.now()).expect("a database").with_query_program(program);
        let store = Arc::new(store);
        copies.push(copy_costs(&store, &path).await);
        queries.push(query_times(&store, &path).await);
    }
    let header =
        ["file", "copy published", "by the system", "ratio", "commits beside it: p50", "longest", "alone: p50"];
    table("A published copy", &header, &copies);
    let header =
        ["file", "new process", "new copy", "warm p50", "warm p99", "in process p50", "beside commits p50", "p99"];
    table("A small query", &header, &queries);
}

/// Bars that compress about as badly as real ones.
fn fill(path: &Path, megabytes: usize) {
    drop(DuckStore::open(path, Clock::System.now()).expect("a database"));
    let db = Db::open(path).expect("the database opens");
    let rows = megabytes * ROWS_A_MEGABYTE;
    let price = |spread: u32| format!("(100 + random() * {spread})::DECIMAL(12, 6)");
    let sql = format!(
        "INSERT INTO market.bars (connection_id, symbol, date, time, open, high, low, close, volume)
         SELECT 1, 'S' || (range % 50), DATE '2020-01-01' + (range // 20000)::INT, '09:30',
                {0}, {1}, {0}, {1}, (random() * 1e6)::BIGINT FROM range({rows});
         CHECKPOINT;",
        price(50),
        price(60),
    );
    db.execute_batch(&sql).expect("rows");
}

fn rates(nth: i16) -> Batch {
    let mut batch = BatchBuilder::new(&FX_RATES);
    let mut values = vec![Value::Null; FX_RATES.columns.len()];
    let rate = foliosync_engine::model::Decimal::from(i64::from(nth) + 1);
    for (name, value) in [
        ("base", Value::Text("EUR")),
        ("quote", Value::Text("USD")),
        ("date", Value::Date(date(2020, 1, 1))),
        ("provider", Value::Text("bench")),
        ("rate", Value::Decimal(rate)),
        ("observed_at", Value::Instant(Clock::System.now())),
    ] {
        values[FX_RATES.column(name).expect("a column")] = value;
    }
    batch.push_values(&values);
    batch.finish()
}

async fn commit_times(store: &Arc<DuckStore>, until: impl Fn() -> bool) -> Vec<Duration> {
    let mut times = Vec::new();
    for nth in 0.. {
        let begun = Instant::now();
        store.put_rows(vec![rates(nth % 1_000)]).await.expect("a commit");
        times.push(begun.elapsed());
        if until() {
            break;
        }
    }
    times
}

async fn copy_costs(store: &Arc<DuckStore>, path: &Path) -> Vec<String> {
    let bytes = fs::metadata(path).expect("the file").len();
    let (mut published, mut by_system, mut beside) = (Vec::new(), Vec::new(), Vec::new());
    let begun = Instant::now();
    let alone = commit_times(store, || begun.elapsed() > Duration::from_millis(500)).await;
    for _ in 0..5 {
        store.put_rows(vec![rates(1)]).await.expect("a commit");
        let copying = {
            let store = Arc::clone(store);
            tokio::spawn(async move {
                let begun = Instant::now();
                store.query(QueryAsk::newest("SELECT 1", Clock::System.now())).await.expect("an answer");
                begun.elapsed()
            })
        };
        beside.extend(commit_times(store, || copying.is_finished()).await);
        published.push(copying.await.expect("a copy"));
        let target = path.with_extension("system");
        let begun = Instant::now();
        fs::copy(path, &target).expect("a copy");
        by_system.push(begun.elapsed());
        fs::remove_file(target).expect("it was there");
    }
    let longest = beside.iter().max().copied().unwrap_or_default();
    let (published, by_system) = (median(published), median(by_system));
    let ratio = published.as_secs_f64() / by_system.as_secs_f64();
    vec![
        format!("{} MB", bytes >> 20),
        ms(published),
        ms(by_system),
        format!("{ratio:.2}"),
        ms(median(beside)),
        ms(longest),
        ms(median(alone)),
    ]
}

async fn query_times(store: &Arc<DuckStore>, path: &Path) -> Vec<String> {
    let ask = |age_max: Duration| QueryAsk { age_max: Some(age_max), ..QueryAsk::newest(SMALL, Clock::System.now()) };
    let hour = Duration::from_secs(3_600);
    let time = async |age_max: Duration| {
        let begun = Instant::now();
        store.query(ask(age_max)).await.expect("an answer");
        begun.elapsed()
    };
    // Two that run at once need a second process.
    let begun = Instant::now();
    let (_, _) = tokio::join!(time(hour), time(hour));
    let new_process = begun.elapsed();
    store.put_rows(vec![rates(2)]).await.expect("a commit");
    let new_copy = time(Duration::ZERO).await;
    let mut warm = Vec::new();
    for _ in 0..ASKED {
        warm.push(time(hour).await);
    }
    let copy = path.with_file_name("snapshot").join(path.file_name().expect("a name"));
    let db = Db::open_with_flags(
        &copy,
        duckdb::Config::default().access_mode(duckdb::AccessMode::ReadOnly).expect("a mode"),
    );
    let db = db.expect("the copy opens");
    let mut in_process = Vec::new();
    for _ in 0..ASKED {
        let begun = Instant::now();
        let rows = db
            .prepare(SMALL)
            .and_then(|mut sql| sql.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>());
        rows.expect("an answer");
        in_process.push(begun.elapsed());
    }
    let committing = {
        let store = Arc::clone(store);
        tokio::spawn(async move {
            let begun = Instant::now();
            commit_times(&store, || begun.elapsed() > Duration::from_secs(3)).await
        })
    };
    let mut busy = Vec::new();
    while !committing.is_finished() {
        let begun = Instant::now();
        let ask = QueryAsk { age_max: None, ..QueryAsk::newest(SMALL, Clock::System.now()) };
        store.query(ask).await.expect("an answer");
        busy.push(begun.elapsed());
    }
    committing.await.expect("commits");
    let p99 = |times: &mut Vec<Duration>| {
        times.sort();
        times[times.len() * 99 / 100]
    };
    let (warm99, busy99) = (p99(&mut warm), p99(&mut busy));
    vec![
        format!("{} MB", fs::metadata(path).expect("the file").len() >> 20),
        ms(new_process),
        ms(new_copy),
        ms(median(warm)),
        ms(warm99),
        ms(median(in_process)),
        ms(median(busy)),
        ms(busy99),
    ]
}
