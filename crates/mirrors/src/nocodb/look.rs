//! Looking at rows there: those that are new, or all of them.

use foliosync_engine::limits::MIRROR_OPEN_ROWS_MAX;
use foliosync_engine::provider::ProviderError;

use super::Budget;
use super::api::{Remote, Told, id_of};
use super::copy::{Copy, Next, Result};
use super::mark::Look;
use crate::cells;

impl Copy<'_> {
    /// Goes on with a look at every row. What it finds is committed before anything is written.
    pub async fn look_at_all(&mut self, budget: &mut Budget) -> Result<Next> {
        let (table, id) = self.place();
        loop {
            let look = self.mark.look.unwrap_or_default();
            let rows = match self.api.rows_after(&table, &id, look.after, &self.fields(&id)).await? {
                Told::Done(rows) => rows,
                Told::Missing => {
                    self.mark.lost();
                    return Ok(Next::Again);
                }
                Told::Unfit => return Err(unreadable()),
            };
            let last = last_of(&rows, &id, look.after)?;
            let there: Vec<i64> = rows.iter().filter_map(|row| id_of(row, &id)).collect();
            for gone in self.ledger.ids(look.after, last.unwrap_or(i64::MAX)) {
                if !there.contains(&gone)
                    && let Some(key) = self.ledger.key_of(gone).cloned()
                {
                    self.ledger.gone(&key);
                }
            }
            for row in &rows {
                self.meet(row, &id, Some(look));
            }
            let Some(last) = last else {
                self.mark.seen = self.mark.seen.max(look.after);
                self.mark.look = None;
                return Ok(Next::Again);
            };
            self.mark.look = Some(Look { after: last, ..look });
            if budget.is_spent() {
                return Ok(Next::Again);
            }
        }
    }

    /// Looks at rows that came since, and at those that had no key. Returns false where the page must end here.
    pub async fn look_for_new(&mut self, budget: &mut Budget) -> Result<bool> {
        let (table, id) = self.place();
        let fields = self.fields(&id);
        if !self.mark.open.is_empty() {
            let open: Vec<i64> = self.mark.open.keys().copied().collect();
            if let Told::Done(rows) = self.api.rows_of(&table, &id, &open, &fields).await? {
                let there: Vec<i64> = rows.iter().filter_map(|row| id_of(row, &id)).collect();
                self.mark.open.retain(|id, _| there.contains(id));
                for row in rows.iter().filter(|row| id_of(row, &id).is_some_and(|id| open.contains(&id))) {
                    self.meet(row, &id, None);
                }
            }
        }
        loop {
            let rows = match self.api.rows_after(&table, &id, self.mark.seen, &fields).await? {
                Told::Done(rows) => rows,
                Told::Missing => {
                    self.mark.lost();
                    return Ok(false);
                }
                // A column of ours is not there any more.
                Told::Unfit => {
                    self.mark.look_again();
                    return Ok(false);
                }
            };
            let Some(last) = last_of(&rows, &id, self.mark.seen)? else { return Ok(true) };
            for row in &rows {
                self.meet(row, &id, None);
            }
            self.mark.seen = last;
            if budget.is_spent() {
                return Ok(false);
            }
        }
    }

    fn fields(&self, id: &str) -> String {
        let own = self.table().columns.iter().map(|column| column.name);
        std::iter::once(id).chain(own).collect::<Vec<_>>().join(",")
    }

    /// Takes note of one row. `look` is that at every row, which compares those that are known, too.
    fn meet(&mut self, row: &Remote, id: &str, look: Option<Look>) {
        let Some(id) = id_of(row, id) else { return };
        let texts: Vec<Option<String>> =
            self.table().columns.iter().map(|column| row.get(column.name).and_then(|raw| cells::told(raw))).collect();
        if let Some(known) = self.ledger.key_of(id).cloned() {
            if look.is_some() {
                self.compare(&known, id, &texts);
            }
            return;
        }
        let Some(key) = self.wanted.key_of(&texts) else {
            self.leave_open(id, "");
            return;
        };
        if self.wanted.hash(&key).is_none() {
            if self.takes_symbols() {
                self.typed(id, &key, row);
            }
            return;
        }
        let is_first = look.is_some_and(|look| look.first);
        self.adopt(&key, id, &texts, !is_first && (look.is_none() || id > self.mark.seen));
    }

    /// A row that we know: whether it still says what we wrote.
    fn compare(&mut self, key: &str, id: i64, texts: &[Option<String>]) {
        let ours = self.ledger.get(key).is_some_and(|row| row.ours);
        if let Some(hash) = self.wanted.hash(key).map(String::from) {
            let hash = if self.wanted.is_same(key, texts) { hash } else { String::new() };
            self.ledger.put(key, id, &hash, ours);
        }
    }

    /// A row with a key of ours that we do not know: one of ours that a crash kept us from noting, where it is just as we
    /// would have written it and newer than all we knew; else somebody's.
    pub fn adopt(&mut self, key: &str, id: i64, texts: &[Option<String>], may_be_ours: bool) {
        if self.ledger.get(key).is_some() {
            self.mark.tally.twice += 1;
            return;
        }
        let is_same = self.wanted.is_same(key, texts);
        let hash = self.wanted.hash(key).filter(|_| is_same).unwrap_or_default().to_string();
        let ours = may_be_ours && is_same;
        self.ledger.put(key, id, &hash, ours);
        self.mark.open.remove(&id);
        self.mark.tally.adopted += usize::from(!ours);
    }

    /// A row that somebody may go on typing is looked at again.
    pub fn leave_open(&mut self, id: i64, text: &str) {
        if self.takes_symbols() && (self.mark.open.contains_key(&id) || self.mark.open.len() < MIRROR_OPEN_ROWS_MAX) {
            self.mark.open.insert(id, text.into());
        }
    }
}

/// The last id of some rows; none where there are none. Rows that were not asked for mean that filters are ignored, and
/// going on would never end.
fn last_of(rows: &[Remote], id: &str, after: i64) -> Result<Option<i64>> {
    if rows.is_empty() {
        return Ok(None);
    }
    let last = rows.iter().filter_map(|row| id_of(row, id)).max();
    last.filter(|last| *last > after).map(Some).ok_or_else(unreadable)
}

fn unreadable() -> ProviderError {
    let message = "it does not give rows by their ids as its version 2 interface does; update it".into();
    ProviderError::Malformed { what: "NocoDB", message }
}
