use super::StoreUnderTest;
use super::desk::{Desk, end, page, step};
use crate::model::Owned;
use crate::model::sync::{Connection, Outcome, RunEvent};
use crate::model::trades::DAILY_LOG;
use crate::store::{Filter, Select};
use crate::testkit::samples::{Day, block, day};

pub async fn filters_narrow_and_orders_sort(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claims = [desk.leased("one").await, desk.leased("two").await, desk.leased("three").await];
    let ids = claims.each_ref().map(|claim| claim.connection.id);
    for (claim, name) in claims.iter().zip(["x", "y", "x"]) {
        let days: Vec<Day> = [2, 3, 1].map(|n| day(name, n, "1")).into();
        desk.commit(&claim.lease, step("days", page(vec![block(name, &days)], 1), 1)).await;
        desk.commit(&claim.lease, end("days", Outcome::Ok, 2)).await;
    }
    let labels = async |narrow: fn(Select) -> Select| {
        let found: Vec<Connection> = desk.store.records(narrow).await.unwrap();
        found.into_iter().map(|connection| connection.label).collect::<Vec<_>>()
    };
    assert_eq!(labels(|s| s.ascending("id")).await, ["one", "two", "three"]);
    assert_eq!(labels(|s| s.ascending("label")).await, ["one", "three", "two"]);
    assert_eq!(labels(|s| s.descending("label").max(2)).await, ["two", "three"]);
    assert_eq!(labels(|s| s.with(Filter::IsText("label", "two".into()))).await, ["two"]);

    let events = async |narrow: &dyn Fn(Select) -> Select| {
        let found: Vec<RunEvent> = desk.store.read(narrow(Select::all(log_table()))).await.unwrap().records().unwrap();
        found.into_iter().map(|event| (event.cursor, event.connection)).collect::<Vec<_>>()
    };
    let all = events(&|s| s.ascending("cursor")).await;
    assert_eq!(all.len(), 9);
    let third = all[2].0;
    assert_eq!(events(&|s| s.with(Filter::After("cursor", third)).ascending("cursor").max(4)).await, all[3..7]);
    let of_two = Filter::In("connection_id", vec![ids[0], ids[2], 999]);
    let both = |s: Select| s.with(of_two.clone()).with(Filter::After("cursor", third)).descending("cursor");
    let mut expected: Vec<_> = all[3..].iter().copied().filter(|(_, id)| *id != ids[1]).collect();
    expected.reverse();
    assert_eq!(events(&both).await, expected, "filters narrow together");
    assert!(events(&|s| s.with(Filter::In("run_id", Vec::new()))).await.is_empty());
    assert!(events(&|s| s.max(0)).await.is_empty());

    // Rows of data know their connection, though providers do not.
    let days = async |select: Select| desk.store.read(select).await.unwrap().records::<Day>().unwrap();
    let own = days(Select::of(&DAILY_LOG, ids[2]).ascending("date")).await;
    assert_eq!(own, [day("x", 1, "1"), day("x", 2, "1"), day("x", 3, "1")]);
    assert!(days(Select::of(&DAILY_LOG, ids[2]).with(Filter::IsText("block_id", "y".into()))).await.is_empty());
    assert_eq!(days(Select::all(&DAILY_LOG).with(Filter::Is("source_line", 2))).await.len(), 3);
    let (first, second) = (day("x", 1, "1").date, day("x", 2, "1").date);
    let early = Filter::Between("date", first, second);
    assert_eq!(days(Select::of(&DAILY_LOG, ids[2]).with(early)).await.len(), 2, "both ends are included");
    assert!(days(Select::all(&DAILY_LOG).with(Filter::Between("date", second, first))).await.is_empty());
}

fn log_table() -> &'static crate::model::Table {
    <RunEvent as crate::model::Record>::TABLE
}

pub async fn a_read_of_nothing_is_empty(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    assert!(desk.everything().await.is_empty(), "a new store is empty");
    let batch = desk.store.read(Select::of(&DAILY_LOG, 1).descending("date").max(5)).await.unwrap();
    assert_eq!(
        (batch.len(), batch.table.full_name(), batch.rows.num_columns()),
        (0, DAILY_LOG.full_name(), DAILY_LOG.columns.len())
    );
    assert!(desk.claim(0).await.is_empty());
}

pub async fn rows_of_all_connections_name_their_own(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claims = [desk.leased("one").await, desk.leased("two").await];
    let ids = claims.each_ref().map(|claim| claim.connection.id);
    for (claim, net) in claims.iter().zip(["1", "2"]) {
        desk.commit(&claim.lease, step("days", page(vec![block("x", &[day("x", 1, net)])], 1), 1)).await;
    }
    let mut all: Vec<Owned<Day>> = desk.store.records(|s| s).await.unwrap();
    all.sort_by_key(|owned| owned.connection);
    let want = |nth: usize, net| Owned { connection: ids[nth], row: day("x", 1, net) };
    assert_eq!(all, [want(0, "1"), want(1, "2")]);
    let own: Vec<Owned<Day>> = desk.store.records(|s| s.with(Filter::Is("connection_id", ids[1]))).await.unwrap();
    assert_eq!(own, all[1..]);
}
