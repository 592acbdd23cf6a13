//! Alpaca behind made-up and recorded answers: what is stored, and what is told of it.

use std::sync::{Arc, Mutex, MutexGuard};

use foliosync_engine::clock::Clock;
use foliosync_engine::files::Files;
use foliosync_engine::http::{Http, HttpAnswer, HttpRequest};
use foliosync_engine::model::accounts::{Balance, BalanceChange, CashFlow, Fill, Position};
use foliosync_engine::model::instrument::{Instrument, Listing};
use foliosync_engine::model::sync::{ItemStatus, Outcome, SyncOptions};
use foliosync_engine::provider::Reach;
use foliosync_engine::status::Status;
use foliosync_engine::testkit::mem_store::MemStore;
use foliosync_engine::testkit::provider_contract::{Subject, pages_are_well_formed, resume_gives_the_same_tail};
use foliosync_engine::testkit::replay::{Replay, answer};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};

use crate::brokers::{House, SECRET, recordings};
use crate::prices_desk::{at, param};

pub const NOW: &str = "2026-11-20T14:35:07Z";
const PAPER: [(&str, &str); 1] = [("environment", "paper")];

/// An account as the service keeps it.
#[derive(Clone)]
pub struct Desk(Arc<Mutex<Books>>);

pub struct Books {
    pub cash: Json,
    pub positions: Vec<Json>,
    /// Oldest first.
    pub activities: Vec<Json>,
    /// In place of every other answer.
    pub refusal: Option<HttpAnswer>,
    pub asked: Vec<String>,
}

impl Desk {
    pub fn new() -> Desk {
        let books = Books {
            cash: json!("1000.5"),
            positions: vec![position("AAPL", "us_equity", "5", "long")],
            activities: Vec::new(),
            refusal: None,
            asked: Vec::new(),
        };
        Desk(Arc::new(Mutex::new(books)))
    }

    pub fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap()
    }

    pub fn source(&self) -> impl Fn(&HttpRequest) -> HttpAnswer + Send + Sync + 'static {
        let desk = self.clone();
        move |request| desk.answer(request)
    }

    fn answer(&self, request: &HttpRequest) -> HttpAnswer {
        let mut books = self.books();
        let (host, path) = request.url.split_once("/v2/").unwrap();
        let keys: Vec<_> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(keys, ["apca-api-key-id", "apca-api-secret-key"]);
        books.asked.push(format!("{host} {path} {}", param(request, "page_token")));
        if let Some(refusal) = &books.refusal {
            return refusal.clone();
        }
        let body = match path {
            "account" => json!({"id": "x", "cash": books.cash, "currency": "USD", "status": "ACTIVE"}),
            "positions" => json!(books.positions),
            "account/activities" => json!(activities(&books, request)),
            _ => return answer(404, ""),
        };
        answer(200, &body.to_string())
    }
}

fn time_of(row: &Json) -> Option<Timestamp> {
    row["transaction_time"].as_str().or(row["created_at"].as_str())?.parse().ok()
}

/// A page as the service cuts it.
fn activities(books: &Books, request: &HttpRequest) -> Vec<Json> {
    assert_eq!((param(request, "direction"), param(request, "page_size")), ("asc".into(), "100".into()));
    let after: Option<Timestamp> = param(request, "after").parse().ok();
    let is_fill = |row: &Json| row["activity_type"] == "FILL";
    let wants_fills = param(request, "activity_types") == "FILL";
    assert_eq!(param(request, "category") == "non_trade_activity", !wants_fills);
    let rows = books.activities.iter().filter(|row| is_fill(row) == wants_fills);
    let rows = rows.filter(|row| after.is_none_or(|after| time_of(row).is_none_or(|at| at > after)));
    let rows: Vec<&Json> = rows.collect();
    let start = match param(request, "page_token").as_str() {
        "" => 0,
        token => rows.iter().position(|row| row["id"] == token).unwrap() + 1,
    };
    rows[start..].iter().take(100).map(|row| (*row).clone()).collect()
}

