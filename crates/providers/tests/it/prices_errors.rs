//! Each documented error of a provider, from its body to what the user is told. `--nocapture` prints the tables.

use std::sync::Arc;

use foliosync_engine::clock::Clock;
use foliosync_engine::files::Files;
use foliosync_engine::http::{Http, HttpAnswer};
use foliosync_engine::model::Batch;
use foliosync_engine::model::sync::Outcome;
use foliosync_engine::model::work::SymbolWork;
use foliosync_engine::provider::{FetchRequest, ProviderError, Reach, Settings};
use foliosync_engine::secrets::Credentials;
use foliosync_engine::testkit::mem_store::MemStore;
use foliosync_engine::testkit::replay::{Replay, answer};
use jiff::Timestamp;

use crate::prices_desk::{Desk, SECRET, at, recorded};

const NOW: &str = "2026-11-20T15:30:00Z";

struct Case {
    what: &'static str,
    plan: &'static str,
    stream: &'static str,
    answer: HttpAnswer,
    /// Reaction; outcome of the stream and status of the connection; words.
    want: [&'static str; 3],
}

fn case(what: &'static str, answer: HttpAnswer, want: [&'static str; 3]) -> Case {
    Case { what, plan: "", stream: "quotes", answer, want }
}

impl Case {
    fn on(self, plan: &'static str) -> Case {
        Case { plan, ..self }
    }

    fn of(self, stream: &'static str) -> Case {
        Case { stream, ..self }
    }

    fn settings(&self) -> Vec<(&'static str, &'static str)> {
        let plan = (!self.plan.is_empty()).then_some(("plan", self.plan));
        [("batch_size", "1")].into_iter().chain(plan).collect()
    }

    /// What the provider itself makes of the answer.
    async fn reaction(&self, provider: &'static str) -> String {
        let given = self.answer.clone();
        let replay = Arc::new(Replay::default().otherwise(move |_| given.clone()));
        let clock = Clock::simulated(at(NOW));
        let reach = Reach { http: Http::new(replay, Arc::new(MemStore::empty()), clock), files: Files::default() };
        let settings: Settings = self.settings().iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        let work = Batch::of(&[symbol()]);
        let credentials = Credentials::of([("api_key".to_string(), SECRET.into())]);
        let plain = FetchRequest::plain(self.stream, &settings, at(NOW));
        let request = FetchRequest { work: std::slice::from_ref(&work), credentials: &credentials, ..plain };
        match foliosync_providers::find(provider).unwrap().fetch(&reach, &request).await {
            Ok(page) => match page.items.first() {
                Some(item) => format!("item {:?}", item.status),
                None => format!("asks again, noting {}", page.watermark),
            },
            Err(ProviderError::RetryAt { at, .. }) => format!("RetryAt {at}"),
            Err(error) => format!("{error:?}").split([' ', '{']).next().unwrap().to_string(),
        }
    }
}

fn symbol() -> SymbolWork {
    SymbolWork {
        instrument_id: "stock:AAPL".into(),
        kind: "stock".into(),
        exchange: None,
        native_symbol: "AAPL".into(),
        unit: Some("USD".into()),
        price: None,
        price_as_of: None,
        covered_from: None,
        covered_to: None,
        last_close: None,
    }
}

