//! Whether what is asked for fits the limits of the provider, together with everything that shares them.

use std::collections::BTreeMap;
use std::sync::Arc;

use secrecy::SecretString;

use super::{Engine, EngineError, Result};
use crate::fetch::Admit;
use crate::model::instrument::Instrument;
use crate::model::sync::ConnectionId;
use crate::provider::{Dataset, LimitScope, ProviderSpec, Settings};
use crate::quota::{self, Demand};
use crate::secrets::Credentials;
use crate::store::ConnectionDraft;
use crate::work::Desk;

/// How an interval came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    Chosen,
    Usual,
}

/// Intervals that the usual one is stretched to.
const PRESETS_SECS: [i64; 10] = [60, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400];

impl Engine {
    /// The interval that a connection will have. One that was chosen and cannot be kept is refused, with the shortest
    /// that can; the usual one is stretched instead.
    pub(super) async fn admit_interval(
        &self,
        spec: &'static ProviderSpec,
        draft: &ConnectionDraft,
        given: &BTreeMap<String, Option<SecretString>>,
        pace: Pace,
    ) -> Result<i64> {
        if (spec.limits)(&draft.settings).is_empty() || !draft.sync_enabled {
            return Ok(draft.interval_secs);
        }
        let desk = self.desk().await?;
        let symbols =
            symbols_of(&desk, draft.id, |instrument| self.provider(spec.id).native(instrument).is_some(), &[]);
        let others = self
            .demand_of_others(spec, draft.id, &self.credentials_with(spec, draft, given).await, &draft.settings, &desk)
            .await?;
        let shortest = quota::shortest_interval_secs(spec, &draft.settings, symbols, &others);
        let fits =
            |preset: &i64| shortest.is_some_and(|shortest| shortest <= *preset) && *preset >= draft.interval_secs;
        if pace == Pace::Usual
            && let Some(preset) = PRESETS_SECS.into_iter().find(fits)
        {
            return Ok(preset);
        }
        judge(spec, &draft.settings, &draft.label, draft.interval_secs, symbols, shortest).map(|()| draft.interval_secs)
    }

    /// Refuses instruments that would make a connection's interval one that cannot be kept.
    pub(super) async fn admit_instruments(&self, new: &[Instrument]) -> Result<()> {
        let desk = self.desk().await?;
        for connection in self.connections().await?.into_iter().filter(|connection| connection.sync_enabled) {
            let provider = self.provider(&connection.provider);
            let spec = provider.spec();
            if (spec.limits)(&connection.settings).is_empty() {
                continue;
            }
            let names = |instrument: &Instrument| provider.native(instrument).is_some();
            let before = symbols_of(&desk, Some(connection.id), names, &[]);
            let symbols = symbols_of(&desk, Some(connection.id), names, new);
            if symbols == before {
                continue;
            }
            let credentials = self.credentials_of(&connection).await;
            let others =
                self.demand_of_others(spec, Some(connection.id), &credentials, &connection.settings, &desk).await?;
            let shortest = quota::shortest_interval_secs(spec, &connection.settings, symbols, &others);
            judge(spec, &connection.settings, &connection.label, connection.interval_secs, symbols, shortest)?;
        }
        Ok(())
    }

    /// The same for runs, which do not know the engine.
    pub(super) fn admission(self: &Arc<Self>) -> Box<Admit> {
        let engine = Arc::clone(self);
        Box::new(move |new| {
            let engine = Arc::clone(&engine);
            Box::pin(async move { engine.admit_instruments(&new).await.map_err(|error| error.to_string()) })
        })
    }

    pub(super) async fn desk(&self) -> Result<Desk> {
        Ok(Desk::read(self.store.as_ref(), &self.providers, Dataset::Quotes, self.now()).await?)
    }

