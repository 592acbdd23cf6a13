//! Binance Spot: public market data. Weights are counted per address; whoever does not stop is banned.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::coins::{Pair, day};
use crate::exchange::{HTML, JSON, Reply, Request};
use crate::json::{Object, array, string};
use crate::limits::{Limit, Window};
use crate::market::Amount;
use crate::world::World;

/// Refused requests in one minute after which the next is a ban.
const PATIENCE: u32 = 3;
const FIRST_BAN_SECONDS: i64 = 120;
const LONGEST_BAN_SECONDS: i64 = 3 * 86_400;
/// Listed in `exchangeInfo`, but not traded any more.
const DELISTED: (&str, &str) = ("LUNA", "USDT");

pub fn too_much_weight(max: u32) -> String {
    let text = format!(
        "Too much request weight used; current limit is {max} request weight per 1 MINUTE. Please use WebSocket Streams \
         for live updates to avoid polling the API."
    );
    Object::new().int("code", -1003).text("msg", text).end()
}

/// Who is shut out, and how patient we still are with the others.
#[derive(Default)]
pub struct Bans(HashMap<IpAddr, Conduct>);

#[derive(Default)]
struct Conduct {
    /// Seconds since 1970.
    banned_until: i64,
    bans: u32,
    /// Start of the minute in which requests were refused, and how many.
    refused: (i64, u32),
}

impl Bans {
    /// Shuts an address out; the first time for two minutes, then four times as long each time.
    fn ban(&mut self, ip: IpAddr, now: i64) {
        let conduct = self.0.entry(ip).or_default();
        let length = (FIRST_BAN_SECONDS << (2 * conduct.bans.min(10))).min(LONGEST_BAN_SECONDS);
        conduct.banned_until = now + length;
        conduct.bans += 1;
    }

    /// Shuts an address out until a second since 1970.
    pub fn ban_until(&mut self, ip: IpAddr, until: i64) {
        self.0.entry(ip).or_default().banned_until = until;
    }

    fn until(&self, ip: IpAddr, now: i64) -> Option<i64> {
        self.0.get(&ip).map(|conduct| conduct.banned_until).filter(|until| *until > now)
    }

    /// True when a refusal in the minute from `minute` on is one too many.
    fn refuse(&mut self, ip: IpAddr, minute: i64) -> bool {
        let refused = &mut self.0.entry(ip).or_default().refused;
        if refused.0 != minute {
            *refused = (minute, 0);
        }
        refused.1 += 1;
        refused.1 > PATIENCE
    }
}

type Answer = Result<String, Refusal>;

/// Status, code and message of an error.
struct Refusal(u16, i64, &'static str);

const INVALID_SYMBOL: Refusal = Refusal(400, -1121, "Invalid symbol.");
const BAD_COMBINATION: Refusal = Refusal(400, -1128, "Combination of optional parameters invalid.");

pub fn answer(world: &World, request: &Request) -> Reply {
    let (endpoint, weight, body): (_, _, fn(&World, &Request) -> Answer) = match request.path.as_str() {
        "/api/v3/time" => ("/api/v3/time", 1, time),
        "/api/v3/ping" => ("/api/v3/ping", 1, |_, _| Ok("{}".into())),
        "/api/v3/exchangeInfo" => ("/api/v3/exchangeInfo", 20, exchange_info),
        "/api/v3/ticker/price" => {
            ("/api/v3/ticker/price", if request.param("symbol").is_some() { 2 } else { 4 }, ticker_price)
        }
        "/api/v3/ticker/24hr" => ("/api/v3/ticker/24hr", weight_of_24hr(request), ticker_24hr),
        "/api/v3/klines" => ("/api/v3/klines", 2, klines),
        _ => return Reply::new(404, HTML, "<html><body><h1>404 Not Found</h1></body></html>").at("other"),
    };
    let used = match gate(world, request, weight) {
        Ok(used) => used,
        Err(refusal) => return refusal.at(endpoint),
    };
    let reply = match body(world, request) {
        Ok(body) => Reply::json(body),
        Err(Refusal(status, code, message)) => {
            Reply::new(status, JSON, Object::new().int("code", code).text("msg", message).end())
        }
    };
    with_weight(reply.at(endpoint), used)
}

fn with_weight(reply: Reply, used: u32) -> Reply {
    reply.header("x-mbx-used-weight", used).header("x-mbx-used-weight-1m", used)
}

/// Counts the weight. Above the limit: 429 with the rest of the minute, then 418 with the rest of the ban.
fn gate(world: &World, request: &Request, weight: u32) -> Result<u32, Reply> {
    let (now, ip) = (request.second(), request.ip);
    let max = world.binance_weight_per_minute;
    let limit = Limit { name: "minute", max, window: Window::Seconds(60) };
    let mut state = world.state();
    if let Some(until) = state.bans.until(ip, now) {
        return Err(Reply { is_ban: true, ..banned(until, now) });
    }
    let standing = state.meter.count("binance", &ip.to_string(), &limit, weight, now, &world.market.calendar);
    if !standing.is_broken {
        return Ok(standing.used);
    }
    if state.bans.refuse(ip, standing.ends - 60) {
        state.bans.ban(ip, now);
        let until = state.bans.until(ip, now).unwrap_or(now);
        return Err(banned(until, now).limit());
    }
    let refusal = Reply::new(429, JSON, too_much_weight(max)).header("retry-after", standing.ends - now).limit();
    Err(with_weight(refusal, standing.used))
}

fn banned(until: i64, now: i64) -> Reply {
    let text = format!(
        "Way too much request weight used; IP banned until {}. Please use WebSocket Streams for live updates to avoid \
         bans.",
        until * 1000
    );
    Reply::new(418, JSON, Object::new().int("code", -1003).text("msg", text).end()).header("retry-after", until - now)
}

enum Asked {
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
        return Err(Refusal(
            400,
            -1100,
            "Illegal characters found in parameter 'symbol'; legal range is '^[A-Z0-9-_.]{1,20}$'.",
        ));
    }
    let mut pairs = world.binance_pairs.iter();
    pairs.find(|pair| symbol.strip_prefix(pair.base) == Some(pair.quote)).copied().ok_or(INVALID_SYMBOL)
}

