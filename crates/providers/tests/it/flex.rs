//! Interactive Brokers' reports behind a made-up service: ordered, waited for, read, and what is told of them.

use std::sync::{Arc, Mutex, MutexGuard};

use foliosync_engine::http::{HttpAnswer, HttpRequest};
use foliosync_engine::model::accounts::{Balance, CashFlow, Fill, Position};
use foliosync_engine::model::instrument::Listing;
use foliosync_engine::model::sync::{ConnectionId, ItemStatus, Outcome, SyncOptions};
use foliosync_engine::status::Status;
use foliosync_engine::testkit::replay::{Replay, answer};

use crate::brokers::House;
use crate::prices_desk::{Synced, param};

pub const NOW: &str = "2026-11-20T14:35:07Z";
pub const QUERY: [(&str, &str); 1] = [("query_id", "510001")];
pub const HOST: &str = "https://ndcdyn.interactivebrokers.com";

/// The service with one query.
#[derive(Clone)]
pub struct Desk(Arc<Mutex<Service>>);

pub struct Service {
    pub report: String,
    /// How often a look is answered with "in progress".
    pub making: usize,
    /// What answers to an order name as the place to look.
    pub url: String,
    /// In place of every other answer, by host and endpoint.
    pub refusals: Vec<(String, HttpAnswer)>,
    pub asked: Vec<String>,
    /// One reference for all orders.
    pub always: Option<String>,
    orders: usize,
}

impl Desk {
    pub fn new(report: impl Into<String>) -> Desk {
        let url = format!("{HOST}/AccountManagement/FlexWebService/GetStatement");
        let service = Service {
            report: report.into(),
            making: 0,
            url,
            refusals: Vec::new(),
            asked: Vec::new(),
            always: None,
            orders: 0,
        };
        Desk(Arc::new(Mutex::new(service)))
    }

    pub fn service(&self) -> MutexGuard<'_, Service> {
        self.0.lock().unwrap()
    }

    pub fn source(&self) -> impl Fn(&HttpRequest) -> HttpAnswer + Send + Sync + 'static {
        let desk = self.clone();
        move |request| desk.answer(request)
    }

    pub fn replay(&self) -> Arc<Replay> {
        Arc::new(Replay::default().otherwise(self.source()))
    }

    pub fn answer(&self, request: &HttpRequest) -> HttpAnswer {
        let mut service = self.service();
        assert_eq!(param(request, "v"), "3");
        let (host, endpoint) = request.url.split_once("/AccountManagement/FlexWebService/").unwrap();
        let asked = format!("{host} {endpoint}");
        service.asked.push(format!("{asked} {}", param(request, "q")));
        if let Some((_, refusal)) = service.refusals.iter().find(|(what, _)| asked.contains(what)) {
            return refusal.clone();
        }
        let reference = |orders: usize| service.always.clone().unwrap_or_else(|| format!("70{orders}"));
        match endpoint {
            "SendRequest" => {
                let body = ordered(&reference(service.orders + 1), &service.url);
                service.orders += 1;
                answer(200, &body)
            }
            "GetStatement" if service.making > 0 => {
                service.making -= 1;
                code(1019)
            }
            "GetStatement" if param(request, "q") != reference(service.orders) => code(1017),
            "GetStatement" => answer(200, &service.report),
            _ => answer(404, ""),
        }
    }
}

pub fn ordered(reference: &str, url: &str) -> String {
    format!(
        "<FlexStatementResponse timestamp='28 August, 2012 10:37 AM EDT'><Status>Success</Status>\
         <ReferenceCode>{reference}</ReferenceCode><Url>{url}</Url></FlexStatementResponse>"
    )
}

pub fn code(code: u32) -> HttpAnswer {
    let body = format!(
        "<FlexStatementResponse timestamp='28 August, 2012 10:37 AM EDT'>\n<Status>Fail</Status>\n\
         <ErrorCode>{code}</ErrorCode>\n<ErrorMessage>tell nobody</ErrorMessage>\n</FlexStatementResponse>"
    );
    answer(200, &body)
}

/// Of these statements, each of one account.
pub fn report(statements: &[String]) -> String {
    format!(
        "<FlexQueryResponse queryName=\"all\" type=\"AF\">\n<FlexStatements count=\"{}\">\n{}\n</FlexStatements>\n\
         </FlexQueryResponse>\n",
        statements.len(),
        statements.join("\n")
    )
}

