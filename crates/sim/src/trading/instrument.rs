//! What accounts trade: coins, shares, options and currencies, each with a price of the one market.

use jiff::civil::{Date, Weekday};

use super::book::Name;
use crate::market::calendar::{DAY_SECONDS, Day, Venue, date_of, day_of};
use crate::market::{Amount, Asset, Market};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instrument {
    /// As its service spells it.
    pub symbol: String,
    pub base: Name,
    pub quote: Name,
    /// What the price is made from; of an option, what lies under it.
    pub asset: Asset,
    pub kind: Kind,
    pub multiplier: i64,
    pub price_decimals: u8,
    pub lot_decimals: u8,
    /// 100 where the market quotes in hundredths of the quote.
    pub divisor: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Coin,
    Stock,
    Fund,
    /// One currency against another.
    Money,
    Option(Contract),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    pub underlying: String,
    pub expiry: Day,
    pub strike: Amount,
    pub is_call: bool,
}

impl Instrument {
    pub fn coin(symbol: String, base: &str, quote: &str, asset: Asset, price_decimals: u8, lot: u8) -> Instrument {
        Instrument {
            symbol,
            base: base.into(),
            quote: quote.into(),
            asset,
            kind: Kind::Coin,
            multiplier: 1,
            price_decimals,
            lot_decimals: lot,
            divisor: 1,
        }
    }

    /// A stock or fund by FMP's spelling, under the name that its service gives it. London's come in pounds.
    pub fn listed(market: &Market, fmp: &str, symbol: &str, lot_decimals: u8) -> Option<Instrument> {
        let (asset, listed) = market.find_listed(fmp)?;
        let (quote, divisor) = if listed.currency == "GBp" { ("GBP", 100) } else { (listed.currency, 1) };
        let is_fund = listed.kind == crate::market::catalogue::Kind::Etf;
        Some(Instrument {
            symbol: symbol.into(),
            base: symbol.into(),
            quote: quote.into(),
            asset,
            kind: if is_fund { Kind::Fund } else { Kind::Stock },
            multiplier: 1,
            price_decimals: listed.decimals() + if divisor == 100 { 2 } else { 0 },
            lot_decimals,
            divisor,
        })
    }

    pub fn money(base: &str, quote: &str) -> Option<Instrument> {
        let asset = Market::pair(base, quote)?;
        let coin = Instrument::coin(format!("{base}.{quote}"), base, quote, asset, 5, 2);
        Some(Instrument { kind: Kind::Money, ..coin })
    }

    /// A call or put on a share: 21 characters, the root padded.
    pub fn option(underlying: &Instrument, expiry: Day, strike: Amount, is_call: bool) -> Instrument {
        let day = date_of(expiry);
        let thousandths = strike.scaled(1000, 1).plain();
        let symbol = format!(
            "{:<6}{:02}{:02}{:02}{}{thousandths:0>8}",
            underlying.symbol,
            day.year() % 100,
            day.month(),
            day.day(),
            if is_call { 'C' } else { 'P' },
        );
        Instrument {
            base: symbol.as_str().into(),
            kind: Kind::Option(Contract { underlying: underlying.symbol.clone(), expiry, strike, is_call }),
            symbol,
            multiplier: 100,
            price_decimals: 2,
            lot_decimals: 0,
            ..underlying.clone()
        }
    }

    pub fn is_coin(&self) -> bool {
        self.kind == Kind::Coin
    }

    /// Held as a position, not as money.
    pub fn is_security(&self) -> bool {
        self.kind != Kind::Money
    }

    /// Whether it can be traded at a second since 1970.
    pub fn is_open(&self, market: &Market, at: i64) -> bool {
        if let Kind::Option(contract) = &self.kind
            && at >= market.calendar.session(Venue::NewYork, contract.expiry).closes
        {
            return false;
        }
        let session = market.calendar.latest(market.venue(self.asset), at);
        session.opens <= at && at < session.closes
    }

    /// At a second since 1970.
    pub fn price(&self, market: &Market, at: i64) -> Amount {
        let spot = match self.asset {
            Asset::Pair(..) => market.pair_at(self.asset, at),
            Asset::Listed(_) => market.quote(self.asset, at).price,
        };
        let spot = spot.scaled(1, self.divisor.into());
        match &self.kind {
            Kind::Option(contract) => contract.price(spot, at),
            _ => spot.round(self.price_decimals),
        }
    }

    pub fn value(&self, quantity: Amount, price: Amount) -> Amount {
        quantity.times(price).scaled(self.multiplier.into(), 1)
    }

    pub fn tick(&self) -> Amount {
        Amount::ONE.scaled(1, 10i128.pow(self.price_decimals.into()))
    }
}

impl Contract {
    /// What it would bring at once, and 4 % of the price of what lies under it for three months of hope.
    fn price(&self, spot: Amount, at: i64) -> Amount {
        let inner = if self.is_call { spot - self.strike } else { self.strike - spot };
        let days_left = (i64::from(self.expiry) - at.div_euclid(DAY_SECONDS)).clamp(0, 365);
        let hope = spot.scaled(4 * i128::from(days_left), 100 * 90);
        let distance = (spot - self.strike).abs();
        let hope = if distance > hope { Amount::ZERO } else { hope - distance.scaled(1, 2) };
        (inner.max(Amount::ZERO) + hope).round(2).max(Amount::ONE.scaled(1, 100))
    }
}

/// The third Friday of the month that comes after next, or the last session before it.
pub fn expiry_after(market: &Market, day: Day) -> Day {
    let mut first: Date = date_of(day).first_of_month();
    for _ in 0..2 {
        first = first.last_of_month().tomorrow().unwrap_or(first);
    }
    let friday = day_of(first.nth_weekday_of_month(3, Weekday::Friday).unwrap_or(first));
    let calendar = &market.calendar;
    if calendar.is_open(Venue::NewYork, friday) { friday } else { calendar.before(Venue::NewYork, friday) }
}
