//! The real engine with a provider of prices, a source that a test makes up, and days that pass when it says so.

use std::sync::Arc;
use std::time::Duration;

use foliosync_engine::clock::Clock;
use foliosync_engine::engine::{NewConnection, NewInstrument, SyncNow};
use foliosync_engine::files::Files;
use foliosync_engine::http::{Http, HttpAnswer, HttpRequest};
use foliosync_engine::model::Record;
use foliosync_engine::model::prices::{DayBar, FxRate, QuoteField, SymbolState};
use foliosync_engine::model::sync::{ConnectionId, ItemLine, ItemStatus, Run, RunEventKind, SyncOptions, Trigger};
use foliosync_engine::provider::Reach;
use foliosync_engine::secrets::{Key, Vault};
use foliosync_engine::status::ConnectionView;
use foliosync_engine::store::{Select, Store};
use foliosync_engine::testkit::mem_store::MemStore;
use foliosync_engine::testkit::replay::{Replay, answer};
use foliosync_engine::testkit::rig::{Rig, drain};
use jiff::Timestamp;

use crate::folder::shared;

/// The key of every connection here; nothing may ever show it.
pub const SECRET: &str = "k3y-that-nobody-may-see";

pub struct Desk {
    pub rig: Rig,
    pub replay: Arc<Replay>,
    provider: &'static str,
}

impl Desk {
    pub fn new(
        provider: &'static str,
        now: &str,
        source: impl Fn(&HttpRequest) -> HttpAnswer + Send + Sync + 'static,
    ) -> Desk {
        let replay = Arc::new(Replay::default().otherwise(source));
        let store: Arc<dyn Store> = Arc::new(MemStore::empty());
        let clock = Clock::simulated(at(now));
        let http = Http::new(Arc::clone(&replay) as _, Arc::clone(&store), clock);
        let reach = Reach { http, files: Files::default() };
        let vault = Vault::new(Key::parse(&"07".repeat(32)).unwrap(), "here", &Default::default());
        let rig = Rig::on(store, foliosync_providers::find(provider).unwrap(), reach, clock).with_vault(vault, &[]);
        Desk { rig, replay, provider }
    }

    pub async fn connect(&self, label: &str, settings: &[(&str, &str)]) -> ConnectionId {
        let new = NewConnection {
            provider: self.provider.into(),
            label: label.into(),
            settings: settings.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
            // Connections with one key share its budgets, so each has its own.
            credentials: [("api_key".to_string(), format!("{SECRET}-{label}").into())].into(),
            // Once a day fits every plan.
            sync_interval_min: Some(1_440),
            ..NewConnection::default()
        };
        self.rig.engine.add_connection(new).await.unwrap().id
    }

    /// A connection with these credentials, at the provider's usual interval.
    pub async fn connect_as(
        &self,
        label: &str,
        settings: &[(&str, &str)],
        credentials: &[(&str, &str)],
    ) -> ConnectionId {
        let new = NewConnection {
            provider: self.provider.into(),
            label: label.into(),
            settings: settings.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
            credentials: credentials.iter().map(|(key, value)| (key.to_string(), (*value).into())).collect(),
            ..NewConnection::default()
        };
        self.rig.engine.add_connection(new).await.unwrap().id
    }

    /// The stored rows of a connection.
    pub async fn rows<R: Record>(&self, connection: ConnectionId) -> Vec<R> {
        self.rig.store.read(Select::of(R::TABLE, connection)).await.unwrap().records().unwrap()
    }

    pub async fn watch(&self, symbols: &[&str]) {
        let new = symbols.iter().map(|symbol| NewInstrument {
            symbol: (*symbol).into(),
            // Some names of shares are names of coins, too.
            kind: (!symbol.contains([':', '/'])).then(|| "stock".into()),
            name: None,
            currency: None,
            isin: None,
        });
        self.rig.engine.add_instruments(new.collect()).await.unwrap();
    }

    /// Syncs some streams of a connection as somebody who asks for them does.
    pub async fn sync(&self, connection: ConnectionId, streams: &[&str]) -> Synced {
        self.sync_with(connection, streams, SyncOptions::default()).await
    }

