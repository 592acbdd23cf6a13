//! Reports of more than one page: read again from every place where a program may end, rows in bounded number.

use std::fmt::Write;

use foliosync_engine::clock::Clock;
use foliosync_engine::files::Files;
use foliosync_engine::http::Http;
use foliosync_engine::model::accounts::{CashFlow, Fill};
use foliosync_engine::model::sync::Outcome;
use foliosync_engine::provider::Reach;
use foliosync_engine::testkit::mem_store::MemStore;
use foliosync_engine::testkit::provider_contract::{Subject, pages_are_well_formed, resume_gives_the_same_tail};
use std::sync::Arc;

use crate::brokers::{Mill, SECRET};
use crate::coins_wire::rows;
use crate::flex::{Desk, Flex, NOW, QUERY, flow, position, report, sections, trade};
use crate::prices_desk::at;
use serde_json::json;

/// Rows of one page.
const PAGE: usize = 25_000;

/// Trades with as few fields as can be, one of them taken back on a later page and one unreadable.
fn long(count: usize) -> String {
    let mut trades = String::new();
    for nth in 1..=count {
        let quantity = if nth == 77 { "many" } else { "2" };
        writeln!(
            trades,
            "<Trade tradeID=\"{nth}\" dateTime=\"20261102;103000\" quantity=\"{quantity}\" tradePrice=\"1.5\" \
             currency=\"USD\" symbol=\"S{}\"/>",
            nth % 12
        )
        .unwrap();
    }
    let back = "tradeID=9 transactionID= ibExecID= quantity=-2 tradePrice=1.5 notes=Ca buySell=BUY_(Ca.) symbol=S9 tradeMoney=-3";
    trades += &trade(back);
    let flows = [flow(""), flow("transactionID=92")];
    sections("U1", &[trades], &[position("")], &flows, &["USD 5"])
}

#[tokio::test]
async fn a_long_report_keeps_the_contract() {
    let desk = Desk::new(report(&[long(PAGE + 500), sections("U2", &[trade("")], &[], &[], &["USD 1"])]));
    let http = Http::new(desk.replay(), Arc::new(MemStore::empty()), Clock::simulated(at(NOW)));
    let reach = Reach { http, files: Files::default() };
    let subject = Subject::new(foliosync_providers::find("ibkr_flex").unwrap(), reach, &QUERY, at(NOW));
    let subject = subject.with_credentials(&[("token", SECRET)]);
    // An order that was lost has another reference each time, and is the same report.
    desk.service().always = Some("700".into());
    pages_are_well_formed(&subject).await;
    resume_gives_the_same_tail(&subject).await;
}

#[tokio::test(start_paused = true)]
async fn a_long_report_is_read_in_pages() {
    let flex = Flex::new(report(&[long(PAGE + 500)])).await;
    let synced = flex.sync().await;
    assert_eq!(synced.run.outcome, Some(Outcome::Partial));
    assert_eq!(synced.run.pages, 2);
    let asked = flex.desk.service().asked.clone();
    assert_eq!(asked.iter().filter(|line| line.contains("GetStatement")).count(), 2, "{asked:?}");
    let fills = flex.fills().await;
    assert_eq!(fills.len(), PAGE + 500);
    let taken: Vec<_> = fills.iter().filter_map(|fill| fill.voids.as_deref()).collect();
    assert_eq!(taken, ["9"]);
    assert_eq!(flex.house.rows::<CashFlow>(flex.id).await.len(), 2);
    let want = format!("1 of {} cannot be read: trade 77: its quantity `many` is not a number", PAGE + 501);
    assert_eq!(synced.item("U1 trades that are unreadable").1, want);
}

/// A service that makes the report anew in between is read from the beginning.
#[tokio::test(start_paused = true)]
async fn another_report_under_the_same_reference_is_begun_anew() {
    let mill = Mill::new("ibkr_flex", NOW, &QUERY, &["token"]);
    let mark = |more: serde_json::Value| {
        let mut ordered = json!({"reference": "701", "at": "2026-11-20T14:34:07Z"});
        ordered.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"query": "510001", "ordered": ordered})
    };
    let body = report(&[sections("U1", &[trade(""), trade("tradeID=2 ibExecID=aa.02.01.01")], &[], &[], &["USD 1"])]);
    let page = mill.read("report", Some(&mark(json!({}))), body.as_bytes()).await.unwrap();
    assert_eq!(rows::<Fill>(&page).len(), 2);
    let same = page.watermark["rows"].as_str().unwrap();
    let page = mill.read("report", Some(&mark(json!({"done": 1, "report": same}))), body.as_bytes()).await.unwrap();
    assert_eq!(rows::<Fill>(&page).len(), 1, "the first is stored");
    let page = mill.read("report", Some(&mark(json!({"done": 1, "report": "other"}))), body.as_bytes()).await.unwrap();
    assert_eq!(rows::<Fill>(&page).len(), 2);
}
