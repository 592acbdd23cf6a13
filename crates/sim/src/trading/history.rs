//! What an account does by itself. Every step is drawn by the seed and decided by what is held at that moment, so that
//! nobody sells what they lack, and asking twice finds the same.

use std::sync::Arc;

use super::account::{Account, Service};
use super::book::{Amends, Entry, Fill, Flow, FlowKind, Name, Order, Wallet, What};
use super::instrument::{Instrument, Kind, expiry_after};
use crate::market::calendar::{DAY_SECONDS, Day, Venue};
use crate::market::walk::{below, mix};
use crate::market::{Amount, Market};

/// Numbers drawn one after the other, the same ones for the same step of the same account.
struct Draw {
    seed: u64,
    drawn: u64,
}

impl Draw {
    fn new(seed: u64, at: i64) -> Draw {
        Draw { seed: mix(seed, at as u64), drawn: 0 }
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.drawn += 1;
        below(self.seed, self.drawn, bound)
    }

    fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// With less money nobody buys.
const SMALLEST: i64 = 10;
/// Of more money nobody bets more: an account that doubles with each year would soon own more than numbers can say.
const LARGEST: i64 = 1_000_000;
/// Contracts of options in one order.
const CONTRACTS_MAX: i64 = 25;

/// An order and its fills, at a millisecond since 1970. Without an open market, or money and things to sell: nothing.
pub fn order(account: &mut Account, market: &Market, at: i64) {
    let mut draw = Draw::new(account.seed, at);
    let second = at / 1000;
    let open: Vec<_> =
        account.instruments.iter().filter(|instrument| instrument.is_open(market, second)).cloned().collect();
    let Some(instrument) = open.get(draw.below(open.len() as u64) as usize).cloned() else { return };
    let instrument = sometimes_an_option(account, market, instrument, second, &mut draw);
    let price = instrument.price(market, second);
    let held = account.book.latest().get(Wallet::Main, &instrument.base);
    let money = account.book.latest().get(Wallet::Main, &instrument.quote);
    let lots = |amount: Amount| amount.cut(instrument.lot_decimals);
    let affordable = |percent: u64| {
        let spent = money.min(Amount::whole(LARGEST));
        let spent = spent.scaled(percent.into(), 100 * i128::from(instrument.multiplier));
        let most = lots(spent.over(price));
        // An option that costs next to nothing is not bought by the hundred thousand.
        if instrument.multiplier > 1 { most.min(Amount::whole(CONTRACTS_MAX)) } else { most }
    };
    let can_short = matches!(instrument.symbol.as_str(), "TSLA" | "NVDA");
    let is_poor = money < Amount::whole(SMALLEST);
    let (is_buy, quantity) = if held.is_negative() {
        // Back, and sometimes over to the other side.
        let back = lots(held.abs().scaled(if draw.percent(40) { 150 } else { 100 }, 100));
        let back = if account.service == Service::Alpaca { lots(held.abs()) } else { back };
        (true, if draw.percent(30) { lots(back.scaled(1, 2)) } else { back })
    } else if instrument.kind == Kind::Money {
        // Some foreign money is bought, and some of it given back.
        let is_buy = draw.percent(60);
        (is_buy, if is_buy { affordable(2) } else { lots(held.scaled(1, 10)) })
    } else if can_short && draw.percent(20) && !is_poor {
        // Alpaca lets nobody turn a position around in one order.
        let is_closing = account.service == Service::Alpaca && held.is_positive();
        (false, if is_closing { lots(held) } else { lots(held) + affordable(3) })
    } else if held.is_positive() && (is_poor || draw.percent(45)) {
        (false, if draw.percent(25) { lots(held) } else { lots(held.scaled(draw.below(50) as i128 + 10, 100)) })
    } else {
        (true, affordable(2 + draw.below(7)))
    };
    let is_whole = instrument.lot_decimals > 0 || quantity >= Amount::ONE;
    if !quantity.is_positive() || !is_whole || (is_buy && instrument.value(quantity, price) > money) {
        return;
    }
    trade(account, market, at, &Trade { instrument, is_buy, quantity, price, parts: Parts::Drawn });
}

/// Brokers' accounts trade options on some of their shares.
fn sometimes_an_option(
    account: &mut Account,
    market: &Market,
    instrument: Arc<Instrument>,
    second: i64,
    draw: &mut Draw,
) -> Arc<Instrument> {
    let is_wanted = account.service == Service::IbkrFlex && matches!(instrument.symbol.as_str(), "AAPL" | "SPY");
    if !is_wanted || !draw.percent(40) {
        return instrument;
    }
    let spot = instrument.price(market, second);
    let strike = spot.scaled(1, 5).round(0).scaled(5, 1);
    let expiry = expiry_after(market, second.div_euclid(DAY_SECONDS) as Day);
    let is_call = draw.percent(60);
    let option = Instrument::option(&instrument, expiry, strike, is_call);
    // One that is held is sold rather than joined by another.
    let holdings = account.book.latest();
    let is_own = |one: &&Arc<Instrument>| {
        matches!(&one.kind, Kind::Option(contract) if contract.underlying == instrument.symbol)
            && one.is_open(market, second)
            && !holdings.get(Wallet::Main, &one.base).is_zero()
    };
    match account.instruments.iter().find(is_own).cloned() {
        Some(held) => held,
        None => account.learn(option),
    }
}

pub struct Trade {
    pub instrument: Arc<Instrument>,
    pub is_buy: bool,
    pub quantity: Amount,
    pub price: Amount,
    pub parts: Parts,
}

/// How many fills an order comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parts {
    Drawn,
    /// So many of the same size at the same price in the same second: nothing but their ids tells them apart.
    Same(u32),
}

