//! The two wallets, as their answers tell them.

use foliosync_engine::http::{HttpAnswer, Method};
use foliosync_engine::model::Decimal;
use foliosync_engine::model::accounts::Balance;
use foliosync_engine::provider::ProviderError;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::ask::Private;
use crate::exchange::{is_name, kind, malformed};
use crate::prices::{Row, rows};

pub const SPOT: &str = "spot";
pub const FUNDING: &str = "funding";
pub const WEIGHT: u32 = 20;
pub const FUNDING_WEIGHT: u32 = 1;

pub struct Account {
    /// The exchange's number of it.
    pub number: Option<String>,
    pub balances: Vec<Balance>,
}

/// The spot wallet, and whose it is.
pub async fn read(private: &Private<'_>) -> Result<Account, ProviderError> {
    let query = [("omitZeroBalances", "true".to_string())];
    let answer = private.get("/api/v3/account", &query, WEIGHT).await?;
    spot(&answer.ok_or_else(|| no_wallet(SPOT))?, private.ask.request.now)
}

pub async fn funding(private: &Private<'_>) -> Result<Vec<Balance>, ProviderError> {
    let answer = private.sapi(Method::Post, "/sapi/v1/asset/get-funding-asset", FUNDING_WEIGHT).await?;
    let rows = rows(&answer.body, "Binance")?;
    rows.iter().map(|row| balance(FUNDING, row, private.ask.request.now)).collect()
}

fn spot(answer: &HttpAnswer, now: Timestamp) -> Result<Account, ProviderError> {
    #[derive(Deserialize)]
    struct Body<'a> {
        #[serde(borrow)]
        balances: Vec<&'a RawValue>,
        #[serde(default, borrow)]
        uid: Option<&'a RawValue>,
    }
    let body: Body<'_> = serde_json::from_slice(&answer.body).map_err(|_| no_wallet(SPOT))?;
    let row = |raw: &&RawValue| balance(SPOT, &Row::of(raw).ok_or_else(|| no_wallet(SPOT))?, now);
    let balances = body.balances.iter().map(row).collect::<Result<_, _>>()?;
    let number = body.uid.map(|uid| uid.get().trim_matches('"').to_string());
    let is_number = |text: &String| !text.is_empty() && text.len() <= 20 && text.bytes().all(|b| b.is_ascii_digit());
    Ok(Account { number: number.filter(is_number), balances })
}

fn no_wallet(wallet: &str) -> ProviderError {
    malformed("Binance", format!("its answer does not tell the {wallet} wallet"))
}

/// A balance that cannot be read makes the wallet one that cannot: a sum without it would be wrong.
fn balance(wallet: &str, row: &Row<'_>, now: Timestamp) -> Result<Balance, ProviderError> {
    let asset = row
        .text("asset")
        .filter(|asset| is_name(asset))
        .ok_or_else(|| malformed("Binance", format!("its {wallet} wallet has a balance of nothing")))?;
    let fault = |why: &str| malformed("Binance", format!("its {wallet} wallet: {asset}: {why}"));
    let amount = |name: &str, is_needed: bool| match row.decimal(name).map_err(|why| fault(&why))? {
        Some(amount) if amount.is_negative() => Err(fault(&format!("{name} is below zero"))),
        Some(amount) => Ok(amount),
        None if is_needed => Err(fault(&format!("{name} is missing"))),
        None => Ok(Decimal::ZERO),
    };
    let free = amount("free", true)?;
    let bound = [amount("locked", true)?, amount("freeze", false)?, amount("withdrawing", false)?];
    let sum = |start: Decimal| bound.iter().try_fold(start, |sum, amount| sum.checked_add(*amount));
    let (Some(locked), Some(total)) = (sum(Decimal::ZERO), sum(free)) else {
        return Err(fault("there is more of it than can be"));
    };
    let kind = Some(kind(&asset).into());
    Ok(Balance { wallet: wallet.into(), asset, kind, free: Some(free), locked: Some(locked), total, as_of: now })
}
