//! Ten thousand broken answers of Alpaca: whatever is stored is what another, strict reading of the same body finds.

use std::collections::{BTreeMap, BTreeSet};

use foliosync_engine::model::Decimal;
use foliosync_engine::model::accounts::{Fill, Position, Side};
use foliosync_engine::provider::ProviderError;
use foliosync_engine::testkit::chance::Chance;
use jiff::{SignedDuration, Timestamp};
use serde_json::value::RawValue;
use serde_json::{Value as Json, json};

use crate::alpaca::{NOW, fill, position};
use crate::brokers::{Mill, recordings};
use crate::coins_wire::rows;
use crate::mutate::mutated;
use crate::prices_desk::at;

const SEED: u64 = 0x5eed_a1fa;
const BODIES: usize = 10_000;

type Fields<'a> = BTreeMap<String, &'a RawValue>;

/// The objects of a body; `None` where it is no array.
fn objects(body: &[u8]) -> Option<Vec<Option<Fields<'_>>>> {
    let values: Vec<&RawValue> = serde_json::from_slice(body).ok()?;
    Some(values.into_iter().map(|value| serde_json::from_str(value.get()).ok()).collect())
}

fn text(fields: &Fields<'_>, name: &str) -> Option<String> {
    let text: String = serde_json::from_str(fields.get(name)?.get()).ok()?;
    Some(text.trim().to_string()).filter(|text| !text.is_empty())
}

/// `Err` for what is there and no number.
fn number(fields: &Fields<'_>, name: &str) -> Result<Option<Decimal>, ()> {
    let Some(token) = fields.get(name).map(|value| value.get()) else { return Ok(None) };
    let digits = match token.strip_prefix('"') {
        _ if token == "null" => return Ok(None),
        Some(_) => match text(fields, name) {
            Some(text) => text,
            None => return Ok(None),
        },
        None => token.to_string(),
    };
    digits.parse().map(Some).map_err(|_| ())
}

type Told = (String, String, Side, Decimal, Decimal, Timestamp);

/// What a strict reader finds: fills, each id once.
fn strict_fills(body: &[u8]) -> Vec<Told> {
    let mut ids = BTreeSet::new();
    let read = |fields: Fields<'_>| {
        let id = text(&fields, "id").filter(|id| !ids.contains(id))?;
        let side = match text(&fields, "side")?.as_str() {
            "buy" => Side::Buy,
            "sell" | "sell_short" => Side::Sell,
            _ => return None,
        };
        let time: Timestamp = text(&fields, "transaction_time")?.parse().ok()?;
        let is_near = time.duration_since(at(NOW)) <= SignedDuration::from_hours(24);
        let (qty, price) = (number(&fields, "qty").ok()??, number(&fields, "price").ok()??);
        let is_fill = text(&fields, "activity_type").as_deref() == Some("FILL");
        if !(is_fill && is_near && qty > Decimal::ZERO && price >= Decimal::ZERO) {
            return None;
        }
        let symbol = text(&fields, "symbol")?;
        ids.insert(id.clone());
        Some((id, symbol, side, qty, price, Timestamp::from_microsecond(time.as_microsecond()).unwrap()))
    };
    objects(body).unwrap_or_default().into_iter().flatten().filter_map(read).collect()
}

/// The quantities of an answer about positions of which all are good; `None` otherwise.
fn strict_positions(body: &[u8]) -> Option<Vec<Decimal>> {
    let read = |fields: Option<Fields<'_>>| {
        let fields = fields?;
        let symbol = text(&fields, "symbol")?;
        let size = number(&fields, "qty").ok()??.abs();
        let side = text(&fields, "side")?;
        for name in ["avg_entry_price", "current_price", "market_value", "unrealized_pl"] {
            number(&fields, name).ok()?;
        }
        match side.as_str() {
            "long" => Some((symbol, size)),
            "short" => Some((symbol, -size)),
            _ => None,
        }
    };
    let all: Vec<(String, Decimal)> = objects(body)?.into_iter().map(read).collect::<Option<_>>()?;
    let held = all.into_iter().filter(|(_, quantity)| *quantity != Decimal::ZERO);
    let mut names = BTreeSet::new();
    held.map(|(symbol, quantity)| names.insert(symbol.replace('/', "")).then_some(quantity)).collect()
}

