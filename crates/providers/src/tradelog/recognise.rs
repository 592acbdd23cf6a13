//! Which log a CSV file of a block is: by its name, else by its header.

use serde::{Deserialize, Serialize};

use crate::csv::Header;

/// The kinds of files of a block, each used at most once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogKind {
    TradeLog,
    DailyLog,
    ReportingLog,
}

impl LogKind {
    pub const ALL: [LogKind; 3] = [LogKind::TradeLog, LogKind::DailyLog, LogKind::ReportingLog];

    /// For messages.
    pub fn noun(self) -> &'static str {
        match self {
            LogKind::TradeLog => "trade log",
            LogKind::DailyLog => "daily log",
            LogKind::ReportingLog => "reporting log",
        }
    }

    /// The name that makes a file this kind, whatever it holds.
    pub fn file_name(self) -> &'static str {
        match self {
            LogKind::TradeLog => "tradelog.csv",
            LogKind::DailyLog => "dailylog.csv",
            LogKind::ReportingLog => "reportinglog.csv",
        }
    }
}

pub fn by_exact_name(name: &str) -> Option<LogKind> {
    LogKind::ALL.into_iter().find(|kind| name.eq_ignore_ascii_case(kind.file_name()))
}

pub fn by_name_pattern(name: &str) -> Option<LogKind> {
    let name = name.to_lowercase();
    let is_reporting =
        name.contains("strategy-trade-log") || name.contains("strategylog") || name.starts_with("strategy-log");
    is_reporting.then_some(LogKind::ReportingLog)
}

const PL: &[&str] = &["p/l", "p&l", "profit/loss", "pl"];
const OF_TRADES: &[&str] =
    &["date opened", "date closed", "symbol", "strategy", "contracts", "no. of contracts", "premium", "legs"];
const OF_VALUE: &[&str] = &["portfolio value", "value", "equity", "net liquidity", "netliquidity"];

pub fn by_header(header: &Header) -> Option<LogKind> {
    let has_any = |keys: &[&str]| header.first_of(keys).is_some();
    let of_trades = OF_TRADES.iter().filter(|key| header.position(key).is_some()).count();
    if is_tat(header) || header.keys().any(is_reporting_column) {
        Some(LogKind::ReportingLog)
    } else if has_any(PL) && of_trades >= 2 {
        Some(LogKind::TradeLog)
    } else if header.position("date").is_some() && has_any(OF_VALUE) && of_trades < 2 {
        Some(LogKind::DailyLog)
    } else if has_any(PL) && of_trades == 1 {
        Some(LogKind::TradeLog)
    } else {
        None
    }
}

/// A column that only logs of executed trades have.
fn is_reporting_column(key: &str) -> bool {
    key.starts_with("initial premium")
        || key.starts_with("initial credit")
        || key == "trade id"
        || key.contains("reported")
        || (key.starts_with("actual") && key.contains(" p"))
}

/// Whether a reporting log has the layout of Trade Automation Toolbox.
pub fn is_tat(header: &Header) -> bool {
    ["tradeid", "profitloss", "buyingpower"].iter().all(|key| header.position(key).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::csv::Text;

    #[test]
    fn names_are_told_before_headers() {
        for (name, exact, pattern) in [
            ("tradelog.csv", Some(LogKind::TradeLog), None),
            ("TradeLog.CSV", Some(LogKind::TradeLog), None),
            ("dailylog.csv", Some(LogKind::DailyLog), None),
            ("reportinglog.csv", Some(LogKind::ReportingLog), None),
            ("ema-strategy-trade-log.csv", None, Some(LogKind::ReportingLog)),
            ("MyStrategyLog 2.csv", None, Some(LogKind::ReportingLog)),
            ("strategy-log-1.csv", None, Some(LogKind::ReportingLog)),
            ("my-strategy-log.csv", None, None),
            ("trades.csv", None, None),
        ] {
            assert_eq!((by_exact_name(name), by_name_pattern(name)), (exact, pattern), "{name}");
        }
    }

    #[test]
    fn headers_tell_the_kind() {
        use LogKind::*;
        for (header, want) in [
            ("Date Opened,Legs,P/L", Some(TradeLog)),
            ("\u{feff}\"Symbol\",\"Strategy\",\"Profit/Loss\"", Some(TradeLog)),
            ("Date,Symbol,PL", Some(TradeLog)),
            ("Date,Net Liquidity,P/L", Some(DailyLog)),
            ("Date,Equity", Some(DailyLog)),
            ("Date,Value,Strategy", Some(DailyLog)),
            ("Date,Value,Strategy,Legs", None),
            ("Strategy,Date Opened,Initial Premium,P/L", Some(ReportingLog)),
            ("Strategy,Date Opened,Initial Premium ($),P/L", Some(ReportingLog)),
            ("Strategy,Date Opened,Initial Credit,P/L", Some(ReportingLog)),
            ("Date Opened,Strategy,P/L,Actual Premium", Some(ReportingLog)),
            ("Trade ID,Date Opened,P/L,Legs", Some(ReportingLog)),
            ("TradeID,ProfitLoss,BuyingPower,Qty", Some(ReportingLog)),
            ("Date Opened,Strategy", None),
            ("Name,Age,City", None),
        ] {
            assert_eq!(by_header(&Header::of(Text::of(header.as_bytes()).unwrap()).unwrap()), want, "{header}");
        }
    }
}
