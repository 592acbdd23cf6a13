//! What each answer of Binance and OKX that is an error leads to: the reaction, what a run comes to with it, and the words.
//! Run with `--nocapture` to read the tables.

use std::sync::Arc;

use foliosync_engine::clock::Clock;
use foliosync_engine::engine::NewInstrument;
use foliosync_engine::http::HttpAnswer;
use foliosync_engine::model::sync::SyncOptions;
use foliosync_engine::testkit::mem_store::MemStore;
use foliosync_engine::testkit::replay::{Replay, answer};
use foliosync_engine::testkit::rig::Rig;
use serde_json::{Value as Json, json};

use crate::coins::work;
use crate::coins_wire::{Wire, reaction, recorded, with_headers};

const NOW: &str = "2026-11-20T14:35:07Z";
/// In every body, and to be in no message.
const BODY: &str = "tell nobody 203.0.113.7";

/// The reaction to an answer, its words, and what a whole run comes to that gets no other.
async fn met(provider: &str, given: &HttpAnswer) -> (String, String, String) {
    let all = |given: &HttpAnswer| {
        let given = given.clone();
        Replay::default().otherwise(move |_| given.clone())
    };
    let mut wire = Wire::new(provider, NOW, all(given));
    wire.work = Some(vec![match provider {
        "okx" => work("BTC", "BTC-USD", "USD"),
        _ => work("BTC", "BTCUSDT", "USDT"),
    }]);
    // A third fault in a row is returned as it is, where the first ones are told with their coins.
    wire.watermark = Some(json!({"failed_batches": 2}));
    let (reaction, words) = match wire.fetch("quotes").await {
        Ok(page) => ("an answer".to_string(), page.items[0].detail.clone()),
        Err(error) => (reaction(&error), error.to_string()),
    };
    assert!(!words.contains("203.0.113.7") && !words.contains("tell nobody"), "{words}");

    let wire = Wire::on(Arc::new(MemStore::empty()), provider, NOW, all(given));
    let clock = Clock::simulated(NOW.parse().unwrap());
    let rig = Rig::on(Arc::clone(&wire.store), wire.provider.clone(), wire.reach(), clock);
    let connection = rig.connect("test", &[("history", "off")]).await.id;
    let symbol = NewInstrument { symbol: "crypto:BTC".into(), kind: None, name: None, currency: None, isin: None };
    rig.engine.add_instruments(vec![symbol]).await.unwrap();
    let synced = rig.sync_to_end(connection, SyncOptions::default()).await;
    let view = rig.engine.connection_views().await.unwrap().remove(0);
    let told = format!("{:?}, {:?}", synced.run.outcome.unwrap(), view.status);
    (reaction, told, words)
}

/// Status, headers and body of an answer, and what comes of it.
type Row<'a> = (u16, &'a [(&'a str, &'a str)], String, &'a str);

