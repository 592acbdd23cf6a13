//! Financial Modeling Prep: the `stable` API, and the old one for accounts that still may use it.

mod history;
mod legacy;
mod quote;

use crate::exchange::{JSON, Reply, Request, TEXT};
use crate::json::{Object, array};
use crate::market::Asset;
use crate::world::World;

pub const LIMIT_REACHED: &str = r#"{"Error Message":"Limit Reach . Please upgrade your plan or visit our documentation for more details at https://site.financialmodelingprep.com/"}"#;
const INVALID_KEY: &str = r#"{"Error Message":"Invalid API KEY. Feel free to create a Free API Key or visit https://site.financialmodelingprep.com/faqs?search=why-is-my-api-key-invalid for more information."}"#;
const LEGACY: &str = r#"{"Error Message":"Legacy Endpoint : Due to Legacy endpoints being no longer supported - This endpoint is only available for legacy users who have valid subscriptions prior August 31, 2025. Please visit our subscription page to upgrade your plan or contact us at https://site.financialmodelingprep.com/developer/docs/pricing"}"#;
const RESTRICTED: &str = "Restricted Endpoint: This endpoint is not available under your current subscription please visit our subscription page to upgrade your plan at https://site.financialmodelingprep.com/developer/docs/pricing";
const PREMIUM: &str = "Premium Query Parameter: 'Special Endpoint : This value set for 'symbol' is not available under your current subscription please visit our subscription page to upgrade your plan at https://site.financialmodelingprep.com/developer/docs/pricing";

/// What the key behind a request may do.
struct Rights {
    has_batches: bool,
    has_all_symbols: bool,
    has_legacy: bool,
}

pub fn answer(world: &World, request: &Request) -> Reply {
    let key = request.param("apikey").or_else(|| request.header("apikey")).unwrap_or_default();
    let rights = match enter(world, request, key) {
        Ok(rights) => rights,
        Err(refusal) => return refusal.at(endpoint(&request.path)),
    };
    let reply = match request.path.as_str() {
        path if path.starts_with("/api/v3/") || path.starts_with("/api/v4/") => {
            if rights.has_legacy {
                legacy::answer(world, request)
            } else {
                Reply::new(403, JSON, LEGACY)
            }
        }
        "/stable/quote" => one(world, request, &rights, |asset| quote::stable(world, asset, request.second())),
        "/stable/profile" => match request.param("symbol") {
            // Works for every symbol, whatever the plan.
            Some(symbol) => {
                let asset = world.market.find_listed(symbol).map(|(asset, _)| asset);
                Reply::json(array(asset.map(|asset| quote::profile(world, asset, request.second()))))
            }
            None => missing("symbol"),
        },
        "/stable/batch-quote" if !rights.has_batches => Reply::new(402, TEXT, RESTRICTED),
        "/stable/batch-quote" => match request.param("symbols") {
            Some(symbols) => batch(world, symbols, request.second(), quote::stable),
            None => missing("symbols"),
        },
        "/stable/historical-price-eod/full" => {
            one(world, request, &rights, |asset| history::stable(world, asset, request, rights.has_all_symbols))
        }
        _ => Reply::new(404, JSON, "[]"),
    };
    reply.at(endpoint(&request.path))
}

fn endpoint(path: &str) -> &'static str {
    const KNOWN: &[&str] =
        &["/stable/quote", "/stable/profile", "/stable/batch-quote", "/stable/historical-price-eod/full"];
    let legacy = [
        ("/api/v3/quote/", "/api/v3/quote/{symbols}"),
        ("/api/v3/historical-price-full/", "/api/v3/historical-price-full/{symbol}"),
    ];
    let known = KNOWN.iter().find(|known| **known == path).copied();
    known.or_else(|| legacy.iter().find(|(start, _)| path.starts_with(start)).map(|(_, name)| *name)).unwrap_or("other")
}

fn enter(world: &World, request: &Request, key: &str) -> Result<Rights, Reply> {
    let now = request.second();
    let mut state = world.state();
    let Some(account) = state.accounts.find("fmp", key) else {
        return Err(Reply::new(401, JSON, INVALID_KEY));
    };
    let plan = &account.plan;
    let rights =
        Rights { has_batches: plan.has_batches, has_all_symbols: plan.has_all_symbols, has_legacy: plan.has_legacy };
    match state.count("fmp", key, now, &world.market.calendar) {
        Some(_) => Err(Reply::new(429, JSON, LIMIT_REACHED).limit()),
        None => Ok(rights),
    }
}

fn missing(name: &str) -> Reply {
    Reply::new(400, TEXT, format!("Query Error: Invalid or missing query parameter - {name}"))
}

/// An endpoint of one symbol. A list in its place is an unknown symbol, without a word.
fn one(world: &World, request: &Request, rights: &Rights, body: impl Fn(Asset) -> Vec<String>) -> Reply {
    let Some(symbol) = request.param("symbol") else { return missing("symbol") };
    let Some(asset) = world.market.find(symbol) else { return Reply::json("[]") };
    let is_sample = match asset {
        Asset::Listed(place) => world.market.listed[place].is_sample,
        Asset::Pair(..) => false,
    };
    if !rights.has_all_symbols && !is_sample {
        return Reply::new(402, TEXT, PREMIUM);
    }
    Reply::json(array(body(asset)))
}

/// Known symbols in an order of their own; unknown ones are missing.
fn batch(world: &World, symbols: &str, now: i64, row: fn(&World, Asset, i64) -> Vec<String>) -> Reply {
    let mut rows: Vec<String> = symbols
        .split(',')
        .filter_map(|symbol| world.market.find(symbol.trim()))
        .flat_map(|asset| row(world, asset, now))
        .collect();
    // The order is not promised, so it is not kept.
    if rows.len() > 1 {
        let by = (world.market.seed() as usize + symbols.len()) % rows.len();
        rows.rotate_left(by);
    }
    Reply::json(array(rows))
}

/// Sets what is null for a symbol that nobody trades.
fn or_null(object: Object, key: &str, value: Option<String>) -> Object {
    object.raw(key, value.as_deref().unwrap_or("null"))
}
