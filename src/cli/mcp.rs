//! `mcp`: speaks to a language model's program over standard input and output, or says how to tell that program so.

use std::io::IsTerminal;
use std::path::PathBuf;

use clap::ValueEnum;
use jiff::Timestamp;

use super::text::shown;
use super::{Context, Done};
use crate::access::Scope;
use crate::failure::Failure;
use crate::mcp::install::{ClientProgram, Entry, Written};
use crate::mcp::over_stdio;

#[derive(clap::Args)]
pub struct Args {
    /// Let the model start syncs too; without, it only reads
    #[arg(long)]
    allow_sync: bool,
    /// Print what must stand in a client's configuration, or in every client's
    #[arg(long, value_name = "CLIENT", num_args = 0..=1)]
    install: Option<Option<ClientProgram>>,
    /// Put it into that client's configuration, and keep a copy of what was there
    #[arg(long, requires = "install")]
    write: bool,
}

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<Done> {
    match args.install {
        Some(client) => install(args, client, context),
        None => {
            if std::io::stdin().is_terminal() {
                eprintln!(
                    "This speaks MCP, which programs start for themselves. To tell one so: foliosync mcp --install"
                );
            }
            let scope = if args.allow_sync { Scope::Sync } else { Scope::Read };
            over_stdio(context.config.data_folder(), context.launch()?, scope).await?;
            Ok(Done::Well)
        }
    }
}

fn install(args: &Args, client: Option<ClientProgram>, context: &Context) -> anyhow::Result<Done> {
    let entry = entry(args, context)?;
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    let home = home.ok_or_else(|| Failure::failed("nobody says where your home folder is", "set HOME"))?;
    if !args.write {
        let clients = client.as_ref().map_or(ClientProgram::value_variants(), std::slice::from_ref);
        for client in clients {
            say!("{}: in {}", client.title(), shown(&client.file(&home).display().to_string()));
            say!("{}", client.snippet(&entry));
        }
        if client.is_none() {
            say!("To have one of them written: foliosync mcp --install CLIENT --write");
            say!("Over HTTP, where foliosync serve runs: its address with /mcp at the end, and a token:");
            say!("foliosync token add --label CLIENT --scope read");
        }
        return Ok(Done::Well);
    }
    let Some(client) = client else {
        return Err(Failure::input("--write needs a client", "name one: foliosync mcp --install CLIENT --write").into());
    };
    let file = client.file(&home);
    let place = shown(&file.display().to_string());
    match client.write(&file, &entry, Timestamp::now())? {
        Written::Unchanged => say!("{}: {place} says so already", client.title()),
        Written::New => say!("{}: wrote {place}; restart it", client.title()),
        Written::Changed { backup } => {
            let backup = shown(&backup.display().to_string());
            say!("{}: wrote {place}; restart it\nwhat was there is in {backup}", client.title());
        }
    }
    Ok(Done::Well)
}

/// The data folder is always named: clients start programs with an environment of their own.
fn entry(args: &Args, context: &Context) -> anyhow::Result<Entry> {
    let program = context.launch()?.program.unwrap_or_default();
    let mut given = vec!["mcp".to_string()];
    if args.allow_sync {
        given.push("--allow-sync".into());
    }
    let folder = context.config.data_folder();
    given.extend(["--data-dir".into(), folder.root().display().to_string()]);
    if let Some(file) = &context.config_file {
        given.extend(["--config".into(), file.display().to_string()]);
    }
    Ok(Entry { program, args: given })
}
