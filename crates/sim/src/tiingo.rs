//! Tiingo: IEX quotes, daily bars and currencies.

use jiff::Timestamp;

use crate::exchange::{JSON, Reply, Request, TEXT};
use crate::json::{Object, array};
use crate::limits::Window;
use crate::market::calendar::{Venue, date_of, day_of};
use crate::market::catalogue::{Kind, Listed};
use crate::market::walk::below;
use crate::market::{Amount, Asset, Bar, Basis};
use crate::world::World;

/// Seconds after the closing bell at which the official close replaces the live price.
const OFFICIAL_AFTER: i64 = 20 * 60;
/// Seconds after the closing bell at which the day's bar is out.
const BAR_AFTER: i64 = 90 * 60;

pub fn run_over(period: &str) -> String {
    let text = format!(
        "Error: You have run over your {period} request allocation. Please upgrade at https://api.tiingo.com/pricing to \
         have your limits increased."
    );
    Object::new().text("detail", text).end()
}

pub fn answer(world: &World, request: &Request) -> Reply {
    let header = request.header("authorization").and_then(|value| value.strip_prefix("Token "));
    let Some(token) = header.or_else(|| request.param("token")).filter(|token| !token.is_empty()) else {
        return Reply::new(403, JSON, r#"{"detail":"Please supply a token"}"#).at("refused");
    };
    if let Err(refusal) = enter(world, request, token) {
        return refusal.at("refused");
    }
    let path = request.path.trim_end_matches('/');
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match parts.as_slice() {
        ["api", "test"] => Reply::json(r#"{"message":"You successfully sent a request"}"#).at("/api/test/"),
        ["iex"] => iex(world, request, token, request.param("tickers")).at("/iex/"),
        ["iex", ticker] => iex(world, request, token, Some(ticker)).at("/iex/{ticker}"),
        ["tiingo", "fx", "top"] => {
            fx(world, request, request.param("tickers").unwrap_or_default()).at("/tiingo/fx/top")
        }
        ["tiingo", "fx", ticker, "top"] => fx(world, request, ticker).at("/tiingo/fx/{ticker}/top"),
        ["tiingo", "daily", ticker] => meta(world, request, token, ticker).at("/tiingo/daily/{ticker}"),
        ["tiingo", "daily", ticker, "prices"] => {
            daily(world, request, token, ticker).at("/tiingo/daily/{ticker}/prices")
        }
        _ => Reply::new(404, JSON, r#"{"detail":"Not found."}"#).at("other"),
    }
}

fn enter(world: &World, request: &Request, token: &str) -> Result<(), Reply> {
    let mut state = world.state();
    if state.accounts.find("tiingo", token).is_none() {
        return Err(Reply::new(403, TEXT, "None"));
    }
    match state.count("tiingo", token, request.second(), &world.market.calendar) {
        Some("day") => Err(Reply::new(429, JSON, run_over("daily")).limit()),
        Some(_) => Err(Reply::new(429, JSON, run_over("hourly")).limit()),
        None => Ok(()),
    }
}

/// Counts tickers that are new in this month; those looked up before still work when no more fit.
fn look_up(world: &World, request: &Request, token: &str, tickers: &[&str]) -> Result<(), Reply> {
    let (month, _) = Window::NewYorkMonth.around(request.second(), &world.market.calendar);
    let mut state = world.state();
    let Some(account) = state.accounts.find("tiingo", token) else { return Ok(()) };
    if account.looked_up.0 != month {
        account.looked_up = (month, Default::default());
    }
    let Some(max) = account.plan.symbols_per_month else { return Ok(()) };
    for ticker in tickers {
        let ticker = ticker.to_ascii_lowercase();
        if account.looked_up.1.contains(&ticker) {
            continue;
        }
        if account.looked_up.1.len() >= max as usize {
            let text = format!(
                "You have run over your {max} symbol look up for this month. Please upgrade at \
                 https://api.tiingo.com/pricing to have your limits increased."
            );
            return Err(Reply::new(200, TEXT, text).limit());
        }
        account.looked_up.1.insert(ticker);
    }
    Ok(())
}

fn american<'a>(world: &'a World, ticker: &str) -> Option<(Asset, &'a Listed)> {
    world.market.find_listed(ticker.trim()).filter(|(_, listed)| listed.is_american())
}

fn iex(world: &World, request: &Request, token: &str, tickers: Option<&str>) -> Reply {
    // Without tickers: all there are.
    let Some(tickers) = tickers.filter(|tickers| !tickers.is_empty()) else {
        let all = world.market.listed.iter().filter(|listed| listed.is_american());
        let rows = all.filter_map(|listed| american(world, &listed.symbol));
        return Reply::json(array(rows.map(|(asset, listed)| iex_row(world, asset, listed, request.second()))));
    };
    let tickers: Vec<&str> = tickers.split(',').map(str::trim).collect();
    if let Err(refusal) = look_up(world, request, token, &tickers) {
        return refusal;
    }
    let rows = tickers.iter().filter_map(|ticker| american(world, ticker));
    Reply::json(array(rows.map(|(asset, listed)| iex_row(world, asset, listed, request.second()))))
}

/// Live during the session, the last price for some minutes after it, then the official close, stamped with the bell.
fn iex_row(world: &World, asset: Asset, listed: &Listed, now: i64) -> String {
    let quote = world.market.quote(asset, now);
    let is_official = now >= quote.session.closes + OFFICIAL_AFTER;
    let nanos = below(world.market.seed(), now as u64 ^ quote.session.opens as u64, 1_000_000_000) as i32;
    let stamp = |second: i64, nanos: i32| Timestamp::new(second, nanos).unwrap_or_default();
    let timestamp = if is_official {
        format!("{}+00:00", stamp(quote.session.closes, 0).strftime("%Y-%m-%dT%H:%M:%S"))
    } else if quote.is_over {
        format!("{}+00:00", stamp(now, nanos).strftime("%Y-%m-%dT%H:%M:%S.%9f"))
    } else {
        let zone = world.market.calendar.zone(Venue::NewYork);
        stamp(now, nanos).to_zoned(zone).strftime("%Y-%m-%dT%H:%M:%S.%9f%:z").to_string()
    };
    // IEX sees a few percent of the trades; all are counted once the day is over.
    let volume = match (listed.is_halted, is_official) {
        (true, _) => "0".into(),
        (false, true) => quote.volume.to_string(),
        (false, false) => Amount::whole(quote.volume / 40).float(),
    };
    let price = |amount: Amount| if listed.is_halted { "null".into() } else { amount.float() };
    let after_hours = |amount: Amount| {
        let jump = below(world.market.seed() ^ nanos as u64, now as u64, 21) as i128 - 10;
        if quote.is_over && !is_official { amount + amount.scaled(jump, 10_000).round(2) } else { amount }
    };
    Object::new()
        .text("ticker", &listed.symbol)
        .text("timestamp", timestamp)
        .null("lastSaleTimestamp")
        .null("quoteTimestamp")
        .raw("open", price(quote.open))
        .raw("high", price(quote.high))
        .raw("low", price(quote.low))
        .null("mid")
        .raw("tngoLast", price(after_hours(quote.price)))
        .null("last")
        .null("lastSize")
        .null("bidSize")
        .null("bidPrice")
        .null("askPrice")
        .null("askSize")
        .raw("volume", volume)
        .raw("prevClose", quote.previous_close.float())
        .end()
}

fn not_found(ticker: &str) -> Reply {
    Reply::new(
        404,
        JSON,
        Object::new().text("detail", format!("Error: Ticker '{}' not found", ticker.to_uppercase())).end(),
    )
}

/// The last day whose bar is out.
fn last_bar(world: &World, now: i64) -> i32 {
    let calendar = &world.market.calendar;
    let session = calendar.latest(Venue::NewYork, now);
    if now >= session.closes + BAR_AFTER { session.day } else { calendar.before(Venue::NewYork, session.day) }
}

fn daily(world: &World, request: &Request, token: &str, ticker: &str) -> Reply {
    if let Err(refusal) = look_up(world, request, token, &[ticker]) {
        return refusal;
    }
    let Some((asset, _)) = american(world, ticker) else { return not_found(ticker) };
    let now = request.second();
    let last = last_bar(world, now);
    if request.param("startDate").is_none() && request.param("endDate").is_none() {
        return Reply::json(array(daily_rows(world, asset, last, last, now, true)));
    }
    let first = request.date("startDate").map_or(last, day_of).max(day_of(jiff::civil::date(1999, 1, 4)));
    let end = request.date("endDate").map_or(last, day_of).min(last);
    let mut rows = daily_rows(world, asset, first, end, now, false);
    if request.param("sort") == Some("-date") {
        rows.reverse();
    }
    Reply::json(array(rows))
}

/// Raw prices, and the same divided by later splits. Dividends do not adjust here.
fn daily_rows(world: &World, asset: Asset, first: i32, last: i32, now: i64, is_latest: bool) -> Vec<String> {
    let bars = |basis| world.market.bars(asset, first, last, now, basis);
    let row = |(bar, adjusted): (&Bar, &Bar)| {
        let date = date_of(bar.day);
        if is_latest {
            // The latest row has its keys in alphabetical order, and another form of date.
            return Object::new()
                .raw("adjClose", adjusted.close.float())
                .raw("adjHigh", adjusted.high.float())
                .raw("adjLow", adjusted.low.float())
                .raw("adjOpen", adjusted.open.float())
                .int("adjVolume", adjusted.volume)
                .raw("close", bar.close.float())
                .text("date", format!("{date}T00:00:00+00:00"))
                .raw("divCash", bar.dividend.float())
                .raw("high", bar.high.float())
                .raw("low", bar.low.float())
                .raw("open", bar.open.float())
                .raw("splitFactor", bar.split_factor.float())
                .int("volume", bar.volume)
                .end();
        }
        Object::new()
            .text("date", format!("{date}T00:00:00.000Z"))
            .raw("close", bar.close.float())
            .raw("high", bar.high.float())
            .raw("low", bar.low.float())
            .raw("open", bar.open.float())
            .int("volume", bar.volume)
            .raw("adjClose", adjusted.close.float())
            .raw("adjHigh", adjusted.high.float())
            .raw("adjLow", adjusted.low.float())
            .raw("adjOpen", adjusted.open.float())
            .int("adjVolume", adjusted.volume)
            .raw("divCash", bar.dividend.float())
            .raw("splitFactor", bar.split_factor.float())
            .end()
    };
    bars(Basis::Traded).iter().zip(&bars(Basis::SplitAdjusted)).map(row).collect()
}

fn meta(world: &World, request: &Request, token: &str, ticker: &str) -> Reply {
    if let Err(refusal) = look_up(world, request, token, &[ticker]) {
        return refusal;
    }
    let Some((_, listed)) = american(world, ticker) else { return not_found(ticker) };
    let exchange = match (listed.exchange, listed.kind) {
        ("AMEX", Kind::Etf) => "NYSE ARCA",
        (exchange, _) => exchange,
    };
    let body = Object::new()
        .text("ticker", &listed.symbol)
        .text("name", &listed.name)
        .text("description", format!("{} is simulated.", listed.name))
        .text("startDate", "1999-01-04")
        .text("endDate", date_of(last_bar(world, request.second())).to_string())
        .text("exchangeCode", exchange)
        .end();
    Reply::json(body)
}

/// Bid and ask are one unit of the fifth decimal apart around the middle.
fn fx(world: &World, request: &Request, tickers: &str) -> Reply {
    let row = |ticker: &str| {
        let (base, quote) = ticker.trim().split_at_checked(3)?;
        let asset = world.market.find(&format!("{base}{quote}"))?;
        if world.market.venue(asset) != Venue::Fx {
            return None;
        }
        let quote = world.market.quote(asset, request.second());
        let half = Amount::ONE.scaled(5, 10i128.pow(u32::from(world.market.decimals(asset)) + 1));
        let bid = (quote.price - half).round(world.market.decimals(asset));
        let ask = bid + half + half;
        let stamp = Timestamp::new(quote.as_of, 289_000_000).unwrap_or_default();
        let row = Object::new()
            .text("ticker", ticker.trim().to_ascii_lowercase())
            .text("quoteTimestamp", format!("{}+00:00", stamp.strftime("%Y-%m-%dT%H:%M:%S.%6f")))
            .raw("bidPrice", bid.float())
            .raw("bidSize", "1000000.0")
            .raw("askPrice", ask.float())
            .raw("askSize", "1000000.0")
            .raw("midPrice", (bid + half).float());
        Some(row.end())
    };
    Reply::json(array(tickers.split(',').filter_map(row)))
}
