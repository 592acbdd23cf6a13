//! Accounts at exchanges through the whole program, read from simulated services whose truth is known.

use std::collections::BTreeMap;
use std::fs;

use foliosync_engine::model::Decimal;
use foliosync_sim::{Action, Fault, Permission, Secret, Sim, Wallet, When};
use serde_json::Value as Json;

use crate::accounts::{KEYS, connect, door, hand, number, simulated, state};
use crate::world::World;

/// Wallet, asset: total, locked.
type Held = BTreeMap<(String, String), (Decimal, Decimal)>;

fn held(world: &World) -> Held {
    let rows = world.rows("SELECT wallet, asset, total, locked FROM accounts.balances");
    let text = |value: &Json| value.as_str().unwrap().to_string();
    rows.iter().map(|row| ((text(&row[0]), text(&row[1])), (number(&row[2]), number(&row[3])))).collect()
}

fn held_there(sim: &Sim, account: &str, first: &str) -> Held {
    let wallet = |wallet| if wallet == Wallet::Main { first } else { "funding" };
    let rows = sim.account(account).balances.into_iter().filter(|row| row.amount != Decimal::ZERO);
    rows.map(|row| ((wallet(row.wallet).into(), row.asset), (row.amount, row.locked))).collect()
}

/// By id: everything that is known of a fill.
fn fills(world: &World) -> BTreeMap<String, String> {
    let rows = world
        .rows("SELECT native_id, symbol, side, quantity, price, fee, fee_asset, epoch_ms(\"at\") FROM accounts.fills");
    let text = |value: &Json| value.as_str().unwrap().to_string();
    let line = |row: &Vec<Json>| {
        let [quantity, price, fee] = [3, 4, 5].map(|column| number(&row[column]));
        format!("{} {} {quantity} @ {price} fee {fee} {} {}", text(&row[1]), text(&row[2]), text(&row[6]), row[7])
    };
    rows.iter().map(|row| (text(&row[0]), line(row))).collect()
}

fn fills_there(sim: &Sim, account: &str, is_by_symbol: bool) -> BTreeMap<String, String> {
    let line = |fill: foliosync_sim::FillView| {
        let id = if is_by_symbol { format!("{}/{}", fill.symbol, fill.id) } else { fill.id };
        let side = if fill.is_buy { "buy" } else { "sell" };
        let millis = fill.at.as_millisecond();
        let what = format!(
            "{} {side} {} @ {} fee {} {} {millis}",
            fill.symbol, fill.quantity, fill.price, fill.fee, fill.fee_asset
        );
        (id, what)
    };
    sim.account(account).fills.into_iter().map(line).collect()
}

#[track_caller]
fn agree(world: &World, sim: &Sim, account: &str) {
    let (first, is_by_symbol) = if account.starts_with("binance") { ("spot", true) } else { ("trading", false) };
    assert_eq!(held(world), held_there(sim, account, first));
    let (here, there) = (fills(world), fills_there(sim, account, is_by_symbol));
    let missing: Vec<_> = there.iter().filter(|(id, _)| !here.contains_key(*id)).take(5).collect();
    assert!(missing.is_empty(), "{} of {} fills, without {missing:?}", here.len(), there.len());
    assert_eq!(here, there);
}

/// All that an account of the simulator trades, for coins that it does not hold any more.
const SYMBOLS: &str = "symbols=BTCUSDT,ETHUSDT,BNBUSDT,SOLUSDT,ADAUSDT,LDOUSDT,1INCHUSDT,SHIBUSDT,BTCEUR,ETHBTC";

#[test]
fn binance_is_stored_as_it_is() {
    let (world, sim) = simulated();
    let account = "binance-main";
    sim.act(account, &Action::Pause);
    connect(&world, "binance", &door(account, 0), &["--set", SYMBOLS]);
    assert!(world.ok(&["connect", "test", "main"]).contains("it answers: 2 items read"));
    world.ok(&["sync"]);
    agree(&world, &sim, account);
    let count = fills(&world).len();
    assert!(count > 1_000, "{count} fills");
    let asked = sim.requests("binance").len();
    world.ok(&["sync"]);
    let more = sim.requests("binance").len() - asked;
    assert!(more <= 3, "nothing changed, and {more} requests were sent");

    // It trades: twins in one second, an asset sold out, money moved between wallets.
    let twins = Action::Trade {
        symbol: "BTCUSDT".into(),
        side: foliosync_sim::Side::Buy,
        quantity: "0.002".parse().unwrap(),
        price: None,
        fills: 2,
    };
    sim.act(account, &Action::Deposit { wallet: Wallet::Main, asset: "USDT".into(), amount: 5_000.into() });
    sim.act(account, &twins);
    let eur = Action::Transfer { from: Wallet::Main, to: Wallet::Funding, asset: "BNB".into(), amount: Decimal::ONE };
    sim.act(account, &eur);
    sim.act(account, &Action::SellOut { asset: "EUR".into() });
    world.ok(&["sync"]);
    agree(&world, &sim, account);
    assert_eq!(fills(&world).len(), count + 2);
    let gone = world.rows("SELECT total FROM accounts.balance_history WHERE asset = 'EUR' ORDER BY as_of DESC LIMIT 1");
    assert_eq!(number(&gone[0][0]), Decimal::ZERO);

    // A wallet that fails three times keeps its values; then it is right again.
    let before = held(&world);
    sim.fault("binance", Fault::Status { code: 503, retry_after: None }, When::always().path_contains("get-funding"));
    sim.act(account, &Action::Withdraw { wallet: Wallet::Funding, asset: "BNB".into(), amount: Decimal::ONE });
    for _ in 0..3 {
        assert_eq!(world.run(&["sync"]).code, Some(1));
        assert_eq!(held(&world), before, "no value is lost");
    }
    sim.clear_faults();
    world.ok(&["sync"]);
    agree(&world, &sim, account);
}

