//! The mirror through the whole program, in a real NocoDB that `scripts/nocodb.sh` started.

use std::fs;
use std::time::Duration;

use foliosync_sim::{Plan, Sim, SimClock, SimOptions};
use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::world::{Serving, World, kill, wait_until};

/// NocoDB's own interface, as its users' programs see it.
struct NocoDb {
    url: String,
    session: String,
    token: String,
    /// Its id and its title.
    base: String,
    title: String,
    runtime: tokio::runtime::Runtime,
    client: reqwest::Client,
}

impl NocoDb {
    /// With a base of its own.
    fn new(title: &str) -> NocoDb {
        let started = std::env::var("FOLIOSYNC_TEST_NOCODB");
        let started =
            started.expect("set FOLIOSYNC_TEST_NOCODB to what scripts/nocodb.sh prints, or --skip nocodb::nocodb_");
        let words: Vec<&str> = started.split_whitespace().collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .pool_max_idle_per_host(0)
            .timeout(Duration::from_secs(60))
            .build()
            .unwrap();
        let url = words[0].to_string();
        // It may be there from an earlier run.
        let title = format!("{title} {}", std::process::id());
        let mut noco =
            NocoDb { url, session: String::new(), token: String::new(), base: String::new(), title, runtime, client };
        let who = json!({ "email": words[1], "password": words[2] });
        noco.session = text(&noco.ask(Method::POST, "/api/v1/auth/user/signin", &who)["token"]);
        noco.token = text(&noco.ask(Method::POST, "/api/v1/tokens", &json!({ "description": noco.title }))["token"]);
        noco.base = text(&noco.ask(Method::POST, "/api/v2/meta/bases", &json!({ "title": noco.title }))["id"]);
        noco
    }

    fn ask(&self, method: Method, path: &str, body: &Json) -> Json {
        let request = self.client.request(method.clone(), format!("{}{path}", self.url));
        let mut request = request.header("xc-auth", &self.session);
        if !body.is_null() {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        self.runtime.block_on(async {
            let answer = request.send().await.unwrap();
            let status = answer.status();
            let text = answer.text().await.unwrap();
            assert!(status.is_success(), "{method} {path}: {status} {text}");
            serde_json::from_str(&text).unwrap_or_default()
        })
    }

    fn get(&self, path: &str) -> Json {
        self.ask(Method::GET, path, &Json::Null)
    }

    fn table(&self, title: &str) -> Option<String> {
        let all = self.get(&format!("/api/v2/meta/bases/{}/tables", self.base));
        let all = all["list"].as_array().unwrap().clone();
        all.iter().find(|table| table["title"] == title).map(|table| text(&table["id"]))
    }

    fn records(&self, title: &str) -> String {
        format!("/api/v2/tables/{}/records", self.table(title).unwrap())
    }

    fn rows(&self, title: &str) -> Vec<Json> {
        let (records, mut rows) = (self.records(title), Vec::<Json>::new());
        loop {
            let last = rows.last().map_or(0, |row| row["Id"].as_i64().unwrap());
            let page = self.get(&format!("{records}?limit=1000&sort=Id&where=(Id,gt,{last})"));
            let page = page["list"].as_array().unwrap().clone();
            if page.is_empty() {
                return rows;
            }
            rows.extend(page);
        }
    }

    fn row(&self, title: &str, column: &str, value: &str) -> Json {
        self.rows(title).into_iter().find(|row| row[column] == value).unwrap_or_default()
    }

    fn write(&self, method: Method, title: &str, rows: Json) {
        self.ask(method, &self.records(title), &rows);
    }
}

fn text(value: &Json) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_string()
}

const PRIVATE: (&str, &str) = ("FOLIOSYNC_PRIVATE_NETWORKS", "127.0.0.1");

