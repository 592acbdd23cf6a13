//! The provider contract finds what it is there to find.

use std::sync::Arc;

use async_trait::async_trait;
use foliosync_engine::clock::Clock;
use foliosync_engine::files::Files;
use foliosync_engine::http::Http;
use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::provider::{
    Change, FetchRequest, Item, Page, Provider, ProviderError, ProviderSpec, Reach, Scope,
};
use foliosync_engine::testkit::provider_contract::{
    Subject, a_second_run_changes_nothing, pages_are_well_formed, resume_gives_the_same_tail,
};
use foliosync_engine::testkit::samples::{Day, bar, bars, block, day};
use foliosync_engine::testkit::scripted::SPEC;
use jiff::Timestamp;
use serde_json::json;

const BLOCKS: [&str; 4] = ["a", "b", "c", "d"];

/// Reads four blocks, one a page, and skips those that are stored; or makes one mistake.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reader {
    Right,
    /// Says the same wherever it is.
    StandsStill,
    /// Takes its place from something that a crash loses.
    Forgets,
    ReadsAgain,
    CountsTwice,
    ExpectsMore,
    GivesNoReason,
    LeavesItsScope,
    RepeatsAKey,
    ReplacesTwice,
}

use Reader::*;

#[async_trait]
impl Provider for Reader {
    fn spec(&self) -> &'static ProviderSpec {
        &SPEC
    }

    async fn fetch(&self, _: &Reach, request: &FetchRequest<'_>) -> Result<Page, ProviderError> {
        let stored: Vec<Day> = request.work().expect("days");
        let after = request.watermark.and_then(|watermark| watermark["next"].as_u64()).unwrap_or(0);
        let place = if *self == StandsStill { 0 } else { after as usize % BLOCKS.len() };
        let name = BLOCKS[place];
        let is_stored = stored.iter().any(|day| day.block == name) && *self != ReadsAgain;
        let row = match self {
            Forgets => day(name, 1, &stored.len().to_string()),
            LeavesItsScope => day("z", 1, "1"),
            _ => day(name, 1, "1"),
        };
        let days = if *self == RepeatsAKey { vec![row.clone(), row] } else { vec![row] };
        let change = block(name, &days);
        let status = if is_stored { ItemStatus::Unchanged } else { ItemStatus::Updated };
        let detail = if *self == GivesNoReason { "" } else { "read" };
        let mut page = Page {
            changes: if is_stored { Vec::new() } else { vec![change.clone()] },
            items: vec![Item::new(if *self == CountsTwice { "a" } else { name }, status, detail)],
            more: place + 1 < BLOCKS.len(),
            expected: Some((BLOCKS.len() - place + usize::from(*self == ExpectsMore)) as i64),
            ..Page::last(json!({ "next": place + 1 }))
        };
        if *self == ReplacesTwice {
            page.changes.push(change);
        }
        if request.stream == "bars" {
            page = Page { changes: vec![], items: vec![], more: false, expected: None, ..page };
        }
        Ok(page)
    }
}

fn subject(reader: Reader) -> Subject {
    let clock = Clock::System;
    let reach = Reach { http: Http::offline(clock), files: Files::default() };
    Subject::new(Arc::new(reader), reach, &[], Timestamp::UNIX_EPOCH)
}

#[tokio::test]
async fn a_right_provider_passes() {
    let subject = subject(Right);
    pages_are_well_formed(&subject).await;
    resume_gives_the_same_tail(&subject).await;
    a_second_run_changes_nothing(&subject).await;
}

/// What the contract says to a mistake.
async fn complaint(contract: impl AsyncFn(&Subject) + 'static, reader: Reader) -> String {
    let local = tokio::task::LocalSet::new();
    let task = local.spawn_local(async move { contract(&subject(reader)).await });
    local.await;
    let panic = task.await.expect_err("the contract finds the mistake").into_panic();
    panic.downcast_ref::<String>().expect("a message").clone()
}

#[tokio::test]
async fn each_mistake_is_named() {
    for (reader, says) in [
        (StandsStill, "`days` does not end"),
        (CountsTwice, "the item `a` is counted twice"),
        (ExpectsMore, "expects other than the 4 items"),
        (GivesNoReason, "does not say why"),
        (LeavesItsScope, "a row of trades.daily_log has block_id `z`, but replaces `a`"),
        (RepeatsAKey, "two rows that replace `a` of trades.daily_log have the key"),
        (ReplacesTwice, "a page replaces block_id `a` of trades.daily_log twice"),
    ] {
        let said = complaint(pages_are_well_formed, reader).await;
        assert!(said.contains(says), "{said}");
    }
    let said = complaint(resume_gives_the_same_tail, Forgets).await;
    assert!(said.contains("differs after page 1"), "{said}");
    let said = complaint(a_second_run_changes_nothing, ReadsAgain).await;
    assert!(said.contains("`days` writes again"), "{said}");
}

#[test]
fn a_scope_is_a_part_of_the_key_and_a_table_is_one_that_is_there() {
    use foliosync_engine::testkit::page_check::check;
    let page = |changes| Page { changes, ..Page::last(json!(0)) };
    assert_eq!(
        check(&page(vec![block("a", &[day("a", 1, "1")]), bars(&[bar("X", 1, "1"), bar("X", 1, "2")])])),
        Ok(())
    );
    let Change::Replace { rows, .. } = block("a", &[day("a", 1, "1")]) else { unreachable!("a block is a replace") };
    let scope = Scope { column: "extra", value: "a".into() };
    let fault = check(&page(vec![Change::Replace { scope, rows: rows.clone() }])).unwrap_err();
    assert!(fault.contains("extra is no part of the key"), "{fault}");
    let fault = check(&page(vec![block("a", &[]), Change::Upsert(rows)])).unwrap_err();
    assert!(fault.contains("both replaces and merges"), "{fault}");
}
