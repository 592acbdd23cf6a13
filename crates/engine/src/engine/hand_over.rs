//! What a run finds out may give symbols to another connection: "not in your plan", or a source that is no longer well.
//! That one reads them soon, not when its time comes.

use std::collections::{BTreeMap, BTreeSet};

use super::{Engine, Result};
use crate::model::sync::ConnectionId;
use crate::provider::{Dataset, Work, is_on};
use crate::store::Claim;
use crate::work::Desk;

/// Who reads each instrument, for one kind of data.
type Readers = BTreeMap<String, (ConnectionId, &'static str)>;

impl Engine {
    /// Who reads what before a run. Empty where nobody could take over from its connection.
    pub(super) async fn readers_before(&self, claim: &Claim) -> Vec<(Dataset, Readers)> {
        let read = async {
            let mut all = Vec::new();
            for dataset in self.shared_datasets(claim).await? {
                all.push((dataset, self.readers(dataset).await?));
            }
            Result::Ok(all)
        };
        // A run is worth more than a hand-over that comes an interval late.
        read.await.unwrap_or_default()
    }

    /// Makes due what a run gave to others, for whoever asked for the run.
    pub(super) async fn hand_over(&self, claim: &Claim, before: Vec<(Dataset, Readers)>) {
        let own = claim.connection.id;
        for (dataset, before) in before {
            let handed = async {
                let mut heirs: BTreeMap<ConnectionId, BTreeSet<&str>> = BTreeMap::new();
                for (instrument, (heir, stream)) in self.readers(dataset).await? {
                    if heir != own && before.get(&instrument).is_some_and(|(reader, _)| *reader == own) {
                        heirs.entry(heir).or_default().insert(stream);
                    }
                }
                for (heir, streams) in heirs {
                    let streams = streams.into_iter().map(String::from).collect();
                    self.make_due(heir, streams, claim.trigger).await?;
                }
                Result::Ok(())
            };
            if let Err(error) = handed.await {
                tracing::warn!(%error, "what another connection reads from now on waits for its schedule");
            }
        }
    }

    async fn readers(&self, dataset: Dataset) -> Result<Readers> {
        let desk = Desk::read(self.store.as_ref(), &self.providers, dataset, self.now()).await?;
        let assigned = desk.assignments().into_iter();
        Ok(assigned.map(|(instrument, connection, stream, _)| (instrument.id.clone(), (connection, stream))).collect())
    }

    /// The kinds of data that a claim reads and that another connection could read, too.
    async fn shared_datasets(&self, claim: &Claim) -> Result<Vec<Dataset>> {
        let own = self.provider(&claim.connection.provider).spec();
        let due = claim.streams.iter().filter(|stream| is_on(&claim.connection.settings, &stream.name));
        let due = due.filter_map(|stream| own.stream(&stream.name)?.work);
        let mut datasets: Vec<Dataset> = due.filter_map(dataset).collect();
        if datasets.is_empty() {
            return Ok(datasets);
        }
        let others: Vec<_> = self.connections().await?.into_iter().filter(|c| c.id != claim.connection.id).collect();
        datasets.retain(|shared| {
            let streams = |provider: &str| self.provider(provider).spec().streams.iter();
            others
                .iter()
                .filter(|other| other.sync_enabled)
                .any(|other| streams(&other.provider).any(|stream| stream.work.and_then(dataset) == Some(*shared)))
        });
        Ok(datasets)
    }
}

fn dataset(work: Work) -> Option<Dataset> {
    match work {
        Work::Symbols(dataset) => Some(dataset),
        Work::Rows(_) | Work::Mirror => None,
    }
}
