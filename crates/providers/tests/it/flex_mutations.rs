//! Ten thousand broken reports of Interactive Brokers: whatever is stored is what another, strict reading of the same body
//! finds.

use std::collections::BTreeMap;

use foliosync_engine::model::Decimal;
use foliosync_engine::model::accounts::{Balance, CashFlow, Fill, Position, Side};
use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::provider::{Change, Page, ProviderError};
use foliosync_engine::testkit::chance::Chance;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::brokers::Mill;
use crate::coins_wire::rows;
use crate::flex::{NOW, QUERY, flow, position, report, sections, trade};
use crate::flex_errors::ordered;
use crate::mutate::mutated;

const SEED: u64 = 0x5eed_f1e8;
const BODIES: usize = 10_000;

/// An element with everything in it.
#[derive(Default)]
struct Node {
    name: String,
    fields: BTreeMap<String, String>,
    children: Vec<Node>,
}

impl Node {
    fn of(tag: &BytesStart<'_>) -> Option<Node> {
        let mut fields = BTreeMap::new();
        for attribute in tag.attributes() {
            let attribute = attribute.ok()?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?.into_owned();
            if attribute.value.contains('<') || fields.insert(attribute.key.into_inner().to_string(), value).is_some() {
                return None;
            }
        }
        Some(Node { name: tag.name().as_ref().to_string(), fields, children: Vec::new() })
    }

    /// The whole document, where it is one.
    fn tree(body: &[u8]) -> Option<Node> {
        let mut reader = Reader::from_str(std::str::from_utf8(body).ok()?.trim_start_matches('\u{feff}'));
        let mut open = vec![Node::default()];
        loop {
            match reader.read_event().ok()? {
                Event::Start(tag) => open.push(Node::of(&tag)?),
                Event::Empty(tag) => {
                    let node = Node::of(&tag)?;
                    open.last_mut()?.children.push(node);
                }
                Event::End(_) => {
                    let node = open.pop()?;
                    open.last_mut()?.children.push(node);
                }
                Event::DocType(_) => return None,
                Event::Text(text) if open.len() == 1 && !text.trim().is_empty() => return None,
                Event::Eof => break,
                _ => {}
            }
        }
        let [mut outside] = <[Node; 1]>::try_from(open).ok()?;
        if outside.children.len() == 1 { outside.children.pop() } else { None }
    }

    fn text(&self, name: &str) -> Option<&str> {
        let text = self.fields.get(name)?.trim();
        (!["", "--", "N/A"].contains(&text)).then_some(text)
    }

    fn id(&self, name: &str) -> Option<&str> {
        self.text(name).filter(|id| *id != "0")
    }

    /// `Err` for what is there and no number.
    fn number(&self, name: &str) -> Result<Option<Decimal>, ()> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let whole = text.trim_start_matches('-').split('.').next().unwrap();
        if text.contains(',') {
            let groups: Vec<&str> = whole.split(',').collect();
            let all = groups.iter().all(|group| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit()));
            let fits =
                all && groups[0].len() <= 3 && groups[1..].iter().all(|group| group.len() == 3) && groups.len() > 1;
            if !fits || text.starts_with("--") || text[whole.len()..].contains(',') && !text.starts_with('-') {
                return Err(());
            }
            let rest = &text[text.find(whole).unwrap() + whole.len()..];
            if rest.contains(',') {
                return Err(());
            }
        }
        text.replace(',', "").parse().map(Some).map_err(|_| ())
    }

    fn numbers_are_good(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.number(name).is_ok())
    }

    fn below(&self, name: &str) -> impl Iterator<Item = &Node> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

/// A date and time in one of the formats, to the letter.
fn moment(text: &str) -> Option<(Date, Option<DateTime>)> {
    for date in ["%Y%m%d", "%Y-%m-%d", "%d-%b-%y", "%d-%b-%Y"] {
        let same = |format: &str, at: DateTime| at.strftime(format).to_string().eq_ignore_ascii_case(text);
        if let Ok(day) = Date::strptime(date, text)
            && same(date, day.to_datetime(jiff::civil::Time::midnight()))
            && day.year() >= 0
        {
            return Some((day, None));
        }
        for separator in [";", ",", " ", ""] {
            for time in ["%H%M%S", "%H:%M:%S"] {
                let format = format!("{date}{separator}{time}");
                if let Ok(at) = DateTime::strptime(&format, text)
                    && same(&format, at)
                {
                    return Some((at.date(), Some(at)));
                }
            }
        }
    }
    None
}

