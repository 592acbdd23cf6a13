//! Files that are wrong: each is refused with its name and what to do, and the rows of the last good state stay.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;

use foliosync_engine::limits::ROW_BYTES_MAX;
use foliosync_engine::model::sync::{ItemStatus, SyncOptions};
use foliosync_engine::model::trades::{REJECTED_ROWS, SYNC_METADATA, TRADE_DATA};

use crate::folder::{Connection, DAILY, many_trades, trades};

fn utf16(text: &str) -> Vec<u8> {
    [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

/// A file that refuses its block, and what is said about it.
fn refused() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let good = many_trades(3);
    vec![
        ("empty", Vec::new(), "`tradelog.csv` is empty (0 bytes)"),
        ("blank", b"\xEF\xBB\xBF\r\n\r\n".to_vec(), "blank lines"),
        ("header only", trades(&[]).into_bytes(), "holds a header and no rows, where it had rows before"),
        ("binary", (0..=255).cycle().take(5_000).collect(), "is not text: it holds NUL bytes"),
        ("workbook", b"PK\x03\x04\x14\0\x06\0".to_vec(), "is an Excel workbook"),
        ("utf-16", utf16(&good), "is UTF-16 text; save it as UTF-8"),
        ("utf-16 without mark", utf16(&good)[2..].to_vec(), "is UTF-16 (little endian) text without its mark"),
        ("latin-1 header", b"Date Opened,P/L,Gr\xF6\xDFe\n2024-01-02,1,2\n".to_vec(), "the header is not UTF-8"),
        ("unterminated quote", [good.as_bytes(), b"2024-01-02,,\"1 C,5,1,S\r\n"].concat(), "line 5: a quote is opened"),
        ("duplicate headers", b"Date Opened,P/L,p/l\n2024-01-02,1,2\n".to_vec(), "two columns are named \"p/l\""),
        ("missing column", b"Date Opened,Legs\n2024-01-02,1\n".to_vec(), "lacks the column \"p/l\""),
        ("semicolons", b"Date Opened;P/L\n2024-01-02;1\n".to_vec(), "separated by `;`"),
        ("nothing but bad rows", trades(&["2024-02-30,,,1,,"]).into_bytes(), "none of its 1 rows can be read"),
        ("long line", [good.as_bytes(), &vec![b'7'; ROW_BYTES_MAX + 1]].concat(), "line 5: the row is longer than"),
    ]
}

#[test]
fn a_refused_file_keeps_the_last_good_rows() {
    for (what, bytes, reason) in refused() {
        let mut c = Connection::tradelog();
        c.write("b/tradelog.csv", many_trades(2));
        c.write("b/dailylog.csv", DAILY);
        c.sync();
        c.write("b/tradelog.csv", bytes);
        let synced = c.sync();
        let detail = synced.only(ItemStatus::Rejected);
        assert!(detail.contains(reason), "{what}: {detail}");
        assert!(detail.contains("`tradelog.csv`"), "{what}: {detail}");
        assert!(detail.ends_with("; the rows of its last good state are kept"), "{what}: {detail}");
        assert!(synced.changes.is_empty(), "{what}");
        assert_eq!(c.store.len(&TRADE_DATA), 2, "{what}");
        // It is not taken for unchanged later on, and a good file mends it.
        assert_eq!(c.sync().outline(), ["b Rejected"], "{what}");
        c.write("b/tradelog.csv", many_trades(4));
        assert_eq!(c.sync().only(ItemStatus::Updated), "4 trades, 2 days", "{what}");
    }
}

#[test]
fn a_bad_block_does_not_hold_up_the_others() {
    let mut c = Connection::tradelog();
    c.write("a/tradelog.csv", "");
    c.write("b/tradelog.csv", many_trades(1));
    assert_eq!(c.sync().outline(), ["a Rejected", "b Updated"]);
}

#[test]
fn a_new_block_may_be_without_rows_and_a_stored_one_with_consent() {
    let mut c = Connection::tradelog();
    c.write("b/tradelog.csv", trades(&[]));
    assert_eq!(c.sync().only(ItemStatus::Updated), "0 trades");
    assert!(c.sync().changes.is_empty());
    c.write("b/tradelog.csv", many_trades(2));
    c.sync();
    c.write("b/tradelog.csv", trades(&[]));
    assert_eq!(c.sync().outline(), ["b Rejected"]);
    let consent = SyncOptions { accept_removals: true, ..SyncOptions::default() };
    assert_eq!(c.sync_with(&consent).only(ItemStatus::Updated), "0 trades");
    assert_eq!(c.store.len(&TRADE_DATA), 0);
}

#[test]
fn one_endless_line_is_refused_where_it_passes_the_limit() {
    let mut c = Connection::tradelog();
    // Twenty times the limit; a line of any length ends there.
    let line = vec![b'1'; 20 << 20];
    c.write("b/tradelog.csv", [&b"Date Opened,P/L\n"[..], &line].concat());
    let synced = c.sync();
    let detail = synced.only(ItemStatus::Rejected);
    assert!(detail.contains("`tradelog.csv` line 2: the row is longer than 1024 KiB"), "{detail}");
}

#[test]
fn a_file_beyond_the_limit_is_refused_unread() {
    let mut c = Connection::tradelog();
    c.write("b/tradelog.csv", "");
    let file = fs::File::options().write(true).open(c.path.join("b/tradelog.csv")).unwrap();
    file.set_len(513 << 20).unwrap();
    let synced = c.sync();
    assert!(synced.only(ItemStatus::Rejected).contains("more than the 536870912 that are read"));
}

#[test]
fn bad_rows_are_set_aside_and_good_ones_around_them_stay() {
    let mut c = Connection::tradelog();
    let rows = [
        "2024-01-02,,,1,,",
        "2024-01-03,,,NaN,,",
        "2024-02-30,,,1,,",
        "2024-01-04,,,\"1,23\",,",
        "2024-01-05,25:00,,1,,",
        "2024-01-06,,,1,2.5,",
        "2024-01-07,,,1,,,",
        "2024-01-08,,,1",
        "2024-01-09,,\"x\"y,1,,",
        "2024-01-10,,,0.1234567890123456789,,",
        "2024-01-11,,,1,,",
    ];
    let mut text = trades(&rows).into_bytes();
    text.extend(b"2024-01-12,,M\xFCller,1,,\r\n2024-01-13,,,1,,\r\n");
    c.write("b/tradelog.csv", text);
    assert_eq!(
        c.sync().only(ItemStatus::Updated),
        r#"3 trades, 10 rows rejected, the first in `tradelog.csv` line 3: P/L "NaN" is no value"#
    );
    assert_eq!(c.store.column(&TRADE_DATA, "source_line"), ["2", "12", "14"]);
    let reasons: Vec<_> =
        c.store.rows(&REJECTED_ROWS).iter().map(|row| format!("{} {}", row["line"], row["reason"])).collect();
    assert_eq!(
        reasons,
        [
            "3 P/L \"NaN\" is no value",
            "4 Date Opened \"2024-02-30\" is a date that does not exist",
            "5 P/L \"1,23\" has commas in places that are not thousands",
            "6 Time Opened \"25:00\" is not a time (HH:MM or HH:MM:SS)",
            "7 No. of Contracts \"2.5\" is not a whole number",
            "8 has 7 values where the header has 6 columns",
            "9 has 4 values where the header has 6 columns",
            "10 has text behind a closing quote",
            "11 P/L \"0.1234567890123456789\" has more than 18 decimals",
            "13 is not UTF-8 text; save the file as UTF-8",
        ]
    );
}

#[test]
fn rejected_rows_beyond_the_cap_are_counted() {
    let mut c = Connection::tradelog();
    let bad = vec!["x,,,1,,"; 1_500];
    c.write("b/tradelog.csv", trades(&[&["2024-01-02,,,1,,"], &bad[..]].concat()));
    let synced = c.sync();
    assert_eq!(
        synced.only(ItemStatus::Updated),
        r#"1 trade, 1500 rows rejected, the first in `tradelog.csv` line 3: Date Opened "x" is not a date (YYYY-MM-DD or M/D/YYYY)"#
    );
    assert_eq!(synced.items[0].skipped, 1_500);
    assert_eq!(c.store.len(&REJECTED_ROWS), 1_000);
    assert!(c.store.column(&SYNC_METADATA, "files")[0].contains("\"rejected\":1500"));
}

#[test]
fn mixed_line_ends_are_one_file() {
    let mut c = Connection::tradelog();
    c.write("b/tradelog.csv", "Date Opened,P/L,Legs\r\n2024-01-02,1,a\n2024-01-03,2,\"b\nb\"\r2024-01-04,3,c");
    c.sync();
    assert_eq!(c.store.column(&TRADE_DATA, "source_line"), ["2", "3", "5"]);
    assert_eq!(c.store.column(&TRADE_DATA, "legs"), ["a", "b\nb", "c"]);
}

/// Something that happens to a file between the first look at it and reading it.
type Meddling = fn(&Path);

fn meddling(act: Meddling) -> Connection {
    let mut c = Connection::tradelog();
    c.write("b/tradelog.csv", many_trades(5));
    c.sync();
    c.write("b/tradelog.csv", many_trades(6));
    c.files.before_read = Some(Arc::new(act));
    c
}

#[test]
fn a_file_that_changes_while_it_is_read_waits() {
    let changes: [(&str, Meddling); 4] = [
        ("replaced", |path| {
            fs::write(path.with_extension("new"), many_trades(9)).unwrap();
            fs::rename(path.with_extension("new"), path).unwrap();
        }),
        ("truncated", |path| fs::File::options().write(true).open(path).unwrap().set_len(80).unwrap()),
        ("grown", |path| fs::write(path, many_trades(9)).unwrap()),
        ("deleted", |path| fs::remove_file(path).unwrap()),
    ];
    for (what, act) in changes {
        let mut c = meddling(act);
        let synced = c.sync();
        let detail = synced.only(ItemStatus::Deferred);
        assert!(detail.starts_with("`tradelog.csv`") && detail.ends_with("are kept"), "{what}: {detail}");
        assert!(synced.changes.is_empty(), "{what}");
        assert_eq!(c.store.len(&TRADE_DATA), 5, "{what}");
    }
}

#[test]
fn a_file_that_cannot_be_read_rejects_its_block() {
    let mut c = Connection::tradelog();
    c.write("b/dailylog.csv", DAILY);
    c.sync();
    for (target, reason) in [
        ("nowhere", "`tradelog.csv` is listed, but does not exist"),
        ("tradelog.csv", "symbolic links"),
        ("/dev/zero", "is not a regular file"),
    ] {
        symlink(target, c.path.join("b/tradelog.csv")).unwrap();
        let synced = c.sync();
        let detail = synced.only(ItemStatus::Rejected);
        assert!(detail.contains(reason), "{detail}");
        fs::remove_file(c.path.join("b/tradelog.csv")).unwrap();
    }
    assert_eq!(c.sync().outline(), ["b Unchanged"]);
}

#[test]
fn a_log_that_is_no_log_any_more_was_damaged_rather_than_removed() {
    let mut c = Connection::tradelog();
    c.write("b/trades.csv", many_trades(2));
    c.write("b/dailylog.csv", DAILY);
    c.sync();
    c.write("b/trades.csv", "");
    let synced = c.sync();
    let detail = synced.only(ItemStatus::Rejected);
    assert!(detail.starts_with("`trades.csv` was the block's trade log, but now is empty (0 bytes)"), "{detail}");
    assert_eq!(c.store.len(&TRADE_DATA), 2);
}
