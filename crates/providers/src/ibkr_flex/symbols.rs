//! What is traded, as this broker names it: a category, a symbol, and where it is listed.
//!
//! A symbol alone is not unique: `VOD` is one thing in London and another in New York. So behind the symbol of what is
//! listed outside the United States stands its exchange, `VOD@LSE`.

use foliosync_engine::model::Decimal;
use foliosync_engine::spelling::{Kind, Parsed, parse_symbol};

use super::fields::Fields;
use crate::accounts::described::Thing;

/// Exchanges by the broker's codes, with their MICs. `TSE` is Toronto: Tokyo is `TSEJ`.
const ABROAD: [(&str, &str); 32] = [
    ("TSE", "XTSE"),
    ("VENTURE", "XTSX"),
    ("LSE", "XLON"),
    ("LSEETF", "XLON"),
    ("LSEIOB1", "XLON"),
    ("ISED", "XDUB"),
    ("IBIS", "XETR"),
    ("IBIS2", "XETR"),
    ("FWB", "XFRA"),
    ("SWB", "XSTU"),
    ("SBF", "XPAR"),
    ("AEB", "XAMS"),
    ("ENEXT.BE", "XBRU"),
    ("BVL", "XLIS"),
    ("BVME", "XMIL"),
    ("BM", "XMAD"),
    ("EBS", "XSWX"),
    ("VSE", "XWBO"),
    ("SFB", "XSTO"),
    ("OSE", "XOSL"),
    ("CPH", "XCSE"),
    ("HEX", "XHEL"),
    ("WSE", "XWAR"),
    ("TSEJ", "XTKS"),
    ("SEHK", "XHKG"),
    ("ASX", "XASX"),
    ("SGX", "XSES"),
    ("TASE", "XTAE"),
    ("JSE", "XJSE"),
    ("BOVESPA", "BVMF"),
    ("NSE", "XNSE"),
    ("BSE", "XBOM"),
];
/// A symbol is unique over all of these.
const AT_HOME: [&str; 12] =
    ["NYSE", "NASDAQ", "AMEX", "ARCA", "BATS", "BYX", "IEX", "PINK", "OTCLNKECN", "CBOE", "ISE", "PHLX"];

/// An instrument, as a row of a trade or a position names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    pub native: String,
    pub kind: Option<String>,
    /// What changes hands, of a pair of currencies.
    pub asset: Option<String>,
    pub multiplier: Option<Decimal>,
    pub exchange: Option<String>,
    pub currency: String,
    name: Option<String>,
    pub isin: Option<String>,
    category: Option<String>,
    /// As it is written.
    plain: String,
}

impl Symbol {
    pub fn of(fields: &Fields<'_>) -> Result<Symbol, String> {
        let plain = fields.need("symbol")?.to_string();
        let currency = fields.need("currency")?.to_string();
        let category = fields.text("assetCategory").map(str::to_ascii_uppercase);
        let exchange = fields.text("listingExchange").map(str::to_ascii_uppercase);
        let kind = category.as_deref().map(kind);
        let is_listed = !matches!(kind.as_deref(), Some("fx" | "option" | "future" | "crypto" | "bond"));
        let abroad = exchange.as_deref().filter(|code| is_listed && !AT_HOME.contains(code));
        let native = abroad.map_or_else(|| plain.clone(), |exchange| format!("{plain}@{exchange}"));
        let pair = plain.split_once('.').filter(|_| kind.as_deref() == Some("fx"));
        let multiplier = fields.number("multiplier")?.filter(|units| *units > Decimal::ZERO);
        let multiplier = multiplier.or_else(|| is_one(kind.as_deref()).then_some(Decimal::ONE));
        Ok(Symbol {
            native,
            asset: pair.filter(|(_, quote)| *quote == currency).map(|(base, _)| base.to_string()),
            multiplier,
            name: fields.text("description").map(String::from),
            isin: fields.text("isin").map(str::to_ascii_uppercase),
            exchange,
            currency,
            kind,
            category,
            plain,
        })
    }