type ToldFill = (String, String, String, Side, Decimal, Decimal, DateTime);
type ToldFlow = (String, String, String, Decimal);

#[derive(Default)]
struct Strict {
    fills: Vec<ToldFill>,
    takebacks: usize,
    flows: Vec<ToldFlow>,
    /// By account.
    held: BTreeMap<String, Held>,
    rows: usize,
}

/// What the last statement about an account says that it holds; `None` where one of its rows is bad.
struct Held {
    until: Option<Date>,
    statement: usize,
    positions: Option<BTreeMap<String, Decimal>>,
    cash: Option<BTreeMap<String, Decimal>>,
}

impl Strict {
    /// `None` where a later statement has spoken.
    fn held(&mut self, account: &str, statement: usize, until: Option<Date>) -> Option<&mut Held> {
        let fresh = || Held { until, statement, positions: Some(BTreeMap::new()), cash: Some(BTreeMap::new()) };
        let held = self.held.entry(account.into()).or_insert_with(fresh);
        if held.statement != statement && until >= held.until {
            *held = fresh();
        }
        (held.statement == statement).then_some(held)
    }
}

fn is_instrument(row: &Node) -> bool {
    row.text("symbol").is_some() && row.text("currency").is_some() && row.numbers_are_good(&["multiplier"])
}

fn is_back(row: &Node) -> bool {
    let marks: Vec<&str> =
        [row.text("notes"), row.text("code")].into_iter().flatten().flat_map(|m| m.split(';')).map(str::trim).collect();
    let side = row.text("buySell").unwrap_or_default();
    let sign = row.number("quantity").ok().flatten().map(|quantity| quantity < Decimal::ZERO);
    let is_turned = match side.split(' ').next().unwrap() {
        "BUY" => sign == Some(true),
        "SELL" => sign == Some(false),
        _ => false,
    };
    marks.contains(&"Ca")
        || side.ends_with("(Ca.)")
        || row.text("transactionType") == Some("TradeCancel")
        || (marks.contains(&"Co") && is_turned)
}

fn fill(row: &Node, account: &str) -> Option<ToldFill> {
    let id = ["ibExecID", "transactionID", "tradeID"].iter().find_map(|name| row.id(name))?;
    let (quantity, price) = (row.number("quantity").ok()??, row.number("tradePrice").ok()??);
    let side = if quantity < Decimal::ZERO { Side::Sell } else { Side::Buy };
    let told = row.text("buySell").map(|text| text.split(' ').next().unwrap());
    let agrees = match told {
        None => true,
        Some("BUY") => side == Side::Buy || is_back(row),
        Some("SELL") => side == Side::Sell || is_back(row),
        Some(_) => false,
    };
    let at = match (row.text("dateTime"), row.text("tradeDate"), row.text("tradeTime")) {
        (Some(text), day, clock) => match (moment(text)?, day.zip(clock)) {
            ((_, Some(at)), _) => at,
            ((date, None), Some((_, clock))) => moment(&format!("{};{clock}", date.strftime("%Y%m%d")))?.1?,
            _ => return None,
        },
        (None, Some(day), Some(clock)) => {
            let (date, None) = moment(day)? else { return None };
            moment(&format!("{};{clock}", date.strftime("%Y%m%d")))?.1?
        }
        _ => return None,
    };
    let day_is_good = row.text("tradeDate").is_none_or(|text| moment(text).is_some_and(|(_, time)| time.is_none()));
    let others = ["ibCommission", "taxes", "fifoPnlRealized", "tradeMoney"];
    let money = row.number("tradeMoney").ok()?.is_some() || row.number("proceeds").is_ok();
    let is_good = agrees && day_is_good && money && quantity != Decimal::ZERO && is_instrument(row);
    let symbol = row.text("symbol")?.to_string();
    (is_good && row.numbers_are_good(&others))
        .then(|| (account.into(), id.into(), symbol, side, quantity.abs(), price, at))
}

fn cash_flow(row: &Node, account: &str) -> Option<ToldFlow> {
    let id = row.id("transactionID")?;
    let time = ["dateTime", "reportDate", "settleDate"].iter().find_map(|name| row.text(name))?;
    moment(time)?;
    row.text("type")?;
    Some((account.into(), id.into(), row.text("currency")?.into(), row.number("amount").ok()??))
}

