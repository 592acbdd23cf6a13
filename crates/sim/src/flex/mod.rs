//! IBKR's Flex Web Service, version 3: a report is ordered, then fetched by its reference when it is done. Everything is
//! XML under status 200, errors too.

mod filler;
mod query;
mod security;
mod statement;
mod trades;
mod xml;

use std::collections::BTreeMap;

use axum::http::header;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::exchange::{HTML, Reply, Request};
use crate::limits::{Limit, Window};
use crate::market::walk::below;
use crate::trading::{Credential, Permission, Service, Validity};
use crate::world::World;

pub use query::{FlexQuery, Section};
pub use security::account_id;
pub use trades::fill_id;

use query::Period;

pub const XML: &str = "text/xml;charset=UTF-8";
const REFERENCE_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// Errors that can be asked for by their code: status and message.
pub const CODES: &[(&str, u16, &str)] = &[
    ("1001", 200, "Statement could not be generated at this time. Please try again shortly."),
    ("1003", 200, "Statement is not available."),
    ("1004", 200, "Statement is incomplete at this time. Please try again shortly."),
    ("1005", 200, "Settlement data is not ready at this time. Please try again shortly."),
    ("1006", 200, "FIFO P/L data is not ready at this time. Please try again shortly."),
    ("1007", 200, "MTM P/L data is not ready at this time. Please try again shortly."),
    ("1008", 200, "MTM and FIFO P/L data is not ready at this time. Please try again shortly."),
    (
        "1009",
        200,
        "The server is under heavy load. Statement could not be generated at this time. Please try again shortly.",
    ),
    ("1010", 200, "Legacy Flex Queries are no longer supported. Please convert over to Activity Flex."),
    ("1011", 200, "Service account is inactive."),
    ("1012", 200, "Token has expired."),
    ("1013", 200, "IP restriction."),
    ("1014", 200, "Query is invalid."),
    ("1015", 200, "Token is invalid."),
    ("1016", 200, "Account in invalid."),
    ("1017", 200, "Reference code is invalid."),
    (
        "1018",
        200,
        "Too many requests have been made from this token. Please try again shortly. Limited to one request per second, 10 \
         requests per minute (per token).",
    ),
    ("1019", 200, "Statement generation in progress. Please try again shortly."),
    ("1020", 200, "Invalid request or unable to validate request."),
    ("1021", 200, "Statement could not be retrieved at this time. Please try again shortly."),
];

/// The queries that owners made, and the reports that were ordered by them.
pub struct Desk {
    pub queries: BTreeMap<String, FlexQuery>,
    ordered: BTreeMap<String, Ordered>,
}

struct Ordered {
    token: String,
    query: FlexQuery,
    period: Period,
    at: Timestamp,
}

impl Default for Desk {
    fn default() -> Desk {
        Desk { queries: query::defaults(), ordered: BTreeMap::new() }
    }
}

impl Desk {
    /// Reference codes are numbers, different for each order.
    fn order(&mut self, ordered: Ordered, seed: u64) -> String {
        let number = self.ordered.len() as u64;
        let reference = (1_000_000_000 + number * 10_007 + below(seed, number, 9_000)).to_string();
        self.ordered.insert(reference.clone(), ordered);
        reference
    }
}

/// A step of the service; an error is its code.
type Step = fn(&World, &Request, &Credential) -> Result<Reply, &'static str>;

pub fn answer(world: &World, request: &Request) -> Reply {
    let (endpoint, body): (_, Step) = match request.path.as_str() {
        "/AccountManagement/FlexWebService/SendRequest" => ("/SendRequest", send_request),
        "/AccountManagement/FlexWebService/GetStatement" => ("/GetStatement", get_statement),
        _ => return Reply::new(404, HTML, "<html><body><h1>404 Not Found</h1></body></html>").at("other"),
    };
    if request.headers.get(header::USER_AGENT).is_none() {
        return Reply::new(403, HTML, "<html><body><h1>Access Denied</h1></body></html>").at(endpoint);
    }
    let result = admit(world, request).and_then(|credential| body(world, request, &credential));
    let reply = result.unwrap_or_else(|code| {
        let refusal = Reply::new(200, XML, failure(code, None, request.now));
        if code == "1018" { refusal.limit() } else { refusal }
    });
    reply.at(endpoint)
}

