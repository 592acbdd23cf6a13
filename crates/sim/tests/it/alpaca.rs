//! Alpaca: who may ask, activities in pages, positions and money that agree with them.

use foliosync_engine::model::Decimal;
use foliosync_sim::{Action, Fault, FlowKind, Permission, Validity, Wallet, When};

use crate::support::{Answer, FRIDAY_NOON, Row, World, decimal, field, fixture, number, rows};

const LIVE: &str = "alpaca-live";
const KEY: &str = "AKSIMULATEDLIVE00001";

struct Client<'a> {
    world: &'a World,
    prefix: &'static str,
    key: String,
    secret: String,
}

impl<'a> Client<'a> {
    fn new(world: &'a World) -> Client<'a> {
        Client { world, prefix: "alpaca", key: KEY.into(), secret: format!("{:0<40}", "SimAlpacaLiveSecret") }
    }

    fn paper(world: &'a World) -> Client<'a> {
        let secret = format!("{:0<40}", "SimAlpacaPaperSecret");
        Client { prefix: "alpaca-paper", key: "PKSIMULATEDPAPER0001".into(), secret, ..Client::new(world) }
    }

    async fn ask(&self, path: &str) -> Answer {
        let url = format!("{}/v2/{path}", self.world.sim.base_url(self.prefix));
        let request = self.world.client.get(url).header("APCA-API-KEY-ID", &self.key);
        Answer::of(request.header("APCA-API-SECRET-KEY", &self.secret).send().await.unwrap()).await
    }

    async fn rows(&self, path: &str) -> Vec<Row> {
        let answer = self.ask(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        rows(&answer.text)
    }

    async fn row(&self, path: &str) -> Row {
        let answer = self.ask(path).await;
        rows(&format!("[{}]", answer.text)).remove(0)
    }
}

#[tokio::test]
async fn whoever_may_not_is_told_why() {
    let world = World::start(FRIDAY_NOON);
    let (live, paper) = (Client::new(&world), Client::paper(&world));
    assert_eq!((live.ask("account").await.status, paper.ask("account").await.status), (200, 200));
    let failed = r#"{"code":40110000,"message":"access key verification failed : verification failure"}"#;
    for client in [
        Client { key: "nobody".into(), ..Client::new(&world) },
        Client { secret: "wrong".into(), ..Client::new(&world) },
    ] {
        let answer = client.ask("account").await;
        assert_eq!((answer.status, answer.text.as_str()), (401, failed));
    }
    assert_eq!(world.get("alpaca/v2/account").await.status, 401);
    let elsewhere = Client { prefix: "alpaca-paper", ..Client::new(&world) };
    assert_eq!(elsewhere.ask("account").await.status, 403, "a live key at the paper host");
    world.sim.set_validity(KEY, Validity::Frozen);
    assert_eq!(live.ask("account").await.status, 403);
    world.sim.set_validity(KEY, Validity::Valid);
    world.sim.set_permissions(KEY, [Permission::Trade]);
    assert_eq!(live.ask("account").await.status, 403);
    world.sim.revoke(KEY);
    assert_eq!(live.ask("account").await.status, 401);
    for (path, status, body) in [
        ("account/activities/FFFFF", 422, r#"{"code":40010001,"message":"invalid activity type: FFFFF"}"#),
        ("positions/F9", 404, r#"{"code":40410000,"message":"position does not exist"}"#),
        ("orders/fake_id", 422, r#"{"code":40010001,"message":"order_id is missing"}"#),
        ("nowhere", 404, r#"{"message":"endpoint not found."}"#),
    ] {
        let answer = paper.ask(path).await;
        assert_eq!((answer.status, answer.text.as_str()), (status, body));
    }
}

#[tokio::test]
async fn two_hundred_a_minute_and_the_rest_waits() {
    let world = World::start(FRIDAY_NOON);
    let client = Client::new(&world);
    let first = client.ask("clock").await;
    assert_eq!((first.header("x-ratelimit-limit"), first.header("x-ratelimit-remaining")), (Some("200"), Some("199")));
    let ends = first.header("x-ratelimit-reset").unwrap().parse::<i64>().unwrap();
    assert_eq!(ends, world.sim.now().as_second() + 60);
    for _ in 0..199 {
        client.ask("clock").await;
    }
    let refused = client.ask("clock").await;
    assert_eq!((refused.status, refused.header("x-ratelimit-remaining")), (429, Some("0")));
    assert_eq!(Client::paper(&world).ask("clock").await.status, 200, "each key for itself");
    assert_eq!(world.sim.stats().of("alpaca").limits_broken, 1);
}

/// Walks to the end by tokens.
async fn all(client: &Client<'_>, query: &str, size: usize) -> Vec<Row> {
    let (mut told, mut token) = (Vec::new(), String::new());
    loop {
        let page = client.rows(&format!("account/activities?page_size={size}{query}{token}")).await;
        token = page.last().map_or(String::new(), |row| format!("&page_token={}", field(row, "id")));
        let is_last = page.is_empty();
        told.extend(page);
        if is_last {
            return told;
        }
    }
}

#[tokio::test]
async fn activities_page_in_both_directions_and_are_true() {
    let world = World::start(FRIDAY_NOON);
    let client = Client::new(&world);
    let view = world.sim.account(LIVE);
    let up = all(&client, "&direction=asc", 100).await;
    assert_eq!(up.len(), view.fills.len() + view.flows.len());
    world.now("2026-11-20T17:05:00Z");
    let view = world.sim.account(LIVE);
    let down = all(&client, "", 37).await;
    let ids = |rows: &[Row]| rows.iter().map(|row| field(row, "id").to_string()).collect::<Vec<_>>();
    let (up, mut down_ids) = (ids(&all(&client, "&direction=asc", 100).await), ids(&down));
    down_ids.reverse();
    assert_eq!(up, down_ids);
    let fills: Vec<_> = down.iter().rev().filter(|row| field(row, "activity_type") == "FILL").collect();
    for (row, fill) in fills.iter().zip(&view.fills) {
        assert_eq!((field(row, "id"), field(row, "symbol")), (fill.id.as_str(), fill.symbol.as_str()));
        assert_eq!((number(row, "qty"), number(row, "price")), (fill.quantity, fill.price));
        assert_eq!(field(row, "side") == "buy", fill.is_buy);
        let done = number(row, "leaves_qty") == Decimal::ZERO;
        assert_eq!(field(row, "type"), if done { "fill" } else { "partial_fill" });
    }
    assert!(fills.iter().any(|row| field(row, "type") == "partial_fill"));
    assert!(fills.iter().any(|row| field(row, "side") == "sell_short"));
    let others: Vec<_> = down.iter().filter(|row| field(row, "activity_type") != "FILL").collect();
    for kind in ["CSD", "CSW", "DIV", "INT", "FEE", "CFEE"] {
        assert!(others.iter().any(|row| field(row, "activity_type") == kind), "{kind}");
    }
    let money: Decimal = others.iter().fold(Decimal::ZERO, |sum, row| sum + number(row, "net_amount"));
    let flows = view.flows.iter().filter(|flow| flow.kind != FlowKind::CoinFee);
    assert_eq!(money, flows.fold(Decimal::ZERO, |sum, flow| sum + flow.amount));
    for row in &fills {
        // The clock of New York stands in front, which is behind UTC.
        let (id, time) = (field(row, "id"), field(row, "transaction_time"));
        assert_ne!(id[8..10], time[11..13], "{id} {time}");
        assert_eq!(id[10..14], format!("{}{}", &time[14..16], &time[17..19]));
    }
    if let Some(recorded) = fixture("ccxt/alpaca_activities_FILL.json") {
        let recorded = recorded[0].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let coin = fills.iter().find(|row| field(row, "symbol") == "BTC/USD").unwrap();
        assert_eq!(coin.keys().cloned().collect::<Vec<_>>(), recorded);
    }
}

#[tokio::test]
async fn activities_can_be_chosen() {
    let world = World::start(FRIDAY_NOON);
    let client = Client::new(&world);
    let kinds = async |query: &str| {
        let rows = client.rows(&format!("account/activities{query}")).await;
        let mut kinds: Vec<_> = rows.iter().map(|row| field(row, "activity_type").to_string()).collect();
        kinds.sort();
        kinds.dedup();
        (rows, kinds)
    };
    assert_eq!(kinds("/FILL").await.1, ["FILL"]);
    assert_eq!(kinds("?activity_types=CSD,DIV").await.1, ["CSD", "DIV"]);
    assert!(!kinds("?category=non_trade_activity").await.1.contains(&"FILL".into()));
    let (rows, _) = kinds("/FILL?after=2026-11-18T00:00:00Z&until=2026-11-19T00:00:00Z&direction=asc").await;
    assert!(!rows.is_empty() && rows.iter().all(|row| field(row, "transaction_time").starts_with("2026-11-18")));
    let (rows, _) = kinds("/FEE?date=2026-11-18").await;
    assert!(!rows.is_empty() && rows.iter().all(|row| field(row, "date") == "2026-11-18"));
    assert!(rows.iter().all(|row| field(row, "created_at").starts_with("2026-11-19")), "they show up the next day");
    for query in ["?category=trade_activity&activity_types=FILL", "?direction=up", "?page_size=0", "?page_token=x"] {
        assert_eq!(client.ask(&format!("account/activities{query}")).await.status, 422, "{query}");
    }
}

#[tokio::test]
async fn positions_and_money_are_what_activities_come_to() {
    let world = World::start(FRIDAY_NOON);
    let client = Client::new(&world);
    let view = world.sim.account(LIVE);
    let positions = client.rows("positions").await;
    let account = client.row("account").await;
    let held: Vec<_> = view.balances.iter().filter(|one| one.asset != "USD").collect();
    assert_eq!(positions.len(), held.len());
    let mut value = number(&account, "cash");
    for one in held {
        let symbol = if matches!(&*one.asset, "BTC" | "LTC") { format!("{}USD", one.asset) } else { one.asset.clone() };
        let row = positions.iter().find(|row| field(row, "symbol") == symbol).unwrap_or_else(|| panic!("{symbol}"));
        assert_eq!(number(row, "qty"), one.amount, "{symbol}");
        assert_eq!(field(row, "side"), if one.amount.is_negative() { "short" } else { "long" });
        assert_eq!(number(row, "market_value").is_negative(), one.amount.is_negative());
        value += number(row, "market_value");
        let again = client.row(&format!("positions/{symbol}")).await;
        assert_eq!(field(&again, "asset_id"), field(row, "asset_id"));
    }
    assert_eq!(number(&account, "equity"), value);
    let cash = view.balances.iter().find(|one| one.asset == "USD").unwrap();
    assert_eq!((number(&account, "cash"), cash.wallet), (cash.amount, Wallet::Main));
    assert!(!account.contains_key("pattern_day_trader"), "gone since July");
    let before = world.now("2026-07-01T15:00:00Z");
    let old = Client::new(before).row("account").await;
    assert!(old.contains_key("pattern_day_trader") && old.contains_key("daytrade_count"));
    if let Some(recorded) = fixture("ccxt/alpaca_account.types-restored.json") {
        for (name, value) in recorded.as_object().unwrap() {
            let told = old.get(name).unwrap_or_else(|| panic!("{name}")).get();
            let is_text = matches!(value, serde_json::Value::String(_));
            assert!(name.ends_with("configurations") || told.starts_with('"') == is_text, "{name}: {told}");
        }
    }
    world.now(FRIDAY_NOON).sim.act(LIVE, &Action::EmptyWallet { wallet: Wallet::Main });
    assert_eq!(Client::new(&world).ask("positions").await.text, "[]");
    assert_eq!(number(&Client::new(&world).row("account").await, "equity"), decimal("0"));
}

#[tokio::test]
async fn orders_assets_and_the_clock_are_there_for_other_clients() {
    let world = World::start(FRIDAY_NOON);
    let client = Client::new(&world);
    assert_eq!(client.ask("orders").await.text, "[]");
    let orders = client.rows("orders?status=all&limit=500").await;
    assert_eq!(orders.len(), 500);
    let first = &client.rows("orders?status=closed&direction=asc&limit=1").await[0];
    let again = client.row(&format!("orders/{}", field(first, "id"))).await;
    assert_eq!(field(&again, "filled_qty"), field(first, "qty"));
    let fills = client.rows("account/activities/FILL?direction=asc").await;
    assert_eq!(field(&fills[0], "order_id"), field(first, "id"));
    assert_eq!(field(&client.row("assets/BRK.B").await, "class"), "us_equity");
    assert_eq!(field(&client.row("assets/BTCUSD").await, "symbol"), "BTC/USD");
    assert!(client.rows("assets?asset_class=crypto").await.len() > 10);
    let clock = client.row("clock").await;
    assert_eq!((clock["is_open"].get(), field(&clock, "next_close")), ("true", "2026-11-20T16:00:00-05:00"));
    world.sim.fault("alpaca", Fault::Code { code: "42910000".into() }, When::next(1).path_contains("positions"));
    assert_eq!(client.ask("positions").await.status, 429);
    assert_eq!(client.ask("positions").await.status, 200);
}
