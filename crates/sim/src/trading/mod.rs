//! Accounts that trade, behind all services with private parts: what they hold, what happened in them, who may ask.
//!
//! A history is a function of the seed, the account's name and the time, changed only by [`Action`]s. It knows the
//! market and no service's way to tell of it.

mod account;
mod act;
mod book;
mod credential;
mod defaults;
mod history;
mod instrument;
mod lots;
mod view;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub use account::{Account, NewAccount, Service, lot_decimals};
pub use act::{Action, Side, act};
pub use book::{Entry, Fill, Flow, FlowKind, Wallet, What};
pub use credential::{Credential, Permission, Secret, Validity};
pub use defaults::{Door, doors};
pub use instrument::{Instrument, Kind};
pub use lots::{Lots, Position, lots};
pub use view::{AccountView, BalanceView, FillView, FlowView};

use crate::coins::Pair;
use crate::market::Market;

#[derive(Default)]
pub struct Accounts {
    accounts: BTreeMap<String, Account>,
    /// By what is sent in the clear.
    credentials: BTreeMap<String, Credential>,
}

impl Accounts {
    pub fn open(
        &mut self,
        new: &NewAccount,
        seed: u64,
        now: Timestamp,
        market: &Market,
        pairs: &[Pair],
    ) -> Result<(), String> {
        if self.accounts.contains_key(&new.name) {
            return Err(format!("there is an account `{}` already", new.name));
        }
        self.accounts.insert(new.name.clone(), Account::open(new, seed, now, market, pairs));
        Ok(())
    }

    /// The account as it is at a moment.
    pub fn at(&mut self, name: &str, market: &Market, now: Timestamp) -> Result<&mut Account, String> {
        let account = self.accounts.get_mut(name).ok_or_else(|| format!("there is no account `{name}`"))?;
        account.advance(market, now.as_millisecond());
        Ok(account)
    }

    pub fn names(&self) -> Vec<String> {
        self.accounts.keys().cloned().collect()
    }

    pub fn service(&self, name: &str) -> Option<Service> {
        self.accounts.get(name).map(|account| account.service)
    }

    /// Another of the same id is replaced.
    pub fn admit(&mut self, credential: Credential) -> Result<(), String> {
        if !self.accounts.contains_key(&credential.account) {
            return Err(format!("there is no account `{}`", credential.account));
        }
        self.credentials.insert(credential.id.clone(), credential);
        Ok(())
    }

    pub fn revoke(&mut self, id: &str) -> Result<(), String> {
        self.credentials.remove(id).map(drop).ok_or_else(|| unknown(id))
    }

    /// A new id and secret for the same account, with the same rights; the old ones open nothing any more.
    pub fn replace(&mut self, id: &str, new: &str, secret: Secret) -> Result<(), String> {
        let old = self.credentials.remove(id).ok_or_else(|| unknown(id))?;
        self.admit(Credential { id: new.into(), secret, ..old })
    }

    pub fn change(&mut self, id: &str) -> Result<&mut Credential, String> {
        self.credentials.get_mut(id).ok_or_else(|| unknown(id))
    }

    pub fn credential(&self, service: Service, id: &str) -> Option<&Credential> {
        let credential = self.credentials.get(id)?;
        (self.service(&credential.account) == Some(service)).then_some(credential)
    }

    pub fn ids(&self, account: &str) -> Vec<String> {
        let own = self.credentials.values().filter(|credential| credential.account == account);
        own.map(|credential| credential.id.clone()).collect()
    }
}

fn unknown(id: &str) -> String {
    format!("there is no credential `{id}`")
}
