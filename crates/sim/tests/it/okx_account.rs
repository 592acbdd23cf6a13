//! OKX's private parts: headers and signature, both accounts, fills by bill id, limits for each user.

use foliosync_engine::model::Decimal;
use foliosync_sim::{Action, Credential, Fault, Permission, Secret, Validity, Wallet, When};

use crate::signing::hmac_base64;
use crate::support::{Answer, FRIDAY_NOON, Row, World, field, fixture, number, rows};

const MAIN: &str = "okx-main";
const KEY: &str = "00000000-51a1-4000-8000-00000000000a";
const SECRET: &str = "51A1000000000000000000000000000A";
const PASSPHRASE: &str = "Sim-Passphrase-1";

struct Client<'a> {
    world: &'a World,
    headers: Vec<(&'static str, String)>,
    secret: String,
}

impl<'a> Client<'a> {
    fn new(world: &'a World) -> Client<'a> {
        Client { world, headers: Vec::new(), secret: SECRET.into() }
    }

    /// Another value for a header; an empty one is not sent.
    fn with(world: &'a World, name: &'static str, value: &str) -> Client<'a> {
        Client { headers: vec![(name, value.into())], ..Client::new(world) }
    }

    async fn ask(&self, target: &str) -> Answer {
        let mut headers = vec![
            ("OK-ACCESS-KEY", KEY.to_string()),
            ("OK-ACCESS-PASSPHRASE", PASSPHRASE.into()),
            ("OK-ACCESS-TIMESTAMP", format!("{:.3}", self.world.sim.now())),
            ("OK-ACCESS-SIGN", String::new()),
        ];
        headers.retain(|(name, _)| !self.headers.iter().any(|(own, _)| own == name));
        headers.extend(self.headers.clone());
        let time = headers.iter().find(|(name, _)| *name == "OK-ACCESS-TIMESTAMP").unwrap().1.clone();
        let path = format!("/api/v5/{target}");
        let mut request = self.world.client.get(self.world.sim.base_url("okx") + &path);
        for (name, value) in headers {
            let is_mine = self.headers.iter().any(|(own, _)| *own == name);
            let value = match name {
                "OK-ACCESS-SIGN" if !is_mine => hmac_base64(&self.secret, &format!("{time}GET{path}")),
                _ => value,
            };
            if !value.is_empty() {
                request = request.header(name, value);
            }
        }
        Answer::of(request.send().await.unwrap()).await
    }

