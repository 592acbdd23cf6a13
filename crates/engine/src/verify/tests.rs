//! Small rows made by hand, one table of cases a check; the real exports are in `samples`.

mod engine;
mod samples;
mod wild;

use super::*;
use crate::model::{BatchBuilder, Decimal, Kind};

/// Rows of a table from the columns that matter; the others are empty, or filled in where they are required.
pub(super) fn rows(table: &'static Table, rows: &[&[(&str, &str)]]) -> Batch {
    let mut builder = BatchBuilder::new(table);
    for (line, row) in rows.iter().enumerate() {
        assert!(row.iter().all(|(name, _)| table.column(name).is_some()), "{} has {row:?}", table.full_name());
        let line = i64::try_from(line).unwrap() + 2;
        let cells = table.columns.iter().map(|column| {
            let text = row.iter().find(|(name, _)| *name == column.name).map(|(_, text)| *text);
            match (text.filter(|text| !text.is_empty()), column.kind) {
                (Some(text), Kind::Decimal) => Value::Decimal(text.parse().unwrap()),
                (Some(text), Kind::Int) => Value::Int(text.parse().unwrap()),
                (Some(text), Kind::Instant) => Value::Instant(text.parse().unwrap()),
                (Some(text), Kind::Date) => Value::Date(text.parse().unwrap()),
                (Some(text), _) => Value::Text(text),
                (None, _) if column.name == "source_line" => Value::Int(line),
                (None, _) if column.name == "occurrence" => Value::Int(1),
                (None, Kind::Int) if column.required => Value::Int(1),
                (None, Kind::Decimal) if column.required => Value::Decimal(Decimal::ZERO),
                (None, Kind::Date) if column.required => Value::Date(jiff::civil::date(2025, 1, 2)),
                (None, Kind::Text | Kind::Json) if column.required => Value::Text("x"),
                (None, _) => Value::Null,
            }
        });
        builder.push_values(&cells.collect::<Vec<_>>());
    }
    builder.finish()
}

type Row<'a> = &'a [(&'a str, &'a str)];

fn report(trades: &[Row<'_>], days: &[Row<'_>], reported: &[Row<'_>]) -> BlockReport {
    check_block(7, "b", &rows(&TRADE_DATA, trades), &rows(&DAILY_LOG, days), &rows(&REPORTING_DATA, reported))
}

fn find<'a>(report: &'a BlockReport, name: &str) -> &'a Check {
    report.checks.iter().find(|check| check.name == name).unwrap()
}

#[track_caller]
fn expect(check: &Check, status: Status, checked: usize, failed: usize, says: &str) {
    assert_eq!((check.status, check.checked, check.failed), (status, checked, failed), "{}", check.explanation);
    assert!(check.explanation.contains(says), "{}", check.explanation);
}

use Status::{Fails, Holds, NotApplicable};

/// A closed trade of two contracts: premium 420, then cost, fees and P/L.
fn trade<'a>(cost: &'a str, fees: &'a str, pl: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("date_closed", "2025-01-02"),
        ("legs", "1 Jan 2 5900 P STO 4.45 | 1 Jan 2 5800 P BTO 0.25"),
        ("premium", "420"),
        ("num_contracts", "2"),
        ("avg_closing_cost", cost),
        ("opening_commissions", fees),
        ("closing_commissions", fees),
        ("pl", pl),
    ]
}

#[test]
fn trade_profit_is_what_premium_cost_and_fees_give() {
    let check = |trades: &[(&str, &str, &str)], status, checked, failed, says| {
        let trades: Vec<_> = trades.iter().map(|(cost, fees, pl)| trade(cost, fees, pl)).collect();
        let trades: Vec<Row<'_>> = trades.iter().map(Vec::as_slice).collect();
        expect(find(&report(&trades, &[], &[]), "trade_pl"), status, checked, failed, says);
    };
    check(&[("0", "3", "834"), ("-5.5", "0", "851")], Holds, 2, 0, "P/L is after fees");
    check(&[("20", "3", "794.01")], Holds, 1, 0, "after fees");
    check(&[("20", "3", "794.02"), ("0", "3", "834")], Fails, 2, 1, "edited by hand");
    check(&[("20", "3", "800"), ("0", "3", "840")], Fails, 2, 2, "looks gross of fees");
    check(&[("20", "3", "800"), ("0", "3", "834")], Fails, 2, 1, "edited by hand");
    check(&[("0", "", "820")], Holds, 1, 0, "1 without fees in the file");
    check(&[("0", "", "819.98")], Fails, 1, 1, "up to $5");
    check(&[("", "3", "834")], NotApplicable, 0, 0, "No trade has all of");
    check(&[("", "3", "834"), ("0", "3", "834")], Holds, 1, 0, "1 left out: still open");
    check(&[], NotApplicable, 0, 0, "no trade log");
    let wrong = trade("20", "3", "1");
    let found = report(&[&wrong], &[], &[]);
    let shown = &find(&found, "trade_pl").examples[0];
    assert_eq!((shown.line, &*shown.expected, &*shown.found), (Some(2), "794", "1"));
}

