//! The accounts of a simulator, from inside the process.

use crate::trading::{AccountView, Action, Credential, NewAccount, Permission, Secret, Service, Validity, act};
use crate::world::World;
use crate::{FlexQuery, Sim, alpaca, binance, flex, okx};

impl Sim {
    /// Opens an account, which then trades by itself. Its history goes back from now.
    ///
    /// # Panics
    /// If the name is taken.
    pub fn open_account(&self, new: &NewAccount) {
        self.world.open_account(new).unwrap_or_else(|error| panic!("{error}"));
    }

    /// What is true of an account now, whatever a client has been told.
    ///
    /// # Panics
    /// If there is no such account.
    pub fn account(&self, name: &str) -> AccountView {
        view(&self.world, name).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Something happens in an account now.
    ///
    /// # Panics
    /// If it cannot: there is no such account, or it does not hold what leaves.
    pub fn act(&self, account: &str, action: &Action) {
        act_on(&self.world, account, action).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Lets somebody in, or others than before under the same id.
    ///
    /// # Panics
    /// If there is no such account.
    pub fn admit(&self, credential: Credential) {
        self.world.state().trading.admit(credential).unwrap_or_else(|error| panic!("{error}"));
    }

    /// # Panics
    /// If there is no such credential.
    pub fn revoke(&self, id: &str) {
        self.world.state().trading.revoke(id).unwrap_or_else(|error| panic!("{error}"));
    }

    /// The account gets a new id and secret with the same rights.
    ///
    /// # Panics
    /// If there is no such credential.
    pub fn replace_credential(&self, id: &str, new: &str, secret: Secret) {
        self.world.state().trading.replace(id, new, secret).unwrap_or_else(|error| panic!("{error}"));
    }

    /// # Panics
    /// If there is no such credential.
    pub fn set_permissions(&self, id: &str, permissions: impl IntoIterator<Item = Permission>) {
        let permissions = permissions.into_iter().collect();
        let mut state = self.world.state();
        state.trading.change(id).unwrap_or_else(|error| panic!("{error}")).permissions = permissions;
    }

    /// # Panics
    /// If there is no such credential.
    pub fn set_validity(&self, id: &str, validity: Validity) {
        let mut state = self.world.state();
        state.trading.change(id).unwrap_or_else(|error| panic!("{error}")).validity = validity;
    }
}

impl Sim {
    /// Another query of IBKR's, or others than before under the same id.
    ///
    /// # Panics
    /// If no owner could have made it.
    pub fn set_flex_query(&self, id: &str, query: FlexQuery) {
        query.check().unwrap_or_else(|error| panic!("{error}"));
        self.world.state().flex.queries.insert(id.into(), query);
    }

    /// # Panics
    /// If there is no such query.
    pub fn flex_query(&self, id: &str) -> FlexQuery {
        let state = self.world.state();
        state.flex.queries.get(id).cloned().unwrap_or_else(|| panic!("there is no query `{id}`"))
    }
}

pub fn view(world: &World, name: &str) -> Result<AccountView, String> {
    let now = world.time.now();
    let mut state = world.state();
    let credentials = state.trading.ids(name);
    let account = state.trading.at(name, &world.market, now)?;
    let number = account.number.to_string();
    Ok(match account.service {
        Service::Binance => AccountView::of(account, now, number, credentials, binance::fill_id),
        Service::Okx => AccountView::of(account, now, okx::uid(account.number), credentials, okx::fill_id),
        Service::Alpaca => {
            let id = alpaca::account_id(account);
            AccountView::of(account, now, id, credentials, alpaca::fill_id)
        }
        Service::IbkrFlex => {
            let id = flex::account_id(account.number);
            AccountView::of(account, now, id, credentials, flex::fill_id)
        }
    })
}

pub fn act_on(world: &World, name: &str, action: &Action) -> Result<(), String> {
    let now = world.time.now();
    let mut state = world.state();
    let account = state.trading.at(name, &world.market, now)?;
    act(account, &world.market, now.as_millisecond(), action)
}
