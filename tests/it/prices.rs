//! Prices through the whole program, read from simulated services.

use std::fs;

use foliosync_sim::{Plan, Sim, SimOptions};
use insta::assert_snapshot;
use serde_json::Value as Json;

use crate::world::{World, wait_until};

/// A simulator, and a world whose configuration leads there.
fn simulated() -> (World, Sim) {
    let (world, sim) = (World::new(), Sim::start(SimOptions::default()).unwrap());
    let folder = world.root().join(".config/foliosync");
    fs::create_dir_all(&folder).unwrap();
    let config = |provider: &str| format!("[providers.{provider}]\nbase_url = \"{}\"\n", sim.base_url(provider));
    fs::write(folder.join("config.toml"), config("fmp") + &config("ecb")).unwrap();
    (world, sim)
}

/// A connection to the simulated FMP with a key of its own.
fn fmp(world: &World, sim: &Sim, label: &str, plan: &str, more: &[&str]) {
    let known = if plan == "free" { Plan::fmp_free() } else { Plan::fmp_starter() };
    sim.add_key("fmp", &format!("key-of-{label}"), known);
    fs::write(world.root().join("key"), format!("key-of-{label}")).unwrap();
    let plan = format!("plan={plan}");
    let args = ["connect", "add", "fmp", "--label", label, "--credential", "api_key=@key", "--set", &plan];
    world.ok(&[&args, more].concat());
}

fn get(world: &World, path: &str) -> Json {
    let (head, body) = world.http("GET", path, "");
    assert!(head.starts_with("HTTP/1.1 200"), "{path}: {head}\n{body}");
    serde_json::from_str(&body).unwrap()
}

fn refused(world: &World, method: &str, path: &str, body: &str) -> String {
    let (head, body) = world.http(method, path, body);
    let (_, status) = head.lines().next().unwrap().split_once(' ').unwrap();
    format!("{} {body}", &status[..3])
}

fn price(world: &World, instrument: &str) -> Json {
    let all = get(world, "/api/prices");
    let rows = all["prices"].as_array().unwrap();
    rows.iter().find(|row| row["instrument"] == instrument).cloned().unwrap_or_default()
}

