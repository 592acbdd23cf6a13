//! Binance with a key, through the engine, against an exchange that each test makes up.

use std::collections::BTreeMap;

use foliosync_engine::http::{HttpAnswer, HttpRequest, Method};
use foliosync_engine::model::sync::{ItemStatus, Outcome};
use foliosync_engine::status::Status;
use foliosync_engine::testkit::replay::answer;

use crate::exchange_desk::{Account, NOW_MS, Shared};
use crate::prices_desk::{SECRET, ok, param};

pub const READ_ONLY: &str = r#"{"ipRestrict":true,"enableReading":true,"enableWithdrawals":false}"#;
pub const KEYS: [(&str, &str); 2] = [("api_key", SECRET), ("api_secret", "s3cret-that-nobody-may-see")];

/// Id, whether bought, quantity, price.
pub type Trade = (i64, bool, &'static str, &'static str);

pub struct Exchange {
    /// Asset, free, locked.
    pub spot: Vec<(&'static str, &'static str, &'static str)>,
    pub funding: Vec<(&'static str, &'static str, &'static str)>,
    pub pairs: Vec<(&'static str, &'static str)>,
    pub trades: BTreeMap<&'static str, Vec<Trade>>,
    pub rights: &'static str,
    pub uid: i64,
    /// Answers in place of an endpoint's own, by the end of its path.
    pub instead: BTreeMap<&'static str, HttpAnswer>,
    /// Trades of each page.
    pub page: usize,
    /// How far its clock is behind ours; `None`: it does not look.
    pub behind_ms: Option<i64>,
}

impl Default for Exchange {
    fn default() -> Exchange {
        Exchange {
            spot: vec![("BTC", "0.40000000", "0.10000000"), ("USDT", "1000.00000000", "0.00000000")],
            funding: vec![("USDT", "7", "0")],
            pairs: vec![("BTC", "USDT"), ("ETH", "USDT"), ("ETH", "BTC"), ("BTC", "EUR"), ("LDO", "USDT")],
            trades: BTreeMap::from([("BTCUSDT", vec![(7, true, "0.50000000", "100.00000000")])]),
            rights: READ_ONLY,
            uid: 354_937_868,
            instead: BTreeMap::new(),
            page: 1_000,
            behind_ms: None,
        }
    }
}

pub fn error(code: i64) -> HttpAnswer {
    answer(400, &format!(r#"{{"code":{code},"msg":"tell nobody 203.0.113.7"}}"#))
}

impl Exchange {
    pub fn answer(&mut self, request: &HttpRequest) -> HttpAnswer {
        let path = request.url.splitn(4, '/').nth(3).unwrap_or_default();
        if let Some((_, instead)) = self.instead.iter().find(|(end, _)| path.ends_with(*end)) {
            return instead.clone();
        }
        let public = ["api/v3/time", "api/v3/exchangeInfo"].contains(&path);
        assert_eq!(public, param(request, "signature").is_empty(), "{path}");
        let host =
            if path == "api/v3/exchangeInfo" { "https://data-api.binance.vision" } else { "https://api.binance.com" };
        assert!(request.url.starts_with(host), "{}", request.url);
        if let (Some(behind), false) = (self.behind_ms, public) {
            let late = NOW_MS - behind - param(request, "timestamp").parse::<i64>().unwrap();
            // Hardly any time passes in a test that looks at clocks.
            if !(-1_000..=5_000).contains(&late) {
                return error(-1021);
            }
        }
        match path {
            "api/v3/time" => ok(&format!(r#"{{"serverTime":{}}}"#, NOW_MS - self.behind_ms.unwrap_or(0))),
            "api/v3/exchangeInfo" => {
                let pair = |(base, quote): &(&str, &str)| {
                    format!(
                        r#"{{"symbol":"{base}{quote}","status":"TRADING","baseAsset":"{base}","quoteAsset":"{quote}"}}"#
                    )
                };
                ok(&format!(r#"{{"symbols":[{}]}}"#, self.pairs.iter().map(pair).collect::<Vec<_>>().join(",")))
            }
            "api/v3/account" => {
                let row = |(asset, free, locked): &(&str, &str, &str)| {
                    format!(r#"{{"asset":"{asset}","free":"{free}","locked":"{locked}"}}"#)
                };
                let rows: Vec<_> = self.spot.iter().map(row).collect();
                ok(&format!(r#"{{"canTrade":true,"balances":[{}],"uid":{}}}"#, rows.join(","), self.uid))
            }
            "sapi/v1/asset/get-funding-asset" => {
                assert_eq!(request.method, Method::Post);
                let row = |(asset, free, locked): &(&str, &str, &str)| {
                    format!(
                        r#"{{"asset":"{asset}","free":"{free}","locked":"{locked}","freeze":"1","withdrawing":"0.5","btcValuation":"0"}}"#
                    )
                };
                ok(&format!("[{}]", self.funding.iter().map(row).collect::<Vec<_>>().join(",")))
            }
            "sapi/v1/account/apiRestrictions" => ok(self.rights),
            "api/v3/myTrades" => self.trades(request),
            other => panic!("nobody knows {other}"),
        }
    }

    fn trades(&self, request: &HttpRequest) -> HttpAnswer {
        let symbol = param(request, "symbol");
        if !self.pairs.iter().any(|(base, quote)| format!("{base}{quote}") == symbol) {
            return error(-1121);
        }
        assert_eq!(param(request, "limit"), "1000");
        let from: i64 = param(request, "fromId").parse().unwrap();
        let own = self.trades.get(symbol.as_str()).cloned().unwrap_or_default();
        let rows = own.iter().filter(|(id, ..)| *id >= from).take(self.page).map(|(id, is_buyer, qty, price)| {
            let time = NOW_MS - 86_400_000 + id * 10;
            format!(
                r#"{{"symbol":"{symbol}","id":{id},"orderId":9,"orderListId":-1,"price":"{price}","qty":"{qty}","quoteQty":"1",
                "commission":"0.00100000","commissionAsset":"BNB","time":{time},"isBuyer":{is_buyer},"isMaker":false,"isBestMatch":true}}"#
            )
        });
        ok(&format!("[{}]", rows.collect::<Vec<_>>().join(",")))
    }
}

pub async fn open(settings: &[(&str, &str)]) -> (Account, Shared<Exchange>) {
    let exchange = Shared::new(Exchange::default());
    let account = Account::open("binance", settings, &KEYS, exchange.answers(Exchange::answer)).await;
    (account, exchange)
}

#[tokio::test(start_paused = true)]
async fn wallets_are_stored_to_the_last_digit() {
    let (mut account, exchange) = open(&[]).await;
    let synced = account.balances_synced().await;
    assert_eq!(synced.run.outcome, Some(Outcome::Ok));
    assert_eq!(synced.item("spot"), (ItemStatus::Updated, "2 held, 2 changed"));
    let held = [
        "funding USDT 8.5 free 7 locked 1.5 crypto",
        "spot BTC 0.5 free 0.4 locked 0.1 crypto",
        "spot USDT 1000 free 1000 locked 0 crypto",
    ];
    assert_eq!(account.held().await, held);
    assert_eq!(account.listings().await, ["BTC is crypto:BTC", "USDT is crypto:USDT"]);
    let rights = "sapi/v1/account/apiRestrictions";
    let wallets = ["api/v3/account", "sapi/v1/asset/get-funding-asset"];
    assert_eq!(account.asked(), [&["api/v3/account", rights][..], &wallets].concat(), "first, whose key it is");

    // The same again writes nothing but when it was so, and looks at the key once a day.
    account.pass(5).await;
    assert_eq!(account.balances_synced().await.counts(), [0, 2, 0, 0, 0]);
    assert_eq!(account.asked(), wallets);
    assert_eq!(account.history().await.len(), 3);
    account.pass(24 * 60).await;
    account.balances_synced().await;
    assert_eq!(account.asked(), [&[rights][..], &wallets].concat());

    // Sold out, and bought anew: it is gone from what is held, and the history knows.
    exchange.lock().spot = vec![("ETH", "5", "0"), ("USDT", "1000", "0")];
    account.pass(5).await;
    account.balances_synced().await;
    assert_eq!(
        account.held().await[1..],
        ["spot ETH 5 free 5 locked 0 crypto", "spot USDT 1000 free 1000 locked 0 crypto"]
    );
    assert!(account.history().await.contains(&"14:45 spot BTC 0".to_string()), "{:?}", account.history().await);
    assert!(account.listings().await.contains(&"ETH is crypto:ETH".to_string()));
}

#[tokio::test(start_paused = true)]
async fn a_wallet_that_fails_keeps_its_values_until_it_recovers() {
    let (account, exchange) = open(&[]).await;
    account.balances_synced().await;
    let before = account.held().await;
    exchange.lock().instead.insert("get-funding-asset", answer(503, "{}"));
    exchange.lock().spot[0].1 = "0.9";
    for run in 1..=3 {
        account.pass(5).await;
        let synced = account.balances_synced().await;
        assert_eq!(synced.run.outcome, Some(Outcome::Partial), "run {run}");
        let (status, why) = synced.item("funding");
        assert_eq!(
            (status, why),
            (ItemStatus::Deferred, "Binance is in trouble: it answered with 503; its last values are kept")
        );
        let held = account.held().await;
        assert_eq!((held.len(), &held[0]), (3, &before[0]), "no value is lost");
        assert_eq!(held[1], "spot BTC 1 free 0.9 locked 0.1 crypto");
        let view = account.view().await;
        assert_eq!((view.status, view.gaps.len()), (Status::Connected, 1));
        assert_eq!(view.gaps[0].since.to_string(), "2026-11-20T14:40:07Z");
    }
    exchange.lock().instead.clear();
    exchange.lock().funding = vec![("USDT", "2", "0")];
    account.pass(5).await;
    assert_eq!(account.balances_synced().await.run.outcome, Some(Outcome::Ok));
    assert_eq!(account.held().await[0], "funding USDT 3.5 free 2 locked 1.5 crypto");
    assert!(account.view().await.gaps.is_empty());

    // Where the first wallet fails the second is read all the same, and both failing is a failure.
    exchange.lock().instead.insert("api/v3/account", answer(502, "<html>"));
    exchange.lock().funding = vec![("USDT", "9", "0")];
    account.pass(5).await;
    let synced = account.balances_synced().await;
    assert_eq!((synced.run.outcome, synced.item("spot").0), (Some(Outcome::Partial), ItemStatus::Deferred));
    assert_eq!(account.held().await[0], "funding USDT 10.5 free 9 locked 1.5 crypto");
    exchange.lock().instead.insert("get-funding-asset", answer(200, r#"[{"asset":"USDT","free":"x","locked":"0"}]"#));
    account.pass(5).await;
    let synced = account.balances_synced().await;
    assert_eq!(synced.run.outcome, Some(Outcome::Failed));
    let want = "Binance: its funding wallet: USDT: free is not a number; its last values are kept";
    assert_eq!(synced.item("funding"), (ItemStatus::Rejected, want));
    assert_eq!(account.held().await.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_empty_answer_counts_when_it_comes_twice() {
    let (account, exchange) = open(&[]).await;
    account.balances_synced().await;
    exchange.lock().spot.clear();
    account.pass(5).await;
    let synced = account.balances_synced().await;
    assert_eq!(synced.item("spot").0, ItemStatus::Missing);
    assert_eq!(account.held().await.len(), 3);
    account.pass(5).await;
    account.balances_synced().await;
    assert_eq!(account.held().await, ["funding USDT 8.5 free 7 locked 1.5 crypto"]);
    // What is no wallet at all is not an empty one.
    for body in ["{}", "[]", r#"{"balances":null}"#, r#"{"balances":{}}"#, "7"] {
        exchange.lock().instead.insert("api/v3/account", answer(200, body));
        assert_eq!(account.balances_synced().await.item("spot").0, ItemStatus::Rejected, "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn lent_coins_are_coins_and_a_coin_called_like_them_is_itself() {
    let (mut account, exchange) = open(&[]).await;
    exchange.lock().spot =
        vec![("LDBTC", "1", "0"), ("LDO", "2", "0"), ("LDX", "3", "0"), ("1000SATS", "4", "0"), ("EUR", "5", "0")];
    exchange.lock().instead.insert("exchangeInfo", answer(500, "{}"));
    account.balances_synced().await;
    let listings = account.listings().await;
    assert_eq!(
        listings,
        ["1000SATS is 1000 crypto:SATS", "EUR is cash:EUR", "LDO is crypto:LDO", "USDT is crypto:USDT"]
    );
    assert!(account.held().await.contains(&"spot EUR 5 free 5 locked 0 cash".to_string()));
    assert_eq!(
        account.asked().iter().filter(|path| path.contains("exchangeInfo")).count(),
        3,
        "tried as every request"
    );

    // What nobody could tell is told as soon as the list of coins is there.
    exchange.lock().instead.clear();
    account.balances_synced().await;
    let listings = account.listings().await;
    assert_eq!(listings[2..5], ["LDBTC is crypto:BTC", "LDO is crypto:LDO", "LDX is crypto:LDX"]);
    account.asked();
    account.balances_synced().await;
    assert!(!account.asked().iter().any(|path| path.contains("exchangeInfo")));
}

#[tokio::test(start_paused = true)]
async fn a_key_that_may_trade_is_refused_unless_the_user_insists() {
    let (mut account, exchange) = open(&[]).await;
    let rights = r#"{"enableReading":true,"enableSpotAndMarginTrading":true,"enableWithdrawals":true}"#;
    exchange.lock().rights = rights;
    let synced = account.sync().await;
    assert_eq!(synced.run.outcome, Some(Outcome::NeedsUser));
    let want = "the API key may do more than read (enableSpotAndMarginTrading, enableWithdrawals), which is not needed \
                here: make one at Binance that may only read. To use this one all the same, `foliosync connect edit LABEL \
                --set allow_trading_key=yes`";
    let view = account.view().await;
    assert_eq!((view.status, view.last_sync_error.as_deref()), (Status::NeedsAttention, Some(want)));
    assert!(account.held().await.is_empty() && account.fills().await.is_empty(), "nothing was taken with it");
    account.asked();
    let probe = account.desk.rig.engine.test_connection(account.id).await.unwrap();
    assert_eq!((probe.ok, probe.message.as_str()), (false, want));

    account.edit(&[("allow_trading_key", "yes")], &[]).await;
    assert_eq!(account.sync().await.run.outcome, Some(Outcome::Ok));
    let probe = account.desk.rig.engine.test_connection(account.id).await.unwrap();
    assert_eq!((probe.ok, probe.message.as_str()), (true, "it answers: 2 items read"));
    // Not insisted any more: it is looked at again at once.
    account.edit(&[("allow_trading_key", "no")], &[]).await;
    assert_eq!(account.sync().await.run.outcome, Some(Outcome::NeedsUser));
    assert_eq!(account.held().await.len(), 3, "what was read stays");
}

#[tokio::test(start_paused = true)]
async fn a_key_is_revoked_and_replaced() {
    let (mut account, exchange) = open(&[]).await;
    account.sync().await;
    let (held, fills) = (account.held().await, account.fills().await);
    for path in ["api/v3/account", "myTrades", "apiRestrictions", "get-funding-asset"] {
        exchange
            .lock()
            .instead
            .insert(path, answer(401, r#"{"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}"#));
    }
    account.pass(20).await;
    account.asked();
    let synced = account.sync().await;
    assert_eq!(synced.run.outcome, Some(Outcome::NeedsUser));
    let view = account.view().await;
    let want =
        "Binance does not accept the API key, this address or its permissions: check them at Binance (code -2015)";
    assert_eq!(
        (view.status, view.last_sync_error.as_deref(), view.next_attempt_at.is_some()),
        (Status::NeedsAttention, Some(want), true)
    );
    assert_eq!((account.held().await, account.fills().await), (held.clone(), fills.clone()), "the last values stay");
    let asked = account.asked();
    assert_eq!(
        asked.iter().filter(|path| path.contains("account")).count(),
        1,
        "a key that is not accepted is asked with once: {asked:?}"
    );

    // Another key of the same account goes on where the first one was.
    exchange.lock().instead.clear();
    exchange.lock().trades.get_mut("BTCUSDT").unwrap().push((8, false, "0.1", "120"));
    account.edit(&[], &[("api_key", Some("another-key"))]).await;
    let synced = account.sync().await;
    assert_eq!(synced.run.outcome, Some(Outcome::Ok));
    assert_eq!((account.held().await, account.fills().await.len()), (held.clone(), fills.len() + 1));
    assert!(account.asked().contains(&"api/v3/myTrades BTCUSDT 8".to_string()), "from the last id on");

    // One of another account would mix the two.
    exchange.lock().uid += 1;
    account.edit(&[], &[("api_key", Some("a-third-key"))]).await;
    let synced = account.sync().await;
    assert_eq!(synced.run.outcome, Some(Outcome::NeedsUser));
    let why = account.view().await.last_sync_error.unwrap();
    assert!(
        why.starts_with("the API key opens another account at Binance than the one that was read here before"),
        "{why}"
    );
    assert_eq!(account.held().await, held);

    // Without any, what was read with one is old, and that is said.
    account.edit(&[], &[("api_key", None), ("api_secret", None)]).await;
    account.asked();
    assert_eq!(account.sync().await.run.outcome, Some(Outcome::NeedsUser));
    let why = account.view().await.last_sync_error.unwrap();
    assert!(why.starts_with("the API key is gone, so the last values stay as they were"), "{why}");
    assert!(account.asked().is_empty());
}

#[tokio::test(start_paused = true)]
async fn without_a_key_nothing_private_is_asked_for() {
    let exchange = Shared::new(Exchange::default());
    let mut account = Account::open("binance", &[], &[], exchange.answers(Exchange::answer)).await;
    assert_eq!(account.sync().await.run.outcome, Some(Outcome::Ok));
    assert!(account.asked().is_empty() && account.held().await.is_empty());
    assert_eq!(account.view().await.status, Status::Connected);
    // Half a key is none.
    account.edit(&[], &[("api_key", Some("only-the-key"))]).await;
    assert_eq!(account.sync().await.run.outcome, Some(Outcome::NeedsUser));
    let why = account.view().await.last_sync_error.unwrap();
    assert!(why.starts_with("the credential `api_secret` is missing"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_wrong_costs_one_refusal() {
    for behind in [4_000, -90_000, 3_600_000] {
        let (mut account, exchange) = open(&[]).await;
        exchange.lock().behind_ms = Some(behind);
        let synced = account.balances_synced().await;
        assert_eq!(synced.run.outcome, Some(Outcome::Ok), "{behind}");
        let (wallet, time) = ("api/v3/account", "api/v3/time");
        assert_eq!(account.asked()[..3], [wallet, time, wallet]);
        // From then on it is known.
        account.balances_synced().await;
        assert!(!account.asked().contains(&time.to_string()));
        // Somebody sets the clock.
        exchange.lock().behind_ms = Some(0);
        account.balances_synced().await;
        // A few seconds that are too many are still within what it takes.
        let refused = usize::from(behind != 4_000);
        assert_eq!(account.asked().iter().filter(|path| *path == time).count(), refused, "{behind}");
    }
    // An exchange that is never content is asked twice and no more.
    let (mut account, exchange) = open(&[]).await;
    exchange.lock().instead.insert("api/v3/account", error(-1021));
    assert_eq!(account.balances_synced().await.run.outcome, Some(Outcome::Failed));
    assert_eq!(account.asked(), ["api/v3/account", "api/v3/time", "api/v3/account"]);
}

#[tokio::test(start_paused = true)]
async fn a_key_without_the_rights_of_one_wallet_reads_the_other() {
    let (account, exchange) = open(&[]).await;
    let refused = answer(401, r#"{"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}"#);
    for path in ["apiRestrictions", "get-funding-asset"] {
        exchange.lock().instead.insert(path, refused.clone());
    }
    let synced = account.sync().await;
    assert_eq!((synced.run.outcome, synced.item("funding").0), (Some(Outcome::Partial), ItemStatus::Rejected));
    assert_eq!((account.held().await.len(), account.fills().await.len()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_ban_of_one_endpoint_shuts_all_of_them() {
    let (mut account, exchange) = open(&[]).await;
    account.balances_synced().await;
    account.asked();
    let banned =
        answer(418, r#"{"code":-1003,"msg":"Way too much request weight used; IP banned until 1795185900000."}"#);
    exchange.lock().instead.insert("get-funding-asset", banned);
    account.pass(5).await;
    let synced = account.balances_synced().await;
    assert_eq!((synced.run.outcome, synced.item("funding").0), (Some(Outcome::Partial), ItemStatus::Deferred));
    account.asked();
    // Two minutes before its end; the ban is not of this stream or this endpoint alone.
    account.pass(3).await;
    for stream in ["balances", "fills"] {
        let synced = account.desk.sync(account.id, &[stream]).await;
        assert_eq!(synced.run.outcome, Some(Outcome::Deferred), "{stream}");
        assert!(synced.run.error.unwrap().contains("Binance has shut out this machine until 2026-11-20T14:45:00Z"));
    }
    assert!(account.asked().is_empty());
    let quotas = account.desk.rig.engine.quotas().await.unwrap();
    assert_eq!(
        quotas.iter().map(|quota| quota.scope.as_str()).collect::<Vec<_>>(),
        ["binance/ip/minute", "binance/ip/sapi-minute"]
    );
}