/// `symbols`: a JSON list of strings.
fn list(request: &Request) -> Option<Vec<String>> {
    serde_json::from_str(request.param("symbols")?).ok()
}

fn asked(world: &World, request: &Request) -> Result<Asked, Refusal> {
    match (request.param("symbol"), request.param("symbols")) {
        (Some(_), Some(_)) => Err(BAD_COMBINATION),
        (Some(symbol), None) => Ok(Asked::One(find(world, symbol)?)),
        (None, Some(_)) => {
            let Some(symbols) = list(request) else {
                return Err(Refusal(
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

fn weight_of_24hr(request: &Request) -> u32 {
    match (request.param("symbol"), list(request).map(|symbols| symbols.len())) {
        (Some(_), _) | (None, Some(0..=20)) => 2,
        (None, Some(21..=100)) => 40,
        _ => 80,
    }
}

fn time(_: &World, request: &Request) -> Answer {
    Ok(Object::new().int("serverTime", request.now.as_millisecond()).end())
}

/// Strings with eight decimals.
fn eight(amount: Amount) -> String {
    amount.fixed(8)
}

fn symbol(pair: &Pair) -> String {
    format!("{}{}", pair.base, pair.quote)
}

fn ticker_price(world: &World, request: &Request) -> Answer {
    let now = request.second();
    Ok(asked(world, request)?.rows(world, |pair| {
        let price = world.market.pair_at(pair.asset, now).round(pair.decimals);
        Object::new().text("symbol", symbol(pair)).text("price", eight(price)).end()
    }))
}

fn ticker_24hr(world: &World, request: &Request) -> Answer {
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

fn klines(world: &World, request: &Request) -> Answer {
    let Some(symbol) = request.param("symbol") else {
        return Err(Refusal(400, -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."));
    };
    let pair = find(world, symbol)?;
    let interval = request.param("interval").unwrap_or_default();
    let now = request.second();
    let Some((running, next)) = bar_around(interval, now) else {
        return Err(Refusal(400, -1120, "Invalid interval."));
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

fn exchange_info(world: &World, request: &Request) -> Answer {
    let delisted = Pair { base: DELISTED.0, quote: DELISTED.1, decimals: 4, ..world.binance_pairs[0] };
    let pairs = match asked(world, request)? {
        Asked::All => world.binance_pairs.iter().copied().chain([delisted]).collect(),
        Asked::One(pair) => vec![pair],
        Asked::Many(pairs) => pairs,
    };
    let rows = pairs.iter().map(|pair| {
        let filters = array([
            Object::new()
                .text("filterType", "PRICE_FILTER")
                .text("minPrice", eight(pair.tick()))
                .text("maxPrice", "1000000.00000000")
                .text("tickSize", eight(pair.tick()))
                .end(),
            Object::new()
                .text("filterType", "LOT_SIZE")
                .text("minQty", "0.00001000")
                .text("maxQty", "9000.00000000")
                .text("stepSize", "0.00001000")
                .end(),
        ]);
        Object::new()
            .text("symbol", symbol(pair))
            .text("status", if pair.base == DELISTED.0 { "BREAK" } else { "TRADING" })
            .text("baseAsset", pair.base)
            .int("baseAssetPrecision", 8)
            .text("quoteAsset", pair.quote)
            .int("quotePrecision", 8)
            .int("quoteAssetPrecision", 8)
            .int("baseCommissionPrecision", 8)
            .int("quoteCommissionPrecision", 8)
            .raw("orderTypes", r#"["LIMIT","LIMIT_MAKER","MARKET"]"#)
            .raw("icebergAllowed", "true")
            .raw("isSpotTradingAllowed", "true")
            .raw("isMarginTradingAllowed", "false")
            .raw("filters", filters)
            .raw("permissions", "[]")
            .raw("permissionSets", r#"[["SPOT"]]"#)
            .end()
    });
    let limit = |kind: &str, interval: &str, number: i64, max: i64| {
        Object::new()
            .text("rateLimitType", kind)
            .text("interval", interval)
            .int("intervalNum", number)
            .int("limit", max)
            .end()
    };
    let limits = array([
        limit("REQUEST_WEIGHT", "MINUTE", 1, world.binance_weight_per_minute.into()),
        limit("RAW_REQUESTS", "MINUTE", 5, 300_000),
    ]);
    Ok(Object::new()
        .text("timezone", "UTC")
        .int("serverTime", request.now.as_millisecond())
        .raw("rateLimits", limits)
        .raw("exchangeFilters", "[]")
        .raw("symbols", array(rows))
        .end())
}
