//! Notifications on their way to the user: to a webhook, or to a topic of ntfy. The engine says what is to be sent and
//! remembers what was; here it is put into words and sent.

mod letter;
mod post;

use std::sync::Arc;

use foliosync_engine::engine::{Engine, EngineError};
use foliosync_engine::limits::NOTIFY_SECONDS;
use jiff::Timestamp;
use tokio::sync::watch;

use self::letter::News;
pub use self::letter::{Ntfy, Webhook};
use crate::networks::Networks;

/// Where notifications go.
#[derive(Debug, Clone, Default)]
pub struct Notifiers {
    pub webhook: Option<Webhook>,
    pub ntfy: Option<Ntfy>,
    /// Of the addresses that only this machine or its network can reach, those that may be sent to.
    pub private: Networks,
}

/// What came of a try.
pub struct Tried {
    pub name: &'static str,
    pub sent: Result<(), String>,
}

impl Notifiers {
    /// Names, each with the host that it leads to.
    pub fn hosts(&self) -> Vec<(&'static str, String)> {
        let webhook = self.webhook.iter().map(|webhook| (Webhook::NAME, webhook.host()));
        webhook.chain(self.ntfy.iter().map(|ntfy| (Ntfy::NAME, ntfy.host()))).collect()
    }

    /// Passes on what the engine has for each, until `stop` turns true.
    pub async fn pass_on(self: Arc<Self>, engine: Arc<Engine>, mut stop: watch::Receiver<bool>) {
        let names: Vec<_> = self.hosts().into_iter().map(|(name, _)| name).collect();
        while !names.is_empty() {
            for name in &names {
                if let Err(error) = self.catch_up(&engine, name).await {
                    tracing::warn!(name, %error, "notifications could not be passed on; it will be tried again");
                }
            }
            tokio::select! {
                () = tokio::time::sleep(NOTIFY_SECONDS) => {}
                () = async { drop(stop.wait_for(|stop| *stop).await) } => return,
            }
        }
    }

    /// Sends a made-up one everywhere, now. Nothing is remembered of it.
    pub async fn try_out(&self, now: Timestamp) -> Vec<Tried> {
        let mut tried = Vec::new();
        for (name, _) in self.hosts() {
            tried.push(Tried { name, sent: self.send(name, &News::Test { at: now }, now).await });
        }
        tried
    }

    async fn catch_up(&self, engine: &Engine, name: &str) -> Result<(), EngineError> {
        while let Some(notice) = engine.next_notice(name).await? {
            let sent = self.send(name, &News::Notice(&notice), engine.now()).await;
            if let Err(error) = &sent {
                tracing::warn!(name, notice = notice.id, error, "a notification was not taken");
            }
            let is_taken = sent.is_ok();
            engine.notice_sent(name, notice.id, sent).await?;
            if !is_taken {
                break;
            }
        }
        Ok(())
    }

    async fn send(&self, name: &str, news: &News<'_>, now: Timestamp) -> Result<(), String> {
        let webhook = self.webhook.as_ref().filter(|_| name == Webhook::NAME).map(|webhook| webhook.letter(news, now));
        let ntfy = || self.ntfy.as_ref().filter(|_| name == Ntfy::NAME).map(|ntfy| ntfy.letter(news));
        match webhook.or_else(ntfy) {
            Some(letter) => post::send(letter, &self.private).await,
            None => Ok(()),
        }
    }
}
