//! Secrets through the whole program: given, used, never seen again; other keys; backups.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use foliosync_sim::{Plan, Sim, SimOptions};
use insta::assert_snapshot;
use serde_json::Value as Json;

use crate::world::{Ran, World, wait_until};

const SECRET: &str = "s3cret-that-is-nowhere-1f0e";
const KEY: &str = "0101010101010101010101010101010101010101010101010101010101010101";
const OTHER_KEY: &str = "0202020202020202020202020202020202020202020202020202020202020202";

/// A simulator that knows the secret.
fn simulator() -> Sim {
    let sim = Sim::start(SimOptions::default()).unwrap();
    sim.add_key("fmp", SECRET, Plan::fmp_premium());
    sim
}

/// A world whose configuration leads to the simulator.
fn simulated() -> (World, Sim) {
    let (world, sim) = (World::new(), simulator());
    configure(&world, &sim, "");
    (world, sim)
}

fn configure(world: &World, sim: &Sim, more: &str) {
    let folder = world.root().join(".config/foliosync");
    fs::create_dir_all(&folder).unwrap();
    let file = format!("{more}[providers.fmp]\nbase_url = \"{}\"\n", sim.base_url("fmp"));
    fs::write(folder.join("config.toml"), file).unwrap();
}

fn add_keyed(world: &World) {
    fs::write(world.root().join("secret.txt"), format!("{SECRET}\n")).unwrap();
    world.ok(&["connect", "add", "fmp", "--label", "prices", "--credential", "api_key=@secret.txt"]);
    fs::remove_file(world.root().join("secret.txt")).unwrap();
}

/// Runs a command of a server that is found or started with this key in its environment.
fn with_key(world: &World, key: &str, args: &[&str]) -> Ran {
    Ran::of(world.command(args).env("FOLIOSYNC_KEY", key).output().unwrap())
}

fn stop_server(world: &World) {
    let pid = world.server_pid();
    world.kill_server();
    wait_until("it is gone", || {
        pid.is_none() || !Path::new(&format!("/proc/{}/stat", pid.unwrap())).exists() || is_zombie(pid)
    });
}

fn is_zombie(pid: Option<i32>) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.unwrap_or_default())).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'))
}

fn get(world: &World, path: &str) -> Json {
    serde_json::from_str(&world.http("GET", path, "").1).unwrap()
}

fn connection(world: &World) -> Json {
    get(world, "/api/connections")["connections"][0].clone()
}

fn every_file_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                files.push(entry.path());
            }
        }
    }
    files
}

