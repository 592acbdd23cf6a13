//! OKX v5. Everything is a string, and an error may come under status 200.

mod account;
mod market;
mod signed;

use crate::exchange::{HTML, JSON, Reply, Request};
use crate::json::{Object, array};
use crate::limits::{Limit, Window};
use crate::trading::Credential;
use crate::world::World;

pub use account::{fill_id, uid};
pub use signed::{CODES, body};

type Public = fn(&World, &Request) -> Reply;
type Private = fn(&World, &Request, &Credential) -> Reply;

enum Route {
    /// Counted for each address.
    Public(Public),
    /// Counted for each user.
    Private(Private),
}

/// Path, requests, in so many seconds.
type Endpoint = (&'static str, u32, i64, Route);

#[rustfmt::skip]
const ENDPOINTS: &[Endpoint] = &[
    ("/api/v5/public/time", 10, 2, Route::Public(market::time)),
    ("/api/v5/public/instruments", 20, 2, Route::Public(market::instruments)),
    ("/api/v5/market/tickers", 20, 2, Route::Public(market::tickers)),
    ("/api/v5/market/ticker", 20, 2, Route::Public(market::ticker)),
    ("/api/v5/market/index-tickers", 20, 2, Route::Public(market::index_tickers)),
    ("/api/v5/market/candles", 40, 2, Route::Public(market::candles)),
    ("/api/v5/market/history-candles", 20, 2, Route::Public(market::candles)),
    ("/api/v5/market/history-index-candles", 10, 2, Route::Public(market::index_candles)),
    ("/api/v5/account/config", 5, 2, Route::Private(account::config)),
    ("/api/v5/account/balance", 10, 2, Route::Private(account::balance)),
    ("/api/v5/asset/balances", 6, 1, Route::Private(account::funding)),
    ("/api/v5/asset/currencies", 6, 1, Route::Private(account::currencies)),
    ("/api/v5/trade/fills", 60, 2, Route::Private(account::fills)),
    ("/api/v5/trade/fills-history", 10, 2, Route::Private(account::fills_history)),
];

pub fn answer(world: &World, request: &Request) -> Reply {
    let Some((endpoint, max, seconds, route)) = ENDPOINTS.iter().find(|(path, ..)| *path == request.path) else {
        return Reply::new(404, HTML, "<html><body><h1>404 Not Found</h1></body></html>").at("other");
    };
    if request.method != "GET" {
        return error(405, "50115", "Invalid request method.").at(endpoint);
    }
    let limit = Limit { name: endpoint, max: *max, window: Window::Seconds(*seconds) };
    let reply = match route {
        Route::Public(body) => match count(world, request, &limit, &request.ip.to_string()) {
            None => body(world, request),
            Some(refusal) => refusal,
        },
        Route::Private(body) => match signed::check(world, request) {
            Ok(credential) => match count(world, request, &limit, &credential.account) {
                None => body(world, request, &credential),
                Some(refusal) => refusal,
            },
            Err(refusal) => refusal,
        },
    };
    reply.at(endpoint)
}

fn count(world: &World, request: &Request, limit: &Limit, who: &str) -> Option<Reply> {
    let calendar = &world.market.calendar;
    let standing = world.state().meter.count("okx", who, limit, 1, request.second(), calendar);
    if !standing.is_broken {
        return None;
    }
    // Both ways of saying it are in use.
    let (status, text) = if standing.used % 2 == 1 {
        (429, "Too Many Requests")
    } else {
        (200, "Rate limit reached. Please refer to API documentation and throttle requests accordingly.")
    };
    Some(error(status, "50011", text).limit())
}

fn error(status: u16, code: &str, message: &str) -> Reply {
    Reply::new(status, JSON, body(code, message))
}

fn data(rows: impl IntoIterator<Item = String>) -> Reply {
    Reply::json(Object::new().text("code", "0").text("msg", "").raw("data", array(rows)).end())
}

fn missing(name: &str) -> Reply {
    error(400, "50014", &format!("Parameter {name} can not be empty."))
}

fn unknown() -> Reply {
    error(200, "51001", "Instrument ID, Instrument ID code, or Spread ID doesn't exist.")
}
