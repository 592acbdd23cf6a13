//! What is given wrong is refused with what would be right, with exit code 2, and nothing is written.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;

use crate::world::World;

#[test]
fn connections_are_checked_before_anything_is_written() {
    let world = World::new();
    fs::write(world.root().join("file"), "").unwrap();
    let add = |rest: &[&str]| world.said(&[&["connect", "add"], rest].concat());
    assert_snapshot!(add(&["tradlog", "--label", "x"]), @r"
    error: there is no provider `tradlog`
      did you mean `tradelog`? there are: tradelog, market_csv, fmp, tiingo, ecb, binance, okx, alpaca, ibkr_flex, nocodb
    exit 2
    ");
    assert_snapshot!(add(&["tradelog", "--label", "x"]), @r"
    error: tradelog needs the setting `path`
      Folder: The folder that holds a subfolder for each block, as an absolute path
    exit 2
    ");
    assert_snapshot!(add(&["tradelog", "--label", "x", "--set", "pth=blocks"]), @r"
    error: tradelog has no setting `pth`
      did you mean `path`? tradelog takes: path
    exit 2
    ");
    assert_snapshot!(add(&["tradelog", "--label", "x", "--set", "path"]), @r"
    error: --set path is not KEY=VALUE
      for example: --set path=/srv/trades
    exit 2
    ");
    assert_snapshot!(add(&["tradelog", "--label", "x", "--set", "path=nowhere"]), @r"
    error: the folder ROOT/nowhere does not exist
      The folder that holds a subfolder for each block, as an absolute path
    exit 2
    ");
    assert_snapshot!(add(&["tradelog", "--label", "x", "--set", "path=file"]), @r"
    error: the folder ROOT/file is not a folder
      The folder that holds a subfolder for each block, as an absolute path
    exit 2
    ");
    assert_snapshot!(add(&["tradelog", "--label", " x", "--set", "path=blocks"]), @r"
    error: ` x` cannot be a label
      use 1 to 64 characters, none of them a control character, no - or space in front
    exit 2
    ");
    assert_snapshot!(add(&["tradelog", "--label", "x", "--set", "path=blocks", "--every", "0"]), @r"
    error: tradelog cannot run every 0 minutes
      choose 1 to 1440 minutes
    exit 2
    ");
    assert_snapshot!(world.ok(&["connect", "list"]), @"No connections yet; add one: foliosync import FOLDER");

    world.connect();
    assert_snapshot!(add(&["tradelog", "--label", "blocks", "--set", "path=blocks"]), @r"
    error: another connection is labelled `blocks`; choose another label
      `foliosync connect list` names them
    exit 2
    ");
    assert_snapshot!(world.said(&["connect", "edit", "blocks"]), @r"
    error: nothing was named to change
      name what to change: --label, --set, --credential, --every, --enable or --disable
    exit 2
    ");
    assert_snapshot!(world.said(&["connect", "edit", "block", "--every", "5"]), @r"
    error: there is no connection `block`
      did you mean `blocks`? there are: blocks
    exit 2
    ");
    assert_snapshot!(world.said(&["connect", "remove", "blocks"]), @r"
    error: nobody can be asked whether to remove it
      add --yes to remove it
    exit 2
    ");
    assert_snapshot!(world.said(&["sync", "blcks"]), @r"
    error: there is no connection `blcks`
      did you mean `blocks`? there are: blocks
    exit 2
    ");
    world.ok(&["connect", "edit", "blocks", "--disable"]);
    assert_snapshot!(world.said(&["sync", "blocks"]), @r"
    error: `blocks` is switched off
      switch it on first: foliosync connect edit blocks --enable
    exit 2
    ");
    assert_snapshot!(world.said(&["sync"]), @r"
    error: there is no connection to sync
      add one: foliosync connect add tradelog --label NAME --set path=FOLDER
    exit 2
    ");
    assert_eq!(world.value("SELECT count(*) FROM sync.connections"), 1);
    assert_eq!(world.value("SELECT count(*) FROM sync.requests"), 0);
}

#[test]
fn settings_are_checked_before_a_server_starts() {
    let world = World::new();
    fs::create_dir_all(world.root().join(".config/foliosync")).unwrap();
    let config = world.root().join(".config/foliosync/config.toml");
    fs::write(&config, "run_live_max = 3\n").unwrap();
    assert_snapshot!(world.said(&["status"]), @r"
    error: there is no setting `run_live_max` in ROOT/.config/foliosync/config.toml
      did you mean `runs_live_max`? there are: data_dir, runs_live_max, runs_kept_days, schedules, log, log_format, listen, public_url, trusted_proxies, metrics_open, base_currency, webhook_url, ntfy_url, private_networks, egress, providers
    exit 2
    ");
    fs::write(&config, "log = \"a=b=c\"\n").unwrap();
    assert_snapshot!(world.said(&["status"]), @r#"
    error: log cannot be `a=b=c`: error parsing level filter: expected one of "off", "error", "warn", "info", "debug", "trace", or a number 0-5
      use a level such as info, or targets such as foliosync_engine=debug
    exit 2
    "#);
    fs::remove_file(&config).unwrap();
    assert_snapshot!(world.said(&["status", "--config", "nowhere.toml"]), @r"
    error: there is no configuration file nowhere.toml
      check --config (or FOLIOSYNC_CONFIG)
    exit 2
    ");
    let ran = world.command(&["status"]).env("FOLIOSYNC_RUNS_LIFE_MAX", "3").output().unwrap();
    assert_eq!(ran.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("did you mean `FOLIOSYNC_RUNS_LIVE_MAX`?"));
    assert!(!world.data().exists());
}

#[test]
fn a_folder_full_of_other_things_is_not_taken_over() {
    let world = World::new();
    fs::create_dir(world.data()).unwrap();
    fs::write(world.data().join("letter.txt"), "dear").unwrap();
    fs::set_permissions(world.data(), fs::Permissions::from_mode(0o755)).unwrap();
    assert_snapshot!(world.said(&["status"]), @r"
    error: ROOT/data holds other things and is open to other users
      choose a folder of its own with --data-dir, or close this one: chmod 700 'ROOT/data'
    exit 2
    ");
    assert_eq!(fs::metadata(world.data()).unwrap().permissions().mode() & 0o777, 0o755);
    assert_eq!(fs::read_dir(world.data()).unwrap().count(), 1);
}

#[test]
fn options_are_named_with_the_nearest() {
    let world = World::new();
    assert_snapshot!(world.said(&["sync", "--rehsh"]), @r"
    error: unexpected argument '--rehsh' found

      tip: a similar argument exists: '--rehash'

    Usage: foliosync sync --rehash [LABEL]...

    For more information, try '--help'.
    exit 2
    ");
    assert_snapshot!(world.said(&["stats"]), @r"
    error: unrecognized subcommand 'stats'

      tip: a similar subcommand exists: 'status'

    Usage: foliosync [OPTIONS] <COMMAND>

    For more information, try '--help'.
    exit 2
    ");
    assert!(!world.data().exists());
}

#[test]
fn the_help_says_what_exit_codes_mean_and_lists_only_what_there_is() {
    let world = World::new();
    assert_snapshot!(world.ok(&["--help"]), @r"
    Keeps portfolio data fresh in one database that you own

    Usage: foliosync [OPTIONS] <COMMAND>

    Commands:
      demo         Show foliosync at work on made-up data in a temporary folder
      import       Add what is in a folder, whatever it is, and sync it
      sync         Read what changed: folders, prices, rates
      status       Show how fresh everything is, and what is wrong
      connect      Add, list, change and remove connections
      mirror       Keep tables of another tool equal to yours
      instruments  Say what is to be priced, and under which name its prices are found
      prices       Show the last known prices, how old they are, and what lacks one
      portfolio    Show everything that is held, what it is worth, and what is not known about that
      query        Ask the database with SQL
      snapshot     Bring the copy of the database up to date that other programs may open, and print its
                   path
      export       Write tables as Parquet or CSV files
      mcp          Let a language model's program read, over the Model Context Protocol
      verify       Check stored data against itself: profits, daily values, which files belong together
      reconcile    Compare what fills and flows come to with what accounts say they hold
      doctor       Look for what is wrong with this installation, and say how to mend it
      serve        Serve a data folder until stopped; other commands start a server by themselves where
                   none runs
      worker       Sync beside a server that keeps its data in PostgreSQL, on this machine or another
      login        Print a link that signs a browser in, once
      token        Make, list and remove the tokens that programs use over HTTP
      backup       Copy the database, the sealed credentials and the tokens into a new folder, while
                   everything goes on
      restore      Put a backup into an empty data folder
      migrate      Move everything into a PostgreSQL database; what breaks off goes on where it was
      rekey        Seal all credentials with a new key
      completions  Print completions for a shell

    Options:
      -h, --help     Print help
      -V, --version  Print version

    Options of every command:
          --data-dir <DIR>  Folder of the database [default: ~/.local/share/foliosync] [env:
                            FOLIOSYNC_DATA_DIR]
          --config <FILE>   Configuration file [default: ~/.config/foliosync/config.toml] [env:
                            FOLIOSYNC_CONFIG]

    Exit codes:
      0  done
      1  something failed: items of a sync, a check of verify or doctor, or the server
      2  what was given is wrong; nothing was written
    ");
}

#[test]
fn statements_that_cannot_be_answered_are_refused() {
    let world = World::new();
    assert_snapshot!(world.said(&["query", "SELEC 1"]), @r#"
    error: syntax error at or near "SELEC"
      `foliosync query "SHOW ALL TABLES"` lists the tables
    exit 2
    "#);
    assert_snapshot!(world.said(&["query", "DELETE FROM sync.connections"]), @r#"
    error: only one statement that reads is allowed: SELECT, FROM, WITH, VALUES, DESCRIBE, SHOW, SUMMARIZE
      `foliosync query "SHOW ALL TABLES"` lists the tables
    exit 2
    "#);
    assert_snapshot!(world.said(&["query", ""]), @r#"
    error: the query is empty
      `foliosync query "SHOW ALL TABLES"` lists the tables
    exit 2
    "#);
}
