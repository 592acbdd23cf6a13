//! IBKR's reports: ordered, waited for, fetched; formats, amendments, sizes, and every refusal.

use std::collections::BTreeMap;

use foliosync_engine::model::Decimal;
use foliosync_sim::{
    Action, Credential, Fault, FlexQuery, NewAccount, Secret, Section, Service, SimOptions, Validity, When,
};
use jiff::SignedDuration;

use crate::support::{Answer, FRIDAY_NOON, World, at, decimal};

const TOKEN: &str = "510000000000000000000001";
const OTHER_TOKEN: &str = "510000000000000000000002";
const MAIN: &str = "ibkr-main";

/// An element's attributes.
type Row = BTreeMap<String, String>;

fn rows(text: &str, name: &str) -> Vec<Row> {
    let start = format!("<{name} ");
    let lines = text.lines().filter(|line| line.starts_with(&start));
    let row = |line: &str| {
        let mut parts = line[start.len()..].split('"');
        let mut row = Row::new();
        while let (Some(key), Some(value)) = (parts.next(), parts.next()) {
            row.insert(key.trim().trim_end_matches('=').into(), value.into());
        }
        row
    };
    lines.map(row).collect()
}

fn tag<'a>(text: &'a str, name: &str) -> &'a str {
    let start = format!("<{name}>");
    text.split(&start).nth(1).unwrap_or_else(|| panic!("{text}")).split('<').next().unwrap()
}

async fn ask(world: &World, step: &str, query: &str) -> Answer {
    let url = format!("{}/AccountManagement/FlexWebService/{step}?{query}", world.sim.base_url("ibkr_flex"));
    // Each is sent in a minute of its own, so that no limit is met by accident.
    world.sim.advance(SignedDuration::from_secs(60));
    Answer::of(world.client.get(url).header("user-agent", "test").send().await.unwrap()).await
}

async fn code(world: &World, step: &str, query: &str) -> String {
    let answer = ask(world, step, query).await;
    assert_eq!(answer.status, 200);
    tag(&answer.text, "ErrorCode").into()
}

async fn order(world: &World, query: &str) -> String {
    let answer = ask(world, "SendRequest", &format!("t={TOKEN}&q={query}&v=3")).await;
    tag(&answer.text, "ReferenceCode").into()
}

async fn report(world: &World, query: &str) -> String {
    let reference = order(world, query).await;
    let answer = ask(world, "GetStatement", &format!("t={TOKEN}&q={reference}&v=3")).await;
    assert!(answer.text.starts_with("<FlexQueryResponse"), "{}", &answer.text[..300.min(answer.text.len())]);
    answer.text
}

fn set(world: &World, change: impl FnOnce(&mut FlexQuery)) {
    let mut query = FlexQuery { is_live: true, ..world.sim.flex_query("510002") };
    change(&mut query);
    world.sim.set_flex_query("1", query);
}

#[tokio::test]
async fn a_report_is_ordered_and_waited_for() {
    let world = World::start(FRIDAY_NOON);
    let answer = ask(&world, "SendRequest", &format!("t={TOKEN}&q=510001&v=3")).await;
    assert!(answer.text.starts_with("<FlexStatementResponse timestamp='20 November, 2026 12:01 PM EST'>"));
    assert_eq!(tag(&answer.text, "Status"), "Success");
    let url = world.sim.base_url("ibkr_flex") + "/AccountManagement/FlexWebService/GetStatement";
    assert_eq!(tag(&answer.text, "Url"), url);
    set(&world, |query| query.delay_seconds = 90);
    let reference = order(&world, "1").await;
    let again = format!("t={TOKEN}&q={reference}&v=3");
    let waiting = ask(&world, "GetStatement", &again).await.text;
    assert_eq!((tag(&waiting, "Status"), tag(&waiting, "ErrorCode")), ("Warn", "1019"));
    let first = ask(&world, "GetStatement", &again).await.text;
    assert!(first.starts_with("<FlexQueryResponse queryName=\"simulated, ISO dates\" type=\"AF\">"));
    assert_eq!(ask(&world, "GetStatement", &again).await.text, first, "as it was when it was ordered");
    world.sim.advance(SignedDuration::from_hours(24));
    assert_eq!(code(&world, "GetStatement", &again).await, "1017");
}

