use std::time::Duration;

use foliosync_sim::{Fault, When};

use crate::support::{FRIDAY_NOON, World, keys};

const PATH: &str = "fmp/stable/quote?symbol=AAPL";

#[tokio::test]
async fn answers_are_replaced() {
    let world = World::start(FRIDAY_NOON);
    let message = || "Limit Reach".to_string();
    for (fault, status, start) in [
        (Fault::Status { code: 429, retry_after: None }, 429, r#"{"Error Message":"Limit Reach"#),
        (Fault::Status { code: 500, retry_after: None }, 500, r#"{"Error Message":"#),
        (Fault::Status { code: 503, retry_after: Some(5) }, 503, r#"{"Error Message":"#),
        (Fault::Page { code: 200 }, 200, "<!DOCTYPE html>"),
        (Fault::Page { code: 403 }, 403, "<!DOCTYPE html>\n<html><head><title>Attention Required!"),
        (Fault::Body { code: 402, text: "Restricted Endpoint: no".into() }, 402, "Restricted Endpoint: no"),
        (Fault::ErrorObject { message: message() }, 200, r#"{"Error Message":"Limit Reach"}"#),
        (Fault::ErrorList { message: message() }, 200, r#"[{"Error Message":"Limit Reach"}]"#),
        (Fault::JsonString { message: message() }, 200, r#""Limit Reach""#),
        (Fault::EmptyArray, 200, "[]"),
        (Fault::EmptyBody, 200, ""),
        (Fault::Nulls { fields: vec!["price".into()] }, 200, r#"[{"symbol":"AAPL","name":"Apple Inc.","price":null,"#),
        (Fault::WrongTypes { fields: vec![] }, 200, r#"[{"symbol":"AAPL","name":"Apple Inc.","price":"about "#),
    ] {
        world.sim.clear_faults();
        world.sim.fault("fmp", fault.clone(), When::next(1));
        let answer = world.get(PATH).await;
        assert_eq!(answer.status, status, "{fault:?}");
        assert!(answer.text.starts_with(start), "{fault:?}: {}", answer.text);
        let wait = matches!(fault, Fault::Status { code: 503, .. }).then_some("5");
        assert_eq!(answer.header("retry-after"), wait, "{fault:?}");
        assert!(world.get(PATH).await.text.starts_with(r#"[{"symbol":"AAPL""#), "{fault:?} is over");
    }
    let stats = world.sim.stats().of("fmp");
    assert_eq!((stats.faults_served, stats.requests, stats.sent_before_retry_after), (13, 26, 21));
}

#[tokio::test]
async fn each_provider_has_errors_of_its_own() {
    let world = World::start(FRIDAY_NOON);
    for (provider, path, error, empty) in [
        ("tiingo", "iex/?tickers=aapl", r#"{"detail":"no"}"#, "[]"),
        ("binance", "api/v3/time", r#"{"code":-1000,"msg":"no"}"#, "[]"),
        ("okx", "api/v5/public/time", r#"{"code":"50026","msg":"no","data":[]}"#, r#"{"code":"0","msg":"","data":[]}"#),
    ] {
        world.sim.fault(provider, Fault::ErrorObject { message: "no".into() }, When::next(1));
        world.sim.fault(provider, Fault::EmptyArray, When::next(1));
        let path = format!("{provider}/{path}");
        assert_eq!(world.get(&path).await.text, error);
        assert_eq!(world.get(&path).await.text, empty);
    }
    world.sim.fault("binance", Fault::Status { code: 503, retry_after: None }, When::next(1));
    let answer = world.get("binance/api/v3/time").await;
    assert_eq!((answer.status, answer.header("x-mbx-used-weight-1m")), (503, Some("3")), "weight is told all the same");
}

#[tokio::test]
async fn answers_break_on_the_way() {
    let world = World::start(FRIDAY_NOON);
    let broken = async |fault: Fault| -> String {
        world.sim.clear_faults();
        world.sim.fault("fmp", fault.clone(), When::next(1));
        let failed = match world.request(PATH).send().await {
            Err(error) => format!("{error:?}"),
            Ok(response) => format!("{:?}", response.bytes().await.expect_err(&format!("{fault:?}"))),
        };
        // The connection is not reused, and the next works.
        assert_eq!(world.get(PATH).await.status, 200, "{fault:?}");
        failed
    };
    assert!(broken(Fault::Reset).await.contains("reset"));
    broken(Fault::Close).await;
    broken(Fault::Truncated).await;
    broken(Fault::GzipJunk).await;
    world.sim.fault("fmp", Fault::CutText, When::next(1));
    let cut = world.get(PATH).await.text;
    assert!(cut.starts_with("[{") && !cut.ends_with(']'));
}

#[tokio::test]
async fn redirects_lead_elsewhere_and_bombs_unpack() {
    let world = World::start(FRIDAY_NOON);
    world.sim.fault("fmp", Fault::Redirect { to: "http://elsewhere.invalid/".into() }, When::next(1));
    let answer = world.get(PATH).await;
    assert_eq!((answer.status, answer.header("location")), (302, Some("http://elsewhere.invalid/")));
    world.sim.fault("fmp", Fault::Oversized { mebibytes: 3 }, When::next(1));
    let raw = crate::support::client().no_gzip().build().unwrap();
    let url = format!("{}/stable/quote?symbol=AAPL", world.sim.base_url("fmp"));
    let packed = raw.get(url).header("apikey", "PAID").send().await.unwrap().bytes().await.unwrap();
    assert!(packed.len() < 100_000, "{}", packed.len());
    world.sim.fault("fmp", Fault::Oversized { mebibytes: 3 }, When::next(1));
    assert_eq!(world.get(PATH).await.text.len(), (3 << 20) + 2);
}

#[tokio::test]
async fn slow_answers_are_whole_in_the_end() {
    let world = World::start(FRIDAY_NOON);
    let plain = world.get(PATH).await.text;
    world.sim.fault("fmp", Fault::Slow { milliseconds: 50 }, When::next(1));
    let patience = world.request(PATH).timeout(Duration::from_millis(20)).send().await;
    assert!(patience.unwrap_err().is_timeout());
    world.sim.fault("fmp", Fault::Drip { pieces: 4, milliseconds: 5 }, When::next(1));
    let mut response = world.request(PATH).send().await.unwrap();
    let (mut text, mut chunks) = (Vec::new(), 0);
    while let Some(chunk) = response.chunk().await.unwrap() {
        text.extend_from_slice(&chunk);
        chunks += 1;
    }
    assert_eq!(String::from_utf8(text).unwrap(), plain);
    assert!(chunks > 1, "{chunks}");
}

#[tokio::test]
async fn conditions_choose_the_requests() {
    let world = World::start(FRIDAY_NOON);
    let fault = || Fault::Status { code: 500, retry_after: None };
    let hits = async |when: When, paths: &[&str]| {
        world.sim.clear_faults();
        world.sim.fault("fmp", fault(), when);
        let mut hits = Vec::new();
        for path in paths {
            hits.push(world.get(&format!("fmp/stable/{path}")).await.status == 500);
        }
        hits
    };
    let (quote, batch) = ("quote?symbol=AAPL", "batch-quote?symbols=AAPL%2CSYM00031");
    assert_eq!(hits(When::always(), &[quote, batch, quote]).await, [true, true, true]);
    assert_eq!(hits(When::next(2), &[quote, quote, quote]).await, [true, true, false]);
    assert_eq!(hits(When::next(1).skip(1), &[quote, quote, quote]).await, [false, true, false]);
    assert_eq!(hits(When::always().path_contains("batch"), &[quote, batch]).await, [false, true]);
    assert_eq!(hits(When::always().query_contains(",SYM00031"), &[quote, batch]).await, [false, true]);
    let drawn = hits(When::percent(50), &[quote; 40]).await;
    assert!((8..=32).contains(&drawn.iter().filter(|hit| **hit).count()), "{drawn:?}");
    assert_eq!(drawn, hits(When::percent(50), &[quote; 40]).await, "the seed repeats them");
    world.sim.clear_faults();
    assert_eq!(keys(&world.get(PATH).await.text).len(), 17);
    assert_eq!(world.get("tiingo/api/test/").await.status, 200);
}
