//! Four workers, twenty thousand connections and the simulator; every few seconds one of the workers is killed, and once
//! PostgreSQL is restarted. At the end it is counted what was synced when, what overlapped, and what is missing.
//!
//! ```text
//! cargo bench --profile dev --bench crowd -- [CONNECTIONS] [MINUTES] [INTERVAL_SECONDS]
//! ```

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use foliosync_engine::clock::Clock;
use foliosync_engine::secrets::{Key, Vault, origin_of};
use foliosync_engine::store::{ConnectionDraft, Store};
use foliosync_sim::{Action, Credential, NewAccount, Permission, Secret, Service, Sim, SimOptions, Validity};
use foliosync_stores::postgres::PgStore;
use support::cluster::Cluster;
use tokio::task::JoinSet;

const WORKERS: usize = 4;
const KILL_EVERY: Duration = Duration::from_secs(5);
const DATABASE: &str = "crowd";
const HELD: [(&str, i64); 4] = [("BTC", 3), ("ETH", 40), ("USDT", 10_000), ("SOL", 500)];
const KEY: &str = "c0";

struct Stage {
    sim: Sim,
    cluster: Cluster,
    folder: tempfile::TempDir,
    url: String,
}

impl Stage {
    fn build() -> Stage {
        let sim = Sim::start(SimOptions::default()).expect("a simulator");
        let cluster = Cluster::start();
        let url = cluster.database(DATABASE);
        let folder = tempfile::tempdir().expect("a folder");
        let config = format!("[providers.okx]\nbase_url = '{}'\n", sim.base_url("okx"));
        std::fs::write(folder.path().join("config.toml"), config).expect("a file");
        std::fs::write(folder.path().join("key"), KEY.repeat(32)).expect("a file");
        Stage { sim, cluster, folder, url }
    }

    /// An account in which nothing happens by itself, so that every answer is the same, and its key.
    fn account(&self, nth: usize) -> String {
        let (account, id) = (format!("account-{nth}"), format!("key-{nth}"));
        self.sim.open_account(&NewAccount { orders_per_day: 0, ..NewAccount::new(Service::Okx, &account) });
        for (asset, amount) in HELD {
            let (wallet, asset, amount) = (Default::default(), asset.into(), amount.into());
            self.sim.act(&account, &Action::Deposit { wallet, asset, amount });
        }
        self.sim.admit(Credential {
            id: id.clone(),
            account,
            secret: Secret::Shared("secret".into()),
            passphrase: "words".into(),
            permissions: Permission::reading(),
            addresses: Vec::new(),
            validity: Validity::default(),
        });
        id
    }

    /// Each to an account of its own, as different people have, so that no budget is shared.
    fn connect(&self, connections: usize, interval_secs: i64) {
        let now = Clock::System.now();
        let origin = origin_of(&self.sim.base_url("okx"));
        let vault = Vault::new(Key::parse(&KEY.repeat(32)).expect("a key"), "bench", &BTreeSet::new());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let store: Arc<PgStore> = Arc::new(PgStore::open(&self.url, None, now).await.expect("a database"));
            let mut adding = JoinSet::new();
            for nth in 0..connections {
                let id = self.account(nth);
                let values = [("api_key", id.as_str()), ("api_secret", "secret"), ("passphrase", "words")];
                let values = values.into_iter().map(|(name, value)| (name.to_string(), Some(value.into())));
                let credentials = vault.sealing(&origin, values.collect(), now).expect("an open vault seals");
                let draft = ConnectionDraft {
                    id: None,
                    provider: "okx".into(),
                    label: format!("c{nth}"),
                    settings: BTreeMap::new(),
                    credentials,
                    owner: None,
                    sync_enabled: true,
                    interval_secs,
                    streams: vec!["balances".into()],
                    now,
                };
                let store = Arc::clone(&store);
                adding.spawn(async move { store.put_connection(draft).await.expect("a connection") });
                if adding.len() >= 500 {
                    adding.join_next().await;
                }
            }
            adding.join_all().await;
        });
    }

    fn worker(&self, nth: usize) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_foliosync"));
        let log = std::fs::File::options().create(true).append(true).open(self.log(nth)).expect("a log");
        command.arg("worker").env("FOLIOSYNC_STORE", &self.url).env("FOLIOSYNC_RUNS_LIVE_MAX", "50");
        command.env("FOLIOSYNC_CONFIG", self.folder.path().join("config.toml"));
        command.env("FOLIOSYNC_KEY_FILE", self.folder.path().join("key")).env("FOLIOSYNC_LOG", "info");
        command.stdin(Stdio::null()).stderr(log).spawn().expect("a worker")
    }

    fn log(&self, nth: usize) -> std::path::PathBuf {
        self.folder.path().join(format!("worker-{nth}.log"))
    }

    fn number(&self, sql: &str) -> i64 {
        self.cluster.ask(DATABASE, sql).parse().unwrap_or_else(|error| panic!("{sql}: {error}"))
    }
}

