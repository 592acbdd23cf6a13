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
    assert_snapshot!(add(&["tradlog", "--label", "x"]), @"");
    assert_snapshot!(add(&["tradelog", "--label", "x"]), @"");
    assert_snapshot!(add(&["tradelog", "--label", "x", "--set", "pth=blocks"]), @"");
    assert_snapshot!(add(&["tradelog", "--label", "x", "--set", "path"]), @"");
    assert_snapshot!(add(&["tradelog", "--label", "x", "--set", "path=nowhere"]), @"");
    assert_snapshot!(add(&["tradelog", "--label", "x", "--set", "path=file"]), @"");
    assert_snapshot!(add(&["tradelog", "--label", " x", "--set", "path=blocks"]), @"");
    assert_snapshot!(add(&["tradelog", "--label", "x", "--set", "path=blocks", "--every", "0"]), @"");
    assert_snapshot!(world.ok(&["connect", "list"]), @"No connections yet; add one: foliosync import FOLDER");

    world.connect();
    assert_snapshot!(add(&["tradelog", "--label", "blocks", "--set", "path=blocks"]), @"");
    assert_snapshot!(world.said(&["connect", "edit", "blocks"]), @"");
    assert_snapshot!(world.said(&["connect", "edit", "block", "--every", "5"]), @"");
    assert_snapshot!(world.said(&["connect", "remove", "blocks"]), @"");
    assert_snapshot!(world.said(&["sync", "blcks"]), @"");
    world.ok(&["connect", "edit", "blocks", "--disable"]);
    assert_snapshot!(world.said(&["sync", "blocks"]), @"");
    assert_snapshot!(world.said(&["sync"]), @"");
    assert_eq!(world.value("SELECT count(*) FROM sync.connections"), 1);
    assert_eq!(world.value("SELECT count(*) FROM sync.requests"), 0);
}

#[test]
fn settings_are_checked_before_a_server_starts() {
    let world = World::new();
    fs::create_dir_all(world.root().join(".config/foliosync")).unwrap();
    let config = world.root().join(".config/foliosync/config.toml");
    fs::write(&config, "run_live_max = 3\n").unwrap();
    assert_snapshot!(world.said(&["status"]), @"");
    fs::write(&config, "log = \"a=b=c\"\n").unwrap();
    assert_snapshot!(world.said(&["status"]), @"");
    fs::remove_file(&config).unwrap();
    assert_snapshot!(world.said(&["status", "--config", "nowhere.toml"]), @"");
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
    assert_snapshot!(world.said(&["status"]), @"");
    assert_eq!(fs::metadata(world.data()).unwrap().permissions().mode() & 0o777, 0o755);
    assert_eq!(fs::read_dir(world.data()).unwrap().count(), 1);
}

#[test]
fn options_are_named_with_the_nearest() {
    let world = World::new();
    assert_snapshot!(world.said(&["sync", "--rehsh"]), @"");
    assert_snapshot!(world.said(&["stats"]), @"");
    assert!(!world.data().exists());
}

#[test]
fn the_help_says_what_exit_codes_mean_and_lists_only_what_there_is() {
    let world = World::new();
    assert_snapshot!(world.ok(&["--help"]), @"");
}

#[test]
fn statements_that_cannot_be_answered_are_refused() {
    let world = World::new();
    assert_snapshot!(world.said(&["query", "SELEC 1"]), @"");
    assert_snapshot!(world.said(&["query", "DELETE FROM sync.connections"]), @"");
    assert_snapshot!(world.said(&["query", ""]), @"");
}
