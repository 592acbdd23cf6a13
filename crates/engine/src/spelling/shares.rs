//! Shares: a ticker, its class, and where it is listed.

use super::venues::{mic_of_suffix, operating_mic, suffix_of_mic};
use super::{Kind, Parsed, SpellingError, is_word};

/// Between a ticker and its class, as one source or another writes it.
const SEPARATORS: [char; 4] = ['.', '-', ' ', '/'];

pub(super) fn parse(kind: Kind, text: &str) -> Result<Parsed, SpellingError> {
    let no_symbol = || SpellingError::Syntax(text.into());
    let (symbol, mic) = if let Some((stem, mic)) = text.split_once('@') {
        if mic.len() != 4 || !is_word(mic) {
            return Err(no_symbol());
        }
        match operating_mic(mic) {
            Some(mic) => (abroad(stem), Some(mic)),
            None => (at_home(stem), None),
        }
    } else if let Some((stem, suffix)) = text.rsplit_once('.') {
        match mic_of_suffix(suffix) {
            Some(mic) => (abroad(stem), Some(mic)),
            None if at_home(text).is_none() && is_word(stem) && is_word(suffix) => {
                let (text, stem, suffix) = (text.into(), stem.into(), format!(".{suffix}"));
                return Err(SpellingError::UnknownVenue { text, stem, suffix });
            }
            None => (at_home(text), None),
        }
    } else {
        (at_home(text), None)
    };
    let symbol = symbol.ok_or_else(no_symbol)?;
    Ok(Parsed { kind, symbol, mic: mic.map(String::from) })
}

/// A symbol of the United States: letters first, and at most one class, of one letter, or a series of preferred shares.
fn at_home(text: &str) -> Option<String> {
    let (ticker, class) = match text.split_once(SEPARATORS) {
        Some((ticker, class)) => (ticker, Some(class)),
        None => (text, None),
    };
    if !is_word(ticker) || ticker.len() > 10 || !ticker.starts_with(|c: char| c.is_ascii_uppercase()) {
        return None;
    }
    let Some(class) = class else { return Some(ticker.into()) };
    let dashed = text[ticker.len()..].starts_with('-');
    let series = class
        .strip_prefix("PR")
        .or_else(|| class.strip_prefix("P-"))
        .or_else(|| class.strip_prefix('P').filter(|_| dashed))
        .filter(|series| is_letter(series));
    match series {
        Some(series) => Some(format!("{ticker}.PR{series}")),
        None if !is_letter(class) => None,
        None if mic_of_suffix(class).is_some() => Some(format!("{ticker}-{class}")),
        None => Some(format!("{ticker}.{class}")),
    }
}

/// A symbol of a venue that is told apart from it: letters or digits, and up to two short parts behind it (`NOVO.B`,
/// `REI.UN`, `BCE.PR.A`). London fills short tickers with a dot (`BP.`).
fn abroad(text: &str) -> Option<String> {
    let text = text.strip_suffix('.').unwrap_or(text);
    let parts: Vec<&str> = text.split(SEPARATORS).collect();
    let (ticker, classes) = parts.split_first()?;
    let is_symbol = is_word(ticker)
        && ticker.len() <= 12
        && classes.len() <= 2
        && classes.iter().all(|class| is_word(class) && class.len() <= 3);
    is_symbol.then(|| parts.join("."))
}

fn is_letter(text: &str) -> bool {
    text.len() == 1 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Yahoo's spelling of a share, which FMP uses too: `BRK-B`, `BAC-PL`, `VOD.L`, `RCI-B.TO`. `None` for other kinds, which
/// the two spell differently, and for venues without a suffix.
pub fn yahoo_style(instrument: &Parsed) -> Option<String> {
    if !instrument.kind.is_share() {
        return None;
    }
    match instrument.mic.as_deref() {
        None => Some(dashed(&instrument.symbol, "-P")),
        Some(mic) => suffix_of_mic(mic).map(|suffix| format!("{}.{suffix}", instrument.symbol.replace('.', "-"))),
    }
}

/// The spelling of sources that know the United States only, with a dash before the class: `BRK-B`, `SPG-P-J`. `None`
/// for everything that is listed elsewhere.
pub fn dash_class_us(instrument: &Parsed) -> Option<String> {
    let is_listed = instrument.kind.is_share() && instrument.mic.is_none();
    is_listed.then(|| dashed(&instrument.symbol, "-P-"))
}

fn dashed(symbol: &str, preferred: &str) -> String {
    match symbol.rsplit_once(".PR") {
        Some((ticker, series)) if is_letter(series) => format!("{ticker}{preferred}{series}"),
        _ => symbol.replace('.', "-"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_written_as_their_sources_want_them() {
        for (symbol, mic, yahoo, us) in [
            ("AAPL", None, Some("AAPL"), Some("AAPL")),
            ("BRK.B", None, Some("BRK-B"), Some("BRK-B")),
            ("MKC-V", None, Some("MKC-V"), Some("MKC-V")),
            ("BAC.PRL", None, Some("BAC-PL"), Some("BAC-P-L")),
            ("VOD", Some("XLON"), Some("VOD.L"), None),
            ("RCI.B", Some("XTSE"), Some("RCI-B.TO"), None),
            ("0700", Some("XHKG"), Some("0700.HK"), None),
            ("2330", Some("XTAI"), None, None),
        ] {
            let instrument = Parsed { kind: Kind::Stock, symbol: symbol.into(), mic: mic.map(String::from) };
            assert_eq!(yahoo_style(&instrument).as_deref(), yahoo, "{symbol}");
            assert_eq!(dash_class_us(&instrument).as_deref(), us, "{symbol}");
            for text in [yahoo, us].into_iter().flatten() {
                assert_eq!(parse(Kind::Stock, text).as_ref(), Ok(&instrument), "{text}");
            }
        }
        let coin = Parsed { kind: Kind::Crypto, symbol: "BTC".into(), mic: None };
        assert_eq!((yahoo_style(&coin), dash_class_us(&coin)), (None, None));
    }
}
