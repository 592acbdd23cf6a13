//! The trading and the funding account, their fills, and who the key belongs to.

use super::{data, error, missing};
use crate::exchange::{Reply, Request};
use crate::json::Object;
use crate::market::catalogue::MONEY;
use crate::market::{Amount, Market};
use crate::trading::{Account, Credential, Entry, Fill, Permission, Wallet};
use crate::world::World;

/// From which ids count milliseconds.
const EPOCH_MILLIS: i64 = 1_546_300_800_000;
const DAY_MILLIS: i64 = 86_400_000;
const FILLS_MAX: usize = 100;

/// Hands the key's account to `body`, as it is now.
fn with_account(
    world: &World,
    request: &Request,
    credential: &Credential,
    body: impl FnOnce(&Account) -> Reply,
) -> Reply {
    let mut state = world.state();
    match state.trading.at(&credential.account, &world.market, request.now) {
        Ok(account) => body(account),
        Err(message) => error(500, "50026", &message),
    }
}

pub fn uid(number: u64) -> String {
    format!("{number}0000000000")
}

pub fn config(world: &World, request: &Request, credential: &Credential) -> Reply {
    with_account(world, request, credential, |account| {
        let permissions =
            [(Permission::Read, "read_only"), (Permission::Trade, "trade"), (Permission::Withdraw, "withdraw")];
        let granted: Vec<_> =
            permissions.iter().filter(|(permission, _)| credential.may(*permission)).map(|(_, name)| *name).collect();
        let addresses: Vec<_> = credential.addresses.iter().map(ToString::to_string).collect();
        let uid = uid(account.number);
        data([Object::new()
            .text("uid", &uid)
            .text("mainUid", &uid)
            .text("acctLv", "1")
            .text("posMode", "net_mode")
            .raw("autoLoan", "false")
            .text("greeksType", "PA")
            .text("level", "Lv1")
            .text("levelTmp", "")
            .text("label", &account.name)
            .text("perm", granted.join(","))
            .text("ip", addresses.join(","))
            .text("ctIsoMode", "automatic")
            .text("mgnIsoMode", "automatic")
            .text("kycLv", "3")
            .text("roleType", "0")
            .raw("traderInsts", "[]")
            .text("spotRoleType", "0")
            .raw("spotTraderInsts", "[]")
            .text("opAuth", "0")
            .text("feeType", "0")
            .text("settleCcy", "")
            .raw("settleCcyList", "[]")
            .text("spotOffsetType", "")
            .text("stgyType", "0")
            .text("type", "0")
            .raw("enableSpotBorrow", "false")
            .raw("spotBorrowAutoRepay", "false")
            .end()])
    })
}

fn dollars(world: &World, request: &Request, currency: &str, amount: Amount) -> Amount {
    if currency == "USD" {
        return amount;
    }
    Market::pair(currency, "USD")
        .map_or(Amount::ZERO, |pair| amount.times(world.market.pair_at(pair, request.second())))
}

/// The currencies that were asked for, or those that are held.
fn held(account: &Account, request: &Request, wallet: Wallet) -> Vec<(String, Amount)> {
    let holdings = account.book.holdings(request.now.as_millisecond());
    match request.param("ccy").filter(|list| !list.is_empty()) {
        Some(list) => {
            let named = list.split(',').map(|name| (name.to_string(), holdings.get(wallet, &name.into())));
            named.collect()
        }
        None => holdings.of(wallet).map(|(asset, amount)| (asset.to_string(), amount)).collect(),
    }
}

pub fn balance(world: &World, request: &Request, credential: &Credential) -> Reply {
    let is_too_long = request.param("ccy").is_some_and(|list| list.split(',').count() > 20);
    if is_too_long {
        return error(200, "50025", "Parameter ccy count exceeds the limit 20");
    }
    with_account(world, request, credential, |account| {
        let updated = account.book.until(request.now.as_millisecond()).last().map_or(account_opened(account), |e| e.at);
        let held = held(account, request, Wallet::Main);
        let total: Amount = held.iter().map(|(currency, amount)| dollars(world, request, currency, *amount)).sum();
        let details = held.iter().map(|(currency, amount)| {
            let locked = account.locked(Wallet::Main, &currency.as_str().into(), *amount);
            detail(currency, *amount, locked, dollars(world, request, currency, *amount), updated)
        });
        let row = Object::new().text("adjEq", "").text("availEq", "").text("borrowFroz", "");
        let row = row.raw("details", crate::json::array(details)).text("imr", "").text("isoEq", "0");
        let empty = ["mgnRatio", "mmr", "notionalUsd", "notionalUsdForBorrow", "notionalUsdForFutures"];
        let row = empty.iter().fold(row, |row, name| row.text(name, ""));
        let row = row.text("ordFroz", "").text("totalEq", total.plain()).text("uTime", updated.to_string());
        data([row.text("upl", "").end()])
    })
}

