//! The API's document in the terms of OpenAPI, made from the route table.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::path::{HttpMethod, OperationBuilder};
use utoipa::openapi::request_body::RequestBody;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, Content, Info, OpenApi, Paths, Ref, RefOr, Response};

use super::App;
use super::guard::Guard;
use super::route::{Doc, JSON, Named, Route};
use super::schema;

/// Of the API, not of the program: within one, fields and routes are only added.
const API_VERSION: &str = "1";

pub async fn show(State(app): State<Arc<App>>) -> Json<Value> {
    Json(app.document.clone())
}

pub fn document(routes: &[Route]) -> Value {
    let mut schemas: BTreeMap<String, RefOr<Schema>> = BTreeMap::new();
    schemas.insert(schema::Error::name().into_owned(), <schema::Error as utoipa::PartialSchema>::schema());
    let mut given = BTreeSet::new();
    let mut paths = Paths::new();
    for route in routes {
        let bodies = route.doc.body.iter().flat_map(|body| &body.all);
        given.extend(bodies.clone().map(|(name, _)| name.clone()));
        let answers = route.doc.answer.iter().flat_map(|(_, schema)| schema).flat_map(|schema| &schema.all);
        schemas.extend(bodies.chain(answers).cloned());
        paths.add_path_operation(route.path, vec![method(route)], operation(route));
    }
    let mut components = Components::new();
    components.schemas = schemas;
    components.add_security_scheme("token", bearer("A token of `foliosync token add`."));
    components.add_security_scheme("scheduler", bearer("The secret in FOLIOSYNC_SCHEDULER_SECRET."));
    let mut document = OpenApi::new(Info::new("foliosync", API_VERSION), paths);
    document.components = Some(components);
    let mut document = json!(document);
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        let answered = schemas.iter_mut().filter(|(name, _)| !given.contains(*name));
        answered.for_each(|(_, schema)| require_all(schema));
    }
    document
}

/// What is answered is whole: a value that is not there is null.
fn require_all(schema: &mut Value) {
    let keys: Option<Vec<String>> = schema["properties"].as_object().map(|all| all.keys().cloned().collect());
    if let Some(keys) = keys {
        schema["required"] = json!(keys);
    }
    for parts in ["oneOf", "allOf"] {
        let parts = schema.get_mut(parts).and_then(Value::as_array_mut);
        parts.into_iter().flatten().for_each(require_all);
    }
}

fn operation(route: &Route) -> OperationBuilder {
    let Doc { summary, parameters, body, status, answer } = &route.doc;
    let mut operation = OperationBuilder::new()
        .operation_id(Some(operation_id(route)))
        .summary(Some(*summary))
        .parameters((!parameters.is_empty()).then(|| parameters.clone()));
    if let Some(body) = body {
        operation = operation.request_body(Some(RequestBody::builder().content(JSON, content(Some(body))).build()));
    }
    let good = Response::builder().description(if *status == 204 { "Done" } else { *summary });
    let good = match answer {
        Some((kind, schema)) => good.content(*kind, content(schema.as_ref())),
        None => good,
    };
    operation = operation.response(status.to_string(), good.build());
    let error = Content::new(Some(Ref::from_schema_name(schema::Error::name())));
    operation = operation
        .response("default", Response::builder().description("Refused, or failed").content(JSON, error).build());
    match route.guard {
        Guard::Open => operation,
        Guard::Needs(scope) => operation.security(SecurityRequirement::new("token", [scope.name()])),
        Guard::SchedulerSecret => operation.security(SecurityRequirement::new("scheduler", [""; 0])),
    }
}

fn content(schema: Option<&Named>) -> Content {
    Content::new(schema.map(|schema| Ref::from_schema_name(&schema.name)))
}

fn bearer(description: &str) -> SecurityScheme {
    SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(description)).build())
}

fn method(route: &Route) -> HttpMethod {
    match route.method.as_str() {
        "POST" => HttpMethod::Post,
        "PATCH" => HttpMethod::Patch,
        "PUT" => HttpMethod::Put,
        "DELETE" => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

/// `POST /api/connections/{id}/sync` is `postConnectionsIdSync`.
fn operation_id(route: &Route) -> String {
    let path = route.path.strip_prefix("/api/").unwrap_or(route.path);
    let mut id = route.method.as_str().to_lowercase();
    for word in path.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        id.extend(word[..1].to_uppercase().chars().chain(word[1..].chars()));
    }
    id
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::document;
    use crate::api::table;

    #[test]
    fn every_route_is_documented_once_and_every_name_leads_somewhere() {
        let document = document(&table(false));
        let mut documented = BTreeSet::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            documented.extend(methods.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone())));
        }
        let routes = table(false);
        let listed: BTreeSet<_> =
            routes.iter().map(|route| (route.method.to_string(), route.path.to_string())).collect();
        assert_eq!((documented, routes.len()), (listed.clone(), listed.len()));

        let mut open = vec![&document];
        while let Some(value) = open.pop() {
            open.extend(value.as_object().into_iter().flat_map(|all| all.values()));
            open.extend(value.as_array().into_iter().flatten());
            if let Some(name) = value.get("$ref").and_then(Value::as_str) {
                let pointer = name.strip_prefix('#').unwrap();
                assert!(document.pointer(pointer).is_some(), "{name}");
            }
        }
    }
}
