//! The command line: one file per command. Each asks the server and shows its answer.

#[macro_use]
mod terminal;

mod completions;
pub mod connect;
pub mod credential;
mod doctor;
mod export;
mod folder;
mod import;
mod instruments;
pub mod login;
mod mcp;
mod migrate;
mod mirror;
pub mod portfolio;
mod prices;
pub mod query;
mod reconcile;
mod safety;
mod serve;
pub mod status;
mod summary;
pub mod sync;
mod table;
pub mod text;
mod time;
mod token;
mod verify;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::client::{Client, Launch};
use crate::config::{Config, Flags};
use crate::demo;
use crate::failure::{EXIT_FAILED, Failure};
use text::shown_lines;

pub use instruments::encoded;
pub use summary::Summary;
pub use terminal::{Progress, line};

const EVERYWHERE: &str = "Options of every command";

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  something failed: items of a sync, a check of verify or doctor, or the server
  2  what was given is wrong; nothing was written";

#[derive(Parser)]
#[command(
    name = "foliosync",
    version,
    about = "Keeps portfolio data fresh in one database that you own",
    after_help = EXIT_CODES,
    disable_help_subcommand = true
)]
struct Cli {
    /// Folder of the database [default: ~/.local/share/foliosync] [env: FOLIOSYNC_DATA_DIR]
    #[arg(long, global = true, value_name = "DIR", help_heading = EVERYWHERE)]
    data_dir: Option<PathBuf>,
    /// Configuration file [default: ~/.config/foliosync/config.toml]
    #[arg(long, global = true, value_name = "FILE", help_heading = EVERYWHERE, env = "FOLIOSYNC_CONFIG", hide_env_values = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show foliosync at work on made-up data in a temporary folder
    Demo(demo::Args),
    /// Add what is in a folder, whatever it is, and sync it
    Import(import::Args),
    /// Read what changed: folders, prices, rates
    Sync(sync::Args),
    /// Show how fresh everything is, and what is wrong
    Status(status::Args),
    /// Add, list, change and remove connections
    #[command(subcommand)]
    Connect(connect::Command),
    /// Keep tables of another tool equal to yours
    #[command(subcommand)]
    Mirror(mirror::Command),
    /// Say what is to be priced, and under which name its prices are found
    #[command(subcommand)]
    Instruments(instruments::Command),
    /// Show the last known prices, how old they are, and what lacks one
    Prices(prices::Args),
    /// Show everything that is held, what it is worth, and what is not known about that
    Portfolio(portfolio::Args),
    /// Ask the database with SQL
    Query(query::Args),
    /// Bring the copy of the database up to date that other programs may open, and print its path
    Snapshot(export::Snapshot),
    /// Write tables as Parquet or CSV files
    Export(export::Args),
    /// Let a language model's program read, over the Model Context Protocol
    Mcp(mcp::Args),
    /// Check stored data against itself: profits, daily values, which files belong together
    Verify(verify::Args),
    /// Compare what fills and flows come to with what accounts say they hold
    Reconcile(reconcile::Args),
    /// Look for what is wrong with this installation, and say how to mend it
    Doctor,
    /// Serve a data folder until stopped; other commands start a server by themselves where none runs
    Serve(serve::Args),
    /// Sync beside a server that keeps its data in PostgreSQL, on this machine or another
    Worker(serve::WorkerArgs),
    /// Print a link that signs a browser in, once
    Login,
    /// Make, list and remove the tokens that programs use over HTTP
    #[command(subcommand)]
    Token(token::Command),
    /// Copy the database, the sealed credentials and the tokens into a new folder, while everything goes on
    Backup(safety::Backup),
    /// Put a backup into an empty data folder
    Restore(safety::Restore),
    /// Move everything into a PostgreSQL database; what breaks off goes on where it was
    Migrate(migrate::Args),
    /// Seal all credentials with a new key
    Rekey(safety::Rekey),
    /// Print completions for a shell
    Completions(completions::Args),
}

/// Whether everything a command found was as it should be.
pub enum Done {
    Well,
    /// It was told what is wrong already.
    WithFailures,
}

/// What every command gets.
pub struct Context {
    pub config: Config,
    config_file: Option<PathBuf>,
}

impl Context {
    pub async fn client(&self) -> Result<Client, Failure> {
        Client::connect(self.config.data_folder(), self.launch()?).await
    }

    pub fn launch(&self) -> Result<Launch, Failure> {
        let program = std::env::current_exe()
            .map_err(|error| Failure::failed(format!("this program does not know where it is: {error}"), ""))?;
        Ok(Launch { program: Some(program), config: self.config_file.clone() })
    }
}

pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(Done::Well) => ExitCode::SUCCESS,
        Ok(Done::WithFailures) => ExitCode::from(EXIT_FAILED),
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let failure = Failure::of(&error);
            eprintln!("error: {}", shown_lines(&failure.message));
            if !failure.hint.is_empty() {
                eprintln!("  {}", shown_lines(&failure.hint).replace('\n', "\n  "));
            }
            ExitCode::from(failure.exit)
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<Done> {
    if let Command::Completions(args) = &cli.command {
        return completions::run(args);
    }
    let (listen, store) = match &cli.command {
        Command::Serve(args) => (args.listen.clone(), args.store.clone()),
        Command::Worker(args) => (None, args.store.clone()),
        _ => (None, None),
    };
    let flags = Flags { data_dir: cli.data_dir, config: cli.config, listen, store };
    let config_file = flags.config.as_ref().map(std::path::absolute).transpose()?;
    if let Command::Worker(_) = &cli.command {
        return serve::work(Config::load(&flags)?);
    }
    // Loads its configuration itself: `serve --auto` reports whatever fails to the command that started it.
    if let Command::Serve(args) = &cli.command {
        return serve::run(args, || Config::load(&flags));
    }
    let context = Context { config: Config::load(&flags)?, config_file };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match &cli.command {
            Command::Demo(args) => demo::run(args, &context).await,
            Command::Import(args) => import::run(args, &context).await,
            Command::Sync(args) => sync::run(args, &context).await,
            Command::Status(args) => status::run(args, &context).await,
            Command::Connect(command) => connect::run(command, &context).await,
            Command::Mirror(command) => mirror::run(command, &context).await,
            Command::Instruments(command) => instruments::run(command, &context).await,
            Command::Prices(args) => prices::run(args, &context).await,
            Command::Portfolio(args) => portfolio::run(args, &context).await,
            Command::Reconcile(args) => reconcile::run(args, &context).await,
            Command::Query(args) => query::run(args, &context).await,
            Command::Mcp(args) => mcp::run(args, &context).await,
            Command::Verify(args) => verify::run(args, &context).await,
            Command::Doctor => doctor::run(&context).await,
            Command::Snapshot(args) => export::snapshot(args, &context).await,
            Command::Export(args) => export::run(args, &context).await,
            Command::Backup(args) => safety::backup(args, &context).await,
            Command::Restore(args) => safety::restore(args, &context),
            Command::Migrate(args) => migrate::run(args, &context).await,
            Command::Rekey(args) => safety::rekey(args, &context).await,
            Command::Login => login::run(&context).await,
            Command::Token(command) => token::run(command, &context).await,
            Command::Serve(_) | Command::Worker(_) | Command::Completions(_) => Ok(Done::Well),
        }
    })
}

/// `foliosync query … | head` is no failure.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
