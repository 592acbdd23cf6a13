//! Trades, walked backwards from the newest to the last one that was stored. Trades change what is held, so most of the
//! time nothing is asked at all.

use std::collections::VecDeque;

use foliosync_engine::model::Batch;
use foliosync_engine::model::accounts::{Balance, Fill};
use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::provider::{Change, FetchRequest, Item, Page, ProviderError, Reach};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::ask::Private;
use super::balances::TRADING;
use super::key;
use super::trades::{self, Place};
use crate::exchange::{Faults, Seen, Watch, count, held, is_zero, json, mark, without_key};

/// Requests of one page.
const REQUESTS_PAGE: usize = 10;
/// The kinds of the history; what is of the last three days comes in one list.
const KINDS: [&str; 5] = ["SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION"];
/// What the list of all kinds is called on screen.
const RECENT: &str = "recent trades";
/// That list goes back three days. Whoever was away for longer asks the history, too.
const RECENT_REACH: SignedDuration = SignedDuration::from_hours(60);
/// Nobody is told of anything older than three months.
const HISTORY_REACH: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The watermark.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Mark {
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<Seen>,
    #[serde(skip_serializing_if = "is_zero")]
    skew: i64,
    #[serde(flatten)]
    watch: Watch,
    #[serde(skip_serializing_if = "Faults::is_none")]
    faults: Faults,
    /// Everything up to this bill id is stored, as far as it is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    newest: Option<u64>,
    /// When a walk last came to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    complete_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    going: Option<Walk>,
}

/// A walk that is going.
#[derive(Clone, Serialize, Deserialize)]
struct Walk {
    began_at: Timestamp,
    /// Lists to walk through, the first one now.
    left: VecDeque<String>,
    /// How far down the first one was walked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<u64>,
    /// The highest bill id that the walk has met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    top: Option<u64>,
    /// Where it ends: what is stored already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<u64>,
    /// Fills of the first list that earlier pages have read, and rows that they could not.
    #[serde(default, skip_serializing_if = "is_zero")]
    read: i64,
    #[serde(default, skip_serializing_if = "is_zero")]
    unread: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// Whether anything could not be read: then the next walk comes this way again.
    #[serde(default)]
    is_lacking: bool,
}

pub async fn page(reach: &Reach, request: &FetchRequest<'_>) -> Result<Page, ProviderError> {
    let mut mark: Mark = mark(request);
    let was_read = mark.key.is_some();
    let Some(private) = Private::of(reach, request, mark.skew)? else { return without_key(was_read, "OKX") };
    mark.key = Some(key::seen(&private, mark.key.as_ref()).await?);
    let (walk, again) = match mark.going.take() {
        Some(walk) => (walk, Vec::new()),
        None => {
            let walk = begin(request, &mut mark)?;
            let is_asked = |list: &str| walk.as_ref().is_some_and(|walk| walk.left.iter().any(|left| left == list));
            let again = mark.faults.again(is_asked);
            let Some(walk) = walk else {
                mark.skew = private.skew.millis();
                let expected = i64::try_from(again.len()).ok();
                return Ok(Page { items: again, expected, ..Page::last(json(&mark)) });
            };
            (walk, again)
        }
    };
    let expected = i64::try_from(again.len() + walk.left.len()).unwrap_or(i64::MAX);
    let (changes, read, left) = walk.step(&private, mark.complete_at).await?;
    mark.skew = private.skew.millis();
    mark.faults.note(&read);
    let items = [again, read].concat();
    let more = !left.left.is_empty();
    if more {
        mark.going = Some(left);
    } else {
        mark.watch.looked_at = Some(left.began_at);
        if !left.is_lacking {
            mark.newest = mark.newest.max(left.top);
            mark.complete_at = Some(left.began_at);
        }
    }
    Ok(Page { changes, items, more, expected: Some(expected), ..Page::last(json(&mark)) })
}

