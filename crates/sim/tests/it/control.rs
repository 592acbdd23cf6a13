use foliosync_sim::{Sim, SimOptions};
use serde_json::{Value, json};

use crate::support::{FRIDAY_NOON, World};

async fn post(world: &World, path: &str, body: Value) -> (u16, Value) {
    let url = world.sim.base_url("sim") + path;
    let response = world.client.post(url).body(body.to_string()).send().await.unwrap();
    (response.status().as_u16(), serde_json::from_str(&response.text().await.unwrap()).unwrap())
}

async fn get(world: &World, path: &str) -> Value {
    serde_json::from_str(&world.get(&format!("sim{path}")).await.text).unwrap()
}

#[tokio::test]
async fn scripts_drive_it_over_http() {
    let world = World::start(FRIDAY_NOON);
    let fault = json!({
        "provider": "binance",
        "fault": { "kind": "status", "code": 429, "retry_after": 7 },
        "when": { "next": 1, "path_contains": "time" },
    });
    assert_eq!(post(&world, "/faults", fault).await.0, 200);
    let answer = world.get("binance/api/v3/time").await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("7")));
    assert_eq!(get(&world, "/faults").await[0]["hits"], 1);
    let cleared = world.client.delete(world.sim.base_url("sim") + "/faults").send().await.unwrap();
    assert_eq!(cleared.text().await.unwrap(), "[]");

    assert_eq!(post(&world, "/now", json!({ "advance_seconds": 60 })).await.1["now"], "2026-11-20T17:01:00Z");
    assert_eq!(post(&world, "/now", json!({ "now": "2026-11-23T15:00:00Z" })).await.1["now"], "2026-11-23T15:00:00Z");
    assert_eq!(get(&world, "/now").await["now"], "2026-11-23T15:00:00Z");

    post(&world, "/now", json!({ "ahead_seconds": 3600 })).await;
    let ahead = world.sim.now().duration_since(jiff::Timestamp::now()).as_secs();
    assert!((3590..=3600).contains(&ahead), "{ahead}");
    post(&world, "/now", json!({ "now": "2026-11-23T15:00:00Z" })).await;

    let event = json!({ "kind": "correct_close", "symbol": "AAPL", "date": "2026-11-20", "value": "123.45" });
    assert_eq!(post(&world, "/events", event).await, (200, json!({})));
    assert!(world.get("fmp/stable/quote?symbol=AAPL").await.text.contains(r#""previousClose":123.45,"#));

    let stats = get(&world, "/stats").await;
    assert_eq!(stats["providers"]["binance"]["faults_served"], 1);
    assert_eq!(stats["providers"]["fmp"]["endpoints"]["/stable/quote"], 1);
    assert_eq!(get(&world, "/requests?provider=fmp").await[0]["query"][0][1], "AAPL");
}

#[tokio::test]
async fn scripts_open_accounts_and_let_people_in() {
    let world = World::start(FRIDAY_NOON);
    let done = (200, json!({}));
    let account = json!({ "service": "alpaca", "name": "new", "is_paper": true, "orders_per_day": 0 });
    assert_eq!(post(&world, "/accounts", account).await, done);
    let credential = json!({ "id": "PKNEW", "account": "new", "secret": { "shared": "s" } });
    assert_eq!(post(&world, "/credentials", credential).await, done);
    for action in [
        json!({ "kind": "deposit", "asset": "USD", "amount": "1000" }),
        json!({ "kind": "trade", "symbol": "F", "side": "buy", "quantity": "10", "price": "12.5", "fills": 2 }),
        json!({ "kind": "dividend", "symbol": "F", "per_share": "0.15" }),
        json!({ "kind": "sell_out", "asset": "F" }),
        json!({ "kind": "pause" }),
    ] {
        assert_eq!(post(&world, "/accounts/new", action).await, done);
    }
    let view = get(&world, "/accounts/new").await;
    assert_eq!((view["fills"].as_array().unwrap().len(), &view["fills"][0]["price"]), (3, &json!("12.5")));
    assert_eq!((&view["flows"][1]["kind"], &view["flows"][1]["amount"]), (&json!("dividend"), &json!("1.5")));
    assert_eq!(view["balances"].as_array().unwrap().len(), 1);
    assert!(get(&world, "/accounts").await.as_array().unwrap().iter().any(|one| one["name"] == "new"));

    let status = async |key: &str, secret: &str| {
        let url = world.sim.base_url("alpaca-paper") + "/v2/positions";
        let request = world.client.get(url).header("APCA-API-KEY-ID", key).header("APCA-API-SECRET-KEY", secret);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(status("PKNEW", "s").await, 200);
    for (change, want) in [
        (json!({ "permissions": [] }), 403),
        (json!({ "permissions": ["read"] }), 200),
        (json!({ "validity": "expired" }), 401),
        (json!({ "validity": "valid" }), 200),
        (json!({ "addresses": ["10.0.0.1"] }), 403),
        (json!({ "addresses": [] }), 200),
    ] {
        assert_eq!(post(&world, "/credentials/PKNEW", change).await, done);
        assert_eq!(status("PKNEW", "s").await, want);
    }
    let new = json!({ "replace": { "id": "PKNEXT", "secret": { "shared": "t" } } });
    assert_eq!(post(&world, "/credentials/PKNEW", new).await, done);
    assert_eq!((status("PKNEW", "s").await, status("PKNEXT", "t").await), (401, 200));
    world.client.delete(world.sim.base_url("sim") + "/credentials/PKNEXT").send().await.unwrap();
    assert_eq!(status("PKNEXT", "t").await, 401);

    let (_, query) = post(&world, "/flex/510001", json!({ "delay_seconds": 60, "without": ["ibExecID"] })).await;
    assert_eq!((&query["delay_seconds"], &query["days"]), (&json!(60), &json!(365)));
    assert_eq!(get(&world, "/flex").await["510001"], query);
}

#[tokio::test]
async fn mistakes_are_told() {
    let world = World::start(FRIDAY_NOON);
    for (path, body) in [
        ("/faults", json!({ "provider": "nobody", "fault": { "kind": "reset" } })),
        ("/faults", json!({ "provider": "fmp", "fault": { "kind": "surprise" } })),
        ("/faults", json!({ "provider": "fmp", "fault": { "kind": "reset" }, "when": { "typo": 1 } })),
        ("/faults", json!({ "provider": "okx", "fault": { "kind": "code", "code": "1" }, "when": { "keys": "" } })),
        ("/faults", json!({ "provider": "okx", "fault": { "kind": "code", "code": "99999" } })),
        ("/accounts", json!({ "service": "okx", "name": "okx-main" })),
        ("/accounts", json!({ "service": "bank", "name": "mine" })),
        ("/accounts/nobody", json!({ "kind": "pause" })),
        ("/accounts/okx-main", json!({ "kind": "withdraw", "asset": "USDT", "amount": "99999999" })),
        ("/accounts/okx-main", json!({ "kind": "withdraw", "asset": "USDT", "amount": "-1" })),
        ("/accounts/okx-main", json!({ "kind": "trade", "symbol": "AAPL", "side": "buy", "quantity": "1" })),
        ("/accounts/okx-main", json!({ "kind": "amend", "symbol": "BTC-USDT" })),
        ("/credentials", json!({ "id": "x", "account": "nobody" })),
        ("/credentials/nobody", json!({ "permissions": [] })),
        ("/flex/510001", json!({ "date_format": "yyyy" })),
        ("/flex/510001", json!({ "days": 400 })),
        ("/now", json!({ "now": "tomorrow" })),
        ("/events", json!({ "kind": "split", "symbol": "GONE", "date": "2026-11-20", "value": "2" })),
        ("/events", json!({ "kind": "split", "symbol": "AAPL", "date": "2026-11-20", "value": "0" })),
        ("/nothing", json!({})),
    ] {
        let (status, answer) = post(&world, path, body.clone()).await;
        assert!(status == 400 && answer["error"].is_string(), "{path} {body}: {answer}");
    }
}

#[tokio::test]
async fn it_stops_and_its_port_can_be_used_again() {
    let sim = Sim::start(SimOptions { generated_symbols: 10, ..SimOptions::default() }).unwrap();
    let (port, url) = (sim.port(), sim.base_url("okx") + "/api/v5/public/time");
    let client = crate::support::client().build().unwrap();
    assert_eq!(client.get(&url).send().await.unwrap().status(), 200);
    assert!(Sim::start(SimOptions { port, ..SimOptions::default() }).is_err(), "the port is taken");
    sim.stop().await;
    assert!(client.get(&url).send().await.is_err());
    let again = Sim::start(SimOptions { port, generated_symbols: 10, ..SimOptions::default() }).unwrap();
    assert_eq!(again.base_url("okx") + "/api/v5/public/time", url);
    assert_eq!(client.get(&url).send().await.unwrap().status(), 200);
}

#[test]
fn it_answers_without_a_runtime_of_its_owner() {
    let world = World::start(FRIDAY_NOON);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert_eq!(runtime.block_on(world.get("binance/api/v3/ping")).text, "{}");
}
