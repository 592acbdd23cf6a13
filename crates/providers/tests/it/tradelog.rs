//! Blocks: what is one, which of its files are used, and what its rows become.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

use foliosync_engine::model::sync::{ItemStatus, SyncOptions};
use foliosync_engine::model::trades::{DAILY_LOG, REJECTED_ROWS, REPORTING_DATA, SYNC_METADATA, TRADE_DATA};
use foliosync_engine::provider::{Change, ProviderError};
use serde_json::json;

use crate::folder::{Connection, DAILY, REPORTED, many_trades, trades};

#[test]
fn a_block_fills_all_its_tables_at_once() {
    let mut c = Connection::tradelog();
    c.write("ic/tradelog.csv", trades(&["2024-01-02,9:35 AM,1 C,\"$1,234.50\",2.0,", "2024-02-30,,,1,,"]));
    c.write("ic/dailylog.csv", DAILY);
    c.write("ic/reportinglog.csv", REPORTED);
    let synced = c.sync();

    let item = synced.item("ic");
    assert_eq!(item.status, ItemStatus::Updated);
    assert_eq!(
        item.detail,
        r#"1 trade, 2 days, 1 reported, 1 row rejected in `tradelog.csv` line 3: Date Opened "2024-02-30" is a date that does not exist"#
    );
    assert_eq!((item.imported, item.skipped), (4, 1));
    let scopes: Vec<_> = synced
        .changes
        .iter()
        .map(|change| match change {
            Change::Replace { scope, rows } => format!("{} {}={}", rows.table.name, scope.column, scope.value),
            Change::Upsert(rows) => panic!("{} is added to", rows.table.name),
        })
        .collect();
    assert_eq!(
        scopes,
        [
            "trade_data block_id=ic",
            "reporting_data block_id=ic",
            "daily_log block_id=ic",
            "rejected_rows block_id=ic",
            "_sync_metadata block_id=ic",
        ]
    );

    let trade = &c.store.rows(&TRADE_DATA)[0];
    for (column, want) in [
        ("block_id", "ic"),
        ("date_opened", "2024-01-02"),
        ("time_opened", "09:35:00"),
        ("pl", "1234.5"),
        ("num_contracts", "2"),
        ("strategy", "ic"),
        ("ticker", "SPX"),
        ("pl_basis", "net_includes_fees"),
        ("premium", "null"),
        ("extra", "null"),
        ("source_line", "2"),
        ("occurrence", "1"),
    ] {
        assert_eq!(trade[column], want, "{column}");
    }
    let rejected = &c.store.rows(&REJECTED_ROWS)[0];
    assert_eq!(rejected["file"], "tradelog.csv");
    assert_eq!(rejected["line"], "3");
    assert_eq!(rejected["reason"], "Date Opened \"2024-02-30\" is a date that does not exist");
    assert_eq!(rejected["raw"], "2024-02-30,,,1,,");
    let metadata = &c.store.rows(&SYNC_METADATA)[0];
    assert_eq!(metadata["tradelog_hash"].len(), 64);
    assert_eq!(metadata["sync_version"], "1");
}

#[test]
fn each_replacement_raises_the_version_by_one() {
    let mut c = Connection::tradelog();
    for (rows, version) in [(1, "1"), (2, "2"), (2, "2"), (3, "3")] {
        c.write("b/tradelog.csv", many_trades(rows));
        c.sync();
        assert_eq!(c.store.column(&SYNC_METADATA, "sync_version"), [version]);
        assert_eq!(c.store.len(&TRADE_DATA), rows);
    }
}

#[test]
fn twins_are_numbered_and_near_twins_are_not() {
    let mut c = Connection::tradelog();
    let twin = "2024-01-02,09:30:00,1 C,5,1,S";
    c.write("b/tradelog.csv", trades(&[twin, twin, "2024-01-02,09:30:00,1 P,5,1,S", "2024-01-02,,1 C,5,1,S", twin]));
    c.sync();
    assert_eq!(c.store.column(&TRADE_DATA, "occurrence"), ["1", "2", "1", "1", "3"]);
}

#[test]
fn blocks_may_be_named_as_people_name_folders() {
    let mut c = Connection::tradelog();
    let names = ["my.strategy", "a b", "it's \"mine\"", "😀 Ünïcode", "x.csv", "100%", "sélect; drop"];
    for name in names {
        c.write(&format!("{name}/tradelog.csv"), many_trades(1));
    }
    for other in [".hidden", "_marketdata", "a.tmp", "analytics.duckdb", "analytics.duckdb.tmp"] {
        c.write(&format!("{other}/tradelog.csv"), many_trades(1));
    }
    c.write("empty/notes.txt", "no block");
    c.write("readme.csv", "a file beside the blocks");
    let mut want: Vec<_> = names.iter().map(|name| format!("{name} Updated")).collect();
    want.sort();
    assert_eq!(c.sync().outline(), want);
    let mut stored = c.store.column(&TRADE_DATA, "block_id");
    stored.sort();
    assert_eq!(stored.len(), names.len());
    assert!(names.iter().all(|name| stored.iter().any(|block| block == name)));
}

#[test]
fn many_surplus_files_are_counted() {
    let mut c = Connection::tradelog();
    c.write("b/tradelog.csv", many_trades(1));
    for n in 0..9 {
        c.write(&format!("b/x{n}.csv"), "Name\nx\n");
    }
    let synced = c.sync();
    let detail = synced.only(ItemStatus::Updated);
    assert!(detail.contains("`x4.csv`") && detail.ends_with("; and 4 more files that are not used"), "{detail}");
}

