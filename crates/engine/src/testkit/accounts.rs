//! A source of accounts for tests, and rows as it would give them.

use jiff::Timestamp;

use crate::calendar::Calendar;
use crate::model::Decimal;
use crate::model::accounts::{BALANCES, Balance, Fill, POSITIONS, Position, Side, Source};
use crate::provider::{Cadence, IntervalSpec, ProviderSpec, SettingKind, SettingSpec, StreamSpec, Work};

/// For [`ScriptedProvider`](super::scripted::ScriptedProvider): the setting `account` chooses the script.
pub static SPEC: ProviderSpec = ProviderSpec {
    id: "house",
    name: "House",
    summary: "Holds what it was told to hold",
    settings: &[SettingSpec {
        key: "account",
        label: "Account",
        help: "Which script it follows",
        kind: SettingKind::Text,
        required: false,
    }],
    streams: &[
        StreamSpec {
            name: "balances",
            summary: "Balances",
            cadence: Cadence::Interval,
            calendar: Calendar::Always,
            work: Some(Work::Rows(&[&BALANCES])),
        },
        StreamSpec {
            name: "positions",
            summary: "Positions",
            cadence: Cadence::Interval,
            calendar: Calendar::Always,
            work: Some(Work::Rows(&[&POSITIONS])),
        },
        StreamSpec {
            name: "fills",
            summary: "Fills",
            cadence: Cadence::Interval,
            calendar: Calendar::Always,
            work: None,
        },
    ],
    interval: IntervalSpec { min_secs: 60, default_secs: 600, max_secs: 86_400 },
    ..ProviderSpec::LOCAL
};

fn number(text: &str) -> Decimal {
    text.parse().expect("a number")
}

/// A share bought or sold, `line` as in `buy 2 AAPL @ 10.5`.
pub fn fill(id: &str, line: &str, at: Timestamp) -> Fill {
    let words: Vec<&str> = line.split(' ').collect();
    let [side, quantity, symbol, "@", price] = words[..] else { panic!("`{line}` is no fill") };
    Fill {
        account: "main".into(),
        source: Source::Api,
        native_id: id.into(),
        symbol: symbol.into(),
        side: if side == "buy" { Side::Buy } else { Side::Sell },
        quantity: number(quantity),
        price: number(price),
        at,
        time_text: at.to_string(),
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

pub fn balance(wallet: &str, asset: &str, total: &str, at: Timestamp) -> Balance {
    Balance {
        wallet: wallet.into(),
        asset: asset.into(),
        kind: None,
        free: Some(number(total)),
        locked: None,
        total: number(total),
        as_of: at,
    }
}

pub fn position(account: &str, symbol: &str, quantity: &str, at: Timestamp) -> Position {
    Position {
        account: account.into(),
        symbol: symbol.into(),
        side: "net".into(),
        kind: Some("stock".into()),
        name: None,
        quantity: number(quantity),
        multiplier: Some(Decimal::ONE),
        currency: Some("USD".into()),
        entry_price: None,
        mark_price: None,
        market_value: None,
        unrealized_pnl: None,
        isin: None,
        exchange: None,
        as_of: at,
    }
}