pub fn statement(account: &str, inside: &str) -> String {
    format!(
        "<FlexStatement accountId=\"{account}\" fromDate=\"20251120\" toDate=\"20261119\" period=\"Last365CalendarDays\" \
         whenGenerated=\"20261120;093000\">\n{inside}</FlexStatement>"
    )
}

/// A statement with all four sections.
pub fn sections(account: &str, trades: &[String], positions: &[String], flows: &[String], cash: &[&str]) -> String {
    let cash = cash.iter().map(|line| {
        let (currency, amount) = line.split_once(' ').unwrap();
        format!("<CashReportCurrency accountId=\"{account}\" currency=\"{currency}\" endingCash=\"{amount}\" />\n")
    });
    let cash: Vec<String> = cash.collect();
    let inside = [
        section("Trades", trades),
        section("OpenPositions", positions),
        section("CashTransactions", flows),
        section("CashReport", &cash),
    ];
    statement(account, &inside.concat())
}

pub fn section(name: &str, rows: &[String]) -> String {
    if rows.is_empty() { format!("<{name} />\n") } else { format!("<{name}>\n{}</{name}>\n", rows.concat()) }
}

/// Fields as `name=value`, with `_` for blanks; those that stand later count.
pub fn element(name: &str, fields: &str, more: &str) -> String {
    let mut all: Vec<(&str, String)> = Vec::new();
    for field in fields.split(' ').chain(more.split(' ')).filter(|field| !field.is_empty()) {
        let (name, value) = field.split_once('=').unwrap();
        all.retain(|(known, _)| *known != name);
        all.push((name, value.replace('_', " ")));
    }
    let fields: String = all.iter().map(|(name, value)| format!(" {name}=\"{value}\"")).collect();
    format!("<{name}{fields} />\n")
}

pub fn trade(more: &str) -> String {
    let usual = "currency=USD assetCategory=STK symbol=AAPL description=APPLE_INC isin=US0378331005 \
                 listingExchange=NASDAQ multiplier=1 tradeID=1 transactionID=11 ibExecID=aa.01.01.01 tradeDate=20261102 \
                 dateTime=20261102;103000 quantity=10 tradePrice=100 tradeMoney=1000 taxes=0 ibCommission=-1.25 \
                 ibCommissionCurrency=USD openCloseIndicator=O notes=P buySell=BUY ibOrderID=5 fifoPnlRealized=0 \
                 levelOfDetail=EXECUTION newField=x";
    element("Trade", usual, more)
}

pub fn position(more: &str) -> String {
    let usual = "currency=USD assetCategory=STK symbol=AAPL description=APPLE_INC listingExchange=NASDAQ multiplier=1 \
                 reportDate=20261119 position=10 markPrice=120.5 positionValue=1205 costBasisPrice=100.125 \
                 fifoPnlUnrealized=203.75 side=Long levelOfDetail=SUMMARY";
    element("OpenPosition", usual, more)
}

pub fn flow(more: &str) -> String {
    let usual = "currency=USD symbol=AAPL assetCategory=STK listingExchange=NASDAQ description=AAPL_CASH_DIVIDEND \
                 dateTime=20261110;202000 amount=2.5 type=Dividends transactionID=91 reportDate=20261110 \
                 levelOfDetail=DETAIL";
    element("CashTransaction", usual, more)
}

/// Everything of one account that is told of here.
pub fn plain(account: &str) -> String {
    sections(account, &[trade("")], &[position("")], &[flow("")], &["USD 500.25", "BASE_SUMMARY 500.25"])
}

pub struct Flex {
    pub desk: Desk,
    pub house: House,
    pub id: ConnectionId,
}

impl Flex {
    pub async fn new(report: impl Into<String>) -> Flex {
        let desk = Desk::new(report);
        let house = House::on("ibkr_flex", crate::prices_desk::clock(NOW), desk.replay(), None);
        let id = house.connect("main", &QUERY, &[]).await;
        Flex { desk, house, id }
    }

    /// Orders, waits, and reads.
    pub async fn sync(&self) -> Synced {
        self.sync_with(SyncOptions::default()).await
    }

    pub async fn sync_with(&self, options: SyncOptions) -> Synced {
        let ordered = self.house.sync_with(self.id, &[], options.clone()).await;
        assert_eq!(ordered.run.outcome, Some(Outcome::Deferred));
        self.house.pass(1).await;
        self.house.sync_with(self.id, &[], options).await
    }

