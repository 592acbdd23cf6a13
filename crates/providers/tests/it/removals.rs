//! Rows go only when there is proof that somebody removed their block.

use std::fs;
use std::os::unix::fs::symlink;

use foliosync_engine::model::sync::{ItemStatus, SyncOptions};
use foliosync_engine::model::trades::{DAILY_LOG, REJECTED_ROWS, REPORTING_DATA, SYNC_METADATA, TRADE_DATA};
use foliosync_engine::provider::ProviderError;

use crate::folder::{Connection, DAILY, REPORTED, many_trades, trades};

fn accepting() -> SyncOptions {
    SyncOptions { accept_removals: true, ..SyncOptions::default() }
}

fn with_blocks(names: &[&str]) -> Connection {
    let mut c = Connection::tradelog();
    for name in names {
        c.write(&format!("{name}/tradelog.csv"), trades(&["2024-01-02,,,1,,", "x,,,1,,"]));
        c.write(&format!("{name}/dailylog.csv"), DAILY);
        c.write(&format!("{name}/reportinglog.csv"), REPORTED);
    }
    c.sync();
    c
}

fn stored(c: &Connection) -> [usize; 5] {
    [&TRADE_DATA, &DAILY_LOG, &REPORTING_DATA, &REJECTED_ROWS, &SYNC_METADATA].map(|table| c.store.len(table))
}

#[test]
fn a_block_that_is_gone_takes_all_its_rows_with_it() {
    let mut c = with_blocks(&["a", "b", "c"]);
    assert_eq!(stored(&c), [3, 6, 3, 3, 3]);
    c.remove("b");
    let synced = c.sync();
    assert_eq!(synced.outline(), ["a Unchanged", "b Updated", "c Unchanged"]);
    assert_eq!(synced.item("b").detail, "folder is gone: rows removed");
    assert_eq!(stored(&c), [2, 4, 2, 2, 2]);
    assert_eq!(c.sync().outline(), ["a Unchanged", "c Unchanged"]);
}

#[test]
fn a_renamed_block_is_one_that_came_and_one_that_went() {
    let mut c = with_blocks(&["a", "b", "c"]);
    fs::rename(c.path.join("b"), c.path.join("d")).unwrap();
    assert_eq!(c.sync().outline(), ["a Unchanged", "b Updated", "c Unchanged", "d Updated"]);
    assert_eq!(c.store.column(&SYNC_METADATA, "block_id"), ["a", "c", "d"]);
}

#[test]
fn losing_more_than_half_needs_consent() {
    let mut c = with_blocks(&["a", "b", "c", "d"]);
    for name in ["a", "b", "c"] {
        c.remove(name);
    }
    let synced = c.sync();
    assert_eq!(synced.outline(), ["a Missing", "b Missing", "c Missing", "d Unchanged"]);
    let detail = &synced.item("a").detail;
    assert!(detail.contains("3 of 4 blocks are gone at once") && detail.contains("--accept-removals"), "{detail}");
    assert_eq!(stored(&c)[0], 4);
    assert_eq!(c.sync_with(&accepting()).outline(), ["a Updated", "b Updated", "c Updated", "d Unchanged"]);
    assert_eq!(stored(&c), [1, 2, 1, 1, 1]);
}

#[test]
fn an_empty_root_keeps_everything() {
    let mut c = with_blocks(&["a"]);
    c.remove("a");
    let synced = c.sync();
    assert!(synced.only(ItemStatus::Missing).contains("the folder holds no block at all now"));
    assert_eq!(stored(&c)[0], 1);
    assert_eq!(c.sync_with(&accepting()).outline(), ["a Updated"]);
    assert_eq!(stored(&c), [0; 5]);
}

