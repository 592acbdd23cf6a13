//! The API's document: pinned, and true of what the program answers.

use insta::assert_snapshot;
use serde_json::{Value as Json, json};

use crate::world::World;

/// Faults of a value against a schema: what lacks, what is of another kind, and what is not documented.
struct Check<'a> {
    document: &'a Json,
    faults: Vec<String>,
}

impl Check<'_> {
    fn value(&mut self, place: &str, value: &Json, schema: &Json) {
        let mut known = Vec::new();
        self.part(place, value, schema, &mut known);
        let is_closed = !known.is_empty();
        for key in value.as_object().into_iter().flat_map(|all| all.keys()).filter(|_| is_closed) {
            if !known.contains(key) {
                self.faults.push(format!("{place}.{key} is not documented"));
            }
        }
    }

    /// Gathers the names of properties over all parts of one object.
    fn part(&mut self, place: &str, value: &Json, schema: &Json, known: &mut Vec<String>) {
        if let Some(name) = schema["$ref"].as_str() {
            let target = self.document.pointer(&name[1..]).unwrap_or_else(|| panic!("{place}: {name}")).clone();
            return self.part(place, value, &target, known);
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.part(place, value, part, known);
        }
        if let Some(choices) = schema["oneOf"].as_array() {
            let document = self.document;
            let fits = choices.iter().find_map(|choice| {
                let mut tried = Check { document, faults: Vec::new() };
                let mut names = Vec::new();
                tried.part(place, value, choice, &mut names);
                tried.faults.is_empty().then_some(names)
            });
            match fits {
                Some(names) => known.extend(names),
                None => self.faults.push(format!("{place} is none of its choices: {value}")),
            }
        }
        if !kind_fits(value, &schema["type"]) {
            return self.faults.push(format!("{place} is no {}: {value}", schema["type"]));
        }
        if let Some(allowed) = schema["enum"].as_array().filter(|allowed| !allowed.contains(value)) {
            self.faults.push(format!("{place} is none of {allowed:?}: {value}"));
        }
        for key in schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str) {
            if value.is_object() && value.get(key).is_none() {
                self.faults.push(format!("{place}.{key} is lacking"));
            }
        }
        for (key, property) in schema["properties"].as_object().into_iter().flatten() {
            known.push(key.clone());
            if let Some(value) = value.get(key) {
                self.value(&format!("{place}.{key}"), value, property);
            }
        }
        if schema.get("items").is_some() {
            for (nth, item) in value.as_array().into_iter().flatten().enumerate() {
                self.value(&format!("{place}[{nth}]"), item, &schema["items"]);
            }
        }
    }
}

