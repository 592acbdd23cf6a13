//! Which pairs there are to ask for, and which of them now.

use std::collections::{BTreeMap, BTreeSet};

use foliosync_engine::model::accounts::Balance;
use foliosync_engine::provider::{ProviderError, Settings};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::Mark;
use super::walk::Walk;
use crate::binance::account::SPOT;
use crate::binance::ask::Private;
use crate::binance::listing::Listed;
use crate::exchange::held;

/// What coins are bought and sold for, besides whatever is held.
const QUOTES: [&str; 9] = ["USDT", "USDC", "FDUSD", "BUSD", "TUSD", "BTC", "ETH", "BNB", "EUR"];
/// New pairs of old coins are looked up so often.
const LIST_EVERY: SignedDuration = SignedDuration::from_hours(24);
/// Pairs that a look asks for at most, each in its turn: ones that were traded, of which as many again as the user names,
/// and ones that never were. So looks cost what their interval was admitted for, however many pairs there are.
const LOOK_TRADED: usize = 7;
const LOOK_OTHERS: usize = 1;
pub const SYMBOLS: &str = "symbols";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// What is traded; empty where nobody knows how the symbol is split.
    #[serde(rename = "b", default, skip_serializing_if = "String::is_empty")]
    pub base: String,
    /// The id to ask from; `None` until it was asked for.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub next: Option<i64>,
    /// The exchange does not know it any more.
    #[serde(rename = "g", default, skip_serializing_if = "std::ops::Not::not")]
    pub is_gone: bool,
}

impl Pair {
    pub fn new(base: &str) -> Pair {
        Pair { base: base.into(), next: None, is_gone: false }
    }

    fn has_trades(&self) -> bool {
        self.next.is_some_and(|next| next > 0)
    }
}

/// The pairs that looks have come to, among those that were traded and among the others.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Turn {
    traded: String,
    others: String,
}

/// Requests of one look.
pub fn requests(settings: &Settings) -> usize {
    let named = settings.get(SYMBOLS).map_or(0, |text| text.split([',', ';', ' ']).count());
    LOOK_TRADED + named + LOOK_OTHERS
}

/// What is to be asked for now: `None` where nothing is.
pub async fn plan(private: &Private<'_>, mark: &mut Mark) -> Result<Option<Walk>, ProviderError> {
    let request = private.ask.request;
    let balances: Vec<Balance> = request.work()?;
    let named = named(request.settings.get(SYMBOLS))?;
    if request.options.rehash {
        mark.pairs.values_mut().for_each(|pair| *pair = Pair::new(&pair.base));
    }
    // What nobody names any more, and what was never traded, is forgotten.
    mark.pairs.retain(|symbol, pair| !pair.is_gone || pair.has_trades() || named.contains(symbol));
    let is_old = |at: jiff::Timestamp| request.now.duration_since(at).abs() >= LIST_EVERY;
    let is_daily = mark.listed_at.is_none_or(is_old);
    let known = names(&balances, mark, &named);
    if is_daily || known.iter().any(|name| !mark.looked_up.contains(name)) {
        let listed = Listed::ask(&private.ask).await?;
        derive(&listed, &known, &named, &mut mark.pairs);
        mark.looked_up = known.into_iter().collect();
        if is_daily {
            mark.listed_at = Some(request.now);
        }
    }
    let held = held(&balances, SPOT);
    let changed = mark.watch.changed(&held);
    let has_changed = |symbol: &str, pair: &Pair| {
        let quote = symbol.strip_prefix(pair.base.as_str());
        pair.base.is_empty() || (changed.contains(&pair.base) && quote.is_some_and(|quote| changed.contains(quote)))
    };
    let asked = &request.options.items;
    let is_whole = asked.is_empty();
    let is_wanted = |symbol: &String, pair: &Pair| match is_whole {
        false => asked.contains(symbol),
        // One that is named may be listed yet.
        true if pair.is_gone => is_daily && named.contains(symbol),
        true => pair.next.is_none() || (!changed.is_empty() && has_changed(symbol, pair)),
    };
    let wanted = mark.pairs.iter().filter(|(symbol, pair)| is_wanted(symbol, pair));
    let mut left: BTreeSet<String> = wanted.map(|(symbol, _)| symbol.clone()).collect();
    if is_whole {
        mark.watch.held = held;
    }
    let looks = if is_whole { mark.watch.looks(request.now) } else { 0 };
    let looked_at = (looks > 0).then_some(request.now);
    if looks > 0 {
        left.extend(in_turn(&mark.pairs, &mut mark.turn, named.len(), looks));
    }
    if left.is_empty() {
        mark.watch.looked_at = looked_at.or(mark.watch.looked_at);
        return Ok(None);
    }
    Ok(Some(Walk::over(left.into_iter().collect(), looked_at, named.into_iter().collect())))
}

