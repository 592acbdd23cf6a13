//! What can be traded, in which steps, and the limits that hold.

use super::market::{Asked, asked};
use super::{Answer, eight, symbol};
use crate::coins::Pair;
use crate::exchange::Request;
use crate::json::{Object, array};
use crate::market::Amount;
use crate::trading::lot_decimals;
use crate::world::World;

/// Listed, but not traded any more.
const DELISTED: (&str, &str) = ("LUNA", "USDT");

pub fn exchange_info(world: &World, request: &Request) -> Answer {
    let delisted = Pair { base: DELISTED.0, quote: DELISTED.1, decimals: 4, ..world.binance_pairs[0] };
    let pairs = match asked(world, request)? {
        Asked::All => world.binance_pairs.iter().copied().chain([delisted]).collect(),
        Asked::One(pair) => vec![pair],
        Asked::Many(pairs) => pairs,
    };
    let rows = pairs.iter().map(|pair| {
        let step = eight(Amount::ONE.scaled(1, 10i128.pow(lot_decimals(pair.decimals).into())));
        let filters = array([
            Object::new()
                .text("filterType", "PRICE_FILTER")
                .text("minPrice", eight(pair.tick()))
                .text("maxPrice", "1000000.00000000")
                .text("tickSize", eight(pair.tick()))
                .end(),
            Object::new()
                .text("filterType", "LOT_SIZE")
                .text("minQty", &step)
                .text("maxQty", "9000000000.00000000")
                .text("stepSize", &step)
                .end(),
            Object::new()
                .text("filterType", "NOTIONAL")
                .text("minNotional", "5.00000000")
                .raw("applyMinToMarket", "true")
                .text("maxNotional", "9000000.00000000")
                .raw("applyMaxToMarket", "false")
                .int("avgPriceMins", 5)
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
