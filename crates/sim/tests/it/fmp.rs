use foliosync_engine::model::Decimal;
use foliosync_sim::Plan;
use jiff::SignedDuration;
use jiff::civil::date;

use crate::support::{Answer, FRIDAY_NOON, World, at, decimal, field, keys, number};

const QUOTE_KEYS: [&str; 17] = [
    "symbol",
    "name",
    "price",
    "changePercentage",
    "change",
    "volume",
    "dayLow",
    "dayHigh",
    "yearHigh",
    "yearLow",
    "marketCap",
    "priceAvg50",
    "priceAvg200",
    "exchange",
    "open",
    "previousClose",
    "timestamp",
];

#[tokio::test]
async fn a_quote_has_the_recorded_fields_and_its_numbers_agree() {
    let world = World::start(FRIDAY_NOON);
    for symbol in ["AAPL", "EURUSD", "BTCUSD", "VOD.L", "SYM00007", "SPY", "BRK-B"] {
        let answer = world.get(&format!("fmp/stable/quote?symbol={symbol}")).await;
        assert_eq!(keys(&answer.text), QUOTE_KEYS, "{symbol}");
        let row = &crate::support::rows(&answer.text)[0];
        let n = |key| number(row, key);
        assert_eq!(field(row, "symbol"), symbol);
        assert_eq!(Some(n("price")), world.sim.price(symbol));
        assert_eq!(n("change"), n("price") - n("previousClose"), "{symbol}");
        assert!(n("dayLow") <= n("price") && n("price") <= n("dayHigh"), "{symbol}");
        assert!(n("dayLow") <= n("open") && n("open") <= n("dayHigh"), "{symbol}");
        assert!(n("yearLow") <= n("dayLow") && n("dayHigh") <= n("yearHigh"), "{symbol}");
        assert!(n("yearLow") < n("priceAvg50") && n("priceAvg200") < n("yearHigh"), "{symbol}");
        assert!(!row["price"].get().starts_with('"'), "a JSON number");
    }
    let rows = world.rows("fmp/stable/quote?symbol=EURUSD").await;
    assert_eq!(field(&rows[0], "marketCap"), "null");
    // London closed half an hour ago, New York trades.
    for (symbol, timestamp) in [("AAPL", "2026-11-20T17:00:00Z"), ("VOD.L", "2026-11-20T16:30:02Z")] {
        let rows = world.rows(&format!("fmp/stable/quote?symbol={symbol}")).await;
        assert_eq!(field(&rows[0], "timestamp"), at(timestamp).as_second().to_string());
    }
}

#[tokio::test]
async fn prices_move_during_the_session_and_the_same_seed_repeats_them() {
    let (world, twin) = (World::start(FRIDAY_NOON), World::start(FRIDAY_NOON));
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let rows = world.rows("fmp/stable/quote?symbol=MSFT").await;
        assert_eq!(twin.sim.price("MSFT"), Some(number(&rows[0], "price")));
        seen.insert(field(&rows[0], "price").to_string());
        world.sim.advance(SignedDuration::from_secs(5));
        twin.sim.advance(SignedDuration::from_secs(5));
    }
    assert!(seen.len() > 10, "{seen:?}");
}

#[tokio::test]
async fn the_close_stays_until_it_is_corrected() {
    let world = World::start("2026-11-20T20:59:58Z");
    let friday = date(2026, 11, 20);
    let quoted = async |key: &str| number(&world.rows("fmp/stable/quote?symbol=AAPL").await[0], key);
    let path = "fmp/stable/historical-price-eod/full?symbol=AAPL&from=2026-11-19&to=2026-11-20";
    let stored = async || number(&world.rows(path).await[0], "close");
    assert_eq!(stored().await, quoted("price").await, "the running day has a row");
    world.now("2026-11-20T21:00:00Z");
    let close = world.sim.close("AAPL", friday).unwrap();
    assert_eq!((quoted("price").await, stored().await), (close, close));
    world.now("2026-11-22T12:00:00Z");
    assert_eq!((quoted("price").await, stored().await), (close, close));
    let corrected = close + decimal("1.25");
    world.sim.correct_close("AAPL", friday, corrected);
    assert_eq!((quoted("price").await, stored().await), (corrected, corrected));
    world.now("2026-11-23T15:00:00Z");
    assert_eq!(quoted("previousClose").await, corrected);
}

