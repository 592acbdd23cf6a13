//! Trades: of files that the user exported, then of the exchange, pair by pair.
//!
//! There is no list of all trades, so each pair is asked for by itself: pairs of what is held, of what was traded, and
//! those that the user names. Trades change what is held, so most of the time nothing is asked at all.

mod pairs;
mod walk;

use std::collections::BTreeMap;

use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::provider::{FetchRequest, Item, Page, ProviderError, Reach, Settings};
use serde::{Deserialize, Serialize};

pub use self::pairs::SYMBOLS;
use self::pairs::{Pair, Turn, plan};
use self::walk::Walk;
use super::ask::Private;
use super::{export, key, trades};
use crate::exchange::{Faults, Seen, Watch, is_zero, json, mark, without_key};

/// What a look takes.
pub fn weight(settings: &Settings) -> usize {
    pairs::requests(settings) * trades::WEIGHT as usize
}

/// The watermark.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Mark {
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<Seen>,
    #[serde(skip_serializing_if = "is_zero")]
    skew: i64,
    /// Exported files that were read.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, export::Known>,
    /// By symbol.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub pairs: BTreeMap<String, Pair>,
    /// What was held, traded or named when pairs were last looked up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    looked_up: Vec<String>,
    #[serde(flatten)]
    watch: Watch,
    #[serde(skip_serializing_if = "Faults::is_none")]
    faults: Faults,
    turn: Turn,
    /// When pairs were last looked up for all that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    listed_at: Option<jiff::Timestamp>,
    /// What a run that is going has left to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    going: Option<Going>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Going {
    /// Files up to this one have been looked at.
    Files {
        after: String,
    },
    Plan {},
    Walk(Walk),
}

/// The next page: some files, then what is to be asked, then some pairs.
pub async fn page(reach: &Reach, request: &FetchRequest<'_>) -> Result<Page, ProviderError> {
    let mut mark: Mark = mark(request);
    let going = mark.going.take();
    let after = match going {
        Some(Going::Walk(walk)) => return walk_on(reach, request, mark, walk).await,
        Some(Going::Plan {}) => return planned(reach, request, mark).await,
        Some(Going::Files { after }) => Some(after),
        None => None,
    };
    if !request.settings.contains_key(export::FOLDER) {
        return planned(reach, request, mark).await;
    }
    let has_key = request.credentials.is_given("api_key");
    let read = match export::read(reach, request, mark.files.clone(), after).await {
        Ok(read) => read,
        // The exchange is asked all the same.
        Err(ProviderError::Backoff { message } | ProviderError::NeedsUser { message }) if has_key => {
            mark.faults.note(&[Item::new(export::FOLDER, ItemStatus::Deferred, message)]);
            return planned(reach, request, mark).await;
        }
        Err(error) => return Err(error),
    };
    mark.faults.note(&[Item::new(export::FOLDER, ItemStatus::Unchanged, "")]);
    mark.files = read.files;
    for (symbol, base) in read.pairs {
        mark.pairs.entry(symbol).or_insert_with(|| Pair::new(&base));
    }
    let is_last = read.after.is_none() && !has_key;
    let expected = is_last.then(|| i64::try_from(read.items.len()).unwrap_or(i64::MAX));
    mark.going = match read.after {
        Some(after) => Some(Going::Files { after }),
        None => (!is_last).then_some(Going::Plan {}),
    };
    Ok(Page { changes: read.changes, items: read.items, more: !is_last, expected, ..Page::last(json(&mark)) })
}

async fn planned(reach: &Reach, request: &FetchRequest<'_>, mut mark: Mark) -> Result<Page, ProviderError> {
    let Some(private) = Private::of(reach, request, mark.skew)? else {
        // Without a key now, with or without files: what was read with one says so.
        let was_read = mark.key.is_some();
        return without_key(was_read, "Binance").map(|page| Page { watermark: json(&mark), ..page });
    };
    mark.key = Some(key::seen(&private, mark.key.as_ref()).await?);
    let walk = plan(&private, &mut mark).await?;
    let has_folder = request.settings.contains_key(export::FOLDER);
    mark.faults.keep(|name| mark.pairs.contains_key(name) || (name == export::FOLDER && has_folder));
    mark.skew = private.skew.millis();
    let is_asked = |symbol: &str| walk.as_ref().is_some_and(|walk| walk.covers(symbol));
    let items = if request.options.items.is_empty() { mark.faults.again(is_asked) } else { Vec::new() };
    let here = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let (expected, more) = (here + walk.as_ref().map_or(0, Walk::expected), walk.is_some());
    mark.going = walk.map(Going::Walk);
    Ok(Page { items, more, expected: Some(expected), ..Page::last(json(&mark)) })
}

async fn walk_on(reach: &Reach, request: &FetchRequest<'_>, mut mark: Mark, walk: Walk) -> Result<Page, ProviderError> {
    let Some(private) = Private::of(reach, request, mark.skew)? else { return without_key(true, "Binance") };
    mark.key = Some(key::seen(&private, mark.key.as_ref()).await?);
    let expected = walk.expected();
    let stepped = walk.step(&private, &mut mark.pairs).await?;
    mark.skew = private.skew.millis();
    mark.faults.note(&stepped.items);
    let more = stepped.left.is_some();
    mark.watch.looked_at = stepped.looked_at.or(mark.watch.looked_at);
    mark.going = stepped.left.map(Going::Walk);
    Ok(Page {
        changes: stepped.changes,
        items: stepped.items,
        more,
        expected: Some(expected),
        ..Page::last(json(&mark))
    })
}
