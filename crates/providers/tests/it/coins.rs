//! Coins at Binance and OKX: what they are called there, what they cost, and what is made of gaps in the answers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use foliosync_engine::clock::Clock;
use foliosync_engine::engine::{Engine, NewConnection, NewInstrument, SyncNow};
use foliosync_engine::files::Files;
use foliosync_engine::http::{Http, HttpAnswer, HttpRequest};
use foliosync_engine::model::Batch;
use foliosync_engine::model::instrument::{Instrument, Listing};
use foliosync_engine::model::prices::{BarStatus, DayBar, QuoteField, SymbolState};
use foliosync_engine::model::sync::{ItemStatus, Trigger};
use foliosync_engine::model::work::SymbolWork;
use foliosync_engine::provider::{Page, Provider, Reach};
use foliosync_engine::store::Store;
use foliosync_engine::testkit::mem_store::{MemDisk, MemStore};
use foliosync_engine::testkit::provider_contract::{
    Subject, a_second_run_changes_nothing, pages_are_well_formed, resume_gives_the_same_tail,
};
use foliosync_engine::testkit::replay::{Replay, answer};
use foliosync_engine::testkit::rig::{Rig, drain};
use jiff::Timestamp;

use crate::coins_wire::{Wire, reaction, rows, told, with_headers};

const NOW: &str = "2026-11-20T14:35:07Z";
const NOW_MS: i64 = 1_795_185_307_000;
const DAY_MS: i64 = 86_400_000;

pub fn work(id: &str, native: &str, unit: &str) -> SymbolWork {
    SymbolWork {
        instrument_id: format!("crypto:{id}"),
        kind: "crypto".into(),
        exchange: None,
        native_symbol: native.into(),
        unit: Some(unit.into()),
        price: None,
        price_as_of: None,
        covered_from: None,
        covered_to: None,
        last_close: None,
    }
}

fn tether(id: &str) -> SymbolWork {
    work(id, &format!("{id}USDT"), "USDT")
}

fn dollar(id: &str) -> SymbolWork {
    work(id, &format!("{id}-USD"), "USD")
}

fn coin(id: &str, kind: &str) -> Instrument {
    Instrument {
        id: format!("{kind}:{id}"),
        kind: kind.into(),
        symbol: id.into(),
        name: None,
        exchange: None,
        currency: None,
        isin: None,
        watched: true,
    }
}

fn param(request: &HttpRequest, name: &str) -> String {
    let found = request.query.iter().find(|(key, _)| key == name);
    found.map_or(String::new(), |(_, value)| value.expose().to_string())
}

/// An exchange that trades these pairs; one that it does not know fails the request.
fn binance(pairs: &[(&str, &str)]) -> impl Fn(&HttpRequest) -> HttpAnswer + Send + Sync + 'static {
    let pairs: BTreeMap<String, String> =
        pairs.iter().map(|(pair, price)| (pair.to_string(), price.to_string())).collect();
    move |request| {
        let unknown = answer(400, r#"{"code":-1121,"msg":"Invalid symbol."}"#);
        if request.url.ends_with("/klines") {
            let Some(price) = pairs.get(&param(request, "symbol")) else { return unknown };
            let number = |name| param(request, name).parse::<i64>().unwrap();
            let (start, end, limit) = (number("startTime"), number("endTime"), number("limit"));
            let starts = (0..).map(|day| start + day * DAY_MS).take_while(|at| *at <= end).take(limit as usize);
            let candle = |at: i64| {
                let close = at + DAY_MS - 1;
                format!(r#"[{at},"1.0","{price}","0.50000000","{price}","12.5",{close},"9","3","1","1","0"]"#)
            };
            return answer(200, &format!("[{}]", starts.map(candle).collect::<Vec<_>>().join(",")));
        }
        assert!(request.url.ends_with("/api/v3/ticker/24hr"), "{}", request.url);
        let asked: Vec<String> = serde_json::from_str(&param(request, "symbols")).unwrap();
        let mut rows = Vec::new();
        for pair in asked {
            let Some(price) = pairs.get(&pair) else { return unknown };
            rows.push(format!(
                r#"{{"symbol":"{pair}","lastPrice":"{price}","prevClosePrice":"90.00000000","priceChangePercent":"-1.250",
                "openPrice":"91.0","highPrice":"120.5","lowPrice":"88.1","volume":"1234.5","closeTime":{NOW_MS},"count":7}}"#
            ));
        }
        answer(200, &format!("[{}]", rows.join(",")))
    }
}

