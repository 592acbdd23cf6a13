//! Days of prices as they come: intraday, over, corrected, split; and a first reading of years.

use std::sync::{Arc, Mutex};

use foliosync_engine::model::sync::{ItemStatus, Outcome, SyncOptions};

use crate::prices_desk::{Desk, ok, param, until};

type Days = Arc<Mutex<Vec<(&'static str, &'static str)>>>;

/// FMP with the days of one symbol, newest first, and a quote of it.
fn fmp(now: &str, days: &Days, quote: &Arc<Mutex<String>>) -> Desk {
    let (days, quote) = (Arc::clone(days), Arc::clone(quote));
    Desk::new("fmp", now, move |request| {
        if !request.url.ends_with("/full") {
            return ok(&format!("[{}]", quote.lock().unwrap()));
        }
        let (from, to) = (param(request, "from"), param(request, "to"));
        let days = days.lock().unwrap();
        let asked = days.iter().rev().filter(|(date, _)| (from.as_str()..=to.as_str()).contains(date));
        let row = |(date, close): &(&str, &str)| format!(r#"{{"symbol":"AAPL","date":"{date}","close":{close}}}"#);
        ok(&format!("[{}]", asked.map(row).collect::<Vec<_>>().join(",")))
    })
}

/// Checks the stored days, and prints them for people.
async fn told(desk: &Desk, when: &str, want: &[&str]) {
    let days = desk.days("stock:AAPL").await;
    println!("{when}\n    {}", days.join("\n    "));
    assert_eq!(days, want);
}

#[tokio::test(start_paused = true)]
async fn a_day_is_intraday_then_closed_then_corrected() {
    let days: Days = Arc::new(Mutex::new(vec![("2026-11-13", "99")]));
    let quote = Arc::new(Mutex::new(r#"{"symbol":"AAPL","price":100,"open":98,"timestamp":1794843000}"#.to_string()));
    // Monday, 10:30 in New York.
    let desk = fmp("2026-11-16T15:30:00Z", &days, &quote);
    let id = desk.connect("main", &[("plan", "starter"), ("history_years", "1")]).await;
    desk.watch(&["AAPL"]).await;
    desk.sync(id, &["quotes", "history"]).await;
    told(&desk, "Monday, while the exchange is open", &["2026-11-13 99 close", "2026-11-16 100 intraday"]).await;

    // The bar of the running day is no close, whatever the source calls it.
    days.lock().unwrap().push(("2026-11-16", "101"));
    *quote.lock().unwrap() = r#"{"symbol":"AAPL","price":102,"timestamp":1794862800}"#.into();
    until(&desk, "2026-11-16T21:10:00Z").await;
    desk.sync(id, &["quotes", "history"]).await;
    let when = "Monday, ten minutes after the close: twenty are left to publish it";
    told(&desk, when, &["2026-11-13 99 close", "2026-11-16 102 intraday"]).await;

    days.lock().unwrap()[1].1 = "103";
    until(&desk, "2026-11-16T21:20:00Z").await;
    let closed = desk.sync(id, &["quotes", "history"]).await;
    told(&desk, "Monday, when it is published", &["2026-11-13 99 close", "2026-11-16 103 close"]).await;
    assert_eq!(closed.item("AAPL"), (ItemStatus::Updated, "2 days, 2026-11-13 to 2026-11-16"));

    let mut seen = desk.replay.sent().len();
    assert_eq!(desk.sync(id, &["history"]).await.counts(), [0, 1, 0, 0, 0]);
    assert!(desk.asked(&mut seen).is_empty(), "the last day that is over was read");

    days.lock().unwrap().push(("2026-11-17", "104"));
    until(&desk, "2026-11-17T21:30:00Z").await;
    desk.sync(id, &["history"]).await;
    days.lock().unwrap()[1].1 = "103.5";
    days.lock().unwrap().push(("2026-11-18", "105"));
    until(&desk, "2026-11-18T21:30:00Z").await;
    desk.asked(&mut seen);
    desk.sync(id, &["history"]).await;
    let want = ["2026-11-13 99 close", "2026-11-16 103.5 corrected", "2026-11-17 104 close", "2026-11-18 105 close"];
    told(&desk, "Wednesday, when the provider has corrected Monday", &want).await;
    let asked = desk.asked(&mut seen);
    assert_eq!(asked, ["stable/historical-price-eod/full symbol=AAPL&from=2026-11-07&to=2026-11-18"], "ten days heal");

    // A quote after all that changes no day that is over.
    *quote.lock().unwrap() = r#"{"symbol":"AAPL","price":110,"timestamp":1794862900}"#.into();
    desk.sync(id, &["quotes"]).await;
    assert_eq!(desk.days("stock:AAPL").await, want);
}

#[tokio::test(start_paused = true)]
async fn a_split_reads_the_whole_history_again() {
    let days: Days = Arc::new(Mutex::new(vec![("2026-10-01", "380"), ("2026-11-13", "400"), ("2026-11-16", "404")]));
    let desk = fmp("2026-11-16T22:00:00Z", &days, &Arc::default());
    let id = desk.connect("main", &[("plan", "starter"), ("history_years", "1")]).await;
    desk.watch(&["AAPL"]).await;
    desk.sync(id, &["history"]).await;

    *days.lock().unwrap() =
        vec![("2026-10-01", "95"), ("2026-11-13", "100"), ("2026-11-16", "101"), ("2026-11-17", "102")];
    until(&desk, "2026-11-17T22:00:00Z").await;
    let mut seen = desk.replay.sent().len();
    desk.sync(id, &["history"]).await;
    let froms: Vec<_> =
        desk.asked(&mut seen).iter().map(|path| path[path.find("from=").unwrap()..].to_string()).collect();
    assert_eq!(froms, ["from=2026-11-06&to=2026-11-17", "from=2025-11-16&to=2026-11-17"]);
    let want =
        ["2026-10-01 95 corrected", "2026-11-13 100 corrected", "2026-11-16 101 corrected", "2026-11-17 102 close"];
    assert_eq!(desk.days("stock:AAPL").await, want);

    until(&desk, "2026-11-18T22:00:00Z").await;
    desk.sync(id, &["history"]).await;
    assert_eq!(desk.asked(&mut seen).len(), 1, "it is read again once");
}

#[tokio::test(start_paused = true)]
async fn years_are_read_once_and_more_when_more_are_wanted() {
    let days: Days = Arc::new(Mutex::new(vec![("2018-01-02", "1"), ("2022-01-03", "2"), ("2026-11-13", "3")]));
    let desk = fmp("2026-11-16T15:00:00Z", &days, &Arc::default());
    let id = desk.connect("main", &[("plan", "starter")]).await;
    desk.watch(&["AAPL", "NONE"]).await;
    let first = desk.sync(id, &["history"]).await;
    assert_eq!(first.item("AAPL"), (ItemStatus::Updated, "2 days, 2022-01-03 to 2026-11-13"));
    let state = desk.states("history").await.remove(0);
    assert_eq!(
        (state.covered_from.unwrap().to_string(), state.covered_to.unwrap().to_string(), state.last_close.unwrap()),
        ("2021-11-13".into(), "2026-11-13".into(), 3.into())
    );
    let mut seen = desk.replay.sent().len();
    desk.sync(id, &["history"]).await;
    assert!(desk.asked(&mut seen).is_empty());
    desk.sync_with(id, &["history"], SyncOptions { rehash: true, ..SyncOptions::default() }).await;
    assert_eq!(desk.asked(&mut seen).len(), 2, "everything, when somebody asks for that");

    let edit = foliosync_engine::engine::ConnectionEdit {
        settings: [("history_years".to_string(), "10".to_string())].into(),
        ..Default::default()
    };
    desk.rig.engine.edit_connection(id, edit).await.unwrap();
    desk.sync(id, &["history"]).await;
    assert_eq!(desk.days("stock:AAPL").await.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_day_that_does_not_come_is_asked_for_again() {
    let days: Days = Arc::new(Mutex::new(vec![("2026-11-13", "99")]));
    let desk = fmp("2026-11-16T22:00:00Z", &days, &Arc::default());
    let id = desk.connect("main", &[("plan", "starter")]).await;
    desk.watch(&["AAPL"]).await;
    desk.sync(id, &["history"]).await;
    days.lock().unwrap().push(("2026-11-16", "100"));
    let late = desk.sync(id, &["history"]).await;
    assert_eq!((late.counts()[0], desk.days("stock:AAPL").await.len()), (1, 2));

    // An odd row is left out and told; the rest is read.
    days.lock().unwrap().extend([("2026-11-17", "\"n/a\""), ("2026-11-18", "101")]);
    until(&desk, "2026-11-18T22:00:00Z").await;
    let odd = desk.sync(id, &["history"]).await;
    let told = "3 days, 2026-11-13 to 2026-11-18; 1 days left out, such as 2026-11-17: close is not a number";
    assert_eq!((odd.item("AAPL"), odd.run.outcome), ((ItemStatus::Updated, told), Some(Outcome::Ok)));
}
