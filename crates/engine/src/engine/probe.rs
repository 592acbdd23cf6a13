//! Trying a connection out: a page of it through the path of every sync, and nothing stored.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Engine, NewConnection, Result};
use crate::limits::PAGE_SECONDS_MAX;
use crate::model::Batch;
use crate::model::instrument::Instrument;
use crate::model::sync::{Connection, ConnectionId, ItemStatus};
use crate::model::work::SymbolWork;
use crate::provider::{Dataset, FetchRequest, Item, Page, Provider, ProviderError, StreamSpec, Work, caught};
use crate::secrets::Credentials;
use crate::spelling::parse_symbol;
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

/// What a source of prices is asked for where nothing is its to read yet.
const SAMPLES: [&str; 3] = ["stock:AAPL", "crypto:BTC", "fx:EURUSD"];

impl Engine {
    /// Fetches a page as a run would, of one symbol where a stream reads symbols, out of the same budgets, and drops it.
    /// Streams that have nothing to read show nothing, so the next one is tried.
    pub async fn test_connection(&self, id: ConnectionId) -> Result<Probe> {
        let connection = self.connection(id).await?;
        let credentials = self.credentials_of(&connection).await;
        self.try_out(&connection, &credentials).await
    }

    /// Tries out what is not added yet, or how one that is there would be changed: what is not given is as it is there.
    /// Nothing is kept of it.
    pub async fn test_draft(&self, draft: NewConnection, of: Option<ConnectionId>) -> Result<Probe> {
        let spec = self.spec(&draft.provider)?;
        let (mut settings, mut sealed) = (BTreeMap::new(), Credentials::none());
        if let Some(id) = of {
            let before = self.connection(id).await?;
            sealed = self.credentials_of(&before).await;
            settings = before.settings;
        }
        let origin = self.origin(spec, &settings);
        settings.extend(draft.settings);
        // What was given for one host is not sent to another.
        if origin != self.origin(spec, &settings) {
            sealed = Credentials::none();
        }
        self.check_settings(spec, &settings)?;
        self.check_credentials(spec, &draft.credentials, of.is_none())?;
        let connection = Connection {
            id: of.unwrap_or(0),
            provider: draft.provider,
            label: draft.label,
            settings,
            owner: draft.owner,
            sync_enabled: true,
            interval_secs: spec.interval.default_secs,
            created_at: self.now(),
            removed_at: None,
        };
        self.try_out(&connection, &sealed.with(draft.credentials)).await
    }

    async fn try_out(&self, connection: &Connection, credentials: &Credentials) -> Result<Probe> {
        let id = connection.id;
        let provider = self.provider(&connection.provider);
        let spec = provider.spec();
        let budgets = quota::budgets(spec, &connection.settings, credentials, &self.egress);
        let reach = self.reach.of(spec);
        let mut streams: Vec<&StreamSpec> = spec.streams.iter().collect();
        // What an account holds shows whether its key is good; without a key there is nothing to show.
        streams.sort_by_key(|stream| match stream.work {
            Some(Work::Rows(_)) => 0,
            Some(Work::Symbols(Dataset::Quotes)) => 1,
            _ => 2,
        });
        let (mut ok, mut message) = (true, "it has nothing to read".to_string());
        for stream in streams {
            let list = self.sample(connection, stream).await?;
            let request = FetchRequest {
                base_url: self.base_urls.get(&connection.provider).map(String::as_str),
                budgets: &budgets,
                manual: true,
                trial: true,
                work: &list,
                credentials,
                ..FetchRequest::plain(stream.name, &connection.settings, self.now())
            };
            let fetch = caught(provider.fetch(&reach, &request));
            (ok, message) = match tokio::time::timeout(PAGE_SECONDS_MAX, fetch).await {
                Ok(Ok(page)) if page.items.is_empty() => continue,
                Ok(Ok(page)) => told(&page, spec.item_noun),
                Ok(Err(ProviderError::RetryAt { at, message })) => {
                    (false, format!("{message}; it may be asked again at {at:.0}"))
                }
                Ok(Err(error)) => (false, error.to_string()),
                Err(_) => (false, format!("no answer within {} seconds", PAGE_SECONDS_MAX.as_secs())),
            };
            break;
        }
        let left = self.quotas().await?.into_iter().filter(|quota| quota.connections.contains(&id));
        Ok(Probe { ok, message, left: left.map(|quota| (quota.scope, quota.left)).collect() })
    }

    /// The work list of a stream, cut down to what shows that it works.
    async fn sample(&self, connection: &Connection, stream: &StreamSpec) -> Result<Vec<Batch>> {
        // A mirror that is tried out writes nothing.
        let Some(work) = stream.work.filter(|work| !matches!(work, Work::Mirror)) else { return Ok(Vec::new()) };
        let (store, now) = (self.store.as_ref(), self.now());
        let list = work::list(store, &self.providers, connection.id, stream.name, work, now).await?;
        if !matches!(work, Work::Symbols(_)) {
            return Ok(list);
        }
        let one = |symbols: Batch| {
            if symbols.is_empty() {
                let provider = self.provider(&connection.provider);
                let sample = SAMPLES.iter().find_map(|text| sample(provider, text));
                return Batch::of(sample.as_slice());
            }
            Batch { rows: symbols.rows.slice(0, 1), ..symbols }
        };
        Ok(list.into_iter().map(one).collect())
    }
}

fn sample(provider: &dyn Provider, text: &str) -> Option<SymbolWork> {
    let parsed = parse_symbol(text, None).ok()?;
    let instrument = Instrument {
        id: parsed.id(),
        kind: parsed.kind.name().into(),
        symbol: parsed.symbol,
        name: None,
        exchange: parsed.mic,
        currency: None,
        isin: None,
        watched: false,
    };
    let native = provider.native(&instrument)?;
    Some(SymbolWork {
        instrument_id: instrument.id,
        kind: instrument.kind,
        exchange: instrument.exchange,
        native_symbol: native.symbol,
        unit: native.unit,
        price: None,
        price_as_of: None,
        covered_from: None,
        covered_to: None,
        last_close: None,
    })
}

/// A source that answers works; one of whose items nothing could be read does not.
fn told(page: &Page, noun: &str) -> (bool, String) {
    let is_bad = |item: &&Item| !matches!(item.status, ItemStatus::Updated | ItemStatus::Unchanged);
    let bad: Vec<&Item> = page.items.iter().filter(is_bad).collect();
    let count = |number: usize| match noun.strip_suffix('y') {
        _ if number == 1 => format!("1 {noun}"),
        Some(stem) => format!("{number} {stem}ies"),
        None => format!("{number} {noun}s"),
    };
    let all = page.items.len();
    match bad.first() {
        None => (true, format!("it answers: {} read", count(all))),
        Some(first) => {
            let what =
                format!("{} of {} could not be read, such as {}: {}", bad.len(), count(all), first.name, first.detail);
            (bad.len() < all, format!("it answers, but {what}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_counted_in_words() {
        for (items, noun, want) in [
            (&["a"][..], "currency", "it answers: 1 currency read"),
            (&["a", "b"], "currency", "it answers: 2 currencies read"),
            (&["a", "b"], "symbol", "it answers: 2 symbols read"),
        ] {
            let items = items.iter().map(|name| Item::new(*name, ItemStatus::Updated, "read")).collect();
            let page = Page { items, ..Page::last(serde_json::Value::Null) };
            assert_eq!(told(&page, noun), (true, want.to_string()));
        }
    }
}