#[test]
fn a_folder_whose_name_is_not_utf8_is_told() {
    let mut c = Connection::tradelog();
    let odd = c.path.join(OsStr::from_bytes(b"odd-\xFF"));
    // Not every file system takes such a name.
    if fs::create_dir(&odd).is_ok() {
        fs::write(odd.join("tradelog.csv"), many_trades(1)).unwrap();
        let synced = c.sync();
        assert_eq!(synced.items[0].name, "odd-\u{fffd}");
        assert!(synced.only(ItemStatus::Rejected).contains("its name is not UTF-8"));
    }
}

#[test]
fn files_are_recognised_by_name_and_then_by_header() {
    let mut c = Connection::tradelog();
    c.write("named/My-Strategy-Trade-Log.csv", REPORTED);
    c.write("headed/a.csv", DAILY);
    c.write("headed/b.csv", many_trades(3));
    c.write("headed/c.csv", REPORTED);
    let synced = c.sync();
    assert_eq!(synced.item("named").detail, "1 reported");
    assert_eq!(synced.item("headed").detail, "3 trades, 2 days, 1 reported");
}

#[test]
fn surplus_files_are_told() {
    let mut c = Connection::tradelog();
    c.write("b/tradelog.csv", many_trades(1));
    c.write("b/a-copy.csv", many_trades(2));
    c.write("b/random.csv", "Name,Age\nJohn,30\n");
    c.write("b/TRADELOG.csv", many_trades(2));
    c.write("b/broken.csv", "");
    let detail = c.sync().item("b").detail.clone();
    let told = [
        "1 trade;",
        "`TRADELOG.csv` is a second trade log beside `tradelog.csv` and not used",
        "`a-copy.csv` is a second trade log beside `tradelog.csv` and not used",
        "`broken.csv` is empty (0 bytes)",
        "`random.csv` has a header of no kind of log and is not used",
    ];
    for part in told {
        assert!(detail.contains(part), "{detail}");
    }
    let files = c.store.column(&SYNC_METADATA, "files");
    for name in ["TRADELOG.csv", "a-copy.csv", "broken.csv", "random.csv"] {
        assert!(files[0].contains(&format!("{{\"name\":\"{name}\",\"kind\":null")), "{}", files[0]);
    }
    let again = c.sync();
    assert!(again.changes.is_empty());
    assert!(again.only(ItemStatus::Unchanged).contains("`a-copy.csv` is a second trade log"));
}

#[test]
fn nothing_but_unknown_files_is_a_rejected_block() {
    let mut c = Connection::tradelog();
    c.write("b/random.csv", "Name,Age\nJohn,30\n");
    c.write("b/zero.csv", "");
    let detail = c.sync().only(ItemStatus::Rejected).to_string();
    assert!(
        detail.contains("`random.csv` has a header of no kind") && detail.contains("`zero.csv` is empty"),
        "{detail}"
    );
    assert_eq!(c.store.len(&SYNC_METADATA), 0);
}

#[test]
fn a_block_may_have_any_one_of_the_logs() {
    let mut c = Connection::tradelog();
    c.write("d/dailylog.csv", DAILY);
    c.write("r/reportinglog.csv", REPORTED);
    c.sync();
    assert_eq!((c.store.len(&TRADE_DATA), c.store.len(&DAILY_LOG), c.store.len(&REPORTING_DATA)), (0, 2, 1));
}

#[test]
fn one_block_can_be_synced_alone() {
    let mut c = Connection::tradelog();
    for name in ["alpha", "beta"] {
        c.write(&format!("{name}/tradelog.csv"), many_trades(1));
    }
    let only = |name: &str| SyncOptions { items: vec![name.into()], ..SyncOptions::default() };
    assert_eq!(c.sync_with(&only("beta")).outline(), ["beta Updated"]);
    match c.fetch(&only("alhpa")) {
        Err(ProviderError::Refused { message }) => assert!(message.contains("`alhpa`") && message.contains("`alpha`")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_sync_of_one_block_is_not_skipped_by_an_unfinished_sweep() {
    let mut c = Connection::tradelog();
    for name in ["alpha", "zeta"] {
        c.write(&format!("{name}/tradelog.csv"), many_trades(1));
    }
    c.watermark = Some(json!({"after": "m", "removals": true, "options": SyncOptions::default()}));
    let alpha = SyncOptions { items: vec!["alpha".into()], ..SyncOptions::default() };
    assert_eq!(c.sync_with(&alpha).outline(), ["alpha Updated"]);
}

#[test]
fn the_folder_of_one_block_is_told_from_a_folder_of_blocks() {
    let c = Connection::tradelog();
    c.write("tradelog.csv", many_trades(1));
    match c.fetch(&SyncOptions::default()) {
        Err(ProviderError::NeedsUser { message }) => assert!(message.contains("give the folder above"), "{message}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn strict_refuses_what_lenient_stored() {
    let mut c = Connection::tradelog();
    c.write("b/tradelog.csv", trades(&["2024-01-02,,,1,,", "2024-01-03,,,x,,"]));
    c.sync();
    let strict = SyncOptions { strict: true, ..SyncOptions::default() };
    let synced = c.sync_with(&strict);
    let detail = synced.only(ItemStatus::Rejected);
    assert!(detail.starts_with("`tradelog.csv` line 3: P/L \"x\" is not a number"), "{detail}");
    assert_eq!(c.store.len(&TRADE_DATA), 1, "the last good rows stay");
    assert!(synced.changes.is_empty());
    assert_eq!(c.sync().outline(), ["b Unchanged"]);
}
