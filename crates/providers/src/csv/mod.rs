//! The one parser that every CSV path uses: strict, by column name, with a reason and a line for whatever it refuses.
//!
//! It is written here, and not on the `csv` crate, because that crate reads on where a strict one must stop: it takes a
//! quote that is never closed for a long value, and text behind a closing quote for part of it. Tests hold the two
//! against each other on everything that is well-formed.

mod bind;
mod header;
mod moment;
mod number;
mod read;
mod rows;
mod text;

pub use bind::{Bind, Binding, Cell, Read};
pub use header::Header;
pub use moment::{date_time, time_of_day};
pub use number::decimal;
pub use read::{Fill, Reading, Sheet};
pub use rows::{Row, Rows, Step};
pub use text::Text;

/// Why a file is refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Line of the file where the trouble starts, from 1, where it has a line.
    pub line: Option<i64>,
    pub reason: String,
}

impl Refusal {
    pub fn file(reason: impl Into<String>) -> Refusal {
        Refusal { line: None, reason: reason.into() }
    }

    pub fn line(line: i64, reason: impl Into<String>) -> Refusal {
        Refusal { line: Some(line), reason: reason.into() }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.reason),
            None => f.write_str(&self.reason),
        }
    }
}

/// Characters of a value that a message repeats.
const SHOWN_CHARS_MAX: usize = 40;

/// A value as messages show it: quoted, on one line, cut.
pub fn shown(value: &str) -> String {
    let mut text: String = value.chars().take(SHOWN_CHARS_MAX).flat_map(char::escape_debug).collect();
    if value.chars().nth(SHOWN_CHARS_MAX).is_some() {
        text.push('…');
    }
    format!("\"{text}\"")
}
