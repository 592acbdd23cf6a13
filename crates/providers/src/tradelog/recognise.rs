//! Which log a CSV file of a block is: by its name, else by its header.

use serde::{Deserialize, Serialize};

use crate::csv::Header;

/// The kinds of files of a block, each used at most once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LogKind {
    #[serde(rename = "tradelog")]
    Trade,
    #[serde(rename = "dailylog")]
    Daily,
    #[serde(rename = "reportinglog")]
    Reporting,
}

impl LogKind {
    pub const ALL: [LogKind; 3] = [LogKind::Trade, LogKind::Daily, LogKind::Reporting];

    /// For messages.
    pub fn noun(self) -> &'static str {
        match self {
            LogKind::Trade => "trade log",
            LogKind::Daily => "daily log",
            LogKind::Reporting => "reporting log",
        }
    }

    /// The name that makes a file this kind, whatever it holds.
    pub fn file_name(self) -> &'static str {
        match self {
            LogKind::Trade => "tradelog.csv",
            LogKind::Daily => "dailylog.csv",
            LogKind::Reporting => "reportinglog.csv",
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
    is_reporting.then_some(LogKind::Reporting)
}

const PL: &[&str] = &["p/l", "p&l", "profit/loss", "pl"];
const OF_TRADES: &[&str] =
    &["date opened", "date closed", "symbol", "strategy", "contracts", "no. of contracts", "premium", "legs"];
const OF_VALUE: &[&str] = &["portfolio value", "value", "equity", "net liquidity", "netliquidity"];

pub fn by_header(header: &Header) -> Option<LogKind> {
    let has_any = |keys: &[&str]| header.first_of(keys).is_some();
    let of_trades = OF_TRADES.iter().filter(|key| header.position(key).is_some()).count();
    if is_tat(header) || header.keys().any(is_reporting_column) {
        Some(LogKind::Reporting)
    } else if has_any(PL) && of_trades >= 2 {
        Some(LogKind::Trade)
    } else if header.position("date").is_some() && has_any(OF_VALUE) && of_trades < 2 {
        Some(LogKind::Daily)
    } else if has_any(PL) && of_trades == 1 {
        Some(LogKind::Trade)
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
            ("tradelog.csv", Some(LogKind::Trade), None),
            ("TradeLog.CSV", Some(LogKind::Trade), None),
            ("dailylog.csv", Some(LogKind::Daily), None),
            ("reportinglog.csv", Some(LogKind::Reporting), None),
            ("ema-strategy-trade-log.csv", None, Some(LogKind::Reporting)),
            ("MyStrategyLog 2.csv", None, Some(LogKind::Reporting)),
            ("strategy-log-1.csv", None, Some(LogKind::Reporting)),
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
            ("Date Opened,Legs,P/L", Some(Trade)),
            ("\u{feff}\"Symbol\",\"Strategy\",\"Profit/Loss\"", Some(Trade)),
            ("Date,Symbol,PL", Some(Trade)),
            ("Date,Net Liquidity,P/L", Some(Daily)),
            ("Date,Equity", Some(Daily)),
            ("Date,Value,Strategy", Some(Daily)),
            ("Date,Value,Strategy,Legs", None),
            ("Strategy,Date Opened,Initial Premium,P/L", Some(Reporting)),
            ("Strategy,Date Opened,Initial Premium ($),P/L", Some(Reporting)),
            ("Strategy,Date Opened,Initial Credit,P/L", Some(Reporting)),
            ("Date Opened,Strategy,P/L,Actual Premium", Some(Reporting)),
            ("Trade ID,Date Opened,P/L,Legs", Some(Reporting)),
            ("TradeID,ProfitLoss,BuyingPower,Qty", Some(Reporting)),
            ("Date Opened,Strategy", None),
            ("Name,Age,City", None),
        ] {
            assert_eq!(by_header(&Header::of(Text::of(header.as_bytes()).unwrap()).unwrap()), want, "{header}");
        }
    }
}
