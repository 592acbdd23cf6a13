//! `/api/v3`: other names, more fields, symbols in the path.

use super::quote::Figures;
use super::{batch, history, or_null};
use crate::exchange::{JSON, Reply, Request};
use crate::json::{Object, array};
use crate::market::calendar::date_of;
use crate::market::{Amount, Asset, Bar};
use crate::world::World;

pub(super) fn answer(world: &World, request: &Request) -> Reply {
    if let Some(symbols) = request.path.strip_prefix("/api/v3/quote/") {
        return batch(world, symbols, request.second(), quote);
    }
    if let Some(symbol) = request.path.strip_prefix("/api/v3/historical-price-full/") {
        return match world.market.find(symbol) {
            Some(asset) => Reply::json(full_history(world, asset, request)),
            None => Reply::json("{}"),
        };
    }
    Reply::new(404, JSON, "[]")
}

fn quote(world: &World, asset: Asset, now: i64) -> Vec<String> {
    let f = Figures::of(world, asset, now);
    let is_stock = matches!(asset, Asset::Listed(_)) && !f.is_halted;
    let mut row = Object::new().text("symbol", &f.symbol).text("name", &f.name);
    row = or_null(row, "price", f.live(|quote| quote.price));
    row = or_null(row, "changesPercentage", f.change_percent());
    row = or_null(row, "change", f.change());
    row = or_null(row, "dayLow", f.live(|quote| quote.low));
    row = or_null(row, "dayHigh", f.live(|quote| quote.high));
    row = row.raw("yearHigh", f.year.high.plain()).raw("yearLow", f.year.low.plain());
    row = or_null(row, "marketCap", f.market_cap.filter(|_| !f.is_halted).map(Amount::plain));
    row = row.raw("priceAvg50", f.year.average_50.plain()).raw("priceAvg200", f.year.average_200.plain());
    row = row.text("exchange", f.exchange).int("volume", f.volume()).int("avgVolume", f.year.average_volume);
    row = or_null(row, "open", f.live(|quote| quote.open));
    row = row.raw("previousClose", f.quote.previous_close.plain());
    let eps = Amount::whole(7).scaled(107, 100);
    row = or_null(row, "eps", is_stock.then(|| eps.plain()));
    row = or_null(row, "pe", is_stock.then(|| f.quote.price.over(eps).round(2).plain()));
    row = row.null("earningsAnnouncement");
    let shares = match asset {
        Asset::Listed(place) => Some(world.market.listed[place].shares.to_string()),
        Asset::Pair(..) => None,
    };
    vec![or_null(row, "sharesOutstanding", shares).int("timestamp", f.timestamp).end()]
}

fn full_history(world: &World, asset: Asset, request: &Request) -> String {
    let mut bars = history::bars(world, asset, request, true);
    bars.reverse();
    if let Some(count) = request.number("timeseries") {
        bars.truncate(count.max(0) as usize);
    }
    let row = |bar: &Bar| {
        let date = date_of(bar.day);
        Object::new()
            .text("date", date.to_string())
            .raw("open", bar.open.plain())
            .raw("high", bar.high.plain())
            .raw("low", bar.low.plain())
            .raw("close", bar.close.plain())
            .raw("adjClose", bar.close.plain())
            .int("volume", bar.volume)
            .int("unadjustedVolume", bar.volume)
            .raw("change", (bar.close - bar.open).plain())
            .raw("changePercent", history::change_percent(bar).plain())
            .raw("vwap", history::vwap(bar).plain())
            .text("label", date.strftime("%B %d, %y").to_string())
            .raw("changeOverTime", (bar.close - bar.open).over(bar.open).round(7).plain())
            .end()
    };
    Object::new().text("symbol", world.market.name(asset)).raw("historical", array(bars.iter().map(row))).end()
}
