//! Several programs on one database.

use std::sync::Arc;
use std::time::Duration;

use foliosync_engine::model::run_day::RunDay;
use foliosync_engine::store::Store;
use foliosync_stores::postgres::PgStore;
use tokio::time::{interval, timeout};

use crate::postgres::Database;
use crate::support::{claim, commit, day_count, draft, now, page, request};

const PATIENCE: Duration = Duration::from_secs(60);

/// What one program commits, another hears of without looking.
#[tokio::test]
async fn postgres_tells_other_programs() {
    let database = Database::new();
    database.create();
    let open = async || PgStore::open(&database.url(), None, now()).await.unwrap();
    let (one, other) = (open().await, open().await);
    let (mut heard, own) = (other.heard(), one.heard());
    let own_before = own.borrow().due;
    one.put_connection(draft("told")).await.unwrap();
    timeout(PATIENCE, heard.wait_for(|heard| heard.due > 0)).await.expect("something is due").unwrap();
    assert_eq!(claim(&one).await.len(), 1);
    timeout(PATIENCE, heard.wait_for(|heard| heard.cursor > 0)).await.expect("a run began").unwrap();
    assert!(own.borrow().due <= own_before + 1, "nobody is woken by himself but for the first look");
}

/// A program that is gone without a word: the others close its runs, and do them again.
#[tokio::test]
async fn postgres_takes_over_from_a_program_that_is_gone() {
    let database = Database::new();
    database.create();
    let open = async || PgStore::open(&database.url(), None, now()).await.unwrap();
    let (one, other) = (open().await, open().await);
    one.put_connection(draft("left")).await.unwrap();
    assert_eq!(claim(&one).await.len(), 1);
    assert_eq!(claim(&other).await.len(), 0, "it is leased");
    drop(one);
    let taken = async {
        let mut look = interval(Duration::from_millis(200));
        while claim(&other).await.is_empty() {
            look.tick().await;
        }
    };
    timeout(PATIENCE, taken).await.expect("long before its lease runs out");
}

/// All programs look for what is too old, perhaps at the same time.
#[tokio::test]
async fn postgres_counts_an_old_run_once() {
    const RUNS: i64 = 30;
    let database = Database::new();
    database.create();
    let open = async || Arc::new(PgStore::open(&database.url(), None, now()).await.unwrap());
    let programs = [open().await, open().await, open().await, open().await];
    let id = programs[0].put_connection(draft("busy")).await.unwrap().id;
    for value in 0..=RUNS {
        let claims = claim(programs[0].as_ref()).await;
        commit(programs[0].as_ref(), &claims[0], page("one", 1, value)).await.unwrap();
        request(programs[0].as_ref(), id).await;
    }
    let later = now() + Duration::from_secs(60);
    let summing: Vec<_> =
        programs.iter().cloned().map(|one| tokio::spawn(async move { one.roll_up(later).await })).collect();
    let mut counted = 0;
    for program in summing {
        counted += program.await.unwrap().unwrap();
    }
    let days: Vec<RunDay> = (programs[3].as_ref() as &dyn Store).records(|s| s).await.unwrap();
    assert_eq!((counted as i64, days.len(), days[0].runs, days[0].rows_written), (RUNS, 1, RUNS, RUNS));
}

/// Programs are updated one after the other: the version before works beside the next one, and the one before that does not.
#[tokio::test]
async fn postgres_may_be_one_version_ahead() {
    let database = Database::new();
    database.create();
    let open = async || PgStore::open(&database.url(), None, now()).await;
    let before = open().await.unwrap();
    let ahead = "INSERT INTO sync.schema_migrations (version, name) SELECT max(version) + 1, 'next' FROM sync.schema_migrations;
                 ALTER TABLE trades.daily_log ADD COLUMN gained NUMERIC(38,18);
                 ALTER TABLE sync.connections ADD COLUMN gained TEXT;";
    database.run(ahead);
    let again = open().await.unwrap();
    for (store, label) in [(&before, "before"), (&again, "again")] {
        store.put_connection(draft(label)).await.unwrap();
        let claim = claim(store).await.remove(0);
        commit(store, &claim, page(label, 3, 1)).await.unwrap();
    }
    assert_eq!(day_count(&again).await, 6);
    database.run("INSERT INTO sync.schema_migrations (version, name) SELECT max(version) + 1, 'later' FROM sync.schema_migrations");
    let refused = open().await.err().unwrap().to_string();
    assert!(refused.contains("newer version of foliosync"), "{refused}");
}
