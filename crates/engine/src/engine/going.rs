//! Runs that are going: at most one of each connection.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};

use crate::model::sync::ConnectionId;

#[derive(Default)]
pub(super) struct Going {
    tasks: JoinSet<()>,
    places: BTreeMap<ConnectionId, Place>,
    /// The provider of each task that has not been seen to end.
    of: HashMap<Id, &'static str>,
}

struct Place {
    task: AbortHandle,
    /// Held by the run until nothing of it is left.
    turn: Arc<Mutex<()>>,
}

impl Going {
    /// Runs that have not been seen to end.
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Those of one provider.
    pub fn of(&self, provider: &str) -> usize {
        self.of.values().filter(|of| **of == provider).count()
    }

    /// Begins a run of a connection. An earlier one that lost its lease may still wait for its source: it is ended
    /// first, so that no source meets two runs of a connection at once.
    pub fn begin(
        &mut self,
        connection: ConnectionId,
        provider: &'static str,
        run: impl Future<Output = ()> + Send + 'static,
    ) {
        self.places.retain(|_, place| !place.task.is_finished());
        let before = self.places.remove(&connection);
        let turn = before.map_or_else(Arc::default, |before| {
            before.task.abort();
            before.turn
        });
        let place = Arc::clone(&turn);
        let task = self.tasks.spawn(async move {
            let _place = place.lock_owned().await;
            run.await;
        });
        self.of.insert(task.id(), provider);
        self.places.insert(connection, Place { task, turn });
    }

    /// Waits until a run ends, and takes all that have; forever where none is going.
    pub async fn some_ended(&mut self) {
        let Some(first) = self.tasks.join_next_with_id().await else { return std::future::pending().await };
        let mut next = Some(first);
        while let Some(ended) = next {
            self.of.remove(&ended.as_ref().map_or_else(JoinError::id, |(id, ())| *id));
            tell(ended);
            next = self.tasks.try_join_next_with_id();
        }
    }

    /// Waits until all have ended, and ends those that take longer.
    pub async fn all_ended(mut self, patience: Duration) {
        let all = async { while self.tasks.join_next().await.is_some() {} };
        drop(tokio::time::timeout(patience, all).await);
    }
}

fn tell(ended: Result<(Id, ()), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!(%error, "a run broke off");
    }
}