#[tokio::test]
async fn a_live_report_tells_the_truth() {
    let world = World::start(FRIDAY_NOON);
    set(&world, |query| query.has_summaries = true);
    let reference = order(&world, "1").await;
    let view = world.sim.account(MAIN);
    let text = ask(&world, "GetStatement", &format!("t={TOKEN}&q={reference}&v=3")).await.text;
    let trades = rows(&text, "Trade");
    assert_eq!(trades.len(), view.fills.len());
    for (row, fill) in trades.iter().zip(&view.fills) {
        let id = if row["ibExecID"].is_empty() { &row["transactionID"] } else { &row["ibExecID"] };
        assert_eq!((id, &row["symbol"]), (&fill.id, &fill.symbol));
        let sign = if fill.is_buy { Decimal::ONE } else { Decimal::from(-1) };
        assert_eq!(decimal(&row["quantity"]).abs(), fill.quantity.abs());
        assert_eq!(decimal(&row["quantity"]).is_negative(), sign.is_negative() != fill.quantity.is_negative());
        assert_eq!(decimal(&row["tradePrice"]), fill.price);
        assert_eq!(decimal(&row["ibCommission"]), Decimal::ZERO - fill.fee);
        assert_eq!((row["levelOfDetail"].as_str(), &row["ibCommissionCurrency"]), ("EXECUTION", &fill.fee_asset));
    }
    let balance = |asset: &str| {
        let found = view.balances.iter().find(|one| one.asset == asset);
        found.map_or(Decimal::ZERO, |one| one.amount)
    };
    let positions = rows(&text, "OpenPosition");
    let held: Vec<_> = positions.iter().filter(|row| row["levelOfDetail"] == "SUMMARY").collect();
    for row in &held {
        assert_eq!(decimal(&row["position"]), balance(&row["symbol"]), "{row:?}");
        assert_eq!(row["side"] == "Short", decimal(&row["position"]).is_negative());
        let lots = positions.iter().filter(|lot| lot["levelOfDetail"] == "LOT" && lot["symbol"] == row["symbol"]);
        let sum = lots.fold(Decimal::ZERO, |sum, lot| sum + decimal(&lot["position"]));
        assert_eq!(sum, decimal(&row["position"]));
    }
    let cash: Vec<_> = rows(&text, "CashReportCurrency");
    for row in cash.iter().filter(|row| row["currency"] != "BASE_SUMMARY") {
        assert_eq!(decimal(&row["endingCash"]), balance(&row["currency"]));
    }
    assert_eq!(held.len() + cash.len() - 1, view.balances.len());
    let flows = rows(&text, "CashTransaction");
    assert_eq!(flows.len(), view.flows.len());
    for (row, flow) in flows.iter().zip(&view.flows) {
        assert_eq!((decimal(&row["amount"]), &row["currency"]), (flow.amount, &flow.asset));
    }
    for kind in ["Deposits/Withdrawals", "Dividends", "Withholding Tax", "Broker Interest Received", "Other Fees"] {
        assert!(flows.iter().any(|row| row["type"] == kind), "{kind}");
    }
    for (name, level) in [("Order", "ORDER"), ("Lot", "CLOSED_LOT"), ("SymbolSummary", "SYMBOL_SUMMARY")] {
        let other = rows(&text, name);
        assert!(!other.is_empty() && other.iter().all(|row| row["levelOfDetail"] == level), "{name}");
    }
    let realised = |row: &Row| decimal(&row["fifoPnlRealized"]);
    assert!(
        trades
            .iter()
            .all(|row| row["assetCategory"] == "CASH"
                || decimal(&row["netCash"]) + decimal(&row["cost"]) == realised(row))
    );
    for row in &held {
        // What was paid and received is what closing brought, and what the rest has cost.
        let own = || trades.iter().filter(|trade| trade["symbol"] == row["symbol"]);
        let sum = |field: &str| own().fold(Decimal::ZERO, |sum, trade| sum + decimal(&trade[field]));
        assert_eq!(sum("netCash"), sum("fifoPnlRealized") - decimal(&row["costBasisMoney"]), "{}", row["symbol"]);
    }
    let indicators: std::collections::BTreeSet<_> =
        trades.iter().map(|row| row["openCloseIndicator"].clone()).collect();
    assert_eq!(indicators.into_iter().collect::<Vec<_>>(), ["", "C", "C;O", "O"]);
}

