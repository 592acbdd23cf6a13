//! Fills, newest first, in pages by bill id.

use foliosync_engine::model::Decimal;
use foliosync_engine::model::accounts::{Fill, Side, Source};
use foliosync_engine::provider::ProviderError;

use super::ask::{Object, Private, data};
use super::balances::TRADING;
use crate::exchange::{is_name, malformed};
use crate::prices::Row;

pub const PAGE: usize = 100;

/// What one answer told.
pub struct Told {
    /// With their bill ids.
    pub fills: Vec<(u64, Fill)>,
    /// The oldest bill id, to go on before it.
    pub oldest: Option<u64>,
    /// Why a row cannot be read, and how many cannot.
    pub fault: Option<(String, usize)>,
    /// Whether there may be more.
    pub is_full: bool,
}

/// Where fills are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    /// Three days, of all kinds.
    Recent,
    /// Three months, of one kind.
    History(&'a str),
}

/// The fills that are older than a bill id.
pub async fn ask(private: &Private<'_>, place: Place<'_>, before: Option<u64>) -> Result<Told, ProviderError> {
    let (path, kind, weight) = match place {
        Place::Recent => ("/api/v5/trade/fills", None, 1),
        Place::History(kind) => ("/api/v5/trade/fills-history", Some(kind), 2),
    };
    let mut query = Vec::new();
    query.extend(kind.map(|kind| ("instType", kind.to_string())));
    query.extend(before.map(|id| ("after", id.to_string())));
    query.push(("limit", PAGE.to_string()));
    let answer = private.get(path, &query, weight).await?;
    let rows: Vec<Object<'_>> = data(&answer)?;
    let rows: Vec<Option<Row<'_>>> = rows.into_iter().map(Row::of).collect();
    // An id that is out of order may be any of them, and a wrong one that is too high would hide trades for good.
    let ids: Vec<u64> = rows.iter().flatten().filter_map(bill).collect();
    let is_older = ids.first().zip(before).is_none_or(|(first, before)| *first < before);
    if !is_older || ids.windows(2).any(|pair| pair[0] <= pair[1]) {
        return Err(malformed("OKX", "its trades are not in the order of their bill ids"));
    }
    let oldest = ids.last().copied();
    let mut told = Told { fills: Vec::new(), oldest, fault: None, is_full: rows.len() >= PAGE };
    for row in &rows {
        let read = row.as_ref().ok_or_else(|| "it is no object".to_string()).and_then(|row| {
            let id = bill(row).ok_or("it has no bill id")?;
            Ok((id, fill(row, id)?))
        });
        match read {
            Ok(fill) => told.fills.push(fill),
            Err(why) => told.fault = Some(told.fault.map_or((why, 1), |(first, count)| (first, count + 1))),
        }
    }
    Ok(told)
}

fn bill(row: &Row<'_>) -> Option<u64> {
    let text = row.text("billId")?;
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

fn fill(row: &Row<'_>, id: u64) -> Result<Fill, String> {
    let positive = |name: &str| match row.decimal(name)? {
        Some(number) if number > Decimal::ZERO => Ok(number),
        Some(_) => Err(format!("{name} is not above zero")),
        None => Err(format!("{name} is missing")),
    };
    let name = |name: &str| row.text(name).filter(|text| is_name(text));
    let native = name("instId").ok_or("it is of no instrument")?;
    let inst_type = name("instType").ok_or("it has no kind")?;
    let is_spot = inst_type == "SPOT";
    let (base, quote) = native.split_once('-').ok_or("its instrument is no pair")?;
    let quote = quote.split('-').next().unwrap_or(quote);
    let side = match row.text("side").as_deref() {
        Some("buy") => Side::Buy,
        Some("sell") => Side::Sell,
        _ => return Err("it says neither bought nor sold".into()),
    };
    // When it was executed; where that is not told, when it was written down.
    let time = if row.text("fillTime").is_some() { "fillTime" } else { "ts" };
    let at = row.unix_millis(time).ok_or("it has no time")?;
    // Charged is below zero there.
    let fee = row.decimal("fee")?.map(|fee| -fee);
    let fee_asset = name("feeCcy");
    if fee.is_some_and(|fee| fee != Decimal::ZERO) && fee_asset.is_none() {
        return Err("its fee has no asset".into());
    }
    let (kind, symbol) = match inst_type.as_str() {
        "SPOT" => ("crypto".to_string(), native.clone()),
        // Bought with borrowed money, which is a position beside the coins that are held.
        "MARGIN" => ("margin".into(), format!("{native}@MARGIN")),
        "FUTURES" => ("future".into(), native.clone()),
        other => (other.to_ascii_lowercase(), native.clone()),
    };
    let currency = name("tradeQuoteCcy").unwrap_or_else(|| quote.into());
    Ok(Fill {
        account: TRADING.into(),
        source: Source::Api,
        native_id: id.to_string(),
        symbol,
        side,
        quantity: positive("fillSz")?,
        price: positive("fillPx")?,
        at,
        time_text: at.as_millisecond().to_string(),
        trade_date: None,
        kind: Some(kind),
        asset: Some(base.into()),
        currency: Some(currency),
        // Sizes of contracts are told elsewhere, and some contracts are worth the inverse of their price.
        multiplier: (is_spot || inst_type == "MARGIN").then_some(Decimal::ONE),
        fee,
        fee_asset,
        position_side: row.text("posSide").filter(|side| matches!(side.as_str(), "long" | "short")),
        effect: None,
        order_id: row.text("ordId"),
        realized_pnl: row.decimal("fillPnl")?.filter(|_| !is_spot),
        voids: None,
        note: row.text("execType").and_then(|kind| match kind.as_str() {
            "M" => Some("maker".into()),
            "T" => Some("taker".into()),
            _ => None,
        }),
    })
}