#[test]
fn a_secret_is_nowhere_once_it_was_given() {
    let (world, sim) = (World::new(), simulator());
    configure(&world, &sim, "log = 'trace'\n");
    add_keyed(&world);
    let mut said = vec![world.ok(&["connect", "list"]), world.ok(&["connect", "list", "--json"])];
    said.extend(
        [&["sync"][..], &["status"], &["doctor"], &["connect", "list"]].map(|args| format!("{:?}", world.run(args))),
    );
    // Wherever it is put by mistake, it is not said back.
    for (method, path, body) in [
        (
            "POST",
            "/api/connections",
            format!(r#"{{"provider":"fmp","label":"x","settings":{{"api_key":"{SECRET}"}}}}"#),
        ),
        ("POST", "/api/connections", format!(r#"{{"provider":"fmp","label":"x","settings":"{SECRET}"}}"#)),
        ("POST", "/api/connections", format!(r#"{{"provider":"fmp","label":"x","credentials":"{SECRET}"}}"#)),
        ("POST", "/api/connections", format!(r#"{{"provider":"fmp","label":"x","credentials":["{SECRET}"]}}"#)),
        (
            "POST",
            "/api/connections",
            format!(r#"{{"provider":"fmp","label":"x","credentials":{{"api_key":["{SECRET}"]}}}}"#),
        ),
        ("POST", "/api/connections", format!(r#"{{"provider":"fmp","label":"x","credentials":{{"key":"{SECRET}"}}}}"#)),
        (
            "POST",
            "/api/connections",
            format!(r#"{{"provider":"fmp","label":"prices","credentials":{{"api_key":"{SECRET}"}}}}"#),
        ),
        ("PATCH", "/api/connections/1", format!(r#"{{"credentials":{{"api_key":"{SECRET}"}}}}"#)),
        ("PATCH", "/api/connections/1", format!(r#"{{"credentials":{{"api_key":"{}"}}}}"#, SECRET.repeat(400))),
        ("POST", "/api/rekey", format!(r#"{{"key":"{SECRET}"}}"#)),
        ("GET", "/api/connections", String::new()),
        ("GET", "/api/connections/1", String::new()),
        ("GET", "/api/events", String::new()),
        ("GET", "/api/runs", String::new()),
        ("GET", "/api/key", String::new()),
    ] {
        let (head, body) = world.http(method, path, &body);
        said.push(format!("{method} {path}: {head} {body}"));
    }
    let credential = format!("api_key={SECRET}");
    said.push(world.said(&["connect", "edit", "prices", "--credential", &credential]));
    said.push(world.said(&["connect", "edit", "prices", "--credential", SECRET]));
    said.push(world.said(&["connect", "edit", "prices", "--credential", &format!("{credential}=@secret.txt")]));
    for said in said {
        assert!(!said.contains(SECRET), "{said}");
    }
    world.ok(&["backup", "kept"]);
    let files = every_file_below(world.root());
    let is_named = |name: &str| files.iter().any(|file| file.ends_with(name));
    for name in ["data/foliosync.duckdb", "data/credentials.json", "data/serve.log", "kept/credentials.json"] {
        assert!(is_named(name), "{name} is looked at");
    }
    for file in files {
        let bytes = fs::read(&file).unwrap();
        assert!(!bytes.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()), "{}", file.display());
    }
    for private in ["data/credentials.json", ".config/foliosync/key", "kept/credentials.json", "kept/foliosync.duckdb"]
    {
        let mode = fs::metadata(world.root().join(private)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{private}");
    }
}

#[test]
fn secrets_are_taken_from_files_variables_and_pipes() {
    let (world, _sim) = simulated();
    add_keyed(&world);
    let set_at = || connection(&world)["credentials"]["api_key"]["setAt"].as_str().unwrap().to_string();
    let first = set_at();
    let mut edit = world.command(&["connect", "edit", "prices", "--credential", "api_key=env:PRICES_KEY"]);
    assert!(edit.env("PRICES_KEY", "other").status().unwrap().success());
    let second = set_at();
    assert!(second > first, "{second}");
    let mut edit = world.command(&["connect", "edit", "prices", "--credential", "api_key=-"]);
    let mut edit = edit.stdin(Stdio::piped()).spawn().unwrap();
    edit.stdin.take().unwrap().write_all(b"third\n").unwrap();
    assert!(edit.wait().unwrap().success());
    assert!(set_at() > second);

    let said = |args: &[&str]| world.said(&[&["connect"], args].concat());
    assert_snapshot!(said(&["add", "fmp", "--label", "x"]), @r"
    error: fmp needs the credential `api_key`: From the dashboard at financialmodelingprep.com
      give it with --credential api_key=@FILE, --credential api_key=env:NAME, or --credential api_key=- from standard input
    exit 2
    ");
    assert_snapshot!(said(&["edit", "prices", "--credential", "api_key=abc"]), @r"
    error: the credential `api_key` was given on the command line
      every program on this machine can read it there, and the shell keeps it; if it is real, replace it.
      give it with --credential api_key=@FILE, --credential api_key=env:NAME, or --credential api_key=- from standard input
    exit 2
    ");
    assert_snapshot!(said(&["edit", "prices", "--credential", "abc"]), @r"
    error: --credential was given without KEY=
      for example: --credential api_key=@FILE
    exit 2
    ");
    assert_snapshot!(said(&["edit", "prices", "--credential", "api_key=@nowhere"]), @r"
    error: the credential `api_key` cannot be read from ROOT/nowhere: No such file or directory (os error 2)
    exit 2
    ");
    assert_snapshot!(said(&["edit", "prices", "--credential", "api_key=env:NOT_SET"]), @r"
    error: the credential `api_key` cannot be read from the variable NOT_SET: it is not set
    exit 2
    ");
    assert_snapshot!(said(&["edit", "prices", "--erase-credential", "api_key"]), @r"
    error: fmp needs the credential `api_key`
      API key: From the dashboard at financialmodelingprep.com
    exit 2
    ");
    fs::write(world.root().join("x"), "x").unwrap();
    assert_snapshot!(said(&["edit", "prices", "--credential", "apikey=@x"]), @r"
    error: fmp has no credential `apikey`
      did you mean `api_key`? fmp takes: api_key
    exit 2
    ");
    assert_snapshot!(said(&["add", "tradelog", "--label", "x", "--set", "path=blocks", "--credential", "key=@x"]), @r"
    error: tradelog has no credential `key`
      tradelog takes: none
    exit 2
    ");
}

#[test]
fn with_a_wrong_key_it_says_which_and_the_rest_goes_on() {
    let (world, _sim) = simulated();
    world.write_block("condor", 3, 0);
    with_key(&world, KEY, &["status"]);
    add_keyed(&world);
    world.connect();
    stop_server(&world);

    let synced = with_key(&world, OTHER_KEY, &["sync"]);
    assert_snapshot!(world.plain(&synced.out), @r"
    blocks
      updated   condor: 3 trades
    failed: prices: locked: the credentials were sealed with the key 5d0c1c55, and the key in FOLIOSYNC_KEY is 0fd2eef3; start the server with the right key
    1 updated, 0 unchanged, 1 failed
    ");
    assert_eq!(world.value("SELECT count(*) FROM trades.trade_data"), 3);
    let keyed = connection(&world);
    assert_eq!(keyed["status"], "NEEDS_ATTENTION");
    assert_snapshot!(keyed["lastSyncError"].as_str().unwrap(), @"locked: the credentials were sealed with the key 5d0c1c55, and the key in FOLIOSYNC_KEY is 0fd2eef3; start the server with the right key");
    assert_snapshot!(world.said(&["connect", "edit", "prices", "--erase-credential", "api_key"]), @r"
    error: fmp needs the credential `api_key`
      API key: From the dashboard at financialmodelingprep.com
    exit 2
    ");
    fs::write(world.root().join("new"), "new").unwrap();
    assert_snapshot!(world.said(&["connect", "edit", "prices", "--credential", "api_key=@new"]), @r"
    error: credentials are locked: the credentials were sealed with the key 5d0c1c55, and the key in FOLIOSYNC_KEY is 0fd2eef3
      give the server that key and start it again; if it is lost for good, `foliosync rekey --lost` erases the credentials that were sealed with it
    exit 2
    ");
    assert_snapshot!(world.said(&["rekey"]), @r"
    error: the key comes from the environment, so no other can be made for it
      write a new key to a file (openssl rand -base64 32), and name it with --key-file
    exit 2
    ");
    let doctor = world.run(&["doctor"]);
    assert_eq!(doctor.code, Some(1));
    assert!(
        doctor.out.contains("PROBLEM  credentials are locked: the credentials were sealed with the key"),
        "{doctor:?}"
    );
    stop_server(&world);

    // No key at all: none is made, since none would open what is there.
    world.ok(&["connect", "list"]);
    assert_snapshot!(world.plain(get(&world, "/api/key")["why"].as_str().unwrap()), @"the credentials were sealed with the key 5d0c1c55, and it is not here: FOLIOSYNC_KEY and FOLIOSYNC_KEY_FILE are not set, and there is no ROOT/.config/foliosync/key");
    assert!(!world.root().join(".config/foliosync/key").exists());
    stop_server(&world);

    with_key(&world, KEY, &["connect", "list"]);
    assert!(connection(&world)["nextAttemptAt"].is_string(), "it goes on by itself");
    assert_eq!(with_key(&world, KEY, &["sync"]).code, Some(0));
    assert_eq!(connection(&world)["status"], "CONNECTED");
    stop_server(&world);

    with_key(&world, OTHER_KEY, &["connect", "list"]);
    assert_snapshot!(world.plain(&world.said(&["rekey", "--lost"])), @r"
    the credentials that no key opened are erased; give them again: foliosync connect edit
    0 credentials are sealed with the key 0fd2eef3 now
    FOLIOSYNC_KEY must hold that key when the server starts again
    exit 0
    ");
}

#[test]
fn a_new_key_takes_over_while_it_runs_and_at_the_next_start() {
    let (world, _sim) = simulated();
    add_keyed(&world);
    world.ok(&["backup", "before"]);
    let folder = world.root().join(".config/foliosync");
    let old = fs::read_to_string(folder.join("key")).unwrap();
    let id = || get(&world, "/api/key")["keyId"].as_str().unwrap().to_string();
    let old_id = id();
    let said = world.ok(&["rekey"]);
    let new_id = id();
    assert_ne!(new_id, old_id);
    assert_snapshot!(world.plain(&said).replace(&new_id, "ID"), @r"
    1 credential is sealed with the key ID now
    it is in ROOT/.config/foliosync/key; older backups need the old one, which is kept beside it
    ");
    assert_eq!(fs::read_to_string(folder.join(format!("key.{old_id}"))).unwrap(), old);
    world.ok(&["sync"]);
    stop_server(&world);
    world.ok(&["sync"]);
    assert_eq!((id(), &connection(&world)["status"]), (new_id, &Json::from("CONNECTED")));

    fs::write(world.root().join("given"), OTHER_KEY).unwrap();
    world.ok(&["rekey", "--key-file", "given"]);
    let is_key = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().starts_with("key");
    let keys = fs::read_dir(&folder).unwrap().map(Result::unwrap).filter(is_key);
    assert_eq!(keys.count(), 3, "each key is kept");
    fs::write(world.root().join("given"), "no key").unwrap();
    assert_snapshot!(world.said(&["rekey", "--key-file", "given"]), @r"
    error: given cannot be used: it is no key: a key is 32 bytes in base64 (44 letters) or hexadecimal digits (64)
    exit 2
    ");
    world.ok(&["sync"]);

    // A backup of before finds its key beside the new one.
    let earlier = World::at(world.root().join("earlier"));
    let config = world.root().join(".config");
    let run = |args: &[&str]| Ran::of(earlier.command(args).env("XDG_CONFIG_HOME", &config).output().unwrap());
    let before = world.root().join("before");
    let restored = run(&["restore", before.to_str().unwrap()]);
    assert!(
        restored.out.contains(&format!(
            "its credentials open with the key in {}/key.{old_id}",
            config.join("foliosync").display()
        )),
        "{restored:?}"
    );
    assert_eq!(run(&["sync"]).code, Some(0));
}

#[test]
fn a_key_from_the_environment_is_changed_there_too() {
    let (world, _sim) = simulated();
    with_key(&world, KEY, &["status"]);
    add_keyed(&world);
    assert_snapshot!(world.said(&["rekey"]), @r"
    error: the key comes from the environment, so no other can be made for it
      write a new key to a file (openssl rand -base64 32), and name it with --key-file
    exit 2
    ");
    fs::write(world.root().join("given"), OTHER_KEY).unwrap();
    assert_snapshot!(world.said(&["rekey", "--key-file", "given"]), @r"
    1 credential is sealed with the key 0fd2eef3 now
    FOLIOSYNC_KEY must hold that key when the server starts again
    exit 0
    ");
    world.ok(&["sync"]);
    stop_server(&world);
    assert_eq!(with_key(&world, OTHER_KEY, &["sync"]).code, Some(0));
}

#[test]
fn a_backup_of_a_server_at_work_comes_up_elsewhere() {
    let (world, sim) = simulated();
    for nth in 0..60 {
        world.write_block(&format!("block-{nth:02}"), 200, nth);
    }
    world.connect();
    add_keyed(&world);
    let mut sync = world.spawn(&["sync", "blocks"]);
    for nth in 0..4 {
        world.ok(&["backup", &format!("kept-{nth}")]);
    }
    wait_until("the sync ends", || sync.0.try_wait().unwrap().is_some());
    world.ok(&["backup", "kept"]);
    let said = world.said(&["backup", "kept"]);
    assert_snapshot!(said, @r"
    error: ROOT/kept exists already
      name a folder that is not there yet; backups are never written over
    exit 2
    ");

    let everything = "SELECT block_id, count(*), sum(pl) FROM trades.trade_data GROUP BY ALL ORDER BY ALL";
    let rows = world.rows(everything);
    assert_eq!(rows.len(), 60);
    for name in ["kept-0", "kept-1", "kept-2", "kept-3", "kept"] {
        let elsewhere = World::at(world.root().join(format!("{name}-data")));
        configure(&elsewhere, &sim, "");
        elsewhere.ok(&["restore", world.root().join(name).to_str().unwrap()]);
        if name == "kept" {
            assert_eq!(elsewhere.rows(everything), rows);
        }
        // Whatever had landed, whole blocks and no block twice; and the rest is read from there on.
        let whole = "SELECT count(*) FROM (SELECT block_id FROM trades.trade_data GROUP BY ALL HAVING count(*) <> 200)";
        assert_eq!(elsewhere.value(whole), 0, "{name}");
        assert_eq!(elsewhere.run(&["status"]).code, Some(0));
        // Its key is in another place: this world has a home of its own.
        elsewhere.run(&["sync"]);
        assert_eq!(elsewhere.rows(everything), rows);
        let views = get(&elsewhere, "/api/connections");
        let keyed =
            views["connections"].as_array().unwrap().iter().find(|view| view["label"] == "prices").unwrap().clone();
        assert_eq!(keyed["status"], "NEEDS_ATTENTION");
        assert!(keyed["lastSyncError"].as_str().unwrap().starts_with("locked: "), "{keyed}");
        stop_server(&elsewhere);
        let key = world.root().join(".config/foliosync/key");
        let mut with_key = elsewhere.command(&["sync", "prices"]);
        assert!(with_key.env("FOLIOSYNC_KEY_FILE", key).output().unwrap().status.success(), "with the key it works");
    }
    let full = World::at(world.root().join("kept-data"));
    assert_snapshot!(world.plain(&full.said(&["restore", world.root().join("kept").to_str().unwrap()])), @r"
    error: the data folder ROOT/kept-data is not empty
      choose another with --data-dir, or move what is there away
    exit 2
    ");
    assert_snapshot!(world.said(&["--data-dir", "new", "restore", "blocks"]), @r"
    error: ROOT/blocks is no backup: ROOT/blocks/backup.json: No such file or directory (os error 2)
      give a folder that `foliosync backup` made
    exit 2
    ");
    assert!(!world.root().join("new").exists());
}
