//! What each answer of Binance and OKX to a request with a key leads to: the reaction, what a run comes to with it, and
//! the words. Run with `--nocapture` to read the tables.

use foliosync_engine::http::HttpAnswer;
use foliosync_engine::testkit::replay::answer;

use crate::coins_wire::with_headers;
use crate::exchange_desk::{Account, Shared};
use crate::{binance_account, okx_account};

/// What a run of each private stream comes to that gets this answer to everything, and what a wallet does.
async fn met(provider: &'static str, given: &HttpAnswer) -> (String, String) {
    let given = given.clone();
    let keys = if provider == "okx" { &okx_account::KEYS[..] } else { &binance_account::KEYS };
    let account = Account::open(provider, &[], keys, move |_| given.clone()).await;
    let synced = account.sync().await;
    let view = account.view().await;
    let outcomes: Vec<String> = ["balances", "fills"]
        .iter()
        .map(|name| {
            let stream = view.streams.iter().find(|stream| stream.name == *name).unwrap();
            format!("{:?}", stream.outcome.unwrap())
        })
        .collect();
    assert_eq!(outcomes[0], outcomes[1], "both streams meet it alike");
    let words = synced.run.error.unwrap_or_default();
    assert!(!words.contains("203.0.113.7") && !words.contains("tell nobody"), "{words}");
    (format!("{}, {:?}", outcomes[0], view.status), words)
}

async fn table(provider: &'static str, rows: Vec<(String, HttpAnswer, &str)>) {
    let mut lines = format!("\n{provider}\n{:<20} {:<28} words\n", "answer", "stream, connection");
    let mut wrong = Vec::new();
    for (what, given, want) in rows {
        let (told, words) = met(provider, &given).await;
        lines += &format!("{what:<20} {told:<28} {words}\n");
        if told != want {
            wrong.push(format!("{what} should be {want} and is {told}"));
        }
    }
    println!("{lines}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

const USER: &str = "NeedsUser, NeedsAttention";
const LATER: &str = "Deferred, Connected";
const FAILED: &str = "Failed, Connected";

#[tokio::test(start_paused = true)]
async fn binance_with_a_key() {
    let code = |status: u16, code: i64| {
        let body = format!(r#"{{"code":{code},"msg":"tell nobody 203.0.113.7"}}"#);
        (format!("{status} {code}"), answer(status, &body))
    };
    let mut rows = Vec::new();
    for (status, codes, want) in [
        (401, &[-1002, -2015][..], USER),
        (400, &[-1022, -2014], USER),
        (400, &[-1021], FAILED),
        (500, &[-1000, -1001, -1006], FAILED),
        (504, &[-1007], FAILED),
        (503, &[-1008], LATER),
        (429, &[-1003], LATER),
        (418, &[-1003], LATER),
        (400, &[-1100, -1102, -1104, -1127, -1128, -1130, -9000], FAILED),
        (410, &[-1016], FAILED),
    ] {
        rows.extend(codes.iter().map(|one| {
            let (what, given) = code(status, *one);
            (what, given, want)
        }));
    }
    for (status, body, want) in [
        (451, "", USER),
        (403, "<html>", LATER),
        (404, "<html>", FAILED),
        (502, "<html>", FAILED),
        (200, "<html>", FAILED),
        (200, "{}", FAILED),
        (200, "[]", FAILED),
        (200, "", FAILED),
    ] {
        rows.push((format!("{status} {body}"), answer(status, body), want));
    }
    rows.push(("429, in an hour".into(), with_headers(answer(429, ""), &[("retry-after", "3600")]), LATER));
    table("binance", rows).await;
}

#[tokio::test(start_paused = true)]
async fn okx_with_a_key() {
    let mut rows = Vec::new();
    for (status, codes, want) in [
        (200, &["50007", "50008", "50009", "50010", "50012", "50027", "50029", "50116", "50118", "50119"][..], USER),
        (401, &["50101", "50105", "50110", "50111", "50113", "50114"], USER),
        (400, &["50100"], USER),
        (403, &["50035"], USER),
        (401, &["50102", "50112"], FAILED),
        (401, &["50103", "50104", "50106", "50107"], FAILED),
        (200, &["50011", "50011_1000"], LATER),
        (429, &["50011"], LATER),
        (429, &["50013"], FAILED),
        (503, &["50001"], FAILED),
        (400, &["50004", "50002", "50014"], FAILED),
        (500, &["50026"], FAILED),
        (200, &["50030", "50038", "50120", "50121", "50051"], FAILED),
        (200, &["1", "2", "51000", "99999"], FAILED),
        (410, &["50005"], FAILED),
    ] {
        rows.extend(codes.iter().map(|code| (format!("{status} {code}"), okx_account::error(status, code), want)));
    }
    for (status, body, want) in [
        (451, "", USER),
        (403, "<html>", LATER),
        (502, "<html>", FAILED),
        (200, "<html>", FAILED),
        (200, "{}", FAILED),
        (200, r#"{"code":"0"}"#, FAILED),
        (200, r#"{"code":"0","data":[]}"#, FAILED),
    ] {
        rows.push((format!("{status} {body}"), answer(status, body), want));
    }
    table("okx", rows).await;
}

/// The second wallet alone fails: what it says about the whole run.
#[tokio::test(start_paused = true)]
async fn one_wallet_that_fails_leaves_the_other() {
    let mut lines = String::new();
    for (status, code) in
        [(401, -2015), (400, -1022), (400, -1021), (429, -1003), (503, -1008), (500, -1001), (400, -1100)]
    {
        let exchange = Shared::new(binance_account::Exchange::default());
        let body = format!(r#"{{"code":{code},"msg":""}}"#);
        exchange.lock().instead.insert("get-funding-asset", answer(status, &body));
        let source = exchange.answers(binance_account::Exchange::answer);
        let account = Account::open("binance", &[], &binance_account::KEYS, source).await;
        let synced = account.balances_synced().await;
        let (item, why) = synced.item("funding");
        lines += &format!("binance {status} {code:<6} {item:?} {:?} {why}\n", synced.run.outcome.unwrap());
        assert_eq!(account.held().await.len(), 2, "{code}");
    }
    for (status, code) in
        [(200, "50119"), (401, "50113"), (401, "50102"), (200, "50011"), (503, "50001"), (200, "50120"), (200, "1")]
    {
        let exchange = Shared::new(okx_account::Exchange::default());
        exchange.lock().instead.insert("asset/balances", okx_account::error(status, code));
        let source = exchange.answers(okx_account::Exchange::answer);
        let account = Account::open("okx", &[], &okx_account::KEYS, source).await;
        let synced = account.balances_synced().await;
        let (item, why) = synced.item("funding");
        lines += &format!("okx     {status} {code:<6} {item:?} {:?} {why}\n", synced.run.outcome.unwrap());
        assert_eq!(account.held().await.len(), 2, "{code}");
    }
    println!("{lines}");
    assert!(!lines.contains(" Ok ") && !lines.contains(" Failed "), "{lines}");
}
