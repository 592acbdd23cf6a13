//! Binance's trades: which pairs are asked for and when, in pages, and what becomes of those that fail.

use std::collections::BTreeSet;

use foliosync_engine::model::accounts::Fill;
use foliosync_engine::model::sync::{ItemStatus, Outcome};
use foliosync_engine::testkit::replay::answer;

use crate::binance_account::{KEYS, Trade, open};
use crate::exchange_desk::{Account, MINUTE, NOW_MS};
use crate::prices_desk::{ok, param};

#[tokio::test(start_paused = true)]
async fn trades_are_read_pair_by_pair_and_only_when_something_changed() {
    let (mut account, exchange) = open(&[("symbols", "ETH/BTC")]).await;
    let synced = account.sync().await;
    assert_eq!(synced.run.outcome, Some(Outcome::Ok));
    assert_eq!(synced.item("BTCUSDT"), (ItemStatus::Updated, "1 trade"));
    let first = "BTCUSDT/7 buy 0.5 BTC @ 100 USDT fee 0.001 BNB";
    assert_eq!(account.fills().await, [first]);
    let asked: BTreeSet<String> = account.asked().into_iter().filter(|line| line.contains("myTrades")).collect();
    // EUR is usual to buy coins for; ETH is not held, so its other pair is not asked for.
    let want = ["BTCEUR 0", "BTCUSDT 0", "ETHBTC 0"].map(|line| format!("api/v3/myTrades {line}"));
    assert_eq!(asked, BTreeSet::from(want));

    // As long as nothing changes, nothing is asked.
    account.pass(5).await;
    assert_eq!(account.fills_synced().await.counts(), [0; 5]);
    assert!(account.asked().is_empty());

    // What changed on both sides was traded.
    exchange.lock().spot = vec![("BTC", "0.6", "0"), ("USDT", "990", "0")];
    exchange.lock().trades.get_mut("BTCUSDT").unwrap().push((9, true, "0.1", "100"));
    account.pass(5).await;
    account.sync().await;
    let of_trades = |account: &mut Account| -> Vec<String> {
        account.asked().into_iter().filter(|line| line.contains("myTrades")).collect()
    };
    assert_eq!(of_trades(&mut account), ["api/v3/myTrades BTCUSDT 8"]);
    assert_eq!(account.fills().await.len(), 2);

    // Deposits are no trades; something that is bound by an order is not sold.
    exchange.lock().spot = vec![("BTC", "0.5", "0.1"), ("USDT", "1990", "0")];
    account.pass(1).await;
    account.sync().await;
    assert!(of_trades(&mut account).is_empty());

    // After a quarter of an hour, pairs that were traded once, and one of the others in turn.
    for other in ["BTCEUR 0", "ETHBTC 0", "BTCEUR 0"] {
        account.pass(15).await;
        account.sync().await;
        let asked: BTreeSet<String> = of_trades(&mut account).into_iter().collect();
        assert_eq!(asked, BTreeSet::from(["BTCUSDT 10", other].map(|line| format!("api/v3/myTrades {line}"))));
    }
    // After a day all, and those that are new.
    account.pass(24 * 60).await;
    exchange.lock().pairs.push(("BTC", "USDC"));
    account.sync().await;
    assert_eq!(of_trades(&mut account).len(), 4);

    // A new coin has new pairs.
    exchange.lock().spot.push(("ETH", "1", "0"));
    exchange.lock().trades.insert("ETHUSDT", vec![(0, false, "1", "3")]);
    account.pass(1).await;
    account.sync().await;
    assert_eq!(of_trades(&mut account), ["api/v3/myTrades ETHUSDT 0"]);
    assert!(account.fills().await.contains(&"ETHUSDT/0 sell 1 ETH @ 3 USDT fee 0.001 BNB".to_string()));

    // Everything from the beginning, for who asks for that; it changes nothing.
    let before = account.fills().await;
    account.asked();
    let synced = account.rehashed().await;
    let asked = of_trades(&mut account);
    assert!(asked.len() == 5 && asked.iter().all(|line| line.ends_with(" 0")), "{asked:?}");
    assert_eq!((account.fills().await, synced.run.rows_written), (before, 0));
}

