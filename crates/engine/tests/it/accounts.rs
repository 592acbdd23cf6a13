//! What follows from pages about accounts: round trips in the same commit, things that are priced because they are held,
//! and worth with what it lacks.

use std::collections::BTreeMap;
use std::sync::Arc;

use foliosync_engine::calendar::Calendar;
use foliosync_engine::clock::Clock;
use foliosync_engine::engine::{Mapping, NewInstrument, PortfolioAsk, SyncNow, Total};
use foliosync_engine::files::Files;
use foliosync_engine::http::Http;
use foliosync_engine::model::accounts::{BALANCES, Fill, RoundTrip, Source, Valuation};
use foliosync_engine::model::instrument::{BY_PROVIDER, Instrument, Listing};
use foliosync_engine::model::prices::{FxRate, QuoteField};
use foliosync_engine::model::sync::{ConnectionId, ItemStatus, Stream, SyncOptions, Trigger};
use foliosync_engine::model::{Batch, Decimal, Record};
use foliosync_engine::provider::{Cadence, Change, Dataset, Page, ProviderSpec, Reach, Scope, StreamSpec, Work};
use foliosync_engine::store::{RowsOfRemoved, Select};
use foliosync_engine::testkit::accounts::{SPEC, balance, fill, position};
use foliosync_engine::testkit::rig::{Rig, drain};
use foliosync_engine::testkit::scripted::{ScriptedProvider, last};
use jiff::Timestamp;

const NOW: &str = "2026-11-20T15:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub struct House {
    pub rig: Rig,
    pub provider: Arc<ScriptedProvider>,
    pub clock: Clock,
}

impl House {
    pub fn new() -> House {
        House::of(&SPEC)
    }

    fn of(spec: &'static ProviderSpec) -> House {
        let clock = Clock::simulated(at(NOW));
        let provider = Arc::new(ScriptedProvider::with(spec));
        let reach = Reach { http: Http::offline(clock), files: Files::default() };
        House { rig: Rig::new(provider.clone(), reach, clock), provider, clock }
    }

    pub async fn add(&self, label: &str) -> ConnectionId {
        self.rig.connect(label, &[("account", label)]).await.id
    }

    /// Syncs a connection that answers with these pages.
    async fn sync(&self, (id, label): (ConnectionId, &str), pages: Vec<(&str, Page)>) {
        for (stream, page) in pages {
            self.provider.says(label, stream, page);
        }
        self.rig.sync_to_end(id, SyncOptions::default()).await;
    }

    async fn put<R: Record>(&self, rows: &[R]) {
        self.rig.store.put_rows(vec![Batch::of(rows)]).await.unwrap();
    }

    async fn all<R: Record>(&self) -> Vec<R> {
        self.rig.store.records(|all: Select| all).await.unwrap()
    }

    async fn trips(&self) -> Vec<String> {
        let line = |trip: RoundTrip| {
            let entry = trip.entry_id.unwrap_or("?".into());
            format!("{} {} {entry}>{}: {}", trip.symbol, trip.quantity, trip.exit_id, trip.pnl.unwrap_or_default())
        };
        let mut trips: Vec<String> = self.all().await.into_iter().map(line).collect();
        trips.sort();
        trips
    }
}

fn fills(fills: &[Fill]) -> Page {
    last(1).with_change(Change::Upsert(Batch::of(fills))).with_item("fills", ItemStatus::Updated)
}

fn held<R: Record>(column: &'static str, scope: &str, rows: &[R]) -> Page {
    let scope = Scope { column, value: scope.into() };
    last(1).with_change(Change::Replace { scope, rows: Batch::of(rows) }).with_item("main", ItemStatus::Updated)
}

fn thing(symbol: &str, is: Option<&str>) -> Listing {
    Listing {
        provider: "house".into(),
        native_symbol: symbol.into(),
        instrument_id: is.map(String::from),
        unit: None,
        name: None,
        mapped_by: BY_PROVIDER.into(),
        quoted: false,
        factor: None,
    }
}

fn coin(symbol: &str) -> Instrument {
    Instrument {
        id: format!("crypto:{symbol}"),
        kind: "crypto".into(),
        symbol: symbol.into(),
        name: None,
        exchange: None,
        currency: None,
        isin: None,
        watched: false,
    }
}

fn quote(instrument: &str, value: &str, currency: &str) -> QuoteField {
    QuoteField {
        instrument_id: instrument.into(),
        field: "current_price".into(),
        value: d(value),
        currency: Some(currency.into()),
        provider: "house".into(),
        as_of: at(NOW),
    }
}

