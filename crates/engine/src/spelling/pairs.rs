//! Currencies, the coins that people know best, and pairs of either.

/// Currencies that a bare text or a pair is taken for. Others, some of which are better known as shares (`COP`, `ALL`),
/// need their kind written out.
const CURRENCIES: [&str; 34] = [
    "EUR", "USD", "JPY", "BGN", "CZK", "DKK", "GBP", "HUF", "PLN", "RON", "SEK", "CHF", "ISK", "NOK", "TRY", "AUD",
    "BRL", "CAD", "CNY", "HKD", "IDR", "ILS", "INR", "KRW", "MXN", "MYR", "NZD", "PHP", "SGD", "THB", "ZAR", "AED",
    "SAR", "TWD",
];

/// Coins whose symbol is likely to be meant when it is written alone; most are tickers of shares or funds too.
const COINS: [&str; 40] = [
    "BTC", "ETH", "USDT", "USDC", "BNB", "XRP", "SOL", "ADA", "DOGE", "TRX", "DOT", "LTC", "BCH", "LINK", "XLM", "XMR",
    "AVAX", "SHIB", "UNI", "ATOM", "ETC", "XTZ", "AAVE", "ALGO", "NEAR", "APT", "ARB", "SUI", "TON", "PEPE", "FIL",
    "ICP", "HBAR", "POL", "DAI", "FDUSD", "TUSD", "USDP", "LDO", "WBTC",
];

pub(super) fn is_currency(code: &str) -> bool {
    CURRENCIES.contains(&code)
}

pub(super) fn is_coin(symbol: &str) -> bool {
    COINS.contains(&symbol)
}

/// Whether a text has the form of an ISO 4217 code.
pub(super) fn is_code(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

pub(super) fn is_two_currencies(symbol: &str) -> bool {
    symbol.split_at_checked(3).is_some_and(|(base, quote)| is_currency(base) && is_currency(quote))
}

/// The six letters of `EURUSD`, `EUR/USD`, `EUR.USD`, `EUR-USD` or `EURUSD=X`.
pub(super) fn fx(text: &str) -> Option<String> {
    let text = text.strip_suffix("=X").unwrap_or(text);
    let (base, quote) = text.split_once(SEPARATORS).or_else(|| text.split_at_checked(3))?;
    (is_code(base) && is_code(quote) && base != quote).then(|| format!("{base}{quote}"))
}

const SEPARATORS: [char; 4] = ['/', '-', '.', ' '];

/// Base and quote of what can only be a pair: the second part is a currency or a coin, which no class of shares and no
/// venue is called; or two coins are glued together as exchanges do.
pub(super) fn written(text: &str) -> Option<(&str, &str)> {
    let is_quote = |text: &str| is_currency(text) || is_coin(text);
    if let Some((base, quote)) = text.split_once(SEPARATORS) {
        return (super::is_word(base) && is_quote(quote)).then_some((base, quote));
    }
    let glued = (3..text.len()).filter_map(|at| text.split_at_checked(at));
    glued.into_iter().find(|(base, quote)| is_coin(base) && is_quote(quote))
}
