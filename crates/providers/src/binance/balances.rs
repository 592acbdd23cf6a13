//! What the wallets hold.

use std::collections::BTreeSet;

use foliosync_engine::model::accounts::Balance;
use foliosync_engine::provider::{FetchRequest, Page, ProviderError, Reach};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::account::{self, FUNDING, SPOT};
use super::ask::Private;
use super::listing::Listed;
use super::{ID, key};
use crate::accounts::snapshot::{self, EmptyOnce};
use crate::exchange::{Seen, described, is_zero, json, mark, needs_listing, part, without_key};

/// The watermark: nothing of it is about what was read.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Mark {
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<Seen>,
    /// Milliseconds between our clock and the exchange's.
    #[serde(skip_serializing_if = "is_zero")]
    skew: i64,
    #[serde(skip_serializing_if = "EmptyOnce::is_none")]
    empty: EmptyOnce,
    /// Assets that are held and that nobody could tell yet.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    open: BTreeSet<String>,
}

pub async fn page(reach: &Reach, request: &FetchRequest<'_>) -> Result<Page, ProviderError> {
    let stored: Vec<Balance> = request.work()?;
    let Mark { key, skew, mut empty, open } = mark(request);
    let Some(private) = Private::of(reach, request, skew)? else { return without_key(!stored.is_empty(), "Binance") };
    let seen = key::seen(&private, key.as_ref()).await?;
    let spot = account::read(&private).await.map(|account| account.balances);
    let funding = match &spot {
        // What holds for the first holds for the second.
        Err(ProviderError::RetryAt { .. } | ProviderError::NeedsUser { .. }) => Ok(Vec::new()),
        _ => account::funding(&private).await,
    };
    let answered: Vec<Balance> = [&spot, &funding].into_iter().flatten().flatten().cloned().collect();
    let parts = vec![part(SPOT, true, spot)?, part(FUNDING, false, funding)?];
    let mut taken = snapshot::take(&stored, parts, &mut empty, request.now);
    let unclear = needs_listing(&stored, &answered, &open);
    let listed = if unclear.is_empty() { Some(Listed::default()) } else { Listed::ask(&private.ask).await.ok() };
    let (told, still_open) = match &listed {
        Some(_) => (answered, BTreeSet::new()),
        // Asked again with the next run; what is clear is told now.
        None => (answered.into_iter().filter(|row| !unclear.contains(&row.asset)).collect(), unclear),
    };
    let (on, listed) = (TimeZone::UTC.to_datetime(request.now).date(), listed.unwrap_or_default());
    taken.changes.extend(described(ID, &stored, &told, &open, on, |asset| listed.has(asset)));
    let mark = Mark { key: Some(seen), skew: private.skew.millis(), empty, open: still_open };
    let expected = i64::try_from(taken.items.len()).ok();
    Ok(Page { changes: taken.changes, items: taken.items, expected, ..Page::last(json(&mark)) })
}
