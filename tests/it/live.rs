//! The server at work over TCP: progress line by line, ends in the middle, schedulers from outside, logs and counters.

use std::io::{BufRead, BufReader, Read};

use serde_json::Value as Json;

use crate::world::{World, wait_until};

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

#[test]
fn progress_is_told_line_by_line_and_never_compressed() {
    let world = World::new();
    world.write_block("condor", 10, 0);
    world.connect();
    let token = world.token("sync");
    let serving = world.serve(&[]);
    let headers = [("authorization", bearer(&token)), ("accept-encoding", "gzip, br".into())];
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let told = serving.ask("POST", "/api/sync", &headers, "");
    for (name, value) in [
        ("content-type", Some("application/x-ndjson")),
        ("cache-control", Some("no-cache")),
        ("x-accel-buffering", Some("no")),
        ("content-encoding", None),
        ("content-location", Some("/api/sync/1/events")),
    ] {
        assert_eq!(told.header(name), value, "{name}");
    }
    let kinds: Vec<Json> =
        told.body.lines().map(|line| serde_json::from_str::<Json>(line).unwrap()["type"].clone()).collect();
    assert_eq!(kinds, ["start", "progress", "complete"]);
    assert_eq!(serving.get("/api/runs", &token).json()["runs"][0]["trigger"], "api");
}

#[test]
fn a_client_that_vanishes_stops_nothing() {
    let world = World::new();
    for nth in 0..20 {
        world.write_block(&format!("block-{nth:02}"), 500, nth);
    }
    world.connect();
    let token = world.token("sync");
    let serving = world.serve(&[]);
    let mut stream = serving.send("POST", "/api/sync", &[("authorization", &bearer(&token))], "");
    stream.read_exact(&mut [0; 12]).unwrap();
    drop(stream);
    let last = || serving.get("/api/runs", &token).json()["runs"][0].clone();
    wait_until("the run ends", || last()["outcome"].is_string());
    assert_eq!((&last()["outcome"], &last()["updated"]), (&"ok".into(), &20.into()));
}

#[test]
fn a_server_that_stops_in_the_middle_says_so_and_where_it_goes_on() {
    let world = World::new();
    for nth in 0..60 {
        world.write_block(&format!("block-{nth:02}"), 2_000, nth);
    }
    world.connect();
    // With one place, the second waits for the first, and so for the next server.
    world.ok(&["connect", "add", "tradelog", "--label", "second", "--set", "path=blocks"]);
    let token = world.token("sync");
    let serving = world.serve(&[("FOLIOSYNC_RUNS_LIVE_MAX", "1")]);
    let mut stream = serving.send("POST", "/api/sync", &[("authorization", &bearer(&token))], "");
    stream.read_exact(&mut [0; 12]).unwrap();
    assert_eq!(serving.stop().code, Some(0));
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    let lines: Vec<Json> =
        rest.lines().filter(|line| line.starts_with('{')).map(|line| serde_json::from_str(line).unwrap()).collect();
    let is_end = |line: &&Json| line["type"] == "complete" || line["type"] == "error";
    assert_eq!(lines.iter().filter(is_end).count(), 1, "{rest}");
    let last = lines.last().unwrap();
    let message = last["message"].as_str().unwrap_or_else(|| panic!("{last}"));
    assert!(message.starts_with("the server stops; the sync goes on when it runs again, and GET /api/sync/1/events"));
    assert!(rest.ends_with("0\r\n\r\n"), "the answer is whole: {rest}");

    let serving = world.serve(&[]);
    let told = serving.get(&format!("/api/sync/1/events?after={}", last["cursor"]), &token);
    let end: Json = serde_json::from_str(told.body.lines().last().unwrap()).unwrap();
    assert_eq!((&end["type"], &end["updated"]), (&"complete".into(), &120.into()), "{told:?}");
}