fn account_opened(account: &Account) -> i64 {
    i64::from(account.opened) * DAY_MILLIS
}

/// `""` where a field has no meaning in this account mode, `0` where it has and is nothing.
fn detail(currency: &str, amount: Amount, locked: Amount, dollars: Amount, updated: i64) -> String {
    let (all, free, locked) = (amount.plain(), (amount - locked).plain(), locked.plain());
    Object::new()
        .text("accAvgPx", "")
        .text("availBal", &free)
        .text("availEq", "")
        .text("borrowFroz", "")
        .text("cashBal", &all)
        .text("ccy", currency)
        .text("clSpotInUseAmt", "")
        .text("colBorrAutoConversion", "0")
        .raw("collateralEnabled", "false")
        .raw("collateralRestrict", "false")
        .text("crossLiab", "")
        .text("disEq", "0")
        .text("eq", &all)
        .text("eqUsd", dollars.plain())
        .text("fixedBal", "0")
        .text("frozenBal", &locked)
        .text("imr", "")
        .text("interest", "")
        .text("isoEq", "")
        .text("isoLiab", "")
        .text("isoUpl", "")
        .text("liab", "")
        .text("maxLoan", "")
        .text("maxSpotInUse", "")
        .text("mgnRatio", "")
        .text("mmr", "")
        .text("notionalLever", "")
        .text("openAvgPx", "")
        .text("ordFrozen", &locked)
        .text("rewardBal", "0")
        .text("smtSyncEq", "0")
        .text("spotBal", &all)
        .text("spotCopyTradingEq", "0")
        .text("spotInUseAmt", "")
        .text("spotIsoBal", "0")
        .text("spotUpl", "")
        .text("spotUplRatio", "")
        .text("stgyEq", "0")
        .text("totalPnl", "")
        .text("totalPnlRatio", "")
        .text("twap", "0")
        .text("uTime", updated.to_string())
        .text("upl", "")
        .text("uplLiab", "")
        .end()
}

pub fn funding(world: &World, request: &Request, credential: &Credential) -> Reply {
    with_account(world, request, credential, |account| {
        let rows = held(account, request, Wallet::Funding).into_iter().filter(|(_, amount)| amount.is_positive());
        data(rows.map(|(currency, amount)| {
            Object::new()
                .text("availBal", amount.plain())
                .text("bal", amount.plain())
                .text("ccy", currency)
                .text("frozenBal", "0")
                .end()
        }))
    })
}

pub fn currencies(_: &World, request: &Request, _: &Credential) -> Reply {
    let wanted = request.param("ccy").filter(|list| !list.is_empty());
    let is_wanted = |code: &str| wanted.is_none_or(|list| list.split(',').any(|one| one == code));
    let coins = MONEY.iter().filter(|money| money.is_coin && is_wanted(money.code));
    data(coins.map(|money| {
        Object::new()
            .text("ccy", money.code)
            .text("name", money.name)
            .text("chain", format!("{}-{}", money.code, money.name))
            .raw("canDep", "true")
            .raw("canWd", "true")
            .raw("canInternal", "true")
            .raw("mainNet", "true")
            .raw("needTag", "false")
            .text("minDep", "0.00001")
            .text("minWd", "0.0001")
            .text("maxWd", "1000000")
            .text("minFee", "0.0001")
            .text("maxFee", "0.001")
            .text("fee", "0.0001")
            .text("wdTickSz", "8")
            .text("logoLink", "")
            .end()
    }))
}

/// Of one account, different for each fill, and grows with time.
fn bill(at: i64, ordinal: u32) -> i64 {
    ((at - EPOCH_MILLIS) << 22) | i64::from(ordinal)
}