    pub async fn sync_with(&self, connection: ConnectionId, streams: &[&str], options: SyncOptions) -> Synced {
        let dispatcher = self.rig.dispatch();
        let streams = streams.iter().map(|stream| stream.to_string()).collect();
        let ask = SyncNow { connections: vec![connection], streams, options, trigger: Trigger::Manual };
        let request = self.rig.engine.sync_now(ask).await.unwrap();
        drain(Arc::clone(&self.rig.engine).follow(request, None)).await;
        dispatcher.stop().await;
        let run = self.rig.engine.runs(Some(connection), 1).await.unwrap().remove(0);
        let events = self.rig.engine.events(Some(run.id), 0, 1_000).await.unwrap();
        let items = events.into_iter().filter_map(|event| match event.kind {
            RunEventKind::Page { items, .. } => Some(items),
            _ => None,
        });
        Synced { items: items.flatten().collect(), run }
    }

    pub async fn view(&self, connection: ConnectionId) -> ConnectionView {
        let views = self.rig.engine.connection_views().await.unwrap();
        views.into_iter().find(|view| view.connection.id == connection).unwrap()
    }

    /// The stored quotes, such as `stock:AAPL current_price 268.47 USD fmp`.
    pub async fn quotes(&self) -> Vec<String> {
        let rows: Vec<QuoteField> = self.rig.store.records(|s| s.ascending("instrument_id")).await.unwrap();
        let shown = |row: QuoteField| {
            let currency = row.currency.unwrap_or_default();
            format!("{} {} {} {currency}", row.instrument_id, row.field, row.value).trim_end().to_string()
        };
        rows.into_iter().map(shown).collect()
    }

    /// The stored prices of an instrument, such as `stock:AAPL 268.47 USD`.
    pub async fn prices(&self) -> Vec<String> {
        let quotes = self.quotes().await;
        let prices = quotes.iter().filter(|row| row.contains(" current_price "));
        prices.map(|row| row.replace(" current_price", "")).collect()
    }

    /// The stored days, such as `2026-11-20 177.9 intraday`.
    pub async fn days(&self, instrument: &str) -> Vec<String> {
        let rows: Vec<DayBar> = self.rig.store.records(|s| s.ascending("date")).await.unwrap();
        let own = rows.into_iter().filter(|row| row.instrument_id == instrument);
        own.map(|row| format!("{} {} {}", row.date, row.close_price, row.status.word())).collect()
    }

    pub async fn rates(&self) -> Vec<FxRate> {
        self.rig.store.records(|s| s.ascending("base")).await.unwrap()
    }

    pub async fn states(&self, stream: &str) -> Vec<SymbolState> {
        let rows: Vec<SymbolState> = self.rig.store.records(|s| s.ascending("native_symbol")).await.unwrap();
        rows.into_iter().filter(|row| row.stream == stream).collect()
    }

    /// Paths with their queries, without the host, since the last call with the same `seen`.
    pub fn asked(&self, seen: &mut usize) -> Vec<String> {
        let sent = self.replay.sent();
        let new = sent[*seen..].iter().map(|request| {
            let path = request.url.splitn(4, '/').nth(3).unwrap_or_default();
            let query: Vec<_> = request.query.iter().map(|(key, value)| format!("{key}={}", value.expose())).collect();
            format!("{path} {}", query.join("&"))
        });
        let new = new.collect();
        *seen = sent.len();
        new
    }
}

/// What one sync came to.
pub struct Synced {
    pub run: Run,
    /// What was told of items; unchanged ones are only counted.
    pub items: Vec<ItemLine>,
}

impl Synced {
    pub fn item(&self, name: &str) -> (ItemStatus, &str) {
        let line = self.items.iter().find(|line| line.item == name).unwrap_or_else(|| panic!("nothing told of {name}"));
        (line.status, &line.detail)
    }

    /// updated, unchanged, missing, rejected, deferred
    pub fn counts(&self) -> [i64; 5] {
        let counts = &self.run.counts;
        [counts.updated, counts.unchanged, counts.missing, counts.rejected, counts.deferred]
    }
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Lets time pass until then.
pub async fn until(desk: &Desk, time: &str) {
    let wait = at(time).duration_since(desk.rig.engine.now());
    tokio::time::advance(Duration::try_from(wait).expect("a time that is ahead")).await;
}

/// A parameter of a request's query; empty where there is none.
pub fn param(request: &HttpRequest, name: &str) -> String {
    let found = request.query.iter().find(|(key, _)| key == name);
    found.map_or(String::new(), |(_, value)| value.expose().to_string())
}

pub fn ok(body: &str) -> HttpAnswer {
    answer(200, body)
}

/// A recorded body, or a short one of the same form where the recordings are not at hand.
pub fn recorded(path: &str, short: &str) -> String {
    let file = shared("fixtures").map(|folder| folder.join(path));
    file.and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_else(|| short.to_string())
}

pub fn clock(now: &str) -> Clock {
    Clock::simulated(at(now))
}
