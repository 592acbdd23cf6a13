//! NocoDB: keeps tables of a base there equal to ours, and prices the symbols that people add.
//!
//! A page is one round: it looks for rows that are new there, then deletes, changes and adds, and its changes are the
//! ledger of what it did. What was written just before a crash is found again by the look of the next page.

mod api;
mod columns;
mod copy;
mod look;
mod mark;
mod typed;
mod write;

use std::pin::Pin;
use std::task::{Context, Waker};

use async_trait::async_trait;
use foliosync_engine::calendar::Calendar;
use foliosync_engine::limits::{MIRROR_PAGE_ROWS_MAX, MIRROR_PAGE_SECONDS};
use foliosync_engine::mirrors::{self, Mirrored, TABLES};
use foliosync_engine::model::Batch;
use foliosync_engine::model::mirror::MirrorRow;
use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::nearest::nearest;
use foliosync_engine::provider::{
    Cadence, Change, FetchRequest, IntervalSpec, Item, Page, Provider, ProviderError, ProviderSpec, Reach, Role,
    SettingKind, SettingSpec, Settings, StreamSpec, Work,
};
use tokio::time::Sleep;

use self::api::Api;
use self::copy::{Copy, Next};
use self::mark::Mark;
use crate::cells::Decimals;

pub struct NocoDb;

const URL: &str = "url";
const BASE: &str = "base";
const TOKEN: &str = "token";
const DECIMALS: &str = "decimals";

static SPEC: ProviderSpec = ProviderSpec {
    id: "nocodb",
    name: "NocoDB",
    summary: "Keeps tables of a NocoDB base equal to yours, and prices the symbols that you add there",
    role: Role::Mirror,
    address: Some(URL),
    check,
    settings: &[
        SettingSpec {
            key: URL,
            label: "Address",
            help: "Where NocoDB answers, such as https://noco.example.org; an address of this machine or its network must \
                   be listed under private_networks",
            kind: SettingKind::Text,
            required: true,
        },
        SettingSpec {
            key: BASE,
            label: "Base",
            help: "Its title, or its id, which begins with p",
            kind: SettingKind::Text,
            required: true,
        },
        SettingSpec {
            key: TABLES,
            label: "Tables",
            help: "Names with commas between them; symbols, price_history, settings if empty. Any other by its name in SQL, \
                   such as accounts.balances",
            kind: SettingKind::Text,
            required: false,
        },
        SettingSpec {
            key: DECIMALS,
            label: "Decimals",
            help: "number, which NocoDB can sum and keeps to 15 digits; or text, exact to the last digit",
            kind: SettingKind::Choice(&["number", "text"]),
            required: false,
        },
        SettingSpec {
            key: TOKEN,
            label: "API token",
            help: "Made in NocoDB under Team & Settings, API Tokens, by somebody who may edit the base",
            kind: SettingKind::Secret,
            required: true,
        },
    ],
    streams: &[StreamSpec {
        name: "rows",
        summary: "Rows that were committed since",
        cadence: Cadence::Interval,
        calendar: Calendar::Always,
        work: Some(Work::Mirror),
    }],
    interval: IntervalSpec { min_secs: 60, default_secs: 60, max_secs: 86_400 },
    item_noun: "table",
    ..ProviderSpec::LOCAL
};

fn check(settings: &Settings) -> Result<(), String> {
    let url = settings.get(URL).map_or("", String::as_str);
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split('/').next()).unwrap_or_default();
    if host.is_empty() || host.contains('@') || url.contains(['?', '#', ' ']) {
        return Err(format!("`{URL}` must be an address such as https://noco.example.org, without anything behind it"));
    }
    mirrors::chosen(settings).map(drop).map_err(|why| format!("`{TABLES}`: {why}"))
}