#[tokio::test]
async fn history_is_newest_first_without_closed_days() {
    let world = World::start("2026-11-27T12:00:00Z");
    let path = "fmp/stable/historical-price-eod/full?symbol=KO&from=2026-11-20&to=2026-11-30";
    let answer = world.get(path).await;
    let want = ["symbol", "date", "open", "high", "low", "close", "volume", "change", "changePercent", "vwap"];
    assert_eq!(keys(&answer.text)[..10], want);
    let dates =
        |rows: &[crate::support::Row]| rows.iter().map(|row| field(row, "date").to_string()).collect::<Vec<_>>();
    // The 26th is Thanksgiving, and the 27th has not opened.
    assert_eq!(dates(&world.rows(path).await), ["2026-11-25", "2026-11-24", "2026-11-23", "2026-11-20"],);
    let all = world.rows("fmp/stable/historical-price-eod/full?symbol=KO").await;
    assert!((1250..1262).contains(&all.len()), "five years: {}", all.len());
    let quote = &world.rows("fmp/stable/quote?symbol=KO").await[0];
    let high = all[..252].iter().map(|row| number(row, "high")).max();
    assert_eq!(high, Some(number(quote, "yearHigh")));
    assert_eq!(world.get("fmp/stable/historical-price-eod/full?symbol=GONE").await.text, "[]");
}

#[tokio::test]
async fn a_split_divides_all_older_bars_once_it_has_happened() {
    let world = World::start("2026-11-19T22:00:00Z");
    let path = "fmp/stable/historical-price-eod/full?symbol=NFLX&from=2026-11-18&to=2026-11-20";
    let before = number(&world.rows(path).await[0], "close");
    world.sim.split("NFLX", date(2026, 11, 20), Decimal::from(10));
    assert_eq!(number(&world.rows(path).await[0], "close"), before);
    world.now(FRIDAY_NOON);
    let rows = world.rows(path).await;
    assert_eq!(rows.len(), 3);
    let tenth = before.checked_div(Decimal::from(10)).unwrap();
    assert_eq!(number(&rows[1], "close"), tenth);
    let quote = &world.rows("fmp/stable/quote?symbol=NFLX").await[0];
    assert_eq!(number(quote, "previousClose"), tenth);
    assert!(number(quote, "price") < before.checked_div(Decimal::from(5)).unwrap());
    assert!(number(quote, "yearHigh") < before.checked_div(Decimal::from(2)).unwrap());
}

#[tokio::test]
async fn batches_leave_out_what_is_unknown_and_keep_no_order() {
    let world = World::start(FRIDAY_NOON);
    for list in ["AAPL,NOPE,MSFT,EURUSD", "AAPL%2CNOPE%2CMSFT%2CEURUSD"] {
        let rows = world.rows(&format!("fmp/stable/batch-quote?symbols={list}")).await;
        let mut symbols: Vec<_> = rows.iter().map(|row| field(row, "symbol")).collect();
        assert_ne!(symbols, ["AAPL", "MSFT", "EURUSD"]);
        symbols.sort();
        assert_eq!(symbols, ["AAPL", "EURUSD", "MSFT"]);
    }
    for path in ["stable/quote?symbol=AAPL,MSFT", "stable/batch-quote?symbols=NOPE,GONE", "stable/profile?symbol=NOPE"]
    {
        assert_eq!(world.get(&format!("fmp/{path}")).await.text, "[]", "{path}");
    }
    assert_eq!(world.get("fmp/stable/quote/AAPL,MSFT").await.status, 404);
}

#[tokio::test]
async fn a_halted_symbol_has_no_price() {
    let world = World::start(FRIDAY_NOON);
    let answer = world.get("fmp/stable/quote?symbol=HALTX").await;
    assert_eq!(keys(&answer.text), QUOTE_KEYS);
    let row = &crate::support::rows(&answer.text)[0];
    for key in ["price", "change", "dayHigh", "marketCap", "open"] {
        assert_eq!(field(row, key), "null", "{key}");
    }
    assert!(number(row, "previousClose") > Decimal::ZERO);
}

#[tokio::test]
async fn the_unit_is_told_by_the_profile_only() {
    let world = World::start(FRIDAY_NOON);
    for (symbol, currency) in [("AAPL", "USD"), ("VOD.L", "GBp"), ("CPG.L", "USD"), ("VUSA.L", "GBP")] {
        let rows = world.rows(&format!("fmp/stable/profile?symbol={symbol}")).await;
        assert_eq!(field(&rows[0], "currency"), currency);
    }
}

