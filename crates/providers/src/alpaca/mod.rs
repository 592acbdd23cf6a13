//! Alpaca: cash, positions, fills and everything else that moved money in an account, live or paper.

mod account;
mod activities;
mod ask;
mod errors;
mod fills;
mod flows;
mod positions;
mod symbols;

use async_trait::async_trait;
use foliosync_engine::budget::Window;
use foliosync_engine::calendar::Calendar;
use foliosync_engine::model::accounts::{BALANCES, POSITIONS};
use foliosync_engine::provider::{
    Cadence, FetchRequest, Host, IntervalSpec, Limit, LimitScope, Page, Provider, ProviderError, ProviderSpec, Reach,
    Role, SettingKind, SettingSpec, Settings, StreamSpec, Work,
};

use self::ask::Ask;
use crate::prices::whole_number;

pub struct Alpaca;

const ID: &str = "alpaca";
const NAME: &str = "Alpaca";
/// The secret whose requests the service counts together.
const KEY: &str = "key_id";
const SECRET: &str = "secret_key";
const ENVIRONMENT: &str = "environment";
const ENVIRONMENTS: [&str; 2] = ["paper", "live"];
const REQUESTS: &str = "requests_per_minute";
const REQUESTS_DEFAULT: i64 = 200;
const REQUESTS_MAX: i64 = 10_000;

static SPEC: ProviderSpec = ProviderSpec {
    id: ID,
    name: NAME,
    summary: "Cash, positions, fills and cash flows of a brokerage account at Alpaca, live or paper",
    role: Role::Source,
    experimental: false,
    address: None,
    check: |_| Ok(()),
    settings: &[
        SettingSpec {
            key: ENVIRONMENT,
            label: "Environment",
            help: "Whether the key is of the paper account or of the live one: each has keys of its own",
            kind: SettingKind::Choice(&ENVIRONMENTS),
            required: true,
        },
        SettingSpec {
            key: KEY,
            label: "Key id",
            help: "The id of an API key, from the account's overview at Alpaca",
            kind: SettingKind::Secret,
            required: true,
        },
        SettingSpec {
            key: SECRET,
            label: "Secret key",
            help: "The secret that was shown when the key was made",
            kind: SettingKind::Secret,
            required: true,
        },
        SettingSpec {
            key: REQUESTS,
            label: "Requests per minute",
            help: "How many requests the account's plan allows: 200 where none is given",
            kind: SettingKind::Text,
            required: false,
        },
    ],
    hosts: &[
        Host { key: "live", url: "https://api.alpaca.markets" },
        Host { key: "paper", url: "https://paper-api.alpaca.markets" },
    ],
    limits: |settings| {
        let weight_max = requests(settings).unwrap_or(REQUESTS_DEFAULT).try_into().unwrap_or(u32::MAX);
        let window = Window::Seconds(60);
        vec![Limit { name: "minute", scope: LimitScope::Key(KEY), weight_max, window, used_header: None }]
    },
    weight: |_, _, _| 1,
    streams: &[
        StreamSpec {
            name: "balances",
            summary: "Cash of the account",
            cadence: Cadence::Interval,
            calendar: Calendar::Always,
            work: Some(Work::Rows(&[&BALANCES])),
        },
        StreamSpec {
            name: "positions",
            summary: "What the account holds, as the broker values it",
            cadence: Cadence::Interval,
            calendar: Calendar::Always,
            work: Some(Work::Rows(&[&POSITIONS])),
        },
        StreamSpec {
            name: "fills",
            summary: "Executions of orders; the last day is read again",
            cadence: Cadence::Interval,
            calendar: Calendar::Always,
            work: None,
        },
        StreamSpec {
            name: "cash_flows",
            summary: "Deposits, dividends, fees, transfers and the like; the last day is read again",
            cadence: Cadence::Interval,
            calendar: Calendar::Always,
            work: None,
        },
    ],
    interval: IntervalSpec { min_secs: 5 * 60, default_secs: 15 * 60, max_secs: 86_400 },
    item_noun: "part",
};

/// What the source publishes says nothing about the figure per plan, so the user may.
fn requests(settings: &Settings) -> Result<i64, ProviderError> {
    whole_number(settings, REQUESTS, 1..=REQUESTS_MAX, REQUESTS_DEFAULT)
}

#[async_trait]
impl Provider for Alpaca {
    fn spec(&self) -> &'static ProviderSpec {
        &SPEC
    }

    async fn fetch(&self, reach: &Reach, request: &FetchRequest<'_>) -> Result<Page, ProviderError> {
        requests(request.settings)?;
        let ask = Ask::of(reach, request)?;
        match request.stream {
            "balances" => account::page(&ask).await,
            "positions" => positions::page(&ask).await,
            "fills" => activities::page::<fills::Fills>(&ask).await,
            "cash_flows" => activities::page::<flows::Flows>(&ask).await,
            other => Err(ProviderError::Refused { message: format!("{NAME} has no stream `{other}`") }),
        }
    }
}