fn order_id(fill: &Fill) -> i64 {
    bill(fill.order.at, fill.order.ordinal) - 4096
}

pub fn fill_id(entry: &Entry, _: &Fill) -> String {
    bill(entry.at, entry.ordinal).to_string()
}

/// The last three days, of all kinds unless one is named.
pub fn fills(world: &World, request: &Request, credential: &Credential) -> Reply {
    page(world, request, credential, 3)
}

/// The last three months, of one kind.
pub fn fills_history(world: &World, request: &Request, credential: &Credential) -> Reply {
    if request.param("instType").is_none_or(str::is_empty) {
        return missing("instType");
    }
    page(world, request, credential, 92)
}

/// Newest first. `after` and `before` are ids and excluded; `before` alone gives the newest, not the next.
fn page(world: &World, request: &Request, credential: &Credential, days: i64) -> Reply {
    let kind = request.param("instType").unwrap_or_default();
    if !matches!(kind, "" | "SPOT" | "MARGIN" | "SWAP" | "FUTURES" | "OPTION") {
        return error(400, "51000", "Parameter instType error");
    }
    let mut numbers = [None; 5];
    for (name, number) in ["after", "before", "begin", "end", "limit"].iter().zip(&mut numbers) {
        if let Some(text) = request.param(name).filter(|text| !text.is_empty()) {
            match text.parse::<i64>() {
                Ok(value) => *number = Some(value),
                Err(_) => return error(400, "51000", &format!("Parameter {name} error")),
            }
        }
    }
    let [after, before, begin, end, limit] = numbers;
    let wanted = |name| request.param(name).filter(|text| !text.is_empty());
    let (instrument, order) = (wanted("instId"), wanted("ordId"));
    let now = request.now.as_millisecond();
    with_account(world, request, credential, |account| {
        let meant = |entry: &Entry, fill: &Fill| {
            let id = bill(entry.at, entry.ordinal);
            matches!(kind, "" | "SPOT")
                && entry.at >= now - days * DAY_MILLIS
                && after.is_none_or(|after| id < after)
                && before.is_none_or(|before| id > before)
                && begin.is_none_or(|begin| entry.at >= begin)
                && end.is_none_or(|end| entry.at <= end)
                && instrument.is_none_or(|wanted| fill.instrument.symbol == wanted)
                && order.is_none_or(|wanted| order_id(fill).to_string() == wanted)
        };
        let limit = limit.map_or(FILLS_MAX, |limit| limit.clamp(1, FILLS_MAX as i64) as usize);
        let rows = account.book.fills(now).rev().filter(|(entry, fill)| meant(entry, fill)).take(limit);
        data(rows.map(|(entry, fill)| row(entry, fill)))
    })
}

fn row(entry: &Entry, fill: &Fill) -> String {
    let rate = match (fill.fee.is_negative(), fill.is_maker) {
        (true, _) => "0.00005",
        (false, true) => "-0.0008",
        (false, false) => "-0.001",
    };
    Object::new()
        .text("side", if fill.is_buy { "buy" } else { "sell" })
        .text("fillSz", fill.quantity.plain())
        .text("fillPx", fill.price.plain())
        .text("fillPxVol", "")
        .text("fillFwdPx", "")
        // What the account loses is negative here.
        .text("fee", (-fill.fee).plain())
        .text("fillPnl", "0")
        .text("ordId", order_id(fill).to_string())
        .text("feeRate", rate)
        .text("instType", "SPOT")
        .text("fillPxUsd", "")
        .text("instId", &fill.instrument.symbol)
        .text("clOrdId", "")
        .text("posSide", "net")
        .text("billId", bill(entry.at, entry.ordinal).to_string())
        .text("subType", if fill.is_buy { "1" } else { "2" })
        .text("fillMarkVol", "")
        .text("tag", "")
        .text("fillTime", entry.at.to_string())
        .text("execType", if fill.is_maker { "M" } else { "T" })
        .text("fillIdxPx", "")
        .text("tradeId", ((entry.at - EPOCH_MILLIS) / 100 * 10 + i64::from(entry.ordinal)).to_string())
        .text("fillMarkPx", "")
        .text("feeCcy", &*fill.fee_asset)
        .text("ts", (entry.at + 1).to_string())
        .text("tradeQuoteCcy", &*fill.instrument.quote)
        .end()
}
