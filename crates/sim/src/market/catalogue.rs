//! What can be bought here: well-known names with invented prices, and any number of generated ones.

use super::amount::Amount;
use super::calendar::Venue;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Stock,
    Etf,
}

/// A stock or fund at an exchange.
#[derive(Debug, Clone)]
pub struct Listed {
    /// As FMP spells it: `AAPL`, `BRK-B`, `VOD.L`.
    pub symbol: String,
    pub name: String,
    pub kind: Kind,
    pub venue: Venue,
    /// FMP's short name of the exchange.
    pub exchange: &'static str,
    /// As quoted: `GBp` is a hundredth of `GBP`.
    pub currency: &'static str,
    pub base: Amount,
    /// Millionths per day.
    pub volatility: i64,
    pub shares: i64,
    /// Shares on an average day.
    pub volume: i64,
    /// Free FMP plans answer for it.
    pub is_sample: bool,
    /// Nobody trades it: it has no price, but a previous close.
    pub is_halted: bool,
}

impl Listed {
    pub fn decimals(&self) -> u8 {
        if self.base < Amount::ONE { 4 } else { 2 }
    }

    pub fn is_american(&self) -> bool {
        self.venue == Venue::NewYork
    }
}

/// A currency, priced as one euro in it, or a coin, priced in US dollars.
#[derive(Debug, Clone, Copy)]
pub struct Money {
    pub code: &'static str,
    pub name: &'static str,
    pub is_coin: bool,
    /// Units of 10^-10.
    pub base: i64,
    /// Digits behind the point, as the ECB prints the rate, or exchanges the coin's price.
    pub decimals: u8,
    pub volatility: i64,
}

/// The halted symbol.
pub const HALTED: &str = "HALTX";

