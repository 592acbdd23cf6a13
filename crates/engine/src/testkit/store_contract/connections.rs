use super::StoreUnderTest;
use super::desk::{Desk, ask, at, draft, item, page, step};
use crate::model::Batch;
use crate::model::accounts::Valuation;
use crate::model::sync::{ConnectionId, ItemStatus, Outcome, Run, RunEvent, Stream, Trigger};
use crate::store::{ConnectionDraft, RowsOfRemoved, StoreError};
use crate::testkit::samples::{Bar, Day, bar, bars, block, day};

pub async fn a_new_connection_is_due_at_once(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let settings = [("path".to_string(), "/a \"b\"\n".to_string())].into();
    let draft = ConnectionDraft { settings, owner: Some("ann".into()), ..draft("new") };
    let connection = desk.store.put_connection(draft.clone()).await.unwrap();
    assert_eq!((&connection.label, &connection.settings), (&draft.label, &draft.settings));
    assert_eq!((connection.created_at, connection.removed_at), (at(0), None));
    assert_eq!(desk.connections().await, std::slice::from_ref(&connection));
    for name in &draft.streams {
        assert_eq!(desk.stream(connection.id, name).await, Stream::new(connection.id, name, Some(at(0))));
    }
    let claim = desk.claim_one(0).await;
    assert_eq!((claim.connection, claim.trigger, claim.streams.len()), (connection, Trigger::Schedule, 2));
}

pub async fn labels_are_unique_until_removed(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let (one, two) = (desk.add("one").await, desk.add("two").await);
    let before = desk.everything().await;
    let taken = desk.store.put_connection(draft("one")).await;
    assert!(matches!(&taken, Err(StoreError::LabelTaken(label)) if label == "one"), "{taken:?}");
    let renamed = desk.store.put_connection(ConnectionDraft { id: Some(two.id), ..draft("one") }).await;
    assert!(matches!(renamed, Err(StoreError::LabelTaken(_))), "{renamed:?}");
    assert_eq!(desk.everything().await, before, "a refusal changes nothing");

    // Its own label is not in its way.
    desk.store.put_connection(ConnectionDraft { id: Some(one.id), ..draft("one") }).await.unwrap();
    desk.store.remove_connection(one.id, RowsOfRemoved::Keep, at(1)).await.unwrap();
    let again = desk.add("one").await;
    assert!(again.id > two.id, "an id is never used twice");
}

pub async fn unknown_connections_are_refused(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let (known, gone) = (desk.add("known").await.id, desk.add("gone").await.id);
    desk.store.remove_connection(gone, RowsOfRemoved::Delete, at(1)).await.unwrap();
    let before = desk.everything().await;
    for id in [gone, 999] {
        let done = [
            desk.store.put_connection(ConnectionDraft { id: Some(id), ..draft("x") }).await.map(drop),
            desk.store.remove_connection(id, RowsOfRemoved::Delete, at(2)).await,
            desk.store.request(ask(&[known, id], &[], Default::default(), 2)).await.map(drop),
        ];
        for done in done {
            assert!(matches!(done, Err(StoreError::UnknownConnection(named)) if named == id), "{done:?}");
        }
    }
    assert_eq!(desk.everything().await, before, "a refusal changes nothing");
}

