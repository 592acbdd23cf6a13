//! `import`: adds what is in a folder, whatever it is, and syncs it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use foliosync_engine::limits::LABEL_CHARS_MAX;
use foliosync_engine::model::sync::SyncOptions;

use super::connect::{self, NewConnection, connections, quoted};
use super::folder::{self, Looks, MARKET_FOLDER};
use super::sync::{find, sync};
use super::text::shown;
use super::{Context, Done, Progress};
use crate::client::wire::Connection;
use crate::client::{Client, SyncAsk};
use crate::failure::Failure;

#[derive(clap::Args)]
#[command(after_help = "\
A folder whose subfolders hold trade logs becomes a tradelog connection, and its _marketdata folder, if it has one, a \
market_csv connection. A folder of CSV files with a time and prices becomes a market_csv connection. Each is labelled \
after its folder. A folder that is connected already is only synced. One block is synced alone where the folder around \
it is connected. A folder of trades that were exported at Binance goes to the binance connection whose trades they are; \
where there is none, one is added.")]
pub struct Args {
    /// The folder
    path: String,
    /// The connection that exported trades belong to, where there are several
    #[arg(long, value_name = "LABEL")]
    into: Option<String>,
}

/// What a folder comes to: what to connect, and whether only one of its items is meant.
struct Found {
    provider: &'static str,
    folder: PathBuf,
}

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<Done> {
    let path = real(&args.path)?;
    let looks = folder::looks(&path)
        .map_err(|error| Failure::input(format!("{} cannot be read: {error}", path.display()), "check the path"))?;
    if args.into.is_some() && looks != Looks::BinanceExports {
        let message = format!("{} holds no trades that were exported at Binance", path.display());
        return Err(Failure::input(message, "leave --into out, or give the folder of the exported files").into());
    }
    let market = path.join(MARKET_FOLDER);
    let has_market = market.is_dir() && folder::looks(&market).is_ok_and(|looks| looks == Looks::Market);
    let mut found = Vec::new();
    match looks {
        Looks::OneBlock => return one_block(&path, context).await,
        Looks::Blocks => found.push(Found { provider: "tradelog", folder: path.clone() }),
        Looks::Market => found.push(Found { provider: "market_csv", folder: path.clone() }),
        Looks::BinanceExports => return exports(&path, args.into.as_deref(), context).await,
        Looks::Neither => {}
    }
    if has_market {
        found.push(Found { provider: "market_csv", folder: market });
    }
    if found.is_empty() {
        let message = format!("{} holds neither trade logs nor market data", path.display());
        let hint = "give a folder whose subfolders hold trade logs (CSV with P/L and legs), or one with CSV files that \
                    have time and open, high, low or close columns, or that are Trade Histories of Binance";
        return Err(Failure::input(message, hint).into());
    }
    let mut client = context.client().await?;
    let mut ids = Vec::new();
    for found in &found {
        ids.push(connect(&mut client, found).await?.id);
    }
    finish(&mut client, SyncAsk { connections: ids, ..SyncAsk::default() }).await
}

/// A block belongs to the folder around it. Where that is not connected, connecting it would bring blocks that nobody
/// asked for, so we only say how.
async fn one_block(path: &Path, context: &Context) -> anyhow::Result<Done> {
    let (Some(around), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(Failure::input("/ cannot be a block", "give the folder that holds the blocks").into());
    };
    let mut client = context.client().await?;
    let known = connections(&mut client).await?;
    let Some(connection) = known.iter().find(|connection| is_at(connection, "tradelog", around)) else {
        let message = format!("{} is one block, and the folder around it is not connected", path.display());
        let hint = format!("connect that folder with all its blocks: foliosync import {}", quoted_path(around));
        return Err(Failure::input(message, hint).into());
    };
    say!("one block of `{}`", shown(&connection.label));
    let items = vec![name.to_string_lossy().into_owned()];
    let options = SyncOptions { items, ..SyncOptions::default() };
    let ask = SyncAsk { connections: vec![connection.id], options, ..SyncAsk::default() };
    finish(&mut client, ask).await
}

/// The setting of Binance that names a folder of exports.
const EXPORTS: &str = "csv_folder";

