//! Live syncs against the simulator, beside a bare loop of the same HTTP requests; ten thousand symbols end to end; how
//! soon a server is ready, and what it holds when it idles.

#[path = "support/mod.rs"]
mod support;
// Their tests are there, too, and have no harness here.
#[allow(dead_code, unused_imports)]
#[path = "../src/networks.rs"]
mod networks;
#[allow(dead_code)]
#[path = "../src/transport.rs"]
mod transport;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use foliosync_engine::budget::Window;
use foliosync_engine::clock::Clock;
use foliosync_engine::engine::{Engine, NewConnection, NewInstrument, SyncNow};
use foliosync_engine::files::Files;
use foliosync_engine::http::Http;
use foliosync_engine::model::instrument::Instrument;
use foliosync_engine::model::sync::{ConnectionId, SyncOptions, Trigger};
use foliosync_engine::provider::{
    FetchRequest, Limit, LimitScope, Native, Page, Provider, ProviderError, ProviderSpec, Reach, Settings,
};
use foliosync_engine::secrets::{Key, Vault};
use foliosync_engine::store::Store;
use foliosync_sim::{Plan, Sim, SimOptions};
use foliosync_stores::duckdb::DuckStore;
use futures_util::StreamExt;
use tokio::sync::watch;

use support::ms;

const CONNECTIONS: usize = 500;
const SYMBOLS: usize = 10_000;
const KEY: &str = "bench-key";

/// A provider behind a budget that is kept, as any, and never spent: what is measured is our path, not the service's
/// limits.
struct Roomy {
    spec: &'static ProviderSpec,
    inner: Arc<dyn Provider>,
}

impl Roomy {
    fn around(inner: Arc<dyn Provider>) -> Arc<dyn Provider> {
        let limits: fn(&Settings) -> Vec<Limit> = |_| {
            let (scope, window) = (LimitScope::Ip, Window::Seconds(60));
            vec![Limit { name: "minute", scope, weight_max: 100_000_000, window, used_header: None }]
        };
        let weight: fn(&str, usize, &Settings) -> u32 = |_, _, _| 1;
        let spec = ProviderSpec { limits, weight, ..*inner.spec() };
        Arc::new(Roomy { spec: Box::leak(Box::new(spec)), inner })
    }
}

#[async_trait::async_trait]
impl Provider for Roomy {
    fn spec(&self) -> &'static ProviderSpec {
        self.spec
    }

    async fn fetch(&self, reach: &Reach, request: &FetchRequest<'_>) -> Result<Page, ProviderError> {
        self.inner.fetch(reach, request).await
    }

    fn native(&self, instrument: &Instrument) -> Option<Native> {
        self.inner.native(instrument)
    }
}

/// An engine as `serve` runs it, with the simulator in place of the hosts.
struct Live {
    engine: Arc<Engine>,
    store: Arc<dyn Store>,
    stop: watch::Sender<bool>,
    dispatch: tokio::task::JoinHandle<()>,
}

impl Live {
    fn start(folder: &Path, sim: &Sim, runs_live_max: usize) -> Live {
        let store = DuckStore::open(&folder.join("bench.duckdb"), Clock::System.now()).expect("a database");
        let store: Arc<dyn Store> = Arc::new(store);
        let transport = Arc::new(transport::ReqwestTransport::new().expect("a transport"));
        let http = Http::new(transport, Arc::clone(&store), Clock::System);
        let reach = Reach { http, files: Files::default() };
        let bases = ["fmp", "ecb"].map(|provider| (provider.to_string(), sim.base_url(provider)));
        let providers = foliosync_providers::all().into_iter().map(Roomy::around).collect();
        let key = Key::random().expect("a key");
        let engine = Engine::new(Arc::clone(&store), providers, reach, Clock::System, runs_live_max)
            .with_base_urls(BTreeMap::from(bases))
            .with_vault(Vault::new(key, "bench", &Default::default()));
        let engine = Arc::new(engine);
        let (stop, stopped) = watch::channel(false);
        let dispatch = tokio::spawn(Arc::clone(&engine).dispatch(false, stopped));
        Live { engine, store, stop, dispatch }
    }

