//! The mirror in NocoDB, sync by sync: what arrives, what stays as people had it, and what a fault leaves behind.

use std::sync::Arc;

use foliosync_engine::clock::Clock;
use foliosync_engine::engine::{ConnectionEdit, Engine, NewConnection, NewInstrument};
use foliosync_engine::files::Files;
use foliosync_engine::http::{Http, Method};
use foliosync_engine::model::Batch;
use foliosync_engine::model::instrument::Instrument;
use foliosync_engine::model::mirror::MirrorRow;
use foliosync_engine::model::prices::QuoteField;
use foliosync_engine::model::sync::{ConnectionId, Gap, Outcome, Run, SyncOptions};
use foliosync_engine::provider::Reach;
use foliosync_engine::secrets::{Key, Vault};
use foliosync_engine::store::{RowsOfRemoved, Store};
use foliosync_engine::testkit::mem_store::MemStore;
use foliosync_engine::testkit::replay::answer;
use foliosync_engine::testkit::rig::Rig;
use serde_json::json;

use crate::fake::{Fake, URL};

struct Desk {
    rig: Rig,
    fake: Fake,
    id: ConnectionId,
}

impl Desk {
    /// A mirror of two tables; what `before` makes there is there already.
    async fn new(settings: &[(&str, &str)], before: impl FnOnce(&Fake)) -> Desk {
        let (fake, store) = (Fake::default(), Arc::new(MemStore::empty()));
        before(&fake);
        let http = Http::new(fake.replay(), Arc::clone(&store) as Arc<dyn Store>, Clock::System);
        let reach = Reach { http, files: Files::default() };
        let provider = foliosync_mirrors::all().remove(0);
        let vault = Vault::Open { key: Key::random().unwrap(), from: "test".into() };
        let rig = Rig::on(store, provider, reach, Clock::System).with_vault(vault, &[]);
        let added = add(&rig.engine, "noco", settings).await.unwrap();
        Desk { rig, fake, id: added }
    }

    async fn symbols(before: impl FnOnce(&Fake)) -> Desk {
        Desk::new(&[("tables", "symbols")], before).await
    }

    async fn watch(&self, symbols: &[&str]) {
        let new = symbols.iter().map(|symbol| NewInstrument { symbol: symbol.to_string(), ..Default::default() });
        self.rig.engine.add_instruments(new.collect()).await.unwrap();
    }

    async fn price(&self, instrument: &str, price: &str) {
        let quote = QuoteField {
            instrument_id: instrument.into(),
            field: "current_price".into(),
            value: price.parse().unwrap(),
            currency: Some("USD".into()),
            provider: "test".into(),
            as_of: "2026-01-02T03:04:05.678Z".parse().unwrap(),
        };
        self.rig.store.put_rows(vec![Batch::of([&quote])]).await.unwrap();
    }

    async fn sync(&self) -> Run {
        self.rig.sync_to_end(self.id, SyncOptions::default()).await.run
    }

    async fn rehash(&self) -> Run {
        self.rig.sync_to_end(self.id, SyncOptions { rehash: true, ..SyncOptions::default() }).await.run
    }

    /// What was written since the last call.
    fn writes(&self) -> Vec<(Method, usize)> {
        self.fake.with(|state| std::mem::take(&mut state.writes))
    }

    fn cell(&self, symbol: &str, column: &str) -> serde_json::Value {
        self.fake.table("symbols", |table| {
            table.row("symbol", symbol).and_then(|(_, row)| row.get(column).cloned()).unwrap_or_default()
        })
    }

    async fn ledger(&self) -> Vec<MirrorRow> {
        let mut rows: Vec<MirrorRow> = self.rig.rows(self.id).await;
        rows.retain(|row| row.row_id.is_some());
        rows
    }
}

