//! What the user was told, newest first.

use super::{Engine, Result};
use crate::limits::EVENTS_PAGE_MAX;
use crate::model::notification::{Notification, NotificationId};
use crate::store::Filter;

impl Engine {
    /// Those after an id, or all; at most `max` of them.
    pub async fn notifications(&self, after: NotificationId, max: usize) -> Result<Vec<Notification>> {
        let after = Filter::After("id", after);
        Ok(self.store.records(|s| s.with(after).descending("id").max(max.min(EVENTS_PAGE_MAX))).await?)
    }
}