    async fn connect(&self, provider: &str, label: &str, settings: &[(&str, &str)]) -> ConnectionId {
        let settings = settings.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        let credentials = match provider {
            "fmp" => BTreeMap::from([("api_key".to_string(), KEY.into())]),
            _ => BTreeMap::new(),
        };
        let (provider, label) = (provider.into(), label.into());
        let new = NewConnection { provider, label, settings, credentials, owner: None, sync_interval_min: None };
        self.engine.add_connection(new).await.expect("a connection").id
    }

    /// Syncs a stream of connections to the end; the time it took and the items that are fresh then.
    async fn sync(&self, connections: Vec<ConnectionId>, stream: &str) -> (Duration, i64) {
        let start = Instant::now();
        let (streams, options) = (vec![stream.to_string()], SyncOptions::default());
        let ask = SyncNow { connections, streams, options, trigger: Trigger::Manual };
        let request = self.engine.sync_now(ask).await.expect("a request");
        let mut lines = Arc::clone(&self.engine).follow(request, None);
        while let Some(line) = lines.recv().await {
            use foliosync_engine::engine::SyncLineKind::{Complete, Error};
            match line.kind {
                Complete { updated, .. } => return (start.elapsed(), updated),
                Error { message } => panic!("{message}"),
                _ => {}
            }
        }
        panic!("the sync ended without a last line");
    }

    async fn end(self) {
        let _ = self.stop.send(true);
        self.dispatch.await.expect("dispatch ends");
    }
}

/// The requests that the program sent, sent again by nothing but an HTTP client, so many at once.
async fn bare(sim: &Sim, provider: &str, requests: &[String], at_once: usize) -> Duration {
    let client = reqwest::Client::new();
    let base = sim.base_url(provider);
    let start = Instant::now();
    futures_util::stream::iter(requests)
        .for_each_concurrent(at_once, |path| {
            let request = client.get(format!("{base}{path}")).header("apikey", KEY);
            async move {
                let answer = request.send().await.expect("an answer");
                assert!(answer.status().is_success(), "{path}: {}", answer.status());
                answer.bytes().await.expect("a body");
            }
        })
        .await;
    start.elapsed()
}

/// Paths and queries that the simulator saw.
fn seen(sim: &Sim, provider: &str) -> Vec<String> {
    let path = |seen: foliosync_sim::Seen| {
        let query: Vec<_> = seen.query.iter().map(|(key, value)| format!("{key}={value}")).collect();
        format!("{}?{}", seen.path, query.join("&"))
    };
    sim.requests(provider).into_iter().map(path).collect()
}

async fn whole_path(rows: &mut Vec<Vec<String>>) {
    for at_once in [5, 50] {
        let sim = Sim::start(SimOptions::default()).expect("a simulator");
        let folder = tempfile::tempdir().expect("a folder");
        let live = Live::start(folder.path(), &sim, at_once);
        let mut connections = Vec::new();
        for nth in 0..CONNECTIONS {
            connections.push(live.connect("ecb", &format!("rates {nth}"), &[("history_days", "5")]).await);
        }
        live.sync(connections.clone(), "fx").await;
        sim.clear_requests();
        let (time, _) = live.sync(connections, "fx").await;
        let requests = seen(&sim, "ecb");
        live.end().await;
        let alone = bare(&sim, "ecb", &requests, at_once).await;
        let per_second = |time: Duration| requests.len() as f64 / time.as_secs_f64();
        rows.push(vec![
            format!("{CONNECTIONS} syncs of rates, {at_once} at once"),
            format!("{:.0}", per_second(time)),
            format!("{:.0}", per_second(alone)),
            format!("{:.2}", per_second(time) / per_second(alone)),
        ]);
    }
}

