//! What the providers of folders share: listing a root, walking over its items, and telling what changed.

mod blocking;
mod fingerprint;
mod outcome;
mod sweep;

use std::path::Path;

use foliosync_engine::files::{FileError, Files, FolderEntry};
use foliosync_engine::nearest::nearest;
use foliosync_engine::provider::ProviderError;

pub use blocking::blocking;
pub use fingerprint::{ReadStat, is_settled, sha256};
pub use outcome::{Failure, Outcome, read_entry};
pub use sweep::{Sweep, each};

/// What people do to have rows removed that are kept for lack of proof. The provider does not know its label.
pub const ACCEPT_REMOVALS: &str = "run `foliosync sync LABEL --accept-removals`";

/// The entries of a connection's folder by name.
pub fn list_root(files: &Files, root: &Path) -> Result<Vec<FolderEntry>, ProviderError> {
    let unreadable = |error: FileError| ProviderError::Backoff {
        message: format!(
            "the folder {} {error}; if it is on a disk that is not mounted, mount it. Stored rows are kept",
            root.display()
        ),
    };
    files.check_folder(root).map_err(unreadable)?;
    files.list(root).map_err(unreadable)
}

/// Whether a file of a folder is looked at. `._x.csv` and the like are what operating systems leave behind.
pub fn is_csv_name(name: &str) -> bool {
    !name.starts_with('.') && name.len() > 4 && name.as_bytes()[name.len() - 4..].eq_ignore_ascii_case(b".csv")
}

/// Refuses names that were asked for and are no item; `known` are the names that may have been meant.
pub fn check_names<'a>(
    noun: &str,
    asked: &[String],
    is_item: impl Fn(&str) -> bool,
    known: impl Iterator<Item = &'a str> + Clone,
) -> Result<(), ProviderError> {
    match asked.iter().find(|name| !is_item(name)) {
        None => Ok(()),
        Some(name) => {
            let hint = nearest(name, known.filter(|known| known != name));
            let message =
                format!("there is no {noun} `{name}` in the folder; {hint}see the names with `foliosync status`");
            Err(ProviderError::Refused { message })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_csv_name;

    #[test]
    fn csv_files_are_told_by_their_ending() {
        for (name, want) in [("a.csv", true), ("ü.CSV", true), (".csv", false), ("._a.csv", false), ("a.csv~", false)]
        {
            assert_eq!(is_csv_name(name), want, "{name}");
        }
    }
}
