//! The API over its socket, as other programs see it.

use insta::assert_snapshot;
use serde_json::Value as Json;

use crate::world::World;

fn served() -> World {
    let world = World::new();
    world.write_block("condor", 10, 0);
    world.connect();
    world
}

fn code(head: &str) -> &str {
    head.split(' ').nth(1).unwrap_or_default()
}

#[test]
fn errors_come_in_one_envelope() {
    let world = served();
    let said = |method: &str, path: &str, body: &str| {
        let (head, body) = world.http(method, path, body);
        format!("{} {}", code(&head), world.plain(&body))
    };
    assert_snapshot!(said("GET", "/api/nothing", ""), @r#"404 {"code":"not_found","message":"there is no /api/nothing","hint":"the routes begin with /api/"}"#);
    assert_snapshot!(said("DELETE", "/api/sync", ""), @r#"405 {"code":"method","message":"/api/sync does not take DELETE","hint":"the header Allow names what it takes"}"#);
    assert_snapshot!(said("GET", "/api/connections/7", ""), @r#"404 {"code":"not_found","message":"there is no connection 7","hint":"GET /api/connections lists them"}"#);
    assert_snapshot!(said("GET", "/api/connections/x", ""), @r#"404 {"code":"not_found","message":"`x` is not an id","hint":"ids are numbers"}"#);
    assert_snapshot!(said("POST", "/api/connections", r#"{"provider":"tradelog","lable":"x"}"#), @r#"400 {"code":"input","message":"the body cannot be read: unknown field `lable`, expected one of `provider`, `label`, `settings`, `credentials`, `owner`, `syncIntervalMin` at line 1 column 30","hint":"did you mean `label`?"}"#);
    assert_snapshot!(said("POST", "/api/connections", r#"{"provider":"tradelog","label":"blocks","settings":{"path":"/"}}"#), @r#"409 {"code":"label_taken","message":"another connection is labelled `blocks`; choose another label","hint":"`foliosync connect list` names them"}"#);
    assert_snapshot!(said("POST", "/api/connections", "{"), @r#"400 {"code":"input","message":"the body cannot be read: EOF while parsing an object at line 1 column 1","hint":""}"#);
    assert_snapshot!(said("POST", "/api/sync", r#"{"conections":[1]}"#), @r#"400 {"code":"input","message":"the body cannot be read: unknown field `conections`, expected one of `connections`, `streams`, `options` at line 1 column 13","hint":"did you mean `connections`?"}"#);
    assert_snapshot!(said("POST", "/api/sync", r#"{"connections":[9]}"#), @r#"404 {"code":"not_found","message":"there is no connection 9","hint":"`foliosync connect list` names them"}"#);
    assert_snapshot!(said("POST", "/api/sync", r#"{"options":{"rehahs":true}}"#), @r#"400 {"code":"input","message":"the body cannot be read: unknown field `rehahs`, expected one of `rehash`, `strict`, `acceptRemovals`, `items` at line 1 column 20","hint":"did you mean `rehash`?"}"#);
    assert_snapshot!(said("POST", "/api/sync", r#"{"streams":["block"]}"#), @r#"400 {"code":"input","message":"no connection to sync has a stream `block`","hint":"did you mean `blocks`?"}"#);
    assert_snapshot!(said("GET", "/api/sync/99/events", ""), @r#"404 {"code":"not_found","message":"there is no sync 99","hint":"start one: POST /api/sync"}"#);
    assert_snapshot!(said("GET", "/api/events?afer=1", ""), @r#"400 {"code":"input","message":"the query string cannot be read: afer: unknown field `afer`, expected `after` or `max`","hint":"did you mean `after`?"}"#);
    assert_snapshot!(said("DELETE", "/api/connections/1?rows=all", ""), @r#"400 {"code":"input","message":"the query string cannot be read: rows: unknown variant `all`, expected `keep` or `delete`","hint":""}"#);
    assert_snapshot!(said("POST", "/api/query", r#"{"sql":"SELEC"}"#), @r#"422 {"code":"query","message":"syntax error at or near \"SELEC\"","hint":"`foliosync query \"SHOW ALL TABLES\"` lists the tables"}"#);
    let (head, body) = world.http_announcing("POST", "/api/query", "", 2 << 20);
    assert_snapshot!(format!("{} {body}", code(&head)), @r#"413 {"code":"too_large","message":"the body is larger than 1048576 bytes","hint":"send less"}"#);
}

#[test]
fn a_sync_is_told_line_by_line_and_can_be_followed_again() {
    let world = served();
    let (head, body) = world.http("POST", "/api/sync", "");
    assert_eq!(code(&head), "200");
    for header in [
        "content-type: application/x-ndjson",
        "cache-control: no-cache",
        "x-accel-buffering: no",
        "content-location: /api/sync/1/events",
    ] {
        assert!(head.contains(header), "{header} in {head}");
    }
    let lines: Vec<Json> = body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<_> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["start", "progress", "complete"]);

    let follow = |after: &str| world.http("GET", &format!("/api/sync/1/events{after}"), "").1;
    assert_eq!(follow("").lines().count(), 3);
    let after = format!("?after={}", lines[1]["cursor"]);
    let rest = follow(&after);
    assert_eq!(rest.lines().count(), 1, "{rest}");
    assert!(rest.contains(r#""type":"complete""#));
}

#[test]
fn one_connection_is_synced_at_most_once_a_minute_by_its_own_route() {
    let world = served();
    let (head, _) = world.http("POST", "/api/connections/1/sync", "");
    assert_eq!(code(&head), "200");
    let (head, body) = world.http("POST", "/api/connections/1/sync", "");
    assert_eq!(code(&head), "429", "{body}");
    let wait = head.lines().find_map(|line| line.strip_prefix("retry-after: ")).unwrap();
    assert!((1..=60).contains(&wait.parse::<u64>().unwrap()));
    assert_eq!(code(&world.http("POST", "/api/sync", "").0), "200");
}

#[test]
fn what_happened_can_be_read_back() {
    let world = served();
    let get = |path: &str| -> Json {
        let (head, body) = world.http("GET", path, "");
        assert_eq!(code(&head), "200", "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    };
    assert_eq!(get("/api/sync/status")["lastSynced"], Json::Null);
    world.http("POST", "/api/sync", "");
    let (head, _) = world.http("GET", "/api/sync/status", "");
    assert!(head.contains("cache-control: no-store"), "{head}");
    assert!(get("/api/sync/status")["lastSynced"].is_string());
    assert_eq!(get("/api/runs")["runs"][0]["trigger"], "api");
    assert_eq!(get("/api/runs?connection=1&max=5")["runs"][0]["updated"], 1);
    assert_eq!(get("/api/runs/1")["outcome"], "ok");
    let events = get("/api/runs/1/events");
    let after = events["events"][0]["cursor"].as_i64().unwrap();
    let all = events["events"].as_array().unwrap().len();
    assert_eq!(get(&format!("/api/events?after={after}"))["events"].as_array().unwrap().len(), all - 1);
    assert_eq!(get("/api/connections")["connections"][0]["lastRun"]["updated"], 1);
    assert_eq!(get("/api/freshness")["connections"][0]["freshness"], "fresh");
    assert_eq!(get("/api/providers")["providers"][0]["id"], "tradelog");
    assert_eq!(get("/api/verify")["blocks"][0]["blockId"], "condor");
    assert_eq!(get("/api/server")["auto"], true);
}

#[test]
fn connections_are_added_changed_and_removed() {
    let world = served();
    let blocks = world.blocks();
    let body = format!(r#"{{"provider":"tradelog","label":"two","settings":{{"path":"{}"}}}}"#, blocks.display());
    let (head, added) = world.http("POST", "/api/connections", &body);
    assert_eq!(code(&head), "201", "{added}");
    let added: Json = serde_json::from_str(&added).unwrap();
    let place = format!("/api/connections/{}", added["id"]);
    let (_, edited) = world.http("PATCH", &place, r#"{"syncEnabled":false,"syncIntervalMin":30}"#);
    let edited: Json = serde_json::from_str(&edited).unwrap();
    assert_eq!((&edited["status"], &edited["syncIntervalMin"]), (&"DISCONNECTED".into(), &30.into()));
    assert_eq!(code(&world.http("DELETE", &format!("{place}?rows=delete"), "").0), "204");
    assert_eq!(code(&world.http("GET", &place, "").0), "404");
}

#[test]
fn browsers_get_pages_and_programs_get_errors() {
    let world = World::new();
    let serving = world.serve(&[]);
    let page = ("accept", "text/html,*/*");
    for path in ["/", "/prices", "/connections/7"] {
        let answer = serving.ask("GET", path, &[page], "");
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html; charset=utf-8")), "{path}");
        assert!(answer.header("content-security-policy").unwrap().starts_with("default-src 'self'; "));
        assert!(answer.body.contains("<title>foliosync</title>"), "{}", answer.body);
    }
    for (method, path) in [("GET", "/api/nothing"), ("POST", "/prices"), ("GET", "/assets/nothing.js")] {
        let answer = serving.ask(method, path, &[page], "");
        assert!(answer.status == 404 && answer.json()["code"] == "not_found", "{method} {path}: {answer:?}");
    }
    assert_eq!(serving.ask("GET", "/prices", &[], "").status, 404, "nobody asked for a page");
}
