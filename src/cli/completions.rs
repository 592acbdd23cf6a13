//! Completions for shells.

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Cli, Done};

#[derive(clap::Args)]
pub struct Args {
    /// The shell
    shell: Shell,
}

pub fn run(args: &Args) -> anyhow::Result<Done> {
    clap_complete::generate(args.shell, &mut Cli::command(), "foliosync", &mut std::io::stdout());
    Ok(Done::Well)
}
