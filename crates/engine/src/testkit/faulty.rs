//! A store that fails on demand, in the three ways that a database over a wire can.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use super::chance::Chance;
use crate::budget::{BudgetAsk, BudgetGrant};
use crate::model::Batch;
use crate::model::sync::{Connection, ConnectionId, Stream, SyncRequest};
use crate::secrets::{Rekeying, SealedOf, Sealing};
use crate::store::{
    Answer, Claim, ClaimAsk, ConnectionDraft, Filter, Lease, QueryAsk, Receipt, RowsOfRemoved, Select, SnapshotFile,
    Step, Store, StoreError, SyncAsk, TableInfo,
};

/// What goes wrong with a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It fails and nothing happened.
    Before,
    /// It is committed, and its caller is told that it failed.
    After,
    /// The connection is edited just before it, so that its lease is void.
    LoseLease,
}

/// Passes everything on to a store, and lets some commits fail. Others get a turn before and after each call, so that a
/// caller can be dropped on either side of it and calls of several callers mix.
pub struct Faulty {
    inner: Arc<dyn Store>,
    plan: Mutex<Plan>,
}

enum Plan {
    /// One entry a commit; afterwards all is well.
    Script(VecDeque<Option<Fault>>),
    /// One commit in so many fails.
    Seeded { chance: Chance, once_in: u64 },
}

impl Faulty {
    pub fn scripted(inner: Arc<dyn Store>, plan: impl IntoIterator<Item = Option<Fault>>) -> Faulty {
        Faulty { inner, plan: Mutex::new(Plan::Script(plan.into_iter().collect())) }
    }

    pub fn seeded(inner: Arc<dyn Store>, seed: u64, once_in: u64) -> Faulty {
        Faulty { inner, plan: Mutex::new(Plan::Seeded { chance: Chance::new(seed), once_in }) }
    }

    /// From here on all is well.
    pub fn mend(&self) {
        *self.plan() = Plan::Script(VecDeque::new());
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn next_fault(&self) -> Option<Fault> {
        match &mut *self.plan() {
            Plan::Script(script) => script.pop_front().flatten(),
            Plan::Seeded { chance, once_in } => {
                chance.once_in(*once_in).then(|| *chance.pick(&[Fault::Before, Fault::After, Fault::LoseLease]))
            }
        }
    }

    /// Puts the connection as it is, which ends its run as any edit does.
    async fn edit(&self, id: ConnectionId, now: Timestamp) -> Result<(), StoreError> {
        let found: Vec<Connection> = self.inner.records(|s| s.with(Filter::Is("id", id))).await?;
        let streams: Vec<Stream> = self.inner.records(|s| s.with(Filter::Is("connection_id", id))).await?;
        let Some(connection) = found.into_iter().find(|connection| connection.removed_at.is_none()) else {
            return Ok(());
        };
        let draft = ConnectionDraft {
            id: Some(id),
            provider: connection.provider,
            label: connection.label,
            settings: connection.settings,
            credentials: Sealing::default(),
            owner: connection.owner,
            sync_enabled: connection.sync_enabled,
            interval_secs: connection.interval_secs,
            streams: streams.into_iter().map(|stream| stream.name).collect(),
            now,
        };
        self.inner.put_connection(draft).await.map(drop)
    }
}

async fn between_turns<T>(call: impl Future<Output = T>) -> T {
    tokio::task::yield_now().await;
    let done = call.await;
    tokio::task::yield_now().await;
    done
}

#[async_trait]
impl Store for Faulty {
    async fn put_connection(&self, draft: ConnectionDraft) -> Result<Connection, StoreError> {
        between_turns(self.inner.put_connection(draft)).await
    }

    async fn remove_connection(&self, id: ConnectionId, rows: RowsOfRemoved, now: Timestamp) -> Result<(), StoreError> {
        between_turns(self.inner.remove_connection(id, rows, now)).await
    }

    async fn request(&self, ask: SyncAsk) -> Result<SyncRequest, StoreError> {
        between_turns(self.inner.request(ask)).await
    }

    async fn claim(&self, ask: ClaimAsk) -> Result<Vec<Claim>, StoreError> {
        between_turns(self.inner.claim(ask)).await
    }

    async fn commit(&self, lease: &Lease, step: Step) -> Result<Receipt, StoreError> {
        match self.next_fault() {
            None => between_turns(self.inner.commit(lease, step)).await,
            Some(Fault::Before) => Err(StoreError::Failed("a fault before the commit".into())),
            Some(Fault::After) => {
                between_turns(self.inner.commit(lease, step)).await?;
                Err(StoreError::Failed("a fault after the commit".into()))
            }
            Some(Fault::LoseLease) => {
                self.edit(lease.connection, step.now).await?;
                self.inner.commit(lease, step).await
            }
        }
    }

    async fn put_rows(&self, rows: Vec<Batch>) -> Result<(), StoreError> {
        self.inner.put_rows(rows).await
    }

    async fn budget(&self, ask: BudgetAsk) -> Result<BudgetGrant, StoreError> {
        between_turns(self.inner.budget(ask)).await
    }

    async fn read(&self, select: Select) -> Result<Batch, StoreError> {
        between_turns(self.inner.read(select)).await
    }

    async fn query(&self, ask: QueryAsk) -> Result<Answer, StoreError> {
        self.inner.query(ask).await
    }

    async fn snapshot(&self, age_max: Duration, now: Timestamp) -> Result<SnapshotFile, StoreError> {
        self.inner.snapshot(age_max, now).await
    }

    async fn roll_up(&self, before: Timestamp) -> Result<usize, StoreError> {
        between_turns(self.inner.roll_up(before)).await
    }

    async fn describe(&self) -> Result<Vec<TableInfo>, StoreError> {
        self.inner.describe().await
    }

    async fn credentials(&self, of: Option<ConnectionId>) -> Result<SealedOf, StoreError> {
        between_turns(self.inner.credentials(of)).await
    }

    async fn rekey(&self, rekeying: Rekeying) -> Result<usize, StoreError> {
        self.inner.rekey(rekeying).await
    }

    async fn backup(&self, folder: &Path) -> Result<(), StoreError> {
        self.inner.backup(folder).await
    }
}
