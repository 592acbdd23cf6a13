//! The dispatcher: claims what is due, and runs it.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;
use tracing::Instrument;

use super::Engine;
use super::going::Going;
use crate::limits::{DISPATCH_SECONDS, LEASE_SECONDS, MIRRORS_LIVE_MAX, STOP_SECONDS};
use crate::model::sync::Outcome;
use crate::provider::{ProviderSpec, Role};
use crate::store::{Claim, ClaimAsk, StoreError};
use crate::sync::{self, Tools};
use crate::telemetry::{self, LiveRun};

impl Engine {
    /// Claims what is due and runs it until `stop` turns true, at most `runs_live_max` connections at once, and beside
    /// these a few mirrors, so that neither waits for the other; nothing where that is 0. Runs that are going then commit the page that is on
    /// its way and give their lease back; what they leave stays due.
    pub async fn dispatch(self: Arc<Self>, schedules: bool, stop: watch::Receiver<bool>) {
        let lane = |role, max| Arc::clone(&self).run_due(role, max, schedules, stop.clone());
        tokio::select! {
            _ = async { tokio::join!(lane(Role::Source, self.runs_live_max), lane(Role::Mirror, MIRRORS_LIVE_MAX.min(self.runs_live_max))) } => {}
            () = self.hear() => {}
            () = self.keep_log_short() => {}
        }
    }

    /// Makes the dispatcher look for what is due.
    pub(super) fn wake(&self) {
        self.woken.send_replace(());
    }

    /// Passes on what other programs tell; never ends.
    async fn hear(&self) {
        let mut heard = self.store.heard();
        let mut due = 0;
        while heard.changed().await.is_ok() {
            let news = *heard.borrow_and_update();
            self.events.committed(news.cursor);
            if news.due != due {
                due = news.due;
                self.wake();
            }
        }
        std::future::pending().await
    }

    /// How many more runs of each provider may start, where that is bounded. Those of the other role wait elsewhere.
    fn room(&self, role: Role, running: &Going) -> BTreeMap<String, usize> {
        let left = |spec: &ProviderSpec| {
            let max = self.runs_live_max_of.get(spec.id).filter(|_| spec.role == role);
            let max = max.copied().or((spec.role != role).then_some(0))?;
            Some((spec.id.to_string(), max.saturating_sub(running.of(spec.id))))
        };
        self.providers.iter().filter_map(|provider| left(provider.spec())).collect()
    }

    async fn run_due(self: Arc<Self>, role: Role, max: usize, schedules: bool, mut stop: watch::Receiver<bool>) {
        let mut running = Going::default();
        let mut woken = self.woken.subscribe();
        // A program that ended in the middle left its streams due, so the first look needs no waking.
        let mut look = true;
        loop {
            let free = max.saturating_sub(running.len());
            if look && free > 0 {
                let max_of = self.room(role, &running);
                let ask = ClaimAsk { now: self.clock.now(), lease_for: LEASE_SECONDS, max: free, max_of, schedules };
                // Runs that are going must not end because the store fails somebody else.
                let claims = self.store.claim(ask).await.unwrap_or_else(|error| {
                    tracing::error!(%error, "the store could not say what is due; it will be asked again");
                    Vec::new()
                });
                // Fewer than there was room for: nothing more is due until somebody wakes us, or time does.
                look = claims.len() == free;
                telemetry::claimed(&claims, self.clock.now());
                for claim in claims {
                    let (run, connection) = (claim.lease.run, claim.connection.id);
                    let span = tracing::info_span!("run", run, connection, provider = claim.connection.provider);
                    let provider = self.provider(&claim.connection.provider).spec().id;
                    let run = Arc::clone(&self).run_claim(claim, stop.clone()).instrument(span);
                    running.begin(connection, provider, run);
                }
                continue;
            }
            tokio::select! {
                Ok(()) = woken.changed() => look = true,
                () = tokio::time::sleep(DISPATCH_SECONDS) => {
                    self.settle_given_up().await;
                    look = true;
                }
                // A connection may be due again by now.
                () = running.some_ended() => look = true,
                () = async { drop(stop.wait_for(|stop| *stop).await) } => break,
            }
        }
        running.all_ended(STOP_SECONDS * 2).await;
    }

    async fn run_claim(self: Arc<Self>, mut claim: Claim, stop: watch::Receiver<bool>) {
        let connection = claim.connection.clone();
        let provider = self.provider(&connection.provider);
        let (spec, _live) = (provider.spec(), LiveRun::begin());
        let reach = self.reach.of(spec);
        let readers = self.readers_before(&claim).await;
        // A provider lists first what its other streams lean on.
        let place = |name: &str| spec.streams.iter().position(|stream| stream.name == name);
        claim.streams.sort_by_key(|stream| place(&stream.name));
        let credentials = self.credentials_of(&connection).await;
        let tools = Tools {
            provider,
            providers: &self.providers,
            store: self.store.as_ref(),
            reach: &reach,
            base_urls: &self.base_urls,
            stop,
            clock: &self.clock,
            events: &self.events,
            credentials: &credentials,
            admit: &self.admission(),
            egress: &self.egress,
        };
        let outcome = match sync::run(&claim, &tools).await {
            Ok(outcome) => {
                self.hand_over(&claim, readers).await;
                outcome
            }
            // A lost lease has its end in the log already.
            Err(stopped) if matches!(stopped.error, StoreError::LeaseLost) => Outcome::Interrupted,
            Err(stopped) => {
                tracing::error!(label = %connection.label, error = %stopped.error, "a run was given up");
                self.give_up(&claim, &stopped).await;
                Outcome::Failed
            }
        };
        telemetry::ended(spec.id, outcome);
        tracing::debug!(?outcome, "a run ended");
        self.events.nudge();
    }
}
