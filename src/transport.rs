//! Sockets for providers: sends what `Http` hands over, within bounds of time and size, and never to another host.

use std::collections::BTreeMap;
use std::error::Error;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use bytes::BytesMut;
use foliosync_engine::http::{HttpAnswer, HttpRequest, Method, Part, Transport, TransportError};
use foliosync_engine::limits::{
    CONNECT_SECONDS_MAX, REDIRECTS_MAX, REQUEST_SECONDS_MAX, RESPONSE_BYTES_MAX, SILENCE_SECONDS_MAX,
};
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, ClientBuilder, Url, retry};

use crate::networks::{Networks, addresses};

pub const USER_AGENT: &str = concat!("foliosync/", env!("CARGO_PKG_VERSION"));

/// Keeps its connections open for the next request to the same host. Uses no proxy and no cookies.
pub struct ReqwestTransport {
    client: Client,
    /// For addresses that people typed: one for each host, bound to the addresses that it had.
    typed: Mutex<BTreeMap<String, Client>>,
    /// Of the addresses that only this machine or its network can reach, those that may be sent to.
    private: Networks,
    body_bytes_max: usize,
    /// Why no host can be trusted, where the system has no certificates.
    distrust: Option<String>,
}

/// How long a connection to a host that somebody typed is kept for the next request.
const QUIET_SECONDS_MAX: Duration = Duration::from_secs(4);

struct Bounds {
    connect: Duration,
    silence: Duration,
    total: Duration,
    /// Decompressed.
    body_bytes_max: usize,
}

impl Bounds {
    const USUAL: Bounds = Bounds {
        connect: CONNECT_SECONDS_MAX,
        silence: SILENCE_SECONDS_MAX,
        total: REQUEST_SECONDS_MAX,
        body_bytes_max: RESPONSE_BYTES_MAX,
    };
}

impl ReqwestTransport {
    /// A system without certificates is no reason to fail: folders can be synced, and hosts on loopback.
    pub fn new() -> anyhow::Result<ReqwestTransport> {
        ReqwestTransport::within(Bounds::USUAL)
    }

    /// With the private networks that addresses which people typed may lead to.
    pub fn with_private(self, private: Networks) -> ReqwestTransport {
        ReqwestTransport { private, ..self }
    }

    fn within(bounds: Bounds) -> anyhow::Result<ReqwestTransport> {
        // An error says that one is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let body_bytes_max = bounds.body_bytes_max;
        let blank = |client| ReqwestTransport {
            client,
            typed: Mutex::default(),
            private: Networks::default(),
            body_bytes_max,
            distrust: None,
        };
        match builder(&bounds).build() {
            Ok(client) => Ok(blank(client)),
            Err(error) => {
                let client = builder(&bounds).tls_certs_only([]).build().context("the network")?;
                Ok(ReqwestTransport { distrust: Some(innermost(&error)), ..blank(client) })
            }
        }
    }

    /// Where the request goes, if it may.
    fn address(&self, request: &HttpRequest) -> Result<Url, TransportError> {
        let refused = |why: &str| Err(TransportError::Refused(format!("was not sent: {why}")));
        let Ok(mut url) = Url::parse(&request.url) else { return refused("its address is no URL") };
        let is_loopback = url.host_str().is_some_and(is_loopback);
        match url.scheme() {
            "http" if is_loopback => {}
            // Whether it may go there, its address decides.
            "http" if request.typed => {}
            "http" => return refused("without https, only hosts on loopback are asked; use an address with https"),
            "https" => {}
            _ => return refused("its address must begin with https"),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refused("its address must not hold a user name or password");
        }
        if let Some(why) = self.distrust.as_ref().filter(|_| url.scheme() == "https") {
            return refused(&format!("no host can be trusted without certificates; install `ca-certificates` ({why})"));
        }
        if !request.query.is_empty() {
            url.set_query(Some(&request.encoded_query()));
        }
        Ok(url)
    }
}

