//! Made-up trade logs that hang together: every profit follows from its prices, and every day from its trades.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::random::{Random, hundredths};

const TRADING_DAYS: usize = 90;
const FUNDS_AT_FIRST_CENTS: i64 = 10_000_000;
/// Of each contract and leg, at opening; half of it at closing.
const FEE_CENTS: i64 = 128;
/// Trades of this many last days were also executed for real, a little worse than tested.
const REPORTED_DAYS: usize = 20;

/// One strategy's folder.
#[derive(Clone)]
pub struct Block {
    pub name: &'static str,
    /// Oldest first.
    trades: Vec<Trade>,
    days: Vec<Date>,
}

#[derive(Clone)]
struct Trade {
    date: Date,
    opened: String,
    /// Later for each trade of a day, so that the account follows their order.
    closed: String,
    legs: String,
    contracts: i64,
    /// Per contract.
    premium_cents: i64,
    cost_cents: i64,
    opening_fees_cents: i64,
    closing_fees_cents: i64,
    underlying_cents: i64,
    moved_cents: i64,
    reason: &'static str,
}

impl Trade {
    fn pl_cents(&self) -> i64 {
        (self.premium_cents - self.cost_cents) * self.contracts - self.opening_fees_cents - self.closing_fees_cents
    }
}

struct Strategy {
    name: &'static str,
    legs: &'static [(&'static str, i64)],
    premium_cents: (i64, i64),
    won_of_ten: i64,
    a_day: (i64, i64),
}

const STRATEGIES: [Strategy; 4] = [
    Strategy {
        name: "Iron condor at ten",
        legs: &[("P STO", -40), ("P BTO", -65), ("C STO", 40), ("C BTO", 65)],
        premium_cents: (260, 420),
        won_of_ten: 7,
        a_day: (1, 2),
    },
    Strategy {
        name: "Put spread after lunch",
        legs: &[("P STO", -25), ("P BTO", -50)],
        premium_cents: (140, 260),
        won_of_ten: 8,
        a_day: (1, 1),
    },
    Strategy {
        name: "Call spread, late",
        legs: &[("C STO", 20), ("C BTO", 40)],
        premium_cents: (90, 180),
        won_of_ten: 6,
        a_day: (0, 2),
    },
    Strategy {
        name: "Butterfly",
        legs: &[("C BTO", 0), ("C STO", 20), ("C STO", 20), ("C BTO", 40)],
        premium_cents: (-380, -240),
        won_of_ten: 5,
        a_day: (0, 1),
    },
];

/// Blocks whose last trades are of the last trading day before `today`.
pub fn samples(today: Date) -> Vec<Block> {
    let days = trading_days(today);
    STRATEGIES.iter().enumerate().map(|(nth, strategy)| block(strategy, nth as u64 + 1, &days)).collect()
}

impl Block {
    /// The same with one trade more on its last day, closed after the others of that day.
    pub fn with_one_more_trade(&self) -> Block {
        let mut block = self.clone();
        let strategy = STRATEGIES.iter().find(|strategy| strategy.name == self.name);
        if let (Some(strategy), Some(day)) = (strategy, self.days.last()) {
            let nth = self.trades.iter().filter(|trade| trade.date == *day).count() as i64;
            let mut random = Random::new(99 + self.trades.len() as u64);
            block.trades.push(trade(strategy, *day, nth, &mut random));
        }
        block
    }
}

pub fn trading_days(today: Date) -> Vec<Date> {
    let is_open = |date: &Date| !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    let before = today.yesterday().unwrap_or(today);
    let mut days: Vec<Date> = before.series(-1.day()).filter(is_open).take(TRADING_DAYS).collect();
    days.reverse();
    days
}

fn block(strategy: &Strategy, seed: u64, days: &[Date]) -> Block {
    let mut random = Random::new(seed);
    let mut trades = Vec::new();
    for date in days {
        let count = random.between(strategy.a_day.0, strategy.a_day.1);
        trades.extend((0..count).map(|nth| trade(strategy, *date, nth, &mut random)));
    }
    Block { name: strategy.name, trades, days: days.to_vec() }
}

fn trade(strategy: &Strategy, date: Date, nth: i64, random: &mut Random) -> Trade {
    let contracts = random.between(1, 4);
    let premium_cents = random.between(strategy.premium_cents.0, strategy.premium_cents.1);
    let is_won = random.between(1, 10) <= strategy.won_of_ten;
    let size = premium_cents.abs();
    let (gain, reason) = match is_won {
        true => (random.between(size / 4, size), "Profit Target"),
        false => (-random.between(size / 2, size * 5 / 4), "Stop Loss"),
    };
    let underlying_cents = 600_000 + random.between(-20_000, 20_000);
    let base = underlying_cents / 500 * 5;
    let expiry = date.strftime("%b %-d");
    let legs: Vec<String> = strategy
        .legs
        .iter()
        .map(|(side, away)| {
            let price = hundredths(random.between(40, 900));
            let (right, action) = side.split_once(' ').unwrap_or((side, ""));
            format!("{contracts} {expiry} {} {right} {action} {price}", base + away)
        })
        .collect();
    let fees = FEE_CENTS * contracts * strategy.legs.len() as i64;
    // Past midnight there is nothing later on the same day.
    let closed_minute = (15 * 60 + 5 * nth + random.between(0, 4)).min(24 * 60 - 1);
    Trade {
        date,
        opened: format!("{:02}:{:02}:00", 10 + nth.min(4), random.between(0, 59)),
        closed: format!("{:02}:{:02}:00", closed_minute / 60, closed_minute % 60),
        legs: legs.join(" | "),
        contracts,
        premium_cents: premium_cents * 100,
        cost_cents: (premium_cents - gain) * 100,
        opening_fees_cents: fees,
        closing_fees_cents: fees / 2,
        underlying_cents,
        moved_cents: random.between(-3_000, 3_000),
        reason,
    }
}

