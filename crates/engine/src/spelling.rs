//! One instrument, many spellings: what people and sources write becomes one description, and is written back their way.
//!
//! A text that may mean two things is an error that names both. Nothing here is a guess.

mod coins;
mod options;
mod pairs;
mod shares;
mod venues;

use std::fmt;

pub use coins::{Holding, holding};
pub use shares::{dash_class_us, yahoo_style};
pub use venues::{mic_of_suffix, operating_mic, suffix_of_mic};

/// What kind of thing an instrument is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Stock,
    Etf,
    Fund,
    Crypto,
    Option,
    Future,
    Fx,
    Cash,
}

impl Kind {
    pub const ALL: [Kind; 8] =
        [Kind::Stock, Kind::Etf, Kind::Fund, Kind::Crypto, Kind::Option, Kind::Future, Kind::Fx, Kind::Cash];

    pub const fn name(self) -> &'static str {
        match self {
            Kind::Stock => "stock",
            Kind::Etf => "etf",
            Kind::Fund => "fund",
            Kind::Crypto => "crypto",
            Kind::Option => "option",
            Kind::Future => "future",
            Kind::Fx => "fx",
            Kind::Cash => "cash",
        }
    }

    pub fn of_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name))
    }

    /// Shares of something, in the spelling of shares.
    pub const fn is_share(self) -> bool {
        matches!(self, Kind::Stock | Kind::Etf | Kind::Fund)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// An instrument as it is named here.
///
/// Symbols are in capitals. A class of shares stands behind a dot (`BRK.B`), or behind a dash where a dot would mean a
/// venue (`MKC-V`); a preferred share is `BAC.PRL`; an option is in the OCC's form without blanks; a pair of currencies has
/// six letters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Parsed {
    pub kind: Kind,
    pub symbol: String,
    /// The operating MIC (ISO 10383) of the venue; none for the United States and for what has no venue.
    pub mic: Option<String>,
}

impl Parsed {
    /// `stock:AAPL`, `stock:VOD@XLON`, `crypto:BTC`, `fx:EURUSD`, `cash:EUR`. Parsed again, it is the same.
    pub fn id(&self) -> String {
        match &self.mic {
            Some(mic) => format!("{}:{}@{mic}", self.kind, self.symbol),
            None => format!("{}:{}", self.kind, self.symbol),
        }
    }
}

/// Why a text names no instrument.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpellingError {
    #[error("`{0}` is no symbol: write it like AAPL, BRK.B, VOD.L, VOD@XLON, crypto:BTC or EUR/USD")]
    Syntax(String),
    #[error("`{text}` may be {}: write the one that it is", .meanings.join(" or "))]
    Ambiguous { text: String, meanings: Vec<String> },
    #[error("`{text}` is a price and no instrument: write crypto:{coin} for the coin")]
    Pair { text: String, coin: String },
    #[error("`{0}` is no kind of instrument: it is one of stock, etf, fund, crypto, option, future, fx, cash")]
    UnknownKind(String),
    #[error("`{text}` says {written}, but the kind was given as {given}: leave one of them out")]
    TwoKinds { text: String, written: Kind, given: Kind },
    #[error("`{suffix}` in `{text}` is no venue that is known: write {stem}@ and the four letters of its MIC")]
    UnknownVenue { text: String, stem: String, suffix: String },
    #[error("`{text}` is no {kind}: write it like {example}")]
    NotOfKind { text: String, kind: Kind, example: &'static str },
}

/// Reads what somebody wrote for an instrument: `AAPL`, `BRK B`, `VOD.L`, `crypto:BTC`, `EUR/USD`, an option.
///
/// The kind comes from a prefix (`crypto:`), or from `kind`, or from the form of the text where no other reading is
/// likely. Case does not matter: no canonical symbol differs by it.
pub fn parse_symbol(text: &str, kind: Option<Kind>) -> Result<Parsed, SpellingError> {
    let text = text.trim();
    let (kind, symbol) = match text.split_once(':') {
        None => (kind, text),
        Some((prefix, symbol)) => {
            let written = Kind::of_name(prefix).ok_or_else(|| SpellingError::UnknownKind(prefix.into()))?;
            if let Some(given) = kind.filter(|given| *given != written) {
                return Err(SpellingError::TwoKinds { text: text.into(), written, given });
            }
            (Some(written), symbol.trim())
        }
    };
    let symbol = symbol.to_ascii_uppercase();
    if symbol.is_empty() || symbol.len() > 32 || !symbol.is_ascii() {
        return Err(SpellingError::Syntax(text.into()));
    }
    match kind {
        Some(kind) => of_kind(kind, &symbol),
        None => of_any_kind(&symbol),
    }
}

