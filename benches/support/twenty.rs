//! A provider whose pages cost nothing to fetch: what is measured is what comes behind.

use async_trait::async_trait;
use foliosync_engine::calendar::Calendar;
use foliosync_engine::clock::Clock;
use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::model::trades::DAILY_LOG;
use foliosync_engine::model::{Batch, BatchBuilder, Decimal, Value};
use foliosync_engine::provider::{
    Cadence, Change, FetchRequest, IntervalSpec, Item, Page, Provider, ProviderError, ProviderSpec, Reach, Scope,
    StreamSpec,
};
use foliosync_engine::store::ConnectionDraft;

pub const ROWS: i64 = 20;

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
pub struct Twenty;

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

/// A connection that is due again as soon as it ends, so that there is always work.
pub fn connection(nth: usize) -> ConnectionDraft {
    ConnectionDraft {
        id: None,
        provider: SPEC.id.into(),
        label: format!("c{nth}"),
        settings: Default::default(),
        credentials: Default::default(),
        owner: None,
        sync_enabled: true,
        interval_secs: 0,
        streams: vec!["days".into()],
        now: Clock::System.now(),
    }
}

pub fn twenty(value: i64) -> Batch {
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
