//! Fills that several sources tell: which of their rows are the same fill.
//!
//! What a broker's interface and its export both name has no common id, so it is compared by what it is: symbol, side,
//! quantity, price and whole second. Two fills that are alike in all of that are two, in each source. So of each kind of
//! alike fills there are as many as the source that has most of them says. Rows of all sources stay stored, and which of
//! them count follows from all that are there: it does not matter in which order, how often and in which windows they came.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::accounts::{Fill, Source};

/// Each fill once, from the rows of one connection: every row that has an id of its own, and of those without as many as
/// the others leave unclaimed. What was taken back is left out. In order of time.
pub fn paired(rows: impl IntoIterator<Item = Fill>) -> Vec<Fill> {
    let (takings_back, mut rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(|fill| fill.voids.is_some());
    let voided: BTreeSet<_> = takings_back.into_iter().filter_map(|fill| Some((fill.account, fill.voids?))).collect();
    rows.sort_by(|a, b| order(a).cmp(&order(b)));
    let mut claims = claims(&rows);
    rows.retain(|fill| {
        let claimed = (fill.source == Source::Csv).then(|| claims.get_mut(&alike(fill))).flatten();
        match claimed.filter(|left| **left > 0) {
            Some(left) => {
                *left -= 1;
                false
            }
            None => voided.is_empty() || !voided.contains(&(fill.account.clone(), fill.native_id.clone())),
        }
    });
    rows
}

/// What fills that are alike have in common.
fn alike(fill: &Fill) -> (String, String) {
    (fill.account.clone(), fill.match_key())
}

/// For each kind of fill that a file tells: how many rows with an id of their own there are.
fn claims(rows: &[Fill]) -> BTreeMap<(String, String), usize> {
    let told = rows.iter().filter(|fill| fill.source == Source::Csv);
    let mut claims: BTreeMap<_, usize> = told.map(|fill| (alike(fill), 0)).collect();
    if !claims.is_empty() {
        for fill in rows.iter().filter(|fill| fill.source == Source::Api) {
            if let Some(count) = claims.get_mut(&alike(fill)) {
                *count += 1;
            }
        }
    }
    claims
}

/// The order in which fills happened, as far as it can be known: by time, and by ids that count up.
pub fn order(fill: &Fill) -> impl Ord + '_ {
    (fill.at, fill.native_id.len(), &fill.native_id)
}

/// Gives ids to rows of a file that has none: what they are, and a number that tells those apart that are alike. The rows
/// are all of the file, or of whole days of it; read again, and from any other file with these days, they get the same.
pub fn numbered(rows: &mut [Fill]) {
    let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
    for fill in rows {
        let key = fill.match_key();
        let nth = seen.entry((fill.account.clone(), key.clone())).or_default();
        *nth += 1;
        fill.native_id = format!("{}: {key} #{nth}", fill.source.word());
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::model::accounts::Side;

    fn at(second: i64, millis: i64) -> Timestamp {
        Timestamp::from_millisecond((1_800_000_000 + second) * 1_000 + millis).unwrap()
    }

    fn fill(source: Source, id: &str, second: i64, millis: i64, quantity: i64) -> Fill {
        Fill {
            account: "spot".into(),
            source,
            native_id: id.into(),
            symbol: "BTCUSDT".into(),
            side: Side::Buy,
            quantity: quantity.into(),
            price: 100.into(),
            at: at(second, millis),
            time_text: String::new(),
            trade_date: None,
            kind: Some("crypto".into()),
            asset: None,
            currency: None,
            multiplier: None,
            fee: None,
            fee_asset: None,
            position_side: None,
            effect: None,
            order_id: None,
            realized_pnl: None,
            voids: None,
            note: None,
        }
    }

    /// What a table does with rows that come again.
    fn stored(rows: impl IntoIterator<Item = Fill>) -> BTreeMap<(String, Source, String), Fill> {
        rows.into_iter().map(|fill| ((fill.account.clone(), fill.source, fill.native_id.clone()), fill)).collect()
    }

    #[test]
    fn a_fill_that_was_taken_back_is_gone_with_its_twin_of_the_other_source() {
        let original = fill(Source::Api, "1", 1, 0, 5);
        let back = Fill { voids: Some("1".into()), side: Side::Sell, ..fill(Source::Api, "2", 90, 0, 5) };
        let mut exported = vec![fill(Source::Csv, "", 1, 0, 5), fill(Source::Csv, "", 7, 0, 5)];
        numbered(&mut exported);
        let left = paired([back, exported.remove(0), original, exported.remove(0)]);
        assert_eq!(left.iter().map(|fill| fill.at).collect::<Vec<_>>(), [at(7, 0)]);
    }

    #[test]
    fn keys_are_of_the_whole_second_and_of_exact_numbers() {
        let key = |second, millis| fill(Source::Api, "1", second, millis, 5).match_key();
        assert_eq!(key(1, 0), key(1, 999));
        assert_ne!(key(1, 0), key(2, 0));
        assert_eq!(key(0, 0), "BTCUSDT buy 5 @ 100 2027-01-15T08:00:00Z");
    }

    proptest! {
        /// Whatever windows of a history come, by either way, in any order and again: what all of them cover is there
        /// once, and fills that are alike are as many as there were.
        #[test]
        fn any_windows_in_any_order_leave_one_copy(
            history in prop::collection::vec((0i64..40, 0i64..1_000, 1i64..3), 0..60),
            windows in prop::collection::vec((any::<bool>(), 0i64..40, 1i64..40), 0..12),
            seed in any::<u64>(),
        ) {
            let mut history = history;
            history.sort();
            let told: Vec<Fill> = history
                .iter()
                .enumerate()
                .map(|(nth, (second, millis, quantity))| fill(Source::Api, &nth.to_string(), *second, *millis, *quantity))
                .collect();
            let mut rows = Vec::new();
            let mut covered = BTreeSet::new();
            for (is_api, from, length) in &windows {
                let within = |fill: &&Fill| (at(*from, 0)..at(from + length, 0)).contains(&fill.at);
                let mut window: Vec<Fill> = told.iter().filter(within).cloned().collect();
                covered.extend(window.iter().map(|fill| fill.native_id.clone()));
                if !is_api {
                    for row in &mut window {
                        // A file writes whole seconds, and its rows in an order of its own.
                        *row = Fill { source: Source::Csv, native_id: String::new(), at: at(0, 0), ..row.clone() };
                    }
                    let times = told.iter().filter(within).map(|fill| fill.at.as_second());
                    for (row, second) in window.iter_mut().zip(times) {
                        row.at = Timestamp::from_second(second).unwrap();
                    }
                    window.reverse();
                    numbered(&mut window);
                }
                rows.extend(window);
            }
            let again: Vec<Fill> = rows.iter().step_by(2).cloned().collect();
            rows.extend(again);
            let mut mixed = seed | 1;
            for nth in (1..rows.len()).rev() {
                mixed = mixed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                rows.swap(nth, (mixed >> 33) as usize % (nth + 1));
            }
            let keys = |fills: Vec<Fill>| {
                let mut keys: Vec<String> = fills.iter().map(Fill::match_key).collect();
                keys.sort();
                keys
            };
            let want: Vec<Fill> = told.iter().filter(|fill| covered.contains(&fill.native_id)).cloned().collect();
            prop_assert_eq!(keys(paired(stored(rows).into_values())), keys(want));
        }
    }
}
