//! ibflex at the reports of Interactive Brokers.

use foliosync_engine::model::Decimal;
use foliosync_sim::{Action, Credential, Door, FlexQuery, NewAccount, Secret, Service, Sim, SimClock, SimOptions};
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

use super::table::{agree, call};
use super::{Lines, amount, clients, list, millis, read, stored, text};
use crate::accounts::{connect, lead, number};
use crate::world::{World, wait_until};

const OURS: &str = "519999999999999999999991";
const THEIRS: &str = "519999999999999999999992";

/// The last 17:00 UTC: a clock that begins there turns no day while a test looks.
fn five_o_clock() -> SimClock {
    const DAY: i64 = 86_400;
    let now = Timestamp::now();
    let behind = (now.as_second() - 17 * 3_600).rem_euclid(DAY);
    SimClock::Ahead(SignedDuration::from_secs(-behind))
}

#[test]
fn ibflex_reads_of_interactive_brokers_what_is_stored() {
    let Some(clients) = clients() else { return };
    let (world, sim) =
        (World::new(), Sim::start(SimOptions { clock: five_o_clock(), ..SimOptions::default() }).unwrap());
    lead(&world, &sim, &["ibkr_flex"]);
    let account = NewAccount::new(Service::IbkrFlex, "mine").days(90).orders_per_day(8);
    for (name, orders) in [("mine", 8), ("hers", 3)] {
        sim.open_account(&NewAccount { name: name.into(), orders_per_day: orders, ..account.clone() });
        sim.act(name, &Action::Pause);
    }
    // Requests are counted for each token.
    let credential = Credential::new("mine", OURS, Secret::None);
    sim.admit(credential.clone());
    sim.admit(Credential::new("mine", THEIRS, Secret::None));
    let accounts = vec!["mine".to_string(), "hers".to_string()];
    sim.set_flex_query("77", FlexQuery { owner: "mine".into(), accounts, delay_seconds: 1, ..FlexQuery::default() });
    connect(&world, "ibkr_flex", &Door { account, credential }, &["--set", "query_id=77"]);
    // The report is ordered, and looked for five seconds later.
    wait_until("the report is read", || world.run(&["sync"]).code == Some(0));

    let told = read(&clients, &world, "ibflex_read.py", &[&sim.base_url("ibkr_flex"), THEIRS, "77"]);
    let rows = |section: &str| -> Vec<Json> {
        let statements = list(&told, "statements").iter();
        statements.flat_map(|statement| list(statement, section).iter().map(|row| of(statement, row))).collect()
    };
    let trades = rows("trades");
    assert!(trades.iter().any(is_taken_back), "no trade was taken back");
    let calls = [
        call("CashReport, endingCash", cash_told(&told), cash_stored(&world)),
        call(
            "OpenPositions",
            rows("positions").iter().filter(is_sum).map(position).collect(),
            positions_stored(&world),
        ),
        call("Trades, executions", trades.iter().filter(is_execution).map(trade).collect(), trades_stored(&world)),
        call("CashTransactions", rows("cash").iter().filter(is_detail).map(flow).collect(), flows_stored(&world)),
    ];
    agree("ibkr_flex", &text(&told, "client"), &calls);
    println!("  its warnings: {}", told["warnings"]);
}

/// A row with its account.
fn of(statement: &Json, row: &Json) -> Json {
    let mut row = row.clone();
    row["account"] = statement["account"].clone();
    row
}

fn is_execution(row: &&Json) -> bool {
    row["levelOfDetail"] == "EXECUTION"
}

fn is_sum(row: &&Json) -> bool {
    row["levelOfDetail"] == "SUMMARY"
}

fn is_detail(row: &&Json) -> bool {
    row["levelOfDetail"] == "DETAIL"
}

fn is_taken_back(row: &Json) -> bool {
    text(row, "buySell").ends_with("(Ca.)")
}

/// By the clock of New York, as reports have it. A day alone is its midnight to ibflex.
fn instant(row: &Json) -> String {
    let local = text(row, "dateTime");
    match local.strip_suffix(" 00:00:00") {
        Some(day) => day.into(),
        None => local.parse::<DateTime>().unwrap().in_tz("America/New_York").unwrap().timestamp().to_string(),
    }
}

fn cash_told(told: &Json) -> Lines {
    let statements = list(told, "statements").iter();
    let lines = statements.flat_map(|statement| {
        let own = statement["balances"].as_object().unwrap().iter().filter(|(currency, _)| *currency != "BASE_SUMMARY");
        own.map(|(currency, _)| {
            (format!("{} {currency}", text(statement, "account")), amount(&statement["balances"], currency))
        })
    });
    lines.collect()
}

