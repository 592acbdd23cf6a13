//! What lines of a portfolio are made from: holdings, what they are, prices, rates, and how well each source is doing.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::portfolio::HoldingLine;
use super::prices::is_fresh;
use super::reasons::Reasons;
use super::{Engine, Result};
use crate::fx::Rates;
use crate::limits::FX_AGE_DAYS_MAX;
use crate::model::accounts::{BALANCES, Balance, POSITIONS, Position};
use crate::model::instrument::{Instrument, Listing};
use crate::model::prices::{FxRate, QuoteField};
use crate::model::sync::{Connection, ConnectionId, Gap, Stream};
use crate::model::{Decimal, Owned, Table};
use crate::provider::Work;
use crate::status::{Freshness, freshness};
use crate::store::Filter;
use crate::valuation::{By, Exchange, Holding, Price};

/// Contracts that are settled as they go: their quantity by their price is nothing that anybody owns.
const VALUED_BY_SOURCE: [&str; 3] = ["future", "swap", "cfd"];

pub(super) struct Sources {
    connections: BTreeMap<ConnectionId, Connection>,
    balances: Vec<Owned<Balance>>,
    positions: Vec<Owned<Position>>,
    /// By provider and the source's name.
    listings: BTreeMap<(String, String), Listing>,
    instruments: BTreeMap<String, Instrument>,
    /// By instrument.
    prices: BTreeMap<String, Price>,
    /// By instrument, in the currency of its price.
    closes: BTreeMap<String, Decimal>,
    rates: Rates,
    reasons: Reasons,
    /// Why what a stream wrote is old, by connection and table.
    stale: BTreeMap<(ConnectionId, &'static str), String>,
    /// Why a part of it is, by connection, table and part.
    gaps: BTreeMap<(ConnectionId, &'static str, String), String>,
}

impl Sources {
    pub async fn read(engine: &Engine, now: Timestamp) -> Result<Sources> {
        let store = engine.store.as_ref();
        let connections = engine.connections().await?;
        let instruments: Vec<Instrument> = store.records(|s| s).await?;
        let instruments: BTreeMap<_, _> = instruments.into_iter().map(|i| (i.id.clone(), i)).collect();
        let quotes: Vec<QuoteField> =
            store.records(|s| s.with(Filter::IsText("field", "current_price".into()))).await?;
        let reasons = engine.reasons(&engine.desk().await?).await?;
        let priced = |quote: QuoteField| {
            let instrument = instruments.get(&quote.instrument_id)?;
            let is_old = !is_fresh(instrument, quote.as_of, now);
            let stale = is_old.then(|| reasons.lacking(instrument, true));
            let price = Price { value: quote.value, currency: quote.currency?, as_of: quote.as_of, stale };
            Some((quote.instrument_id, price))
        };
        let prices: BTreeMap<String, Price> = quotes.into_iter().filter_map(priced).collect();
        let closes: Vec<QuoteField> =
            store.records(|s| s.with(Filter::IsText("field", "previous_close".into()))).await?;
        let is_of_price = |close: &QuoteField| {
            prices.get(&close.instrument_id).is_some_and(|price| close.currency.as_ref() == Some(&price.currency))
        };
        let closes = closes.into_iter().filter(is_of_price).map(|close| (close.instrument_id, close.value)).collect();
        let today = TimeZone::UTC.to_datetime(now).date();
        let near = Filter::Between("date", today.saturating_sub(FX_AGE_DAYS_MAX.days()), today);
        let rates: Vec<FxRate> = store.records(|s| s.with(near).ascending("provider")).await?;
        let listings = Listing::settled(store.records(|s| s).await?);
        let streams: Vec<Stream> = store.records(|s| s).await?;
        let gaps: Vec<Gap> = store.records(|s| s).await?;
        let mut sources = Sources {
            connections: connections.into_iter().map(|connection| (connection.id, connection)).collect(),
            balances: store.records(|s| s).await?,
            positions: store.records(|s| s).await?,
            listings: listings.into_iter().map(|l| ((l.provider.clone(), l.native_symbol.clone()), l)).collect(),
            prices,
            closes,
            rates: Rates::new(rates),
            reasons,
            stale: BTreeMap::new(),
            gaps: BTreeMap::new(),
            instruments,
        };
        sources.judge(engine, &streams, gaps, now);
        Ok(sources)
    }

    /// How old is what each stream wrote. The stream that a snapshot comes from reads the rows of the last one.
    fn judge(&mut self, engine: &Engine, streams: &[Stream], gaps: Vec<Gap>, now: Timestamp) {
        for table in [&BALANCES, &POSITIONS] {
            let writes = |connection: &Connection, stream: &str| {
                let spec = engine.provider(&connection.provider).spec();
                spec.stream(stream).is_some_and(|stream| reads(stream.work, table))
            };
            for stream in streams {
                let Some(connection) = self.connections.get(&stream.connection_id) else { continue };
                if !writes(connection, &stream.name) {
                    continue;
                }
                let spec = engine.provider(&connection.provider).spec();
                let label = &connection.label;
                let why = if !connection.sync_enabled {
                    format!("`{label}` is switched off")
                } else if freshness(connection, spec, stream, now) == Freshness::Fresh {
                    continue;
                } else {
                    match &stream.error {
                        Some(error) => format!("`{label}`: {error}"),
                        None => format!("`{label}` has given nothing newer"),
                    }
                };
                self.stale.insert((connection.id, table.name), why);
            }
            for gap in &gaps {
                let Some(connection) = self.connections.get(&gap.connection_id) else { continue };
                if writes(connection, &gap.stream) {
                    let why = format!("`{}`, {}: {}", connection.label, gap.item, gap.reason);
                    self.gaps.insert((connection.id, table.name, gap.item.clone()), why);
                }
            }
        }
    }

    pub fn lines(&self, currency: &str, now: Timestamp) -> Vec<HoldingLine> {
        let coin = |(id, price): (&String, &Price)| {
            let instrument = self.instruments.get(id).filter(|instrument| instrument.kind == "crypto")?;
            Some((instrument.symbol.clone(), price.clone()))
        };
        let coins = self.prices.iter().filter_map(coin).collect();
        let date = TimeZone::UTC.to_datetime(now).date();
        let exchange = Exchange { base: currency, date, rates: &self.rates, coins: &coins };
        let balances = self.balances.iter().filter_map(|held| self.balance(held, &exchange));
        balances.chain(self.positions.iter().filter_map(|held| self.position(held, &exchange))).collect()
    }

    fn balance(&self, held: &Owned<Balance>, exchange: &Exchange<'_>) -> Option<HoldingLine> {
        let Balance { wallet, asset, kind, total, as_of, .. } = &held.row;
        let line = self.line(held.connection, wallet, asset, None, *total, *as_of)?;
        let (unmapped, unpriced) = self.lacking(&line);
        let by = match (kind.as_deref(), line.instrument.as_ref().and_then(|id| self.instruments.get(id))) {
            (Some("cash"), _) => By::Currency(asset),
            (_, Some(instrument)) if instrument.kind == "cash" => By::Currency(&instrument.symbol),
            (_, Some(instrument)) => match self.prices.get(&instrument.id) {
                Some(price) => By::Price { market: Some((price, self.factor(&line))), own: None },
                None => By::Nothing(&unpriced),
            },
            (_, None) => By::Nothing(&unmapped),
        };
        let worth = exchange.worth(&Holding { quantity: *total, multiplier: Some(Decimal::ONE), by });
        let line = HoldingLine { kind: kind.clone(), multiplier: Some(Decimal::ONE), ..line };
        let stale = self.stale(held.connection, &BALANCES, wallet);
        Some(self.since_close(line.worth(worth, stale), exchange.base))
    }

    fn position(&self, held: &Owned<Position>, exchange: &Exchange<'_>) -> Option<HoldingLine> {
        let row = &held.row;
        let line = self.line(held.connection, &row.account, &row.symbol, Some(&row.side), row.quantity, row.as_of)?;
        let (unmapped, unpriced) = self.lacking(&line);
        let own = |value: Option<Decimal>| {
            Some(Price { value: value?, currency: row.currency.clone()?, as_of: row.as_of, stale: None })
        };
        let (mark, value) = (own(row.mark_price), own(row.market_value));
        let market = line.instrument.as_ref().and_then(|id| self.prices.get(id));
        let by = if row.kind.as_deref().is_some_and(|kind| VALUED_BY_SOURCE.contains(&kind)) {
            value.as_ref().map_or(By::Nothing("its source gives no value for it"), By::Value)
        } else if market.is_none() && mark.is_none() {
            By::Nothing(if line.instrument.is_some() { &unpriced } else { &unmapped })
        } else {
            By::Price { market: market.map(|price| (price, self.factor(&line))), own: mark.as_ref() }
        };
        let worth = exchange.worth(&Holding { quantity: row.quantity, multiplier: row.multiplier, by });
        let name = row.name.clone().or(line.name.clone());
        let line = HoldingLine { kind: row.kind.clone(), multiplier: row.multiplier, name, ..line };
        let stale = self.stale(held.connection, &POSITIONS, &row.account);
        Some(self.since_close(line.worth(worth, stale), exchange.base))
    }

    /// With what its value has gained since the previous close. Nothing is known of that where the source's own price was
    /// taken; money in the base currency gains nothing.
    fn since_close(&self, line: HoldingLine, base: &str) -> HoldingLine {
        if line.price.is_none() {
            let is_base = line.value.is_some() && line.price_currency.as_deref() == Some(base);
            return HoldingLine { day_change: is_base.then_some(Decimal::ZERO), ..line };
        }
        let id = line.instrument.as_ref();
        let is_market = |price: &&Price| Some(price.as_of) == line.price_as_of && Some(price.value) == line.price;
        let market = id.and_then(|id| self.prices.get(id)).filter(is_market);
        let close = market.and(id).and_then(|id| self.closes.get(id)).copied();
        let gained = |close: Decimal| {
            let units = line.quantity.checked_mul(line.multiplier?)?.checked_mul(self.factor(&line))?;
            units.checked_mul(line.price?.checked_sub(close)?)?.checked_mul(line.rate?)
        };
        HoldingLine { previous_close: close, day_change: close.and_then(gained), ..line }
    }

    /// Why it would have no price: because nobody has said what it is, or because nobody prices that.
    fn lacking(&self, line: &HoldingLine) -> (String, String) {
        let instrument = line.instrument.as_ref().and_then(|id| self.instruments.get(id));
        let unpriced = instrument.map(|instrument| self.reasons.lacking(instrument, false)).unwrap_or_default();
        let (provider, asset) = (&line.provider, &line.asset);
        let hint = format!("say it: foliosync instruments map {provider}:{asset} INSTRUMENT");
        (format!("nobody has said yet what it is; {hint}"), unpriced)
    }

    fn factor(&self, line: &HoldingLine) -> Decimal {
        let listing = self.listings.get(&(line.provider.clone(), line.asset.clone()));
        listing.and_then(|listing| listing.factor).unwrap_or(Decimal::ONE)
    }

    fn stale(&self, connection: ConnectionId, table: &Table, part: &str) -> Option<String> {
        let gap = self.gaps.get(&(connection, table.name, part.to_string()));
        gap.or_else(|| self.stale.get(&(connection, table.name))).cloned()
    }

    /// A line without its worth; `None` where its connection was removed and its rows were kept.
    fn line(
        &self,
        connection: ConnectionId,
        part: &str,
        asset: &str,
        side: Option<&str>,
        quantity: Decimal,
        as_of: Timestamp,
    ) -> Option<HoldingLine> {
        let owner = self.connections.get(&connection)?;
        let listing = self.listings.get(&(owner.provider.clone(), asset.to_string()));
        let instrument = listing.and_then(|listing| listing.instrument_id.clone());
        let known = instrument.as_ref().and_then(|id| self.instruments.get(id));
        Some(HoldingLine {
            // Numbers with leading zeros, so that texts are in the order of numbers.
            key: format!("{connection:012}/{part}/{asset}/{}", side.unwrap_or_default()),
            connection,
            label: owner.label.clone(),
            provider: owner.provider.clone(),
            part: part.into(),
            asset: asset.into(),
            side: side.map(String::from),
            kind: None,
            name: known.and_then(|instrument| instrument.name.clone()),
            instrument,
            quantity,
            multiplier: None,
            price: None,
            price_currency: None,
            price_as_of: None,
            previous_close: None,
            rate: None,
            rate_date: None,
            value: None,
            day_change: None,
            as_of,
            stale: false,
            remark: None,
        })
    }
}

fn reads(work: Option<Work>, table: &Table) -> bool {
    match work {
        Some(Work::Rows(tables)) => tables.iter().any(|own| own.full_name() == table.full_name()),
        _ => false,
    }
}
