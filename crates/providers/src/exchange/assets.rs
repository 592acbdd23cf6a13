//! What is held at an exchange: coins, and some currencies.

use std::collections::BTreeSet;

use foliosync_engine::model::Decimal;
use foliosync_engine::model::accounts::{Balance, Held};
use foliosync_engine::provider::Change;
use foliosync_engine::spelling::{Kind, holding, parse_symbol};
use jiff::civil::Date;

use crate::accounts::described::{self, Thing};

/// Currencies that exchanges hold in their own names. Whatever else they hold is a coin.
const CURRENCIES: [&str; 24] = [
    "AED", "ARS", "AUD", "BRL", "CAD", "CHF", "COP", "CZK", "EUR", "GBP", "HKD", "IDR", "JPY", "KZT", "MXN", "NGN",
    "PLN", "RON", "RUB", "SGD", "TRY", "UAH", "USD", "ZAR",
];

pub fn kind(asset: &str) -> &'static str {
    if CURRENCIES.contains(&asset) { "cash" } else { "crypto" }
}

/// Assets that are held and were not before, or that are `open`: nobody could tell what they are then.
fn new<'a>(stored: &[Balance], answered: &'a [Balance], open: &BTreeSet<String>) -> BTreeSet<&'a str> {
    let known: BTreeSet<&str> = stored.iter().map(|row| row.asset.as_str()).collect();
    let is_new = |asset: &&str| !known.contains(asset) || open.contains(*asset);
    answered.iter().filter(|row| !row.is_nothing()).map(|row| row.asset.as_str()).filter(is_new).collect()
}

/// New assets that may be receipts for coins that were lent out, which only the exchange's list of coins can tell.
pub fn needs_listing(stored: &[Balance], answered: &[Balance], open: &BTreeSet<String>) -> BTreeSet<String> {
    let may_be_lent = |asset: &&&str| asset.len() > 2 && asset.starts_with("LD") && **asset != "LDO";
    new(stored, answered, open).iter().filter(may_be_lent).map(|asset| asset.to_string()).collect()
}

/// Says what the new ones among the answered assets are, by the exchange's own list of coins.
pub fn described(
    provider: &str,
    stored: &[Balance],
    answered: &[Balance],
    open: &BTreeSet<String>,
    on: Date,
    is_listed: impl Fn(&str) -> bool,
) -> Vec<Change> {
    let thing = |asset: &'_ str| {
        if kind(asset) == "cash" {
            return (parse_symbol(asset, Some(Kind::Cash)).ok(), None);
        }
        let of = holding(asset, on, &is_listed);
        (parse_symbol(&of.coin, Some(Kind::Crypto)).ok(), Some(of.factor).filter(|factor| *factor != Decimal::ONE))
    };
    let things: Vec<Thing<'_>> = new(stored, answered, open)
        .into_iter()
        .map(|asset| {
            let (is, factor) = thing(asset);
            Thing { factor, ..Thing::new(asset, is) }
        })
        .collect();
    described::changes(provider, &things)
}