#[tokio::test(start_paused = true)]
async fn long_histories_come_in_pages_and_none_is_lost() {
    let (mut account, exchange) = open(&[]).await;
    exchange.lock().spot = vec![("BTC", "1", "0")];
    let many: Vec<Trade> = (0..12_003).map(|nth| (nth * 2 + 5, nth % 2 == 0, "0.001", "100")).collect();
    exchange.lock().trades.insert("BTCUSDT", many);
    let synced = account.sync().await;
    assert_eq!(synced.item("BTCUSDT"), (ItemStatus::Updated, "12003 trades"));
    assert_eq!((synced.run.trades_imported, synced.run.outcome), (12_003, Some(Outcome::Ok)));
    let asked: Vec<String> = account.asked().into_iter().filter(|line| line.contains("BTCUSDT")).collect();
    assert_eq!(asked.len(), 13, "twelve full answers, and three trades");
    assert_eq!(asked[1], "api/v3/myTrades BTCUSDT 2004");
    let rows = account.desk.rows::<Fill>(account.id).await;
    assert_eq!(rows.len(), 12_003);
}

#[tokio::test(start_paused = true)]
async fn delisted_and_misspelt_pairs_are_told_apart() {
    let (mut account, exchange) = open(&[("symbols", "OLDUSDT,BTCUSTD")]).await;
    exchange.lock().pairs.push(("OLD", "USDT"));
    exchange.lock().trades.insert("OLDUSDT", vec![(1, true, "2", "3")]);
    let synced = account.sync().await;
    let want = "Binance does not know the pair: correct the setting `symbols`, or wait for its listing";
    assert_eq!(synced.item("BTCUSTD"), (ItemStatus::Missing, want));
    assert_eq!(synced.run.outcome, Some(Outcome::Partial));
    assert!(account.fills().await.contains(&"OLDUSDT/1 buy 2 OLD @ 3 USDT fee 0.001 BNB".to_string()));

    // The fault stays in sight while nothing is asked, and goes with its cause.
    account.pass(5).await;
    account.asked();
    let synced = account.fills_synced().await;
    assert_eq!((synced.item("BTCUSTD").0, synced.counts()), (ItemStatus::Missing, [0, 1, 1, 0, 0]));
    assert_eq!(account.asked(), ["api/v3/exchangeInfo"], "what else is there of a coin that was traded");
    assert_eq!(account.view().await.gaps.len(), 1);
    account.edit(&[("symbols", "OLDUSDT")], &[]).await;
    exchange.lock().pairs.retain(|(base, _)| *base != "OLD");
    account.pass(24 * 60).await;
    let synced = account.sync().await;
    assert_eq!(synced.run.outcome, Some(Outcome::Ok), "what was traded and is no more has no new trades");
    assert!(account.view().await.gaps.is_empty());
    assert_eq!(account.fills().await.len(), 2);

    account.edit(&[("symbols", "BTC")], &[]).await;
    assert_eq!(account.sync().await.run.outcome, Some(Outcome::NeedsUser));
}

#[tokio::test(start_paused = true)]
async fn a_pair_that_fails_is_asked_again_and_holds_up_no_other() {
    let (mut account, exchange) = open(&[("symbols", "ETHBTC,ETHUSDT,LDOUSDT")]).await;
    let trade = |id: i64, price: &str| {
        format!(
            r#"{{"id":{id},"price":"{price}","qty":"1","commission":"0","commissionAsset":"BNB","time":{},"isBuyer":true}}"#,
            NOW_MS - MINUTE
        )
    };
    // One of three rows cannot be read; those before it are good.
    let body = format!("[{},{},{}]", trade(1, "1.5"), trade(2, "none"), trade(3, "1.7"));
    let replies = exchange.clone();
    exchange.lock().spot = vec![("BTC", "1", "0")];
    let desk = Account::open("binance", &[("symbols", "ETHBTC,ETHUSDT,LDOUSDT")], &KEYS, move |request| {
        match param(request, "symbol").as_str() {
            "ETHBTC" => ok(&body),
            "LDOUSDT" => answer(500, ""),
            _ => replies.lock().answer(request),
        }
    })
    .await;
    drop(std::mem::replace(&mut account, desk));
    let synced = account.sync().await;
    assert_eq!(synced.run.outcome, Some(Outcome::Partial));
    let why = "the trade after 1 cannot be read, and those behind it wait: price is not a number";
    assert_eq!(synced.item("ETHBTC"), (ItemStatus::Rejected, why));
    assert_eq!(synced.item("LDOUSDT").0, ItemStatus::Deferred);
    let mut fills = account.fills().await;
    assert_eq!(fills.remove(1), "ETHBTC/1 buy 1 ETH @ 1.5 BTC fee 0 BNB");
    account.asked();
    account.pass(20).await;
    account.sync().await;
    let asked = account.asked();
    assert!(asked.contains(&"api/v3/myTrades ETHBTC 2".to_string()), "from the one that could not be read: {asked:?}");
    assert!(asked.contains(&"api/v3/myTrades LDOUSDT 0".to_string()));
    assert!(!asked.contains(&"api/v3/myTrades ETHUSDT 0".to_string()), "a pair without trades waits for its turn");
}
