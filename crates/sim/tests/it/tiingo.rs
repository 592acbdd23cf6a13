use foliosync_engine::model::Decimal;
use foliosync_sim::Plan;
use jiff::civil::date;

use crate::support::{FRIDAY_NOON, Row, World, decimal, field, keys, number};

async fn one(world: &World, path: &str) -> Row {
    let mut rows = world.rows(path).await;
    assert_eq!(rows.len(), 1, "{path}");
    rows.remove(0)
}

#[tokio::test]
async fn the_close_is_what_is_stamped_with_the_bell() {
    let world = World::start(FRIDAY_NOON);
    let live = one(&world, "tiingo/iex/?tickers=aapl").await;
    let stamp = field(&live, "timestamp");
    assert!(stamp.starts_with("2026-11-20T12:00:00.") && stamp.ends_with("-05:00") && stamp.len() == 35, "{stamp}");
    assert!(field(&live, "volume").ends_with(".0"));
    assert_eq!((field(&live, "ticker"), field(&live, "last"), field(&live, "bidPrice")), ("AAPL", "null", "null"));
    assert_eq!(Some(number(&live, "tngoLast")), world.sim.price("AAPL"));

    world.now("2026-11-20T21:10:00Z");
    let after = one(&world, "tiingo/iex/aapl").await;
    assert!(field(&after, "timestamp").starts_with("2026-11-20T21:10:00."), "{}", field(&after, "timestamp"));

    for now in ["2026-11-20T21:20:00Z", "2026-11-22T09:00:00Z"] {
        let official = one(world.now(now), "tiingo/iex/?tickers=aapl").await;
        assert_eq!(field(&official, "timestamp"), "2026-11-20T21:00:00+00:00");
        assert_eq!(Some(number(&official, "tngoLast")), world.sim.close("AAPL", date(2026, 11, 20)));
        assert!(!field(&official, "volume").contains('.'));
    }
    // Half a day: the bell rings at one.
    let half = one(world.now("2026-11-27T19:00:00Z"), "tiingo/iex/?tickers=aapl").await;
    assert_eq!(field(&half, "timestamp"), "2026-11-27T18:00:00+00:00");
}

#[tokio::test]
async fn both_price_sources_tell_the_same_story() {
    let world = World::start(FRIDAY_NOON);
    let (ours, theirs) =
        (one(&world, "tiingo/iex/?tickers=tsla").await, one(&world, "fmp/stable/quote?symbol=TSLA").await);
    for (tiingo, fmp) in [("tngoLast", "price"), ("open", "open"), ("high", "dayHigh"), ("prevClose", "previousClose")]
    {
        assert_eq!(number(&ours, tiingo), number(&theirs, fmp), "{tiingo}");
    }
}

#[tokio::test]
async fn batches_leave_out_what_is_unknown_or_not_american() {
    let world = World::start(FRIDAY_NOON);
    let rows = world.rows("tiingo/iex/?tickers=aapl,GONE,vod.l,eurusd,brk-b,haltx").await;
    let tickers: Vec<_> = rows.iter().map(|row| field(row, "ticker")).collect();
    assert_eq!(tickers, ["AAPL", "BRK-B", "HALTX"]);
    assert_eq!((field(&rows[2], "tngoLast"), field(&rows[2], "volume")), ("null", "0"));
    assert_eq!(world.get("tiingo/iex/?tickers=gone").await.text, "[]");
    assert!(world.rows("tiingo/iex/").await.len() > 100, "without tickers: all");
}