#[test]
fn a_product_that_does_not_fit_is_a_failure_and_says_so() {
    let huge = [("premium", "9e19"), ("avg_closing_cost", "-9e19"), ("num_contracts", "9223372036854775807")];
    let found = report(&[&[&huge[..], &[("date_closed", "2025-01-02")]].concat()], &[], &[]);
    let check = find(&found, "trade_pl");
    expect(check, Fails, 1, 1, "1 of 1 trades");
    assert_eq!(check.examples[0].expected, "a number with more than 20 digits");
}

#[test]
fn funds_follow_from_one_closing_time_to_the_next_in_any_order_within_one() {
    let at = |time: &'static str, pl: &'static str, funds: &'static str| {
        [("date_closed", "2025-01-02"), ("time_closed", time), ("pl", pl), ("funds_at_close", funds)]
    };
    // The two at noon were booked the other way round than they are listed.
    let (first, noon_b, noon_a) =
        (at("10:00:00", "5", "105"), at("12:00:00", "20", "135"), at("12:00:00", "10", "115"));
    let (last, odd, bare) = (at("13:00:00", "-35", "100"), at("13:00:00", "-35", "99"), at("13:00:00", "-35", ""));
    let check = |rows: &[Row<'_>], status, checked, failed, says| {
        expect(find(&report(rows, &[], &[]), "trade_funds"), status, checked, failed, says);
    };
    check(&[&last, &noon_b, &noon_a, &first], Holds, 2, 0, "follow from each closing time");
    check(&[&odd, &noon_b, &noon_a, &first], Fails, 2, 1, "1 of 2 closing times");
    check(&[&bare, &first], NotApplicable, 0, 0, "Not every trade");
    check(&[&noon_b, &noon_a], NotApplicable, 0, 0, "nothing to follow");
    check(&[&[("pl", "1")], &first], NotApplicable, 0, 0, "1 left out: still open");
    let found = report(&[&odd, &first], &[], &[]);
    let shown = &find(&found, "trade_funds").examples[0];
    assert_eq!((&*shown.expected, &*shown.found), ("70", "99"));
}

fn day<'a>(date: &'a str, value: &'a str, pl: &'a str, drawdown: &'a str) -> [(&'a str, &'a str); 4] {
    [("date", date), ("net_liquidity", value), ("pl", pl), ("drawdown_pct", drawdown)]
}

#[test]
fn net_liquidity_changes_by_the_profit_of_the_day() {
    let (first, good) = (day("2025-01-02", "100", "0", ""), day("2025-01-03", "90", "-10", ""));
    let (bad, bare) = (day("2025-01-03", "90", "-9.98", ""), day("2025-01-03", "90", "", ""));
    let mut withdrew = day("2025-01-03", "60", "-10", "").to_vec();
    withdrew.push(("withdrawn", "30"));
    let check = |rows: &[Row<'_>], status, checked, failed, says| {
        expect(find(&report(&[], rows, &[]), "daily_net_liquidity"), status, checked, failed, says);
    };
    check(&[&good, &first], Holds, 1, 0, "every day");
    check(&[&first, &withdrew], Holds, 1, 0, "every day");
    check(&[&first, &bad], Fails, 1, 1, "1 of 1 days");
    check(&[&first, &bare], NotApplicable, 0, 0, "1 left out: without P/L");
    check(&[&first], NotApplicable, 0, 0, "single day");
    check(&[], NotApplicable, 0, 0, "no daily log");
}