/// Writes the fills of an order into the book.
pub fn trade(account: &mut Account, market: &Market, at: i64, trade: &Trade) {
    let mut draw = Draw::new(account.seed ^ 1, at);
    let instrument = &trade.instrument;
    let lots = |amount: Amount| amount.cut(instrument.lot_decimals);
    let is_maker = draw.percent(40);
    let (parts, is_same) = match trade.parts {
        Parts::Same(parts) => (i128::from(parts.max(1)), true),
        Parts::Drawn => match draw.below(20) {
            0..12 => (1, false),
            12..17 => (2, false),
            17..19 => (3, false),
            _ => (2, lots(trade.quantity.scaled(1, 2)).scaled(2, 1) == trade.quantity),
        },
    };
    let start = account.book.until(i64::MAX).last().map_or(at, |last| at.max(last.at));
    let order = Order { at: start, ordinal: count_of_orders(account, start), quantity: trade.quantity };
    let mut filled = Amount::ZERO;
    let (mut when, mut price) = (start, trade.price);
    for part in 0..parts {
        let rest = trade.quantity - filled;
        let quantity = match (part + 1 == parts, is_same) {
            (true, _) => rest,
            (_, true) => trade.quantity.scaled(1, parts),
            (_, false) => lots(rest.scaled(i128::from(30 + draw.below(50)), 100)),
        };
        if !quantity.is_positive() {
            continue;
        }
        filled = filled + quantity;
        fill(account, market, when, order, &Trade { quantity, price, ..copy(trade) }, filled, is_maker);
        if !is_same {
            when += 20 + draw.below(880) as i64;
            // The next part is a little dearer to who wants it.
            let tick = instrument.tick();
            price = if trade.is_buy { price + tick } else { (price - tick).max(tick) };
        }
    }
}

fn copy(trade: &Trade) -> Trade {
    Trade { instrument: trade.instrument.clone(), ..*trade }
}

fn count_of_orders(account: &Account, at: i64) -> u32 {
    let mut orders: Vec<_> =
        account.book.fills(i64::MAX).rev().map(|(_, fill)| fill.order).take_while(|order| order.at >= at).collect();
    orders.dedup_by_key(|order| order.ordinal);
    orders.iter().map(|order| order.ordinal + 1).max().unwrap_or(0)
}

fn fill(account: &mut Account, market: &Market, at: i64, order: Order, trade: &Trade, filled: Amount, is_maker: bool) {
    let Trade { instrument, is_buy, quantity, price, .. } = trade;
    let value = instrument.value(*quantity, *price);
    let (fee, fee_asset) = fee(account, market, at / 1000, trade, value, is_maker);
    let before = account.book.latest().get(Wallet::Main, &instrument.base);
    let fill = Fill {
        order,
        instrument: instrument.clone(),
        is_buy: *is_buy,
        quantity: *quantity,
        price: *price,
        value,
        fee,
        fee_asset,
        is_maker,
        filled,
        before,
        amends: None,
    };
    account.book.push(at, What::Fill(fill));
}

