//! The PostgreSQL store passes the contract that every store passes, each test in a database of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use foliosync_engine::store::Store;
use foliosync_engine::testkit::store_contract::StoreUnderTest;
use foliosync_stores::postgres::PgStore;
use jiff::Timestamp;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// A server that tests may make databases on.
pub fn server() -> String {
    std::env::var("FOLIOSYNC_TEST_POSTGRES").unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432".into())
}

/// A database that is there while this lives.
pub struct Database(String);

static NEXT: AtomicU32 = AtomicU32::new(0);

impl Database {
    pub fn new() -> Database {
        let nth = NEXT.fetch_add(1, Ordering::Relaxed);
        Database(format!("foliosync_test_{}_{nth}", std::process::id()))
    }

    pub fn url(&self) -> String {
        self.at(&server())
    }

    /// Reached by another way.
    pub fn at(&self, server: &str) -> String {
        format!("{server}/{}", self.0)
    }

    /// Runs statements in it.
    pub fn run(&self, sql: &str) {
        run(self.url(), sql.into()).unwrap();
    }

    pub fn create(&self) {
        administer(format!("CREATE DATABASE {}", self.0));
    }
}

fn administer(sql: String) {
    let done = run(format!("{}/postgres", server()), sql);
    if let Err(error) = done {
        assert!(error.to_string().contains("already exists"), "PostgreSQL at {}: {error}", server());
    }
}

/// From tests that are async and from those that are not.
fn run(url: String, sql: String) -> Result<(), sqlx::Error> {
    let done = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut db = PgConnection::connect(&url).await?;
            db.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.map(drop)
        })
    });
    done.join().unwrap()
}

impl Drop for Database {
    fn drop(&mut self) {
        administer(format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.0));
    }
}

#[async_trait]
impl StoreUnderTest for Database {
    async fn open(&self, now: Timestamp) -> Arc<dyn Store> {
        self.create();
        Arc::new(PgStore::open(&self.url(), None, now).await.unwrap())
    }
}

foliosync_engine::store_contract!(Database::new());
