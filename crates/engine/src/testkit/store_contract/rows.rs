use std::collections::BTreeMap;

use serde_json::json;

use super::StoreUnderTest;
use super::desk::{Desk, at, page, step};
use crate::model::trades::TRADE_DATA;
use crate::model::{BatchBuilder, Decimal, Value};
use crate::provider::{Change, Scope};
use crate::store::{Select, StoreError};
use crate::testkit::samples::{Bar, Correction, Day, bar, bars, block, day};

pub async fn the_last_of_one_key_wins(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claim = desk.leased("twins").await;
    let id = claim.connection.id;
    let twins = [bar("X", 1, "1"), bar("Y", 1, "5"), bar("X", 1, "2"), bar("X", 1, "3")];
    let receipt = desk.commit(&claim.lease, step("bars", page(vec![bars(&twins)], 1), 1)).await;
    assert_eq!(desk.rows::<Bar>(id).await, [bar("X", 1, "3"), bar("Y", 1, "5")]);
    assert_eq!((receipt.rows_written, desk.corrections(id).await.len()), (2, 0));

    // Also over the changes of a page; and a twin that says what is stored, at last, changes nothing.
    let changes = vec![bars(&[bar("X", 1, "9"), bar("Y", 1, "6")]), bars(&[bar("Y", 1, "7"), bar("X", 1, "3")])];
    desk.commit(&claim.lease, step("bars", page(changes, 2), 2)).await;
    assert_eq!(desk.rows::<Bar>(id).await, [bar("X", 1, "3"), bar("Y", 1, "7")]);
}

pub async fn equal_rows_are_not_written(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claim = desk.leased("equal").await;
    let id = claim.connection.id;
    let rows = [bar("X", 1, "1.50"), Bar { close: None, ..bar("X", 2, "0") }, bar("X", 3, "3")];
    let write = async |rows: &[Bar], mark| {
        desk.commit(&claim.lease, step("bars", page(vec![bars(rows)], mark), mark)).await.rows_written
    };
    assert_eq!(write(&rows, 1).await, 3);
    assert_eq!(write(&rows, 2).await, 0, "two missing values are equal, and so are 1.5 and 1.50");
    assert_eq!(write(&[rows[0].clone(), rows[1].clone(), bar("X", 3, "4"), bar("X", 4, "4")], 3).await, 2);
    assert_eq!(write(&[bar("X", 3, "3"), bar("X", 3, "4")], 4).await, 0, "the last of them is what is stored");
    assert_eq!(desk.run(claim.lease.run).await.rows_written, 5);
    assert_eq!(desk.rows::<Bar>(id).await.len(), 4);
}

