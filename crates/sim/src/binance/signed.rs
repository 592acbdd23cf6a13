//! Who asks: key, time stamp and signature, checked as the reference of the signed endpoints has it.

use foliosync_engine::model::Decimal;

use super::{Refusal, missing, refusal};
use crate::exchange::Request;
use crate::server::query;
use crate::signing::{is_ed25519, is_hmac_hex};
use crate::trading::{Credential, Permission, Secret, Service, Validity};
use crate::world::World;

const WINDOW_MILLIS: i64 = 5_000;
const WINDOW_MILLIS_MAX: i64 = 60_000;
/// How far a clock may run ahead of ours.
const AHEAD_MILLIS_MAX: i64 = 1_000;
const KEY_LENGTH: usize = 64;

/// Errors that can be asked for by their code: status and message.
pub const CODES: &[(&str, u16, &str)] = &[
    ("-1000", 500, "Unknown error, please check your request or try again later."),
    ("-1001", 500, "Internal error; unable to process your request. Please try again."),
    ("-1002", 401, "You are not authorized to execute this request."),
    ("-1003", 429, "Too many requests queued."),
    ("-1006", 500, "An unexpected response was received from the message bus. Execution status unknown."),
    ("-1007", 504, "Timeout waiting for response from backend server. Send status unknown; execution status unknown."),
    ("-1008", 503, "Server is currently overloaded with other requests. Please try again in a few minutes."),
    ("-1015", 429, "Too many new orders."),
    ("-1016", 410, "This service is no longer available."),
    ("-1021", 400, "Timestamp for this request is outside of the recvWindow."),
    ("-1022", 400, "Signature for this request is not valid."),
    ("-1100", 400, "Illegal characters found in a parameter."),
    ("-1102", 400, "A mandatory parameter was not sent, was empty/null, or malformed."),
    ("-1104", 400, "Not all sent parameters were read."),
    ("-1121", 400, "Invalid symbol."),
    ("-1127", 400, "Lookup interval is too big."),
    ("-1128", 400, "Combination of optional parameters invalid."),
    ("-1130", 400, "Invalid data sent for a parameter."),
    ("-2014", 400, "API-key format invalid."),
    ("-2015", 401, "Invalid API-key, IP, or permissions for action."),
];

/// A request that was signed by somebody who may read.
pub struct Signed {
    pub credential: Credential,
    parameters: Vec<(String, String)>,
}

impl Signed {
    pub fn param(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn number(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let Some(text) = self.param(name) else { return Ok(None) };
        match text.parse() {
            Ok(number) if number >= 0 => Ok(Some(number)),
            _ => Err(refusal(
                400,
                -1100,
                format!("Illegal characters found in parameter '{name}'; legal range is '^[0-9]{{1,20}}$'."),
            )),
        }
    }

    pub fn is_true(&self, name: &str) -> bool {
        self.param(name) == Some("true")
    }
}

/// `known`: the parameters that the endpoint reads; others are refused.
pub fn check(world: &World, request: &Request, known: &[&str]) -> Result<Signed, Refusal> {
    let invalid = || refusal(401, -2015, "Invalid API-key, IP, or permissions for action.");
    let key = request.header("x-mbx-apikey").unwrap_or_default();
    if key.len() != KEY_LENGTH || !key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(refusal(400, -2014, "API-key format invalid."));
    }
    let body = std::str::from_utf8(&request.body).unwrap_or_default();
    // What is in both counts as it stands in the query.
    let parameters: Vec<_> = query(request.raw_query()).into_iter().chain(query(body)).collect();
    let mut signed = {
        let state = world.state();
        let credential = state.trading.credential(Service::Binance, key).ok_or_else(invalid)?;
        Signed { credential: credential.clone(), parameters }
    };
    let credential = &signed.credential;
    let is_open = credential.validity == Validity::Valid && credential.is_from(request.ip);
    if !is_open || !credential.may(Permission::Read) {
        return Err(invalid());
    }
    let signature = signed.param("signature").filter(|text| !text.is_empty()).ok_or_else(|| missing("signature"))?;
    check_time(&signed, request)?;
    let payload = unsigned(request.raw_query()) + &unsigned(body);
    let is_right = match &credential.secret {
        Secret::Shared(secret) => is_hmac_hex(secret, payload.as_bytes(), signature),
        Secret::Ed25519(public) => is_ed25519(public, payload.as_bytes(), signature),
        Secret::None => false,
    };
    if !is_right {
        return Err(refusal(400, -1022, "Signature for this request is not valid."));
    }
    signed.parameters.retain(|(name, _)| name != "signature");
    let is_known = |name: &str| matches!(name, "timestamp" | "recvWindow") || known.contains(&name);
    let read = signed.parameters.iter().filter(|(name, _)| is_known(name)).count();
    let sent = signed.parameters.len();
    if read < sent {
        let text = format!("Not all sent parameters were read; read '{read}' parameter(s) but was sent '{sent}'.");
        return Err(refusal(400, -1104, text));
    }
    Ok(signed)
}

/// The text without its pair for the signature, wherever that stands.
fn unsigned(text: &str) -> String {
    let pairs: Vec<&str> = text.split('&').filter(|pair| !pair.starts_with("signature=")).collect();
    pairs.join("&")
}

fn check_time(signed: &Signed, request: &Request) -> Result<(), Refusal> {
    let stamp = signed.number("timestamp")?.ok_or_else(|| missing("timestamp"))?;
    // Microseconds are taken too.
    let stamp = if stamp >= 1_000_000_000_000_000 { stamp / 1000 } else { stamp };
    let window = match signed.param("recvWindow") {
        None => Decimal::from(WINDOW_MILLIS),
        Some(text) => {
            let is_short = text.split_once('.').is_none_or(|(_, decimals)| decimals.len() <= 3);
            let window = text.parse::<Decimal>().ok().filter(|window| !window.is_negative() && is_short);
            window.ok_or_else(|| refusal(400, -1102, "Mandatory parameter 'recvWindow' was malformed."))?
        }
    };
    if window > Decimal::from(WINDOW_MILLIS_MAX) {
        return Err(refusal(400, -1131, "recvWindow must be less than 60000"));
    }
    let now = request.now.as_millisecond();
    if stamp >= now + AHEAD_MILLIS_MAX {
        return Err(refusal(400, -1021, "Timestamp for this request was 1000ms ahead of the server's time."));
    }
    if Decimal::from(now - stamp) > window {
        return Err(refusal(400, -1021, "Timestamp for this request is outside of the recvWindow."));
    }
    Ok(())
}
