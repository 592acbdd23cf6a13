//! Whatever a file holds, the checks end with an answer.

use proptest::prelude::*;

use crate::model::trades::{DAILY_LOG, REPORTING_DATA, TRADE_DATA};
use crate::model::{Batch, BatchBuilder, Decimal, Kind, Table, Value};
use crate::verify::{EXAMPLES_MAX, Status, check_block};

const MAX: i128 = 99_999_999_999_999_999_999_999_999_999_999_999_999;

/// A seed for each column of a row: which kind of extreme it takes.
fn wild(table: &'static Table, seeds: &[Vec<(u8, i128)>]) -> Batch {
    const TEXTS: [&str; 6] =
        ["", "tat", "option_omega", "||", "9223372036854775807 x | -9 y | 99999999999999999999", "é"];
    let mut builder = BatchBuilder::new(table);
    for row in seeds {
        let cells = table.columns.iter().zip(row).map(|(column, (kind, seed))| {
            if *kind == 0 && !column.required {
                return Value::Null;
            }
            let units = match kind {
                1 => MAX,
                2 => -MAX,
                3 => 0,
                4 => *seed,
                _ => seed % 1_000 * 10i128.pow(16),
            };
            match column.kind {
                Kind::Decimal => Value::Decimal(Decimal::from_units(units).unwrap()),
                Kind::Int => Value::Int(i64::try_from(units).unwrap_or(if units < 0 { i64::MIN } else { i64::MAX })),
                Kind::Date if *kind == 1 => Value::Date(jiff::civil::Date::MAX),
                Kind::Date if *kind == 2 => Value::Date(jiff::civil::Date::MIN),
                Kind::Date => Value::Date(jiff::civil::date(2025, 1, 1 + (seed.unsigned_abs() % 9) as i8)),
                _ => Value::Text(TEXTS[(seed.unsigned_abs() % 6) as usize]),
            }
        });
        builder.push_values(&cells.collect::<Vec<_>>());
    }
    builder.finish()
}

proptest! {
    #[test]
    fn no_rows_make_it_panic(
        seeds in prop::collection::vec(prop::collection::vec((0u8..8, -MAX..=MAX), 32), 0..12)
    ) {
        let (trades, days) = (wild(&TRADE_DATA, &seeds), wild(&DAILY_LOG, &seeds));
        let reported = wild(&REPORTING_DATA, &seeds);
        let found = check_block(1, "b", &trades, &days, &reported);
        for check in &found.checks {
            prop_assert!(check.failed <= check.checked && check.examples.len() <= EXAMPLES_MAX);
            prop_assert_eq!(check.status == Status::NotApplicable, check.checked == 0);
        }
    }
}
