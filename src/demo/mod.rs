//! `demo`: foliosync at work on made-up data, through the same path as everything else.

mod market;
mod random;
mod trades;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use foliosync_engine::model::sync::SyncOptions;
use jiff::{Timestamp, Zoned};

use crate::cli::{Context, Done, Progress, connect, query, status, sync};
use crate::client::{Client, SyncAsk};
use crate::data_folder::DataFolder;
use crate::failure::Failure;

#[derive(clap::Args)]
pub struct Args {
    /// Leave the folder in place, to look around in it
    #[arg(long)]
    keep: bool,
}

const PROFIT_BY_STRATEGY: &str = "\
SELECT strategy, count(*) AS trades, count(*) FILTER (pl > 0) AS won, sum(pl) AS pl, max(date_closed) AS last_closed
FROM trades.trade_data GROUP BY strategy ORDER BY sum(pl) DESC";

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<Done> {
    let root = make_root()?;
    let played = tokio::select! {
        played = play(&root, context) => played,
        _ = tokio::signal::ctrl_c() => Err(Failure::failed("the demo was stopped", "").into()),
    };
    // However it went, its server goes, and its folder with it.
    if let Ok(mut client) = Client::connect(data_folder(&root), context.launch()?).await {
        client.stop_auto_server().await;
    }
    if args.keep {
        say!("\nEverything is in {}. Look around:", root.display());
        say!("  foliosync --data-dir {}/data status", root.display());
        say!("  foliosync --data-dir {}/data query 'SHOW ALL TABLES'", root.display());
    } else {
        fs::remove_dir_all(&root)?;
        say!("\nThe demo's folder {} was removed; --keep leaves it.", root.display());
    }
    played
}

async fn play(root: &Path, context: &Context) -> anyhow::Result<Done> {
    let today = Zoned::now().date();
    let blocks = root.join("trade-logs");
    let prices = root.join("market-data");
    let samples = trades::samples(today);
    trades::write(&blocks, &samples)?;
    market::write(&prices, today)?;
    say!("Made-up trade logs of {} strategies and market data are in {}", samples.len(), root.display());

    let mut client = Client::connect(data_folder(root), context.launch()?).await?;
    connect_folder(&mut client, "tradelog", "Trade logs", &blocks).await?;
    connect_folder(&mut client, "market_csv", "Market data", &prices).await?;
    say!("\nFirst sync:");
    sync_all(&mut client).await?;

    let changed = trades::with_one_more_trade(&samples[0], today);
    trades::write(&blocks, std::slice::from_ref(&changed))?;
    say!("\nOne trade was added to {}. Second sync:", changed.name);
    sync_all(&mut client).await?;

    say!("\nProfit by strategy (foliosync query):\n");
    query::print_answer(&query::ask(&mut client, PROFIT_BY_STRATEGY).await?);
    say!("\nFreshness (foliosync status):\n");
    status::print_connections(&connect::connections(&mut client).await?, Timestamp::now());
    Ok(Done::Well)
}

async fn connect_folder(client: &mut Client, provider: &str, label: &str, folder: &Path) -> Result<(), Failure> {
    let settings = BTreeMap::from([("path".to_string(), folder.to_string_lossy().into_owned())]);
    let new = connect::NewConnection {
        provider: provider.into(),
        label: label.into(),
        settings,
        credentials: Default::default(),
        owner: None,
        sync_interval_min: None,
    };
    connect::add(client, &new).await.map(|_| ())
}

async fn sync_all(client: &mut Client) -> anyhow::Result<()> {
    let known = connect::connections(client).await?;
    let ask = SyncAsk { connections: Vec::new(), options: SyncOptions::default() };
    let summary = sync::sync(client, ask, Progress::new()).await?;
    summary.print(&known);
    match summary.is_well() {
        true => Ok(()),
        false => Err(Failure::failed("the demo's sync failed", "this is a mistake of foliosync's").into()),
    }
}

fn data_folder(root: &Path) -> DataFolder {
    DataFolder::new(root.join("data"))
}

/// A folder of its own that nobody else can have made before.
fn make_root() -> anyhow::Result<PathBuf> {
    let unique = format!("foliosync-demo-{}-{}", std::process::id(), Timestamp::now().as_microsecond());
    let root = std::env::temp_dir().join(unique);
    fs::DirBuilder::new().mode(0o700).create(&root)?;
    Ok(std::path::absolute(root)?)
}
