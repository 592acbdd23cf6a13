//! What becomes of the file: held by another, damaged, closed, and reopened.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::Arc;

use foliosync_engine::model::sync::{Outcome, Run, Stream};
use foliosync_engine::provider::Page;
use foliosync_engine::store::{Step, Store, StoreError};
use foliosync_stores::duckdb::DuckStore;
use tempfile::tempdir;

use crate::support::{claim, commit, day_count, draft, now, open, page};

#[tokio::test]
async fn what_was_committed_is_there_after_reopening_and_open_runs_are_closed() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    store.put_connection(draft("a")).await.unwrap();
    store.put_connection(draft("b")).await.unwrap();
    let claims = claim(&store).await;
    commit(&store, &claims[0], page("one", 20, 7)).await.unwrap();
    drop(store);

    let store = open(folder.path());
    assert_eq!(day_count(&store).await, 20);
    let lost = commit(&store, &claims[1], page("two", 20, 7)).await;
    assert!(matches!(lost, Err(StoreError::LeaseLost)), "{lost:?}");
    let runs: Vec<Run> = (&store as &dyn Store).records(|s| s.ascending("id")).await.unwrap();
    let outcomes: Vec<_> = runs.iter().map(|run| run.outcome).collect();
    assert_eq!(outcomes, [Some(Outcome::Ok), Some(Outcome::Interrupted)]);
    // What was interrupted is still due.
    assert_eq!(claim(&store).await[0].connection.label, "b");
}

#[tokio::test]
async fn a_page_that_fails_fails_alone_and_leaves_nothing() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    for nth in 0..20 {
        store.put_connection(draft(&format!("c{nth}"))).await.unwrap();
    }
    let claims = claim(&store).await;
    let results = futures_of(&store, &claims).await;
    let failed: Vec<_> = results.iter().enumerate().filter(|(_, r)| r.is_err()).map(|(nth, _)| nth).collect();
    assert_eq!(failed, [7]);
    assert_eq!(day_count(&store).await, 19 * 20);
}

/// Commits a page for every claim at once; the eighth replaces one scope twice, which no store accepts.
async fn futures_of(store: &DuckStore, claims: &[foliosync_engine::store::Claim]) -> Vec<Result<(), StoreError>> {
    let mut tasks = Vec::new();
    for (nth, claim) in claims.iter().enumerate() {
        let mut page = page(&format!("block{nth}"), 20, 7);
        if nth == 7 {
            let again = page.changes[0].clone();
            page.changes.push(again);
        }
        tasks.push(async move { commit(store, claim, page).await.map(drop) });
    }
    let mut results: Vec<_> = Vec::new();
    let mut pending: Vec<_> = tasks.into_iter().map(Box::pin).map(Some).collect();
    std::future::poll_fn(|cx| {
        // Poll all, so that they wait in the queue together.
        for slot in &mut pending {
            if let Some(task) = slot
                && let std::task::Poll::Ready(result) = task.as_mut().poll(cx)
            {
                results.push((results.len(), result));
                *slot = None;
            }
        }
        if pending.iter().all(Option::is_none) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    results.into_iter().map(|(_, result)| result).collect()
}

#[test]
fn a_damaged_file_is_refused_and_left_as_it_is() {
    let check = |spoil: fn(&mut Vec<u8>)| {
        let folder = tempdir().unwrap();
        let path = folder.path().join("foliosync.duckdb");
        drop(DuckStore::open(&path, now()).unwrap());
        let mut bytes = fs::read(&path).unwrap();
        spoil(&mut bytes);
        fs::write(&path, &bytes).unwrap();
        let Err(StoreError::Unusable(message)) = DuckStore::open(&path, now()).map(drop) else {
            panic!("a damaged file was opened");
        };
        assert!(message.contains("is damaged and was left as it is"), "{message}");
        assert_eq!(fs::read(&path).unwrap(), bytes, "the file was touched");
    };
    check(|bytes| bytes.iter_mut().for_each(|byte| *byte = byte.wrapping_mul(31).wrapping_add(7)));
    check(|bytes| bytes.truncate(9_000));
    check(|bytes| bytes[20] ^= 0xff);
}

/// The lock is between processes, so the other one is this test program, run with a name that holds the file.
#[test]
fn a_file_that_another_process_holds_is_refused_by_name() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("foliosync.duckdb");
    drop(DuckStore::open(&path, now()).unwrap());
    let mut holder = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "duckdb_file::holds_the_file_it_is_told_to", "--nocapture"])
        .env("HOLD_THIS_FILE", &path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut seen = String::new();
    let mut output = std::io::BufReader::new(holder.stdout.take().unwrap());
    while !seen.contains("holding") {
        assert!(std::io::BufRead::read_line(&mut output, &mut seen).unwrap() > 0, "{seen}");
    }
    let refused = DuckStore::open(&path, now()).map(drop);
    drop(holder.stdin.take());
    holder.wait().unwrap();
    let Err(StoreError::Locked(message)) = refused else { panic!("{refused:?}") };
    assert!(message.contains(&format!("PID {}", holder.id())), "{message}");
    DuckStore::open(&path, now()).map(drop).unwrap();
}

