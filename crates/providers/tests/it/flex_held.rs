//! What a report lacks, what is held, and rows that are no trades.

use crate::brokers::House;
use crate::flex::*;
use foliosync_engine::engine::ConnectionEdit;
use foliosync_engine::model::accounts::{Balance, Position};
use foliosync_engine::model::sync::{ItemStatus, Outcome};

#[tokio::test(start_paused = true)]
async fn what_the_query_lacks_is_said_by_name() {
    let without = |name: &str| report(&[plain("U1").replace(&format!(" {name}="), &format!(" no{name}="))]);
    let flex = Flex::new(without("tradePrice")).await;
    let synced = flex.sync().await;
    assert_eq!(synced.run.outcome, Some(Outcome::Partial));
    let (status, detail) = synced.item("query");
    assert_eq!(status, ItemStatus::Missing);
    assert!(detail.contains("its section Trades lacks tradePrice, without which trades cannot be read"), "{detail}");
    let want = "1 of 1 cannot be read: trade 1: it has no tradePrice";
    assert_eq!(synced.item("U1 trades that are unreadable"), (ItemStatus::Rejected, want));

    let flex = Flex::new(without("listingExchange")).await;
    let synced = flex.sync().await;
    assert_eq!(synced.run.outcome, Some(Outcome::Ok), "what is only wanted is no failure");
    assert!(synced.item("query").1.contains("lacks listingExchange (where things are listed)"));

    let trades = statement("U1", &section("Trades", &[trade("")]));
    let flex = Flex::new(report(&[trades])).await;
    let synced = flex.sync().await;
    let want = "the query is not whole: it has no section Open Positions, which gives positions; it has no section Cash \
                Transactions, which gives cash flows; it has no section Cash Report, which gives cash; edit it in Client \
                Portal";
    assert_eq!(synced.item("query"), (ItemStatus::Missing, want));
    assert_eq!(flex.fills().await.len(), 1);
    assert_eq!(flex.house.view(flex.id).await.gaps[0].item, "query");
    flex.desk.service().report = report(&[plain("U1")]);
    assert_eq!(flex.sync().await.run.outcome, Some(Outcome::Ok));
    assert_eq!(flex.house.view(flex.id).await.gaps.len(), 0);

    let flex =
        Flex::new("<FlexQueryResponse type='AF'><FlexStatements count='0'></FlexStatements></FlexQueryResponse>").await;
    let synced = flex.sync().await;
    assert_eq!(
        synced.item("report"),
        (ItemStatus::Rejected, "the report is about no account: choose some for the query")
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_held_is_kept_until_there_is_proof() {
    let flex = Flex::new(report(&[plain("U1"), plain("U2")])).await;
    flex.sync().await;
    let held = async || {
        let mut rows: Vec<String> = Vec::new();
        rows.extend(flex.house.rows::<Position>(flex.id).await.iter().map(|p| format!("{} {}", p.account, p.symbol)));
        rows.extend(flex.house.rows::<Balance>(flex.id).await.iter().map(|b| format!("{} {}", b.wallet, b.asset)));
        rows.sort();
        rows.join(", ")
    };
    let all = "U1 AAPL, U1 USD, U2 AAPL, U2 USD";
    assert_eq!(held().await, all);
    // One account is gone from the report, and of the other a position cannot be read.
    let broken = sections("U1", &[trade("")], &[position("position=much")], &[flow("")], &["USD 1"]);
    flex.desk.service().report = report(&[broken]);
    let synced = flex.sync().await;
    assert_eq!((synced.run.outcome, held().await.as_str()), (Some(Outcome::Partial), all));
    let want = "positions: position 1 cannot be read: its position `much` is not a number; the last values are kept; cash: 1 \
                held, 1 changed";
    assert_eq!(synced.item("U1"), (ItemStatus::Rejected, want));
    assert_eq!(synced.item("U2").0, ItemStatus::Missing);
    // Everything is sold: believed when it is said twice.
    let empty = |account: &str| sections(account, &[trade("")], &[], &[flow("")], &["USD 7"]);
    flex.desk.service().report = report(&[empty("U1"), plain("U2")]);
    let synced = flex.sync().await;
    assert_eq!((synced.item("U1").0, held().await.as_str()), (ItemStatus::Missing, all));
    let synced = flex.sync().await;
    assert_eq!((synced.run.outcome, held().await.as_str()), (Some(Outcome::Ok), "U1 USD, U2 AAPL, U2 USD"));
    // A query that loses a section.
    let only =
        statement("U2", &section("CashReport", &[element("CashReportCurrency", "currency=USD endingCash=5", "")]));
    flex.desk.service().report = report(&[only]);
    let synced = flex.sync().await;
    assert_eq!((synced.item("U2").0, held().await.as_str()), (ItemStatus::Missing, "U1 USD, U2 AAPL, U2 USD"));
}

/// A query may break its period into days: what is held is what the last one says.
#[tokio::test(start_paused = true)]
async fn of_several_statements_the_last_says_what_is_held() {
    let day = |to: &str, quantity: &str| {
        let row = position(&format!("position={quantity} reportDate={to}"));
        sections("U1", &[], &[row], &[], &["USD 1"]).replace("toDate=\"20261119\"", &format!("toDate=\"{to}\""))
    };
    let flex = Flex::new(report(&[day("20261118", "5"), day("20261119", "7"), day("20261117", "3")])).await;
    flex.sync().await;
    let held: Vec<Position> = flex.house.rows(flex.id).await;
    assert_eq!(held.iter().map(|p| p.quantity.to_string()).collect::<Vec<_>>(), ["7"]);
    // Lots and models add up where there is no sum.
    let lots = [
        position("levelOfDetail=LOT position=4 costBasisPrice=9"),
        position("levelOfDetail=LOT position=-1.5 side=Short"),
    ];
    let flex = Flex::new(report(&[sections("U1", &[], &lots, &[], &["USD 1", "USD 2.5", "EUR 3"])])).await;
    flex.sync().await;
    let held: Vec<Position> = flex.house.rows(flex.id).await;
    assert_eq!((held[0].quantity.to_string(), held[0].entry_price), ("2.5".into(), None));
    let mut cash: Vec<_> =
        flex.house.rows::<Balance>(flex.id).await.iter().map(|b| format!("{} {}", b.asset, b.total)).collect();
    cash.sort();
    assert_eq!(cash, ["EUR 3", "USD 3.5"]);
}

/// Rows that are no trades, and why.
#[tokio::test(start_paused = true)]
async fn rows_that_are_no_trades_say_why() {
    for (row, want) in [
        ("ibExecID= transactionID= tradeID=", "it has none of ibExecID, transactionID, tradeID"),
        ("ibExecID=-- transactionID=0 tradeID=N/A", "it has none of ibExecID, transactionID, tradeID"),
        ("quantity=", "it has no quantity"),
        ("quantity=0", "its quantity is 0"),
        ("quantity=1,00", "its quantity `1,00` is not a number"),
        ("tradePrice=1e-30", "its tradePrice `1e-30` has more than 18 decimals"),
        ("quantity=-5", "its quantity is -5, and it is a BUY"),
        ("buySell=HOLD", "its buySell is `HOLD`"),
        ("symbol=", "it has no symbol"),
        ("currency=", "it has no currency"),
        ("dateTime=20261102", "it has a date and no time"),
        ("dateTime=2026-11-02T10:30:00", "its dateTime is `2026-11-02T10:30:00`"),
        ("dateTime=", "it has neither dateTime nor tradeDate and tradeTime"),
        ("tradeDate=20261131", "its tradeDate is `20261131`"),
        ("ibCommission=free", "its ibCommission `free` is not a number"),
    ] {
        let flex = Flex::new(report(&[sections("U1", &[trade(row)], &[], &[], &["USD 1"])])).await;
        let synced = flex.sync().await;
        let told = synced.item("U1 trades that are unreadable").1;
        assert_eq!(told, format!("1 of 1 cannot be read: trade 1: {want}"));
        assert!(flex.fills().await.is_empty());
    }
    let good = [
        "dateTime= tradeDate=20261102 tradeTime=103000",
        "dateTime=20261102 tradeTime=10:30:00",
        "buySell= levelOfDetail=",
    ];
    for row in good {
        let flex = Flex::new(report(&[sections("U1", &[trade(row)], &[], &[], &["USD 1"])])).await;
        flex.sync().await;
        assert_eq!(flex.fills().await[0].at.to_string(), "2026-11-02T15:30:00Z", "{row}");
    }
}

#[tokio::test(start_paused = true)]
async fn settings_are_looked_at_first() {
    for (settings, want) in [
        (vec![("query_id", "my query")], "the setting `query_id` must be a number"),
        (vec![("query_id", "5"), ("time_zone", "Moon")], "the setting `time_zone` names no time zone"),
    ] {
        let desk = Desk::new("");
        let house = House::on("ibkr_flex", crate::prices_desk::clock(NOW), desk.replay(), None);
        let id = house.connect("main", &settings, &[]).await;
        let synced = house.sync(id, &[]).await;
        assert_eq!(synced.run.outcome, Some(Outcome::NeedsUser));
        assert!(synced.run.error.unwrap().starts_with(want));
        assert!(desk.service().asked.is_empty());
    }
    // Another zone, another instant; another query, another order.
    let flex = Flex::new(report(&[plain("U1")])).await;
    flex.sync().await;
    let edit = |settings: &[(&str, &str)]| ConnectionEdit {
        settings: settings.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
        ..ConnectionEdit::default()
    };
    flex.house.rig.engine.edit_connection(flex.id, edit(&[("time_zone", "Europe/London")])).await.unwrap();
    flex.sync().await;
    assert_eq!(flex.fills().await[0].at.to_string(), "2026-11-02T10:30:00Z");
    flex.house.sync(flex.id, &[]).await;
    flex.house.rig.engine.edit_connection(flex.id, edit(&[("query_id", "7")])).await.unwrap();
    flex.house.sync(flex.id, &[]).await;
    assert!(flex.desk.service().asked.last().unwrap().ends_with("SendRequest 7"));
}
