//! What the account holds.

use std::collections::BTreeSet;

use foliosync_engine::model::Decimal;
use foliosync_engine::model::accounts::Position;
use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::provider::{Page, ProviderError};

use super::ID;
use super::account::{empty_once, others};
use super::ask::{Ask, rows};
use super::symbols::Symbol;
use crate::accounts::described;
use crate::accounts::snapshot::{Part, Taken, take};
use crate::prices::Row;

pub async fn page(ask: &Ask<'_>) -> Result<Page, ProviderError> {
    let stored: Vec<Position> = ask.request.work()?;
    let mut empty = empty_once(ask.request.watermark);
    let answer = ask.get("/v2/positions", &[]).await?;
    let mut things = Vec::new();
    let part = match all(ask, rows(&answer)?) {
        Ok(read) => {
            let (symbols, positions): (Vec<_>, Vec<_>) = read.into_iter().unzip();
            things = symbols;
            Part::whole(ask.environment, positions)
        }
        // Of an account that is known in part only, nobody could tell what was sold.
        Err(why) => Part::lacking(ask.environment, ItemStatus::Rejected, format!("{why}; the last values are kept")),
    };
    let mut parts = vec![part];
    parts.extend(others(ask.environment, stored.iter().map(|held| held.account.as_str())));
    let Taken { mut changes, items } = take(&stored, parts, &mut empty, ask.request.now);
    let known: BTreeSet<&str> = stored.iter().map(|held| held.symbol.as_str()).collect();
    let new = things.iter().filter(|symbol| !known.contains(symbol.native.as_str()));
    changes.extend(described::changes(ID, &new.map(Symbol::thing).collect::<Vec<_>>()));
    Ok(Page { changes, items, ..Page::last(serde_json::to_value(&empty).unwrap_or_default()) })
}

/// Every position, or the first that cannot be read.
fn all(ask: &Ask<'_>, rows: Vec<Result<Row<'_>, String>>) -> Result<Vec<(Symbol, Position)>, String> {
    let told = |nth: usize, why: String| format!("position {} of the answer cannot be read: {why}", nth + 1);
    let read = |(nth, row): (usize, Result<Row<'_>, String>)| {
        row.and_then(|row| read(ask, &row)).map_err(|why| told(nth, why))
    };
    rows.into_iter().enumerate().map(read).collect()
}

fn read(ask: &Ask<'_>, row: &Row<'_>) -> Result<(Symbol, Position), String> {
    let symbol = Symbol::of(&row.text("symbol").ok_or("it has no symbol")?, row.text("asset_class").as_deref());
    let size = row.decimal("qty")?.ok_or("it has no qty")?.abs();
    let quantity = match row.text("side").as_deref() {
        Some("long") => size,
        // The size of what is sold short is written below zero by some versions of the service and above by others.
        Some("short") => -size,
        Some(other) => return Err(format!("its side is `{other}`")),
        None => return Err("it has no side".into()),
    };
    let position = Position {
        account: ask.environment.into(),
        symbol: symbol.native.clone(),
        side: "net".into(),
        kind: symbol.kind.map(String::from),
        name: None,
        quantity,
        multiplier: symbol.multiplier.map(Decimal::from),
        currency: Some(symbol.currency.clone()),
        entry_price: row.decimal("avg_entry_price")?,
        mark_price: row.decimal("current_price")?,
        market_value: row.decimal("market_value")?,
        unrealized_pnl: row.decimal("unrealized_pl")?,
        isin: None,
        exchange: row.text("exchange"),
        as_of: ask.request.now,
    };
    Ok((symbol, position))
}
