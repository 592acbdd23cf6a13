//! `/sim/…`: what scripts outside the process do with the simulator. JSON in, JSON out; every change is a POST.

mod accounts;

use foliosync_engine::model::Decimal;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::change;
use crate::clock::SimClock;
use crate::exchange::{JSON, Reply, Request};
use crate::faults::{self, Fault, When};
use crate::world::{PROVIDERS, World};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewFault {
    provider: String,
    fault: Fault,
    #[serde(default)]
    when: When,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum NewTime {
    Now(Timestamp),
    AdvanceSeconds(i64),
    /// It runs, so far ahead of the machine's.
    AheadSeconds(i64),
    System,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Event {
    CorrectClose { symbol: String, date: Date, value: String },
    CorrectRate { currency: String, date: Date, value: String },
    Split { symbol: String, date: Date, value: String },
    Dividend { symbol: String, date: Date, value: String },
}

const PATHS: &str = "ask /sim/stats, /sim/requests, /sim/faults, /sim/now, /sim/events, /sim/accounts, \
                     /sim/credentials or /sim/flex";

pub fn answer(world: &World, request: &Request) -> Reply {
    let result = match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/stats") => Ok(json!(world.stats())),
        ("GET", "/requests") => Ok(json!(world.state().log.of(request.param("provider").unwrap_or_default()))),
        ("GET", "/faults") => Ok(json!(world.state().faults.all())),
        ("POST", "/faults") => read(request).and_then(|new| add_fault(world, new)),
        ("DELETE", "/faults") => {
            world.state().faults.clear();
            Ok(json!([]))
        }
        ("GET", "/now") => Ok(now(world)),
        ("POST", "/now") => read(request).map(|new| {
            match new {
                NewTime::Now(at) => world.time.set(SimClock::At(at)),
                NewTime::AdvanceSeconds(seconds) => world.time.advance(SignedDuration::from_secs(seconds)),
                NewTime::AheadSeconds(seconds) => world.time.set(SimClock::Ahead(SignedDuration::from_secs(seconds))),
                NewTime::System => world.time.set(SimClock::System),
            }
            now(world)
        }),
        ("POST", "/events") => read(request).and_then(|event| happen(world, event)),
        _ => accounts::answer(world, request).unwrap_or_else(|| Err(PATHS.into())),
    };
    match result {
        Ok(value) => Reply::new(200, JSON, value.to_string()),
        Err(message) => Reply::new(400, JSON, json!({ "error": message }).to_string()),
    }
}

fn read<T: DeserializeOwned>(request: &Request) -> Result<T, String> {
    serde_json::from_slice(&request.body).map_err(|error| error.to_string())
}

fn now(world: &World) -> Value {
    json!({ "now": world.time.now().to_string() })
}

fn add_fault(world: &World, new: NewFault) -> Result<Value, String> {
    if !PROVIDERS.iter().any(|(name, _)| *name == new.provider) {
        return Err(format!("there is no provider `{}`", new.provider));
    }
    if let Fault::Code { code } = &new.fault
        && !faults::has_code(&new.provider, code)
    {
        return Err(format!("`{}` has no error `{code}`", new.provider));
    }
    let mut state = world.state();
    state.faults.add(&new.provider, new.fault, new.when);
    Ok(json!(state.faults.all()))
}

fn happen(world: &World, event: Event) -> Result<Value, String> {
    let amount = |text: &str| text.parse::<Decimal>().map_err(|error| format!("`{text}` {error}"));
    match event {
        Event::CorrectClose { symbol, date, value } => change::correct_close(world, &symbol, date, amount(&value)?),
        Event::CorrectRate { currency, date, value } => change::correct_rate(world, &currency, date, amount(&value)?),
        Event::Split { symbol, date, value } => change::split(world, &symbol, date, amount(&value)?),
        Event::Dividend { symbol, date, value } => change::dividend(world, &symbol, date, amount(&value)?),
    }?;
    Ok(json!({}))
}