/// As the services' public fee tables have it, and in what.
fn fee(account: &Account, market: &Market, second: i64, trade: &Trade, value: Amount, maker: bool) -> (Amount, Name) {
    let instrument = &trade.instrument;
    let received = |numerator, denominator, decimals| {
        let (amount, asset) =
            if trade.is_buy { (trade.quantity, &instrument.base) } else { (value, &instrument.quote) };
        (amount.scaled(numerator, denominator).cut(decimals), asset.clone())
    };
    match account.service {
        Service::Binance => {
            let bnb: Name = "BNB".into();
            let in_bnb = account.find("BNBUSDT").filter(|_| &*instrument.quote == "USDT").map(|pair| {
                let price = pair.price(market, second);
                value.scaled(75, 100_000).over(price).cut(8)
            });
            match in_bnb.filter(|fee| account.book.latest().get(Wallet::Main, &bnb) > *fee && fee.is_positive()) {
                Some(fee) if instrument.base != bnb => (fee, bnb),
                _ => received(1, 1000, 8),
            }
        }
        // Who brings liquidity on small coins is paid for it.
        Service::Okx if maker && &*instrument.quote == "EUR" => {
            let (rebate, asset) = received(5, 100_000, 10);
            (-rebate, asset)
        }
        Service::Okx => received(if maker { 8 } else { 10 }, 10_000, 10),
        // Regulators' and coin fees follow the next day.
        Service::Alpaca => (Amount::ZERO, instrument.quote.clone()),
        Service::IbkrFlex => {
            let fee = match &instrument.kind {
                Kind::Money => Amount::whole(2),
                Kind::Option(_) => trade.quantity.scaled(65, 100).max(Amount::ONE),
                _ if &*instrument.quote == "USD" => trade.quantity.scaled(5, 1000).max(Amount::ONE),
                _ => value.scaled(5, 10_000).max(Amount::ONE),
            };
            let currency = if instrument.kind == Kind::Money { "USD".into() } else { instrument.quote.clone() };
            (fee.round(8), currency)
        }
    }
}

/// What comes once a day: money in and out, dividends, fees, options that end.
pub fn day(account: &mut Account, market: &Market, at: i64) {
    let passed = at.div_euclid(DAY_SECONDS * 1000) - i64::from(account.opened);
    match account.service {
        Service::Binance => binance_day(account, at, passed),
        Service::Okx => okx_day(account, at, passed),
        Service::Alpaca => alpaca_day(account, market, at, passed),
        Service::IbkrFlex => ibkr_day(account, market, at, passed),
    }
}

pub fn flow(account: &mut Account, at: i64, kind: FlowKind, wallet: Wallet, asset: &str, amount: Amount) {
    if !amount.is_zero() {
        account.book.push(at, What::Flow(Flow::new(kind, wallet, asset.into(), amount)));
    }
}

pub fn transfer(account: &mut Account, at: i64, from: (Wallet, &str), to: (Wallet, &str), amount: Amount) {
    flow(account, at, FlowKind::Transfer, from.0, from.1, -amount);
    flow(account, at, FlowKind::Transfer, to.0, to.1, amount);
}

/// So much of what is held, with `decimals`.
fn share(account: &Account, wallet: Wallet, asset: &str, percent: i128, decimals: u8) -> Amount {
    let held = account.book.latest().get(wallet, &asset.into());
    held.max(Amount::ZERO).scaled(percent, 100).cut(decimals)
}

fn binance_day(account: &mut Account, at: i64, passed: i64) {
    use Wallet::{Funding, Main};
    match passed {
        1 => {
            let amount = share(account, Main, "USDT", 10, 2);
            transfer(account, at, (Main, "USDT"), (Funding, "USDT"), amount);
        }
        // Lent out, which is a balance of another name in the same wallet.
        _ if passed % 30 == 5 => {
            let amount = share(account, Main, "BTC", 20, 8);
            transfer(account, at, (Main, "BTC"), (Main, "LDBTC"), amount);
        }
        _ if passed % 30 == 20 => {
            let amount = share(account, Main, "LDBTC", 100, 8);
            transfer(account, at, (Main, "LDBTC"), (Main, "BTC"), amount);
        }
        _ => {}
    }
    if passed % 7 == 0 {
        flow(account, at, FlowKind::Deposit, Main, "USDT", Amount::whole(500));
    }
    if passed % 11 == 8 {
        let amount = share(account, Main, "ETH", 25, 4);
        flow(account, at, FlowKind::Withdrawal, Main, "ETH", -amount);
    }
}

