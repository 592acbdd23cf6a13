//! The program beside simulated services: what opens the accounts there, and connections that read them.

use std::fs;

use foliosync_engine::model::Decimal;
use foliosync_sim::{Door, Secret, Sim, SimOptions, doors};
use serde_json::Value as Json;

use crate::world::World;

/// A simulator with its accounts, and a world whose configuration leads there.
pub fn simulated() -> (World, Sim) {
    let (world, sim) = (World::new(), Sim::start(SimOptions::default()).unwrap());
    lead(&world, &sim, &["binance", "okx", "alpaca-paper", "ibkr_flex"]);
    (world, sim)
}

/// Leads to these services of the simulator: what stands before a hyphen is the provider.
pub fn lead(world: &World, sim: &Sim, services: &[&str]) {
    let config = |service: &&str| {
        let provider = service.split('-').next().unwrap_or(service);
        format!("[providers.{provider}]\nbase_url = \"{}\"\n", sim.base_url(service))
    };
    let folder = world.root().join(".config/foliosync");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), services.iter().map(config).collect::<String>()).unwrap();
}

/// What opens an account of the simulator: one that signs with HMAC, unless `nth` says another.
pub fn door(account: &str, nth: usize) -> Door {
    doors().into_iter().filter(|door| door.account.name == account).nth(nth).unwrap()
}

pub fn secret(door: &Door) -> String {
    match &door.credential.secret {
        Secret::Shared(secret) => secret.clone(),
        // RFC 8032's first test key, whose public half the simulator knows.
        Secret::Ed25519(_) => {
            let body = "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g";
            format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
        }
        Secret::None => String::new(),
    }
}

pub const KEYS: [&str; 4] = ["--credential", "api_key=@key", "--credential", "api_secret=@secret"];

/// Lays what opens it into files, which commands read.
pub fn hand(world: &World, door: &Door) {
    fs::write(world.root().join("key"), &door.credential.id).unwrap();
    fs::write(world.root().join("secret"), secret(door)).unwrap();
    fs::write(world.root().join("words"), &door.credential.passphrase).unwrap();
}

/// A connection that reads no prices.
pub fn connect(world: &World, provider: &str, door: &Door, more: &[&str]) {
    hand(world, door);
    let quiet = ["--set", "quotes=off", "--set", "history=off"];
    let credentials: Vec<&str> = match provider {
        "binance" => [&KEYS[..], &quiet].concat(),
        "okx" => [&KEYS[..], &["--credential", "passphrase=@words"], &quiet].concat(),
        "alpaca" => vec!["--credential", "key_id=@key", "--credential", "secret_key=@secret"],
        _ => vec!["--credential", "token=@key"],
    };
    let args = ["connect", "add", provider, "--label", "main"];
    world.ok(&[&args, &credentials[..], more].concat());
}

/// A connection's state, and what it says.
pub fn state(world: &World) -> (String, String) {
    let (_, body) = world.http("GET", "/api/connections", "");
    let all: Json = serde_json::from_str(&body).unwrap();
    let one = &all["connections"][0];
    (one["status"].as_str().unwrap().into(), one["lastSyncError"].as_str().unwrap_or_default().into())
}

pub fn number(value: &Json) -> Decimal {
    value
        .as_str()
        .map_or_else(|| value.to_string(), String::from)
        .parse()
        .unwrap_or_else(|error| panic!("{value} {error}"))
}
