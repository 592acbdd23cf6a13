//! What is true of every account, whichever service tells of it: balances come from fills and flows alone.

use std::collections::BTreeMap;

use foliosync_engine::model::Decimal;
use foliosync_sim::{AccountView, Action, NewAccount, Service, Side, Wallet};

use crate::support::{FRIDAY_NOON, World, decimal};

const NAMES: [&str; 4] = ["binance-main", "okx-main", "alpaca-live", "ibkr-main"];

/// The balances that fills and flows come to, by wallet and asset. `split` tells base, quote and multiplier of a symbol.
fn implied(view: &AccountView) -> BTreeMap<(Wallet, String), Decimal> {
    let mut balances: BTreeMap<(Wallet, String), Decimal> = BTreeMap::new();
    let mut add = |wallet, asset: &str, amount: Decimal| {
        let held = balances.entry((wallet, asset.to_string())).or_default();
        *held += amount;
    };
    for fill in &view.fills {
        let (base, quote, multiplier) = sides(view.service, &fill.symbol);
        let value = exact(fill.quantity, fill.price, multiplier);
        let sign = |amount: Decimal| if fill.is_buy { amount } else { Decimal::ZERO - amount };
        add(Wallet::Main, &base, sign(fill.quantity));
        add(Wallet::Main, &quote, Decimal::ZERO - sign(value));
        add(Wallet::Main, &fill.fee_asset, Decimal::ZERO - fill.fee);
    }
    for flow in &view.flows {
        add(flow.wallet, &flow.asset, flow.amount);
    }
    balances.retain(|_, amount| *amount != Decimal::ZERO);
    balances
}

fn exact(quantity: Decimal, price: Decimal, multiplier: i128) -> Decimal {
    let ten = 10i128.pow(10);
    let tens = |decimal: Decimal| decimal.units() / 10i128.pow(8);
    Decimal::from_units(tens(quantity) * tens(price) * multiplier / ten * 10i128.pow(8)).unwrap()
}

fn sides(service: Service, symbol: &str) -> (String, String, i128) {
    let split = |between| symbol.split_once(between).map(|(base, quote)| (base.to_string(), quote.to_string(), 1));
    match service {
        Service::Binance => {
            let quote = ["USDT", "EUR", "BTC"].into_iter().find(|quote| symbol.ends_with(quote)).unwrap();
            (symbol.strip_suffix(quote).unwrap().into(), quote.into(), 1)
        }
        Service::Okx => split('-').unwrap(),
        Service::Alpaca => split('/').unwrap_or((symbol.into(), "USD".into(), 1)),
        Service::IbkrFlex if symbol == "VOD" => (symbol.into(), "GBP".into(), 1),
        Service::IbkrFlex if symbol.len() == 21 => (symbol.into(), "USD".into(), 100),
        Service::IbkrFlex => split('.').unwrap_or((symbol.into(), "USD".into(), 1)),
    }
}

#[track_caller]
fn check(view: &AccountView) {
    let told: BTreeMap<_, _> = view.balances.iter().map(|one| ((one.wallet, one.asset.clone()), one.amount)).collect();
    assert_eq!(implied(view), told, "{}", view.name);
    assert!(view.balances.iter().all(|one| one.locked <= one.amount.abs()), "{:?}", view.balances);
    assert!(view.fills.is_sorted_by_key(|fill| fill.at) && view.flows.is_sorted_by_key(|flow| flow.at));
    let mut ids: Vec<_> = view.fills.iter().map(|fill| (&fill.symbol, &fill.id)).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), view.fills.len(), "{}: ids are different", view.name);
}

#[test]
fn balances_are_what_fills_and_flows_come_to() {
    let world = World::start(FRIDAY_NOON);
    for name in NAMES {
        for now in [FRIDAY_NOON, "2026-11-21T03:00:00Z", "2026-12-21T09:00:00Z", "2026-10-01T12:00:00Z"] {
            let view = world.now(now).sim.account(name);
            check(&view);
            assert!(view.fills.len() > 100, "{name} has {} fills", view.fills.len());
            assert!(view.flows.len() > 5, "{name} has {} flows", view.flows.len());
            let is_short = |asset: &str| matches!(asset, "TSLA" | "NVDA");
            let debts = view.balances.iter().filter(|one| one.amount.is_negative() && !is_short(&one.asset));
            assert_eq!(debts.collect::<Vec<_>>(), Vec::<&_>::new(), "{name}");
        }
    }
}

#[test]
fn asking_often_or_once_finds_the_same_history() {
    let (often, once) = (World::start(FRIDAY_NOON), World::start(FRIDAY_NOON));
    for name in NAMES {
        for minute in (0..1440).step_by(7) {
            often.sim.set_now(crate::support::at("2026-11-20T17:00:00Z") + jiff::SignedDuration::from_mins(minute));
            often.sim.account(name);
        }
        let (often, once) = (often.now("2026-11-22T00:00:00Z"), once.now("2026-11-22T00:00:00Z"));
        let (often, once) = (often.sim.account(name), once.sim.account(name));
        assert_eq!((often.fills, often.flows, often.balances), (once.fills, once.flows, once.balances), "{name}");
    }
    let other = World::with(foliosync_sim::SimOptions { seed: 2, ..World::options("2026-11-22T00:00:00Z") });
    assert_ne!(other.sim.account("okx-main").fills, once.sim.account("okx-main").fills, "another seed, another life");
}

