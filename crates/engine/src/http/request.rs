//! A request as a provider builds it, and what of it may be shown.

use std::fmt;

use crate::limits::ERROR_CHARS_MAX;

/// A request as a provider builds it. Its secrets are never shown: see [`HttpRequest::shown`].
#[derive(Clone)]
pub struct HttpRequest {
    pub method: Method,
    /// Scheme, host and path, without a query.
    pub url: String,
    /// Not encoded: see [`HttpRequest::encoded_query`].
    pub query: Vec<(String, Part)>,
    pub headers: Vec<(String, Part)>,
    pub body: Option<Part>,
    /// Whether people typed where it goes: [`Http`](super::Http) says so, and transports look closer.
    pub typed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Patch,
    Delete,
}

/// A value of a request, and whether it may be shown.
#[derive(Clone, PartialEq, Eq)]
pub enum Part {
    Plain(String),
    Secret(String),
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Plain(text) => f.write_str(text),
            Part::Secret(_) => f.write_str(STARS),
        }
    }
}

impl Part {
    pub fn expose(&self) -> &str {
        match self {
            Part::Plain(text) | Part::Secret(text) => text,
        }
    }
}

const STARS: &str = "***";
/// A piece of a secret, such as the key in `Token …`, is starred out by itself from this length on.
const PIECE_CHARS_MIN: usize = 8;

impl HttpRequest {
    pub fn get(url: impl Into<String>) -> HttpRequest {
        HttpRequest {
            method: Method::Get,
            url: url.into(),
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            typed: false,
        }
    }

    /// The query as it is sent, without the question mark: all but letters, digits and `-._~` percent-encoded. Signatures
    /// are made over these bytes.
    pub fn encoded_query(&self) -> String {
        let pairs = self.query.iter().map(|(key, value)| format!("{}={}", encoded(key), encoded(value.expose())));
        pairs.collect::<Vec<_>>().join("&")
    }

    /// What logs and errors may say of it: method and URL, with every secret part starred out.
    pub fn shown(&self) -> String {
        let query: Vec<_> = self.query.iter().map(|(key, value)| format!("{key}={value:?}")).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        let method = match self.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        };
        format!("{method} {}{mark}{}", self.url, query.join("&"))
    }

    /// What logs and errors may show of a text that somebody else wrote about this request: each of its secrets starred
    /// out, as it was written or encoded, and no more than `ERROR_CHARS_MAX` of it.
    pub fn scrub(&self, text: &str) -> String {
        let mut scrubbed = text.to_string();
        for secret in self.secrets() {
            scrubbed = scrubbed.replace(&secret, STARS);
        }
        match scrubbed.char_indices().nth(ERROR_CHARS_MAX) {
            Some((end, _)) => format!("{}…", &scrubbed[..end]),
            None => scrubbed,
        }
    }

    /// Every text that gives a secret away, the longest first, so that none leaves a rest of another.
    fn secrets(&self) -> Vec<String> {
        let values = self.query.iter().chain(&self.headers).map(|(_, value)| value).chain(&self.body);
        let mut secrets = Vec::new();
        for value in values {
            let Part::Secret(secret) = value else { continue };
            let between = |c: char| c.is_whitespace() || "&=,;:\"'{}".contains(c);
            let pieces = secret.split(between).filter(|piece| piece.chars().count() >= PIECE_CHARS_MIN);
            for text in std::iter::once(secret.as_str()).chain(pieces).filter(|text| !text.is_empty()) {
                secrets.extend([text.to_string(), encoded(text)]);
            }
        }
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

/// As RFC 3986 has it, with capital digits.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte.into()),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_encoded_once_and_for_all() {
        let mut request = HttpRequest::get("https://host/x");
        assert_eq!(request.encoded_query(), "");
        for (key, value) in [("symbols", "[\"A\",\"B\"]"), ("sym bol", "１２"), ("plain", "a-._~Z9"), ("sig", "+/=&")]
        {
            request.query.push((key.into(), Part::Secret(value.into())));
        }
        let want = "symbols=%5B%22A%22%2C%22B%22%5D&sym%20bol=%EF%BC%91%EF%BC%92&plain=a-._~Z9&sig=%2B%2F%3D%26";
        assert_eq!(request.encoded_query(), want);
    }

    #[test]
    fn what_others_say_of_a_request_gives_no_secret_away() {
        let mut request = HttpRequest::get("https://host/x");
        request.query.push(("key".into(), Part::Secret("ab/cd+ef".into())));
        request.query.push(("symbol".into(), Part::Plain("AAPL".into())));
        request.headers.push(("authorization".into(), Part::Secret("Token 0123456789".into())));
        request.headers.push(("empty".into(), Part::Secret(String::new())));
        request.body = Some(Part::Secret("grant=code&secret=topsecret1".into()));
        for (text, shown) in [
            ("nothing to hide about AAPL", "nothing to hide about AAPL"),
            ("GET /x?key=ab/cd+ef&symbol=AAPL", "GET /x?key=***&symbol=AAPL"),
            ("GET /x?key=ab%2Fcd%2Bef", "GET /x?key=***"),
            ("Authorization: Token 0123456789", "Authorization: ***"),
            ("bad token '0123456789'", "bad token '***'"),
            ("body was grant=code&secret=topsecret1!", "body was ***!"),
            ("topsecret1 is wrong", "*** is wrong"),
        ] {
            assert_eq!(request.scrub(text), shown);
        }
        let long = request.scrub(&"é".repeat(ERROR_CHARS_MAX + 1));
        assert_eq!(long.chars().count(), ERROR_CHARS_MAX + 1, "cut, and it says so");
        assert!(long.ends_with('…'));
    }
}