fn held(row: &Node) -> Option<Decimal> {
    let quantity = match row.number("position").ok()? {
        Some(quantity) => quantity,
        None => row.number("quantity").ok()??,
    };
    let side_is_good = match row.text("side") {
        None => true,
        Some("Long") => quantity >= Decimal::ZERO,
        Some("Short") => quantity <= Decimal::ZERO,
        Some(_) => false,
    };
    let numbers = ["markPrice", "positionValue", "costBasisPrice", "fifoPnlUnrealized"];
    let entry = row.number("costBasisPrice").ok()?.is_some() || row.number("openPrice").is_ok();
    let day = row.text("reportDate").is_none_or(|text| moment(text).is_some_and(|(_, time)| time.is_none()));
    (side_is_good && day && entry && is_instrument(row) && row.numbers_are_good(&numbers)).then_some(quantity)
}

/// `None` for what is no report.
fn strict(body: &[u8]) -> Option<Strict> {
    let root = Node::tree(body).filter(|root| root.name == "FlexQueryResponse")?;
    let mut read = Strict::default();
    let statements: Vec<&Node> = root.below("FlexStatements").flat_map(|all| all.below("FlexStatement")).collect();
    // The last list of statements says how many there are.
    let said = root.below("FlexStatements").last().and_then(|all| all.text("count")?.parse::<usize>().ok());
    if said.is_some_and(|said| said > statements.len()) {
        return None;
    }
    for (nth, statement) in statements.into_iter().enumerate() {
        let until = statement.text("toDate").and_then(moment).filter(|(_, time)| time.is_none()).map(|(date, _)| date);
        let own = statement.text("accountId").unwrap_or_default();
        let account =
            |row: &Node| Some(row.text("accountId").unwrap_or(own).to_string()).filter(|name| !name.is_empty());
        let level = |row: &Node, good: &str| row.text("levelOfDetail").is_none_or(|level| level == good);
        if !own.is_empty() {
            read.held(own, nth, until);
        }
        for row in statement.below("Trades").flat_map(|all| all.below("Trade")).filter(|row| level(row, "EXECUTION")) {
            read.rows += 1;
            let Some(fill) = account(row).and_then(|account| fill(row, &account)) else { continue };
            if is_back(row) { read.takebacks += 1 } else { read.fills.push(fill) }
        }
        let flows = statement.below("CashTransactions").flat_map(|all| all.below("CashTransaction"));
        for row in flows.filter(|row| level(row, "DETAIL")) {
            read.rows += 1;
            read.flows.extend(account(row).and_then(|account| cash_flow(row, &account)));
        }
        for row in statement.below("OpenPositions").flat_map(|all| all.below("OpenPosition")) {
            let Some(own) = account(row).and_then(|account| read.held(&account, nth, until)) else { continue };
            match (held(row), own.positions.as_mut()) {
                (Some(quantity), Some(all)) => {
                    let name = row.text("symbol").unwrap_or_default().to_string();
                    *all.entry(name).or_default() += quantity;
                }
                _ => own.positions = None,
            }
        }
        for row in statement.below("CashReport").flat_map(|all| all.below("CashReportCurrency")) {
            let Some(own) = account(row).and_then(|account| read.held(&account, nth, until)) else { continue };
            let currency = row.text("currency");
            if currency == Some("BASE_SUMMARY")
                || (currency.is_some() && row.text("levelOfDetail") == Some("BaseCurrency"))
            {
                continue;
            }
            match (currency, row.number("endingCash"), own.cash.as_mut()) {
                (Some(currency), Ok(Some(amount)), Some(all)) => *all.entry(currency.into()).or_default() += amount,
                _ => own.cash = None,
            }
        }
    }
    Some(read)
}

fn body() -> String {
    let second = "tradeID=2 transactionID=12 ibExecID=aa.02.01.01 quantity=-4 buySell=SELL";
    let back =
        "quantity=-10 tradeMoney=-1000 tradeID=77 transactionID=97 ibExecID=aa.01.01.02 notes=Ca buySell=BUY_(Ca.)";
    let commas =
        "symbol=MSFT tradeID=3 ibExecID=aa.03.01.01 quantity=1,500 tradeMoney=150,000 dateTime=20261103,09:30:00";
    let trades = [trade(""), trade(second), trade(back), trade(commas)];
    let flows = [flow(""), flow("transactionID=92 amount=-1,000.5 dateTime=2026-11-11")];
    let first =
        sections("U1", &trades, &[position(""), position("symbol=MSFT position=1500")], &flows, &["USD 5.5", "EUR -3"]);
    report(&[first, sections("U2", &[trade("")], &[position("symbol=F")], &[], &["USD 1"])])
}

