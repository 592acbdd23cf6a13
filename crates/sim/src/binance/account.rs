//! The spot wallet and its trades.

use super::signed::{Signed, check};
use super::{Answer, Refusal, bad_combination, eight, invalid_symbol, missing, refusal, symbol};
use crate::exchange::Request;
use crate::json::{Object, array};
use crate::market::Amount;
use crate::trading::{Account, Entry, Fill, Permission, Wallet};
use crate::world::World;

const TRADES: i64 = 500;
const TRADES_MAX: i64 = 1000;
const DAY_MILLIS: i64 = 86_400_000;

/// Hands the account that was asked for to `body`, as it is now.
pub fn with_account<T>(
    world: &World,
    request: &Request,
    signed: &Signed,
    body: impl FnOnce(&Account) -> T,
) -> Result<T, Refusal> {
    let mut state = world.state();
    let account = state.trading.at(&signed.credential.account, &world.market, request.now);
    account.map(|account| body(account)).map_err(|error| refusal(500, -1000, error))
}

pub fn account(world: &World, request: &Request) -> Answer {
    let signed = check(world, request, &["omitZeroBalances"])?;
    let now = request.now.as_millisecond();
    with_account(world, request, &signed, |account| {
        let holdings = account.book.holdings(now);
        let balance = |asset: &str, held: Amount| {
            let locked = account.locked(Wallet::Main, &asset.into(), held);
            Object::new().text("asset", asset).text("free", eight(held - locked)).text("locked", eight(locked)).end()
        };
        let mut balances: Vec<String> = holdings.of(Wallet::Main).map(|(asset, held)| balance(asset, held)).collect();
        if !signed.is_true("omitZeroBalances") {
            // Every other coin there is.
            let rest = super::sapi::assets(world);
            let rest = rest.into_iter().filter(|asset| holdings.get(Wallet::Main, &(*asset).into()).is_zero());
            balances.extend(rest.map(|asset| balance(asset, Amount::ZERO)));
        }
        let may = |permission| signed.credential.may(permission).to_string();
        let rates = Object::new()
            .text("maker", "0.00100000")
            .text("taker", "0.00100000")
            .text("buyer", "0.00000000")
            .text("seller", "0.00000000");
        Object::new()
            .int("makerCommission", 10)
            .int("takerCommission", 10)
            .int("buyerCommission", 0)
            .int("sellerCommission", 0)
            .raw("commissionRates", rates.end())
            .raw("canTrade", may(Permission::Trade))
            .raw("canWithdraw", may(Permission::Withdraw))
            .raw("canDeposit", "true")
            .raw("brokered", "false")
            .raw("requireSelfTradePrevention", "false")
            .raw("preventSor", "false")
            .int("updateTime", account.book.until(now).last().map_or(0, |entry| entry.at))
            .text("accountType", "SPOT")
            .raw("balances", array(balances))
            .raw("permissions", r#"["SPOT"]"#)
            .int("uid", account.number as i64)
            .end()
    })
}

/// Grows with time, and is different for each trade of a symbol.
pub fn trade_id(entry: &Entry) -> i64 {
    (entry.at - 1_500_000_000_000) * 1000 + i64::from(entry.ordinal)
}

fn order_id(fill: &Fill) -> i64 {
    (fill.order.at - 1_400_000_000_000) * 100 + i64::from(fill.order.ordinal)
}

pub fn fill_id(entry: &Entry, _: &Fill) -> String {
    trade_id(entry).to_string()
}

/// Whether a symbol can be asked for: delisted ones are listed, and refused.
fn is_traded(world: &World, name: &str) -> bool {
    world.binance_pairs.iter().any(|pair| symbol(pair) == name)
}

pub fn weight_of_trades(request: &Request) -> u32 {
    if request.param("orderId").is_some() { 5 } else { 20 }
}

pub fn my_trades(world: &World, request: &Request) -> Answer {
    let known = ["symbol", "orderId", "startTime", "endTime", "fromId", "limit"];
    let signed = check(world, request, &known)?;
    let wanted = signed.param("symbol").filter(|symbol| !symbol.is_empty()).ok_or_else(|| missing("symbol"))?;
    if !is_traded(world, wanted) {
        return Err(invalid_symbol());
    }
    let (order, from) = (signed.number("orderId")?, signed.number("fromId")?);
    let (start, end) = (signed.number("startTime")?, signed.number("endTime")?);
    let limit = match signed.number("limit")?.unwrap_or(TRADES) {
        limit @ 1.. => limit.min(TRADES_MAX) as usize,
        _ => return Err(refusal(400, -1130, "Data sent for parameter 'limit' is not valid.")),
    };
    let has_time = start.is_some() || end.is_some();
    if has_time && (from.is_some() || order.is_some()) {
        return Err(bad_combination());
    }
    if let (Some(start), Some(end)) = (start, end)
        && (end < start || end - start > DAY_MILLIS)
    {
        return Err(refusal(400, -1127, "More than 24 hours between startTime and endTime."));
    }
    let now = request.now.as_millisecond();
    with_account(world, request, &signed, |account| {
        let meant = |entry: &Entry, fill: &Fill| {
            fill.instrument.symbol == wanted
                && order.is_none_or(|order| order_id(fill) == order)
                && from.is_none_or(|from| trade_id(entry) >= from)
                && start.is_none_or(|start| entry.at >= start)
                && end.is_none_or(|end| entry.at <= end)
        };
        let all: Vec<_> = account.book.fills(now).filter(|(entry, fill)| meant(entry, fill)).collect();
        // The newest, unless something says where to start.
        let is_from_start = from.is_some() || start.is_some();
        let page = if is_from_start { &all[..all.len().min(limit)] } else { &all[all.len().saturating_sub(limit)..] };
        array(page.iter().map(|(entry, fill)| {
            Object::new()
                .text("symbol", wanted)
                .int("id", trade_id(entry))
                .int("orderId", order_id(fill))
                .int("orderListId", -1)
                .text("price", eight(fill.price))
                .text("qty", eight(fill.quantity))
                .text("quoteQty", eight(fill.value))
                .text("commission", eight(fill.fee))
                .text("commissionAsset", &*fill.fee_asset)
                .int("time", entry.at)
                .raw("isBuyer", fill.is_buy.to_string())
                .raw("isMaker", fill.is_maker.to_string())
                .raw("isBestMatch", "true")
                .end()
        }))
    })
}
