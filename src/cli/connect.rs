//! `connect`: adding, listing, changing and removing connections.
//!
//! A change that was cut off before its answer is not repeated blindly: first we look whether it happened.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write, stdin};
use std::path::PathBuf;

use foliosync_engine::model::sync::ConnectionId;
use foliosync_engine::nearest::nearest;
use reqwest::Method;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::credential::{self, Credentials};
use super::table::{plain_table, print};
use super::text::{shown, shown_lines};
use super::{Context, Done, folder, sync};
use crate::client::Client;
use crate::client::wire::{Connection, Connections, Probe, Provider, Providers};
use crate::failure::Failure;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Add a connection
    Add(Add),
    /// List connections with their settings
    List(List),
    /// Change a connection; what is not named stays
    Edit(Edit),
    /// Try a connection out: read a little of it and store nothing
    Test(Test),
    /// Remove a connection; its rows stay unless --delete-rows is given
    Remove(Remove),
}

#[derive(clap::Args)]
pub struct Add {
    /// What to pull from, such as tradelog or market_csv
    pub provider: String,
    /// Its name on screen
    #[arg(long)]
    pub label: String,
    /// A setting of the provider, such as path=FOLDER
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<String>,
    /// A secret of the provider: @FILE, env:NAME, or - for standard input; what is missing is asked for
    #[arg(long = "credential", value_name = "KEY=@FILE")]
    pub credentials: Vec<String>,
    /// Minutes between scheduled syncs
    #[arg(long, value_name = "MINUTES")]
    pub every: Option<i64>,
    /// Whose it is: any name, for filters
    #[arg(long)]
    pub owner: Option<String>,
}

