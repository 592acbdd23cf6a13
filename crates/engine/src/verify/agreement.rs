//! A trade log against the daily log beside it: are they of one run?

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Serialize;

use super::exact::{Total, half_cents, near, plus, shown};
use super::rows::{Day, Trade};
use super::tally::{Tally, example, not_applicable};
use super::{Check, Status};
use crate::model::Decimal;

const ONE_LOG: &str = "The block does not have both a trade log and a daily log.";

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    pub agreement: Agreement,
    /// The same with its numbers, for people.
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    Agree,
    DifferentRuns,
    /// There is nothing to compare.
    Unknown,
}

/// The days from the first to the last of something, both included.
#[derive(Clone, Copy)]
struct Range {
    first: Date,
    last: Date,
}

impl Range {
    fn of(dates: impl Iterator<Item = Date>) -> Option<Range> {
        dates.fold(None, |range, date| match range {
            None => Some(Range { first: date, last: date }),
            Some(Range { first, last }) => Some(Range { first: first.min(date), last: last.max(date) }),
        })
    }

    fn of_trades(trades: &[Trade<'_>]) -> Option<Range> {
        Range::of(trades.iter().flat_map(|trade| [Some(trade.opened), trade.closed]).flatten())
    }

    fn of_days(days: &[Day]) -> Option<Range> {
        Range::of(days.iter().map(|day| day.date))
    }

    fn holds(&self, date: Date) -> bool {
        self.first <= date && date <= self.last
    }
}

/// What both logs say about one date.
struct Account {
    /// `None` where a day has no P/L.
    daily: Option<Total>,
    in_daily_log: bool,
    trades: Total,
    opened: usize,
    closed: usize,
}

fn by_date(trades: &[Trade<'_>], days: &[Day]) -> BTreeMap<Date, Account> {
    let empty =
        || Account { daily: Some(Total::EMPTY), in_daily_log: false, trades: Total::EMPTY, opened: 0, closed: 0 };
    let mut dates: BTreeMap<Date, Account> = BTreeMap::new();
    for day in days {
        let account = dates.entry(day.date).or_insert_with(empty);
        account.in_daily_log = true;
        account.daily = account.daily.zip(day.pl).map(|(mut total, pl)| {
            total.add(pl);
            total
        });
    }
    for trade in trades {
        // A trade that closes before it opens is a mistake of its row; its P/L still counts on the day that it names.
        let carried = trade.closed.is_none_or(|closed| closed > trade.opened);
        if carried {
            dates.entry(trade.opened).or_insert_with(empty).opened += 1;
        }
        if let Some(closed) = trade.closed {
            let account = dates.entry(closed).or_insert_with(empty);
            account.trades.add(trade.pl);
            account.closed += usize::from(carried);
        }
    }
    dates
}

/// The P/L of a day is the sum of the P/L of the trades that closed on it. Measured: 192 of 192 days in a block of one
/// run.
///
/// While a trade is held overnight, the daily log may count what it gained so far and the trade log does not. So days
/// are taken together until nothing is held: a stretch is one day for trades that close on the day that they open.
pub(super) fn by_day(trades: &[Trade<'_>], days: &[Day]) -> Check {
    const NAME: &str = "daily_pl_of_trades";
    let (Some(trade_range), Some(daily_range)) = (Range::of_trades(trades), Range::of_days(days)) else {
        return not_applicable(NAME, "days", ONE_LOG);
    };
    let dates = by_date(trades, days);
    let overnight = dates.values().any(|account| account.opened > 0);
    let counted = if overnight { "stretches of days" } else { "days" };
    let mut tally = Tally::new(NAME, counted);
    let mut held = 0usize;
    let mut stretch = Stretch::default();
    for (&date, account) in &dates {
        let inside = daily_range.holds(date);
        // What is held when the daily log starts has gained before: nothing can be said until it is closed.
        if inside && stretch.dates.is_empty() && held > 0 {
            stretch.known = false;
        }
        held = (held + account.opened).saturating_sub(account.closed);
        if inside {
            stretch.add(date, account);
            if held == 0 {
                std::mem::take(&mut stretch).end(&trade_range, &mut tally);
            }
        }
    }
    tally.left_out += stretch.dates.len();
    let text = match (tally.checked, tally.failed) {
        (0, _) => "No day can be compared: the logs share no days, or lack closing dates or P/L.".into(),
        (_, 0) => "The trades that closed on a day add up to the P/L of the daily log.".into(),
        _ => format!(
            "{}: the trades that closed do not add up to the P/L of the daily log. The files look like different runs.",
            tally.failures()
        ),
    };
    let together = " Days on which trades were held overnight are taken together until all are closed.";
    let text = text + if overnight { together } else { "" };
    let left_out = "days that only one log covers, without P/L, or before a trade is closed";
    let text = text + &tally.left_out_because(left_out);
    tally.end(text)
}

struct Stretch {
    dates: Vec<Date>,
    daily: Total,
    trades: Total,
    known: bool,
}

impl Default for Stretch {
    fn default() -> Stretch {
        Stretch { dates: Vec::new(), daily: Total::EMPTY, trades: Total::EMPTY, known: true }
    }
}

impl Stretch {
    fn add(&mut self, date: Date, account: &Account) {
        self.dates.push(date);
        let merge = |total: &mut Total, more: Total| {
            total.sum = total.sum.zip(more.sum).and_then(|(a, b)| plus(a, b));
            total.numbers = total.numbers.saturating_add(more.numbers);
        };
        merge(&mut self.trades, account.trades);
        match account.daily {
            Some(daily) => merge(&mut self.daily, daily),
            None => self.known = false,
        }
    }

    fn end(self, trade_range: &Range, tally: &mut Tally) {
        let (Some(first), Some(last)) = (self.dates.first(), self.dates.last()) else { return };
        // Before the first trade and after the last, a day without P/L agrees with a log without trades; any other is
        // a matter of the ranges.
        let quiet = self.daily.sum == Some(Decimal::ZERO);
        if !self.known || !(quiet || trade_range.holds(*first) && trade_range.holds(*last)) {
            tally.left_out += self.dates.len();
            return;
        }
        // Every trade and every day is rounded to the cent.
        let tolerance = half_cents(self.trades.numbers + self.daily.numbers);
        let holds = self.trades.sum.zip(self.daily.sum).is_some_and(|(trades, daily)| near(trades, daily, tolerance));
        tally.count(holds, || {
            let since = if first == last { String::new() } else { format!(" since {first}") };
            let expected = format!("{} from {} trades{since}", shown(self.trades.sum), self.trades.numbers);
            let found = if self.daily.numbers == 0 { "no such day".into() } else { shown(self.daily.sum) };
            example(*last, None, expected, found)
        });
    }
}

/// Both logs cover the same time: trades lie within the days of the daily log, and it has no P/L beyond the trades.
pub(super) fn ranges(trades: &[Trade<'_>], days: &[Day]) -> Check {
    const NAME: &str = "date_ranges";
    let (Some(trade_range), Some(daily_range)) = (Range::of_trades(trades), Range::of_days(days)) else {
        return not_applicable(NAME, "days", ONE_LOG);
    };
    let mut tally = Tally::new(NAME, "days with trades or P/L");
    let with_trades = trades.iter().flat_map(|trade| [Some(trade.opened), trade.closed]).flatten();
    let with_trades: BTreeSet<Date> = with_trades.collect();
    // An open trade goes on after its log ends, and so does the P/L of the account.
    let open = trades.iter().any(|trade| trade.closed.is_none());
    let explained = |date: Date| trade_range.holds(date) || (open && date > trade_range.last);
    let with_pl = days.iter().filter(|day| day.pl.is_some_and(|pl| pl != Decimal::ZERO)).map(|day| day.date);
    let with_pl: BTreeSet<Date> = with_pl.collect();
    let (mut trades_beyond, mut pl_beyond) = (0usize, 0usize);
    for &date in with_trades.union(&with_pl) {
        let trade_fits = !with_trades.contains(&date) || daily_range.holds(date);
        let pl_fits = !with_pl.contains(&date) || explained(date);
        trades_beyond += usize::from(!trade_fits);
        pl_beyond += usize::from(!pl_fits);
        tally.count(trade_fits && pl_fits, || {
            let (inside, found) = match trade_fits {
                false => (daily_range, "a trade on a day that the daily log does not cover"),
                true => (trade_range, "P/L on a day that the trade log does not cover"),
            };
            example(date, None, format!("{} to {}", inside.first, inside.last), found.into())
        });
    }
    let ranges = written(&trade_range, &daily_range);
    let text = match (trades_beyond, pl_beyond) {
        (0, 0) => format!("Both logs cover the same time: {ranges}."),
        (beyond, 0) => format!("{beyond} days with trades lie outside the daily log: {ranges}."),
        (0, beyond) => format!("{beyond} days with P/L lie outside the trade log: {ranges}."),
        (t, d) => format!("{t} days with trades and {d} days with P/L lie outside the other log: {ranges}."),
    };
    tally.end(text)
}

fn written(trades: &Range, days: &Range) -> String {
    format!("trade log {} to {}, daily log {} to {}", trades.first, trades.last, days.first, days.last)
}

pub(super) fn verdict(trades: &[Trade<'_>], days: &[Day], by_day: &Check, ranges: &Check) -> Verdict {
    let (Some(trade_range), Some(daily_range)) = (Range::of_trades(trades), Range::of_days(days)) else {
        return Verdict { agreement: Agreement::Unknown, text: format!("Nothing to compare. {ONE_LOG}") };
    };
    let agreement = match (by_day.status, ranges.status) {
        (Status::Fails, _) | (_, Status::Fails) => Agreement::DifferentRuns,
        (Status::Holds, _) => Agreement::Agree,
        _ => Agreement::Unknown,
    };
    let what = match agreement {
        Agreement::Agree => "trade log and daily log agree",
        Agreement::DifferentRuns => "trade log and daily log look like different runs",
        Agreement::Unknown => "it cannot be told whether trade log and daily log are of one run",
    };
    let numbers = format!("{} of {} {} differ", by_day.failed, by_day.checked, by_day.counted);
    Verdict { agreement, text: format!("{what}: {numbers}; {}", written(&trade_range, &daily_range)) }
}
