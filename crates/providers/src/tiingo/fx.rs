//! Rates of currencies: middle, bid and ask of all pairs in one request.

use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::model::work::SymbolWork;
use foliosync_engine::provider::{Page, ProviderError};
use serde_json::Value as Json;

use super::ask::Ask;
use super::{ID, NAME, errors, pairs};
use crate::prices::{FxQuote, Read, Row, Sweep, rows};

const PAIRS_PAGE: usize = 100;

pub async fn page(ask: &Ask<'_>) -> Result<Page, ProviderError> {
    let pairs = pairs(ask.request.settings)?;
    if pairs.is_empty() {
        return Ok(Page::last(Json::Null));
    }
    let sweep = Sweep::over(pairs, ask.request);
    let batch = sweep.batch(PAIRS_PAGE);
    if batch.is_empty() {
        return Ok(sweep.page(0, Read::default()));
    }
    let names = batch.iter().map(|pair| pair.native_symbol.as_str()).collect::<Vec<_>>().join(",");
    let answer = match ask.get("/tiingo/fx/top", &[("tickers", names)]).await {
        Ok(answer) => answer,
        Err(error) => return sweep.failed(batch.len(), error),
    };
    let rows = if errors::is_unknown(&answer) { Vec::new() } else { rows(&answer.body, NAME)? };
    let mut read = Read::default();
    for pair in batch {
        let is_its =
            |row: &&Row<'_>| row.text("ticker").is_some_and(|name| name.eq_ignore_ascii_case(&pair.native_symbol));
        read.add(match rows.iter().find(is_its) {
            Some(row) => rate(ask, pair, row),
            None => {
                let why = "Tiingo knows no rate of this pair; most pairs are known one way only";
                Read::item(&pair.native_symbol, ItemStatus::Missing, why)
            }
        });
    }
    Ok(sweep.page(batch.len(), read))
}

fn rate(ask: &Ask<'_>, pair: &SymbolWork, row: &Row<'_>) -> Read {
    match (row.decimal("midPrice"), row.decimal("bidPrice"), row.decimal("askPrice")) {
        (Ok(rate), Ok(bid), Ok(offer)) => {
            let at = row.instant("quoteTimestamp");
            FxQuote { provider: ID, pair, rate, bid, ask: offer, at, now: ask.request.now }.read()
        }
        (Err(why), ..) | (_, Err(why), _) | (.., Err(why)) => {
            Read::item(&pair.native_symbol, ItemStatus::Rejected, format!("its rate cannot be used: {why}"))
        }
    }
}