#[tokio::test]
async fn fills_that_were_wrong_come_again() {
    let world = World::start(FRIDAY_NOON);
    world.sim.act(MAIN, &Action::Pause);
    world.sim.act(MAIN, &Action::trade("MSFT", true, "5"));
    world.sim.act(MAIN, &Action::Amend { symbol: "MSFT".into(), price: Some(decimal("400.5")) });
    set(&world, |query| query.days = 1);
    let text = report(&world, "1").await;
    let trades = rows(&text, "Trade");
    let last: Vec<_> = trades[trades.len() - 3..].iter().map(|row| (&*row["buySell"], &*row["quantity"])).collect();
    assert_eq!(last, [("BUY", "5"), ("BUY (Ca.)", "-5"), ("BUY", "5")]);
    let [wrong, back, right] = &trades[trades.len() - 3..] else { panic!() };
    assert_eq!((back["notes"].as_str(), right["notes"].as_str()), ("Ca", "Co"));
    assert_eq!((&back["transactionType"], &right["tradePrice"]), (&"TradeCancel".into(), &"400.5".into()));
    assert_eq!((&back["origTradeID"], &right["tradeID"]), (&wrong["tradeID"], &wrong["tradeID"]));
    let stem = |row: &Row| row["ibExecID"].rsplit_once('.').unwrap().0.to_string();
    assert_eq!((stem(back), stem(right)), (stem(wrong), stem(wrong)));
    let ids: std::collections::BTreeSet<_> = [wrong, back, right].map(|row| row["ibExecID"].clone()).into();
    assert_eq!(ids.len(), 3, "the part behind the last point tells them apart");
}

#[tokio::test]
async fn activity_is_told_in_the_evening_of_its_day() {
    let world = World::start(FRIDAY_NOON);
    for (now, to) in [
        (FRIDAY_NOON, "2026-11-19"),
        ("2026-11-21T02:55:00Z", "2026-11-19"),
        ("2026-11-21T03:00:00Z", "2026-11-20"),
        ("2026-11-23T12:00:00Z", "2026-11-20"),
        ("2026-11-24T03:00:00Z", "2026-11-23"),
    ] {
        let text = report(world.now(now), "510002").await;
        let statement = &rows(&text, "FlexStatement")[0];
        assert_eq!(statement["toDate"], to, "{now}");
        assert!(rows(&text, "Trade").iter().all(|row| *row["tradeDate"] <= *to));
        assert!(rows(&text, "OpenPosition").iter().all(|row| row["reportDate"] == to));
    }
    let both = report(&world, "510001").await;
    assert!(both.contains("<FlexStatements count=\"2\">"));
    let accounts: Vec<_> = rows(&both, "FlexStatement").iter().map(|row| row["accountId"].clone()).collect();
    assert_eq!(accounts, [world.sim.account(MAIN).number, world.sim.account("ibkr-second").number]);
    let days = async |period: &str| {
        let answer = ask(&world, "SendRequest", &format!("t={TOKEN}&q=510002&v=3{period}")).await.text;
        let reference = tag(&answer, "ReferenceCode");
        let text = ask(&world, "GetStatement", &format!("t={TOKEN}&q={reference}&v=3")).await.text;
        let statement = &rows(&text, "FlexStatement")[0];
        (statement["fromDate"].clone(), statement["toDate"].clone())
    };
    assert_eq!(days("&fd=20261102&td=20261105").await, ("2026-11-02".into(), "2026-11-05".into()));
    assert_eq!(days("&p=7").await, ("2026-11-17".into(), "2026-11-23".into()));
}

