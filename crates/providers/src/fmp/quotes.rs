//! Current prices: many symbols at once where the plan includes that, else one by one.

use std::collections::BTreeMap;

use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::model::work::SymbolWork;
use foliosync_engine::provider::{FetchRequest, Page, ProviderError};
use serde_json::Value as Json;

use super::ask::Ask;
use super::{ID, LAG, NAME, batch_size, errors};
use crate::prices::{
    self, Quote, Read, Row, SINGLES_PAGE, Sweep, next_utc_midnight, not_in_plan, rows, segment, unit_of,
};

pub async fn page(ask: &Ask<'_>) -> Result<Page, ProviderError> {
    let request = ask.request;
    if !prices::is_on(request.settings, "quotes") {
        return Ok(Page::last(Json::Null));
    }
    let mut sweep = Sweep::of(request)?;
    let size = batch_size(request.settings)?;
    if sweep.batch(1).is_empty() {
        return Ok(sweep.page(0, Read::default()));
    }
    let are_barred = sweep.position.singles_until.is_some_and(|until| until > request.now);
    if are_barred || size == 1 {
        return one_by_one(ask, sweep).await;
    }
    sweep.position.singles_until = None;
    let batch: Vec<SymbolWork> = sweep.batch(size).to_vec();
    match many(ask, &sweep, &batch).await {
        Ok(read) => Ok(sweep.page(batch.len(), read)),
        Err(error @ ProviderError::NotInPlan { .. }) => {
            // A symbol that the plan lacks is found out one by one, and only now; a missing endpoint is not asked again
            // before the next day.
            if errors::is_restricted(&error) {
                sweep.position.singles_until = Some(next_utc_midnight(request.now));
            }
            one_by_one(ask, sweep).await
        }
        Err(error) => ask.failed(sweep, batch.len(), error),
    }
}

async fn many(ask: &Ask<'_>, sweep: &Sweep, batch: &[SymbolWork]) -> Result<Read, ProviderError> {
    let (mut read, known) = with_unit(batch);
    if known.is_empty() {
        return Ok(read);
    }
    let names = known.iter().map(|symbol| symbol.native_symbol.as_str()).collect::<Vec<_>>().join(",");
    let answer = if ask.is_legacy {
        ask.get(sweep, &format!("/api/v3/quote/{}", segment(&names)), &[]).await?
    } else {
        ask.get(sweep, "/stable/batch-quote", &[("symbols", names)]).await?
    };
    let rows = rows(&answer.body, NAME)?;
    let by_name: BTreeMap<_, _> = rows.iter().filter_map(|row| Some((row.text("symbol")?, row))).collect();
    for symbol in known {
        if let Some(row) = by_name.get(&symbol.native_symbol) {
            read.add(quote(symbol, row, ask.request));
        }
    }
    Ok(read)
}

async fn one_by_one(ask: &Ask<'_>, sweep: Sweep) -> Result<Page, ProviderError> {
    let mut read = Read::default();
    let batch: Vec<SymbolWork> = sweep.batch(SINGLES_PAGE).to_vec();
    for (nth, symbol) in batch.iter().enumerate() {
        match one(ask, &sweep, symbol).await {
            Ok(more) => read.add(more),
            // What was read is stored first; the next page meets the fault at its beginning.
            Err(_) if nth > 0 => return Ok(sweep.page(nth, read)),
            Err(error) => return ask.failed(sweep, 1, error),
        }
    }
    Ok(sweep.page(batch.len(), read))
}

async fn one(ask: &Ask<'_>, sweep: &Sweep, symbol: &SymbolWork) -> Result<Read, ProviderError> {
    if let Err(read) = unit_of(symbol) {
        return Ok(*read);
    }
    let name = &symbol.native_symbol;
    let sent = if ask.is_legacy {
        ask.get(sweep, &format!("/api/v3/quote/{}", segment(name)), &[]).await
    } else {
        ask.get(sweep, "/stable/quote", &[("symbol", name.clone())]).await
    };
    let answer = match sent {
        Err(ProviderError::NotInPlan { message }) => {
            return Ok(not_in_plan(ask.request.stream, symbol, &message, ask.request.now));
        }
        sent => sent?,
    };
    let body: &[u8] = if answer.status == 404 { b"[]" } else { &answer.body };
    let rows = rows(body, NAME)?;
    let row = rows.iter().find(|row| row.text("symbol").as_ref() == Some(name));
    Ok(row.map_or_else(
        || Read::item(name, ItemStatus::Missing, "Financial Modeling Prep knows no quote of it"),
        |row| quote(symbol, row, ask.request),
    ))
}

/// The symbols whose unit is known; the others are told and not asked for.
fn with_unit(batch: &[SymbolWork]) -> (Read, Vec<&SymbolWork>) {
    let mut read = Read::default();
    let mut known = Vec::new();
    for symbol in batch {
        match unit_of(symbol) {
            Ok(_) => known.push(symbol),
            Err(without) => read.add(*without),
        }
    }
    (read, known)
}

fn quote(symbol: &SymbolWork, row: &Row<'_>, request: &FetchRequest<'_>) -> Read {
    let unit = match unit_of(symbol) {
        Ok(unit) => unit,
        Err(read) => return *read,
    };
    // Whether sums of a company are in the unit of its price is not documented, and matters where that is a hundredth.
    let sum = |name| if unit.is_minor() { Ok(None) } else { row.decimal(name) };
    let (market_cap, eps) = (sum("marketCap"), sum("eps"));
    Quote::new(ID, symbol, unit, row.unix_seconds("timestamp"), request)
        .with("current_price", row.decimal("price"))
        .with("previous_close", row.decimal("previousClose"))
        .with("change_pct", row.decimal_of(&["changePercentage", "changesPercentage", "changePercent"]))
        .with("day_open", row.decimal("open"))
        .with("day_high", row.decimal("dayHigh"))
        .with("day_low", row.decimal("dayLow"))
        .with("year_high", row.decimal("yearHigh"))
        .with("year_low", row.decimal("yearLow"))
        .with("volume", row.decimal("volume"))
        .with("avg_volume", row.decimal("avgVolume"))
        .with("market_cap", market_cap)
        .with("pe_ratio", row.decimal("pe"))
        .with("eps", eps)
        .with("price_avg_50", row.decimal("priceAvg50"))
        .with("price_avg_200", row.decimal("priceAvg200"))
        .read(LAG)
}
