//! What the demo connects and prices.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value as Json, json};

use super::stage::Stage;
use crate::cli::connect::{self, NewConnection};
use crate::cli::credential::Credentials;
use crate::client::Client;
use crate::client::wire::Connection;
use crate::failure::Failure;

/// Providers that the simulator stands in for.
pub const SIMULATED: [&str; 5] = ["fmp", "tiingo", "ecb", "binance", "okx"];
/// These open the simulator's doors and no others.
pub const FMP_KEY: &str = "demo-fmp-key";
pub const TIINGO_KEY: &str = "demo-tiingo-key";

/// One that no provider knows stands at the end: it stays unpriced.
const INSTRUMENTS: [&str; 23] = [
    "AAPL",
    "MSFT",
    "NVDA",
    "AMZN",
    "GOOGL",
    "TSLA",
    "JPM",
    "BRK.B",
    "KO",
    "XOM",
    "stock:T",
    "etf:SPY",
    "etf:QQQ",
    "VOD.L",
    "SHEL.L",
    "etf:VUSA.L",
    "crypto:BTC",
    "crypto:ETH",
    "crypto:SOL",
    "crypto:ADA",
    "crypto:DOGE",
    "crypto:USDT",
    "stock:NOSUCH",
];

pub struct Source {
    provider: &'static str,
    pub label: &'static str,
    settings: Vec<(&'static str, String)>,
    api_key: Option<&'static str>,
    every_minutes: i64,
}

pub fn all(stage: &Stage) -> Vec<Source> {
    let source = |provider, label, settings: &[(&'static str, &str)]| Source {
        provider,
        label,
        settings: settings.iter().map(|(key, value)| (*key, value.to_string())).collect(),
        api_key: None,
        every_minutes: 1,
    };
    let folder = |provider, label, path: PathBuf| source(provider, label, &[("path", &path.to_string_lossy())]);
    // Coins go to Binance, and what it cannot name to OKX; shares to FMP, and to Tiingo where that fails.
    let fmp = [("plan", "premium"), ("fx_pairs", "USDGBP,USDCHF"), ("priority", "30")];
    let tiingo = [("plan", "power"), ("fx_pairs", "EURUSD,GBPUSD"), ("priority", "40")];
    vec![
        folder("tradelog", "Trade logs", stage.trade_logs()),
        folder("market_csv", "Market data", stage.market_data()),
        Source { every_minutes: 15, ..source("ecb", "ECB", &[]) },
        source("binance", "Binance", &[("priority", "10")]),
        // It allows few requests, and years of days take many.
        source("okx", "OKX", &[("priority", "20"), ("history_years", "1")]),
        Source { api_key: Some(FMP_KEY), ..source("fmp", "FMP", &fmp) },
        Source { api_key: Some(TIINGO_KEY), ..source("tiingo", "Tiingo", &tiingo) },
    ]
}

pub async fn add(client: &mut Client, source: &Source) -> Result<Connection, Failure> {
    let settings = source.settings.iter().map(|(key, value)| (key.to_string(), value.clone()));
    let credentials = source.api_key.map(|key| ("api_key".to_string(), key.into()));
    let new = NewConnection {
        provider: source.provider.into(),
        label: source.label.into(),
        settings: settings.collect::<BTreeMap<_, _>>(),
        credentials: credentials.into_iter().collect::<Credentials>(),
        owner: None,
        sync_interval_min: Some(source.every_minutes),
    };
    connect::add(client, &new).await
}

/// Gives how many there are. Adding one twice comes to the same.
pub async fn add_instruments(client: &mut Client) -> Result<usize, Failure> {
    let new: Vec<Json> = INSTRUMENTS.iter().map(|symbol| json!({ "symbol": symbol })).collect();
    client.post_again::<Json>("/api/instruments", &json!({ "instruments": new })).await?;
    Ok(INSTRUMENTS.len())
}
