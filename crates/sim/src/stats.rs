//! What was asked of each provider, so that tests can tell whether a client kept to the rules.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::Serialize;

/// By provider. Providers that nobody asked are missing.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Stats {
    pub providers: BTreeMap<String, ProviderStats>,
}

impl Stats {
    /// Empty for a provider that nobody asked.
    pub fn of(&self, provider: &str) -> ProviderStats {
        self.providers.get(provider).cloned().unwrap_or_default()
    }
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct ProviderStats {
    pub requests: u64,
    /// By pattern of the path, such as `/tiingo/daily/{ticker}/prices`.
    pub endpoints: BTreeMap<String, u64>,
    pub statuses: BTreeMap<u16, u64>,
    /// The most that one window of a limit has seen, with requests that were refused.
    pub largest_windows: BTreeMap<String, u32>,
    /// Requests refused because a limit was used up.
    pub limits_broken: u64,
    /// Requests that arrived during a ban.
    pub sent_while_banned: u64,
    /// Requests that arrived earlier than the `Retry-After` of an answer before allowed.
    pub sent_before_retry_after: u64,
    pub faults_served: u64,
    /// Requests that carried a key in their address.
    pub keys_in_address: u64,
    /// Bytes of answers, before any fault.
    pub bytes: u64,
}

/// One request as it arrived, without its key.
#[derive(Debug, Clone, Serialize)]
pub struct Seen {
    /// By the simulator's clock.
    pub at: Timestamp,
    pub provider: &'static str,
    pub method: String,
    pub path: String,
    /// Decoded, without keys, tokens and signatures.
    pub query: Vec<(String, String)>,
    pub status: u16,
}

/// The last requests, the oldest first.
#[derive(Default)]
pub struct Log(VecDeque<Seen>);

/// So many are kept.
const SEEN_MAX: usize = 5_000;

impl Log {
    pub fn push(&mut self, seen: Seen) {
        if self.0.len() == SEEN_MAX {
            self.0.pop_front();
        }
        self.0.push_back(seen);
    }

    pub fn of(&self, provider: &str) -> Vec<Seen> {
        self.0.iter().filter(|seen| seen.provider == provider).cloned().collect()
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}