#[test]
fn drawdown_is_the_fall_from_the_peak_as_the_file_rounds() {
    let check = |rows: &[(&str, &str, &str)], status, checked, failed, says| {
        let dates = ["2025-01-02", "2025-01-03", "2025-01-06"];
        let rows: Vec<_> = dates.iter().zip(rows).map(|(date, (value, pl, dd))| day(date, value, pl, dd)).collect();
        let rows: Vec<Row<'_>> = rows.iter().map(|row| row.as_slice()).collect();
        let found = report(&[], &rows, &[]);
        expect(find(&found, "daily_drawdown"), status, checked, failed, says);
    };
    check(&[("300", "0", "0"), ("299", "-1", "-0.33"), ("298", "-1", "-0.67")], Holds, 3, 0, "every day");
    check(&[("300", "0", "0"), ("299", "-1", "0.33"), ("301", "2", "0")], Holds, 3, 0, "every day");
    check(&[("300", "0", "0"), ("299", "-1", "-0.34")], Fails, 2, 1, "1 of 2 days");
    check(&[("300", "0", "0"), ("299", "-1", "-0.3"), ("200", "-99", "-33.3")], Holds, 3, 0, "every day");
    // Starting capital was 400.
    check(&[("300", "-100", "-25"), ("200", "-100", "-50")], Holds, 2, 0, "every day");
    check(&[("0", "0", "0"), ("300", "0", "")], NotApplicable, 0, 0, "never held anything");
    check(&[], NotApplicable, 0, 0, "no daily log");
}

fn closed<'a>(opened: &'a str, closed: &'a str, pl: &'a str) -> [(&'a str, &'a str); 3] {
    [("date_opened", opened), ("date_closed", closed), ("pl", pl)]
}

#[test]
fn trades_add_up_to_the_days_of_the_daily_log_or_the_runs_differ() {
    let (a, b) = (closed("2025-01-02", "2025-01-02", "5"), closed("2025-01-02", "2025-01-02", "-2"));
    let c = closed("2025-01-06", "2025-01-06", "4");
    let days =
        [day("2025-01-02", "103", "3", ""), day("2025-01-03", "103", "0", ""), day("2025-01-06", "107", "4", "")];
    let days: Vec<Row<'_>> = days.iter().map(|day| day.as_slice()).collect();

    let same = report(&[&a, &b, &c], &days, &[]);
    expect(find(&same, "daily_pl_of_trades"), Holds, 3, 0, "add up");
    expect(find(&same, "date_ranges"), Holds, 2, 0, "Both logs cover the same time");
    assert_eq!(same.verdict.agreement, Agreement::Agree);
    assert_eq!(
        same.verdict.text,
        "trade log and daily log agree: 0 of 3 days differ; trade log 2025-01-02 to 2025-01-06, daily log 2025-01-02 \
         to 2025-01-06"
    );

    let late = closed("2025-02-03", "2025-02-03", "9");
    let other = report(&[&a, &c, &late], &days, &[]);
    let by_day = find(&other, "daily_pl_of_trades");
    expect(by_day, Fails, 3, 1, "look like different runs");
    assert_eq!((&*by_day.examples[0].expected, &*by_day.examples[0].found), ("5 from 1 trades", "3"));
    expect(find(&other, "date_ranges"), Fails, 3, 1, "1 days with trades lie outside the daily log");
    assert_eq!(other.verdict.agreement, Agreement::DifferentRuns);
    assert!(other.verdict.text.contains("1 of 3 days differ; trade log 2025-01-02 to 2025-02-03"));
    assert_eq!(other.problems(), 2);

    // A trade log that ends early: the days that it covers agree, the rest is a matter of the ranges.
    let short = report(&[&a, &b], &days, &[]);
    expect(find(&short, "daily_pl_of_trades"), Holds, 2, 0, "1 left out");
    expect(find(&short, "date_ranges"), Fails, 2, 1, "1 days with P/L lie outside the trade log");

    let alone = report(&[&a], &[], &[]);
    expect(find(&alone, "daily_pl_of_trades"), NotApplicable, 0, 0, "both");
    expect(find(&alone, "date_ranges"), NotApplicable, 0, 0, "both");
    assert_eq!(alone.verdict.agreement, Agreement::Unknown);
}

#[test]
fn days_with_a_position_held_overnight_are_taken_together() {
    let days = [day("2025-01-02", "103", "3", ""), day("2025-01-03", "98", "-5", ""), day("2025-01-06", "99", "1", "")];
    let days: Vec<Row<'_>> = days.iter().map(|day| day.as_slice()).collect();
    let (over, same_day) = (closed("2025-01-02", "2025-01-03", "-2"), closed("2025-01-06", "2025-01-06", "1"));
    let check = |trades: &[Row<'_>], status, checked, failed, says| {
        expect(find(&report(trades, &days, &[]), "daily_pl_of_trades"), status, checked, failed, says);
    };
    check(&[&over, &same_day], Holds, 2, 0, "held overnight");
    check(&[&closed("2025-01-02", "2025-01-03", "-3"), &same_day], Fails, 2, 1, "1 of 2 stretches of days");
    // Held since before the daily log started: what it gained until then is not known.
    check(&[&closed("2024-12-31", "2025-01-03", "-9"), &same_day], Holds, 1, 0, "2 left out");
    // Never closed: nothing after its opening can be compared.
    check(&[&[("date_opened", "2025-01-02")]], NotApplicable, 0, 0, "No day can be compared");
}

