//! Tiingo through the engine, against recorded answers and a source that each test makes up.

use std::sync::{Arc, Mutex};

use foliosync_engine::http::{HttpAnswer, HttpRequest, Part};
use foliosync_engine::model::prices::DayBar;
use foliosync_engine::model::sync::{ItemStatus, Outcome, Setting};
use foliosync_engine::testkit::replay::answer;

use crate::prices_desk::{Desk, SECRET, at, ok, param, recorded, until};

const MONDAY: &str = "2026-11-16T15:30:00Z";

/// A row of a quote, as of ten in the morning of that Monday in New York.
fn row(ticker: &str, price: &str) -> String {
    format!(r#"{{"ticker":"{ticker}","timestamp":"2026-11-16T10:00:00-05:00","tngoLast":{price}}}"#)
}

/// The quotes of the asked symbols at one price, in another order than they were asked for.
fn quotes(request: &HttpRequest, price: &str) -> HttpAnswer {
    let rows: Vec<_> = param(request, "tickers").split(',').rev().map(|ticker| row(ticker, price)).collect();
    ok(&format!("[{}]", rows.join(",")))
}

fn day(date: &str, close: &str, more: &str) -> String {
    format!(r#"{{"date":"{date}T00:00:00.000Z","close":{close},"adjClose":1{more}}}"#)
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_stored_field_by_field_and_a_null_is_no_price() {
    let body = recorded(
        "tiingo/synthetic_iex_batch.json",
        r#"[{"ticker":"IBM","timestamp":"2026-06-24T10:28:57.053159184-04:00","open":174.69,"high":178.46,"low":174.31,
             "tngoLast":177.97,"last":null,"prevClose":172.46,"volume":39782.0},
            {"ticker":"XYZ","timestamp":"2026-06-24T10:28:57.053159184-04:00","open":1,"tngoLast":null,"prevClose":10.0}]"#,
    );
    let desk = Desk::new("tiingo", "2026-06-24T14:30:00Z", move |_| ok(&body));
    let id = desk.connect("main", &[("plan", "power")]).await;
    desk.watch(&["IBM", "XYZ", "GONE"]).await;
    let synced = desk.sync(id, &["quotes"]).await;
    assert_eq!(synced.item("IBM"), (ItemStatus::Updated, "177.97 USD"));
    assert_eq!(synced.item("XYZ"), (ItemStatus::Missing, "the answer has no price for it"));
    let why = "it is not in the answer: unknown there, or no longer traded";
    assert_eq!(synced.item("GONE"), (ItemStatus::Missing, why));
    let want = [
        "current_price 177.97 USD",
        "day_high 178.46 USD",
        "day_low 174.31 USD",
        "day_open 174.69 USD",
        "previous_close 172.46 USD",
    ];
    assert_eq!(desk.quotes().await, want.map(|row| format!("stock:IBM {row}")), "a small exchange's volume is none");
    assert_eq!(desk.days("stock:IBM").await, ["2026-06-24 177.97 intraday"]);
    let view = desk.view(id).await;
    let stream = view.streams.iter().find(|stream| stream.name == "quotes").unwrap();
    assert_eq!(stream.as_of, Some(at("2026-06-24T14:28:57.053159Z")));

    let again = desk.sync(id, &["quotes"]).await;
    assert_eq!((again.counts(), again.run.rows_written), ([0, 1, 2, 0, 0], 0));
    let sent = desk.replay.sent();
    assert_eq!(sent[0].shown(), "GET https://api.tiingo.com/iex/?tickers=GONE,IBM,XYZ");
    let token = Part::Secret(format!("Token {SECRET}-main"));
    assert!(sent.iter().all(|request| request.headers == [("authorization".into(), token.clone())]));
}

#[tokio::test(start_paused = true)]
async fn what_a_price_is_shows_in_its_time() {
    let told = Arc::new(Mutex::new(String::new()));
    let source = Arc::clone(&told);
    let desk = Desk::new("tiingo", MONDAY, move |_| ok(&source.lock().unwrap()));
    let id = desk.connect("main", &[("plan", "power")]).await;
    desk.watch(&["A"]).await;
    // Each line: when it is asked, the time of the price, the price, the day that is stored then, and the volume.
    for (asked, time, price, stored, volume) in [
        ("15:31:00Z", "10:30:59.5-05:00", "10", "10 intraday", None),
        // The official close has the very second of the bell, and the volume of all exchanges.
        ("21:10:00Z", "21:00:00+00:00", "11", "11 intraday", Some("900.5")),
        ("21:20:00Z", "21:00:01.5+00:00", "12", "11 intraday", Some("900.5")),
    ] {
        *told.lock().unwrap() =
            format!(r#"[{{"ticker":"a","timestamp":"2026-11-16T{time}","tngoLast":{price},"last":7,"volume":900.5}}]"#);
        until(&desk, &format!("2026-11-16T{asked}")).await;
        let synced = desk.sync(id, &["quotes"]).await;
        assert_eq!(synced.item("A"), (ItemStatus::Updated, format!("{price} USD").as_str()));
        assert_eq!(desk.days("stock:A").await, [format!("2026-11-16 {stored}")], "{time}");
        let volumes = desk.quotes().await;
        let found = volumes.iter().find_map(|row| row.strip_prefix("stock:A volume "));
        assert_eq!(found, volume, "{time}");
    }
}

#[tokio::test(start_paused = true)]
async fn days_are_read_as_traded_in_both_forms_of_their_date() {
    for (file, short, now, history, days, as_of) in [
        (
            "tiingo/ticker_price_with_date_0.json",
            r#"[{"date":"2015-01-02T00:00:00.000Z","close":529.55,"volume":1,"divCash":0.0,"splitFactor":1.0},
                {"date":"2015-01-05T00:00:00.000Z","close":519.46,"volume":1,"divCash":0.0,"splitFactor":1.0}]"#,
            "2015-01-06T12:00:00Z",
            "tiingo/daily/GOOGL/prices startDate=2014-01-05&endDate=2015-01-05",
            &["2015-01-02 529.55 close", "2015-01-05 519.46 close"][..],
            "2015-01-05T21:00:00Z",
        ),
        (
            "tiingo/ticker_price_0.json",
            r#"[{"date":"2018-04-12T00:00:00+00:00","close":1037.29,"volume":1,"divCash":0.0,"splitFactor":1.0}]"#,
            // An hour and a half after the close, to the minute.
            "2018-04-12T21:30:00Z",
            "tiingo/daily/GOOGL/prices startDate=2017-04-12&endDate=2018-04-12",
            &["2018-04-12 1037.29 close"][..],
            "2018-04-12T20:00:00Z",
        ),
    ] {
        let body = recorded(file, short);
        let desk = Desk::new("tiingo", now, move |_| ok(&body));
        let id = desk.connect("main", &[("plan", "power"), ("history_years", "1")]).await;
        desk.watch(&["GOOGL"]).await;
        let mut seen = 0;
        desk.sync(id, &["history"]).await;
        assert_eq!(desk.asked(&mut seen), [history]);
        assert_eq!(desk.days("stock:GOOGL").await, days);
        let view = desk.view(id).await;
        let stream = view.streams.iter().find(|stream| stream.name == "history").unwrap();
        assert_eq!(stream.as_of, Some(at(as_of)), "a day is as of its end");
        let again = desk.sync(id, &["history"]).await;
        assert_eq!((again.counts(), desk.asked(&mut seen).len()), ([0, 1, 0, 0, 0], 0));
    }
}

#[tokio::test(start_paused = true)]
async fn splits_and_dividends_are_stored_with_their_day() {
    let days = Arc::new(Mutex::new(vec![day("2026-11-12", "300", ""), day("2026-11-13", "303", "")]));
    let source = Arc::clone(&days);
    let desk = Desk::new("tiingo", MONDAY, move |_| ok(&format!("[{}]", source.lock().unwrap().join(","))));
    let id = desk.connect("main", &[("plan", "power"), ("history_years", "1")]).await;
    desk.watch(&["A"]).await;
    desk.sync(id, &["history"]).await;

    // The days before are told as they were traded; they are read again all the same.
    let with = r#","splitFactor":3.0,"divCash":0.25"#;
    days.lock().unwrap().push(day("2026-11-16", "101.5", with));
    until(&desk, "2026-11-16T22:40:00Z").await;
    let mut seen = desk.replay.sent().len();
    desk.sync(id, &["history"]).await;
    let asked = desk.asked(&mut seen);
    assert_eq!(
        asked.iter().map(|path| &path[path.find("startDate=").unwrap()..]).collect::<Vec<_>>(),
        ["startDate=2026-11-03&endDate=2026-11-16", "startDate=2025-11-13&endDate=2026-11-16",]
    );
    assert_eq!(desk.days("stock:A").await, ["2026-11-12 300 close", "2026-11-13 303 close", "2026-11-16 101.5 close"]);
    let bars: Vec<DayBar> = desk.rig.store.records(|s| s.descending("date")).await.unwrap();
    assert_eq!(bars[0].split_factor.unwrap().to_string(), "3");
    assert_eq!(bars[0].dividend.unwrap().to_string(), "0.25");
    assert_eq!((bars[1].split_factor, bars[1].dividend), (None, None), "one for one is no split, and nothing is paid");

    until(&desk, "2026-11-17T22:40:00Z").await;
    desk.sync(id, &["history"]).await;
    assert_eq!(desk.asked(&mut seen).len(), 1, "the whole is read again once");
}

#[tokio::test(start_paused = true)]
async fn currencies_have_a_bid_and_an_ask() {
    let pounds = recorded(
        "tiingo/synthetic_fx_top.json",
        r#"[{"ticker":"gbpusd","quoteTimestamp":"2026-06-24T14:28:57.053159+00:00","midPrice":1.34215,"bidPrice":1.3421,
             "askPrice":1.3422}]"#,
    );
    let aussies = recorded(
        "tiingo/fact_fx_top_audusd_2019-07-01.json",
        r#"[{"ticker":"audusd","quoteTimestamp":"2019-07-01T21:00:01.289000+00:00","bidPrice":0.6963,"askPrice":0.69645,
             "midPrice":0.696375}]"#,
    );
    let inner = |body: &str| body.trim().trim_start_matches('[').trim_end_matches(']').to_string();
    let body = format!("[{},{}]", inner(&pounds), inner(&aussies));
    let desk = Desk::new("tiingo", "2026-06-24T14:30:00Z", move |_| ok(&body));
    let id = desk.connect("main", &[("plan", "power"), ("fx_pairs", "gbp/usd, AUDUSD;usdgbp")]).await;
    let synced = desk.sync(id, &["fx"]).await;
    let mut seen = 0;
    assert_eq!(desk.asked(&mut seen), ["tiingo/fx/top tickers=audusd,gbpusd,usdgbp"], "one request for all");
    assert_eq!(synced.item("gbpusd"), (ItemStatus::Updated, "1 GBP = 1.34215 USD"));
    let why = "Tiingo knows no rate of this pair; most pairs are known one way only";
    assert_eq!(synced.item("usdgbp"), (ItemStatus::Missing, why));
    let told = |number: Option<foliosync_engine::model::Decimal>| number.unwrap().to_string();
    let rates: Vec<_> = desk.rates().await.into_iter().collect();
    let shown = rates
        .iter()
        .map(|r| format!("{}{} {} {} {} {}", r.base, r.quote, r.date, told(r.bid), told(r.rate), told(r.ask)));
    let want = ["AUDUSD 2019-07-02 0.6963 0.696375 0.69645", "GBPUSD 2026-06-24 1.3421 1.34215 1.3422"];
    assert_eq!(shown.collect::<Vec<_>>(), want, "17:00:01 in New York is the next day of currencies");
    let settings: Vec<Setting> = desk.rig.store.records(|s| s.ascending("key")).await.unwrap();
    let shown: Vec<_> = settings.iter().map(|setting| format!("{} {}", setting.key, setting.value)).collect();
    // Whoever sells dollars for pounds pays the ask.
    let want = ["usd_gbp_rate 0.7450454478", "usd_gbp_rate_updated 2026-06-24T14:28:57.053159Z"];
    assert_eq!(shown[1..], want);
}