async fn add(
    engine: &Engine,
    label: &str,
    settings: &[(&str, &str)],
) -> Result<ConnectionId, foliosync_engine::engine::EngineError> {
    let usual = [("url", URL), ("base", "folio")];
    let settings = usual.iter().chain(settings).map(|(key, value)| (key.to_string(), value.to_string())).collect();
    let credentials = [("token".to_string(), "a-token-of-noco".into())].into();
    let new =
        NewConnection { provider: "nocodb".into(), label: label.into(), settings, credentials, ..Default::default() };
    Ok(engine.add_connection(new).await?.id)
}

#[tokio::test]
async fn rows_arrive_once_and_then_only_what_changed() {
    let desk = Desk::symbols(|_| {}).await;
    desk.watch(&["AAPL", "VOD.L", "crypto:BTC"]).await;
    desk.price("stock:AAPL", "234.56").await;
    let run = desk.sync().await;
    assert_eq!((run.outcome, run.counts.updated), (Some(Outcome::Ok), 1), "{run:?}");
    assert_eq!(desk.writes(), [(Method::Post, 3)]);
    assert_eq!(desk.cell("AAPL", "current_price"), json!(234.56));
    assert_eq!(desk.cell("AAPL", "last_price_update"), "2026-01-02 03:04:05+00:00");
    assert_eq!(desk.cell("VOD.L", "exchange"), "XLON");
    let before = desk.fake.with(|state| state.requests);
    let run = desk.sync().await;
    assert_eq!((run.counts.unchanged, run.rows_written, desk.writes()), (1, 0, vec![]));
    assert_eq!(desk.fake.with(|state| state.requests) - before, 1, "one look for what people typed");
    desk.price("stock:AAPL", "235.00").await;
    desk.sync().await;
    assert_eq!(desk.writes(), [(Method::Patch, 1)]);
    assert_eq!(desk.cell("AAPL", "current_price"), json!(235));
    desk.price("stock:AAPL", "0.123456789012345678").await;
    desk.sync().await;
    assert_eq!(desk.cell("AAPL", "current_price"), "0.123456789012345678", "more digits than a number keeps");
    assert!(desk.rig.engine.last_synced().await.unwrap().is_none(), "a mirror reads nothing");
}

#[tokio::test]
async fn what_people_have_there_stays() {
    let desk = Desk::symbols(|fake| {
        fake.with(|state| {
            let columns = [("Id", "ID"), ("symbol", "LongText"), ("note", "SingleLineText")];
            let table = state.make("symbols", &columns);
            table.add(&json!({ "symbol": "AAPL", "note": "mine" }));
            table.add(&json!({ "symbol": "AAPL", "note": "twice" }));
            table.add(&json!({ "note": "no symbol yet" }));
        });
    })
    .await;
    desk.watch(&["AAPL", "MSFT"]).await;
    desk.price("stock:AAPL", "1.5").await;
    let run = desk.sync().await;
    assert_eq!(run.outcome, Some(Outcome::Ok), "{run:?}");
    assert_eq!(desk.writes(), [(Method::Patch, 1), (Method::Post, 1)]);
    desk.fake.table("symbols", |table| {
        assert_eq!(table.columns["current_price"], "Decimal", "columns that were lacking are there");
        let note = |id: i64| (table.rows[&id]["note"].clone(), table.rows[&id].get("current_price").cloned());
        assert_eq!(note(1), (json!("mine"), Some(json!(1.5))));
        assert_eq!(note(2), (json!("twice"), None), "the second is left alone");
        assert_eq!(table.rows.len(), 4);
    });
    let ledger: Vec<_> = desk.ledger().await.into_iter().map(|row| (row.row_key, row.row_id, row.ours)).collect();
    assert_eq!(ledger, [("AAPL".into(), Some(1), false), ("MSFT".into(), Some(4), true)]);
    desk.rig.engine.remove_connection(desk.id, RowsOfRemoved::Keep).await.unwrap();
    assert_eq!(desk.ledger().await, [], "its ledger goes with it");
    assert_eq!(desk.fake.table("symbols", |table| table.rows.len()), 4, "what it wrote there stays");
}

