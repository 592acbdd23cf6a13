//! Public market data: prices, a day of trading, bars.

use super::{Answer, Refusal, bad_combination, eight, invalid_symbol, missing, refusal, symbol};
use crate::coins::{Pair, day};
use crate::exchange::Request;
use crate::json::{Object, array, string};
use crate::world::World;

pub enum Asked {
    All,
    One(Pair),
    Many(Vec<Pair>),
}

impl Asked {
    /// One symbol is answered by an object, anything else by a list.
    fn rows(self, world: &World, row: impl Fn(&Pair) -> String) -> String {
        match self {
            Asked::One(pair) => row(&pair),
            Asked::Many(pairs) => array(pairs.iter().map(row)),
            Asked::All => array(world.binance_pairs.iter().map(row)),
        }
    }
}

fn find(world: &World, symbol: &str) -> Result<Pair, Refusal> {
    if symbol.is_empty() || !symbol.bytes().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == b'-') {
        return Err(refusal(
            400,
            -1100,
            "Illegal characters found in parameter 'symbol'; legal range is '^[A-Z0-9-_.]{1,20}$'.",
        ));
    }
    let mut pairs = world.binance_pairs.iter();
    pairs.find(|pair| symbol.strip_prefix(pair.base) == Some(pair.quote)).copied().ok_or_else(invalid_symbol)
}

/// `symbols`: a JSON list of strings.
fn list(request: &Request) -> Option<Vec<String>> {
    serde_json::from_str(request.param("symbols")?).ok()
}

pub fn asked(world: &World, request: &Request) -> Result<Asked, Refusal> {
    match (request.param("symbol"), request.param("symbols")) {
        (Some(_), Some(_)) => Err(bad_combination()),
        (Some(symbol), None) => Ok(Asked::One(find(world, symbol)?)),
        (None, Some(_)) => {
            let Some(symbols) = list(request) else {
                return Err(refusal(
                    400,
                    -1100,
                    "Illegal characters found in parameter 'symbols'; legal range is \
                     '^\\[(\"[A-Z0-9-_.]{1,20}\"(,\"[A-Z0-9-_.]{1,20}\"){0,}){0,1}\\]$'.",
                ));
            };
            // One that is unknown fails all.
            Ok(Asked::Many(symbols.iter().map(|symbol| find(world, symbol)).collect::<Result<_, _>>()?))
        }
        (None, None) => Ok(Asked::All),
    }
}

pub fn weight_of_24hr(request: &Request) -> u32 {
    match (request.param("symbol"), list(request).map(|symbols| symbols.len())) {
        (Some(_), _) | (None, Some(0..=20)) => 2,
        (None, Some(21..=100)) => 40,
        _ => 80,
    }
}

pub fn time(_: &World, request: &Request) -> Answer {
    Ok(Object::new().int("serverTime", request.now.as_millisecond()).end())
}

pub fn ticker_price(world: &World, request: &Request) -> Answer {
    let now = request.second();
    Ok(asked(world, request)?.rows(world, |pair| {
        let price = world.market.pair_at(pair.asset, now).round(pair.decimals);
        Object::new().text("symbol", symbol(pair)).text("price", eight(price)).end()
    }))
}

pub fn ticker_24hr(world: &World, request: &Request) -> Answer {
    let is_mini = request.param("type") == Some("MINI");
    let now = request.second();
    let close = request.now.as_millisecond();
    Ok(asked(world, request)?.rows(world, |pair| {
        let (day, tick) = (day(&world.market, pair, now), pair.tick());
        let range = day.range;
        let change = range.last - range.first;
        let average = (range.first + range.high + range.low + range.last).scaled(1, 4);
        let count = (now / 10) % 1_000_000 + 500_000;
        let mut row = Object::new().text("symbol", symbol(pair));
        if !is_mini {
            row = row
                .text("priceChange", eight(change))
                .text("priceChangePercent", change.scaled(100, 1).over(range.first).round(3).fixed(3))
                .text("weightedAvgPrice", eight(average))
                .text("prevClosePrice", eight(range.first - tick))
                .text("lastPrice", eight(range.last))
                .text("lastQty", "0.01500000")
                .text("bidPrice", eight(day.bid))
                .text("bidQty", "1.25000000")
                .text("askPrice", eight(day.ask))
                .text("askQty", "2.40000000");
        }
        row = row
            .text("openPrice", eight(range.first))
            .text("highPrice", eight(range.high))
            .text("lowPrice", eight(range.low));
        if is_mini {
            row = row.text("lastPrice", eight(range.last));
        }
        row.text("volume", eight(day.volume))
            .text("quoteVolume", eight(day.volume.times(average)))
            .int("openTime", close - 86_400_000)
            .int("closeTime", close)
            .int("firstId", now)
            .int("lastId", now + count - 1)
            .int("count", count)
            .end()
    }))
}

/// Start of the bar that holds `at`, and of the next. Weeks start on Monday.
fn bar_around(interval: &str, at: i64) -> Option<(i64, i64)> {
    let (number, unit) = interval.split_at_checked(interval.len().checked_sub(1)?)?;
    let number: i64 = number.parse().ok()?;
    let (length, offset) = match (number, unit) {
        (1 | 3 | 5 | 15 | 30, "m") => (number * 60, 0),
        (1 | 2 | 4 | 6 | 8 | 12, "h") => (number * 3600, 0),
        (1 | 3, "d") => (number * 86_400, 0),
        (1, "w") => (7 * 86_400, 4 * 86_400),
        _ => return None,
    };
    let start = (at - offset).div_euclid(length) * length + offset;
    Some((start, start + length))
}

pub fn klines(world: &World, request: &Request) -> Answer {
    let Some(symbol) = request.param("symbol") else {
        return Err(missing("symbol"));
    };
    let pair = find(world, symbol)?;
    let interval = request.param("interval").unwrap_or_default();
    let now = request.second();
    let Some((running, next)) = bar_around(interval, now) else {
        return Err(refusal(400, -1120, "Invalid interval."));
    };
    let length = next - running;
    let limit = request.number("limit").unwrap_or(500).clamp(1, 1000);
    // In seconds; a bar belongs to the window if it opens inside.
    let end = request.number("endTime").map_or(running, |ms| ms.div_euclid(1000)).min(running);
    let last = bar_around(interval, end).map_or(running, |(start, _)| start);
    let first = match request.number("startTime") {
        Some(ms) => {
            let from = (ms + 999).div_euclid(1000).max(1_500_000_000);
            bar_around(interval, from).map_or(from, |(start, next)| if start < from { next } else { start })
        }
        None => last - (limit - 1) * length,
    };
    let starts = (first..=last).step_by(length as usize).take(limit as usize);
    Ok(array(starts.map(|start| {
        let (range, volume) = world.market.pair_range(pair.asset, start, (start + length).min(now));
        let quote_volume = volume.times(range.last);
        let texts = [range.first, range.high, range.low, range.last, volume].map(|amount| string(&eight(amount)));
        format!(
            "[{},{},{},\"{}\",{},\"{}\",\"{}\",\"0\"]",
            start * 1000,
            texts.join(","),
            (start + length) * 1000 - 1,
            eight(quote_volume),
            length / 2,
            eight(volume.scaled(1, 2)),
            eight(quote_volume.scaled(1, 2)),
        )
    })))
}
