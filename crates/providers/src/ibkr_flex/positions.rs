//! Positions, from the rows that are there: a sum for each, or its lots, or one of each model of an account.

use std::collections::BTreeMap;

use foliosync_engine::model::Decimal;
use foliosync_engine::model::accounts::Position;
use jiff::Timestamp;

use super::fields::Fields;
use super::symbols::Symbol;
use super::when::Clock;

/// One row of an account.
#[derive(Debug, Clone)]
pub struct Held {
    is_lot: bool,
    symbol: Symbol,
    position: Position,
}

/// `until` is the last day of the statement.
pub fn read(fields: &Fields<'_>, account: &str, clock: &Clock, until: Timestamp) -> Result<Held, String> {
    let quantity = match fields.number("position")? {
        Some(quantity) => quantity,
        None => fields.need_number("quantity")?,
    };
    let (mark_price, market_value) = (fields.number("markPrice")?, fields.number("positionValue")?);
    let symbol = Symbol::of(fields)?.settled(quantity, mark_price.unwrap_or_default(), market_value);
    match fields.text("side") {
        None => {}
        Some("Long") if !quantity.is_negative() => {}
        Some("Short") if quantity.is_negative() || quantity == Decimal::ZERO => {}
        Some(side) => return Err(format!("its side is {side}, and it holds {quantity}")),
    }
    let as_of = match fields.text("reportDate") {
        Some(text) => {
            let end = clock.date(text).and_then(|date| clock.end_of(date));
            end.ok_or_else(|| format!("its reportDate is `{text}`"))?.min(until)
        }
        None => until,
    };
    let entry_price = fields.number("costBasisPrice")?.or(fields.number("openPrice")?);
    let position = Position {
        account: account.into(),
        symbol: symbol.native.clone(),
        side: "net".into(),
        kind: symbol.kind.clone(),
        name: symbol.name(),
        quantity,
        multiplier: symbol.multiplier,
        currency: Some(symbol.currency.clone()),
        entry_price,
        mark_price,
        market_value,
        unrealized_pnl: fields.number("fifoPnlUnrealized")?,
        isin: symbol.isin.clone(),
        exchange: symbol.exchange.clone(),
        as_of,
    };
    Ok(Held { is_lot: fields.text("levelOfDetail") == Some("LOT"), symbol, position })
}

/// Each position once. Where there are sums, lots say nothing new.
pub fn whole(rows: &[Held]) -> Result<Vec<(Symbol, Position)>, String> {
    let has_sums = rows.iter().any(|row| !row.is_lot);
    let mut all: BTreeMap<&str, (Symbol, Position)> = BTreeMap::new();
    for row in rows.iter().filter(|row| !(has_sums && row.is_lot)) {
        match all.get_mut(row.symbol.native.as_str()) {
            None => {
                all.insert(&row.symbol.native, (row.symbol.clone(), row.position.clone()));
            }
            Some((symbol, sum)) => {
                let is_same = symbol.currency == row.symbol.currency && symbol.kind == row.symbol.kind;
                if !is_same || sum.multiplier != row.position.multiplier {
                    return Err(format!("two things are called {}", symbol.native));
                }
                add(sum, &row.position).ok_or_else(|| format!("{} has more digits than fit", symbol.native))?;
            }
        }
    }
    Ok(all.into_values().collect())
}

/// What each cost is the cost of that one alone.
fn add(sum: &mut Position, more: &Position) -> Option<()> {
    let both = |a: Option<Decimal>, b: Option<Decimal>| match a.zip(b) {
        Some((a, b)) => a.checked_add(b).map(Some),
        None => Some(None),
    };
    sum.quantity = sum.quantity.checked_add(more.quantity)?;
    sum.market_value = both(sum.market_value, more.market_value)?;
    sum.unrealized_pnl = both(sum.unrealized_pnl, more.unrealized_pnl)?;
    sum.entry_price = sum.entry_price.filter(|own| more.entry_price == Some(*own));
    sum.mark_price = sum.mark_price.filter(|own| more.mark_price == Some(*own));
    sum.as_of = sum.as_of.min(more.as_of);
    Some(())
}