#[rustfmt::skip]
const STOCKS: &[(&str, &str, &str, i64, i64, i64, bool)] = &[
    // Symbol, name, exchange, base in cents, volatility, millions of shares, in the sample.
    ("AAPL", "Apple Inc.", "NASDAQ", 26_850, 14_000, 14_776, true),
    ("MSFT", "Microsoft Corporation", "NASDAQ", 49_700, 13_000, 7_432, true),
    ("NVDA", "NVIDIA Corporation", "NASDAQ", 18_800, 24_000, 24_300, true),
    ("GOOGL", "Alphabet Inc.", "NASDAQ", 27_900, 17_000, 5_820, true),
    ("GOOG", "Alphabet Inc.", "NASDAQ", 28_000, 17_000, 5_460, false),
    ("AMZN", "Amazon.com, Inc.", "NASDAQ", 24_440, 18_000, 10_660, true),
    ("META", "Meta Platforms, Inc.", "NASDAQ", 62_100, 19_000, 2_520, true),
    ("TSLA", "Tesla, Inc.", "NASDAQ", 42_950, 24_000, 3_330, true),
    ("NFLX", "Netflix, Inc.", "NASDAQ", 110_300, 17_000, 424, true),
    ("AMD", "Advanced Micro Devices, Inc.", "NASDAQ", 23_350, 24_000, 1_628, true),
    ("INTC", "Intel Corporation", "NASDAQ", 3_810, 23_000, 4_770, true),
    ("CSCO", "Cisco Systems, Inc.", "NASDAQ", 7_110, 12_000, 3_960, true),
    ("ADBE", "Adobe Inc.", "NASDAQ", 32_600, 17_000, 419, true),
    ("COST", "Costco Wholesale Corporation", "NASDAQ", 92_200, 11_000, 443, true),
    ("PEP", "PepsiCo, Inc.", "NASDAQ", 14_360, 9_000, 1_370, true),
    ("SBUX", "Starbucks Corporation", "NASDAQ", 8_550, 15_000, 1_137, true),
    ("PYPL", "PayPal Holdings, Inc.", "NASDAQ", 6_610, 18_000, 955, true),
    ("SHOP", "Shopify Inc.", "NASDAQ", 15_180, 24_000, 1_300, true),
    ("COIN", "Coinbase Global, Inc.", "NASDAQ", 30_910, 25_000, 269, true),
    ("PLTR", "Palantir Technologies Inc.", "NASDAQ", 17_790, 25_000, 2_380, true),
    ("HOOD", "Robinhood Markets, Inc.", "NASDAQ", 13_040, 25_000, 899, true),
    ("SOFI", "SoFi Technologies, Inc.", "NASDAQ", 2_990, 24_000, 1_207, true),
    ("ORLY", "O'Reilly Automotive, Inc.", "NASDAQ", 9_640, 11_000, 846, false),
    ("JPM", "JPMorgan Chase & Co.", "NYSE", 31_420, 12_000, 2_722, true),
    ("V", "Visa Inc.", "NYSE", 33_600, 10_000, 1_690, true),
    ("MA", "Mastercard Incorporated", "NYSE", 55_100, 10_000, 897, false),
    ("BAC", "Bank of America Corporation", "NYSE", 5_320, 13_000, 7_300, true),
    ("C", "Citigroup Inc.", "NYSE", 10_090, 14_000, 1_790, true),
    ("WFC", "Wells Fargo & Company", "NYSE", 8_620, 14_000, 3_140, true),
    ("GS", "The Goldman Sachs Group, Inc.", "NYSE", 78_600, 14_000, 300, true),
    ("BRK-B", "Berkshire Hathaway Inc.", "NYSE", 49_930, 8_000, 1_370, false),
    ("BRK-A", "Berkshire Hathaway Inc.", "NYSE", 74_860_000, 8_000, 1, false),
    ("JNJ", "Johnson & Johnson", "NYSE", 18_660, 9_000, 2_409, true),
    ("PFE", "Pfizer Inc.", "NYSE", 2_440, 12_000, 5_686, true),
    ("ABBV", "AbbVie Inc.", "NYSE", 21_900, 12_000, 1_767, true),
    ("UNH", "UnitedHealth Group Incorporated", "NYSE", 32_420, 17_000, 906, true),
    ("LLY", "Eli Lilly and Company", "NYSE", 92_450, 17_000, 945, false),
    ("KO", "The Coca-Cola Company", "NYSE", 7_050, 8_000, 4_302, true),
    ("MCD", "McDonald's Corporation", "NYSE", 29_980, 9_000, 712, false),
    ("WMT", "Walmart Inc.", "NYSE", 10_260, 11_000, 7_972, true),
    ("TGT", "Target Corporation", "NYSE", 9_140, 16_000, 454, true),
    ("DIS", "The Walt Disney Company", "NYSE", 11_070, 14_000, 1_790, true),
    ("NKE", "NIKE, Inc.", "NYSE", 6_270, 17_000, 1_478, true),
    ("T", "AT&T Inc.", "NYSE", 2_530, 10_000, 7_090, true),
    ("VZ", "Verizon Communications Inc.", "NYSE", 4_020, 10_000, 4_217, true),
    ("XOM", "Exxon Mobil Corporation", "NYSE", 11_710, 12_000, 4_220, true),
    ("CVX", "Chevron Corporation", "NYSE", 15_500, 12_000, 2_010, true),
    ("GE", "GE Aerospace", "NYSE", 30_720, 15_000, 1_055, true),
    ("BA", "The Boeing Company", "NYSE", 19_490, 17_000, 760, true),
    ("F", "Ford Motor Company", "NYSE", 1_320, 16_000, 3_985, true),
    ("GM", "General Motors Company", "NYSE", 7_090, 16_000, 933, true),
    ("UBER", "Uber Technologies, Inc.", "NYSE", 9_220, 18_000, 2_078, true),
    ("BABA", "Alibaba Group Holding Limited", "NYSE", 16_580, 21_000, 2_385, true),
    ("TSM", "Taiwan Semiconductor Manufacturing Company Limited", "NYSE", 28_660, 19_000, 5_187, true),
    ("HALTX", "Halted Example Corp.", "NASDAQ", 1_000, 10_000, 100, true),
];