fn okx_day(account: &mut Account, at: i64, passed: i64) {
    use Wallet::{Funding, Main};
    if passed == 1 {
        let amount = share(account, Main, "USDT", 10, 2);
        transfer(account, at, (Main, "USDT"), (Funding, "USDT"), amount);
    }
    if passed % 7 == 3 {
        flow(account, at, FlowKind::Deposit, Funding, "USDT", Amount::whole(400));
    }
    if passed % 9 == 4 {
        let amount = share(account, Funding, "USDT", 50, 2);
        transfer(account, at, (Funding, "USDT"), (Main, "USDT"), amount);
    }
    if passed % 11 == 6 {
        let amount = share(account, Funding, "USDT", 10, 2);
        flow(account, at, FlowKind::Withdrawal, Funding, "USDT", -amount);
    }
}

fn alpaca_day(account: &mut Account, market: &Market, at: i64, passed: i64) {
    let cents = |units: i64| Amount::whole(units).scaled(1, 100);
    fees_of_yesterday(account, at);
    if passed % 14 == 0 {
        flow(account, at, FlowKind::Deposit, Wallet::Main, "USD", Amount::whole(1_000));
    }
    if passed % 30 == 29 {
        let amount = share(account, Wallet::Main, "USD", 2, 2);
        flow(account, at, FlowKind::Withdrawal, Wallet::Main, "USD", -amount);
    }
    if passed % 30 == 15 {
        flow(account, at, FlowKind::Interest, Wallet::Main, "USD", cents(137));
    }
    dividends(account, market, at, Amount::ZERO);
}

/// Regulators take cents of what was sold; coins cost a quarter of a percent of what was received.
fn fees_of_yesterday(account: &mut Account, at: i64) {
    let midnight = at.div_euclid(DAY_SECONDS * 1000) * DAY_SECONDS * 1000;
    let traded: Vec<Fill> = account
        .book
        .fills(at)
        .rev()
        .skip_while(|(entry, _)| entry.at >= midnight)
        .take_while(|(entry, _)| entry.at >= midnight - DAY_SECONDS * 1000)
        .map(|(_, fill)| fill.clone())
        .collect();
    for instrument in account.instruments.clone() {
        let own = || traded.iter().filter(|fill| fill.instrument == instrument);
        let sold: Amount = own().filter(|fill| !fill.is_buy).map(|fill| fill.value).sum();
        if instrument.is_coin() {
            let bought: Amount = own().filter(|fill| fill.is_buy).map(|fill| fill.quantity).sum();
            let held = account.book.latest().get(Wallet::Main, &instrument.base);
            let coins = bought.scaled(25, 10_000).cut(9).min(held.max(Amount::ZERO));
            if coins.is_positive() {
                let fee = Flow::new(FlowKind::CoinFee, Wallet::Main, instrument.base.clone(), -coins);
                let fee = Flow { instrument: Some(instrument.clone()), quantity: -coins, ..fee };
                account.book.push(at, What::Flow(fee));
            }
            charge(account, at, &instrument, sold.scaled(25, 10_000).round(2));
        } else if sold.is_positive() {
            charge(account, at, &instrument, sold.scaled(28, 1_000_000).round(2).max(Amount::ONE.scaled(1, 100)));
        }
    }
}

fn charge(account: &mut Account, at: i64, instrument: &Arc<Instrument>, amount: Amount) {
    if amount.is_positive() {
        let fee = Flow::new(FlowKind::Fee, Wallet::Main, instrument.quote.clone(), -amount);
        account.book.push(at, What::Flow(Flow { instrument: Some(instrument.clone()), ..fee }));
    }
}

/// Each share pays once in 91 days, 0.4 % of its price; `withheld`: of which the tax office takes that part.
fn dividends(account: &mut Account, market: &Market, at: i64, withheld: Amount) {
    let day = at.div_euclid(DAY_SECONDS * 1000);
    for (place, instrument) in account.instruments.clone().into_iter().enumerate() {
        let is_day = (day + place as i64 * 13) % 91 == 0;
        let held = account.book.latest().get(Wallet::Main, &instrument.base);
        if !is_day || !matches!(instrument.kind, Kind::Stock | Kind::Fund) || !held.is_positive() {
            continue;
        }
        let per_share = instrument.price(market, at / 1000).scaled(4, 1000).round(4);
        pay_dividend(account, at, &instrument, held, per_share, withheld);
    }
}

