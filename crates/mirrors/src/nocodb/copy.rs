//! One table: found or made, looked at, and brought up to date, as far as one page goes.

use foliosync_engine::limits::MIRROR_ROWS_MAX;
use foliosync_engine::model::instrument::Instrument;
use foliosync_engine::model::mirror::MirrorRow;
use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::model::{Batch, Table};
use foliosync_engine::provider::{Item, ProviderError};

use super::Budget;
use super::api::{Api, Told};
use super::columns::{self, Layout};
use super::mark::{Look, TableMark};
use crate::cells::{Decimals, Wanted};
use crate::diff::Ledger;

pub struct Copy<'a> {
    pub api: &'a Api<'a>,
    base: &'a str,
    pub wanted: Wanted<'a>,
    rows_there: usize,
    all: &'a [MirrorRow],
    pub ledger: Ledger,
    pub decimals: Decimals,
    pub mark: &'a mut TableMark,
    /// Columns that are texts there.
    pub texts: Vec<&'static str>,
    /// What people typed.
    pub items: Vec<Item>,
    pub instruments: Vec<Instrument>,
}

/// Looks at every row in one sweep because something was not as it was left.
const LOOKS_MAX: usize = 5;

/// What is next after a table had its turn.
pub enum Next {
    /// The same table, on another page.
    Again,
    Done(Item),
}

pub type Result<T> = std::result::Result<T, ProviderError>;

impl<'a> Copy<'a> {
    pub fn new(
        api: &'a Api<'a>,
        base: &'a str,
        batch: &'a Batch,
        all: &'a [MirrorRow],
        decimals: Decimals,
        mark: &'a mut TableMark,
    ) -> Copy<'a> {
        let id = mark.place.as_ref().map_or("", |(id, _)| id.as_str());
        let ledger = Ledger::of(all, batch.table.name, id);
        Copy {
            api,
            base,
            rows_there: batch.len(),
            wanted: Wanted::of(batch, decimals),
            all,
            ledger,
            decimals,
            mark,
            texts: Vec::new(),
            items: Vec::new(),
            instruments: Vec::new(),
        }
    }

    pub fn into_parts(self) -> (Vec<Item>, Vec<Instrument>, Vec<MirrorRow>) {
        (self.items, self.instruments, self.ledger.changes().collect())
    }

    pub fn table(&self) -> &'static Table {
        self.wanted.table()
    }

    pub async fn run(&mut self, budget: &mut Budget) -> Result<Next> {
        if self.rows_there > MIRROR_ROWS_MAX {
            return Ok(
                self.refused(format!("it has more than {MIRROR_ROWS_MAX} rows, which is as many as are mirrored"))
            );
        }
        if self.mark.tally.looks > LOOKS_MAX {
            self.mark.look = None;
            return Ok(
                self.refused("rows or columns of it go away as soon as they are written: who else changes it?".into())
            );
        }
        if self.mark.tally.lost > 1 {
            return Ok(self.refused("it is listed in NocoDB, but not there".into()));
        }
        if self.mark.place.is_none()
            && let Err(why) = self.settle().await?
        {
            return Ok(self.refused(why));
        }
        if self.mark.look.is_some() {
            return match self.fitted().await? {
                Fit::Fits => self.look_at_all(budget).await,
                Fit::Lacks(layout) => {
                    self.add_columns(&layout).await?;
                    self.look_at_all(budget).await
                }
                Fit::Lost => Ok(Next::Again),
                Fit::Refused(why) => Ok(self.refused(why)),
            };
        }
        let plan = self.ledger.plan(&self.wanted, &self.mark.refused);
        let looks = self.takes_symbols() || !plan.insert.is_empty();
        if looks && !self.look_for_new(budget).await? {
            return Ok(Next::Again);
        }
        // What people typed becomes a row of ours with the commit of this page.
        if !self.instruments.is_empty() {
            return Ok(Next::Again);
        }
        let plan = self.ledger.plan(&self.wanted, &self.mark.refused);
        if !plan.is_empty() {
            match self.fitted().await? {
                Fit::Fits => {}
                // A column of ours went away, and every row's value with it.
                Fit::Lacks(_) => {
                    self.mark.look_again();
                    return Ok(Next::Again);
                }
                Fit::Lost => return Ok(Next::Again),
                Fit::Refused(why) => return Ok(self.refused(why)),
            }
            if !self.write(plan, budget).await? {
                return Ok(Next::Again);
            }
        }
        Ok(self.done())
    }

    /// Finds the table by its title, or makes it. All that is there already is somebody's.
    async fn settle(&mut self) -> Result<std::result::Result<(), String>> {
        let name = self.table().name;
        let found = self.api.tables(self.base).await?.into_iter().find(|table| table.title == name);
        let id = match found {
            Some(table) => table.id,
            None => self.api.create_table(self.base, &columns::table(self.table(), self.decimals)).await?.id,
        };
        let Told::Done(columns) = self.api.columns(&id).await? else {
            return Ok(Err("NocoDB does not say which columns it has".into()));
        };
        let layout = match columns::layout(self.table(), &columns) {
            Ok(layout) => layout,
            Err(why) => return Ok(Err(why)),
        };
        self.ledger = Ledger::of(self.all, name, &id);
        self.mark.place = Some((id, layout.id));
        self.mark.look = Some(Look { after: 0, first: true });
        Ok(Ok(()))
    }

    async fn fitted(&mut self) -> Result<Fit> {
        let (id, _) = self.place();
        let Told::Done(columns) = self.api.columns(&id).await? else {
            self.mark.lost();
            return Ok(Fit::Lost);
        };
        Ok(match columns::layout(self.table(), &columns) {
            Ok(layout) if layout.lacking.is_empty() => {
                self.texts = layout.texts;
                Fit::Fits
            }
            Ok(layout) => Fit::Lacks(layout),
            Err(why) => Fit::Refused(why),
        })
    }

    async fn add_columns(&mut self, layout: &Layout) -> Result<()> {
        let (id, _) = self.place();
        for own in &layout.lacking {
            self.api.add_column(&id, &columns::made(own, self.decimals)).await?;
        }
        Ok(())
    }

    /// The table's id and the column of a row's id.
    pub fn place(&self) -> (String, String) {
        self.mark.place.clone().unwrap_or_default()
    }

    /// Whether people may add rows that mean something to us.
    pub fn takes_symbols(&self) -> bool {
        self.table().name == "symbols"
    }

    fn refused(&mut self, why: String) -> Next {
        Next::Done(Item::new(self.table().name, ItemStatus::Rejected, why))
    }

    fn done(&mut self) -> Next {
        let mut told = self.mark.tally.told();
        let status = match (told.is_empty(), self.mark.refused.first()) {
            (_, Some(first)) => {
                let count = self.mark.refused.len();
                told.push(format!("{count} rows that NocoDB would not take, such as {first}"));
                ItemStatus::Rejected
            }
            (true, None) => ItemStatus::Unchanged,
            (false, None) => ItemStatus::Updated,
        };
        if status != ItemStatus::Unchanged && self.wanted.imprecise > 0 {
            let count = self.wanted.imprecise;
            told.push(format!("{count} numbers have more digits than NocoDB keeps; set decimals=text for all of them"));
        }
        if status != ItemStatus::Unchanged && self.wanted.alike > 0 {
            told.push(format!("{} rows within one second of another with the same key", self.wanted.alike));
        }
        Next::Done(Item::new(self.table().name, status, told.join("; ")))
    }
}

enum Fit {
    Fits,
    Lacks(Layout),
    /// The table is not there any more.
    Lost,
    Refused(String),
}
