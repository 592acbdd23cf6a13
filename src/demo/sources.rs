//! What the demo connects and prices: folders, services, and accounts that trade.

use std::collections::BTreeMap;
use std::path::PathBuf;

use foliosync_sim::{Door, Secret, doors};
use serde_json::{Value as Json, json};

use super::stage::Stage;
use crate::cli::connect::{self, NewConnection};
use crate::cli::credential::Credentials;
use crate::client::Client;
use crate::client::wire::Connection;
use crate::failure::Failure;

/// Providers that the simulator stands in for, each under a prefix of its own.
pub const SIMULATED: [(&str, &str); 7] = [
    ("fmp", "fmp"),
    ("tiingo", "tiingo"),
    ("ecb", "ecb"),
    ("binance", "binance"),
    ("okx", "okx"),
    ("alpaca", "alpaca-paper"),
    ("ibkr_flex", "ibkr_flex"),
];
/// These open the simulator's doors and no others.
pub const FMP_KEY: &str = "demo-fmp-key";
pub const TIINGO_KEY: &str = "demo-tiingo-key";
/// Of the simulated broker: everything about its first account.
const FLEX_QUERY: &str = "510001";

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
    credentials: Vec<(&'static str, String)>,
    every_minutes: i64,
}

/// What opens an account of the simulator, under the names that a provider asks for it.
fn door(account: &str, id: &'static str, secret: &'static str) -> Vec<(&'static str, String)> {
    let door = doors().into_iter().find(|door| door.account.name == account);
    let Some(Door { credential, .. }) = door else { return Vec::new() };
    let mut given = vec![(id, credential.id)];
    if let Secret::Shared(text) = credential.secret {
        given.push((secret, text));
    }
    if !credential.passphrase.is_empty() {
        given.push(("passphrase", credential.passphrase));
    }
    given
}

pub fn all(stage: &Stage) -> Vec<Source> {
    let source = |provider, label, settings: &[(&'static str, &str)]| Source {
        provider,
        label,
        settings: settings.iter().map(|(key, value)| (*key, value.to_string())).collect(),
        credentials: Vec::new(),
        every_minutes: 1,
    };
    let folder = |provider, label, path: PathBuf| source(provider, label, &[("path", &path.to_string_lossy())]);
    let key = |key: &str| vec![("api_key", key.to_string())];
    // Coins go to Binance, and what it cannot name to OKX; shares to FMP, and to Tiingo where that fails.
    let fmp = [("plan", "premium"), ("fx_pairs", "USDGBP,USDCHF"), ("priority", "30")];
    let tiingo = [("plan", "power"), ("fx_pairs", "EURUSD,GBPUSD"), ("priority", "40")];
    // It allows few requests, and years of days take many.
    let okx = [("priority", "20"), ("history_years", "1")];
    let binance = door("binance-main", "api_key", "api_secret");
    let alpaca = door("alpaca-paper", "key_id", "secret_key");
    vec![
        folder("tradelog", "Trade logs", stage.trade_logs()),
        folder("market_csv", "Market data", stage.market_data()),
        Source { every_minutes: 15, ..source("ecb", "ECB", &[]) },
        Source { credentials: binance, ..source("binance", "Binance", &[("priority", "10")]) },
        Source { credentials: door("okx-main", "api_key", "api_secret"), ..source("okx", "OKX", &okx) },
        Source { credentials: alpaca, every_minutes: 5, ..source("alpaca", "Alpaca", &[("environment", "paper")]) },
        Source {
            credentials: door("ibkr-main", "token", ""),
            every_minutes: 60,
            ..source("ibkr_flex", "Interactive Brokers", &[("query_id", FLEX_QUERY)])
        },
        Source { credentials: key(FMP_KEY), ..source("fmp", "FMP", &fmp) },
        Source { credentials: key(TIINGO_KEY), ..source("tiingo", "Tiingo", &tiingo) },
    ]
}

pub async fn add(client: &mut Client, source: &Source) -> Result<Connection, Failure> {
    let settings = source.settings.iter().map(|(key, value)| (key.to_string(), value.clone()));
    let credentials = source.credentials.iter().map(|(key, secret)| (key.to_string(), secret.as_str().into()));
    let new = NewConnection {
        provider: source.provider.into(),
        label: source.label.into(),
        settings: settings.collect::<BTreeMap<_, _>>(),
        credentials: credentials.collect::<Credentials>(),
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
