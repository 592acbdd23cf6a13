//! Money and positions.

use jiff::civil::date;

use super::assets::{self, listed_under};
use super::{refuse, uuid};
use crate::exchange::{Reply, Request};
use crate::json::{Object, array};
use crate::market::calendar::DAY_SECONDS;
use crate::market::{Amount, Asset};
use crate::trading::{Account, Instrument, Lots, Wallet, lots};
use crate::world::World;

pub fn id(account: &Account) -> String {
    uuid("account", &[account.number as i64])
}

/// A position as its owner sees it at a moment.
struct Held {
    symbol: String,
    instrument: Instrument,
    /// Negative when sold short, as are cost and value.
    quantity: Amount,
    cost: Amount,
    price: Amount,
    price_before: Amount,
}

impl Held {
    fn value(&self) -> Amount {
        self.quantity.times(self.price)
    }
}

fn held(world: &World, account: &Account, now: jiff::Timestamp) -> Vec<Held> {
    let second = now.as_second();
    let Lots { positions, .. } = lots(account.book.until(now.as_millisecond()), false);
    let row = |position: &crate::trading::Position| {
        let instrument = (*position.instrument).clone();
        let price_before = match instrument.asset {
            Asset::Listed(_) => world.market.quote(instrument.asset, second).previous_close,
            // Coins begin their day at midnight of UTC.
            Asset::Pair(..) => instrument.price(&world.market, second.div_euclid(DAY_SECONDS) * DAY_SECONDS),
        };
        Held {
            symbol: position_symbol(&instrument),
            quantity: position.quantity(),
            cost: position.money(),
            price: instrument.price(&world.market, second),
            price_before,
            instrument,
        }
    };
    positions.values().map(row).collect()
}

/// Positions in coins are spelled without the slash that orders and activities have.
fn position_symbol(instrument: &Instrument) -> String {
    instrument.symbol.replace('/', "")
}

fn percent(part: Amount, whole: Amount) -> String {
    part.over(whole.abs()).plain()
}

fn position_row(world: &World, held: &Held) -> String {
    let (value, gain) = (held.value(), held.value() - held.cost);
    let day = held.quantity.times(held.price - held.price_before);
    let is_coin = held.instrument.is_coin();
    Object::new()
        .text("asset_id", assets::id(&held.instrument.symbol))
        .text("symbol", &held.symbol)
        .text("exchange", listed_under(world, &held.instrument.symbol))
        .text("asset_class", if is_coin { "crypto" } else { "us_equity" })
        .raw("asset_marginable", (!is_coin).to_string())
        .text("qty", held.quantity.plain())
        .text("avg_entry_price", held.cost.over(held.quantity).plain())
        .text("side", if held.quantity.is_negative() { "short" } else { "long" })
        .text("market_value", value.plain())
        .text("cost_basis", held.cost.plain())
        .text("unrealized_pl", gain.plain())
        .text("unrealized_plpc", percent(gain, held.cost))
        .text("unrealized_intraday_pl", day.plain())
        .text("unrealized_intraday_plpc", percent(day, held.quantity.times(held.price_before)))
        .text("current_price", held.price.plain())
        .text("lastday_price", held.price_before.plain())
        .text("change_today", percent(held.price - held.price_before, held.price_before))
        .text("qty_available", held.quantity.plain())
        .end()
}

pub fn positions(world: &World, request: &Request, account: &Account) -> Reply {
    Reply::json(array(held(world, account, request.now).iter().map(|held| position_row(world, held))))
}

/// By its symbol or the id of the asset.
pub fn position(world: &World, request: &Request, account: &Account, wanted: &str) -> Reply {
    let all = held(world, account, request.now);
    let is_meant = |held: &&Held| held.symbol == wanted || assets::id(&held.instrument.symbol) == wanted;
    match all.iter().find(is_meant) {
        Some(held) => Reply::json(position_row(world, held)),
        None => refuse(404, "40410000", "position does not exist"),
    }
}

pub fn account(world: &World, request: &Request, account: &Account) -> Reply {
    let dollars = |at: i64| account.book.holdings(at).get(Wallet::Main, &"USD".into());
    let cash = dollars(request.now.as_millisecond());
    let held = held(world, account, request.now);
    let value = |is_short: bool| -> Amount {
        let side = held.iter().filter(|held| held.quantity.is_negative() == is_short);
        side.map(Held::value).sum()
    };
    let (long, short) = (value(false), value(true));
    let equity = cash + long + short;
    // As the session before today's ended.
    let day = world.market.calendar.latest(crate::market::calendar::Venue::NewYork, request.second()).opens;
    let before = jiff::Timestamp::from_second(day - 1).unwrap_or(request.now);
    let before_held: Amount = self::held(world, account, before).iter().map(Held::value).sum();
    let last_equity = dollars(before.as_millisecond()) + before_held;
    let margin = (long + short.abs()).scaled(1, 2);
    let buying_power = (equity - margin).max(Amount::ZERO).scaled(2, 1);
    let opened = i64::from(account.opened) * DAY_SECONDS;
    let created = jiff::Timestamp::from_second(opened).unwrap_or_default();
    let letters = if account.is_paper { "PA" } else { "" };
    let mut row = Object::new()
        .text("id", id(account))
        .raw("admin_configurations", "{}")
        .null("user_configurations")
        .text("account_number", format!("{letters}{}", account.number))
        .text("status", "ACTIVE")
        .text("crypto_status", "ACTIVE")
        .raw("options_approved_level", "0")
        .raw("options_trading_level", "0")
        .text("currency", "USD")
        .text("buying_power", buying_power.plain())
        .text("regt_buying_power", buying_power.plain());
    // What told of day traders was taken out that day.
    let has_day_traders = created_day(request) < date(2026, 7, 6);
    if has_day_traders {
        row = row.text("daytrading_buying_power", "0");
    }
    row = row
        .text("effective_buying_power", buying_power.plain())
        .text("non_marginable_buying_power", cash.max(Amount::ZERO).plain())
        .text("options_buying_power", cash.max(Amount::ZERO).plain())
        .text("bod_dtbp", "0")
        .text("cash", cash.plain())
        .text("accrued_fees", "0")
        .text("portfolio_value", equity.plain());
    if has_day_traders {
        row = row.raw("pattern_day_trader", "false");
    }
    row = row
        .raw("trading_blocked", "false")
        .raw("transfers_blocked", "false")
        .raw("account_blocked", "false")
        .text("created_at", format!("{created:.6}"))
        .raw("trade_suspended_by_user", "false")
        .text("multiplier", "2")
        .raw("shorting_enabled", "true")
        .text("equity", equity.plain())
        .text("last_equity", last_equity.plain())
        .text("long_market_value", long.plain())
        .text("short_market_value", short.plain())
        .text("position_market_value", (long + short).plain())
        .text("initial_margin", margin.plain())
        .text("maintenance_margin", margin.scaled(3, 5).plain())
        .text("last_maintenance_margin", margin.scaled(3, 5).plain())
        .text("sma", "0");
    if has_day_traders {
        row = row.int("daytrade_count", 0);
    }
    let balance_day = jiff::tz::TimeZone::UTC.to_datetime(before).date();
    row = row
        .text("balance_asof", balance_day.to_string())
        .int("crypto_tier", 1)
        .text("intraday_adjustments", "0")
        .text("pending_reg_taf_fees", "0");
    Reply::json(row.end())
}

fn created_day(request: &Request) -> jiff::civil::Date {
    jiff::tz::TimeZone::UTC.to_datetime(request.now).date()
}
