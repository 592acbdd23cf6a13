//! A fault made real on an answer.

use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::{Fault, rewrite, table};
use crate::exchange::{Carriage, HTML, JSON, Reply, Request, TEXT};
use crate::flex;
use crate::json::{Object, array, string};

/// The answer that the client gets instead of `reply`. Headers that count usage stay.
pub fn apply(fault: &Fault, provider: &str, request: &Request, mut reply: Reply) -> Reply {
    let text = |reply: &Reply| String::from_utf8_lossy(&reply.body).into_owned();
    match fault {
        Fault::Status { code, retry_after } => {
            let (content_type, body) = error(provider, *code);
            replace(&mut reply, *code, content_type, body);
            reply.headers.retain(|(name, _)| *name != "retry-after");
            reply.headers.extend(retry_after.map(|seconds| ("retry-after", seconds.to_string())));
        }
        Fault::Code { code } => {
            if let Some((status, content_type, body)) = table::error(provider, code, request.now) {
                replace(&mut reply, status, content_type, body);
            }
        }
        Fault::Page { code } => {
            let query: Vec<String> = request.query.iter().map(|(key, value)| format!("{key}={value}")).collect();
            let page = format!(
                "<!DOCTYPE html>\n<html><head><title>{}</title></head><body><h1>{code}</h1>\
                 <p>{}?{}</p></body></html>\n",
                if *code == 403 { "Attention Required! | Access denied" } else { "Service" },
                request.path,
                query.join("&amp;"),
            );
            replace(&mut reply, *code, HTML, page);
        }
        Fault::Body { code, text } => {
            let is_json = text.trim_start().starts_with(['{', '[', '"']);
            replace(&mut reply, *code, if is_json { JSON } else { TEXT }, text.clone());
        }
        Fault::ErrorObject { message } | Fault::ErrorList { message } if provider == "ibkr_flex" => {
            replace(&mut reply, 200, flex::XML, flex::failure("1001", Some(message), request.now));
        }
        Fault::EmptyArray if provider == "ibkr_flex" => replace(&mut reply, 200, flex::XML, flex::EMPTY),
        Fault::Nulls { fields } if provider == "ibkr_flex" => {
            reply.body = rewrite::attributes(&text(&reply), fields, |_| String::new()).into();
        }
        Fault::WrongTypes { fields } if provider == "ibkr_flex" => {
            reply.body = rewrite::attributes(&text(&reply), fields, |value| format!("about {value}")).into();
        }
        Fault::ErrorObject { message } => replace(&mut reply, 200, JSON, error_object(provider, message)),
        Fault::ErrorList { message } => replace(&mut reply, 200, JSON, array([error_object(provider, message)])),
        Fault::JsonString { message } => replace(&mut reply, 200, JSON, string(message)),
        Fault::EmptyArray => {
            let empty = if provider == "okx" { r#"{"code":"0","msg":"","data":[]}"# } else { "[]" };
            replace(&mut reply, 200, JSON, empty);
        }
        Fault::EmptyBody => replace(&mut reply, 200, JSON, ""),
        Fault::Nulls { fields } => {
            reply.body = rewrite::numbers(&text(&reply), fields, |_, _| "null".into()).into();
        }
        Fault::WrongTypes { fields } => {
            let wrong = |value: &str, is_string: bool| {
                if is_string { format!("{{\"value\":{value}}}") } else { string(&format!("about {value}")) }
            };
            reply.body = rewrite::numbers(&text(&reply), fields, wrong).into();
        }
        Fault::Truncated => {
            let half = reply.body.len() / 2;
            reply.carriage = Carriage::Short { missing: (reply.body.len() - half).max(10) };
            reply.body.truncate(half);
        }
        Fault::CutText => reply.body.truncate(reply.body.len() / 2),
        Fault::Slow { milliseconds } => reply.delay_millis = *milliseconds,
        Fault::Drip { pieces, milliseconds } => {
            reply.carriage = Carriage::Drip { pieces: (*pieces).max(1), pause: Duration::from_millis(*milliseconds) };
        }
        Fault::GzipJunk => {
            replace(&mut reply, 200, JSON, &b"\x1f\x8b\x08\x00these bytes unpack to nothing"[..]);
            reply.headers.push(("content-encoding", "gzip".into()));
        }
        Fault::Oversized { mebibytes } => {
            replace(&mut reply, 200, JSON, bomb(*mebibytes));
            reply.headers.push(("content-encoding", "gzip".into()));
        }
        Fault::Redirect { to } => {
            replace(&mut reply, 302, HTML, "");
            reply.headers.push(("location", to.clone()));
        }
        Fault::Reset => reply.carriage = Carriage::Reset,
        Fault::Close => reply.carriage = Carriage::Close,
    }
    reply
}

fn replace(reply: &mut Reply, status: u16, content_type: &'static str, body: impl Into<Bytes>) {
    reply.status = status;
    reply.content_type = content_type;
    reply.body = body.into();
}

/// What the provider says of itself under an error status.
fn error(provider: &str, code: u16) -> (&'static str, String) {
    let body = match (provider, code) {
        ("ibkr_flex", _) => {
            let page = "<html><body>We are sorry, our services are temporarily unavailable</body></html>";
            return (HTML, page.into());
        }
        ("fmp", 429) => crate::fmp::LIMIT_REACHED.to_string(),
        ("fmp", _) => error_object(provider, "Internal error, please try again later."),
        ("tiingo", 429) => crate::tiingo::run_over("hourly"),
        ("tiingo", _) => Object::new().text("detail", "Server Error").end(),
        ("binance", 429) => crate::binance::too_much_weight(6000),
        ("binance", 418) => Object::new().int("code", -1003).text("msg", "IP banned.").end(),
        ("binance", _) => Object::new()
            .int("code", -1000)
            .text("msg", "Unknown error, please check your request or try again later.")
            .end(),
        ("alpaca" | "alpaca-paper", 429) => crate::alpaca::error_body("42910000", "rate limit exceeded"),
        ("alpaca" | "alpaca-paper", _) => crate::alpaca::error_body("50010000", "internal server error occurred"),
        ("okx", 429) => r#"{"code":"50011","msg":"Too Many Requests","data":[]}"#.into(),
        ("okx", 503) => {
            r#"{"code":"50001","msg":"Service temporarily unavailable. Please try again later.","data":[]}"#.into()
        }
        ("okx", _) => r#"{"code":"50026","msg":"System error. Try again later","data":[]}"#.into(),
        _ => return (HTML, format!("<html><body><h1>{code}</h1></body></html>")),
    };
    (JSON, body)
}

fn error_object(provider: &str, message: &str) -> String {
    match provider {
        "tiingo" => Object::new().text("detail", message).end(),
        "binance" => Object::new().int("code", -1000).text("msg", message).end(),
        "alpaca" | "alpaca-paper" => crate::alpaca::error_body("50010000", message),
        "okx" => Object::new().text("code", "50026").text("msg", message).raw("data", "[]").end(),
        _ => Object::new().text("Error Message", message).end(),
    }
}

fn bomb(mebibytes: usize) -> Bytes {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    let zeros = vec![b'0'; 1 << 20];
    // Into memory, which takes every write.
    let _ = gzip.write_all(b"[");
    for _ in 0..mebibytes {
        let _ = gzip.write_all(&zeros);
    }
    let _ = gzip.write_all(b"]");
    gzip.finish().unwrap_or_default().into()
}