    /// The same with the multiplier that a row's own amount of money proves. Prices of bonds are per cent of what is held,
    /// which no field says.
    pub fn settled(mut self, quantity: Decimal, price: Decimal, money: Option<Decimal>) -> Symbol {
        if self.kind.as_deref() == Some("bond") {
            let (one, hundred) = (Decimal::ONE, Decimal::from(100));
            let told = self.multiplier.unwrap_or(one);
            let part = told.checked_div(hundred);
            self.multiplier = part.into_iter().chain([told]).find(|units| {
                let worth = quantity.checked_mul(price).and_then(|worth| worth.checked_mul(*units));
                // Money is written in cents.
                let is_close = |a: Decimal, b: Decimal| a.checked_sub(b).is_some_and(|off| off.abs() <= CENT);
                worth.zip(money).is_some_and(|(worth, money)| is_close(worth.abs(), money.abs()))
            });
        }
        self
    }

    /// What it is, as far as its category and exchange prove it.
    pub fn thing(&self) -> Thing<'_> {
        let plain = self.plain.as_str();
        // Small letters stand for a currency that is glued to the symbol, and for other things.
        let is_spelled = !plain.bytes().any(|byte| byte.is_ascii_lowercase());
        let is = match (self.category.as_deref(), self.exchange.as_deref()) {
            (Some("STK"), Some(exchange)) if is_spelled => share(plain, exchange),
            (Some("OPT"), exchange) if exchange.is_none_or(|code| AT_HOME.contains(&code)) => {
                parse_symbol(plain, Some(Kind::Option)).ok().filter(|_| self.currency == "USD")
            }
            (Some("CRYPTO"), _) => parse_symbol(plain.split('.').next().unwrap_or(plain), Some(Kind::Crypto)).ok(),
            _ => None,
        };
        let currency = is.as_ref().filter(|parsed| parsed.kind != Kind::Crypto).map(|_| self.currency.clone());
        let (name, isin) = (self.name.clone(), self.isin.clone());
        Thing { currency, name, isin, ..Thing::new(&self.native, is) }
    }

    pub fn name(&self) -> Option<String> {
        self.name.clone()
    }
}

const CENT: Decimal = match Decimal::from_units(10_000_000_000_000_000) {
    Some(cent) => cent,
    None => Decimal::ZERO,
};

fn share(plain: &str, exchange: &str) -> Option<Parsed> {
    if AT_HOME.contains(&exchange) {
        let parsed = parse_symbol(&plain.replace('.', "-"), Some(Kind::Stock)).ok()?;
        return Some(parsed).filter(|parsed| parsed.mic.is_none());
    }
    let (_, mic) = ABROAD.iter().find(|(code, _)| *code == exchange)?;
    parse_symbol(&format!("{plain}@{mic}"), Some(Kind::Stock)).ok()
}

fn kind(category: &str) -> String {
    match category {
        "STK" => "stock",
        "OPT" | "FOP" => "option",
        "FUT" => "future",
        "CASH" => "fx",
        "BOND" | "BILL" => "bond",
        "FUND" => "fund",
        "CFD" => "cfd",
        "WAR" | "IOPT" => "warrant",
        "CRYPTO" => "crypto",
        other => return other.to_ascii_lowercase(),
    }
    .into()
}

