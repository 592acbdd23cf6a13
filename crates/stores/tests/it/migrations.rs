//! The schema's versions.

use duckdb::Connection as Db;
use foliosync_engine::store::{Store, StoreError};
use foliosync_stores::duckdb::DuckStore;
use tempfile::tempdir;

use crate::support::{claim, commit, day_count, draft, now, open, page, query};

#[test]
fn a_database_of_a_newer_version_is_refused_untouched() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("foliosync.duckdb");
    drop(open(folder.path()));
    let db = Db::open(&path).unwrap();
    db.execute_batch("INSERT INTO sync.schema_migrations VALUES (9999, '9999_later', now()); CHECKPOINT").unwrap();
    drop(db);
    let before = std::fs::read(&path).unwrap();
    let Err(StoreError::Unusable(message)) = DuckStore::open(&path, now()).map(drop) else { panic!("it was opened") };
    assert!(message.contains("newer version of foliosync (its schema is 9999, this program knows 1)"), "{message}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_column_that_a_record_gained_is_added_to_rows_that_are_there() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    store.put_connection(draft("a")).await.unwrap();
    commit(&store, &claim(&store).await[0], page("one", 5, 7)).await.unwrap();
    drop(store);
    let db = Db::open(folder.path().join("foliosync.duckdb")).unwrap();
    db.execute_batch("ALTER TABLE trades.daily_log DROP COLUMN drawdown_pct").unwrap();
    drop(db);

    let store = open(folder.path());
    assert_eq!(day_count(&store).await, 5);
    crate::support::request(&store, 1).await;
    commit(&store, &claim(&store).await[0], page("two", 5, 7)).await.unwrap();
    let (_, rows) = query(&store, "SELECT count(*), count(drawdown_pct) FROM trades.daily_log").await.unwrap();
    assert_eq!(rows, serde_json::json!([[10, 0]]));
}
