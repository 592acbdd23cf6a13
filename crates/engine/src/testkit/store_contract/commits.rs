use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::StoreUnderTest;
use super::desk::{Desk, at, end, item, page, step};
use crate::model::sync::{Counts, ItemStatus, Outcome, RunEventKind, RunId, SyncOptions};
use crate::model::{Batch, Column, Kind, Merge, Owner, Table};
use crate::provider::{Change, Page};
use crate::store::{Select, StoreError};
use crate::testkit::samples::{Bar, Day, bar, bars, block, day};

/// What no store can write: a table that it does not have. Its name comes after all others, and the tests put it behind
/// changes that are right, so that a store which writes table by table has written something when it meets this one.
pub(super) fn impossible() -> Change {
    static NOWHERE: Table = Table {
        schema: "zzz",
        name: "no_such_table",
        doc: "Not there.",
        owner: Owner::Connection,
        columns: &[Column::required("block_id", Kind::Text, "Something")],
        key: &["block_id"],
        merge: Merge::Overwrite,
    };
    let mut rows = crate::model::BatchBuilder::new(&NOWHERE);
    rows.push_values(&["a".into()]);
    Change::Upsert(rows.finish())
}

/// A page with something of everything.
fn full_page() -> Page {
    let mut page = page(vec![block("a", &[day("a", 1, "1"), day("a", 2, "2")]), bars(&[bar("X", 1, "7")])], 1);
    page.items = vec![
        item("a", ItemStatus::Updated),
        item("b", ItemStatus::Unchanged),
        item("c", ItemStatus::Missing),
        item("d", ItemStatus::Rejected),
        item("e", ItemStatus::Deferred),
    ];
    (page.items[0].imported, page.items[0].skipped) = (2, 1);
    (page.expected, page.as_of) = (Some(9), Some(at(-60)));
    page
}

pub async fn a_page_lands_as_a_whole(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claim = desk.leased("whole").await;
    let id = claim.connection.id;
    let receipt = desk.commit(&claim.lease, step("days", full_page(), 5)).await;

    let counts = Counts { updated: 1, unchanged: 1, missing: 1, rejected: 1, deferred: 1 };
    assert_eq!((receipt.counts, receipt.rows_written), (counts, 3));
    assert_eq!(desk.rows::<Day>(id).await, [day("a", 1, "1"), day("a", 2, "2")]);
    assert_eq!(desk.rows::<Bar>(id).await, [bar("X", 1, "7")]);

    let stream = desk.stream(id, "days").await;
    assert_eq!((stream.watermark, stream.as_of), (Some(json!({"mark": 1})), Some(at(-60))));
    assert_eq!((stream.last_attempt, stream.last_success), (Some(at(5)), None), "it has not ended yet");
    assert_eq!(desk.stream(id, "bars").await.watermark, None, "the other stream stands where it stood");

    let gaps: Vec<_> = desk.gaps(id).await.into_iter().map(|gap| (gap.item, gap.status, gap.since)).collect();
    let gap = |name: &str, status| (name.to_string(), status, at(5));
    let lacking = [gap("c", ItemStatus::Missing), gap("d", ItemStatus::Rejected), gap("e", ItemStatus::Deferred)];
    assert_eq!(gaps, lacking);

    let run = desk.run(claim.lease.run).await;
    assert_eq!((run.counts, run.expected, run.pages, run.rows_written), (counts, Some(9), 1, 3));
    assert_eq!((run.trades_imported, run.trades_skipped, run.outcome), (2, 1, None));

    let log = desk.log().await;
    let last = log.last().unwrap();
    assert_eq!((last.cursor, last.run, last.connection, last.at), (receipt.cursor, run.id, id, at(5)));
    let RunEventKind::Page { stream, page, counts: told, rows_written, items, .. } = &last.kind else {
        panic!("{last:?} instead of a page");
    };
    assert_eq!((stream.as_str(), *page, *told, *rows_written, items.len()), ("days", 1, counts, 3, 4));
}