/// The walk that is due now, if one is.
fn begin(request: &FetchRequest<'_>, mark: &mut Mark) -> Result<Option<Walk>, ProviderError> {
    let balances: Vec<Balance> = request.work()?;
    let held = held(&balances, TRADING);
    let is_asked_for = request.options.rehash || !request.options.items.is_empty();
    if !is_asked_for && mark.watch.changed(&held).is_empty() && !mark.watch.is_due(request.now) {
        return Ok(None);
    }
    mark.watch.held = held;
    if request.options.rehash {
        (mark.newest, mark.complete_at) = (None, None);
    }
    let was_away = mark.complete_at.is_none_or(|at| request.now.duration_since(at).abs() >= RECENT_REACH);
    let history = KINDS.iter().filter(|_| was_away);
    let left = std::iter::once(&RECENT).chain(history).map(|list| list.to_string()).collect();
    Ok(Some(Walk {
        began_at: request.now,
        left,
        before: None,
        top: None,
        until: mark.newest,
        read: 0,
        unread: 0,
        why: None,
        is_lacking: false,
    }))
}

type Stepped = (Vec<Change>, Vec<Item>, Walk);

impl Walk {
    /// Walks on, until the page is full or all lists are at their ends.
    async fn step(mut self, private: &Private<'_>, complete_at: Option<Timestamp>) -> Result<Stepped, ProviderError> {
        let (mut fills, mut items): (Vec<Fill>, Vec<Item>) = (Vec::new(), Vec::new());
        for asked in 0..REQUESTS_PAGE {
            let Some(list) = self.left.front().cloned() else { break };
            let place = if list == RECENT { Place::Recent } else { Place::History(&list) };
            let item = match trades::ask(private, place, self.before).await {
                Ok(told) => self.took(told, &mut fills).then(|| self.item(&list, complete_at)),
                // What was read is stored first; the next page meets the fault at its beginning.
                Err(_) if asked > 0 => break,
                Err(error) => Some(self.failure(&list, error)?),
            };
            if let Some(item) = item {
                items.push(item);
                self.left.pop_front();
                (self.before, self.read, self.unread, self.why) = (None, 0, 0, None);
            }
        }
        let changes = if fills.is_empty() { Vec::new() } else { vec![Change::Upsert(Batch::of(&fills))] };
        Ok((changes, items, self))
    }

    /// Takes what was told; whether that was all of the list.
    fn took(&mut self, told: trades::Told, fills: &mut Vec<Fill>) -> bool {
        let is_known = |id: u64| self.until.is_some_and(|until| id <= until);
        let new: Vec<_> = told.fills.into_iter().filter(|(id, _)| !is_known(*id)).collect();
        self.top = self.top.into_iter().chain(new.iter().map(|(id, _)| *id)).max();
        self.read += i64::try_from(new.len()).unwrap_or(i64::MAX);
        fills.extend(new.into_iter().map(|(_, fill)| fill));
        if let Some((why, rows)) = told.fault {
            self.is_lacking = true;
            self.unread += i64::try_from(rows).unwrap_or(i64::MAX);
            self.why.get_or_insert(why);
        }
        let is_over = !told.is_full || told.oldest.is_none_or(is_known);
        self.before = told.oldest.or(self.before);
        is_over
    }

    fn item(&self, list: &str, complete_at: Option<Timestamp>) -> Item {
        let rows = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
        let mut detail = count(rows(self.read), "trade");
        if let Some(at) = complete_at.filter(|at| self.began_at.duration_since(*at) > HISTORY_REACH) {
            detail += &format!("; OKX tells three months, so those between {at:.0} and then are not here");
        }
        if let Some(why) = &self.why {
            let unread = count(rows(self.unread), "trade");
            let why = format!("{unread} cannot be read and will be asked for again, the first because {why}");
            return Item { imported: self.read, skipped: self.unread, ..Item::new(list, ItemStatus::Rejected, why) };
        }
        match self.read {
            0 => Item::new(list, ItemStatus::Unchanged, ""),
            read => Item { imported: read, ..Item::new(list, ItemStatus::Updated, detail) },
        }
    }

    /// What the failure of the first request of a page comes to. What is no fault of this list alone ends the stream.
    fn failure(&mut self, list: &str, error: ProviderError) -> Result<Item, ProviderError> {
        let status = match &error {
            // Whoever may not trade a kind has no fills of it.
            ProviderError::NotInPlan { .. } if list != RECENT => {
                return Ok(Item::new(list, ItemStatus::Unchanged, error.to_string()));
            }
            ProviderError::Malformed { .. } | ProviderError::Refused { .. } if list != RECENT => ItemStatus::Rejected,
            _ => return Err(error),
        };
        self.is_lacking = true;
        Ok(Item::new(list, status, error.to_string()))
    }
}
