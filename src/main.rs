//! The program `foliosync`: its command line, its API, and the one process that opens the database.
//!
//! It translates and decides nothing: what a sync is and does lives in `crates/engine`.

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
    // reqwest wants it chosen before its first client, also for those that only speak to the Unix socket. Fails only
    // where it was chosen before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    cli::main()
}