#[tokio::test(start_paused = true)]
async fn symbols_that_nobody_knows_are_told_and_end_nothing() {
    let gone = recorded("tiingo/fact_404_ticker.json", r#"{"detail":"Error: Ticker 'GONE' not found"}"#);
    let in_csv = recorded("tiingo/fact_200_csv_not_found.txt", "Error: Ticker 'ODD' not found");
    let desk = Desk::new("tiingo", MONDAY, move |request| match request.url.splitn(4, '/').nth(3).unwrap() {
        "tiingo/daily/GONE/prices" => answer(404, &gone),
        "tiingo/daily/ODD/prices" => ok(&in_csv),
        "tiingo/daily/A/prices" => ok(&format!("[{}]", day("2026-11-13", "5", ""))),
        _ => ok(&format!("[{}]", row("A", "5"))),
    });
    let id = desk.connect("main", &[("plan", "power"), ("history_years", "1")]).await;
    desk.watch(&["A", "GONE", "ODD"]).await;
    let synced = desk.sync(id, &["quotes", "history"]).await;
    assert_eq!((synced.counts(), synced.run.outcome), ([2, 0, 4, 0, 0], Some(Outcome::Partial)));
    assert_eq!(desk.prices().await, ["stock:A 5 USD"]);
    assert_eq!(desk.days("stock:A").await, ["2026-11-13 5 close", "2026-11-16 5 intraday"]);
    let gaps: Vec<_> = desk.view(id).await.gaps.into_iter().map(|gap| (gap.stream, gap.item)).collect();
    assert_eq!(gaps.len(), 4, "{gaps:?}");

    let mut seen = desk.replay.sent().len();
    desk.sync(id, &["history"]).await;
    assert!(desk.asked(&mut seen).is_empty(), "who has no days is asked for once a day");
}

#[tokio::test(start_paused = true)]
async fn a_symbol_outside_of_the_plan_is_found_in_its_batch_and_goes_to_another_connection() {
    let us_only =
        recorded("tiingo/fact_400_us_only.json", r#"["Error: Endpoint only available for US and US-listed Stocks"]"#);
    let desk = Desk::new("tiingo", MONDAY, move |request| {
        let is_first = request.headers[0].1.expose().ends_with("-first");
        let is_asked = param(request, "tickers").split(',').any(|ticker| ticker == "RARE");
        if is_first && is_asked { answer(400, &us_only) } else { quotes(request, "5") }
    });
    let first = desk.connect("first", &[("plan", "power"), ("priority", "1")]).await;
    let second = desk.connect("second", &[("plan", "power")]).await;
    desk.watch(&["AAA", "BBB", "RARE", "TTT"]).await;
    let synced = desk.sync(first, &["quotes"]).await;
    assert_eq!((synced.counts(), synced.run.expected), ([3, 0, 1, 0, 0], Some(4)));
    let why = "the plan at Tiingo does not include this; not asked again before 2026-11-17T00:00:00Z";
    assert_eq!(synced.item("RARE"), (ItemStatus::Missing, why));
    let mut seen = 0;
    let asked: Vec<_> = desk.asked(&mut seen).into_iter().map(|path| path.replace("iex/ tickers=", "")).collect();
    assert_eq!(asked[..5], ["AAA,BBB,RARE,TTT", "AAA,BBB", "RARE,TTT", "RARE", "TTT"], "it shows in smaller batches");

    desk.sync(second, &["quotes"]).await;
    assert_eq!(desk.asked(&mut seen).last().unwrap(), "iex/ tickers=RARE");
    assert_eq!(desk.prices().await.len(), 4);
    desk.sync(first, &["quotes"]).await;
    assert_eq!(desk.asked(&mut seen), ["iex/ tickers=AAA,BBB,TTT"]);
    until(&desk, "2026-11-17T00:01:00Z").await;
    assert_eq!(desk.sync(first, &["quotes"]).await.run.expected, Some(4), "it is tried again on the next day");
}

#[tokio::test(start_paused = true)]
async fn the_free_plan_looks_up_so_many_symbols_a_month() {
    let names: Vec<String> = (0..482_u16)
        .map(|n| format!("Q{}{}", (b'A' + (n / 26) as u8) as char, (b'A' + (n % 26) as u8) as char))
        .collect();
    let desk = Desk::new("tiingo", MONDAY, |request| quotes(request, "5"));
    let id = desk.connect("main", &[]).await;
    desk.watch(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let first = desk.sync(id, &["quotes"]).await;
    assert_eq!((first.counts(), first.run.pages), ([480, 0, 0, 0, 2], 5));
    let why = "the 480 new symbols of this month are used up; it is asked for after 2026-12-01";
    assert_eq!(first.item(&names[481]), (ItemStatus::Deferred, why));

    // Those that were looked up go on, whatever the count says; the others wait for the month.
    let again = desk.sync(id, &["quotes"]).await;
    assert_eq!(again.counts(), [0, 480, 0, 0, 2]);
    until(&desk, "2026-12-01T04:59:00Z").await;
    assert_eq!(desk.sync(id, &["quotes"]).await.counts()[4], 2, "the month is New York's");
    until(&desk, "2026-12-01T05:01:00Z").await;
    let mut seen = desk.replay.sent().len();
    let next = desk.sync(id, &["quotes"]).await;
    assert_eq!(next.counts()[4], 2, "all are new again, and as many too many");
    assert_eq!(desk.asked(&mut seen).len(), 5);
}

#[tokio::test(start_paused = true)]
async fn an_hour_that_is_used_up_is_waited_for_and_the_rest_is_read_then() {
    let spent = recorded(
        "tiingo/fact_429_hourly_2026.json",
        r#"{"detail":"Error: You have run over your hourly request allocation. Please upgrade."}"#,
    );
    let left = Arc::new(Mutex::new(2));
    let source = Arc::clone(&left);
    let desk = Desk::new("tiingo", MONDAY, move |request| match &mut *source.lock().unwrap() {
        0 => answer(429, &spent),
        left => {
            *left -= 1;
            quotes(request, "5")
        }
    });
    let id = desk.connect("main", &[("plan", "power"), ("batch_size", "2")]).await;
    desk.watch(&["AA", "BB", "CC", "DD", "EE", "FF", "GG"]).await;
    let first = desk.sync(id, &["quotes"]).await;
    assert_eq!((first.counts(), first.run.expected), ([4, 0, 0, 0, 3], Some(7)));
    let view = desk.view(id).await;
    let stream = view.streams.iter().find(|stream| stream.name == "quotes").unwrap();
    let late = stream.next_due.unwrap().duration_since(at("2026-11-16T16:00:00Z")).as_secs();
    assert!(stream.outcome == Some(Outcome::Deferred) && (0..=60).contains(&late), "{stream:?}");

    *left.lock().unwrap() = 9;
    until(&desk, "2026-11-16T16:00:01Z").await;
    let mut seen = desk.replay.sent().len();
    let second = desk.sync(id, &["quotes"]).await;
    assert_eq!((second.counts(), second.run.expected), ([3, 0, 0, 0, 0], Some(3)), "what is left is its own total");
    assert_eq!(desk.asked(&mut seen), ["iex/ tickers=EE,FF", "iex/ tickers=GG"]);
}
