//! The real engine with a provider of accounts, a source that a test makes up, and time that passes when it says so.

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use foliosync_engine::clock::Clock;
use foliosync_engine::engine::{NewConnection, SyncNow};
use foliosync_engine::files::Files;
use foliosync_engine::http::{Http, HttpAnswer, HttpRequest, Transport};
use foliosync_engine::model::Record;
use foliosync_engine::model::sync::{ConnectionId, RunEventKind, SyncOptions, Trigger};
use foliosync_engine::provider::{FetchRequest, Page, ProviderError, Reach, Settings};
use foliosync_engine::secrets::{Credentials, Key, Vault};
use foliosync_engine::status::ConnectionView;
use foliosync_engine::store::{Select, Store};
use foliosync_engine::testkit::mem_store::MemStore;
use foliosync_engine::testkit::replay::{Replay, answer};
use foliosync_engine::testkit::rig::{Rig, drain};
use jiff::Timestamp;
use serde_json::Value as Json;

use crate::folder::shared;
use crate::prices_desk::{Synced, at};

/// Part of every credential here; nothing may ever show it.
pub const SECRET: &str = "s3cret-that-nobody-may-see";

pub struct House {
    pub rig: Rig,
    provider: &'static str,
    base_url: Option<String>,
}

impl House {
    pub fn new(
        provider: &'static str,
        now: &str,
        source: impl Fn(&HttpRequest) -> HttpAnswer + Send + Sync + 'static,
    ) -> House {
        House::on(provider, Clock::simulated(at(now)), Arc::new(Replay::default().otherwise(source)), None)
    }

    pub fn on(provider: &'static str, clock: Clock, transport: Arc<dyn Transport>, base_url: Option<&str>) -> House {
        House::with_store(Arc::new(MemStore::empty()), provider, clock, transport, base_url)
    }

    fn with_store(
        store: Arc<dyn Store>,
        provider: &'static str,
        clock: Clock,
        transport: Arc<dyn Transport>,
        base_url: Option<&str>,
    ) -> House {
        let http = Http::new(transport, Arc::clone(&store), clock);
        let reach = Reach { http, files: Files::default() };
        let vault = Vault::new(Key::parse(&"07".repeat(32)).unwrap(), "here", &Default::default());
        let base_urls: Vec<_> = base_url.map(|url| (provider, url)).into_iter().collect();
        let rig = Rig::on(store, foliosync_providers::find(provider).unwrap(), reach, clock);
        House { rig: rig.with_vault(vault, &base_urls), provider, base_url: base_url.map(String::from) }
    }

    /// Another program on the same store, from now on.
    pub fn restarted(self, transport: Arc<dyn Transport>) -> House {
        let clock = Clock::simulated(self.now());
        House::with_store(self.rig.store, self.provider, clock, transport, self.base_url.as_deref())
    }

    /// With each secret setting that is not named filled with a secret of its own.
    pub async fn connect(&self, label: &str, settings: &[(&str, &str)], secrets: &[(&str, &str)]) -> ConnectionId {
        let provider = foliosync_providers::find(self.provider).unwrap();
        let own = |name: &str| secrets.iter().find(|(key, _)| *key == name).map(|(_, secret)| secret.to_string());
        let credential = |name: &str| own(name).unwrap_or_else(|| format!("{SECRET}-{name}-{label}"));
        let credentials = provider.spec().credentials().map(|s| (s.key.to_string(), credential(s.key).into()));
        let new = NewConnection {
            provider: self.provider.into(),
            label: label.into(),
            settings: settings.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
            credentials: credentials.collect(),
            ..NewConnection::default()
        };
        self.rig.engine.add_connection(new).await.unwrap().id
    }

    /// Syncs some streams of a connection as somebody who asks for them does; all where none is named.
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

    pub async fn rows<R: Record>(&self, connection: ConnectionId) -> Vec<R> {
        let batch = self.rig.store.read(Select::of(R::TABLE, connection)).await.unwrap();
        batch.records().unwrap()
    }

    pub fn now(&self) -> Timestamp {
        self.rig.engine.now()
    }

    /// Lets time pass.
    pub async fn pass(&self, minutes: u64) {
        tokio::time::advance(Duration::from_secs(minutes * 60)).await;
    }
}

/// A provider that is asked for one page after another, of any body, with nothing stored.
pub struct Mill {
    provider: &'static str,
    reach: Reach,
    body: Arc<Mutex<Vec<u8>>>,
    settings: Settings,
    credentials: Credentials,
    now: Timestamp,
    status: Arc<AtomicU16>,
}

impl Mill {
    pub fn new(provider: &'static str, now: &str, settings: &[(&str, &str)], secrets: &[&str]) -> Mill {
        let body = Arc::new(Mutex::new(Vec::new()));
        let status = Arc::new(AtomicU16::new(200));
        let (given, with) = (Arc::clone(&body), Arc::clone(&status));
        let source = move |_: &_| {
            let body = given.lock().unwrap().clone();
            HttpAnswer { body: body.into(), ..answer(with.load(Ordering::Relaxed), "") }
        };
        let replay = Arc::new(Replay::default().otherwise(source));
        let http = Http::new(replay, Arc::new(MemStore::empty()), Clock::simulated(at(now)));
        Mill {
            provider,
            reach: Reach { http, files: Files::default() },
            body,
            settings: settings.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
            credentials: Credentials::of(secrets.iter().map(|name| (name.to_string(), SECRET.into()))),
            now: at(now),
            status,
        }
    }

    pub fn with_status(self, status: u16) -> Mill {
        self.status.store(status, Ordering::Relaxed);
        self
    }

    pub async fn read(&self, stream: &str, watermark: Option<&Json>, body: &[u8]) -> Result<Page, ProviderError> {
        *self.body.lock().unwrap() = body.to_vec();
        let plain = FetchRequest::plain(stream, &self.settings, self.now);
        let request = FetchRequest { credentials: &self.credentials, watermark, ..plain };
        foliosync_providers::find(self.provider).unwrap().fetch(&self.reach, &request).await
    }
}

/// Every recorded file below a folder of recordings, by name; none where there are none beside the project.
pub fn recordings(folder: &str) -> Vec<(String, String)> {
    let Some(folder) = shared("fixtures").map(|all| all.join(folder)) else { return Vec::new() };
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let read = |path: std::path::PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, std::fs::read_to_string(path).unwrap())
    };
    let mut files: Vec<_> = entries.filter(|path| path.is_file()).map(read).collect();
    files.sort();
    files
}
