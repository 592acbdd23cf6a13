//! What an answer says, whichever of its forms the bank has given it.

use std::collections::BTreeMap;

use foliosync_engine::model::Decimal;
use jiff::civil::Date;

use super::is_code;
use crate::csv::{Header, Refusal, Row, Rows, Step, Text, shown};

/// What one euro costs in each currency, by date.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Published {
    pub rates: BTreeMap<String, BTreeMap<Date, Decimal>>,
    /// By currency, the first of its rates that cannot be read, and why.
    pub faults: BTreeMap<String, String>,
}

impl Published {
    /// The first day of all.
    pub fn earliest(&self) -> Option<Date> {
        self.rates.values().filter_map(|days| days.keys().next()).min().copied()
    }

    /// Takes a rate as it is written. `N/A` and nothing at all are no rate.
    pub fn add(&mut self, currency: &str, date: Date, rate: &str) -> Result<(), String> {
        if !is_code(currency) {
            return Err(format!("{} is no code of a currency", shown(currency)));
        }
        if matches!(rate, "" | "N/A" | "NaN" | "-") {
            return Ok(());
        }
        match Decimal::parse(rate.as_bytes()) {
            Ok(rate) if rate > Decimal::ZERO => {
                self.rates.entry(currency.to_string()).or_default().insert(date, rate);
            }
            _ => {
                let fault = || format!("its rate of {date} is {}, which is none", shown(rate));
                self.faults.entry(currency.to_string()).or_insert_with(fault);
            }
        }
        Ok(())
    }
}

/// Reads CSV in each of the three forms in use: a row for each rate (the data service's `csvdata`, whole or
/// `dataonly`), or a column for each currency (`eurofxref.csv`, `eurofxref-hist.csv`). Columns go by name, because the
/// set of currencies changes with each entry to the euro area.
pub fn parse_csv(bytes: &[u8]) -> Result<Published, String> {
    read_csv(bytes).map_err(|refusal| refusal.to_string())
}

fn read_csv(bytes: &[u8]) -> Result<Published, Refusal> {
    let (mut rows, mut row) = (Rows::of(Text::of(bytes)?), Row::default());
    let header = Header::read(&mut rows, &mut row)?;
    let form = Form::of(&header)?;
    let mut published = Published::default();
    loop {
        match rows.next(&mut row)? {
            Step::End => return Ok(published),
            Step::Bad(reason) => return Err(Refusal::line(row.line, format!("the row {reason}"))),
            Step::Row if row.len() != header.len() => {
                let reason = format!("the row has {} values where the header has {} columns", row.len(), header.len());
                return Err(Refusal::line(row.line, reason));
            }
            Step::Row => form.read(&row, &mut published).map_err(|reason| Refusal::line(row.line, reason))?,
        }
    }
}

/// Positions of columns.
enum Form {
    Long {
        currency: usize,
        date: usize,
        rate: usize,
        /// Columns that tell other series from the daily rates against the euro, and what these have in them.
        series: Vec<(usize, &'static str)>,
    },
    Wide {
        date: usize,
        currencies: Vec<(usize, String)>,
    },
}

const SERIES: [(&str, &str); 4] = [("freq", "D"), ("currency_denom", "EUR"), ("exr_type", "SP00"), ("exr_suffix", "A")];

impl Form {
    fn of(header: &Header) -> Result<Form, Refusal> {
        let at = |key| header.position(key);
        if let (Some(currency), Some(date), Some(rate)) = (at("currency"), at("time_period"), at("obs_value")) {
            let series = SERIES.iter().filter_map(|(key, value)| Some((at(key)?, *value))).collect();
            return Ok(Form::Long { currency, date, rate, series });
        }
        let Some(date) = at("date") else {
            let reason = format!("lacks the columns \"TIME_PERIOD\" or \"Date\"; {}", header.listed());
            return Err(Refusal::file(reason));
        };
        // The rows end with a comma, which makes one more column without a name.
        let named = (0..header.len()).filter(|column| *column != date && !header.name(*column).is_empty());
        Ok(Form::Wide { date, currencies: named.map(|column| (column, header.name(column).to_string())).collect() })
    }

    fn read(&self, row: &Row<'_>, published: &mut Published) -> Result<(), String> {
        let cell = |column: usize| row.value(column).trim().to_string();
        match self {
            Form::Long { currency, date, rate, series } => {
                if series.iter().any(|(column, value)| cell(*column) != *value) {
                    return Ok(());
                }
                published.add(&cell(*currency), day(&cell(*date))?, &cell(*rate))
            }
            Form::Wide { date, currencies } => {
                let date = day(&cell(*date))?;
                currencies.iter().try_for_each(|(column, currency)| published.add(currency, date, &cell(*column)))
            }
        }
    }
}

/// `2026-04-13`, or `13 April 2026` as the daily file has it.
pub fn day(text: &str) -> Result<Date, String> {
    let parsed = text.parse().or_else(|_| Date::strptime("%d %B %Y", text));
    parsed.map_err(|_| format!("{} is no date", shown(text)))
}
