//! What an owner chose when they made a query: accounts, sections, fields, formats.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::new_york;
use crate::exchange::Request;
use crate::market::calendar::{Calendar, Day, Venue, date_of, day_of};

const DATE_FORMATS: [&str; 7] =
    ["yyyyMMdd", "yyyy-MM-dd", "MM/dd/yyyy", "MM/dd/yy", "dd/MM/yyyy", "dd/MM/yy", "dd-MMM-yy"];
const TIME_FORMATS: [&str; 2] = ["HHmmss", "HH:mm:ss"];
const SEPARATORS: [&str; 4] = [";", ",", " ", ""];
/// By the clock of New York, when the day's report is there.
const PUBLISHED_HOUR: i8 = 22;
const DAYS_MAX: i32 = 365;

/// A Flex query. In JSON, whatever is missing keeps its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FlexQuery {
    pub name: String,
    /// The account whose tokens may run it.
    pub owner: String,
    /// Of which it tells, one statement each.
    pub accounts: Vec<String>,
    pub sections: BTreeSet<Section>,
    /// Attributes that were not chosen.
    pub without: Vec<String>,
    /// Besides executions also orders, closed lots and sums.
    pub has_summaries: bool,
    /// How many calendar days back, unless a request says so itself.
    pub days: u32,
    /// As IBKR names them: `yyyyMMdd`, `yyyy-MM-dd`, `MM/dd/yyyy`, `MM/dd/yy`, `dd/MM/yyyy`, `dd/MM/yy`, `dd-MMM-yy`.
    pub date_format: String,
    /// `HHmmss` or `HH:mm:ss`.
    pub time_format: String,
    /// Between date and time: `;`, `,`, a blank or nothing.
    pub separator: String,
    /// Thousands are told apart by commas.
    pub has_commas: bool,
    /// Up to the moment of the request. Otherwise a day is there in the evening after it, as with activity statements.
    pub is_live: bool,
    /// From the request until the report is there.
    pub delay_seconds: u32,
    /// The report is filled up to this size with pairs of trades that leave nothing behind, and streamed.
    pub mebibytes: u32,
    /// Told as the place to fetch the report from; `None`: this service.
    pub url: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    AccountInformation,
    CashReport,
    Trades,
    OpenPositions,
    CashTransactions,
}

impl Default for FlexQuery {
    fn default() -> FlexQuery {
        use Section::{AccountInformation, CashReport, CashTransactions, OpenPositions, Trades};
        FlexQuery {
            name: "simulated".into(),
            owner: "ibkr-main".into(),
            accounts: vec!["ibkr-main".into()],
            sections: BTreeSet::from([AccountInformation, CashReport, Trades, OpenPositions, CashTransactions]),
            without: Vec::new(),
            has_summaries: true,
            days: 365,
            date_format: DATE_FORMATS[0].into(),
            time_format: TIME_FORMATS[0].into(),
            separator: SEPARATORS[0].into(),
            has_commas: false,
            is_live: false,
            delay_seconds: 5,
            mebibytes: 0,
            url: None,
        }
    }
}

impl FlexQuery {
    /// What no owner could have chosen.
    pub fn check(&self) -> Result<(), String> {
        for (value, known) in [
            (&self.date_format, DATE_FORMATS.as_slice()),
            (&self.time_format, TIME_FORMATS.as_slice()),
            (&self.separator, SEPARATORS.as_slice()),
        ] {
            if !known.contains(&value.as_str()) {
                return Err(format!("`{value}` is not one of {known:?}"));
            }
        }
        if self.accounts.is_empty() || self.days == 0 || self.days > DAYS_MAX as u32 {
            return Err("a query is about at least one account and about 1 to 365 days".into());
        }
        Ok(())
    }
}

/// The queries that are there from the start: of two accounts, of one in other formats, and of the second alone.
pub fn defaults() -> BTreeMap<String, FlexQuery> {
    let both = FlexQuery { accounts: vec!["ibkr-main".into(), "ibkr-second".into()], ..FlexQuery::default() };
    let other = FlexQuery {
        name: "simulated, ISO dates".into(),
        date_format: "yyyy-MM-dd".into(),
        time_format: "HH:mm:ss".into(),
        has_summaries: false,
        ..FlexQuery::default()
    };
    let second = "ibkr-second".to_string();
    let second = FlexQuery { owner: second.clone(), accounts: vec![second], ..FlexQuery::default() };
    BTreeMap::from([("510001".into(), both), ("510002".into(), other), ("510003".into(), second)])
}

/// Dates in New York, both included, and the instant behind which nothing is told.
#[derive(Debug, Clone, Copy)]
pub struct Period {
    pub from: Date,
    pub to: Date,
    pub until: Timestamp,
}

impl Period {
    /// `fd` and `td`, or `p` days, or what the query says.
    pub fn asked(request: &Request, query: &FlexQuery, calendar: &Calendar) -> Result<Period, &'static str> {
        let day = |name: &str| match request.param(name) {
            None => Ok(None),
            Some(text) => Date::strptime("%Y%m%d", text).map(|date| Some(day_of(date))).map_err(|_| "1020"),
        };
        let last = published(request.now, calendar, query.is_live);
        let days = match request.param("p") {
            None => query.days as i32,
            Some(text) => text.parse().ok().filter(|days| (1..=DAYS_MAX).contains(days)).ok_or("1020")?,
        };
        let (from, to) = match (day("fd")?, day("td")?) {
            (Some(from), Some(to)) if from <= to && to - from <= DAYS_MAX => (from, to.min(last)),
            (None, None) => (last - days + 1, last),
            _ => return Err("1020"),
        };
        if from > last {
            return Err("1003");
        }
        let until = if query.is_live { request.now } else { end_of(to) };
        Ok(Period { from: date_of(from), to: date_of(to), until })
    }
}

/// The last day that reports tell of.
fn published(now: Timestamp, calendar: &Calendar, is_live: bool) -> Day {
    let local = now.to_zoned(new_york());
    let today = day_of(local.date());
    if is_live || (local.hour() >= PUBLISHED_HOUR && calendar.is_open(Venue::NewYork, today)) {
        today
    } else {
        calendar.before(Venue::NewYork, today)
    }
}

/// The last instant of a day in New York.
fn end_of(day: Day) -> Timestamp {
    let next = date_of(day + 1).to_zoned(new_york()).map(|zoned| zoned.timestamp());
    next.unwrap_or(Timestamp::MAX) - SignedDuration::from_millis(1)
}
