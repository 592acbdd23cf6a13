//! A provider for each service of the month: it reads an account day by day, the last day again until it is over.

use async_trait::async_trait;
use foliosync_engine::budget::Budget;
use foliosync_engine::calendar::Calendar;
use foliosync_engine::http::{Call, HttpAnswer, HttpRequest, Part};
use foliosync_engine::model::Batch;
use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::provider::{
    Cadence, Change, FetchRequest, IntervalSpec, Item, Limit, LimitScope, Page, Provider, ProviderError, ProviderSpec,
    Reach, SettingKind, SettingSpec, Settings, StreamSpec,
};
use foliosync_engine::testkit::samples::Day;
use jiff::civil::date;
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;
use serde_json::json;

use super::service::{Kind, kind, whose};

pub struct Client {
    spec: &'static ProviderSpec,
    kind: &'static Kind,
}

const BASE: ProviderSpec = ProviderSpec {
    settings: &[SettingSpec {
        key: "account",
        label: "Account",
        help: "Its number",
        kind: SettingKind::Text,
        required: true,
    }],
    streams: &[StreamSpec {
        name: "days",
        summary: "Days",
        cadence: Cadence::Interval,
        calendar: Calendar::Always,
        work: None,
    }],
    interval: IntervalSpec { min_secs: 60, default_secs: 900, max_secs: 86_400 },
    ..ProviderSpec::LOCAL
};

static EXCHANGE: ProviderSpec = ProviderSpec { id: "exchange", name: "Exchange", limits: of_the_machine, ..BASE };
static BROKER: ProviderSpec = ProviderSpec { id: "broker", name: "Broker", ..BASE };
static PRICES: ProviderSpec = ProviderSpec { id: "prices", name: "Prices", ..BASE };
static FILES: ProviderSpec = ProviderSpec { id: "files", name: "Files", ..BASE };

fn of_the_machine(_: &Settings) -> Vec<Limit> {
    let limit = kind("exchange").limit.as_ref().expect("it has one");
    let (name, weight_max, window) = (limit.name, limit.weight_max, limit.window);
    vec![Limit { name, scope: LimitScope::Ip, weight_max, window, used_header: None }]
}

impl Client {
    pub fn all() -> impl Iterator<Item = Client> {
        [&EXCHANGE, &BROKER, &PRICES, &FILES].into_iter().map(|spec| Client { spec, kind: kind(spec.id) })
    }

    /// What the spec says of the machine's limit, or the budget of the account's own key.
    fn budgets(&self, request: &FetchRequest<'_>, account: usize) -> Vec<Budget> {
        match &self.kind.limit {
            Some(limit) if limit.accounts_per_key.is_some() => vec![Budget {
                scope: format!("{}/{}/{}", self.kind.id, whose(limit, account), limit.name),
                weight_max: limit.weight_max,
                window: limit.window,
                reserve: limit.weight_max / 10,
                used_header: None,
            }],
            _ => request.budgets.to_vec(),
        }
    }
}

#[derive(Deserialize)]
struct Said {
    days: Vec<(i64, i64)>,
    more: bool,
}

/// The row of an account's day.
pub fn row(account: usize, day: i64, value: i64) -> Day {
    let date = date(2026, 3, 1) + day.days();
    Day { block: account.to_string(), date, net: value.into(), pl: None, extra: None, line: day }
}

#[async_trait]
impl Provider for Client {
    fn spec(&self) -> &'static ProviderSpec {
        self.spec
    }

    async fn fetch(&self, reach: &Reach, request: &FetchRequest<'_>) -> Result<Page, ProviderError> {
        let account: usize = request.setting("account")?.parse().expect("a number");
        let from = request.watermark.and_then(|watermark| watermark["day"].as_i64()).unwrap_or(0);
        let budgets = self.budgets(request, account);
        let call = Call { budgets: &budgets, weight: self.kind.weight, manual: request.manual, classify: &classify };
        let answer = reach
            .http
            .send(&call, |_| {
                let mut http = HttpRequest::get(format!("https://{}", self.kind.id));
                http.query.push(("account".into(), Part::Plain(account.to_string())));
                http.query.push(("from".into(), Part::Plain(from.to_string())));
                http
            })
            .await?;
        let said: Said = serde_json::from_slice(&answer.body).map_err(|_| malformed())?;
        let days: Vec<Day> = said.days.iter().map(|(day, value)| row(account, *day, *value)).collect();
        let last = said.days.last().map_or(from, |(day, _)| *day);
        Ok(Page {
            changes: vec![Change::Upsert(Batch::of(&days))],
            items: vec![Item::new(account.to_string(), ItemStatus::Updated, "read")],
            more: said.more,
            ..Page::last(json!({ "day": last + i64::from(said.more) }))
        })
    }
}

fn classify(answer: &HttpAnswer, _: Timestamp) -> Result<(), ProviderError> {
    match answer.status {
        401 => Err(ProviderError::NeedsUser { message: "the key was revoked: enter another".into() }),
        200 if answer.body.starts_with(b"<") => Err(malformed()),
        _ => Ok(()),
    }
}

fn malformed() -> ProviderError {
    ProviderError::Malformed { what: "the days", message: "a web page".into() }
}