pub async fn a_page_that_fails_changes_nothing(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claim = desk.leased("failing").await;
    let first = page(vec![block("a", &[day("a", 1, "1")]), bars(&[bar("X", 1, "1")])], 1);
    desk.commit(&claim.lease, step("days", first, 1)).await;
    let before = desk.everything().await;

    let mut bad = full_page();
    bad.changes.push(impossible());
    let mut last = end("days", Outcome::Ok, 2).closing();
    last.page = Some(bad.clone());
    for step in [step("days", bad, 2), last] {
        let done = desk.store.commit(&claim.lease, step).await;
        assert!(matches!(done, Err(StoreError::Failed(_))), "{done:?}");
        assert_eq!(desk.everything().await, before, "neither rows nor anything about them");
    }
    // The lease still holds: what is right lands.
    let receipt = desk.commit(&claim.lease, step("days", full_page(), 3)).await;
    assert_eq!(receipt.rows_written, 3);
    assert_eq!(desk.run(claim.lease.run).await.pages, 2);
}

pub async fn a_step_of_no_stream_changes_nothing(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claim = desk.leased("lost").await;
    let before = desk.everything().await;
    let done = desk.store.commit(&claim.lease, step("nights", full_page(), 1)).await;
    assert!(matches!(done, Err(StoreError::Failed(_))), "{done:?}");
    assert_eq!(desk.everything().await, before);
}

pub async fn a_page_twice_is_as_once(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claim = desk.leased("twice").await;
    let id = claim.connection.id;
    desk.commit(&claim.lease, step("days", full_page(), 1)).await;
    let (days, bars, gaps) = (desk.rows::<Day>(id).await, desk.rows::<Bar>(id).await, desk.gaps(id).await);
    desk.commit(&claim.lease, step("days", full_page(), 2)).await;
    assert_eq!((desk.rows::<Day>(id).await, desk.rows::<Bar>(id).await), (days, bars));
    assert_eq!(desk.gaps(id).await, gaps);
    assert!(desk.corrections(id).await.is_empty());
}

pub async fn a_gap_keeps_its_time_until_it_closes(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claim = desk.leased("gappy").await;
    let id = claim.connection.id;
    let states = async |secs: i64, items: &[(&str, ItemStatus)]| {
        let mut page = page(Vec::new(), secs);
        page.items = items.iter().map(|(name, status)| item(name, *status)).collect();
        desk.commit(&claim.lease, step("days", page, secs)).await;
        desk.gaps(id).await.into_iter().map(|gap| (gap.item, gap.status, gap.since)).collect::<Vec<_>>()
    };
    let gap = |name: &str, status, secs| (name.to_string(), status, at(secs));
    use ItemStatus::{Deferred, Missing, Rejected, Unchanged, Updated};
    assert_eq!(
        states(1, &[("a", Missing), ("b", Missing), ("c", Updated)]).await,
        [gap("a", Missing, 1), gap("b", Missing, 1)]
    );
    // What a page does not name stays as it is; another reason is no new gap.
    assert_eq!(states(2, &[("a", Rejected)]).await, [gap("a", Rejected, 1), gap("b", Missing, 1)]);
    assert_eq!(states(3, &[("a", Unchanged), ("c", Deferred)]).await, [gap("b", Missing, 1), gap("c", Deferred, 3)]);
    assert_eq!(states(4, &[("b", Updated)]).await, [gap("c", Deferred, 3)]);
    assert_eq!(states(5, &[("a", Missing)]).await, [gap("a", Missing, 5), gap("c", Deferred, 3)]);
}

pub async fn a_gap_that_nothing_names_any_more_closes(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let id = desk.leased("gone").await.connection.id;
    let sweep = async |secs: i64, options: SyncOptions, items: &[&str]| {
        desk.request(id, &["days"], options, secs).await;
        // The first run is the one that the desk has leased; later ones are claimed here.
        let claims = desk.claim(secs + 1_000).await;
        let mut page = page(Vec::new(), secs);
        page.items = items.iter().map(|name| item(name, ItemStatus::Rejected)).collect();
        desk.commit(&claims[0].lease, step("days", page, secs + 1_000)).await;
        desk.commit(&claims[0].lease, end("days", Outcome::Partial, secs + 1_000).closing()).await;
        desk.gaps(id).await.into_iter().map(|gap| gap.item).collect::<Vec<_>>()
    };
    let one = SyncOptions { items: vec!["b".into()], ..SyncOptions::default() };
    assert_eq!(sweep(1_000, SyncOptions::default(), &["a", "b"]).await, ["a", "b"]);
    assert_eq!(sweep(3_000, one, &["b"]).await, ["a", "b"], "nobody looked for `a`");
    assert_eq!(sweep(5_000, SyncOptions::default(), &["b"]).await, ["b"], "`a` is not there any more");
    assert_eq!(sweep(7_000, SyncOptions::default(), &["b"]).await, ["b"]);
}

