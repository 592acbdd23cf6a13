//! What each answer of Alpaca that is an error leads to: the reaction, what a run comes to with it, and the words.
//! `--nocapture` prints the table.

use std::sync::Arc;

use foliosync_engine::clock::Clock;
use foliosync_engine::files::Files;
use foliosync_engine::http::{Http, HttpAnswer};
use foliosync_engine::model::accounts::{BALANCES, Balance, FILL_ROWS, POSITIONS};
use foliosync_engine::model::sync::Outcome;
use foliosync_engine::provider::{FetchRequest, Reach, Settings};
use foliosync_engine::secrets::Credentials;
use foliosync_engine::store::Select;
use foliosync_engine::testkit::mem_store::MemStore;
use foliosync_engine::testkit::replay::{Replay, answer};

use crate::alpaca::NOW;
use crate::brokers::{House, SECRET};
use crate::coins_wire::{reaction, with_headers};
use crate::prices_desk::at;

/// In every body, and to be in no message.
const BODY: &str = "tell nobody 203.0.113.7";

/// The reaction to an answer, and its words.
async fn met(stream: &str, given: &HttpAnswer) -> (String, String) {
    let given = given.clone();
    let replay = Arc::new(Replay::default().otherwise(move |_| given.clone()));
    let http = Http::new(replay, Arc::new(MemStore::empty()), Clock::simulated(at(NOW)));
    let reach = Reach { http, files: Files::default() };
    let settings: Settings = [("environment".to_string(), "paper".to_string())].into();
    let credentials = ["key_id", "secret_key"].map(|name| (name.to_string(), SECRET.into()));
    let credentials = Credentials::of(credentials);
    let request = FetchRequest { credentials: &credentials, ..FetchRequest::plain(stream, &settings, at(NOW)) };
    match foliosync_providers::find("alpaca").unwrap().fetch(&reach, &request).await {
        Ok(_) => ("an answer".into(), String::new()),
        Err(error) => (reaction(&error), error.to_string()),
    }
}

/// What a run of all streams and the connection come to.
async fn lived(given: &HttpAnswer) -> String {
    let given = given.clone();
    let house = House::new("alpaca", NOW, move |_| given.clone());
    let id = house.connect("main", &[("environment", "paper")], &[]).await;
    let synced = house.sync(id, &[]).await;
    let view = house.view(id).await;
    let shown = format!("{view:?} {:?} {:?}", synced.run, synced.items);
    for leak in [SECRET, BODY, "203.0.113.7", "<html"] {
        assert!(!shown.contains(leak), "`{leak}` is shown in {shown}");
    }
    for table in [&BALANCES, &POSITIONS, &FILL_ROWS] {
        let rows = house.rig.store.read(Select::of(table, id)).await.unwrap();
        assert!(rows.is_empty(), "an error is nothing that is held");
    }
    let outcome = match synced.run.outcome.unwrap() {
        Outcome::Deferred => format!("Deferred to {}", view.next_attempt_at.unwrap()),
        outcome => format!("{outcome:?}"),
    };
    format!("{outcome}, {:?}", view.status)
}

#[tokio::test(start_paused = true)]
async fn alpaca_answers_as_its_table_says() {
    let told = |code: u32| format!(r#"{{"code":{code},"message":"{BODY}"}}"#);
    // 2026-11-20T14:35:42Z, a time that is past, and one that no window has.
    let reset = |second: &'static str| [("x-ratelimit-reset", second)];
    let (soon, past, far) = (reset("1795185342"), reset("1795185000"), reset("1895185342"));
    type Row<'a> = (u16, &'a [(&'a str, &'a str)], String, &'a str);
    let rows: Vec<Row<'_>> = vec![
        (401, &[], told(40_110_000), "NeedsUser"),
        (401, &[], String::new(), "NeedsUser"),
        (403, &[], told(40_310_000), "NeedsUser"),
        (403, &[], r#"{"message":"forbidden."}"#.into(), "NeedsUser"),
        (404, &[], told(40_410_000), "Refused"),
        (404, &[], r#"{"message":"endpoint not found."}"#.into(), "Refused"),
        (422, &[], told(40_010_001), "Refused"),
        (400, &[], told(40_010_000), "Refused"),
        (405, &[], String::new(), "Refused"),
        (429, &soon, told(42_910_000), "RetryAt 2026-11-20T14:35:42Z"),
        (429, &past, told(42_910_000), "RetryAt 2026-11-20T14:36:07Z"),
        (429, &far, told(42_910_000), "RetryAt 2026-11-20T14:36:07Z"),
        (429, &[("retry-after", "9")], String::new(), "RetryAt 2026-11-20T14:35:16Z"),
        (429, &[], String::new(), "RetryAt 2026-11-20T14:36:07Z"),
        (500, &[], told(50_010_000), "Backoff"),
        (503, &[], String::new(), "Backoff"),
        (504, &[], format!("<html>{BODY}</html>"), "Backoff"),
        (200, &[], format!("<html>{BODY}</html>"), "Malformed"),
        (200, &[], String::new(), "Malformed"),
        (200, &[], told(40_110_000), "Malformed"),
        (204, &[], String::new(), "Refused"),
        (302, &[], String::new(), "Refused"),
    ];
    println!("\n{:<52} {:<30} {:<36} words", "answer", "reaction", "run, connection");
    let mut wrong = Vec::new();
    for (status, headers, body, want) in &rows {
        let given = with_headers(answer(*status, body), headers);
        let (reaction, words) = met("fills", &given).await;
        assert!(!words.contains(BODY) && !words.contains(SECRET), "{words}");
        let short: String = body.chars().take(24).collect();
        println!("{:<52} {reaction:<30} {:<36} {words}", format!("{status} {headers:?} {short}"), lived(&given).await);
        if reaction != *want {
            wrong.push(format!("{status} {headers:?} {body} should be {want}, not {reaction}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// An error in the middle of a run leaves what the streams before it have read.
#[tokio::test(start_paused = true)]
async fn one_stream_that_fails_does_not_take_the_others_along() {
    let desk = crate::alpaca::Desk::new();
    let source = desk.source();
    let house = House::new("alpaca", NOW, move |request| match request.url.ends_with("/positions") {
        true => answer(422, "{}"),
        false => source(request),
    });
    let id = house.connect("main", &[("environment", "paper")], &[]).await;
    let synced = house.sync(id, &[]).await;
    assert_eq!(synced.run.outcome, Some(Outcome::Failed));
    assert_eq!(house.rows::<Balance>(id).await.len(), 1);
    let view = house.view(id).await;
    let failed: Vec<_> = view.streams.iter().filter(|stream| stream.error.is_some()).collect();
    assert_eq!((failed.len(), failed[0].name.as_str()), (1, "positions"));
}

#[tokio::test(start_paused = true)]
async fn requests_per_minute_are_a_setting() {
    let desk = crate::alpaca::Desk::new();
    let house = House::new("alpaca", NOW, desk.source());
    let settings = [("environment", "live"), ("requests_per_minute", "many")];
    let id = house.connect("main", &settings, &[]).await;
    let synced = house.sync(id, &["fills"]).await;
    assert_eq!(synced.run.outcome, Some(Outcome::NeedsUser));
    assert!(synced.run.error.unwrap().contains("`requests_per_minute` must be a whole number"));
}
