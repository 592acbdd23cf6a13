//! What is known of prices and rates: how old it is, what lacks, and which page it is on.

use std::sync::Arc;

use foliosync_engine::clock::Clock;
use foliosync_engine::engine::{Engine, EngineError, HistoryAsk, NewInstrument, PriceTotals, PricesAsk};
use foliosync_engine::files::Files;
use foliosync_engine::http::Http;
use foliosync_engine::model::prices::{BarStatus, DayBar, FxRate, QuoteField};
use foliosync_engine::model::{Batch, Decimal, Record};
use foliosync_engine::provider::Reach;
use foliosync_engine::status::Freshness;
use foliosync_engine::store::Store;
use foliosync_engine::testkit::mem_store::MemStore;
use foliosync_engine::testkit::scripted::{ONE_STREAM, ScriptedProvider};
use jiff::Timestamp;
use jiff::civil::date;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn decimal(text: &str) -> Decimal {
    Decimal::parse(text.as_bytes()).unwrap()
}

/// An engine on a store that knows these rows, at a time.
async fn engine<R: Record>(now: &str, rows: &[R]) -> Engine {
    let store = Arc::new(MemStore::empty());
    store.put_rows(vec![Batch::of(rows)]).await.unwrap();
    let clock = Clock::simulated(at(now));
    let reach = Reach { http: Http::offline(clock), files: Files::default() };
    Engine::new(store, vec![Arc::new(ScriptedProvider::with(&ONE_STREAM))], reach, clock, 1)
}

async fn watch(engine: &Engine, symbols: &[&str]) {
    let new = symbols.iter().map(|symbol| NewInstrument { symbol: (*symbol).into(), ..NewInstrument::default() });
    engine.add_instruments(new.collect()).await.unwrap();
}

fn price(instrument: &str, as_of: &str) -> QuoteField {
    QuoteField {
        instrument_id: instrument.into(),
        field: "current_price".into(),
        value: decimal("12.5"),
        currency: Some("USD".into()),
        provider: "scripted".into(),
        as_of: at(as_of),
    }
}

#[tokio::test(start_paused = true)]
async fn a_price_is_fresh_while_it_is_young_or_its_exchange_was_closed_since() {
    use Freshness::{Fresh, Stale};
    let friday = "2026-11-20T21:00:00Z";
    for (instrument, as_of, now, want) in [
        ("stock:AAPL", friday, "2026-11-20T22:30:00Z", Fresh),
        ("stock:AAPL", friday, "2026-11-22T12:00:00Z", Fresh),
        ("stock:AAPL", friday, "2026-11-23T14:45:00Z", Fresh),
        ("stock:AAPL", friday, "2026-11-23T15:45:00Z", Stale),
        ("stock:AAPL", "2026-11-20T15:00:00Z", "2026-11-22T12:00:00Z", Stale),
        ("stock:AAPL", "2026-11-19T21:00:00Z", "2026-11-22T12:00:00Z", Stale),
        ("stock:VOD@XLON", "2026-11-20T16:30:00Z", "2026-11-22T12:00:00Z", Fresh),
        ("crypto:BTC", friday, "2026-11-20T21:59:00Z", Fresh),
        ("crypto:BTC", friday, "2026-11-20T22:01:00Z", Stale),
    ] {
        let engine = engine(now, &[price(instrument, as_of)]).await;
        watch(&engine, &[instrument]).await;
        let page = engine.prices(PricesAsk::default()).await.unwrap();
        assert_eq!(page.prices[0].freshness, want, "{instrument} of {as_of} at {now}");
        assert_eq!(page.prices[0].remark.is_some(), want == Stale);
    }
}

