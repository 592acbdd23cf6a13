//! What was read for some symbols: rows, and what became of each.

use foliosync_engine::budget::Window;
use foliosync_engine::model::instrument::Listing;
use foliosync_engine::model::prices::{DayBar, FxRate, QuoteField, SymbolState};
use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::model::work::SymbolWork;
use foliosync_engine::model::{Batch, Record};
use foliosync_engine::provider::{Change, Item, Named};
use jiff::Timestamp;

/// Rows for a page, in the order in which they are stored.
#[derive(Debug, Default)]
pub struct Read {
    pub listings: Vec<Listing>,
    pub quotes: Vec<QuoteField>,
    pub bars: Vec<DayBar>,
    pub rates: Vec<FxRate>,
    pub states: Vec<SymbolState>,
    pub items: Vec<Item>,
    /// See `Page::settings`.
    pub settings: Vec<Named>,
    /// The latest time that the source gives.
    pub as_of: Option<Timestamp>,
}

impl Read {
    /// Nothing but what became of one symbol.
    pub fn item(name: &str, status: ItemStatus, detail: impl Into<String>) -> Read {
        Read { items: vec![Item::new(name, status, detail)], ..Read::default() }
    }

    pub fn add(&mut self, other: Read) {
        self.listings.extend(other.listings);
        self.quotes.extend(other.quotes);
        self.bars.extend(other.bars);
        self.rates.extend(other.rates);
        self.states.extend(other.states);
        self.items.extend(other.items);
        self.settings.extend(other.settings);
        self.as_of = self.as_of.max(other.as_of);
    }

    pub(super) fn changes(&self) -> Vec<Change> {
        fn rows<R: Record>(records: &[R]) -> Option<Change> {
            (!records.is_empty()).then(|| Change::Upsert(Batch::of(records)))
        }
        let all = [rows(&self.listings), rows(&self.quotes), rows(&self.bars), rows(&self.rates), rows(&self.states)];
        all.into_iter().flatten().collect()
    }
}

/// A symbol that the plan does not include: not asked for again before the next midnight UTC, so that another connection
/// may read it.
pub fn not_in_plan(stream: &str, symbol: &SymbolWork, why: &str, now: Timestamp) -> Read {
    let until = next_utc_midnight(now);
    let state = SymbolState {
        stream: stream.into(),
        native_symbol: symbol.native_symbol.clone(),
        covered_from: symbol.covered_from,
        covered_to: symbol.covered_to,
        last_close: symbol.last_close,
        not_in_plan_until: Some(until),
        reason: Some(why.into()),
    };
    let item = Item::new(&symbol.native_symbol, ItemStatus::Missing, format!("{why}; not asked again before {until}"));
    Read { states: vec![state], items: vec![item], ..Read::default() }
}

pub fn next_utc_midnight(now: Timestamp) -> Timestamp {
    Window::Day("UTC").around(now).1
}
