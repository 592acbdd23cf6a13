//! What each answer of Interactive Brokers' report service that is an error leads to, for an order and for a look at what was
//! ordered: the reaction, what a run comes to with it, and the words. `--nocapture` prints the tables.

use foliosync_engine::http::HttpAnswer;
use foliosync_engine::model::accounts::{BALANCES, FILL_ROWS, POSITIONS};
use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::model::sync::Outcome;
use foliosync_engine::provider::ProviderError;
use foliosync_engine::store::Select;
use foliosync_engine::testkit::replay::answer;
use serde_json::{Value as Json, json};

use crate::brokers::{House, Mill, SECRET, recordings};
use crate::coins_wire::reaction;
use crate::flex::{Desk, NOW, QUERY, code};
use crate::prices_desk::clock;

/// In every body, and to be in no message.
const BODY: &str = "tell nobody";

/// A report that was ordered a minute ago.
pub fn ordered() -> Json {
    json!({"query": "510001", "ordered": {"reference": "701", "at": "2026-11-20T14:34:07Z"}})
}

/// The reaction of the provider itself, and its words.
async fn met(given: &HttpAnswer, watermark: Option<&Json>) -> (String, String) {
    let mill = Mill::new("ibkr_flex", NOW, &QUERY, &["token"]).with_status(given.status);
    match mill.read("report", watermark, &given.body).await {
        Ok(page) if page.more => ("goes on".into(), String::new()),
        Ok(page) => {
            let item = page.items.iter().find(|item| item.status != ItemStatus::Unchanged).or(page.items.first());
            (
                item.map_or("an answer".into(), |i| format!("item {:?}", i.status)),
                item.map_or(String::new(), |i| i.detail.clone()),
            )
        }
        Err(error) => (reaction(&error), error.to_string()),
    }
}

/// What a run and the connection come to, when everything at `endpoint` is answered so.
async fn lived(given: &HttpAnswer, endpoint: &str) -> String {
    let desk = Desk::new("");
    desk.service().refusals = vec![(endpoint.into(), given.clone())];
    let house = House::on("ibkr_flex", clock(NOW), desk.replay(), None);
    let id = house.connect("main", &QUERY, &[]).await;
    if endpoint == "GetStatement" {
        house.sync(id, &[]).await;
        house.pass(1).await;
    }
    let synced = house.sync(id, &[]).await;
    let view = house.view(id).await;
    let shown = format!("{view:?} {:?} {:?}", synced.run, synced.items);
    for leak in [SECRET, BODY, "<html", "<Flex"] {
        assert!(!shown.contains(leak), "`{leak}` is shown in {shown}");
    }
    for table in [&BALANCES, &POSITIONS, &FILL_ROWS] {
        assert!(house.rig.store.read(Select::of(table, id)).await.unwrap().is_empty(), "an error is no data");
    }
    let outcome = match synced.run.outcome.unwrap() {
        Outcome::Deferred => {
            format!("Deferred by {} s", view.next_attempt_at.unwrap().duration_since(house.now()).as_secs())
        }
        outcome => format!("{outcome:?}"),
    };
    format!("{outcome}, {:?}", view.status)
}

