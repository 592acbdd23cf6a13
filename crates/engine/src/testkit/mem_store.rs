//! A store in memory: the ledger that DuckDB's writer keeps too, and rows in sorted maps.

mod cells;
mod tables;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value as Json;

use self::tables::Tables;
use super::page_check;
use crate::budget::{BudgetAsk, BudgetGrant};
use crate::ledger::{Ledger, Stored};
use crate::model::sync::{Connection, ConnectionId, Run, RunEvent, SyncRequest};
use crate::model::{Batch, Record};
use crate::provider::{Change, Page};
use crate::secrets::{Rekeying, SealedOf};
use crate::store::{
    Answer, Claim, ClaimAsk, ConnectionDraft, Lease, QueryAsk, Receipt, RowsOfRemoved, Select, SnapshotFile, Step,
    Store, StoreError, SyncAsk, TableInfo,
};

type Result<T> = std::result::Result<T, StoreError>;

/// What outlives a [`MemStore`], as a file outlives its process.
#[derive(Clone, Default)]
pub struct MemDisk {
    inner: Arc<Mutex<Disk>>,
}

#[derive(Default)]
struct Disk {
    tables: Tables,
    credentials: SealedOf,
    /// Counts the handles; only the newest may do anything, as if the others' processes were dead.
    opened: u64,
}

pub struct MemStore {
    disk: MemDisk,
    opened: u64,
    ledger: Mutex<Ledger>,
}

impl MemStore {
    /// A store of its own, with nothing in it.
    pub fn empty() -> MemStore {
        MemStore::open(&MemDisk::default(), Timestamp::UNIX_EPOCH)
    }

    /// Takes up what `disk` holds. Earlier handles of it are dead from here on, their leases void and their runs closed.
    pub fn open(disk: &MemDisk, now: Timestamp) -> MemStore {
        let mut open = disk.lock();
        open.opened += 1;
        let tables = &mut open.tables;
        let stored = Stored {
            connections: tables.records(),
            streams: tables.records(),
            gaps: tables.records(),
            quotas: tables.records(),
            notifications: tables.records(),
            settings: tables.records(),
            last_run: tables.last_number(Run::TABLE),
            open_runs: tables.open_runs(),
            last_request: tables.last_number(SyncRequest::TABLE),
            last_cursor: tables.last_number(RunEvent::TABLE),
            ..Stored::default()
        };
        let mut ledger = Ledger::load(stored, now);
        tables.write(ledger.take_delta());
        MemStore { disk: disk.clone(), opened: open.opened, ledger: Mutex::new(ledger) }
    }

    /// Changes the ledger and writes what it hands out; a refusal changes nothing.
    fn change<T>(&self, work: impl FnOnce(&mut Ledger, &mut Disk) -> Result<T>) -> Result<T> {
        let mut ledger = self.ledger.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let mut disk = self.disk_of_ours()?;
        ledger.begin();
        let done = work(&mut ledger, &mut disk);
        match &done {
            Ok(_) => {
                ledger.keep();
                disk.tables.write(ledger.take_delta());
            }
            Err(_) => ledger.undo(),
        }
        done
    }

    fn disk_of_ours(&self) -> Result<MutexGuard<'_, Disk>> {
        let disk = self.disk.lock();
        if disk.opened == self.opened {
            return Ok(disk);
        }
        Err(StoreError::Locked("the store was opened anew; this handle is dead".into()))
    }
}

impl MemDisk {
    fn lock(&self) -> MutexGuard<'_, Disk> {
        self.inner.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[async_trait]
impl Store for MemStore {
    async fn put_connection(&self, draft: ConnectionDraft) -> Result<Connection> {
        self.change(|ledger, disk| {
            let sealing = draft.credentials.clone();
            let before = draft.id.and_then(|id| disk.credentials.get(&id)).cloned();
            let connection = ledger.put_connection(draft)?;
            let after = sealing.seal(connection.id, before.as_ref())?;
            disk.credentials.insert(connection.id, after);
            disk.credentials.retain(|_, own| !own.is_empty());
            Ok(connection)
        })
    }

    async fn remove_connection(&self, id: ConnectionId, rows: RowsOfRemoved, now: Timestamp) -> Result<()> {
        self.change(|ledger, disk| {
            ledger.remove_connection(id, rows, now)?;
            disk.credentials.remove(&id);
            Ok(())
        })
    }

    async fn put_rows(&self, rows: Vec<Batch>) -> Result<()> {
        let page = Page { changes: rows.into_iter().map(Change::Upsert).collect(), ..Page::last(Json::Null) };
        self.change(|_, disk| {
            disk.tables.apply(&page, 0, Timestamp::UNIX_EPOCH);
            Ok(())
        })
    }

    async fn request(&self, ask: SyncAsk) -> Result<SyncRequest> {
        self.change(|ledger, _| ledger.request(ask))
    }

    async fn claim(&self, ask: ClaimAsk) -> Result<Vec<Claim>> {
        self.change(|ledger, _| Ok(ledger.claim(ask)))
    }

    async fn commit(&self, lease: &Lease, step: Step) -> Result<Receipt> {
        self.change(|ledger, disk| {
            // Everything that can be refused is refused before the first row is touched.
            ledger.check_step(lease, &step)?;
            let mut written = 0;
            if let Some(page) = &step.page {
                page_check::check(page).map_err(StoreError::Failed)?;
                written = disk.tables.apply(page, lease.connection, step.now);
            }
            ledger.advance(lease, &step, written)
        })
    }

    async fn budget(&self, ask: BudgetAsk) -> Result<BudgetGrant> {
        self.change(|ledger, _| Ok(ledger.budget(&ask)))
    }

    async fn read(&self, select: Select) -> Result<Batch> {
        self.disk_of_ours()?.tables.read(&select)
    }

    async fn query(&self, _: QueryAsk) -> Result<Answer> {
        Err(StoreError::Query("the memory store runs no SQL".into()))
    }

    async fn snapshot(&self, _: Duration, _: Timestamp) -> Result<SnapshotFile> {
        Err(StoreError::Failed("the memory store has no file".into()))
    }

    async fn roll_up(&self, before: Timestamp) -> Result<usize> {
        self.change(|_, disk| Ok(disk.tables.roll_up(before)))
    }

    async fn describe(&self) -> Result<Vec<TableInfo>> {
        Ok(Vec::new())
    }

    async fn credentials(&self, of: Option<ConnectionId>) -> Result<SealedOf> {
        let disk = self.disk_of_ours()?;
        Ok(match of {
            Some(id) => disk.credentials.get(&id).map(|own| (id, own.clone())).into_iter().collect(),
            None => disk.credentials.clone(),
        })
    }

    async fn rekey(&self, rekeying: Rekeying) -> Result<usize> {
        let mut disk = self.disk_of_ours()?;
        let resealed = rekeying.apply(&disk.credentials)?;
        disk.credentials = resealed;
        Ok(disk.credentials.values().map(|own| own.len()).sum())
    }

    async fn backup(&self, _: &Path) -> Result<()> {
        Err(StoreError::Failed("the memory store keeps no files".into()))
    }
}
