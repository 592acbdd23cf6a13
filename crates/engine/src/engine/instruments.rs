//! Instruments: what is to be priced, under which name at whom, and what still waits for the user to say.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::connections::join;
use super::{Engine, EngineError, Result};
use crate::model::Batch;
use crate::model::instrument::{BY_USER, Instrument, Listing};
use crate::model::sync::{ConnectionId, Trigger};
use crate::nearest::nearest;
use crate::provider::Work;
use crate::spelling::{Kind, parse_symbol};
use crate::units::Unit;

/// How people may write an instrument.
const SPELLINGS: &str = "for example: AAPL, VOD.L, crypto:BTC, EUR/USD";

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct NewInstrument {
    /// As people write it: `AAPL`, `VOD.L`, `crypto:BTC`, `EUR/USD`.
    pub symbol: String,
    /// Where the symbol alone could mean two things.
    pub kind: Option<String>,
    pub name: Option<String>,
    pub currency: Option<String>,
    pub isin: Option<String>,
}

/// What a provider's symbol is.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Mapping {
    pub provider: String,
    pub native_symbol: String,
    /// The id of an instrument, or a symbol as people write it.
    pub instrument: String,
    /// The unit of the provider's price: `USD`, `GBp`.
    pub unit: Option<String>,
}

/// An instrument as people see it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstrumentView {
    #[serde(flatten)]
    pub instrument: Instrument,
    pub listings: Vec<Listing>,
    /// Whether its price is needed: the user lists it, or some connection holds it.
    pub wanted: bool,
    /// Which connection reads its quotes, and under which symbol.
    pub priced_by: Option<PricedBy>,
    /// Why it has no price and what to do, where nobody reads it.
    pub unpriced: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PricedBy {
    pub connection: ConnectionId,
    pub native_symbol: String,
}

impl Engine {
    /// Adds instruments to those that are priced, all or none. One that is there is changed where something is given.
    pub async fn add_instruments(&self, new: Vec<NewInstrument>) -> Result<Vec<Instrument>> {
        if new.is_empty() {
            return Err(EngineError::input("there is no instrument to add", SPELLINGS));
        }
        let mut known = self.instruments_by_id().await?;
        let mut added: BTreeMap<String, Instrument> = BTreeMap::new();
        for new in new {
            let fresh = instrument(&new)?;
            let is_there = |all: &BTreeMap<String, Instrument>| {
                let share = all.values().find(|known| known.is_share_of(&fresh));
                share.or(all.get(&fresh.id)).map(|known| known.id.clone())
            };
            let id = is_there(&added).or_else(|| is_there(&known)).unwrap_or(fresh.id.clone());
            let before = added.remove(&id).or_else(|| known.remove(&id)).unwrap_or_else(|| fresh.clone());
            // A share is a stock until somebody says what else it is.
            let kind = if fresh.kind == Kind::Stock.name() { before.kind } else { fresh.kind };
            added.insert(
                id,
                Instrument {
                    kind,
                    name: new.name.or(before.name.clone()),
                    currency: new.currency.or(before.currency.clone()),
                    isin: new.isin.or(before.isin.clone()),
                    watched: true,
                    ..before
                },
            );
        }
        let added: Vec<Instrument> = added.into_values().collect();
        self.admit_instruments(&added).await?;
        self.store.put_rows(vec![Batch::of(&added)]).await?;
        self.prices_are_wanted().await?;
        Ok(added)
    }

    /// Stops pricing an instrument. Its prices stay.
    pub async fn unwatch_instrument(&self, id: &str) -> Result<Instrument> {
        let found = Instrument { watched: false, ..self.instrument(id).await? };
        self.store.put_rows(vec![Batch::of([&found])]).await?;
        Ok(found)
    }

    /// Says what a provider's symbol is. What the user said stays, whatever the provider says later.
    pub async fn map_listing(&self, mapping: Mapping) -> Result<Listing> {
        self.spec(&mapping.provider)?;
        let instrument = self.instrument(&mapping.instrument).await?;
        if let Some(unit) = mapping.unit.as_deref().filter(|unit| Unit::parse(unit).is_none()) {
            let hint = "a currency such as USD, or a part of one as exchanges write it: GBp, GBX, ILA, ZAc";
            return Err(EngineError::input(format!("`{unit}` is not a unit of price"), hint));
        }
        let listing = Listing {
            provider: mapping.provider,
            native_symbol: mapping.native_symbol,
            instrument_id: Some(instrument.id),
            unit: mapping.unit,
            name: None,
            mapped_by: BY_USER.into(),
            quoted: true,
            factor: None,
        };
        self.store.put_rows(vec![Batch::of([&listing])]).await?;
        self.prices_are_wanted().await?;
        Ok(listing)
    }

