//! The real engine on a store, driven from the request to the last line.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::mem_store::MemStore;
use crate::clock::Clock;
use crate::engine::{Engine, NewConnection, SyncLine, SyncNow};
use crate::limits::RUNS_LIVE_MAX;
use crate::model::Record;
use crate::model::sync::{Connection, ConnectionId, Run, SyncOptions, SyncRequest, Trigger};
use crate::provider::{Provider, Reach};
use crate::secrets::Vault;
use crate::store::{Select, Store};

/// An engine with one provider. Nothing runs until something is synced, and never by schedule.
pub struct Rig {
    pub engine: Arc<Engine>,
    pub store: Arc<dyn Store>,
}

/// What one sync of one connection came to.
pub struct Synced {
    pub run: Run,
    /// What a client was told; the last line is the terminal one.
    pub lines: Vec<SyncLine>,
}

impl Rig {
    /// On a memory store of its own.
    pub fn new(provider: Arc<dyn Provider>, reach: Reach, clock: Clock) -> Rig {
        Rig::on(Arc::new(MemStore::empty()), provider, reach, clock)
    }

    pub fn on(store: Arc<dyn Store>, provider: Arc<dyn Provider>, reach: Reach, clock: Clock) -> Rig {
        let engine = Engine::new(Arc::clone(&store), vec![provider], reach, clock, RUNS_LIVE_MAX);
        Rig { engine: Arc::new(engine), store }
    }

    /// With a vault, and base URLs by provider.
    pub fn with_vault(self, vault: Vault, base_urls: &[(&str, &str)]) -> Rig {
        let Some(engine) = Arc::into_inner(self.engine) else { panic!("somebody uses the engine already") };
        let urls = base_urls.iter().map(|(provider, url)| (provider.to_string(), url.to_string())).collect();
        Rig { engine: Arc::new(engine.with_vault(vault).with_base_urls(urls)), ..self }
    }

    /// Adds a connection of the provider, as the API would.
    pub async fn connect(&self, label: &str, settings: &[(&str, &str)]) -> Connection {
        let settings: BTreeMap<_, _> =
            settings.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        let provider = self.engine.providers()[0].spec().id.to_string();
        let new = NewConnection { provider, label: label.into(), settings, ..NewConnection::default() };
        self.engine.add_connection(new).await.expect("a connection that the spec allows")
    }

    /// Syncs a connection through the dispatcher and the log until the terminal line.
    pub async fn sync_to_end(&self, connection: ConnectionId, options: SyncOptions) -> Synced {
        let dispatcher = self.dispatch();
        let request = self.request(&[connection], options).await;
        let lines = drain(Arc::clone(&self.engine).follow(request, None)).await;
        dispatcher.stop().await;
        let mut runs = self.engine.runs(Some(connection), 1).await.expect("runs");
        Synced { run: runs.pop().expect("a run"), lines }
    }

    pub async fn request(&self, connections: &[ConnectionId], options: SyncOptions) -> SyncRequest {
        let ask = SyncNow { connections: connections.into(), streams: Vec::new(), options, trigger: Trigger::Manual };
        self.engine.sync_now(ask).await.expect("a request")
    }

    /// Runs what somebody asks for, until it is stopped.
    pub fn dispatch(&self) -> Dispatcher {
        self.dispatch_with(false)
    }

    /// As `dispatch`, by schedule too.
    pub fn dispatch_with(&self, schedules: bool) -> Dispatcher {
        let (stop, stopped) = watch::channel(false);
        let engine = Arc::clone(&self.engine);
        let task = tokio::spawn(engine.dispatch(schedules, stopped));
        Dispatcher { stop, task }
    }

    /// The stored rows of a connection, sorted.
    pub async fn rows<R: Record + Ord>(&self, connection: ConnectionId) -> Vec<R> {
        let batch = self.store.read(Select::of(R::TABLE, connection)).await.expect("rows");
        let mut rows: Vec<R> = batch.records().expect("rows of this type");
        rows.sort();
        rows
    }
}

/// A dispatcher that is going.
pub struct Dispatcher {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Dispatcher {
    pub async fn stop(self) {
        self.stop.send_replace(true);
        self.task.await.expect("the dispatcher ends well");
    }
}

/// All lines until nothing more is told.
pub async fn drain(mut lines: mpsc::Receiver<SyncLine>) -> Vec<SyncLine> {
    let mut all = Vec::new();
    while let Some(line) = lines.recv().await {
        all.push(line);
    }
    all
}
