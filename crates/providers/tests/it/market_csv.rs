//! Market-data files: rows that stay when an export moves on, and corrections that reach them.

use std::fs;

use foliosync_engine::model::market::{BARS, SPX_15MIN, SPX_DAILY, SYNC_METADATA, VIX_INTRADAY};
use foliosync_engine::model::sync::{ItemStatus, SyncOptions};
use foliosync_engine::provider::{Change, ProviderError};

use crate::folder::Connection;

fn market() -> Connection {
    Connection::new("market_csv")
}

const DAILY: &str = "time,open,high,low,close,Prior_Close,VIX_Close,Plot\n\
    1704205800,4745.2,4754.33,4722.67,4742.83,4769.83,13.2,\n1704292200,4725.07,4729.29,4699.71,4704.81,,NaN,9\n";

#[test]
fn files_go_to_the_tables_of_their_names() {
    let mut c = market();
    c.write("spx_daily.csv", DAILY);
    c.write("SPX_15min.csv", "time,open,P_0930,Pct_0930_to_Close\n1704205800,4745.2,4745.2,-0.05\n");
    c.write("vix_intraday.csv", "time,close,VIX_0930,VIX_Spike_Flag\n1704205800,13.2,13.4,1\n");
    c.write("QQQ.csv", "time,open,high,low,close,Volume\n1704205800,1,2,0.5,1.5,1000\n");
    let synced = c.sync();
    assert_eq!(
        synced.outline(),
        ["QQQ.csv Updated", "SPX_15min.csv Updated", "spx_daily.csv Updated", "vix_intraday.csv Updated"]
    );
    assert_eq!(synced.item("spx_daily.csv").detail, "2 rows up to 2024-01-03");
    let daily = &c.store.rows(&SPX_DAILY);
    for (row, column, want) in [
        (0, "date", "2024-01-02"),
        (0, "prior_close", "4769.83"),
        (0, "vix_close", "13.2"),
        (0, "extra", "null"),
        (1, "vix_close", "null"),
        (1, "extra", "{\"Plot\":\"9\"}"),
    ] {
        assert_eq!(daily[row][column], want, "row {row} {column}");
    }
    assert_eq!(c.store.column(&SPX_15MIN, "pct_0930_to_close"), ["-0.05"]);
    assert_eq!(c.store.column(&VIX_INTRADAY, "vix_spike_flag"), ["1"]);
    let bar = &c.store.rows(&BARS)[0];
    assert_eq!([&bar["symbol"], &bar["date"], &bar["time"], &bar["volume"]], ["QQQ", "2024-01-02", "09:30:00", "1000"]);
    assert_eq!(c.store.column(&SYNC_METADATA, "max_date"), ["2024-01-02", "2024-01-02", "2024-01-03", "2024-01-02"]);

    let again = c.sync();
    assert!(again.changes.is_empty());
    assert!(again.items.iter().all(|item| item.status == ItemStatus::Unchanged));
    let rehashed = c.sync_with(&SyncOptions { rehash: true, ..SyncOptions::default() });
    assert!(rehashed.changes.is_empty());
}

/// An earlier program never touched a row that was there, so a wrong day stayed wrong.
#[test]
fn a_window_that_moves_on_keeps_old_rows_and_corrects_the_rest() {
    let mut c = market();
    c.write("spx_daily.csv", "date,close\n2024-01-02,1\n2024-01-03,2\n");
    c.sync();
    c.write("spx_daily.csv", "date,close\n2024-01-03,2.5\n2024-01-04,3\n");
    let synced = c.sync();
    assert!(matches!(synced.changes[0], Change::Upsert(_)), "stores note what an upsert corrects");
    let rows = c.store.rows(&SPX_DAILY);
    let rows: Vec<_> = rows.iter().map(|row| format!("{} {}", row["date"], row["close"])).collect();
    assert_eq!(rows, ["2024-01-02 1", "2024-01-03 2.5", "2024-01-04 3"]);
}

#[test]
fn the_last_of_several_rows_of_a_day_counts() {
    let mut c = market();
    c.write("spx_daily.csv", "date,close\n2024-01-02,1\n2024-01-02,2\n");
    c.sync();
    assert_eq!(c.store.column(&SPX_DAILY, "close"), ["2"]);
}

