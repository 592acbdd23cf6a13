//! Every route of the API's document against everybody who must not come in.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::world::{Serving, World};

const SCHEDULER_SECRET: &str = "a-secret-for-schedulers";

struct Row {
    route: String,
    needs: String,
    /// Status and code of each attempt.
    answers: Vec<(u16, String)>,
}

/// What a route needs, as the document says it.
fn needs(operation: &Json) -> String {
    match operation["security"][0].as_object().and_then(|security| security.iter().next()) {
        None => "nothing".into(),
        Some((scheme, _)) if scheme == "scheduler" => "scheduler".into(),
        Some((_, scopes)) => scopes[0].as_str().unwrap().into(),
    }
}

fn attempt(serving: &Serving, method: &str, path: &str, token: Option<&str>, more: &[(&str, &str)]) -> (u16, String) {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let authorization = bearer.iter().map(|bearer| ("authorization", bearer.as_str()));
    let headers: Vec<_> = authorization.chain(more.iter().copied()).collect();
    let answer = serving.ask(method, path, &headers, "");
    let code =
        serde_json::from_str::<Json>(&answer.body).ok().and_then(|body| Some(body.get("code")?.as_str()?.into()));
    (answer.status, code.unwrap_or_default())
}

#[test]
fn nobody_comes_in_who_must_not() {
    let world = World::new();
    let serving = world.serve(&[("FOLIOSYNC_SCHEDULER_SECRET", SCHEDULER_SECRET)]);
    let tokens: BTreeMap<&str, String> = ["read", "sync", "admin"].map(|scope| (scope, world.token(scope))).into();
    let wrong = "fs_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let document = serving.get("/api/openapi.json", &tokens["read"]).json();
    let mut rows = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let (method, path) = (method.to_uppercase(), path.replace("{id}", "0"));
            let needs = needs(operation);
            let (right, less) = match needs.as_str() {
                "nothing" => (None, Some(wrong)),
                "scheduler" => (Some(SCHEDULER_SECRET), Some(tokens["admin"].as_str())),
                "read" => (Some(tokens["read"].as_str()), Some(wrong)),
                "sync" => (Some(tokens["sync"].as_str()), Some(tokens["read"].as_str())),
                "admin" => (Some(tokens["admin"].as_str()), Some(tokens["sync"].as_str())),
                other => panic!("{method} {path} needs {other}"),
            };
            let other_port = format!("http://127.0.0.1:{}", 1);
            let answers = vec![
                attempt(&serving, &method, &path, None, &[]),
                attempt(&serving, &method, &path, less, &[]),
                attempt(&serving, &method, &path, right, &[("host", "evil.example")]),
                attempt(&serving, &method, &path, right, &[("origin", "https://evil.example")]),
                attempt(&serving, &method, &path, right, &[("origin", &other_port)]),
                attempt(&serving, &method, &path, right, &[]),
            ];
            rows.push(Row { route: format!("{method} {path}"), needs, answers });
        }
    }
    println!("{:44} {:10} no token | less | foreign host | foreign origin | other port | right", "route", "needs");
    for Row { route, needs, answers } in &rows {
        let answers: Vec<_> = answers.iter().map(|(status, code)| format!("{status} {code}")).collect();
        println!("{route:44} {needs:10} {}", answers.join(" | "));
    }
    assert!(rows.len() > 30, "{} routes", rows.len());
    for Row { route, needs, answers } in &rows {
        let [none, less, host, origin, port, right] = answers.as_slice() else { unreachable!() };
        let expect = |got: &(u16, String), status: u16, code: &str| {
            assert_eq!((got.0, got.1.as_str()), (status, code), "{route}");
        };
        expect(host, 403, "host");
        expect(origin, 403, "origin");
        expect(port, 403, "origin");
        assert!(![401, 403, 405, 429].contains(&right.0), "{route}: {right:?}");
        match needs.as_str() {
            "nothing" => assert_eq!((none, less), (right, right), "{route}"),
            "read" | "scheduler" => {
                expect(none, 401, "unauthorized");
                expect(less, 401, "unauthorized");
            }
            _ => {
                expect(none, 401, "unauthorized");
                expect(less, 403, "scope");
            }
        }
    }
    // Nothing is told to strangers about routes that do not exist either.
    assert_eq!(attempt(&serving, "GET", "/api/nothing", None, &[("host", "evil.example")]).1, "host");
    assert_eq!(attempt(&serving, "OPTIONS", "/api/sync", None, &[("origin", "https://evil.example")]).1, "origin");
}