    pub async fn instruments(&self) -> Result<Vec<InstrumentView>> {
        let reasons = self.reasons(&self.desk().await?).await?;
        let mut of: BTreeMap<String, Vec<Listing>> = BTreeMap::new();
        for listing in self.listings().await? {
            of.entry(listing.instrument_id.clone().unwrap_or_default()).or_default().push(listing);
        }
        let all = self.instruments_by_id().await?.into_values();
        Ok(all
            .map(|instrument| {
                let reader = reasons.readers.get(&instrument.id);
                let priced_by =
                    reader.map(|r| PricedBy { connection: r.connection, native_symbol: r.native_symbol.clone() });
                let unpriced = reasons.unread(&instrument);
                InstrumentView {
                    listings: of.remove(&instrument.id).unwrap_or_default(),
                    wanted: reasons.wants(&instrument),
                    priced_by,
                    unpriced,
                    instrument,
                }
            })
            .collect())
    }

    /// Symbols of providers that nobody has said the meaning of.
    pub async fn unmapped(&self) -> Result<Vec<Listing>> {
        let mut all = self.listings().await?;
        all.retain(|listing| listing.instrument_id.is_none());
        Ok(all)
    }

    async fn listings(&self) -> Result<Vec<Listing>> {
        Ok(Listing::settled(self.store.records(|s| s).await?))
    }

    async fn instruments_by_id(&self) -> Result<BTreeMap<String, Instrument>> {
        let all: Vec<Instrument> = self.store.records(|s| s.ascending("id")).await?;
        Ok(all.into_iter().map(|instrument| (instrument.id.clone(), instrument)).collect())
    }

    /// By its id, by a symbol as people write it, or by the symbol alone where only one has it.
    pub(super) async fn instrument(&self, text: &str) -> Result<Instrument> {
        let text = text.trim();
        let mut all = self.instruments_by_id().await?;
        let spelled = parse_symbol(text, None).map(|parsed| parsed.id());
        if let Some(found) = all.remove(text).or_else(|| all.remove(&spelled.ok()?)) {
            return Ok(found);
        }
        let named: Vec<_> = all.values().filter(|i| i.symbol.eq_ignore_ascii_case(text)).collect();
        match named.as_slice() {
            [one] => Ok((*one).clone()),
            [] => {
                let near = nearest(text, all.values().flat_map(|i| [i.id.as_str(), i.symbol.as_str()]));
                let hint = format!("{near}add it: foliosync instruments add {text}");
                Err(EngineError::not_found(format!("there is no instrument `{text}`"), hint))
            }
            several => {
                let hint = format!("write the one that it is: {}", join(several.iter().map(|i| i.id.as_str())));
                Err(EngineError::input(format!("`{text}` may be several instruments"), hint))
            }
        }
    }

    /// Streams whose work list has grown read it soon, not when their time comes.
    async fn prices_are_wanted(&self) -> Result<()> {
        let reads = |work: Option<Work>| matches!(work, Some(Work::Symbols(_)));
        for connection in self.connections().await?.into_iter().filter(|c| c.sync_enabled) {
            let spec = self.provider(&connection.provider).spec();
            let streams: Vec<String> =
                spec.streams.iter().filter(|stream| reads(stream.work)).map(|stream| stream.name.to_string()).collect();
            if !streams.is_empty() {
                self.make_due(connection.id, streams, Trigger::Schedule).await?;
            }
        }
        Ok(())
    }
}

/// The instrument that a text describes.
fn instrument(new: &NewInstrument) -> Result<Instrument> {
    let refused = |message: String| EngineError::input(message, SPELLINGS);
    let kind = match &new.kind {
        Some(name) => {
            let unknown = || {
                let names = || Kind::ALL.iter().map(|kind| kind.name());
                let hint = format!("{}there are: {}", nearest(name, names()), join(names()));
                EngineError::input(format!("`{name}` is not a kind of instrument"), hint)
            };
            Some(Kind::of_name(name).ok_or_else(unknown)?)
        }
        None => None,
    };
    if let Some(currency) = new.currency.as_deref()
        && Unit::parse(currency).is_none_or(|unit| unit.is_minor())
    {
        let hint = "a currency such as USD or GBP; the part in which one provider quotes it goes with the listing";
        return Err(EngineError::input(format!("`{currency}` is not a currency"), hint));
    }
    let parsed = parse_symbol(&new.symbol, kind).map_err(|error| refused(error.to_string()))?;
    Ok(Instrument {
        id: parsed.id(),
        kind: parsed.kind.name().into(),
        symbol: parsed.symbol,
        name: None,
        exchange: parsed.mic,
        currency: None,
        isin: None,
        watched: true,
    })
}
