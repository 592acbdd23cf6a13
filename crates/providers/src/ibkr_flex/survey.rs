//! The first reading of a report, of all of it: whether it is whole, how it is to be read, and what its query holds. Nothing
//! of a report is taken that does not pass here.

use std::fmt::Write;
use std::ops::ControlFlow;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use super::fields::Fields;
use super::query::{FLOWS, Held, TRADES};
use super::takebacks::Takeback;
use super::trades::{account, is_execution, is_taken_back};
use super::walk::{Care, Seen, walk};
use super::when::{Clock, Slashes, slashes};

/// Of how rows are read: with another one, rows that are stored are read again.
const READER: &str = "1";

pub struct Survey {
    pub held: Held,
    pub clock: Clock,
    pub made: Option<Timestamp>,
    pub takebacks: Vec<Takeback>,
    /// What rows of trades and cash flows say, for telling whether there is anything new.
    pub rows: String,
    pub statements: usize,
}

/// Of the first statement, as it writes them.
#[derive(Default)]
struct Times {
    made: Option<String>,
    until: Option<String>,
}

/// Why a report is of no use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It is not what reports are; another one may be.
    Report(String),
    /// Its query must be changed.
    Query(String),
}

pub fn survey(body: &[u8], zone: &TimeZone, now: Timestamp) -> Result<Survey, Fault> {
    let mut held = Held::default();
    let mut times: Option<Times> = None;
    let (mut statements, mut said) = (0, None);
    let (mut nth, mut takebacks, mut statement) = (0, Vec::new(), String::new());
    let mut digest = Sha256::new();
    digest.update(READER);
    digest.update(zone.iana_name().unwrap_or_default());
    walk(body, Care::Close, &mut |seen| {
        match seen {
            Seen::Report(fields) => held.kind = fields.text("type").map(String::from),
            Seen::Statements(fields) => said = fields.text("count").and_then(|text| text.parse::<usize>().ok()),
            Seen::Statement(fields) => {
                statements += 1;
                statement = fields.text("accountId").unwrap_or_default().into();
                digest.update(["\n", &statement].concat());
                times.get_or_insert_with(|| told_times(&fields));
            }
            Seen::Section(name) => held.add_section(name),
            Seen::Row(row) => {
                held.add_row(row.section, &row.fields);
                if row.section == TRADES || row.section == FLOWS {
                    digest.update(row.text);
                    digest.update("\n");
                }
                if is_execution(&row) {
                    if let Ok(account) = account(&row.fields, &statement)
                        && is_taken_back(&row.fields)
                    {
                        takebacks.push(Takeback::of(nth, account, &row.fields));
                    }
                    nth += 1;
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    })
    .map_err(Fault::Report)?;
    if let Some(said) = said.filter(|said| *said > statements) {
        return Err(Fault::Report(format!("is to have {said} statements and has {statements}")));
    }
    let Times { made, until } = times.unwrap_or_default();
    let slashes = slashes(zone, made.as_deref(), until.as_deref(), now);
    let clock = Clock { zone: zone.clone(), slashes };
    if slashes == Slashes::Unknown && made.iter().chain(&until).any(|text| text.contains('/')) {
        let why =
            "month and day of its dates cannot be told apart: choose yyyyMMdd as its date format in Client Portal";
        return Err(Fault::Query(why.into()));
    }
    let made = made.and_then(|text| {
        let (date, time) = clock.moment(&text)?;
        clock.instant(date, time?)
    });
    digest.update(format!("{slashes:?}"));
    let rows = digest.finalize().iter().take(16).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    Ok(Survey { held, clock, made, takebacks, rows, statements })
}

fn told_times(fields: &Fields<'_>) -> Times {
    let text = |name: &str| fields.text(name).map(String::from);
    Times { made: text("whenGenerated"), until: text("toDate") }
}