#[tokio::test(start_paused = true)]
async fn pages_follow_each_other_and_totals_are_over_all() {
    let now = "2026-11-20T20:00:00Z";
    let prices = [price("stock:A", now), price("stock:B", "2026-11-18T20:00:00Z"), price("stock:GONE", now)];
    let engine = engine(now, &prices).await;
    watch(&engine, &["A", "B", "C", "D", "GONE"]).await;
    engine.unwatch_instrument("GONE").await.unwrap();
    let mut ask = PricesAsk { max: Some(2), ..PricesAsk::default() };
    let mut seen = Vec::new();
    loop {
        let page = engine.prices(ask.clone()).await.unwrap();
        assert_eq!(page.totals, PriceTotals { priced: 2, stale: 1, unpriced: 2, partial: true });
        assert!(page.prices.len() <= 2);
        seen.extend(page.prices.into_iter().map(|row| row.instrument));
        match page.next_after {
            Some(last) => ask.after = Some(last),
            None => break,
        }
    }
    assert_eq!(seen, ["stock:A", "stock:B", "stock:C", "stock:D", "stock:GONE"]);
    let news = PricesAsk { changed_since: Some(at("2026-11-19T00:00:00Z")), ..PricesAsk::default() };
    let news = engine.prices(news).await.unwrap();
    assert_eq!(news.prices.iter().map(|row| row.symbol.as_str()).collect::<Vec<_>>(), ["A", "GONE"]);
    assert_eq!(news.totals.unpriced, 2);
}

#[tokio::test(start_paused = true)]
async fn history_is_read_backwards() {
    let bar = |day: i8| DayBar {
        instrument_id: "stock:A".into(),
        date: date(2026, 11, day),
        open: None,
        high: None,
        low: None,
        close_price: decimal("1"),
        volume: None,
        split_factor: None,
        dividend: None,
        currency: None,
        status: BarStatus::Close,
        provider: "scripted".into(),
        observed_at: at("2026-11-20T20:00:00Z"),
    };
    let engine = engine("2026-11-20T20:00:00Z", &[16, 17, 18, 19, 20].map(bar)).await;
    watch(&engine, &["A"]).await;
    let days = async |ask: HistoryAsk<'_>| {
        let page = engine.history(HistoryAsk { instrument: "A", ..ask }).await.unwrap();
        (page.bars.iter().map(|bar| bar.date.day()).collect::<Vec<_>>(), page.next_before.map(|day| day.day()))
    };
    let day = |day| Some(date(2026, 11, day));
    assert_eq!(days(HistoryAsk::default()).await, (vec![20, 19, 18, 17, 16], None));
    assert_eq!(days(HistoryAsk { max: Some(2), ..HistoryAsk::default() }).await, (vec![20, 19], Some(19)));
    assert_eq!(
        days(HistoryAsk { max: Some(2), before: day(19), ..HistoryAsk::default() }).await,
        (vec![18, 17], Some(17))
    );
    assert_eq!(
        days(HistoryAsk { from: day(17), before: day(19), ..HistoryAsk::default() }).await,
        (vec![18, 17], None)
    );
}

#[tokio::test(start_paused = true)]
async fn a_rate_is_of_its_date_or_shortly_before() {
    let rate = |day: i8, quote: &str, rate: &str| FxRate {
        base: "EUR".into(),
        quote: quote.into(),
        date: date(2026, 11, day),
        provider: "scripted".into(),
        rate: Some(decimal(rate)),
        bid: None,
        ask: None,
        observed_at: at("2026-11-20T20:00:00Z"),
    };
    let rates = [rate(10, "USD", "1.1"), rate(20, "USD", "1.25"), rate(20, "GBP", "0.5")];
    let engine = engine("2026-11-22T12:00:00Z", &rates).await;
    let sunday = engine.fx("eur", "USD", None).await.unwrap();
    assert_eq!(
        (sunday.rate, sunday.date, sunday.age_days, sunday.how),
        (decimal("1.25"), date(2026, 11, 20), 2, "direct")
    );
    assert_eq!(engine.fx("GBP", "USD", None).await.unwrap().rate, decimal("2.5"));
    assert_eq!(engine.fx("EUR", "USD", Some(date(2026, 11, 17))).await.unwrap().age_days, 7);
    for lacking in [date(2026, 11, 18), date(2026, 11, 9)] {
        assert!(matches!(engine.fx("EUR", "USD", Some(lacking)).await, Err(EngineError::NotFound { .. })));
    }
    for wrong in ["GBp", "GBX", "E", "€"] {
        assert!(matches!(engine.fx(wrong, "USD", None).await, Err(EngineError::Input { .. })), "{wrong}");
    }
}
