//! The demo: everything at once on made-up data, and nothing of the user's touched.

use std::fs;
use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{ChildStdout, Command, Stdio};

use rustix::process::Signal;
use serde_json::Value as Json;

use crate::queries::every_question_is_answered;
use crate::world::{Running, World, kill, signal, wait_until};

const LABELS: [&str; 9] =
    ["Trade logs", "Market data", "ECB", "Binance", "OKX", "Alpaca", "Interactive Brokers", "FMP", "Tiingo"];

fn demo(world: &World, args: &[&str]) -> Command {
    let tmp = world.root().join("tmp");
    fs::create_dir_all(&tmp).unwrap();
    let mut command = world.command(&["demo"]);
    command.args(args).env("TMPDIR", tmp);
    command
}

fn folders(world: &World) -> Vec<PathBuf> {
    fs::read_dir(world.root().join("tmp")).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn once_shows_what_every_source_brings_and_leaves_nothing() {
    let world = World::new();
    let ran = demo(&world, &["--once"]).output().unwrap();
    let out = String::from_utf8(ran.stdout).unwrap();
    assert!(ran.status.success(), "{out}{}", String::from_utf8_lossy(&ran.stderr));
    for part in LABELS.iter().chain(&[
        "SYMBOL",
        "BRK.B",
        "BTC",
        "unpriced",
        "NOT_OVER",
        "RATE",
        "EUR",
        "STRATEGY",
        "FRESHNESS",
        "1 updated, 3 unchanged",
        "asked for",
    ]) {
        assert!(out.contains(part), "{part} in {out}");
    }
    assert!(!out.contains("demo-fmp-key") && !out.contains("demo-tiingo-key"), "{out}");
    assert_eq!(folders(&world), [] as [PathBuf; 0]);
    let mut touched: Vec<_> = fs::read_dir(world.root()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    touched.sort();
    assert_eq!(touched, ["blocks", "tmp"], "it has a configuration, a key and a data folder of its own");
}

#[test]
fn what_is_kept_hangs_together() {
    let world = World::new();
    assert!(demo(&world, &["--once", "--keep"]).output().unwrap().status.success());
    let kept = World::at(folders(&world)[0].join("data"));
    let verified = kept.ok(&["verify"]);
    assert!(verified.contains("trade log and daily log agree"), "{verified}");
    assert!(verified.contains("4 of 4 blocks are sound"), "{verified}");
    let unpriced = "SELECT string_agg(symbol, ',') FROM market.symbols \
                    WHERE current_price IS NULL AND kind NOT IN ('cash', 'option')";
    assert_eq!(kept.value(unpriced), "NOSUCH");
    // Options have the broker's price.
    let portfolio: Json = serde_json::from_str(&kept.ok(&["portfolio", "--json"])).unwrap();
    let holders: Vec<_> = portfolio["connections"].as_array().unwrap().iter().map(|one| &one["label"]).collect();
    assert_eq!(holders, ["Binance", "OKX", "Alpaca", "Interactive Brokers"]);
    assert_eq!((&portfolio["total"]["unpriced"], &portfolio["currency"]), (&0.into(), &"USD".into()));
    every_question_is_answered(&kept);
}

#[test]
fn live_it_goes_on_and_others_look_in_until_it_is_stopped() {
    let world = World::new();
    let (mut running, mut lines) = live(&world);
    let data = folders(&world)[0].join("data");
    let guest = World::at(data.clone());
    assert!(guest.ok(&["status"]).contains("Trade logs"));
    guest.ok(&["sync", "Trade logs"]);
    wait_for(&mut lines, "asked for");
    signal(&running, Signal::INT);
    assert!(running.0.wait().unwrap().success());
    assert!(!data.exists());
}

#[test]
fn a_service_that_fails_stops_nothing_else() {
    let world = World::new();
    let (mut running, mut lines) = live(&world);
    let folder = folders(&world).remove(0);
    let config = fs::read_to_string(folder.join("config/config.toml")).unwrap();
    let simulator = config.split("http://").nth(1).unwrap().split('/').next().unwrap();
    let fault = r#"{"provider":"fmp","fault":{"kind":"status","code":401}}"#;
    let mut stream = TcpStream::connect(simulator).unwrap();
    let head = format!("POST /sim/faults HTTP/1.1\r\nhost: {simulator}\r\nconnection: close");
    write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{fault}", fault.len()).unwrap();
    let mut told = String::new();
    stream.read_to_string(&mut told).unwrap();
    assert!(told.starts_with("HTTP/1.1 200"), "{told}");

    let guest = World::at(folder.join("data"));
    // The first may join a run that asked before.
    wait_until("it fails", || guest.run(&["sync"]).code != Some(0));
    wait_for(&mut lines, "does not accept the API key");
    let status = guest.ok(&["status"]);
    for label in LABELS {
        let line = status.lines().find(|line| line.starts_with(label)).unwrap();
        // Another may be syncing again by now.
        let is_well = line.contains("CONNECTED") || line.contains("SYNCING");
        assert_eq!(is_well, label != "FMP", "{status}");
    }
    signal(&running, Signal::INT);
    assert!(running.0.wait().unwrap().success());
}

#[test]
fn its_server_ends_with_it_however_it_ends() {
    let world = World::new();
    let (mut running, lines) = live(&world);
    let guest = World::at(folders(&world)[0].join("data"));
    let server = guest.server_pid().unwrap();
    kill(running.0.id().cast_signed());
    running.0.wait().unwrap();
    drop(lines);
    let server = rustix::process::Pid::from_raw(server).unwrap();
    wait_until("its server is gone", || {
        rustix::process::test_kill_process(server).is_err() || !guest.data().join("serve.json").exists()
    });
}

/// A demo whose first runs are over.
fn live(world: &World) -> (Running, Lines<BufReader<ChildStdout>>) {
    let mut child = demo(world, &[]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let running = Running(child);
    wait_for(&mut lines, "/login#");
    wait_for(&mut lines, "Ctrl-C ends the demo");
    (running, lines)
}

#[track_caller]
fn wait_for(lines: &mut Lines<BufReader<ChildStdout>>, part: &str) {
    let found = lines.any(|line| line.unwrap().contains(part));
    assert!(found, "the demo ended before it said `{part}`");
}