#[test]
fn the_subfolder_of_old_is_used_where_it_exists() {
    let mut c = market();
    c.write("stray.csv", "date,close\n2024-01-02,1\n");
    c.write("_marketdata/ES.csv", "date,close\n2024-01-02,1\n");
    assert_eq!(c.sync().outline(), ["ES.csv Updated"]);
}

#[test]
fn bad_rows_are_named_and_a_bad_file_changes_nothing() {
    let mut c = market();
    c.write("ES.csv", "date,close\n2024-01-02,1\n2024-02-30,1\n2024-01-03,x\n");
    let synced = c.sync();
    let detail = synced.only(ItemStatus::Updated);
    assert_eq!(
        detail,
        "1 row up to 2024-01-02, 2 rejected, the first on line 3: date \"2024-02-30\" is a date that does not exist"
    );
    let facts = c.store.column(&SYNC_METADATA, "file")[0].clone();
    assert!(facts.contains("{\"line\":4,\"reason\":\"close \\\"x\\\" is not a number\"}"), "{facts}");

    for (text, reason) in [
        ("", "is empty (0 bytes)"),
        ("date,close\n", "holds a header and no rows"),
        ("date,volume\n2024-01-02,1\n", "lacks a column with prices"),
        ("close\n1\n", "lacks the column \"time\" or \"date\""),
        ("date,close\n2024-01-02,\"1\n", "line 2: a quote is opened and never closed"),
    ] {
        c.write("ES.csv", text);
        let synced = c.sync();
        assert!(synced.only(ItemStatus::Rejected).contains(reason), "{:?}", synced.items);
        assert!(synced.changes.is_empty());
    }
    assert_eq!(c.store.column(&SYNC_METADATA, "file"), [facts]);
    let strict = SyncOptions { strict: true, ..SyncOptions::default() };
    c.write("ES.csv", "date,close\n2024-01-02,1\n2024-02-30,1\n");
    assert!(c.sync_with(&strict).only(ItemStatus::Rejected).starts_with("line 3: date"));
}

#[test]
fn a_file_that_is_gone_is_told_until_it_may_be_forgotten() {
    let mut c = market();
    c.write("ES.csv", "date,close\n2024-01-02,1\n");
    c.sync();
    c.remove("ES.csv");
    for _ in 0..2 {
        assert!(c.sync().only(ItemStatus::Missing).contains("its rows are kept"));
    }
    let consent = SyncOptions { accept_removals: true, ..SyncOptions::default() };
    assert!(c.sync_with(&consent).only(ItemStatus::Updated).contains("forgotten"));
    assert_eq!((c.store.len(&BARS), c.store.len(&SYNC_METADATA)), (1, 0));
    assert!(c.sync().items.is_empty());
}

#[test]
fn two_names_that_differ_in_case_do_not_fight_over_a_table() {
    let mut c = market();
    c.write("SPX_daily.csv", "date,close\n2024-01-02,1\n");
    c.write("spx_daily.csv", "date,close\n2024-01-02,2\n");
    let synced = c.sync();
    assert_eq!(synced.outline(), ["SPX_daily.csv Updated", "spx_daily.csv Rejected"]);
    assert_eq!(c.store.column(&SPX_DAILY, "close"), ["1"]);
}

#[test]
fn one_file_can_be_synced_alone_and_a_slip_is_told() {
    let mut c = market();
    for name in ["ES.csv", "NQ.csv"] {
        c.write(name, "date,close\n2024-01-02,1\n");
    }
    let only = |name: &str| SyncOptions { items: vec![name.into()], ..SyncOptions::default() };
    assert_eq!(c.sync_with(&only("NQ.csv")).outline(), ["NQ.csv Updated"]);
    assert!(
        matches!(c.fetch(&only("NK.csv")), Err(ProviderError::Refused { message }) if message.contains("`NQ.csv`"))
    );
}

#[test]
fn a_missing_folder_is_tried_again() {
    let mut c = market();
    c.path = c.path.join("gone");
    assert!(matches!(c.fetch(&SyncOptions::default()), Err(ProviderError::Backoff { .. })));
    fs::write(&c.path, "a file").unwrap();
    assert!(matches!(c.fetch(&SyncOptions::default()), Err(ProviderError::Backoff { .. })));
}
