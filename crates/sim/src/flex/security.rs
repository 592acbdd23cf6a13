//! How IBKR names what is traded: categories, numbers, exchanges.

use crate::market::Asset;
use crate::market::Market;
use crate::market::walk::seed_of;
use crate::trading::{Account, Instrument, Kind};

pub fn account_id(number: u64) -> String {
    format!("U{}", number % 10_000_000)
}

/// What every row about an instrument has in common.
pub struct Security {
    pub category: &'static str,
    pub symbol: String,
    pub description: String,
    pub conid: String,
    pub isin: String,
    pub cusip: String,
    pub exchange: &'static str,
    pub underlying: String,
    pub underlying_conid: String,
}

/// Always the same for the same symbol.
fn conid(symbol: &str) -> String {
    (seed_of(5, symbol) % 900_000_000 + 1_000_000).to_string()
}

impl Security {
    pub fn of(market: &Market, instrument: &Instrument) -> Security {
        let listed = match instrument.asset {
            Asset::Listed(place) => Some(&market.listed[place]),
            Asset::Pair(..) => None,
        };
        let exchange = match (&instrument.kind, listed.map(|listed| listed.exchange)) {
            (Kind::Option(_), _) => "CBOE",
            (_, Some("AMEX")) => "ARCA",
            (_, Some(exchange)) => exchange,
            (_, None) => "IDEALFX",
        };
        let name = listed.map(|listed| listed.name.to_uppercase());
        let (category, description) = match &instrument.kind {
            Kind::Coin => ("CRYPTO", instrument.symbol.clone()),
            Kind::Money => ("CASH", instrument.symbol.clone()),
            // Funds that are traded at an exchange count as stocks.
            Kind::Stock | Kind::Fund => ("STK", name.unwrap_or_default()),
            Kind::Option(contract) => {
                let day = crate::market::calendar::date_of(contract.expiry);
                let side = if contract.is_call { "C" } else { "P" };
                let month = day.strftime("%d%b%y").to_string().to_uppercase();
                ("OPT", format!("{} {month} {} {side}", contract.underlying, contract.strike.plain()))
            }
        };
        let is_share = category == "STK";
        let underlying = match &instrument.kind {
            Kind::Option(contract) => contract.underlying.clone(),
            _ => String::new(),
        };
        let cusip = if is_share && &*instrument.quote == "USD" { cusip(&instrument.symbol) } else { String::new() };
        Security {
            category,
            symbol: instrument.symbol.clone(),
            description,
            conid: conid(&instrument.symbol),
            isin: if is_share { isin(&instrument.quote, &instrument.symbol) } else { String::new() },
            cusip,
            exchange,
            underlying_conid: if underlying.is_empty() { String::new() } else { conid(&underlying) },
            underlying,
        }
    }
}

fn cusip(symbol: &str) -> String {
    format!("{:09}", seed_of(6, symbol) % 1_000_000_000)
}

/// Country, nine characters and a check digit over them all.
fn isin(currency: &str, symbol: &str) -> String {
    let body = format!("{}{}", if currency == "GBP" { "GB" } else { "US" }, cusip(symbol));
    let digits: Vec<u32> = body
        .chars()
        .flat_map(|c| {
            let value = c.to_digit(36).unwrap_or(0);
            if value > 9 { vec![value / 10, value % 10] } else { vec![value] }
        })
        .collect();
    let doubled = digits.iter().rev().enumerate().map(|(place, digit)| {
        let value = if place % 2 == 0 { digit * 2 } else { *digit };
        value / 10 + value % 10
    });
    let check = (10 - doubled.sum::<u32>() % 10) % 10;
    format!("{body}{check}")
}

/// One of the currency in dollars, at a second since 1970.
pub fn rate(market: &Market, currency: &str, at: i64) -> crate::market::Amount {
    if currency == "USD" {
        return crate::market::Amount::ONE;
    }
    Market::pair(currency, "USD").map(|pair| market.pair_at(pair, at).round(5)).unwrap_or_default()
}

pub fn id(account: &Account) -> String {
    account_id(account.number)
}
