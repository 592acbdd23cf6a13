//! What a Trade Automation Toolbox row does not say outright.

use std::borrow::Cow;

use foliosync_engine::model::{Decimal, Table};

use crate::csv::{Cell, Header, Row, decimal};

/// Works out legs and premium, and the strategy of a row without a template. The columns it reads stay in `extra`.
pub struct TatColumns {
    strategy: Option<usize>,
    total_premium: Option<usize>,
    /// With what each strike is in the words of Option Omega's legs.
    strikes: Vec<(usize, &'static str)>,
    strategy_at: usize,
    legs_at: usize,
    contracts_at: usize,
    premium_at: usize,
}

const STRIKES: [(&str, &str); 4] =
    [("shortput", "P STO"), ("longput", "P BTO"), ("shortcall", "C STO"), ("longcall", "C BTO")];

impl TatColumns {
    pub fn of(table: &Table, header: &Header) -> TatColumns {
        let at = |column: &str| table.column(column).expect("reporting rows have these columns");
        TatColumns {
            strategy: header.position("strategy"),
            total_premium: header.position("totalpremium"),
            strikes: STRIKES.iter().filter_map(|(key, side)| Some((header.position(key)?, *side))).collect(),
            strategy_at: at("strategy"),
            legs_at: at("legs"),
            contracts_at: at("num_contracts"),
            premium_at: at("initial_premium"),
        }
    }

    pub fn fill<'a>(&self, row: &Row<'a>, cells: &mut [Cell<'a>]) -> Result<(), String> {
        if let (Cell::Null, Some(column)) = (&cells[self.strategy_at], self.strategy) {
            let strategy = row.value(column);
            if !strategy.trim().is_empty() {
                cells[self.strategy_at] = Cell::Text(strategy);
            }
        }
        if let (Some(column), Cell::Int(quantity)) = (self.total_premium, &cells[self.contracts_at]) {
            let total = decimal(&row.value(column)).map_err(|reason| format!("TotalPremium {reason}"))?;
            // Rounded half to even at 18 decimals; a quantity of 0 has no premium per contract.
            let premium = total.and_then(|total| total.checked_div(Decimal::from(*quantity)));
            cells[self.premium_at] = premium.map_or(Cell::Null, Cell::Decimal);
        }
        let mut legs = Vec::new();
        for (column, side) in &self.strikes {
            let strike = decimal(&row.value(*column)).map_err(|reason| format!("the strike of {side} {reason}"))?;
            // 0 stands for "no such leg".
            if let Some(strike) = strike.filter(|strike| *strike != Decimal::ZERO) {
                legs.push(format!("{strike} {side}"));
            }
        }
        if !legs.is_empty() {
            cells[self.legs_at] = Cell::Text(Cow::Owned(legs.join(" | ")));
        }
        Ok(())
    }
}
