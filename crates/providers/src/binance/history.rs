//! Daily prices: candles of whole days of UTC.

use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::model::work::SymbolWork;
use foliosync_engine::provider::{Page, ProviderError};
use jiff::ToSpan;
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::ID;
use super::ask::Ask;
use crate::coins::{LAG, bars, day_starts};
use crate::prices::{self, Days, Read, Sweep, not_in_plan, unit_of};

/// Of one request.
pub const WEIGHT: u32 = 2;
const CANDLES_MAX: usize = 1_000;
/// Coins of one page that need requests: ten years are four of them.
const COINS_PAGE: usize = 10;

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
    let end = day_starts(days.to.saturating_add(1.day())) - 1;
    let mut from = days.from;
    loop {
        let query = [
            ("symbol", symbol.native_symbol.clone()),
            ("interval", "1d".to_string()),
            ("startTime", day_starts(from).to_string()),
            ("endTime", end.to_string()),
            ("limit", CANDLES_MAX.to_string()),
        ];
        let Some(answer) = ask.get("/api/v3/klines", &query, WEIGHT).await? else {
            let why = "Binance does not trade the pair";
            return Ok(not_in_plan(ask.request.stream, symbol, why, ask.request.now));
        };
        let candles: Vec<Vec<&RawValue>> = serde_json::from_slice(&answer.body).map_err(|error| {
            let message = format!("its candles are no JSON lists (line {}, column {})", error.line(), error.column());
            ProviderError::Malformed { what: "Binance", message }
        })?;
        let (more, bad) = bars(&candles, true);
        let last = more.iter().map(|bar| bar.date).max();
        found.extend(more);
        faults.extend(bad);
        // From the last day on, as long as that moves.
        match last {
            Some(last) if candles.len() >= CANDLES_MAX && last >= from && last < days.to => {
                from = last.saturating_add(1.day());
            }
            _ => break,
        }
    }
    Ok(days.read((ID, ask.request.stream), symbol, &unit, (found, faults), ask.request.now))
}