    async fn data(&self, target: &str) -> Vec<Row> {
        let answer = self.ask(target).await;
        let text = answer.text.strip_prefix(r#"{"code":"0","msg":"","data":"#);
        rows(text.unwrap_or_else(|| panic!("{target}: {}", answer.text)).strip_suffix('}').unwrap())
    }

    async fn code(&self, target: &str) -> (u16, String) {
        let answer = self.ask(target).await;
        let value: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
        (answer.status, value["code"].as_str().unwrap().into())
    }
}

#[tokio::test]
async fn the_vectors_open_and_their_neighbours_do_not() {
    let Some(vectors) = fixture("signing_vectors.json") else { return };
    let vectors = &vectors["okx_hmac_sha256_base64"];
    let time = vectors["timestamp"].as_str().unwrap();
    let world = World::start(time);
    let secret = Secret::Shared(vectors["secret"].as_str().unwrap().into());
    world.sim.admit(Credential::new(MAIN, KEY, secret).passphrase(PASSPHRASE));
    let mut opened = 0;
    for case in vectors["cases"].as_array().unwrap().iter().filter(|case| case["method"] == "GET") {
        let sign = case["signature"].as_str().unwrap();
        let target = case["request_path"].as_str().unwrap().strip_prefix("/api/v5/").unwrap();
        let headers = |sign: &str| vec![("OK-ACCESS-TIMESTAMP", time.to_string()), ("OK-ACCESS-SIGN", sign.into())];
        let client = Client { headers: headers(sign), ..Client::new(&world) };
        assert_eq!(client.code(target).await, (200, "0".into()), "{target}");
        let between = if target.contains('?') { '&' } else { '?' };
        assert_eq!(client.code(&format!("{target}{between}x=1")).await, (401, "50113".into()));
        opened += 1;
    }
    assert_eq!(opened, 5);
}

#[tokio::test]
async fn whoever_may_not_is_told_why() {
    let world = World::start(FRIDAY_NOON);
    let path = "account/balance";
    let unused = "00000000-51a1-4000-8000-0000000000ff";
    for (name, value, want) in [
        ("OK-ACCESS-KEY", "", (401, "50103")),
        ("OK-ACCESS-PASSPHRASE", "", (401, "50104")),
        ("OK-ACCESS-SIGN", "", (401, "50106")),
        ("OK-ACCESS-TIMESTAMP", "", (401, "50107")),
        ("OK-ACCESS-PASSPHRASE", "wrong", (401, "50105")),
        ("OK-ACCESS-TIMESTAMP", "1795194000000", (401, "50112")),
        ("OK-ACCESS-TIMESTAMP", "2026-11-20T16:59:30.000Z", (200, "0")),
        ("OK-ACCESS-TIMESTAMP", "2026-11-20T16:59:29.999Z", (401, "50102")),
        ("OK-ACCESS-TIMESTAMP", "2026-11-20T17:00:30.001Z", (401, "50102")),
        ("OK-ACCESS-KEY", unused, (200, "50119")),
        ("OK-ACCESS-SIGN", "AAAA", (401, "50113")),
        ("x-simulated-trading", "1", (401, "50101")),
    ] {
        let client = Client::with(&world, name, value);
        assert_eq!(client.code(path).await, (want.0, want.1.to_string()), "{name}: {value}");
    }
    let client = Client::new(&world);
    let wants = |status, code: &str| (status, code.to_string());
    world.sim.set_permissions(KEY, []);
    assert_eq!(client.code(path).await, wants(200, "50120"));
    world.sim.set_permissions(KEY, [Permission::Read]);
    world.sim.set_validity(KEY, Validity::Frozen);
    assert_eq!(client.code(path).await, wants(400, "50100"));
    world.sim.revoke(KEY);
    assert_eq!(client.code(path).await, wants(200, "50119"));
    let demo = Client {
        headers: vec![
            ("OK-ACCESS-KEY", "00000000-51a1-4000-8000-00000000000b".into()),
            ("x-simulated-trading", "1".into()),
        ],
        secret: "51A1000000000000000000000000000B".into(),
        ..Client::new(&world)
    };
    assert_eq!(demo.code(path).await, wants(200, "0"));
    let plain = Client { headers: demo.headers[..1].to_vec(), secret: demo.secret.clone(), ..Client::new(&world) };
    assert_eq!(plain.code(path).await, wants(401, "50101"));
}

#[tokio::test]
async fn both_accounts_hold_what_is_true() {
    let world = World::start(FRIDAY_NOON);
    let client = Client::new(&world);
    let view = world.sim.account(MAIN);
    let answer = client.ask("account/balance").await;
    let value: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
    let details: Vec<Row> = rows(&value["data"][0]["details"].to_string());
    let own: Vec<_> = view.balances.iter().filter(|one| one.wallet == Wallet::Main).collect();
    assert_eq!(details.len(), own.len());
    for (row, one) in details.iter().zip(own) {
        assert_eq!((field(row, "ccy"), number(row, "eq")), (one.asset.as_str(), one.amount));
        assert_eq!(number(row, "availBal") + number(row, "frozenBal"), one.amount);
        assert!(number(row, "eqUsd") > Decimal::ZERO);
        assert_eq!(field(row, "upl"), "", "does not apply");
    }
    if let Some(recorded) = fixture("ccxt/okx_account_balance.subset.json") {
        let recorded = recorded["data"][0]["details"][0].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(details[0].keys().cloned().collect::<Vec<_>>(), recorded);
    }
    let funding = client.data("asset/balances").await;
    let own: Vec<_> = view.balances.iter().filter(|one| one.wallet == Wallet::Funding).collect();
    assert_eq!((funding.len(), own.len()), (1, 1));
    assert_eq!((field(&funding[0], "ccy"), number(&funding[0], "bal")), ("USDT", own[0].amount));
    let named = client.ask("account/balance?ccy=ADA,BTC").await.text;
    assert!(named.contains(r#""ccy":"ADA""#) && !named.contains(r#""ccy":"USDT""#), "{named}");
    world.sim.act(MAIN, &Action::EmptyWallet { wallet: Wallet::Funding });
    assert_eq!(client.ask("asset/balances").await.text, r#"{"code":"0","msg":"","data":[]}"#);
    let config = &client.data("account/config").await[0];
    assert_eq!((field(config, "perm"), field(config, "ip"), config["autoLoan"].get()), ("read_only", "", "false"));
    assert_eq!(field(config, "uid"), view.number);
}

#[tokio::test]
async fn fills_are_newest_first_and_page_by_bill() {
    let world = World::start(FRIDAY_NOON);
    let client = Client::new(&world);
    let view = world.sim.account(MAIN);
    let horizon = world.sim.now() - jiff::SignedDuration::from_hours(24 * 92);
    let truth: Vec<_> = view.fills.iter().rev().filter(|fill| fill.at >= horizon).collect();
    assert!(truth.len() > 300 && truth.len() < view.fills.len(), "three months of four");
    let (mut told, mut after) = (Vec::new(), String::new());
    loop {
        let page = client.data(&format!("trade/fills-history?instType=SPOT&limit=100{after}")).await;
        let is_last = page.len() < 100;
        after = page.last().map_or(String::new(), |row| format!("&after={}", field(row, "billId")));
        told.extend(page);
        if is_last {
            break;
        }
        world.sim.set_now(world.sim.now() + jiff::SignedDuration::from_millis(200));
    }
    assert!(told.len() >= truth.len() - 2);
    for (row, fill) in told.iter().zip(&truth) {
        assert_eq!((field(row, "billId"), field(row, "instId")), (fill.id.as_str(), fill.symbol.as_str()));
        assert_eq!((number(row, "fillSz"), number(row, "fillPx")), (fill.quantity, fill.price));
        assert_eq!(number(row, "fee"), Decimal::ZERO - fill.fee, "what is lost is negative");
        assert_eq!(field(row, "fillTime"), fill.at.as_millisecond().to_string());
    }
    if let Some(recorded) = fixture("okx/doc_trade_fills-history_spot_buy.json") {
        let recorded = recorded["data"][0].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(told[0].keys().cloned().collect::<Vec<_>>(), recorded);
    }
    let third = field(&told[2], "billId");
    let newer = client.data(&format!("trade/fills-history?instType=SPOT&before={third}")).await;
    assert_eq!(newer.len(), 2, "excluding the one named");
    let days = client.data("trade/fills").await;
    let start = (world.sim.now() - jiff::SignedDuration::from_hours(72)).as_millisecond();
    assert!(!days.is_empty() && days.iter().all(|row| field(row, "fillTime").parse::<i64>().unwrap() >= start));
    assert!(client.data("trade/fills-history?instType=SWAP").await.is_empty());
    assert_eq!(client.code("trade/fills-history").await, (400, "50014".into()));
    assert_eq!(client.code("trade/fills-history?instType=SPOT&after=x").await, (400, "51000".into()));
}

#[tokio::test]
async fn limits_are_for_each_user_and_codes_come_on_demand() {
    let world = World::start(FRIDAY_NOON);
    let client = Client::new(&world);
    for _ in 0..6 {
        assert_eq!(client.code("asset/balances").await.0, 200);
    }
    assert_eq!(client.code("asset/balances").await, (429, "50011".into()));
    assert_eq!(client.code("asset/balances").await, (200, "50011".into()));
    assert_eq!(client.code("account/balance").await, (200, "0".into()), "each endpoint for itself");
    for (code, status) in [("50001", 503), ("50102", 401), ("50119", 200), ("50026", 500)] {
        world.sim.fault("okx", Fault::Code { code: code.into() }, When::next(1).path_contains("balance").key(KEY));
        assert_eq!(client.code("account/balance").await, (status, code.into()));
    }
}

#[tokio::test]
async fn what_is_listed_can_be_divided_like_fills() {
    let world = World::start(FRIDAY_NOON);
    let listed = Client::new(&world).data("public/instruments?instType=SPOT").await;
    let bitcoin = listed.iter().find(|row| field(row, "instId") == "BTC-USDT").unwrap();
    assert_eq!((field(bitcoin, "tickSz"), field(bitcoin, "lotSz"), field(bitcoin, "lever")), ("0.01", "0.00001", ""));
}