    /// What other connections take of the limits that this one shares with them, by the limit's name.
    async fn demand_of_others(
        &self,
        spec: &ProviderSpec,
        id: Option<ConnectionId>,
        credentials: &Credentials,
        settings: &Settings,
        desk: &Desk,
    ) -> Result<Demand> {
        let own: Vec<_> =
            quota::budgets(spec, settings, credentials, &self.egress).into_iter().map(|budget| budget.scope).collect();
        let mut demand = Demand::new();
        for other in self.connections().await? {
            if other.provider != spec.id || Some(other.id) == id || !other.sync_enabled {
                continue;
            }
            let limits = (spec.limits)(&other.settings);
            let is_by_key = limits.iter().any(|limit| matches!(limit.scope, LimitScope::Key(_)));
            let credentials = if is_by_key { self.credentials_of(&other).await } else { Credentials::none() };
            let theirs = quota::budgets(spec, &other.settings, &credentials, &self.egress);
            let symbols = symbols_of(desk, Some(other.id), |_| false, &[]);
            for (limit, budget) in limits.iter().zip(theirs) {
                let is_shared = matches!(limit.scope, LimitScope::Ip) || own.contains(&budget.scope);
                if is_shared {
                    *demand.entry(limit.name).or_default() +=
                        quota::demand(spec, &other.settings, symbols, other.interval_secs, limit);
                }
            }
        }
        Ok(demand)
    }

    /// The credentials as they will be: those given, else those stored.
    async fn credentials_with(
        &self,
        spec: &ProviderSpec,
        draft: &ConnectionDraft,
        given: &BTreeMap<String, Option<SecretString>>,
    ) -> Credentials {
        let stored = match draft.id {
            Some(id) => match self.connection(id).await {
                Ok(connection) => self.credentials_of(&connection).await,
                Err(_) => Credentials::none(),
            },
            None => Credentials::none(),
        };
        let value = |key: &str| match given.get(key) {
            Some(given) => given.clone(),
            None => stored.get(key).ok().cloned(),
        };
        Credentials::of(spec.credentials().filter_map(|setting| Some((setting.key.to_string(), value(setting.key)?))))
    }
}

/// Refuses an interval below the shortest, and says what would do.
fn judge(
    spec: &ProviderSpec,
    settings: &Settings,
    label: &str,
    interval_secs: i64,
    symbols: usize,
    shortest: Option<i64>,
) -> Result<()> {
    let is_one = |shortest: &i64| *shortest <= spec.interval.max_secs;
    match shortest.filter(is_one) {
        Some(shortest) if shortest <= interval_secs => Ok(()),
        Some(shortest) => {
            let message = format!(
                "{} every {} are more than {} allows `{label}`",
                count(symbols),
                quota::words(interval_secs),
                spec.name
            );
            let hint =
                format!("the shortest interval that fits is {} minutes: --every {0}", shortest.saturating_add(59) / 60);
            Err(EngineError::input(message, hint))
        }
        None if quota::shortest_interval_secs(spec, settings, symbols, &Demand::new()).as_ref().is_some_and(is_one) => {
            let message =
                format!("other connections use up what {} allows, and leave no room for `{label}`", spec.name);
            let hint = "let some of them run less often: foliosync connect edit LABEL --every MINUTES";
            Err(EngineError::input(message, hint))
        }
        None => {
            let message = format!("{} are more than the limits of {} leave `{label}`", count(symbols), spec.name);
            Err(EngineError::input(message, "choose fewer symbols, another plan, or a second source of prices"))
        }
    }
}

/// How many symbols are a connection's to read: those it reads, and those of `new`, or that nobody reads, which it can
/// name.
fn symbols_of(desk: &Desk, id: Option<ConnectionId>, names: impl Fn(&Instrument) -> bool, new: &[Instrument]) -> usize {
    let assigned = desk.assignments();
    let own = assigned.iter().filter(|(_, connection, ..)| Some(*connection) == id).count();
    let is_read = |instrument: &Instrument| assigned.iter().any(|(known, ..)| known.id == instrument.id);
    let more = desk.unread().into_iter().chain(new).filter(|instrument| !is_read(instrument) && names(instrument));
    let more: std::collections::BTreeSet<_> = more.map(|instrument| &instrument.id).collect();
    own + more.len()
}

fn count(symbols: usize) -> String {
    match symbols {
        0 => "runs".into(),
        1 => "requests for 1 symbol".into(),
        _ => format!("requests for {symbols} symbols"),
    }
}
