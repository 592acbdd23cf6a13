//! From what was read, and what was known, to a page: rates that are new or corrected, and a word on each currency.

use std::collections::BTreeSet;

use foliosync_engine::calendar::Venue;
use foliosync_engine::limits::FX_AGE_DAYS_MAX;
use foliosync_engine::model::prices::FxRate;
use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::model::{Batch, Decimal};
use foliosync_engine::provider::{Change, Item, Named, Page};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::mark::Mark;
use super::published::Published;
use super::source::{Answer, Reading};
use super::{ID, Wish};
use crate::prices::USD_GBP;

/// Days before the last one that are read again: corrections come out late, if seldom.
const REREAD_DAYS: i64 = 5;

/// What was known before.
pub struct Known<'a> {
    pub wish: &'a Wish,
    pub mark: Mark,
    pub from: Date,
    pub now: Timestamp,
}

pub fn of(known: Known<'_>, answer: Answer) -> Page {
    let Known { wish, mark, from, now } = known;
    let reading = match answer {
        Answer::Unchanged => {
            let (modified, etag) = (mark.modified.clone(), mark.etag.clone());
            Reading { published: Published::default(), file: None, is_whole: true, modified, etag }
        }
        Answer::Read(reading) => reading,
    };
    let today = Venue::Target.trading_date(now);
    let published = within(reading.published, wish, from..=today);
    let mut after = mark.clone().with(wish, &published);
    (after.modified, after.etag) = (reading.modified, reading.etag);
    let newest = after.newest();
    let reread = newest.map(|newest| newest.saturating_sub(REREAD_DAYS.days()));
    after.from = if reading.is_whole { reread.max(mark.from).or(Some(from)) } else { Some(from) };

    let mut told = Told { before: &mark, after: &after, published: &published, file: reading.file, rows: Vec::new() };
    let mut names: BTreeSet<&String> = mark.currencies().chain(after.currencies()).collect();
    names.extend(published.rates.keys().chain(published.faults.keys()).chain(&wish.currencies));
    let mut items = Vec::new();
    for name in names {
        items.extend(told.item(name, wish, from, now));
    }
    let rows = told.rows;
    let mut page = Page::last(after.to_json());
    if !rows.is_empty() {
        page.settings = dollar_in_pounds(&after).into_iter().collect();
        page.changes.push(Change::Upsert(Batch::of(&rows)));
    }
    page.expected = i64::try_from(items.len()).ok();
    page.items = items;
    page.as_of = newest.and_then(|newest| published_at(newest, after.modified.as_deref(), now));
    page
}

/// Only what was asked for: the data service answers some questions with the last rate of a currency that ended years
/// ago.
fn within(mut published: Published, wish: &Wish, days: std::ops::RangeInclusive<Date>) -> Published {
    published.rates.retain(|currency, rates| {
        rates.retain(|date, _| days.contains(date));
        !rates.is_empty() && wish.wants(currency)
    });
    published.faults.retain(|currency, _| wish.wants(currency));
    published
}

struct Told<'a> {
    before: &'a Mark,
    after: &'a Mark,
    published: &'a Published,
    file: Option<&'static str>,
    rows: Vec<FxRate>,
}

impl Told<'_> {
    /// What became of a currency; `None` for one that the bank has ended and nobody asked for by name.
    fn item(&mut self, currency: &str, wish: &Wish, from: Date, now: Timestamp) -> Option<Item> {
        let days = self.published.rates.get(currency);
        let fresh: Vec<(Date, Decimal)> = days
            .into_iter()
            .flatten()
            .filter(|(date, rate)| self.before.rate(currency, **date) != Some(**rate))
            .map(|(date, rate)| (*date, *rate))
            .collect();
        let last = days.and_then(|days| days.keys().next_back().copied()).max(self.before.latest(currency));
        let newest = self.after.newest();
        let fault = self.published.faults.get(currency);
        let Some(last) = last else {
            if let Some(fault) = fault {
                return Some(Item { skipped: 1, ..Item::new(currency, ItemStatus::Rejected, fault) });
            }
            let detail = format!("the bank has no rate of it since {from}; take it out of the setting `currencies`");
            return Some(Item::new(currency, ItemStatus::Missing, detail));
        };
        let is_last = Some(last) == newest;
        let is_ended = newest.is_some_and(|newest| last < newest.saturating_sub(FX_AGE_DAYS_MAX.days()));
        let is_named = wish.currencies.contains(currency);
        if fresh.is_empty() && is_ended && !is_named && fault.is_none() {
            return None;
        }
        let detail = self.detail(currency, last, &fresh);
        let (status, detail) = if let Some(fault) = fault {
            (ItemStatus::Rejected, format!("{fault}; the last one is {detail}"))
        } else if !is_last && (is_named || !is_ended) {
            // Carrying it on is for whoever reads it, who sees its age.
            let newest = newest.unwrap_or(last);
            (ItemStatus::Missing, format!("there is no rate of {newest}; the last one is {detail}"))
        } else {
            (if fresh.is_empty() { ItemStatus::Unchanged } else { ItemStatus::Updated }, detail)
        };
        self.rows.extend(fresh.into_iter().map(|(date, rate)| FxRate {
            base: "EUR".into(),
            quote: currency.into(),
            date,
            provider: ID.into(),
            rate: Some(rate),
            bid: None,
            ask: None,
            observed_at: now,
        }));
        Some(Item::new(currency, status, detail))
    }

    fn detail(&self, currency: &str, last: Date, fresh: &[(Date, Decimal)]) -> String {
        let days = self.published.rates.get(currency);
        let rate = days.and_then(|days| days.get(&last).copied()).or(self.before.rate(currency, last));
        let rate = rate.map(|rate| rate.to_string()).unwrap_or_default();
        let corrected: Vec<String> = fresh
            .iter()
            .filter(|(date, _)| self.before.rate(currency, *date).is_some())
            .map(|(date, _)| date.to_string())
            .collect();
        let corrected =
            if corrected.is_empty() { String::new() } else { format!(", corrected for {}", corrected.join(", ")) };
        let file = self.file.map(|file| format!(", from {file}")).unwrap_or_default();
        format!("{rate} on {last}{corrected}{file}")
    }
}

/// Pounds for one dollar, of the last date that has both; the two rates are divided once. The bank dates rates by the day.
fn dollar_in_pounds(mark: &Mark) -> Option<Named> {
    let date = mark.latest("USD")?.min(mark.latest("GBP")?);
    let rate = mark.rate("GBP", date)?.checked_div(mark.rate("USD", date)?)?;
    let as_of = TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?;
    Some(Named { name: USD_GBP, value: rate.to_string(), as_of })
}

/// When the rates of a date came out: as the bank says, where that can be, else by its calendar.
fn published_at(date: Date, modified: Option<&str>, now: Timestamp) -> Option<Timestamp> {
    let told = modified.and_then(|text| jiff::fmt::rfc2822::parse(text).ok()).map(|at| at.timestamp());
    let told = told.filter(|at| *at <= now && Venue::Target.trading_date(*at) == date);
    told.or_else(|| Some(Venue::Target.session(date)?.close.min(now)))
}
