//! A DuckDB file moves into a PostgreSQL database: whole, whatever breaks off on the way.

use std::path::Path;

use foliosync_engine::model::Decimal;
use foliosync_engine::model::sync::{Connection, RunEvent};
use foliosync_engine::store::{Store, StoreError};
use foliosync_stores::moving::{Moved, Progress, move_up};
use foliosync_stores::postgres::PgStore;
use tempfile::TempDir;

use crate::postgres::Database;
use crate::support::{claim, commit, day_count, draft, now, open, page, request};

const BLOCKS: i64 = 5;
const ROWS: i64 = 9_000;

async fn filled() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for block in 0..BLOCKS {
        let label = format!("block {block}");
        store.put_connection(draft(&label)).await.unwrap();
        let claim = claim(&store).await.remove(0);
        commit(&store, &claim, page(&label, ROWS, block)).await.unwrap();
    }
    folder
}

async fn moved(folder: &Path, database: &Database, tell: impl FnMut(Progress)) -> Result<Vec<Moved>, StoreError> {
    move_up(&folder.join("foliosync.duckdb"), &database.url(), now(), tell).await
}

async fn both(folder: &Path, database: &Database) -> (PgStore, foliosync_stores::duckdb::DuckStore) {
    (PgStore::open(&database.url(), None, now()).await.unwrap(), open(folder))
}

/// It breaks off twice, each time somewhere in the middle, and nobody may work on what is there by then.
#[tokio::test]
async fn postgres_gets_everything_although_it_breaks_off() {
    let (folder, database) = (filled().await, Database::new());
    database.create();
    for bits in [1, 2] {
        let (stop, mut stopped) = tokio::sync::mpsc::unbounded_channel();
        let moving = moved(folder.path(), &database, move |progress| {
            if matches!(&progress, Progress::Copied { table, .. } if table == "trades.daily_log") {
                let _ = stop.send(());
            }
        });
        tokio::select! {
            done = moving => panic!("{:?}", done.map(|moved| moved.len())),
            () = async { for _ in 0..bits { stopped.recv().await; } } => {}
        }
        let refused = PgStore::open(&database.url(), None, now()).await.err().unwrap().to_string();
        assert!(refused.contains("foliosync migrate"), "{refused}");
    }
    let tables = moved(folder.path(), &database, |_| {}).await.unwrap();
    let days = tables.iter().find(|moved| moved.table == "trades.daily_log").unwrap();
    assert_eq!(days.checksum.rows, (BLOCKS * ROWS) as u64);

    let (there, here) = both(folder.path(), &database).await;
    assert_eq!(day_count(&there).await, day_count(&here).await);
    let log = async |store: &dyn Store| store.records::<RunEvent>(|s| s.ascending("cursor")).await.unwrap();
    assert_eq!(format!("{:?}", log(&there).await), format!("{:?}", log(&here).await));
    // Work goes on where it was: numbers follow, and connections can be leased.
    let connections: Vec<Connection> = (&there as &dyn Store).records(|s| s.ascending("id")).await.unwrap();
    assert_eq!(connections.len(), BLOCKS as usize);
    request(&there, connections[0].id).await;
    let claim = claim(&there).await.remove(0);
    assert_eq!((claim.connection.id, claim.lease.run), (connections[0].id, BLOCKS + 1));
    let receipt = commit(&there, &claim, page("block 0", 10, 7)).await.unwrap();
    assert!(receipt.cursor > log(&here).await.last().unwrap().cursor);
    assert_eq!(there.put_connection(draft("next")).await.unwrap().id, BLOCKS + 1);
}

/// The file may be used between two attempts.
#[tokio::test]
async fn postgres_gets_what_the_file_holds_last() {
    let (folder, database) = (filled().await, Database::new());
    database.create();
    let (stop, mut stopped) = tokio::sync::mpsc::unbounded_channel();
    let moving = moved(folder.path(), &database, move |progress| {
        if matches!(progress, Progress::Moved(Moved { table, .. }) if table == "trades.daily_log") {
            let _ = stop.send(());
        }
    });
    tokio::select! {
        done = moving => panic!("{:?}", done.map(|moved| moved.len())),
        _ = stopped.recv() => {}
    }
    let store = open(folder.path());
    request(&store, 1).await;
    let again = claim(&store).await.remove(0);
    commit(&store, &again, page("block 0", ROWS, 99)).await.unwrap();
    drop(store);
    let mut anew = Vec::new();
    let tell = |progress| {
        if let Progress::Anew { table } = progress {
            anew.push(table);
        }
    };
    moved(folder.path(), &database, tell).await.unwrap();
    assert_eq!(anew, ["trades.daily_log"]);
    let (there, here) = both(folder.path(), &database).await;
    let worth = async |store: &dyn Store| -> Vec<String> {
        let rows = store
            .read(foliosync_engine::store::Select::all(&foliosync_engine::model::trades::DAILY_LOG))
            .await
            .unwrap();
        let column = rows.table.column("net_liquidity").unwrap();
        let mut all: Vec<_> = (0..rows.len()).map(|row| rows.value(row, column).to_string()).collect();
        all.sort();
        all
    };
    assert_eq!(worth(&there).await, worth(&here).await);
    assert!(worth(&there).await.contains(&Decimal::from(99).to_string()));
}

#[tokio::test]
async fn postgres_that_holds_something_is_left_alone() {
    let (folder, database) = (filled().await, Database::new());
    database.create();
    let store = PgStore::open(&database.url(), None, now()).await.unwrap();
    let refused = moved(folder.path(), &database, |_| {}).await.unwrap_err().to_string();
    assert!(refused.contains("a foliosync program works on that database"), "{refused}");
    store.put_connection(draft("theirs")).await.unwrap();
    drop(store);
    let refused = loop {
        let refused = moved(folder.path(), &database, |_| {}).await.unwrap_err().to_string();
        if !refused.contains("works on") {
            break refused;
        }
    };
    assert!(refused.contains("sync.connections has 1 rows"), "{refused}");
}
