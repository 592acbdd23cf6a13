//! What the user is told: once, in order, and passed on however often that fails.

use std::time::Duration;

use foliosync_engine::model::notification::{NotificationId, NotificationKind, Notifier};
use foliosync_engine::model::sync::{ConnectionId, SyncOptions};
use foliosync_engine::provider::ProviderError;

use crate::accounts::House;
use crate::sim::pass;

async fn revoke(house: &House, (id, label): (ConnectionId, &str)) {
    house.provider.fails(label, "balances", ProviderError::NeedsUser { message: "the key was revoked".into() });
    house.rig.sync_to_end(id, SyncOptions::default()).await;
}

#[tokio::test(start_paused = true)]
async fn the_user_hears_of_it_once() {
    let house = House::new();
    let one = (house.add("one").await, "one");
    revoke(&house, one).await;
    revoke(&house, one).await;
    house.rig.sync_to_end(one.0, SyncOptions::default()).await;
    let told = house.rig.engine.notifications(0, 10).await.unwrap();
    let told: Vec<_> = told.into_iter().map(|told| (told.id, told.kind, told.message)).collect();
    let line = |id, kind, message: &str| (id, kind, message.to_string());
    assert_eq!(
        told,
        [
            line(2, NotificationKind::Recovered, "`one` is read again"),
            line(1, NotificationKind::NeedsAttention, "`one` cannot be read: the key was revoked"),
        ]
    );
    assert_eq!(house.rig.engine.notifications(1, 10).await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn notices_are_passed_on_in_order_until_somebody_takes_them() {
    let house = House::new();
    let engine = &house.rig.engine;
    let one = (house.add("one").await, "one");
    revoke(&house, one).await;
    let next = async || engine.next_notice("webhook").await.unwrap().map(|notice| notice.id);
    let sent = async |id: NotificationId, result: Result<(), &str>| {
        engine.notice_sent("webhook", id, result.map_err(String::from)).await.unwrap();
    };
    let state = async || {
        let all = engine.notifiers().await.unwrap();
        all.into_iter().find(|notifier| notifier.name == "webhook").unwrap()
    };
    assert_eq!(next().await, None, "what was told before it was there is no news");

    house.rig.sync_to_end(one.0, SyncOptions::default()).await;
    revoke(&house, one).await;
    for (minutes, failures) in [(1, 1), (5, 2), (15, 3), (60, 4)] {
        assert_eq!(next().await, Some(2));
        sent(2, Err("it answered with status 500")).await;
        assert_eq!((next().await, state().await.failures), (None, failures), "not at once");
        pass(Duration::from_secs(minutes * 60 - 1)).await;
        assert_eq!(next().await, None, "not before {minutes} minutes");
        pass(Duration::from_secs(1)).await;
    }
    assert_eq!(state().await.error.as_deref(), Some("it answered with status 500"));
    sent(2, Ok(())).await;
    let Notifier { sent_up_to, failures, error, next_attempt_at, .. } = state().await;
    assert_eq!((sent_up_to, failures, error, next_attempt_at), (2, 0, None, None));
    assert_eq!(next().await, Some(3));
    // Another one begins with what is new to it.
    assert!(engine.next_notice("ntfy").await.unwrap().is_none());

    // After a day it is no use any more, and that is counted; what comes later is.
    pass(Duration::from_secs(24 * 3_600)).await;
    house.rig.sync_to_end(one.0, SyncOptions::default()).await;
    assert_eq!(next().await, Some(4));
    assert_eq!((state().await.given_up, state().await.sent_up_to), (1, 3));
    sent(4, Ok(())).await;
    assert_eq!(next().await, None);
}
