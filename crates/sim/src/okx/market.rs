//! Public market data: prices, bars and what is listed.

use super::{data, error, missing, unknown};
use crate::coins::{Pair, day};
use crate::exchange::{Reply, Request};
use crate::json::{Object, array, string};
use crate::market::calendar::DAY_SECONDS;
use crate::market::catalogue::MONEY;
use crate::market::{Amount, Asset, Market};
use crate::trading::lot_decimals;
use crate::world::World;

/// Listed, but never traded: its `last` is an empty string.
const UNTRADED: &str = "ZZZ-USDT";
const HISTORY_ROWS_MAX: i64 = 300;
const INDEX_ROWS_MAX: i64 = 100;
/// What index prices are in.
const INDEX_QUOTES: [&str; 5] = ["USD", "USDT", "BTC", "USDC", "EUR"];

pub fn time(_: &World, request: &Request) -> Reply {
    data([Object::new().text("ts", request.now.as_millisecond().to_string()).end()])
}

fn id(pair: &Pair) -> String {
    format!("{}-{}", pair.base, pair.quote)
}

fn find<'a>(world: &'a World, instrument: &str) -> Option<&'a Pair> {
    let (base, quote) = instrument.split_once('-')?;
    world.okx_pairs.iter().find(|pair| pair.base == base && pair.quote == quote)
}

fn ticker_row(world: &World, request: &Request, pair: &Pair) -> String {
    let day = day(&world.market, pair, request.second());
    let (start_utc, start_china) = starts_of_day(&world.market, pair.asset, pair.decimals, request.second());
    let average = (day.range.high + day.range.low).scaled(1, 2);
    Object::new()
        .text("instType", "SPOT")
        .text("instId", id(pair))
        .text("last", day.range.last.plain())
        .text("lastSz", "0.015")
        .text("askPx", day.ask.plain())
        .text("askSz", "2.4")
        .text("bidPx", day.bid.plain())
        .text("bidSz", "1.25")
        .text("open24h", day.range.first.plain())
        .text("high24h", day.range.high.plain())
        .text("low24h", day.range.low.plain())
        .text("volCcy24h", day.volume.times(average).round(8).plain())
        .text("vol24h", day.volume.round(8).plain())
        .text("ts", request.now.as_millisecond().to_string())
        .text("sodUtc0", start_utc.plain())
        .text("sodUtc8", start_china.plain())
        .end()
}

/// The prices at the last midnight of UTC and of UTC+8.
fn starts_of_day(market: &Market, asset: Asset, decimals: u8, now: i64) -> (Amount, Amount) {
    let midnight = now.div_euclid(DAY_SECONDS) * DAY_SECONDS;
    let china = (now + 8 * 3600).div_euclid(DAY_SECONDS) * DAY_SECONDS - 8 * 3600;
    (market.pair_at(asset, midnight).round(decimals), market.pair_at(asset, china).round(decimals))
}

fn untraded(request: &Request) -> String {
    const EMPTY: [&str; 12] = [
        "last",
        "lastSz",
        "askPx",
        "askSz",
        "bidPx",
        "bidSz",
        "open24h",
        "high24h",
        "low24h",
        "volCcy24h",
        "vol24h",
        "sodUtc0",
    ];
    let row = Object::new().text("instType", "SPOT").text("instId", UNTRADED);
    let row = EMPTY.iter().fold(row, |row, key| row.text(key, ""));
    row.text("ts", request.now.as_millisecond().to_string()).text("sodUtc8", "").end()
}

pub fn tickers(world: &World, request: &Request) -> Reply {
    match request.param("instType") {
        None | Some("") => missing("instType"),
        Some("SPOT") => {
            let rows = world.okx_pairs.iter().map(|pair| ticker_row(world, request, pair));
            data(rows.chain([untraded(request)]))
        }
        Some("SWAP" | "FUTURES" | "OPTION") => data([]),
        Some(_) => error(400, "51000", "Parameter instType error"),
    }
}

pub fn ticker(world: &World, request: &Request) -> Reply {
    match request.param("instId") {
        None | Some("") => missing("instId"),
        Some(UNTRADED) => data([untraded(request)]),
        Some(instrument) => {
            find(world, instrument).map_or_else(unknown, |pair| data([ticker_row(world, request, pair)]))
        }
    }
}

fn coins() -> impl Iterator<Item = &'static str> {
    MONEY.iter().filter(|money| money.is_coin).map(|money| money.code)
}

/// The two sides of an index that there is.
fn index(instrument: &str) -> Option<(&str, &str)> {
    let (base, quote) = instrument.split_once('-')?;
    (INDEX_QUOTES.contains(&quote) && coins().any(|coin| coin == base)).then_some((base, quote))
}

/// Index prices exist for each coin in dollars, tether and euros, traded or not.
pub fn index_tickers(world: &World, request: &Request) -> Reply {
    let market = &world.market;
    let now = request.second();
    let row = |base: &str, quote: &str| {
        let asset = Market::pair(base, quote)?;
        let decimals = market.decimals(asset);
        let (range, _) = market.pair_range(asset, now - DAY_SECONDS, now);
        let (start_utc, start_china) = starts_of_day(market, asset, decimals, now);
        let row = Object::new()
            .text("instId", format!("{base}-{quote}"))
            .text("idxPx", range.last.plain())
            .text("high24h", range.high.plain())
            .text("sodUtc0", start_utc.plain())
            .text("open24h", range.first.plain())
            .text("low24h", range.low.plain())
            .text("sodUtc8", start_china.plain())
            .text("ts", request.now.as_millisecond().to_string());
        Some(row.end())
    };
    match (request.param("quoteCcy"), request.param("instId")) {
        (_, Some(instrument)) => match index(instrument).and_then(|(base, quote)| row(base, quote)) {
            Some(row) => data([row]),
            None => unknown(),
        },
        (Some(quote), None) if INDEX_QUOTES.contains(&quote) => data(coins().filter_map(|coin| row(coin, quote))),
        (Some(_), None) => error(400, "51000", "Parameter quoteCcy error"),
        (None, None) => missing("quoteCcy and instId"),
    }
}

