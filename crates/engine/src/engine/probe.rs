//! Trying a connection out: one page of its first stream through the path of every sync, and nothing stored.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Engine, Result};
use crate::limits::PAGE_SECONDS_MAX;
use crate::model::sync::ConnectionId;
use crate::provider::{FetchRequest, ProviderError, caught};
use crate::{quota, work};

/// What trying a connection out came to.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Probe {
    pub ok: bool,
    /// What was read, or what failed and what to do.
    pub message: String,
    /// What is left of each of its budgets, by scope.
    pub left: BTreeMap<String, i64>,
}

impl Engine {
    /// Fetches one page as a run would, out of the same budgets, and drops it.
    pub async fn test_connection(&self, id: ConnectionId) -> Result<Probe> {
        let connection = self.connection(id).await?;
        let provider = self.provider(&connection.provider);
        let credentials = self.credentials_of(&connection).await;
        let budgets = quota::budgets(provider.spec(), &connection.settings, &credentials);
        let Some(stream) = provider.spec().streams.first() else {
            return Ok(Probe { ok: true, message: "it has nothing to read".into(), left: BTreeMap::new() });
        };
        let list = match stream.work {
            Some(work) => {
                Some(work::list(self.store.as_ref(), &self.providers, id, stream.name, work, self.now()).await?)
            }
            None => None,
        };
        let request = FetchRequest {
            base_url: self.base_urls.get(&connection.provider).map(String::as_str),
            budgets: &budgets,
            manual: true,
            work: list.as_ref(),
            credentials: &credentials,
            ..FetchRequest::plain(stream.name, &connection.settings, self.now())
        };
        let fetch = caught(provider.fetch(&self.reach, &request));
        let (ok, message) = match tokio::time::timeout(PAGE_SECONDS_MAX, fetch).await {
            Ok(Ok(page)) => (true, format!("it answers: {} {}s read", page.items.len(), provider.spec().item_noun)),
            Ok(Err(ProviderError::RetryAt { at, message })) => {
                (false, format!("{message}; it may be asked again at {at}"))
            }
            Ok(Err(error)) => (false, error.to_string()),
            Err(_) => (false, format!("no answer within {} seconds", PAGE_SECONDS_MAX.as_secs())),
        };
        let scopes: Vec<_> = budgets.into_iter().map(|budget| budget.scope).collect();
        let left = self.quotas().await?.into_iter().filter(|quota| scopes.contains(&quota.scope));
        Ok(Probe { ok, message, left: left.map(|quota| (quota.scope, quota.left)).collect() })
    }
}
