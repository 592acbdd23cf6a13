//! alpaca-py at paper and live accounts.

use foliosync_engine::model::Decimal;
use foliosync_sim::{Action, Credential, Door, NewAccount, Secret, Service, Sim, SimClock, SimOptions};
use jiff::Timestamp;
use serde_json::Value as Json;

use super::table::{agree, call};
use super::{Lines, amount, clients, list, read, stored, text};
use crate::accounts::{connect, lead, number};
use crate::world::World;

const SECRET: &str = "a-secret-of-this-test-alone";

fn agrees(environment: &str, service: &str, key: &str) {
    let Some(clients) = clients() else { return };
    // Positions are valued at prices, which must not move in between.
    let clock = SimClock::At(Timestamp::now());
    let (world, sim) = (World::new(), Sim::start(SimOptions { clock, ..SimOptions::default() }).unwrap());
    lead(&world, &sim, &[service]);
    let mut account = NewAccount::new(Service::Alpaca, environment).days(60).orders_per_day(10);
    account.is_paper = environment == "paper";
    sim.open_account(&account);
    sim.act(environment, &Action::Pause);
    // Sold short.
    sim.act(environment, &Action::trade("NVDA", false, "3"));
    let credential = Credential::new(environment, key, Secret::Shared(SECRET.into()));
    sim.admit(credential.clone());
    let setting = format!("environment={environment}");
    connect(&world, "alpaca", &Door { account, credential }, &["--set", &setting]);
    world.ok(&["sync"]);

    let told = read(&clients, &world, "alpaca_read.py", &[&sim.base_url(service), key, SECRET]);
    let (fills, flows): (Vec<Json>, Vec<Json>) =
        list(&told, "activities").iter().cloned().partition(|row| row["activity_type"] == "FILL");
    let calls = [
        call("get_account", account_told(&told["account"]), account_stored(&world)),
        call("get_all_positions", positions_told(list(&told, "positions")), positions_stored(&world)),
        call("/account/activities FILL", fills_told(&fills), fills_stored(&world)),
        call("/account/activities, others", flows_told(&flows), flows_stored(&world)),
    ];
    agree(&format!("alpaca, {environment}"), &text(&told, "client"), &calls);
    let all = fills.len() + flows.len();
    println!("  of {all} activities, its own models take {}; they refuse {}", told["modelled"], told["refused"]);
}

fn account_told(account: &Json) -> Lines {
    let line = |name: &str| (name.to_string(), format!("{} {}", amount(account, name), text(account, "currency")));
    ["cash", "equity", "long_market_value", "portfolio_value", "short_market_value"].map(line).into()
}

/// What the account is worth follows from its cash and its positions.
fn account_stored(world: &World) -> Lines {
    let cash = &stored(world, "SELECT asset, total FROM accounts.balances")[0];
    let worth = |which: &str| -> Decimal {
        let sql = format!("SELECT market_value FROM accounts.positions WHERE market_value {which} 0");
        stored(world, &sql).iter().map(|row| number(&row["market_value"])).fold(Decimal::ZERO, |sum, one| sum + one)
    };
    let (money, long, short) = (number(&cash["total"]), worth(">"), worth("<"));
    let all = money + long + short;
    let amounts = [money, all, long, all, short];
    let names = ["cash", "equity", "long_market_value", "portfolio_value", "short_market_value"];
    names.into_iter().zip(amounts).map(|(name, is)| (name.into(), format!("{is} {}", text(cash, "asset")))).collect()
}

fn position(row: &Json, quantity: Decimal) -> String {
    let [entry, mark, value, gain] =
        ["avg_entry_price", "current_price", "market_value", "unrealized_pl"].map(|name| amount(row, name));
    format!("{quantity} bought @ {entry} now @ {mark} worth {value} gained {gain} at {}", text(row, "exchange"))
}

fn positions_told(rows: &[Json]) -> Lines {
    let size = |row: &Json| number(&row["qty"]).abs();
    let signed = |row: &Json| if row["side"] == "short" { -size(row) } else { size(row) };
    rows.iter().map(|row| (text(row, "symbol"), position(row, signed(row)))).collect()
}

/// In positions the service writes coins without the slash.
fn positions_stored(world: &World) -> Lines {
    let rows = stored(
        world,
        "SELECT symbol, quantity, entry_price AS avg_entry_price, mark_price AS current_price, market_value, \
         unrealized_pnl AS unrealized_pl, exchange FROM accounts.positions",
    );
    rows.iter().map(|row| (text(row, "symbol").replace('/', ""), position(row, number(&row["quantity"])))).collect()
}

fn fill(row: &Json, at: Timestamp) -> String {
    let [symbol, order] = ["symbol", "order_id"].map(|name| text(row, name));
    // Which of the sales are short is said by the positions.
    let side = text(row, "side").replace("sell_short", "sell");
    format!("{at} {symbol} {side} {} @ {} order {order}", amount(row, "qty"), amount(row, "price"))
}

fn fills_told(rows: &[Json]) -> Lines {
    let at = |row: &Json| text(row, "transaction_time").parse().unwrap();
    rows.iter().map(|row| (text(row, "id"), fill(row, at(row)))).collect()
}

fn fills_stored(world: &World) -> Lines {
    let rows = stored(
        world,
        "SELECT native_id, epoch_us(\"at\") AS micros, symbol, side, quantity AS qty, price, order_id FROM accounts.fills",
    );
    let at = |row: &Json| Timestamp::from_microsecond(row["micros"].as_i64().unwrap()).unwrap();
    rows.iter().map(|row| (text(row, "native_id"), fill(row, at(row)))).collect()
}

fn flow(row: &Json, asset: &str, amount: Decimal) -> String {
    let [kind, date, time] = ["activity_type", "date", "created_at"].map(|name| text(row, name));
    format!("{kind} {date} {amount} {asset} {} {time} {}", text(row, "symbol"), text(row, "description"))
}

/// Of the fees of coins, coins are what is moved; they are a row beside the money.
fn flows_told(rows: &[Json]) -> Lines {
    let line = |row: &Json| match text(row, "activity_type").as_str() {
        "CFEE" if number(&row["net_amount"]) == Decimal::ZERO => {
            (format!("{}/qty", text(row, "id")), flow(row, &text(row, "symbol"), number(&row["qty"])))
        }
        _ => (text(row, "id"), flow(row, &text(row, "currency"), number(&row["net_amount"]))),
    };
    rows.iter().map(line).collect()
}

fn flows_stored(world: &World) -> Lines {
    let rows = stored(
        world,
        "SELECT native_id, native_kind AS activity_type, CAST(date AS VARCHAR) AS date, time_text AS created_at, \
         replace(asset, '/', '') AS asset, amount, replace(symbol, '/', '') AS symbol, description FROM accounts.cash_flows",
    );
    rows.iter().map(|row| (text(row, "native_id"), flow(row, &text(row, "asset"), number(&row["amount"])))).collect()
}

#[test]
fn alpaca_py_reads_of_paper_accounts_what_is_stored() {
    agrees("paper", "alpaca-paper", "PKOTHERPEOPLES000001");
}

#[test]
fn alpaca_py_reads_of_live_accounts_what_is_stored() {
    agrees("live", "alpaca", "AKOTHERPEOPLES000001");
}