/// Not a test by itself: what the test above runs in another process.
#[test]
fn holds_the_file_it_is_told_to() {
    let Some(path) = std::env::var_os("HOLD_THIS_FILE") else { return };
    let store = DuckStore::open(path.as_ref(), now()).unwrap();
    println!("holding");
    let _ = std::io::read_to_string(std::io::stdin());
    drop(store);
}

/// Readers repeat prepared statements, over rows that come and go in between.
#[tokio::test]
async fn the_same_read_sees_each_commit_as_it_is() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    let streams = async || (&store as &dyn Store).records::<Stream>(|s| s.ascending("name")).await.unwrap();
    assert_eq!(streams().await.len(), 0);
    store.put_connection(draft("a")).await.unwrap();
    assert_eq!(streams().await[0].watermark, None);
    let claims = claim(&store).await;
    commit(&store, &claims[0], page("one", 20, 7)).await.unwrap();
    assert_eq!(streams().await[0].watermark, Some(serde_json::json!({ "after": "one" })));
    store.put_connection(draft("b")).await.unwrap();
    let watermarks: Vec<_> = streams().await.into_iter().map(|stream| stream.watermark.is_some()).collect();
    assert_eq!(watermarks, [true, false]);
}

/// A commit between a read's plan and its rows makes the texts longer than any that the plan counts on.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn reads_beside_commits_see_rows_as_they_were_written() {
    let watermark = |length: usize| serde_json::json!("x".repeat(length));
    for _ in 0..ROUNDS {
        let folder = tempdir().unwrap();
        let store = Arc::new(open(folder.path()));
        store.put_connection(draft("a")).await.unwrap();
        let claims = claim(store.as_ref()).await;
        let reading: Vec<_> = (0..READERS)
            .map(|_| {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    loop {
                        let read = store.as_ref() as &dyn Store;
                        let streams: Vec<Stream> = read.records(|s| s.ascending("name")).await.unwrap();
                        let Some(read) = &streams[0].watermark else { continue };
                        let length = read.as_str().unwrap().len();
                        assert_eq!(*read, watermark(length));
                        if length == LENGTHS[LENGTHS.len() - 1] {
                            return;
                        }
                    }
                })
            })
            .collect();
        for length in LENGTHS {
            let page = Page { watermark: watermark(length), ..Page::last(serde_json::Value::Null) };
            let step = Step { stream: "blocks".into(), page: Some(page), stream_end: None, run_end: false, now: now() };
            store.commit(&claims[0].lease, step).await.unwrap();
        }
        for reader in reading {
            reader.await.unwrap();
        }
    }
}

const ROUNDS: usize = 30;
const READERS: usize = 3;
/// Around the lengths at which DuckDB sorts texts as numbers of more bytes, and at last as what they are.
const LENGTHS: [usize; 5] = [0, 1, 5, 13, 40];