#[derive(clap::Args)]
pub struct List {
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub struct Edit {
    /// The connection
    label: String,
    /// Its new name
    #[arg(long = "label", value_name = "NEW")]
    new_label: Option<String>,
    /// A setting of the provider, such as path=FOLDER
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
    /// A secret of the provider: @FILE, env:NAME, or - for standard input
    #[arg(long = "credential", value_name = "KEY=@FILE")]
    credentials: Vec<String>,
    /// Erase a secret that the provider can do without
    #[arg(long = "erase-credential", value_name = "KEY")]
    erase_credentials: Vec<String>,
    /// Minutes between scheduled syncs
    #[arg(long, value_name = "MINUTES")]
    every: Option<i64>,
    /// Switch it on
    #[arg(long, conflicts_with = "disable")]
    enable: bool,
    /// Switch it off: it is not synced, and its rows stay
    #[arg(long)]
    disable: bool,
}

#[derive(clap::Args)]
pub struct Test {
    /// The connection
    label: String,
}

#[derive(clap::Args)]
pub struct Remove {
    /// The connection
    label: String,
    /// Delete its rows too
    #[arg(long)]
    delete_rows: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// What is sent to add a connection.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewConnection {
    pub provider: String,
    pub label: String,
    pub settings: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Credentials::is_empty")]
    pub credentials: Credentials,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_interval_min: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    settings: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Credentials::is_empty")]
    credentials: Credentials,
    #[serde(skip_serializing_if = "Option::is_none")]
    sync_interval_min: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sync_enabled: Option<bool>,
}

pub async fn run(command: &Command, context: &Context) -> anyhow::Result<Done> {
    let mut client = context.client().await?;
    match command {
        Command::Add(args) => {
            add_given(&mut client, args).await?;
        }
        Command::List(args) => list(&mut client, args.json).await?,
        Command::Edit(args) => {
            let edited = edit(&mut client, args).await?;
            let state = if edited.sync_enabled { "" } else { ", switched off" };
            say!("changed `{}` (every {} minutes{state})", shown(&edited.label), edited.sync_interval_min);
        }
        Command::Test(args) => {
            let known = connections(&mut client).await?;
            let connection = sync::find(&args.label, &known)?;
            return try_out(&mut client, connection).await;
        }
        Command::Remove(args) => remove(&mut client, args).await?,
    }
    Ok(Done::Well)
}

pub async fn connections(client: &mut Client) -> Result<Vec<Connection>, Failure> {
    Ok(client.get::<Connections>("/api/connections").await?.connections)
}

/// Adds what the command line describes.
pub async fn add_given(client: &mut Client, args: &Add) -> anyhow::Result<()> {
    let spec = spec(client, &args.provider).await?;
    let settings = settings(&spec, &args.settings)?;
    let mut credentials = credential::given(&args.credentials)?;
    credential::ask_for_missing(&mut credentials, &spec)?;
    let new = NewConnection {
        provider: args.provider.clone(),
        label: args.label.clone(),
        settings,
        credentials,
        owner: args.owner.clone(),
        sync_interval_min: args.every,
    };
    let added = add(client, &new).await?;
    say!("added `{}` ({})", shown(&added.label), shown(&added.provider));
    say!("sync it now: foliosync sync {}", quoted(&added.label));
    Ok(())
}

pub async fn try_out(client: &mut Client, connection: &Connection) -> anyhow::Result<Done> {
    let Probe { ok, message } = test(client, connection.id).await?;
    say!("{}: {}", shown(&connection.label), shown_lines(&message));
    Ok(if ok { Done::Well } else { Done::WithFailures })
}

/// Adds a connection once, however often the server breaks off.
pub async fn add(client: &mut Client, new: &NewConnection) -> Result<Connection, Failure> {
    loop {
        if let Some(added) = client.change(Method::POST, "/api/connections", Some(new)).await? {
            return Ok(added);
        }
        let is_it = |connection: &Connection| {
            connection.label == new.label
                && connection.provider == new.provider
                && connection.settings == new.settings
                && connection.owner == new.owner
        };
        if let Some(added) = connections(client).await?.into_iter().find(is_it) {
            return Ok(added);
        }
    }
}

/// Tries a connection out. What is asked of its source counts there, and nothing is stored.
pub async fn test(client: &mut Client, id: ConnectionId) -> Result<Probe, Failure> {
    client.post_again(&format!("{}/test", place(id)), &json!({})).await
}

async fn edit(client: &mut Client, args: &Edit) -> Result<Connection, Failure> {
    let is_switch = args.enable || args.disable;
    let mut credentials = credential::given(&args.credentials)?;
    credentials.erase(&args.erase_credentials);
    let is_setting = !args.settings.is_empty() || !credentials.is_empty();
    if args.new_label.is_none() && !is_setting && args.every.is_none() && !is_switch {
        let hint = "name what to change: --label, --set, --credential, --every, --enable or --disable";
        return Err(Failure::input("nothing was named to change", hint));
    }
    let known = connections(client).await?;
    let before = sync::find(&args.label, &known)?;
    // Of a provider that this version does not have, all but settings can be changed.
    let settings = match args.settings.is_empty() {
        true => BTreeMap::new(),
        false => settings(&spec(client, &before.provider).await?, &args.settings)?,
    };
    let change = Change {
        label: args.new_label.clone(),
        settings,
        credentials,
        sync_interval_min: args.every,
        sync_enabled: is_switch.then_some(args.enable),
    };
    make(client, before.id, &change).await
}

/// Changes settings of a connection and leaves everything else as it is.
pub async fn set(
    client: &mut Client,
    id: ConnectionId,
    settings: BTreeMap<String, String>,
) -> Result<Connection, Failure> {
    let credentials = Credentials::default();
    let change = Change { label: None, settings, credentials, sync_interval_min: None, sync_enabled: None };
    make(client, id, &change).await
}

/// By its id, so making the same change twice comes to the same.
async fn make(client: &mut Client, id: ConnectionId, change: &Change) -> Result<Connection, Failure> {
    loop {
        if let Some(edited) = client.change(Method::PATCH, &place(id), Some(change)).await? {
            return Ok(edited);
        }
    }
}

async fn remove(client: &mut Client, args: &Remove) -> anyhow::Result<()> {
    let known = connections(client).await?;
    let connection = sync::find(&args.label, &known)?;
    let rows = if args.delete_rows { "and deletes all its rows" } else { "and keeps its rows" };
    if !args.yes && !confirmed(&format!("This removes `{}` {rows}.", shown(&connection.label)))? {
        say!("nothing was removed");
        return Ok(());
    }
    let rows = if args.delete_rows { "delete" } else { "keep" };
    delete(client, connection.id, rows).await?;
    let rows = if args.delete_rows { "its rows were deleted" } else { "its rows stay" };
    say!("removed `{}`; {rows}", shown(&connection.label));
    Ok(())
}

/// Removes a connection once; its rows are to `keep` or to `delete`.
pub async fn delete(client: &mut Client, id: ConnectionId, rows: &str) -> Result<(), Failure> {
    let place = format!("{}?rows={rows}", place(id));
    loop {
        let removed = client.change::<Json>(Method::DELETE, &place, None::<&()>).await?;
        if removed.is_some() || !connections(client).await?.iter().any(|other| other.id == id) {
            return Ok(());
        }
    }
}

pub fn confirmed(what: &str) -> anyhow::Result<bool> {
    if !stdin().is_terminal() {
        return Err(Failure::input("nobody can be asked whether to remove it", "add --yes to remove it").into());
    }
    print!("{what} Type yes to go on: ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "yes" | "y"))
}

async fn list(client: &mut Client, json: bool) -> anyhow::Result<()> {
    if json {
        let all: Json = client.get("/api/connections").await?;
        say!("{}", serde_json::to_string_pretty(&all["connections"])?);
        return Ok(());
    }
    let all = connections(client).await?;
    if all.is_empty() {
        say!("No connections yet; add one: foliosync import FOLDER");
        return Ok(());
    }
    let rows = all.iter().map(|connection| {
        let settings: Vec<_> = connection.settings.iter().map(|(key, value)| format!("{key}={value}")).collect();
        vec![
            shown(&connection.label),
            shown(&connection.provider),
            if connection.sync_enabled { "on".into() } else { "off".into() },
            format!("{} min", connection.sync_interval_min),
            shown(connection.owner.as_deref().unwrap_or_default()),
            shown(&settings.join(" ")),
        ]
    });
    print(&plain_table(&["label", "provider", "sync", "every", "owner", "settings"], rows));
    Ok(())
}

fn place(id: ConnectionId) -> String {
    format!("/api/connections/{id}")
}

/// The folders of connections, by the settings that name one.
pub async fn connected_folders(
    client: &mut Client,
    connections: &[&Connection],
) -> Result<Vec<(ConnectionId, PathBuf)>, Failure> {
    let specs = client.get::<Providers>("/api/providers").await?.providers;
    let mut folders = Vec::new();
    for connection in connections {
        let Some(spec) = specs.iter().find(|spec| spec.id == connection.provider) else { continue };
        for setting in spec.settings.iter().filter(|setting| setting.is_folder()) {
            folders.extend(connection.settings.get(&setting.key).map(|path| (connection.id, PathBuf::from(path))));
        }
    }
    Ok(folders)
}

async fn spec(client: &mut Client, provider: &str) -> Result<Provider, Failure> {
    let specs = client.get::<Providers>("/api/providers").await?.providers;
    let ids = || specs.iter().map(|spec| spec.id.as_str());
    let hint = format!("{}there are: {}", nearest(provider, ids()), ids().collect::<Vec<_>>().join(", "));
    let missing = || Failure::input(format!("there is no provider `{}`", shown(provider)), hint);
    specs.iter().find(|spec| spec.id == provider).cloned().ok_or_else(missing)
}

/// `key=value` pairs as settings, folders made absolute: the server runs elsewhere.
fn settings(spec: &Provider, given: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let mut settings = BTreeMap::new();
    for pair in given {
        let Some((key, value)) = pair.split_once('=') else {
            let message = format!("--set {} is not KEY=VALUE", shown(pair));
            return Err(Failure::input(message, "for example: --set path=/srv/trades"));
        };
        let is_folder = spec.settings.iter().any(|setting| setting.key == key && setting.is_folder());
        let value = match is_folder && !value.is_empty() {
            true => folder::absolute(value)
                .map_err(|error| Failure::input(format!("{}: {error}", shown(value)), ""))?
                .to_string_lossy()
                .into_owned(),
            false => value.to_string(),
        };
        if settings.insert(key.to_string(), value).is_some() {
            return Err(Failure::input(format!("--set {} is given twice", shown(key)), "give it once"));
        }
    }
    Ok(settings)
}

/// As it must be typed in a shell.
pub fn quoted(text: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.' | '/');
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_string(),
        false => format!("'{}'", shown(text).replace('\'', "'\\''")),
    }
}
