//! Current prices: one request has those of all coins.

use std::collections::BTreeMap;

use foliosync_engine::model::Decimal;
use foliosync_engine::model::work::SymbolWork;
use foliosync_engine::provider::{Page, ProviderError};
use serde_json::Value as Json;

use super::ask::{Ask, Object, data};
use super::{ID, QUOTE};
use crate::coins::{LAG, without_range};
use crate::prices::{self, Quote, Read, Row, Sweep, not_in_plan, unit_of};

pub const WEIGHT: u32 = 1;
/// Coins of one page, for which all prices are read once.
const COINS_PAGE: usize = 2_000;
/// Places of a percentage that is computed here.
const PERCENT_PLACES: u8 = 4;

pub async fn page(ask: &Ask<'_>) -> Result<Page, ProviderError> {
    if !prices::is_on(ask.request.settings, "quotes") {
        return Ok(Page::last(Json::Null));
    }
    let sweep = Sweep::of(ask.request)?;
    let batch = sweep.batch(COINS_PAGE);
    if batch.is_empty() {
        ask.prove().await?;
        return Ok(sweep.page(0, Read::default()));
    }
    match all(ask, batch).await {
        Ok(read) => Ok(sweep.page(batch.len(), read)),
        Err(error) => sweep.failed(batch.len(), error),
    }
}

async fn all(ask: &Ask<'_>, batch: &[SymbolWork]) -> Result<Read, ProviderError> {
    let query = [("quoteCcy", QUOTE.to_string())];
    let mut read = Read::default();
    let missing = |symbol: &SymbolWork, why: &str| not_in_plan(ask.request.stream, symbol, why, ask.request.now);
    let Some(answer) = ask.get("/api/v5/market/index-tickers", &query, WEIGHT).await? else {
        batch.iter().for_each(|symbol| read.add(missing(symbol, "OKX has no index prices in dollars here")));
        return Ok(read);
    };
    let objects: Vec<Object<'_>> = data(&answer)?;
    let rows: Vec<Row<'_>> = objects.into_iter().filter_map(Row::of).collect();
    let by_name: BTreeMap<_, _> = rows.iter().filter_map(|row| Some((row.text("instId")?, row))).collect();
    for symbol in batch {
        read.add(match by_name.get(&symbol.native_symbol) {
            Some(row) if matches!(row.decimal("idxPx"), Ok(None)) => missing(symbol, "OKX has no price of it now"),
            Some(row) => quote(ask, symbol, row),
            None => missing(symbol, "OKX has no index of it in dollars"),
        });
    }
    Ok(read)
}

fn quote(ask: &Ask<'_>, symbol: &SymbolWork, row: &Row<'_>) -> Read {
    let unit = match unit_of(symbol) {
        Ok(unit) => unit,
        Err(read) => return *read,
    };
    // The price at the last midnight of UTC ended one day and began the next.
    let midnight = || row.decimal("sodUtc0");
    let read = Quote::new(ID, symbol, unit, row.unix_millis("ts"), ask.request)
        .with("current_price", row.decimal("idxPx"))
        .with("previous_close", midnight())
        .with("change_pct", Ok(change(row)))
        .with("day_open", midnight())
        .with("day_high", row.decimal("high24h"))
        .with("day_low", row.decimal("low24h"))
        .read(LAG);
    without_range(read)
}

/// Per cent since midnight, where both prices are there.
fn change(row: &Row<'_>) -> Option<Decimal> {
    let price = row.decimal("idxPx").ok()??;
    let before = row.decimal("sodUtc0").ok()?.filter(|before| *before > Decimal::ZERO)?;
    let part = price.checked_sub(before)?.checked_mul(Decimal::from(100))?.checked_div(before)?;
    Some(part.round(PERCENT_PLACES))
}
