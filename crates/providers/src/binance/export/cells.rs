//! Amounts of exported files, which may have the name of their coin glued to them, and coins whose names begin with
//! digits: `51INCH` is five of 1INCH.

use foliosync_engine::model::Decimal;

use crate::csv;

/// Coins that a number seems to run into.
const DIGITS_FIRST: [&str; 7] = ["1000CHEEMS", "1MBABYDOGE", "1000SATS", "1000CAT", "1INCH", "0G", "2Z"];
/// What pairs end with, where nothing else tells how they are split. The longest that fits is meant.
const QUOTES: [&str; 34] = [
    "USDT", "USDC", "FDUSD", "BUSD", "TUSD", "USDP", "USDS", "USD1", "PAX", "DAI", "UST", "VAI", "IDRT", "BIDR",
    "BVND", "BKRW", "BTC", "ETH", "BNB", "XRP", "TRX", "DOGE", "SOL", "EUR", "GBP", "TRY", "BRL", "AUD", "RUB", "UAH",
    "ZAR", "PLN", "JPY", "MXN",
];

/// A number with commas between thousands or without; `None` for anything else.
pub fn number(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let is_plain = text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','));
    if is_plain { csv::decimal(text).ok().flatten() } else { None }
}

fn of(text: &str, asset: &str) -> Option<Decimal> {
    number(text.trim().strip_suffix(asset)?)
}

/// What a row of glued amounts is about.
#[derive(Debug, PartialEq, Eq)]
pub struct Split<'a> {
    pub base: &'a str,
    pub quote: &'a str,
    pub quantity: Decimal,
    pub total: Decimal,
}

/// Splits a pair where the first amount ends with its beginning and the second with its rest.
pub fn split<'a>(pair: &'a str, quantity: &str, total: &str) -> Result<Split<'a>, String> {
    let mut fits = pair.char_indices().skip(1).filter_map(|(at, _)| {
        let (base, quote) = pair.split_at(at);
        Some(Split { base, quote, quantity: of(quantity, base)?, total: of(total, quote)? })
    });
    match (fits.next(), fits.next()) {
        (Some(split), None) => Ok(split),
        (None, _) => Err(format!("its amounts {} and {} are not of its pair", csv::shown(quantity), csv::shown(total))),
        (Some(_), Some(_)) => Err(format!("its amounts fit the pair {} in two ways", csv::shown(pair))),
    }
}

/// How a pair is split where its row does not say.
pub fn split_by_quote<'a>(pair: &'a str, fee_asset: Option<&str>) -> Option<(&'a str, &'a str)> {
    // A fee is taken from what was received, unless it is taken in BNB.
    let fee_asset = fee_asset.filter(|asset| *asset != "BNB");
    let by_fee = fee_asset.and_then(|asset| match (pair.strip_prefix(asset), pair.strip_suffix(asset)) {
        (Some(quote), None) => Some((&pair[..asset.len()], quote)),
        (None, Some(base)) => Some((base, &pair[base.len()..])),
        _ => None,
    });
    let quote = QUOTES.iter().filter(|quote| pair.ends_with(*quote)).max_by_key(|quote| quote.len());
    let by_list = || quote.map(|quote| pair.split_at(pair.len() - quote.len()));
    by_fee.or_else(by_list).filter(|(base, quote)| !base.is_empty() && !quote.is_empty())
}

/// A fee with its coin; nothing for an empty text.
pub fn fee(text: &str, base: &str, quote: &str) -> Result<Option<(Decimal, String)>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let likely = [base, quote, "BNB"].into_iter().chain(DIGITS_FIRST);
    if let Some((asset, fee)) = likely.filter_map(|asset| Some((asset, of(text, asset)?))).max_by_key(|(a, _)| a.len())
    {
        return Ok(Some((fee, asset.into())));
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',')).unwrap_or(text.len());
    let (amount, asset) = text.split_at(end);
    let is_name = !asset.is_empty() && asset.chars().all(char::is_alphanumeric);
    match number(amount).filter(|_| is_name) {
        Some(fee) => Ok(Some((fee, asset.into()))),
        None => Err(format!("its fee {} is no amount of a coin", csv::shown(text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_told_from_their_coins() {
        let check = |pair: &str, quantity: &str, total: &str, want: &str| {
            let told = match split(pair, quantity, total) {
                Ok(Split { base, quote, quantity, total }) => format!("{quantity} {base} for {total} {quote}"),
                Err(why) => why,
            };
            assert_eq!(told, want, "{pair} {quantity} {total}");
        };
        check("VETUSDT", "43.7000000000VET", "10.01472900USDT", "43.7 VET for 10.014729 USDT");
        check("1INCHUSDT", "51INCH", "17.00000000USDT", "5 1INCH for 17 USDT");
        check("1INCHUSDT", "10.51INCH", "1USDT", "10.5 1INCH for 1 USDT");
        check("1000SATSUSDT", "21000SATS", "1USDT", "2 1000SATS for 1 USDT");
        check("BTCUSDT", "1,000.5BTC", "\u{a0}11,426USDT", "1000.5 BTC for 11426 USDT");
        check("币安人生USDT", "7币安人生", "1USDT", "7 币安人生 for 1 USDT");
        check("BTCUSDT", "1ETH", "1USDT", "its amounts \"1ETH\" and \"1USDT\" are not of its pair");
        check("BTCUSDT", "BTC", "1USDT", "its amounts \"BTC\" and \"1USDT\" are not of its pair");
        check("BTCUSDT", "-1BTC", "1USDT", "its amounts \"-1BTC\" and \"1USDT\" are not of its pair");
        check("1111", "211", "5111", "its amounts fit the pair \"1111\" in two ways");
    }

    #[test]
    fn fees_have_their_coins() {
        let check = |text: &str, want: &str| {
            let told = match fee(text, "1INCH", "USDT") {
                Ok(fee) => fee.map_or("none".into(), |(fee, asset)| format!("{fee} {asset}")),
                Err(why) => why,
            };
            assert_eq!(told, want, "{text}");
        };
        check("0.0051INCH", "0.005 1INCH");
        check("0.9USDT", "0.9 USDT");
        check("0.0000114300BNB", "0.00001143 BNB");
        check("0.51000SATS", "0.5 1000SATS");
        check("1,000.25DOGE", "1000.25 DOGE");
        check("", "none");
        check("0.1", "its fee \"0.1\" is no amount of a coin");
        check("DOGE", "its fee \"DOGE\" is no amount of a coin");
        check("-0.1DOGE", "its fee \"-0.1DOGE\" is no amount of a coin");
    }

    #[test]
    fn pairs_are_split_by_what_they_end_with() {
        for (pair, fee, want) in [
            ("ZENBTC", Some("BTC"), Some(("ZEN", "BTC"))),
            ("ZENBTC", Some("ZEN"), Some(("ZEN", "BTC"))),
            ("BNBUSDT", Some("BNB"), Some(("BNB", "USDT"))),
            ("ETHBTC", Some("BNB"), Some(("ETH", "BTC"))),
            ("BTCFDUSD", None, Some(("BTC", "FDUSD"))),
            ("XYZ", None, None),
            ("USDT", None, None),
        ] {
            assert_eq!(split_by_quote(pair, fee), want, "{pair} {fee:?}");
        }
    }
}
