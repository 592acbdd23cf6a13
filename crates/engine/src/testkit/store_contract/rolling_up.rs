use jiff::civil::date;

use super::StoreUnderTest;
use super::desk::{Desk, at, end, item, page, step};
use super::reopening::reopen;
use crate::model::run_day::RunDay;
use crate::model::sync::{Counts, ItemStatus, Outcome, Run, SyncOptions, SyncRequest};
use crate::testkit::samples::{block, day};

/// Seconds from `at(0)`, which is noon, to the next midnight in UTC.
const MIDNIGHT: i64 = 43_200;
const DAY: i64 = 86_400;

/// Runs everything that is due; it ends after so many seconds.
async fn run_all(desk: &Desk, outcome: Outcome, secs: i64, lasts: i64) {
    for claim in desk.claim(secs).await {
        let mut read = page(vec![block("a", &[day("a", 1, "1")])], secs);
        read.items = vec![item("a", ItemStatus::Updated), item("b", ItemStatus::Missing)];
        let mut lease = desk.commit(&claim.lease, step("days", read, secs)).await.lease;
        for (left, stream) in (0..claim.streams.len()).rev().zip(&claim.streams) {
            let mut step = end(&stream.name, outcome, secs + lasts);
            step.run_end = left == 0;
            lease = desk.commit(&lease, step).await.lease;
        }
    }
}

async fn roll_up(desk: &Desk, secs: i64) -> usize {
    desk.store.roll_up(at(secs)).await.expect("what is old is summed up")
}

async fn days(desk: &Desk) -> Vec<RunDay> {
    desk.store.records(|s| s.ascending("day")).await.expect("days")
}

async fn runs(desk: &Desk) -> Vec<Run> {
    desk.store.records(|s| s.ascending("id")).await.expect("runs")
}

pub async fn old_runs_become_their_days(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let one = desk.add("one").await.id;
    run_all(&desk, Outcome::Ok, 0, 2).await;
    let other = desk.add("other").await.id;
    run_all(&desk, Outcome::Failed, 1_000, 3).await;
    run_all(&desk, Outcome::Ok, DAY, 4).await;
    let before = (runs(&desk).await, desk.log().await, desk.everything().await);
    assert_eq!(before.0.len(), 5);

    assert_eq!(roll_up(&desk, MIDNIGHT).await, 3);
    let sums = |connection_id, runs, runs_ok, duration_ms, rows_written| RunDay {
        connection_id,
        day: date(2026, 1, 5),
        runs,
        runs_ok,
        runs_partial: 0,
        runs_failed: runs - runs_ok,
        runs_needsuser: 0,
        runs_deferred: 0,
        runs_interrupted: 0,
        duration_ms,
        counts: Counts { updated: runs, missing: runs, ..Counts::default() },
        trades_imported: 0,
        trades_skipped: 0,
        rows_written,
        pages: runs,
        error: Some("the last failure".into()),
    };
    let mut found = days(&desk).await;
    found.sort_by_key(|day| day.connection_id);
    let last_errors: Vec<_> = before.0[1..3].iter().map(|run| run.error.clone()).collect();
    assert!(last_errors.iter().all(|error| error.as_ref().is_some_and(|text| text.contains("was not read"))));
    let want = [sums(one, 2, 1, 5_000, 2), sums(other, 1, 0, 3_000, 1)].into_iter().zip(last_errors);
    assert_eq!(found, want.map(|(day, error)| RunDay { error, ..day }).collect::<Vec<_>>());
    assert_eq!(runs(&desk).await, before.0[3..], "newer runs stay as they are");
    let kept = |run| before.0[3..].iter().any(|kept| kept.id == run);
    let lines: Vec<_> = before.1.into_iter().filter(|line| kept(line.run)).collect();
    assert_eq!(desk.log().await, lines);
    let is_log =
        |line: &String| ["sync.runs:", "sync.run_events:", "sync.run_days:"].iter().any(|t| line.starts_with(t));
    let others = |all: Vec<String>| all.into_iter().filter(|line| !is_log(line)).collect::<Vec<_>>();
    assert_eq!(others(desk.everything().await), others(before.2), "nothing else changes");
}

pub async fn a_run_is_summed_up_once(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    desk.add("one").await;
    for secs in [0, 1_000, MIDNIGHT - 100] {
        // The last one ends on the next day.
        run_all(&desk, Outcome::Ok, secs, 200).await;
    }
    for secs in [DAY, 2 * DAY] {
        run_all(&desk, Outcome::Ok, secs, 2).await;
    }
    let counted = async || days(&desk).await.iter().map(|day| (day.day.day(), day.runs)).collect::<Vec<_>>();
    assert_eq!((roll_up(&desk, MIDNIGHT).await, counted().await), (2, vec![(5, 2)]));
    assert_eq!((roll_up(&desk, MIDNIGHT).await, counted().await), (0, vec![(5, 2)]));
    assert_eq!((roll_up(&desk, MIDNIGHT + DAY).await, counted().await), (2, vec![(5, 3), (6, 1)]));
    assert_eq!((roll_up(&desk, MIDNIGHT + DAY).await, counted().await), (0, vec![(5, 3), (6, 1)]));
}

pub async fn the_last_run_of_each_and_live_ones_stay(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let id = desk.add("quiet").await.id;
    run_all(&desk, Outcome::Ok, 0, 2).await;
    let first = desk.request(id, &[], SyncOptions::default(), 10).await;
    let last = desk.request(id, &[], SyncOptions::default(), 11).await;
    let live = desk.claim_one(12).await;
    assert_eq!(roll_up(&desk, 9 * DAY).await, 1, "the one before the live one");
    assert_eq!(runs(&desk).await.iter().map(|run| run.id).collect::<Vec<_>>(), [live.lease.run]);
    let asked: Vec<SyncRequest> = desk.store.records(|s| s).await.expect("requests");
    assert_eq!(asked.iter().map(|request| request.id).collect::<Vec<_>>(), [last.id]);
    assert!(first.id < last.id);
    for stream in ["days", "bars"] {
        let mut step = end(stream, Outcome::Ok, 20);
        step.run_end = stream == "bars";
        desk.commit(&live.lease, step).await;
    }
    assert_eq!(roll_up(&desk, 9 * DAY).await, 0, "the last one is what is known of a connection");
    let cursor = desk.log().await.last().expect("its lines").cursor;

    let desk = reopen(desk, place, 30).await;
    let next = desk.request(id, &[], SyncOptions::default(), 31).await;
    assert!(next.id > last.id);
    let again = desk.claim_one(32).await;
    assert!(again.lease.run > live.lease.run);
    let receipt = desk.commit(&again.lease, step("days", page(Vec::new(), 9), 33)).await;
    assert!(receipt.cursor > cursor);
}
