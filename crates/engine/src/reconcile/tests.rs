use super::*;
use crate::model::accounts::{FlowKind, Side, Source};

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn fill(symbol: &str, side: Side, quantity: &str, price: &str) -> Fill {
    Fill {
        account: "main".into(),
        source: Source::Api,
        native_id: "1".into(),
        symbol: symbol.into(),
        side,
        quantity: d(quantity),
        price: d(price),
        at: Timestamp::UNIX_EPOCH,
        time_text: String::new(),
        trade_date: None,
        kind: Some("stock".into()),
        asset: None,
        currency: Some("USD".into()),
        multiplier: Some(Decimal::ONE),
        fee: None,
        fee_asset: None,
        position_side: None,
        effect: None,
        order_id: None,
        realized_pnl: None,
        voids: None,
        note: None,
    }
}

fn pair(side: Side, quantity: &str, price: &str) -> Fill {
    let (asset, currency) = (Some("BTC".into()), Some("USDT".into()));
    Fill { asset, currency, kind: Some("crypto".into()), ..fill("BTCUSDT", side, quantity, price) }
}

fn flow(asset: &str, amount: &str) -> CashFlow {
    CashFlow {
        account: "main".into(),
        source: Source::Api,
        native_id: "1".into(),
        kind: FlowKind::Deposit,
        native_kind: "CSD".into(),
        asset: asset.into(),
        amount: d(amount),
        at: None,
        date: jiff::civil::date(2026, 1, 1),
        time_text: String::new(),
        symbol: None,
        description: None,
        reference: None,
    }
}

fn balance(wallet: &str, asset: &str, total: &str) -> Balance {
    Balance {
        wallet: wallet.into(),
        asset: asset.into(),
        kind: None,
        free: None,
        locked: None,
        total: d(total),
        as_of: Timestamp::UNIX_EPOCH,
    }
}

fn position(symbol: &str, quantity: &str) -> Position {
    Position {
        account: "main".into(),
        symbol: symbol.into(),
        side: "net".into(),
        kind: None,
        name: None,
        quantity: d(quantity),
        multiplier: None,
        currency: None,
        entry_price: None,
        mark_price: None,
        market_value: None,
        unrealized_pnl: None,
        isin: None,
        exchange: None,
        as_of: Timestamp::UNIX_EPOCH,
    }
}

/// `what asset: implied, reported, drift`, for all lines.
fn told(books: &Books) -> Vec<String> {
    let or_unknown = |number: Option<Decimal>| number.map_or("?".into(), |number| number.to_string());
    let line = |line: Line| {
        let (implied, drift) = (or_unknown(line.implied), or_unknown(line.drift));
        let why = line.remark.map(|why| format!(" ({why})")).unwrap_or_default();
        format!("{:?} {}: {implied}, {}, {drift}{why}", line.what, line.asset, line.reported)
    };
    lines(books).into_iter().map(line).collect()
}

#[test]
fn a_whole_history_comes_to_what_is_held() {
    let books = Books {
        fills: vec![
            Fill { fee: Some(d("1")), ..fill("AAPL", Side::Buy, "10", "100") },
            fill("AAPL", Side::Sell, "4", "110"),
            Fill { kind: Some("option".into()), multiplier: Some(100.into()), ..fill("OPT", Side::Sell, "2", "0.5") },
        ],
        flows: vec![flow("USD", "1000"), flow("USD", "2.5"), flow("AAPL", "1")],
        balances: vec![balance("main", "USD", "541.5")],
        positions: vec![position("AAPL", "7"), position("OPT", "-2")],
        ..Books::default()
    };
    assert_eq!(told(&books), ["Position AAPL: 7, 7, 0", "Position OPT: -2, -2, 0", "Balance USD: 541.5, 541.5, 0"]);
}

#[test]
fn coins_are_counted_over_all_wallets_and_under_one_name() {
    let fee = |fill: Fill, fee: &str, asset: &str| Fill { fee: Some(d(fee)), fee_asset: Some(asset.into()), ..fill };
    let books = Books {
        fills: vec![
            fee(pair(Side::Buy, "1", "100"), "0.001", "BTC"),
            fee(pair(Side::Sell, "0.5", "120"), "0.2", "BNB"),
        ],
        flows: vec![flow("USDT", "500")],
        balances: vec![
            balance("spot", "BTC", "0.1"),
            balance("funding", "BTC", "0.3"),
            balance("spot", "LDBTC", "0.099"),
            balance("spot", "USDT", "460"),
        ],
        aliases: [("LDBTC".to_string(), "BTC".to_string())].into(),
        ..Books::default()
    };
    assert_eq!(
        told(&books),
        ["Balance BNB: -0.2, 0, 0.2", "Balance BTC: 0.499, 0.499, 0", "Balance USDT: 460, 460, 0"],
        "that BNB came from somewhere"
    );
}

#[test]
fn what_cannot_be_worked_out_says_so() {
    let unknown = Fill { multiplier: None, ..fill("OPT", Side::Buy, "1", "2") };
    let future = Fill { kind: Some("future".into()), multiplier: None, ..fill("ES", Side::Buy, "1", "5000") };
    let books = Books {
        fills: vec![unknown, future],
        balances: vec![balance("main", "USD", "10"), balance("main", "EUR", "3"), balance("main", "OLD", "0")],
        positions: vec![position("ES", "1")],
        ..Books::default()
    };
    assert_eq!(
        told(&books),
        [
            "Position ES: 1, 1, 0",
            "Position OPT: 1, 0, -1",
            "Balance EUR: 0, 3, 3",
            "Balance USD: ?, 10, ? (what a fill of `OPT` cost is not known)"
        ]
    );
}
