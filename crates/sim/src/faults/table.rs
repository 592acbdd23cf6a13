//! The services' own tables of errors.

use jiff::Timestamp;

use crate::exchange::JSON;
use crate::json::Object;
use crate::{alpaca, binance, flex, okx};

/// Whether a provider's table has the code.
pub fn has_code(provider: &str, code: &str) -> bool {
    error(provider, code, Timestamp::UNIX_EPOCH).is_some()
}

/// Status, type and body of an error; IBKR puts the time into it.
pub fn error(provider: &str, code: &str, now: Timestamp) -> Option<(u16, &'static str, String)> {
    let find = |table: &[(&str, u16, &'static str)]| {
        let row = table.iter().find(|(of, _, _)| *of == code);
        row.map(|(_, status, message)| (*status, *message))
    };
    match provider {
        "binance" => {
            let (status, message) = find(binance::CODES)?;
            Some((status, JSON, Object::new().raw("code", code).text("msg", message).end()))
        }
        "okx" => {
            let (status, message) = find(okx::CODES)?;
            Some((status, JSON, okx::body(code, message)))
        }
        "alpaca" | "alpaca-paper" => {
            let (status, message) = find(alpaca::CODES)?;
            Some((status, JSON, alpaca::error_body(code, message)))
        }
        "ibkr_flex" => {
            let (status, _) = find(flex::CODES)?;
            Some((status, flex::XML, flex::failure(code, None, now)))
        }
        _ => None,
    }
}
