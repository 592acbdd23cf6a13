//! The real exports in `../shared/samples`, where they exist.

use std::path::PathBuf;

use super::{find, rows};
use crate::model::trades::{DAILY_LOG, REPORTING_DATA, TRADE_DATA};
use crate::model::{Batch, Table};
use crate::verify::{Agreement, BlockReport, Status, check_block};

const TRADE_COLUMNS: [(&str, &str); 11] = [
    ("Date Opened", "date_opened"),
    ("Legs", "legs"),
    ("Premium", "premium"),
    ("Date Closed", "date_closed"),
    ("Time Closed", "time_closed"),
    ("Avg. Closing Cost", "avg_closing_cost"),
    ("P/L", "pl"),
    ("No. of Contracts", "num_contracts"),
    ("Funds at Close", "funds_at_close"),
    ("Opening Commissions + Fees", "opening_commissions"),
    ("Closing Commissions + Fees", "closing_commissions"),
];
const DAILY_COLUMNS: [(&str, &str); 5] = [
    ("Date", "date"),
    ("Net Liquidity", "net_liquidity"),
    ("Withdrawn", "withdrawn"),
    ("P/L", "pl"),
    ("Drawdown %", "drawdown_pct"),
];
const REPORTING_COLUMNS: [(&str, &str); 7] = [
    ("Date Opened", "date_opened"),
    ("Legs", "legs"),
    ("Initial Premium", "initial_premium"),
    ("No. of Contracts", "num_contracts"),
    ("P/L", "pl"),
    ("Date Closed", "date_closed"),
    ("Avg. Closing Cost", "avg_closing_cost"),
];

/// Cells of one line; the samples hold no line breaks inside quotes.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    for c in line.trim_end_matches('\r').chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            c => cells.last_mut().unwrap().push(c),
        }
    }
    cells
}

/// `None` where the samples are not beside the repository.
fn sample(table: &'static Table, columns: &[(&str, &str)], file: &str) -> Option<Batch> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples/tradeblocks");
    let text = std::fs::read_to_string(folder.join(file)).ok()?;
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let header = cells(lines.next()?);
    let at: Vec<_> = columns.iter().map(|(name, _)| header.iter().position(|h| h == name).unwrap()).collect();
    let read = |line: &str| {
        let cells = cells(line);
        let mut row = vec![("layout", "option_omega".to_string())];
        row.retain(|(name, _)| table.column(name).is_some());
        for ((_, column), at) in columns.iter().zip(&at) {
            // A date of a reporting log carries its time.
            let cell = if column.starts_with("date") { cells[*at].split('T').next().unwrap() } else { &cells[*at] };
            row.push((*column, cell.to_string()));
        }
        row
    };
    let read: Vec<_> = lines.map(read).collect();
    let read: Vec<Vec<(&str, &str)>> =
        read.iter().map(|row| row.iter().map(|(name, cell)| (*name, cell.as_str())).collect()).collect();
    Some(rows(table, &read.iter().map(Vec::as_slice).collect::<Vec<_>>()))
}

fn block(name: &str) -> Option<BlockReport> {
    let trades = sample(&TRADE_DATA, &TRADE_COLUMNS, &format!("{name}-tradelog.csv"))?;
    let days = sample(&DAILY_LOG, &DAILY_COLUMNS, &format!("{name}-dailylog.csv"))?;
    let reported = sample(&REPORTING_DATA, &REPORTING_COLUMNS, &format!("{name}-strategy-trade-log.csv"))?;
    Some(check_block(1, name, &trades, &days, &reported))
}

#[track_caller]
fn figures(report: &BlockReport, want: &[(&str, usize, usize)]) {
    let got: Vec<_> = report.checks.iter().map(|check| (check.name, check.checked, check.failed)).collect();
    assert_eq!(got, want, "{report:#?}");
}

#[test]
fn ema_agrees_and_its_reporting_log_mixes_units() {
    let Some(report) = block("ema") else { return };
    figures(
        &report,
        &[
            ("trade_pl", 384, 0),
            ("trade_funds", 351, 0),
            ("daily_net_liquidity", 191, 0),
            ("daily_drawdown", 192, 0),
            ("daily_pl_of_trades", 192, 0),
            ("date_ranges", 185, 0),
            ("reporting_pl", 384, 205),
            ("reporting_units", 205, 205),
            ("duplicates", 960, 0),
        ],
    );
    assert_eq!(report.verdict.agreement, Agreement::Agree);
    assert!(find(&report, "reporting_units").explanation.contains("mixed units"));
    assert_eq!(report.problems(), 2);
}

#[test]
fn meic_holds_two_runs() {
    let Some(report) = block("meic") else { return };
    figures(
        &report,
        &[
            ("trade_pl", 532, 0),
            ("trade_funds", 363, 0),
            ("daily_net_liquidity", 191, 0),
            ("daily_drawdown", 192, 0),
            ("daily_pl_of_trades", 192, 2),
            ("date_ranges", 133, 19),
            ("reporting_pl", 26, 0),
            ("reporting_units", 19, 0),
            ("duplicates", 750, 0),
        ],
    );
    assert_eq!(
        report.verdict.text,
        "trade log and daily log look like different runs: 2 of 192 days differ; trade log 2025-01-03 to 2025-11-21, \
         daily log 2025-01-02 to 2025-10-08"
    );
    assert_eq!(find(&report, "date_ranges").status, Status::Fails);
}
