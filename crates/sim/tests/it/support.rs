//! A simulator with a standing clock, and a client that keeps numbers as they were written.

use std::collections::BTreeMap;
use std::path::Path;

use foliosync_engine::model::Decimal;
use foliosync_sim::{Plan, Sim, SimClock, SimOptions};
use jiff::Timestamp;
use serde_json::value::RawValue;

/// Friday, in the middle of New York's session.
pub const FRIDAY_NOON: &str = "2026-11-20T17:00:00Z";

pub struct World {
    pub sim: Sim,
    pub client: reqwest::Client,
}

pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

/// An object's fields as they were written.
pub type Row = BTreeMap<String, Box<RawValue>>;

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn decimal(text: &str) -> Decimal {
    text.trim_matches('"').parse().unwrap()
}

/// A recorded or documented body; `None` on a machine without them, except in CI.
pub fn fixture(path: &str) -> Option<serde_json::Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    if !folder.exists() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{} is missing", folder.display());
        return None;
    }
    Some(serde_json::from_str(&std::fs::read_to_string(folder.join(path)).unwrap()).unwrap())
}

/// No test encrypts, but no client is built without somebody who could.
pub fn client() -> reqwest::ClientBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
}

impl World {
    pub fn start(now: &str) -> World {
        World::with(World::options(now))
    }

    pub fn options(now: &str) -> SimOptions {
        SimOptions { clock: SimClock::At(at(now)), ..SimOptions::default() }
    }

    pub fn with(options: SimOptions) -> World {
        let sim = Sim::start(SimOptions { generated_symbols: 50, ..options }).unwrap();
        sim.add_key("fmp", "PAID", Plan::fmp_premium());
        sim.add_key("fmp", "FREE", Plan::fmp_free());
        sim.add_key("fmp", "OLD", Plan::fmp_starter().with_legacy());
        sim.add_key("tiingo", "TOKEN", Plan::tiingo_starter());
        let client = client().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        World { sim, client }
    }

    pub fn now(&self, text: &str) -> &World {
        self.sim.set_now(at(text));
        self
    }

    pub fn request(&self, path: &str) -> reqwest::RequestBuilder {
        let (provider, rest) = path.split_once('/').unwrap();
        let request = self.client.get(format!("{}/{rest}", self.sim.base_url(provider)));
        match provider {
            "fmp" => request.header("apikey", "PAID"),
            "tiingo" => request.header("authorization", "Token TOKEN"),
            _ => request,
        }
    }

    /// `path`: provider, slash, and what follows its base address.
    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(path).send().await.unwrap()).await
    }

    pub async fn rows(&self, path: &str) -> Vec<Row> {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        rows(&answer.text)
    }
}

impl Answer {
    pub async fn of(response: reqwest::Response) -> Answer {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, text: response.text().await.unwrap() }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

pub fn rows(text: &str) -> Vec<Row> {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The keys in the order they came.
pub fn keys(text: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let mut parts = text.split("\":");
    let mut last = parts.next().unwrap_or_default();
    for part in parts {
        keys.push(last.rsplit('"').next().unwrap_or_default().to_string());
        last = part;
    }
    keys
}

/// A field as written, without the quotes of a string.
pub fn field<'a>(row: &'a Row, key: &str) -> &'a str {
    row.get(key).unwrap_or_else(|| panic!("no {key} in {row:?}")).get().trim_matches('"')
}

pub fn number(row: &Row, key: &str) -> Decimal {
    decimal(field(row, key))
}
