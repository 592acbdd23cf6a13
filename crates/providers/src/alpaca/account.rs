//! The cash of the account.

use foliosync_engine::model::accounts::Balance;
use foliosync_engine::provider::{Page, ProviderError};
use serde_json::Value as Json;

use super::ENVIRONMENTS;
use super::ask::{Ask, malformed, row};
use crate::accounts::snapshot::{EmptyOnce, Part, Taken, take};

pub async fn page(ask: &Ask<'_>) -> Result<Page, ProviderError> {
    let stored: Vec<Balance> = ask.request.work()?;
    let mut empty = empty_once(ask.request.watermark);
    let balance = read(ask).await?;
    let mut parts = vec![Part::whole(ask.environment, vec![balance])];
    parts.extend(others(ask.environment, stored.iter().map(|held| held.wallet.as_str())));
    let Taken { changes, items } = take(&stored, parts, &mut empty, ask.request.now);
    Ok(Page { changes, items, ..Page::last(serde_json::to_value(&empty).unwrap_or_default()) })
}

async fn read(ask: &Ask<'_>) -> Result<Balance, ProviderError> {
    let answer = ask.get("/v2/account", &[]).await?;
    let account = row(&answer)?;
    let cash = account.decimal("cash").map_err(malformed)?;
    let total = cash.ok_or_else(|| malformed("its answer about the account names no cash".into()))?;
    let asset = account.text("currency");
    Ok(Balance {
        wallet: ask.environment.into(),
        asset: asset.ok_or_else(|| malformed("its answer about the account names no currency".into()))?,
        kind: Some("cash".into()),
        free: None,
        locked: None,
        total,
        as_of: ask.request.now,
    })
}

/// A watermark of another form says nothing.
pub fn empty_once(watermark: Option<&Json>) -> EmptyOnce {
    watermark.and_then(|mark| serde_json::from_value(mark.clone()).ok()).unwrap_or_default()
}

/// The environment that the connection had before its user changed it: nothing there is read any more.
pub fn others<'a, H: foliosync_engine::model::accounts::Held>(
    environment: &str,
    mut stored: impl Iterator<Item = &'a str>,
) -> Option<Part<H>> {
    let other = ENVIRONMENTS.into_iter().find(|name| *name != environment)?;
    stored.any(|name| name == other).then(|| Part::closed(other))
}
