//! The verbs of a store with what most tests leave out filled in.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::StoreUnderTest;
use crate::model::sync::{
    Connection, ConnectionId, Gap, ItemStatus, Outcome, Run, RunEvent, RunId, Setting, Stream, SyncOptions,
    SyncRequest, Trigger,
};
use crate::model::{Owner, Record, control_tables, record_tables};
use crate::provider::{Change, Item, Page, Role};
use crate::store::{
    Claim, ClaimAsk, ConnectionDraft, Filter, Lease, Receipt, Select, Step, Store, StoreError, StreamEnd, SyncAsk,
};
use crate::testkit::samples::Correction;

pub const LEASE: Duration = Duration::from_secs(300);

/// Seconds after noon of a day in 2026.
pub fn at(secs: i64) -> Timestamp {
    Timestamp::from_second(1_767_614_400 + secs).expect("a time")
}

/// A store with somebody at it.
pub struct Desk {
    pub store: Arc<dyn Store>,
}

/// Reads until a run that was just claimed must be there.
const LOOKS_MAX: usize = 10_000;

impl Desk {
    pub async fn at(place: &impl StoreUnderTest) -> Desk {
        Desk { store: place.open(at(0)).await }
    }

    /// Adds a connection with the streams `days` and `bars` at `at(0)`.
    pub async fn add(&self, label: &str) -> Connection {
        self.store.put_connection(draft(label)).await.expect("a connection")
    }

    pub async fn request(&self, id: ConnectionId, streams: &[&str], options: SyncOptions, secs: i64) -> SyncRequest {
        self.store.request(ask(&[id], streams, options, secs)).await.expect("a request")
    }

    pub async fn claim(&self, secs: i64) -> Vec<Claim> {
        let claims = self.store.claim(claim_ask(secs)).await.expect("claims");
        // The row of a run may be readable a moment after its lease holds, not later.
        let runs: Vec<_> = claims.iter().map(|claim| claim.lease.run).collect();
        for _ in 0..LOOKS_MAX {
            let seen: Vec<Run> = self.store.records(|s| s.with(Filter::In("id", runs.clone()))).await.expect("runs");
            if seen.len() == runs.len() {
                return claims;
            }
            tokio::task::yield_now().await;
        }
        panic!("the runs of {claims:?} do not show")
    }

    /// Claims the one connection that is due.
    pub async fn claim_one(&self, secs: i64) -> Claim {
        let mut claims = self.claim(secs).await;
        assert_eq!(claims.len(), 1, "one connection is due: {claims:#?}");
        claims.remove(0)
    }

    /// Adds a connection and leases it, all at `at(0)`.
    pub async fn leased(&self, label: &str) -> Claim {
        let connection = self.add(label).await;
        let claims = self.claim(0).await;
        claims.into_iter().find(|claim| claim.connection.id == connection.id).expect("a claim on it")
    }

    pub async fn commit(&self, lease: &Lease, step: Step) -> Receipt {
        self.store.commit(lease, step).await.expect("the step lands")
    }

    #[track_caller]
    pub fn lost<T: std::fmt::Debug>(done: Result<T, StoreError>) {
        assert!(matches!(done, Err(StoreError::LeaseLost)), "{done:?} instead of a lost lease");
    }

    pub async fn connections(&self) -> Vec<Connection> {
        self.store.records(|s| s.ascending("id")).await.expect("connections")
    }

    pub async fn stream(&self, id: ConnectionId, name: &str) -> Stream {
        let found: Vec<Stream> = self.about(id).await;
        found.into_iter().find(|stream| stream.name == name).expect("the stream")
    }

    pub async fn gaps(&self, id: ConnectionId) -> Vec<Gap> {
        let mut gaps: Vec<Gap> = self.about(id).await;
        gaps.sort_by(|a, b| (&a.stream, &a.item).cmp(&(&b.stream, &b.item)));
        gaps
    }

    pub async fn run(&self, id: RunId) -> Run {
        let found: Vec<Run> = self.store.records(|s| s.with(Filter::Is("id", id))).await.expect("runs");
        found.into_iter().next().expect("the run")
    }

    pub async fn log(&self) -> Vec<RunEvent> {
        self.store.records(|s| s.ascending("cursor")).await.expect("the log")
    }

