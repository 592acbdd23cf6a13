//! Many connections of one program to one exchange, each with an account of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use foliosync_engine::clock::Clock;
use foliosync_engine::engine::{Engine, EngineError};
use foliosync_engine::files::Files;
use foliosync_engine::http::Http;
use foliosync_engine::limits::RUNS_LIVE_MAX;
use foliosync_engine::model::accounts::{Balance, Fill};
use foliosync_engine::model::sync::ConnectionId;
use foliosync_engine::model::{Decimal, Record};
use foliosync_engine::provider::Reach;
use foliosync_engine::secrets::{Key, Vault};
use foliosync_engine::store::{Select, Store};
use foliosync_engine::testkit::mem_store::MemStore;
use foliosync_sim::{Action, Credential, NewAccount, Secret, Service, Sim, SimClock, SimOptions, Wallet};
use jiff::Timestamp;
use serde_json::json;

use super::wire::{HOST, Wire};

/// An account is so old, with a dozen orders a day in ten pairs.
const DAYS_OLD: u32 = 20;

pub struct Crowd {
    pub engine: Arc<Engine>,
    pub store: Arc<dyn Store>,
    pub wire: Arc<Wire>,
    /// The account of each connection.
    pub accounts: BTreeMap<ConnectionId, String>,
}

impl Crowd {
    pub fn new() -> Crowd {
        let clock = Clock::simulated("2026-11-18T09:30:00Z".parse().unwrap());
        let clock_there = SimClock::At(clock.now());
        let options =
            SimOptions { clock: clock_there, generated_symbols: 0, has_accounts: false, ..SimOptions::default() };
        let wire = Wire::to(Sim::offline(&options), clock);
        let store: Arc<dyn Store> = Arc::new(MemStore::empty());
        let http = Http::new(Arc::clone(&wire) as _, Arc::clone(&store), clock);
        let reach = Reach { http, files: Files::default() };
        let binance = foliosync_providers::find("binance").unwrap();
        let engine = Engine::new(Arc::clone(&store), vec![binance], reach, clock, RUNS_LIVE_MAX)
            .with_vault(Vault::Open { key: Key::parse(&"5e".repeat(32)).unwrap(), from: "the test".into() })
            .with_base_urls([("binance".to_string(), format!("{HOST}/binance"))].into());
        Crowd { engine: Arc::new(engine), store, wire, accounts: BTreeMap::new() }
    }

    /// Adds connections that run every so many minutes, until there are `most` or one is refused: with these words.
    pub async fn grow(&mut self, most: usize, minutes: i64) -> Option<String> {
        while self.accounts.len() < most {
            let nth = self.accounts.len();
            let (account, key, secret) =
                (format!("account {nth}"), format!("{nth:0>64}"), format!("secret of account {nth}"));
            let new = json!({
                "provider": "binance",
                "label": account,
                "settings": { "quotes": "off", "history": "off" },
                "credentials": { "api_key": key, "api_secret": secret },
                "syncIntervalMin": minutes,
            });
            match self.engine.add_connection(serde_json::from_value(new).unwrap()).await {
                Ok(connection) => {
                    self.wire.sim.open_account(&NewAccount::new(Service::Binance, &account).days(DAYS_OLD));
                    self.wire.sim.admit(Credential::new(&account, &key, Secret::Shared(secret)));
                    self.accounts.insert(connection.id, account);
                }
                Err(EngineError::Input { message, hint }) => return Some(format!("{message}; {hint}")),
                Err(other) => panic!("{other}"),
            }
        }
        None
    }

    /// Nothing happens in the accounts any more.
    pub fn pause(&self) {
        self.wire.sim.set_now(self.engine.now());
        self.accounts.values().for_each(|account| self.wire.sim.act(account, &Action::Pause));
    }

    /// Compares what is stored with what the accounts hold and have traded. Of coins that were gone when an account was
    /// first read, nobody knows. Gives the number of fills that are stored, and of those since then.
    pub async fn agree(&self, since: Timestamp) -> (usize, usize) {
        let (mut stored, mut new) = (0, 0);
        for (id, account) in &self.accounts {
            let there = self.wire.sim.account(account);
            let wallet = |wallet| if wallet == Wallet::Main { "spot" } else { "funding" };
            let held: BTreeMap<_, Decimal> =
                there.balances.iter().map(|row| ((wallet(row.wallet), row.asset.as_str()), row.amount)).collect();
            let balances: Vec<Balance> = self.rows(*id).await;
            let here: BTreeMap<_, Decimal> =
                balances.iter().map(|row| ((row.wallet.as_str(), row.asset.as_str()), row.total)).collect();
            assert_eq!(here, held, "what {account} holds");
            let fills: Vec<Fill> = self.rows(*id).await;
            let known: BTreeSet<&str> = fills.iter().map(|fill| fill.symbol.as_str()).collect();
            let told = there.fills.iter().filter(|fill| fill.at >= since || known.contains(fill.symbol.as_str()));
            let told: BTreeMap<_, _> =
                told.map(|fill| (format!("{}/{}", fill.symbol, fill.id), (fill.quantity, fill.price))).collect();
            let here: BTreeMap<_, _> =
                fills.iter().map(|fill| (fill.native_id.clone(), (fill.quantity, fill.price))).collect();
            assert!(here == told, "{account}: {} fills are stored, {} were told", here.len(), told.len());
            stored += fills.len();
            new += fills.iter().filter(|fill| fill.at >= since).count();
        }
        (stored, new)
    }

    async fn rows<R: Record>(&self, id: ConnectionId) -> Vec<R> {
        self.store.read(Select::of(R::TABLE, id)).await.unwrap().records().unwrap()
    }
}
