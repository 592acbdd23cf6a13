//! OKX with a key, through the engine, against an exchange that each test makes up.

use std::collections::BTreeMap;

use foliosync_engine::http::{HttpAnswer, HttpRequest};
use foliosync_engine::model::accounts::Fill;
use foliosync_engine::model::sync::{ItemStatus, Outcome};
use foliosync_engine::status::Status;
use foliosync_engine::testkit::replay::answer;

use crate::exchange_desk::{Account, NOW_MS, Shared};
use crate::prices_desk::{SECRET, ok, param};

pub const KEYS: [(&str, &str); 3] =
    [("api_key", SECRET), ("api_secret", "s3cret-that-nobody-may-see"), ("passphrase", "words-that-nobody-may-see")];

/// Bill id, kind, instrument, side, fee with its asset.
pub type Bill = (u64, &'static str, &'static str, &'static str, &'static str);

pub struct Exchange {
    /// Asset, equity, available, frozen.
    pub trading: Vec<(&'static str, &'static str, &'static str, &'static str)>,
    pub funding: Vec<(&'static str, &'static str)>,
    /// Oldest first.
    pub bills: Vec<Bill>,
    /// How many of the newest are of the last three days.
    pub recent: usize,
    pub rights: &'static str,
    pub uid: &'static str,
    pub instead: BTreeMap<&'static str, HttpAnswer>,
    pub is_demo: bool,
}

impl Default for Exchange {
    fn default() -> Exchange {
        Exchange {
            trading: vec![("BTC", "0.5", "0.4", "0.1"), ("USDT", "-3.25", "", "0")],
            funding: vec![("USDT", "7")],
            bills: vec![(680_800_019_754_098_688, "SPOT", "BTC-USDT", "buy", "-0.00000192834 BTC")],
            recent: 1,
            rights: "read_only",
            uid: "1000000000000001",
            instead: BTreeMap::new(),
            is_demo: false,
        }
    }
}