    pub async fn fills(&self) -> Vec<Fill> {
        self.house.rows(self.id).await
    }
}

#[tokio::test(start_paused = true)]
async fn one_report_brings_everything() {
    let lot = element("Lot", "accountId=U1 levelOfDetail=CLOSED_LOT quantity=10 tradePrice=1", "");
    let sums = [element("Order", "levelOfDetail=ORDER", ""), lot, element("SymbolSummary", "symbol=AAPL", "")];
    let option = "symbol=AAPL__261218C00150000 assetCategory=OPT multiplier=100 listingExchange=CBOE quantity=-2 \
                  tradePrice=3.5 tradeMoney=-700 buySell=SELL tradeID=2 transactionID=12 ibExecID=aa.02.01.01";
    let abroad = "symbol=VOD listingExchange=LSE currency=GBP quantity=1,000 tradePrice=0.75 tradeMoney=750 tradeID=3 \
                  transactionID=13 ibExecID=aa.03.01.01 ibCommission=-3 ibCommissionCurrency=GBP taxes=-3.75";
    let convert = "symbol=EUR.USD assetCategory=CASH listingExchange= quantity=500 tradePrice=1.1 tradeMoney=550 tradeID=4 \
                   transactionID=14 ibExecID=aa.04.01.01 ibCommission=-2 ibCommissionCurrency=CHF taxes=-1";
    let trades = [&sums[..], &[trade(""), trade(option), trade(abroad), trade(convert)]].concat();
    let positions = [
        position(""),
        position("levelOfDetail=LOT position=4 positionValue=482"),
        position("levelOfDetail=LOT position=6 positionValue=723"),
        position(
            "symbol=AAPL__261218C00150000 assetCategory=OPT multiplier=100 listingExchange=CBOE position=-2 side=Short",
        ),
        position("symbol=VOD listingExchange=LSE currency=GBP position=1000"),
    ];
    let flows = [
        flow(""),
        flow("levelOfDetail=SUMMARY transactionID="),
        flow("amount=-0.37 type=Withholding_Tax transactionID=92"),
    ];
    let deposit = flow(
        "symbol= assetCategory= type=Deposits/Withdrawals amount=1000 transactionID=93 dateTime=20261101 listingExchange=",
    );
    let first = sections(
        "U1",
        &trades,
        &positions,
        &[&flows[..], &[deposit]].concat(),
        &["USD 500.25", "GBP -3", "BASE_SUMMARY 496"],
    );
    let flex = Flex::new(report(&[first, plain("U2")])).await;
    let synced = flex.sync().await;
    assert_eq!((synced.run.outcome, synced.counts()), (Some(Outcome::Ok), [6, 1, 0, 0, 0]), "{:?}", synced.items);
    assert_eq!(synced.run.trades_imported, 4 + 1);
    assert_eq!(flex.desk.service().asked, [format!("{HOST} SendRequest 510001"), format!("{HOST} GetStatement 701")]);

    let mut fills: Vec<String> = flex.fills().await.into_iter().map(|fill| told(&fill)).collect();
    fills.sort();
    let want = [
        "U1 aa.01.01.01 AAPL stock buy 10 @ 100 USD x1 fee 1.25 USD open 2026-11-02T15:30:00Z",
        "U1 aa.02.01.01 AAPL  261218C00150000 option sell 2 @ 3.5 USD x100 fee 1.25 USD open 2026-11-02T15:30:00Z",
        "U1 aa.03.01.01 VOD@LSE stock buy 1000 @ 0.75 GBP x1 fee 6.75 GBP open 2026-11-02T15:30:00Z",
        "U1 aa.04.01.01 EUR.USD fx buy 500 @ 1.1 USD x1 fee 2 CHF open 2026-11-02T15:30:00Z",
        "U2 aa.01.01.01 AAPL stock buy 10 @ 100 USD x1 fee 1.25 USD open 2026-11-02T15:30:00Z",
    ];
    assert_eq!(fills, want);
    let mut flows: Vec<String> = flex.house.rows::<CashFlow>(flex.id).await.iter().map(told_flow).collect();
    flows.sort();
    let want = [
        "U1 91 dividend USD 2.5 2026-11-10 2026-11-11T01:20:00Z AAPL",
        "U1 92 tax USD -0.37 2026-11-10 2026-11-11T01:20:00Z AAPL",
        "U1 93 deposit USD 1000 2026-11-01 none ",
        "U1 aa.04.01.01/taxes tax USD -1 2026-11-02 2026-11-02T15:30:00Z EUR.USD",
        "U2 91 dividend USD 2.5 2026-11-10 2026-11-11T01:20:00Z AAPL",
    ];
    assert_eq!(flows, want);
    let mut held: Vec<Position> = flex.house.rows(flex.id).await;
    held.sort_by_key(|row| (row.account.clone(), row.symbol.clone()));
    let told: Vec<_> = held.iter().map(|p| format!("{} {} {} {}", p.account, p.symbol, p.quantity, p.as_of)).collect();
    let want = [
        "U1 AAPL 10 2026-11-20T05:00:00Z",
        "U1 AAPL  261218C00150000 -2 2026-11-20T05:00:00Z",
        "U1 VOD@LSE 1000 2026-11-20T05:00:00Z",
        "U2 AAPL 10 2026-11-20T05:00:00Z",
    ];
    assert_eq!(told, want);
    let balances: Vec<Balance> = flex.house.rows(flex.id).await;
    let mut told: Vec<_> = balances.iter().map(|b| format!("{} {} {}", b.wallet, b.asset, b.total)).collect();
    told.sort();
    assert_eq!(told, ["U1 GBP -3", "U1 USD 500.25", "U2 USD 500.25"]);
    let listings: Vec<Listing> = flex.house.rig.store.records(|all| all).await.unwrap();
    let mut is: Vec<_> = listings.into_iter().filter_map(|listing| listing.instrument_id).collect();
    is.sort();
    assert_eq!(is, ["option:AAPL261218C00150000", "stock:AAPL", "stock:VOD@XLON"]);
    let view = flex.house.view(flex.id).await;
    assert_eq!(view.streams[0].as_of.unwrap().to_string(), "2026-11-20T14:30:00Z");
}