#[tokio::test]
async fn every_format_that_an_owner_can_choose() {
    let world = World::start(FRIDAY_NOON);
    world.sim.act(MAIN, &Action::Pause);
    world.sim.act(MAIN, &Action::trade("MSFT", true, "1"));
    for (dates, times, separator, want) in [
        ("yyyyMMdd", "HHmmss", ";", "20261120;120000"),
        ("yyyy-MM-dd", "HH:mm:ss", " ", "2026-11-20 12:00:00"),
        ("MM/dd/yyyy", "HHmmss", ",", "11/20/2026,120000"),
        ("MM/dd/yy", "HH:mm:ss", ";", "11/20/26;12:00:00"),
        ("dd/MM/yyyy", "HHmmss", "", "20/11/2026120000"),
        ("dd/MM/yy", "HHmmss", ";", "20/11/26;120000"),
        ("dd-MMM-yy", "HH:mm:ss", " ", "20-Nov-26 12:00:00"),
    ] {
        set(&world, |query| {
            (query.date_format, query.time_format) = (dates.into(), times.into());
            query.separator = separator.into();
        });
        let text = report(&world, "1").await;
        let trade = rows(&text, "Trade").pop().unwrap();
        assert_eq!(trade["dateTime"], want);
        assert!(want.starts_with(&*trade["tradeDate"]) && want.ends_with(&*trade["tradeTime"]));
    }
    set(&world, |query| {
        query.has_commas = true;
        query.without = vec!["dateTime".into(), "ibExecID".into()];
        query.sections = [Section::Trades, Section::CashTransactions].into();
    });
    let text = report(&world, "1").await;
    assert!(!text.contains("dateTime") && !text.contains("ibExecID") && !text.contains("OpenPosition"));
    let amounts: Vec<_> = rows(&text, "CashTransaction").into_iter().map(|row| row["amount"].clone()).collect();
    assert!(amounts.contains(&"250,000".into()), "{amounts:?}");
}

#[tokio::test]
async fn a_large_report_is_streamed_and_changes_nothing() {
    let world = World::start(FRIDAY_NOON);
    set(&world, |query| query.sections = [Section::Trades, Section::OpenPositions].into());
    let small = report(&world, "1").await;
    set(&world, |query| {
        query.sections = [Section::Trades, Section::OpenPositions].into();
        query.mebibytes = 4;
    });
    let large = report(&world, "1").await;
    assert!((4 << 20..5 << 20).contains(&large.len()), "{}", large.len());
    assert_eq!(rows(&large, "OpenPosition").len(), rows(&small, "OpenPosition").len());
    let filler: Vec<_> = rows(&large, "Trade").into_iter().filter(|row| row["symbol"] == "VTI").collect();
    assert!(filler.len() > 1000 && filler.len().is_multiple_of(2), "{}", filler.len());
    let sum = |field: &str| filler.iter().fold(Decimal::ZERO, |sum, row| sum + decimal(&row[field]));
    assert_eq!((sum("quantity"), sum("netCash")), (Decimal::ZERO, Decimal::ZERO));
    let ids: std::collections::BTreeSet<_> = filler.iter().map(|row| row["ibExecID"].clone()).collect();
    assert_eq!(ids.len(), filler.len());
    assert!(large.ends_with("</FlexStatements>\n</FlexQueryResponse>\n"));
}

#[tokio::test]
async fn years_of_success_can_be_told() {
    let world = World::start(FRIDAY_NOON);
    world.sim.open_account(&NewAccount::new(Service::IbkrFlex, "lucky").days(700).orders_per_day(20));
    world.sim.admit(Credential::new("lucky", "519999999999999999999999", Secret::None));
    let query = FlexQuery { owner: "lucky".into(), accounts: vec!["lucky".into()], ..FlexQuery::default() };
    world.sim.set_flex_query("77", query);
    let ordered = ask(&world, "SendRequest", "t=519999999999999999999999&q=77&v=3").await;
    let reference = tag(&ordered.text, "ReferenceCode");
    let report = ask(&world, "GetStatement", &format!("t=519999999999999999999999&q={reference}&v=3")).await.text;
    assert!(rows(&report, "Trade").len() > 5_000, "{}", rows(&report, "Trade").len());
}