/// Kills with -9, one after the other, and starts another in its place; restarts PostgreSQL once, in the middle.
fn rage(stage: &Stage, time: Duration) -> (usize, Vec<Child>) {
    let mut workers: Vec<Child> = (0..WORKERS).map(|nth| stage.worker(nth)).collect();
    let (start, mut kills, mut restarted) = (Instant::now(), 0, false);
    while start.elapsed() < time {
        support::pause(KILL_EVERY);
        if !restarted && start.elapsed() > time / 2 {
            stage.cluster.restart();
            restarted = true;
            println!("  {:4} s  PostgreSQL restarted", start.elapsed().as_secs());
        }
        let nth = kills % WORKERS;
        workers[nth].kill().expect("a worker of ours");
        workers[nth].wait().expect("its end");
        workers[nth] = stage.worker(nth);
        kills += 1;
        if kills % 12 == 0 {
            let done = stage.number("SELECT count(*) FROM sync.runs WHERE outcome = 'ok'");
            let late = stage.number("SELECT count(*) FROM sync.leases WHERE due_at < now() AND worker IS NULL");
            println!("  {:4} s  {kills} kills, {done} runs ended well, {late} are due", start.elapsed().as_secs());
        }
    }
    (kills, workers)
}

fn lines(path: &Path, word: &str) -> usize {
    std::fs::read_to_string(path).map_or(0, |text| text.lines().filter(|line| line.contains(word)).count())
}

