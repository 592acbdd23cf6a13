//! Binance Spot. Weights are counted per address; whoever does not stop is banned.

mod account;
mod listing;
mod market;
mod sapi;
mod signed;

use std::collections::HashMap;
use std::net::IpAddr;

use crate::coins::Pair;
use crate::exchange::{HTML, JSON, Reply, Request};
use crate::json::Object;
use crate::limits::{Limit, Window};
use crate::market::Amount;
use crate::world::World;

pub use account::fill_id;
pub use signed::CODES;

/// Refused requests in one minute after which the next is a ban.
const PATIENCE: u32 = 3;
const FIRST_BAN_SECONDS: i64 = 120;
const LONGEST_BAN_SECONDS: i64 = 3 * 86_400;
/// Of each endpoint of `/sapi`, in weight a minute.
const SAPI_WEIGHT_MAX: u32 = 12_000;

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
#[derive(Debug, Clone)]
pub struct Refusal(u16, i64, String);

fn refusal(status: u16, code: i64, message: impl Into<String>) -> Refusal {
    Refusal(status, code, message.into())
}

fn invalid_symbol() -> Refusal {
    refusal(400, -1121, "Invalid symbol.")
}

fn bad_combination() -> Refusal {
    refusal(400, -1128, "Combination of optional parameters invalid.")
}

fn missing(name: &str) -> Refusal {
    refusal(400, -1102, format!("Mandatory parameter '{name}' was not sent, was empty/null, or malformed."))
}

pub fn answer(world: &World, request: &Request) -> Reply {
    let is_one = request.param("symbol").is_some();
    let (endpoint, weight, body): (_, _, fn(&World, &Request) -> Answer) = match request.path.as_str() {
        "/api/v3/time" => ("/api/v3/time", 1, market::time),
        "/api/v3/ping" => ("/api/v3/ping", 1, |_, _| Ok("{}".into())),
        "/api/v3/exchangeInfo" => ("/api/v3/exchangeInfo", 20, listing::exchange_info),
        "/api/v3/ticker/price" => ("/api/v3/ticker/price", if is_one { 2 } else { 4 }, market::ticker_price),
        "/api/v3/ticker/24hr" => ("/api/v3/ticker/24hr", market::weight_of_24hr(request), market::ticker_24hr),
        "/api/v3/klines" => ("/api/v3/klines", 2, market::klines),
        "/api/v3/account" => ("/api/v3/account", 20, account::account),
        "/api/v3/myTrades" => ("/api/v3/myTrades", account::weight_of_trades(request), account::my_trades),
        "/sapi/v1/account/apiRestrictions" => ("/sapi/v1/account/apiRestrictions", 1, sapi::restrictions),
        "/sapi/v1/capital/config/getall" => ("/sapi/v1/capital/config/getall", 10, sapi::coins),
        "/sapi/v3/asset/getUserAsset" => ("/sapi/v3/asset/getUserAsset", 5, sapi::user_assets),
        "/sapi/v1/asset/get-funding-asset" => ("/sapi/v1/asset/get-funding-asset", 1, sapi::funding_assets),
        _ => return Reply::new(404, HTML, "<html><body><h1>404 Not Found</h1></body></html>").at("other"),
    };
    let used = match gate(world, request, endpoint, weight) {
        Ok(used) => used,
        Err(refusal) => return refusal.at(endpoint),
    };
    let wants_post = endpoint.contains("/asset/");
    let result = if request.is_post() == wants_post {
        body(world, request)
    } else {
        Err(refusal(405, -1000, format!("Request method '{}' not supported", request.method)))
    };
    let reply = match result {
        Ok(body) => Reply::json(body),
        Err(Refusal(status, code, message)) => {
            Reply::new(status, JSON, Object::new().int("code", code).text("msg", message).end())
        }
    };
    with_weight(reply.at(endpoint), endpoint, used)
}

fn with_weight(reply: Reply, endpoint: &str, used: u32) -> Reply {
    if endpoint.starts_with("/sapi") {
        return reply.header("x-sapi-used-ip-weight-1m", used);
    }
    reply.header("x-mbx-used-weight", used).header("x-mbx-used-weight-1m", used)
}

/// Counts the weight. Above the limit: 429 with the rest of the minute, then 418 with the rest of the ban. `/sapi` has
/// a limit of its own for each endpoint, and the bans in common.
fn gate(world: &World, request: &Request, endpoint: &'static str, weight: u32) -> Result<u32, Reply> {
    let (now, ip) = (request.second(), request.ip);
    let (name, max) = match endpoint.starts_with("/sapi") {
        true => (endpoint, SAPI_WEIGHT_MAX),
        false => ("minute", world.binance_weight_per_minute),
    };
    let limit = Limit { name, max, window: Window::Seconds(60) };
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
    Err(with_weight(refusal, endpoint, standing.used))
}

fn banned(until: i64, now: i64) -> Reply {
    let text = format!(
        "Way too much request weight used; IP banned until {}. Please use WebSocket Streams for live updates to avoid \
         bans.",
        until * 1000
    );
    Reply::new(418, JSON, Object::new().int("code", -1003).text("msg", text).end()).header("retry-after", until - now)
}

/// Strings with eight decimals.
fn eight(amount: Amount) -> String {
    amount.fixed(8)
}

fn symbol(pair: &Pair) -> String {
    format!("{}{}", pair.base, pair.quote)
}
