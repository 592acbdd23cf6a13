//! The coin markets that exchanges list, and what both of them tell of one.

use crate::market::catalogue::MONEY;
use crate::market::{Amount, Asset, Market, Range};

/// A coin against a stablecoin, a currency or another coin.
#[derive(Debug, Clone, Copy)]
pub struct Pair {
    pub base: &'static str,
    pub quote: &'static str,
    pub asset: Asset,
    pub decimals: u8,
}

impl Pair {
    /// The smallest step of its price.
    pub fn tick(&self) -> Amount {
        Amount::ONE.scaled(1, 10i128.pow(u32::from(self.decimals)))
    }
}

/// Every coin against `quotes`, where they differ; small coins not against bitcoin.
pub fn pairs(market: &Market, quotes: &[&str]) -> Vec<Pair> {
    let coins = || MONEY.iter().filter(|money| money.is_coin);
    let mut pairs = Vec::new();
    for base in coins() {
        for quote in MONEY.iter().filter(|money| quotes.contains(&money.code)) {
            let is_small = base.base < 10_000_000_000;
            let is_stable = base.volatility < 1_000 && quote.is_coin;
            if (quote.code == "BTC" && is_small) || (is_stable && base.code != "USDC") {
                continue;
            }
            if let Some(asset) = Market::pair(base.code, quote.code) {
                pairs.push(Pair { base: base.code, quote: quote.code, asset, decimals: market.decimals(asset) });
            }
        }
    }
    pairs
}

/// The 24 hours up to a second since 1970.
pub struct Day {
    pub range: Range,
    /// In the base.
    pub volume: Amount,
    pub bid: Amount,
    pub ask: Amount,
}

pub fn day(market: &Market, pair: &Pair, now: i64) -> Day {
    let (range, volume) = market.pair_range(pair.asset, now - 86_400, now);
    Day { range, volume, bid: range.last - pair.tick(), ask: range.last }
}