fn main() {
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let mut number = |or: u64| args.next().map_or(or, |arg| arg.parse().expect("a number"));
    let (connections, minutes, interval) = (number(20_000), number(20), number(600));
    let stage = Stage::build();
    let begun = Instant::now();
    stage.connect(connections as usize, interval as i64);
    println!("{connections} connections added in {:.0} s", begun.elapsed().as_secs_f64());
    let started = Clock::System.now();
    let (kills, workers) = rage(&stage, Duration::from_secs(minutes * 60));
    // The last one has only just begun.
    support::pause(KILL_EVERY);
    let mut ended_well = 0;
    for mut worker in workers {
        let pid = rustix::process::Pid::from_child(&worker);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("a worker of ours");
        ended_well += usize::from(worker.wait().expect("its end").success());
    }
    let ask = |sql: &str| stage.cluster.ask(DATABASE, sql).replace('\n', "; ");
    let fact = |name: &str, value: String| vec![name.to_string(), value];
    let well = "outcome = 'ok'";
    // A turn: from one run that ended well to the next, and to the end of the watch.
    let turns = format!(
        "WITH ends AS (SELECT connection_id, finished_at AS at FROM sync.runs WHERE {well}
                       UNION ALL SELECT id, '{started}'::timestamptz FROM sync.connections),
              turns AS (SELECT connection_id, at, lead(at, 1, (SELECT max(finished_at) FROM sync.runs)) OVER
                               (PARTITION BY connection_id ORDER BY at) - at AS took FROM ends)"
    );
    let overlaps = |outcome: &str| {
        format!(
        "SELECT count(*) || ' (by ' || coalesce(max(ended - started_at)::text, 'nothing') || ')'
         FROM (SELECT started_at, lag(finished_at) OVER of AS ended, lag(outcome) OVER of AS outcome FROM sync.runs
               WINDOW of AS (PARTITION BY connection_id ORDER BY id)) AS r WHERE started_at < ended AND outcome {outcome}"
    )
    };
    let after = format!("extract(epoch FROM at - '{started}'::timestamptz)");
    let mut rows = vec![
        fact("workers killed with -9", kills.to_string()),
        fact("workers told to end that ended well", format!("{ended_well} of {WORKERS}")),
        fact("runs that ended well", ask(&format!("SELECT count(*) FROM sync.runs WHERE {well}"))),
        fact("runs that were interrupted", ask("SELECT count(*) FROM sync.runs WHERE outcome = 'interrupted'")),
        fact("runs that ended otherwise", ask(
            "SELECT count(*) || coalesce(' (' || min(outcome || ': ' || error) || ')', '')
             FROM sync.runs WHERE outcome NOT IN ('ok', 'interrupted')")),
        fact("runs left open", ask("SELECT count(*) FROM sync.runs WHERE finished_at IS NULL")),
        fact("connections never synced", ask(&format!(
            "SELECT count(*) FROM sync.connections WHERE id NOT IN (SELECT connection_id FROM sync.runs WHERE {well})"))),
        fact("fewest and most good runs of a connection", ask(&format!(
            "SELECT min(n) || ' and ' || max(n) FROM (SELECT count(*) AS n FROM sync.runs WHERE {well} GROUP BY connection_id) AS c"))),
        fact("first sync after, median and longest (s)", ask(&format!(
            "{turns} SELECT round(percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM took))) || ' and ' ||
                     round(max(extract(epoch FROM took))) FROM turns WHERE {after} = 0"))),
        fact("later turns, median, 99 % and longest (s)", ask(&format!(
            "{turns} SELECT coalesce(round(percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM took))) || ', ' ||
                     round(percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM took))) || ' and ' ||
                     round(max(extract(epoch FROM took))), 'none') FROM turns WHERE {after} > 0"))),
        fact("turns longer than the interval and a minute", ask(&format!(
            "{turns} SELECT count(*) FROM turns WHERE took > interval '{} seconds'", interval + 60))),
        fact("of these, while runs were interrupted in them", ask(&format!(
            "{turns} SELECT count(*) FROM turns WHERE took > interval '{} seconds' AND EXISTS (SELECT 1 FROM sync.runs AS r
                     WHERE r.connection_id = turns.connection_id AND r.outcome = 'interrupted'
                       AND r.started_at BETWEEN at AND at + took)", interval + 60))),
        fact("runs that began before another of theirs ended by itself", ask(&overlaps("<> 'interrupted'"))),
        // When a claim was asked for, it says; when what was left of a killed worker was closed, somebody else says.
        fact("runs asked for before a killed one of theirs was closed", ask(&overlaps("= 'interrupted'"))),
        fact("balances, and different ones by connection and wallet", ask(
            "SELECT count(*) || ' and ' || count(DISTINCT (connection_id, wallet, asset)) FROM accounts.balances")),
        fact("connections whose balances are not the account's", ask(&format!(
            "SELECT count(*) FROM sync.connections WHERE id NOT IN (SELECT connection_id FROM accounts.balances
             GROUP BY 1 HAVING count(*) = {} AND sum(total) = {})", HELD.len(), HELD.iter().map(|(_, total)| total).sum::<i64>()))),
    ];
    let requests = stage.sim.stats().providers.get("okx").map_or(0, |stats| stats.requests);
    rows.push(fact("requests to the simulator", requests.to_string()));
    let refused = stage.sim.stats().providers.get("okx").map_or(0, |stats| stats.limits_broken);
    rows.push(fact("of these, refused for too many", refused.to_string()));
    let closed: usize = (0..WORKERS).map(|nth| lines(&stage.log(nth), "a program is gone")).sum();
    rows.push(fact("times that a worker closed the runs of one that was gone", closed.to_string()));
    support::table(
        &format!(
            "{WORKERS} workers, {connections} connections each {interval} s, {minutes} minutes, PostgreSQL restarted once"
        ),
        &["", ""],
        &rows,
    );
}