pub fn position(symbol: &str, class: &str, qty: &str, side: &str) -> Json {
    json!({
        "asset_id": "x", "symbol": symbol, "exchange": "NASDAQ", "asset_class": class, "qty": qty, "side": side,
        "avg_entry_price": "10", "market_value": "60", "cost_basis": "50", "unrealized_pl": "10",
        "current_price": "12", "lastday_price": "11", "unknown": {"a": 1},
    })
}

/// The id begins with the clock of New York, as the service writes it.
pub fn fill(nth: i64, time: Timestamp, side: &str) -> Json {
    let local = time.to_zoned(jiff::tz::TimeZone::get("America/New_York").unwrap());
    json!({
        "id": format!("{}000::{nth:08}", local.strftime("%Y%m%d%H%M%S")), "activity_type": "FILL",
        "transaction_time": time.to_string(), "type": "partial_fill", "price": "10.25", "qty": (nth % 7 + 1).to_string(),
        "side": side, "symbol": if nth % 2 == 0 { "AAPL" } else { "LTC/USD" }, "leaves_qty": "1", "cum_qty": "1",
        "order_id": format!("order-{}", nth / 3),
    })
}

fn fee(nth: i64, created: &str) -> Json {
    json!({
        "id": format!("20261118000000000::fee{nth}"), "activity_type": "FEE", "date": "2026-11-18",
        "net_amount": "-0.02", "description": "TAF fee", "status": "executed", "created_at": created,
    })
}

fn many(count: i64) -> Vec<Json> {
    let first: Timestamp = at("2026-11-01T05:00:00Z");
    (0..count).map(|nth| fill(nth, first + SignedDuration::from_mins(20 * nth), "buy")).collect()
}

