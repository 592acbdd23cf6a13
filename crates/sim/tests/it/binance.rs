use foliosync_engine::model::Decimal;
use foliosync_sim::{SimClock, SimOptions};

use crate::support::{Answer, FRIDAY_NOON, World, at, decimal, field, keys, number, rows};

#[tokio::test]
async fn one_symbol_is_an_object_and_many_are_a_list() {
    let world = World::start(FRIDAY_NOON);
    let one = world.get("binance/api/v3/ticker/price?symbol=BTCUSDT").await.text;
    assert_eq!(keys(&one), ["symbol", "price"]);
    let price = &rows(&format!("[{one}]"))[0];
    assert!(field(price, "price").ends_with("000000") && price["price"].get().starts_with('"'), "{one}");
    let two = world.rows(r#"binance/api/v3/ticker/price?symbols=["BTCUSDT","1INCHUSDT"]"#).await;
    assert_eq!((field(&two[0], "price"), field(&two[1], "symbol")), (field(price, "price"), "1INCHUSDT"));
    let all = world.rows("binance/api/v3/ticker/price").await;
    assert!(all.len() > 50, "{}", all.len());
    assert!(all.iter().all(|row| number(row, "price") > Decimal::ZERO), "{all:?}");
    assert_eq!(world.get("binance/api/v3/time").await.text, r#"{"serverTime":1795194000000}"#);
}

#[tokio::test]
async fn errors_have_codes() {
    let world = World::start(FRIDAY_NOON);
    for (path, code) in [
        ("ticker/price?symbol=GONEUSDT", -1121),
        ("ticker/price?symbol=LUNAUSDT", -1121),
        (r#"ticker/price?symbols=["BTCUSDT","GONEUSDT"]"#, -1121),
        ("ticker/24hr?symbol=btcusdt", -1100),
        ("ticker/24hr?symbols=BTCUSDT", -1100),
        (r#"ticker/price?symbol=BTCUSDT&symbols=["BTCUSDT"]"#, -1128),
        ("klines?interval=1d", -1102),
        ("klines?symbol=BTCUSDT&interval=7d", -1120),
    ] {
        let answer = world.get(&format!("binance/api/v3/{path}")).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(answer.text.starts_with(&format!(r#"{{"code":{code},"msg":""#)), "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_day_of_trading_is_consistent() {
    let world = World::start(FRIDAY_NOON);
    let day = world.get("binance/api/v3/ticker/24hr?symbol=ETHUSDT").await.text;
    let want = [
        "symbol",
        "priceChange",
        "priceChangePercent",
        "weightedAvgPrice",
        "prevClosePrice",
        "lastPrice",
        "lastQty",
        "bidPrice",
        "bidQty",
        "askPrice",
        "askQty",
        "openPrice",
        "highPrice",
        "lowPrice",
        "volume",
        "quoteVolume",
        "openTime",
        "closeTime",
        "firstId",
        "lastId",
        "count",
    ];
    assert_eq!(keys(&day), want);
    let day = &rows(&format!("[{day}]"))[0];
    assert_eq!(number(day, "priceChange"), number(day, "lastPrice") - number(day, "openPrice"));
    assert!(
        number(day, "lowPrice") <= number(day, "openPrice") && number(day, "openPrice") <= number(day, "highPrice")
    );
    let mini = world.get("binance/api/v3/ticker/24hr?symbol=ETHUSDT&type=MINI").await.text;
    assert_eq!(keys(&mini).len(), 12);

    let okx = world.get("okx/api/v5/market/ticker?instId=ETH-USDT").await.text;
    let last = decimal(okx.split(r#""last":""#).nth(1).unwrap().split('"').next().unwrap());
    assert_eq!(number(day, "lastPrice"), last, "both exchanges trade in one market");
}

fn bars(text: &str) -> Vec<Vec<String>> {
    let bars: Vec<Vec<serde_json::Value>> = serde_json::from_str(text).unwrap();
    bars.into_iter().map(|bar| bar.iter().map(|cell| cell.to_string().replace('"', "")).collect()).collect()
}

#[tokio::test]
async fn bars_join_and_end_with_the_running_one() {
    let world = World::start(FRIDAY_NOON);
    let path = "binance/api/v3/klines?symbol=BTCUSDT&interval=1d";
    let last = bars(&world.get(&format!("{path}&limit=3")).await.text);
    let millis = |text: &str| at(text).as_millisecond().to_string();
    assert_eq!(
        last.iter().map(|bar| bar[0].clone()).collect::<Vec<_>>(),
        [millis("2026-11-18T00:00:00Z"), millis("2026-11-19T00:00:00Z"), millis("2026-11-20T00:00:00Z"),]
    );
    assert!(last.iter().all(|bar| bar.len() == 12));
    assert_eq!(last[0][4], last[1][1], "a bar opens where the one before closed");
    let price = world.get("binance/api/v3/ticker/price?symbol=BTCUSDT").await.text;
    assert!(price.contains(&format!(r#""price":"{}""#, last[2][4])));
    let window =
        format!("{path}&startTime={}&endTime={}", millis("2026-11-10T00:00:01Z"), millis("2026-11-12T23:59:59Z"));
    let starts: Vec<_> = bars(&world.get(&window).await.text).into_iter().map(|bar| bar[0].clone()).collect();
    assert_eq!(starts, [millis("2026-11-11T00:00:00Z"), millis("2026-11-12T00:00:00Z")]);
    assert_eq!(bars(&world.get(path).await.text).len(), 500);
}

#[tokio::test]
async fn exchange_info_splits_symbols_and_tells_the_limits() {
    let world = World::start(FRIDAY_NOON);
    let answer = world.get("binance/api/v3/exchangeInfo").await;
    let info: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
    assert_eq!(info["rateLimits"][0]["limit"], 6000);
    let symbols = info["symbols"].as_array().unwrap();
    let find = |name: &str| symbols.iter().find(|symbol| symbol["symbol"] == name).unwrap();
    assert_eq!((&find("1INCHUSDT")["baseAsset"], &find("1INCHUSDT")["status"]), (&"1INCH".into(), &"TRADING".into()));
    assert_eq!(find("LUNAUSDT")["status"], "BREAK");
    assert_eq!(answer.header("x-mbx-used-weight-1m"), Some("20"));
}

#[tokio::test]
async fn weight_is_counted_refused_and_punished() {
    let world = World::with(SimOptions {
        clock: SimClock::At(at("2026-11-20T17:00:45Z")),
        binance_weight_per_minute: 10,
        ..SimOptions::default()
    });
    let ask = async |path: &str| -> Answer { world.get(&format!("binance/api/v3/{path}")).await };
    for (path, used) in [("time", "1"), ("ticker/price?symbol=BTCUSDT", "3"), ("ticker/price", "7")] {
        assert_eq!(ask(path).await.header("X-MBX-USED-WEIGHT-1M"), Some(used), "{path}");
    }
    for _ in 0..3 {
        let refused = ask("ticker/price").await;
        assert_eq!((refused.status, refused.header("retry-after")), (429, Some("15")));
        assert!(refused.text.starts_with(r#"{"code":-1003,"msg":"Too much request weight used; current limit is 10 "#));
    }
    assert_eq!(world.sim.stats().of("binance").sent_while_banned, 0);
    let banned = ask("time").await;
    assert_eq!((banned.status, banned.header("retry-after")), (418, Some("120")));
    let until = at("2026-11-20T17:02:45Z");
    assert!(banned.text.contains(&format!("IP banned until {}.", until.as_millisecond())), "{}", banned.text);
    world.now("2026-11-20T17:02:44Z");
    assert_eq!(ask("time").await.header("retry-after"), Some("1"));
    world.sim.set_now(until);
    assert_eq!(ask("time").await.status, 200);
    let stats = world.sim.stats().of("binance");
    assert_eq!((stats.limits_broken, stats.sent_while_banned, stats.sent_before_retry_after), (4, 1, 4));
    assert_eq!(stats.largest_windows["minute"], 20);
    // The next ban is four times as long.
    for _ in 0..9 {
        ask("ticker/price").await;
    }
    assert_eq!(ask("time").await.header("retry-after"), Some("480"));
    // Everybody else's limits are their own.
    assert_eq!(world.get("okx/api/v5/public/time").await.status, 200);
}

#[tokio::test]
async fn the_weight_of_a_day_depends_on_the_number_of_symbols() {
    let world = World::start(FRIDAY_NOON);
    let used = async |path: &str| {
        world
            .get(&format!("binance/api/v3/ticker/24hr{path}"))
            .await
            .header("x-mbx-used-weight-1m")
            .unwrap()
            .to_string()
    };
    assert_eq!(used("?symbol=BTCUSDT").await, "2");
    assert_eq!(used(r#"?symbols=["BTCUSDT","ETHUSDT"]"#).await, "4");
    assert_eq!(used("").await, "84");
}

#[tokio::test]
async fn a_ban_can_be_given() {
    let world = World::start(FRIDAY_NOON);
    world.sim.ban(at("2026-11-20T17:30:00Z"));
    assert_eq!(world.get("binance/api/v3/time").await.status, 418);
    assert_eq!(world.now("2026-11-20T17:30:00Z").get("binance/api/v3/time").await.status, 200);
}