#[tokio::test]
async fn symbols_that_people_type_are_priced() {
    let desk = Desk::symbols(|_| {}).await;
    desk.watch(&["AAPL"]).await;
    desk.sync().await;
    desk.fake.table("symbols", |table| {
        table.add(&json!({ "symbol": "msft", "name": "Microsoft" }));
        table.add(&json!({ "symbol": "VWCE.DE", "kind": "etf" }));
        table.add(&json!({ "symbol": "BTC" }));
        table.add(&json!({}));
    });
    let run = desk.sync().await;
    assert_eq!((run.outcome, run.counts.rejected), (Some(Outcome::Partial), 1), "{run:?}");
    let gaps: Vec<Gap> = desk.rig.store.records(|all| all).await.unwrap();
    assert!(gaps[0].reason.contains("may be crypto:BTC or stock:BTC"), "{gaps:?}");
    let all: Vec<Instrument> = desk.rig.store.records(|all| all.ascending("id")).await.unwrap();
    let all: Vec<_> = all.iter().map(|one| (one.id.as_str(), one.name.as_deref(), one.watched)).collect();
    let microsoft = ("stock:MSFT", Some("Microsoft"), true);
    assert_eq!(all, [("etf:VWCE@XETR", None, true), ("stock:AAPL", None, true), microsoft]);
    assert_eq!(desk.cell("MSFT", "name"), "Microsoft", "written as we write it");
    assert_eq!(desk.cell("VWCE.DE", "exchange"), "XETR");
    let run = desk.sync().await;
    assert_eq!(run.outcome, Some(Outcome::Ok), "what could not be read is told once");
    desk.fake.table("symbols", |table| {
        let (id, _) = table.row("symbol", "BTC").unwrap();
        table.rows.get_mut(&id).unwrap().insert("symbol".into(), json!("crypto:BTC"));
        table.rows.get_mut(&5).unwrap().insert("symbol".into(), json!("IBM"));
    });
    desk.sync().await;
    assert_eq!(desk.cell("crypto:BTC", "kind"), "crypto", "what is corrected is read again");
    assert_eq!(desk.cell("IBM", "kind"), "stock", "and so is a row that was empty");
    assert_eq!(desk.fake.table("symbols", |table| table.rows.len()), 5);
    assert!(desk.ledger().await.iter().all(|row| row.ours == (row.row_key == "AAPL")));
}

#[tokio::test]
async fn rows_that_were_written_but_never_noted_are_found_again() {
    let desk = Desk::symbols(|_| {}).await;
    desk.watch(&["AAPL"]).await;
    desk.sync().await;
    desk.watch(&["MSFT", "IBM"]).await;
    // It did what was asked, and its answer got lost.
    desk.fake.with(|state| state.answers.push((Method::Post, answer(502, ""))));
    let run = desk.sync().await;
    assert_eq!(run.outcome, Some(Outcome::Failed), "{run:?}");
    assert_eq!(desk.ledger().await.len(), 1);
    desk.writes();
    desk.sync().await;
    assert_eq!(desk.writes(), [], "nothing is written twice");
    let ledger = desk.ledger().await;
    assert_eq!(ledger.iter().filter(|row| row.ours && !row.hash.is_empty()).count(), 3, "{ledger:?}");
}