pub fn pay_dividend(
    account: &mut Account,
    at: i64,
    instrument: &Arc<Instrument>,
    quantity: Amount,
    per_share: Amount,
    withheld: Amount,
) {
    let paid = quantity.times(per_share).round(2);
    let paper = |kind, amount| Flow {
        instrument: Some(instrument.clone()),
        quantity,
        per_share,
        ..Flow::new(kind, Wallet::Main, instrument.quote.clone(), amount)
    };
    account.book.push(at, What::Flow(paper(FlowKind::Dividend, paid)));
    let tax = paid.times(withheld).round(2);
    if tax.is_positive() {
        account.book.push(at, What::Flow(paper(FlowKind::WithheldTax, -tax)));
    }
}

/// What the tax office of the source keeps of a dividend at IBKR.
pub fn withheld() -> Amount {
    Amount::ONE.scaled(15, 100)
}

fn ibkr_day(account: &mut Account, market: &Market, at: i64, passed: i64) {
    let main = Wallet::Main;
    options_that_ended(account, market, at);
    if passed % 21 == 10 {
        flow(account, at, FlowKind::Deposit, main, "USD", Amount::whole(2_500));
    }
    if passed % 60 == 45 {
        let amount = share(account, main, "USD", 1, 2);
        flow(account, at, FlowKind::Withdrawal, main, "USD", -amount);
    }
    if passed % 30 == 3 {
        let interest = share(account, main, "USD", 100, 2).scaled(25, 12_000).round(2);
        flow(account, at, FlowKind::Interest, main, "USD", interest);
        flow(account, at, FlowKind::Fee, main, "USD", -Amount::whole(10));
    }
    dividends(account, market, at, withheld());
    let mut draw = Draw::new(account.seed ^ 2, at);
    if draw.percent(10) {
        let wrong = fill_of_yesterday(account, at).map(|(entry, fill)| ((entry.at, entry.ordinal), fill.clone()));
        if let Some((of, fill)) = wrong {
            // A cent less was paid for each.
            let price = fill.price - fill.instrument.tick();
            amend(account, at, of, &fill, Some(price));
        }
    }
}

/// The last one in shares that was not amended yet.
fn fill_of_yesterday(account: &Account, at: i64) -> Option<(&Entry, &Fill)> {
    let mut day = account.book.fills(at).rev().take_while(|(entry, _)| entry.at > at - DAY_SECONDS * 1000);
    day.find(|(_, fill)| fill.amends.is_none() && fill.instrument.kind == Kind::Stock)
}

/// Takes a fill back and, with a price, states it anew.
pub fn amend(account: &mut Account, at: i64, of: (i64, u32), wrong: &Fill, price: Option<Amount>) {
    let back = Fill {
        quantity: -wrong.quantity,
        value: -wrong.value,
        fee: -wrong.fee,
        before: account.book.latest().get(Wallet::Main, &wrong.instrument.base),
        amends: Some(Amends { is_correction: false, of }),
        ..wrong.clone()
    };
    account.book.push(at, What::Fill(back));
    if let Some(price) = price {
        let right = Fill {
            price,
            value: wrong.instrument.value(wrong.quantity, price),
            before: account.book.latest().get(Wallet::Main, &wrong.instrument.base),
            amends: Some(Amends { is_correction: true, of }),
            ..wrong.clone()
        };
        account.book.push(at, What::Fill(right));
    }
}

/// Options whose last day has passed leave at a price of nothing.
fn options_that_ended(account: &mut Account, market: &Market, at: i64) {
    for instrument in account.instruments.clone() {
        let Kind::Option(contract) = &instrument.kind else { continue };
        let held = account.book.latest().get(Wallet::Main, &instrument.base);
        let closed = market.calendar.session(Venue::NewYork, contract.expiry).closes;
        if held.is_zero() || closed >= at / 1000 {
            continue;
        }
        let order = Order { at, ordinal: count_of_orders(account, at), quantity: held.abs() };
        let gone = Fill {
            order,
            instrument: instrument.clone(),
            is_buy: held.is_negative(),
            quantity: held.abs(),
            price: Amount::ZERO,
            value: Amount::ZERO,
            fee: Amount::ZERO,
            fee_asset: instrument.quote.clone(),
            is_maker: false,
            filled: held.abs(),
            before: held,
            amends: None,
        };
        account.book.push(at, What::Fill(gone));
    }
}
