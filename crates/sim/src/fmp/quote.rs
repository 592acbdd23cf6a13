//! Quotes and profiles.

use super::or_null;
use crate::json::Object;
use crate::market::catalogue::{Kind, Listed, MONEY};
use crate::market::{Amount, Asset, Quote, Year};
use crate::world::World;

/// What quotes of all generations are written from.
pub(super) struct Figures {
    pub symbol: String,
    pub name: String,
    pub exchange: &'static str,
    pub quote: Quote,
    pub year: Year,
    /// None for currencies.
    pub market_cap: Option<Amount>,
    pub is_halted: bool,
    /// Seconds since 1970.
    pub timestamp: i64,
}

impl Figures {
    pub fn of(world: &World, asset: Asset, now: i64) -> Figures {
        let market = &world.market;
        let (quote, year) = (market.quote(asset, now), market.year(asset, now));
        let (name, exchange, market_cap, is_halted, lag) = match asset {
            Asset::Listed(place) => {
                let listed = &market.listed[place];
                let cap = quote.price.scaled(listed.shares.into(), 1).round(0);
                // The last trade is counted two seconds after the bell.
                (listed.name.clone(), listed.exchange, Some(cap), listed.is_halted, 2)
            }
            Asset::Pair(base, to) if MONEY[base].is_coin => {
                let cap = quote.price.scaled(20_000_000, 1).round(0);
                (format!("{} {}", MONEY[base].name, MONEY[to].code), "CRYPTO", Some(cap), false, 0)
            }
            Asset::Pair(base, to) => (format!("{}/{}", MONEY[base].code, MONEY[to].code), "FOREX", None, false, 0),
        };
        let timestamp = now.min(quote.session.closes + lag);
        Figures { symbol: market.name(asset), name, exchange, quote, year, market_cap, is_halted, timestamp }
    }

    /// A number that a halted symbol does not have.
    pub fn live(&self, value: impl Fn(&Quote) -> Amount) -> Option<String> {
        (!self.is_halted).then(|| value(&self.quote).plain())
    }

    pub fn change(&self) -> Option<String> {
        self.live(|quote| quote.price - quote.previous_close)
    }

    pub fn change_percent(&self) -> Option<String> {
        self.live(|quote| (quote.price - quote.previous_close).scaled(100, 1).over(quote.previous_close).round(5))
    }

    pub fn volume(&self) -> i64 {
        if self.is_halted { 0 } else { self.quote.volume }
    }
}

pub(super) fn stable(world: &World, asset: Asset, now: i64) -> Vec<String> {
    let f = Figures::of(world, asset, now);
    let mut row = Object::new().text("symbol", &f.symbol).text("name", &f.name);
    row = or_null(row, "price", f.live(|quote| quote.price));
    row = or_null(row, "changePercentage", f.change_percent());
    row = or_null(row, "change", f.change());
    row = row.int("volume", f.volume());
    row = or_null(row, "dayLow", f.live(|quote| quote.low));
    row = or_null(row, "dayHigh", f.live(|quote| quote.high));
    row = row.raw("yearHigh", f.year.high.plain()).raw("yearLow", f.year.low.plain());
    row = or_null(row, "marketCap", f.market_cap.filter(|_| !f.is_halted).map(Amount::plain));
    row = row.raw("priceAvg50", f.year.average_50.plain()).raw("priceAvg200", f.year.average_200.plain());
    row = row.text("exchange", f.exchange);
    row = or_null(row, "open", f.live(|quote| quote.open));
    vec![row.raw("previousClose", f.quote.previous_close.plain()).int("timestamp", f.timestamp).end()]
}

fn full_name(exchange: &str) -> &str {
    match exchange {
        "NASDAQ" => "NASDAQ Global Select",
        "NYSE" => "New York Stock Exchange",
        "AMEX" => "New York Stock Exchange Arca",
        "LSE" => "London Stock Exchange",
        other => other,
    }
}

/// Only stocks and funds have one; it is the only place that tells the currency.
pub(super) fn profile(world: &World, asset: Asset, now: i64) -> String {
    let f = Figures::of(world, asset, now);
    let currency = match asset {
        Asset::Listed(place) => world.market.listed[place].currency,
        Asset::Pair(_, quote) => MONEY[quote].code,
    };
    let listed: Option<&Listed> = match asset {
        Asset::Listed(place) => Some(&world.market.listed[place]),
        Asset::Pair(..) => None,
    };
    let is_etf = listed.is_some_and(|listed| listed.kind == Kind::Etf);
    let country = if f.exchange == "LSE" { "GB" } else { "US" };
    let mut row = Object::new().text("symbol", &f.symbol);
    row = or_null(row, "price", f.live(|quote| quote.price));
    row = or_null(row, "marketCap", f.market_cap.filter(|_| !f.is_halted).map(Amount::plain));
    row = row
        .raw("beta", "1.094")
        .raw("lastDividend", "0")
        .text("range", format!("{}-{}", f.year.low.plain(), f.year.high.plain()));
    row = or_null(row, "change", f.change());
    row = or_null(row, "changePercentage", f.change_percent());
    row.int("volume", f.volume())
        .int("averageVolume", f.year.average_volume)
        .text("companyName", &f.name)
        .text("currency", currency)
        .null("cik")
        .text("isin", "")
        .text("cusip", "")
        .text("exchangeFullName", full_name(f.exchange))
        .text("exchange", f.exchange)
        .text("industry", if is_etf { "Asset Management" } else { "Conglomerates" })
        .text("website", "")
        .text("description", format!("{} is simulated.", f.name))
        .null("ceo")
        .text("sector", if is_etf { "Financial Services" } else { "Industrials" })
        .text("country", country)
        .null("fullTimeEmployees")
        .null("phone")
        .null("address")
        .null("city")
        .null("state")
        .null("zip")
        .text("image", "")
        .text("ipoDate", "1999-01-04")
        .raw("defaultImage", "false")
        .raw("isEtf", if is_etf { "true" } else { "false" })
        .raw("isActivelyTrading", if f.is_halted { "false" } else { "true" })
        .raw("isAdr", "false")
        .raw("isFund", "false")
        .end()
}