pub fn told(fill: &Fill) -> String {
    let word = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".into());
    let number = |number: Option<foliosync_engine::model::Decimal>| number.map_or("none".into(), |n| n.to_string());
    let mut line = format!("{} {} {} {}", fill.account, fill.native_id, fill.symbol, word(&fill.kind));
    line += &format!(" {} {} @ {} {}", fill.side.word(), fill.quantity, fill.price, word(&fill.currency));
    line += &format!(" x{} fee {} {}", number(fill.multiplier), number(fill.fee), word(&fill.fee_asset));
    line + &format!(" {} {}", word(&fill.effect), fill.at)
}

pub fn told_flow(flow: &CashFlow) -> String {
    let at = flow.at.map_or("none".into(), |at| at.to_string());
    let CashFlow { account, native_id, asset, amount, date, .. } = flow;
    format!(
        "{account} {native_id} {} {asset} {amount} {date} {at} {}",
        flow.kind.word(),
        flow.symbol.clone().unwrap_or_default()
    )
}

#[tokio::test(start_paused = true)]
async fn a_report_that_takes_its_time_is_waited_for_across_restarts() {
    let flex = Flex::new(report(&[plain("U1")])).await;
    flex.desk.service().making = 5;
    let Flex { desk, mut house, id } = flex;
    let mut waits = Vec::new();
    loop {
        let synced = house.sync(id, &[]).await;
        if synced.run.outcome != Some(Outcome::Deferred) {
            assert_eq!(synced.run.outcome, Some(Outcome::Ok));
            break;
        }
        let view = house.view(id).await;
        assert_eq!((view.status, view.streams[0].failures), (Status::Connected, 0));
        let due = view.streams[0].next_due.unwrap();
        waits.push(due.duration_since(house.now()).as_secs());
        tokio::time::advance(std::time::Duration::try_from(due.duration_since(house.now())).unwrap()).await;
        // Everything but the store is gone.
        house = house.restarted(desk.replay());
    }
    assert_eq!(waits, [5, 5, 5, 5, 5, 6], "seconds");
    let asked = desk.service().asked.clone();
    assert_eq!(asked.iter().filter(|line| line.contains("SendRequest")).count(), 1);
    assert_eq!(asked.iter().filter(|line| line.ends_with("GetStatement 701")).count(), 6);
    assert_eq!(house.rows::<Fill>(id).await.len(), 1);
}