fn cash_stored(world: &World) -> Lines {
    let rows = stored(world, "SELECT wallet, asset, total FROM accounts.balances");
    rows.iter().map(|row| (format!("{} {}", text(row, "wallet"), text(row, "asset")), amount(row, "total"))).collect()
}

/// The exchange behind a symbol is the report's in a field of its own.
fn plain(symbol: &str) -> String {
    symbol.split('@').next().unwrap_or(symbol).into()
}

fn position(row: &Json) -> (String, String) {
    let [held, units, price, value, cost, gain] =
        ["position", "multiplier", "markPrice", "positionValue", "costBasisPrice", "fifoPnlUnrealized"]
            .map(|name| amount(row, name));
    let line = format!(
        "{held} of {units} bought @ {cost} now @ {price} worth {value} {} gained {gain}",
        text(row, "currency")
    );
    (format!("{} {}", text(row, "account"), plain(&text(row, "symbol"))), line)
}

fn positions_stored(world: &World) -> Lines {
    let rows = stored(
        world,
        "SELECT account, symbol, currency, quantity AS position, multiplier, mark_price AS \"markPrice\", market_value AS \
         \"positionValue\", entry_price AS \"costBasisPrice\", unrealized_pnl AS \"fifoPnlUnrealized\" FROM accounts.positions",
    );
    rows.iter().map(position).collect()
}

fn trade(row: &Json) -> (String, String) {
    // Options that end are written down by the broker, and executed nowhere.
    let id = ["ibExecID", "transactionID"].map(|name| text(row, name)).into_iter().find(|id| id != "-").unwrap();
    let mark = if is_taken_back(row) { "/Ca" } else { "" };
    let quantity = number(&row["quantity"]);
    let side = if quantity.is_negative() { "sell" } else { "buy" };
    let fee = -(number(&row["ibCommission"]) + number(&row["taxes"]));
    let effect = match text(row, "openCloseIndicator").as_str() {
        "O" => "open",
        "C" => "close",
        _ => "-",
    };
    let line = execution(row, &instant(row), side, quantity.abs(), fee, effect);
    (format!("{} {id}{mark}", text(row, "account")), line)
}

fn execution(row: &Json, time: &str, side: &str, quantity: Decimal, fee: Decimal, effect: &str) -> String {
    let [symbol, currency, fee_currency] = ["symbol", "currency", "ibCommissionCurrency"].map(|name| text(row, name));
    let [units, price, gain] = ["multiplier", "tradePrice", "fifoPnlRealized"].map(|name| amount(row, name));
    format!(
        "{time} {} {side} {quantity} of {units} @ {price} {currency} fee {fee} {fee_currency} realized {gain} {effect}",
        plain(&symbol)
    )
}

fn trades_stored(world: &World) -> Lines {
    let rows = stored(
        world,
        "SELECT account, native_id, epoch_ms(\"at\") AS time, symbol, currency, side, quantity, multiplier, price AS \
         \"tradePrice\", fee, fee_asset AS \"ibCommissionCurrency\", realized_pnl AS \"fifoPnlRealized\", effect \
         FROM accounts.fill_rows",
    );
    let line = |row: &Json| {
        let [side, effect] = ["side", "effect"].map(|name| text(row, name));
        let [quantity, fee] = ["quantity", "fee"].map(|name| number(&row[name]));
        let id = format!("{} {}", text(row, "account"), text(row, "native_id"));
        (id, execution(row, &millis(row, "time"), &side, quantity, fee, &effect))
    };
    rows.iter().map(line).collect()
}

fn flow(row: &Json) -> (String, String) {
    let line = flow_line(row, &instant(row));
    (format!("{} {}", text(row, "account"), text(row, "transactionID")), line)
}

fn flow_line(row: &Json, time: &str) -> String {
    let [kind, currency, symbol, description] =
        ["type", "currency", "symbol", "description"].map(|name| text(row, name));
    // Queries of either age write it their way, and ibflex in one.
    let kind = kind.replace("Deposits/Withdrawals", "Deposits & Withdrawals");
    format!("{time} {kind} {} {currency} {} {description}", amount(row, "amount"), plain(&symbol))
}

fn flows_stored(world: &World) -> Lines {
    let rows = stored(
        world,
        "SELECT account, native_id, native_kind AS type, asset AS currency, amount, epoch_ms(\"at\") AS time, \
         CAST(date AS VARCHAR) AS date, symbol, description FROM accounts.cash_flows",
    );
    let id = |row: &Json| format!("{} {}", text(row, "account"), text(row, "native_id"));
    let time = |row: &Json| if row["time"].is_null() { text(row, "date") } else { millis(row, "time") };
    rows.iter().map(|row| (id(row), flow_line(row, &time(row)))).collect()
}