async fn many_symbols(rows: &mut Vec<Vec<String>>, folder: &Path) {
    let sim = Sim::start(SimOptions::default()).expect("a simulator");
    sim.add_key("fmp", KEY, Plan::fmp_ultimate().without_limits());
    let live = Live::start(folder, &sim, 5);
    let id = live.connect("fmp", "prices", &[("plan", "ultimate"), ("batch_size", "100")]).await;
    let symbols = (1..=SYMBOLS).map(|nth| NewInstrument {
        symbol: format!("SYM{nth:05}"),
        kind: Some("stock".into()),
        name: None,
        currency: Some("USD".into()),
        isin: None,
    });
    live.engine.add_instruments(symbols.collect()).await.expect("instruments");
    for what in ["first", "again"] {
        sim.clear_requests();
        let (time, fresh) = live.sync(vec![id], "quotes").await;
        assert_eq!(fresh, SYMBOLS as i64, "every symbol has a price");
        let requests = seen(&sim, "fmp");
        let alone = bare(&sim, "fmp", &requests, 1).await;
        rows.push(vec![
            format!("{SYMBOLS} symbols in {} requests, {what}", requests.len()),
            format!("{:.2} s", time.as_secs_f64()),
            format!("{:.2} s", alone.as_secs_f64()),
            format!("{:.2}", alone.as_secs_f64() / time.as_secs_f64()),
        ]);
    }
    println!("fields of quotes stored: {}", support::rows(live.store.as_ref(), "market.quotes").await);
    live.end().await;
}

/// Starts a server of the program on a data folder.
fn start(data: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_foliosync"))
        .args(["serve", "--listen", "127.0.0.1:0"])
        .env("FOLIOSYNC_DATA_DIR", data)
        .env("HOME", data)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a server")
}

/// How long a server takes until it is ready.
fn until_ready(data: &Path, start: Instant) -> Duration {
    let file = data.join("serve.json");
    loop {
        assert!(start.elapsed() < Duration::from_secs(30), "the server does not start");
        let told = std::fs::read(&file).ok().and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
        if let Some(address) = told.and_then(|told| told["listen"].as_str().map(String::from)) {
            let ready = std::net::TcpStream::connect(&address).and_then(|mut stream| {
                use std::io::{Read, Write};
                write!(stream, "GET /readyz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
                let mut answer = String::new();
                stream.read_to_string(&mut answer)?;
                Ok(answer.starts_with("HTTP/1.1 200"))
            });
            if ready.unwrap_or(false) {
                return start.elapsed();
            }
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn idle(rows: &mut Vec<Vec<String>>, name: &str, data: &Path) {
    let begun = Instant::now();
    let mut child = start(data);
    let ready = until_ready(data, begun);
    std::thread::sleep(Duration::from_secs(5));
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("unknown").trim();
    rows.push(vec![name.into(), ms(ready), resident.into()]);
    child.kill().expect("the server ends");
    child.wait().expect("the server ends");
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let (mut paths, mut symbols, mut idles) = (Vec::new(), Vec::new(), Vec::new());
    let (full, empty) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    runtime.block_on(whole_path(&mut paths));
    runtime.block_on(many_symbols(&mut symbols, full.path()));
    runtime.shutdown_timeout(Duration::from_secs(5));
    idle(&mut idles, "an empty folder", empty.path());
    let database = full.path().join("foliosync.duckdb");
    std::fs::rename(full.path().join("bench.duckdb"), &database).expect("the database moves");
    idle(&mut idles, &format!("{SYMBOLS} symbols"), full.path());

    let header = ["", "foliosync", "bare HTTP", "ratio"];
    support::table("Syncs per second through the whole path (bar: 0.5 of the bare loop)", &header, &paths);
    support::table("End to end, one request after the other", &header, &symbols);
    support::table("Start to ready (bar: 1 s) and memory when idle (bar: 60 MB)", &["", "ready", "resident"], &idles);
}