#[tokio::test]
async fn bars_come_an_hour_and_a_half_after_the_bell() {
    let world = World::start("2026-11-20T22:29:59Z");
    let latest = async || one(&world, "tiingo/tiingo/daily/aapl/prices").await;
    assert_eq!(field(&latest().await, "date"), "2026-11-19T00:00:00+00:00");
    world.now("2026-11-20T22:30:00Z");
    let row = latest().await;
    assert_eq!(field(&row, "date"), "2026-11-20T00:00:00+00:00");
    assert_eq!((field(&row, "divCash"), field(&row, "splitFactor")), ("0.0", "1.0"));
    let path = "tiingo/tiingo/daily/aapl/prices?startDate=2026-11-16&endDate=2026-11-22";
    let answer = world.get(path).await;
    assert_eq!(keys(&answer.text)[..3], ["date", "close", "high"]);
    let rows = world.rows(path).await;
    assert_eq!(rows.len(), 5);
    assert_eq!(field(&rows[0], "date"), "2026-11-16T00:00:00.000Z");
    let reversed = world.rows(&format!("{path}&sort=-date")).await;
    assert_eq!(field(&reversed[0], "date"), "2026-11-20T00:00:00.000Z");
    let meta = world.get("tiingo/tiingo/daily/aapl").await.text;
    assert!(meta.starts_with(r#"{"ticker":"AAPL","name":"Apple Inc.""#) && meta.contains(r#""endDate":"2026-11-20""#));
}

#[tokio::test]
async fn splits_and_dividends_stand_on_their_day_and_raw_prices_stay() {
    let world = World::start("2026-11-20T23:00:00Z");
    let path = "tiingo/tiingo/daily/orly/prices?startDate=2026-11-18&endDate=2026-11-20";
    let before = world.rows(path).await;
    world.sim.split("ORLY", date(2026, 11, 20), Decimal::from(15));
    world.sim.dividend("ORLY", date(2026, 11, 19), decimal("0.26"));
    world.sim.correct_close("ORLY", date(2026, 11, 18), decimal("99.5"));
    let rows = world.rows(path).await;
    assert_eq!(rows.iter().map(|row| field(row, "splitFactor")).collect::<Vec<_>>(), ["1.0", "1.0", "15.0"]);
    assert_eq!(rows.iter().map(|row| field(row, "divCash")).collect::<Vec<_>>(), ["0.0", "0.26", "0.0"]);
    assert_eq!(field(&rows[0], "close"), "99.5");
    assert_eq!(field(&rows[1], "close"), field(&before[1], "close"), "as traded");
    assert!(number(&rows[1], "adjClose") < number(&rows[1], "close").checked_div(Decimal::from(14)).unwrap());
    assert_eq!(field(&rows[2], "adjClose"), field(&rows[2], "close"));
}

#[tokio::test]
async fn currencies_rest_at_the_weekend() {
    let world = World::start(FRIDAY_NOON);
    let rows = world.rows("tiingo/tiingo/fx/top?tickers=eurusd,xxxyyy,gbpusd").await;
    assert_eq!(rows.iter().map(|row| field(row, "ticker")).collect::<Vec<_>>(), ["eurusd", "gbpusd"]);
    let row = &rows[0];
    assert_eq!(field(row, "quoteTimestamp"), "2026-11-20T17:00:00.289000+00:00");
    assert!(number(row, "bidPrice") < number(row, "midPrice") && number(row, "midPrice") < number(row, "askPrice"));
    let weekend = one(world.now("2026-11-22T10:00:00Z"), "tiingo/tiingo/fx/eurusd/top").await;
    assert_eq!(field(&weekend, "quoteTimestamp"), "2026-11-20T21:00:00.289000+00:00");
}

#[tokio::test]
async fn tokens_paths_and_tickers_are_checked() {
    let world = World::start(FRIDAY_NOON);
    for (header, path, status, text) in [
        ("", "api/test/", 403, r#"{"detail":"Please supply a token"}"#),
        ("Bearer TOKEN", "api/test/", 403, r#"{"detail":"Please supply a token"}"#),
        ("Token WRONG", "api/test/", 403, "None"),
        ("Token TOKEN", "api/test/", 200, r#"{"message":"You successfully sent a request"}"#),
        ("Token TOKEN", "tiingo/daily/gone", 404, r#"{"detail":"Error: Ticker 'GONE' not found"}"#),
        ("Token TOKEN", "tiingo/daily/vod.l/prices", 404, r#"{"detail":"Error: Ticker 'VOD.L' not found"}"#),
        ("Token TOKEN", "tiingo/nothing", 404, r#"{"detail":"Not found."}"#),
    ] {
        let url = format!("{}/{path}", world.sim.base_url("tiingo"));
        let response = world.client.get(url).header("authorization", header).send().await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{header} {path}");
        assert_eq!(response.text().await.unwrap(), text, "{header} {path}");
    }
}

#[tokio::test]
async fn hours_and_days_run_out() {
    let world = World::start("2026-11-20T17:59:00Z");
    world.sim.add_key("tiingo", "TOKEN", Plan::tiingo_starter().with_limit("hour", 2).with_limit("day", 4));
    let ask = async || world.get("tiingo/api/test/").await;
    for (now, status, word) in [
        ("2026-11-20T17:59:00Z", 200, ""),
        ("2026-11-20T17:59:01Z", 200, ""),
        ("2026-11-20T17:59:02Z", 429, "over your hourly request allocation. Please upgrade"),
        ("2026-11-20T18:00:00Z", 200, ""),
        ("2026-11-20T19:00:00Z", 429, "over your daily request allocation. Please upgrade"),
        ("2026-11-21T04:59:59Z", 429, "daily"),
        ("2026-11-21T05:00:00Z", 200, ""),
    ] {
        world.now(now);
        let answer = ask().await;
        assert!(answer.status == status && answer.text.contains(word), "{now}: {} {}", answer.status, answer.text);
        assert_eq!(answer.header("retry-after"), None);
    }
}

#[tokio::test]
async fn after_so_many_tickers_a_month_only_known_ones_work() {
    let world = World::start("2026-11-20T17:00:00Z");
    world.sim.add_key("tiingo", "TOKEN", Plan::tiingo_starter().with_symbols_per_month(2));
    let text = "You have run over your 2 symbol look up for this month. Please upgrade at \
                https://api.tiingo.com/pricing to have your limits increased.";
    assert_eq!(world.rows("tiingo/iex/?tickers=aapl,AAPL,msft").await.len(), 3);
    for path in ["tiingo/iex/?tickers=ko", "tiingo/tiingo/daily/ko/prices"] {
        let refused = world.get(path).await;
        assert_eq!((refused.status, refused.text.as_str()), (200, text), "{path}");
    }
    assert_eq!(world.rows("tiingo/iex/?tickers=msft").await.len(), 1);
    world.now("2026-12-01T05:00:00Z");
    assert_eq!(world.rows("tiingo/iex/?tickers=ko").await.len(), 1);
}