#[tokio::test]
async fn whoever_may_not_is_told_why() {
    let world = World::start(FRIDAY_NOON);
    let reference = order(&world, "510001").await;
    for (step, query, want) in [
        ("SendRequest", format!("t={TOKEN}&q=510001"), "1020"),
        ("SendRequest", format!("t={TOKEN}&q=510001&v=2"), "1020"),
        ("SendRequest", "q=510001&v=3".into(), "1015"),
        ("SendRequest", "t=1&q=510001&v=3".into(), "1015"),
        ("SendRequest", format!("t={TOKEN}&q=9&v=3"), "1014"),
        ("SendRequest", format!("t={OTHER_TOKEN}&q=510001&v=3"), "1014"),
        ("SendRequest", format!("t={TOKEN}&q=510001&v=3&p=366"), "1020"),
        ("SendRequest", format!("t={TOKEN}&q=510001&v=3&fd=20250101&td=20260301"), "1020"),
        ("SendRequest", format!("t={TOKEN}&q=510001&v=3&fd=20270101&td=20270102"), "1003"),
        ("GetStatement", format!("t={TOKEN}&q=12&v=3"), "1017"),
        ("GetStatement", format!("t={OTHER_TOKEN}&q={reference}&v=3"), "1017"),
    ] {
        assert_eq!(code(&world, step, &query).await, want, "{step} {query}");
    }
    let good = format!("t={TOKEN}&q=510001&v=3");
    for (validity, want) in [(Validity::Expired, "1012"), (Validity::Frozen, "1011")] {
        world.sim.set_validity(TOKEN, validity);
        assert_eq!(code(&world, "SendRequest", &good).await, want);
    }
    world.sim.revoke(TOKEN);
    assert_eq!(code(&world, "SendRequest", &good).await, "1015");
    let url = world.sim.base_url("ibkr_flex") + "/AccountManagement/FlexWebService/SendRequest?" + &good;
    assert_eq!(world.client.get(url).send().await.unwrap().status(), 403, "nobody says who asks");
}

#[tokio::test]
async fn one_a_second_and_ten_a_minute() {
    let world = World::start(FRIDAY_NOON);
    let refused = async |world: &World, token: &str| {
        let base = world.sim.base_url("ibkr_flex") + "/AccountManagement/FlexWebService/SendRequest";
        let url = format!("{base}?t={token}&q=510001&v=3");
        let answer = world.client.get(url).header("user-agent", "test").send().await.unwrap();
        answer.text().await.unwrap().contains("<ErrorCode>1018<")
    };
    let send = async |token: &str| refused(&world, token).await;
    assert!(!send(TOKEN).await && send(TOKEN).await, "the second of one second");
    assert!(!send(OTHER_TOKEN).await, "each token for itself");
    for second in 1..9 {
        world.sim.set_now(at(FRIDAY_NOON) + SignedDuration::from_secs(second));
        assert!(!send(TOKEN).await, "{second}");
    }
    world.now("2026-11-20T17:00:59Z");
    assert!(send(TOKEN).await, "the eleventh of one minute");
    world.now("2026-11-20T17:01:00Z");
    assert!(!send(TOKEN).await);
    let stats = world.sim.stats().of("ibkr_flex");
    assert_eq!((stats.limits_broken, stats.largest_windows["minute"]), (2, 11));
    assert!(world.sim.requests("ibkr_flex").iter().all(|seen| !format!("{seen:?}").contains(TOKEN)));

    // For whoever keeps the clock standing.
    let world = World::with(SimOptions { has_limits: false, ..World::options(FRIDAY_NOON) });
    for _ in 0..20 {
        assert!(!refused(&world, TOKEN).await);
    }
}

#[tokio::test]
async fn faults_speak_xml() {
    let world = World::start(FRIDAY_NOON);
    let path = format!("t={TOKEN}&q=510001&v=3");
    for wanted in ["1001", "1003", "1004", "1007", "1009", "1010", "1016", "1018", "1019", "1021"] {
        world.sim.fault("ibkr_flex", Fault::Code { code: wanted.into() }, When::next(1).path_contains("SendRequest"));
        assert_eq!(code(&world, "SendRequest", &path).await, wanted);
    }
    let reference = order(&world, "510002").await;
    let fetch = format!("t={TOKEN}&q={reference}&v=3");
    let hit = async |fault: Fault| {
        world.sim.clear_faults();
        world.sim.fault("ibkr_flex", fault, When::next(1).key(TOKEN));
        ask(&world, "GetStatement", &fetch).await
    };
    assert!(hit(Fault::EmptyArray).await.text.contains("<FlexStatements count=\"0\">"));
    let page = hit(Fault::Status { code: 503, retry_after: None }).await;
    assert!(page.status == 503 && page.text.contains("temporarily unavailable"));
    assert_eq!(tag(&hit(Fault::ErrorObject { message: "a < b".into() }).await.text, "ErrorMessage"), "a &lt; b");
    let nothing = hit(Fault::Nulls { fields: vec!["quantity".into()] }).await.text;
    assert!(rows(&nothing, "Trade").iter().all(|row| row["quantity"].is_empty() && !row["tradePrice"].is_empty()));
    let text = hit(Fault::CutText).await.text;
    assert!(text.starts_with("<FlexQueryResponse") && !text.ends_with("</FlexQueryResponse>\n"));
}
