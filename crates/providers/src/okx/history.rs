//! Daily prices: candles of the index for whole days of UTC, read backwards.

use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::model::work::SymbolWork;
use foliosync_engine::provider::{Page, ProviderError};
use jiff::ToSpan;
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::ID;
use super::ask::{Ask, data};
use crate::coins::{LAG, bars, day_starts, plain};
use crate::prices::{self, Days, Read, Sweep, not_in_plan, unit_of};

/// The endpoint allows half as many requests as the others.
const WEIGHT: u32 = 2;
const CANDLES_MAX: usize = 100;
/// Coins of one page that need requests: ten years are 37 of them.
const COINS_PAGE: usize = 3;

pub async fn page(ask: &Ask<'_>) -> Result<Page, ProviderError> {
    if !prices::is_on(ask.request.settings, "history") {
        return Ok(Page::last(Json::Null));
    }
    let years = prices::whole_number(ask.request.settings, "history_years", 1..=10, 5)?;
    let sweep = Sweep::of(ask.request)?;
    let (mut read, mut asked, mut covered) = (Read::default(), 0, 0);
    for symbol in sweep.batch(usize::MAX) {
        match Days::of(symbol, ask.request, years, LAG) {
            // What needs no request fills no page.
            None => read.add(Read::item(&symbol.native_symbol, ItemStatus::Unchanged, "")),
            Some(_) if asked == COINS_PAGE => break,
            Some(days) => {
                asked += 1;
                match one(ask, symbol, days).await {
                    Ok(more) => read.add(more),
                    // What was read is stored first; the next page meets the fault at its beginning.
                    Err(_) if covered > 0 => break,
                    Err(error) => return sweep.failed(1, error),
                }
            }
        }
        covered += 1;
    }
    Ok(sweep.page(covered, read))
}

async fn one(ask: &Ask<'_>, symbol: &SymbolWork, days: Days) -> Result<Read, ProviderError> {
    let unit = match unit_of(symbol) {
        Ok(unit) => unit,
        Err(read) => return Ok(read),
    };
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    let first = day_starts(days.from);
    // Candles that began before this.
    let mut before = day_starts(days.to.saturating_add(1.day()));
    while before > first {
        let query = [
            ("instId", symbol.native_symbol.clone()),
            // A plain `1D` is a day of UTC+8.
            ("bar", "1Dutc".to_string()),
            ("after", before.to_string()),
            ("limit", CANDLES_MAX.to_string()),
        ];
        let Some(answer) = ask.get("/api/v5/market/history-index-candles", &query, WEIGHT).await? else {
            let why = "OKX has no index of it in dollars";
            return Ok(not_in_plan(ask.request.stream, symbol, why, ask.request.now));
        };
        let mut candles: Vec<Vec<&RawValue>> = data(&answer)?;
        let count = candles.len();
        let oldest = candles.iter().filter_map(|cells| plain(cells.first()?).parse::<i64>().ok()).min();
        // The last cell says whether the candle is complete.
        candles.retain(|cells| cells.last().is_none_or(|cell| plain(cell) != "0"));
        let (more, bad) = bars(&candles, false);
        found.extend(more);
        faults.extend(bad);
        match oldest {
            Some(oldest) if oldest < before && count >= CANDLES_MAX => before = oldest,
            _ => break,
        }
    }
    Ok(days.read((ID, ask.request.stream), symbol, &unit, (found, faults), ask.request.now))
}
