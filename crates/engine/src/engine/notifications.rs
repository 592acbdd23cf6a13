//! What the user was told, and what other ways of telling them have still to pass on.

use jiff::Timestamp;

use super::{Engine, Result};
use crate::limits::{EVENTS_PAGE_MAX, NOTICE_HOURS_MAX};
use crate::model::Batch;
use crate::model::notification::{Notification, NotificationId, Notifier};
use crate::schedule::{PROBE, RETRIES};
use crate::store::{Filter, Select};

impl Engine {
    /// Those after an id, or all, newest first; at most `max` of them.
    pub async fn notifications(&self, after: NotificationId, max: usize) -> Result<Vec<Notification>> {
        let after = Filter::After("id", after);
        Ok(self.store.records(|s| s.with(after).descending("id").max(max.min(EVENTS_PAGE_MAX))).await?)
    }

    /// How far each way of telling has come that was ever used.
    pub async fn notifiers(&self) -> Result<Vec<Notifier>> {
        Ok(self.store.records(|s| s.ascending("name")).await?)
    }

    /// What a notifier has to send now: the oldest notification that it has not taken. Whoever is new begins with what
    /// happens from now on. What it would not take for `NOTICE_HOURS_MAX` is given up, and counted.
    pub async fn next_notice(&self, name: &str) -> Result<Option<Notification>> {
        let Some(mut notifier) = self.notifier(name).await? else {
            let newest: Vec<Notification> = self.store.records(|s| s.descending("id").max(1)).await?;
            let sent_up_to = newest.first().map_or(0, |notice| notice.id);
            let (name, never) = (name.to_string(), None::<Timestamp>);
            let new = Notifier {
                name,
                sent_up_to,
                given_up: 0,
                failures: 0,
                next_attempt_at: never,
                last_sent_at: never,
                error: None,
            };
            self.store.put_rows(vec![Batch::of([&new])]).await?;
            return Ok(None);
        };
        let now = self.now();
        if notifier.next_attempt_at.is_some_and(|at| at > now) {
            return Ok(None);
        }
        let after = Filter::After("id", notifier.sent_up_to);
        let waiting: Vec<Notification> =
            self.store.records(|s: Select| s.with(after).ascending("id").max(EVENTS_PAGE_MAX)).await?;
        let is_too_old = |notice: &Notification| now.duration_since(notice.at) > NOTICE_HOURS_MAX;
        let too_old = waiting.iter().take_while(|notice| is_too_old(notice)).count();
        if too_old > 0 {
            notifier.sent_up_to = waiting[too_old - 1].id;
            notifier.given_up += i64::try_from(too_old).unwrap_or(i64::MAX);
            self.store.put_rows(vec![Batch::of([&notifier])]).await?;
            tracing::warn!(name, too_old, "notifications were given up: nobody took them in time");
        }
        Ok(waiting.into_iter().nth(too_old))
    }

    /// Notes what became of a notification that a notifier sent. A failure is tried again as failed streams are.
    ///
    /// A program that ends between sending and this sends once more, under the same id.
    pub async fn notice_sent(
        &self,
        name: &str,
        id: NotificationId,
        sent: std::result::Result<(), String>,
    ) -> Result<()> {
        let Some(before) = self.notifier(name).await? else { return Ok(()) };
        let now = self.now();
        let after = match sent {
            Ok(()) => Notifier {
                sent_up_to: before.sent_up_to.max(id),
                failures: 0,
                next_attempt_at: None,
                last_sent_at: Some(now),
                error: None,
                ..before
            },
            Err(error) => {
                let wait = usize::try_from(before.failures).ok().and_then(|nth| RETRIES.get(nth)).copied();
                let next = now.checked_add(wait.unwrap_or(PROBE)).unwrap_or(Timestamp::MAX);
                let failures = before.failures + 1;
                Notifier { failures, next_attempt_at: Some(next), error: Some(error), ..before }
            }
        };
        Ok(self.store.put_rows(vec![Batch::of([&after])]).await?)
    }

    async fn notifier(&self, name: &str) -> Result<Option<Notifier>> {
        let is_it = Filter::IsText("name", name.into());
        let found: Vec<Notifier> = self.store.records(|s: Select| s.with(is_it)).await?;
        Ok(found.into_iter().next())
    }
}
