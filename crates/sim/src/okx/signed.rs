//! Who asks: four headers, the clock, the environment, and the signature over time, method, path and body.

use axum::http::HeaderMap;
use jiff::Timestamp;

use super::error;
use crate::exchange::{JSON, Reply, Request};
use crate::json::Object;
use crate::signing::is_hmac_base64;
use crate::trading::{Credential, Permission, Secret, Service, Validity};
use crate::world::World;

const SKEW_SECONDS_MAX: i64 = 30;

/// Errors that can be asked for by their code: status and message.
pub const CODES: &[(&str, u16, &str)] = &[
    ("1", 200, "Operation failed."),
    ("50001", 503, "Service temporarily unavailable. Please try again later."),
    ("50002", 400, "JSON syntax error"),
    ("50004", 400, "API endpoint request timeout"),
    ("50005", 410, "API endpoint is inactive or unavailable."),
    ("50007", 200, "User blocked."),
    ("50008", 200, "User does not exist."),
    ("50009", 200, "Account is frozen because of stop-out."),
    ("50010", 200, "User ID cannot be empty."),
    ("50011", 429, "Too Many Requests"),
    ("50012", 200, "Account status invalid. Check account status"),
    ("50013", 429, "Systems are busy. Please try again later."),
    ("50014", 400, "Parameter can not be empty."),
    ("50024", 200, "Parameters can not exist at the same time"),
    ("50026", 500, "System error. Try again later"),
    ("50027", 200, "The account is restricted from trading"),
    ("50030", 200, "You don't have permission to use this API endpoint"),
    ("50035", 403, "This endpoint requires that APIKey must be bound to IP"),
    ("50038", 200, "This feature is unavailable in demo trading"),
    ("50039", 200, "Parameter \"before\" isn't supported for timestamp pagination"),
    ("50040", 200, "Too frequent operations, please try again later"),
    ("50046", 200, "This feature is temporarily unavailable while we make some improvements to it."),
    ("50051", 200, "Due to local laws and regulations, this service is unavailable."),
    ("50077", 200, "Date range exceeds the maximum allowed."),
    ("50100", 400, "API frozen, please contact customer service."),
    ("50101", 401, "APIKey does not match current environment."),
    ("50102", 401, "Timestamp request expired."),
    ("50103", 401, "Request header \"OK-ACCESS-KEY\" cannot be empty."),
    ("50104", 401, "Request header \"OK-ACCESS-PASSPHRASE\" cannot be empty."),
    ("50105", 401, "Request header \"OK-ACCESS-PASSPHRASE\" incorrect."),
    ("50106", 401, "Request header \"OK-ACCESS-SIGN\" cannot be empty."),
    ("50107", 401, "Request header \"OK-ACCESS-TIMESTAMP\" cannot be empty."),
    ("50110", 401, "Your IP 127.0.0.1 is not included in your API key's IP whitelist."),
    ("50111", 401, "Invalid OK-ACCESS-KEY."),
    ("50112", 401, "Invalid OK-ACCESS-TIMESTAMP."),
    ("50113", 401, "Invalid Sign"),
    ("50114", 401, "Invalid authorization."),
    ("50115", 405, "Invalid request method."),
    ("50119", 200, "API key doesn't exist"),
    ("50120", 200, "This API key doesn't have permission to use this function"),
    ("50121", 200, "You can't access our services through the IP address (127.0.0.1)"),
    ("51001", 200, "Instrument ID, Instrument ID code, or Spread ID doesn't exist."),
];

/// The body of an error; what comes from the gate before the API has no `data`.
pub fn body(code: &str, message: &str) -> String {
    let object = Object::new();
    if matches!(code, "50101" | "50110" | "50113") {
        return object.text("msg", message).text("code", code).end();
    }
    object.text("code", code).text("msg", message).raw("data", "[]").end()
}

fn refuse(code: &str) -> Reply {
    let known = CODES.iter().find(|(of, _, _)| *of == code);
    let (_, status, message) = known.copied().unwrap_or((CODES[0].0, CODES[0].1, CODES[0].2));
    Reply::new(status, JSON, body(code, message))
}

/// By the clock: `2026-11-20T17:00:00.000Z` and nothing else.
fn stamp(text: &str) -> Option<Timestamp> {
    let is_iso = text.len() == 24 && text.ends_with('Z') && text.as_bytes()[10] == b'T' && text.as_bytes()[19] == b'.';
    if is_iso { text.parse().ok() } else { None }
}

pub fn check(world: &World, request: &Request) -> Result<Credential, Reply> {
    let [key, sign, time, passphrase] = headers(&request.headers)?;
    let at = stamp(time).ok_or_else(|| refuse("50112"))?;
    if (request.now.as_millisecond() - at.as_millisecond()).abs() > SKEW_SECONDS_MAX * 1000 {
        return Err(refuse("50102"));
    }
    let mut state = world.state();
    let credential = state.trading.credential(Service::Okx, key).cloned().ok_or_else(|| refuse("50119"))?;
    let account = state.trading.at(&credential.account, &world.market, request.now);
    let is_paper = account.map_err(|message| error(500, "50026", &message))?.is_paper;
    drop(state);
    if is_paper != (request.header("x-simulated-trading") == Some("1")) {
        return Err(refuse("50101"));
    }
    if credential.passphrase != passphrase {
        return Err(refuse("50105"));
    }
    let mut payload = format!("{time}{}{}", request.method, request.target).into_bytes();
    payload.extend_from_slice(&request.body);
    if !matches!(&credential.secret, Secret::Shared(secret) if is_hmac_base64(secret, &payload, sign)) {
        return Err(refuse("50113"));
    }
    match credential.validity {
        Validity::Valid => {}
        Validity::Expired => return Err(refuse("50119")),
        Validity::Frozen => return Err(refuse("50100")),
    }
    if !credential.is_from(request.ip) {
        return Err(refuse("50110"));
    }
    if !credential.may(Permission::Read) {
        return Err(refuse("50120"));
    }
    Ok(credential)
}

fn headers(headers: &HeaderMap) -> Result<[&str; 4], Reply> {
    let names = [
        ("ok-access-key", "50103"),
        ("ok-access-sign", "50106"),
        ("ok-access-timestamp", "50107"),
        ("ok-access-passphrase", "50104"),
    ];
    let mut values = [""; 4];
    for ((name, code), value) in names.into_iter().zip(&mut values) {
        let sent = headers.get(name).and_then(|sent| sent.to_str().ok()).unwrap_or_default();
        if sent.is_empty() {
            return Err(refuse(code));
        }
        *value = sent;
    }
    Ok(values)
}
