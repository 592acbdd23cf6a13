//! Other people's clients read the accounts of the simulator, too, and must be told what our program has stored.
//!
//! `scripts/test.sh` installs them. To see what each was told, run with `-- --nocapture third_party`.

mod alpaca;
mod exchanges;
mod ibkr;
mod mcp;
mod table;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::Timestamp;
use serde_json::Value as Json;

use crate::accounts::number;
use crate::world::{Ran, World};

/// What one call answered, or what is stored of it: lines by what tells them apart.
type Lines = BTreeMap<String, String>;

/// Where the clients are; `None` where nobody installed them, which is said.
fn clients() -> Option<PathBuf> {
    let folder = std::env::var_os("FOLIOSYNC_THIRD_PARTY").filter(|folder| !folder.is_empty());
    if folder.is_none() {
        let why = "FOLIOSYNC_THIRD_PARTY does not say where other people's clients are; scripts/test.sh installs them";
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{why}");
        // Past what the test harness keeps to itself.
        let _ = writeln!(std::io::stderr(), "left out: {why}");
    }
    folder.map(PathBuf::from)
}

/// What a script with one of the clients prints.
fn read(clients: &Path, world: &World, script: &str, args: &[&str]) -> Json {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/third-party").join(script);
    let mut command = Command::new("python3");
    command.arg(script).args(args).env("PYTHONPATH", clients).env("no_proxy", "127.0.0.1");
    let Ran { code, out, err } = Ran::of(command.current_dir(world.root()).output().unwrap());
    assert_eq!(code, Some(0), "{args:?}\n{err}");
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
}

/// Rows of the database by the names of their columns.
fn stored(world: &World, sql: &str) -> Vec<Json> {
    let answer: Json = serde_json::from_str(&world.ok(&["query", sql, "--format", "json"])).unwrap();
    let columns: Vec<String> = list(&answer, "columns").iter().map(|column| text(column, "name")).collect();
    let named = |row: &Json| columns.iter().cloned().zip(row.as_array().unwrap().iter().cloned()).collect();
    list(&answer, "rows").iter().map(|row| Json::Object(named(row))).collect()
}

fn list<'a>(object: &'a Json, name: &str) -> &'a Vec<Json> {
    object[name].as_array().unwrap_or_else(|| panic!("no {name} in {object}"))
}

/// What is empty is told as nothing.
fn text(object: &Json, name: &str) -> String {
    object[name].as_str().filter(|text| !text.is_empty()).unwrap_or("-").into()
}

/// An amount in its shortest form, so that equal ones look alike.
fn amount(object: &Json, name: &str) -> String {
    if object[name].is_null() { "-".into() } else { number(&object[name]).to_string() }
}

fn millis(object: &Json, name: &str) -> String {
    let at = object[name].as_i64().unwrap_or_else(|| panic!("no {name} in {object}"));
    Timestamp::from_millisecond(at).unwrap().to_string()
}