pub fn write(root: &Path, blocks: &[Block]) -> std::io::Result<()> {
    for block in blocks {
        let folder = root.join(block.name);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("tradelog.csv"), trade_log(block))?;
        fs::write(folder.join("dailylog.csv"), daily_log(block))?;
        fs::write(folder.join("reportinglog.csv"), reporting_log(block))?;
    }
    Ok(())
}

/// As back-test exports are: newest first, with a byte order mark and CRLF.
fn trade_log(block: &Block) -> String {
    let mut funds = FUNDS_AT_FIRST_CENTS;
    let mut lines = Vec::new();
    for trade in &block.trades {
        funds += trade.pl_cents();
        let Trade { date, opened, closed, legs, contracts, reason, underlying_cents, moved_cents, .. } = trade;
        lines.push(format!(
            "{date},{opened},{},\"{legs}\",{},{},{date},{closed},{},\"{reason}\",{},{contracts},{},{},\"{}\",{},{},{}",
            hundredths(*underlying_cents),
            hundredths(trade.premium_cents),
            hundredths(underlying_cents + moved_cents),
            hundredths(trade.cost_cents),
            hundredths(trade.pl_cents()),
            hundredths(funds),
            hundredths(250_000 * contracts),
            block.name,
            hundredths(trade.opening_fees_cents),
            hundredths(trade.closing_fees_cents),
            hundredths(*moved_cents),
        ));
    }
    lines.push(
        "\u{feff}\"Date Opened\",\"Time Opened\",\"Opening Price\",\"Legs\",\"Premium\",\"Closing Price\",\
         \"Date Closed\",\"Time Closed\",\"Avg. Closing Cost\",\"Reason For Close\",\"P/L\",\"No. of Contracts\",\
         \"Funds at Close\",\"Margin Req.\",\"Strategy\",\"Opening Commissions + Fees\",\
         \"Closing Commissions + Fees\",\"Movement\""
            .into(),
    );
    lines.reverse();
    lines.join("\r\n") + "\r\n"
}

fn daily_log(block: &Block) -> String {
    let (mut value, mut peak) = (FUNDS_AT_FIRST_CENTS, FUNDS_AT_FIRST_CENTS);
    let mut log = String::from("Date,Net Liquidity,Current Funds,Withdrawn,Trading Funds,P/L,P/L %,Drawdown %\r\n");
    for day in &block.days {
        let pl: i64 = block.trades.iter().filter(|trade| trade.date == *day).map(Trade::pl_cents).sum();
        let before = value;
        value += pl;
        peak = peak.max(value);
        let funds = hundredths(value);
        let percent = |part: i64, of: i64| format!("{:.4}", part as f64 / of as f64 * 100.0);
        let (gain, fall) = (percent(pl, before), percent(value - peak, peak));
        // Writing to a String cannot fail.
        let _ = write!(log, "{day},{funds},{funds},0,{funds},{},{gain},{fall}\r\n", hundredths(pl));
    }
    log
}

fn reporting_log(block: &Block) -> String {
    let from = block.days.len().saturating_sub(REPORTED_DAYS);
    let first = block.days.get(from).copied().unwrap_or(Date::MIN);
    let mut log = String::from(
        "\"Strategy\",\"Date Opened\",\"Opening Price\",\"Legs\",\"Initial Premium\",\"No. of Contracts\",\"P/L\",\
         \"Closing Price\",\"Date Closed\",\"Avg. Closing Cost\",\"Reason For Close\"\r\n",
    );
    for trade in block.trades.iter().filter(|trade| trade.date >= first) {
        let Trade { date, opened, closed, legs, contracts, reason, underlying_cents, moved_cents, .. } = trade;
        // Executed five cents a share worse, without fees in the log.
        let (premium, cost) = (trade.premium_cents / 100 - 5, -trade.cost_cents / 100);
        let _ = write!(
            log,
            "\"{}\",{date}T{opened}.250000,{},\"{legs}\",{},{contracts},{},{},{date}T{closed}.750000,{},\"{reason}\"\r\n",
            block.name,
            hundredths(*underlying_cents),
            hundredths(premium),
            hundredths((premium + cost) * contracts * 100),
            hundredths(underlying_cents + moved_cents),
            hundredths(cost),
        );
    }
    log
}
