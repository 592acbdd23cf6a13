//! Where the data comes from, and how old it is.

use std::fmt;

use foliosync_engine::nearest::nearest;
use rmcp::model::CallToolResult;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::{ANSWER_BYTES_MAX, fitting, sound};
use super::api::Api;
use super::standing::{Gap, Prices, Standing, Stream, recent_report, report};
use crate::failure::Failure;

/// Gaps of each connection in the overview, and of the one that was asked for.
const GAPS_MAX: usize = 5;
const GAPS_OF_ONE_MAX: usize = 100;

/// A connection as people name it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Named {
    /// Its id.
    Id(i64),
    /// Its label, or its id as text.
    Label(String),
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FreshnessAsk {
    /// Only of this connection, with all that its last answers lacked.
    connection: Option<Named>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FreshnessTold {
    last_synced: Option<String>,
    connections: Vec<ConnectionFreshness>,
    connections_left_out: usize,
    prices: Prices,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ConnectionFreshness {
    id: i64,
    label: String,
    provider: String,
    status: String,
    /// `fresh`, `stale` or `never`: the worst of its streams'.
    freshness: String,
    last_sync_at: Option<String>,
    /// The oldest of its streams'.
    as_of: Option<String>,
    streams: Vec<Stream>,
    /// Parts that the last answers lacked, the first ones.
    gaps: Vec<Gap>,
    gap_count: usize,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListAsk {}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    connections: Vec<Connection>,
    connections_left_out: usize,
}

/// What `/api/connections` answers, as far as models need it: no settings, which name folders and hosts.
#[derive(Deserialize)]
struct Connections {
    connections: Vec<Connection>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all(serialize = "camelCase", deserialize = "camelCase"))]
struct Connection {
    id: i64,
    label: String,
    /// The service or file format that it reads.
    provider: String,
    owner: Option<String>,
    /// CONNECTED, SYNCING, ERROR (it will be retried), NEEDS_ATTENTION (the user must act) or DISCONNECTED (switched off).
    status: String,
    freshness: String,
    sync_enabled: bool,
    sync_interval_min: i64,
    last_sync_at: Option<String>,
    last_sync_error: Option<String>,
    next_attempt_at: Option<String>,
    streams: Vec<StreamName>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct StreamName {
    name: String,
}

pub async fn freshness(api: &Api, ask: FreshnessAsk) -> Result<CallToolResult, Failure> {
    let report = report(api).await?;
    let standing = Standing::of(&report);
    let labels: Vec<(i64, String)> = report.connections.iter().map(|c| (c.connection, c.label.clone())).collect();
    let only = ask.connection.as_ref().map(|named| find(named, &labels)).transpose()?;
    let gaps_max = if only.is_some() { GAPS_OF_ONE_MAX } else { GAPS_MAX };
    let asked = report.connections.into_iter().filter(|c| only.is_none_or(|id| id == c.connection));
    let told = asked.map(|c| ConnectionFreshness {
        id: c.connection,
        label: c.label,
        provider: c.provider,
        status: c.status,
        freshness: c.freshness,
        last_sync_at: c.last_sync_at,
        as_of: c.as_of,
        streams: c.streams,
        gap_count: c.gaps.len(),
        gaps: c.gaps.into_iter().take(gaps_max).collect(),
    });
    let (connections, connections_left_out) = fitting(told.collect(), usize::MAX, ANSWER_BYTES_MAX);
    let told =
        FreshnessTold { last_synced: report.last_synced, connections, connections_left_out, prices: report.prices };
    sound(standing, told)
}

pub async fn list(api: &Api, _: ListAsk) -> Result<CallToolResult, Failure> {
    let standing = Standing::of(&recent_report(api).await?);
    let all: Connections = api.get("/api/connections").await?;
    let (connections, connections_left_out) = fitting(all.connections, usize::MAX, ANSWER_BYTES_MAX);
    sound(standing, Listed { connections, connections_left_out })
}

/// Ids and labels of all connections.
pub async fn labels(api: &Api) -> Result<Vec<(i64, String)>, Failure> {
    let all: Connections = api.get("/api/connections").await?;
    Ok(all.connections.into_iter().map(|connection| (connection.id, connection.label)).collect())
}

/// The id of a connection. A label wins over an id that reads the same.
pub fn find(named: &Named, labels: &[(i64, String)]) -> Result<i64, Failure> {
    let found = match named {
        Named::Id(id) => labels.iter().find(|(known, _)| known == id),
        Named::Label(label) => {
            let by_label = labels.iter().find(|(_, known)| known == label);
            by_label.or_else(|| labels.iter().find(|(id, _)| id.to_string() == *label))
        }
    };
    found.map(|(id, _)| *id).ok_or_else(|| {
        let known: Vec<&str> = labels.iter().map(|(_, label)| label.as_str()).collect();
        let hint = match known.is_empty() {
            true => "there is none yet; the user adds them: foliosync connect add".into(),
            false => format!("{}there are: {}", nearest(&named.to_string(), known.iter().copied()), known.join(", ")),
        };
        Failure::input(format!("there is no connection `{named}`"), hint)
    })
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Named::Id(id) => id.fmt(f),
            Named::Label(label) => label.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_found_by_its_label_or_its_id() {
        let labels = [(1, "binance".to_string()), (2, "7".to_string()), (7, "ibkr".to_string())];
        let check = |named: Named, want: Result<i64, &str>| {
            let got = find(&named, &labels);
            assert_eq!(got.as_ref().map_err(|failure| &failure.hint[..]).copied(), want, "{named}");
        };
        check(Named::Label("binance".into()), Ok(1));
        check(Named::Label("7".into()), Ok(2));
        check(Named::Id(7), Ok(7));
        check(Named::Label("1".into()), Ok(1));
        check(Named::Label("binanc".into()), Err("did you mean `binance`? there are: binance, 7, ibkr"));
        check(Named::Id(9), Err("did you mean `7`? there are: binance, 7, ibkr"));
        let none = find(&Named::Id(1), &[]).unwrap_err();
        assert_eq!(none.hint, "there is none yet; the user adds them: foliosync connect add");
    }
}