#[test]
fn a_scheduler_with_the_secret_syncs_what_is_due() {
    let world = World::new();
    world.write_block("condor", 10, 0);
    world.connect();
    let place = "/api/scheduler/broker-sync";
    let serving = world.serve(&[]);
    for method in ["GET", "POST"] {
        assert_eq!(serving.ask(method, place, &[("authorization", "Bearer ")], "").status, 404, "no secret, no route");
    }
    drop(serving);
    for name in ["FOLIOSYNC_SCHEDULER_SECRET", "SCHEDULER_SECRET", "CRON_SECRET"] {
        let serving = world
            .serve(&[(name, "s3cret"), ("SCHEDULER_SECRET", if name.starts_with("CRON") { "" } else { "s3cret" })]);
        let ask = |method: &str, secret: &str| serving.ask(method, place, &[("authorization", &bearer(secret))], "");
        for wrong in ["", "s3cre", "s3crets", "S3CRET"] {
            assert_eq!(ask("POST", wrong).status, 401, "{wrong}");
        }
        let report = ask("GET", "s3cret").json();
        assert_eq!(report["connections"][0]["label"], "blocks", "{report}");
        if name.starts_with("FOLIOSYNC") {
            let run = ask("POST", "s3cret").json();
            assert_eq!((&run["started"], &run["syncs"]), (&serde_json::json!([1]), &serde_json::json!([1])), "{run}");
            wait_until("it has synced", || ask("GET", "s3cret").json()["connections"][0]["lastSyncAt"].is_string());
            wait_until("it has ended", || ask("GET", "s3cret").json()["connections"][0]["status"] == "CONNECTED");
        }
        let again = ask("POST", "s3cret").json();
        assert_eq!((&again["started"], &again["syncs"]), (&serde_json::json!([]), &serde_json::json!([])), "{again}");
    }
}

#[test]
fn logs_are_lines_of_json_with_an_id_for_each_request_and_nothing_secret() {
    let world = World::new();
    let token = world.token("read");
    let serving = world.serve(&[("FOLIOSYNC_LOG_FORMAT", "json"), ("FOLIOSYNC_LOG", "trace")]);
    let answer = serving.get("/api/runs?max=31337", &token);
    serving.ask("POST", "/api/session", &[("cookie", "a=biscuit")], r#"{"secret":"crumbs"}"#);
    serving.get("/unknown/path-of-somebody", &token);
    let id = answer.header("x-request-id").unwrap().to_string();
    let ran = serving.stop();
    let lines: Vec<Json> = ran
        .err
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let line = lines.iter().find(|line| line["span"]["id"] == id.as_str() && line["fields"]["status"] == 200);
    assert_eq!(line.unwrap()["span"]["route"], "/api/runs", "{line:?}");
    for secret in [&token[3..], "31337", "biscuit", "crumbs", "path-of-somebody"] {
        assert!(!ran.err.contains(secret), "{secret} in {}", ran.err);
    }
}

#[test]
fn counters_are_for_readers_or_for_all() {
    let world = World::new();
    let token = world.token("read");
    let serving = world.serve(&[]);
    assert_eq!(serving.ask("GET", "/metrics", &[], "").status, 401);
    serving.get("/api/nothing/at/all", &token);
    let counted = serving.get("/metrics", &token);
    assert!(counted.header("content-type").unwrap().starts_with("text/plain; version=0.0.4"));
    for line in [
        r#"foliosync_api_requests_total{method="GET",route="/metrics",status="401"} 1"#,
        r#"foliosync_api_requests_total{method="GET",route="none",status="404"} 1"#,
        r#"foliosync_api_request_seconds_count{method="GET",route="none"} 1"#,
    ] {
        assert!(counted.body.contains(line), "{line} in {}", counted.body);
    }
    drop(serving);
    let serving = world.serve(&[("FOLIOSYNC_METRICS_OPEN", "true")]);
    assert_eq!(serving.ask("GET", "/metrics", &[], "").status, 200);
}

#[test]
fn a_server_is_ready_until_it_stops() {
    let world = World::new();
    let serving = world.serve(&[]);
    for path in ["/healthz", "/readyz"] {
        assert_eq!(serving.ask("GET", path, &[], "").status, 200, "{path}");
    }
    let welcome = {
        let ran = serving.stop();
        BufReader::new(ran.out.as_bytes()).lines().map(Result::unwrap).collect::<Vec<_>>()
    };
    assert!(welcome[0].contains(" at http://127.0.0.1:"), "{welcome:?}");
    assert_eq!(welcome[1], "sign in: foliosync login", "no secret in what is no terminal");
}
