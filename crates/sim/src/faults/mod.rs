//! Faults on demand: what goes wrong, for which requests, how often.

mod apply;
mod rewrite;
mod table;

pub use apply::apply;
pub use table::has_code;

use serde::{Deserialize, Serialize};

use crate::exchange::Request;
use crate::market::walk::below;

/// What happens to an answer. A report that is streamed can be replaced or refused; what changes a text leaves it alone.
/// In JSON: `{"kind": "status", "code": 503, "retry_after": 5}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fault {
    /// The provider's error body under this status. `retry_after`: seconds.
    Status {
        code: u16,
        #[serde(default)]
        retry_after: Option<u32>,
    },
    /// An error of the service's own table, by its code: `-1021` at Binance, `50011` at OKX, `40110000` at Alpaca,
    /// `1018` at IBKR.
    Code { code: String },
    /// An HTML page under this status; 403 looks like that of a firewall and repeats the address with its key.
    Page { code: u16 },
    /// Any body, as JSON unless it does not start like it.
    Body { code: u16, text: String },
    /// 200 with an error object.
    ErrorObject { message: String },
    /// 200 with a list of one error object.
    ErrorList { message: String },
    /// 200 with a JSON string.
    JsonString { message: String },
    /// 200 with `[]`, or what an empty list looks like at the provider.
    EmptyArray,
    /// 200 without a body.
    EmptyBody,
    /// Numbers, also those in strings, become null; in XML, nothing. `fields`: only these; empty means all.
    Nulls {
        #[serde(default)]
        fields: Vec<String>,
    },
    /// Numbers become text, and numbers in strings become objects.
    WrongTypes {
        #[serde(default)]
        fields: Vec<String>,
    },
    /// Ends in the middle, against its `Content-Length`.
    Truncated,
    /// Ends in the middle of the JSON text, with a `Content-Length` that agrees.
    CutText,
    /// The answer starts so much later.
    Slow { milliseconds: u32 },
    /// The body comes in pieces with a pause before each.
    Drip { pieces: usize, milliseconds: u64 },
    /// `Content-Encoding: gzip` over bytes that are not.
    GzipJunk,
    /// Some kilobytes that unpack to so many mebibytes.
    Oversized { mebibytes: usize },
    /// 302 to another address.
    Redirect { to: String },
    /// TCP RST.
    Reset,
    /// The connection ends without an answer.
    Close,
}

/// Which requests a fault hits. All conditions must hold; the default is every request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct When {
    /// Only the next so many that match.
    pub next: Option<u32>,
    /// The first so many that match pass.
    pub skip: u32,
    /// So many of a hundred, drawn by the seed.
    pub percent: Option<u32>,
    pub path_contains: String,
    /// In the decoded query, written as `key=value&key=value`.
    pub query_contains: String,
    /// Asked with this key: what is sent in the clear. Empty: whoever asks.
    pub key: String,
}

impl When {
    pub fn always() -> When {
        When::default()
    }

    pub fn next(requests: u32) -> When {
        When { next: Some(requests), ..When::default() }
    }

    pub fn percent(percent: u32) -> When {
        When { percent: Some(percent), ..When::default() }
    }

    pub fn skip(mut self, requests: u32) -> When {
        self.skip = requests;
        self
    }

    pub fn path_contains(mut self, part: &str) -> When {
        self.path_contains = part.into();
        self
    }

    pub fn key(mut self, key: &str) -> When {
        self.key = key.into();
        self
    }

    pub fn query_contains(mut self, part: &str) -> When {
        self.query_contains = part.into();
        self
    }
}

/// What a request shows of its key without a secret.
fn key(request: &Request) -> Option<&str> {
    const HEADERS: [&str; 4] = ["x-mbx-apikey", "ok-access-key", "apca-api-key-id", "apikey"];
    let sent = HEADERS.iter().find_map(|name| request.header(name));
    sent.or_else(|| request.param("t")).or_else(|| request.param("apikey"))
}

#[derive(Debug, Clone, Serialize)]
pub struct Switched {
    pub provider: String,
    pub fault: Fault,
    pub when: When,
    /// Requests hit so far.
    pub hits: u32,
    matched: u32,
}

#[derive(Default)]
pub struct Faults(Vec<Switched>);

impl Faults {
    pub fn add(&mut self, provider: &str, fault: Fault, when: When) {
        self.0.push(Switched { provider: provider.into(), fault, when, hits: 0, matched: 0 });
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub fn all(&self) -> &[Switched] {
        &self.0
    }

    /// The first fault that hits the request; it counts the hit.
    pub fn hit(&mut self, provider: &str, request: &Request, seed: u64) -> Option<Fault> {
        if self.0.is_empty() {
            return None;
        }
        let query: Vec<String> = request.query.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let query = query.join("&");
        for (place, one) in self.0.iter_mut().enumerate() {
            let when = &one.when;
            let is_meant = one.provider == provider
                && request.path.contains(&when.path_contains)
                && query.contains(&when.query_contains)
                && (when.key.is_empty() || Some(when.key.as_str()) == key(request))
                && when.next.is_none_or(|next| one.hits < next);
            if !is_meant {
                continue;
            }
            one.matched += 1;
            let drawn = below(seed ^ place as u64, one.matched.into(), 100) as u32;
            if one.matched > when.skip && when.percent.is_none_or(|percent| drawn < percent) {
                one.hits += 1;
                return Some(one.fault.clone());
            }
        }
        None
    }
}
