//! Hints that something was committed. Listeners read what it was from the store, so a lost hint loses nothing.

use tokio::sync::watch;

use crate::model::sync::Cursor;

/// Tells any number of listeners how far the log of runs has grown.
#[derive(Clone)]
pub struct Events {
    cursor: watch::Sender<Cursor>,
}

/// What other programs on the same database did, as far as it was heard of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Heard {
    /// How far the log has grown.
    pub cursor: Cursor,
    /// Grows when something was made due.
    pub due: u64,
}

impl Default for Events {
    fn default() -> Events {
        Events { cursor: watch::Sender::new(0) }
    }
}

impl Events {
    /// Called after the commit that wrote the line, never before.
    pub fn committed(&self, cursor: Cursor) {
        self.cursor.send_if_modified(|last| {
            let grows = cursor > *last;
            *last = cursor.max(*last);
            grows
        });
    }

    /// Makes listeners look again although nothing may have been added.
    pub fn nudge(&self) {
        self.cursor.send_modify(|_| {});
    }

    pub fn listen(&self) -> watch::Receiver<Cursor> {
        self.cursor.subscribe()
    }
}