fn of_kind(kind: Kind, symbol: &str) -> Result<Parsed, SpellingError> {
    let (canonical, example) = match kind {
        Kind::Stock | Kind::Etf | Kind::Fund => return shares::parse(kind, symbol),
        Kind::Crypto => (is_word(symbol).then(|| symbol.into()), "crypto:BTC, the coin alone"),
        Kind::Option => (options::canonical(symbol), "option:AAPL240621C00190000"),
        Kind::Future => (is_word(symbol).then(|| symbol.into()), "future:ESZ26"),
        Kind::Fx => (pairs::fx(symbol), "fx:EURUSD"),
        Kind::Cash => (pairs::is_code(symbol).then(|| symbol.into()), "cash:EUR"),
    };
    match canonical {
        Some(symbol) => Ok(Parsed { kind, symbol, mic: None }),
        None => Err(SpellingError::NotOfKind { text: symbol.into(), kind, example }),
    }
}

fn of_any_kind(symbol: &str) -> Result<Parsed, SpellingError> {
    if let Some(symbol) = options::canonical(symbol) {
        return Ok(Parsed { kind: Kind::Option, symbol, mic: None });
    }
    if symbol.ends_with("=X") {
        return of_kind(Kind::Fx, symbol);
    }
    if let Some((base, quote)) = pairs::written(symbol) {
        return match pairs::fx(symbol).filter(|_| [base, quote].iter().all(|code| pairs::is_currency(code))) {
            Some(symbol) => Ok(Parsed { kind: Kind::Fx, symbol, mic: None }),
            None => Err(SpellingError::Pair { text: symbol.into(), coin: base.into() }),
        };
    }
    let other = match symbol {
        _ if pairs::is_currency(symbol) => Kind::Cash,
        _ if pairs::is_coin(symbol) => Kind::Crypto,
        _ if pairs::is_two_currencies(symbol) => Kind::Fx,
        _ => return shares::parse(Kind::Stock, symbol),
    };
    let meanings = [other, Kind::Stock].map(|kind| format!("{kind}:{symbol}")).into();
    Err(SpellingError::Ambiguous { text: symbol.into(), meanings })
}

