//! Views of accounts hold what the engine's own rules say.

use std::collections::BTreeMap;

use foliosync_engine::fills::{numbered, paired};
use foliosync_engine::model::accounts::{Fill, Source};
use foliosync_engine::model::{Batch, Decimal};
use foliosync_engine::provider::{Change, Page};
use foliosync_engine::store::{Select, Store};
use foliosync_engine::testkit::accounts::fill;
use foliosync_engine::testkit::chance::Chance;
use jiff::{SignedDuration, Timestamp};
use tempfile::tempdir;

use crate::support::{claim, commit, draft, now, open, query};

/// Fills of a few symbols, many of them alike, by both ways and in two accounts, and some that are taken back.
fn rows(chance: &mut Chance) -> Vec<Fill> {
    let mut rows = Vec::new();
    for nth in 0..60 {
        let line =
            format!("{} {} {} @ 10", chance.pick(&["buy", "sell"]), 1 + chance.below(2), chance.pick(&["A", "B"]));
        let at = now() + SignedDuration::from_millis(chance.below(4_000) as i64);
        let account = chance.pick(&["main", "other"]).to_string();
        let voids = chance.once_in(8).then(|| chance.below(60).to_string());
        rows.push(Fill { account, voids, ..fill(&nth.to_string(), &line, at) });
    }
    let whole = |at: Timestamp| Timestamp::from_second(at.as_second()).unwrap();
    let exported = rows.iter().filter(|_| chance.once_in(2));
    let exported = exported.map(|fill| Fill { source: Source::Csv, at: whole(fill.at), voids: None, ..fill.clone() });
    let mut exported: Vec<Fill> = exported.collect();
    numbered(&mut exported);
    rows.extend(exported);
    rows
}

#[tokio::test]
async fn each_fill_is_shown_once_by_the_rule_of_the_engine() {
    for seed in 0..6 {
        let folder = tempdir().unwrap();
        let store = open(folder.path());
        let mut chance = Chance::new(seed);
        for label in ["one", "two"] {
            store.put_connection(draft(label)).await.unwrap();
        }
        let mut want: BTreeMap<(i64, String), usize> = BTreeMap::new();
        for claim in claim(&store).await {
            let rows = rows(&mut chance);
            let change = Change::Upsert(Batch::of(&rows));
            let page = Page { changes: vec![change], ..Page::last(serde_json::Value::Null) };
            commit(&store, &claim, page).await.unwrap();
            for fill in paired(rows) {
                *want.entry((claim.connection.id, line(&fill))).or_default() += 1;
            }
        }
        let sql = "SELECT connection_id, account, source, native_id FROM accounts.fills";
        let mut shown: BTreeMap<(i64, String), usize> = BTreeMap::new();
        for row in query(&store, sql).await.unwrap().1.as_array().unwrap() {
            let text = |nth: usize| row[nth].as_str().unwrap();
            let line = format!("{} {} {}", text(1), text(2), text(3));
            *shown.entry((row[0].as_i64().unwrap(), line)).or_default() += 1;
        }
        assert_eq!(shown, want, "seed {seed}");
        assert!(want.values().all(|copies| *copies == 1) && want.len() > 40, "seed {seed}: {}", want.len());
    }
}

fn line(fill: &Fill) -> String {
    format!("{} {} {}", fill.account, fill.source.word(), fill.native_id)
}

/// Everything that a fill says comes back as it was, to the last digit.
#[tokio::test]
async fn fills_are_kept_as_they_are() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    store.put_connection(draft("one")).await.unwrap();
    let text = |text: &str| Some(text.to_string());
    let full = Fill {
        quantity: "12345678901234567890.123456789012345678".parse::<Decimal>().unwrap(),
        trade_date: Some(jiff::civil::date(2023, 11, 15)),
        asset: text("A"),
        fee: Some("-0.000000000000000001".parse().unwrap()),
        fee_asset: text("B"),
        position_side: text("long"),
        effect: text("open"),
        order_id: text("7"),
        realized_pnl: Some(3.into()),
        voids: text("x"),
        note: text("P;A"),
        ..fill("1", "sell 1 A @ 0.5", now())
    };
    let page = Page { changes: vec![Change::Upsert(Batch::of([&full]))], ..Page::last(serde_json::Value::Null) };
    commit(&store, &claim(&store).await[0], page).await.unwrap();
    let back: Vec<Fill> =
        store.read(Select::all(&foliosync_engine::model::accounts::FILL_ROWS)).await.unwrap().records().unwrap();
    assert_eq!(back, [full]);
}
