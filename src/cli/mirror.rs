//! `mirror`: copies of committed rows in other tools. A mirror is a connection; this says it in its own words.

use super::connect::{self, Add as AddConnection, connections};
use super::table::{plain_table, print};
use super::text::shown;
use super::{Context, Done, sync};
use crate::client::Client;
use crate::client::wire::Connection;
use crate::failure::Failure;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Keep tables of another tool equal to yours
    Add(Add),
    /// List mirrors
    List,
    /// Try a mirror out: sign in, look for its base, and write nothing
    Test(Which),
    /// Remove a mirror; what it wrote there stays
    Remove(Remove),
}

#[derive(clap::Args)]
pub struct Add {
    /// Where to copy to: nocodb
    provider: String,
    /// Its name on screen
    #[arg(long)]
    label: String,
    /// Where it answers: https and the name of its host
    #[arg(long)]
    url: String,
    /// Title or id of the base
    #[arg(long)]
    base: String,
    /// Tables with commas between them [default: symbols, price_history, settings]
    #[arg(long)]
    tables: Option<String>,
    /// Another setting, such as decimals=text
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
    /// Its API token: @FILE, env:NAME, or - for standard input; asked for if missing
    #[arg(long = "credential", value_name = "token=@FILE")]
    credentials: Vec<String>,
    /// Minutes between two looks at what is new
    #[arg(long, value_name = "MINUTES")]
    every: Option<i64>,
}

#[derive(clap::Args)]
pub struct Which {
    /// The mirror
    label: String,
}

#[derive(clap::Args)]
pub struct Remove {
    /// The mirror
    label: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub async fn run(command: &Command, context: &Context) -> anyhow::Result<Done> {
    let mut client = context.client().await?;
    match command {
        Command::Add(args) => {
            let given = [("url", Some(&args.url)), ("base", Some(&args.base)), ("tables", args.tables.as_ref())];
            let given = given.into_iter().filter_map(|(key, value)| Some(format!("{key}={}", value?)));
            let added = AddConnection {
                provider: args.provider.clone(),
                label: args.label.clone(),
                settings: given.chain(args.settings.iter().cloned()).collect(),
                credentials: args.credentials.clone(),
                every: args.every,
                owner: None,
            };
            connect::add_given(&mut client, &added).await?;
        }
        Command::List => list(&mut client).await?,
        Command::Test(which) => {
            let found = mirror(&mut client, &which.label).await?;
            return connect::try_out(&mut client, &found).await;
        }
        Command::Remove(args) => {
            let found = mirror(&mut client, &args.label).await?;
            let what = format!("This removes the mirror `{}` and leaves what it wrote there.", shown(&found.label));
            if !args.yes && !connect::confirmed(&what)? {
                say!("nothing was removed");
                return Ok(Done::Well);
            }
            connect::delete(&mut client, found.id, "delete").await?;
            say!("removed `{}`; what it wrote there stays", shown(&found.label));
        }
    }
    Ok(Done::Well)
}

async fn list(client: &mut Client) -> anyhow::Result<()> {
    let mut all = connections(client).await?;
    all.retain(|connection| connection.role == "mirror");
    if all.is_empty() {
        say!("No mirrors yet; add one: foliosync mirror add nocodb --label NAME --url URL --base BASE");
        return Ok(());
    }
    let rows = all.iter().map(|mirror| {
        let setting = |key: &str| shown(mirror.settings.get(key).map_or("", String::as_str));
        let is_on = if mirror.sync_enabled { "on" } else { "off" };
        let every = format!("{} min", mirror.sync_interval_min);
        let label = shown(&mirror.label);
        vec![label, shown(&mirror.provider), is_on.into(), every, setting("url"), setting("base"), setting("tables")]
    });
    print(&plain_table(&["label", "to", "sync", "every", "url", "base", "tables"], rows));
    Ok(())
}

async fn mirror(client: &mut Client, label: &str) -> Result<Connection, Failure> {
    let mut known = connections(client).await?;
    known.retain(|connection| connection.role == "mirror");
    sync::find(label, &known).cloned()
}
