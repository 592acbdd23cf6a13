//! One request to the exchange, with its answers classified and taken out of their envelope.

use foliosync_engine::http::{Call, HttpAnswer, HttpRequest, Part};
use foliosync_engine::provider::{FetchRequest, ProviderError, Reach};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{DEMO, PRIVATE, PUBLIC, SPEC, errors, sign};
use crate::exchange::{Skew, api_key, budgets, malformed, resync};
use crate::prices::Row;

pub type Query = [(&'static str, String)];

pub struct Ask<'a> {
    pub reach: &'a Reach,
    pub request: &'a FetchRequest<'a>,
}

impl Ask<'_> {
    /// The answer; `None` where the exchange does not know the instrument.
    pub async fn get(&self, path: &str, query: &Query, weight: u32) -> Result<Option<HttpAnswer>, ProviderError> {
        let url = format!("{}{path}", self.host());
        let build = |_| HttpRequest { query: plain(query), ..HttpRequest::get(url.as_str()) };
        self.send(PUBLIC, weight, build).await
    }

    async fn send(
        &self,
        limit: &str,
        weight: u32,
        build: impl Fn(Timestamp) -> HttpRequest + Send + Sync,
    ) -> Result<Option<HttpAnswer>, ProviderError> {
        let classify = |answer: &HttpAnswer, now| match errors::is_unknown_instrument(answer) {
            true => Ok(()),
            false => errors::classify(answer, now),
        };
        let budgets = budgets(self.request, &[limit]);
        let call = Call { budgets: &budgets, weight, manual: self.request.manual, classify: &classify };
        let answer = self.reach.http.send(&call, build).await?;
        Ok(Some(answer).filter(|answer| !errors::is_unknown_instrument(answer)))
    }

    fn host(&self) -> &str {
        let region = self.request.settings.get("region").map_or("global", String::as_str);
        self.request.host(&SPEC, region)
    }

    /// A request that proves that the exchange is reached, for somebody who tries a connection out.
    pub async fn prove(&self) -> Result<(), ProviderError> {
        if self.request.manual {
            self.get("/api/v5/public/time", &[], 1).await?;
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
    secret: &'a SecretString,
    passphrase: &'a SecretString,
}

impl<'a> Private<'a> {
    /// `None` without a key.
    pub fn of(
        reach: &'a Reach,
        request: &'a FetchRequest<'a>,
        skew: i64,
    ) -> Result<Option<Private<'a>>, ProviderError> {
        let Some(key) = api_key(request)? else { return Ok(None) };
        let (secret, passphrase) = (request.credential("api_secret")?, request.credential("passphrase")?);
        Ok(Some(Private { ask: Ask { reach, request }, key, skew: Skew::of(skew), secret, passphrase }))
    }

    /// The answer, asked with our time, and once more with the exchange's where it is another.
    pub async fn get(&self, path: &str, query: &Query, weight: u32) -> Result<HttpAnswer, ProviderError> {
        let url = format!("{}{path}", self.ask.host());
        let is_demo = self.ask.request.settings.get(DEMO).is_some_and(|value| value == "yes");
        let build = |now: Timestamp| {
            let mut http = HttpRequest { query: plain(query), ..HttpRequest::get(url.as_str()) };
            let mark = if query.is_empty() { "" } else { "?" };
            let target = format!("{path}{mark}{}", http.encoded_query());
            let stamp = sign::stamp(self.skew.at(now));
            let text = |secret: &SecretString| secret.expose_secret().trim().to_string();
            let signature = sign::sign(&text(self.secret), &stamp, &target);
            http.headers = vec![
                ("ok-access-key".into(), Part::Secret(text(self.key))),
                ("ok-access-sign".into(), Part::Secret(signature)),
                ("ok-access-timestamp".into(), Part::Plain(stamp)),
                ("ok-access-passphrase".into(), Part::Secret(text(self.passphrase))),
                ("content-type".into(), Part::Plain("application/json".into())),
            ];
            if is_demo {
                http.headers.push(("x-simulated-trading".into(), Part::Plain("1".into())));
            }
            http
        };
        let answer = match self.ask.send(PRIVATE, weight, build).await {
            Err(ProviderError::ResyncClock { .. }) => {
                self.resync().await?;
                self.ask.send(PRIVATE, weight, build).await
            }
            done => done,
        };
        answer?.ok_or_else(|| ProviderError::Refused {
            message: "OKX answers about an instrument that nobody named".into(),
        })
    }

    async fn resync(&self) -> Result<(), ProviderError> {
        let read = |answer: &HttpAnswer| {
            let rows: Vec<Object<'_>> = data(answer)?;
            let millis = rows.first().and_then(|row| Row::of(row)?.whole("ts"));
            millis.ok_or_else(|| malformed("OKX", "its answer holds no time"))
        };
        let Ask { reach, request } = self.ask;
        let url = format!("{}/api/v5/public/time", self.ask.host());
        let budgets = budgets(request, &[PUBLIC]);
        resync((reach, request, &budgets), &url, errors::classify, read, &self.skew).await
    }
}

/// The rows of a good answer.
pub fn data<'a, T: Deserialize<'a>>(answer: &'a HttpAnswer) -> Result<Vec<T>, ProviderError> {
    #[derive(Deserialize)]
    #[serde(bound(deserialize = "T: Deserialize<'de>"))]
    struct Envelope<T> {
        data: Vec<T>,
    }
    serde_json::from_slice::<Envelope<T>>(&answer.body).map(|envelope| envelope.data).map_err(|error| {
        let message = format!("its answer holds no rows (line {}, column {})", error.line(), error.column());
        ProviderError::Malformed { what: "OKX", message }
    })
}

/// A row that is an object.
pub type Object<'a> = &'a RawValue;