async fn check(provider: &'static str, cases: Vec<Case>) {
    let mut faults = Vec::new();
    for case in cases {
        let reaction = case.reaction(provider).await;
        let given = case.answer.clone();
        let desk = Desk::new(provider, NOW, move |_| given.clone());
        let id = desk.connect("main", &case.settings()).await;
        desk.watch(&["AAPL"]).await;
        let synced = desk.sync(id, &[case.stream]).await;
        let view = desk.view(id).await;
        let stream = view.streams.iter().find(|stream| stream.name == case.stream).unwrap();
        let mut outcome = format!("{:?}, {:?}", synced.run.outcome.unwrap(), view.status);
        if synced.run.outcome == Some(Outcome::Deferred) {
            // Those who are told the same time come a little apart, so a time within a minute of it is as good.
            let due = stream.next_due.unwrap();
            let want = case.want[1].strip_prefix("Deferred to ").and_then(|want| want.parse::<Timestamp>().ok());
            let due = want.filter(|want| (0..=60).contains(&due.duration_since(*want).as_secs())).unwrap_or(due);
            outcome = format!("Deferred to {due}");
        }
        let told = synced.items.first().map(|line| line.detail.clone());
        let words = stream.error.clone().or(told).unwrap_or_default();
        let body = String::from_utf8_lossy(&case.answer.body).trim().replace('\n', " ");
        let body: String = body.chars().take(100).collect();
        println!("{} {body}\n    {} ({})\n    {reaction}\n    {outcome}", case.answer.status, case.what, case.plan);
        println!("    {words}\n");

        let shown = format!("{view:?} {:?} {:?} {:?}", synced.run, synced.items, desk.states(case.stream).await);
        for leak in [SECRET, "<html", "http", "subscription", "allocation", "Upgrade"] {
            assert!(!shown.contains(leak), "{}: `{leak}` is shown in {shown}", case.what);
        }
        if [reaction.as_str(), &outcome, &words] != case.want {
            faults.push(format!("case({:?}, [{reaction:?}, {outcome:?}, {words:?}])", case.what));
        }
        assert!(desk.prices().await.is_empty(), "{}: an error is no price", case.what);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn waf() -> String {
    format!("<html><body>Blocked: GET /stable/quote?symbol=AAPL&apikey={SECRET} <b>Bandwidth</b></body></html>")
}

#[tokio::test(start_paused = true)]
async fn fmp_answers_as_its_table_says() {
    let invalid = recorded("fmp/errors/401_invalid_key.json", r#"{"Error Message":"Invalid API KEY. Upgrade"}"#);
    let in_200 = recorded("fmp/synthetic_200_error_message.json", &invalid);
    let restricted = recorded("fmp/errors/402_restricted_endpoint.prefix.txt", "Restricted Endpoint: subscription");
    let premium = recorded("fmp/errors/402_premium_query_parameter.prefix.txt", "Premium Query Parameter: 'Special");
    let legacy = recorded("fmp/errors/403_legacy_endpoint.json", r#"{"Error Message":"Legacy Endpoint : Due"}"#);
    let limit = recorded("fmp/errors/429_limit_reach.json", r#"{"Error Message":"Limit Reach . Upgrade"}"#);
    let alone = format!("[{}]", in_200.trim());
    let echoed = format!("no such thing: apikey={SECRET}");
    let paid = |what, answer, want| case(what, answer, want).on("starter");
    let is_key = ["NeedsUser", "NeedsUser, NeedsAttention", INVALID_KEY];
    let not_endpoint = ["item Missing", "Failed, Connected", RESTRICTED];
    let not_symbol = ["item Missing", "Failed, Connected", PREMIUM];
    let in_a_minute = ["RetryAt 2026-11-20T15:31:00Z", "Deferred to 2026-11-20T15:31:00Z", LIMITED];
    check(
        "fmp",
        vec![
            paid("a wrong key", answer(401, &invalid), is_key),
            paid("401 without words", answer(401, ""), is_key),
            paid("the endpoint is not in the plan", answer(402, &restricted), not_endpoint),
            paid("the same, under 200", answer(200, &restricted), not_endpoint),
            paid("another word for it, under 403", answer(403, "Exclusive Endpoint: ..."), not_endpoint),
            paid("the symbol is not in the plan", answer(402, &premium), not_symbol),
            paid("402 without words", answer(402, ""), not_symbol),
            paid(
                "a plan's words before a limit's",
                answer(429, "Special Endpoint: see the Limit Reach page"),
                not_symbol,
            ),
            paid("the old generation", answer(403, &legacy), ["NeedsUser", "NeedsUser, NeedsAttention", LEGACY]),
            paid(
                "suspended",
                answer(403, r#"{"Error Message":"Account suspended"}"#),
                ["NeedsUser", "NeedsUser, NeedsAttention", SUSPENDED],
            ),
            paid("404, empty array", answer(404, "[]"), UNKNOWN),
            paid("404, empty object", answer(404, "{}"), UNKNOWN),
            paid("404, text", answer(404, "Not Found"), REFUSED_404),
            paid("asked too often", answer(429, &limit), in_a_minute),
            paid("asked too often, without words", answer(429, ""), in_a_minute),
            paid(
                "asked too often, with a time",
                answer(429, &limit).with_header("retry-after", "90"),
                ["RetryAt 2026-11-20T15:31:30Z", "Deferred to 2026-11-20T15:31:30Z", LIMITED],
            ),
            paid(
                "asked too often, with another header",
                answer(429, &limit).with_header("ratelimit-reset", "30"),
                ["RetryAt 2026-11-20T15:30:30Z", "Deferred to 2026-11-20T15:30:30Z", LIMITED],
            ),
            case(
                "asked too often on the free plan, twice",
                answer(429, &limit),
                [
                    r#"asks again, noting {"limited_at":"2026-11-20T15:30:00Z"}"#,
                    "Deferred to 2026-11-21T00:00:00Z",
                    LIMITED,
                ],
            ),
            paid(
                "bandwidth",
                answer(429, r#"{"Error Message":"Bandwidth Limit Reach. Please upgrade"}"#),
                ["RetryAt 2026-11-21T15:30:00Z", "Deferred to 2026-11-21T15:30:00Z", BANDWIDTH],
            ),
            paid("an error under 200", answer(200, &in_200), is_key),
            paid("the same, alone in an array", answer(200, &alone), is_key),
            paid("the same under another name", answer(200, r#"{"error":"Invalid API KEY"}"#), is_key),
            paid("the same as a text", answer(200, r#""Invalid API KEY""#), is_key),
            paid("an unknown error under 200", answer(200, r#"{"message":"what"}"#), UNKNOWN_ERROR),
            paid("an unknown object under 200", answer(200, r#"{"a":1}"#), UNKNOWN_ERROR),
            paid("plain text under 200 with the key in it", answer(200, &echoed), UNKNOWN_ERROR),
            paid("an unknown symbol", answer(200, "[]"), UNKNOWN),
            paid("a page of a firewall", answer(403, &waf()), WAF_403),
            paid("a page of a firewall under 200", answer(200, &waf()), WAF_200),
            paid("a server's error", answer(503, ""), ["item Deferred", "Failed, Connected", STATUS_503]),
            paid("half an answer", answer(200, r#"[{"symbol":"AAPL","#), BROKEN),
            paid("a company called so", answer(200, r#"[{"symbol":"X","name":"Bandwidth Limit Reach"}]"#), UNKNOWN),
        ],
    )
    .await;
}

const INVALID_KEY: &str = "Financial Modeling Prep does not accept the API key: copy it again from the dashboard there";
const RESTRICTED: &str =
    "the plan at Financial Modeling Prep does not include this endpoint; not asked again before 2026-11-21T00:00:00Z";
const PREMIUM: &str =
    "the plan at Financial Modeling Prep does not include this symbol; not asked again before 2026-11-21T00:00:00Z";
const LEGACY: &str =
    "Financial Modeling Prep has closed the legacy API to this key: switch the setting `generation` to stable";
const SUSPENDED: &str = "Financial Modeling Prep has suspended the account: see its dashboard there";
const LIMITED: &str = "Financial Modeling Prep says that it was asked too often";
const BANDWIDTH: &str =
    "the bandwidth of the plan at Financial Modeling Prep is used up for now; only time or a larger plan helps";
const STATUS_503: &str = "Financial Modeling Prep answered with status 503";
const UNKNOWN: [&str; 3] = ["item Missing", "Failed, Connected", "Financial Modeling Prep knows no quote of it"];
const REFUSED_404: [&str; 3] =
    ["item Rejected", "Failed, Connected", "Financial Modeling Prep refused the request with status 404"];
const UNKNOWN_ERROR: [&str; 3] = [
    "item Rejected",
    "Failed, Connected",
    "Financial Modeling Prep answered with an error that is not known, under status 200",
];
const WAF_403: [&str; 3] = [
    "item Deferred",
    "Failed, Connected",
    "Financial Modeling Prep answered with a web page instead of data (status 403)",
];
const WAF_200: [&str; 3] = [
    "item Deferred",
    "Failed, Connected",
    "Financial Modeling Prep answered with a web page instead of data (status 200)",
];
const BROKEN: [&str; 3] = ["item Rejected", "Failed, Connected", "Financial Modeling Prep: its answer is no JSON"];

#[tokio::test(start_paused = true)]
async fn tiingo_answers_as_its_table_says() {
    let read = |name: &str, short: &str| recorded(&format!("tiingo/{name}"), short);
    let no_token = read("fact_403_no_token.json", r#"{"detail":"Please supply a token"}"#);
    let bad_token = read("fact_403_bad_token.txt", "None");
    let not_found = read("fact_404_not_found.json", r#"{"detail":"Not found."}"#);
    let ticker = read("fact_404_ticker.json", r#"{"detail":"Error: Ticker 'GONE' not found"}"#);
    let in_csv = read("fact_200_csv_not_found.txt", "Error: Ticker 'GONE' not found");
    let hourly = read("fact_429_hourly.json", r#"{"detail":"run over your hourly request allocation."}"#);
    let newer = read("fact_429_hourly_2026.json", &hourly);
    let bandwidth = read("fact_429_bandwidth.json", r#"{"detail":"run over your monthly bandwidth allocation"}"#);
    let quota = read("fact_200_symbol_quota.txt", "You have run over your 500 symbol look up for this month. Upgrade");
    let us_only = read("fact_400_us_only.json", r#"["Error: Endpoint only available for US and US-listed Stocks"]"#);
    let daily = hourly.replace("hourly", "daily");
    let in_detail = format!(r#"{{"detail":"{}"}}"#, quota.trim());
    let is_token = ["NeedsUser", "NeedsUser, NeedsAttention", TOKEN];
    let not_in_plan = ["item Missing", "Failed, Connected", PLAN];
    let at_four = ["RetryAt 2026-11-20T16:00:00Z", "Deferred to 2026-11-20T16:00:00Z", HOUR];
    let next_month = ["RetryAt 2026-12-01T05:00:00Z", "Deferred to 2026-12-01T05:00:00Z", SYMBOLS];
    check(
        "tiingo",
        vec![
            case("no token", answer(403, &no_token), is_token),
            case("a wrong token", answer(403, &bad_token), is_token),
            case("a wrong token, in JSON", answer(403, r#"{"detail":"Invalid token."}"#), is_token),
            case("a wrong token, without words", answer(401, ""), is_token),
            case("403 without words", answer(403, ""), is_token),
            case(
                "no permission",
                answer(403, r#"{"detail":"You do not have permission to access the News API"}"#),
                not_in_plan,
            ),
            case(
                "a plan's limits",
                answer(403, r#"{"detail":"Error: Free and Power plans are limited to the DOW 30."}"#),
                not_in_plan,
            ),
            case("US only", answer(400, &us_only), not_in_plan),
            case("US only, of history", answer(400, &us_only), not_in_plan).of("history"),
            case("404", answer(404, &not_found), T_UNKNOWN),
            case("an unknown ticker", answer(404, &ticker), T_UNKNOWN),
            case("an unknown ticker of history", answer(404, &ticker), T_NO_DAYS).of("history"),
            case("an unknown ticker, as text under 200", answer(200, &in_csv), T_NO_DAYS).of("history"),
            case("the hour is used up", answer(429, &hourly), at_four),
            case("the hour is used up, newer words", answer(429, &newer), at_four),
            case("429 without words", answer(429, ""), at_four),
            case(
                "the hour is used up, with a time",
                answer(429, &hourly).with_header("retry-after", "120"),
                ["RetryAt 2026-11-20T15:32:00Z", "Deferred to 2026-11-20T15:32:00Z", HOUR],
            ),
            case(
                "the day is used up",
                answer(429, &daily),
                ["RetryAt 2026-11-21T05:00:00Z", "Deferred to 2026-11-21T05:00:00Z", DAY],
            ),
            case(
                "the bandwidth is used up",
                answer(429, &bandwidth),
                ["RetryAt 2026-12-01T05:00:00Z", "Deferred to 2026-12-01T05:00:00Z", T_BANDWIDTH],
            ),
            case("the month's symbols, as text under 200", answer(200, &quota), next_month),
            case("the month's symbols, of history", answer(200, &quota), next_month).of("history"),
            case("the month's symbols, in JSON", answer(200, &in_detail), next_month),
            case("the month's symbols, with 429", answer(429, &quota), next_month),
            case("nothing is known", answer(200, "[]"), T_UNKNOWN),
            case("no days", answer(200, "[]"), T_NO_DAYS).of("history"),
            case("an unknown error under 200", answer(200, r#"{"detail":"what"}"#), T_ERROR),
            case("a server's error", answer(500, r#"{"detail":"Server Error"}"#), T_500),
            case("a page of a firewall", answer(403, &waf()), T_WAF),
            case("an empty answer", answer(200, ""), T_BROKEN),
            case("half an answer", answer(200, r#"[{"ticker":"AAPL","#), T_BROKEN),
            case("an object that is no error", answer(200, r#"{"ticker":"AAPL"}"#), T_NO_ARRAY),
        ],
    )
    .await;
}

const TOKEN: &str = "Tiingo does not accept the API token: copy it again from the account page there";
const PLAN: &str = "the plan at Tiingo does not include this; not asked again before 2026-11-21T00:00:00Z";
const HOUR: &str = "the requests of this hour that the plan at Tiingo includes are used up";
const DAY: &str = "the requests of this day that the plan at Tiingo includes are used up";
const T_BANDWIDTH: &str = "the bandwidth of this month that the plan at Tiingo includes are used up";
const SYMBOLS: &str = "the symbols of this month that the plan at Tiingo includes are used up";
const T_UNKNOWN: [&str; 3] =
    ["item Missing", "Failed, Connected", "it is not in the answer: unknown there, or no longer traded"];
const T_NO_DAYS: [&str; 3] = ["item Missing", "Failed, Connected", "no prices from 2021-11-19 to 2026-11-19"];
const T_ERROR: [&str; 3] =
    ["item Rejected", "Failed, Connected", "Tiingo answered with an error that is not known, under status 200"];
const T_500: [&str; 3] = ["item Deferred", "Failed, Connected", "Tiingo answered with status 500"];
const T_WAF: [&str; 3] =
    ["item Deferred", "Failed, Connected", "Tiingo answered with a web page instead of data (status 403)"];
const T_BROKEN: [&str; 3] = ["item Rejected", "Failed, Connected", "Tiingo: its answer is no JSON"];
const T_NO_ARRAY: [&str; 3] =
    ["item Rejected", "Failed, Connected", "Tiingo: its answer is no JSON array (line 1, column 0)"];
