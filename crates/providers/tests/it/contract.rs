//! The contract that every provider is held to, with more than one page where that is cheap to have. Those of coins and
//! the bank are beside their other tests.

use std::sync::Arc;

use foliosync_engine::clock::Clock;
use foliosync_engine::files::Files;
use foliosync_engine::http::{Http, HttpAnswer, HttpRequest};
use foliosync_engine::model::Batch;
use foliosync_engine::model::instrument::Instrument;
use foliosync_engine::model::sync::SyncOptions;
use foliosync_engine::provider::Reach;
use foliosync_engine::testkit::mem_store::MemStore;
use foliosync_engine::testkit::provider_contract::{
    Subject, a_second_run_changes_nothing, pages_are_well_formed, resume_gives_the_same_tail,
};

use foliosync_engine::testkit::replay::{Replay, answer};

use crate::folder::{Connection, DAILY, REPORTED, many_trades, trades};
use crate::prices_desk::{ok, param};

async fn holds(subject: Subject) {
    pages_are_well_formed(&subject).await;
    resume_gives_the_same_tail(&subject).await;
    a_second_run_changes_nothing(&subject).await;
    resume_gives_the_same_tail(&subject.with_options(SyncOptions { rehash: true, ..SyncOptions::default() })).await;
}

#[tokio::test]
async fn trade_logs_keep_the_contract() {
    let c = Connection::new("tradelog");
    for name in ["a", "c", "e's 😀"] {
        let twin = "2024-01-02,09:30:00,1 C,5,1,S";
        c.write(&format!("{name}/tradelog.csv"), trades(&[twin, twin, "2024-02-30,,,1,,", "2024-01-02,,,1,,"]));
        c.write(&format!("{name}/dailylog.csv"), DAILY);
        c.write(&format!("{name}/reportinglog.csv"), REPORTED);
    }
    for name in ["b", "d"] {
        c.write_filler(&format!("{name}/tradelog.csv"));
    }
    holds(c.subject()).await;
}

#[tokio::test]
async fn market_files_keep_the_contract() {
    let c = Connection::new("market_csv");
    c.write("spx_daily.csv", "time,close\n1704205800,1\n1704205800,2\n1704292200,3\n");
    for name in ["ES", "NQ", "ZB"] {
        c.write(&format!("{name}.csv"), "date,time,close,Plot\n2024-01-02,9:30,1,x\n2024-01-02,9:30,2,\n");
    }
    c.write_filler("NG.csv");
    holds(c.subject()).await;
}

#[tokio::test]
async fn a_folder_with_failures_keeps_the_contract() {
    let c = Connection::new("tradelog");
    c.write("bad/tradelog.csv", "");
    c.write("good/tradelog.csv", many_trades(2));
    c.write("strange/x.csv", "Name\nJohn\n");
    let subject = c.subject();
    pages_are_well_formed(&subject).await;
    resume_gives_the_same_tail(&subject).await;
    a_second_run_changes_nothing(&subject).await;
}

/// Shares of two markets, and one that nobody knows.
fn shares() -> Vec<Instrument> {
    let share = |symbol: String, exchange: Option<&str>| Instrument {
        id: format!("stock:{symbol}@{}", exchange.unwrap_or("US")),
        kind: "stock".into(),
        symbol,
        name: None,
        exchange: exchange.map(Into::into),
        currency: None,
        isin: None,
        watched: true,
    };
    let letters = || (b'A'..=b'Z').map(char::from);
    let american = letters().map(|letter| share(format!("US{letter}"), None));
    let british = letters().take(12).map(|letter| share(format!("GB{letter}"), Some("XLON")));
    american.chain(british).chain([share("GONE".into(), None)]).collect()
}

fn prices(
    provider: &str,
    settings: &[(&str, &str)],
    source: impl Fn(&HttpRequest) -> HttpAnswer + Send + Sync + 'static,
) -> Subject {
    let replay = Replay::default().otherwise(source);
    let http = Http::new(Arc::new(replay), Arc::new(MemStore::empty()), Clock::System);
    let now = "2026-11-16T15:30:00Z".parse().unwrap();
    let reach = Reach { http, files: Files::default() };
    let provider = foliosync_providers::find(provider).unwrap();
    let subject = Subject::new(provider, reach, settings, now).with_rows(Batch::of(&shares()));
    subject.with_credentials(&[("api_key", "k3y")])
}