pub async fn last_synced_moves_with_success(place: &impl StoreUnderTest) {
    use Outcome::{Deferred, Failed, NeedsUser, Ok, Partial};
    let desk = Desk::at(place).await;
    let claim = desk.leased("synced").await;
    assert_eq!(desk.last_synced().await, None);
    desk.commit(&claim.lease, step("days", full_page(), 1)).await;
    assert_eq!(desk.last_synced().await, None, "a page is not yet a success");
    desk.commit(&claim.lease, end("days", Failed, 2)).await;
    assert_eq!(desk.last_synced().await, None);
    // Nothing had changed, and that is known now.
    desk.commit(&claim.lease, end("bars", Ok, 3).closing()).await;
    assert_eq!(desk.last_synced().await, Some(at(3)));
    for (secs, outcome, moves) in
        [(1_000, Failed, false), (2_000, Partial, true), (3_000, Deferred, false), (4_000, NeedsUser, false)]
    {
        let before = desk.last_synced().await;
        desk.request(claim.connection.id, &["days"], Default::default(), secs).await;
        let claims = desk.claim(secs).await;
        let lease = &claims[0].lease;
        for stream in &claims[0].streams {
            desk.commit(lease, end(&stream.name, outcome, secs + 1)).await;
        }
        desk.commit(lease, step("days", page(Vec::new(), 1), secs + 2).closing()).await;
        let after = if moves { Some(at(secs + 1)) } else { before };
        assert_eq!(desk.last_synced().await, after, "{outcome:?}");
    }
    let before = desk.last_synced().await;
    desk.request(claim.connection.id, &["days"], Default::default(), 5_000).await;
    let lease = &desk.claim(5_000).await[0].lease;
    desk.commit(lease, end("days", Ok, 5_001).of_mirror().closing()).await;
    assert_eq!(desk.last_synced().await, before, "a mirror writes, and reads nothing");
}

pub async fn the_log_grows_and_tells_each_run_whole(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claims = [desk.leased("one").await, desk.leased("two").await];
    for secs in [1, 2] {
        for claim in &claims {
            desk.commit(&claim.lease, step("days", full_page(), secs)).await;
        }
    }
    for claim in &claims {
        desk.commit(&claim.lease, end("bars", Outcome::Ok, 3)).await;
        let receipt = desk.commit(&claim.lease, end("days", Outcome::Ok, 3).closing()).await;
        assert_eq!(receipt.cursor, desk.log().await.last().unwrap().cursor);
    }
    let log = desk.log().await;
    assert!(log.windows(2).all(|pair| pair[0].cursor < pair[1].cursor), "{log:#?}");
    let mut told: BTreeMap<RunId, Vec<&str>> = BTreeMap::new();
    for event in &log {
        told.entry(event.run).or_default().push(match event.kind {
            RunEventKind::Started { .. } => "started",
            RunEventKind::Page { .. } => "page",
            RunEventKind::StreamEnded { .. } => "stream ended",
            RunEventKind::Finished { .. } => "finished",
        });
    }
    let whole = ["started", "page", "page", "stream ended", "stream ended", "finished"];
    assert_eq!(told.into_values().collect::<Vec<_>>(), [whole, whole]);
}

pub async fn readers_see_whole_pages(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claim = desk.leased("read").await;
    let version = |n: i64| -> Page {
        let days: Vec<Day> = (1..=28).map(|date| Day { line: n, ..day("a", date, "1") }).collect();
        page(vec![block("a", &days)], n)
    };
    desk.commit(&claim.lease, step("days", version(0), 0)).await;
    let (store, select) = (Arc::clone(&desk.store), Select::of(&crate::model::trades::DAILY_LOG, claim.connection.id));
    let reader = tokio::spawn(async move {
        let mut seen = 0;
        while seen < 40 {
            let batch: Batch = store.read(select.clone()).await.expect("rows");
            let days: Vec<Day> = batch.records().expect("days");
            assert_eq!(days.len(), 28, "a page is there as a whole");
            assert!(days.iter().all(|day| day.line == days[0].line), "rows of two pages: {days:?}");
            assert!(days[0].line >= seen, "a page that was seen is there for good");
            seen = days[0].line;
            tokio::task::yield_now().await;
        }
    });
    for n in 1..=40 {
        desk.commit(&claim.lease, step("days", version(n), n)).await;
        tokio::task::yield_now().await;
    }
    reader.await.expect("the reader");
}