/// A closed trade of three contracts with two legs.
fn executed<'a>(premium: &'a str, cost: &'a str, pl: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("layout", "option_omega"),
        ("date_closed", "2025-01-02"),
        ("legs", "3 Jan 2 5900 P STO 4.45 | 3 Jan 2 5800 P BTO 0.25"),
        ("num_contracts", "3"),
        ("initial_premium", premium),
        ("avg_closing_cost", cost),
        ("pl", pl),
    ]
}

#[test]
fn a_reporting_log_is_checked_within_what_fees_can_be() {
    let check = |row: Vec<(&str, &str)>, status, checked, failed, says| {
        expect(find(&report(&[], &[], &[&row]), "reporting_pl"), status, checked, failed, says);
    };
    check(executed("4.2", "-2.1", "612"), Holds, 1, 0, "up to $5");
    check(executed("4.2", "-2.1", "597"), Holds, 1, 0, "$1 a contract");
    check(executed("4.2", "-2.1", "633.01"), Fails, 1, 1, "do not give the P/L");
    check(executed("4.2", "-2.1", "596.99"), Fails, 1, 1, "do not give the P/L");
    check(executed("4.2", "2.1", "612"), Fails, 1, 1, "1 of them because the cost is positive");
    check(executed("4.2", "", "612"), NotApplicable, 0, 0, "1 left out");
    let tat = |open, close, commission, pl| {
        let row = [("layout", "tat"), ("date_closed", "2026-01-30"), ("num_contracts", "5"), ("opening_price", open)];
        [row.as_slice(), &[("closing_price", close), ("commission", commission), ("pl", pl)]].concat()
    };
    check(tat("-53.1", "57.05", "45.65", "1929.35"), Holds, 1, 0, "every trade");
    check(tat("-53.1", "57.05", "45.65", "1029.35"), Fails, 1, 1, "do not give");
    check(tat("2.5", "0.5", "10", "990"), Holds, 1, 0, "every trade");
    check(tat("2.5", "", "10", "990"), NotApplicable, 0, 0, "left out");
    expect(find(&report(&[], &[], &[]), "reporting_pl"), NotApplicable, 0, 0, "no reporting log");
}

#[test]
fn a_cost_in_another_unit_is_named() {
    let (absurd, mixed) = (executed("2.05", "90", "-26403"), executed("2.05", "90", "327"));
    let (good, expired) = (executed("4.2", "-2.1", "612"), executed("4.2", "0", "1242"));
    let check = |rows: &[Row<'_>], status, checked, failed, says| {
        expect(find(&report(&[], &[], rows), "reporting_units"), status, checked, failed, says);
    };
    check(&[&good, &expired], Holds, 1, 0, "the same unit");
    check(&[&absurd, &good, &expired], Fails, 2, 1, "In 1 of them the P/L counts that cost 100 times over");
    check(&[&mixed], Fails, 1, 1, "looks like dollars per contract");
    check(&[&expired], NotApplicable, 0, 0, "whose unit could be told");
    check(&[&executed("4.2", "-2.1", "9999")], NotApplicable, 0, 0, "1 left out: their P/L cannot be explained");
    check(&[], NotApplicable, 0, 0, "no reporting log");
    let found = report(&[], &[], &[&absurd]);
    expect(find(&found, "reporting_pl"), Fails, 1, 1, "see reporting_units");
}

#[test]
fn twins_are_mentioned_and_are_no_problem() {
    let found = report(&[&[], &[("occurrence", "2")]], &[], &[]);
    let check = find(&found, "duplicates");
    expect(check, Holds, 2, 0, "1 of 2 rows repeat");
    assert_eq!((check.examples[0].line, &*check.examples[0].found), (Some(3), "2 in the trade log"));
    expect(find(&report(&[], &[], &[]), "duplicates"), NotApplicable, 0, 0, "no rows");
    assert_eq!(report(&[], &[], &[]).problems(), 0);
}

#[test]
fn a_report_is_camel_case_with_statuses_that_scripts_can_match() {
    let json = serde_json::to_value(report(&[&trade("20", "3", "1")], &[], &[])).unwrap();
    assert_eq!((&json["blockId"], &json["connection"]), (&"b".into(), &7.into()));
    let check = &json["checks"][0];
    assert_eq!((&check["name"], &check["status"]), (&"trade_pl".into(), &"fails".into()));
    assert_eq!(check["examples"][0]["date"], "2025-01-02");
    assert_eq!(json["checks"][2]["status"], "not_applicable");
    assert_eq!(json["verdict"]["agreement"], "unknown");
}
