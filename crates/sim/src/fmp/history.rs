//! Daily bars: split-adjusted, newest first, with the running day's from its opening on.

use jiff::ToSpan;

use crate::exchange::Request;
use crate::json::Object;
use crate::market::calendar::{date_of, day_of};
use crate::market::{Amount, Asset, Bar, Basis};
use crate::world::World;

/// Free plans and calls without `from` reach back so far.
const YEARS: i64 = 5;

/// The asked bars, oldest first.
pub(super) fn bars(world: &World, asset: Asset, request: &Request, is_paid: bool) -> Vec<Bar> {
    let market = &world.market;
    let now = request.second();
    let today = market.calendar.latest(market.venue(asset), now).day;
    let earliest = date_of(today).checked_sub(YEARS.years()).map_or(today, day_of);
    let first = match request.date("from").map(day_of) {
        Some(from) if is_paid => from.max(day_of(jiff::civil::date(1999, 1, 4))),
        Some(from) => from.max(earliest),
        None => earliest,
    };
    let last = request.date("to").map_or(today, day_of);
    market.bars(asset, first, last, now, Basis::SplitAdjusted)
}

pub(super) fn vwap(bar: &Bar) -> Amount {
    (bar.open + bar.high + bar.low + bar.close).scaled(1, 4).round(4)
}

pub(super) fn change_percent(bar: &Bar) -> Amount {
    (bar.close - bar.open).scaled(100, 1).over(bar.open).round(5)
}

pub(super) fn stable(world: &World, asset: Asset, request: &Request, is_paid: bool) -> Vec<String> {
    let symbol = world.market.name(asset);
    let row = |bar: &Bar| {
        Object::new()
            .text("symbol", &symbol)
            .text("date", date_of(bar.day).to_string())
            .raw("open", bar.open.plain())
            .raw("high", bar.high.plain())
            .raw("low", bar.low.plain())
            .raw("close", bar.close.plain())
            .int("volume", bar.volume)
            .raw("change", (bar.close - bar.open).plain())
            .raw("changePercent", change_percent(bar).plain())
            .raw("vwap", vwap(bar).plain())
            .end()
    };
    bars(world, asset, request, is_paid).iter().rev().map(row).collect()
}