/// A server with prices from a simulator, and a mirror of these tables.
fn mirrored(title: &str, tables: &str) -> (World, Sim, NocoDb, Serving) {
    let (world, noco) = (World::new(), NocoDb::new(title));
    // While exchanges are open, so that prices move.
    let clock = SimClock::At("2026-11-20T17:00:00Z".parse().unwrap());
    let sim = Sim::start(SimOptions { clock, ..SimOptions::default() }).unwrap();
    let folder = world.root().join(".config/foliosync");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), format!("[providers.fmp]\nbase_url = \"{}\"\n", sim.base_url("fmp")))
        .unwrap();
    let serving = world.serve(&[PRIVATE]);
    sim.add_key("fmp", "a-key", Plan::fmp_starter());
    fs::write(world.root().join("key"), "a-key").unwrap();
    fs::write(world.root().join("token"), &noco.token).unwrap();
    let fmp = ["connect", "add", "fmp", "--label", "prices", "--credential", "api_key=@key", "--set", "plan=starter"];
    world.ok(&[&fmp[..], &["--set", "history_years=1"]].concat());
    world.connect();
    let place = ["--url", &noco.url, "--base", &noco.title, "--tables", tables, "--credential", "token=@token"];
    world.ok(&[&["mirror", "add", "nocodb", "--label", "noco"][..], &place].concat());
    (world, sim, noco, serving)
}

/// Numbers of both sides, without the zeros behind their last digit.
fn number(value: &Json) -> Option<String> {
    let text = match value {
        Json::Null => return None,
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    Some(if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text })
}

/// All days here and there, with their closes.
#[track_caller]
fn days_are_equal(world: &World, noco: &NocoDb) {
    let sql = "SELECT i.symbol || ' ' || CAST(h.date AS VARCHAR), CAST(h.close_price AS VARCHAR)
               FROM market.price_history h JOIN market.instruments i ON i.id = h.instrument_id";
    let mut ours: Vec<_> = world.rows(sql).into_iter().map(|row| (text(&row[0]), number(&row[1]))).collect();
    let theirs = noco.rows("price_history");
    let key = |row: &Json| format!("{} {}", text(&row["symbol"]), text(&row["date"]));
    let mut theirs: Vec<_> = theirs.iter().map(|row| (key(row), number(&row["close_price"]))).collect();
    ours.sort();
    theirs.sort();
    assert_eq!(ours.len(), theirs.len());
    assert_eq!(ours, theirs);
}

#[test]
fn nocodb_has_what_the_store_has_and_people_keep_theirs() {
    let (world, sim, noco, _serving) = mirrored("kept", "symbols, price_history, settings, trades.trade_data");
    assert_eq!(world.ok(&["mirror", "test", "noco"]), "noco: it answers: 4 tables read\n");
    assert!(noco.table("symbols").is_none(), "trying it out wrote something");
    assert!(world.ok(&["mirror", "list"]).contains("noco   nocodb  on"), "{}", world.ok(&["mirror", "list"]));
    world.write_block("one", 40, 1);
    world.ok(&["instruments", "add", "AAPL", "MSFT"]);
    world.ok(&["sync"]);
    assert!(noco.table("symbols").is_none(), "a sync of everything reads sources");
    world.ok(&["sync", "noco"]);
    let price = |symbol: &str| {
        let sql = format!("SELECT CAST(current_price AS VARCHAR) FROM market.symbols WHERE symbol = '{symbol}'");
        number(&world.value(&sql))
    };
    assert!(price("AAPL").is_some());
    assert_eq!(number(&noco.row("symbols", "symbol", "AAPL")["current_price"]), price("AAPL"));
    let synced = world.value("SELECT value FROM sync.settings WHERE key = 'last_synced'");
    assert_eq!(noco.row("settings", "key", "last_synced")["value"], synced, "the mirror itself moves it not");
    assert_eq!(noco.rows("trades_trade_data").len(), 40);
    days_are_equal(&world, &noco);

    // People have a column, and rows of their own, and type a symbol.
    let table = noco.table("symbols").unwrap();
    let column = json!({ "title": "note", "column_name": "note", "uidt": "SingleLineText" });
    noco.ask(Method::POST, &format!("/api/v2/meta/tables/{table}/columns"), &column);
    let apple = noco.row("symbols", "symbol", "AAPL")["Id"].clone();
    noco.write(Method::PATCH, "symbols", json!([{ "Id": apple, "note": "mine" }]));
    noco.write(Method::POST, "symbols", json!([{ "symbol": "vod.l", "name": "My phones" }]));
    noco.write(Method::POST, "settings", json!([{ "key": "theirs", "value": "kept" }]));
    // One of ours goes away there, and prices and trades change here.
    let microsoft = noco.row("symbols", "symbol", "MSFT")["Id"].clone();
    noco.write(Method::DELETE, "symbols", json!([{ "Id": microsoft }]));
    sim.advance(jiff::SignedDuration::from_hours(2));
    world.write_block("one", 25, 1);
    world.ok(&["sync"]);
    world.ok(&["sync", "noco"]);
    world.ok(&["sync"]);
    assert!(price("VOD").is_some(), "the symbol that was typed has a price");
    world.ok(&["sync", "noco"]);
    assert_eq!(noco.rows("symbols").len(), 3);
    for (symbol, there) in [("AAPL", "AAPL"), ("MSFT", "MSFT"), ("VOD", "VOD.L")] {
        assert_eq!(number(&noco.row("symbols", "symbol", there)["current_price"]), price(symbol), "{symbol}");
    }
    assert_eq!(noco.row("symbols", "symbol", "AAPL")["note"], "mine");
    assert_eq!(noco.row("symbols", "symbol", "VOD.L")["name"], "My phones");
    assert_eq!(noco.row("settings", "key", "theirs")["value"], "kept");
    assert_eq!(noco.rows("trades_trade_data").len(), 25);

    fs::write(world.root().join("token"), "no-such-token").unwrap();
    world.ok(&["connect", "edit", "noco", "--credential", "token=@token"]);
    let said = world.said(&["sync", "noco"]);
    assert!(said.contains("NocoDB refuses the token; make one there"), "{said}");
    assert_eq!(world.ok(&["mirror", "remove", "noco", "--yes"]), "removed `noco`; what it wrote there stays\n");
    assert_eq!(world.value("SELECT count(*) FROM sync.mirror_rows"), 0);
    assert_eq!(noco.rows("symbols").len(), 3);
}