/// Rates are told without a word on whether they changed, so that a second run is another subject.
async fn prices_hold(with_rates: Subject, without: Subject) {
    pages_are_well_formed(&with_rates).await;
    resume_gives_the_same_tail(&with_rates).await;
    a_second_run_changes_nothing(&without).await;
    resume_gives_the_same_tail(&with_rates.with_options(SyncOptions { rehash: true, ..SyncOptions::default() })).await;
}

const PAIRS: &str = "EURUSD,GBPUSD,USDJPY,USDCHF,USDSEK,USDNOK,USDCAD,AUDUSD,NZDUSD,USDPLN,USDCZK,USDHUF";

/// FMP; a plan that is free does not sell several quotes at once.
fn fmp(request: &HttpRequest, is_free: bool) -> HttpAnswer {
    let (symbol, symbols) = (param(request, "symbol"), param(request, "symbols"));
    let known = |symbols: &str, row: &dyn Fn(&str) -> String| {
        let rows: Vec<_> = symbols.split(',').filter(|symbol| *symbol != "GONE").map(row).collect();
        ok(&format!("[{}]", rows.join(",")))
    };
    let quote = |symbol: &str| format!(r#"{{"symbol":"{symbol}","price":12.5,"volume":7,"timestamp":1794843000}}"#);
    match request.url.rsplit('/').next().unwrap_or_default() {
        "profile" => known(&symbol, &|symbol| format!(r#"{{"symbol":"{symbol}","currency":"GBp"}}"#)),
        "batch-quote" if is_free => answer(402, "Restricted Endpoint: not in this plan"),
        "batch-quote" => known(&symbols, &quote),
        "quote" => known(&symbol, &quote),
        "full" => known(&symbol, &|symbol| {
            let day = |date: &str| format!(r#"{{"symbol":"{symbol}","date":"{date}","close":12}}"#);
            [day("2026-11-12"), day("2026-11-13")].join(",")
        }),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn fmp_keeps_the_contract() {
    let paid = [("plan", "starter"), ("batch_size", "9"), ("history_years", "1"), ("fx_pairs", PAIRS)];
    let by_batches = |settings: &[(&str, &str)]| prices("fmp", settings, |request| fmp(request, false));
    prices_hold(by_batches(&paid), by_batches(&paid[..3])).await;
    let free = [("plan", "free"), ("history_years", "1")];
    let one_by_one = || prices("fmp", &free, |request| fmp(request, true));
    prices_hold(one_by_one(), one_by_one()).await;
}

fn tiingo(request: &HttpRequest) -> HttpAnswer {
    let path = request.url.splitn(4, '/').nth(3).unwrap_or_default();
    let known = |row: &dyn Fn(&str) -> String| {
        let tickers = param(request, "tickers");
        let rows: Vec<_> = tickers.split(',').filter(|ticker| *ticker != "GONE").map(row).collect();
        ok(&format!("[{}]", rows.join(",")))
    };
    match path {
        "iex/" => known(&|ticker| {
            format!(r#"{{"ticker":"{ticker}","timestamp":"2026-11-16T10:29:59.5-05:00","tngoLast":12.5}}"#)
        }),
        "tiingo/fx/top" => known(&|ticker| {
            format!(r#"{{"ticker":"{ticker}","quoteTimestamp":"2026-11-16T15:29:59+00:00","midPrice":1.25}}"#)
        }),
        path if path.contains("/GONE/") => answer(404, r#"{"detail":"Error: Ticker 'GONE' not found"}"#),
        _ => ok(r#"[{"date":"2026-11-12T00:00:00Z","close":12},{"date":"2026-11-13T00:00:00Z","close":12.5}]"#),
    }
}

#[tokio::test]
async fn tiingo_keeps_the_contract() {
    for plan in ["power", "free"] {
        let settings = [("plan", plan), ("batch_size", "4"), ("history_years", "1"), ("fx_pairs", PAIRS)];
        prices_hold(prices("tiingo", &settings, tiingo), prices("tiingo", &settings[..3], tiingo)).await;
    }
}
