//! What each answer of the bank that is none leads to. Run with `--nocapture` to read the table.

use foliosync_engine::http::TransportError;
use foliosync_engine::testkit::mem_store::{MemDisk, MemStore};
use foliosync_engine::testkit::replay::{Replay, answer};
use std::sync::Arc;

use crate::coins_wire::{Wire, reaction, with_headers};
use crate::ecb::{DAILY, FIRST, HISTORY, april};

const NOW: &str = "2026-04-13T15:00:00Z";

#[tokio::test(start_paused = true)]
async fn every_answer_has_its_reaction() {
    println!("{:<44} {:<32} words", "answer of the data service and of the files", "reaction");
    const BODY: &str = "tell nobody";
    for (status, headers, want) in [
        (400, &[][..], "Backoff"),
        (403, &[], "Backoff"),
        (404, &[], "Backoff"),
        (406, &[], "Backoff"),
        (418, &[("retry-after", "600")], "RetryAt 2026-04-13T15:10:00Z"),
        (429, &[], "RetryAt 2026-04-13T15:01:00Z"),
        (429, &[("retry-after", "90")], "RetryAt 2026-04-13T15:01:30Z"),
        (500, &[], "Backoff"),
        (503, &[("retry-after", "90")], "Backoff"),
        (200, &[], "Backoff"),
    ] {
        let given = || with_headers(answer(status, BODY), headers);
        let replay = Replay::default().on(FIRST, given()).on(HISTORY, given()).on(DAILY, given());
        let error = Wire::new("ecb", NOW, replay).fetch("fx").await.unwrap_err();
        println!("{:<44} {:<32} {error}", format!("{status} {headers:?}"), reaction(&error));
        assert_eq!(reaction(&error), want, "{status} {headers:?}");
        assert!(!error.to_string().contains(BODY));
    }
    let unreachable = || TransportError::Unreachable("connection refused".into());
    let replay =
        Replay::default().fails(FIRST, unreachable()).fails(HISTORY, unreachable()).fails(DAILY, unreachable());
    let error = Wire::new("ecb", NOW, replay).fetch("fx").await.unwrap_err();
    println!("{:<44} {:<32} {error}", "no connection", reaction(&error));
    assert_eq!(reaction(&error), "Backoff");
}

#[tokio::test(start_paused = true)]
async fn what_the_bank_shuts_stays_shut_after_a_restart() {
    let (disk, shut) = (MemDisk::default(), with_headers(answer(429, ""), &[("retry-after", "90")]));
    let store = Arc::new(MemStore::open(&disk, NOW.parse().unwrap()));
    let bank = Wire::on(store, "ecb", NOW, Replay::default().on(FIRST, shut));
    bank.fetch("fx").await.unwrap_err();
    let quotas = bank.quotas().await;
    assert_eq!(quotas[0].scope, "ecb/ip/minute");
    assert_eq!(quotas[0].closed_until.unwrap().to_string(), "2026-04-13T15:01:30Z");

    let later = "2026-04-13T15:00:10Z";
    let store = Arc::new(MemStore::open(&disk, later.parse().unwrap()));
    let bank = Wire::on(store, "ecb", later, Replay::default().on(FIRST, answer(200, &april())));
    assert_eq!(bank.fetch("fx").await.unwrap().items.len(), 2);
    let waited = bank.now().duration_since(later.parse().unwrap()).as_secs();
    assert!((79..=82).contains(&waited) || bank.sent().is_empty(), "{waited}");
}
