//! Who is here: a server that a command started leaves when nobody has been for a while and nothing runs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use foliosync_engine::engine::Engine;
use tokio::time::Instant;

#[derive(Clone)]
pub struct Presence {
    seen: Arc<Mutex<Seen>>,
}

struct Seen {
    clients: usize,
    /// When the last client left, or when something last ran with nobody here.
    last: Instant,
}

/// One client, present until dropped.
pub struct Guest {
    presence: Presence,
}

impl Presence {
    pub fn new() -> Presence {
        Presence { seen: Arc::new(Mutex::new(Seen { clients: 0, last: Instant::now() })) }
    }

    pub fn enter(&self) -> Guest {
        self.lock().clients += 1;
        Guest { presence: self.clone() }
    }

    /// Ends once nobody was here for `idle` and nothing runs. Never, where `idle` is `None`.
    pub async fn lonely(&self, idle: Option<Duration>, engine: &Engine) {
        let Some(idle) = idle else { return std::future::pending().await };
        loop {
            match idle.checked_sub(self.alone_for()) {
                Some(left) if !left.is_zero() => tokio::time::sleep(left).await,
                _ if is_running(engine).await => self.lock().last = Instant::now(),
                _ => return,
            }
        }
    }

    fn alone_for(&self) -> Duration {
        let seen = self.lock();
        if seen.clients > 0 { Duration::ZERO } else { seen.last.elapsed() }
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut seen = self.presence.lock();
        seen.clients -= 1;
        seen.last = Instant::now();
    }
}

/// A store that cannot say counts as idle: there is nothing to wait for.
async fn is_running(engine: &Engine) -> bool {
    match engine.connection_views().await {
        Ok(views) => views.iter().any(|view| view.last_run.as_ref().is_some_and(|run| run.outcome.is_none())),
        Err(_) => false,
    }
}
