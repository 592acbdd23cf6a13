//! Sample blocks in the shape of a 25-column trade-log export: byte order mark, CRLF, the newest trade first.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

const HEADER: &str = "\"Date Opened\",\"Time Opened\",\"Opening Price\",\"Legs\",\"Premium\",\"Closing Price\",\
    \"Date Closed\",\"Time Closed\",\"Avg. Closing Cost\",\"Reason For Close\",\"P/L\",\"No. of Contracts\",\
    \"Funds at Close\",\"Margin Req.\",\"Strategy\",\"Opening Commissions + Fees\",\"Closing Commissions + Fees\",\
    \"Opening Short/Long Ratio\",\"Closing Short/Long Ratio\",\"Opening VIX\",\"Closing VIX\",\"Gap\",\"Movement\",\
    \"Max Profit\",\"Max Loss\"";

/// Writes `blocks` folders with a trade log of `trades` rows each, as if an hour ago. Returns the bytes written.
pub fn write(folder: &Path, blocks: usize, trades: usize) -> u64 {
    let mut random = 7u64;
    let mut bytes = 0;
    for block in 0..blocks {
        let path = folder.join(format!("block-{block:04}"));
        fs::create_dir_all(&path).expect("the folder can be made");
        let text = trade_log(block, trades, &mut random);
        bytes += text.len() as u64;
        let path = path.join("tradelog.csv");
        fs::write(&path, text).expect("the file can be written");
        let hour_ago = SystemTime::now() - Duration::from_secs(3_600);
        File::options().write(true).open(&path).and_then(|f| f.set_modified(hour_ago)).expect("its time can be set");
    }
    bytes
}

/// Amounts are counted in cents, so that profits add up exactly.
fn trade_log(block: usize, trades: usize, random: &mut u64) -> String {
    let mut text = format!("\u{feff}{HEADER}\r\n");
    let mut day = jiff::civil::date(2025, 12, 31);
    let mut funds = 10_000_000i64;
    for i in 0..trades {
        if i % 3 == 0 {
            day = day.yesterday().expect("the calendar goes back that far");
        }
        let (premium, cost, n) = (between(random, -500, 900), between(random, -400, 900), between(random, 1, 9));
        let (opening, closing) = (150 * n, 78 * n);
        let pl = (premium - cost) * n * 100 - opening - closing;
        funds += pl;
        let (hour, minute, strike) = (9 + i % 6, i % 60, i % 50);
        let (strategy, pl, funds) = (block % 7, cents(pl), cents(funds));
        let (opening, closing, margin) = (cents(opening), cents(closing), n * 1_000);
        let (price, close) = (6_000 + i % 500, 6_010 + i % 400);
        write!(
            text,
            "{day},{hour:02}:{minute:02}:00,{price}.25,\"3 Oct 8 {} P STO 4.45 | 3 Oct 8 {} P BTO 0.25\",{premium},\
             {close}.50,{day},15:{minute:02}:00,{cost},\"Stop Loss\",{pl},{n},{funds},{margin},\"Strat, {strategy}\",\
             {opening},{closing},0.5,0.6,16.2,17.1,1.2,3.4,55.5,-120.1\r\n",
            6_725 + strike,
            6_575 + strike,
        )
        .expect("a string takes everything");
    }
    text
}

fn cents(amount: i64) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", amount.abs() / 100, amount.abs() % 100)
}

/// A number of `low..=high`, the same in every run.
fn between(random: &mut u64, low: i64, high: i64) -> i64 {
    *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    low + ((*random >> 33) % (high - low + 1) as u64) as i64
}
