//! Printing. How far a sync has come is a bar on a terminal and plain lines elsewhere, both on standard error, so that
//! what is printed on standard output stays the answer.

use std::fmt::Arguments;
use std::io::{ErrorKind, IsTerminal, Write, stderr, stdout};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// `println!` that ends the program quietly when nobody reads any more: `foliosync status | head -1`.
macro_rules! say {
    () => { say!("") };
    ($($what:tt)*) => { $crate::cli::line(format_args!($($what)*)) };
}

pub fn line(what: Arguments<'_>) {
    if let Err(error) = writeln!(stdout(), "{what}") {
        std::process::exit(i32::from(error.kind() != ErrorKind::BrokenPipe));
    }
}

/// Between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(1);

pub enum Progress {
    Bar(ProgressBar),
    Lines { last: Option<Instant> },
    Quiet,
}

impl Progress {
    pub fn new() -> Progress {
        if !stderr().is_terminal() {
            return Progress::Lines { last: None };
        }
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {percent:>3}%") {
            bar.set_style(style.progress_chars("━╸ "));
        }
        bar.set_message("Syncing…");
        bar.enable_steady_tick(Duration::from_millis(200));
        Progress::Bar(bar)
    }

    pub fn show(&mut self, completed: i64, total: i64) {
        match self {
            Progress::Bar(bar) => {
                bar.set_length(total.max(completed).unsigned_abs());
                bar.set_position(completed.unsigned_abs());
                bar.set_message(format!("Syncing {completed}/{total}…"));
            }
            // Nothing is known yet.
            Progress::Lines { .. } if total == 0 => {}
            Progress::Lines { last } => {
                if last.is_none_or(|last| last.elapsed() >= LINE_EVERY) || completed >= total {
                    eprintln!("Syncing {completed}/{total}…");
                    *last = Some(Instant::now());
                }
            }
            Progress::Quiet => {}
        }
    }

    pub fn end(&mut self) {
        if let Progress::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}