#[test]
fn an_unreadable_root_is_tried_again_and_keeps_everything() {
    let mut c = with_blocks(&["a", "b"]);
    let root = c.path.clone();
    fs::write(root.join("plain"), "").unwrap();
    symlink("nowhere", root.join("dangling")).unwrap();
    symlink("loop", root.join("loop")).unwrap();
    for (name, want) in [
        ("missing", "does not exist"),
        ("plain", "is not a folder"),
        ("dangling", "does not exist"),
        ("loop", "symbolic links"),
    ] {
        c.path = root.join(name);
        for options in [SyncOptions::default(), accepting()] {
            match c.fetch(&options) {
                Err(ProviderError::Backoff { message }) => {
                    assert!(message.contains(want) && message.contains("Stored rows are kept"), "{message}");
                }
                other => panic!("{name}: {other:?}"),
            }
        }
    }
}

#[test]
fn a_folder_whose_files_are_gone_keeps_its_rows_until_consent() {
    let mut c = with_blocks(&["a", "b", "c"]);
    for file in ["tradelog.csv", "dailylog.csv", "reportinglog.csv"] {
        c.remove(&format!("b/{file}"));
    }
    let synced = c.sync();
    assert_eq!(synced.item("b").status, ItemStatus::Missing);
    assert!(synced.item("b").detail.contains("no CSV file any more"));
    c.write("b/notes.csv", "Name\nx\n");
    let synced = c.sync();
    assert_eq!(synced.item("b").status, ItemStatus::Missing);
    assert!(synced.item("b").detail.contains("`notes.csv` has a header of no kind of log"));
    assert_eq!(stored(&c)[0], 3);
    assert_eq!(c.sync_with(&accepting()).item("b").status, ItemStatus::Updated);
    assert_eq!(stored(&c)[0], 2);
    assert_eq!(c.sync().item("b").status, ItemStatus::Rejected, "now it is a block that never was stored");
}

#[test]
fn emptied_folders_count_as_lost_when_others_are_gone() {
    let mut c = with_blocks(&["a", "b", "c", "d"]);
    c.remove("a");
    for name in ["b", "c"] {
        c.remove(name);
        fs::create_dir(c.path.join(name)).unwrap();
    }
    assert_eq!(c.sync().outline(), ["a Missing", "b Missing", "c Missing", "d Unchanged"]);
}

#[test]
fn one_block_asked_for_by_name_is_judged_alone() {
    let mut c = with_blocks(&["a", "b", "c"]);
    let only = |name: &str| SyncOptions { items: vec![name.into()], ..SyncOptions::default() };
    c.remove("a");
    c.remove("b");
    assert_eq!(c.sync_with(&only("a")).outline(), ["a Updated"], "the folder still holds another block");
    c.remove("c");
    assert_eq!(c.sync_with(&only("b")).outline(), ["b Missing"]);
    let consent = SyncOptions { accept_removals: true, ..only("b") };
    assert_eq!(c.sync_with(&consent).outline(), ["b Updated"]);
    assert_eq!(c.store.column(&SYNC_METADATA, "block_id"), ["c"]);
}

#[test]
fn links_are_followed_and_broken_ones_told() {
    let mut c = with_blocks(&["a"]);
    let elsewhere = tempfile::tempdir().unwrap();
    fs::write(elsewhere.path().join("tradelog.csv"), many_trades(4)).unwrap();
    symlink(elsewhere.path(), c.path.join("linked")).unwrap();
    symlink("round", c.path.join("round")).unwrap();
    symlink("a/../../nowhere", c.path.join("torn")).unwrap();
    symlink(".", c.path.join("self")).unwrap();
    let synced = c.sync();
    assert_eq!(synced.outline(), ["a Unchanged", "linked Updated", "round Rejected", "torn Rejected"]);
    assert!(synced.item("round").detail.contains("symbolic links"), "{}", synced.item("round").detail);
    assert!(synced.item("torn").detail.contains("does not exist"));

    fs::remove_file(c.path.join("linked")).unwrap();
    symlink("linked", c.path.join("linked")).unwrap();
    let synced = c.sync();
    assert_eq!(synced.item("linked").status, ItemStatus::Rejected);
    assert!(synced.item("linked").detail.ends_with("the rows of its last good state are kept"));
    assert_eq!(c.store.len(&TRADE_DATA), 5);
}
