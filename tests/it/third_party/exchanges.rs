//! ccxt at Binance and OKX.

use std::collections::BTreeSet;

use foliosync_engine::model::Decimal;
use foliosync_sim::{Action, Credential, Door, NewAccount, Secret, Service};
use serde_json::Value as Json;

use super::table::{agree, call};
use super::{Lines, amount, clients, list, millis, read, stored, text};
use crate::accounts::{connect, number, simulated};
use crate::world::World;

/// Both call the wallets alike.
fn agrees(provider: &str, service: Service, key: &str, wallets: [&str; 2]) {
    let Some(clients) = clients() else { return };
    let (world, sim) = simulated();
    // Within what OKX tells.
    let account = NewAccount::new(service, "mine").days(60).orders_per_day(12);
    sim.open_account(&account);
    sim.act("mine", &Action::Pause);
    let secret = Secret::Shared("a-secret-of-this-test-alone".into());
    let credential = Credential::new("mine", key, secret).passphrase("some words");
    sim.admit(credential.clone());
    let symbols: BTreeSet<String> = sim.account("mine").fills.into_iter().map(|fill| fill.symbol).collect();
    let symbols = Vec::from_iter(symbols).join(",");
    let setting = format!("symbols={symbols}");
    let more: &[&str] = if provider == "binance" { &["--set", &setting] } else { &[] };
    connect(&world, provider, &Door { account, credential }, more);
    world.ok(&["sync"]);

    let base = sim.base_url(provider);
    let args = [provider, &base, key, "@secret", "--passphrase", "some words"];
    let what = ["--wallets", &wallets.join(","), "--symbols", &symbols];
    let before = sim.now().as_millisecond();
    let told = read(&clients, &world, "ccxt_read.py", &[&args[..], &what].concat());
    let time = told["time"].as_i64().unwrap();
    assert!((before..=sim.now().as_millisecond()).contains(&time), "fetchTime answered {time}, asked at {before}");
    let balance =
        |wallet| call(&format!("fetchBalance {wallet}"), balances(&told["balances"][wallet]), held(&world, wallet));
    let [first, second] = wallets.map(balance);
    let trades = call("fetchMyTrades", trades(provider, list(&told, "trades")), fills(&world));
    agree(provider, &text(&told, "client"), &[first, second, trades]);
    println!("  fetchTime answered {}, {} ms after it was asked", millis(&told, "time"), time - before);
}

fn balances(told: &Json) -> Lines {
    let line = |row: &Json| {
        format!("free {} used {} total {}", amount(row, "free"), amount(row, "used"), amount(row, "total"))
    };
    told.as_object().unwrap().iter().map(|(asset, row)| (asset.clone(), line(row))).collect()
}

fn held(world: &World, wallet: &str) -> Lines {
    let sql = format!("SELECT asset, free, locked AS used, total FROM accounts.balances WHERE wallet = '{wallet}'");
    let rows = stored(world, &sql);
    rows.iter().flat_map(|row| balances(&serde_json::json!({ text(row, "asset"): row }))).collect()
}

/// Equal lines are equal trades: amounts are in their shortest form.
fn line(trade: &Json, fee: &Json) -> String {
    let [time, symbol, side] = [millis(trade, "timestamp"), text(trade, "symbol"), text(trade, "side")];
    let [quantity, price, cost] = ["amount", "price", "cost"].map(|name| amount(trade, name));
    let [fee, currency] = [amount(fee, "cost"), text(fee, "currency")];
    let [maker, order] = [text(trade, "takerOrMaker"), text(trade, "order")];
    format!("{time} {symbol} {side} {quantity} @ {price} = {cost} fee {fee} {currency} {maker} order {order}")
}

/// OKX tells when a trade was executed and when it was written down. ccxt hands on the latter, and the other with what it
/// was told.
fn trades(provider: &str, told: &[Json]) -> Lines {
    let id = |trade: &Json| match provider {
        "binance" => format!("{}/{}", text(trade, "symbol").replace('/', ""), text(trade, "id")),
        _ => text(trade, "bill"),
    };
    let executed = |trade: &Json| {
        let mut trade = trade.clone();
        if let Some(at) = trade["executed"].as_str() {
            trade["timestamp"] = at.parse::<i64>().unwrap().into();
        }
        trade
    };
    told.iter().map(executed).map(|trade| (id(&trade), line(&trade, &trade["fee"]))).collect()
}

fn fills(world: &World) -> Lines {
    let rows = stored(
        world,
        "SELECT native_id, epoch_ms(\"at\") AS timestamp, asset || '/' || currency AS symbol, side, quantity AS amount, \
         price, note AS \"takerOrMaker\", order_id AS \"order\", fee AS cost, fee_asset AS currency FROM accounts.fills",
    );
    let named = |row: Json| {
        let fee = serde_json::json!({ "cost": row["cost"], "currency": row["currency"] });
        let mut trade = row.clone();
        let cost: Decimal = number(&row["amount"]).checked_mul(number(&row["price"])).unwrap();
        trade["cost"] = cost.to_string().into();
        (text(&row, "native_id"), line(&trade, &fee))
    };
    rows.into_iter().map(named).collect()
}

#[test]
fn ccxt_reads_of_binance_what_is_stored() {
    agrees("binance", Service::Binance, &format!("{:0<64}", "OtherPeoplesKey"), ["spot", "funding"]);
}

#[test]
fn ccxt_reads_of_okx_what_is_stored() {
    agrees("okx", Service::Okx, "0000-of-this-test", ["trading", "funding"]);
}
