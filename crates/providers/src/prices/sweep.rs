//! Sweeping over symbols in batches, one page each, by name: so that the place is found again when the list changes.

use foliosync_engine::model::sync::{ItemStatus, SyncOptions};
use foliosync_engine::model::work::SymbolWork;
use foliosync_engine::provider::{FetchRequest, Item, Page, ProviderError};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::Read;

/// Batches in a row that may fail before the sweep does: the source is not hammered.
const FAILED_BATCHES_MAX: u32 = 3;

/// How far a sweep has come: the watermark of its stream. Behind the last page it is empty but for what holds beyond a
/// sweep, and the next run begins anew.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Position {
    /// The last symbol of the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Batches that failed in a row up to here.
    #[serde(skip_serializing_if = "is_zero")]
    failed_batches: u32,
    /// The latest time that the source gave in this sweep.
    #[serde(skip_serializing_if = "Option::is_none")]
    as_of: Option<Timestamp>,
    /// What the sweep was asked to do, unless that is the usual.
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<SyncOptions>,
    /// Until then the plan is known not to include asking for several symbols at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub singles_until: Option<Timestamp>,
    /// When the source said without a time that it had been asked too often, and nothing was read since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limited_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looked_up: Option<LookedUp>,
}

/// Symbols that a plan counts once a month each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookedUp {
    /// Its first day.
    pub month: Date,
    pub symbols: u32,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Position {
    /// Where to go on; the start for a watermark of another form, and for one that a sweep with other options left behind:
    /// it may have passed symbols that this one is asked for.
    fn of(request: &FetchRequest<'_>) -> Position {
        let stored = request.watermark.and_then(|json| Position::deserialize(json).ok()).unwrap_or_default();
        let options = Some(request.options.clone()).filter(|options| *options != SyncOptions::default());
        if stored.options == options {
            return stored;
        }
        Position { options, ..stored.lasting() }
    }

    /// What holds beyond the sweep.
    fn lasting(self) -> Position {
        let Position { singles_until, limited_at, looked_up, .. } = self;
        Position { singles_until, limited_at, looked_up, ..Position::default() }
    }

    fn json(&self) -> Json {
        serde_json::to_value(self).expect("plain data serializes")
    }
}

/// One fetch of a sweep over symbols.
pub struct Sweep {
    symbols: Vec<SymbolWork>,
    begin: usize,
    /// What is set here goes into the watermark of the page.
    pub position: Position,
}

impl Sweep {
    /// Over the work list, or over those of it that the run was asked for, by native symbol or by instrument.
    pub fn of(request: &FetchRequest<'_>) -> Result<Sweep, ProviderError> {
        Ok(Sweep::over(request.work()?, request))
    }

    pub fn over(mut symbols: Vec<SymbolWork>, request: &FetchRequest<'_>) -> Sweep {
        if !request.options.items.is_empty() {
            symbols.retain(|symbol| is_named(request, symbol));
        }
        symbols.sort_by(|a, b| a.native_symbol.cmp(&b.native_symbol));
        symbols.dedup_by(|a, b| a.native_symbol == b.native_symbol);
        let position = Position::of(request);
        let is_behind = |symbol: &SymbolWork| Some(&symbol.native_symbol) <= position.after.as_ref();
        let begin = symbols.partition_point(is_behind);
        Sweep { symbols, begin, position }
    }

    /// The next symbols, at most so many; none where the sweep is at its end.
    pub fn batch(&self, max: usize) -> &[SymbolWork] {
        let rest = &self.symbols[self.begin..];
        &rest[..max.max(1).min(rest.len())]
    }

    /// The page that covers the first `count` symbols of the batch. Those that `read` has no item for were not in the
    /// answer.
    pub fn page(&self, count: usize, mut read: Read) -> Page {
        let covered = self.batch(count.max(1));
        for symbol in covered {
            if !read.items.iter().any(|item| item.name == symbol.native_symbol) {
                let why = "it is not in the answer: unknown there, or no longer traded";
                read.items.push(Item::new(&symbol.native_symbol, ItemStatus::Missing, why));
            }
        }
        let position = Position {
            after: covered.last().map(|symbol| symbol.native_symbol.clone()),
            failed_batches: 0,
            as_of: self.position.as_of.max(read.as_of),
            limited_at: None,
            ..self.position.clone()
        };
        self.page_at(self.begin + covered.len(), position, read)
    }

    /// What the failure of a batch of the next `count` symbols comes to. A fault of this batch alone is told with its
    /// symbols, and the sweep goes on; whatever ends the stream, and the third fault in a row, is returned.
    pub fn failed(&self, count: usize, error: ProviderError) -> Result<Page, ProviderError> {
        let status = match &error {
            ProviderError::Backoff { .. } => ItemStatus::Deferred,
            ProviderError::Malformed { .. } | ProviderError::Refused { .. } | ProviderError::NotInPlan { .. } => {
                ItemStatus::Rejected
            }
            ProviderError::RetryAt { .. } | ProviderError::ResyncClock { .. } | ProviderError::NeedsUser { .. } => {
                return Err(error);
            }
        };
        let failed_batches = self.position.failed_batches + 1;
        if failed_batches >= FAILED_BATCHES_MAX {
            return Err(error);
        }
        let covered = self.batch(count.max(1));
        let items = covered.iter().map(|symbol| Item::new(&symbol.native_symbol, status, error.to_string()));
        let read = Read { items: items.collect(), ..Read::default() };
        let after = covered.last().map(|symbol| symbol.native_symbol.clone());
        let position = Position { after, failed_batches, ..self.position.clone() };
        Ok(self.page_at(self.begin + covered.len(), position, read))
    }

    /// A page without symbols that only remembers what is set in `position`; the next one asks for the same again.
    pub fn noted(&self) -> Page {
        Page { more: true, expected: self.expected(), ..Page::last(self.position.json()) }
    }

    fn page_at(&self, end: usize, position: Position, read: Read) -> Page {
        let more = end < self.symbols.len();
        let as_of = position.as_of;
        let watermark = if more { position } else { position.lasting() };
        Page {
            changes: read.changes(),
            items: read.items,
            settings: read.settings,
            watermark: watermark.json(),
            more,
            expected: self.expected(),
            as_of,
        }
    }

    fn expected(&self) -> Option<i64> {
        i64::try_from(self.symbols.len() - self.begin).ok()
    }
}

/// Whether the run was asked for this very symbol.
pub fn is_named(request: &FetchRequest<'_>, symbol: &SymbolWork) -> bool {
    let items = &request.options.items;
    items.iter().any(|item| *item == symbol.native_symbol || *item == symbol.instrument_id)
}
