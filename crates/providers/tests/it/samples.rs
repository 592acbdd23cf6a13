//! Real exports: every row and every column of them arrives.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use foliosync_engine::model::Decimal;
use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::model::trades::{DAILY_LOG, REJECTED_ROWS, REPORTING_DATA, TRADE_DATA};
use foliosync_engine::model::{Kind, Table};

use crate::folder::{Connection, shared};

/// The two large samples as blocks, where they exist.
fn large_blocks() -> Option<Connection> {
    let samples = shared("samples/tradeblocks")?;
    let c = Connection::tradelog();
    for block in ["ema", "meic"] {
        for (sample, file) in [
            ("tradelog", "tradelog.csv"),
            ("dailylog", "dailylog.csv"),
            ("strategy-trade-log", "a-strategy-trade-log.csv"),
        ] {
            c.write(&format!("{block}/{file}"), fs::read(samples.join(format!("{block}-{sample}.csv"))).unwrap());
        }
    }
    Some(c)
}

fn total_pl(c: &Connection, block: &str) -> Decimal {
    let rows = c.store.rows(&TRADE_DATA);
    rows.iter().filter(|row| row["block_id"] == block).map(|row| row["pl"].parse::<Decimal>().unwrap()).sum()
}

#[test]
fn the_large_samples_arrive_whole() {
    let Some(mut c) = large_blocks() else { return };
    let synced = c.sync();
    assert_eq!(synced.item("ema").detail, "384 trades, 192 days, 384 reported");
    assert_eq!(synced.item("meic").detail, "532 trades, 192 days, 26 reported");
    assert_eq!((synced.item("ema").imported, synced.item("meic").imported), (960, 750));
    assert_eq!(c.store.len(&REJECTED_ROWS), 0);
    for block in ["ema", "meic"] {
        // Summed by another parser, from the same file, to the cent.
        let file = fs::read(shared("samples/tradeblocks").unwrap().join(format!("{block}-tradelog.csv"))).unwrap();
        let pl = |row: &BTreeMap<String, String>| row["P/L"].parse::<Decimal>().unwrap();
        assert_eq!(total_pl(&c, block), records(&file).iter().map(pl).sum());
    }
    assert_eq!(total_pl(&c, "ema").to_string(), EMA_PL);
    assert_eq!(total_pl(&c, "meic").to_string(), MEIC_PL);
    let occurrences = c.store.column(&TRADE_DATA, "occurrence");
    assert!(occurrences.iter().all(|nth| nth == "1"), "date, time, strategy and legs tell these trades apart");

    let again = c.sync();
    assert_eq!(again.outline(), ["ema Unchanged", "meic Unchanged"]);
    assert!(again.changes.is_empty());
}

/// P/L is net: premium less cost, times contracts, less both fees.
#[test]
fn every_trade_of_the_samples_adds_up() {
    let Some(mut c) = large_blocks() else { return };
    c.sync();
    for row in c.store.rows(&TRADE_DATA) {
        let number = |column: &str| row[column].parse::<Decimal>().unwrap();
        let gross = (number("premium") - number("avg_closing_cost")).checked_mul(number("num_contracts")).unwrap();
        let net = gross - number("opening_commissions") - number("closing_commissions");
        assert_eq!(net, number("pl"), "{row:?}");
    }
}

#[test]
fn the_small_samples_are_what_they_look_like() {
    let Some(fixtures) = shared("samples/tradeblocks/fixtures") else { return };
    let mut c = Connection::tradelog();
    c.path = fixtures;
    let outline = c.sync().outline();
    assert_eq!(
        outline,
        [
            "diff-block-b Updated",
            "drawdown-test-block Updated",
            "marginal-test-block Updated",
            "mock-block Updated",
            "nonstandard-name Updated",
            "similarity-test-block Updated",
            "stress-test-block Updated",
            "sync-test-block Updated",
            "unrecognized-csv Rejected",
        ]
    );
    assert_eq!(c.store.len(&TRADE_DATA), 4 + 15 + 30 + 5 + 2 + 40 + 10 + 2);
    assert_eq!((c.store.len(&DAILY_LOG), c.store.len(&REJECTED_ROWS)), (7, 0));
}

