//! What did not change is not read, and nothing is written for it.

use std::fs::{self, File};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use foliosync_engine::model::sync::{ItemStatus, SyncOptions};
use foliosync_engine::model::trades::{REPORTING_DATA, SYNC_METADATA, TRADE_DATA};
use jiff::{SignedDuration, Timestamp};

use crate::folder::{Connection, DAILY, REPORTED, many_trades};

/// Counts the files that are read.
fn counting(c: &mut Connection) -> Arc<AtomicUsize> {
    let count = Arc::new(AtomicUsize::new(0));
    let seen = count.clone();
    c.files.before_read = Some(Arc::new(move |_| {
        seen.fetch_add(1, Ordering::Relaxed);
    }));
    count
}

fn rehash() -> SyncOptions {
    SyncOptions { rehash: true, ..SyncOptions::default() }
}

#[test]
fn a_second_sync_reads_nothing_and_writes_nothing() {
    let mut c = Connection::tradelog();
    for name in ["a", "b"] {
        c.write(&format!("{name}/tradelog.csv"), many_trades(2));
        c.write(&format!("{name}/dailylog.csv"), DAILY);
    }
    let reads = counting(&mut c);
    c.sync();
    assert_eq!(reads.swap(0, Ordering::Relaxed), 4, "each file is read once");

    let again = c.sync();
    assert_eq!(again.outline(), ["a Unchanged", "b Unchanged"]);
    assert!(again.changes.is_empty());
    assert_eq!(reads.swap(0, Ordering::Relaxed), 0);

    assert!(c.sync_with(&rehash()).changes.is_empty());
    assert_eq!(reads.load(Ordering::Relaxed), 4);
}

#[test]
fn a_file_read_just_after_it_changed_is_hashed_until_that_is_worth_a_write() {
    let mut c = Connection::tradelog();
    c.write("b/tradelog.csv", many_trades(2));
    let written =
        Timestamp::try_from(fs::metadata(c.path.join("b/tradelog.csv")).unwrap().modified().unwrap()).unwrap();
    let late = c.now;
    // Before its time stamp, as a clock that lags would have it: not proof, and no wait for it to settle.
    c.now = written - SignedDuration::from_secs(1);
    c.sync();
    let reads = counting(&mut c);

    c.now = written + SignedDuration::from_mins(10);
    let second = c.sync();
    assert_eq!((second.only(ItemStatus::Unchanged), second.changes.len()), ("", 0));
    assert_eq!(reads.swap(0, Ordering::Relaxed), 1, "the stat proves nothing yet");

    c.now = late + SignedDuration::from_hours(2);
    let settled = c.sync();
    assert_eq!(settled.only(ItemStatus::Unchanged), "");
    assert_eq!(settled.changes.len(), 1, "one write of the metadata spares every reading to come");
    assert_eq!(reads.swap(0, Ordering::Relaxed), 1);
    assert!(c.sync().changes.is_empty());
    assert_eq!(reads.load(Ordering::Relaxed), 0);
    assert_eq!(c.store.column(&SYNC_METADATA, "sync_version"), ["1"]);
}

#[test]
fn a_touched_file_is_hashed_once() {
    let mut c = Connection::tradelog();
    c.write("b/tradelog.csv", many_trades(2));
    c.sync();
    let file = File::options().write(true).open(c.path.join("b/tradelog.csv")).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(600)).unwrap();
    let reads = counting(&mut c);
    let touched = c.sync();
    assert_eq!((touched.only(ItemStatus::Unchanged), touched.changes.len()), ("", 1));
    assert!(c.sync().changes.is_empty());
    assert_eq!(reads.load(Ordering::Relaxed), 1);
}

#[test]
fn equal_size_and_time_do_not_hide_a_change_from_rehash() {
    let mut c = Connection::tradelog();
    c.write("b/tradelog.csv", many_trades(2));
    let path = c.path.join("b/tradelog.csv");
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    c.sync();
    let changed = many_trades(2).replace("1 C,1,1", "1 C,7,1");
    fs::write(&path, changed).unwrap();
    File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();

    assert_eq!(c.sync().outline(), ["b Unchanged"], "which is why `--rehash` exists");
    assert_eq!(c.sync_with(&rehash()).outline(), ["b Updated"]);
    assert_eq!(c.store.column(&TRADE_DATA, "pl"), ["7", "2"]);
}

#[test]
fn every_file_counts_and_so_does_one_that_comes_or_goes() {
    let mut c = Connection::tradelog();
    c.write("b/tradelog.csv", many_trades(1));
    c.sync();
    c.write("b/reportinglog.csv", REPORTED);
    assert_eq!(c.sync().only(ItemStatus::Updated), "1 trade, 1 reported");
    c.write("b/dailylog.csv", DAILY);
    assert_eq!(c.sync().only(ItemStatus::Updated), "1 trade, 2 days, 1 reported");
    c.write("b/dailylog.csv", "Date,Net Liquidity\n2024-01-02,5\n");
    assert_eq!(c.sync().only(ItemStatus::Updated), "1 trade, 1 day, 1 reported");
    c.remove("b/reportinglog.csv");
    assert_eq!(c.sync().only(ItemStatus::Updated), "1 trade, 1 day, the reporting log is gone: its rows removed");
    assert_eq!(c.store.len(&REPORTING_DATA), 0);
    c.write("b/other.csv", "Name\nx\n");
    let beside = c.sync();
    assert!(beside.only(ItemStatus::Unchanged).contains("`other.csv`"));
    assert_eq!(c.store.column(&SYNC_METADATA, "sync_version"), ["5"]);
    assert!(c.sync().changes.is_empty());
}

#[test]
fn a_renamed_log_keeps_its_rows() {
    let mut c = Connection::tradelog();
    c.write("b/trades.csv", many_trades(2));
    c.sync();
    fs::rename(c.path.join("b/trades.csv"), c.path.join("b/tradelog.csv")).unwrap();
    assert_eq!(c.sync().outline(), ["b Unchanged"]);
    assert!(c.store.column(&SYNC_METADATA, "files")[0].contains("tradelog.csv"));
    assert!(c.sync().changes.is_empty());
}
