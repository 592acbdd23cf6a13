//! FMP through the engine, against a source that each test makes up.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use foliosync_engine::engine::Mapping;
use foliosync_engine::http::{HttpAnswer, HttpRequest, Part};
use foliosync_engine::model::Batch;
use foliosync_engine::model::instrument::{BY_PROVIDER, Listing};
use foliosync_engine::model::sync::{ItemStatus, Outcome, SyncOptions};
use foliosync_engine::testkit::replay::answer;

use crate::prices_desk::{Desk, SECRET, at, ok, param, recorded, until};

const MONDAY: &str = "2026-11-16T15:30:00Z";
const RESTRICTED: &str = "Restricted Endpoint: not in this plan";
const PREMIUM: &str = "Premium Query Parameter: not in this plan";

/// A row of a quote, with what is given besides symbol and price.
fn row(symbol: &str, price: &str, more: &str) -> String {
    format!(r#"{{"symbol":"{symbol}","price":{price}{more}}}"#)
}

/// The quotes of the asked symbols at one price, in another order than they were asked for.
fn quotes(request: &HttpRequest, price: &str) -> HttpAnswer {
    let symbols = param(request, "symbols") + &param(request, "symbol");
    let rows: Vec<_> = symbols.split(',').rev().map(|symbol| row(symbol, price, "")).collect();
    ok(&format!("[{}]", rows.join(",")))
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("A{}{}", (b'A' + (n / 26) as u8) as char, (b'A' + (n % 26) as u8) as char)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_quote_is_stored_field_by_field_to_the_last_digit() {
    let body = recorded(
        "fmp/doc_stable_quote_AAPL_2025-11-07.json",
        r#"[{"symbol":"AAPL","price":268.47,"changePercentage":-0.48189,"volume":45140079,"dayLow":266.82,"dayHigh":272.29,
           "yearHigh":277.32,"yearLow":169.21,"marketCap":3967020108000,"priceAvg50":252.2522,"priceAvg200":224.3975,
           "open":269.795,"previousClose":269.77,"timestamp":1762549202}]"#,
    );
    let desk = Desk::new("fmp", "2025-11-07T21:30:00Z", move |_| ok(&body));
    let id = desk.connect("main", &[("plan", "starter")]).await;
    desk.watch(&["AAPL"]).await;
    let synced = desk.sync(id, &["quotes"]).await;
    assert_eq!(synced.item("AAPL"), (ItemStatus::Updated, "268.47 USD"));
    let mut quotes = desk.quotes().await;
    quotes.sort();
    let want = [
        "change_pct -0.48189",
        "current_price 268.47 USD",
        "day_high 272.29 USD",
        "day_low 266.82 USD",
        "day_open 269.795 USD",
        "market_cap 3967020108000 USD",
        "previous_close 269.77 USD",
        "price_avg_200 224.3975 USD",
        "price_avg_50 252.2522 USD",
        "volume 45140079",
        "year_high 277.32 USD",
        "year_low 169.21 USD",
    ];
    assert_eq!(quotes, want.map(|row| format!("stock:AAPL {row}")));
    assert!(desk.days("stock:AAPL").await.is_empty(), "the day is over, so it is history's to tell");
    assert_eq!(
        desk.view(id).await.streams.iter().find(|s| s.name == "quotes").unwrap().as_of,
        Some(at("2025-11-07T21:00:02Z"))
    );

    let again = desk.sync(id, &["quotes"]).await;
    assert_eq!((again.counts(), again.run.rows_written), ([0, 1, 0, 0, 0], 0));
    let sent = desk.replay.sent();
    assert_eq!(sent[0].shown(), "GET https://financialmodelingprep.com/stable/batch-quote?symbols=AAPL");
    assert!(sent.iter().all(|request| request.headers == [("apikey".into(), Part::Secret(format!("{SECRET}-main")))]));
}

