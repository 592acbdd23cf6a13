//! One process opens the database: who it is, how it changes, and what happens when it cannot be.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;

use crate::world::{World, end_of, kill, signal, wait_until};

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn everything_is_closed_to_others() {
    let world = World::new();
    fs::create_dir(world.data()).unwrap();
    fs::set_permissions(world.data(), fs::Permissions::from_mode(0o755)).unwrap();
    world.ok(&["status"]);
    assert_eq!(mode(world.data()), 0o700);
    for file in ["serve.sock", "serve.json", "serve.log"] {
        assert_eq!(mode(&world.data().join(file)), 0o600, "{file}");
    }
}

#[test]
fn a_server_of_the_users_own_takes_over_and_stays_until_it_is_stopped() {
    let world = World::new();
    world.ok(&["status"]);
    let auto = world.server_pid().unwrap();
    assert_eq!(world.server().unwrap()["auto"], true);

    let serve = world.spawn(&["serve"]);
    wait_until("it has taken over", || world.server().is_some_and(|server| server["auto"] == false));
    assert_ne!(world.server_pid().unwrap(), auto);
    world.ok(&["status"]);

    let second = world.run(&["serve"]);
    assert_eq!(second.code, Some(1));
    let pid = serve.0.id();
    let want = format!("error: foliosync serve runs for this data folder already, with pid {pid}\n");
    assert!(second.err.starts_with(&want), "{second:?}");
    let (head, body) = world.http("POST", "/api/server/hand-over", "");
    assert!(head.starts_with("HTTP/1.1 409"), "{head}{body}");

    signal(&serve, rustix::process::Signal::TERM);
    assert_eq!(end_of(serve).code, Some(0));
    for file in ["serve.sock", "serve.json"] {
        assert!(!world.data().join(file).exists(), "{file}");
    }
    world.ok(&["status"]);
}

#[test]
fn a_server_that_nobody_needs_leaves() {
    let world = World::new();
    let server = world.spawn(&["serve", "--auto", "--idle-seconds", "1"]);
    wait_until("it answers", || world.data().join("serve.json").exists());
    assert_eq!(end_of(server).code, Some(0));
    assert!(!world.data().join("serve.sock").exists());
}

#[test]
fn a_dead_servers_files_are_in_nobodys_way() {
    let world = World::new();
    world.ok(&["status"]);
    world.kill_server();
    assert!(world.data().join("serve.sock").exists());
    world.ok(&["status"]);
    let serve = world.spawn(&["serve"]);
    wait_until("it serves", || world.server_pid() == Some(serve.0.id().cast_signed()));
    kill(serve.0.id().cast_signed());
    assert_eq!(end_of(serve).code, None);
    world.ok(&["status"]);
}

#[test]
fn a_database_that_another_program_holds_is_left_alone() {
    let world = World::new();
    world.ok(&["status"]);
    world.kill_server();
    let path = world.data().join("foliosync.duckdb");
    let mut held = None;
    wait_until("the dead server's lock is gone", || {
        held = duckdb::Connection::open(&path).ok();
        held.is_some()
    });
    for args in [["status"], ["serve"]] {
        let ran = world.run(&args);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.err.contains(&format!("{}", std::process::id())), "it names who: {ran:?}");
        assert!(ran.err.contains("close the program that holds it"), "{ran:?}");
    }
    drop(held);
    world.ok(&["status"]);
}

#[test]
fn a_damaged_database_is_named_and_not_touched() {
    let world = World::new();
    fs::create_dir(world.data()).unwrap();
    let path = world.data().join("foliosync.duckdb");
    let damage = vec![b'x'; 20_000];
    fs::write(&path, &damage).unwrap();
    for args in [["status"], ["serve"], ["doctor"]] {
        let ran = world.run(&args);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!((ran.err + &ran.out).contains("foliosync.duckdb"), "{args:?}");
    }
    assert_eq!(fs::read(&path).unwrap(), damage);
}

#[test]
fn a_data_folder_far_down_works_too() {
    let world = World::with_data(&format!("{}/data", "far/".repeat(40)));
    assert!(world.data().as_os_str().len() > 150);
    world.ok(&["status"]);
    world.kill_server();
    world.ok(&["status"]);
}

#[test]
fn doctor_finds_nothing_where_nothing_is_wrong() {
    let world = World::new();
    world.connect();
    let said = world.ok(&["doctor"]);
    let lines: Vec<_> = said.lines().map(|line| line.split_whitespace().next().unwrap_or_default()).collect();
    assert_snapshot!(lines.join(" "), @"ok ok ok ok ok ok ok ok  Everything");
}
