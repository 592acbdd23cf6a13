//! Connections and pages to write.

use std::path::Path;
use std::time::Duration;

use foliosync_engine::model::sync::{ItemStatus, Outcome, SyncOptions, Trigger};
use foliosync_engine::model::trades::DAILY_LOG;
use foliosync_engine::model::{Batch, BatchBuilder, Decimal, Value};
use foliosync_engine::provider::{Change, Item, Page, Role, Scope};
use foliosync_engine::store::{
    Answer, Claim, ClaimAsk, ConnectionDraft, QueryAsk, Receipt, Rows, Select, Step, Store, StoreError, StreamEnd,
    SyncAsk,
};
use foliosync_stores::duckdb::DuckStore;
use foliosync_stores::duckdb::query::QueryProgram;
use jiff::Timestamp;
use jiff::civil::date;
use serde_json::Value as Json;

pub fn now() -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap()
}

pub fn open(folder: &Path) -> DuckStore {
    let program = QueryProgram { path: env!("CARGO_BIN_EXE_query-process").into(), args: Vec::new() };
    DuckStore::open(&folder.join("foliosync.duckdb"), now()).unwrap().with_query_program(program)
}

/// Runs a statement; its rows as JSON.
pub async fn query(store: &DuckStore, sql: &str) -> Result<(Answer, Json), StoreError> {
    let answer = store.query(QueryAsk::newest(sql, now())).await?;
    let Rows::Json(rows) = &answer.rows else { panic!("rows as {:?}", answer.rows) };
    let rows = serde_json::from_str(rows.get()).unwrap();
    Ok((answer, rows))
}

pub fn draft(label: &str) -> ConnectionDraft {
    ConnectionDraft {
        id: None,
        provider: "tradelog".into(),
        label: label.into(),
        settings: [("path".to_string(), "/somewhere".to_string())].into(),
        credentials: Default::default(),
        owner: None,
        sync_enabled: true,
        interval_secs: 900,
        streams: vec!["blocks".into()],
        now: now(),
    }
}

/// `rows` days of a block, each worth `value`.
pub fn days(block: &str, rows: i64, value: i64) -> Batch {
    let mut batch = BatchBuilder::new(&DAILY_LOG);
    for row in 0..rows {
        let day = date(2025, 1, 1).checked_add(jiff::Span::new().days(row)).unwrap();
        let mut values = vec![Value::Null; DAILY_LOG.columns.len()];
        for (name, value) in [
            ("block_id", Value::Text(block)),
            ("date", Value::Date(day)),
            ("net_liquidity", Value::Decimal(Decimal::from(value))),
            ("source_line", Value::Int(row + 2)),
            ("occurrence", Value::Int(1)),
        ] {
            values[DAILY_LOG.column(name).unwrap()] = value;
        }
        batch.push_values(&values);
    }
    batch.finish()
}

pub fn page(block: &str, rows: i64, value: i64) -> Page {
    let scope = Scope { column: "block_id", value: block.into() };
    Page {
        changes: vec![Change::Replace { scope, rows: days(block, rows, value) }],
        items: vec![Item { imported: rows, ..Item::new(block, ItemStatus::Updated, "read") }],
        expected: Some(1),
        ..Page::last(serde_json::json!({ "after": block }))
    }
}

pub async fn claim(store: &dyn Store) -> Vec<Claim> {
    let ask = ClaimAsk {
        now: now(),
        lease_for: Duration::from_secs(300),
        max: 100,
        max_of: Default::default(),
        schedules: true,
    };
    store.claim(ask).await.unwrap()
}

pub async fn request(store: &dyn Store, id: i64) {
    let (streams, options) = (Vec::new(), SyncOptions::default());
    let ask = SyncAsk { connections: vec![id], streams, options, trigger: Trigger::Manual, now: now() };
    store.request(ask).await.unwrap();
}

/// Stores a page as the whole of a run.
pub async fn commit(store: &dyn Store, claim: &Claim, page: Page) -> Result<Receipt, StoreError> {
    let end = StreamEnd { role: Role::Source, outcome: Outcome::Ok, error: None, next_due: None, failures: 0 };
    let step = Step { stream: "blocks".into(), page: Some(page), stream_end: Some(end), run_end: true, now: now() };
    store.commit(&claim.lease, step).await
}

pub async fn day_count(store: &dyn Store) -> usize {
    store.read(Select::all(&DAILY_LOG)).await.unwrap().len()
}
