//! Deleting, changing and adding rows, in small calls one after another.

use foliosync_engine::http::Method;
use foliosync_engine::limits::{MIRROR_CALL_ROWS, MIRROR_OPEN_ROWS_MAX};
use foliosync_engine::model::Kind;
use foliosync_engine::provider::ProviderError;
use serde_json::json;

use super::Budget;
use super::api::{Told, id_of};
use super::copy::{Copy, Result};
use crate::cells;
use crate::diff::Plan;

/// What is done to rows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Delete,
    Update,
    Insert,
}

/// A key, and the row's id where it has one.
type Target = (String, i64);

impl Copy<'_> {
    /// Does what is planned as far as the budget goes. Returns whether that was all, and the table is as it should be.
    pub async fn write(&mut self, plan: Plan, budget: &mut Budget) -> Result<bool> {
        let inserts: Vec<Target> = plan.insert.into_iter().map(|key| (key, 0)).collect();
        for (verb, targets) in [(Verb::Delete, plan.delete), (Verb::Update, plan.update), (Verb::Insert, inserts)] {
            // The last call is the first to be made.
            let mut calls: Vec<Vec<Target>> = targets.chunks(MIRROR_CALL_ROWS).rev().map(<[_]>::to_vec).collect();
            while let Some(targets) = calls.pop() {
                if budget.is_spent() {
                    return Ok(false);
                }
                budget.rows = budget.rows.saturating_sub(targets.len());
                match self.call(verb, &targets).await? {
                    Told::Done(()) => {}
                    Told::Missing if verb == Verb::Insert => {
                        self.mark.lost();
                        return Ok(false);
                    }
                    Told::Missing => {
                        let Some(left) = self.without_missing(&targets).await? else { return Ok(false) };
                        match left.len() == targets.len() {
                            true => self.split(targets, &mut calls)?,
                            false if left.is_empty() => {}
                            false => calls.push(left),
                        }
                    }
                    Told::Unfit => self.split(targets, &mut calls)?,
                }
            }
            // Rows that went away there may be there under another id: that is looked into before any is added.
            if self.mark.look.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn call(&mut self, verb: Verb, targets: &[Target]) -> Result<Told<()>> {
        let (table, id) = self.place();
        let rows: Vec<String> = targets.iter().map(|(key, row)| self.body(verb, key, &id, *row)).collect();
        let rows = format!("[{}]", rows.join(","));
        match verb {
            Verb::Delete | Verb::Update => {
                let method = if verb == Verb::Delete { Method::Delete } else { Method::Patch };
                let told = self.api.change(method, &table, &rows).await?;
                if matches!(told, Told::Done(())) {
                    targets.iter().for_each(|(key, row)| self.noted(verb, key, *row));
                }
                Ok(told)
            }
            Verb::Insert => {
                let ids = match self.api.insert(&table, &id, &rows).await? {
                    Told::Done(ids) => ids,
                    Told::Missing => return Ok(Told::Missing),
                    Told::Unfit => return Ok(Told::Unfit),
                };
                if ids.len() != targets.len() {
                    // They are there: the next look finds out which.
                    let message = format!("it gave {} ids for {} new rows", ids.len(), targets.len());
                    return Err(ProviderError::Malformed { what: "NocoDB", message });
                }
                targets.iter().zip(&ids).for_each(|((key, _), row)| self.noted(verb, key, *row));
                // Nobody else's row is between them, so none needs to be looked for there.
                let follow = ids.iter().zip(self.mark.seen + 1..).all(|(id, next)| *id == next);
                if let Some(last) = ids.last().filter(|_| follow) {
                    self.mark.seen = *last;
                }
                Ok(Told::Done(()))
            }
        }
    }

    fn noted(&mut self, verb: Verb, key: &str, id: i64) {
        let hash = self.wanted.hash(key).unwrap_or_default().to_string();
        let tally = &mut self.mark.tally;
        match verb {
            Verb::Delete => {
                tally.deleted += 1;
                self.ledger.gone(key);
            }
            Verb::Update => {
                tally.changed += 1;
                let ours = self.ledger.get(key).is_some_and(|row| row.ours);
                self.ledger.put(key, id, &hash, ours);
            }
            Verb::Insert => {
                tally.added += 1;
                self.ledger.put(key, id, &hash, true);
            }
        }
    }

    /// One row, in JSON, with our own columns only.
    fn body(&self, verb: Verb, key: &str, id: &str, row: i64) -> String {
        let mut cells = Vec::new();
        if verb != Verb::Insert {
            cells.push((id, row.to_string()));
        }
        if verb != Verb::Delete {
            let values = self.wanted.values(key).into_iter();
            cells.extend(values.map(|(name, kind, text)| (name, self.token(name, kind, text))));
        }
        let cells: Vec<String> = cells.into_iter().map(|(name, token)| format!("{}:{token}", json!(name))).collect();
        format!("{{{}}}", cells.join(","))
    }

    /// A number goes as one where it survives that, because SQLite reads numbers from texts a little wrong; one with more
    /// digits goes as text, which other databases read to the last digit.
    fn token(&self, name: &str, kind: Kind, text: Option<String>) -> String {
        let Some(text) = text else { return "null".into() };
        let is_number = match kind {
            Kind::Bool => true,
            Kind::Int | Kind::Decimal => !self.texts.contains(&name) && cells::survives(&text),
            Kind::Text | Kind::Json | Kind::Date | Kind::Instant => false,
        };
        if is_number { text } else { json!(text).to_string() }
    }

    /// Those that are still there; the others are noted as gone. `None` where the table is not there either.
    async fn without_missing(&mut self, targets: &[Target]) -> Result<Option<Vec<Target>>> {
        let (table, id) = self.place();
        let ids: Vec<i64> = targets.iter().map(|(_, row)| *row).collect();
        let there: Vec<i64> = match self.api.rows_of(&table, &id, &ids, &id).await? {
            Told::Done(rows) => rows.iter().filter_map(|row| id_of(row, &id)).collect(),
            Told::Missing => {
                self.mark.lost();
                return Ok(None);
            }
            Told::Unfit => Vec::new(),
        };
        let (left, gone): (Vec<Target>, Vec<Target>) =
            targets.iter().cloned().partition(|(_, row)| there.contains(row));
        gone.iter().for_each(|(key, _)| self.ledger.gone(key));
        if gone.iter().any(|(key, _)| self.wanted.hash(key).is_some()) {
            self.mark.look_again();
        }
        Ok(Some(left))
    }

    /// Halves what was too much; a single row that is unfit is left out of this sweep.
    fn split(&mut self, targets: Vec<Target>, calls: &mut Vec<Vec<Target>>) -> Result<()> {
        if let [(key, _)] = targets.as_slice() {
            if self.mark.refused.len() >= MIRROR_OPEN_ROWS_MAX {
                let message = format!(
                    "NocoDB would not take {MIRROR_OPEN_ROWS_MAX} rows of {}, such as {key}",
                    self.table().name
                );
                return Err(ProviderError::Refused { message });
            }
            self.mark.refused.insert(key.clone());
            return Ok(());
        }
        let (first, second) = targets.split_at(targets.len() / 2);
        calls.extend([second.to_vec(), first.to_vec()]);
        Ok(())
    }
}