fn quantities(page: &Page, table: &str) -> BTreeMap<String, BTreeMap<String, Decimal>> {
    let mut all = BTreeMap::new();
    for change in &page.changes {
        let Change::Replace { scope, rows } = change else { continue };
        let own: BTreeMap<String, Decimal> = match (table, rows.table.name) {
            ("positions", "positions") => {
                let rows: Vec<Position> = rows.records().unwrap();
                rows.into_iter().map(|row| (row.symbol.split('@').next().unwrap().to_string(), row.quantity)).collect()
            }
            ("balances", "balances") => {
                let rows: Vec<Balance> = rows.records().unwrap();
                rows.into_iter().map(|row| (row.asset, row.total)).collect()
            }
            _ => continue,
        };
        all.insert(scope.value.clone(), own);
    }
    all
}

/// What is stored of holdings is what the strict reading finds, and nothing where it finds a fault.
fn agrees(
    got: &BTreeMap<String, BTreeMap<String, Decimal>>,
    want: &BTreeMap<String, Held>,
    of: fn(&Held) -> Option<&BTreeMap<String, Decimal>>,
) -> bool {
    got.iter().all(|(account, rows)| {
        let Some(want) = want.get(account).and_then(of) else { return false };
        let held: BTreeMap<_, _> = want.iter().filter(|(_, amount)| **amount != Decimal::ZERO).collect();
        rows.iter().collect::<BTreeMap<_, _>>() == held
    })
}

#[tokio::test(start_paused = true)]
async fn broken_reports_are_refused_and_good_rows_of_others_kept() {
    let base = body();
    let mill = Mill::new("ibkr_flex", NOW, &QUERY, &["token"]);
    let mark = ordered();
    let zone = TimeZone::get("America/New_York").unwrap();
    let mut chance = Chance::new(SEED);
    let (mut refused, mut kept, mut told_rows) = (0, 0, 0);
    for nth in 0..BODIES {
        let body = mutated(&base, &mut chance);
        let shown = || format!("body {nth} of seed {SEED:#x}: {}", String::from_utf8_lossy(&body));
        let want = strict(&body);
        let page = match mill.read("report", Some(&mark), &body).await {
            Ok(page) => page,
            Err(ProviderError::Malformed { .. } | ProviderError::Backoff { .. }) => {
                assert!(want.is_none(), "a good report is refused: {}", shown());
                refused += 1;
                continue;
            }
            Err(error) => panic!("{error}: {}", shown()),
        };
        let is_of_query = page.items.iter().any(|item| item.name == "query" && item.status == ItemStatus::Rejected);
        if is_of_query {
            assert!(page.changes.is_empty() && String::from_utf8_lossy(&body).contains('/'), "{}", shown());
            refused += 1;
            continue;
        }
        let want = want.unwrap_or_else(|| panic!("what is no report is read: {}", shown()));
        let (backs, fills): (Vec<Fill>, Vec<Fill>) =
            rows::<Fill>(&page).into_iter().partition(|fill| fill.voids.is_some());
        let got: Vec<ToldFill> = fills
            .into_iter()
            .map(|fill| {
                let at = zone.to_datetime(fill.at);
                let id = fill.native_id.split('#').next().unwrap().to_string();
                let symbol = fill.symbol.split('@').next().unwrap().to_string();
                (fill.account, id, symbol, fill.side, fill.quantity, fill.price, at)
            })
            .collect();
        assert_eq!(got, want.fills, "{}", shown());
        assert_eq!(backs.len(), want.takebacks, "{}", shown());
        let flows = rows::<CashFlow>(&page).into_iter().filter(|flow| !flow.native_id.ends_with("/taxes"));
        let flows: Vec<ToldFlow> = flows
            .map(|flow| (flow.account, flow.native_id.split('#').next().unwrap().to_string(), flow.asset, flow.amount))
            .collect();
        assert_eq!(flows, want.flows, "{}", shown());
        assert!(agrees(&quantities(&page, "positions"), &want.held, |held| held.positions.as_ref()), "{}", shown());
        assert!(agrees(&quantities(&page, "balances"), &want.held, |held| held.cash.as_ref()), "{}", shown());
        let good = want.fills.len() + want.takebacks + want.flows.len();
        let is_told = page.items.iter().any(|item| item.status == ItemStatus::Rejected);
        assert!(good == want.rows || is_told, "what is not read is told: {}", shown());
        kept += good;
        told_rows += want.rows - good;
    }
    println!("{BODIES} reports, seed {SEED:#x}: {refused} refused, {kept} rows kept, {told_rows} told as unreadable");
}
