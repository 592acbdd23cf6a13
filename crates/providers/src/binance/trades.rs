//! Trades of one pair, in pages by id.

use foliosync_engine::http::HttpAnswer;
use foliosync_engine::model::Decimal;
use foliosync_engine::model::accounts::{Fill, Side, Source};
use foliosync_engine::provider::ProviderError;
use serde_json::value::RawValue;

use super::account::SPOT;
use super::ask::Private;
use crate::exchange::{is_name, malformed};
use crate::prices::Row;

pub const PAGE: usize = 1_000;
pub const WEIGHT: u32 = 20;

/// What one answer told.
pub struct Told {
    /// Up to the first that cannot be read: what is behind it waits, so that none is lost.
    pub fills: Vec<Fill>,
    /// The id to go on from.
    pub next: i64,
    pub fault: Option<String>,
    /// Whether there may be more.
    pub is_full: bool,
}

/// The trades of a pair from an id on; `None` where the exchange does not know the pair.
pub async fn ask(private: &Private<'_>, symbol: &str, base: &str, from: i64) -> Result<Option<Told>, ProviderError> {
    let query = [("symbol", symbol.to_string()), ("limit", PAGE.to_string()), ("fromId", from.to_string())];
    let answer = private.get("/api/v3/myTrades", &query, WEIGHT).await?;
    answer.map(|answer| told(&answer, symbol, base, from)).transpose()
}

fn told(answer: &HttpAnswer, symbol: &str, base: &str, from: i64) -> Result<Told, ProviderError> {
    let rows: Vec<&RawValue> = serde_json::from_slice(&answer.body)
        .map_err(|_| malformed("Binance", format!("its answer holds no list of trades of {symbol}")))?;
    let rows: Vec<Option<Row<'_>>> = rows.into_iter().map(Row::of).collect();
    // An id that is out of order may be any of them, and going on behind a wrong one would lose trades.
    let ids: Vec<i64> = rows.iter().flatten().filter_map(id).collect();
    if ids.first().is_some_and(|first| *first < from) || ids.windows(2).any(|pair| pair[0] >= pair[1]) {
        return Err(malformed("Binance", format!("its trades of {symbol} are not in the order of their ids")));
    }
    let mut told = Told { fills: Vec::new(), next: from, fault: None, is_full: rows.len() >= PAGE };
    for row in &rows {
        let read = row.as_ref().ok_or_else(|| "it is no object".to_string());
        match read.and_then(|row| fill(row, symbol, base)) {
            Ok((id, fill)) => {
                told.fills.push(fill);
                told.next = id + 1;
            }
            Err(why) => {
                let after = if told.next > 0 { format!(" after {}", told.next - 1) } else { String::new() };
                told.fault = Some(format!("the trade{after} cannot be read, and those behind it wait: {why}"));
                break;
            }
        }
    }
    Ok(told)
}

fn id(row: &Row<'_>) -> Option<i64> {
    row.whole("id").filter(|id| (0..i64::MAX).contains(id))
}

fn fill(row: &Row<'_>, symbol: &str, base: &str) -> Result<(i64, Fill), String> {
    let id = id(row).ok_or("it has no id")?;
    if row.text("symbol").is_some_and(|other| other != symbol) {
        return Err("it is of another pair".into());
    }
    let positive = |name: &str| match row.decimal(name)? {
        Some(number) if number > Decimal::ZERO => Ok(number),
        Some(_) => Err(format!("{name} is not above zero")),
        None => Err(format!("{name} is missing")),
    };
    let at = row.unix_millis("time").ok_or("it has no time")?;
    let side = if row.flag("isBuyer").ok_or("it says neither bought nor sold")? { Side::Buy } else { Side::Sell };
    let quote = symbol.strip_prefix(base).filter(|quote| !base.is_empty() && !quote.is_empty());
    let fill = Fill {
        account: SPOT.into(),
        source: Source::Api,
        native_id: format!("{symbol}/{id}"),
        symbol: symbol.into(),
        side,
        quantity: positive("qty")?,
        price: positive("price")?,
        at,
        time_text: at.as_millisecond().to_string(),
        trade_date: None,
        kind: Some("crypto".into()),
        asset: quote.map(|_| base.into()),
        currency: quote.map(String::from),
        multiplier: Some(Decimal::ONE),
        fee: row.decimal("commission")?,
        fee_asset: row.text("commissionAsset").filter(|asset| is_name(asset)),
        position_side: None,
        effect: None,
        order_id: row.whole("orderId").map(|id| id.to_string()),
        realized_pnl: None,
        voids: None,
        note: row.flag("isMaker").map(|is_maker| if is_maker { "maker" } else { "taker" }.into()),
    };
    if fill.fee.is_some() != fill.fee_asset.is_some() {
        return Err("its fee has no asset, or an asset no fee".into());
    }
    Ok((id, fill))
}