const EMA_PL: &str = "19735";
const MEIC_PL: &str = "408.08";

/// A file as the `csv` crate reads it, each row by header.
fn records(bytes: &[u8]) -> Vec<BTreeMap<String, String>> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    csv::Reader::from_reader(bytes).deserialize().collect::<Result<_, _>>().unwrap()
}

/// Where a column of the samples is stored; none for `extra`.
fn column_of(header: &str) -> &'static str {
    match header {
        "Date Opened" => "date_opened",
        "Time Opened" => "time_opened",
        "Opening Price" => "opening_price",
        "Legs" => "legs",
        "Premium" => "premium",
        "Closing Price" => "closing_price",
        "Date Closed" => "date_closed",
        "Time Closed" => "time_closed",
        "Avg. Closing Cost" => "avg_closing_cost",
        "Reason For Close" => "reason_for_close",
        "P/L" => "pl",
        "No. of Contracts" => "num_contracts",
        "Funds at Close" => "funds_at_close",
        "Margin Req." => "margin_req",
        "Strategy" => "strategy",
        "Opening Commissions + Fees" => "opening_commissions",
        "Closing Commissions + Fees" => "closing_commissions",
        "Opening Short/Long Ratio" => "opening_short_long_ratio",
        "Closing Short/Long Ratio" => "closing_short_long_ratio",
        "Opening VIX" => "opening_vix",
        "Closing VIX" => "closing_vix",
        "Gap" => "gap",
        "Movement" => "movement",
        "Max Profit" => "max_profit",
        "Max Loss" => "max_loss",
        "Initial Premium" => "initial_premium",
        "Date" => "date",
        "Net Liquidity" => "net_liquidity",
        "Current Funds" => "current_funds",
        "Withdrawn" => "withdrawn",
        "Trading Funds" => "trading_funds",
        "P/L %" => "pl_pct",
        "Drawdown %" => "drawdown_pct",
        other => panic!("the samples have a column {other:?} that this test does not know"),
    }
}

/// Puts every value of a file together again from the stored row.
fn assert_nothing_lost(bytes: &[u8], stored: &[BTreeMap<&'static str, String>], table: &'static Table, what: &Path) {
    let records = records(bytes);
    assert_eq!(stored.len(), records.len(), "{}", what.display());
    for (row, record) in stored.iter().zip(records) {
        for (header, written) in record {
            let column = column_of(&header);
            let kept = &row[column];
            let is_kept = match table.columns[table.column(column).unwrap()].kind {
                Kind::Decimal => kept.parse::<Decimal>().ok() == written.parse().ok(),
                Kind::Date => match written.split_once('T') {
                    Some((date, time)) => kept == date && row[column.replace("date", "time").as_str()] == time,
                    None => *kept == written,
                },
                // An empty strategy is told by the block it belongs to.
                _ if header == "Strategy" && written.is_empty() => *kept == row["block_id"],
                _ => *kept == written,
            };
            assert!(is_kept, "{}: {header} {written:?} became {kept:?}", what.display());
        }
    }
}

#[test]
fn no_column_of_the_samples_is_lost() {
    let Some(samples) = shared("samples/tradeblocks") else { return };
    let mut files: Vec<_> = fs::read_dir(&samples).unwrap().map(|entry| entry.unwrap().path()).collect();
    for block in fs::read_dir(samples.join("fixtures")).unwrap() {
        files.extend(fs::read_dir(block.unwrap().path()).unwrap().map(|entry| entry.unwrap().path()));
    }
    files.retain(|path| path.is_file() && !path.ends_with("random.csv"));
    assert_eq!(files.len(), 15);
    for path in files {
        let bytes = fs::read(&path).unwrap();
        let mut c = Connection::tradelog();
        c.write("block/file.csv", &bytes);
        assert_eq!(c.sync().items[0].status, ItemStatus::Updated, "{}", path.display());
        let stored = [&TRADE_DATA, &REPORTING_DATA, &DAILY_LOG].map(|table| (table, c.store.rows(table)));
        let (table, rows) = stored.into_iter().find(|(_, rows)| !rows.is_empty()).unwrap();
        assert_nothing_lost(&bytes, &rows, table, &path);
    }
}