/// At a week-end the report may not be there for hours. It is looked for seldom, and at last ordered anew.
#[tokio::test(start_paused = true)]
async fn a_report_that_does_not_come_is_ordered_again_after_half_a_day() {
    let flex = Flex::new(report(&[plain("U1")])).await;
    flex.desk.service().making = usize::MAX;
    let (start, mut looks) = (flex.house.now(), 0);
    while flex.house.now().duration_since(start).as_hours() < 13 {
        let synced = flex.house.sync(flex.id, &[]).await;
        assert_eq!(synced.run.outcome, Some(Outcome::Deferred));
        let due = flex.house.view(flex.id).await.streams[0].next_due.unwrap();
        tokio::time::advance(std::time::Duration::try_from(due.duration_since(flex.house.now())).unwrap()).await;
        looks += 1;
    }
    assert!((40..90).contains(&looks), "{looks} looks");
    assert_eq!(flex.desk.service().asked.iter().filter(|line| line.contains("SendRequest")).count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_reference_that_is_lost_is_ordered_again_once() {
    let flex = Flex::new(report(&[plain("U1")])).await;
    flex.house.sync(flex.id, &[]).await;
    // The service has forgotten the order.
    flex.desk.service().refusals = vec![("GetStatement".into(), code(1017))];
    flex.house.pass(1).await;
    let synced = flex.house.sync(flex.id, &[]).await;
    assert_eq!(synced.run.outcome, Some(Outcome::Deferred), "it is ordered again and waited for");
    flex.house.pass(1).await;
    let synced = flex.house.sync(flex.id, &[]).await;
    assert_eq!(synced.run.outcome, Some(Outcome::Failed));
    assert_eq!(synced.item("report").0, ItemStatus::Rejected);
    assert_eq!(flex.desk.service().asked.len(), 4, "{:?}", flex.desk.service().asked);
    flex.desk.service().refusals.clear();
    assert_eq!(flex.sync().await.run.outcome, Some(Outcome::Ok));
    assert_eq!(flex.house.view(flex.id).await.gaps.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn only_hosts_of_the_service_get_the_token() {
    let theirs = "https://gdcdyn.interactivebrokers.com";
    for (named, may) in [
        (theirs, true),
        ("https://GDCDYN.InteractiveBrokers.com:443/x", true),
        ("https://evil.example", false),
        ("https://interactivebrokers.com", false),
        ("https://evilinteractivebrokers.com", false),
        ("https://gdcdyn.interactivebrokers.com.evil.example", false),
        ("https://evil.example/gdcdyn.interactivebrokers.com", false),
        ("https://evil.example?.interactivebrokers.com", false),
        ("https://evil.example#.interactivebrokers.com", false),
        ("https://evil.example\\.interactivebrokers.com", false),
        ("https://gdcdyn.interactivebrokers.com:8443", false),
        ("http://gdcdyn.interactivebrokers.com", false),
        ("javascript:x.interactivebrokers.com", false),
        ("//gdcdyn.interactivebrokers.com", false),
    ] {
        let flex = Flex::new(report(&[plain("U1")])).await;
        flex.desk.service().url = named.replace('&', "&amp;");
        // The usual host does not have it.
        flex.desk.service().refusals = vec![("ndcdyn.interactivebrokers.com GetStatement".into(), code(1001))];
        let synced = flex.sync().await;
        let asked = flex.desk.service().asked.clone();
        let hosts: Vec<&str> = asked.iter().map(|line| line.split(' ').next().unwrap()).collect();
        if may {
            assert_eq!(hosts, [HOST, HOST, theirs], "{named}");
            assert_eq!(synced.run.outcome, Some(Outcome::Ok));
        } else {
            assert_eq!(hosts, [HOST, HOST], "{named}");
            assert_eq!(synced.run.outcome, Some(Outcome::Failed));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn another_base_url_gets_all_requests() {
    let desk = Desk::new(report(&[plain("U1")]));
    let base = "http://127.0.0.1:9/ibkr_flex";
    let house = House::on("ibkr_flex", crate::prices_desk::clock(NOW), desk.replay(), Some(base));
    let id = house.connect("main", &QUERY, &[]).await;
    for refused in ["GetStatement", "none"] {
        desk.service().refusals = vec![(refused.into(), answer(404, ""))];
        house.sync(id, &[]).await;
        house.pass(1).await;
        house.sync(id, &[]).await;
        house.pass(30).await;
    }
    assert!(desk.service().asked.iter().all(|line| line.starts_with(base)), "{:?}", desk.service().asked);
    assert_eq!(house.rows::<Fill>(id).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn only_what_is_new_is_written_again() {
    let flex = Flex::new(report(&[plain("U1")])).await;
    flex.sync().await;
    let synced = flex.sync().await;
    assert_eq!(synced.counts(), [0, 4, 0, 0, 0], "{:?}", synced.items);
    assert_eq!(synced.run.rows_written, 2, "the snapshots, which are replaced");
    let synced = flex.sync_with(SyncOptions { rehash: true, ..SyncOptions::default() }).await;
    assert_eq!((synced.run.trades_imported, synced.run.rows_written), (1, 2), "all is read again, and is the same");
    let second = trade("tradeID=2 transactionID=12 ibExecID=aa.02.01.01 quantity=-4 buySell=SELL openCloseIndicator=C");
    let more = sections("U1", &[trade(""), second], &[position("position=6")], &[flow("")], &["USD 900"]);
    flex.desk.service().report = report(&[more]);
    let synced = flex.sync().await;
    assert_eq!(synced.item("U1"), (ItemStatus::Updated, "positions: 1 held, 1 changed; cash: 1 held, 1 changed"));
    assert_eq!(synced.item("U1 trades"), (ItemStatus::Updated, "2 read"));
    assert_eq!(flex.fills().await.len(), 2);
}

/// What stands in the report of two trades, and what each row that takes one back comes to.
#[tokio::test(start_paused = true)]
async fn trades_that_are_taken_back_are_found() {
    let second = "tradeID=2 transactionID=12 ibExecID=aa.02.01.01 dateTime=20261103;110000";
    let back = "quantity=-10 tradeMoney=-1000 tradeID=77 transactionID=97 ibExecID= notes=Ca ibCommission=1.25";
    for (row, want) in [
        ("origTransactionID=12 buySell=BUY_(Ca.)", "97/Ca takes back aa.02.01.01"),
        ("origTransactionID=11 buySell=BUY", "97/Ca takes back aa.01.01.01"),
        ("ibExecID=aa.02.01.02", "aa.02.01.02/Ca takes back aa.02.01.01"),
        ("origTradeID=1", "97/Ca takes back aa.01.01.01"),
        ("tradeID=1", "97/Ca takes back aa.01.01.01"),
        ("transactionID=11", "11/Ca takes back aa.01.01.01"),
        // Nothing but what it is: the last one that is alike.
        ("origTradeID=0", "97/Ca takes back aa.02.01.01"),
        ("notes= code=P;Ca", "97/Ca takes back aa.02.01.01"),
        ("notes= transactionType=TradeCancel", "97/Ca takes back aa.02.01.01"),
        ("notes=Co buySell=BUY", "97/Ca takes back aa.02.01.01"),
        // A trade of another report, by its name there, as far as it can be told.
        ("quantity=-7 ibExecID=bb.07.01.02", "bb.07.01.02/Ca takes back bb.07.01.01"),
        ("quantity=-7 origTransactionID=55", "97/Ca takes back 55"),
        ("quantity=-7 origTradeID=56", "97/Ca takes back 56"),
    ] {
        let rows = [trade(""), trade(second), trade(&format!("{back} {row}"))];
        let flex = Flex::new(report(&[sections("U1", &rows, &[], &[], &["USD 1"])])).await;
        let synced = flex.sync().await;
        let fills = flex.fills().await;
        let taken: Vec<_> = fills.iter().filter_map(|fill| Some((fill, fill.voids.as_ref()?))).collect();
        let got: Vec<_> = taken.iter().map(|(fill, of)| format!("{} takes back {of}", fill.native_id)).collect();
        assert_eq!((got, fills.len()), (vec![want.to_string()], 3), "{row}: {:?}", synced.items);
        let is_unknown = row.starts_with("quantity=-7");
        assert_eq!(
            synced.item("U1 trades").1.contains("take back a trade that is not in the report"),
            is_unknown,
            "{row}"
        );
        let left = foliosync_engine::fills::paired(fills).len();
        assert_eq!(left, if is_unknown { 2 } else { 1 }, "{row}");
    }
    // Two that are alike and two that take one back each; then one is stated anew.
    let backs = [trade(&format!("{back} tradeID=70")), trade(&format!("{back} tradeID=71 transactionID=98"))];
    let anew = trade("tradeID=72 transactionID=99 ibExecID=aa.02.01.03 notes=Co;P tradePrice=99");
    let rows = [&[trade(""), trade(second)], &backs[..], &[anew]].concat();
    let flex = Flex::new(report(&[sections("U1", &rows, &[], &[], &["USD 1"])])).await;
    flex.sync().await;
    let left = foliosync_engine::fills::paired(flex.fills().await);
    assert_eq!(left.iter().map(|fill| fill.native_id.as_str()).collect::<Vec<_>>(), ["aa.02.01.03"]);
}

/// Two rows that differ and share an id are two.
#[tokio::test(start_paused = true)]
async fn no_trade_is_lost_to_an_id() {
    let twin = trade("quantity=3 tradeID=2 transactionID=12");
    let rows = [trade(""), twin.clone(), trade(""), twin];
    let flex = Flex::new(report(&[sections("U1", &rows, &[], &[], &["USD 1"])])).await;
    flex.sync().await;
    let mut ids: Vec<_> = flex.fills().await.into_iter().map(|fill| fill.native_id).collect();
    ids.sort();
    assert_eq!(ids, ["aa.01.01.01", "aa.01.01.01#2"]);
}

#[tokio::test(start_paused = true)]
async fn every_format_of_dates_gives_the_same_rows() {
    let plain = report(&[plain("U1")]);
    let mut all = Vec::new();
    for (format, is_read) in [
        ("%Y%m%d", true),
        ("%Y-%m-%d", true),
        ("%m/%d/%Y", true),
        ("%m/%d/%y", true),
        ("%d/%m/%Y", true),
        ("%d/%m/%y", true),
        ("%d-%b-%y", true),
        ("%Y.%m.%d", false),
    ] {
        for (separator, time) in
            [(";", "%H%M%S"), (",", "%H:%M:%S"), (" ", "%H:%M:%S"), ("", "%H%M%S"), ("", "%H:%M:%S")]
        {
            let report = reformatted(&plain, format, separator, time);
            let flex = Flex::new(report).await;
            let synced = flex.sync().await;
            let mut rows: Vec<String> = flex.fills().await.iter().map(told).collect();
            rows.extend(flex.house.rows::<CashFlow>(flex.id).await.iter().map(told_flow));
            rows.extend(flex.house.rows::<Position>(flex.id).await.iter().map(|held| held.as_of.to_string()));
            if is_read {
                assert_eq!(synced.run.outcome, Some(Outcome::Ok), "{format}{separator}{time}: {:?}", synced.items);
                all.push(rows);
            } else {
                assert!(rows.iter().all(|row| !row.contains(" stock ")), "{format}");
            }
        }
    }
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "{all:#?}");
    // With slashes and without a word on when it was made, nobody can tell May from the fifth.
    let odd = reformatted(&plain, "%m/%d/%Y", ";", "%H%M%S").replace("whenGenerated", "when");
    let flex = Flex::new(odd).await;
    let synced = flex.sync().await;
    assert_eq!(synced.run.outcome, Some(Outcome::Failed));
    assert!(synced.item("query").1.contains("choose yyyyMMdd"));
    assert!(flex.fills().await.is_empty());
}

/// With the dates and times of another query.
pub fn reformatted(report: &str, date: &str, separator: &str, time: &str) -> String {
    let names = ["fromDate", "toDate", "whenGenerated", "tradeDate", "dateTime", "reportDate"];
    let mut out = report.to_string();
    for name in names {
        let mut rest = 0;
        let mark = format!("{name}=\"");
        while let Some(at) = out[rest..].find(&mark).map(|at| rest + at + mark.len()) {
            let end = at + out[at..].find('"').unwrap();
            let value = out[at..end].to_string();
            let (day, clock) = value.split_once(';').map_or((value.as_str(), None), |(day, clock)| (day, Some(clock)));
            let day = jiff::civil::Date::strptime("%Y%m%d", day).unwrap().strftime(date).to_string();
            let clock =
                clock.map(|clock| jiff::civil::Time::strptime("%H%M%S", clock).unwrap().strftime(time).to_string());
            let new = clock.map_or(day.clone(), |clock| format!("{day}{separator}{clock}"));
            out.replace_range(at..end, &new);
            rest = at + new.len();
        }
    }
    out
}
