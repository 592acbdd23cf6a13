//! What can be done to the market from outside.

use foliosync_engine::model::Decimal;
use jiff::civil::Date;

use crate::market::Amount;
use crate::market::calendar::day_of;
use crate::market::catalogue::MONEY;
use crate::world::World;

fn name(world: &World, symbol: &str) -> Result<String, String> {
    let asset = world.market.find(symbol).ok_or_else(|| format!("there is no symbol `{symbol}`"))?;
    Ok(world.market.name(asset))
}

pub fn correct_close(world: &World, symbol: &str, date: Date, close: Decimal) -> Result<(), String> {
    let name = name(world, symbol)?;
    world.market.events_mut().correct_close(name, day_of(date), Amount::of(close));
    Ok(())
}

pub fn correct_rate(world: &World, currency: &str, date: Date, rate: Decimal) -> Result<(), String> {
    if !MONEY.iter().any(|money| money.code == currency && !money.is_coin) {
        return Err(format!("there is no currency `{currency}`"));
    }
    world.market.events_mut().correct_rate(currency.into(), day_of(date), Amount::of(rate));
    Ok(())
}

pub fn split(world: &World, symbol: &str, date: Date, factor: Decimal) -> Result<(), String> {
    if factor <= Decimal::ZERO {
        return Err(format!("a split by {factor} is impossible: give the new shares for one old share"));
    }
    let name = name(world, symbol)?;
    world.market.events_mut().split(name, day_of(date), Amount::of(factor));
    Ok(())
}

pub fn dividend(world: &World, symbol: &str, date: Date, cash: Decimal) -> Result<(), String> {
    let name = name(world, symbol)?;
    world.market.events_mut().dividend(name, day_of(date), Amount::of(cash));
    Ok(())
}