    pub async fn last_synced(&self) -> Option<Timestamp> {
        let is_it = Filter::IsText("key", "last_synced".into());
        let found: Vec<Setting> = self.store.records(|s| s.with(is_it)).await.expect("settings");
        found.first().map(|setting| setting.value.parse().expect("a time"))
    }

    /// What the store holds of a connection in a table, in an order of its own.
    pub async fn about<R: Record>(&self, id: ConnectionId) -> Vec<R> {
        self.store.records(|s| s.with(Filter::Is("connection_id", id))).await.expect("rows")
    }

    /// As `about`, sorted.
    pub async fn rows<R: Record + Ord>(&self, id: ConnectionId) -> Vec<R> {
        let mut rows = self.about(id).await;
        rows.sort();
        rows
    }

    pub async fn corrections(&self, id: ConnectionId) -> Vec<Correction> {
        self.rows(id).await
    }

    /// Every row of every table, as text.
    pub async fn everything(&self) -> Vec<String> {
        let connections = self.connections().await;
        let mut selects: Vec<(String, Select)> = Vec::new();
        for table in record_tables().into_iter().chain(control_tables()) {
            match table.owner {
                Owner::Shared => selects.push((table.full_name(), Select::all(table))),
                Owner::Connection => selects.extend(
                    connections.iter().map(|c| (format!("{} of {}", table.full_name(), c.id), Select::of(table, c.id))),
                ),
            }
        }
        let mut lines = Vec::new();
        for (name, select) in selects {
            let batch = self.store.read(select).await.expect("a table");
            for row in 0..batch.len() {
                let values: Vec<_> = (0..batch.table.columns.len()).map(|column| batch.value(row, column)).collect();
                lines.push(format!("{name}: {values:?}"));
            }
        }
        lines.sort();
        lines
    }
}

pub fn draft(label: &str) -> ConnectionDraft {
    ConnectionDraft {
        id: None,
        provider: "test".into(),
        label: label.into(),
        settings: Default::default(),
        credentials: Default::default(),
        owner: None,
        sync_enabled: true,
        interval_secs: 600,
        streams: vec!["bars".into(), "days".into()],
        now: at(0),
    }
}

pub fn ask(ids: &[ConnectionId], streams: &[&str], options: SyncOptions, secs: i64) -> SyncAsk {
    SyncAsk {
        connections: ids.into(),
        streams: streams.iter().map(|name| name.to_string()).collect(),
        options,
        trigger: Trigger::Manual,
        now: at(secs),
    }
}

pub fn claim_ask(secs: i64) -> ClaimAsk {
    ClaimAsk { now: at(secs), lease_for: LEASE, max: 10_000, max_of: Default::default(), schedules: true }
}

/// A page without items; its watermark is `mark`.
pub fn page(changes: Vec<Change>, mark: i64) -> Page {
    let watermark: Json = json!({ "mark": mark });
    Page { changes, more: true, ..Page::last(watermark) }
}

pub fn item(name: &str, status: ItemStatus) -> Item {
    let remark = if status == ItemStatus::Unchanged { String::new() } else { format!("{name} is {status:?}") };
    Item::new(name, status, remark)
}

/// A page in the middle of a stream.
pub fn step(stream: &str, page: Page, secs: i64) -> Step {
    Step { stream: stream.into(), page: Some(page), stream_end: None, run_end: false, now: at(secs) }
}

/// The end of a stream, due again after ten minutes.
pub fn end(stream: &str, outcome: Outcome, secs: i64) -> Step {
    let good = matches!(outcome, Outcome::Ok | Outcome::Partial);
    let error = (!good).then(|| format!("{stream} was not read"));
    let end =
        StreamEnd { role: Role::Source, outcome, error, next_due: Some(at(secs + 600)), failures: i64::from(!good) };
    Step { stream: stream.into(), page: None, stream_end: Some(end), run_end: false, now: at(secs) }
}

impl Step {
    /// The same of a mirror's stream.
    pub fn of_mirror(mut self) -> Step {
        self.stream_end.iter_mut().for_each(|end| end.role = Role::Mirror);
        self
    }

    /// The last step of its run.
    pub fn closing(mut self) -> Step {
        self.run_end = true;
        self
    }
}
