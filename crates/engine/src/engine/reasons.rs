//! Why something has no price, or only an old one, and what to do about it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Engine, Result};
use crate::model::instrument::Instrument;
use crate::model::sync::{ConnectionId, Gap, Stream};
use crate::work::Desk;

/// Who reads an instrument's quotes, and under which symbol.
pub(super) struct Reader {
    pub connection: ConnectionId,
    pub stream: &'static str,
    pub native_symbol: String,
}

pub(super) struct Reasons {
    pub readers: BTreeMap<String, Reader>,
    labels: BTreeMap<ConnectionId, String>,
    /// By connection, stream and item.
    gaps: BTreeMap<(ConnectionId, String, String), String>,
    /// By connection and stream.
    errors: BTreeMap<(ConnectionId, String), String>,
    /// Who would read an instrument that nobody reads, if their plan included it.
    barred: BTreeMap<String, ConnectionId>,
    /// Instruments whose price nobody needs.
    unwanted: BTreeSet<String>,
}

impl Engine {
    pub(super) async fn reasons(&self, desk: &Desk) -> Result<Reasons> {
        let connections = self.connections().await?;
        let gaps: Vec<Gap> = self.store.records(|s| s).await?;
        let streams: Vec<Stream> = self.store.records(|s| s).await?;
        let mut readers = BTreeMap::new();
        for (instrument, connection, stream, native) in desk.assignments() {
            readers.insert(instrument.id.clone(), Reader { connection, stream, native_symbol: native.symbol });
        }
        let barred = desk.unread().into_iter().filter_map(|i| Some((i.id.clone(), desk.barred(i)?)));
        let error = |stream: Stream| Some(((stream.connection_id, stream.name), stream.error?));
        Ok(Reasons {
            readers,
            labels: connections.into_iter().map(|connection| (connection.id, connection.label)).collect(),
            gaps: gaps.into_iter().map(|gap| ((gap.connection_id, gap.stream, gap.item), gap.reason)).collect(),
            errors: streams.into_iter().filter_map(error).collect(),
            barred: barred.collect(),
            unwanted: desk.unwanted().map(|instrument| instrument.id.clone()).collect(),
        })
    }
}

impl Reasons {
    /// Whether the user lists it or holds it.
    pub fn wants(&self, instrument: &Instrument) -> bool {
        !self.unwanted.contains(&instrument.id)
    }

    /// Why nobody reads its quotes; `None` where somebody does, or nobody wants them.
    pub fn unread(&self, instrument: &Instrument) -> Option<String> {
        if !self.wants(instrument) || self.readers.contains_key(&instrument.id) {
            return None;
        }
        let id = &instrument.id;
        Some(match self.barred.get(id) {
            Some(connection) => format!(
                "the plan of `{}` does not include it, and no other connection of yours prices it",
                self.label(*connection)
            ),
            None => format!(
                "no connection of yours prices it: add one that does, or say under which name one knows it: foliosync \
                 instruments map PROVIDER:SYMBOL {id}"
            ),
        })
    }

    /// Why it has no price, or (`has_price`) none that is newer.
    pub fn lacking(&self, instrument: &Instrument, has_price: bool) -> String {
        if !self.wants(instrument) {
            return "nobody asks for its price any more; this is the last one".into();
        }
        if let Some(unread) = self.unread(instrument) {
            return unread;
        }
        let Some(reader) = self.readers.get(&instrument.id) else { return String::new() };
        let (connection, stream) = (reader.connection, reader.stream.to_string());
        let gap = self.gaps.get(&(connection, stream.clone(), reader.native_symbol.clone()));
        let label = self.label(connection);
        match gap.or_else(|| self.errors.get(&(connection, stream))) {
            Some(why) => format!("{label}: {why}"),
            None if has_price => format!("{label} has given nothing newer"),
            None => format!("{label} has not read it yet"),
        }
    }

    fn label(&self, connection: ConnectionId) -> &str {
        self.labels.get(&connection).map_or("", String::as_str)
    }
}
