//! What symbols are quoted in: the venue does not tell, so each is asked for once.

use foliosync_engine::model::instrument::{BY_PROVIDER, Listing};
use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::model::work::SymbolWork;
use foliosync_engine::provider::{Item, Page, ProviderError};
use foliosync_engine::units::Unit;

use super::ask::Ask;
use super::{ID, NAME};
use crate::prices::{Read, SINGLES_PAGE, Sweep, not_in_plan, rows, segment};

/// A symbol that every plan knows.
const KNOWN_TO_ALL: &str = "AAPL";

pub async fn page(ask: &Ask<'_>) -> Result<Page, ProviderError> {
    let sweep = Sweep::of(ask.request)?;
    let batch: Vec<SymbolWork> = sweep.batch(SINGLES_PAGE).to_vec();
    if batch.is_empty() {
        // Somebody who tries the connection out wants to hear about a wrong key.
        if ask.request.manual {
            profile(ask, &sweep, KNOWN_TO_ALL).await?;
        }
        return Ok(sweep.page(0, Read::default()));
    }
    let mut read = Read::default();
    for (nth, symbol) in batch.iter().enumerate() {
        match one(ask, &sweep, symbol).await {
            Ok(more) => read.add(more),
            Err(_) if nth > 0 => return Ok(sweep.page(nth, read)),
            Err(error) => return ask.failed(sweep, 1, error),
        }
    }
    Ok(sweep.page(batch.len(), read))
}

async fn profile(
    ask: &Ask<'_>,
    sweep: &Sweep,
    name: &str,
) -> Result<foliosync_engine::http::HttpAnswer, ProviderError> {
    if ask.is_legacy {
        return ask.get(sweep, &format!("/api/v3/profile/{}", segment(name)), &[]).await;
    }
    ask.get(sweep, "/stable/profile", &[("symbol", name.to_string())]).await
}

async fn one(ask: &Ask<'_>, sweep: &Sweep, symbol: &SymbolWork) -> Result<Read, ProviderError> {
    let name = &symbol.native_symbol;
    let answer = match profile(ask, sweep, name).await {
        Err(ProviderError::NotInPlan { message }) => {
            return Ok(not_in_plan(ask.request.stream, symbol, &message, ask.request.now));
        }
        sent => sent?,
    };
    if answer.status == 404 {
        return Ok(Read::default());
    }
    let rows = rows(&answer.body, NAME)?;
    let Some(row) = rows.iter().find(|row| row.text("symbol").as_ref() == Some(name)) else {
        return Ok(Read::default());
    };
    let Some(unit) = row.text("currency").filter(|unit| Unit::parse(unit).is_some()) else {
        let why = "its profile names no currency: map the symbol with the unit of its price";
        return Ok(Read::item(name, ItemStatus::Missing, why));
    };
    let item = Item::new(name, ItemStatus::Updated, format!("quoted in {unit}"));
    let listing = Listing {
        provider: ID.into(),
        native_symbol: name.clone(),
        instrument_id: Some(symbol.instrument_id.clone()),
        unit: Some(unit),
        name: row.text("companyName"),
        mapped_by: BY_PROVIDER.into(),
        quoted: true,
        factor: None,
    };
    Ok(Read { listings: vec![listing], items: vec![item], ..Read::default() })
}