async fn table(provider: &str, rows: &[Row<'_>]) {
    let mut lines = format!("\n{provider}\n{:<58} {:<30} {:<28} words\n", "answer", "reaction", "run, connection");
    let mut wrong = Vec::new();
    for (status, headers, body, want) in rows {
        let given = with_headers(answer(*status, body), headers);
        let (reaction, told, words) = met(provider, &given).await;
        let short: String = body.chars().take(26).collect();
        lines += &format!("{:<58} {reaction:<30} {told:<28} {words}\n", format!("{status} {headers:?} {short}"));
        if reaction != *want {
            wrong.push(format!("{status} {headers:?} {body} should be {want}"));
        }
    }
    println!("{lines}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn binance(code: i64) -> String {
    json!({"code": code, "msg": BODY}).to_string()
}

#[tokio::test(start_paused = true)]
async fn binance_errors() {
    let banned = |ms: i64| json!({"code": -1003, "msg": format!("{BODY}; IP banned until {ms}. Please")}).to_string();
    let mut rows: Vec<Row<'_>> = vec![
        (429, &[("retry-after", "17")], binance(-1003), "RetryAt 2026-11-20T14:35:24Z"),
        (429, &[("retry-after", "0")], binance(-1003), "RetryAt 2026-11-20T14:35:17Z"),
        (429, &[], BODY.into(), "RetryAt 2026-11-20T14:35:17Z"),
        (200, &[], binance(-1003), "RetryAt 2026-11-20T14:35:17Z"),
        (418, &[("retry-after", "0")], BODY.into(), "RetryAt 2026-11-20T14:37:07Z"),
        (418, &[("retry-after", "600")], binance(-1003), "RetryAt 2026-11-20T14:45:07Z"),
        // 2026-11-21T00:00:00Z, and a time that is past.
        (418, &[("retry-after", "600")], banned(1_795_219_200_000), "RetryAt 2026-11-21T00:00:00Z"),
        (429, &[], banned(1_795_219_200_000), "RetryAt 2026-11-21T00:00:00Z"),
        (418, &[], banned(1_700_000_120_000), "RetryAt 2026-11-20T14:37:07Z"),
        (403, &[], "<html>".to_string() + BODY, "RetryAt 2026-11-20T14:40:07Z"),
        (451, &[], BODY.into(), "NeedsUser"),
        (500, &[], BODY.into(), "Backoff"),
        (502, &[], "<html>".to_string() + BODY, "Backoff"),
        (200, &[], "<!doctype html>".to_string() + BODY, "Backoff"),
        (200, &[], BODY.into(), "Malformed"),
        (200, &[], "{}".into(), "Malformed"),
        (404, &[], "<html>".to_string() + BODY, "Refused"),
        (400, &[], BODY.into(), "Refused"),
        // The exchange knows none of its names: nothing that anybody has to act on.
        (400, &[], binance(-1121), "an answer"),
        (504, &[], binance(-1007), "Backoff"),
        (503, &[], binance(-1008), "RetryAt 2026-11-20T14:36:07Z"),
        (401, &[], binance(-2015), "NeedsUser"),
    ];
    for (codes, want) in [
        (&[-1000, -1001, -1006, -1007][..], "Backoff"),
        (&[-1016, -1015, -1100, -1101, -1102, -1103, -1104, -1127, -1128, -1130, -9000], "Refused"),
        (&[-1002, -1022, -2014, -2015], "NeedsUser"),
        (&[-1021], "ResyncClock"),
    ] {
        rows.extend(codes.iter().map(|code| (400, &[][..], binance(*code), want)));
    }
    table("binance", &rows).await;
    for (status, headers, body, want) in recorded_errors("binance/synthetic_errors.json") {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let (reaction, told, words) = met("binance", &with_headers(answer(status, &body), &headers)).await;
        println!("recorded {status} {headers:?} {body:.60}: {reaction}, {told}, {words}\n    ({want})");
        assert_ne!(reaction, "Malformed");
    }
}

fn okx(code: &str) -> String {
    json!({"msg": BODY, "code": code}).to_string()
}

#[tokio::test(start_paused = true)]
async fn okx_errors() {
    let mut rows: Vec<Row<'_>> = vec![
        (200, &[], okx("50011"), "RetryAt 2026-11-20T14:35:17Z"),
        (429, &[], okx("50011"), "RetryAt 2026-11-20T14:35:17Z"),
        (429, &[("retry-after", "30")], BODY.into(), "RetryAt 2026-11-20T14:35:37Z"),
        (429, &[], okx("50013"), "Backoff"),
        (503, &[], okx("50001"), "Backoff"),
        (400, &[], okx("50004"), "Backoff"),
        (500, &[], okx("50026"), "Backoff"),
        (410, &[], okx("50005"), "Refused"),
        (405, &[], okx("50115"), "Refused"),
        (403, &[], okx("50035"), "NeedsUser"),
        (403, &[], "<html>".to_string() + BODY, "RetryAt 2026-11-20T14:40:07Z"),
        (451, &[], BODY.into(), "NeedsUser"),
        (502, &[], "<html>".to_string() + BODY, "Backoff"),
        (200, &[], "<html>".to_string() + BODY, "Backoff"),
        (200, &[], BODY.into(), "Malformed"),
        (200, &[], r#"{"data":[]}"#.into(), "Malformed"),
        (200, &[], r#"{"code":"0"}"#.into(), "Malformed"),
        (404, &[], BODY.into(), "Refused"),
        (200, &[], okx("51001"), "an answer"),
        // Codes may have a sub-code.
        (200, &[], okx("50011_1000"), "RetryAt 2026-11-20T14:35:17Z"),
    ];
    for (status, codes, want) in [
        (200, &["1", "2", "50024", "50025", "50039", "50061", "50076", "50077", "51000", "99999"][..], "Refused"),
        (400, &["50002", "50006", "50014", "50015", "50016"], "Refused"),
        (200, &["50040", "50046", "50062"], "Backoff"),
        (200, &["50007", "50008", "50009", "50010", "50012", "50027", "50029", "50116", "50118", "50119"], "NeedsUser"),
        (400, &["50100"], "NeedsUser"),
        (401, &["50101", "50105", "50110", "50111", "50113", "50114"], "NeedsUser"),
        (401, &["50103", "50104", "50106", "50107", "50108", "50109"], "Refused"),
        (401, &["50102", "50112"], "ResyncClock"),
        (200, &["50030", "50038", "50051", "50059", "50060", "50120", "50121"], "NotInPlan"),
    ] {
        rows.extend(codes.iter().map(|code| (status, &[][..], okx(code), want)));
    }
    table("okx", &rows).await;
    for (status, _, body, note) in recorded_errors("okx/errors.json") {
        let (reaction, told, words) = met("okx", &answer(status, &body)).await;
        println!("recorded {status} {body:.70}: {reaction}, {told}, {words}\n    ({note})");
        assert_ne!(reaction, "Malformed");
    }
}

type Recorded = (u16, Vec<(String, String)>, String, String);

fn recorded_errors(path: &str) -> Vec<Recorded> {
    let Some(text) = recorded(path) else { return Vec::new() };
    let all: Vec<Json> = serde_json::from_str(&text).unwrap();
    let read = |error: Json| {
        let headers = error["headers"].as_object().cloned().unwrap_or_default();
        let headers = headers.into_iter().map(|(key, value)| (key.to_lowercase(), value.as_str().unwrap().to_string()));
        let note = error["action"].as_str().or(error["note"].as_str()).unwrap_or_default().to_string();
        let status = u16::try_from(error["http"].as_u64().unwrap()).unwrap();
        (status, headers.collect(), error["body"].to_string(), note)
    };
    all.into_iter().map(read).collect()
}