/// Letters and digits, as symbols without parts are.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, kind: Option<Kind>, want: &str) {
        match parse_symbol(text, kind) {
            Ok(parsed) => {
                assert_eq!(parsed.id(), want, "{text}");
                assert_eq!(parse_symbol(&parsed.id(), None), Ok(parsed), "the id of {text}, read again");
            }
            Err(error) => assert_eq!(error.to_string(), want, "{text}"),
        }
    }

    #[test]
    fn texts_become_instruments() {
        for (text, id) in [
            ("AAPL", "stock:AAPL"),
            (" aapl ", "stock:AAPL"),
            ("STOCK:aapl", "stock:AAPL"),
            ("etf:VWCE.DE", "etf:VWCE@XETR"),
            ("BRK.B", "stock:BRK.B"),
            ("BRK-B", "stock:BRK.B"),
            ("BRK/B", "stock:BRK.B"),
            ("BRK B", "stock:BRK.B"),
            ("MKC-V", "stock:MKC-V"),
            ("MKC.V", "stock:MKC@XTSX"),
            ("BAC-PL", "stock:BAC.PRL"),
            ("BAC PRL", "stock:BAC.PRL"),
            ("BAC.PRL", "stock:BAC.PRL"),
            ("SPG-P-J", "stock:SPG.PRJ"),
            ("VOD.L", "stock:VOD@XLON"),
            ("stock:VOD.L", "stock:VOD@XLON"),
            ("VOD@XLON", "stock:VOD@XLON"),
            ("SAP@XETA", "stock:SAP@XETR"),
            ("AAPL@XNGS", "stock:AAPL"),
            ("RDS-B.L", "stock:RDS.B@XLON"),
            ("RDS.B@XLON", "stock:RDS.B@XLON"),
            ("BP..L", "stock:BP@XLON"),
            ("RCI-B.TO", "stock:RCI.B@XTSE"),
            ("REI-UN.TO", "stock:REI.UN@XTSE"),
            ("NOVO-B.CO", "stock:NOVO.B@XCSE"),
            ("0700.HK", "stock:0700@XHKG"),
            ("7203.T", "stock:7203@XTKS"),
            ("2330@XTAI", "stock:2330@XTAI"),
            ("COP", "stock:COP"),
            ("crypto:btc", "crypto:BTC"),
            ("crypto:1INCH", "crypto:1INCH"),
            ("stock:BTC", "stock:BTC"),
            ("cash:EUR", "cash:EUR"),
            ("fx:EURUSD", "fx:EURUSD"),
            ("EUR/USD", "fx:EURUSD"),
            ("EUR.USD", "fx:EURUSD"),
            ("EUR-USD", "fx:EURUSD"),
            ("EURUSD=X", "fx:EURUSD"),
            ("fx:USD/COP", "fx:USDCOP"),
            ("ORCL  171117C00050000", "option:ORCL171117C00050000"),
            ("AAPL240621C00190000", "option:AAPL240621C00190000"),
            ("AAPL1 240621P00190500", "option:AAPL1240621P00190500"),
            ("future:ESZ26", "future:ESZ26"),
        ] {
            check(text, None, id);
        }
        check("BTC", Some(Kind::Crypto), "crypto:BTC");
        check("crypto:BTC", Some(Kind::Crypto), "crypto:BTC");
        check("VOD.L", Some(Kind::Stock), "stock:VOD@XLON");
        check("EURUSD", Some(Kind::Fx), "fx:EURUSD");
    }

    #[test]
    fn texts_with_two_meanings_ask_for_one() {
        let no_symbol =
            |text| format!("`{text}` is no symbol: write it like AAPL, BRK.B, VOD.L, VOD@XLON, crypto:BTC or EUR/USD");
        let pair = |text, coin| format!("`{text}` is a price and no instrument: write crypto:{coin} for the coin");
        for (text, why) in [
            ("BTC", "`BTC` may be crypto:BTC or stock:BTC: write the one that it is".into()),
            ("EUR", "`EUR` may be cash:EUR or stock:EUR: write the one that it is".into()),
            ("EURUSD", "`EURUSD` may be fx:EURUSD or stock:EURUSD: write the one that it is".into()),
            ("BTC-USD", pair("BTC-USD", "BTC")),
            ("wif/usdt", pair("WIF/USDT", "WIF")),
            ("ETH-BTC", pair("ETH-BTC", "ETH")),
            ("BTCUSDT", pair("BTCUSDT", "BTC")),
            (
                "2330.TW",
                "`.TW` in `2330.TW` is no venue that is known: write 2330@ and the four letters of its MIC".into(),
            ),
            (
                "NASDAQ:AAPL",
                "`NASDAQ` is no kind of instrument: it is one of stock, etf, fund, crypto, option, future, fx, cash"
                    .into(),
            ),
            ("crypto:BTC-USD", "`BTC-USD` is no crypto: write it like crypto:BTC, the coin alone".into()),
            ("fx:EUREUR", "`EUREUR` is no fx: write it like fx:EURUSD".into()),
            (
                "option:AAPL241321C00190000",
                "`AAPL241321C00190000` is no option: write it like option:AAPL240621C00190000".into(),
            ),
            ("", no_symbol("")),
            ("stock:", no_symbol("stock:")),
            ("^GSPC", no_symbol("^GSPC")),
            ("7203", no_symbol("7203")),
            ("A..B", no_symbol("A..B")),
            ("FOO-BARS", no_symbol("FOO-BARS")),
            ("VOD@LSE", no_symbol("VOD@LSE")),
            ("VOD.L@XLON@XLON", no_symbol("VOD.L@XLON@XLON")),
            (".L", no_symbol(".L")),
            ("ÄPFEL", no_symbol("ÄPFEL")),
        ] {
            check(text, None, &why);
        }
        let two = "`crypto:BTC` says crypto, but the kind was given as stock: leave one of them out";
        check("crypto:BTC", Some(Kind::Stock), two);
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_read_is_read_again_from_its_id(text in "[A-Za-z0-9@./ =^:-]{0,14}") {
            for kind in Kind::ALL.map(Some).into_iter().chain([None]) {
                if let Ok(parsed) = parse_symbol(&text, kind) {
                    proptest::prop_assert_eq!(parse_symbol(&parsed.id(), None), Ok(parsed));
                }
            }
        }
    }
}