#[tokio::test]
async fn rows_and_tables_that_go_away_come_back() {
    let desk = Desk::symbols(|_| {}).await;
    desk.watch(&["AAPL", "MSFT", "IBM"]).await;
    desk.sync().await;
    desk.fake.table("symbols", |table| {
        let (id, _) = table.row("symbol", "AAPL").unwrap();
        table.rows.remove(&id);
        // Somebody made one of them anew.
        let (id, _) = table.row("symbol", "IBM").unwrap();
        table.rows.remove(&id);
        table.add(&json!({ "symbol": "IBM" }));
    });
    for instrument in ["stock:AAPL", "stock:MSFT", "stock:IBM"] {
        desk.price(instrument, "7").await;
    }
    let run = desk.sync().await;
    assert_eq!(run.outcome, Some(Outcome::Ok), "{run:?}");
    desk.fake.table("symbols", |table| assert_eq!(table.rows.len(), 3));
    for symbol in ["AAPL", "MSFT", "IBM"] {
        assert_eq!(desk.cell(symbol, "current_price"), json!(7), "{symbol}");
    }
    desk.fake.table("symbols", |table| {
        table.columns.remove("current_price");
        table.rows.values_mut().for_each(|row| drop(row.remove("current_price")));
    });
    desk.price("stock:AAPL", "8").await;
    desk.sync().await;
    assert_eq!(desk.cell("AAPL", "current_price"), json!(8));
    assert_eq!(desk.cell("IBM", "current_price"), json!(7), "a column that went away is filled again, row by row");
    desk.fake.with(|state| state.tables.clear());
    desk.price("stock:AAPL", "9").await;
    let run = desk.sync().await;
    assert_eq!(run.outcome, Some(Outcome::Ok), "{run:?}");
    desk.fake.table("symbols", |table| assert_eq!(table.rows.len(), 3));
}

#[tokio::test]
async fn a_whole_look_repairs_what_people_changed() {
    let desk = Desk::symbols(|_| {}).await;
    desk.watch(&["AAPL", "MSFT"]).await;
    desk.price("stock:AAPL", "1.25").await;
    desk.sync().await;
    desk.fake.table("symbols", |table| {
        let (id, _) = table.row("symbol", "AAPL").unwrap();
        table.rows.get_mut(&id).unwrap().insert("current_price".into(), json!(99));
        let (id, _) = table.row("symbol", "MSFT").unwrap();
        table.rows.remove(&id);
    });
    desk.sync().await;
    assert_eq!(desk.cell("AAPL", "current_price"), json!(99), "what is not looked at is not noticed");
    desk.writes();
    desk.rehash().await;
    assert_eq!(desk.writes(), [(Method::Patch, 1), (Method::Post, 1)]);
    assert_eq!((desk.cell("AAPL", "current_price"), desk.cell("MSFT", "kind")), (json!(1.25), json!("stock")));
    desk.rehash().await;
    assert_eq!(desk.writes(), []);
}

