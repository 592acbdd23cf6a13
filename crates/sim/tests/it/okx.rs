use crate::support::{FRIDAY_NOON, Row, World, at, field, number};

/// The rows of an answer with code 0.
async fn data(world: &World, path: &str) -> Vec<Row> {
    let answer = world.get(&format!("okx/api/v5/{path}")).await;
    let text = answer.text.strip_prefix(r#"{"code":"0","msg":"","data":"#).unwrap_or_else(|| panic!("{}", answer.text));
    crate::support::rows(text.strip_suffix('}').unwrap())
}

#[tokio::test]
async fn tickers_are_strings_and_may_be_empty() {
    let world = World::start(FRIDAY_NOON);
    let rows = data(&world, "market/tickers?instType=SPOT").await;
    let find = |id: &str| rows.iter().find(|row| field(row, "instId") == id).unwrap();
    let want = [
        "askPx",
        "askSz",
        "bidPx",
        "bidSz",
        "high24h",
        "instId",
        "instType",
        "last",
        "lastSz",
        "low24h",
        "open24h",
        "sodUtc0",
        "sodUtc8",
        "ts",
        "vol24h",
        "volCcy24h",
    ];
    let bitcoin = find("BTC-USDT");
    assert_eq!(bitcoin.keys().collect::<Vec<_>>(), want);
    assert!(bitcoin.values().all(|value| value.get().starts_with('"')));
    assert!(number(bitcoin, "bidPx") < number(bitcoin, "askPx"));
    assert_eq!(field(find("ZZZ-USDT"), "last"), "");
    assert_eq!(find("ZZZ-USDT").len(), want.len());
    assert!(data(&world, "market/tickers?instType=SWAP").await.is_empty());
    assert_eq!(field(&data(&world, "public/time").await[0], "ts"), "1795194000000");
}

#[tokio::test]
async fn index_prices_are_in_dollars() {
    let world = World::start(FRIDAY_NOON);
    let rows = data(&world, "market/index-tickers?quoteCcy=USD").await;
    let find = |id: &str| rows.iter().find(|row| field(row, "instId") == id).unwrap();
    assert_eq!(Some(number(find("BTC-USD"), "idxPx")), world.sim.price("BTCUSD"));
    let tether = number(find("USDT-USD"), "idxPx");
    assert!(tether.to_string().starts_with("0.9") || tether.to_string().starts_with("1"), "{tether}");
    assert_eq!(data(&world, "market/index-tickers?instId=ETH-EUR").await.len(), 1);
}

#[tokio::test]
async fn errors_have_codes_whatever_the_status() {
    let world = World::start(FRIDAY_NOON);
    for (path, status, code) in [
        ("market/tickers", 400, "50014"),
        ("market/tickers?instType=NOPE", 400, "51000"),
        ("market/ticker?instId=GONE-USDT", 200, "51001"),
        ("market/index-tickers", 400, "50014"),
        ("market/index-tickers?instId=GONE-USD", 200, "51001"),
        ("market/history-candles?instId=BTC-USDT&bar=7D", 400, "51000"),
    ] {
        let answer = world.get(&format!("okx/api/v5/{path}")).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.text.starts_with(&format!(r#"{{"code":"{code}","msg":""#)), "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn two_seconds_hold_so_many_requests() {
    let world = World::start("2026-11-20T17:00:00Z");
    let path = "okx/api/v5/public/time";
    for _ in 0..10 {
        assert!(world.get(path).await.text.starts_with(r#"{"code":"0""#));
    }
    let (first, second) = (world.get(path).await, world.get(path).await);
    assert!(first.text.contains(r#""code":"50011""#) && second.text.contains(r#""code":"50011""#));
    assert_eq!((first.status, second.status), (429, 200), "both ways of saying it");
    assert_eq!(first.header("retry-after"), None);
    assert!(world.get("okx/api/v5/market/ticker?instId=BTC-USDT").await.text.starts_with(r#"{"code":"0""#));
    world.now("2026-11-20T17:00:02Z");
    assert!(world.get(path).await.text.starts_with(r#"{"code":"0""#));
    let stats = world.sim.stats().of("okx");
    assert_eq!((stats.limits_broken, stats.largest_windows["/api/v5/public/time"]), (2, 12));
}

#[tokio::test]
async fn candles_are_newest_first_and_days_start_in_china() {
    let world = World::start(FRIDAY_NOON);
    let candles = async |query: &str| -> Vec<Vec<String>> {
        let answer = world.get(&format!("okx/api/v5/market/{query}")).await;
        let value: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
        serde_json::from_value(value["data"].clone()).unwrap()
    };
    let starts = |rows: &[Vec<String>]| rows.iter().map(|row| row[0].clone()).collect::<Vec<_>>();
    let millis = |text: &str| at(text).as_millisecond().to_string();
    let days = candles("history-candles?instId=BTC-USDT&bar=1D&limit=2").await;
    assert_eq!(starts(&days), [millis("2026-11-19T16:00:00Z"), millis("2026-11-18T16:00:00Z")]);
    let days = candles("history-candles?instId=BTC-USDT&bar=1Dutc&limit=2").await;
    assert_eq!(starts(&days), [millis("2026-11-19T00:00:00Z"), millis("2026-11-18T00:00:00Z")]);
    assert!(days.iter().all(|row| row.len() == 9 && row[8] == "1"));
    let older = candles(&format!("history-candles?instId=BTC-USDT&bar=1Dutc&limit=1&after={}", days[1][0])).await;
    assert_eq!(starts(&older), [millis("2026-11-17T00:00:00Z")]);
    let newer = candles(&format!("history-candles?instId=BTC-USDT&bar=1Dutc&before={}", days[1][0])).await;
    assert_eq!(starts(&newer), [millis("2026-11-19T00:00:00Z")]);
    let running = candles("candles?instId=BTC-USDT&bar=1Dutc&limit=2").await;
    assert_eq!((running[0][8].as_str(), running[1][8].as_str()), ("0", "1"));
}