#[test]
fn what_was_told_stays_told() {
    let world = World::start(FRIDAY_NOON);
    for name in NAMES {
        let before = world.now(FRIDAY_NOON).sim.account(name);
        let after = world.now("2026-11-25T17:00:00Z").sim.account(name);
        assert!(after.fills.len() > before.fills.len(), "{name} goes on");
        assert_eq!(after.fills[..before.fills.len()], before.fills);
        // The clock stepped back, and on again.
        assert_eq!(world.now(FRIDAY_NOON).sim.account(name).balances, before.balances);
        assert_eq!(world.now("2026-11-25T17:00:00Z").sim.account(name).balances, after.balances);
    }
}

#[test]
fn twins_flips_rebates_and_amendments_occur() {
    let world = World::start(FRIDAY_NOON);
    let has_twins = |view: &AccountView| {
        view.fills.windows(2).any(|pair| {
            let same = |a: &foliosync_sim::FillView| {
                (a.symbol.clone(), a.is_buy, a.quantity, a.price, a.at.as_second(), a.is_amendment)
            };
            same(&pair[0]) == same(&pair[1])
        })
    };
    assert!(has_twins(&world.sim.account("binance-main")) && has_twins(&world.sim.account("alpaca-live")));
    let okx = world.sim.account("okx-main");
    assert!(
        okx.fills.iter().any(|fill| fill.fee.is_negative()) && okx.fills.iter().any(|fill| fill.fee > Decimal::ZERO)
    );
    let ibkr = world.sim.account("ibkr-main");
    assert!(ibkr.fills.iter().any(|fill| fill.is_amendment));
    assert!(ibkr.fills.iter().any(|fill| fill.symbol.len() == 21), "options");
    assert!(
        ibkr.fills.iter().any(|fill| fill.symbol == "GBP.USD") && ibkr.fills.iter().any(|fill| fill.symbol == "VOD")
    );
    let mut held = Decimal::ZERO;
    let mut signs = Vec::new();
    for fill in world.sim.account("alpaca-live").fills.iter().filter(|fill| fill.symbol == "TSLA") {
        held = if fill.is_buy { held + fill.quantity } else { held - fill.quantity };
        signs.push(held.is_negative());
    }
    assert!(signs.contains(&true) && signs.contains(&false), "long and short");
    assert!(world.sim.account("binance-main").fills.iter().any(|fill| fill.fee_asset == "BNB"));
}

#[test]
fn actions_happen_now_and_only_what_is_there_can_leave() {
    let world = World::start(FRIDAY_NOON);
    world.sim.open_account(&NewAccount::new(Service::Binance, "mine").orders_per_day(0));
    let amounts = || {
        let view = world.sim.account("mine");
        check(&view);
        view.balances.iter().map(|one| format!("{} {}", one.asset, one.amount)).collect::<Vec<_>>()
    };
    assert_eq!(amounts(), Vec::<String>::new());
    let deposit = |asset: &str, amount: &str| Action::Deposit {
        wallet: Wallet::Main,
        asset: asset.into(),
        amount: decimal(amount),
    };
    world.sim.act("mine", &deposit("USDT", "1000"));
    let twins = Action::Trade {
        symbol: "BTCUSDT".into(),
        side: Side::Buy,
        quantity: decimal("0.004"),
        price: Some(decimal("100000")),
        fills: 2,
    };
    world.sim.act("mine", &twins);
    assert_eq!(amounts(), ["BTC 0.003996", "USDT 600"]);
    let fills = world.sim.account("mine").fills;
    assert_eq!((fills.len(), fills[0].quantity, fills[0].price), (2, decimal("0.002"), decimal("100000")));
    assert_eq!(fills[0].at.as_second(), fills[1].at.as_second());
    let transfer = |amount: &str| Action::Transfer {
        from: Wallet::Main,
        to: Wallet::Funding,
        asset: "USDT".into(),
        amount: decimal(amount),
    };
    world.sim.act("mine", &transfer("100"));
    assert_eq!(amounts(), ["BTC 0.003996", "USDT 500", "USDT 100"]);
    world.now("2026-11-20T18:00:00Z").sim.act("mine", &Action::SellOut { asset: "BTC".into() });
    assert!(amounts().iter().all(|text| !text.starts_with("BTC")));
    world.sim.act("mine", &Action::EmptyWallet { wallet: Wallet::Funding });
    assert_eq!(amounts().len(), 1);
    world.sim.act("mine", &Action::EmptyWallet { wallet: Wallet::Main });
    assert_eq!(amounts(), Vec::<String>::new());
}

#[test]
fn an_action_changes_what_comes_and_nothing_before() {
    let world = World::start(FRIDAY_NOON);
    let before = world.sim.account("okx-main").fills;
    world.now("2026-11-24T00:00:00Z").sim.account("okx-main");
    // From the future back into the past.
    world.now(FRIDAY_NOON).sim.act("okx-main", &Action::EmptyWallet { wallet: Wallet::Main });
    world.sim.act("okx-main", &Action::Pause);
    let view = world.now("2026-11-24T00:00:00Z").sim.account("okx-main");
    check(&view);
    assert_eq!(view.fills, before);
    assert!(view.balances.iter().all(|one| one.wallet == Wallet::Funding), "{:?}", view.balances);
    world.sim.act("okx-main", &Action::Deposit { wallet: Wallet::Main, asset: "USDT".into(), amount: decimal("9000") });
    world.sim.act("okx-main", &Action::Resume);
    let view = world.now("2026-11-26T00:00:00Z").sim.account("okx-main");
    check(&view);
    assert!(view.fills.len() > before.len());
    assert!(view.fills[before.len()].at > crate::support::at("2026-11-24T00:00:00Z"));
}