#[test]
fn nocodb_has_every_row_once_after_a_kill_in_the_middle() {
    let (world, _sim, noco, serving) = mirrored("killed", "price_history");
    let symbols: Vec<String> = (1..=15).map(|nth| format!("SYM{nth:05}")).collect();
    let symbols: Vec<&str> = symbols.iter().map(String::as_str).collect();
    world.ok(&[&["instruments", "add"], symbols.as_slice()].concat());
    world.ok(&["sync"]);
    let days = world.value("SELECT count(*) FROM market.price_history").as_u64().unwrap();
    assert!(days > 2_000, "{days}");
    let syncing = world.spawn(&["sync", "noco"]);
    let there = || {
        let count = noco.table("price_history").map(|id| noco.get(&format!("/api/v2/tables/{id}/records/count")));
        count.and_then(|count| count["count"].as_u64()).unwrap_or(0)
    };
    wait_until("some days are there", || there() > 200);
    kill(serving.running.0.id().cast_signed());
    drop((serving, syncing));
    assert!(there() < days, "all of them were there before the kill");
    let _serving = world.serve(&[PRIVATE]);
    world.ok(&["sync", "noco"]);
    days_are_equal(&world, &noco);
    assert_eq!(world.value("SELECT count(*) FROM sync.mirror_rows WHERE ours AND row_id IS NOT NULL"), days);
}

#[test]
fn an_address_that_nobody_listed_is_not_reached() {
    let world = World::new();
    let _serving = world.serve(&[]);
    fs::write(world.root().join("token"), "a-token").unwrap();
    let check = |url: &str, says: &str| {
        let label = format!("at {}", url.len());
        let place = ["--url", url, "--base", "folio", "--credential", "token=@token"];
        world.ok(&[&["mirror", "add", "nocodb", "--label", &label][..], &place].concat());
        let said = world.said(&["mirror", "test", &label]);
        assert!(said.contains(says) && said.ends_with("exit 1"), "{said}");
    };
    check("http://127.0.0.1:9", "list its network under private_networks to allow it");
    check("https://169.254.169.254", "where nothing is sent");
    check("http://1.1.1.1", "its address must begin with https");
}