#[async_trait]
impl Provider for NocoDb {
    fn spec(&self) -> &'static ProviderSpec {
        &SPEC
    }

    async fn fetch(&self, reach: &Reach, request: &FetchRequest<'_>) -> Result<Page, ProviderError> {
        let wish = Wish::of(request)?;
        let api = Api::new(reach, request)?;
        if request.trial {
            return try_out(&api, &wish).await;
        }
        let mut mark = Mark::read(request.watermark, &wish, request.options);
        if let Some(at) = mark.pause.take().filter(|at| *at > request.now) {
            return Err(ProviderError::RetryAt { at, message: "NocoDB was asked too often".into() });
        }
        let base = match &mark.base {
            Some(base) => base.clone(),
            None => find_base(&api, &wish.base).await?,
        };
        mark.base = Some(base.clone());
        let rows: Vec<MirrorRow> = request.work()?;
        let mut budget = Budget::new();
        let mut round = Round { items: Vec::new(), changes: Vec::new() };
        let failed = loop {
            let Some(mirrored) = mark.next.and_then(|next| wish.tables.get(next)) else {
                mark.next = None;
                break None;
            };
            if budget.is_spent() {
                break None;
            }
            let empty = Batch::empty(mirrored.table);
            let batch = request.rows(mirrored.table).unwrap_or(&empty);
            let table = mark.tables.entry(mirrored.table.name.into()).or_default();
            let mut copy = Copy::new(&api, &base, batch, &rows, wish.decimals, table);
            let next = copy.run(&mut budget).await;
            round.take(copy);
            match next {
                Ok(Next::Done(item)) => {
                    round.items.push(item);
                    mark.next = mark.next.map(|next| next + 1);
                }
                // What was found out is committed before anything is built on it.
                Ok(Next::Again) => break None,
                Err(error) => break Some(error),
            }
        };
        let more = mark.next.is_some();
        if let Some(error) = failed {
            // What was done is kept; the next page meets the fault again.
            if round.changes.is_empty() {
                return Err(error);
            }
            if let ProviderError::RetryAt { at, .. } = error {
                mark.pause = Some(at);
            }
        }
        Ok(Page { changes: round.changes, items: round.items, more, ..Page::last(mark.to_json()) })
    }
}

/// What the tables of one page come to.
struct Round {
    items: Vec<Item>,
    changes: Vec<Change>,
}

impl Round {
    fn take(&mut self, copy: Copy<'_>) {
        let (items, instruments, rows) = copy.into_parts();
        self.items.extend(items);
        if !instruments.is_empty() {
            self.changes.push(Change::Upsert(Batch::of(&instruments)));
        }
        if !rows.is_empty() {
            self.changes.push(Change::Upsert(Batch::of(&rows)));
        }
    }
}

/// What the settings ask for.
pub struct Wish {
    base: String,
    tables: Vec<&'static Mirrored>,
    decimals: Decimals,
    /// All of it as one text.
    text: String,
}

impl Wish {
    fn of(request: &FetchRequest<'_>) -> Result<Wish, ProviderError> {
        let tables = mirrors::chosen(request.settings);
        let tables =
            tables.map_err(|why| ProviderError::NeedsUser { message: format!("the setting `{TABLES}`: {why}") })?;
        let is_text = request.settings.get(DECIMALS).is_some_and(|value| value == "text");
        let decimals = if is_text { Decimals::Text } else { Decimals::Number };
        let base = request.setting(BASE)?.trim().to_string();
        let names: Vec<&str> = tables.iter().map(|mirrored| mirrored.table.name).collect();
        let text = format!("{} {base} {} {decimals:?}", request.setting(URL)?, names.join(","));
        Ok(Wish { base, tables, decimals, text })
    }
}

/// How much one page may do: rows, and time, which is waited for rather than read.
pub struct Budget {
    pub rows: usize,
    over: Pin<Box<Sleep>>,
}

impl Budget {
    fn new() -> Budget {
        Budget { rows: MIRROR_PAGE_ROWS_MAX, over: Box::pin(tokio::time::sleep(MIRROR_PAGE_SECONDS)) }
    }

    pub fn is_spent(&mut self) -> bool {
        self.rows == 0 || self.over.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }
}

async fn find_base(api: &Api<'_>, wanted: &str) -> Result<String, ProviderError> {
    let bases = api.bases().await?;
    if let Some(base) = bases.iter().find(|base| base.id == wanted) {
        return Ok(base.id.clone());
    }
    let titled: Vec<_> = bases.iter().filter(|base| base.title == wanted).collect();
    let message = match titled.as_slice() {
        [one] => return Ok(one.id.clone()),
        [] => {
            let near = nearest(wanted, bases.iter().map(|base| base.title.as_str()));
            format!("the token sees no base `{wanted}` in NocoDB; {near}make it there, or give its id as `{BASE}`")
        }
        _ => format!("several bases in NocoDB are called `{wanted}`; give the id of one as `{BASE}`"),
    };
    Err(ProviderError::NeedsUser { message })
}

/// Signs in, and looks for base and tables. Nothing is written.
async fn try_out(api: &Api<'_>, wish: &Wish) -> Result<Page, ProviderError> {
    let base = find_base(api, &wish.base).await?;
    let tables = api.tables(&base).await?;
    let item = |mirrored: &&Mirrored| {
        let name = mirrored.table.name;
        let is_there = tables.iter().any(|table| table.title == name);
        Item::new(name, ItemStatus::Unchanged, if is_there { "it is there" } else { "it will be made" })
    };
    let items = wish.tables.iter().map(item).collect();
    Ok(Page { items, ..Page::last(serde_json::Value::Null) })
}