impl ReqwestTransport {
    /// The client for a host that somebody typed, with the host's name in it. The addresses that were looked at are those
    /// that are connected to, and no redirect is followed.
    async fn client_of(&self, url: &Url) -> Result<(Client, String), TransportError> {
        let host = url.origin().ascii_serialization();
        if let Some(client) = self.typed_mut().get(&host) {
            return Ok((client.clone(), host));
        }
        let found = addresses(url, &self.private).await;
        let found = found.map_err(|why| TransportError::Refused(format!("was not sent: {why}")))?;
        let bounds = Bounds { body_bytes_max: self.body_bytes_max, ..Bounds::USUAL };
        // Before servers do: many close a connection that was quiet for five seconds, just when it is used again.
        let client = builder(&bounds).redirect(Policy::none()).pool_idle_timeout(QUIET_SECONDS_MAX);
        let client = client.resolve_to_addrs(url.host_str().unwrap_or_default(), &found);
        let client = if self.distrust.is_some() { client.tls_certs_only([]) } else { client };
        let client = client.build().map_err(|error| TransportError::Unreachable(innermost(&error)))?;
        self.typed_mut().insert(host.clone(), client.clone());
        Ok((client, host))
    }

    fn typed_mut(&self) -> MutexGuard<'_, BTreeMap<String, Client>> {
        self.typed.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn builder(bounds: &Bounds) -> ClientBuilder {
    Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(bounds.connect)
        .read_timeout(bounds.silence)
        .timeout(bounds.total)
        .redirect(Policy::custom(|attempt| match detour(&attempt) {
            Some(why) => attempt.error(why),
            None => attempt.follow(),
        }))
        // It would carry the query, and the key in it, to wherever a redirect leads.
        .referer(false)
        // `Http` repeats what may be repeated, each time for its weight.
        .retry(retry::never())
        .no_proxy()
}

fn detour(attempt: &Attempt<'_>) -> Option<String> {
    let is_elsewhere = attempt.previous().first().is_none_or(|first| first.origin() != attempt.url().origin());
    if is_elsewhere {
        return Some("was redirected to another host, which is not followed; check its base URL".into());
    }
    (attempt.previous().len() > REDIRECTS_MAX).then(|| format!("was redirected more than {REDIRECTS_MAX} times"))
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn send(&self, request: HttpRequest) -> Result<HttpAnswer, TransportError> {
        let url = self.address(&request)?;
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        let (client, host) = match request.typed {
            true => self.client_of(&url).await?,
            false => (self.client.clone(), String::new()),
        };
        let mut sending = client.request(method, url);
        for (name, value) in &request.headers {
            let (key, value) = header(name, value).ok_or_else(|| {
                TransportError::Refused(format!("was not sent: its header `{name}` holds what no header can"))
            })?;
            sending = sending.header(key, value);
        }
        if let Some(body) = &request.body {
            sending = sending.body(body.expose().to_string());
        }
        let mut response = sending.send().await.map_err(|error| {
            // It may be elsewhere by now: the next request looks.
            self.typed_mut().remove(&host);
            explain(&error, TransportError::Unreachable)
        })?;
        let too_large = || TransportError::TooLarge { max_bytes: self.body_bytes_max };
        if response.content_length().is_some_and(|bytes| bytes > self.body_bytes_max as u64) {
            return Err(too_large());
        }
        let status = response.status().as_u16();
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| explain(&error, TransportError::Broken))? {
            if body.len() + chunk.len() > self.body_bytes_max {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(HttpAnswer { status, headers, body: body.freeze() })
    }
}

fn header(name: &str, value: &Part) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
    let mut text = HeaderValue::from_str(value.expose()).ok()?;
    text.set_sensitive(matches!(value, Part::Secret(_)));
    Some((name, text))
}

pub fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// In words that hold no URL: reqwest's own do.
fn explain(error: &reqwest::Error, otherwise: fn(String) -> TransportError) -> TransportError {
    if error.is_redirect() {
        return TransportError::Refused(innermost(error));
    }
    if error.is_timeout() {
        return TransportError::TimedOut;
    }
    otherwise(innermost(error))
}

/// What the last of an error's sources says, which is what failed first.
pub fn innermost(error: &reqwest::Error) -> String {
    let mut last = error.source();
    while let Some(deeper) = last.and_then(std::error::Error::source) {
        last = Some(deeper);
    }
    last.map_or_else(|| "the request failed".into(), ToString::to_string)
}

#[path = "transport/tests.rs"]
#[cfg(test)]
mod tests;
