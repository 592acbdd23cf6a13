//! Every mistake that an earlier implementation of block folders made and its users found, each as a test here.

use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::model::trades::{DAILY_LOG, REPORTING_DATA, SYNC_METADATA, TRADE_DATA};
use foliosync_engine::model::{BatchBuilder, Value};
use foliosync_engine::provider::{Change, Scope};

use crate::folder::{Connection, DAILY, REPORTED, many_trades, trades};

#[test]
fn a_changed_reporting_log_is_synced_though_the_trade_log_is_not_changed() {
    let mut c = Connection::tradelog();
    c.write("b/tradelog.csv", many_trades(1));
    c.write("b/reportinglog.csv", REPORTED);
    c.sync();
    c.write("b/reportinglog.csv", REPORTED.replace("-504", "-1504"));
    c.sync();
    assert_eq!(c.store.column(&REPORTING_DATA, "pl"), ["-1504.25115999999997"]);
}

#[test]
fn a_changed_daily_log_is_stored_and_syncs_alone() {
    let mut c = Connection::tradelog();
    c.write("b/tradelog.csv", many_trades(1));
    c.write("b/dailylog.csv", DAILY);
    c.sync();
    c.write("b/dailylog.csv", DAILY.replace("99", "98"));
    assert_eq!(c.sync().outline(), ["b Updated"]);
    assert_eq!(c.store.column(&DAILY_LOG, "net_liquidity"), ["100", "98"]);
}

#[test]
fn reporting_rows_do_not_outlive_their_file() {
    let mut c = Connection::tradelog();
    c.write("b/tradelog.csv", many_trades(1));
    c.write("b/reportinglog.csv", REPORTED);
    c.sync();
    c.remove("b/reportinglog.csv");
    c.sync();
    assert_eq!(c.store.len(&REPORTING_DATA), 0);
}

#[test]
fn trades_do_not_outlive_a_trade_log_that_was_taken_out() {
    let mut c = Connection::tradelog();
    c.write("b/tradelog.csv", many_trades(1));
    c.write("b/reportinglog.csv", REPORTED);
    c.sync();
    c.remove("b/tradelog.csv");
    assert_eq!(c.sync().only(ItemStatus::Updated), "the trade log is gone: its rows removed, 1 reported");
    assert_eq!((c.store.len(&TRADE_DATA), c.store.len(&REPORTING_DATA)), (0, 1));
}

#[test]
fn a_byte_order_mark_does_not_hide_the_first_column() {
    let mut c = Connection::tradelog();
    c.write("b/x.csv", format!("\u{feff}{}", trades(&["2024-01-02,,,1,,"])));
    assert_eq!(c.sync().only(ItemStatus::Updated), "1 trade");
}

#[test]
fn a_new_parser_version_reads_unchanged_files_again() {
    let mut c = Connection::tradelog();
    c.write("b/tradelog.csv", trades(&["2024-01-02,,,1,,"]));
    c.sync();
    // As a version before the present one would have left it.
    let metadata = c.store.batch(&SYNC_METADATA);
    let mut older = BatchBuilder::new(&SYNC_METADATA);
    let version = SYNC_METADATA.column("parser_version").unwrap();
    let values: Vec<_> = (0..SYNC_METADATA.columns.len())
        .map(|at| if at == version { Value::Int(0) } else { metadata.value(0, at) })
        .collect();
    older.push_values(&values);
    let scope = Scope { column: "block_id", value: "b".into() };
    c.store.apply(&[Change::Replace { scope, rows: older.finish() }]);
    assert_eq!(c.sync().outline(), ["b Updated"]);
    assert_eq!(c.sync().outline(), ["b Unchanged"]);
}

#[test]
fn an_empty_strategy_is_the_name_of_the_block() {
    let mut c = Connection::tradelog();
    c.write("meic/tradelog.csv", trades(&["2024-01-02,,,1,,", "2024-01-02,,,1,,\" \"", "2024-01-02,,,1,,X"]));
    c.sync();
    assert_eq!(c.store.column(&TRADE_DATA, "strategy"), ["meic", "meic", "X"]);
}

#[test]
fn a_dot_in_a_name_does_not_hide_a_block() {
    let mut c = Connection::tradelog();
    c.write("my.strategy/tradelog.csv", many_trades(1));
    assert_eq!(c.sync().outline(), ["my.strategy Updated"]);
}

