//! Signatures over what is really sent, against vectors that the exchanges published or that other tools computed.

use std::sync::Arc;

use foliosync_engine::clock::Clock;
use foliosync_engine::files::Files;
use foliosync_engine::http::{Http, HttpRequest, Part};
use foliosync_engine::model::Batch;
use foliosync_engine::model::accounts::Balance;
use foliosync_engine::provider::{FetchRequest, Reach, Settings};
use foliosync_engine::secrets::Credentials;
use foliosync_engine::testkit::mem_store::MemStore;
use foliosync_engine::testkit::replay::{Replay, answer};
use serde_json::{Value as Json, json};

use crate::coins_wire::recorded;
use crate::prices_desk::ok;

fn vectors() -> Option<Json> {
    Some(serde_json::from_str(&recorded("signing_vectors.json")?).unwrap())
}

/// What a stream sends at a moment with these credentials.
async fn sent(
    provider: &str,
    stream: &str,
    at: jiff::Timestamp,
    credentials: &[(&str, &str)],
    watermark: Json,
) -> Vec<HttpRequest> {
    let replay = Arc::new(Replay::default().otherwise(|request| match request.url.rsplit('/').next().unwrap() {
        "apiRestrictions" => ok(r#"{"enableReading":true}"#),
        "account" => ok(r#"{"balances":[],"uid":1}"#),
        "config" => ok(r#"{"code":"0","data":[{"uid":"1","perm":"read_only"}]}"#),
        "balance" => ok(r#"{"code":"0","data":[{"details":[]}]}"#),
        "balances" | "fills" | "fills-history" => ok(r#"{"code":"0","data":[]}"#),
        "get-funding-asset" | "myTrades" => ok("[]"),
        _ => answer(404, ""),
    }));
    let http = Http::new(Arc::clone(&replay) as _, Arc::new(MemStore::empty()), Clock::simulated(at));
    let credentials = Credentials::of(credentials.iter().map(|(name, secret)| (name.to_string(), (*secret).into())));
    let (settings, work) = (Settings::new(), [Batch::of::<Balance>(&[])]);
    let request = FetchRequest {
        credentials: &credentials,
        watermark: Some(&watermark),
        work: &work,
        ..FetchRequest::plain(stream, &settings, at)
    };
    let reach = Reach { http, files: Files::default() };
    foliosync_providers::find(provider).unwrap().fetch(&reach, &request).await.unwrap();
    replay.sent()
}

fn text<'a>(json: &'a Json, name: &str) -> &'a str {
    json[name].as_str().unwrap()
}

/// What was signed, and the signature as it is sent.
fn signed(request: &HttpRequest) -> Option<(String, String)> {
    let query = request.encoded_query();
    let (payload, signature) = query.split_once("&signature=")?;
    Some((payload.into(), signature.into()))
}

const STAMP_MS: i64 = 1_499_827_319_559;

#[tokio::test(start_paused = true)]
async fn binance_signs_what_it_sends() {
    let Some(vectors) = vectors() else { return };
    let at = jiff::Timestamp::from_millisecond(STAMP_MS).unwrap();
    // A walk that is at this pair, by the key of before.
    let walk = json!({"pairs": {"BTCUSDT": {"b": "BTC"}}, "going": {"walk": {"left": ["BTCUSDT"], "told": 0, "looked_at": null}}});
    let mut checked = 0;
    for (vectors, secret, signature) in [
        (&vectors["binance_hmac_sha256_hex"], "secret", "signature"),
        (&vectors["binance_ed25519_base64"], "pkcs8_pem", "signature_param"),
    ] {
        let credentials = [("api_key", "a-key"), ("api_secret", text(vectors, secret))];
        let mut all = sent("binance", "balances", at, &credentials, Json::Null).await;
        all.extend(sent("binance", "fills", at, &credentials, walk.clone()).await);
        for request in &all {
            assert_eq!(request.headers, [("x-mbx-apikey".into(), Part::Secret("a-key".into()))]);
            let last = request.query.last().unwrap();
            assert!(
                last.0 == "signature" && matches!(last.1, Part::Secret(_)),
                "the signature comes last, and is secret"
            );
        }
        let all: Vec<_> = all.iter().filter_map(signed).collect();
        for case in vectors["cases"].as_array().unwrap() {
            for (payload, sent) in all.iter().filter(|(payload, _)| payload == text(case, "payload")) {
                assert_eq!(sent, text(case, signature), "{payload}");
                checked += 1;
            }
        }
    }
    // Of each kind of key: the account, twice, and trades where there is a vector of them.
    assert!(checked >= 5, "{checked} signatures were looked at");
}

#[tokio::test(start_paused = true)]
async fn okx_signs_what_it_sends() {
    let Some(vectors) = vectors() else { return };
    let vectors = &vectors["okx_hmac_sha256_base64"];
    let at = text(vectors, "timestamp").parse().unwrap();
    let credentials = [("api_key", "a-key"), ("api_secret", text(vectors, "secret")), ("passphrase", "words")];
    let mut all = sent("okx", "balances", at, &credentials, Json::Null).await;
    all.extend(sent("okx", "fills", at, &credentials, Json::Null).await);
    let walk = json!({"going": {"began_at": text(vectors, "timestamp"), "left": ["SPOT"], "before": 680_800_019_754_098_688u64, "told": 0}});
    all.extend(sent("okx", "fills", at, &credentials, walk).await);
    let mut checked = Vec::new();
    for request in &all {
        let header = |name: &str| {
            let (_, value) = request.headers.iter().find(|(key, _)| key == name).unwrap_or_else(|| panic!("no {name}"));
            value.clone()
        };
        assert_eq!(header("ok-access-timestamp"), Part::Plain(text(vectors, "timestamp").into()));
        assert_eq!(header("ok-access-key"), Part::Secret("a-key".into()));
        assert_eq!(header("ok-access-passphrase"), Part::Secret("words".into()));
        let mark = if request.query.is_empty() { "" } else { "?" };
        let path = request.url.strip_prefix("https://openapi.okx.com").unwrap();
        let target = format!("{path}{mark}{}", request.encoded_query());
        let known = vectors["cases"].as_array().unwrap().iter().find(|case| text(case, "request_path") == target);
        if let Some(case) = known {
            assert_eq!(header("ok-access-sign"), Part::Secret(text(case, "signature").into()), "{target}");
            checked.push(target);
        }
    }
    assert_eq!(checked.len(), 4, "{checked:?}");
}

#[tokio::test(start_paused = true)]
async fn no_secret_is_in_what_is_shown() {
    let at = jiff::Timestamp::from_millisecond(STAMP_MS).unwrap();
    let credentials = [("api_key", "k3y-k3y-k3y"), ("api_secret", "s3cret-s3cret"), ("passphrase", "w0rds-w0rds")];
    for provider in ["binance", "okx"] {
        for request in sent(provider, "balances", at, &credentials, Json::Null).await {
            let shown = format!("{} {:?} {:?}", request.shown(), request, request.headers);
            let signature = request.query.last().map_or("none", |(_, value)| value.expose()).to_string();
            for secret in ["k3y-k3y-k3y", "s3cret-s3cret", "w0rds-w0rds", &signature] {
                assert!(!shown.contains(secret), "{shown}");
            }
        }
    }
}
