//! The program `foliosync`: its command line, its API, and the one process that opens the database.
//!
//! It translates and decides nothing: what a sync is and does lives in `crates/engine`.

mod api;
#[macro_use]
mod cli;
mod client;
mod config;
mod data_folder;
mod demo;
mod failure;
mod serve;
mod transport;

fn main() -> std::process::ExitCode {
    cli::main()
}