/// Files of trades belong to the connection that reads the same trades from the exchange, so that each counts once.
async fn exports(path: &Path, into: Option<&str>, context: &Context) -> anyhow::Result<Done> {
    let mut client = context.client().await?;
    let known = connections(&mut client).await?;
    let own: Vec<&Connection> = known.iter().filter(|connection| connection.provider == "binance").collect();
    let is_here = |connection: &Connection| {
        let place = connection.settings.get(EXPORTS).map(PathBuf::from);
        place.is_some_and(|place| place == path || fs::canonicalize(place).is_ok_and(|real| real == path))
    };
    let folder = BTreeMap::from([(EXPORTS.to_string(), path.to_string_lossy().into_owned())]);
    let connection = match (into, &own[..]) {
        (Some(label), _) => Some(find(label, &known)?),
        (None, all) if all.iter().any(|one| is_here(one)) => all.iter().copied().find(|one| is_here(one)),
        (None, []) => None,
        (None, [one]) => Some(*one),
        (None, _) => {
            let labels: Vec<_> = own.iter().map(|connection| quoted(&connection.label)).collect();
            let hint =
                format!("say whose they are: foliosync import {} --into {}", quoted_path(path), labels.join(" or "));
            return Err(Failure::input("several connections could have made these trades", hint).into());
        }
    };
    let id = match connection {
        None => {
            let label = label(path, &known);
            let quiet = ["quotes", "history"].map(|stream| (stream.to_string(), "off".to_string()));
            let settings = folder.into_iter().chain(quiet).collect();
            let (credentials, owner, sync_interval_min) = (Default::default(), None, None);
            let new =
                NewConnection { provider: "binance".into(), label, settings, credentials, owner, sync_interval_min };
            let added = connect::add(&mut client, &new).await?;
            say!("added `{}` (binance) for the trades of {}", shown(&added.label), shown(&path.to_string_lossy()));
            let label = quoted(&added.label);
            say!(
                "to go on from there: foliosync connect edit {label} --credential api_key=@FILE --credential api_secret=@FILE"
            );
            added.id
        }
        Some(one) if one.provider != "binance" => {
            let message = format!("`{}` is no connection to Binance", shown(&one.label));
            return Err(Failure::input(message, "name one that is with --into").into());
        }
        Some(one) if is_here(one) => {
            say!("`{}` reads them already", shown(&one.label));
            one.id
        }
        Some(one) => {
            if let Some(other) = one.settings.get(EXPORTS) {
                let message = format!("`{}` reads exported files from {} already", shown(&one.label), shown(other));
                return Err(Failure::input(message, "put the files there, and sync it").into());
            }
            connect::set(&mut client, one.id, folder).await?;
            say!("`{}` reads the trades of {}, too", shown(&one.label), shown(&path.to_string_lossy()));
            one.id
        }
    };
    finish(&mut client, SyncAsk { connections: vec![id], ..SyncAsk::default() }).await
}

async fn finish(client: &mut Client, ask: SyncAsk) -> anyhow::Result<Done> {
    let known = connections(client).await?;
    let summary = sync(client, ask, Progress::new()).await?;
    summary.print(&known);
    Ok(if summary.is_well() { Done::Well } else { Done::WithFailures })
}

/// The connection of a folder, added where there is none.
async fn connect(client: &mut Client, found: &Found) -> anyhow::Result<Connection> {
    let known = connections(client).await?;
    if let Some(connection) = known.iter().find(|connection| is_at(connection, found.provider, &found.folder)) {
        say!("`{}` is connected already", shown(&connection.label));
        return Ok(connection.clone());
    }
    let new = NewConnection {
        provider: found.provider.into(),
        label: label(&found.folder, &known),
        settings: BTreeMap::from([("path".to_string(), found.folder.to_string_lossy().into_owned())]),
        credentials: Default::default(),
        owner: None,
        sync_interval_min: None,
    };
    let added = connect::add(client, &new).await?;
    say!("added `{}` ({}): {}", shown(&added.label), found.provider, shown(&new.settings["path"]));
    Ok(added)
}

fn is_at(connection: &Connection, provider: &str, folder: &Path) -> bool {
    let place = connection.settings.get("path").map(PathBuf::from);
    connection.provider == provider
        && place.is_some_and(|place| place == folder || fs::canonicalize(place).is_ok_and(|real| real == folder))
}

/// The folder's name, with a number where another connection bears it.
fn label(folder: &Path, known: &[Connection]) -> String {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let clean: String = name.chars().filter(|letter| !letter.is_control()).take(LABEL_CHARS_MAX - 4).collect();
    let clean = clean.trim_matches(|letter: char| letter == '-' || letter.is_whitespace());
    let base = if clean.is_empty() { "folder" } else { clean };
    let is_free = |label: &String| !known.iter().any(|connection| connection.label == *label);
    let numbered = (2..).map(|number| format!("{base}-{number}"));
    std::iter::once(base.to_string()).chain(numbered).find(is_free).unwrap_or_default()
}

fn real(given: &str) -> Result<PathBuf, Failure> {
    let refused =
        |error: std::io::Error| Failure::input(format!("{} cannot be read: {error}", shown(given)), "check the path");
    let path = folder::absolute(given).and_then(fs::canonicalize).map_err(refused)?;
    if !path.is_dir() {
        let hint = path.parent().map(|folder| format!("foliosync import {}", quoted_path(folder)));
        let message = format!("{} is a file; folders are imported", shown(given));
        return Err(Failure::input(message, hint.unwrap_or_default()));
    }
    if path.to_str().is_none() {
        return Err(Failure::input(format!("the path {} is not UTF-8", path.display()), "rename the folder"));
    }
    Ok(path)
}

fn quoted_path(path: &Path) -> String {
    quoted(&path.to_string_lossy())
}
