//! Current prices, twenty pairs in a request: up to that many cost as little as one.

use std::collections::BTreeMap;

use foliosync_engine::model::Decimal;
use foliosync_engine::model::instrument::{BY_PROVIDER, Listing};
use foliosync_engine::model::work::SymbolWork;
use foliosync_engine::provider::{Page, ProviderError};
use foliosync_engine::units::Unit;
use serde_json::Value as Json;

use super::ask::Ask;
use super::{ID, QUOTE_ASSETS};
use crate::coins::{LAG, without_range};
use crate::prices::{self, Quote, Read, Row, Sweep, not_in_plan, rows, unit_of};

pub const BATCH: usize = 20;
/// Of one request for up to [`BATCH`] pairs.
pub const WEIGHT: u32 = 2;

pub async fn page(ask: &Ask<'_>) -> Result<Page, ProviderError> {
    if !prices::is_on(ask.request.settings, "quotes") {
        return Ok(Page::last(Json::Null));
    }
    let sweep = Sweep::of(ask.request)?;
    let batch = sweep.batch(BATCH);
    if batch.is_empty() {
        ask.prove().await?;
    }
    match many(ask, batch).await {
        Ok(read) => Ok(sweep.page(batch.len(), read)),
        Err(error) => sweep.failed(batch.len(), error),
    }
}

/// One unknown pair fails the whole request, so the request is halved until it is found.
async fn many(ask: &Ask<'_>, batch: &[SymbolWork]) -> Result<Read, ProviderError> {
    let mut read = Read::default();
    let mut known = Vec::new();
    for symbol in batch {
        match unit_of(symbol) {
            Ok(unit) => known.push((symbol, unit)),
            Err(without) => read.add(*without),
        }
    }
    let mut parts = vec![&known[..]];
    while let Some(part) = parts.pop().filter(|part| !part.is_empty()) {
        let names: Vec<&str> = part.iter().map(|(symbol, _)| symbol.native_symbol.as_str()).collect();
        let Some(answer) = tickers(ask, &names).await? else {
            match part {
                [(symbol, unit)] => read.add(otherwise(ask, symbol, unit).await?),
                _ => {
                    let (first, second) = part.split_at(part.len() / 2);
                    parts.extend([second, first]);
                }
            }
            continue;
        };
        let rows = rows(&answer.body, "Binance")?;
        let by_name: BTreeMap<_, _> = rows.iter().filter_map(|row| Some((row.text("symbol")?, row))).collect();
        for (symbol, unit) in part {
            read.add(match by_name.get(&symbol.native_symbol) {
                Some(row) if has_price(row) => quote(ask, symbol, unit.clone(), row),
                Some(_) => nobody_trades(ask, symbol, "Binance lists the pair and does not trade it"),
                None => nobody_trades(ask, symbol, "Binance left the pair out of its answer"),
            });
        }
    }
    Ok(read)
}

async fn tickers(ask: &Ask<'_>, names: &[&str]) -> Result<Option<foliosync_engine::http::HttpAnswer>, ProviderError> {
    let symbols = serde_json::to_string(names).unwrap_or_default();
    ask.get("/api/v3/ticker/24hr", &[("symbols", symbols)], WEIGHT).await
}

/// A pair that is not known may be traded against something else. What is found is written down, so that it is asked
/// for by that name from then on.
async fn otherwise(ask: &Ask<'_>, symbol: &SymbolWork, unit: &Unit) -> Result<Read, ProviderError> {
    if let Some(coin) = symbol.native_symbol.strip_suffix(unit.currency.as_str()) {
        let others = QUOTE_ASSETS.iter().filter(|asset| **asset != unit.currency && **asset != coin);
        for (asset, pair) in others.map(|asset| (asset, format!("{coin}{asset}"))) {
            let Some(answer) = tickers(ask, &[&pair]).await? else { continue };
            let rows = rows(&answer.body, "Binance")?;
            let row = rows.iter().find(|row| row.text("symbol").as_ref() == Some(&pair) && has_price(row));
            if let (Some(row), Some(other)) = (row, Unit::parse(asset)) {
                // Its last price is of another unit, so that it says nothing about this one.
                let anew = SymbolWork { price: None, price_as_of: None, ..symbol.clone() };
                let mut read = quote(ask, &anew, other, row);
                read.listings.push(Listing {
                    provider: ID.into(),
                    native_symbol: pair,
                    instrument_id: Some(symbol.instrument_id.clone()),
                    unit: Some((*asset).into()),
                    name: None,
                    mapped_by: BY_PROVIDER.into(),
                    quoted: true,
                    factor: None,
                });
                return Ok(read);
            }
        }
    }
    let why = format!("Binance trades no pair of it with {}", QUOTE_ASSETS.join(", "));
    Ok(nobody_trades(ask, symbol, &why))
}

/// Another connection may know it; here it is asked again tomorrow.
fn nobody_trades(ask: &Ask<'_>, symbol: &SymbolWork, why: &str) -> Read {
    not_in_plan(ask.request.stream, symbol, why, ask.request.now)
}

fn has_price(row: &Row<'_>) -> bool {
    row.decimal("lastPrice").map_or(true, |price| price.is_some_and(|price| price > Decimal::ZERO))
}

fn quote(ask: &Ask<'_>, symbol: &SymbolWork, unit: Unit, row: &Row<'_>) -> Read {
    let read = Quote::new(ID, symbol, unit, row.unix_millis("closeTime"), ask.request)
        .with("current_price", row.decimal("lastPrice"))
        .with("previous_close", row.decimal("prevClosePrice"))
        .with("change_pct", row.decimal("priceChangePercent"))
        .with("day_open", row.decimal("openPrice"))
        .with("day_high", row.decimal("highPrice"))
        .with("day_low", row.decimal("lowPrice"))
        .with("volume", row.decimal("volume"))
        .read(LAG);
    without_range(read)
}
