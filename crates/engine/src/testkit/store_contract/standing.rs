//! Rows whose standing decides, not their arrival: quotes by their time, days by how final they are.

use jiff::civil::date;

use super::StoreUnderTest;
use super::desk::{Desk, at, page, step};
use super::reopening::reopen;
use crate::model::instrument::Instrument;
use crate::model::prices::{BarStatus, DayBar, QuoteField};
use crate::model::sync::Setting;
use crate::model::{Batch, Record};
use crate::provider::{Change, Named, Page};

fn quote(field: &str, value: i64, secs: i64) -> QuoteField {
    QuoteField {
        instrument_id: "stock:X".into(),
        field: field.into(),
        value: value.into(),
        currency: Some("USD".into()),
        provider: format!("p{value}"),
        as_of: at(secs),
    }
}

fn bar(close: i64, status: BarStatus, secs: i64) -> DayBar {
    DayBar {
        instrument_id: "stock:X".into(),
        date: date(2026, 1, 5),
        open: None,
        high: None,
        low: None,
        close_price: close.into(),
        volume: None,
        split_factor: None,
        dividend: None,
        currency: Some("USD".into()),
        status,
        provider: "p".into(),
        observed_at: at(secs),
    }
}

fn upsert<R: Record>(records: &[R]) -> Change {
    Change::Upsert(Batch::of(records))
}

pub async fn what_is_newer_stays(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claim = desk.leased("quotes").await;
    let write = async |rows: &[QuoteField], mark| {
        desk.commit(&claim.lease, step("bars", page(vec![upsert(rows)], mark), mark)).await.rows_written
    };
    let stored = async || desk.store.records::<QuoteField>(|s| s.ascending("field")).await.unwrap();
    let first = [quote("current_price", 10, 100), quote("day_high", 12, 100)];
    assert_eq!(write(&first, 1).await, 2);
    assert_eq!(write(&[quote("current_price", 9, 99)], 2).await, 0, "it was so before");
    assert_eq!(stored().await, first);
    // A field that is not named is left alone; the same moment may be said better.
    assert_eq!(write(&[quote("current_price", 11, 100)], 3).await, 1);
    assert_eq!(stored().await, [quote("current_price", 11, 100), first[1].clone()]);
    // Of several in one page the newest counts, wherever it stands.
    assert_eq!(write(&[quote("day_high", 14, 300), quote("day_high", 13, 200)], 4).await, 1);
    assert_eq!(stored().await, [quote("current_price", 11, 100), quote("day_high", 14, 300)]);
}

pub async fn a_named_value_that_is_newer_stays(place: &impl StoreUnderTest) {
    let mut desk = Desk::at(place).await;
    // Each line: a value and when it was so, what is stored then and since when, and whether the store is opened anew.
    let table = [
        ("1", 100, ("1", 100), false),
        ("2", 99, ("1", 100), false),
        ("3", 100, ("3", 100), true),
        ("4", 99, ("3", 100), false),
        ("5", 101, ("5", 101), false),
        ("6", 9_000_000, ("6", 9_000_000), true),
        ("7", 102, ("7", 102), false),
    ];
    for (nth, (value, secs, (stays, since), reopens)) in (1..).zip(table) {
        let named = Named { name: "rate", value: value.into(), as_of: at(secs) };
        let claim = desk.leased(&format!("source {nth}")).await;
        let page = Page { settings: vec![named], ..page(Vec::new(), nth) };
        desk.commit(&claim.lease, step("bars", page, 1_000 + nth).closing()).await;
        let settings: Vec<Setting> = desk.store.records(|s| s.ascending("key")).await.unwrap();
        let stored: Vec<_> = settings.iter().map(|setting| (setting.key.as_str(), setting.value.as_str())).collect();
        assert_eq!(stored, [("rate", stays), ("rate_updated", at(since).to_string().as_str())], "line {nth}");
        if reopens {
            desk = reopen(desk, place, 2_000).await;
        }
    }
}

pub async fn what_is_settled_stays(place: &impl StoreUnderTest) {
    use BarStatus::{Close, Corrected, Intraday};
    let desk = Desk::at(place).await;
    let claim = desk.leased("days").await;
    // Each line: rows of a page, the row that is stored then, and how many were written.
    let table: &[(&[DayBar], DayBar, i64)] = &[
        (&[bar(10, Intraday, 1)], bar(10, Intraday, 1), 1),
        (&[bar(11, Intraday, 2)], bar(11, Intraday, 2), 1),
        (&[bar(12, Close, 3)], bar(12, Close, 3), 1),
        (&[bar(13, Intraday, 4)], bar(12, Close, 3), 0),
        (&[bar(12, Close, 5)], bar(12, Close, 3), 0),
        (&[bar(14, Close, 6), bar(15, Intraday, 7)], bar(14, Corrected, 6), 1),
        (&[bar(14, Close, 8)], bar(14, Corrected, 6), 0),
        (&[bar(16, Intraday, 9)], bar(14, Corrected, 6), 0),
        (&[bar(12, Close, 10)], bar(12, Corrected, 10), 1),
    ];
    for (nth, (rows, expected, written)) in (1..).zip(table) {
        let receipt = desk.commit(&claim.lease, step("bars", page(vec![upsert(rows)], nth), nth)).await;
        let stored = desk.store.records::<DayBar>(|s| s).await.unwrap();
        assert_eq!((&stored[..], receipt.rows_written), (&[expected.clone()][..], *written), "line {nth}");
    }
}

pub async fn rows_of_nobody_are_merged(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let instrument = |id: &str, watched| Instrument {
        id: id.into(),
        kind: "stock".into(),
        symbol: id.into(),
        name: None,
        exchange: None,
        currency: None,
        isin: None,
        watched,
    };
    let both = [instrument("stock:A", true), instrument("stock:B", true)];
    desk.store.put_rows(vec![Batch::of(&both)]).await.unwrap();
    desk.store.put_rows(vec![Batch::of(&[instrument("stock:B", false)])]).await.unwrap();
    let stored = desk.store.records::<Instrument>(|s| s.ascending("id")).await.unwrap();
    assert_eq!(stored, [both[0].clone(), instrument("stock:B", false)]);
}
