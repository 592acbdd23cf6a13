//! Runs that ended because the store failed: what listeners are told, and the end that the log gets as soon as it can.

use std::collections::BTreeMap;
use std::sync::MutexGuard;

use jiff::Timestamp;

use super::Engine;
use crate::model::sync::{ConnectionId, Outcome};
use crate::schedule::{self, Ended, Rhythm};
use crate::store::{Claim, Lease, Step, StoreError, StreamEnd};
use crate::sync::Stopped;

/// The last run of a connection that ended without the store being able to say so.
#[derive(Clone)]
pub(super) struct GivenUp {
    pub lease: Lease,
    pub at: Timestamp,
    pub why: String,
    /// What closes the run in the store.
    end: Step,
}

impl Engine {
    pub(super) async fn give_up(&self, claim: &Claim, stopped: &Stopped<'_>) {
        let (at, why) = (self.clock.now(), stopped.error.to_string());
        let spec = self.provider(&claim.connection.provider).spec();
        let rhythm = Rhythm::of(&claim.connection, stopped.stream, spec);
        let (next_due, failures) = schedule::next_due(Ended::Failed, stopped.stream.failures, rhythm, at);
        let end = Step {
            stream: stopped.stream.name.clone(),
            page: None,
            stream_end: Some(StreamEnd {
                role: spec.role,
                outcome: Outcome::Failed,
                error: Some(why.clone()),
                next_due,
                failures,
            }),
            run_end: true,
            now: at,
        };
        let given_up = GivenUp { lease: claim.lease.clone(), at, why, end };
        self.given_up_mut().insert(claim.connection.id, given_up);
        self.settle_given_up().await;
    }

    /// Closes runs in the store that it could not close when it failed them.
    pub(super) async fn settle_given_up(&self) {
        for (id, given_up) in self.given_up() {
            match self.store.commit(&given_up.lease, given_up.end).await {
                Ok(_) | Err(StoreError::LeaseLost) => drop(self.given_up_mut().remove(&id)),
                Err(error) => tracing::warn!(%error, "the end of a failed run cannot be noted yet"),
            }
        }
    }

    pub(super) fn given_up(&self) -> BTreeMap<ConnectionId, GivenUp> {
        self.given_up_mut().clone()
    }

    fn given_up_mut(&self) -> MutexGuard<'_, BTreeMap<ConnectionId, GivenUp>> {
        self.given_up.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
