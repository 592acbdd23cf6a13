//! A provider that says what it was told to say.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde_json::{Value as Json, json};
use tokio::sync::{Semaphore, watch};

use crate::calendar::Calendar;
use crate::model::sync::{ItemStatus, SyncOptions};
use crate::provider::{
    Cadence, Change, FetchRequest, IntervalSpec, Item, Page, Provider, ProviderError, ProviderSpec, Reach, SettingKind,
    SettingSpec, StreamSpec, Work,
};

/// Answers fetches from a script for each stream and each value of the setting `account` (empty where it is not set).
/// When a script is at its end, its stream has nothing new.
pub struct ScriptedProvider {
    spec: &'static ProviderSpec,
    scripts: Mutex<BTreeMap<(String, String), VecDeque<Answer>>>,
    seen: Mutex<Vec<Seen>>,
    asked: watch::Sender<usize>,
}

enum Answer {
    Says(Result<Page, ProviderError>),
    /// Waits for a permit, then goes on with the next answer.
    Waits(Gate),
    /// Never answers.
    Hangs,
    Panics,
}

/// Holds fetches until a test lets them pass.
#[derive(Clone)]
pub struct Gate(Arc<Semaphore>, Arc<()>);

impl Gate {
    pub fn closed() -> Gate {
        Gate(Arc::new(Semaphore::new(0)), Arc::default())
    }

    /// Fetches that wait.
    pub fn waiting(&self) -> usize {
        Arc::weak_count(&self.1)
    }

    /// Lets one fetch pass that waits, or the next that comes.
    pub fn pass_one(&self) {
        self.0.add_permits(1);
    }

    pub fn open(&self) {
        self.0.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    pub async fn wait(&self) {
        let _waiting = Arc::downgrade(&self.1);
        self.0.acquire().await.expect("a gate is never torn down").forget();
    }
}

/// What a fetch was given.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    pub stream: String,
    pub settings: BTreeMap<String, String>,
    pub watermark: Option<Json>,
    pub work_rows: Option<usize>,
    pub options: SyncOptions,
    /// In the clear: it is a test's.
    pub credentials: BTreeMap<String, String>,
    pub now: Timestamp,
}

pub static SPEC: ProviderSpec = ProviderSpec {
    id: "scripted",
    name: "Scripted",
    summary: "Says what it was told to say",
    settings: &[SettingSpec {
        key: "account",
        label: "Account",
        help: "Which script it follows",
        kind: SettingKind::Text,
        required: false,
    }],
    streams: &[
        StreamSpec {
            name: "bars",
            summary: "Bars",
            cadence: Cadence::Interval,
            calendar: Calendar::Always,
            work: None,
        },
        StreamSpec {
            name: "days",
            summary: "Days",
            cadence: Cadence::Interval,
            calendar: Calendar::Always,
            work: Some(Work::Rows(&[&crate::model::trades::DAILY_LOG])),
        },
    ],
    interval: IntervalSpec { min_secs: 60, default_secs: 600, max_secs: 86_400 },
    ..ProviderSpec::LOCAL
};

/// As `SPEC`, with the stream `days` alone.
pub static ONE_STREAM: ProviderSpec = ProviderSpec {
    streams: &[StreamSpec {
        name: "days",
        summary: "Days",
        cadence: Cadence::Interval,
        calendar: Calendar::Always,
        work: None,
    }],
    settings: SPEC.settings,
    id: SPEC.id,
    name: SPEC.name,
    summary: SPEC.summary,
    interval: SPEC.interval,
    ..ProviderSpec::LOCAL
};

/// As `ONE_STREAM`, with a credential that it cannot do without and one that it can.
pub static KEYED: ProviderSpec = ProviderSpec {
    settings: &[
        SettingSpec {
            key: "api_key",
            label: "API key",
            help: "As its account page shows it",
            kind: SettingKind::Secret,
            required: true,
        },
        SettingSpec {
            key: "passphrase",
            label: "Passphrase",
            help: "Where the key has one",
            kind: SettingKind::Secret,
            required: false,
        },
    ],
    id: "keyed",
    name: "Keyed",
    summary: SPEC.summary,
    streams: ONE_STREAM.streams,
    interval: SPEC.interval,
    ..ProviderSpec::LOCAL
};