#[test]
fn prices_arrive_with_their_age_and_what_lacks_one_says_why() {
    let (world, sim) = simulated();
    fmp(&world, &sim, "prices", "starter", &[]);
    assert_snapshot!(world.ok(&["prices"]), @"No prices yet; say what is to be priced: foliosync instruments add AAPL");
    assert_snapshot!(world.ok(&["instruments", "add", "AAPL", "crypto:BTC", "NOSUCH", "future:ESZ26"]), @r"
    added crypto:BTC: priced by prices
    added future:ESZ26: unpriced: no connection of yours prices it: add one that does, or say under which name one knows it: foliosync instruments map PROVIDER:SYMBOL future:ESZ26
    added stock:AAPL: priced by prices
    added stock:NOSUCH: priced by prices
    read their prices now: foliosync sync
    ");
    assert_snapshot!(world.ok(&["prices", "AAPL"]), @r"
    SYMBOL     PRICE  CURRENCY  CHANGE %  AS OF  FRESHNESS  SOURCE
    AAPL    unpriced                             never

    AAPL: prices has not read it yet
    ");
    world.run(&["sync"]);

    let told = world.ok(&["prices"]);
    let line = |symbol: &str| told.lines().find(|line| line.starts_with(symbol)).unwrap().to_string();
    for (symbol, parts) in [("AAPL", ["USD", "fmp"]), ("BTC", ["USD", "fmp"]), ("NOSUCH", ["unpriced", "never"])] {
        assert!(parts.iter().all(|part| line(symbol).contains(part)), "{told}");
    }
    assert!(told.contains("\nNOSUCH: prices: "), "{told}");
    assert!(told.contains("\nESZ26: no connection of yours prices it"), "{told}");
    assert!(told.ends_with("2 unpriced\n"), "{told}");
    assert_eq!(world.ok(&["prices", "stock:AAPL"]).lines().count(), 2);
    assert_snapshot!(world.said(&["prices", "APL"]), @r"
    error: `APL` is not among the prices
      did you mean `AAPL`? add it: foliosync instruments add APL
    exit 2
    ");

    let apple = price(&world, "stock:AAPL");
    assert!(apple["currentPrice"].is_string() && apple["asOf"].is_string(), "{apple}");
    assert_eq!(price(&world, "stock:NOSUCH")["currentPrice"], Json::Null);
    let first = get(&world, "/api/prices?limit=1");
    assert_eq!(first["totals"]["unpriced"], 2, "over all, not over the page");
    assert_eq!((first["totals"]["partial"].clone(), first["nextAfter"].clone()), (true.into(), "crypto:BTC".into()));
    let rest = get(&world, "/api/prices?after=crypto%3ABTC");
    assert_eq!((rest["prices"].as_array().unwrap().len(), rest["nextAfter"].clone()), (3, Json::Null));
    assert!(get(&world, "/api/prices?changedSince=2100-01-01T00:00:00Z")["prices"].as_array().unwrap().is_empty());

    let days = get(&world, "/api/prices/stock%3AAAPL/history?limit=3");
    assert_eq!(days["bars"].as_array().unwrap().len(), 3, "{days}");
    let before = days["nextBefore"].as_str().unwrap();
    assert_eq!(days["bars"][2]["date"], before);
    let older = get(&world, &format!("/api/prices/AAPL/history?limit=1&before={before}"));
    assert!(older["bars"][0]["date"].as_str().unwrap() < before, "{older}");
    let none = get(&world, "/api/prices/AAPL/history?from=2100-01-01");
    assert_eq!((none["bars"].clone(), none["nextBefore"].clone()), (Json::Array(Vec::new()), Json::Null));

    world.ok(&["instruments", "remove", "NOSUCH"]);
    assert_eq!(get(&world, "/api/prices")["totals"]["unpriced"], 1);
    world.ok(&["instruments", "remove", "BTC"]);
    assert_eq!(price(&world, "crypto:BTC")["watched"], false, "its last price stays");
    assert!(!world.ok(&["prices"]).contains("BTC"));
}

#[test]
fn what_is_left_to_ask_with_is_shown_and_a_connection_can_be_tried_out() {
    let (world, sim) = simulated();
    fmp(&world, &sim, "prices", "starter", &[]);
    assert_snapshot!(world.said(&["connect", "test", "prices"]), @r"
    prices: it answers: 1 symbol read
    exit 0
    ");
    let quotas = get(&world, "/api/quotas");
    let quota = &quotas["quotas"][0];
    assert_eq!(
        (&quota["provider"], &quota["limit"], &quota["weightMax"]),
        (&"fmp".into(), &"minute".into(), &300.into())
    );
    assert_eq!(quota["connections"], Json::Array(vec![1.into()]));
    assert!(!quotas.to_string().contains("key-of-prices"), "{quotas}");
    assert_eq!(get(&world, "/api/freshness")["budgets"][0]["provider"], "fmp");
    assert_eq!(world.value("SELECT count(*) FROM market.quotes"), 0, "nothing was stored");

    sim.remove_key("fmp", "key-of-prices");
    let tried = world.run(&["connect", "test", "prices"]);
    assert_eq!(tried.code, Some(1), "{tried:?}");
    assert!(tried.out.starts_with("prices: Financial Modeling Prep does not accept the API key"), "{tried:?}");
    let doctor = world.run(&["doctor"]);
    assert_eq!(doctor.code, Some(1), "{doctor:?}");
    assert!(doctor.out.contains("PROBLEM  `prices`: Financial Modeling Prep does not accept"), "{doctor:?}");
    world.ok(&["instruments", "add", "AAPL"]);
    assert_eq!(world.run(&["sync"]).code, Some(1));
    let status = world.ok(&["status"]);
    assert!(status.contains("NEEDS_ATTENTION"), "{status}");
    assert!(
        status.contains("nothing happens until you act; then try it out: foliosync connect test prices"),
        "{status}"
    );
    assert!(status.contains("0 priced, 0 of them old, 1 unpriced"), "{status}");
    assert!(status.contains("\nfmp minute "), "{status}");
    assert!(status.ends_with("Schedules run while `foliosync serve` does; `foliosync sync` syncs now.\n"), "{status}");
    assert!(!world.ok(&["status", "--json"]).contains("key-of-prices"));
}

#[test]
fn what_does_not_fit_the_limits_is_refused_with_what_would() {
    let (world, sim) = simulated();
    fmp(&world, &sim, "free", "free", &["--every", "15"]);
    world.ok(&["instruments", "add", "AAPL"]);
    assert_snapshot!(world.said(&["instruments", "add", "MSFT", "NVDA", "TSLA"]), @r"
    error: requests for 4 symbols every 15 minutes are more than Financial Modeling Prep allows `free`
      the shortest interval that fits is 27 minutes: --every 27
    exit 2
    ");
    assert_eq!(get(&world, "/api/instruments")["instruments"].as_array().unwrap().len(), 1, "all or none");
    assert_snapshot!(world.said(&["connect", "edit", "free", "--every", "1"]), @r"
    error: requests for 1 symbol every minute are more than Financial Modeling Prep allows `free`
      the shortest interval that fits is 7 minutes: --every 7
    exit 2
    ");
}

#[test]
fn a_symbol_that_one_plan_lacks_is_read_by_the_next_connection_at_once() {
    let (world, sim) = simulated();
    fmp(&world, &sim, "first", "free", &["--set", "priority=1"]);
    fmp(&world, &sim, "second", "starter", &["--set", "priority=2"]);
    world.ok(&["instruments", "add", "SYM00001"]);
    assert_eq!(get(&world, "/api/instruments")["instruments"][0]["pricedBy"]["connection"], 1);
    world.run(&["sync", "first"]);
    assert_eq!(get(&world, "/api/instruments")["instruments"][0]["pricedBy"]["connection"], 2);
    wait_until("it is priced", || price(&world, "stock:SYM00001")["currentPrice"].is_string());

    world.ok(&["connect", "edit", "second", "--disable"]);
    let unpriced = get(&world, "/api/instruments")["instruments"][0]["unpriced"].clone();
    assert_eq!(unpriced, "the plan of `first` does not include it, and no other connection of yours prices it");
}

#[test]
fn instruments_are_read_as_people_write_them_and_mapped_where_nobody_can_guess() {
    let world = World::new();
    let add = |body: &str| refused(&world, "POST", "/api/instruments", body);
    assert_snapshot!(world.ok(&["instruments", "list"]), @"No instruments yet; add one: foliosync instruments add AAPL");
    assert_snapshot!(world.said(&["instruments", "add", "AAPL", "brk b", "VOD.L"]), @r"
    added stock:AAPL: unpriced: no connection of yours prices it: add one that does, or say under which name one knows it: foliosync instruments map PROVIDER:SYMBOL stock:AAPL
    added stock:BRK.B: unpriced: no connection of yours prices it: add one that does, or say under which name one knows it: foliosync instruments map PROVIDER:SYMBOL stock:BRK.B
    added stock:VOD@XLON: unpriced: no connection of yours prices it: add one that does, or say under which name one knows it: foliosync instruments map PROVIDER:SYMBOL stock:VOD@XLON
    exit 0
    ");
    assert_snapshot!(world.said(&["instruments", "add", "AAPL.XX"]), @r"
    error: `.XX` in `AAPL.XX` is no venue that is known: write AAPL@ and the four letters of its MIC
      for example: AAPL, VOD.L, crypto:BTC, EUR/USD
    exit 2
    ");
    assert_snapshot!(world.said(&["instruments", "add", "AAPL", "--kind", "share"]), @r"
    error: `share` is not a kind of instrument
      there are: stock, etf, fund, crypto, option, future, fx, cash
    exit 2
    ");
    assert_snapshot!(world.said(&["instruments", "add", "VOD.L", "--currency", "GBp"]), @r"
    error: `GBp` is not a currency
      a currency such as USD or GBP; the part in which one provider quotes it goes with the listing
    exit 2
    ");
    assert_snapshot!(world.said(&["instruments", "add", "A", "B", "--name", "Both"]), @r"
    error: --name was given for several symbols
      add that one alone
    exit 2
    ");
    assert_snapshot!(world.said(&["instruments", "remove", "APPL"]), @r"
    error: there is no instrument `APPL`
      did you mean `AAPL`? add it: foliosync instruments add APPL
    exit 2
    ");
    assert_snapshot!(world.said(&["instruments", "map", "fmp", "AAPL"]), @r"
    error: `fmp` is not PROVIDER:SYMBOL
      for example: foliosync instruments map fmp:VOD.L VOD.L --unit GBp
    exit 2
    ");
    assert_snapshot!(world.said(&["instruments", "map", "fpm:VOD.L", "VOD.L"]), @r"
    error: there is no provider `fpm`
      did you mean `fmp`? there are: tradelog, market_csv, fmp, tiingo, ecb, binance, okx, alpaca, ibkr_flex, nocodb
    exit 2
    ");
    assert_snapshot!(world.said(&["instruments", "map", "fmp:VOD.L", "VOD.L", "--unit", "pence"]), @r"
    error: `pence` is not a unit of price
      a currency such as USD, or a part of one as exchanges write it: GBp, GBX, ILA, ZAc
    exit 2
    ");
    assert_snapshot!(world.said(&["instruments", "map", "fmp:VOD.L", "stock:VOD@XLON", "--unit", "GBp"]), @r"
    fmp:VOD.L is stock:VOD@XLON
    exit 0
    ");
    let listed = get(&world, "/api/instruments");
    let vodafone = listed["instruments"].as_array().unwrap().iter().find(|one| one["id"] == "stock:VOD@XLON").unwrap();
    assert_eq!(
        (&vodafone["listings"][0]["unit"], &vodafone["listings"][0]["mappedBy"]),
        (&"GBp".into(), &"user".into())
    );

    assert!(add(r#"{"symbol":"MSFT","name":"Microsoft"}"#).starts_with("201 "));
    assert!(add(r#"{"instruments":[{"symbol":"MSFT"},{"symbol":"msft","isin":"US5949181045"}]}"#).starts_with("201 "));
    let microsoft = get(&world, "/api/instruments")["instruments"].as_array().unwrap().clone();
    let microsoft = microsoft.iter().find(|one| one["id"] == "stock:MSFT").unwrap();
    assert_eq!((&microsoft["name"], &microsoft["isin"]), (&"Microsoft".into(), &"US5949181045".into()));
    assert_snapshot!(add("{}"), @r#"400 {"code":"input","message":"there is no `symbol`, and no list of `instruments`","hint":""}"#);
    assert_snapshot!(add(r#"{"instruments":[]}"#), @r#"400 {"code":"input","message":"there is no instrument to add","hint":"for example: AAPL, VOD.L, crypto:BTC, EUR/USD"}"#);
    assert_snapshot!(add(r#"{"instruments":[],"symbol":"X"}"#), @r#"400 {"code":"input","message":"give one instrument or a list of them, not both","hint":""}"#);
    assert_snapshot!(add(r#"{"symbl":"X"}"#), @r#"400 {"code":"input","message":"the body cannot be read: unknown field `symbl`, expected one of `instruments`, `symbol`, `kind`, `name`, `currency`, `isin` at line 1 column 8","hint":"did you mean `symbol`?"}"#);
    assert_snapshot!(refused(&world, "GET", "/api/prices/nothing/history", ""), @r#"404 {"code":"not_found","message":"there is no instrument `nothing`","hint":"add it: foliosync instruments add nothing"}"#);
    assert_eq!(get(&world, "/api/instruments/unmapped")["listings"], Json::Array(Vec::new()));
    assert!(refused(&world, "DELETE", "/api/instruments/stock%3AVOD%40XLON", "").starts_with("204 "));
}

#[test]
fn rates_come_with_their_date_and_their_way_or_not_at_all() {
    let (world, _sim) = simulated();
    world.ok(&["connect", "add", "ecb", "--label", "rates", "--set", "history_days=30"]);
    assert_snapshot!(refused(&world, "GET", "/api/fx?base=EUR&quote=USD&date=2026-01-02", ""), @r#"404 {"code":"not_found","message":"there is no rate from EUR to USD for 2026-01-02, nor for the 7 days before it","hint":"add a source of rates and sync it: foliosync connect add ecb --label ecb"}"#);
    world.ok(&["sync"]);
    let rate = get(&world, "/api/fx?base=eur&quote=USD");
    assert_eq!((&rate["how"], &rate["side"], &rate["provider"]), (&"direct".into(), &"mid".into(), &"ecb".into()));
    assert!(rate["ageDays"].as_i64().unwrap() <= 7, "{rate}");
    assert_eq!(get(&world, "/api/fx?base=USD&quote=EUR")["how"], "inverse");
    let cross = get(&world, "/api/fx?base=GBP&quote=USD");
    assert_eq!((&cross["how"], &cross["via"]), (&"triangulated".into(), &"EUR".into()));
    assert_snapshot!(refused(&world, "GET", "/api/fx?base=GBp&quote=USD", ""), @r#"400 {"code":"input","message":"`GBp` is not a currency","hint":"it is a part of GBP: ask for GBP"}"#);
    assert_snapshot!(refused(&world, "GET", "/api/fx?base=E&quote=USD", ""), @r#"400 {"code":"input","message":"`E` is not a currency","hint":"write it like EUR, USD or BTC"}"#);
}

#[test]
fn a_server_of_the_users_own_keeps_the_schedules() {
    let (world, _sim) = simulated();
    world.write_block("condor", 3, 0);
    world.connect();
    world.ok(&["connect", "add", "ecb", "--label", "rates"]);
    let token = world.token("read");
    let serving =
        world.serve(&[("FOLIOSYNC_SCHEDULES", "true"), ("FOLIOSYNC_LOG", "debug"), ("FOLIOSYNC_LOG_FORMAT", "json")]);
    let all = || serving.get("/api/connections", &token).json()["connections"].as_array().unwrap().clone();
    wait_until("both have synced by themselves", || all().iter().all(|one| one["lastSyncAt"].is_string()));
    wait_until("both have ended", || all().iter().all(|one| one["status"] == "CONNECTED"));
    assert!(all().iter().all(|one| one["lastRun"]["trigger"] == "schedule"));
    let status = world.ok(&["status"]);
    assert!(!status.contains("Schedules run") && status.contains("  in "), "{status}");

    let counters = serving.get("/metrics", &token).body;
    for part in [
        r#"foliosync_runs_total{provider="ecb",outcome="ok"} 1"#,
        r#"foliosync_requests_total{provider="ecb",status="200"} "#,
        "foliosync_runs_live 0",
        "foliosync_due_lag_seconds ",
        "foliosync_commit_seconds_count ",
    ] {
        assert!(counters.contains(part), "{part} in {counters}");
    }
    let log = serving.stop().err;
    let lines: Vec<Json> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ended =
        lines.iter().find(|line| line["fields"]["message"] == "a run ended" && line["span"]["provider"] == "ecb");
    assert_eq!(ended.unwrap()["span"]["connection"], 2, "{ended:?}");
    assert!(ended.unwrap()["span"]["run"].is_number());
}