/// Whether each is one of what is priced, by its nature.
fn is_one(kind: Option<&str>) -> bool {
    matches!(kind, Some("stock" | "fund" | "fx" | "crypto" | "cfd"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_symbol_is_one_thing() {
        for (category, symbol, exchange, currency, multiplier, want) in [
            ("STK", "AAPL", "NASDAQ", "USD", "1", "AAPL stock 1 stock:AAPL"),
            ("STK", "BRK B", "NYSE", "USD", "1", "BRK B stock 1 stock:BRK.B"),
            ("STK", "BAC PRL", "NYSE", "USD", "", "BAC PRL stock 1 stock:BAC.PRL"),
            ("STK", "VOD", "LSE", "GBP", "1", "VOD@LSE stock 1 stock:VOD@XLON"),
            ("STK", "VOD", "NASDAQ", "USD", "1", "VOD stock 1 stock:VOD"),
            ("STK", "SHOP", "TSE", "CAD", "1", "SHOP@TSE stock 1 stock:SHOP@XTSE"),
            ("STK", "7203", "TSEJ", "JPY", "1", "7203@TSEJ stock 1 stock:7203@XTKS"),
            ("STK", "SAPd", "IBIS", "EUR", "1", "SAPd@IBIS stock 1 asks"),
            ("STK", "AAPL", "", "USD", "1", "AAPL stock 1 asks"),
            ("STK", "XYZ", "NEWEX", "USD", "1", "XYZ@NEWEX stock 1 asks"),
            (
                "OPT",
                "VXX   110917C00005000",
                "CBOE",
                "USD",
                "100",
                "VXX   110917C00005000 option 100 option:VXX110917C00005000",
            ),
            ("OPT", "P DBK  DEC 26 5000", "DTB", "EUR", "100", "P DBK  DEC 26 5000 option 100 asks"),
            ("OPT", "VXX   110917C00005000", "", "USD", "", "VXX   110917C00005000 option ? option:VXX110917C00005000"),
            ("FUT", "ESZ6", "CME", "USD", "50", "ESZ6 future 50 asks"),
            ("CASH", "EUR.USD", "", "USD", "1", "EUR.USD fx 1 EUR asks"),
            ("CASH", "USD.EUR", "", "USD", "1", "USD.EUR fx 1 asks"),
            ("CRYPTO", "BTC.USD", "PAXOS", "USD", "1", "BTC.USD crypto 1 crypto:BTC"),
            ("BILL", "912797", "", "USD", "1", "912797 bond 1 asks"),
            ("XYZ", "Q", "", "USD", "", "Q xyz ? asks"),
            ("", "Q", "", "USD", "", "Q ? ? asks"),
        ] {
            let mut fields = Fields::default();
            for (name, value) in [
                ("assetCategory", category),
                ("symbol", symbol),
                ("listingExchange", exchange),
                ("currency", currency),
                ("multiplier", multiplier),
            ] {
                fields.add(name, value.into());
            }
            let symbol = Symbol::of(&fields).unwrap();
            let multiplier = symbol.multiplier.map_or("?".into(), |units| units.to_string());
            let asset = symbol.asset.clone().map_or(String::new(), |asset| format!(" {asset}"));
            let is = symbol.thing().is.map_or("asks".into(), |parsed| parsed.id());
            let kind = symbol.kind.as_deref().unwrap_or("?");
            assert_eq!(format!("{} {kind} {multiplier}{asset} {is}", symbol.native), want);
        }
    }

    #[test]
    fn prices_of_bonds_are_per_cent_where_their_money_says_so() {
        let mut fields = Fields::default();
        for (name, value) in [("assetCategory", "BOND"), ("symbol", "T 4"), ("currency", "USD"), ("multiplier", "1")] {
            fields.add(name, value.into());
        }
        let multiplier = |money: Option<&str>| {
            let money = money.map(|money| money.parse().unwrap());
            let symbol = Symbol::of(&fields).unwrap().settled(10_000.into(), "98.515".parse().unwrap(), money);
            symbol.multiplier.map(|units| units.to_string())
        };
        assert_eq!(multiplier(Some("9851.5")).as_deref(), Some("0.01"));
        assert_eq!(multiplier(Some("-985150")).as_deref(), Some("1"));
        assert_eq!((multiplier(Some("77")), multiplier(None)), (None, None));
    }
}
