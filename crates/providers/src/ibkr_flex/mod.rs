//! Interactive Brokers' Flex Web Service: trades, positions, cash and cash flows out of a report that the owner of the
//! accounts put together there. A report is ordered, made while we wait, and fetched by its reference.

mod accounts;
mod ask;
mod cash;
mod errors;
mod fields;
mod mark;
mod names;
mod page;
mod positions;
mod query;
mod report;
mod response;
mod survey;
mod symbols;
mod takebacks;
mod trades;
mod walk;
mod when;

use async_trait::async_trait;
use foliosync_engine::budget::Window;
use foliosync_engine::calendar::Calendar;
use foliosync_engine::model::accounts::{BALANCES, POSITIONS};
use foliosync_engine::provider::{
    Cadence, FetchRequest, Host, IntervalSpec, Limit, LimitScope, Page, Provider, ProviderError, ProviderSpec, Reach,
    Role, SettingKind, SettingSpec, StreamSpec, Work,
};

use self::ask::Ask;

pub struct IbkrFlex;

const ID: &str = "ibkr_flex";
const NAME: &str = "Interactive Brokers";
const TOKEN: &str = "token";
const QUERY: &str = "query_id";
const ZONE: &str = "time_zone";
const ZONE_DEFAULT: &str = "America/New_York";

static SPEC: ProviderSpec = ProviderSpec {
    id: ID,
    name: "Interactive Brokers (Flex)",
    summary: "Trades, positions, cash and cash flows out of an Activity Flex Query; it is made anew once a day",
    role: Role::Source,
    experimental: false,
    address: None,
    check: |_| Ok(()),
    settings: &[
        SettingSpec {
            key: TOKEN,
            label: "Token",
            help: "From Client Portal, Performance & Reports, Flex Queries, Flex Web Service: choose a year for its life",
            kind: SettingKind::Secret,
            required: true,
        },
        SettingSpec {
            key: QUERY,
            label: "Query id",
            help: "The number of an Activity Flex Query with the sections Trades (executions), Open Positions (summary), \
                   Cash Transactions (detail) and Cash Report, with all their fields",
            kind: SettingKind::Text,
            required: true,
        },
        SettingSpec {
            key: ZONE,
            label: "Time zone",
            help: "The zone of the report's times, such as Europe/London; America/New_York where none is given",
            kind: SettingKind::Text,
            required: false,
        },
    ],
    hosts: &[
        Host { key: "ndcdyn", url: "https://ndcdyn.interactivebrokers.com" },
        Host { key: "gdcdyn", url: "https://gdcdyn.interactivebrokers.com" },
    ],
    limits: |_| {
        let limit = |name, weight_max, seconds| {
            let (scope, window) = (LimitScope::Key(TOKEN), Window::Seconds(seconds));
            Limit { name, scope, weight_max, window, used_header: None }
        };
        vec![limit("second", 1, 1), limit("minute", 10, 60)]
    },
    // The order, and some looks whether it is done.
    weight: |_, _, _| 4,
    streams: &[StreamSpec {
        name: "report",
        summary: "One report with everything: ordered, then fetched when it is made",
        cadence: Cadence::Interval,
        calendar: Calendar::Always,
        work: Some(Work::Rows(&[&BALANCES, &POSITIONS])),
    }],
    interval: IntervalSpec { min_secs: 3_600, default_secs: 6 * 3_600, max_secs: 7 * 86_400 },
    item_noun: "part",
};

#[async_trait]
impl Provider for IbkrFlex {
    fn spec(&self) -> &'static ProviderSpec {
        &SPEC
    }

    async fn fetch(&self, reach: &Reach, request: &FetchRequest<'_>) -> Result<Page, ProviderError> {
        match request.stream {
            "report" => page::page(&Ask::of(reach, request)?).await,
            other => Err(ProviderError::Refused { message: format!("{NAME} has no stream `{other}`") }),
        }
    }
}
