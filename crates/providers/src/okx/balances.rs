//! What the accounts hold.

use foliosync_engine::model::Decimal;
use foliosync_engine::model::accounts::Balance;
use foliosync_engine::provider::{FetchRequest, Page, ProviderError, Reach};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::ask::{Object, Private, data};
use super::{ID, key};
use crate::accounts::snapshot::{self, EmptyOnce};
use crate::exchange::{Seen, described, is_name, is_zero, json, kind, malformed, mark, part, without_key};
use crate::prices::Row;

pub const TRADING: &str = "trading";
const FUNDING: &str = "funding";
/// Half as often as what limits are counted in, and about that.
const WEIGHT: u32 = 2;

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
}

pub async fn page(reach: &Reach, request: &FetchRequest<'_>) -> Result<Page, ProviderError> {
    let stored: Vec<Balance> = request.work()?;
    let Mark { key, skew, mut empty } = mark(request);
    let Some(private) = Private::of(reach, request, skew)? else { return without_key(!stored.is_empty(), "OKX") };
    let seen = key::seen(&private, key.as_ref()).await?;
    let trading = trading(&private).await;
    let funding = match &trading {
        // What holds for the first holds for the second.
        Err(ProviderError::RetryAt { .. } | ProviderError::NeedsUser { .. }) => Ok(Vec::new()),
        _ => funding(&private).await,
    };
    let answered: Vec<Balance> = [&trading, &funding].into_iter().flatten().flatten().cloned().collect();
    let parts = vec![part(TRADING, true, trading)?, part(FUNDING, false, funding)?];
    let mut taken = snapshot::take(&stored, parts, &mut empty, request.now);
    let on = TimeZone::UTC.to_datetime(request.now).date();
    taken.changes.extend(described(ID, &stored, &answered, &Default::default(), on, |_| false));
    let mark = Mark { key: Some(seen), skew: private.skew.millis(), empty };
    let expected = i64::try_from(taken.items.len()).ok();
    Ok(Page { changes: taken.changes, items: taken.items, expected, ..Page::last(json(&mark)) })
}

async fn trading(private: &Private<'_>) -> Result<Vec<Balance>, ProviderError> {
    #[derive(Deserialize)]
    struct Account<'a> {
        #[serde(borrow)]
        details: Vec<&'a RawValue>,
    }
    let answer = private.get("/api/v5/account/balance", &[], WEIGHT).await?;
    let accounts: Vec<Account<'_>> = data(&answer)?;
    let [account] = &accounts[..] else { return Err(malformed("OKX", "its answer does not tell the trading account")) };
    account.details.iter().map(|row| balance(TRADING, row, private.ask.request.now)).collect()
}

async fn funding(private: &Private<'_>) -> Result<Vec<Balance>, ProviderError> {
    let answer = private.get("/api/v5/asset/balances", &[], WEIGHT).await?;
    let rows: Vec<Object<'_>> = data(&answer)?;
    rows.iter().map(|row| balance(FUNDING, row, private.ask.request.now)).collect()
}

/// A balance that cannot be read makes the account one that cannot: a sum without it would be wrong. An empty text is no
/// zero: what it stands for has no meaning in the account's mode.
fn balance(wallet: &str, raw: &RawValue, now: Timestamp) -> Result<Balance, ProviderError> {
    let row =
        Row::of(raw).ok_or_else(|| malformed("OKX", format!("its {wallet} account has a row that is no balance")))?;
    let asset = row
        .text("ccy")
        .filter(|asset| is_name(asset))
        .ok_or_else(|| malformed("OKX", format!("its {wallet} account has a balance of nothing")))?;
    let fault = |why: String| malformed("OKX", format!("its {wallet} account: {asset}: {why}"));
    let first = |names: &[&str]| -> Result<Option<Decimal>, ProviderError> {
        for name in names {
            if let Some(amount) = row.decimal(name).map_err(fault)? {
                return Ok(Some(amount));
            }
        }
        Ok(None)
    };
    // What is owed is below zero, in the trading account.
    let names: [&[&str]; 3] = match wallet {
        TRADING => [&["eq", "cashBal"], &["availBal", "availEq"], &["frozenBal"]],
        _ => [&["bal"], &["availBal"], &["frozenBal"]],
    };
    let [total, free, locked] = [first(names[0])?, first(names[1])?, first(names[2])?];
    let total = total.ok_or_else(|| fault("its amount is missing".into()))?;
    if wallet != TRADING && total.is_negative() {
        return Err(fault("there is less than nothing of it".into()));
    }
    let kind = Some(kind(&asset).into());
    Ok(Balance { wallet: wallet.into(), asset, kind, free, locked, total, as_of: now })
}