#[tokio::test(start_paused = true)]
async fn nulls_and_wrong_types_overwrite_nothing() {
    let turn = Arc::new(AtomicUsize::new(0));
    let source = Arc::clone(&turn);
    let desk = Desk::new("fmp", MONDAY, move |_| {
        let rows = match source.load(Ordering::Relaxed) {
            0 => [row("A", "10.5", r#","volume":7,"marketCap":100,"dayHigh":11"#), row("B", "1", "")],
            1 => [
                row("A", "10.6", r#","volume":{},"marketCap":null,"dayHigh":"x","dayLow":0,"name":7"#),
                row("B", "null", ""),
            ],
            _ => [row("A", "[]", ""), row("B", "0", "")],
        };
        ok(&format!("[7,null,{{\"symbol\":null}},{}]", rows.join(",")))
    });
    let id = desk.connect("main", &[("plan", "starter")]).await;
    desk.watch(&["A", "B"]).await;
    desk.sync(id, &["quotes"]).await;
    turn.store(1, Ordering::Relaxed);
    until(&desk, "2026-11-16T15:45:00Z").await;
    let second = desk.sync(id, &["quotes"]).await;
    let remark = "10.6 USD; left out: dayHigh is not a number; volume is not a number";
    assert_eq!(second.item("A"), (ItemStatus::Updated, remark));
    assert_eq!(second.item("B"), (ItemStatus::Missing, "the answer has no price for it"));
    let kept = [
        "A current_price 10.6 USD",
        "A day_high 11 USD",
        "A market_cap 100 USD",
        "A volume 7",
        "B current_price 1 USD",
    ];
    assert_eq!(desk.quotes().await, kept.map(|row| format!("stock:{row}")));

    turn.store(2, Ordering::Relaxed);
    let third = desk.sync(id, &["quotes"]).await;
    let why = "its price cannot be used: price is not a number";
    assert_eq!((third.item("A"), third.run.outcome), ((ItemStatus::Rejected, why), Some(Outcome::Failed)));
    assert_eq!(desk.prices().await, ["stock:A 10.6 USD", "stock:B 1 USD"]);
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_fails_is_told_and_the_sweep_goes_on() {
    let names = names(90);
    let desk = Desk::new("fmp", MONDAY, |request| match param(request, "symbols") {
        symbols if symbols.starts_with("ABE,") => answer(503, ""),
        symbols => {
            let known: Vec<_> =
                symbols.split(',').filter(|name| *name != "AAC").map(|name| row(name, "5", "")).collect();
            ok(&format!("[{}]", known.join(",")))
        }
    });
    let id = desk.connect("main", &[("plan", "starter")]).await;
    desk.watch(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let synced = desk.sync(id, &["quotes"]).await;
    assert_eq!((synced.run.outcome, synced.run.pages, synced.run.expected), (Some(Outcome::Partial), 3, Some(90)));
    assert_eq!(synced.counts(), [59, 0, 1, 0, 30]);
    assert_eq!(synced.item("AAC").0, ItemStatus::Missing);
    assert_eq!(synced.item("ABE"), (ItemStatus::Deferred, "Financial Modeling Prep answered with status 503"));
    let view = desk.view(id).await;
    assert_eq!(view.gaps.len(), 31);
    assert_eq!(desk.prices().await.len(), 59);
}

#[tokio::test(start_paused = true)]
async fn the_third_failure_in_a_row_ends_the_sweep() {
    let names = names(9);
    let desk = Desk::new("fmp", MONDAY, |_| answer(500, ""));
    let id = desk.connect("main", &[("plan", "starter"), ("batch_size", "2")]).await;
    desk.watch(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let synced = desk.sync(id, &["quotes"]).await;
    assert_eq!(
        (synced.run.outcome, synced.counts()),
        (Some(Outcome::Failed), [0, 0, 0, 0, 9]),
        "the rest is deferred, too"
    );
    assert_eq!(desk.replay.sent().len(), 9, "three batches, three attempts each");
    assert_eq!(synced.run.error.as_deref(), Some("Financial Modeling Prep answered with status 500"));
}

#[tokio::test(start_paused = true)]
async fn without_batches_each_symbol_is_asked_for_until_the_next_day() {
    let names = names(12);
    let desk = Desk::new("fmp", MONDAY, |request| {
        if request.url.ends_with("/batch-quote") { answer(402, RESTRICTED) } else { quotes(request, "5") }
    });
    let id = desk.connect("main", &[]).await;
    desk.watch(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut seen = 0;
    let first = desk.sync(id, &["quotes"]).await;
    assert_eq!((first.counts(), first.run.pages), ([12, 0, 0, 0, 0], 2));
    let asked = desk.asked(&mut seen);
    assert_eq!((asked.len(), asked[0].split(' ').next()), (13, Some("stable/batch-quote")));
    assert_eq!(asked[1], "stable/quote symbol=AAA");

    until(&desk, "2026-11-16T23:59:00Z").await;
    desk.sync(id, &["quotes"]).await;
    assert!(desk.asked(&mut seen).iter().all(|path| path.starts_with("stable/quote ")), "it is known for the day");
    until(&desk, "2026-11-17T00:01:00Z").await;
    desk.sync(id, &["quotes"]).await;
    assert_eq!(desk.asked(&mut seen)[0].split(' ').next(), Some("stable/batch-quote"), "the plan may have changed");
}

#[tokio::test(start_paused = true)]
async fn a_symbol_outside_of_the_plan_goes_to_another_connection() {
    let desk = Desk::new("fmp", MONDAY, |request| {
        let is_free = request.headers[0].1.expose().ends_with("-free");
        let asked = param(request, "symbols") + &param(request, "symbol");
        if is_free && asked.contains("RARE") { answer(402, PREMIUM) } else { quotes(request, "5") }
    });
    let free = desk.connect("free", &[("priority", "1")]).await;
    let paid = desk.connect("paid", &[("plan", "premium")]).await;
    desk.watch(&["AAPL", "RARE", "TSLA"]).await;
    let synced = desk.sync(free, &["quotes"]).await;
    assert_eq!(synced.counts(), [2, 0, 1, 0, 0]);
    let why =
        "the plan at Financial Modeling Prep does not include this symbol; not asked again before 2026-11-17T00:00:00Z";
    assert_eq!(synced.item("RARE"), (ItemStatus::Missing, why));
    assert_eq!(desk.states("quotes").await[0].not_in_plan_until, Some(at("2026-11-17T00:00:00Z")));

    let mut seen = desk.replay.sent().len();
    assert_eq!(desk.sync(free, &["quotes"]).await.run.expected, Some(2), "it is not asked for again");
    assert_eq!(desk.asked(&mut seen), ["stable/batch-quote symbols=AAPL,TSLA"]);
    desk.sync(paid, &["quotes"]).await;
    assert_eq!(desk.asked(&mut seen), ["stable/batch-quote symbols=RARE"]);
    assert_eq!(desk.prices().await, ["stock:AAPL 5 USD", "stock:RARE 5 USD", "stock:TSLA 5 USD"]);

    until(&desk, "2026-11-17T00:01:00Z").await;
    assert_eq!(desk.sync(free, &["quotes"]).await.run.expected, Some(3), "it is tried again on the next day");
}

#[tokio::test(start_paused = true)]
async fn who_reads_no_prices_keeps_them_from_nobody() {
    let desk = Desk::new("fmp", MONDAY, |request| quotes(request, "5"));
    let off = desk.connect("off", &[("priority", "1"), ("quotes", "off")]).await;
    let on = desk.connect("on", &[]).await;
    desk.watch(&["AAPL"]).await;
    for connection in [off, on] {
        desk.sync(connection, &["quotes"]).await;
    }
    assert_eq!(desk.prices().await, ["stock:AAPL 5 USD"]);
}

#[tokio::test(start_paused = true)]
async fn a_unit_is_asked_for_and_pence_become_pounds() {
    let profile = r#"[{"symbol":"VOD.L","companyName":"Vodafone","currency":"GBp"}]"#;
    let price = Arc::new(Mutex::new("72.45".to_string()));
    let told = Arc::clone(&price);
    let desk = Desk::new("fmp", MONDAY, move |request| match request.url.rsplit('/').next() {
        Some("profile") if param(request, "symbol") == "VOD.L" => ok(profile),
        Some("profile") => ok(r#"[{"symbol":"CPG.L","currency":null}]"#),
        _ => ok(&format!(
            "[{}]",
            row("VOD.L", &told.lock().unwrap(), r#","volume":9,"marketCap":18,"previousClose":71"#)
        )),
    });
    let id = desk.connect("main", &[("plan", "starter"), ("history", "off")]).await;
    desk.watch(&["VOD.L", "CPG.L"]).await;
    let unknown = desk.sync(id, &["quotes"]).await;
    let why = "the currency of its price is not known yet: map the symbol with its unit, or wait for its profile";
    assert_eq!(unknown.item("VOD.L"), (ItemStatus::Missing, why));
    assert!(desk.replay.sent().is_empty(), "what has no unit is not asked for");

    let synced = desk.sync(id, &[]).await;
    assert_eq!(synced.items[0].detail, "its profile names no currency: map the symbol with the unit of its price");
    assert_eq!(synced.items[1].detail, "quoted in GBp");
    assert_eq!(synced.items[3].detail, "0.7245 GBP");
    let rows = ["current_price 0.7245 GBP", "previous_close 0.71 GBP", "volume 9"];
    assert_eq!(desk.quotes().await, rows.map(|row| format!("stock:VOD@XLON {row}")));

    // Somebody at the source took pence for pounds.
    *price.lock().unwrap() = "0.7250".into();
    let held = desk.sync(id, &["quotes"]).await;
    let (status, why) = held.item("VOD.L");
    assert_eq!(status, ItemStatus::Rejected);
    assert!(
        why.starts_with("held back: 0.00725 GBP is about 100 times more or less than the last price 0.7245"),
        "{why}"
    );
    assert_eq!(desk.prices().await, ["stock:VOD@XLON 0.7245 GBP"]);
    let named = SyncOptions { items: vec!["VOD.L".into()], ..SyncOptions::default() };
    desk.sync_with(id, &["quotes"], named).await;
    assert_eq!(desk.prices().await, ["stock:VOD@XLON 0.00725 GBP"], "whoever names it, means it");
}

#[tokio::test(start_paused = true)]
async fn what_the_user_says_of_a_symbol_stays() {
    let desk = Desk::new("fmp", MONDAY, |request| match (request.url.rsplit('/').next(), param(request, "symbol")) {
        (Some("profile"), name) => ok(&format!(r#"[{{"symbol":"{name}","companyName":"Odd","currency":"GBp"}}]"#)),
        _ => quotes(request, "50"),
    });
    let id = desk.connect("main", &[("plan", "starter"), ("history", "off")]).await;
    desk.watch(&["VOD.L", "ODD.L"]).await;
    desk.sync(id, &[]).await;
    assert_eq!(desk.prices().await, ["stock:ODD@XLON 0.5 GBP", "stock:VOD@XLON 0.5 GBP"]);

    // The name of one is another's, in which unit the user does not know.
    let mapping = |native: &str, instrument: &str| Mapping {
        provider: "fmp".into(),
        native_symbol: native.into(),
        instrument: instrument.into(),
        unit: None,
    };
    desk.rig.engine.map_listing(mapping("ODD.L", "stock:VOD@XLON")).await.unwrap();
    let mut seen = desk.replay.sent().len();
    desk.sync(id, &["quotes"]).await;
    assert_eq!(desk.asked(&mut seen), ["stable/batch-quote symbols=ODD.L"], "its unit is known already");

    // What the provider says again, as a run does that began before, changes nothing.
    let said = Listing {
        provider: "fmp".into(),
        native_symbol: "ODD.L".into(),
        instrument_id: Some("stock:ODD@XLON".into()),
        unit: Some("USD".into()),
        name: None,
        mapped_by: BY_PROVIDER.into(),
        quoted: true,
        factor: None,
    };
    desk.rig.store.put_rows(vec![Batch::of(&[said])]).await.unwrap();
    let views = desk.rig.engine.instruments().await.unwrap();
    let vodafone = views.iter().find(|view| view.instrument.id == "stock:VOD@XLON").unwrap();
    assert_eq!(vodafone.priced_by.as_ref().unwrap().native_symbol, "ODD.L");
    let odd = views.iter().find(|view| view.instrument.id == "stock:ODD@XLON").unwrap();
    assert!(odd.priced_by.is_none() && odd.listings.is_empty(), "{odd:?}");

    // Whoever maps first is told the unit by the provider later.
    desk.watch(&["NEW.L"]).await;
    desk.rig.engine.map_listing(mapping("NEWER.L", "stock:NEW@XLON")).await.unwrap();
    desk.sync(id, &[]).await;
    assert!(desk.prices().await.contains(&"stock:NEW@XLON 0.5 GBP".to_string()), "{:?}", desk.prices().await);
    let views = desk.rig.engine.instruments().await.unwrap();
    let listings = &views.iter().find(|view| view.instrument.id == "stock:NEW@XLON").unwrap().listings;
    let shown: Vec<_> =
        listings.iter().map(|l| (l.native_symbol.as_str(), l.mapped_by.as_str(), l.unit.as_deref())).collect();
    assert_eq!(shown, [("NEWER.L", "user", Some("GBp"))]);
}

#[tokio::test(start_paused = true)]
async fn currencies_tell_the_rate_that_apps_read() {
    let desk = Desk::new("fmp", MONDAY, |request| match param(request, "symbol").as_str() {
        "GBPUSD" => ok(r#"[{"symbol":"GBPUSD","price":1.25,"timestamp":1795188600}]"#),
        "EURUSD" => ok(&recorded(
            "fmp/doc_stable_quote_EURUSD.json",
            r#"[{"symbol":"EURUSD","price":1.17598,"timestamp":1753374603}]"#,
        )),
        _ => ok("[]"),
    });
    let id = desk.connect("main", &[("plan", "starter"), ("fx_pairs", "gbp/usd, EURUSD,USDXXX")]).await;
    let synced = desk.sync(id, &["fx"]).await;
    assert_eq!(synced.counts(), [2, 0, 1, 0, 0]);
    let rates: Vec<_> = desk
        .rates()
        .await
        .into_iter()
        .map(|r| format!("{}{} {} {}", r.base, r.quote, r.date, r.rate.unwrap()))
        .collect();
    assert_eq!(
        rates,
        ["EURUSD 2025-07-24 1.17598", "GBPUSD 2026-11-20 1.25"].map(String::from).map(|text| {
            // A time that is ahead of us is now.
            text.replace("2026-11-20", "2026-11-16")
        })
    );
    let settings: Vec<foliosync_engine::model::sync::Setting> =
        desk.rig.store.records(|s| s.ascending("key")).await.unwrap();
    let shown: Vec<_> = settings.iter().map(|s| format!("{} {}", s.key, s.value)).collect();
    assert_eq!(shown[1..], ["usd_gbp_rate 0.8", "usd_gbp_rate_updated 2026-11-16T15:30:00Z"]);

    let refused = Desk::new("fmp", MONDAY, |_| answer(402, RESTRICTED));
    let id = refused.connect("main", &[("fx_pairs", "USDGBP")]).await;
    refused.sync(id, &["fx"]).await;
    let view = refused.view(id).await;
    let fx = view.streams.iter().find(|stream| stream.name == "fx").unwrap();
    let late = fx.next_due.unwrap().duration_since(at("2026-11-17T00:00:00Z")).as_secs();
    assert!(fx.outcome == Some(Outcome::Deferred) && (0..=60).contains(&late), "{fx:?}");
}

#[tokio::test(start_paused = true)]
async fn the_old_generation_names_things_otherwise() {
    let desk = Desk::new("fmp", MONDAY, |request| match request.url.splitn(4, '/').nth(3).unwrap() {
        "api/v3/quote/AAPL,BRK-B" => {
            ok(r#"[{"symbol":"AAPL","price":2,"changesPercentage":1.5,"avgVolume":3,"eps":-1.2,"pe":0}]"#)
        }
        "api/v3/historical-price-full/AAPL" => {
            ok(r#"{"symbol":"AAPL","historical":[{"date":"2026-11-13","close":1.9}]}"#)
        }
        "api/v3/historical-price-full/BRK-B" => ok("{}"),
        other => panic!("{other}"),
    });
    let id = desk.connect("main", &[("plan", "starter"), ("generation", "legacy")]).await;
    desk.watch(&["AAPL", "BRK.B"]).await;
    assert_eq!(desk.sync(id, &["quotes", "history"]).await.counts(), [2, 0, 2, 0, 0]);
    let rows = ["avg_volume 3", "change_pct 1.5", "current_price 2 USD", "eps -1.2 USD"];
    assert_eq!(desk.quotes().await, rows.map(|row| format!("stock:AAPL {row}")));
    assert_eq!(desk.days("stock:AAPL").await, ["2026-11-13 1.9 close"]);
}

#[tokio::test(start_paused = true)]
async fn settings_out_of_bounds_are_told() {
    let desk = Desk::new("fmp", MONDAY, |request| quotes(request, "5"));
    let id = desk.connect("main", &[("plan", "starter"), ("batch_size", "many"), ("fx_pairs", "USDGB")]).await;
    desk.watch(&["AAPL"]).await;
    let synced = desk.sync(id, &["quotes", "fx"]).await;
    assert_eq!(synced.run.outcome, Some(Outcome::NeedsUser));
    let view = desk.view(id).await;
    let errors: Vec<_> = view.streams.iter().filter_map(|stream| stream.error.as_deref()).collect();
    let batch = "the setting `batch_size` must be a whole number from 1 to 100, not `many`";
    let pairs = "`USDGB` in the setting `fx_pairs` is no pair of currencies: write them like USDGBP,EURUSD";
    assert_eq!(errors, [pairs, batch]);
}