fn mill() -> Mill {
    Mill::new("alpaca", NOW, &[("environment", "paper")], &["key_id", "secret_key"])
}

/// Recorded answers, and one of our own.
fn bodies(path: &str, own: Json) -> Vec<String> {
    let of_cassette = |(_, text): (String, String)| {
        let cassette: Vec<Json> = serde_json::from_str(&text).unwrap();
        let is_it = |one: &&Json| one["request"]["url"].as_str().unwrap().contains(path);
        let body = |one: &Json| one["response"]["body"].as_str().unwrap().to_string();
        cassette.iter().filter(is_it).map(body).collect::<Vec<_>>()
    };
    let recorded = recordings("alpaca/alpaca_elixir").into_iter().flat_map(of_cassette);
    recorded.filter(|body| body.starts_with('[')).chain([own.to_string()]).collect()
}

#[tokio::test(start_paused = true)]
async fn broken_fills_are_refused_and_the_others_kept() {
    let own: Vec<Json> = (0..6).map(|nth| fill(nth, at("2026-11-19T15:00:00Z"), "buy")).collect();
    let bodies = bodies("/activities", json!(own));
    let (mill, mut chance) = (mill(), Chance::new(SEED));
    let (mut refused, mut kept, mut lost) = (0, 0, 0);
    for nth in 0..BODIES {
        let body = mutated(chance.pick::<String>(&bodies).as_str(), &mut chance);
        let want = strict_fills(&body);
        let shown = || format!("body {nth} of seed {SEED:#x}: {}", String::from_utf8_lossy(&body));
        match mill.read("fills", None, &body).await {
            Err(ProviderError::Malformed { .. }) => {
                refused += 1;
                assert!(objects(&body).is_none(), "{}", shown());
            }
            Err(error) => panic!("{error}: {}", shown()),
            Ok(page) => {
                let fills: Vec<Fill> = rows(&page);
                let unslashed = |fill: &Fill| fill.symbol.replace('/', "");
                assert_eq!(fills.len(), want.len(), "{}", shown());
                for (fill, want) in fills.iter().zip(&want) {
                    let got = (&fill.native_id, fill.side, fill.quantity, fill.price, fill.at);
                    assert_eq!(got, (&want.0, want.2, want.3, want.4, want.5), "{}", shown());
                    assert_eq!(unslashed(fill), want.1.replace('/', ""), "{}", shown());
                }
                let all = objects(&body).unwrap().len();
                let told = page.items.len() - 1;
                assert!(want.len() == all || told > 0, "what is not read is told: {}", shown());
                kept += want.len();
                lost += all - want.len();
            }
        }
    }
    println!(
        "{BODIES} bodies of fills, seed {SEED:#x}: {refused} refused, {kept} rows kept, {lost} told as unreadable"
    );
}

#[tokio::test(start_paused = true)]
async fn a_broken_answer_about_positions_changes_nothing() {
    let own = json!([position("AAPL", "us_equity", "5", "long"), position("LTCUSD", "crypto", "0.25", "long")]);
    let bodies = bodies("/v2/positions", own);
    let (mill, mut chance) = (mill(), Chance::new(SEED + 1));
    let (mut refused, mut kept) = (0, 0);
    for nth in 0..BODIES {
        let body = mutated(chance.pick::<String>(&bodies).as_str(), &mut chance);
        let shown = || format!("body {nth} of seed {:#x}: {}", SEED + 1, String::from_utf8_lossy(&body));
        let want = strict_positions(&body);
        let got = mill.read("positions", None, &body).await.map(|page| rows::<Position>(&page));
        match (got, want) {
            (Ok(positions), Some(want)) => {
                let quantities: Vec<Decimal> = positions.iter().map(|position| position.quantity).collect();
                assert_eq!(quantities, want, "{}", shown());
                kept += 1;
            }
            (Ok(positions), None) => {
                assert!(positions.is_empty(), "{}", shown());
                refused += 1;
            }
            (Err(ProviderError::Malformed { .. }), None) => refused += 1,
            (Err(error), _) => panic!("{error}: {}", shown()),
        }
    }
    println!("{BODIES} bodies of positions, seed {:#x}: {refused} refused, {kept} kept whole", SEED + 1);
}
