//! The same through PgBouncer, which lends a connection for one transaction: whatever stays behind in a session, such as a
//! prepared statement, a lock or a setting, is not there in the next or belongs to somebody else.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use foliosync_engine::store::Store;
use foliosync_engine::testkit::store_contract::StoreUnderTest;
use foliosync_stores::postgres::PgStore;
use jiff::Timestamp;
use tokio::time::timeout;

use crate::postgres::Database;
use crate::support::{claim, draft, now};

fn pooler() -> String {
    std::env::var("FOLIOSYNC_TEST_PGBOUNCER").unwrap_or_else(|_| "postgres://postgres@127.0.0.1:6432".into())
}

struct Pooled(Database);

#[async_trait]
impl StoreUnderTest for Pooled {
    async fn open(&self, now: Timestamp) -> Arc<dyn Store> {
        self.0.create();
        Arc::new(PgStore::open(&self.0.at(&pooler()), None, now).await.unwrap())
    }
}

foliosync_engine::store_contract!(Pooled(Database::new()));

/// Notifications do not come through; the end of the log is looked at instead.
#[tokio::test]
async fn news_are_polled_for() {
    let database = Database::new();
    database.create();
    let open = async || PgStore::open(&database.at(&pooler()), None, now()).await.unwrap();
    let (one, other) = (open().await, open().await);
    let mut heard = other.heard();
    one.put_connection(draft("told")).await.unwrap();
    assert_eq!(claim(&one).await.len(), 1);
    let news = timeout(Duration::from_secs(60), heard.wait_for(|heard| heard.cursor > 0)).await;
    assert!(news.is_ok(), "the run that began is in the log");
}
