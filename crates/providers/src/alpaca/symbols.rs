//! Symbols as this broker spells them: shares, coins by what they are paid with, and options.

use foliosync_engine::spelling::{Kind, parse_symbol};

use crate::accounts::described::Thing;

/// The broker trades in dollars, but for some coins.
const DOLLAR: &str = "USD";
/// What coins are paid with, the longer names first.
const PAID_WITH: [&str; 5] = ["USDT", "USDC", "USDG", "USD", "BTC"];
/// Letters that a share's symbol has at most.
const SHARE_LETTERS_MAX: usize = 5;
/// Shares in a contract, unless it was adjusted to something else.
const CONTRACT: i64 = 100;

/// What a symbol says of its instrument.
pub struct Symbol {
    /// Coins always with their slash: positions leave it out, orders do not.
    pub native: String,
    pub kind: Option<&'static str>,
    pub currency: String,
    pub multiplier: Option<i64>,
}

impl Symbol {
    /// `class` is the broker's, where it says so.
    pub fn of(text: &str, class: Option<&str>) -> Symbol {
        let plain = |kind| Symbol { native: text.into(), kind, currency: DOLLAR.into(), multiplier: Some(1) };
        match class {
            Some("crypto") => pair(text, true).unwrap_or_else(|| plain(Some("crypto"))),
            Some("us_equity") => plain(Some("stock")),
            Some("us_option") => option(text).unwrap_or(Symbol { multiplier: None, ..plain(Some("option")) }),
            // What it is nobody knows, nor how much of it one is.
            Some(_) => Symbol { multiplier: None, ..plain(None) },
            None => pair(text, false).or_else(|| option(text)).unwrap_or_else(|| plain(Some("stock"))),
        }
    }

    /// What it is, as far as its spelling proves it.
    pub fn thing(&self) -> Thing<'_> {
        let is = match (self.kind, self.native.split_once('/')) {
            (Some("crypto"), Some((coin, _))) => parse_symbol(coin, Some(Kind::Crypto)).ok(),
            // A dot is a class of shares here, and never a venue.
            (Some("stock"), _) => parse_symbol(&self.native.replace('.', "-"), Some(Kind::Stock)).ok(),
            (Some("option"), _) => parse_symbol(&self.native, Some(Kind::Option)).ok(),
            _ => None,
        };
        // A coin has no currency of its own: each market has one.
        let currency = is.as_ref().filter(|parsed| parsed.kind != Kind::Crypto).map(|_| self.currency.clone());
        Thing { currency, ..Thing::new(&self.native, is) }
    }
}

/// `LTC/USD`, also where the slash is left out. Without it, only what is too long for a share is a pair, unless the
/// broker says that it is one.
fn pair(text: &str, is_coin: bool) -> Option<Symbol> {
    let (coin, quote) = match text.split_once('/') {
        Some(parts) => parts,
        None => {
            let is_word = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
            let is_pair = is_word && (is_coin || text.len() > SHARE_LETTERS_MAX);
            let quote = PAID_WITH.into_iter().find(|quote| text.len() > quote.len() && text.ends_with(quote))?;
            is_pair.then(|| (&text[..text.len() - quote.len()], quote))?
        }
    };
    let native = format!("{coin}/{quote}");
    Some(Symbol { native, kind: Some("crypto"), currency: quote.into(), multiplier: Some(1) })
}

/// An option in the OCC's form. One with a digit in its root was adjusted, so that what it delivers is not known.
fn option(text: &str) -> Option<Symbol> {
    let parsed = parse_symbol(text, Some(Kind::Option)).ok()?;
    let root = parsed.symbol.len().checked_sub(15).and_then(|end| parsed.symbol.get(..end))?;
    let multiplier = (!root.bytes().any(|byte| byte.is_ascii_digit())).then_some(CONTRACT);
    Some(Symbol { native: text.into(), kind: Some("option"), currency: DOLLAR.into(), multiplier })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_has_one_spelling() {
        for (text, class, want) in [
            ("AAPL", None, "AAPL stock USD 1 stock:AAPL"),
            ("AAPL", Some("us_equity"), "AAPL stock USD 1 stock:AAPL"),
            ("BRK.B", Some("us_equity"), "BRK.B stock USD 1 stock:BRK.B"),
            ("BAC.PRL", Some("us_equity"), "BAC.PRL stock USD 1 stock:BAC.PRL"),
            // Not London.
            ("ABC.L", Some("us_equity"), "ABC.L stock USD 1 stock:ABC-L"),
            ("LTC/USD", None, "LTC/USD crypto USD 1 crypto:LTC"),
            ("LTCUSD", Some("crypto"), "LTC/USD crypto USD 1 crypto:LTC"),
            ("LTCUSD", None, "LTC/USD crypto USD 1 crypto:LTC"),
            ("BTCUSDT", None, "BTC/USDT crypto USDT 1 crypto:BTC"),
            ("ETHBTC", None, "ETH/BTC crypto BTC 1 crypto:ETH"),
            ("ETH/BTC", Some("crypto"), "ETH/BTC crypto BTC 1 crypto:ETH"),
            // Five letters may be a share, and its class says when they are not.
            ("XUSD", None, "XUSD stock USD 1 stock:XUSD"),
            ("OPUSD", Some("crypto"), "OP/USD crypto USD 1 crypto:OP"),
            ("AAPL240621C00190000", None, "AAPL240621C00190000 option USD 100 option:AAPL240621C00190000"),
            (
                "AAPL1240621C00190000",
                Some("us_option"),
                "AAPL1240621C00190000 option USD ? option:AAPL1240621C00190000",
            ),
            ("WHAT", Some("us_future"), "WHAT ? USD ? asks"),
        ] {
            let symbol = Symbol::of(text, class);
            let is = symbol.thing().is.map_or("asks".into(), |parsed| parsed.id());
            let multiplier = symbol.multiplier.map_or("?".into(), |units| units.to_string());
            let kind = symbol.kind.unwrap_or("?");
            let got = format!("{} {kind} {} {multiplier} {is}", symbol.native, symbol.currency);
            assert_eq!(got, want, "{text} as {class:?}");
        }
    }
}
