//! The file of credentials, and copies of everything.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use foliosync_engine::secrets::{Key, OWN_HOSTS, SealedOf, Sealing, Vault};
use foliosync_engine::store::{ConnectionDraft, RowsOfRemoved, Store, StoreError};
use foliosync_stores::duckdb::DuckStore;
use tempfile::tempdir;

use crate::support::{claim, commit, day_count, draft, now, open, page, request};

const SECRET: &str = "s3cret-that-is-nowhere";

fn vault() -> Vault {
    Vault::new(Key::parse(&"07".repeat(32)).unwrap(), "here", &BTreeSet::new())
}

fn keyed(label: &str) -> ConnectionDraft {
    let values = [("api_key".to_string(), Some(SECRET.into()))].into();
    ConnectionDraft { credentials: vault().sealing(OWN_HOSTS, values, now()).unwrap(), ..draft(label) }
}

async fn sealed(store: &DuckStore) -> SealedOf {
    store.credentials(None).await.unwrap()
}

fn every_file(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap())).collect()
}

#[tokio::test]
async fn the_file_is_closed_to_others_and_says_nothing() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    store.put_connection(keyed("a")).await.unwrap();
    let file = folder.path().join("credentials.json");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    for (name, bytes) in every_file(folder.path()) {
        assert!(!bytes.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()), "{name} holds the secret");
    }
    let id = store.put_connection(draft("b")).await.unwrap().id;
    let before = fs::read(&file).unwrap();
    store.remove_connection(id, RowsOfRemoved::Keep, now()).await.unwrap();
    assert_eq!(fs::read(&file).unwrap(), before, "it is not written where nothing of it changes");
}

/// A crash right after the file was written, and before the row was: the file of a later moment beside the database of
/// an earlier one.
#[tokio::test]
async fn what_a_crash_leaves_behind_never_falls_to_another_connection() {
    let folder = tempdir().unwrap();
    let (database, file) = (folder.path().join("foliosync.duckdb"), folder.path().join("credentials.json"));
    let store = open(folder.path());
    let first = store.put_connection(keyed("a")).await.unwrap().id;
    drop(store);
    let earlier = fs::read(&database).unwrap();
    let store = open(folder.path());
    let second = store.put_connection(keyed("b")).await.unwrap().id;
    drop(store);
    fs::write(&database, earlier).unwrap();

    let store = open(folder.path());
    assert_eq!(sealed(&store).await.into_keys().collect::<Vec<_>>(), [first]);
    assert!(!fs::read_to_string(&file).unwrap().contains(&format!("\"{second}\"")), "it is swept out of the file too");
    let again = store.put_connection(draft("c")).await.unwrap();
    assert_eq!(again.id, second, "the number comes again");
    assert!(store.credentials(Some(second)).await.unwrap().is_empty());
}

#[tokio::test]
async fn credentials_that_cannot_be_written_refuse_their_change_alone() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    let kept = store.put_connection(keyed("kept")).await.unwrap();
    // A folder in the place of the file that is to be renamed.
    let beside = folder.path().join("credentials.json.new");
    fs::create_dir(&beside).unwrap();
    let before = sealed(&store).await;
    let refused = store.put_connection(keyed("refused")).await.unwrap_err();
    assert!(refused.to_string().contains("credentials.json cannot be written"), "{refused}");
    let (one, two) = tokio::join!(store.put_connection(keyed("refused")), store.put_connection(draft("plain")));
    assert!(one.is_err() && two.is_ok(), "{one:?} {two:?}");
    let edit = ConnectionDraft { id: Some(kept.id), ..keyed("renamed") };
    store.put_connection(edit).await.unwrap_err();
    assert_eq!(sealed(&store).await, before);
    fs::remove_dir(&beside).unwrap();
    store.put_connection(keyed("refused")).await.unwrap();
    assert_eq!(sealed(&store).await.len(), 2);
}

#[tokio::test]
async fn a_damaged_file_is_refused_and_left_as_it_is() {
    let folder = tempdir().unwrap();
    drop(open(folder.path()));
    let file = folder.path().join("credentials.json");
    for (text, told) in [
        ("{\"version\":1,\"connections\":{\"1\":\"s3cret\"", "the file is damaged at line 1"),
        ("{\"version\":2,\"connections\":{}}", "have version 2; update foliosync"),
    ] {
        fs::write(&file, text).unwrap();
        let refused = DuckStore::open(&folder.path().join("foliosync.duckdb"), now()).map(drop);
        let Err(StoreError::Unusable(message)) = refused else { panic!("{refused:?}") };
        assert!(message.contains(told) && !message.contains("s3cret"), "{message}");
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
}

#[tokio::test]
async fn a_backup_is_whole_and_work_goes_on() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    let id = store.put_connection(keyed("a")).await.unwrap().id;
    let mut backups = Vec::new();
    for nth in 0..3 {
        request(&store, id).await;
        let claims = claim(&store).await;
        commit(&store, &claims[0], page(&format!("block{nth}"), 1_000, nth)).await.unwrap();
        let copy = tempdir().unwrap();
        store.backup(copy.path()).await.unwrap();
        backups.push(copy);
    }
    request(&store, id).await;
    let going = claim(&store).await;
    assert_still_locked(&folder.path().join("foliosync.duckdb"));
    for (nth, copy) in backups.iter().enumerate() {
        let restored = open(copy.path());
        assert_eq!(day_count(&restored).await, (nth + 1) * 1_000);
        assert_eq!(sealed(&restored).await, sealed(&store).await);
        assert!(vault().open(id, OWN_HOSTS, &sealed(&restored).await[&id]).are_open());
    }
    commit(&store, &going[0], page("last", 1_000, 9)).await.unwrap();
    assert_eq!(day_count(&store).await, 4_000);

    let refused = store.backup(backups[0].path()).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("File exists")), "nothing is written over");
    let refused = store.backup(&folder.path().join("nowhere")).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("no copy could be written")));
}

/// Of its own process alone: a lock is lost when any handle of its file is closed.
fn assert_still_locked(path: &Path) {
    let tried = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "credentials::tries_to_open_the_file_it_is_told_to", "--nocapture"])
        .env("OPEN_THIS_FILE", path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&tried.stdout);
    assert!(said.contains("is in use by"), "{said}{}", String::from_utf8_lossy(&tried.stderr));
}

/// Not a test by itself: what the one above runs in another process.
#[test]
fn tries_to_open_the_file_it_is_told_to() {
    let Some(path) = std::env::var_os("OPEN_THIS_FILE") else { return };
    match DuckStore::open(path.as_ref(), now()) {
        Ok(_) => println!("it opened"),
        Err(error) => println!("{error}"),
    }
}

#[test]
fn a_draft_shows_names_only() {
    assert!(!format!("{:?}", keyed("a")).contains(SECRET));
    assert!(Sealing::default().is_empty());
}