#[test]
fn the_first_csv_of_a_folder_is_not_taken_for_a_trade_log() {
    let mut c = Connection::tradelog();
    c.write("b/contacts.csv", "Name,Date,Age\nJohn,2024-01-02,30\n");
    assert_eq!(c.sync().outline(), ["b Rejected"]);
    assert_eq!(c.store.len(&TRADE_DATA), 0);
}

#[test]
fn a_line_break_inside_quotes_does_not_end_a_row() {
    let mut c = Connection::tradelog();
    c.write("b/tradelog.csv", trades(&["2024-01-02,,\"1 C\n2 P\",1,,S", "2024-01-03,,,2,,S"]));
    assert_eq!(c.sync().only(ItemStatus::Updated), "2 trades");
    assert_eq!(c.store.column(&TRADE_DATA, "source_line"), ["2", "4"]);
}

#[test]
fn decorated_numbers_are_neither_cut_nor_zero() {
    let mut c = Connection::tradelog();
    c.write(
        "b/tradelog.csv",
        trades(&["2024-01-02,,,\"$1,234\",,", "2024-01-02,,,\"1,234.5\",,", "2024-01-02,,,(7),,"]),
    );
    c.sync();
    assert_eq!(c.store.column(&TRADE_DATA, "pl"), ["1234", "1234.5", "-7"]);
}

#[test]
fn fees_under_their_other_names_are_not_zero() {
    let mut c = Connection::tradelog();
    let text = "Date Opened,P/L,Opening comms & fees,Closing Commissions & Fees\n2024-01-02,1,3.56,1.56\n";
    c.write("b/tradelog.csv", text);
    c.sync();
    assert_eq!(c.store.column(&TRADE_DATA, "opening_commissions"), ["3.56"]);
    assert_eq!(c.store.column(&TRADE_DATA, "closing_commissions"), ["1.56"]);
}

#[test]
fn numbers_that_are_missing_are_not_made_up() {
    let mut c = Connection::tradelog();
    c.write("b/tradelog.csv", trades(&["2024-01-02,,,1,NaN,", "2024-01-02,,,NaN,1,"]));
    assert_eq!(
        c.sync().only(ItemStatus::Updated),
        r#"1 trade, 1 row rejected in `tradelog.csv` line 3: P/L "NaN" is no value"#
    );
    assert_eq!(c.store.column(&TRADE_DATA, "num_contracts"), ["null"], "not 1");
    assert_eq!(c.store.column(&TRADE_DATA, "pl"), ["1"], "not 0");
}

#[test]
fn columns_may_come_in_any_order() {
    let mut c = Connection::tradelog();
    c.write("b/tradelog.csv", "P/L,Legs,Strategy,Date Opened\n5,1 C,S,2024-01-02\n");
    c.sync();
    let row = &c.store.rows(&TRADE_DATA)[0];
    assert_eq!([&row["pl"], &row["legs"], &row["strategy"]], ["5", "1 C", "S"]);
}

#[test]
fn unchanged_blocks_are_counted() {
    let mut c = Connection::tradelog();
    for name in ["a", "b", "c"] {
        c.write(&format!("{name}/tradelog.csv"), many_trades(1));
    }
    c.sync();
    c.write("b/tradelog.csv", many_trades(2));
    assert_eq!(c.sync().outline(), ["a Unchanged", "b Updated", "c Unchanged"]);
}

#[test]
fn a_failed_sync_does_not_delete_the_last_good_rows() {
    let mut c = Connection::tradelog();
    c.write("b/tradelog.csv", many_trades(2));
    c.sync();
    c.write("b/tradelog.csv", "half of a hea");
    let synced = c.sync();
    assert_eq!(synced.outline(), ["b Rejected"]);
    assert!(synced.changes.is_empty());
    assert_eq!(c.store.len(&TRADE_DATA), 2);
}

#[test]
fn trades_that_share_date_time_and_strategy_are_all_kept() {
    let mut c = Connection::tradelog();
    let rows = ["2024-01-02,09:30:00,1 C,1,1,S", "2024-01-02,09:30:00,1 P,2,1,S", "2024-01-02,09:30:00,1 P,3,1,S"];
    c.write("b/tradelog.csv", trades(&rows));
    c.sync();
    let keys: Vec<_> =
        c.store.rows(&TRADE_DATA).iter().map(|row| format!("{} {}", row["legs"], row["occurrence"])).collect();
    assert_eq!(keys, ["1 C 1", "1 P 1", "1 P 2"]);
}
