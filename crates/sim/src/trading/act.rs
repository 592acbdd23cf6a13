//! What is done to an account from outside, at the moment it is said.

use std::sync::Arc;

use foliosync_engine::model::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::account::{Account, Service};
use super::book::{FlowKind, Wallet};
use super::history::{self, Parts, Trade};
use super::instrument::Instrument;
use crate::market::{Amount, Market};

/// In JSON: `{"kind": "trade", "symbol": "BTCUSDT", "side": "buy", "quantity": "0.01"}`. Amounts are strings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// An order that is filled at once, at the market's price unless another is given. `fills`: in so many parts that
    /// only their ids tell apart.
    Trade {
        symbol: String,
        side: Side,
        #[serde(with = "text")]
        quantity: Decimal,
        #[serde(default, with = "optional_text")]
        price: Option<Decimal>,
        #[serde(default = "one")]
        fills: u32,
    },
    /// Everything of it in the first wallet: a position is closed, money leaves.
    SellOut {
        asset: String,
    },
    /// Everything in it leaves; brokers sell first.
    EmptyWallet {
        #[serde(default)]
        wallet: Wallet,
    },
    Deposit {
        #[serde(default)]
        wallet: Wallet,
        asset: String,
        #[serde(with = "text")]
        amount: Decimal,
    },
    Withdraw {
        #[serde(default)]
        wallet: Wallet,
        asset: String,
        #[serde(with = "text")]
        amount: Decimal,
    },
    Transfer {
        from: Wallet,
        to: Wallet,
        asset: String,
        #[serde(with = "text")]
        amount: Decimal,
    },
    /// On what is held, less the tax that is withheld at IBKR.
    Dividend {
        symbol: String,
        #[serde(with = "text")]
        per_share: Decimal,
    },
    Fee {
        asset: String,
        #[serde(with = "text")]
        amount: Decimal,
    },
    /// The broker takes its last fill of the symbol back and, with a price, states it anew. Only IBKR does that.
    Amend {
        symbol: String,
        #[serde(default, with = "optional_text")]
        price: Option<Decimal>,
    },
    /// Nothing happens by itself any more.
    Pause,
    Resume,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Buy,
    Sell,
}

const fn one() -> u32 {
    1
}

impl Action {
    /// At the market's price, in one piece.
    ///
    /// # Panics
    /// If the quantity is no number.
    pub fn trade(symbol: &str, is_buy: bool, quantity: &str) -> Action {
        let quantity = quantity.parse().unwrap_or_else(|error| panic!("`{quantity}` {error}"));
        let side = if is_buy { Side::Buy } else { Side::Sell };
        Action::Trade { symbol: symbol.into(), side, quantity, price: None, fills: 1 }
    }
}

pub fn act(account: &mut Account, market: &Market, now: i64, action: &Action) -> Result<(), String> {
    account.rewind(now);
    match action {
        Action::Trade { symbol, side, quantity, price, fills } => {
            let instrument = find(account, market, symbol)?;
            let quantity = positive(*quantity)?;
            let price = match price {
                Some(price) => positive(*price)?,
                None => instrument.price(market, now / 1000),
            };
            let parts = Parts::Same(*fills);
            let trade = Trade { instrument, is_buy: *side == Side::Buy, quantity, price, parts };
            afford(account, &trade)?;
            history::trade(account, market, now, &trade);
        }
        Action::SellOut { asset } => sell_out(account, market, now, asset)?,
        Action::EmptyWallet { wallet } => {
            let all = |account: &Account| -> Vec<String> {
                account.book.latest().of(*wallet).map(|(asset, _)| asset.to_string()).collect()
            };
            if matches!(account.service, Service::Alpaca | Service::IbkrFlex) {
                for asset in all(account) {
                    if account.instruments.iter().any(|one| one.is_security() && *one.base == *asset) {
                        sell_out(account, market, now, &asset)?;
                    }
                }
            }
            for asset in all(account) {
                let held = account.book.latest().get(*wallet, &asset.as_str().into());
                history::flow(account, now, FlowKind::Withdrawal, *wallet, &asset, -held);
            }
        }
        Action::Deposit { wallet, asset, amount } => {
            history::flow(account, now, FlowKind::Deposit, *wallet, asset, positive(*amount)?);
        }
        Action::Withdraw { wallet, asset, amount } => {
            let amount = held(account, *wallet, asset, positive(*amount)?)?;
            history::flow(account, now, FlowKind::Withdrawal, *wallet, asset, -amount);
        }
        Action::Transfer { from, to, asset, amount } => {
            let amount = held(account, *from, asset, positive(*amount)?)?;
            history::transfer(account, now, (*from, asset), (*to, asset), amount);
        }
        Action::Dividend { symbol, per_share } => {
            let instrument = find(account, market, symbol)?;
            let quantity = account.book.latest().get(Wallet::Main, &instrument.base);
            if !quantity.is_positive() {
                return Err(format!("`{}` holds no {symbol}", account.name));
            }
            let is_taxed = account.service == Service::IbkrFlex;
            let withheld = if is_taxed { history::withheld() } else { Amount::ZERO };
            history::pay_dividend(account, now, &instrument, quantity, positive(*per_share)?, withheld);
        }
        Action::Fee { asset, amount } => {
            let amount = held(account, Wallet::Main, asset, positive(*amount)?)?;
            history::flow(account, now, FlowKind::Fee, Wallet::Main, asset, -amount);
        }
        Action::Amend { symbol, price } => {
            if account.service != Service::IbkrFlex {
                return Err("only IBKR takes fills back".into());
            }
            let last = account.book.fills(now).rev().find(|(_, fill)| {
                fill.instrument.symbol == *symbol && fill.amends.is_none_or(|amends| amends.is_correction)
            });
            let (of, fill) = last
                .map(|(entry, fill)| ((entry.at, entry.ordinal), fill.clone()))
                .ok_or_else(|| format!("`{}` has never traded {symbol}", account.name))?;
            let price = price.map(positive).transpose()?;
            history::amend(account, now, of, &fill, price);
        }
        Action::Pause => account.pause(true, now),
        Action::Resume => account.pause(false, now),
    }
    Ok(())
}

