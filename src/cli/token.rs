//! `token`: what programs show to be let in over HTTP.

use jiff::Timestamp;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::table::{plain_table, print};
use super::text::shown;
use super::time::ago;
use super::{Context, Done};
use crate::access::{Scope, Token};
use crate::client::Client;
use crate::failure::Failure;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Make a token and print it, this once
    Add(Add),
    /// List tokens
    List(List),
    /// Remove a token: it opens nothing any more
    Remove(Remove),
}

#[derive(clap::Args, Serialize)]
pub struct Add {
    /// Where it is used, such as grafana
    #[arg(long)]
    label: String,
    /// What it may do
    #[arg(long, value_enum)]
    scope: Scope,
}

#[derive(clap::Args)]
pub struct List {
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub struct Remove {
    /// The token
    label: String,
}

#[derive(Deserialize)]
struct Made {
    secret: String,
}

#[derive(Deserialize)]
struct Tokens {
    tokens: Vec<Token>,
}

pub async fn run(command: &Command, context: &Context) -> anyhow::Result<Done> {
    let mut client = context.client().await?;
    match command {
        Command::Add(args) => {
            say!("{}", add(&mut client, args).await?.secret);
            eprintln!("This is the only time that it is shown.");
        }
        Command::List(args) if args.json => {
            let all: Json = client.get("/api/tokens").await?;
            say!("{}", serde_json::to_string_pretty(&all["tokens"])?);
        }
        Command::List(_) => list(&mut client).await?,
        Command::Remove(args) => {
            let known = tokens(&mut client).await?;
            let Some(token) = known.iter().find(|token| token.label == args.label) else {
                let hint = "`foliosync token list` names them";
                return Err(Failure::input(format!("there is no token `{}`", shown(&args.label)), hint).into());
            };
            remove(&mut client, token.id).await?;
            say!("removed `{}`", shown(&token.label));
        }
    }
    Ok(Done::Well)
}

async fn add(client: &mut Client, args: &Add) -> Result<Made, Failure> {
    loop {
        if let Some(made) = client.change(Method::POST, "/api/tokens", Some(args)).await? {
            return Ok(made);
        }
        // The answer was cut off, and with it a secret that nobody can show again.
        if let Some(lost) = tokens(client).await?.iter().find(|token| token.label == args.label.trim()) {
            remove(client, lost.id).await?;
        }
    }
}

async fn list(client: &mut Client) -> Result<(), Failure> {
    let known = tokens(client).await?;
    if known.is_empty() {
        say!("No tokens yet; make one: foliosync token add --label NAME --scope read");
        return Ok(());
    }
    let now = Timestamp::now();
    let row = |token: &Token| vec![shown(&token.label), token.scope.name().into(), ago(token.created_at, now)];
    print(&plain_table(&["label", "scope", "made"], known.iter().map(row)));
    Ok(())
}

async fn tokens(client: &mut Client) -> Result<Vec<Token>, Failure> {
    Ok(client.get::<Tokens>("/api/tokens").await?.tokens)
}

async fn remove(client: &mut Client, id: i64) -> Result<(), Failure> {
    loop {
        let removed = client.change::<Json>(Method::DELETE, &format!("/api/tokens/{id}"), None::<&()>).await?;
        if removed.is_some() || !tokens(client).await?.iter().any(|token| token.id == id) {
            return Ok(());
        }
    }
}