fn kind_fits(value: &Json, kinds: &Json) -> bool {
    let fits = |kind: &Json| match kind.as_str().unwrap_or_default() {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "integer" => value.is_i64(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("a schema has the type {other}"),
    };
    match kinds {
        Json::Null => true,
        Json::Array(kinds) => kinds.iter().any(fits),
        kind => fits(kind),
    }
}

#[test]
fn the_document_is_pinned() {
    let world = World::new();
    let (_, body) = {
        world.ok(&["status"]);
        world.http("GET", "/api/openapi.json", "")
    };
    let document: Json = serde_json::from_str(&body).unwrap();
    assert_snapshot!("openapi", serde_json::to_string_pretty(&document).unwrap());
}

#[test]
fn what_the_program_answers_is_what_the_document_says() {
    let world = World::new();
    world.write_block("condor", 10, 0);
    world.connect();
    let document: Json = serde_json::from_str(&world.http("GET", "/api/openapi.json", "").1).unwrap();
    let mut check = Check { document: &document, faults: Vec::new() };
    let blocks = json!({"provider": "tradelog", "label": "two", "settings": {"path": world.blocks()}}).to_string();
    let draft = json!({"provider": "tradelog", "settings": {"path": world.blocks()}}).to_string();
    let mut seen = 0;
    for (method, route, path, body) in [
        ("POST", "/api/sync", "/api/sync", ""),
        ("GET", "/api/sync/{id}/events", "/api/sync/1/events", ""),
        ("GET", "/api/server", "/api/server", ""),
        ("GET", "/api/providers", "/api/providers", ""),
        ("GET", "/api/connections", "/api/connections", ""),
        ("POST", "/api/connections", "/api/connections", blocks.as_str()),
        ("GET", "/api/connections/{id}", "/api/connections/1", ""),
        ("PATCH", "/api/connections/{id}", "/api/connections/2", r#"{"syncEnabled":false}"#),
        ("GET", "/api/freshness", "/api/freshness", ""),
        ("GET", "/api/sync/status", "/api/sync/status", ""),
        ("GET", "/api/runs", "/api/runs", ""),
        ("GET", "/api/runs/{id}", "/api/runs/1", ""),
        ("GET", "/api/runs/{id}/events", "/api/runs/1/events", ""),
        ("GET", "/api/events", "/api/events", ""),
        ("POST", "/api/query", "/api/query", r#"{"sql":"SELECT 1.5::DECIMAL(9,2) AS a, NULL AS b"}"#),
        ("GET", "/api/verify", "/api/verify", ""),
        ("POST", "/api/tokens", "/api/tokens", r#"{"label":"x","scope":"sync"}"#),
        ("GET", "/api/tokens", "/api/tokens", ""),
        ("GET", "/api/session", "/api/session", ""),
        ("POST", "/api/connections/{id}/test", "/api/connections/1/test", ""),
        ("POST", "/api/instruments", "/api/instruments", r#"{"symbol":"AAPL"}"#),
        ("GET", "/api/instruments", "/api/instruments", ""),
        ("PUT", "/api/listings", "/api/listings", r#"{"provider":"fmp","nativeSymbol":"X","instrument":"AAPL"}"#),
        ("GET", "/api/instruments/unmapped", "/api/instruments/unmapped", ""),
        ("GET", "/api/prices", "/api/prices", ""),
        ("GET", "/api/prices/{instrument}/history", "/api/prices/stock%3AAAPL/history", ""),
        ("GET", "/api/fx", "/api/fx?base=EUR&quote=EUR", ""),
        ("GET", "/api/quotas", "/api/quotas", ""),
        ("GET", "/api/portfolio", "/api/portfolio?currency=EUR", ""),
        ("GET", "/api/portfolio/days", "/api/portfolio/days?from=2026-01-01", ""),
        ("GET", "/api/reconcile", "/api/reconcile", ""),
        ("GET", "/api/settings", "/api/settings", ""),
        ("PUT", "/api/settings", "/api/settings", r#"{"baseCurrency":"EUR"}"#),
        ("GET", "/api/prices/sparklines", "/api/prices/sparklines?days=7", ""),
        ("POST", "/api/connections/test", "/api/connections/test", draft.as_str()),
        ("GET", "/api/runs", "/api/runs?outcome=ok&trigger=manual&before=9", ""),
        ("GET", "/api/notifications", "/api/notifications", ""),
        ("GET", "/api/runs/{id}", "/api/runs/99", ""),
    ] {
        let (head, answer) = world.http(method, path, body);
        let status = head.split(' ').nth(1).unwrap();
        let responses = &document["paths"][route][method.to_lowercase()]["responses"];
        let said = responses.get(status).unwrap_or(&responses["default"]);
        assert_eq!(status.starts_with('4'), path.ends_with("99"), "{method} {path}: {answer}");
        let (_, content) = said["content"].as_object().unwrap().iter().next().unwrap();
        for line in answer.lines() {
            check.value(&format!("{method} {path}"), &serde_json::from_str(line).unwrap(), &content["schema"]);
            seen += 1;
        }
    }
    assert!(check.faults.is_empty(), "\n{}", check.faults.join("\n"));
    assert!(seen > 20);
}