/// Newest first. `history-candles` gives closed bars only; a plain `1D` starts at midnight of UTC+8.
pub fn candles(world: &World, request: &Request) -> Reply {
    let Some(instrument) = request.param("instId").filter(|id| !id.is_empty()) else { return missing("instId") };
    let Some(pair) = find(world, instrument) else { return unknown() };
    let max = HISTORY_ROWS_MAX;
    let is_history = request.path.ends_with("history-candles");
    bars(world, request, Bars { asset: pair.asset, is_history, max, is_index: false })
}

/// As candles, of an index: nobody trades it, so that it has no volume.
pub fn index_candles(world: &World, request: &Request) -> Reply {
    let Some(instrument) = request.param("instId").filter(|id| !id.is_empty()) else { return missing("instId") };
    let asset = index(instrument).and_then(|(base, quote)| Market::pair(base, quote));
    let Some(asset) = asset else { return unknown() };
    bars(world, request, Bars { asset, is_history: true, max: INDEX_ROWS_MAX, is_index: true })
}

struct Bars {
    asset: Asset,
    is_history: bool,
    max: i64,
    is_index: bool,
}

fn bars(world: &World, request: &Request, wanted: Bars) -> Reply {
    let Bars { asset, is_history, max, is_index } = wanted;
    let (length, offset) = match request.param("bar").unwrap_or("1m") {
        "1m" => (60, 0),
        "5m" => (300, 0),
        "15m" => (900, 0),
        "1H" => (3600, 0),
        "4H" => (14_400, 0),
        "1D" => (DAY_SECONDS, 8 * 3600),
        "1Dutc" => (DAY_SECONDS, 0),
        _ => return error(400, "51000", "Parameter bar error"),
    };
    let now = request.second();
    let start_of = |at: i64| (at + offset).div_euclid(length) * length - offset;
    let running = start_of(now);
    let mut newest = if is_history { running - length } else { running };
    if let Some(after) = request.number("after") {
        // Older than this, in milliseconds.
        newest = newest.min(start_of((after - 1).div_euclid(1000)));
    }
    let oldest = request.number("before").map_or(1_500_000_000, |ms| ms.div_euclid(1000) + 1);
    let rows = request.number("limit").unwrap_or(100).clamp(1, max);
    let starts = (0..rows).map(|back| newest - back * length).take_while(|start| *start >= oldest);
    data(starts.map(|start| {
        let (range, volume) = world.market.pair_range(asset, start, (start + length).min(now));
        let in_quote = volume.times(range.last).round(8).plain();
        let prices = [range.first, range.high, range.low, range.last].map(Amount::plain);
        let volumes = [volume.round(8).plain(), in_quote.clone(), in_quote];
        let mut cells = vec![(start * 1000).to_string()];
        cells.extend(prices);
        cells.extend(volumes.into_iter().filter(|_| !is_index));
        cells.push(if start == running { "0" } else { "1" }.into());
        array(cells.iter().map(|cell| string(cell)))
    }))
}

/// Spot markets only; of other kinds there are none.
pub fn instruments(world: &World, request: &Request) -> Reply {
    match request.param("instType") {
        None | Some("") => missing("instType"),
        Some("SPOT") => {
            let wanted = request.param("instId").filter(|id| !id.is_empty());
            let pairs = world.okx_pairs.iter().filter(|pair| wanted.is_none_or(|wanted| id(pair) == wanted));
            data(pairs.map(listed))
        }
        Some("MARGIN" | "SWAP" | "FUTURES" | "OPTION") => data([]),
        Some(_) => error(400, "51000", "Parameter instType error"),
    }
}

fn listed(pair: &Pair) -> String {
    const EMPTY: [&str; 13] = [
        "alias",
        "auctionEndTime",
        "ctMult",
        "ctType",
        "ctVal",
        "ctValCcy",
        "expTime",
        "instFamily",
        "optType",
        "settleCcy",
        "stk",
        "uly",
        "lever",
    ];
    let lot = Amount::ONE.scaled(1, 10i128.pow(lot_decimals(pair.decimals).into())).plain();
    let row = Object::new()
        .text("instType", "SPOT")
        .text("instId", id(pair))
        .text("baseCcy", pair.base)
        .text("quoteCcy", pair.quote)
        .text("category", "1")
        .text("listTime", "1548133413000")
        .text("lotSz", &lot)
        .text("minSz", &lot)
        .text("tickSz", pair.tick().plain())
        .text("maxLmtAmt", "20000000")
        .text("maxLmtSz", "9999999999")
        .text("maxMktAmt", "1000000")
        .text("maxMktSz", "1000000")
        .text("ruleType", "normal")
        .text("state", "live");
    EMPTY.iter().fold(row, |row, key| row.text(key, "")).end()
}
