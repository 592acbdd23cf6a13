//! What happened in the account, oldest first, a page after the last row of the one before.
//!
//! Rows come late (fees a day after what they are for), and their ids begin with the clock of New York, which goes back in
//! autumn. So each run reads the last day again, by the time of each row, and rows are told apart by their whole ids.

use std::collections::{BTreeMap, BTreeSet};

use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::model::{Batch, Record};
use foliosync_engine::provider::{Change, FetchRequest, Item, Page, ProviderError};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::ask::{Ask, malformed, rows};
use crate::prices::Row;

const ROWS_PAGE: usize = 100;
const OVERLAP: SignedDuration = SignedDuration::from_hours(24);
/// How far ahead of our clock a row may be. One that is further would leave all later ones unread.
const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(24);

/// One kind of activities.
pub trait Activity {
    type Record: Record;
    const NAME: &'static str;
    /// Which activities to ask for.
    const FILTER: (&'static str, &'static str);

    /// What a row says; nothing where it moved nothing.
    fn read(account: &str, row: &Row<'_>) -> Result<Vec<Self::Record>, String>;

    /// The time by which the service counts a row.
    fn time(row: &Row<'_>) -> Option<Timestamp>;
}

/// How far the activities were read: the watermark of their stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Mark {
    /// Whose activities these are.
    environment: String,
    /// Rows after this are read; all where it is `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Timestamp>,
    /// The last row of the last page, while there may be more.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// The latest row that was ever read.
    #[serde(skip_serializing_if = "Option::is_none")]
    newest: Option<Timestamp>,
    /// The earliest row that could not be read: the next run begins before it again.
    #[serde(skip_serializing_if = "Option::is_none")]
    unread: Option<Timestamp>,
    /// Rows of this run that are later than those of the runs before.
    #[serde(skip_serializing_if = "is_zero")]
    new: i64,
    /// What was the latest when this run began.
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<Timestamp>,
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

impl Mark {
    /// The start, for a watermark of another form, of another account, and where everything is to be read again.
    fn of(request: &FetchRequest<'_>, environment: &str) -> Mark {
        let stored = request.watermark.and_then(|json| Mark::deserialize(json).ok());
        let stored = stored.filter(|mark| mark.environment == environment).unwrap_or_default();
        let is_anew = request.options.rehash && !(stored.token.is_some() && stored.after.is_none());
        let mark = if is_anew { Mark { newest: stored.newest, ..Mark::default() } } else { stored };
        let known = if mark.token.is_some() { mark.known } else { mark.newest };
        Mark { environment: environment.into(), known, ..mark }
    }

    fn query(&self, filter: (&'static str, &'static str)) -> Vec<(&'static str, String)> {
        let (name, value) = filter;
        let mut query = vec![(name, value.into()), ("direction", "asc".into()), ("page_size", ROWS_PAGE.to_string())];
        query.extend(self.after.map(|after| ("after", after.to_string())));
        query.extend(self.token.clone().map(|token| ("page_token", token)));
        query
    }

    /// Where the next run begins.
    fn done(self) -> Mark {
        let last = self.unread.into_iter().chain(self.newest).min();
        let after = last.and_then(|at| at.checked_sub(OVERLAP).ok());
        Mark { environment: self.environment, after, newest: self.newest, ..Mark::default() }
    }
}

pub async fn page<A: Activity>(ask: &Ask<'_>) -> Result<Page, ProviderError> {
    let mut mark = Mark::of(ask.request, ask.environment);
    let answer = ask.get("/v2/account/activities", &mark.query(A::FILTER)).await?;
    let rows = rows(&answer)?;
    if rows.len() > ROWS_PAGE {
        return Err(malformed(format!("it was asked for {ROWS_PAGE} rows and gave {}", rows.len())));
    }
    let more = rows.len() == ROWS_PAGE;
    let (mut records, mut ids, mut last) = (Vec::new(), BTreeSet::new(), None);
    let mut rejected: BTreeMap<String, String> = BTreeMap::new();
    for (nth, row) in rows.into_iter().enumerate() {
        let told = row.as_ref().ok();
        let (id, at) = (told.and_then(|row| row.text("id")), told.and_then(A::time));
        let is_ahead = at.is_some_and(|at| at.duration_since(ask.request.now) > AHEAD_MAX);
        let read = row.and_then(|row| A::read(ask.environment, &row)).and_then(|read| match (at, &id) {
            (None, _) => Err("it has no time".into()),
            (Some(at), _) if is_ahead => Err(format!("its time is {at}, which is yet to come")),
            (_, Some(id)) if ids.contains(id) => Err("another row of the page has its id".into()),
            _ => Ok(read),
        });
        match read {
            Ok(read) => {
                mark.new += i64::from(mark.known.is_none_or(|known| at.is_some_and(|at| at > known)));
                mark.newest = mark.newest.max(at);
                ids.extend(id.clone());
                records.extend(read);
            }
            Err(why) => {
                // Of a row without a time it is only known that it comes after the last one.
                let since = at.filter(|_| !is_ahead).or(mark.newest).or(mark.after).unwrap_or(Timestamp::UNIX_EPOCH);
                mark.unread = Some(mark.unread.map_or(since, |unread| unread.min(since)));
                let name = id.clone().unwrap_or_else(|| format!("row {} after {}", nth + 1, place(&mark)));
                rejected.entry(name).or_insert(why);
            }
        }
        last = id;
    }
    let refusal = |(name, why): (String, String)| {
        Item::new(name, ItemStatus::Rejected, format!("this {} cannot be read: {why}", A::NAME))
    };
    let mut items: Vec<Item> = rejected.into_iter().map(refusal).collect();
    if more {
        match last {
            Some(id) if Some(&id) != mark.token.as_ref() => mark.token = Some(id),
            _ => return Err(malformed(format!("its pages of {}s do not go on: the last row has no id", A::NAME))),
        }
    } else {
        items.push(summary::<A>(ask, mark.new));
        mark = mark.done();
    }
    let changes = if records.is_empty() { Vec::new() } else { vec![Change::Upsert(Batch::of(&records))] };
    Ok(Page { changes, items, more, ..Page::last(serde_json::to_value(&mark).unwrap_or_default()) })
}

fn summary<A: Activity>(ask: &Ask<'_>, new: i64) -> Item {
    match new {
        0 => Item::new(ask.environment, ItemStatus::Unchanged, ""),
        new => {
            let detail = format!("new {}s: {new}", A::NAME);
            Item { imported: new, ..Item::new(ask.environment, ItemStatus::Updated, detail) }
        }
    }
}

fn place(mark: &Mark) -> &str {
    mark.token.as_deref().unwrap_or("the start")
}

/// An instant as columns hold it. Some rows have nanoseconds.
pub fn instant(row: &Row<'_>, name: &str) -> Option<Timestamp> {
    let at = row.instant(name)?;
    Timestamp::from_microsecond(at.as_microsecond()).ok()
}