#[tokio::test]
async fn keys_and_plans_are_checked() {
    let world = World::start(FRIDAY_NOON);
    let ask = async |key: &str, path: &str| {
        let url = format!("{}/{path}", world.sim.base_url("fmp"));
        let answer = Answer::of(world.client.get(url).header("apikey", key).send().await.unwrap()).await;
        (answer.status, answer.text)
    };
    for (key, path, status, start) in [
        ("", "stable/quote?symbol=AAPL", 401, r#"{"Error Message":"Invalid API KEY."#),
        ("WRONG", "stable/quote?symbol=AAPL", 401, r#"{"Error Message":"Invalid API KEY."#),
        ("FREE", "stable/quote?symbol=AAPL", 200, r#"[{"symbol":"AAPL""#),
        ("FREE", "stable/quote?symbol=SYM00001", 402, "Premium Query Parameter: 'Special Endpoint : "),
        ("FREE", "stable/quote?symbol=EURUSD", 402, "Premium Query Parameter"),
        ("FREE", "stable/batch-quote?symbols=AAPL", 402, "Restricted Endpoint: "),
        ("FREE", "stable/profile?symbol=SYM00001", 200, r#"[{"symbol":"SYM00001""#),
        ("FREE", "stable/historical-price-eod/full?symbol=VOO", 402, "Premium Query Parameter"),
        ("PAID", "api/v3/quote/AAPL", 403, r#"{"Error Message":"Legacy Endpoint : "#),
        ("PAID", "stable/quote", 400, "Query Error"),
        ("OLD", "api/v3/quote/AAPL,MSFT", 200, r#"[{"symbol":""#),
        ("OLD", "api/v3/historical-price-full/NOPE", 200, "{}"),
    ] {
        let (got, text) = ask(key, path).await;
        assert!(got == status && text.starts_with(start), "{key} {path}: {got} {text}");
    }
    assert_eq!(world.sim.stats().of("fmp").keys_in_address, 0);
    let url = format!("{}/stable/quote?symbol=AAPL&apikey=PAID", world.sim.base_url("fmp"));
    assert_eq!(world.client.get(url).send().await.unwrap().status(), 200);
    assert_eq!(world.sim.stats().of("fmp").keys_in_address, 1);
    assert!(world.sim.requests("fmp").iter().all(|seen| seen.query.iter().all(|(key, _)| key != "apikey")));
}

#[tokio::test]
async fn the_old_api_has_other_names() {
    let world = World::start(FRIDAY_NOON);
    let get = async |path: &str| {
        let url = format!("{}/{path}", world.sim.base_url("fmp"));
        Answer::of(world.client.get(url).header("apikey", "OLD").send().await.unwrap()).await.text
    };
    let quote = &crate::support::rows(&get("api/v3/quote/JPM").await)[0];
    assert!(quote.contains_key("changesPercentage") && quote.contains_key("avgVolume") && quote.contains_key("eps"));
    let text = get("api/v3/historical-price-full/JPM?timeseries=3").await;
    assert!(text.starts_with(r#"{"symbol":"JPM","historical":[{"date":"2026-11-20","open":"#), "{text}");
    assert_eq!(text.matches("\"label\":").count(), 3);
    assert!(text.contains(r#""label":"November 20, 26""#));
}

#[tokio::test]
async fn plans_run_out_and_start_again() {
    let world = World::start("2026-11-20T17:00:30Z");
    world.sim.add_key("fmp", "PAID", Plan::fmp_starter().with_limit("minute", 3).with_limit("day", 5));
    let path = "fmp/stable/quote?symbol=AAPL";
    let statuses = async |count: usize| {
        let mut statuses = Vec::new();
        for _ in 0..count {
            statuses.push(world.get(path).await.status);
        }
        statuses
    };
    assert_eq!(statuses(4).await, [200, 200, 200, 429]);
    let refused = world.get(path).await;
    assert!(refused.text.starts_with(r#"{"Error Message":"Limit Reach . Please upgrade"#), "{}", refused.text);
    assert_eq!(refused.header("retry-after"), None);
    world.now("2026-11-20T17:01:00Z");
    assert_eq!(statuses(1).await, [429], "the day is used up, refused requests included");
    world.now("2026-11-21T00:00:00Z");
    assert_eq!(statuses(4).await, [200, 200, 200, 429]);
    let stats = world.sim.stats().of("fmp");
    assert_eq!((stats.requests, stats.limits_broken), (10, 4));
    assert_eq!(stats.largest_windows["minute"], 5);
    assert_eq!(stats.largest_windows["day"], 6);
    assert_eq!(stats.endpoints["/stable/quote"], 10);
    assert_eq!((stats.statuses[&200], stats.statuses[&429]), (6, 4));
}
