use jiff::Timestamp;
use jiff::civil::date;
use serde_json::json;

use super::StoreUnderTest;
use super::desk::{Desk, draft, page, step};
use crate::model::trades::SYNC_METADATA;
use crate::model::{BatchBuilder, Value};
use crate::provider::Change;
use crate::store::{ConnectionDraft, Select};
use crate::testkit::samples::{Bar, Day, bar, bars, block, day};

pub async fn numbers_are_exact(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claim = desk.leased("numbers").await;
    let texts = [
        "0",
        "0.000000000000000001",
        "-0.000000000000000001",
        "0.1",
        "100.25",
        "-504.25115999999997",
        "9007199254740993",
        "12345678901234567890.123456789012345678",
        "99999999999999999999.999999999999999999",
        "-99999999999999999999.999999999999999999",
    ];
    let lines = [0, 1, -1, i64::MAX, i64::MIN];
    let days: Vec<Day> = (1..)
        .zip(texts)
        .map(|(n, text)| Day { pl: text.parse().ok(), line: lines[n as usize % lines.len()], ..day("a", n, text) })
        .collect();
    desk.commit(&claim.lease, step("days", page(vec![block("a", &days)], 1), 1)).await;
    let stored = desk.rows::<Day>(claim.connection.id).await;
    assert_eq!(stored, days);
    assert_eq!(stored.iter().map(|day| day.net.to_string()).collect::<Vec<_>>(), texts);

    // The same through a merge, where they are compared with what is stored.
    let as_bars: Vec<Bar> = (1..).zip(texts).map(|(n, text)| bar("X", n, text)).collect();
    for (mark, written) in [(2, texts.len()), (3, 0)] {
        let receipt = desk.commit(&claim.lease, step("bars", page(vec![bars(&as_bars)], mark), mark)).await;
        assert_eq!(receipt.rows_written, written as i64);
    }
    assert_eq!(desk.rows::<Bar>(claim.connection.id).await, as_bars);
}

pub async fn dates_and_instants_are_exact(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claim = desk.leased("times").await;
    let dates = [
        date(1, 1, 1),
        date(1582, 10, 10),
        date(1969, 12, 31),
        date(1970, 1, 1),
        date(2024, 2, 29),
        date(9999, 12, 31),
    ];
    let days: Vec<Day> = dates.iter().map(|date| Day { date: *date, ..day("a", 1, "1") }).collect();
    let micros = [-62_135_596_800_000_000, -1, 0, 1, 1_767_614_400_123_456, 253_370_764_800_999_999];
    let mut blocks = BatchBuilder::new(&SYNC_METADATA);
    for (nth, micros) in micros.iter().enumerate() {
        let (name, read_at) = (format!("block {nth}"), Timestamp::from_microsecond(*micros).expect("a time"));
        let values = SYNC_METADATA.columns.iter().map(|column| match column.name {
            "block_id" => Value::Text(&name),
            "synced_at" => Value::Instant(read_at),
            "sync_version" | "parser_version" => Value::Int(1),
            "files" => Value::Text("{}"),
            _ => Value::Null,
        });
        blocks.push_values(&values.collect::<Vec<_>>());
    }
    let changes = vec![block("a", &days), Change::Upsert(blocks.finish())];
    desk.commit(&claim.lease, step("days", page(changes, 1), 1)).await;

    let id = claim.connection.id;
    assert_eq!(desk.rows::<Day>(id).await, days);
    let stored = desk.store.read(Select::of(&SYNC_METADATA, id).ascending("synced_at")).await.unwrap();
    let column = SYNC_METADATA.column("synced_at").unwrap();
    let read: Vec<_> = (0..stored.len()).map(|row| stored.value(row, column)).collect();
    let written = micros.map(|micros| Value::Instant(Timestamp::from_microsecond(micros).expect("a time")));
    assert_eq!(read, written);
}

/// Texts that some layer might take for something else.
fn texts() -> Vec<String> {
    let long = "ü€😀".repeat(10_000);
    let odd = [
        "",
        " ",
        "null",
        "NULL",
        "\"quoted\" 'single' `back`",
        "line\nbreak\r\nand\ttab",
        "back\\slash \\n \\u0041",
        "👩‍👩‍👧 e\u{301} \u{202e}right to left",
        "semi; -- comment /* */ $1 ? :name %s {}",
        "\u{1}\u{1b}[31m\u{7f}",
        &long,
    ];
    odd.map(String::from).into()
}

pub async fn texts_are_verbatim(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claim = desk.leased("texts").await;
    let id = claim.connection.id;
    let json = r#"{"z":1.10,"a":[null,true,"\"\n\\"],"é":{"":1e40}}"#;
    let mut days = Vec::new();
    for text in texts() {
        days.push(Day { extra: Some(json.into()), ..day(&text, 1, "1") });
        days.push(Day { extra: None, ..day(&text, 2, "2") });
    }
    days.sort();
    // Each is a scope too: the second time finds the rows of the first.
    for mark in [1, 2] {
        let blocks = days.chunks(2).map(|pair| block(&pair[0].block, pair));
        desk.commit(&claim.lease, step("days", page(blocks.collect(), mark), mark)).await;
        assert_eq!(desk.rows::<Day>(id).await, days);
    }
    // And a key of a merge.
    let mut rows: Vec<Bar> = texts().iter().map(|text| Bar { extra: Some(json.into()), ..bar(text, 1, "1") }).collect();
    rows.sort();
    for (mark, written) in [(3, rows.len()), (4, 0)] {
        let receipt = desk.commit(&claim.lease, step("bars", page(vec![bars(&rows)], mark), mark)).await;
        assert_eq!(receipt.rows_written, written as i64);
        assert_eq!(desk.rows::<Bar>(id).await, rows);
    }
}

pub async fn settings_and_watermarks_are_verbatim(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let settings: std::collections::BTreeMap<_, _> = texts().into_iter().map(|text| (text.clone(), text)).collect();
    for (nth, text) in texts().into_iter().enumerate() {
        let enabled = nth % 2 == 0;
        let draft = ConnectionDraft {
            settings: settings.clone(),
            owner: Some(text.clone()),
            sync_enabled: enabled,
            ..draft(&format!("{nth} {text}"))
        };
        let connection = desk.store.put_connection(draft).await.unwrap();
        assert_eq!((&connection.owner, connection.sync_enabled), (&Some(text), enabled));
        assert_eq!(desk.connections().await.pop().unwrap(), connection, "what is read is what was given back");
    }
    let claim = desk.claim(0).await.remove(0);
    let watermark = json!({"after": texts(), "n": 9_007_199_254_740_993_i64, "none": null, "deep": [[[{"x": true}]]]});
    let mut page = page(Vec::new(), 0);
    page.watermark = watermark.clone();
    desk.commit(&claim.lease, step("days", page, 1)).await;
    assert_eq!(desk.stream(claim.connection.id, "days").await.watermark, Some(watermark));
}