#[rustfmt::skip]
const ETFS: &[(&str, &str, &str, i64, i64, i64, bool)] = &[
    ("SPY", "SPDR S&P 500 ETF Trust", "AMEX", 67_100, 9_000, 1_010, true),
    ("VOO", "Vanguard S&P 500 ETF", "AMEX", 61_700, 9_000, 1_280, false),
    ("VTI", "Vanguard Total Stock Market Index Fund ETF", "AMEX", 33_040, 9_000, 1_660, false),
    ("QQQ", "Invesco QQQ Trust", "NASDAQ", 60_900, 12_000, 652, false),
    ("IWM", "iShares Russell 2000 ETF", "AMEX", 24_130, 13_000, 290, false),
    ("VWO", "Vanguard FTSE Emerging Markets ETF", "AMEX", 5_450, 10_000, 1_830, true),
    ("BND", "Vanguard Total Bond Market Index Fund", "NASDAQ", 7_450, 3_000, 1_880, false),
    ("GLD", "SPDR Gold Shares", "AMEX", 36_810, 11_000, 360, false),
];

#[rustfmt::skip]
const LONDON: &[(&str, &str, &str, i64, i64, i64, Kind)] = &[
    // Symbol, name, unit, base in hundredths of the unit, ...
    ("VOD.L", "Vodafone Group Public Limited Company", "GBp", 9_120, 13_000, 23_800, Kind::Stock),
    ("BARC.L", "Barclays PLC", "GBp", 40_850, 15_000, 14_000, Kind::Stock),
    ("HSBA.L", "HSBC Holdings plc", "GBp", 106_400, 12_000, 17_200, Kind::Stock),
    ("GSK.L", "GSK plc", "GBp", 178_850, 11_000, 4_030, Kind::Stock),
    ("SHEL.L", "Shell plc", "GBp", 284_100, 11_000, 5_770, Kind::Stock),
    ("CPG.L", "Compass Group PLC", "USD", 3_290, 10_000, 1_697, Kind::Stock),
    ("VUSA.L", "Vanguard S&P 500 UCITS ETF", "GBP", 9_580, 9_000, 480, Kind::Etf),
];

const fn fiat(code: &'static str, name: &'static str, base: i64, decimals: u8) -> Money {
    Money { code, name, is_coin: false, base, decimals, volatility: 3_500 }
}

const fn coin(code: &'static str, name: &'static str, base: i64, decimals: u8, volatility: i64) -> Money {
    Money { code, name, is_coin: true, base, decimals, volatility }
}

