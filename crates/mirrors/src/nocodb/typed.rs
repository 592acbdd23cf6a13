//! Symbols that people typed there: each becomes an instrument that is priced, or they are told why not.

use foliosync_engine::mirrors::spelled;
use foliosync_engine::model::instrument::Instrument;
use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::provider::Item;
use foliosync_engine::spelling::{Kind, parse_symbol};

use super::api::Remote;
use super::copy::Copy;
use crate::cells;

impl Copy<'_> {
    pub fn typed(&mut self, id: i64, text: &str, row: &Remote) {
        let column = |name: &str| row.get(name).and_then(|raw| cells::told(raw)).filter(|text| !text.trim().is_empty());
        let kind = column("kind").and_then(|name| Kind::of_name(name.trim()));
        let parsed = match parse_symbol(text, kind) {
            Ok(parsed) => parsed,
            Err(why) => {
                // Once, until somebody types something else.
                if self.mark.open.get(&id).is_none_or(|before| before != text) {
                    self.tell(Item::new(text, ItemStatus::Rejected, format!("it was not added: {why}")));
                }
                self.leave_open(id, text);
                return;
            }
        };
        let instrument = Instrument {
            id: parsed.id(),
            kind: parsed.kind.name().into(),
            symbol: parsed.symbol,
            name: column("name"),
            exchange: parsed.mic,
            currency: None,
            isin: None,
            watched: true,
        };
        let key = spelled(&instrument);
        if self.wanted.hash(&key).is_some() {
            // Spelled in another way than ours.
            self.adopt(&key, id, &[], false);
            return;
        }
        if self.ledger.get(&key).is_some() {
            self.mark.tally.twice += 1;
            return;
        }
        self.tell(Item::new(key.as_str(), ItemStatus::Updated, "added in NocoDB, and priced from now on"));
        self.ledger.put(&key, id, "", false);
        self.mark.open.remove(&id);
        self.instruments.push(instrument);
    }

    fn tell(&mut self, item: Item) {
        if !self.items.iter().any(|told| told.name == item.name) {
            self.items.push(item);
        }
    }
}
