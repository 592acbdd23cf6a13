//! Walking over a folder's items by name, page by page, on all cores.

use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

use foliosync_engine::files::Files;
use foliosync_engine::limits::{PAGE_FILE_BYTES_MAX, PAGE_ROWS_MAX};
use foliosync_engine::model::sync::SyncOptions;
use foliosync_engine::model::{Batch, Table};
use foliosync_engine::provider::{FetchRequest, Page, ProviderError, Reach};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::outcome::Outcome;

/// How far a sweep has come: the watermark of a folder stream. A finished one is `{"after": null}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// The last item of the last page; items go by name.
    pub after: Option<String>,
    /// Whether the first page found that what is gone may be removed: pages of one sweep must not disagree, and what
    /// earlier pages stored changes what later ones could count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removals: Option<bool>,
    /// What the sweep was asked to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    options: Option<SyncOptions>,
}

impl Position {
    /// Where to go on; the start for a watermark of another form, and for one that a sweep with other options left
    /// behind: it may have passed items that this one is asked for.
    pub fn of(watermark: Option<&Json>, options: &SyncOptions) -> Position {
        watermark
            .and_then(|json| Position::deserialize(json).ok())
            .filter(|position| position.after.is_some() && position.options.as_ref() == Some(options))
            .unwrap_or_default()
    }

    /// The watermark behind a page that more pages follow.
    pub fn behind(last: &str, removals: bool, options: &SyncOptions) -> Json {
        let (removals, options) = (Some(removals), Some(options.clone()));
        Position { after: Some(last.to_string()), removals, options }.json()
    }

    /// The watermark behind the last page.
    pub fn finished() -> Json {
        Position::default().json()
    }

    fn json(&self) -> Json {
        serde_json::to_value(self).expect("plain data serializes")
    }

    /// Whether an item was on an earlier page.
    pub fn is_behind(&self, name: &str) -> bool {
        self.after.as_deref().is_some_and(|after| name <= after)
    }
}

/// One fetch of a folder stream: everything it was handed, free to move to a thread where it may block.
pub struct Sweep {
    pub files: Files,
    pub root: PathBuf,
    /// The stored metadata of the connection.
    pub work: Batch,
    pub position: Position,
    pub options: SyncOptions,
    pub now: Timestamp,
}

impl Sweep {
    /// `work_table` is the one that the stream declares as its work list.
    pub fn of(reach: &Reach, request: &FetchRequest<'_>, work_table: &'static Table) -> Result<Sweep, ProviderError> {
        Ok(Sweep {
            files: reach.files.clone(),
            root: PathBuf::from(request.setting("path")?),
            work: request.rows(work_table).cloned().unwrap_or_else(|| Batch::empty(work_table)),
            position: Position::of(request.watermark, request.options),
            options: request.options.clone(),
            now: request.now,
        })
    }

    /// Works through `items`, which are all from the position on, until the page is full. `removals` says whether what
    /// is gone may be removed.
    pub fn page<T: Sync>(&self, items: &[T], removals: bool, work: impl Fn(&T) -> Outcome + Sync) -> Page {
        let expected = items.len() as i64;
        let outcomes = until_full(items, work);
        let more = outcomes.len() < items.len();
        let watermark = match outcomes.last().filter(|_| more) {
            Some(last) => Position::behind(&last.item.name, removals, &self.options),
            None => Position::finished(),
        };
        let (items, changes): (Vec<_>, Vec<_>) =
            outcomes.into_iter().map(|outcome| (outcome.item, outcome.changes)).unzip();
        let changes = changes.into_iter().flatten().collect();
        Page { changes, items, more, expected: Some(expected), ..Page::last(watermark) }
    }
}

/// Works through `items` on all cores until a page is full, and gives the results for the items of that page, in order.
/// Which items those are depends on the items alone, not on the cores.
fn until_full<T: Sync>(items: &[T], work: impl Fn(&T) -> Outcome + Sync) -> Vec<Outcome> {
    let (rows, bytes) = (AtomicU64::new(0), AtomicU64::new(0));
    let is_full = |rows, bytes| rows >= PAGE_ROWS_MAX as u64 || bytes >= PAGE_FILE_BYTES_MAX;
    let enough = || is_full(rows.load(Ordering::Relaxed), bytes.load(Ordering::Relaxed));
    let mut results = in_order(items, enough, |item| {
        let result = work(item);
        rows.fetch_add(result.rows(), Ordering::Relaxed);
        bytes.fetch_add(result.bytes, Ordering::Relaxed);
        result
    });
    // Another core may have finished an item behind the one that filled the page; that one is read again.
    let (mut rows, mut bytes) = (0, 0);
    let filled_by = results.iter().position(|result| {
        rows += result.rows();
        bytes += result.bytes;
        is_full(rows, bytes)
    });
    if let Some(last) = filled_by {
        results.truncate(last + 1);
    }
    results
}

/// Works on every item, on all cores.
pub fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    in_order(items, || false, work)
}

/// More readers than that only make a disk seek.
const THREADS_MAX: usize = 8;

/// Items are taken in order and a taken one is finished, so the results are always those of the first items.
fn in_order<T: Sync, R: Send>(items: &[T], enough: impl Fn() -> bool + Sync, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        while !enough() {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { break };
            done.push((at, work(item)));
        }
        done
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX).min(items.len());
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(take)).collect();
        let mut done = take();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use foliosync_engine::model::sync::ItemStatus;
    use foliosync_engine::provider::Item;
    use serde_json::json;

    use super::*;

    fn outcome(item: usize, bytes: u64) -> Outcome {
        let item = Item::new(item.to_string(), ItemStatus::Unchanged, "");
        Outcome { item, changes: Vec::new(), bytes }
    }

    #[test]
    fn a_page_ends_behind_the_item_that_fills_it() {
        let items: Vec<usize> = (0..100).collect();
        for filler in [0, 1, 50, 99] {
            let bytes = |item: usize| if item == filler { PAGE_FILE_BYTES_MAX } else { 1 };
            let outcomes = until_full(&items, |item| outcome(*item, bytes(*item)));
            let names: Vec<String> = outcomes.into_iter().map(|outcome| outcome.item.name).collect();
            assert_eq!(names, (0..=filler).map(|item| item.to_string()).collect::<Vec<_>>());
        }
        assert_eq!(until_full(&items, |item| outcome(*item, 1)).len(), 100);
        assert_eq!(until_full(&items[..0], |item| outcome(*item, 1)).len(), 0);
    }

    #[test]
    fn a_foreign_watermark_means_the_start() {
        let options = SyncOptions::default();
        let at = |json: Json| Position::of(Some(&json), &options).after;
        assert_eq!(at(Position::behind("b", true, &options)), Some("b".into()));
        for other in [json!(null), json!(7), json!({"after": 3}), json!({"cursor": "b"}), Position::finished()] {
            assert_eq!(at(other), None);
        }
        assert_eq!(Position::finished(), json!({"after": null}));
    }

    #[test]
    fn a_sweep_with_other_options_starts_over() {
        let plain = Position::behind("m", true, &SyncOptions::default());
        let named = SyncOptions { items: vec!["a".into()], ..SyncOptions::default() };
        assert_eq!(Position::of(Some(&plain), &named), Position::default());
    }
}