/// The euro first: everything else is priced from it. In the ECB's order.
#[rustfmt::skip]
pub const MONEY: &[Money] = &[
    fiat("EUR", "Euro", 10_000_000_000, 4),
    fiat("USD", "US dollar", 11_684_000_000, 4),
    fiat("JPY", "Japanese yen", 1_807_500_000_000, 2),
    fiat("BGN", "Bulgarian lev", 19_558_000_000, 4),
    fiat("CZK", "Czech koruna", 243_780_000_000, 3),
    fiat("DKK", "Danish krone", 74_727_000_000, 4),
    fiat("GBP", "Pound sterling", 8_705_800_000, 5),
    fiat("HUF", "Hungarian forint", 3_769_000_000_000, 2),
    fiat("PLN", "Polish zloty", 42_543_000_000, 4),
    fiat("RON", "Romanian leu", 50_920_000_000, 4),
    fiat("SEK", "Swedish krona", 108_920_000_000, 4),
    fiat("CHF", "Swiss franc", 9_242_000_000, 4),
    fiat("ISK", "Icelandic krona", 1_432_000_000_000, 2),
    fiat("NOK", "Norwegian krone", 110_980_000_000, 4),
    fiat("RUB", "Russian rouble", 1_172_010_000_000, 4),
    fiat("TRY", "Turkish lira", 522_478_000_000, 4),
    fiat("AUD", "Australian dollar", 16_610_000_000, 4),
    fiat("BRL", "Brazilian real", 58_740_000_000, 4),
    fiat("CAD", "Canadian dollar", 16_177_000_000, 4),
    fiat("CNY", "Chinese yuan renminbi", 79_827_000_000, 4),
    fiat("HKD", "Hong Kong dollar", 91_507_000_000, 4),
    fiat("IDR", "Indonesian rupiah", 200_820_500_000_000, 2),
    fiat("ILS", "Israeli shekel", 35_787_000_000, 4),
    fiat("INR", "Indian rupee", 1_090_470_000_000, 4),
    fiat("KRW", "South Korean won", 17_408_600_000_000, 2),
    fiat("MXN", "Mexican peso", 203_203_000_000, 4),
    fiat("MYR", "Malaysian ringgit", 46_444_000_000, 4),
    fiat("NZD", "New Zealand dollar", 20_081_000_000, 4),
    fiat("PHP", "Philippine peso", 703_560_000_000, 3),
    fiat("SGD", "Singapore dollar", 14_912_000_000, 4),
    fiat("THB", "Thai baht", 377_280_000_000, 3),
    fiat("ZAR", "South African rand", 193_849_000_000, 4),
    coin("BTC", "Bitcoin", 923_000_000_000_000, 2, 18_000),
    coin("ETH", "Ethereum", 31_200_000_000_000, 2, 22_000),
    coin("BNB", "BNB", 9_120_000_000_000, 2, 18_000),
    coin("SOL", "Solana", 1_405_000_000_000, 2, 25_000),
    coin("XRP", "XRP", 22_400_000_000, 4, 23_000),
    coin("ADA", "Cardano", 5_000_000_000, 4, 24_000),
    coin("DOGE", "Dogecoin", 1_630_000_000, 5, 25_000),
    coin("DOT", "Polkadot", 27_700_000_000, 3, 24_000),
    coin("LINK", "Chainlink", 139_800_000_000, 2, 24_000),
    coin("LTC", "Litecoin", 961_000_000_000, 2, 21_000),
    coin("AVAX", "Avalanche", 152_000_000_000, 2, 25_000),
    coin("UNI", "Uniswap", 74_000_000_000, 3, 25_000),
    coin("ATOM", "Cosmos", 27_000_000_000, 3, 24_000),
    coin("LDO", "Lido DAO", 7_600_000_000, 4, 25_000),
    coin("SHIB", "Shiba Inu", 92_000, 8, 25_000),
    coin("1INCH", "1inch", 1_900_000_000, 4, 25_000),
    coin("POL", "Polygon", 1_550_000_000, 4, 24_000),
    coin("USDT", "Tether", 9_998_000_000, 5, 150),
    coin("USDC", "USD Coin", 9_999_000_000, 5, 100),
];

/// The price at which the ECB stopped, and the last date with a rate.
pub const DISCONTINUED: &[(&str, jiff::civil::Date)] =
    &[("RUB", jiff::civil::date(2022, 3, 1)), ("BGN", jiff::civil::date(2025, 12, 31))];

/// The known names, then `SYM00001` to `SYM` with number `generated`.
pub fn listed(generated: u32) -> Vec<Listed> {
    let american = |row: &(&str, &str, &'static str, i64, i64, i64, bool), kind| Listed {
        symbol: row.0.into(),
        name: row.1.into(),
        kind,
        venue: Venue::NewYork,
        exchange: row.2,
        currency: "USD",
        base: cents(row.3),
        volatility: row.4,
        shares: row.5 * 1_000_000,
        volume: row.5 * 4_000,
        is_sample: row.6,
        is_halted: row.0 == HALTED,
    };
    let mut all: Vec<Listed> = STOCKS.iter().map(|row| american(row, Kind::Stock)).collect();
    all.extend(ETFS.iter().map(|row| american(row, Kind::Etf)));
    all.extend(LONDON.iter().map(|row| Listed {
        venue: Venue::London,
        exchange: "LSE",
        currency: row.2,
        kind: row.6,
        ..american(&(row.0, row.1, "LSE", row.3, row.4, row.5, false), row.6)
    }));
    all.extend((1..=i64::from(generated)).map(|number| {
        let symbol = format!("SYM{number:05}");
        let name = format!("Example {number:05} Inc.");
        let base = 500 + (number * 7_919) % 49_500;
        let row = (symbol.as_str(), name.as_str(), "NASDAQ", base, 8_000 + number % 15_000, 50 + number % 950, false);
        american(&row, Kind::Stock)
    }));
    all
}

fn cents(cents: i64) -> Amount {
    Amount::from_units(i128::from(cents) * 100_000_000)
}