impl Default for ScriptedProvider {
    fn default() -> ScriptedProvider {
        ScriptedProvider::with(&SPEC)
    }
}

impl ScriptedProvider {
    pub fn with(spec: &'static ProviderSpec) -> ScriptedProvider {
        ScriptedProvider { spec, scripts: Mutex::default(), seen: Mutex::default(), asked: watch::Sender::new(0) }
    }

    pub fn says(&self, account: &str, stream: &str, page: Page) -> &Self {
        self.then(account, stream, Answer::Says(Ok(page)))
    }

    pub fn fails(&self, account: &str, stream: &str, error: ProviderError) -> &Self {
        self.then(account, stream, Answer::Says(Err(error)))
    }

    pub fn waits(&self, account: &str, stream: &str, gate: &Gate) -> &Self {
        self.then(account, stream, Answer::Waits(gate.clone()))
    }

    pub fn hangs(&self, account: &str, stream: &str) -> &Self {
        self.then(account, stream, Answer::Hangs)
    }

    pub fn panics(&self, account: &str, stream: &str) -> &Self {
        self.then(account, stream, Answer::Panics)
    }

    /// The fetches so far.
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.seen).clone()
    }

    /// Returns once so many fetches have begun.
    pub async fn asked(&self, times: usize) {
        self.asked.subscribe().wait_for(|asked| *asked >= times).await.expect("the provider lives");
    }

    fn then(&self, account: &str, stream: &str, answer: Answer) -> &Self {
        lock(&self.scripts).entry((account.into(), stream.into())).or_default().push_back(answer);
        self
    }

    fn next(&self, account: &str, stream: &str) -> Option<Answer> {
        lock(&self.scripts).get_mut(&(account.into(), stream.into()))?.pop_front()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

#[async_trait]
impl Provider for ScriptedProvider {
    fn spec(&self) -> &'static ProviderSpec {
        self.spec
    }

    async fn fetch(&self, _: &Reach, request: &FetchRequest<'_>) -> Result<Page, ProviderError> {
        let mut credentials = BTreeMap::new();
        for setting in self.spec.credentials() {
            match request.credential(setting.key) {
                Ok(secret) => drop(credentials.insert(setting.key.to_string(), secret.expose_secret().to_string())),
                Err(error) if setting.required => return Err(error),
                Err(_) => {}
            }
        }
        lock(&self.seen).push(Seen {
            stream: request.stream.into(),
            settings: request.settings.clone(),
            watermark: request.watermark.cloned(),
            work_rows: request.work.first().map(|rows| rows.len()),
            options: request.options.clone(),
            credentials,
            now: request.now,
        });
        self.asked.send_modify(|asked| *asked += 1);
        let account = request.settings.get("account").map_or("", String::as_str);
        loop {
            match self.next(account, request.stream) {
                Some(Answer::Says(said)) => return said,
                Some(Answer::Waits(gate)) => gate.wait().await,
                Some(Answer::Hangs) => std::future::pending().await,
                Some(Answer::Panics) => panic!("the script says so"),
                None => return Ok(Page { watermark: request.watermark.cloned().unwrap_or(Json::Null), ..last(0) }),
            }
        }
    }
}

/// An empty page behind which there is more; its watermark is `{"mark": mark}`.
pub fn more(mark: i64) -> Page {
    Page { more: true, ..last(mark) }
}

/// An empty page that is the last.
pub fn last(mark: i64) -> Page {
    let watermark = json!({ "mark": mark });
    Page::last(watermark)
}

impl Page {
    pub fn with_change(mut self, change: Change) -> Page {
        self.changes.push(change);
        self
    }

    pub fn with_item(mut self, name: &str, status: ItemStatus) -> Page {
        let remark = if status == ItemStatus::Unchanged { String::new() } else { format!("{name} is {status:?}") };
        self.items.push(Item::new(name, status, remark));
        self
    }

    pub fn of_expected(mut self, expected: i64) -> Page {
        self.expected = Some(expected);
        self
    }
}
