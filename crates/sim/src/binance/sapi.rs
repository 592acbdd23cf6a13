//! What is not about one market: the rights of the key, and the wallets in Binance's other spelling.

use super::account::with_account;
use super::signed::{Signed, check};
use super::{Answer, eight};
use crate::exchange::Request;
use crate::json::{Object, array};
use crate::market::catalogue::MONEY;
use crate::market::{Amount, Market};
use crate::trading::{Permission, Wallet};
use crate::world::World;

/// Also known as a wallet's assets: flexible savings, and coins that nobody trades against anything here.
const OTHERS: [&str; 3] = ["LDBTC", "LDUSDT", "LUNA"];

/// Coins and currencies that have a balance, if only of nothing.
pub fn assets(world: &World) -> Vec<&'static str> {
    let is_traded = |code: &str| world.binance_pairs.iter().any(|pair| pair.base == code || pair.quote == code);
    let traded = MONEY.iter().map(|money| money.code).filter(|code| is_traded(code));
    traded.chain(OTHERS).collect()
}

pub fn restrictions(world: &World, request: &Request) -> Answer {
    let signed = check(world, request, &[])?;
    let may = |permission| signed.credential.may(permission).to_string();
    let created = with_account(world, request, &signed, |account| i64::from(account.opened) * 86_400_000)?;
    Ok(Object::new()
        .raw("ipRestrict", (!signed.credential.addresses.is_empty()).to_string())
        .int("createTime", created)
        .raw("enableReading", may(Permission::Read))
        .raw("enableWithdrawals", may(Permission::Withdraw))
        .raw("enableInternalTransfer", may(Permission::Transfer))
        .raw("enableMargin", "false")
        .raw("enableFutures", "false")
        .raw("permitsUniversalTransfer", may(Permission::Transfer))
        .raw("enableVanillaOptions", "false")
        .raw("enableFixApiTrade", "false")
        .raw("enableFixReadOnly", "false")
        .raw("enableSpotAndMarginTrading", may(Permission::Trade))
        .raw("enablePortfolioMarginTrading", "false")
        .end())
}

/// The shortest form, as these endpoints write it.
fn wallet(world: &World, request: &Request, signed: &Signed, wallet: Wallet) -> Answer {
    let has_bitcoin = signed.is_true("needBtcValuation");
    let wanted = signed.param("asset");
    let bitcoin = |asset: &str, held: Amount| {
        let price = match asset {
            "BTC" => Some(Amount::ONE),
            _ => Market::pair(asset, "BTC").map(|pair| world.market.pair_at(pair, request.second())),
        };
        price.map_or(Amount::ZERO, |price| held.times(price).cut(8))
    };
    with_account(world, request, signed, |account| {
        let holdings = account.book.holdings(request.now.as_millisecond());
        let rows = holdings.of(wallet).filter(|(asset, _)| wanted.is_none_or(|wanted| wanted == &***asset));
        array(rows.map(|(asset, held)| {
            let locked = account.locked(wallet, asset, held);
            let row = Object::new()
                .text("asset", &**asset)
                .text("free", (held - locked).plain())
                .text("locked", locked.plain())
                .text("freeze", "0")
                .text("withdrawing", "0");
            let row = if wallet == Wallet::Main { row.text("ipoable", "0") } else { row };
            let valuation = if has_bitcoin { eight(bitcoin(asset, held)) } else { "0".into() };
            row.text("btcValuation", valuation).end()
        }))
    })
}

pub fn user_assets(world: &World, request: &Request) -> Answer {
    let signed = check(world, request, &["asset", "needBtcValuation"])?;
    wallet(world, request, &signed, Wallet::Main)
}

pub fn funding_assets(world: &World, request: &Request) -> Answer {
    let signed = check(world, request, &["asset", "needBtcValuation"])?;
    wallet(world, request, &signed, Wallet::Funding)
}

/// Every coin there is, held or not.
pub fn coins(world: &World, request: &Request) -> Answer {
    let signed = check(world, request, &[])?;
    with_account(world, request, &signed, |account| {
        let holdings = account.book.holdings(request.now.as_millisecond());
        array(assets(world).into_iter().map(|code| {
            let known = MONEY.iter().find(|money| money.code == code);
            let held = holdings.get(Wallet::Main, &code.into());
            let locked = account.locked(Wallet::Main, &code.into(), held);
            Object::new()
                .text("coin", code)
                .raw("depositAllEnable", "true")
                .raw("withdrawAllEnable", "true")
                .text("name", known.map_or(code, |money| money.name))
                .text("free", (held - locked).plain())
                .text("locked", locked.plain())
                .text("freeze", "0")
                .text("withdrawing", "0")
                .text("ipoing", "0")
                .text("ipoable", "0")
                .text("storage", "0")
                .raw("isLegalMoney", known.is_some_and(|money| !money.is_coin).to_string())
                .raw("trading", "true")
                .raw("networkList", "[]")
                .end()
        }))
    })
}
