//! What tests of exchanges with a key have in common: a connection of the engine, its rows as short lines, and time.

use std::sync::{Arc, Mutex, MutexGuard};

use foliosync_engine::engine::ConnectionEdit;
use foliosync_engine::http::{HttpAnswer, HttpRequest};
use foliosync_engine::model::accounts::{Balance, BalanceChange, Fill};
use foliosync_engine::model::instrument::Listing;
use foliosync_engine::model::sync::{ConnectionId, SyncOptions};
use foliosync_engine::status::ConnectionView;

use crate::prices_desk::{Desk, Synced, until};

pub const NOW: &str = "2026-11-20T14:35:07Z";
pub const NOW_MS: i64 = 1_795_185_307_000;
pub const MINUTE: i64 = 60_000;

/// Without the streams of prices.
pub const QUIET: [(&str, &str); 2] = [("quotes", "off"), ("history", "off")];

/// An exchange that a test makes up and changes as it goes.
pub struct Shared<E>(Arc<Mutex<E>>);

impl<E> Clone for Shared<E> {
    fn clone(&self) -> Shared<E> {
        Shared(Arc::clone(&self.0))
    }
}

impl<E: Send + 'static> Shared<E> {
    pub fn new(exchange: E) -> Shared<E> {
        Shared(Arc::new(Mutex::new(exchange)))
    }

    pub fn lock(&self) -> MutexGuard<'_, E> {
        self.0.lock().unwrap()
    }

    pub fn answers(
        &self,
        answer: impl Fn(&mut E, &HttpRequest) -> HttpAnswer + Send + Sync + 'static,
    ) -> impl Fn(&HttpRequest) -> HttpAnswer + Send + Sync + 'static {
        let own = self.clone();
        move |request| answer(&mut own.lock(), request)
    }
}

/// One connection, with nothing but its private streams on.
pub struct Account {
    pub desk: Desk,
    pub id: ConnectionId,
    /// Requests that were looked at.
    seen: usize,
}

impl Account {
    pub async fn open(
        provider: &'static str,
        settings: &[(&str, &str)],
        credentials: &[(&str, &str)],
        source: impl Fn(&HttpRequest) -> HttpAnswer + Send + Sync + 'static,
    ) -> Account {
        let desk = Desk::new(provider, NOW, source);
        let id = desk.connect_as("main", &[&QUIET, settings].concat(), credentials).await;
        Account { desk, id, seen: 0 }
    }

    pub async fn edit(&self, settings: &[(&str, &str)], credentials: &[(&str, Option<&str>)]) {
        let edit = ConnectionEdit {
            settings: settings.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
            credentials: credentials.iter().map(|(key, value)| (key.to_string(), value.map(Into::into))).collect(),
            ..Default::default()
        };
        self.desk.rig.engine.edit_connection(self.id, edit).await.unwrap();
    }

    pub async fn sync(&self) -> Synced {
        self.desk.sync(self.id, &["balances", "fills"]).await
    }

    pub async fn balances_synced(&self) -> Synced {
        self.desk.sync(self.id, &["balances"]).await
    }

    pub async fn fills_synced(&self) -> Synced {
        self.desk.sync(self.id, &["fills"]).await
    }

    pub async fn rehashed(&self) -> Synced {
        let options = SyncOptions { rehash: true, ..SyncOptions::default() };
        self.desk.sync_with(self.id, &["fills"], options).await
    }

    pub async fn pass(&self, minutes: i64) {
        let now = self.desk.rig.engine.now();
        let then = now + jiff::SignedDuration::from_mins(minutes);
        until(&self.desk, &then.to_string()).await;
    }

    pub async fn view(&self) -> ConnectionView {
        self.desk.view(self.id).await
    }

    /// `spot BTC 0.5 free 0.4 locked 0.1 crypto`
    pub async fn held(&self) -> Vec<String> {
        let text = |number: Option<foliosync_engine::model::Decimal>| number.map_or("-".into(), |n| n.to_string());
        let line = |row: Balance| {
            let kind = row.kind.unwrap_or_default();
            let (free, locked) = (text(row.free), text(row.locked));
            format!("{} {} {} free {free} locked {locked} {kind}", row.wallet, row.asset, row.total)
        };
        let mut lines: Vec<_> = self.desk.rows::<Balance>(self.id).await.into_iter().map(line).collect();
        lines.sort();
        lines
    }

    /// `14:36 spot BTC 0`
    pub async fn history(&self) -> Vec<String> {
        let line = |row: BalanceChange| {
            let time = row.as_of.to_string();
            format!("{} {} {} {}", &time[11..16], row.wallet, row.asset, row.total)
        };
        let mut lines: Vec<_> = self.desk.rows::<BalanceChange>(self.id).await.into_iter().map(line).collect();
        lines.sort();
        lines
    }

    /// `BTCUSDT/7 buy 0.5 BTC @ 100 USDT fee 0.1 BNB`
    pub async fn fills(&self) -> Vec<String> {
        let line = |row: Fill| {
            let (asset, currency) = (row.asset.unwrap_or("?".into()), row.currency.unwrap_or("?".into()));
            let fee = row.fee.map_or(String::new(), |fee| format!(" fee {fee} {}", row.fee_asset.unwrap_or_default()));
            let side = row.side.word();
            format!("{} {side} {} {asset} @ {} {currency}{fee}", row.native_id, row.quantity, row.price)
        };
        let mut lines: Vec<_> = self.desk.rows::<Fill>(self.id).await.into_iter().map(line).collect();
        lines.sort();
        lines
    }

    /// `LDBTC is crypto:BTC`, `1000SATS is 1000 crypto:SATS`
    pub async fn listings(&self) -> Vec<String> {
        let rows: Vec<Listing> = self.desk.rig.store.records(|s| s.ascending("native_symbol")).await.unwrap();
        let line = |row: Listing| {
            let factor = row.factor.map_or(String::new(), |factor| format!("{factor} "));
            format!("{} is {factor}{}", row.native_symbol, row.instrument_id.unwrap_or("?".into()))
        };
        rows.into_iter().map(line).collect()
    }

    /// What was asked for since the last call: paths, and the parameters that say what about.
    pub fn asked(&mut self) -> Vec<String> {
        let sent = self.desk.replay.sent();
        let told = |request: &HttpRequest| {
            let path = request.url.splitn(4, '/').nth(3).unwrap_or_default().to_string();
            let plain = ["symbol", "fromId", "instType", "after"];
            let query = request.query.iter().filter(|(name, _)| plain.contains(&name.as_str()));
            query.fold(path, |line, (_, value)| format!("{line} {}", value.expose()))
        };
        let new = sent[self.seen..].iter().map(told).collect();
        self.seen = sent.len();
        new
    }
}
