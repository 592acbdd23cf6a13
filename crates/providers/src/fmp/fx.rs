//! Rates of currencies: quotes of pairs, without bid and ask.

use foliosync_engine::model::work::SymbolWork;
use foliosync_engine::provider::{Page, ProviderError};
use serde_json::Value as Json;

use super::ask::Ask;
use super::quotes::segment;
use super::{ID, SINGLES_PAGE, pairs};
use crate::prices::{FxQuote, Read, Sweep, next_utc_midnight, rows};

pub async fn page(ask: &Ask<'_>) -> Result<Page, ProviderError> {
    let pairs = pairs(ask.request.settings)?;
    if pairs.is_empty() {
        return Ok(Page::last(Json::Null));
    }
    let sweep = Sweep::over(pairs, ask.request);
    let batch: Vec<SymbolWork> = sweep.batch(SINGLES_PAGE).to_vec();
    let mut read = Read::default();
    for (nth, pair) in batch.iter().enumerate() {
        match one(ask, &sweep, pair).await {
            Ok(more) => read.add(more),
            Err(_) if nth > 0 => return Ok(sweep.page(nth, read)),
            // A plan has currencies or has none; they are not asked for again all day.
            Err(ProviderError::NotInPlan { message }) => {
                let at = next_utc_midnight(ask.request.now);
                return Err(ProviderError::RetryAt { at, message: format!("{message} (currencies)") });
            }
            Err(error) => return ask.failed(sweep, 1, error),
        }
    }
    Ok(sweep.page(batch.len(), read))
}

async fn one(ask: &Ask<'_>, sweep: &Sweep, pair: &SymbolWork) -> Result<Read, ProviderError> {
    let name = &pair.native_symbol;
    let answer = if ask.is_legacy {
        ask.get(sweep, &format!("/api/v3/quote/{}", segment(name)), &[]).await?
    } else {
        ask.get(sweep, "/stable/quote", &[("symbol", name.clone())]).await?
    };
    if answer.status == 404 {
        return Ok(Read::default());
    }
    let rows = rows(&answer.body, "Financial Modeling Prep")?;
    let Some(row) = rows.iter().find(|row| row.text("symbol").as_ref() == Some(name)) else {
        return Ok(Read::default());
    };
    let at = row.unix_seconds("timestamp");
    let rate = match row.decimal("price") {
        Ok(rate) => rate,
        Err(why) => {
            return Ok(Read::item(name, foliosync_engine::model::sync::ItemStatus::Rejected, why));
        }
    };
    Ok(FxQuote { provider: ID, pair, rate, bid: None, ask: None, at, now: ask.request.now }.read())
}