pub fn error(status: u16, code: &str) -> HttpAnswer {
    answer(status, &format!(r#"{{"msg":"tell nobody 203.0.113.7","code":"{code}"}}"#))
}

fn data(rows: &[String]) -> HttpAnswer {
    ok(&format!(r#"{{"code":"0","msg":"","data":[{}]}}"#, rows.join(",")))
}

fn header(request: &HttpRequest, name: &str) -> String {
    request.headers.iter().find(|(key, _)| key == name).map_or(String::new(), |(_, value)| value.expose().to_string())
}

impl Exchange {
    pub fn answer(&mut self, request: &HttpRequest) -> HttpAnswer {
        let path = request.url.strip_prefix("https://openapi.okx.com/").expect("the global host");
        if let Some((_, instead)) = self.instead.iter().find(|(end, _)| path.ends_with(*end)) {
            return instead.clone();
        }
        if path == "api/v5/public/time" {
            return data(&[format!(r#"{{"ts":"{NOW_MS}"}}"#)]);
        }
        if self.is_demo != (header(request, "x-simulated-trading") == "1") {
            return error(401, "50101");
        }
        assert_eq!(header(request, "ok-access-passphrase"), KEYS[2].1);
        match path {
            "api/v5/account/config" => {
                data(&[format!(r#"{{"uid":"{}","mainUid":"1","perm":"{}","ip":""}}"#, self.uid, self.rights)])
            }
            "api/v5/account/balance" => {
                let row = |(ccy, eq, avail, frozen): &(&str, &str, &str, &str)| {
                    format!(
                        r#"{{"ccy":"{ccy}","eq":"{eq}","cashBal":"1","availBal":"{avail}","availEq":"","frozenBal":"{frozen}","uTime":"1"}}"#
                    )
                };
                let details: Vec<_> = self.trading.iter().map(row).collect();
                data(&[format!(r#"{{"totalEq":"1","details":[{}]}}"#, details.join(","))])
            }
            "api/v5/asset/balances" => {
                let row = |(ccy, bal): &(&str, &str)| {
                    format!(r#"{{"ccy":"{ccy}","bal":"{bal}","availBal":"{bal}","frozenBal":"0"}}"#)
                };
                data(&self.funding.iter().map(row).collect::<Vec<_>>())
            }
            "api/v5/trade/fills" => self.page(request, self.recent),
            "api/v5/trade/fills-history" => {
                assert!(!param(request, "instType").is_empty());
                self.page(request, self.bills.len())
            }
            other => panic!("nobody knows {other}"),
        }
    }

    fn page(&self, request: &HttpRequest, newest: usize) -> HttpAnswer {
        assert_eq!(param(request, "limit"), "100");
        let (kind, after) = (param(request, "instType"), param(request, "after"));
        let after: u64 = after.parse().unwrap_or(u64::MAX);
        let told = self.bills.iter().rev().take(newest);
        let meant = told.filter(|(id, of, ..)| *id < after && (kind.is_empty() || kind == *of)).take(100);
        data(&meant.map(bill).collect::<Vec<_>>())
    }
}

fn bill((id, kind, instrument, side, fee): &Bill) -> String {
    let (fee, ccy) = fee.split_once(' ').unwrap_or((fee, ""));
    let pos_side = if *kind == "SWAP" { "long" } else { "net" };
    format!(
        r#"{{"instType":"{kind}","instId":"{instrument}","tradeId":"","ordId":"77","billId":"{id}","fillPx":"51858","fillSz":"0.00192834",
        "side":"{side}","posSide":"{pos_side}","execType":"T","feeCcy":"{ccy}","fee":"{fee}","fillTime":"1708587373361",
        "ts":"1708587373362","fillPnl":"12.5","fillIdxPx":"","tradeQuoteCcy":""}}"#
    )
}

pub async fn open(settings: &[(&str, &str)]) -> (Account, Shared<Exchange>) {
    let exchange = Shared::new(Exchange::default());
    let account = Account::open("okx", settings, &KEYS, exchange.answers(Exchange::answer)).await;
    (account, exchange)
}

#[tokio::test(start_paused = true)]
async fn accounts_are_stored_and_an_empty_text_is_no_zero() {
    let (mut account, exchange) = open(&[]).await;
    let synced = account.balances_synced().await;
    assert_eq!((synced.run.outcome, synced.counts()), (Some(Outcome::Ok), [2, 0, 0, 0, 0]));
    let held = [
        "funding USDT 7 free 7 locked 0 crypto",
        "trading BTC 0.5 free 0.4 locked 0.1 crypto",
        // What is owed is below zero.
        "trading USDT -3.25 free - locked 0 crypto",
    ];
    assert_eq!(account.held().await, held);
    assert_eq!(account.listings().await, ["BTC is crypto:BTC", "USDT is crypto:USDT"]);
    let wallets = ["api/v5/account/balance", "api/v5/asset/balances"];
    assert_eq!(account.asked(), [&["api/v5/account/config"][..], &wallets].concat());

    // Sold out.
    exchange.lock().trading = vec![("USDT", "100", "100", "0")];
    account.pass(5).await;
    account.balances_synced().await;
    assert_eq!(account.asked(), wallets);
    assert_eq!(account.held().await[1], "trading USDT 100 free 100 locked 0 crypto");
    assert!(account.history().await.contains(&"14:40 trading BTC 0".to_string()));

    // Without an equity the cash counts; without either the account cannot be read.
    let body = |eq: &str, cash: &str| {
        let row = format!(r#"{{"ccy":"BTC","eq":"{eq}","cashBal":"{cash}","availBal":"","frozenBal":""}}"#);
        ok(&format!(r#"{{"code":"0","data":[{{"details":[{row}]}}]}}"#))
    };
    exchange.lock().instead.insert("account/balance", body("", "2"));
    account.balances_synced().await;
    assert_eq!(account.held().await[1], "trading BTC 2 free - locked - crypto");
    exchange.lock().instead.insert("account/balance", body("", ""));
    let synced = account.balances_synced().await;
    let want = "OKX: its trading account: BTC: its amount is missing; its last values are kept";
    assert_eq!(synced.item("trading"), (ItemStatus::Rejected, want));
    assert_eq!(account.held().await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_fails_keeps_its_values_until_it_recovers() {
    let (account, exchange) = open(&[]).await;
    account.balances_synced().await;
    let before = account.held().await;
    exchange.lock().instead.insert("asset/balances", error(200, "50026"));
    exchange.lock().trading[0].1 = "0.9";
    for _ in 0..3 {
        account.pass(5).await;
        let synced = account.balances_synced().await;
        assert_eq!((synced.run.outcome, synced.item("funding").0), (Some(Outcome::Partial), ItemStatus::Deferred));
        let held = account.held().await;
        assert_eq!(
            (held.len(), &held[0], held[1].as_str()),
            (3, &before[0], "trading BTC 0.9 free 0.4 locked 0.1 crypto")
        );
    }
    exchange.lock().instead.clear();
    exchange.lock().funding = vec![("USDT", "9")];
    account.pass(5).await;
    assert_eq!(account.balances_synced().await.run.outcome, Some(Outcome::Ok));
    assert_eq!(account.held().await[0], "funding USDT 9 free 9 locked 0 crypto");
    assert!(account.view().await.gaps.is_empty());
}

#[tokio::test(start_paused = true)]
async fn keys_are_looked_at_before_they_are_used() {
    let (mut account, exchange) = open(&[]).await;
    exchange.lock().rights = "read_only,trade,withdraw";
    assert_eq!(account.sync().await.run.outcome, Some(Outcome::NeedsUser));
    let why = account.view().await.last_sync_error.unwrap();
    assert!(why.starts_with("the API key may do more than read (trade, withdraw)"), "{why}");
    assert_eq!(account.asked(), ["api/v5/account/config"; 2]);
    account.edit(&[("allow_trading_key", "yes")], &[]).await;
    assert_eq!(account.sync().await.run.outcome, Some(Outcome::Ok));
    let (held, fills) = (account.held().await, account.fills().await);
    assert_eq!((held.len(), fills.len()), (3, 1));

    // Revoked, and replaced.
    exchange.lock().instead.insert("config", error(200, "50119"));
    exchange.lock().instead.insert("balance", error(200, "50119"));
    exchange.lock().instead.insert("fills", error(200, "50119"));
    account.pass(20).await;
    assert_eq!(account.sync().await.run.outcome, Some(Outcome::NeedsUser));
    let view = account.view().await;
    let want = "OKX does not know the API key: enter it again, or choose another `region` (code 50119)";
    assert_eq!((view.status, view.last_sync_error.as_deref()), (Status::NeedsAttention, Some(want)));
    assert_eq!((account.held().await, account.fills().await), (held.clone(), fills.clone()));
    exchange.lock().instead.clear();
    account.edit(&[], &[("api_key", Some("another-key"))]).await;
    assert_eq!(account.sync().await.run.outcome, Some(Outcome::Ok));
    exchange.lock().uid = "2";
    account.edit(&[], &[("api_key", Some("a-third-key"))]).await;
    assert_eq!(account.sync().await.run.outcome, Some(Outcome::NeedsUser));
    let why = account.view().await.last_sync_error.unwrap();
    assert!(why.starts_with("the API key opens another account at OKX"), "{why}");

    // A key of demo trading says so with each request.
    let (account, exchange) = open(&[]).await;
    exchange.lock().is_demo = true;
    assert_eq!(account.sync().await.run.outcome, Some(Outcome::NeedsUser));
    let why = account.view().await.last_sync_error.unwrap();
    assert!(why.contains("set `demo` to yes for demo trading"), "{why}");
    account.edit(&[("demo", "yes")], &[]).await;
    assert_eq!(account.sync().await.run.outcome, Some(Outcome::Ok));
    let sent = account.desk.replay.sent();
    assert_eq!(header(sent.last().unwrap(), "x-simulated-trading"), "1");
}

#[tokio::test(start_paused = true)]
async fn without_a_key_nothing_private_is_asked_for() {
    let exchange = Shared::new(Exchange::default());
    let mut account = Account::open("okx", &[], &[], exchange.answers(Exchange::answer)).await;
    assert_eq!(account.sync().await.run.outcome, Some(Outcome::Ok));
    assert!(account.asked().is_empty() && account.held().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_wrong_is_set_by_the_exchange() {
    let (mut account, exchange) = open(&[]).await;
    exchange.lock().instead.insert("config", error(401, "50102"));
    assert_eq!(account.balances_synced().await.run.outcome, Some(Outcome::Failed));
    let config = "api/v5/account/config";
    assert_eq!(account.asked(), [config, "api/v5/public/time", config]);
    let why = account.view().await.last_sync_error.unwrap();
    assert_eq!(why, "OKX refused the time of the request: set this machine's clock (code 50102)");

    // An exchange that is an hour ahead.
    let theirs = "2026-11-20T15:35:";
    let source = exchange.clone();
    exchange.lock().instead.clear();
    let account = Account::open("okx", &[], &KEYS, move |request| {
        if request.url.ends_with("public/time") {
            return data(&[format!(r#"{{"ts":"{}"}}"#, NOW_MS + 3_600_000)]);
        }
        let is_right = header(request, "ok-access-timestamp").starts_with(theirs);
        if is_right { source.lock().answer(request) } else { error(401, "50112") }
    })
    .await;
    let mut account = account;
    assert_eq!(account.balances_synced().await.run.outcome, Some(Outcome::Ok));
    assert_eq!(account.asked().iter().filter(|path| path.ends_with("time")).count(), 1);
    account.balances_synced().await;
    assert!(!account.asked().contains(&"api/v5/public/time".to_string()), "from then on it is known");
}

#[tokio::test(start_paused = true)]
async fn trades_are_walked_backwards_to_the_last_that_is_stored() {
    let (mut account, exchange) = open(&[]).await;
    {
        let mut exchange = exchange.lock();
        exchange.bills = (1..=250).map(|id| (id * 10, "SPOT", "BTC-USDT", "buy", "-0.1 BTC")).collect();
        exchange.bills.push((9_000, "SWAP", "ETH-USDT-SWAP", "sell", "0.2 USDT"));
        exchange.recent = 1;
    }
    let synced = account.sync().await;
    assert_eq!(synced.run.outcome, Some(Outcome::Ok));
    assert_eq!(synced.item("recent trades"), (ItemStatus::Updated, "1 trade"));
    assert_eq!(synced.item("SPOT"), (ItemStatus::Updated, "250 trades"));
    let of_trades =
        |account: &mut Account| account.asked().into_iter().filter(|line| line.contains("fills")).collect::<Vec<_>>();
    let history = |kind: &str| format!("api/v5/trade/fills-history {kind}");
    let want = [
        "api/v5/trade/fills".to_string(),
        history("SPOT"),
        history("SPOT 1510"),
        history("SPOT 510"),
        history("MARGIN"),
        history("SWAP"),
        history("FUTURES"),
        history("OPTION"),
    ];
    assert_eq!(of_trades(&mut account), want);
    assert_eq!(account.fills().await.len(), 251);

    // Nothing changed, so nothing is asked; then a quarter of an hour is over.
    account.pass(5).await;
    account.sync().await;
    assert!(of_trades(&mut account).is_empty());
    account.pass(15).await;
    assert_eq!(account.fills_synced().await.counts(), [0, 1, 0, 0, 0]);
    assert_eq!(of_trades(&mut account), ["api/v5/trade/fills"]);

    // More than one page of new ones: down to the last that is stored, and not to the newest page alone.
    {
        let mut exchange = exchange.lock();
        exchange.bills.extend((1_000..1_230).map(|id| (id * 10, "SPOT", "BTC-USDT", "sell", "-0.1 USDT")));
        exchange.recent = 240;
        exchange.trading[0].1 = "0.1";
    }
    account.pass(1).await;
    account.sync().await;
    let down = ["", " 11300", " 10300"].map(|after| format!("api/v5/trade/fills{after}"));
    assert_eq!(of_trades(&mut account), down);
    assert_eq!(account.fills().await.len(), 481);

    // Away for longer than the list of recent trades goes back.
    exchange.lock().recent = 0;
    exchange.lock().bills.push((20_000, "SPOT", "BTC-USDT", "buy", " "));
    account.pass(4 * 24 * 60).await;
    let synced = account.sync().await;
    assert_eq!(synced.item("SPOT"), (ItemStatus::Updated, "1 trade"));
    assert_eq!(of_trades(&mut account).len(), 6, "one request of each list: the rest is stored");
    assert_eq!(account.fills().await.len(), 482);
    // And for longer than anybody is told.
    exchange.lock().bills.push((30_000, "SPOT", "BTC-USDT", "buy", " "));
    account.pass(100 * 24 * 60).await;
    let synced = account.sync().await;
    let (_, detail) = synced.item("SPOT");
    assert!(detail.starts_with("1 trade; OKX tells three months, so those between 2026-11-24T"), "{detail}");
}

#[tokio::test(start_paused = true)]
async fn kinds_of_trades_and_signs_of_fees_are_told_apart() {
    let (account, exchange) = open(&[]).await;
    exchange.lock().bills = vec![
        (1, "SPOT", "BTC-USDT", "buy", "-0.5 BTC"),
        (2, "SPOT", "BTC-EUR", "sell", "0.25 EUR"),
        (3, "MARGIN", "BTC-USDT", "buy", "-0.1 BTC"),
        (4, "SWAP", "BTC-USD-SWAP", "sell", "-0.1 BTC"),
        (5, "OPTION", "BTC-USD-261225-100000-C", "buy", "0 BTC"),
        (6, "FUTURES", "ETH-USDT-261225", "buy", " "),
    ];
    exchange.lock().recent = 6;
    account.sync().await;
    let mut rows: Vec<Fill> = account.desk.rows(account.id).await;
    rows.sort_by(|a, b| a.native_id.cmp(&b.native_id));
    let shown = |row: &Fill| {
        let text = |text: &Option<String>| text.clone().unwrap_or("-".into());
        let number = |number: Option<foliosync_engine::model::Decimal>| number.map_or("-".into(), |n| n.to_string());
        let (kind, currency, side) = (text(&row.kind), text(&row.currency), text(&row.position_side));
        let (fee, pnl) = (number(row.fee), number(row.realized_pnl));
        format!("{} {kind} {currency} fee {fee} x{} {side} pnl {pnl}", row.symbol, number(row.multiplier))
    };
    let want = [
        // Charged is above zero here, below zero there.
        "BTC-USDT crypto USDT fee 0.5 x1 - pnl -",
        "BTC-EUR crypto EUR fee -0.25 x1 - pnl -",
        "BTC-USDT@MARGIN margin USDT fee 0.1 x1 - pnl 12.5",
        "BTC-USD-SWAP swap USD fee 0.1 x- long pnl 12.5",
        "BTC-USD-261225-100000-C option USD fee 0 x- - pnl 12.5",
        "ETH-USDT-261225 future USDT fee - x- - pnl 12.5",
    ];
    assert_eq!(rows.iter().map(shown).collect::<Vec<_>>(), want);
    let row = &rows[0];
    assert_eq!(
        (row.quantity.to_string(), row.price.to_string(), row.at.to_string(), row.order_id.as_deref()),
        ("0.00192834".into(), "51858".into(), "2024-02-22T07:36:13.361Z".into(), Some("77"))
    );
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_asked_for_again_until_it_can() {
    let (mut account, exchange) = open(&[]).await;
    let rows: Vec<Bill> = (1..=3).map(|id| (id, "SPOT", "BTC-USDT", "buy", "-0.1 BTC")).collect();
    exchange.lock().bills = rows.clone();
    exchange.lock().recent = 3;
    let broken = bill(&rows[1]).replace("51858", "");
    let rows = [bill(&rows[2]), broken, bill(&rows[0])];
    exchange.lock().instead.insert("trade/fills", data(&rows));
    exchange.lock().instead.insert("fills-history", error(200, "50030"));
    let synced = account.sync().await;
    assert_eq!(synced.run.outcome, Some(Outcome::Partial));
    let want = "1 trade cannot be read and will be asked for again, the first because fillPx is missing";
    assert_eq!(synced.item("recent trades"), (ItemStatus::Rejected, want));
    let (status, why) = synced.item("OPTION");
    assert_eq!((status, why), (ItemStatus::Unchanged, "OKX does not let this API key read that (code 50030)"));
    assert_eq!(account.fills().await.len(), 2);
    // It stays in sight while nothing is asked.
    account.pass(5).await;
    account.asked();
    let synced = account.fills_synced().await;
    assert_eq!((synced.run.outcome, synced.counts()), (Some(Outcome::Partial), [0, 1, 0, 1, 0]));
    assert!(account.asked().is_empty());
    exchange.lock().instead.remove("trade/fills");
    account.pass(15).await;
    assert_eq!(account.fills_synced().await.run.outcome, Some(Outcome::Ok));
    assert_eq!(account.fills().await.len(), 3);

    // Ids out of order: nothing is believed.
    exchange.lock().instead.insert("trade/fills", data(&[rows[2].clone(), rows[0].clone()]));
    account.pass(15).await;
    let synced = account.fills_synced().await;
    assert_eq!(synced.run.outcome, Some(Outcome::Failed));
    assert_eq!(synced.run.error.as_deref(), Some("OKX: its trades are not in the order of their bill ids"));
}
