//! The DuckDB store passes the contract that every store passes.

use std::sync::Arc;

use async_trait::async_trait;
use foliosync_engine::store::Store;
use foliosync_engine::testkit::store_contract::StoreUnderTest;
use foliosync_stores::duckdb::DuckStore;
use jiff::Timestamp;
use tempfile::TempDir;

struct OnDisk(TempDir);

#[async_trait]
impl StoreUnderTest for OnDisk {
    async fn open(&self, now: Timestamp) -> Arc<dyn Store> {
        Arc::new(DuckStore::open(&self.0.path().join("foliosync.duckdb"), now).unwrap())
    }
}

foliosync_engine::store_contract!(OnDisk(tempfile::tempdir().unwrap()));