#[tokio::test]
async fn refusals_are_told_by_what_helps() {
    let check = async |status: u16, method: Method, want: Outcome, says: &str| {
        let desk = Desk::symbols(|_| {}).await;
        desk.watch(&["AAPL"]).await;
        let refusal = answer(status, r#"{"msg":"a-token-of-noco and other bodies"}"#).with_header("retry-after", "30");
        desk.fake.with(|state| state.answers = vec![(method, refusal); 3]);
        let run = desk.sync().await;
        let error = run.error.clone().unwrap_or_default();
        assert_eq!(run.outcome, Some(want), "{status}: {run:?}");
        assert!(error.contains(says) && !error.contains("bodies"), "{status}: {error}");
    };
    check(401, Method::Get, Outcome::NeedsUser, "refuses the token").await;
    check(403, Method::Post, Outcome::NeedsUser, "may not do this").await;
    check(302, Method::Get, Outcome::NeedsUser, "redirect").await;
    check(429, Method::Get, Outcome::Deferred, "too many requests").await;
    check(502, Method::Post, Outcome::Failed, "status 502").await;
    check(200, Method::Get, Outcome::Failed, "not as its version 2 interface").await;
}

#[tokio::test]
async fn what_is_unfit_is_halved_until_it_is_found() {
    let desk = Desk::symbols(|_| {}).await;
    desk.watch(&["AAPL", "IBM", "MSFT", "VOD.L"]).await;
    // The table is made; the first call is too much, and so is the half that holds AAPL, and AAPL itself.
    desk.sync().await;
    for instrument in ["stock:AAPL", "stock:IBM", "stock:MSFT", "stock:VOD@XLON"] {
        desk.price(instrument, "3").await;
    }
    desk.writes();
    desk.fake.with(|state| state.answers = vec![(Method::Patch, answer(422, "")); 3]);
    let run = desk.sync().await;
    assert_eq!((run.outcome, run.counts.rejected), (Some(Outcome::Failed), 1), "{run:?}");
    assert!(run.error.unwrap().contains("1 rows that NocoDB would not take, such as AAPL"));
    let sizes: Vec<usize> = desk.writes().into_iter().map(|(_, rows)| rows).collect();
    assert_eq!(sizes, [4, 2, 1, 1, 2]);
}

#[tokio::test]
async fn a_table_that_cannot_hold_our_rows_is_refused_and_the_others_go_on() {
    let desk = Desk::new(&[], |fake| {
        fake.with(|state| state.make("price_history", &[("Id", "ID"), ("close_price", "Checkbox")]).title.clone());
    })
    .await;
    desk.watch(&["AAPL"]).await;
    let run = desk.sync().await;
    assert_eq!((run.outcome, run.counts.rejected, run.counts.updated), (Some(Outcome::Partial), 1, 1), "{run:?}");
    let gaps: Vec<Gap> = desk.rig.store.records(|all| all).await.unwrap();
    assert!(gaps[0].reason.starts_with("its column `close_price` is of type Checkbox"), "{gaps:?}");
}

#[tokio::test]
async fn a_server_that_ignores_filters_ends_the_run() {
    let desk = Desk::symbols(|_| {}).await;
    desk.watch(&["AAPL"]).await;
    desk.sync().await;
    desk.fake.with(|state| state.ignores_filters = true);
    let run = desk.sync().await;
    assert!(run.error.unwrap().contains("does not give rows by their ids"));
}

#[tokio::test]
async fn a_table_that_loses_what_is_written_ends_the_run() {
    let desk = Desk::symbols(|_| {}).await;
    desk.watch(&["AAPL"]).await;
    desk.sync().await;
    desk.fake.with(|state| state.ignores_columns = true);
    desk.fake.table("symbols", |table| table.columns.remove("current_price"));
    desk.price("stock:AAPL", "8").await;
    let run = desk.sync().await;
    assert!(run.error.unwrap().contains("as soon as they are written"));
    assert!(run.pages < 20, "{} pages", run.pages);
}

#[tokio::test]
async fn trying_it_out_writes_nothing_and_a_table_has_one_writer() {
    let desk = Desk::symbols(|_| {}).await;
    desk.watch(&["AAPL"]).await;
    let probe = desk.rig.engine.test_connection(desk.id).await.unwrap();
    assert_eq!((probe.ok, probe.message.as_str()), (true, "it answers: 1 table read"));
    assert!(desk.fake.with(|state| state.tables.is_empty() && state.requests == 2));
    let refused = async |label: &str, settings: &[(&str, &str)]| {
        add(&desk.rig.engine, label, settings).await.unwrap_err().to_string()
    };
    assert_eq!(refused("other", &[]).await, "`noco` writes the table symbols there already");
    assert!(refused("wrong", &[("tables", "symbol")]).await.contains("did you mean `symbols`?"));
    assert!(refused("wrong", &[("url", "noco.example.org")]).await.contains("must be an address"));
    add(&desk.rig.engine, "rest", &[("tables", "price_history, settings")]).await.unwrap();
}

#[tokio::test]
async fn a_token_goes_to_the_host_that_it_was_given_for() {
    let desk = Desk::symbols(|_| {}).await;
    desk.sync().await;
    let before = desk.fake.with(|state| state.requests);
    let settings = [("url".to_string(), "https://other.example.org".to_string())];
    let draft = NewConnection { provider: "nocodb".into(), settings: settings.clone().into(), ..Default::default() };
    let probe = desk.rig.engine.test_draft(draft, Some(desk.id)).await.unwrap();
    assert!(!probe.ok, "{probe:?}");
    let edit = ConnectionEdit { settings: settings.into(), ..Default::default() };
    desk.rig.engine.edit_connection(desk.id, edit).await.unwrap();
    let run = desk.sync().await;
    assert_eq!(run.outcome, Some(Outcome::NeedsUser));
    assert!(run.error.unwrap().contains("was given for another host"));
    assert_eq!(desk.fake.with(|state| state.requests), before, "nothing was sent");
}
