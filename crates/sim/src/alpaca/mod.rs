//! Alpaca's Trading API, for live and for paper accounts: the same paths under two hosts, here under two prefixes.

mod account;
mod activities;
mod assets;
mod orders;

use crate::exchange::{JSON, Reply, Request};
use crate::json::Object;
use crate::limits::{Limit, Window};
use crate::market::walk::{mix, seed_of};
use crate::trading::{Account, Permission, Secret, Service, Validity};
use crate::world::World;

pub use account::id as account_id;
pub use activities::fill_id;

const REQUESTS_PER_MINUTE: u32 = 200;

/// Errors that can be asked for by their code: status and message.
pub const CODES: &[(&str, u16, &str)] = &[
    ("40010000", 400, "request body format is invalid"),
    ("40010001", 422, "unprocessable request"),
    ("40110000", 401, "access key verification failed : verification failure"),
    ("40310000", 403, "forbidden."),
    ("40410000", 404, "resource not found"),
    ("42910000", 429, "rate limit exceeded"),
    ("50010000", 500, "internal server error occurred"),
    ("50310000", 503, "service unavailable"),
];

pub fn error_body(code: &str, message: &str) -> String {
    Object::new().raw("code", code).text("message", message).end()
}

fn refuse(status: u16, code: &str, message: &str) -> Reply {
    Reply::new(status, JSON, error_body(code, message))
}

fn unprocessable(message: &str) -> Reply {
    refuse(422, "40010001", message)
}

pub fn live(world: &World, request: &Request) -> Reply {
    answer(world, request, "alpaca", false)
}

pub fn paper(world: &World, request: &Request) -> Reply {
    answer(world, request, "alpaca-paper", true)
}

fn answer(world: &World, request: &Request, prefix: &'static str, is_paper: bool) -> Reply {
    let parts: Vec<&str> = request.path.trim_matches('/').splitn(4, '/').collect();
    let endpoint = match parts.as_slice() {
        ["v2", "account"] => "/v2/account",
        ["v2", "account", "activities"] => "/v2/account/activities",
        ["v2", "account", "activities", _] => "/v2/account/activities/{type}",
        ["v2", "positions"] => "/v2/positions",
        ["v2", "positions", ..] => "/v2/positions/{symbol}",
        ["v2", "orders"] => "/v2/orders",
        ["v2", "orders", ..] => "/v2/orders/{id}",
        ["v2", "assets"] => "/v2/assets",
        ["v2", "assets", ..] => "/v2/assets/{symbol}",
        ["v2", "clock"] => "/v2/clock",
        _ => return Reply::new(404, JSON, r#"{"message":"endpoint not found."}"#).at("other"),
    };
    let reply = match admit(world, request, prefix, is_paper) {
        Ok(Admitted { account, .. }) if request.method != "GET" => {
            drop(account);
            Reply::new(405, JSON, r#"{"message":"method not allowed."}"#)
        }
        Ok(Admitted { account, remaining, ends }) => {
            let last = parts[2..].join("/");
            let reply = body(world, request, &account, endpoint, &last);
            with_limit(reply, remaining, ends)
        }
        Err(refusal) => refusal,
    };
    reply.at(endpoint)
}

fn body(world: &World, request: &Request, account: &str, endpoint: &str, last: &str) -> Reply {
    let own = |body: &dyn Fn(&Account) -> Reply| {
        let mut state = world.state();
        match state.trading.at(account, &world.market, request.now) {
            Ok(account) => body(account),
            Err(message) => refuse(500, "50010000", &message),
        }
    };
    match endpoint {
        "/v2/account" => own(&|account| account::account(world, request, account)),
        "/v2/account/activities" => own(&|account| activities::list(world, request, account, None)),
        "/v2/account/activities/{type}" => {
            let kind = last.trim_start_matches("activities/");
            own(&|account| activities::list(world, request, account, Some(kind)))
        }
        "/v2/positions" => own(&|account| account::positions(world, request, account)),
        "/v2/positions/{symbol}" => own(&|account| account::position(world, request, account, last)),
        "/v2/orders" => own(&|account| orders::list(request, account)),
        "/v2/orders/{id}" => own(&|account| orders::order(request, account, last)),
        "/v2/assets" => assets::list(world, request),
        "/v2/assets/{symbol}" => assets::asset(world, last),
        _ => assets::clock(world, request),
    }
}

struct Admitted {
    account: String,
    remaining: u32,
    /// Seconds since 1970.
    ends: i64,
}

fn with_limit(reply: Reply, remaining: u32, ends: i64) -> Reply {
    reply
        .header("x-ratelimit-limit", REQUESTS_PER_MINUTE)
        .header("x-ratelimit-remaining", remaining)
        .header("x-ratelimit-reset", ends)
}

fn admit(world: &World, request: &Request, prefix: &'static str, is_paper: bool) -> Result<Admitted, Reply> {
    let unauthorized = |message: &str| refuse(401, "40110000", message);
    let key = request.header("apca-api-key-id").filter(|key| !key.is_empty());
    let secret = request.header("apca-api-secret-key").unwrap_or_default();
    let Some(key) = key else { return Err(unauthorized("request is not authorized")) };
    let failed = || unauthorized("access key verification failed : verification failure");
    let mut state = world.state();
    let credential = state.trading.credential(Service::Alpaca, key).cloned().ok_or_else(failed)?;
    if credential.secret != Secret::Shared(secret.into()) || credential.validity == Validity::Expired {
        return Err(failed());
    }
    let account = state.trading.at(&credential.account, &world.market, request.now);
    let is_elsewhere = account.is_ok_and(|account| account.is_paper != is_paper);
    let is_shut = credential.validity == Validity::Frozen || !credential.may(Permission::Read);
    if is_elsewhere || is_shut || !credential.is_from(request.ip) {
        return Err(Reply::new(403, JSON, r#"{"message":"forbidden."}"#));
    }
    let limit = Limit { name: "minute", max: REQUESTS_PER_MINUTE, window: Window::Seconds(60) };
    let standing = state.meter.count(prefix, key, &limit, 1, request.second(), &world.market.calendar);
    if standing.is_broken {
        return Err(with_limit(refuse(429, "42910000", "rate limit exceeded"), 0, standing.ends).limit());
    }
    let remaining = REQUESTS_PER_MINUTE - standing.used;
    Ok(Admitted { account: credential.account, remaining, ends: standing.ends })
}

/// Always the same for the same name and numbers.
fn uuid(name: &str, numbers: &[i64]) -> String {
    let seed = numbers.iter().fold(seed_of(4, name), |seed, number| mix(seed, *number as u64));
    let (high, low) = (mix(seed, 1), mix(seed, 2));
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        0x8000 | low >> 48 & 0x3fff,
        low & 0xffff_ffff_ffff,
    )
}
