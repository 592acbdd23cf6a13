//! Binance's private parts: signatures, the clock's window, wallets, trades by id, rights of keys.

use foliosync_engine::model::Decimal;
use foliosync_sim::{Action, Credential, Fault, Permission, Secret, Validity, Wallet, When};
use jiff::SignedDuration;

use crate::signing::{ED25519_SEED, ed25519, hmac_hex};
use crate::support::{Answer, FRIDAY_NOON, Row, World, at, field, fixture, keys, number, rows};

const MAIN: &str = "binance-main";

fn key() -> String {
    format!("{:0<64}", "SimBinanceKey")
}

fn secret() -> String {
    format!("{:0<64}", "SimBinanceSecret")
}

struct Client<'a> {
    world: &'a World,
    key: String,
    secret: String,
}

impl<'a> Client<'a> {
    fn new(world: &'a World) -> Client<'a> {
        Client { world, key: key(), secret: secret() }
    }

    /// Signs what follows the question mark and sends it; `/sapi/…/asset/…` by POST.
    async fn ask(&self, path: &str, query: &str) -> Answer {
        let now = self.world.sim.now().as_millisecond();
        let between = if query.is_empty() { "" } else { "&" };
        self.send(path, &format!("{query}{between}timestamp={now}")).await
    }

    async fn send(&self, path: &str, query: &str) -> Answer {
        let signature = hmac_hex(&self.secret, query);
        self.bare(path, &format!("{query}&signature={signature}")).await
    }

    async fn bare(&self, path: &str, query: &str) -> Answer {
        let url = format!("{}{path}?{query}", self.world.sim.base_url("binance"));
        let client = &self.world.client;
        let request = if path.contains("/asset/") { client.post(url) } else { client.get(url) };
        Answer::of(request.header("X-MBX-APIKEY", &self.key).send().await.unwrap()).await
    }

    async fn rows(&self, path: &str, query: &str) -> Vec<Row> {
        let answer = self.ask(path, query).await;
        assert_eq!(answer.status, 200, "{path}?{query}: {}", answer.text);
        rows(&answer.text)
    }

    async fn trades(&self, query: &str) -> Vec<Row> {
        self.rows("/api/v3/myTrades", query).await
    }

    async fn code(&self, path: &str, query: &str) -> (u16, i64) {
        code(&self.ask(path, query).await)
    }
}

fn code(answer: &Answer) -> (u16, i64) {
    let error: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
    (answer.status, error["code"].as_i64().unwrap_or(0))
}

#[tokio::test]
async fn the_official_vectors_open_and_their_neighbours_do_not() {
    let Some(vectors) = fixture("signing_vectors.json") else { return };
    let world = World::start("2017-07-12T02:42:00Z");
    let hmac = &vectors["binance_hmac_sha256_hex"];
    let secret = hmac["secret"].as_str().unwrap();
    let admit = |secret| world.sim.admit(Credential::new(MAIN, &key(), secret));
    admit(Secret::Shared(secret.into()));
    let client = Client { world: &world, key: key(), secret: String::new() };
    let mut opened = 0;
    let cases = hmac["cases"].as_array().unwrap().iter().map(|case| (case, "signature"));
    let ed25519 = &vectors["binance_ed25519_base64"];
    let cases = cases.chain(ed25519["cases"].as_array().unwrap().iter().map(|case| (case, "signature_param")));
    for (case, field) in cases {
        if field == "signature_param" {
            admit(Secret::Ed25519(ed25519["public_hex"].as_str().unwrap().into()));
        }
        let (payload, signature) = (case["payload"].as_str().unwrap(), case[field].as_str().unwrap());
        let stamp = payload.split("timestamp=").nth(1).unwrap().split('&').next().unwrap().parse::<i64>().unwrap();
        world.sim.set_now(jiff::Timestamp::from_millisecond(stamp).unwrap());
        // What no endpoint here takes is refused for that, behind the check of the signature.
        let answer = code(&client.bare("/api/v3/account", &format!("{payload}&signature={signature}")).await);
        assert!(matches!(answer, (200, 0) | (400, -1104)), "{case}: {answer:?}");
        opened += 1;
        let wrong = payload.replace("0", "1");
        let answer = client.bare("/api/v3/account", &format!("{wrong}&signature={signature}")).await;
        assert!(matches!(code(&answer), (400, -1021 | -1022)), "{case}: {}", answer.text);
        let answer = client.bare("/api/v3/account", &format!("signature={signature}&{payload}&a=b")).await;
        assert_eq!(code(&answer), (400, -1022));
    }
    assert_eq!(opened, 9);
}

#[tokio::test]
async fn forms_are_signed_behind_the_query() {
    let world = World::start(FRIDAY_NOON);
    let client = Client::new(&world);
    let (query, form) = ("needBtcValuation=true", format!("timestamp={}", world.sim.now().as_millisecond()));
    let signature = hmac_hex(&secret(), &format!("{query}{form}"));
    let url = format!("{}/sapi/v3/asset/getUserAsset?{query}", world.sim.base_url("binance"));
    let request = client.world.client.post(url).header("X-MBX-APIKEY", key());
    let answer = Answer::of(request.body(format!("{form}&signature={signature}")).send().await.unwrap()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn ed25519_keys_sign_too() {
    let world = World::start(FRIDAY_NOON);
    let client = Client { key: format!("{:0<64}", "SimBinanceEd25519Key"), ..Client::new(&world) };
    let query = format!("timestamp={}", world.sim.now().as_millisecond());
    let signature = ed25519(ED25519_SEED, &query);
    assert_eq!(client.bare("/api/v3/account", &format!("{query}&signature={signature}")).await.status, 200);
    // The same signature over other words.
    let other = format!("omitZeroBalances=true&{query}&signature={signature}");
    assert_eq!(code(&client.bare("/api/v3/account", &other).await), (400, -1022));
}

#[tokio::test]
async fn whoever_may_not_is_told_why() {
    let world = World::start(FRIDAY_NOON);
    let path = "/api/v3/account";
    let client = Client::new(&world);
    let with = |key: &str| Client { key: key.into(), ..Client::new(&world) };
    assert_eq!(with("short").code(path, "").await, (400, -2014));
    assert_eq!(with(&"x".repeat(64)).code(path, "").await, (401, -2015));
    assert_eq!(Client { secret: "wrong".into(), ..Client::new(&world) }.code(path, "").await, (400, -1022));
    let now = world.sim.now().as_millisecond();
    for (query, want) in [
        (format!("timestamp={}", now - 5000), (200, 0)),
        (format!("timestamp={}", now - 5001), (400, -1021)),
        (format!("timestamp={}", now + 999), (200, 0)),
        (format!("timestamp={}", now + 1000), (400, -1021)),
        (format!("timestamp={}", (now - 100) * 1000), (200, 0)),
        (format!("timestamp={}&recvWindow=60000", now - 60_000), (200, 0)),
        (format!("timestamp={}&recvWindow=60000.5", now), (400, -1131)),
        (format!("timestamp={}&recvWindow=0.125", now), (200, 0)),
        (format!("timestamp={}&recvWindow=100.1234", now), (400, -1102)),
        (format!("timestamp={now}&surprise=1"), (400, -1104)),
        ("recvWindow=1000".into(), (400, -1102)),
        ("timestamp=soon".into(), (400, -1100)),
    ] {
        assert_eq!(code(&client.send(path, &query).await), want, "{query}");
    }
    assert_eq!(code(&client.bare(path, &format!("timestamp={now}")).await), (400, -1102));
    world.sim.set_permissions(&key(), []);
    assert_eq!(client.code(path, "").await, (401, -2015));
    world.sim.set_permissions(&key(), [Permission::Read]);
    world.sim.set_validity(&key(), Validity::Frozen);
    assert_eq!(client.code(path, "").await, (401, -2015));
    world.sim.set_validity(&key(), Validity::Valid);
    assert_eq!(client.code(path, "").await, (200, 0));
    world.sim.replace_credential(&key(), &"n".repeat(64), Secret::Shared("new".into()));
    assert_eq!(client.code(path, "").await, (401, -2015));
    let new = Client { key: "n".repeat(64), secret: "new".into(), ..Client::new(&world) };
    assert_eq!(new.code(path, "").await, (200, 0));
    world.sim.revoke(&new.key);
    assert_eq!(new.code(path, "").await, (401, -2015));
    assert_eq!(code(&client.world.get("binance/sapi/v3/asset/getUserAsset").await), (405, -1000));
}

#[tokio::test]
async fn the_wallets_hold_what_is_true() {
    let world = World::start(FRIDAY_NOON);
    let client = Client::new(&world);
    let answer = client.ask("/api/v3/account", "omitZeroBalances=true").await;
    assert_eq!(answer.header("x-mbx-used-weight-1m"), Some("20"));
    let recorded = fixture("ccxt/binance_spot_account.types-restored.json");
    if let Some(recorded) = recorded {
        let names = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let answer: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
        assert_eq!(names(&answer), names(&recorded));
        assert_eq!(names(&answer["balances"][0]), names(&recorded["balances"][0]));
        for (name, value) in recorded.as_object().unwrap() {
            assert_eq!(std::mem::discriminant(&answer[name]), std::mem::discriminant(value), "{name}");
        }
    }
    let text = answer.text.split(r#""balances":"#).nth(1).unwrap().split(r#","permissions""#).next().unwrap();
    let spot = rows(text);
    let funding = client.rows("/sapi/v1/asset/get-funding-asset", "").await;
    let view = world.sim.account(MAIN);
    for (wallet, told) in [(Wallet::Main, &spot), (Wallet::Funding, &funding)] {
        let own: Vec<_> = view.balances.iter().filter(|one| one.wallet == wallet).collect();
        assert_eq!(own.len(), told.len());
        for (one, row) in own.into_iter().zip(told) {
            assert_eq!(field(row, "asset"), one.asset);
            assert_eq!(number(row, "free") + number(row, "locked"), one.amount);
            assert_eq!(number(row, "locked"), one.locked);
        }
    }
    assert!(spot.iter().any(|row| field(row, "asset") == "USDT" && number(row, "locked") > Decimal::ZERO));
    assert!(spot.iter().any(|row| field(row, "asset") == "LDO"), "{text}");
    let user = client.rows("/sapi/v3/asset/getUserAsset", "needBtcValuation=true").await;
    assert_eq!(user.len(), spot.len());
    let all = client.ask("/api/v3/account", "").await;
    assert!(all.text.contains(r#"{"asset":"USDC","free":"0.00000000","locked":"0.00000000"}"#));
    assert!(client.ask("/sapi/v1/capital/config/getall", "").await.text.contains(r#""coin":"DOGE""#));
    let one = client.rows("/sapi/v3/asset/getUserAsset", "asset=USDT").await;
    assert_eq!(one.len(), 1);
    world.sim.act(MAIN, &Action::EmptyWallet { wallet: Wallet::Funding });
    assert_eq!(client.ask("/sapi/v1/asset/get-funding-asset", "").await.text, "[]");
}

#[tokio::test]
async fn restrictions_tell_what_a_key_may_do() {
    let world = World::start(FRIDAY_NOON);
    let reading = Client::new(&world);
    let text = reading.ask("/sapi/v1/account/apiRestrictions", "").await.text;
    if let Some(recorded) = fixture("binance/doc_apiRestrictions.json") {
        let mut names = keys(&text);
        names.sort();
        assert_eq!(names, keys(&recorded.to_string()));
    }
    assert!(text.contains(r#""enableReading":true,"enableWithdrawals":false,"#), "{text}");
    let trading = Client {
        key: format!("{:0<64}", "SimBinanceTradingKey"),
        secret: format!("{:0<64}", "SimBinanceTradingSecret"),
        ..Client::new(&world)
    };
    let text = trading.ask("/sapi/v1/account/apiRestrictions", "").await.text;
    assert!(text.contains(r#""enableWithdrawals":true"#) && text.contains(r#""enableSpotAndMarginTrading":true"#));
}

#[tokio::test]
async fn trades_page_by_id_until_the_end() {
    let world = World::start(FRIDAY_NOON);
    let client = Client::new(&world);
    let view = world.sim.account(MAIN);
    let symbols: std::collections::BTreeSet<_> = view.fills.iter().map(|fill| fill.symbol.clone()).collect();
    assert!(symbols.len() >= 8, "{symbols:?}");
    for symbol in &symbols {
        let truth: Vec<_> = view.fills.iter().filter(|fill| fill.symbol == *symbol).collect();
        let (mut told, mut from) = (Vec::new(), 0i64);
        loop {
            let page = client.trades(&format!("symbol={symbol}&limit=50&fromId={from}")).await;
            let is_last = page.len() < 50;
            from = page.last().map_or(from, |row| field(row, "id").parse::<i64>().unwrap() + 1);
            told.extend(page);
            if is_last {
                break;
            }
        }
        assert_eq!(told.len(), truth.len(), "{symbol}");
        for (row, fill) in told.iter().zip(&truth) {
            assert_eq!(field(row, "id"), fill.id);
            assert_eq!(number(row, "qty"), fill.quantity);
            assert_eq!((number(row, "price"), number(row, "commission")), (fill.price, fill.fee));
            assert_eq!(field(row, "commissionAsset"), fill.fee_asset);
            assert_eq!(field(row, "time"), fill.at.as_millisecond().to_string());
            assert_eq!(field(row, "isBuyer"), fill.is_buy.to_string());
        }
        let newest = client.trades(&format!("symbol={symbol}&limit=2")).await;
        assert_eq!(field(newest.last().unwrap(), "id"), truth.last().unwrap().id, "without a start: the newest");
    }
    if let Some(recorded) = fixture("binance/doc_myTrades.json") {
        let answer = client.ask("/api/v3/myTrades", "symbol=BTCUSDT&limit=1").await.text;
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        for (name, value) in recorded[0].as_object().unwrap() {
            assert_eq!(std::mem::discriminant(&answer[0][name]), std::mem::discriminant(value), "{name}");
        }
    }
}

#[tokio::test]
async fn trades_have_rules() {
    let world = World::start(FRIDAY_NOON);
    let client = Client::new(&world);
    let day = 86_400_000;
    let now = world.sim.now().as_millisecond();
    for (query, want) in [
        ("", (400, -1102)),
        ("symbol=GONEUSDT", (400, -1121)),
        ("symbol=LUNAUSDT", (400, -1121)),
        ("symbol=BTCUSDT&fromId=1&startTime=1", (400, -1128)),
        ("symbol=BTCUSDT&limit=0", (400, -1130)),
        ("symbol=BTCUSDT&fromId=-1", (400, -1100)),
        (&format!("symbol=BTCUSDT&startTime={}&endTime={now}", now - day - 1), (400, -1127)),
        (&format!("symbol=BTCUSDT&startTime={}&endTime={now}", now - day), (200, 0)),
    ] {
        assert_eq!(client.code("/api/v3/myTrades", query).await, want, "{query}");
    }
    world.sim.clear_requests();
    let trade = &client.trades("symbol=ETHUSDT&limit=1").await[0];
    let order = field(trade, "orderId");
    let weight = client.ask("/api/v3/myTrades", &format!("symbol=ETHUSDT&orderId={order}")).await;
    assert!(rows(&weight.text).iter().all(|row| field(row, "orderId") == order));
    assert!(world.sim.requests("binance").iter().all(|seen| !format!("{seen:?}").contains("signature")));
}

#[tokio::test]
async fn sapi_counts_each_endpoint_for_itself_and_shares_the_bans() {
    let world = World::start(FRIDAY_NOON);
    let client = Client::new(&world);
    let first = client.ask("/sapi/v3/asset/getUserAsset", "").await;
    assert_eq!(first.header("x-sapi-used-ip-weight-1m"), Some("5"));
    assert_eq!(first.header("x-mbx-used-weight-1m"), None);
    let other = client.ask("/sapi/v1/asset/get-funding-asset", "").await;
    assert_eq!(other.header("x-sapi-used-ip-weight-1m"), Some("1"));
    world.sim.ban(world.sim.now() + SignedDuration::from_secs(60));
    assert_eq!(client.code("/sapi/v1/asset/get-funding-asset", "").await, (418, -1003));
}

#[tokio::test]
async fn errors_of_the_table_and_faults_of_one_key() {
    let world = World::start(FRIDAY_NOON);
    let client = Client::new(&world);
    for (wanted, want) in [("-1008", (503, -1008)), ("-1021", (400, -1021)), ("-2015", (401, -2015))] {
        world.sim.fault("binance", Fault::Code { code: wanted.into() }, When::next(1).path_contains("funding"));
        assert_eq!(client.code("/api/v3/account", "").await, (200, 0), "another endpoint");
        assert_eq!(client.code("/sapi/v1/asset/get-funding-asset", "").await, want);
    }
    world.sim.fault("binance", Fault::Code { code: "-1016".into() }, When::always().key(&key()));
    assert_eq!(client.code("/api/v3/account", "").await, (410, -1016));
    let trading = Client {
        key: format!("{:0<64}", "SimBinanceTradingKey"),
        secret: format!("{:0<64}", "SimBinanceTradingSecret"),
        ..Client::new(&world)
    };
    assert_eq!(trading.code("/api/v3/account", "").await, (200, 0));
    assert_eq!(world.sim.now(), at(FRIDAY_NOON));
}