/// Code or answer, and the reactions to it as an answer to an order, and as one to a look.
async fn table(rows: &[(String, HttpAnswer, &str, &str)]) {
    let mut wrong = Vec::new();
    for (endpoint, watermark) in [("SendRequest", None), ("GetStatement", Some(ordered()))] {
        println!("\n{endpoint}\n{:<34} {:<30} {:<32} words", "answer", "reaction", "run, connection");
        for (what, given, of_order, of_look) in rows {
            let want = if watermark.is_none() { of_order } else { of_look };
            let (reaction, words) = met(given, watermark.as_ref()).await;
            assert!(!words.contains(BODY) && !words.contains(SECRET), "{words}");
            println!("{what:<34} {reaction:<30} {:<32} {words}", lived(given, endpoint).await);
            if reaction != *want {
                wrong.push(format!("{endpoint} {what} should be {want}, not {reaction}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(start_paused = true)]
async fn flex_answers_as_its_table_says() {
    let mut rows = Vec::new();
    let again = "RetryAt 2026-11-20T14:36:07Z";
    for (codes, of_order, of_look) in [
        (&[1001, 1004, 1005, 1006, 1007, 1008, 1009, 1021][..], "Backoff", "Backoff"),
        (&[1003], "item Unchanged", "item Unchanged"),
        (&[1010, 1011, 1012, 1013, 1014, 1015, 1016], "NeedsUser", "NeedsUser"),
        (&[1017], "Backoff", "goes on"),
        (&[1018], again, again),
        (&[1019], "Backoff", "RetryAt 2026-11-20T14:35:22Z"),
        (&[1020, 1002, 9999], "Refused", "Refused"),
    ] {
        rows.extend(codes.iter().map(|number| (number.to_string(), code(*number), of_order, of_look)));
    }
    let page = format!("<!DOCTYPE html><html>We are sorry, our services are temporarily unavailable {BODY}</html>");
    for (status, body, of_order, of_look) in [
        (500, page.as_str(), "Backoff", "Backoff"),
        (503, "", "Backoff", "Backoff"),
        (200, &page, "Backoff", "Backoff"),
        (200, "", "Malformed", "Malformed"),
        (200, BODY, "Malformed", "Malformed"),
        (200, "<FlexStatementResponse><Status>Success</Status></FlexStatementResponse>", "Malformed", "Malformed"),
        (200, "<!DOCTYPE x><FlexQueryResponse/>", "Malformed", "Malformed"),
        (404, &page, "Refused", "Refused"),
        (403, "", "Refused", "Refused"),
        (302, "", "Refused", "Refused"),
        (429, "", again, again),
    ] {
        let short: String = body.chars().take(24).collect();
        rows.push((format!("{status} {short}"), answer(status, body), of_order, of_look));
    }
    table(&rows).await;
}

#[tokio::test(start_paused = true)]
async fn recorded_answers_are_told_apart() {
    for (name, body) in recordings("ibkr_flex/responses") {
        let of_order = met(&answer(200, &body), None).await;
        let of_look = met(&answer(200, &body), Some(&ordered())).await;
        println!("{name:<38} order: {:<28} look: {:<30} {}", of_order.0, of_look.0, of_look.1);
        let want = match name.as_str() {
            "sendrequest_success.xml" => ("goes on", "Malformed"),
            "fail_1001_no_timestamp.xml" => ("Backoff", "Backoff"),
            "fail_1012_token_expired.xml" => ("NeedsUser", "NeedsUser"),
            "synthetic_fail_1018_rate.xml" => ("RetryAt 2026-11-20T14:36:07Z", "RetryAt 2026-11-20T14:36:07Z"),
            "synthetic_warn_1019_in_progress.xml" => ("Backoff", "RetryAt 2026-11-20T14:35:22Z"),
            "statement_minimal_ibflex.xml" => ("Malformed", "item Missing"),
            other => panic!("what is to become of {other}?"),
        };
        assert_eq!((of_order.0.as_str(), of_look.0.as_str()), want, "{name}");
    }
}

/// What failed ten minutes long is ordered anew.
#[tokio::test(start_paused = true)]
async fn an_order_that_fails_again_and_again_is_let_go() {
    let mill = Mill::new("ibkr_flex", NOW, &QUERY, &["token"]);
    let mark = |at: &str| json!({"query": "510001", "ordered": {"reference": "701", "at": at}});
    for body in [code(1004).body, "junk".into(), "<FlexQueryResponse><FlexStatements>".into()] {
        let early = mill.read("report", Some(&mark("2026-11-20T14:30:00Z")), &body).await;
        assert!(matches!(early, Err(ProviderError::Backoff { .. } | ProviderError::Malformed { .. })));
        let late = mill.read("report", Some(&mark("2026-11-20T14:20:00Z")), &body).await.unwrap();
        assert_eq!((late.more, late.watermark.get("ordered")), (false, None));
        assert!(late.items[0].detail.ends_with("another is ordered with the next try"), "{}", late.items[0].detail);
    }
}