pub async fn an_edit_ends_the_run_and_its_lease(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let claim = desk.leased("edited").await;
    let id = claim.connection.id;
    let first = page(vec![block("a", &[day("a", 1, "1")])], 1);
    let receipt = desk.commit(&claim.lease, step("days", first.clone(), 1)).await;
    let edit = ConnectionDraft { id: Some(id), interval_secs: 60, now: at(2), ..draft("new name") };
    let edited = desk.store.put_connection(edit).await.unwrap();
    assert_eq!((edited.id, edited.created_at, edited.interval_secs), (id, at(0), 60));

    let run = desk.run(claim.lease.run).await;
    assert_eq!((run.outcome, run.finished_at), (Some(Outcome::Interrupted), Some(at(2))));
    let before = desk.everything().await;
    Desk::lost(desk.store.commit(&claim.lease, step("days", first.clone(), 3)).await);
    Desk::lost(desk.store.commit(&receipt.lease, step("days", first, 3)).await);
    assert_eq!(desk.everything().await, before);

    // What was read stays read, and the rest is due.
    assert_eq!(desk.rows::<Day>(id).await, [day("a", 1, "1")]);
    assert!(desk.stream(id, "days").await.watermark.is_some());
    let next = desk.claim_one(3).await;
    assert!(next.lease.epoch > claim.lease.epoch && next.lease.run > claim.lease.run);
    assert_eq!(next.connection.label, "new name");
}

pub async fn a_removal_takes_the_rows_or_keeps_them(place: &impl StoreUnderTest) {
    for rows in [RowsOfRemoved::Keep, RowsOfRemoved::Delete] {
        let desk = Desk::at(place).await;
        let label = format!("{rows:?}");
        let (claim, other) = (desk.leased(&label).await, desk.leased(&format!("not {label}")).await);
        let (id, other_id) = (claim.connection.id, other.connection.id);
        for claim in [&claim, &other] {
            let mut page = page(vec![block("a", &[day("a", 1, "1")]), bars(&[bar("X", 1, "1")])], 1);
            page.items = vec![item("b", ItemStatus::Missing)];
            desk.commit(&claim.lease, step("days", page.clone(), 1)).await;
            page.changes = vec![bars(&[bar("X", 1, "2")])];
            desk.commit(&claim.lease, step("days", page, 2)).await;
        }
        let worth = [valuation(id), valuation(other_id)];
        desk.store.put_rows(vec![Batch::of(&worth)]).await.unwrap();
        desk.store.remove_connection(id, rows, at(3)).await.unwrap();

        let kept = usize::from(rows == RowsOfRemoved::Keep);
        assert_eq!(desk.rows::<Day>(id).await.len(), kept, "{rows:?}");
        assert_eq!(desk.rows::<Bar>(id).await.len(), kept, "{rows:?}");
        assert_eq!(desk.corrections(id).await.len(), kept, "{rows:?}");
        assert_eq!(desk.about::<Valuation>(id).await.len(), kept, "rows that name it are its own, too");
        assert_eq!((desk.about::<Stream>(id).await.len(), desk.gaps(id).await.len()), (0, 0));
        let removed = desk.connections().await.into_iter().find(|connection| connection.id == id).unwrap();
        assert_eq!(removed.removed_at, Some(at(3)));

        let runs: Vec<Run> = desk.about(id).await;
        assert_eq!(runs.iter().map(|run| run.outcome).collect::<Vec<_>>(), [Some(Outcome::Interrupted)]);
        assert!(desk.about::<RunEvent>(id).await.len() >= 4, "its log stays");
        Desk::lost(desk.store.commit(&claim.lease, step("days", page(Vec::new(), 9), 4)).await);

        assert_eq!(desk.about::<Valuation>(other_id).await.len(), 1);
        assert_eq!(desk.rows::<Day>(other_id).await.len(), 1, "another connection keeps its own");
        assert_eq!((desk.about::<Stream>(other_id).await.len(), desk.gaps(other_id).await.len()), (2, 1));
        desk.commit(&other.lease, step("days", page(Vec::new(), 9), 4)).await;
    }
}

fn valuation(connection_id: ConnectionId) -> Valuation {
    Valuation {
        date: jiff::civil::date(2026, 1, 5),
        connection_id,
        part: "main".into(),
        asset: "BTC".into(),
        side: String::new(),
        kind: None,
        instrument_id: None,
        quantity: 1.into(),
        price: None,
        price_currency: None,
        price_as_of: None,
        rate: None,
        rate_date: None,
        currency: "USD".into(),
        value: None,
        stale: false,
        remark: None,
        valued_at: at(0),
    }
}
