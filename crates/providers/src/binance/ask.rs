//! One request to the exchange, with its answers classified.

use foliosync_engine::http::{Call, HttpAnswer, HttpRequest, Method, Part};
use foliosync_engine::provider::{FetchRequest, ProviderError, Reach};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::sign::Signer;
use super::{MINUTE, SAPI_MINUTE, SPEC, errors};
use crate::exchange::{Skew, api_key, budgets, malformed, resync};

/// How old a request may be when it arrives.
const WINDOW_MILLIS: i64 = 5_000;

pub type Query = [(&'static str, String)];

pub struct Ask<'a> {
    pub reach: &'a Reach,
    pub request: &'a FetchRequest<'a>,
}

impl<'a> Ask<'a> {
    /// The answer; `None` where the exchange does not know one of the symbols, which fails them all.
    pub async fn get(&self, path: &str, query: &Query, weight: u32) -> Result<Option<HttpAnswer>, ProviderError> {
        let url = format!("{}{path}", self.request.host(&SPEC, "public"));
        let build = |_| {
            let mut http = HttpRequest::get(url.as_str());
            http.query = plain(query);
            http
        };
        self.send(&[MINUTE], weight, build).await
    }

    async fn send(
        &self,
        limits: &[&str],
        weight: u32,
        build: impl Fn(jiff::Timestamp) -> HttpRequest + Send + Sync,
    ) -> Result<Option<HttpAnswer>, ProviderError> {
        let classify = |answer: &HttpAnswer, now| match errors::is_unknown_symbol(answer) {
            true => Ok(()),
            false => errors::classify(answer, now),
        };
        let budgets = budgets(self.request, limits);
        let call = Call { budgets: &budgets, weight, manual: self.request.manual, classify: &classify };
        let answer = self.reach.http.send(&call, build).await?;
        Ok(Some(answer).filter(|answer| !errors::is_unknown_symbol(answer)))
    }

    /// A request that proves that the exchange is reached, for somebody who tries a connection out.
    pub async fn prove(&self) -> Result<(), ProviderError> {
        if self.request.manual {
            self.get("/api/v3/ping", &[], 1).await?;
        }
        Ok(())
    }
}

fn plain(query: &Query) -> Vec<(String, Part)> {
    query.iter().map(|(name, value)| (name.to_string(), Part::Plain(value.clone()))).collect()
}

/// Requests that are signed with a connection's key.
pub struct Private<'a> {
    pub ask: Ask<'a>,
    pub key: &'a SecretString,
    pub skew: Skew,
    signer: Signer<'a>,
}

impl<'a> Private<'a> {
    /// `None` without a key.
    pub fn of(
        reach: &'a Reach,
        request: &'a FetchRequest<'a>,
        skew: i64,
    ) -> Result<Option<Private<'a>>, ProviderError> {
        let Some(key) = api_key(request)? else { return Ok(None) };
        let signer = Signer::of(request.credential("api_secret")?)?;
        Ok(Some(Private { ask: Ask { reach, request }, key, skew: Skew::of(skew), signer }))
    }

    /// The answer of an endpoint of the market's API; `None` where the exchange does not know the symbol.
    pub async fn get(&self, path: &str, query: &Query, weight: u32) -> Result<Option<HttpAnswer>, ProviderError> {
        self.signed(Method::Get, path, query, &[MINUTE], weight).await
    }

    /// The answer of an endpoint of the account's API. It counts in limits of its own; here in both, so that a ban that
    /// one of them has met shuts both.
    pub async fn sapi(&self, method: Method, path: &str, weight: u32) -> Result<HttpAnswer, ProviderError> {
        let answer = self.signed(method, path, &[], &[MINUTE, SAPI_MINUTE], weight).await?;
        answer.ok_or_else(|| ProviderError::Refused {
            message: "Binance answers about a symbol that nobody named".into(),
        })
    }

    /// With our time, and once more with the exchange's where it is another.
    async fn signed(
        &self,
        method: Method,
        path: &str,
        query: &Query,
        limits: &[&str],
        weight: u32,
    ) -> Result<Option<HttpAnswer>, ProviderError> {
        let url = format!("{}{path}", self.ask.request.host(&SPEC, "private"));
        let build = |now: jiff::Timestamp| {
            let mut http = HttpRequest { method, query: plain(query), ..HttpRequest::get(url.as_str()) };
            let stamp = self.skew.at(now).as_millisecond();
            for (name, number) in [("recvWindow", WINDOW_MILLIS), ("timestamp", stamp)] {
                http.query.push((name.into(), Part::Plain(number.to_string())));
            }
            // Over the bytes that are sent, and behind them.
            let signature = self.signer.sign(&http.encoded_query());
            http.query.push(("signature".into(), Part::Secret(signature)));
            http.headers.push(("x-mbx-apikey".into(), Part::Secret(self.key.expose_secret().trim().into())));
            http
        };
        match self.ask.send(limits, weight, build).await {
            Err(ProviderError::ResyncClock { .. }) => {
                self.resync().await?;
                self.ask.send(limits, weight, build).await
            }
            done => done,
        }
    }

    async fn resync(&self) -> Result<(), ProviderError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Time {
            server_time: i64,
        }
        let read = |answer: &HttpAnswer| {
            let time: Result<Time, _> = serde_json::from_slice(&answer.body);
            time.map(|time| time.server_time).map_err(|_| malformed("Binance", "its answer holds no time"))
        };
        let Ask { reach, request } = self.ask;
        let url = format!("{}/api/v3/time", request.host(&SPEC, "private"));
        let budgets = budgets(request, &[MINUTE]);
        resync((reach, request, &budgets), &url, errors::classify, read, &self.skew).await
    }
}
