//! The program `foliosync`: its command line, its API, and the one process that opens the database.
//!
//! It translates and decides nothing: what a sync is and does lives in `crates/engine`.

use foliosync_stores::duckdb::query::{self, QueryProgram};

mod access;
mod api;
mod backup;
#[macro_use]
mod cli;
mod client;
mod config;
mod data_folder;
mod demo;
mod failure;
mod keys;
mod mcp;
mod networks;
mod notify;
mod serve;
mod transport;

fn main() -> std::process::ExitCode {
    // Before anything else, so that such a process has nothing but its task.
    if std::env::args().nth(1).as_deref() == Some(QueryProgram::ARGUMENT) {
        return query::child::serve();
    }
    // reqwest wants it chosen before its first client, also for those that only speak to the Unix socket. Fails only
    // where it was chosen before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    cli::main()
}