fn close(instrument: &str, value: &str, currency: &str) -> QuoteField {
    QuoteField { field: "previous_close".into(), ..quote(instrument, value, currency) }
}

#[tokio::test(start_paused = true)]
async fn round_trips_land_with_the_fills_that_make_them() {
    let house = House::new();
    let one = (house.add("one").await, "one");
    let early = at("2026-11-18T10:00:00Z");
    let late = at("2026-11-19T10:00:00Z");
    house
        .sync(one, vec![("fills", fills(&[fill("1", "buy 2 AAPL @ 10", early), fill("2", "buy 1 MSFT @ 5", early)]))])
        .await;
    assert!(house.trips().await.is_empty());
    house.sync(one, vec![("fills", fills(&[fill("3", "sell 1 AAPL @ 12", late)]))]).await;
    assert_eq!(house.trips().await, ["AAPL 1 1>3: 2"]);
    let runs = house.rig.engine.runs(Some(one.0), 1).await.unwrap();
    assert_eq!(runs[0].rows_written, 2, "the fill and its round trip");

    // The same again, by the other way: nothing new, and nothing is written.
    let exported = |id: &str, fill: Fill| Fill { source: Source::Csv, native_id: format!("csv {id}"), ..fill };
    let twins = [fill("1", "buy 2 AAPL @ 10", early), fill("3", "sell 1 AAPL @ 12", late)];
    house.sync(one, vec![("fills", fills(&twins))]).await;
    assert_eq!(house.rig.engine.runs(Some(one.0), 1).await.unwrap()[0].rows_written, 0);
    house.sync(one, vec![("fills", fills(&twins.map(|fill| exported(&fill.native_id.clone(), fill))))]).await;
    assert_eq!(house.trips().await, ["AAPL 1 1>3: 2"]);

    // An older fill that comes late makes what follows anew; another connection's trade is its own.
    let other = (house.add("other").await, "other");
    house.sync(other, vec![("fills", fills(&[fill("9", "sell 5 AAPL @ 1", late)]))]).await;
    let oldest = fill("0", "buy 1 AAPL @ 4", at("2026-11-01T10:00:00Z"));
    house.sync(one, vec![("fills", fills(&[oldest]))]).await;
    assert_eq!(house.trips().await, ["AAPL 1 0>3: 8"]);
    // One that is taken back leaves nothing of it.
    let back = Fill { voids: Some("3".into()), ..fill("4", "sell 1 AAPL @ 12", late) };
    house.sync(one, vec![("fills", fills(&[back]))]).await;
    assert!(house.trips().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn many_symbols_at_once_are_each_paired_by_themselves() {
    let house = House::new();
    let one = (house.add("one").await, "one");
    let (early, late) = (at("2026-11-18T10:00:00Z"), at("2026-11-19T10:00:00Z"));
    let buys: Vec<Fill> = (0..40).map(|n| fill(&format!("b{n}"), &format!("buy 1 S{n} @ 10"), early)).collect();
    let sells: Vec<Fill> = (0..40).map(|n| fill(&format!("s{n}"), &format!("sell 1 S{n} @ 11"), late)).collect();
    house.sync(one, vec![("fills", fills(&buys))]).await;
    house.sync(one, vec![("fills", fills(&sells))]).await;
    assert_eq!(house.trips().await.len(), 40);
}

#[tokio::test(start_paused = true)]
async fn what_a_provider_describes_is_added_and_what_the_user_said_stays() {
    let house = House::new();
    let one = (house.add("one").await, "one");
    let engine = &house.rig.engine;
    let btc = NewInstrument { symbol: "crypto:BTC".into(), name: Some("Bitcoin".into()), ..NewInstrument::default() };
    engine.add_instruments(vec![btc]).await.unwrap();
    let said =
        Mapping { provider: "house".into(), native_symbol: "XBT".into(), instrument: "crypto:BTC".into(), unit: None };
    engine.map_listing(said).await.unwrap();

    let mut page =
        held("wallet", "main", &[balance("main", "XBT", "2", at(NOW)), balance("main", "ETH", "1", at(NOW))]);
    page = page.with_change(Change::Upsert(Batch::of(&[coin("BTC"), coin("ETH")])));
    let told = [thing("XBT", Some("crypto:ETH")), thing("ETH", Some("crypto:ETH")), thing("ODD", None)];
    page = page.with_change(Change::Upsert(Batch::of(&told)));
    house.sync(one, vec![("balances", page)]).await;

    let instruments: BTreeMap<String, Instrument> =
        house.all().await.into_iter().map(|i: Instrument| (i.id.clone(), i)).collect();
    assert_eq!(instruments["crypto:BTC"].name.as_deref(), Some("Bitcoin"));
    assert!(instruments["crypto:BTC"].watched, "as the user has it");
    assert!(!instruments["crypto:ETH"].watched);
    let listings = Listing::settled(house.all().await);
    let of = |symbol: &str| listings.iter().find(|listing| listing.native_symbol == symbol).unwrap();
    assert_eq!((of("XBT").instrument_id.as_deref(), of("XBT").mapped_by.as_str()), (Some("crypto:BTC"), "user"));
    assert_eq!(of("ETH").instrument_id.as_deref(), Some("crypto:ETH"));
    assert_eq!(engine.unmapped().await.unwrap().len(), 1);

    // What is held is wanted, and says why it has no price.
    engine.unwatch_instrument("crypto:BTC").await.unwrap();
    let rows = engine.prices(Default::default()).await.unwrap();
    let wanted: Vec<_> = rows.prices.iter().map(|row| (row.symbol.as_str(), row.watched)).collect();
    assert_eq!(wanted, [("BTC", true), ("ETH", true)]);
    assert_eq!(rows.totals.unpriced, 2);
}

#[tokio::test(start_paused = true)]
async fn a_share_is_one_thing_whatever_kind_a_source_takes_it_for() {
    let house = House::new();
    let one = (house.add("one").await, "one");
    let engine = &house.rig.engine;
    let add = async |symbol: &str| {
        let new = NewInstrument { symbol: symbol.into(), ..NewInstrument::default() };
        engine.add_instruments(vec![new]).await.unwrap().remove(0).id
    };
    assert_eq!(add("etf:SPY").await, "etf:SPY");
    let stock = |symbol: &str| Instrument { id: format!("stock:{symbol}"), kind: "stock".into(), ..coin(symbol) };
    let mut page =
        held("wallet", "main", &[balance("main", "SPY", "2", at(NOW)), balance("main", "QQQ", "1", at(NOW))]);
    page = page.with_change(Change::Upsert(Batch::of(&[stock("SPY"), stock("QQQ")])));
    let told = [thing("SPY", Some("stock:SPY")), thing("QQQ", Some("stock:QQQ"))];
    house.sync(one, vec![("balances", page.with_change(Change::Upsert(Batch::of(&told))))]).await;
    // The user knows better what the broker took for a stock, and its name stays.
    assert_eq!(add("etf:QQQ").await, "stock:QQQ");
    assert_eq!(add("QQQ").await, "stock:QQQ");
    let kinds: Vec<_> = house.all().await.into_iter().map(|i: Instrument| format!("{} {}", i.id, i.kind)).collect();
    assert_eq!(kinds, ["etf:SPY etf", "stock:QQQ etf"]);
    let means: Vec<_> = house.all().await.into_iter().map(|l: Listing| l.instrument_id.unwrap()).collect();
    assert_eq!(means, ["stock:QQQ", "etf:SPY"]);
}

/// An account at a place that knows prices as well.
static PRICED: ProviderSpec = ProviderSpec {
    streams: &[
        StreamSpec {
            name: "balances",
            summary: "Balances",
            cadence: Cadence::Interval,
            calendar: Calendar::Always,
            work: Some(Work::Rows(&[&BALANCES])),
        },
        StreamSpec {
            name: "quotes",
            summary: "Prices",
            cadence: Cadence::Interval,
            calendar: Calendar::Always,
            work: Some(Work::Symbols(Dataset::Quotes)),
        },
    ],
    id: "house",
    name: "House",
    summary: "Holds and prices",
    settings: SPEC.settings,
    interval: SPEC.interval,
    ..ProviderSpec::LOCAL
};

#[tokio::test(start_paused = true)]
async fn what_was_not_held_before_is_priced_soon() {
    let house = House::of(&PRICED);
    let id = house.add("one").await;
    house.rig.sync_to_end(id, SyncOptions::default()).await;
    let quotes_due = async || {
        let streams: Vec<Stream> = house.all().await;
        streams.iter().find(|stream| stream.name == "quotes").unwrap().next_due.unwrap()
    };
    let later = quotes_due().await;
    assert!(later > house.clock.now());
    let page = held("wallet", "main", &[balance("main", "BTC", "1", at(NOW))]);
    house.provider.says("one", "balances", page.with_change(Change::Upsert(Batch::of(&[coin("BTC")]))));
    let streams = vec!["balances".to_string()];
    let ask = SyncNow { connections: vec![id], streams, options: SyncOptions::default(), trigger: Trigger::Manual };
    let request = house.rig.engine.sync_now(ask).await.unwrap();
    let dispatcher = house.rig.dispatch();
    drain(Arc::clone(&house.rig.engine).follow(request, None)).await;
    dispatcher.stop().await;
    assert!(quotes_due().await <= house.clock.now(), "not at {later}");
}

#[tokio::test(start_paused = true)]
async fn histories_are_compared_with_what_is_held() {
    let house = House::new();
    let one = (house.add("one").await, "one");
    house.add("empty").await;
    let early = at("2026-11-18T10:00:00Z");
    let pages = vec![
        ("fills", fills(&[fill("1", "buy 2 AAPL @ 10", early), fill("2", "buy 1 MSFT @ 5", early)])),
        (
            "positions",
            held("account", "main", &[position("main", "AAPL", "2", at(NOW)), position("main", "X", "1", at(NOW))]),
        ),
        ("balances", held("wallet", "main", &[balance("main", "USD", "75", at(NOW))])),
    ];
    house.sync(one, pages).await;
    let reports = house.rig.engine.reconcile(None).await.unwrap();
    assert_eq!(reports.len(), 1, "what holds nothing has nothing to compare");
    let report = &reports[0];
    assert_eq!((report.label.as_str(), report.since, report.fills, report.agrees), ("one", Some(early), 2, false));
    let lines: Vec<_> =
        report.lines.iter().map(|line| (line.asset.as_str(), line.drift.unwrap().to_string())).collect();
    let drift = |asset, drift: &str| (asset, drift.to_string());
    assert_eq!(lines, [drift("AAPL", "0"), drift("MSFT", "-1"), drift("X", "1"), drift("USD", "100")]);
    assert!(house.rig.engine.reconcile(Some(99)).await.is_err());
}

/// A wallet with everything that may be odd about it.
async fn wallet(house: &House) -> ConnectionId {
    let one = (house.add("one").await, "one");
    let now = at(NOW);
    let cash = |asset, total| foliosync_engine::model::accounts::Balance {
        kind: Some("cash".into()),
        ..balance("main", asset, total, now)
    };
    let rows = [
        balance("main", "BTC", "2", now),
        balance("main", "LDUSDT", "100", now),
        balance("main", "1000CAT", "3", now),
        balance("main", "ODD", "7", now),
        balance("main", "NEW", "1", now),
        cash("EUR", "10"),
        cash("TRY", "5"),
    ];
    let cats = Listing { factor: Some(1_000.into()), ..thing("1000CAT", Some("crypto:CAT")) };
    let told = [
        thing("BTC", Some("crypto:BTC")),
        thing("LDUSDT", Some("crypto:USDT")),
        cats,
        thing("ODD", None),
        thing("NEW", Some("crypto:NEW")),
    ];
    let page = held("wallet", "main", &rows)
        .with_change(Change::Upsert(Batch::of(&["BTC", "USDT", "CAT", "NEW"].map(coin))))
        .with_change(Change::Upsert(Batch::of(&told)));
    let option = foliosync_engine::model::accounts::Position {
        kind: Some("option".into()),
        multiplier: Some(100.into()),
        mark_price: Some(d("1.5")),
        ..position("main", "AAPL261218C00200000", "-1", now)
    };
    house
        .put(&[
            quote("crypto:BTC", "1000", "USDT"),
            quote("crypto:USDT", "0.5", "USD"),
            quote("crypto:CAT", "2", "EUR"),
            close("crypto:CAT", "1.6", "EUR"),
            // Not in the currency of its price.
            close("crypto:BTC", "900", "USD"),
        ])
        .await;
    let rate = FxRate {
        base: "EUR".into(),
        quote: "USD".into(),
        date: jiff::civil::date(2026, 11, 20),
        provider: "ecb".into(),
        rate: Some(d("1.25")),
        bid: None,
        ask: None,
        observed_at: now,
    };
    house.put(&[rate]).await;
    house.sync(one, vec![("balances", page), ("positions", held("account", "main", &[option]))]).await;
    one.0
}

#[tokio::test(start_paused = true)]
async fn worth_counts_what_it_can_and_names_what_it_cannot() {
    let house = House::new();
    let id = wallet(&house).await;
    let engine = &house.rig.engine;
    engine.set_base_currency("eur").await.unwrap();
    let portfolio = engine.portfolio(PortfolioAsk::default()).await.unwrap();
    let told: Vec<String> = portfolio
        .lines
        .iter()
        .map(|line| {
            let value = line.value.map_or("unpriced".into(), |value| value.to_string());
            format!("{}: {value}{}", line.asset, line.remark.as_ref().map(|why| format!(", {why}")).unwrap_or_default())
        })
        .collect();
    assert_eq!(
        told,
        [
            "1000CAT: 6000",
            "AAPL261218C00200000: -120",
            "BTC: 800",
            "EUR: 10",
            "LDUSDT: 40",
            "NEW: unpriced, no connection of yours prices it: add one that does, or say under which name one knows it: \
             foliosync instruments map PROVIDER:SYMBOL crypto:NEW",
            "ODD: unpriced, nobody has said yet what it is; say it: foliosync instruments map house:ODD INSTRUMENT",
            "TRY: unpriced, there is no rate from TRY to EUR",
        ]
    );
    // The cats have gained, and money in the base currency has not; of the others no close is known.
    let total = Total {
        value: Some(d("6730")),
        priced: 5,
        stale: 0,
        unpriced: 3,
        partial: true,
        day_change: Some(d("1200")),
        day_change_of: 2,
        day_before: Some(d("4810")),
        day_change_pct: Some(d("24.95")),
    };
    assert_eq!((portfolio.currency.as_str(), portfolio.total.clone()), ("EUR", total.clone()));
    assert_eq!((portfolio.connections.len(), &portfolio.connections[0].total), (1, &total));

    // In pages, with the same total.
    let mut ask = PortfolioAsk { max: Some(3), currency: Some("USD".into()), ..PortfolioAsk::default() };
    let mut seen = Vec::new();
    loop {
        let page = engine.portfolio(ask.clone()).await.unwrap();
        assert_eq!(page.total.value, Some(d("8412.5")));
        seen.extend(page.lines.into_iter().map(|line| line.asset));
        match page.next_after {
            Some(after) => ask.after = Some(after),
            None => break,
        }
    }
    assert_eq!(seen.len(), 8);

    // A failing source keeps its last values, and they are old.
    tokio::time::advance(std::time::Duration::from_secs(3_600)).await;
    let later = engine.portfolio(PortfolioAsk { connection: Some(id), ..PortfolioAsk::default() }).await.unwrap();
    assert_eq!((later.total.value, later.total.stale), (Some(d("6730")), 5));
    assert!(
        later.lines[0].remark.as_ref().unwrap().starts_with("`one` has given nothing newer"),
        "{:?}",
        later.lines[0]
    );
    let none = engine.portfolio(PortfolioAsk { connection: Some(99), ..PortfolioAsk::default() }).await.unwrap();
    assert_eq!((none.total.value, none.total.partial), (Some(Decimal::ZERO), false));
    assert!(engine.portfolio(PortfolioAsk { currency: Some("GBp".into()), ..PortfolioAsk::default() }).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn worth_over_time_begins_with_the_first_look_and_is_never_worked_out_later() {
    let house = House::new();
    let id = wallet(&house).await;
    let engine = &house.rig.engine;
    engine.set_base_currency("EUR").await.unwrap();
    assert!(engine.value_over_time(None, None).await.unwrap().is_empty());
    assert_eq!(engine.record_valuation().await.unwrap(), 8);
    assert_eq!(engine.record_valuation().await.unwrap(), 0, "nothing has changed");

    // Sold: it has a row with nothing on that day.
    let now = house.clock.now();
    house.put(&[quote("crypto:USDT", "1", "USD")]).await;
    house.sync((id, "one"), vec![("balances", held("wallet", "main", &[balance("main", "LDUSDT", "100", now)]))]).await;
    engine.record_valuation().await.unwrap();
    let days = engine.value_over_time(None, None).await.unwrap();
    assert_eq!(days.len(), 1);
    assert_eq!((days[0].currency.as_str(), days[0].total.value, days[0].total.priced), ("EUR", Some(d("-40")), 2));
    let rows: Vec<Valuation> = house.all().await;
    let sold = rows.iter().find(|row| row.asset == "BTC").unwrap();
    assert_eq!((sold.quantity, sold.value), (Decimal::ZERO, Some(Decimal::ZERO)));

    // The day after, what was held and sold before is in no row; the day before stays.
    tokio::time::advance(std::time::Duration::from_secs(86_400)).await;
    engine.record_valuation().await.unwrap();
    let days = engine.value_over_time(None, None).await.unwrap();
    assert_eq!(days.iter().map(|day| day.date.to_string()).collect::<Vec<_>>(), ["2026-11-20", "2026-11-21"]);
    assert_eq!((days[0].total.stale, days[1].total.stale), (0, 2));

    engine.remove_connection(id, RowsOfRemoved::Delete).await.unwrap();
    assert!(house.all::<Valuation>().await.is_empty(), "with all its rows");
}
