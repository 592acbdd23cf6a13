//! `/sim/accounts`, `/sim/credentials` and `/sim/flex`: accounts that trade, and who may see them.
//!
//! ```text
//! GET    /sim/accounts               all of them, briefly
//! POST   /sim/accounts               opens one: {"service": "binance", "name": "…", "days": 30, "orders_per_day": 24}
//! GET    /sim/accounts/NAME          what is true of it: balances, fills, flows
//! POST   /sim/accounts/NAME          something happens there now: {"kind": "sell_out", "asset": "BTC"}
//! POST   /sim/credentials            lets somebody in: {"id": "…", "account": "…", "secret": {"shared": "…"}}
//! POST   /sim/credentials/ID         {"permissions": ["read", "trade"]}, {"validity": "expired"},
//!                                    {"addresses": ["10.0.0.1"]} or {"replace": {"id": "…", "secret": …}}
//! DELETE /sim/credentials/ID         it opens nothing any more
//! GET    /sim/flex                   the queries of IBKR's owners
//! POST   /sim/flex/ID                changes one, or makes it: {"delay_seconds": 60, "without": ["ibExecID"]}
//! ```
//!
//! A wallet fails by a fault on the path of its endpoint, for one key if need be: `POST /sim/faults` with
//! `{"provider": "binance", "fault": {"kind": "code", "code": "-1008"}, "when": {"path_contains": "funding", "key": "…"}}`.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::read;
use crate::brokerage;
use crate::exchange::Request;
use crate::flex::FlexQuery;
use crate::trading::{Action, Credential, NewAccount, Permission, Secret, Validity};
use crate::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum CredentialChange {
    Permissions(BTreeSet<Permission>),
    Addresses(Vec<IpAddr>),
    Validity(Validity),
    Replace { id: String, secret: Secret },
}

/// `None` for any other path.
pub fn answer(world: &World, request: &Request) -> Option<Result<Value, String>> {
    let path = request.path.trim_start_matches('/');
    let (collection, name) = path.split_once('/').unwrap_or((path, ""));
    let done = |()| json!({});
    Some(match (request.method.as_str(), collection, name) {
        ("GET", "accounts", "") => Ok(Value::Array(names(world).iter().map(|name| brief(world, name)).collect())),
        ("POST", "accounts", "") => read::<NewAccount>(request).and_then(|new| world.open_account(&new)).map(done),
        ("GET", "accounts", name) => brokerage::view(world, name).map(|view| json!(view)),
        ("POST", "accounts", name) => {
            read::<Action>(request).and_then(|action| brokerage::act_on(world, name, &action)).map(done)
        }
        ("POST", "credentials", "") => {
            read::<Credential>(request).and_then(|new| world.state().trading.admit(new)).map(done)
        }
        ("POST", "credentials", id) => read(request).and_then(|to| change(world, id, to)).map(done),
        ("DELETE", "credentials", id) => world.state().trading.revoke(id).map(done),
        ("GET", "flex", "") => Ok(json!(world.state().flex.queries)),
        ("POST", "flex", id) if !id.is_empty() => read(request).and_then(|parts| change_query(world, id, parts)),
        _ => return None,
    })
}

fn names(world: &World) -> Vec<String> {
    world.state().trading.names()
}

fn brief(world: &World, name: &str) -> Value {
    match brokerage::view(world, name) {
        Ok(view) => json!({
            "name": view.name,
            "service": view.service,
            "is_paper": view.is_paper,
            "number": view.number,
            "credentials": view.credentials,
            "fills": view.fills.len(),
            "flows": view.flows.len(),
        }),
        Err(error) => json!({ "name": name, "error": error }),
    }
}

fn change(world: &World, id: &str, to: CredentialChange) -> Result<(), String> {
    let mut state = world.state();
    match to {
        CredentialChange::Replace { id: new, secret } => return state.trading.replace(id, &new, secret),
        CredentialChange::Permissions(permissions) => state.trading.change(id)?.permissions = permissions,
        CredentialChange::Addresses(addresses) => state.trading.change(id)?.addresses = addresses,
        CredentialChange::Validity(validity) => state.trading.change(id)?.validity = validity,
    }
    Ok(())
}

/// What is not named stays as it is.
fn change_query(world: &World, id: &str, parts: Map<String, Value>) -> Result<Value, String> {
    let queries = &mut world.state().flex.queries;
    let query = queries.get(id).cloned().unwrap_or_default();
    let mut value = json!(query);
    if let Value::Object(fields) = &mut value {
        fields.extend(parts);
    }
    let query: FlexQuery = serde_json::from_value(value).map_err(|error| error.to_string())?;
    query.check()?;
    queries.insert(id.into(), query.clone());
    Ok(json!(query))
}
