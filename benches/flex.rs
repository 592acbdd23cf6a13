//! A report of Interactive Brokers of 50 MB, from the simulated service into the database: time and memory, beside
//! downloading the same report and only looking at its elements.

#[path = "support/mod.rs"]
mod support;
// Its tests are there, too, and have no harness here.
#[allow(dead_code, unused_imports)]
#[path = "../src/networks.rs"]
mod networks;
#[allow(dead_code)]
#[path = "../src/transport.rs"]
mod transport;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use foliosync_engine::clock::Clock;
use foliosync_engine::engine::{Engine, NewConnection, SyncNow};
use foliosync_engine::files::Files;
use foliosync_engine::http::{Http, HttpRequest, Part, Transport};
use foliosync_engine::model::sync::{ConnectionId, Outcome, SyncOptions, Trigger};
use foliosync_engine::provider::Reach;
use foliosync_engine::secrets::{Key, Vault};
use foliosync_engine::store::Store;
use foliosync_sim::{FlexQuery, Sim, SimOptions};
use foliosync_stores::duckdb::DuckStore;
use tokio::sync::watch;

const MEBIBYTES: u32 = 50;
/// The simulator's own.
const TOKEN: &str = "510000000000000000000001";
const QUERY: &str = "900050";

/// Resident memory: now, and the most since the last call of `from_here`.
fn memory() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mebibytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        kibibytes.unwrap_or(0) / 1024
    };
    (mebibytes("VmRSS:"), mebibytes("VmHWM:"))
}

/// Forgets the most that was resident so far. Where the system does not let us, the figures are too high.
fn from_here() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// What a step took: its time, and the memory on top of what there was before.
async fn measured<T>(step: impl Future<Output = T>) -> (Duration, u64, T) {
    from_here();
    let (before, _) = memory();
    let start = Instant::now();
    let done = step.await;
    (start.elapsed(), memory().1.saturating_sub(before), done)
}

async fn get(transport: &transport::ReqwestTransport, sim: &Sim, step: &str, of: &str) -> bytes::Bytes {
    let url = format!("{}/AccountManagement/FlexWebService/{step}", sim.base_url("ibkr_flex"));
    let mut request = HttpRequest::get(url);
    let part = |name: &str, value: &str| (name.to_string(), Part::Plain(value.into()));
    request.query = vec![part("t", TOKEN), part("q", of), part("v", "3")];
    transport.send(request).await.expect("an answer").body
}

/// Orders a report and waits for it, as the service wants it.
async fn ordered(transport: &transport::ReqwestTransport, sim: &Sim) -> String {
    let mut seconds = tokio::time::interval(Duration::from_millis(1_100));
    seconds.tick().await;
    let answer = get(transport, sim, "SendRequest", QUERY).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    seconds.tick().await;
    let reference = answer.split("<ReferenceCode>").nth(1).and_then(|rest| rest.split('<').next());
    reference.unwrap_or_else(|| panic!("no reference: {answer}")).to_string()
}

/// The elements of a report, counted and no more.
fn counted(body: &[u8]) -> usize {
    let text = std::str::from_utf8(body).expect("text");
    text.match_indices("<Trade ").count()
}

async fn until_read(engine: &Arc<Engine>, id: ConnectionId) {
    let (streams, options) = (Vec::new(), SyncOptions::default());
    let ask = SyncNow { connections: vec![id], streams, options, trigger: Trigger::Manual };
    engine.sync_now(ask).await.expect("a request");
    // The report is looked for again by schedule.
    let mut looks = tokio::time::interval(Duration::from_millis(100));
    loop {
        looks.tick().await;
        let runs = engine.runs(Some(id), 1).await.expect("runs");
        match runs.first().and_then(|run| run.outcome) {
            None | Some(Outcome::Deferred | Outcome::Interrupted) => {}
            Some(Outcome::Ok | Outcome::Partial) => return,
            Some(outcome) => panic!("{outcome:?}: {:?}", runs[0].error),
        }
    }
}

async fn run() {
    let sim = Sim::start(SimOptions::default()).expect("a simulator");
    let query = FlexQuery { mebibytes: MEBIBYTES, delay_seconds: 1, has_summaries: false, ..FlexQuery::default() };
    sim.set_flex_query(QUERY, query);
    let plain = transport::ReqwestTransport::new().expect("a transport");
    let mut rows = Vec::new();
    let mut told = |what: String, time: Duration, memory: u64, trades: i64| {
        rows.push(vec![what, format!("{:.2} s", time.as_secs_f64()), format!("{memory} MiB"), trades.to_string()]);
    };

    let reference = ordered(&plain, &sim).await;
    let (time, memory, body) = measured(get(&plain, &sim, "GetStatement", &reference)).await;
    let size = body.len() as f64 / f64::from(1 << 20);
    told(format!("download of {size:.1} MiB alone"), time, memory, 0);
    let (time, memory, trades) = measured(async { counted(&body) }).await;
    told("its elements counted".into(), time, memory, trades as i64);
    drop(body);

    let folder = tempfile::tempdir().expect("a folder");
    let store = DuckStore::open(&folder.path().join("bench.duckdb"), Clock::System.now()).expect("a database");
    let store: Arc<dyn Store> = Arc::new(store);
    let transport = Arc::new(transport::ReqwestTransport::new().expect("a transport"));
    let reach = Reach { http: Http::new(transport, Arc::clone(&store), Clock::System), files: Files::default() };
    let bases = BTreeMap::from([("ibkr_flex".to_string(), sim.base_url("ibkr_flex"))]);
    let vault = Vault::new(Key::random().expect("a key"), "bench", &Default::default());
    let engine = Engine::new(Arc::clone(&store), foliosync_providers::all(), reach, Clock::System, 5);
    let engine = Arc::new(engine.with_base_urls(bases).with_vault(vault));
    let new = NewConnection {
        provider: "ibkr_flex".into(),
        label: "report".into(),
        settings: BTreeMap::from([("query_id".to_string(), QUERY.to_string())]),
        credentials: BTreeMap::from([("token".to_string(), TOKEN.into())]),
        ..NewConnection::default()
    };
    let id = engine.add_connection(new).await.expect("a connection").id;
    let (stop, stopped) = watch::channel(false);
    let dispatch = tokio::spawn(Arc::clone(&engine).dispatch(true, stopped));
    for what in ["ordered, waited for and read", "the same report again"] {
        let (time, memory, ()) = measured(until_read(&engine, id)).await;
        let run = engine.runs(Some(id), 1).await.expect("runs").remove(0);
        let took = Duration::from_millis(run.duration_ms.unwrap_or_default().unsigned_abs());
        let count = support::rows(store.as_ref(), "accounts.fill_rows").await;
        told(format!("{what}: {:.1} s with waits, {} pages", time.as_secs_f64(), run.pages), took, memory, count);
    }
    stop.send_replace(true);
    dispatch.await.expect("dispatch ends");
    let header = ["", "time", "memory on top", "trades"];
    support::table("A report of Interactive Brokers into the database", &header, &rows);
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(run());
}
