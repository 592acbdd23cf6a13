//! The reference rates of the European Central Bank: what one euro costs in each currency, once each business day.

mod mark;
mod page;
mod published;
mod source;
mod xml;

use std::collections::BTreeSet;

use async_trait::async_trait;
use foliosync_engine::budget::Window;
use foliosync_engine::calendar::{Calendar, Venue};
use foliosync_engine::limits::FX_HISTORY_DAYS_MAX;
use foliosync_engine::provider::{
    Cadence, FetchRequest, Host, IntervalSpec, Limit, LimitScope, Page, Provider, ProviderError, ProviderSpec, Reach,
    Role, SettingKind, SettingSpec, StreamSpec,
};
use jiff::ToSpan;
use jiff::civil::Date;

use self::mark::Mark;
use self::source::Source;

pub struct Ecb;

const ID: &str = "ecb";
const HISTORY_DAYS_DEFAULT: i64 = 90;

static SPEC: ProviderSpec = ProviderSpec {
    id: ID,
    name: "European Central Bank",
    summary: "Euro reference rates of some 30 currencies, without a key; new ones come out about 16:00 in Frankfurt on \
              business days",
    role: Role::Source,
    experimental: false,
    address: None,
    check: |_| Ok(()),
    settings: &[
        SettingSpec {
            key: "currencies",
            label: "Currencies",
            help: "Codes such as USD, GBP, CHF, separated by commas; empty means all",
            kind: SettingKind::Text,
            required: false,
        },
        SettingSpec {
            key: "history_days",
            label: "Days of history",
            help: "How many days back the first run reads; 90 if empty",
            kind: SettingKind::Text,
            required: false,
        },
    ],
    hosts: &[
        Host { key: "data-api", url: "https://data-api.ecb.europa.eu" },
        Host { key: "files", url: "https://www.ecb.europa.eu" },
    ],
    // The bank names no limit; this one is far above what a run needs and keeps a mistake of ours from being a burden.
    limits: |_| {
        let window = Window::Seconds(60);
        vec![Limit { name: "minute", scope: LimitScope::Ip, weight_max: 20, window, used_header: None }]
    },
    // The data service, and both files where it fails.
    weight: |_, _, _| 3,
    streams: &[StreamSpec {
        name: "fx",
        summary: "Reference rates by date; the last days are read again for corrections",
        cadence: Cadence::Interval,
        calendar: Calendar::Daily(Venue::Target),
        work: None,
    }],
    interval: IntervalSpec { min_secs: 15 * 60, default_secs: 3_600, max_secs: 86_400 },
    item_noun: "currency",
};

#[async_trait]
impl Provider for Ecb {
    fn spec(&self) -> &'static ProviderSpec {
        &SPEC
    }

    async fn fetch(&self, reach: &Reach, request: &FetchRequest<'_>) -> Result<Page, ProviderError> {
        let wish = Wish::of(request)?;
        let today = Venue::Target.trading_date(request.now);
        // Reading from the start replaces what the watermark says, so that it holds for no other wish.
        let mark = if request.options.rehash { Mark::default() } else { Mark::read(request.watermark, &wish) };
        let from = mark.from.unwrap_or_else(|| today.saturating_sub(wish.history_days.days()));
        let answer = Source { reach, request, wish: &wish, mark: &mark, from }.read().await?;
        Ok(page::of(page::Known { wish: &wish, mark, from, now: request.now }, answer))
    }
}

/// What the settings ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Empty: all.
    pub currencies: BTreeSet<String>,
    pub history_days: i64,
}

impl Wish {
    fn of(request: &FetchRequest<'_>) -> Result<Wish, ProviderError> {
        let refuse = |message: String| Err(ProviderError::NeedsUser { message });
        let mut wish = Wish { currencies: BTreeSet::new(), history_days: HISTORY_DAYS_DEFAULT };
        let setting = |key: &str| request.settings.get(key).map_or("", |text| text.trim());
        let codes = setting("currencies").split([',', ';', ' ']).filter(|code| !code.is_empty());
        for code in codes {
            let code = code.to_ascii_uppercase();
            if !is_code(&code) {
                return refuse(format!("the setting `currencies` holds `{code}`: write codes such as USD, GBP"));
            }
            // The euro costs one euro: there is no rate to ask for.
            if code != "EUR" {
                wish.currencies.insert(code);
            }
        }
        let days = setting("history_days");
        if !days.is_empty() {
            match days.parse().ok().filter(|days| (1..=FX_HISTORY_DAYS_MAX).contains(days)) {
                Some(days) => wish.history_days = days,
                None => {
                    let message =
                        format!("the setting `history_days` must be a number from 1 to {FX_HISTORY_DAYS_MAX}");
                    return refuse(message);
                }
            }
        }
        Ok(wish)
    }

    fn wants(&self, currency: &str) -> bool {
        self.currencies.is_empty() || self.currencies.contains(currency)
    }
}

fn is_code(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Whether rates came out between `from` and the day before `first`.
fn has_rates_between(from: Date, first: Date) -> bool {
    Venue::Target.previous_trading_day(first) >= from
}
