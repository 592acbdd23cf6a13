//! What can be traded, and when.

use jiff::{SignedDuration, Timestamp};

use super::{refuse, unprocessable, uuid};
use crate::exchange::{Reply, Request};
use crate::json::{Object, array};
use crate::market::calendar::{Venue, day_of};
use crate::market::catalogue::{Kind, Listed, MONEY};
use crate::world::World;

/// Of the asset that orders call by this symbol.
pub fn id(symbol: &str) -> String {
    uuid(symbol, &[])
}

/// FMP's dash between a share and its class is a dot here.
fn spelled(listed: &Listed) -> String {
    listed.symbol.replace('-', ".")
}

/// The exchange, as an asset and a position tell it.
pub fn listed_under(world: &World, symbol: &str) -> &'static str {
    let listed = world.market.listed.iter().find(|listed| spelled(listed) == symbol);
    listed.map_or("CRYPTO", exchange)
}

fn exchange(listed: &Listed) -> &'static str {
    if listed.exchange == "AMEX" { "ARCA" } else { listed.exchange }
}

struct Asset {
    symbol: String,
    name: String,
    class: &'static str,
    exchange: &'static str,
    is_fund: bool,
    is_tradable: bool,
}

fn all(world: &World) -> impl Iterator<Item = Asset> {
    let shares = world.market.listed.iter().filter(|listed| listed.is_american()).map(|listed| Asset {
        symbol: spelled(listed),
        name: listed.name.clone(),
        class: "us_equity",
        exchange: exchange(listed),
        is_fund: listed.kind == Kind::Etf,
        is_tradable: !listed.is_halted,
    });
    let coins = MONEY.iter().filter(|money| money.is_coin).map(|money| Asset {
        symbol: format!("{}/USD", money.code),
        name: format!("{} / US Dollar", money.name),
        class: "crypto",
        exchange: "CRYPTO",
        is_fund: false,
        is_tradable: true,
    });
    shares.chain(coins)
}

fn row(asset: &Asset) -> String {
    let is_share = asset.class == "us_equity";
    let row = Object::new()
        .text("id", id(&asset.symbol))
        .text("class", asset.class)
        .text("exchange", asset.exchange)
        .text("symbol", &asset.symbol)
        .text("name", &asset.name)
        .text("status", if asset.is_tradable { "active" } else { "inactive" })
        .raw("tradable", asset.is_tradable.to_string())
        .raw("marginable", is_share.to_string())
        .raw("shortable", is_share.to_string())
        .raw("easy_to_borrow", is_share.to_string())
        .raw("fractionable", (asset.is_fund || !is_share).to_string());
    let row = if is_share {
        row.int("maintenance_margin_requirement", 30)
    } else {
        row.text("min_order_size", "0.0001").text("min_trade_increment", "0.0001").text("price_increment", "0.01")
    };
    row.raw("attributes", "[]").end()
}

pub fn list(world: &World, request: &Request) -> Reply {
    let given = |name: &str| request.param(name).filter(|text| !text.is_empty());
    let class = given("asset_class").unwrap_or("us_equity");
    if !matches!(class, "us_equity" | "crypto" | "us_option") {
        return unprocessable(&format!("invalid asset_class: {class}"));
    }
    let is_active = given("status").map(|status| status == "active");
    let found = all(world).filter(|asset| {
        asset.class == class
            && is_active.is_none_or(|is_active| asset.is_tradable == is_active)
            && given("exchange").is_none_or(|exchange| asset.exchange == exchange)
    });
    Reply::json(array(found.map(|asset| row(&asset))))
}

/// By symbol, with the slash of a coin or without, or by id.
pub fn asset(world: &World, wanted: &str) -> Reply {
    let is_meant = |asset: &Asset| {
        asset.symbol == wanted || asset.symbol.replace('/', "") == wanted || id(&asset.symbol) == wanted
    };
    match all(world).find(is_meant) {
        Some(asset) => Reply::json(row(&asset)),
        None => refuse(404, "40410000", &format!("asset not found for {wanted}")),
    }
}

/// Times in New York, with their distance from UTC.
pub fn clock(world: &World, request: &Request) -> Reply {
    let calendar = &world.market.calendar;
    let now = request.second();
    let zone = calendar.zone(Venue::NewYork);
    let local = |second: i64| {
        let at = Timestamp::from_second(second).unwrap_or(request.now);
        at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    };
    let latest = calendar.latest(Venue::NewYork, now);
    let is_open = now < latest.closes;
    let today = day_of(request.now.to_zoned(zone.clone()).date());
    let days = (today..today + 15).filter(|day| calendar.is_open(Venue::NewYork, *day));
    let next = days.map(|day| calendar.session(Venue::NewYork, day)).find(|session| session.opens > now);
    let next = next.unwrap_or(latest);
    let nanos = request.now + SignedDuration::from_nanos(389_152_169);
    let stamp = nanos.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S.%9f%:z").to_string();
    let row = Object::new()
        .text("timestamp", stamp)
        .raw("is_open", is_open.to_string())
        .text("next_open", local(next.opens))
        .text("next_close", local(if is_open { latest.closes } else { next.closes }));
    Reply::json(row.end())
}