fn okx(rows: &[(&str, &str)]) -> String {
    let row = |(id, price): &(&str, &str)| {
        format!(
            r#"{{"instId":"{id}","idxPx":"{price}","high24h":"110","sodUtc0":"80","open24h":"","low24h":"","sodUtc8":"","ts":"{NOW_MS}"}}"#
        )
    };
    format!(r#"{{"code":"0","msg":"","data":[{}]}}"#, rows.iter().map(row).collect::<Vec<_>>().join(","))
}

const INDEX: &str = "GET https://openapi.okx.com/api/v5/market/index-tickers?quoteCcy=USD";

fn quotes(page: &Page) -> Vec<String> {
    let shown = |row: &QuoteField| {
        let currency = row.currency.as_deref().unwrap_or("-");
        format!("{} {} {} {currency}", row.instrument_id, row.field, row.value)
    };
    rows::<QuoteField>(page).iter().map(shown).collect()
}

#[test]
fn coins_have_names_and_nothing_else_does() {
    let native = |provider: &str, id: &str, kind: &str| {
        let native = foliosync_providers::find(provider).unwrap().native(&coin(id, kind));
        native.map_or("-".into(), |native| format!("{} in {}", native.symbol, native.unit.unwrap()))
    };
    for (id, kind, binance, okx) in [
        ("BTC", "crypto", "BTCUSDT in USDT", "BTC-USD in USD"),
        ("1INCH", "crypto", "1INCHUSDT in USDT", "1INCH-USD in USD"),
        // Binance has no price of what it prices in; a dollar of its own is no coin.
        ("USDT", "crypto", "-", "USDT-USD in USD"),
        ("USDC", "crypto", "USDCUSDT in USDT", "USDC-USD in USD"),
        ("USD", "crypto", "USDUSDT in USDT", "-"),
        ("BTC", "stock", "-", "-"),
        ("EUR", "cash", "-", "-"),
        ("EURUSD", "fx", "-", "-"),
        ("B\"T,C", "crypto", "-", "-"),
        ("", "crypto", "-", "-"),
    ] {
        assert_eq!((native("binance", id, kind).as_str(), native("okx", id, kind).as_str()), (binance, okx), "{id}");
    }
}

#[tokio::test(start_paused = true)]
async fn binance_prices_are_in_tether_which_is_no_dollar() {
    let replay = Replay::default().otherwise(binance(&[("BTCUSDT", "100.50000000"), ("OLDUSDT", "0.00000000")]));
    let mut wire = Wire::new("binance", NOW, replay);
    wire.work = Some(vec![tether("BTC"), tether("OLD")]);
    let page = wire.page("quotes").await;
    assert_eq!(
        quotes(&page),
        [
            "crypto:BTC current_price 100.5 USDT",
            "crypto:BTC previous_close 90 USDT",
            "crypto:BTC change_pct -1.25 -",
            "crypto:BTC day_open 91 USDT",
            "crypto:BTC day_high 120.5 USDT",
            "crypto:BTC day_low 88.1 USDT",
            "crypto:BTC volume 1234.5 -",
        ]
    );
    assert_eq!(page.as_of.unwrap().to_string(), NOW);
    // The last 24 hours are no day, so the bar of today has a price and no range.
    let bar = &rows::<DayBar>(&page)[0];
    assert_eq!(
        (bar.date.to_string(), bar.status, bar.high, bar.volume),
        ("2026-11-20".into(), BarStatus::Intraday, None, None)
    );
    let want =
        "OLDUSDT Missing: Binance lists the pair and does not trade it; not asked again before 2026-11-21T00:00:00Z";
    assert_eq!(told(&page), ["BTCUSDT Updated: 100.5 USDT", want]);
    assert_eq!(
        wire.sent(),
        [r#"GET https://data-api.binance.vision/api/v3/ticker/24hr?symbols=["BTCUSDT","OLDUSDT"]"#]
    );

    // The same again is nothing new.
    let mut known = tether("BTC");
    (known.price, known.price_as_of) = (Some("100.5".parse().unwrap()), Some(NOW.parse().unwrap()));
    wire.work = Some(vec![known]);
    let page = wire.page("quotes").await;
    assert!(page.changes.is_empty() && page.items[0].status == ItemStatus::Unchanged);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_pair_is_found_and_another_one_tried() {
    let names: Vec<String> = (0..25).map(|nth| format!("C{nth:02}")).collect();
    let mut pairs: Vec<(String, &str)> = names.iter().map(|name| (format!("{name}USDT"), "2.5")).collect();
    // One trades against something else, one against nothing.
    pairs[3].0 = "C03BTC".into();
    pairs[11].0 = "ZZZUSDT".into();
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(pair, price)| (pair.as_str(), *price)).collect();
    let replay = Replay::default().otherwise(binance(&pairs));
    let mut wire = Wire::new("binance", NOW, replay);
    wire.work = Some(names.iter().map(|name| tether(name)).collect());
    let page = wire.page("quotes").await;
    assert!(page.more);
    assert_eq!((page.items.len(), page.expected), (20, Some(25)));
    assert_eq!(page.items.iter().filter(|item| item.status == ItemStatus::Updated).count(), 19);
    assert!(told(&page).contains(&"C03USDT Updated: 2.5 BTC".to_string()));
    let nobody = "C11USDT Missing: Binance trades no pair of it with USDT, USDC, FDUSD, BTC, EUR; \
                  not asked again before 2026-11-21T00:00:00Z";
    assert!(told(&page).contains(&nobody.to_string()), "{:?}", told(&page));
    assert!(quotes(&page).contains(&"crypto:C03 current_price 2.5 BTC".to_string()));
    let listing = &rows::<Listing>(&page)[0];
    let shown = (listing.native_symbol.as_str(), listing.instrument_id.as_deref(), listing.unit.as_deref());
    assert_eq!(shown, ("C03BTC", Some("crypto:C03"), Some("BTC")));
    let state = &rows::<SymbolState>(&page)[0];
    assert_eq!((state.stream.as_str(), state.native_symbol.as_str()), ("quotes", "C11USDT"));
    let sent = wire.sent();
    assert!(sent.len() <= 25, "{} requests for two of twenty", sent.len());
    assert_eq!(i64::try_from(sent.len()).unwrap() * 2, spent(&wire).await, "each weighs two");

    let page = wire.page("quotes").await;
    assert_eq!((page.items.len(), page.more), (5, false));
}

/// What was spent of the first budget, without the rest of a slice.
async fn spent(wire: &Wire) -> i64 {
    let quota = wire.quotas().await.remove(0);
    assert_eq!((quota.scope.as_str(), quota.weight_max), ("binance/ip/minute", 6_000));
    let slice = 6_000 / 60 * 3;
    let sent = i64::try_from(wire.sent().len()).unwrap();
    assert!(quota.used <= sent * 2 + slice, "{} handed out for {sent} requests", quota.used);
    sent * 2
}

#[tokio::test(start_paused = true)]
async fn binance_days_are_those_of_utc_and_over() {
    let replay = Replay::default().otherwise(binance(&[("BTCUSDT", "100.5")]));
    let mut wire = Wire::new("binance", NOW, replay).with("history_years", "4");
    wire.work = Some(vec![tether("BTC"), tether("NIL")]);
    let page = wire.page("history").await;
    let bars = rows::<DayBar>(&page);
    // 2024 is a leap year.
    assert_eq!(bars.len(), 4 * 365 + 1 + 1);
    assert_eq!(
        (bars[0].date.to_string(), bars.last().unwrap().date.to_string()),
        ("2022-11-19".into(), "2026-11-19".into())
    );
    let last = bars.last().unwrap();
    assert_eq!((last.status, last.currency.as_deref()), (BarStatus::Close, Some("USDT")));
    assert_eq!((last.close_price.to_string(), last.volume.unwrap().to_string()), ("100.5".into(), "12.5".into()));
    let items = told(&page);
    assert_eq!(items[0], "BTCUSDT Updated: 1462 days, 2022-11-19 to 2026-11-19");
    assert!(
        items[1].starts_with("NILUSDT Missing: Binance does not trade the pair; not asked again before"),
        "{items:?}"
    );
    let sent = wire.sent();
    assert_eq!(sent.len(), 3, "a thousand days and the rest, and one refusal: {sent:?}");

    let mut read = tether("BTC");
    let state = rows::<SymbolState>(&page).remove(0);
    (read.covered_from, read.covered_to, read.last_close) = (state.covered_from, state.covered_to, state.last_close);
    wire.work = Some(vec![read]);
    assert_eq!(wire.page("history").await.items[0].status, ItemStatus::Unchanged);
    assert_eq!(wire.sent().len(), 3, "nothing is asked before the next day is over");
}

#[tokio::test(start_paused = true)]
async fn a_ban_survives_a_restart() {
    let banned = r#"{"code":-1003,"msg":"Way too much request weight used; IP banned until 1795185400000. Please use WebSocket Streams for live updates to avoid bans."}"#;
    let disk = MemDisk::default();
    let open = |now: &str| Arc::new(MemStore::open(&disk, now.parse().unwrap())) as Arc<dyn Store>;
    let given = with_headers(answer(418, banned), &[("retry-after", "0")]);
    let mut wire = Wire::on(open(NOW), "binance", NOW, Replay::default().otherwise(move |_| given.clone()));
    wire.work = Some(vec![tether("BTC")]);
    let error = wire.fetch("quotes").await.unwrap_err();
    // Two minutes at least, whatever the header and the text say.
    assert_eq!(reaction(&error), "RetryAt 2026-11-20T14:37:07Z");
    assert_eq!(wire.sent().len(), 1, "a ban is no reason to try again");
    let quota = wire.quotas().await.remove(0);
    assert_eq!(quota.closed_until.unwrap().to_string(), "2026-11-20T14:37:07Z");

    let later = "2026-11-20T14:35:30Z";
    for stream in ["quotes", "history"] {
        let mut wire = Wire::on(open(later), "binance", later, Replay::default());
        wire.work = Some(vec![tether("BTC")]);
        assert_eq!(reaction(&wire.fetch(stream).await.unwrap_err()), "RetryAt 2026-11-20T14:37:07Z");
        assert!(wire.sent().is_empty());
    }
    let replay = Replay::default().otherwise(binance(&[("BTCUSDT", "1")]));
    let mut wire = Wire::on(open("2026-11-20T14:37:07Z"), "binance", "2026-11-20T14:37:07Z", replay);
    wire.work = Some(vec![tether("BTC")]);
    assert_eq!(wire.page("quotes").await.items[0].status, ItemStatus::Updated);
}

#[tokio::test(start_paused = true)]
async fn okx_prices_are_in_dollars_and_empty_is_none() {
    let body = okx(&[("BTC-USD", "100"), ("USDT-USD", "0.9998"), ("NEW-USD", "")]);
    let mut wire = Wire::new("okx", NOW, Replay::default().on(INDEX, answer(200, &body)));
    wire.work = Some(["BTC", "USDT", "NEW", "NIL"].map(dollar).to_vec());
    let page = wire.page("quotes").await;
    assert_eq!(
        quotes(&page)[..5],
        [
            "crypto:BTC current_price 100 USD",
            "crypto:BTC previous_close 80 USD",
            "crypto:BTC change_pct 25 -",
            "crypto:BTC day_open 80 USD",
            "crypto:BTC day_high 110 USD",
        ]
    );
    assert!(quotes(&page).contains(&"crypto:USDT current_price 0.9998 USD".to_string()));
    assert!(!quotes(&page).iter().any(|row| row.contains("day_low")), "an empty text is no price of 0");
    let next = "; not asked again before 2026-11-21T00:00:00Z";
    assert_eq!(
        told(&page),
        [
            "BTC-USD Updated: 100 USD".to_string(),
            format!("NEW-USD Missing: OKX has no price of it now{next}"),
            format!("NIL-USD Missing: OKX has no index of it in dollars{next}"),
            "USDT-USD Updated: 0.9998 USD".to_string(),
        ]
    );
    assert_eq!(page.as_of.unwrap().to_string(), NOW);
    assert_eq!(wire.sent(), [INDEX], "one request for all");
}

#[tokio::test(start_paused = true)]
async fn okx_is_reached_where_the_account_is() {
    for (region, base_url, host) in [
        (None, None, "https://openapi.okx.com"),
        (Some("eea"), None, "https://eea.okx.com"),
        (Some("us"), None, "https://us.okx.com"),
        (Some("us"), Some("http://127.0.0.1:9/okx"), "http://127.0.0.1:9/okx"),
    ] {
        let mut wire = Wire::new("okx", NOW, Replay::default().otherwise(|_| answer(200, &okx(&[]))));
        wire.settings.extend(region.map(|region| ("region".to_string(), region.to_string())));
        wire.base_url = base_url.map(String::from);
        wire.work = Some(vec![dollar("BTC")]);
        wire.page("quotes").await;
        assert_eq!(wire.sent(), [format!("GET {host}/api/v5/market/index-tickers?quoteCcy=USD")]);
    }
}

#[tokio::test(start_paused = true)]
async fn okx_days_are_read_backwards_without_the_one_that_goes_on() {
    let candles = |request: &HttpRequest| {
        assert!(request.url.ends_with("/api/v5/market/history-index-candles") && param(request, "bar") == "1Dutc");
        if param(request, "instId") != "BTC-USD" {
            return answer(200, r#"{"code":"51001","msg":"Instrument ID doesn't exist.","data":[]}"#);
        }
        let before: i64 = param(request, "after").parse().unwrap();
        // Nothing is older than this.
        let listed = NOW_MS - 150 * DAY_MS;
        let starts = (1..=100).map(|back| before - back * DAY_MS).filter(|at| *at > listed);
        let row = |at: i64| {
            let is_over = u8::from(at + DAY_MS < NOW_MS);
            format!(r#"["{at}","1.5","","0.5","2.5","{is_over}"]"#)
        };
        answer(200, &format!(r#"{{"code":"0","msg":"","data":[{}]}}"#, starts.map(row).collect::<Vec<_>>().join(",")))
    };
    let mut wire = Wire::new("okx", NOW, Replay::default().otherwise(candles));
    wire.work = Some(vec![dollar("BTC"), dollar("NIL")]);
    let page = wire.page("history").await;
    let bars = rows::<DayBar>(&page);
    assert_eq!((bars.len(), bars.last().unwrap().date.to_string()), (149, "2026-11-19".into()));
    assert_eq!((bars[0].high, bars[0].volume, bars[0].currency.as_deref()), (None, None, Some("USD")));
    assert_eq!(wire.sent().len(), 3);
    assert!(
        told(&page)[1].starts_with("NIL-USD Missing: OKX has no index of it in dollars; not asked"),
        "{:?}",
        told(&page)
    );
}

#[tokio::test(start_paused = true)]
async fn okx_is_asked_no_more_than_it_allows_wherever_its_windows_begin() {
    // Just before one of our windows ends.
    let clock = Clock::simulated("2026-11-20T14:35:07.9Z".parse().unwrap());
    let (times, count) = (Arc::new(Mutex::new(Vec::new())), 100);
    let noted = Arc::clone(&times);
    let candles = move |request: &HttpRequest| {
        noted.lock().unwrap().push(clock.now());
        let before: i64 = param(request, "after").parse().unwrap();
        let rows: Vec<_> =
            (1..=count).map(|back| format!(r#"["{}","1","1","1","1","1"]"#, before - back * DAY_MS)).collect();
        answer(200, &format!(r#"{{"code":"0","msg":"","data":[{}]}}"#, rows.join(",")))
    };
    let mut wire = Wire::new("okx", "2026-11-20T14:35:07.9Z", Replay::default().otherwise(candles));
    wire.work = Some(vec![dollar("BTC"), dollar("ETH")]);
    wire.page("history").await;
    let times = times.lock().unwrap();
    assert_eq!(times.len(), 38, "five years of two coins");
    for first in times.iter() {
        let within = times.iter().filter(|at| (0..2_000).contains(&at.duration_since(*first).as_millis())).count();
        assert!(within <= 10, "{within} requests within two seconds of {first}; of candles, 10 are allowed");
    }
}

#[tokio::test(start_paused = true)]
async fn candles_that_cannot_be_read_are_told_and_left_out() {
    let body = format!(
        r#"[[{0},"1","2","1","1.5","3"],[{1},"1","2","1","","3"],[{2},"1","2","1","x","3"],["soon"]]"#,
        NOW_MS - 3 * DAY_MS - NOW_MS % DAY_MS,
        NOW_MS - 2 * DAY_MS - NOW_MS % DAY_MS,
        NOW_MS - DAY_MS - NOW_MS % DAY_MS,
    );
    let mut wire = Wire::new("binance", NOW, Replay::default().otherwise(move |_| answer(200, &body)));
    wire.work = Some(vec![tether("BTC")]);
    let page = wire.page("history").await;
    assert_eq!(rows::<DayBar>(&page).len(), 1);
    let want =
        "BTCUSDT Updated: 1 days, 2026-11-17 to 2026-11-17; 3 days left out, such as 2026-11-18: it has no close";
    assert_eq!(told(&page), [want]);
}

#[tokio::test(start_paused = true)]
async fn switches_turn_streams_off_and_no_key_is_needed() {
    for provider in ["binance", "okx"] {
        let mut wire = Wire::new(provider, NOW, Replay::default()).with("quotes", "off").with("history", "off");
        assert!(wire.provider.spec().settings.iter().all(|setting| !setting.required));
        wire.work = Some(vec![tether("BTC")]);
        for stream in ["quotes", "history"] {
            let page = wire.page(stream).await;
            assert!(page.items.is_empty() && !page.more);
        }
        assert!(wire.sent().is_empty());
    }
}

fn subject(provider: &str, replay: Replay) -> Subject {
    let http = Http::new(Arc::new(replay), Arc::new(MemStore::empty()), Clock::System);
    let instruments: Vec<Instrument> = (10..45).map(|nth| coin(&format!("C{nth}"), "crypto")).collect();
    let reach = Reach { http, files: Files::default() };
    let now: Timestamp = NOW.parse().unwrap();
    let provider = foliosync_providers::find(provider).unwrap();
    Subject::new(provider, reach, &[("history_years", "1")], now).with_rows(Batch::of(&instruments))
}

#[tokio::test]
async fn exchanges_keep_the_contract() {
    let pairs: Vec<(String, String)> = (10..44).map(|nth| (format!("C{nth}USDT"), format!("{nth}.5"))).collect();
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(pair, price)| (pair.as_str(), price.as_str())).collect();
    let on_binance = subject("binance", Replay::default().otherwise(binance(&pairs)));
    let ids: Vec<String> = (10..44).map(|nth| format!("C{nth}-USD")).collect();
    let body = okx(&ids.iter().map(|id| (id.as_str(), "7")).collect::<Vec<_>>());
    let candle =
        format!(r#"{{"code":"0","msg":"","data":[["{}","1","1","1","1","1"]]}}"#, NOW_MS - NOW_MS % DAY_MS - DAY_MS);
    let on_okx =
        subject("okx", Replay::default().on(INDEX, answer(200, &body)).otherwise(move |_| answer(200, &candle)));
    for subject in [on_binance, on_okx] {
        pages_are_well_formed(&subject).await;
        resume_gives_the_same_tail(&subject).await;
        a_second_run_changes_nothing(&subject).await;
    }
}

/// What the first exchange does not trade, the second one prices, without anybody's doing.
#[tokio::test(start_paused = true)]
async fn a_coin_goes_to_the_exchange_that_has_it() {
    let exchange = binance(&[("BTCUSDT", "100")]);
    let index = okx(&[("WIF-USD", "3"), ("BTC-USD", "99")]);
    let replay = Replay::default().otherwise(move |request| match request.url.contains("okx") {
        true => answer(200, &index),
        false => exchange(request),
    });
    let (store, clock): (Arc<dyn Store>, _) = (Arc::new(MemStore::empty()), Clock::simulated(NOW.parse().unwrap()));
    let http = Http::new(Arc::new(replay), Arc::clone(&store), clock);
    let providers: Vec<Arc<dyn Provider>> = ["binance", "okx"].map(|id| foliosync_providers::find(id).unwrap()).into();
    let reach = Reach { http, files: Files::default() };
    let engine = Arc::new(Engine::new(Arc::clone(&store), providers, reach, clock, 5));
    let rig = Rig { engine: Arc::clone(&engine), store: Arc::clone(&store) };
    let mut connections = Vec::new();
    for provider in ["binance", "okx"] {
        let settings = BTreeMap::from([("history".to_string(), "off".to_string())]);
        let new =
            NewConnection { provider: provider.into(), label: provider.into(), settings, ..NewConnection::default() };
        connections.push(engine.add_connection(new).await.unwrap().id);
    }
    let new = ["crypto:BTC", "crypto:WIF"].map(|symbol| NewInstrument {
        symbol: symbol.into(),
        kind: None,
        name: None,
        currency: None,
        isin: None,
    });
    engine.add_instruments(new.into()).await.unwrap();
    for connection in connections {
        let dispatcher = rig.dispatch();
        let ask = SyncNow {
            connections: vec![connection],
            streams: vec!["quotes".into()],
            options: Default::default(),
            trigger: Trigger::Manual,
        };
        let request = engine.sync_now(ask).await.unwrap();
        drain(Arc::clone(&engine).follow(request, None)).await;
        dispatcher.stop().await;
    }
    let stored: Vec<QuoteField> = store.records(|s| s.ascending("instrument_id")).await.unwrap();
    let prices: Vec<_> = stored
        .iter()
        .filter(|row| row.field == "current_price")
        .map(|row| format!("{} {} {} {}", row.instrument_id, row.value, row.currency.as_deref().unwrap(), row.provider))
        .collect();
    assert_eq!(prices, ["crypto:BTC 100 USDT binance", "crypto:WIF 3 USD okx"]);
}