/// The pairs of a look that stands for so many: first those that the last one had no room for.
fn in_turn(pairs: &BTreeMap<String, Pair>, turn: &mut Turn, named: usize, looks: usize) -> Vec<String> {
    let mut taken = Vec::new();
    for (is_traded, last, most) in
        [(true, &mut turn.traded, LOOK_TRADED + named), (false, &mut turn.others, LOOK_OTHERS)]
    {
        // One that was never asked for is asked for in any case.
        let is_own = |pair: &Pair| pair.next.is_some() && pair.has_trades() == is_traded && !pair.is_gone;
        let own: Vec<&String> = pairs.iter().filter(|(_, pair)| is_own(pair)).map(|(symbol, _)| symbol).collect();
        let (before, behind) = own.split_at(own.partition_point(|symbol| *symbol <= last));
        let next: Vec<String> =
            behind.iter().chain(before).take(most.saturating_mul(looks)).map(|symbol| symbol.to_string()).collect();
        *last = next.last().cloned().unwrap_or_default();
        taken.extend(next);
    }
    taken
}

/// The symbols of a setting such as `BTCUSDT, ETH/BTC`.
fn named(setting: Option<&String>) -> Result<BTreeSet<String>, ProviderError> {
    let texts = setting.map_or("", String::as_str).split([',', ';', ' ']).filter(|text| !text.is_empty());
    let symbol = |text: &str| {
        let letters = text.chars().filter(|c| !"/-_".contains(*c)).collect::<String>().to_ascii_uppercase();
        let is_pair = (5..=30).contains(&letters.len()) && letters.chars().all(char::is_alphanumeric);
        is_pair.then_some(letters).ok_or_else(|| {
            let message = format!("`{text}` in the setting `{SYMBOLS}` is no pair: write them like BTCUSDT,ETHBTC");
            ProviderError::NeedsUser { message }
        })
    };
    texts.map(symbol).collect()
}

/// Everything that pairs are looked up for: assets of any wallet, what was traded, and what the user names.
fn names(balances: &[Balance], mark: &Mark, named: &BTreeSet<String>) -> BTreeSet<String> {
    let of_balances = balances.iter().map(|row| row.asset.clone());
    let traded = mark.pairs.values().filter(|pair| pair.has_trades()).map(|pair| pair.base.clone());
    let all = of_balances.chain(traded).chain(named.iter().cloned());
    all.filter(|name| !name.is_empty()).collect()
}

/// Adds pairs: of each asset with the usual quotes and with what else is known, and those that are named.
fn derive(listed: &Listed, known: &BTreeSet<String>, named: &BTreeSet<String>, pairs: &mut BTreeMap<String, Pair>) {
    // What is lent out was bought under its own name.
    let lent = known.iter().filter(|name| !listed.has(name)).filter_map(|name| name.strip_prefix("LD"));
    let assets: BTreeSet<&str> = known.iter().map(String::as_str).chain(lent).filter(|name| listed.has(name)).collect();
    for (symbol, pair) in &listed.pairs {
        let is_quote = QUOTES.contains(&pair.quote.as_str()) || assets.contains(pair.quote.as_str());
        if named.contains(symbol) || (assets.contains(pair.base.as_str()) && is_quote) {
            let known = pairs.entry(symbol.clone()).or_insert_with(|| Pair::new(&pair.base));
            known.base.clone_from(&pair.base);
        }
    }
    for symbol in named {
        pairs.entry(symbol.clone()).or_insert_with(|| Pair::new(""));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_take_turns() {
        let pair = |next| Pair { next: Some(next), ..Pair::new("A") };
        let mut pairs: BTreeMap<String, Pair> = (10..20).map(|nth| (format!("T{nth}"), pair(nth))).collect();
        pairs.extend(["OLD", "NEW"].map(|symbol| (symbol.to_string(), pair(0))));
        pairs.insert("T15".into(), Pair { is_gone: true, ..pair(1) });
        pairs.insert("A".into(), Pair::new("A"));
        let mut turn = Turn::default();
        let mut look = |named, looks| in_turn(&pairs, &mut turn, named, looks).join(" ");
        assert_eq!(look(0, 1), "T10 T11 T12 T13 T14 T16 T17 NEW");
        assert_eq!(look(0, 1), "T18 T19 T10 T11 T12 T13 T14 OLD");
        assert_eq!(look(2, 1), "T16 T17 T18 T19 T10 T11 T12 T13 T14 NEW", "each once");
        assert_eq!(look(0, 24), "T16 T17 T18 T19 T10 T11 T12 T13 T14 OLD NEW", "whoever looks rarely sees all");
        assert_eq!(in_turn(&BTreeMap::new(), &mut turn, 0, 1).len(), 0);
    }

    #[test]
    fn named_pairs_are_read_or_refused() {
        let told = |text: &str| match named(Some(&text.to_string())) {
            Ok(symbols) => symbols.into_iter().collect::<Vec<_>>().join(" "),
            Err(error) => error.to_string(),
        };
        assert_eq!(told("btcusdt, ETH/BTC;1inch-usdt"), "1INCHUSDT BTCUSDT ETHBTC");
        assert_eq!(told(" , "), "");
        assert_eq!(named(None).unwrap().len(), 0);
        let why = "`BTC` in the setting `symbols` is no pair: write them like BTCUSDT,ETHBTC";
        assert_eq!(told("BTC"), why);
        assert!(told("BTC\u{20ac}USDT").contains("is no pair"));
    }
}