#[tokio::test(start_paused = true)]
async fn an_account_is_read_and_read_again() {
    let desk = Desk::new();
    desk.books().activities = many(205);
    desk.books().activities.extend([fee(1, "2026-11-19T05:00:00Z"), fee(2, "2026-11-19T05:00:01Z")]);
    let house = House::new("alpaca", NOW, desk.source());
    let id = house.connect("main", &PAPER, &[]).await;
    let synced = house.sync(id, &[]).await;
    assert_eq!((synced.run.outcome, synced.counts()), (Some(Outcome::Ok), [4, 0, 0, 0, 0]));
    assert_eq!(synced.run.trades_imported, 207);
    let asked: Vec<String> = std::mem::take(&mut desk.books().asked);
    assert_eq!(asked.len(), 6, "{asked:#?}");
    assert!(asked.iter().all(|line| line.starts_with("https://paper-api.alpaca.markets ")), "{asked:#?}");

    let balances: Vec<Balance> = house.rows(id).await;
    let told = balances.iter().map(|b| format!("{} {} {} {:?}", b.wallet, b.asset, b.total, b.kind));
    assert_eq!(told.collect::<Vec<_>>(), [r#"paper USD 1000.5 Some("cash")"#]);
    let fills: Vec<Fill> = house.rows(id).await;
    assert_eq!(fills.len(), 205);
    let first = fills.iter().find(|fill| fill.native_id.ends_with("::00000001")).unwrap();
    assert_eq!((first.symbol.as_str(), first.kind.as_deref()), ("LTC/USD", Some("crypto")));
    assert_eq!((first.quantity.to_string(), first.price.to_string()), ("2".into(), "10.25".into()));
    assert_eq!(house.rows::<CashFlow>(id).await.len(), 2);
    let positions: Vec<Position> = house.rows(id).await;
    assert_eq!((positions.len(), positions[0].quantity.to_string()), (1, "5".into()));
    let instruments: Vec<Instrument> = house.rig.store.records(|all| all).await.unwrap();
    let listings: Vec<Listing> = house.rig.store.records(|all| all).await.unwrap();
    assert_eq!((instruments[0].id.as_str(), listings[0].native_symbol.as_str()), ("stock:AAPL", "AAPL"));
    assert!(!listings[0].quoted);

    // Nothing has happened: one page of each, from a day before the last row.
    house.pass(15).await;
    let synced = house.sync(id, &[]).await;
    assert_eq!((synced.counts(), synced.run.rows_written), ([0, 4, 0, 0, 0], 2), "but for the times of the snapshots");
    assert_eq!(desk.books().asked.len(), 4);

    // A fee comes a day late, and a fill; a share is sold.
    let time = at("2026-11-20T14:40:00Z");
    desk.books().activities.extend([fill(300, time, "sell"), fee(3, "2026-11-18T20:00:00Z")]);
    desk.books().positions = vec![position("AAPL", "us_equity", "-2", "short")];
    desk.books().cash = json!("1020");
    house.pass(15).await;
    let synced = house.sync(id, &[]).await;
    assert_eq!(synced.run.outcome, Some(Outcome::Ok));
    assert_eq!((house.rows::<Fill>(id).await.len(), house.rows::<CashFlow>(id).await.len()), (206, 3));
    assert_eq!(house.rows::<Position>(id).await[0].quantity.to_string(), "-2");
    assert_eq!(house.rows::<BalanceChange>(id).await.len(), 2);

    // Everything once more, from the beginning.
    desk.books().asked.clear();
    let synced = house.sync_with(id, &["fills"], SyncOptions { rehash: true, ..SyncOptions::default() }).await;
    assert_eq!((synced.counts(), desk.books().asked.len()), ([0, 1, 0, 0, 0], 3));
    assert_eq!(house.rows::<Fill>(id).await.len(), 206);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_just_full_is_followed_by_an_empty_one() {
    let desk = Desk::new();
    desk.books().activities = many(100);
    let house = House::new("alpaca", NOW, desk.source());
    let id = house.connect("main", &PAPER, &[]).await;
    let synced = house.sync(id, &["fills"]).await;
    assert_eq!((synced.counts(), synced.run.trades_imported), ([1, 0, 0, 0, 0], 100));
    assert_eq!(desk.books().asked.len(), 2);
}

/// The clock of New York goes back in the hour of these fills, so that the ids of later ones are less.
#[tokio::test(start_paused = true)]
async fn fills_around_the_change_of_the_clock_are_all_there() {
    let desk = Desk::new();
    let start = at("2026-11-01T05:10:00Z");
    let all: Vec<Json> = (0..240).map(|nth| fill(nth, start + SignedDuration::from_secs(nth * 30), "buy")).collect();
    let ids: Vec<&str> = all.iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert!(!ids.is_sorted());
    let house = House::new("alpaca", NOW, desk.source());
    let id = house.connect("main", &PAPER, &[]).await;
    for count in [130, 131, 240] {
        desk.books().activities = all[..count].to_vec();
        house.sync(id, &["fills"]).await;
        let mut fills: Vec<Fill> = house.rows(id).await;
        fills.sort_by_key(|fill| fill.at);
        let read: Vec<_> = fills.iter().map(|fill| fill.native_id.as_str()).collect();
        assert_eq!(read, ids[..count]);
        house.pass(15).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_that_cannot_be_read_is_told_and_read_again_until_it_can() {
    let desk = Desk::new();
    desk.books().activities = many(150);
    let good = desk.books().activities[40].clone();
    desk.books().activities[40]["price"] = json!("ten");
    let house = House::new("alpaca", NOW, desk.source());
    let id = house.connect("main", &PAPER, &[]).await;
    for round in 0..3 {
        let synced = house.sync(id, &["fills"]).await;
        assert_eq!(synced.run.outcome, Some(Outcome::Partial));
        let name = good["id"].as_str().unwrap();
        assert_eq!(synced.item(name), (ItemStatus::Rejected, "this fill cannot be read: price is not a number"));
        assert_eq!(house.view(id).await.gaps.len(), 1);
        assert_eq!(house.rows::<Fill>(id).await.len(), 149 + round);
        // Days go by with new fills, and the first is not forgotten.
        house.pass(60 * 48).await;
        desk.books().activities.push(fill(1_000 + round as i64, house.now(), "sell"));
    }
    desk.books().activities[40] = good;
    let synced = house.sync(id, &["fills"]).await;
    assert_eq!(synced.run.outcome, Some(Outcome::Ok));
    assert_eq!((house.rows::<Fill>(id).await.len(), house.view(id).await.gaps.len()), (153, 0));
}

#[tokio::test(start_paused = true)]
async fn what_is_empty_or_half_is_not_believed_at_once() {
    let desk = Desk::new();
    let house = House::new("alpaca", NOW, desk.source());
    let id = house.connect("main", &PAPER, &[]).await;
    house.sync(id, &["positions"]).await;
    let whole = desk.books().positions.clone();
    let symbols = async || {
        let positions: Vec<Position> = house.rows(id).await;
        positions.iter().map(|position| position.symbol.clone()).collect::<Vec<_>>().join(" ")
    };
    // One of them cannot be read: nobody knows what else changed.
    desk.books().positions.push(position("MSFT", "us_equity", "much", "long"));
    let synced = house.sync(id, &["positions"]).await;
    let why = "position 2 of the answer cannot be read: qty is not a number; the last values are kept";
    assert_eq!((synced.item("paper"), symbols().await.as_str()), ((ItemStatus::Rejected, why), "AAPL"));
    // Nothing at all, twice.
    desk.books().positions.clear();
    let synced = house.sync(id, &["positions"]).await;
    assert_eq!((synced.run.outcome, symbols().await.as_str()), (Some(Outcome::Failed), "AAPL"));
    let synced = house.sync(id, &["positions"]).await;
    assert_eq!((synced.run.outcome, symbols().await.as_str()), (Some(Outcome::Ok), ""));
    desk.books().positions = whole;
    house.sync(id, &["positions"]).await;
    assert_eq!(symbols().await, "AAPL");
    // A coin under both of its spellings is one thing, named twice.
    desk.books().positions =
        vec![position("LTCUSD", "crypto", "1", "long"), position("LTC/USD", "crypto", "1", "long")];
    let synced = house.sync(id, &["positions"]).await;
    assert_eq!(synced.item("paper").0, ItemStatus::Rejected);
    house.sync(id, &["balances"]).await;
    desk.books().cash = json!("0");
    for outcome in [Outcome::Failed, Outcome::Ok] {
        assert_eq!(house.sync(id, &["balances"]).await.run.outcome, Some(outcome));
    }
    desk.books().cash = json!("");
    let synced = house.sync(id, &["balances"]).await;
    assert_eq!(synced.run.outcome, Some(Outcome::Failed), "no cash is not zero cash");
}

#[tokio::test(start_paused = true)]
async fn the_other_environment_is_another_account() {
    let desk = Desk::new();
    desk.books().activities = many(3);
    let house = House::new("alpaca", NOW, desk.source());
    let id = house.connect("main", &PAPER, &[]).await;
    house.sync(id, &[]).await;
    let edit = foliosync_engine::engine::ConnectionEdit {
        settings: [("environment".to_string(), "live".to_string())].into(),
        ..Default::default()
    };
    house.rig.engine.edit_connection(id, edit).await.unwrap();
    desk.books().asked.clear();
    house.sync(id, &[]).await;
    assert!(desk.books().asked.iter().all(|line| line.starts_with("https://api.alpaca.markets ")));
    let parts: Vec<String> = house.rows::<Balance>(id).await.into_iter().map(|balance| balance.wallet).collect();
    assert_eq!(parts, ["live"]);
    let parts: Vec<String> = house.rows::<Position>(id).await.into_iter().map(|position| position.account).collect();
    assert_eq!(parts, ["live"]);
    assert_eq!(house.rows::<Fill>(id).await.len(), 6, "what happened in the other account stays");
}

/// What each kind of activity becomes.
#[tokio::test(start_paused = true)]
async fn flows_are_told_apart() {
    let rows = [
        ("CSD", json!({"net_amount": "100"}), "deposit USD 100"),
        ("CSW", json!({"net_amount": "-20.5"}), "withdrawal USD -20.5"),
        (
            "DIV",
            json!({"net_amount": "1.2", "qty": "5", "per_share_amount": "0.24", "symbol": "AAPL"}),
            "dividend USD 1.2 AAPL",
        ),
        ("DIVNRA", json!({"net_amount": "-0.18", "symbol": "AAPL"}), "tax USD -0.18 AAPL"),
        ("INT", json!({"net_amount": "0.5", "currency": "EUR"}), "interest EUR 0.5"),
        ("FEE", json!({"net_amount": "-0.01"}), "fee USD -0.01"),
        ("CFEE", json!({"net_amount": "0", "qty": "-0.0007", "symbol": "LTCUSD"}), "fee LTC/USD -0.0007 LTC/USD"),
        ("JNLC", json!({"net_amount": "-5"}), "transfer USD -5"),
        ("ACATS", json!({"net_amount": "0", "qty": "3", "symbol": "MSFT"}), "transfer MSFT 3 MSFT"),
        ("SPLIT", json!({"qty": "15", "symbol": "AAPL"}), "corporate_action AAPL 15 AAPL"),
        (
            "OPTRD",
            json!({"net_amount": "-19000", "qty": "100", "symbol": "AAPL"}),
            "corporate_action USD -19000 AAPL, corporate_action AAPL 100 AAPL",
        ),
        ("NC", json!({"symbol": "FB"}), ""),
        // What is not known passes through.
        ("XYZ", json!({"net_amount": "3", "qty": "9", "symbol": "AAPL"}), "other USD 3 AAPL"),
        ("DIV", json!({"net_amount": "7", "status": "canceled"}), "dividend USD 0"),
    ];
    let desk = Desk::new();
    for (nth, (kind, more, _)) in rows.iter().enumerate() {
        let mut row = json!({
            "id": format!("20261118000000000::{nth:02}"), "activity_type": kind, "date": "2026-11-18",
            "created_at": "2026-11-19T05:00:00Z", "status": "executed",
        });
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        desk.books().activities.push(row);
    }
    // Recordings of old times have a date alone.
    desk.books()
        .activities
        .push(json!({"id": "x::99", "activity_type": "INT", "date": "2020-05-18", "net_amount": "1"}));
    let house = House::new("alpaca", NOW, desk.source());
    let id = house.connect("main", &PAPER, &[]).await;
    let synced = house.sync(id, &["cash_flows"]).await;
    assert_eq!(synced.counts(), [1, 0, 0, 0, 0]);
    let flows: Vec<CashFlow> = house.rows(id).await;
    for (nth, (kind, _, want)) in rows.iter().enumerate() {
        let mut own: Vec<_> = flows.iter().filter(|flow| flow.native_id.contains(&format!("::{nth:02}"))).collect();
        own.sort_by_key(|flow| &flow.native_id);
        let told = own.iter().map(|flow| {
            let symbol = flow.symbol.clone().unwrap_or_default();
            format!("{} {} {} {symbol}", flow.kind.word(), flow.asset, flow.amount).trim_end().to_string()
        });
        assert_eq!(told.collect::<Vec<_>>().join(", "), *want, "{kind}");
    }
    let canceled = flows.iter().find(|flow| flow.native_id.ends_with("::13")).unwrap();
    assert_eq!(canceled.description.as_deref(), Some("canceled (7)"));
    let old = flows.iter().find(|flow| flow.native_id == "x::99").unwrap();
    assert_eq!((old.at, old.date.to_string(), old.time_text.as_str()), (None, "2020-05-18".into(), "2020-05-18"));
}

/// Every row of fills that is not one, and why.
#[tokio::test(start_paused = true)]
async fn rows_that_are_no_fills_say_why() {
    let base = fill(2, at("2026-11-19T15:00:00Z"), "buy");
    let with = |name: &str, value: Json| {
        let mut row = base.clone();
        row[name] = value;
        row
    };
    let cases = [
        (with("price", json!(null)), "it has no price"),
        (with("price", json!("")), "it has no price"),
        (with("price", json!("-1")), "its qty is 3 and its price -1"),
        (with("qty", json!("0")), "its qty is 0 and its price 10.25"),
        (with("qty", json!("1e40")), "qty has more than 20 digits before the point"),
        (with("side", json!("hold")), "its side is `hold`"),
        (with("side", json!(null)), "it has no side"),
        (with("symbol", json!(7)), "it has no symbol"),
        (with("transaction_time", json!("yesterday")), "its time is `yesterday`"),
        (
            with("transaction_time", json!("2026-11-22T15:00:00Z")),
            "its time is 2026-11-22T15:00:00Z, which is yet to come",
        ),
        (with("activity_type", json!("DIV")), "its activity_type is `DIV`"),
        (with("id", json!(null)), "it has no id"),
        (json!("FILL"), "it is no JSON object"),
    ];
    for (row, want) in cases {
        let desk = Desk::new();
        let body = json!([row]).to_string();
        desk.books().refusal = Some(answer(200, &body));
        let house = House::new("alpaca", NOW, desk.source());
        let id = house.connect("main", &PAPER, &[]).await;
        let synced = house.sync(id, &["fills"]).await;
        let told = synced.items.iter().find(|item| item.status == ItemStatus::Rejected).unwrap();
        assert_eq!(told.detail, format!("this fill cannot be read: {want}"));
        assert!(house.rows::<Fill>(id).await.is_empty());
    }
    // What has every field, in any other form, is one.
    let desk = Desk::new();
    let row = json!({
        "id": "a::b", "activity_type": "FILL", "transaction_time": "2026-11-19T10:00:00.123456789-05:00", "price": 1e-7,
        "qty": 2, "side": "sell_short", "symbol": "AAPL240621C00190000", "new_field": [1, {"a": null}],
    });
    desk.books().refusal = Some(answer(200, &json!([row]).to_string()));
    let house = House::new("alpaca", NOW, desk.source());
    let id = house.connect("main", &PAPER, &[]).await;
    house.sync(id, &["fills"]).await;
    let fill: Fill = house.rows(id).await.remove(0);
    assert_eq!(
        (fill.at.to_string(), fill.price.to_string()),
        ("2026-11-19T15:00:00.123456Z".into(), "0.0000001".into())
    );
    assert_eq!((fill.effect.as_deref(), fill.multiplier), (Some("open"), Some(100.into())));
}

#[tokio::test]
async fn recorded_answers_are_read() {
    let mut counts = Vec::new();
    let bodies = recordings("alpaca/alpaca_elixir").into_iter().flat_map(|(name, text)| {
        let cassette: Vec<Json> = serde_json::from_str(&text).unwrap();
        let of = move |one: Json| {
            let status = u16::try_from(one["response"]["status_code"].as_u64().unwrap()).unwrap();
            (
                name.clone(),
                one["request"]["url"].as_str().unwrap().to_string(),
                status,
                one["response"]["body"].as_str().unwrap().to_string(),
            )
        };
        cassette.into_iter().map(of)
    });
    let of_ccxt = recordings("ccxt").into_iter().filter_map(|(name, text)| {
        let path = match name.as_str() {
            "alpaca_activities_FILL.json" => "/activities/FILL",
            name if name.starts_with("alpaca_account") => "/account",
            _ => return None,
        };
        Some((name, path.to_string(), 200, text))
    });
    for (name, url, status, body) in bodies.chain(of_ccxt) {
        let stream = match () {
            () if url.ends_with("/account") => "balances",
            () if url.ends_with("/positions") || url.contains("/positions/") => "positions",
            () if url.contains("/activities") => "fills",
            () => continue,
        };
        let desk = Desk::new();
        desk.books().refusal = Some(answer(status, &body));
        let house = House::new("alpaca", NOW, desk.source());
        let id = house.connect("main", &PAPER, &[]).await;
        let synced = house.sync(id, &[stream]).await;
        let rows = match stream {
            "balances" => house.rows::<Balance>(id).await.len(),
            "positions" => house.rows::<Position>(id).await.len(),
            _ => house.rows::<Fill>(id).await.len(),
        };
        println!("{name:<42} {status} {stream:<10} {rows:>2} rows  {:?}", synced.run.outcome.unwrap());
        counts.push((rows, synced.counts()));
    }
    if counts.is_empty() {
        return;
    }
    assert_eq!(counts.iter().map(|(rows, _)| rows).sum::<usize>(), 3 + 8 * 3 + 3 + 1);
    assert_eq!(counts.iter().map(|(_, counts)| counts[3]).sum::<i64>(), 0, "no row is refused");
}

#[tokio::test]
async fn it_keeps_the_contract() {
    let desk = Desk::new();
    desk.books().activities = many(230);
    let fees = (0..120).map(|nth| fee(nth, "2026-11-19T05:00:00Z"));
    desk.books().activities.extend(fees);
    desk.books().activities[120]["price"] = json!(null);
    desk.books().activities[7]["id"] = json!(null);
    let reach = || {
        let replay = Arc::new(Replay::default().otherwise(desk.source()));
        let http = Http::new(replay, Arc::new(MemStore::empty()), Clock::simulated(at(NOW)));
        Reach { http, files: Files::default() }
    };
    let provider = foliosync_providers::find("alpaca").unwrap();
    let subject = Subject::new(provider, reach(), &PAPER, at(NOW));
    let subject = subject.with_credentials(&[("key_id", SECRET), ("secret_key", SECRET)]);
    pages_are_well_formed(&subject).await;
    resume_gives_the_same_tail(&subject).await;
    let again = SyncOptions { rehash: true, ..SyncOptions::default() };
    resume_gives_the_same_tail(&subject.with_options(again)).await;
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_revoked_and_replaced_goes_on_where_it_was() {
    let desk = Desk::new();
    desk.books().activities = many(20);
    let house = House::new("alpaca", NOW, desk.source());
    let id = house.connect("main", &PAPER, &[]).await;
    house.sync(id, &[]).await;
    desk.books().refusal = Some(answer(401, r#"{"code":40110000,"message":"access key verification failed"}"#));
    let synced = house.sync(id, &[]).await;
    assert_eq!((synced.run.outcome, house.view(id).await.status), (Some(Outcome::NeedsUser), Status::NeedsAttention));
    assert_eq!(house.rows::<Fill>(id).await.len(), 20, "the last good rows stay");
    desk.books().refusal = None;
    desk.books().activities.push(fill(50, at("2026-11-20T14:00:00Z"), "sell"));
    let new: [(String, Option<secrecy::SecretString>); 2] =
        ["key_id", "secret_key"].map(|name| (name.to_string(), Some(format!("{SECRET} new").into())));
    let edit = foliosync_engine::engine::ConnectionEdit { credentials: new.into(), ..Default::default() };
    house.rig.engine.edit_connection(id, edit).await.unwrap();
    house.sync(id, &[]).await;
    assert_eq!((house.view(id).await.status, house.rows::<Fill>(id).await.len()), (Status::Connected, 21));
}