#[test]
fn keys_of_binance_are_checked_revoked_and_replaced() {
    let (world, sim) = simulated();
    let account = "binance-main";
    sim.act(account, &Action::Pause);
    // The third one may trade and withdraw.
    connect(&world, "binance", &door(account, 2), &["--set", SYMBOLS]);
    world.run(&["sync"]);
    let (status, why) = state(&world);
    let want = "the API key may do more than read (enableSpotAndMarginTrading, enableWithdrawals)";
    assert!(status == "NEEDS_ATTENTION" && why.starts_with(want), "{status} {why}");
    assert_eq!(world.value("SELECT count(*) FROM accounts.balances"), 0);
    assert_eq!(world.run(&["connect", "test", "main"]).code, Some(1));

    // The second one is an Ed25519 key that may only read.
    hand(&world, &door(account, 1));
    world.ok(&[&["connect", "edit", "main"], &KEYS[..]].concat());
    world.ok(&["sync"]);
    agree(&world, &sim, account);
    assert_eq!(state(&world).0, "CONNECTED");

    let old = door(account, 1).credential.id;
    let new = "SimBinanceReplacedKey".to_string() + &"0".repeat(43);
    sim.replace_credential(&old, &new, Secret::Shared("SimBinanceReplacedSecret".into()));
    world.run(&["sync"]);
    let (status, why) = state(&world);
    assert!(status == "NEEDS_ATTENTION" && why.contains("(code -2015)"), "{status} {why}");
    agree(&world, &sim, account);
    fs::write(world.root().join("key"), &new).unwrap();
    fs::write(world.root().join("secret"), "SimBinanceReplacedSecret").unwrap();
    world.ok(&[&["connect", "edit", "main"], &KEYS[..]].concat());
    world.ok(&["sync"]);
    assert_eq!(state(&world).0, "CONNECTED");
    sim.set_permissions(&new, [Permission::Read, Permission::Trade]);
    world.ok(&["connect", "edit", "main", "--set", "allow_trading_key=yes"]);
    world.ok(&["sync"]);
    agree(&world, &sim, account);
    let texts = world.ok(&["query", "SELECT * FROM sync.run_events"]) + &world.ok(&["connect", "list", "--json"]);
    assert!(!texts.contains("SimBinance"), "a key was written down");
}

#[test]
fn okx_is_stored_as_it_is() {
    for (account, more) in [("okx-main", &[][..]), ("okx-demo", &["--set", "demo=yes"])] {
        let (world, sim) = simulated();
        sim.act(account, &Action::Pause);
        connect(&world, "okx", &door(account, 0), more);
        world.ok(&["sync"]);
        // It tells three months.
        let three_months = sim.now().as_millisecond() - 92 * 86_400_000;
        let mut there = fills_there(&sim, account, false);
        there.retain(|_, line| line.rsplit(' ').next().unwrap().parse::<i64>().unwrap() >= three_months);
        let here = fills(&world);
        assert!(here.len() > 500, "{} fills", here.len());
        assert_eq!(here, there);
        assert_eq!(held(&world), held_there(&sim, account, "trading"));

        let count = here.len();
        let twins = Action::Trade {
            symbol: "BTC-USDT".into(),
            side: foliosync_sim::Side::Buy,
            quantity: "0.12".parse().unwrap(),
            price: Some(100.into()),
            fills: 120,
        };
        sim.act(account, &Action::Deposit { wallet: Wallet::Main, asset: "USDT".into(), amount: 5_000.into() });
        sim.act(account, &twins);
        sim.act(account, &Action::SellOut { asset: "EUR".into() });
        world.ok(&["sync"]);
        assert_eq!(fills(&world).len(), count + 120, "more than one page of twins");
        assert_eq!(held(&world), held_there(&sim, account, "trading"));

        let before = held(&world);
        sim.fault("okx", Fault::Code { code: "50001".into() }, When::always().path_contains("asset/balances"));
        sim.act(account, &Action::EmptyWallet { wallet: Wallet::Funding });
        for _ in 0..3 {
            assert_eq!(world.run(&["sync"]).code, Some(1));
            assert_eq!(held(&world), before, "no value is lost");
        }
        sim.clear_faults();
        // An empty account is believed when it is empty again.
        assert_eq!(world.run(&["sync"]).code, Some(1));
        assert_eq!(held(&world), before);
        world.ok(&["sync"]);
        assert_eq!(held(&world), held_there(&sim, account, "trading"));
    }
}

