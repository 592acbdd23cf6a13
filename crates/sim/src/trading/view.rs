//! The truth about an account, for tests that compare what a client made of it.

use foliosync_engine::model::Decimal;
use jiff::Timestamp;
use serde::Serialize;

use super::account::{Account, Service};
use super::book::{FlowKind, Wallet, What};

#[derive(Debug, Clone, Serialize)]
pub struct AccountView {
    pub service: Service,
    pub name: String,
    pub is_paper: bool,
    /// As the service writes it: a number, a UUID, `U1234567`.
    pub number: String,
    pub opened: String,
    /// The ids of what opens it.
    pub credentials: Vec<String>,
    pub balances: Vec<BalanceView>,
    /// Oldest first.
    pub fills: Vec<FillView>,
    pub flows: Vec<FlowView>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BalanceView {
    pub wallet: Wallet,
    pub asset: String,
    pub amount: Decimal,
    /// Part of the amount.
    pub locked: Decimal,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FillView {
    /// As the service writes it.
    pub id: String,
    pub at: Timestamp,
    pub symbol: String,
    pub is_buy: bool,
    pub quantity: Decimal,
    pub price: Decimal,
    /// Negative for a rebate.
    pub fee: Decimal,
    pub fee_asset: String,
    /// A cancellation, or what came in place of the fill that was cancelled.
    pub is_amendment: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FlowView {
    pub at: Timestamp,
    pub kind: FlowKind,
    pub wallet: Wallet,
    pub asset: String,
    pub amount: Decimal,
    pub symbol: Option<String>,
}

impl AccountView {
    /// `id`: what the service calls a fill of the account.
    pub fn of(
        account: &Account,
        now: Timestamp,
        number: String,
        credentials: Vec<String>,
        id: impl Fn(&super::Entry, &super::Fill) -> String,
    ) -> AccountView {
        let now = now.as_millisecond();
        let holdings = account.book.holdings(now);
        let balances = [Wallet::Main, Wallet::Funding].into_iter().flat_map(|wallet| {
            let own: Vec<_> = holdings.of(wallet).collect();
            own.into_iter().map(move |(asset, amount)| BalanceView {
                wallet,
                asset: asset.to_string(),
                amount: amount.to_decimal(),
                locked: account.locked(wallet, asset, amount).to_decimal(),
            })
        });
        let at = |millis| Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX);
        let fills = account.book.fills(now).map(|(entry, fill)| FillView {
            id: id(entry, fill),
            at: at(entry.at),
            symbol: fill.instrument.symbol.clone(),
            is_buy: fill.is_buy,
            quantity: fill.quantity.to_decimal(),
            price: fill.price.to_decimal(),
            fee: fill.fee.to_decimal(),
            fee_asset: fill.fee_asset.to_string(),
            is_amendment: fill.amends.is_some(),
        });
        let flows = account.book.until(now).iter().filter_map(|entry| match &entry.what {
            What::Fill(_) => None,
            What::Flow(flow) => Some(FlowView {
                at: at(entry.at),
                kind: flow.kind,
                wallet: flow.wallet,
                asset: flow.asset.to_string(),
                amount: flow.amount.to_decimal(),
                symbol: flow.instrument.as_ref().map(|instrument| instrument.symbol.clone()),
            }),
        });
        AccountView {
            service: account.service,
            name: account.name.clone(),
            is_paper: account.is_paper,
            number,
            opened: crate::market::calendar::date_of(account.opened).to_string(),
            credentials,
            balances: balances.collect(),
            fills: fills.collect(),
            flows: flows.collect(),
        }
    }
}
