//! The verb, over a store that only reads.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use super::rows;
use crate::budget::{BudgetAsk, BudgetGrant};
use crate::clock::Clock;
use crate::engine::{Engine, EngineError};
use crate::files::Files;
use crate::http::Http;
use crate::model::sync::{Connection, ConnectionId, SyncRequest};
use crate::model::trades::{SYNC_METADATA, TRADE_DATA};
use crate::model::{Batch, Record};
use crate::provider::Reach;
use crate::secrets::{Rekeying, SealedOf};
use crate::store::{
    Answer, Claim, ClaimAsk, ConnectionDraft, Filter, Lease, QueryAsk, Receipt, RowsOfRemoved, Select, SnapshotFile,
    Step, Store, StoreError, SyncAsk, TableInfo,
};

type Stored<T> = Result<T, StoreError>;

/// One connection with one block of one trade.
struct Shelf {
    /// What the block's version is, one answer after the other; the last one stays. Empty: it was removed.
    versions: Mutex<VecDeque<&'static str>>,
}

impl Shelf {
    fn version(&self) -> &'static str {
        let mut versions = self.versions.lock().unwrap();
        if versions.len() > 1 { versions.pop_front().unwrap() } else { versions[0] }
    }
}

#[async_trait]
impl Store for Shelf {
    async fn read(&self, select: Select) -> Stored<Batch> {
        if select.table.full_name() == Connection::TABLE.full_name() {
            let connection = Connection {
                id: 4,
                provider: "tradelog".into(),
                label: "mine".into(),
                settings: Default::default(),
                owner: None,
                sync_enabled: true,
                interval_secs: 60,
                created_at: Timestamp::UNIX_EPOCH,
                removed_at: None,
            };
            return Ok(Batch::of([&connection]));
        }
        assert!(matches!(select.filters[0], Filter::Is("connection_id", 4)), "a connection sees its own rows");
        let of_block = select.filters.iter().any(|f| matches!(f, Filter::IsText("block_id", block) if block == "b"));
        Ok(match select.table.full_name().as_str() {
            "trades._sync_metadata" if !of_block => rows_of_metadata("1"),
            "trades._sync_metadata" => rows_of_metadata(self.version()),
            "trades.trade_data" => rows(&TRADE_DATA, &[&[("block_id", "b"), ("pl", "1")]]),
            _ => Batch::empty(select.table),
        })
    }

    async fn budget(&self, _: BudgetAsk) -> Stored<BudgetGrant> {
        unreachable!("verify only reads")
    }

    async fn put_rows(&self, _: Vec<Batch>) -> Stored<()> {
        unreachable!("verify only reads")
    }

    async fn put_connection(&self, _: ConnectionDraft) -> Stored<Connection> {
        unreachable!("verify only reads")
    }

    async fn remove_connection(&self, _: ConnectionId, _: RowsOfRemoved, _: Timestamp) -> Stored<()> {
        unreachable!("verify only reads")
    }

    async fn request(&self, _: SyncAsk) -> Stored<SyncRequest> {
        unreachable!("verify only reads")
    }

    async fn claim(&self, _: ClaimAsk) -> Stored<Vec<Claim>> {
        unreachable!("verify only reads")
    }

    async fn commit(&self, _: &Lease, _: Step) -> Stored<Receipt> {
        unreachable!("verify only reads")
    }

    async fn query(&self, _: QueryAsk) -> Stored<Answer> {
        unreachable!("verify only reads")
    }

    async fn snapshot(&self, _: Duration, _: Timestamp) -> Stored<SnapshotFile> {
        unreachable!("verify only reads")
    }

    async fn roll_up(&self, _: Timestamp) -> Stored<usize> {
        unreachable!("verify only reads")
    }

    async fn describe(&self) -> Stored<Vec<TableInfo>> {
        unreachable!("verify only reads")
    }

    async fn credentials(&self, _: Option<ConnectionId>) -> Stored<SealedOf> {
        unreachable!("verify only reads")
    }

    async fn rekey(&self, _: Rekeying) -> Stored<usize> {
        unreachable!("verify only reads")
    }

    async fn backup(&self, _: &Path) -> Stored<()> {
        unreachable!("verify only reads")
    }
}

fn rows_of_metadata(version: &str) -> Batch {
    if version.is_empty() {
        return Batch::empty(&SYNC_METADATA);
    }
    let row = [("block_id", "b"), ("sync_version", version), ("synced_at", "2025-01-02T00:00:00Z")];
    rows(&SYNC_METADATA, &[&row])
}

fn engine(versions: &[&'static str]) -> (Engine, Arc<Shelf>) {
    let shelf = Arc::new(Shelf { versions: Mutex::new(versions.iter().copied().collect()) });
    let reach = Reach { http: Http::offline(Clock::System), files: Files::default() };
    (Engine::new(shelf.clone(), Vec::new(), reach, Clock::System, 1), shelf)
}

#[tokio::test]
async fn every_block_of_every_connection_gets_a_report() {
    let (all, _) = engine(&["1"]);
    for which in [None, Some(4)] {
        let reports = all.verify(which).await.unwrap();
        let got: Vec<_> = reports.iter().map(|report| (report.connection, report.block_id.as_str())).collect();
        assert_eq!(got, [(4, "b")]);
    }
    assert!(matches!(all.verify(Some(9)).await, Err(EngineError::NotFound { .. } | EngineError::Store(_))));
}

#[tokio::test]
async fn a_block_that_a_sync_replaces_meanwhile_is_read_again() {
    let (replaced, shelf) = engine(&["1", "2", "2", "3"]);
    assert_eq!(replaced.verify(None).await.unwrap().len(), 1);
    assert_eq!(shelf.versions.lock().unwrap().len(), 1, "read twice: before, after, and after again");
    let (removed, _) = engine(&["1", ""]);
    assert!(removed.verify(None).await.unwrap().is_empty());
}
