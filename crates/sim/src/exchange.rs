//! A request as providers see it and the answer they give: plain values, so that no provider knows the server.

use std::net::IpAddr;
use std::time::Duration;

use axum::http::HeaderMap;
use bytes::Bytes;
use jiff::Timestamp;

pub struct Request {
    pub method: String,
    /// Behind the provider's prefix, starting with `/`, decoded.
    pub path: String,
    pub query: Vec<(String, String)>,
    /// Path and query behind the prefix as they were sent, for who signs them.
    pub target: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub ip: IpAddr,
    pub now: Timestamp,
}

impl Request {
    /// Seconds since 1970.
    pub fn second(&self) -> i64 {
        self.now.as_second()
    }

    /// What follows the question mark, as it was sent.
    pub fn raw_query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// The last parameter of that name.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn number(&self, name: &str) -> Option<i64> {
        self.param(name)?.parse().ok()
    }

    pub fn is_post(&self) -> bool {
        self.method == "POST"
    }

    pub fn date(&self, name: &str) -> Option<jiff::civil::Date> {
        self.param(name)?.parse().ok()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// What carries an answer to the client.
pub enum Carriage {
    Whole,
    /// Says that so many more bytes follow, and ends.
    Short {
        missing: usize,
    },
    /// In pieces with a pause before each.
    Drip {
        pieces: usize,
        pause: Duration,
    },
    /// Instead of the body, piece by piece as it is made.
    Stream(Box<dyn Iterator<Item = Bytes> + Send>),
    /// The connection is reset (TCP RST) instead of an answer.
    Reset,
    /// The connection ends without an answer.
    Close,
}

pub struct Reply {
    /// The pattern of the path that was asked.
    pub endpoint: &'static str,
    pub status: u16,
    pub content_type: &'static str,
    pub headers: Vec<(&'static str, String)>,
    pub body: Bytes,
    /// Before the answer starts.
    pub delay_millis: u32,
    pub carriage: Carriage,
    /// Refused because a limit was used up.
    pub is_limit: bool,
    /// Refused during a ban.
    pub is_ban: bool,
}

pub const JSON: &str = "application/json;charset=UTF-8";
pub const TEXT: &str = "text/plain; charset=utf-8";
pub const HTML: &str = "text/html; charset=utf-8";

impl Reply {
    pub fn new(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Reply {
        Reply {
            endpoint: "",
            status,
            content_type,
            headers: Vec::new(),
            body: body.into(),
            delay_millis: 0,
            carriage: Carriage::Whole,
            is_limit: false,
            is_ban: false,
        }
    }

    pub fn json(body: impl Into<Bytes>) -> Reply {
        Reply::new(200, JSON, body)
    }

    pub fn header(mut self, name: &'static str, value: impl ToString) -> Reply {
        self.headers.push((name, value.to_string()));
        self
    }

    pub fn limit(mut self) -> Reply {
        self.is_limit = true;
        self
    }

    pub fn at(mut self, endpoint: &'static str) -> Reply {
        self.endpoint = endpoint;
        self
    }
}
