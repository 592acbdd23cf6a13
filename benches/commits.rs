//! Committed syncs per second: 20 rows each, through the store with its leases, runs and log, beside one transaction a
//! sync on the same library.

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use foliosync_engine::calendar::Calendar;
use foliosync_engine::clock::Clock;
use foliosync_engine::model::sync::{ItemStatus, Run};
use foliosync_engine::model::trades::DAILY_LOG;
use foliosync_engine::model::{Batch, BatchBuilder, Decimal, Record, Value};
use foliosync_engine::provider::{
    Cadence, Change, FetchRequest, IntervalSpec, Item, Page, Provider, ProviderError, ProviderSpec, Reach, Scope,
    StreamSpec,
};
use foliosync_engine::store::{ConnectionDraft, Filter, Select, Store};
use foliosync_stores::duckdb::DuckStore;
use support::Bench;

const ROWS: i64 = 20;
const BASELINE_SYNCS: i64 = 500;

static SPEC: ProviderSpec = ProviderSpec {
    id: "bench",
    name: "Bench",
    summary: "Twenty rows that differ each time",
    streams: &[StreamSpec {
        name: "days",
        summary: "Twenty days",
        cadence: Cadence::Interval,
        calendar: Calendar::Always,
        work: None,
    }],
    interval: IntervalSpec { min_secs: 60, default_secs: 60, max_secs: 60 },
    item_noun: "block",
    ..ProviderSpec::LOCAL
};

/// A page of twenty rows, new ones at each fetch: the cost of fetching is next to nothing.
struct Twenty;

#[async_trait]
impl Provider for Twenty {
    fn spec(&self) -> &'static ProviderSpec {
        &SPEC
    }

    async fn fetch(&self, _: &Reach, request: &FetchRequest<'_>) -> Result<Page, ProviderError> {
        let rows = twenty(request.now.as_microsecond());
        Ok(Page {
            changes: vec![Change::Replace { scope: Scope { column: "block_id", value: "b".into() }, rows }],
            items: vec![Item { imported: ROWS, ..Item::new("b", ItemStatus::Updated, "read") }],
            expected: Some(1),
            ..Page::last(serde_json::Value::Null)
        })
    }
}

fn twenty(value: i64) -> Batch {
    let mut batch = BatchBuilder::new(&DAILY_LOG);
    let column = |name: &str| DAILY_LOG.column(name).expect("the column is declared");
    let mut values = vec![Value::Null; DAILY_LOG.columns.len()];
    values[column("block_id")] = Value::Text("b");
    values[column("net_liquidity")] = Value::Decimal(Decimal::from(value));
    values[column("occurrence")] = Value::Int(1);
    for row in 0..ROWS {
        values[column("date")] = Value::Date(jiff::civil::date(2025, 1, 1 + row as i8));
        values[column("source_line")] = Value::Int(row);
        batch.push_values(&values);
    }
    batch.finish()
}

/// Connections that are due again as soon as they end, run by the dispatcher that `serve` runs: claim, fetch, commit.
async fn through_the_engine(in_flight: usize) -> f64 {
    let folder = tempfile::tempdir().expect("a folder");
    let store: Arc<dyn Store> =
        Arc::new(DuckStore::open(&folder.path().join("bench.duckdb"), Clock::System.now()).expect("a database"));
    for nth in 0..in_flight {
        let draft = ConnectionDraft {
            id: None,
            provider: "bench".into(),
            label: format!("c{nth}"),
            settings: BTreeMap::new(),
            credentials: Default::default(),
            owner: None,
            sync_enabled: true,
            interval_secs: 0,
            streams: vec!["days".into()],
            now: Clock::System.now(),
        };
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