/// Trades as Binance's Trade History has them.
fn exported(sim: &Sim, account: &str, symbol: &str) -> String {
    let own = sim.account(account).fills.into_iter().filter(|fill| fill.symbol == symbol);
    let row = |fill: foliosync_sim::FillView| {
        let time = fill.at.strftime("%Y-%m-%d %H:%M:%S").to_string();
        let side = if fill.is_buy { "BUY" } else { "SELL" };
        let (base, quote) = symbol.split_at(symbol.len() - 4);
        let total = fill.price.checked_mul(fill.quantity).unwrap();
        format!(
            "{time},{symbol},{side},{},{}{base},{total}{quote},{}{}\n",
            fill.price, fill.quantity, fill.fee, fill.fee_asset
        )
    };
    let rows: Vec<String> = own.map(row).collect();
    format!("Date(UTC),Pair,Side,Price,Executed,Amount,Fee\n{}", rows.concat())
}

#[test]
fn exported_trades_and_those_of_the_exchange_are_one_history() {
    let (world, sim) = simulated();
    let account = "binance-main";
    sim.act(account, &Action::Deposit { wallet: Wallet::Main, asset: "USDT".into(), amount: 5_000.into() });
    let twins = Action::Trade {
        symbol: "BTCUSDT".into(),
        side: foliosync_sim::Side::Buy,
        quantity: "0.003".parse().unwrap(),
        price: None,
        fills: 3,
    };
    sim.act(account, &twins);
    sim.act(account, &Action::Pause);
    fs::create_dir(world.root().join("exports")).unwrap();
    let text = exported(&sim, account, "BTCUSDT");
    fs::write(world.root().join("exports/Binance-Spot-Trade-History.csv"), &text).unwrap();
    let count = || world.value("SELECT count(*) FROM accounts.fills WHERE symbol = 'BTCUSDT'");
    let trades = Json::from(text.lines().count() - 1);

    // Without an account there first.
    let said = world.plain(&world.ok(&["import", "exports"]));
    assert!(said.starts_with("added `exports` (binance) for the trades of ROOT/exports\nto go on from there: foliosync connect edit exports"), "{said}");
    assert_eq!(count(), trades);
    hand(&world, &door(account, 0));
    world.ok(&[&["connect", "edit", "exports"], &KEYS[..]].concat());
    world.ok(&["sync"]);
    assert_eq!(count(), trades, "each trade once");
    agree_but_for_sources(&world, &sim, account);
    assert!(world.ok(&["import", "exports"]).starts_with("`exports` reads them already"));
    assert_eq!(count(), trades);

    // Into one of two.
    connect(&world, "binance", &door(account, 0), &["--set", SYMBOLS]);
    fs::create_dir(world.root().join("more")).unwrap();
    fs::write(world.root().join("more/again.csv"), &text).unwrap();
    let ran = world.run(&["import", "more"]);
    assert!(ran.code != Some(0) && ran.err.contains("--into exports or main"), "{}", ran.err);
    let said = world.plain(&world.ok(&["import", "more", "--into", "main"]));
    assert!(said.starts_with("`main` reads the trades of ROOT/more, too"), "{said}");
    let per_connection =
        world.rows("SELECT connection_id, count(*) FROM accounts.fills WHERE symbol = 'BTCUSDT' GROUP BY 1 ORDER BY 1");
    assert_eq!(per_connection.iter().map(|row| row[1].clone()).collect::<Vec<_>>(), [trades.clone(), trades]);
}

/// The exchange's own ids stand for the fills that files tell, too.
fn agree_but_for_sources(world: &World, sim: &Sim, account: &str) {
    let mut there = fills_there(sim, account, true);
    there.retain(|id, _| id.starts_with("BTCUSDT/"));
    let mut here = fills(world);
    here.retain(|_, line| line.starts_with("BTCUSDT "));
    assert_eq!(here, there);
}
