use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::model::accounts::Source;

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// What was done, and what its fill says besides.
type Line = (&'static str, fn(Fill) -> Fill);

/// `buy 2 @ 10`, a second after the one before, with what `change` says about it.
fn fills(lines: &[Line]) -> Vec<Fill> {
    let fill = |(nth, (line, change)): (usize, &Line)| {
        let [side, quantity, _, price] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
        change(Fill {
            account: "main".into(),
            source: Source::Api,
            native_id: (nth + 1).to_string(),
            symbol: "X".into(),
            side: if side == "buy" { Side::Buy } else { Side::Sell },
            quantity: d(quantity),
            price: d(price),
            at: Timestamp::from_second(nth as i64).unwrap(),
            time_text: String::new(),
            trade_date: None,
            kind: Some("stock".into()),
            asset: None,
            currency: Some("USD".into()),
            multiplier: Some(Decimal::ONE),
            fee: None,
            fee_asset: None,
            position_side: None,
            effect: None,
            order_id: None,
            realized_pnl: None,
            voids: None,
            note: None,
        })
    };
    lines.iter().enumerate().map(fill).collect()
}

/// A line for each trip: what closed what, and what it brought.
fn told(fills: &[Fill]) -> Vec<String> {
    let or_unknown = |number: Option<Decimal>| number.map_or("?".into(), |number| number.to_string());
    let line = |trip: RoundTrip| {
        let entry = trip.entry_id.unwrap_or("?".into());
        let others: String = trip.other_fees.iter().map(|(asset, fee)| format!(" and {fee} {asset}")).collect();
        let (pnl, net) = (or_unknown(trip.pnl), or_unknown(trip.net_pnl));
        let RoundTrip { direction, position_no, quantity, exit_id, fees, .. } = trip;
        format!("{position_no}: {direction} {quantity} {entry}>{exit_id} {pnl}, fees {fees}{others}, net {net}")
    };
    of(fills).into_iter().map(line).collect()
}

fn same(fill: Fill) -> Fill {
    fill
}

fn fee_of_one(fill: Fill) -> Fill {
    Fill { fee: Some(Decimal::ONE), ..fill }
}

fn fee_in_bnb(fill: Fill) -> Fill {
    Fill { fee: Some(d("0.03")), fee_asset: Some("BNB".into()), ..fill }
}

fn contract(fill: Fill) -> Fill {
    Fill { kind: Some("option".into()), multiplier: Some(100.into()), fee: Some(d("0.65")), ..fill }
}

fn coin(fill: Fill) -> Fill {
    Fill { kind: Some("crypto".into()), asset: Some("X".into()), ..fill }
}

fn coin_with_fee_in_it(fill: Fill) -> Fill {
    Fill { fee: Some(d("0.01")), fee_asset: Some("X".into()), ..coin(fill) }
}

#[test]
fn what_came_in_first_goes_out_first() {
    let parts: &[Line] = &[("buy 2 @ 10", same), ("buy 2 @ 20", same), ("sell 3 @ 30", same), ("sell 1 @ 5", same)];
    assert_eq!(
        told(&fills(parts)),
        ["1: long 2 1>3 40, fees 0, net 40", "1: long 1 2>3 10, fees 0, net 10", "1: long 1 2>4 -15, fees 0, net -15"]
    );
    // In whatever order they are given.
    let mut turned = fills(parts);
    turned.reverse();
    assert_eq!(told(&turned), told(&fills(parts)));
}

#[test]
fn a_position_turns_over_and_numbers_its_lives() {
    let flips: &[Line] = &[("buy 1 @ 10", same), ("sell 3 @ 12", same), ("buy 5 @ 11", same), ("sell 3 @ 9", same)];
    assert_eq!(
        told(&fills(flips)),
        ["1: long 1 1>2 2, fees 0, net 2", "2: short 2 2>3 2, fees 0, net 2", "3: long 3 3>4 -6, fees 0, net -6"]
    );
}

#[test]
fn contracts_are_worth_their_multiplier() {
    let parts: &[Line] = &[("sell 2 @ 1.25", contract), ("buy 1 @ 0.5", contract), ("buy 1 @ 0", contract)];
    assert_eq!(
        told(&fills(parts)),
        ["1: short 1 1>2 75, fees 0.975, net 74.025", "1: short 1 1>3 125, fees 0.975, net 124.025"]
    );
    let unknown = |fill: Fill| Fill { multiplier: None, ..fill };
    assert_eq!(
        told(&fills(&[("buy 1 @ 1", unknown), ("sell 1 @ 2", unknown)])),
        ["1: long 1 1>2 ?, fees 0, net ?"],
        "what is not known is not guessed"
    );
}

#[test]
fn fees_are_shared_out_to_the_last_digit() {
    let parts: &[Line] =
        &[("buy 3 @ 10", fee_of_one), ("sell 1 @ 10", same), ("sell 1 @ 10", same), ("sell 1 @ 10", same)];
    let trips = of(&fills(parts));
    assert_eq!(trips.iter().map(|trip| trip.fees).sum::<Decimal>(), Decimal::ONE);
    assert_eq!(trips[0].fees, d("0.333333333333333333"));
    // A rebate is a fee below zero.
    let rebate = |fill: Fill| Fill { fee: Some(d("-0.5")), ..fill };
    assert_eq!(told(&fills(&[("buy 1 @ 10", rebate), ("sell 1 @ 10", same)])), ["1: long 1 1>2 0, fees -0.5, net 0.5"]);
}

#[test]
fn fees_in_another_asset_are_named_and_not_converted() {
    let parts: &[Line] = &[("buy 2 @ 10", fee_in_bnb), ("sell 1 @ 11", fee_of_one), ("sell 1 @ 11", same)];
    assert_eq!(
        told(&fills(parts)),
        ["1: long 1 1>2 1, fees 1 and 0.015 BNB, net ?", "1: long 1 1>3 1, fees 0 and 0.015 BNB, net ?"]
    );
}

#[test]
fn a_fee_in_the_coin_itself_leaves_less_of_it() {
    let parts: &[Line] = &[("buy 1 @ 100", coin_with_fee_in_it), ("sell 0.99 @ 200", coin)];
    // 198 came for what had cost 100.
    assert_eq!(told(&fills(parts)), ["1: long 0.99 1>2 99, fees 1, net 98"]);
    let parts: &[Line] = &[("buy 1.01 @ 100", coin), ("sell 1 @ 200", coin_with_fee_in_it)];
    // 200 came for what had cost 101.
    assert_eq!(told(&fills(parts)), ["1: long 1.01 1>2 101, fees 2, net 99"]);
}

#[test]
fn what_cannot_have_been_opened_has_no_entry() {
    let parts: &[Line] = &[("sell 1 @ 10", coin), ("buy 2 @ 5", coin), ("sell 3 @ 6", coin)];
    assert_eq!(
        told(&fills(parts)),
        ["1: long 1 ?>1 ?, fees 0, net ?", "2: long 2 2>3 2, fees 0, net 2", "3: long 1 ?>3 ?, fees 0, net ?"]
    );
    let closing = |fill: Fill| Fill { effect: Some("close".into()), ..fill };
    assert_eq!(told(&fills(&[("buy 1 @ 10", closing)])), ["1: short 1 ?>1 ?, fees 0, net ?"]);
}

#[test]
fn sides_and_accounts_are_books_of_their_own() {
    let long = |fill: Fill| Fill { position_side: Some("long".into()), ..fill };
    let short = |fill: Fill| Fill { position_side: Some("short".into()), ..fill };
    let parts: &[Line] = &[("buy 1 @ 10", long), ("sell 1 @ 11", short), ("buy 1 @ 9", short), ("sell 1 @ 12", long)];
    assert_eq!(told(&fills(parts)), ["1: long 1 1>4 2, fees 0, net 2", "2: short 1 2>3 2, fees 0, net 2"]);
    let other = |fill: Fill| Fill { account: "other".into(), ..fill };
    assert!(told(&fills(&[("buy 1 @ 10", same), ("sell 1 @ 11", other)])).is_empty());
}

#[test]
fn a_trip_between_currencies_has_no_profit() {
    let euros = |fill: Fill| Fill { currency: Some("EUR".into()), ..fee_of_one(fill) };
    assert_eq!(
        told(&fills(&[("buy 1 @ 10", fee_of_one), ("sell 1 @ 11", euros)])),
        ["1: long 1 1>2 ?, fees 0 and 1 EUR and 1 USD, net ?"]
    );
}

proptest! {
    /// What was paid and received is what round trips brought, and what is still open has cost.
    #[test]
    fn nothing_is_made_or_lost(
        deals in prop::collection::vec((any::<bool>(), 1i64..20, 1i64..1_000, -3i64..10, 0i64..5), 0..60),
    ) {
        let mut all = fills(&vec![("buy 1 @ 1", same as fn(Fill) -> Fill); deals.len()]);
        for (fill, (is_buy, quantity, price, fee, minute)) in all.iter_mut().zip(&deals) {
            fill.side = if *is_buy { Side::Buy } else { Side::Sell };
            (fill.quantity, fill.price, fill.fee) = ((*quantity).into(), (*price).into(), Some((*fee).into()));
            fill.multiplier = Some(10.into());
            fill.at = Timestamp::from_second(minute * 60).unwrap();
        }
        let trips = of(&all);
        let mut open: BTreeMap<&str, Decimal> = all.iter().map(|f| (f.native_id.as_str(), f.quantity)).collect();
        for trip in &trips {
            for id in [trip.entry_id.as_deref().unwrap(), &trip.exit_id] {
                *open.get_mut(id).unwrap() += -trip.quantity;
            }
        }
        prop_assert!(open.values().all(|left| *left >= Decimal::ZERO), "nothing is closed twice");
        let signed = |fill: &Fill, quantity: Decimal| {
            let worth = quantity.exact_mul(fill.price).unwrap().exact_mul(10.into()).unwrap();
            if fill.side == Side::Sell { worth } else { -worth }
        };
        let money: Decimal = all.iter().map(|fill| signed(fill, fill.quantity)).sum();
        let still_open: Decimal = all.iter().map(|fill| signed(fill, open[fill.native_id.as_str()])).sum();
        let pnl: Decimal = trips.iter().map(|trip| trip.pnl.unwrap()).sum();
        prop_assert_eq!(pnl, money - still_open);
        let sides: std::collections::BTreeSet<_> =
            all.iter().filter(|f| open[f.native_id.as_str()] > Decimal::ZERO).map(|f| f.side).collect();
        prop_assert!(sides.len() <= 1, "what is open is on one side");
        if still_open == Decimal::ZERO {
            let (fees, paid) = (trips.iter().map(|t| t.fees).sum::<Decimal>(), all.iter().filter_map(|f| f.fee).sum());
            prop_assert_eq!(fees, paid);
        }
    }
}