fn positive(amount: Decimal) -> Result<Amount, String> {
    let exact = Amount::of(amount);
    if !exact.is_positive() || exact.to_decimal() != amount {
        return Err(format!("{amount} is no amount: it must be positive, with ten decimals at most"));
    }
    Ok(exact)
}

/// Also what the account has never traded, if the market has it.
fn find(account: &mut Account, market: &Market, symbol: &str) -> Result<Arc<Instrument>, String> {
    if let Some(known) = account.find(symbol) {
        return Ok(known);
    }
    let is_broker = matches!(account.service, Service::Alpaca | Service::IbkrFlex);
    let listed = Instrument::listed(market, symbol, symbol, 0).filter(|_| is_broker);
    let listed = listed.ok_or_else(|| format!("`{}` cannot trade {symbol}", account.name))?;
    Ok(account.learn(listed))
}

fn held(account: &Account, wallet: Wallet, asset: &str, amount: Amount) -> Result<Amount, String> {
    let held = account.book.latest().get(wallet, &asset.into());
    if held < amount {
        return Err(format!("`{}` holds {} {asset} there, not {}", account.name, held.plain(), amount.plain()));
    }
    Ok(amount)
}

/// Shares can be sold short; everything else must be there.
fn afford(account: &Account, trade: &Trade) -> Result<(), String> {
    let instrument = &trade.instrument;
    if trade.is_buy {
        held(account, Wallet::Main, &instrument.quote, instrument.value(trade.quantity, trade.price))?;
    } else if instrument.is_coin() {
        held(account, Wallet::Main, &instrument.base, trade.quantity)?;
    }
    Ok(())
}

fn sell_out(account: &mut Account, market: &Market, now: i64, asset: &str) -> Result<(), String> {
    let amount = account.book.latest().get(Wallet::Main, &asset.into());
    let instrument = account.instruments.iter().find(|one| one.is_security() && *one.base == *asset).cloned();
    match instrument {
        _ if amount.is_zero() => Err(format!("`{}` holds no {asset}", account.name)),
        Some(instrument) => {
            let price = instrument.price(market, now / 1000);
            let (is_buy, quantity) = (amount.is_negative(), amount.abs());
            history::trade(account, market, now, &Trade { instrument, is_buy, quantity, price, parts: Parts::Same(1) });
            Ok(())
        }
        None => {
            history::flow(account, now, FlowKind::Withdrawal, Wallet::Main, asset, -amount);
            Ok(())
        }
    }
}

/// Decimals as strings, both ways.
mod text {
    use super::*;

    pub fn serialize<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|error| serde::de::Error::custom(format!("`{text}` {error}")))
    }
}

mod optional_text {
    use super::*;

    pub fn serialize<S: Serializer>(value: &Option<Decimal>, serializer: S) -> Result<S::Ok, S::Error> {
        value.map(|value| value.to_string()).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        let parse = |text: String| text.parse().map_err(|error| serde::de::Error::custom(format!("`{text}` {error}")));
        text.map(parse).transpose()
    }
}