/// Whoever shows a token, within its limits.
fn admit(world: &World, request: &Request) -> Result<Credential, &'static str> {
    if request.param("v") != Some("3") {
        return Err("1020");
    }
    let token = request.param("t").filter(|token| !token.is_empty()).ok_or("1015")?;
    let mut state = world.state();
    let credential = state.trading.credential(Service::IbkrFlex, token).cloned().ok_or("1015")?;
    let mut is_broken = false;
    for (name, max, seconds) in [("second", 1, 1), ("minute", 10, 60)] {
        let limit = Limit { name, max, window: Window::Seconds(seconds) };
        let calendar = &world.market.calendar;
        is_broken |= state.meter.count("ibkr_flex", token, &limit, 1, request.second(), calendar).is_broken;
    }
    match credential.validity {
        _ if is_broken => Err("1018"),
        Validity::Expired => Err("1012"),
        Validity::Frozen => Err("1011"),
        Validity::Valid if !credential.is_from(request.ip) => Err("1013"),
        Validity::Valid if !credential.may(Permission::Read) => Err("1020"),
        Validity::Valid => Ok(credential),
    }
}

fn send_request(world: &World, request: &Request, credential: &Credential) -> Result<Reply, &'static str> {
    let mut state = world.state();
    let state = &mut *state;
    let wanted = request.param("q").unwrap_or_default();
    let query = state.flex.queries.get(wanted).filter(|query| query.owner == credential.account);
    let query = query.cloned().ok_or("1014")?;
    let period = Period::asked(request, &query, &world.market.calendar)?;
    let at = request.now;
    let address = query.url.clone().unwrap_or_else(|| {
        let host = request.header("host").unwrap_or("127.0.0.1");
        format!("http://{host}/ibkr_flex/AccountManagement/FlexWebService/GetStatement")
    });
    let reference = state.flex.order(Ordered { token: credential.id.clone(), query, period, at }, world.market.seed());
    let body = format!(
        "<FlexStatementResponse timestamp='{}'>\n<Status>Success</Status>\n<ReferenceCode>{reference}</ReferenceCode>\n\
         <Url>{address}</Url>\n</FlexStatementResponse>\n",
        stamp(at),
    );
    Ok(Reply::new(200, XML, body))
}

fn get_statement(world: &World, request: &Request, credential: &Credential) -> Result<Reply, &'static str> {
    let mut state = world.state();
    let state = &mut *state;
    let reference = request.param("q").unwrap_or_default();
    let ordered = state.flex.ordered.get(reference).ok_or("1017")?;
    let age = request.now.duration_since(ordered.at);
    if ordered.token != credential.id || age > REFERENCE_LIFE {
        return Err("1017");
    }
    if age < SignedDuration::from_secs(ordered.query.delay_seconds.into()) {
        return Err("1019");
    }
    statement::report(&world.market, &mut state.trading, &ordered.query, &ordered.period, ordered.at)
}

/// As the service writes its own time: `28 August, 2012 10:37 AM EDT`.
fn stamp(at: Timestamp) -> String {
    let local = at.to_zoned(new_york());
    local.strftime("%d %B, %Y %I:%M %p %Z").to_string()
}

fn new_york() -> TimeZone {
    TimeZone::get("America/New_York").unwrap_or(TimeZone::UTC)
}

/// An error's body. 1001 has been seen without its time.
pub fn failure(code: &str, message: Option<&str>, at: Timestamp) -> String {
    let known = CODES.iter().find(|(of, ..)| *of == code).map(|(.., message)| *message);
    let message = xml::escaped(message.or(known).unwrap_or_default());
    let status = if code == "1019" { "Warn" } else { "Fail" };
    let stamp = if code == "1001" { String::new() } else { format!(" timestamp='{}'", stamp(at)) };
    format!(
        "<FlexStatementResponse{stamp}>\n<Status>{status}</Status>\n<ErrorCode>{code}</ErrorCode>\n\
         <ErrorMessage>{message}</ErrorMessage>\n</FlexStatementResponse>\n"
    )
}

/// A report about nobody.
pub const EMPTY: &str = "<FlexQueryResponse queryName=\"empty\" type=\"AF\">\n<FlexStatements count=\"0\">\n\
                         </FlexStatements>\n</FlexQueryResponse>\n";