pub async fn corrections_are_noted(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let (claim, other) = (desk.leased("corrected").await, desk.leased("other").await);
    let id = claim.connection.id;
    let first = Bar { volume: Some(Decimal::from(10)), extra: Some(r#"{"a":"1"}"#.into()), ..bar("it's", 1, "-1.5") };
    desk.commit(&claim.lease, step("bars", page(vec![bars(&[first.clone(), bar("Y", 1, "1")])], 1), 1)).await;
    desk.commit(&other.lease, step("bars", page(vec![bars(&[bar("it's", 1, "2")])], 1), 1)).await;
    assert!(desk.corrections(id).await.is_empty(), "what is new corrects nothing, nor does another connection");

    let second = Bar { close: Some("2.25".parse().unwrap()), volume: None, extra: Some("{}".into()), ..first };
    let again = page(vec![bars(&[second, bar("Y", 1, "1"), bar("Y", 2, "1")])], 2);
    desk.commit(&claim.lease, step("bars", again, 2)).await;

    let noted: BTreeMap<_, _> = desk.corrections(id).await.into_iter().map(|c| (c.column.clone(), c)).collect();
    assert_eq!(noted.keys().collect::<Vec<_>>(), ["close", "extra", "volume"]);
    for Correction { table, key, at: when, .. } in noted.values() {
        let key: serde_json::Value = serde_json::from_str(key).expect("a JSON object");
        assert_eq!(key, json!({"symbol": "it's", "date": "2026-01-01", "time": "00:00:00"}));
        assert_eq!((table.as_str(), *when), ("market.bars", at(2)));
    }
    let number = |text: &Option<String>| text.as_ref().map(|text| text.parse::<Decimal>().expect("a number"));
    let (close, volume, extra) = (&noted["close"], &noted["volume"], &noted["extra"]);
    let decimal = |text: &str| Some(text.parse::<Decimal>().expect("a number"));
    assert_eq!((number(&close.old), number(&close.new)), (decimal("-1.5"), decimal("2.25")));
    assert_eq!((number(&volume.old), volume.new.as_deref()), (decimal("10"), None));
    assert_eq!((extra.old.as_deref(), extra.new.as_deref()), (Some(r#"{"a":"1"}"#), Some("{}")));
    assert!(desk.corrections(other.connection.id).await.is_empty());
}

pub async fn a_replace_stays_in_its_scope(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let (claim, other) = (desk.leased("mine").await, desk.leased("theirs").await);
    let (id, other_id) = (claim.connection.id, other.connection.id);
    let days = |name: &str, net: &str| (1..=3).map(|n| day(name, n, net)).collect::<Vec<_>>();
    // A scope is a value and no pattern.
    let names = ["A", "a", "a'b", "a%", "a_"];
    let all = |net: &str| page(names.map(|name| block(name, &days(name, net))).into(), 1);
    for lease in [&claim.lease, &other.lease] {
        let receipt = desk.commit(lease, step("days", all("1"), 1)).await;
        assert_eq!(receipt.rows_written, 15);
    }
    // Fewer rows, no rows, the rows as they are, and a scope that was not there.
    let changes = vec![
        block("a%", &days("a%", "2")[1..]),
        block("a'b", &[]),
        block("A", &days("A", "1")),
        block("new", &days("new", "5")),
    ];
    let receipt = desk.commit(&claim.lease, step("days", page(changes, 2), 2)).await;
    assert_eq!(receipt.rows_written, 2 + 3 + 3, "the rows that were placed");

    let mut expected: Vec<Day> = ["A", "a", "a_"].iter().flat_map(|name| days(name, "1")).collect();
    expected.extend(days("a%", "2")[1..].iter().cloned().chain(days("new", "5")));
    expected.sort();
    assert_eq!(desk.rows::<Day>(id).await, expected);
    assert_eq!(desk.rows::<Day>(other_id).await.len(), 15);
    assert!(desk.rows::<Day>(other_id).await.iter().all(|day| day.net == Decimal::ONE));

    // Many scopes at once, as a folder's first page has them.
    let names: Vec<String> = (0..50).map(|n| format!("block {n}")).collect();
    let many = |net: &str| page(names.iter().map(|name| block(name, &days(name, net))).collect(), 3);
    desk.commit(&claim.lease, step("days", many("1"), 3)).await;
    desk.commit(&claim.lease, step("days", many("2"), 4)).await;
    assert_eq!(desk.rows::<Day>(id).await.len(), 150 + expected.len());
    assert_eq!(desk.rows::<Day>(other_id).await.len(), 15);
}

/// A trade whose time and legs are missing where `None` is given; the rest of its columns is empty.
fn trade(time: Option<&str>, legs: Option<&str>, line: i64) -> Change {
    let date = jiff::civil::date(2026, 1, 5);
    let mut rows = BatchBuilder::new(&TRADE_DATA);
    let values = TRADE_DATA.columns.iter().map(|column| match column.name {
        "block_id" | "strategy" | "pl_basis" | "ticker" => Value::Text("a"),
        "date_opened" => Value::Date(date),
        "time_opened" => time.into(),
        "legs" => legs.into(),
        "pl" => Value::Decimal(Decimal::ONE),
        "source_line" => Value::Int(line),
        "occurrence" => Value::Int(1),
        _ => Value::Null,
    });
    rows.push_values(&values.collect::<Vec<_>>());
    Change::Upsert(rows.finish())
}

pub async fn missing_parts_of_a_key_are_equal(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claim = desk.leased("nulls").await;
    let kinds = [(None, None), (Some("09:30:00"), None), (None, Some("1 P STO")), (Some(""), Some(""))];
    for (mark, line) in [(1, 1), (2, 2)] {
        let changes = kinds.map(|(time, legs)| trade(time, legs, line)).into();
        let receipt = desk.commit(&claim.lease, step("days", page(changes, mark), mark)).await;
        assert_eq!(receipt.rows_written, 4);
    }
    let stored = desk.store.read(Select::of(&TRADE_DATA, claim.connection.id)).await.unwrap();
    let line = TRADE_DATA.column("source_line").unwrap();
    let lines: Vec<_> = (0..stored.len()).map(|row| stored.value(row, line)).collect();
    assert_eq!(lines, [Value::Int(2); 4], "an empty text and a missing one are two things; two missing ones are one");
}

pub async fn rows_without_a_key_are_added(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claim = desk.leased("log").await;
    let line = Correction {
        table: "market.bars".into(),
        key: "{}".into(),
        column: "close".into(),
        old: None,
        new: Some("1".into()),
        at: at(0),
    };
    let twice = Change::Upsert(crate::model::Batch::of(&[line.clone(), line.clone()]));
    let receipt = desk.commit(&claim.lease, step("bars", page(vec![twice.clone()], 1), 1)).await;
    assert_eq!(receipt.rows_written, 2);
    desk.commit(&claim.lease, step("bars", page(vec![twice], 2), 2)).await;
    assert_eq!(desk.corrections(claim.connection.id).await, vec![line; 4]);
}

/// A store may write a page table by table and set by set, so a page must not need another order.
pub async fn a_page_that_has_an_order_of_its_own_is_refused(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claim = desk.leased("ordered").await;
    let before = desk.everything().await;
    let Change::Replace { rows, .. } = block("a", &[day("a", 2, "1")]) else { unreachable!("a block is a replace") };
    let scope = Scope { column: "block_id", value: "a".into() };
    for second in [Change::Upsert(rows.clone()), Change::Replace { scope, rows }] {
        let changes = vec![block("a", &[day("a", 1, "1")]), second];
        let done = desk.store.commit(&claim.lease, step("days", page(changes, 1), 1)).await;
        assert!(matches!(done, Err(StoreError::Failed(_))), "{done:?}");
        assert_eq!(desk.everything().await, before);
    }
}
