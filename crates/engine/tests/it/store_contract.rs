//! The memory store passes the contract, so tests that run on it say something about the others.

use std::sync::Arc;

use async_trait::async_trait;
use foliosync_engine::store::Store;
use foliosync_engine::testkit::mem_store::{MemDisk, MemStore};
use foliosync_engine::testkit::store_contract::StoreUnderTest;
use jiff::Timestamp;

#[async_trait]
impl StoreUnderTest for InMemory {
    async fn open(&self, now: Timestamp) -> Arc<dyn Store> {
        Arc::new(MemStore::open(&self.0, now))
    }
}

#[derive(Default)]
struct InMemory(MemDisk);

foliosync_engine::store_contract!(InMemory::default());
