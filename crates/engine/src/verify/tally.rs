//! Counts the rows of a check and keeps the first that fail.

use jiff::civil::Date;

use super::{Check, EXAMPLES_MAX, Example, Status};

pub(super) struct Tally {
    name: &'static str,
    counted: &'static str,
    pub checked: usize,
    pub failed: usize,
    /// Rows that lack what the check needs.
    pub left_out: usize,
    examples: Vec<Example>,
}

impl Tally {
    pub fn new(name: &'static str, counted: &'static str) -> Tally {
        Tally { name, counted, checked: 0, failed: 0, left_out: 0, examples: Vec::new() }
    }

    pub fn count(&mut self, holds: bool, example: impl FnOnce() -> Example) {
        self.checked += 1;
        if !holds {
            self.failed += 1;
            self.show(example);
        }
    }

    /// Keeps an example without counting it as a failure.
    pub fn show(&mut self, example: impl FnOnce() -> Example) {
        if self.examples.len() < EXAMPLES_MAX {
            self.examples.push(example());
        }
    }

    /// `12 of 384 trades`
    pub fn failures(&self) -> String {
        format!("{} of {} {}", self.failed, self.checked, self.counted)
    }

    /// What to add about rows that were left out, or nothing.
    pub fn left_out_because(&self, reason: &str) -> String {
        if self.left_out == 0 { String::new() } else { format!(" {} left out: {reason}.", self.left_out) }
    }

    /// Fails when a row failed.
    pub fn end(self, explanation: String) -> Check {
        let status = match (self.checked, self.failed) {
            (0, _) => Status::NotApplicable,
            (_, 0) => Status::Holds,
            _ => Status::Fails,
        };
        let Tally { name, counted, checked, failed, examples, .. } = self;
        Check { name, status, counted, checked, failed, explanation, examples }
    }
}

pub(super) fn not_applicable(name: &'static str, counted: &'static str, why: &str) -> Check {
    Tally::new(name, counted).end(why.into())
}

pub(super) fn example(date: Date, line: Option<i64>, expected: String, found: String) -> Example {
    Example { date, line, expected, found }
}
