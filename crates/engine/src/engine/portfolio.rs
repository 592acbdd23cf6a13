//! Read models: everything that is held, what it is worth, and what is not known about that.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use tokio::sync::watch;

use super::portfolio_sources::Sources;
use super::settings::currency_of;
use super::{Engine, Result};
use crate::limits::{PORTFOLIO_LINES_MAX, VALUATION_SECONDS};
use crate::model::accounts::{BALANCES, POSITIONS, Valuation};
use crate::model::sync::ConnectionId;
use crate::model::{Batch, Decimal};
use crate::store::{Filter, Select};
use crate::valuation::Worth;

/// Which part of everything to show.
#[derive(Debug, Clone, Default)]
pub struct PortfolioAsk {
    /// The base currency, where it is `None`.
    pub currency: Option<String>,
    pub connection: Option<ConnectionId>,
    /// The key of the last line of the page before.
    pub after: Option<String>,
    /// `PORTFOLIO_LINES_MAX` at most, and where it is `None`.
    pub max: Option<usize>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Portfolio {
    pub currency: String,
    pub at: Timestamp,
    /// Over all that is asked for, whatever the page shows.
    pub total: Total,
    pub connections: Vec<ConnectionTotal>,
    pub lines: Vec<HoldingLine>,
    /// Give it as `after` for the next page; `None` on the last one.
    pub next_after: Option<String>,
}

/// A sum with what it lacks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Total {
    /// Of what has a value, old ones included; `None` where the sum has more digits than fit.
    pub value: Option<Decimal>,
    /// Lines with a value.
    pub priced: usize,
    /// Those of them of which something is old.
    pub stale: usize,
    pub unpriced: usize,
    /// Whether anything is old or lacks.
    pub partial: bool,
    /// Over the lines whose previous close is known, and how many those are.
    pub day_change: Option<Decimal>,
    pub day_change_of: usize,
    /// What those lines were worth then.
    pub day_before: Option<Decimal>,
    /// The change in per cent of that, to two decimals.
    pub day_change_pct: Option<Decimal>,
}

#[derive(Debug, Clone, Serialize)]
pub struct ConnectionTotal {
    pub connection: ConnectionId,
    pub label: String,
    pub provider: String,
    #[serde(flatten)]
    pub total: Total,
}

/// Something that is held.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HoldingLine {
    /// Its place in the order of all lines.
    pub key: String,
    pub connection: ConnectionId,
    pub label: String,
    pub provider: String,
    /// The wallet of a balance, the account of a position.
    pub part: String,
    /// As the source names it.
    pub asset: String,
    /// `net`, `long` or `short` for positions.
    pub side: Option<String>,
    pub kind: Option<String>,
    pub name: Option<String>,
    /// What it is; `None` while nobody has said.
    pub instrument: Option<String>,
    pub quantity: Decimal,
    pub multiplier: Option<Decimal>,
    pub price: Option<Decimal>,
    pub price_currency: Option<String>,
    pub price_as_of: Option<Timestamp>,
    /// In the currency of the price.
    pub previous_close: Option<Decimal>,
    pub rate: Option<Decimal>,
    pub rate_date: Option<Date>,
    /// `None` is unpriced: not zero.
    pub value: Option<Decimal>,
    /// What the value has gained since the previous close, at the same rate; `None` where that close is not known.
    pub day_change: Option<Decimal>,
    /// When this much was held, by the source.
    pub as_of: Timestamp,
    /// Whether quantity, price or rate are old.
    pub stale: bool,
    /// Why it is unpriced or old.
    pub remark: Option<String>,
}

/// What everything was worth on a day, as it was known then.
#[derive(Debug, Clone, Serialize)]
pub struct DayTotal {
    pub date: Date,
    pub currency: String,
    #[serde(flatten)]
    pub total: Total,
}

impl Total {
    fn add(&mut self, value: Option<Decimal>, stale: bool) {
        match value {
            Some(value) => {
                let sum = if self.priced == 0 { Some(Decimal::ZERO) } else { self.value };
                self.value = sum.and_then(|sum| sum.checked_add(value));
                self.priced += 1;
                self.stale += usize::from(stale);
            }
            None => self.unpriced += 1,
        }
        self.partial = self.stale + self.unpriced > 0;
    }

    /// Counts a line.
    fn add_line(&mut self, line: &HoldingLine) {
        self.add(line.value, line.stale);
        let Some((value, change)) = line.value.zip(line.day_change) else { return };
        let sum = |sum: Option<Decimal>, more: Decimal, is_first: bool| {
            if is_first { Some(more) } else { sum.and_then(|sum| sum.checked_add(more)) }
        };
        let is_first = self.day_change_of == 0;
        self.day_change = sum(self.day_change, change, is_first);
        self.day_before = value.checked_sub(change).and_then(|before| sum(self.day_before, before, is_first));
        self.day_change_of += 1;
    }

    /// Nothing at all is worth nothing; what nobody can price is not.
    fn settled(mut self) -> Total {
        if self.priced + self.unpriced == 0 {
            self.value = Some(Decimal::ZERO);
        }
        let before = self.day_before.filter(|before| *before > Decimal::ZERO);
        let part = self.day_change.zip(before).and_then(|(change, before)| change.checked_div(before));
        self.day_change_pct = part.and_then(|part| part.checked_mul(Decimal::from(100))).map(|part| part.round(2));
        self
    }
}

impl Engine {
    /// Everything that is held, line by line, with its worth now.
    pub async fn portfolio(&self, ask: PortfolioAsk) -> Result<Portfolio> {
        let currency = match &ask.currency {
            Some(currency) => currency_of(currency)?,
            None => self.base_currency().await?,
        };
        let now = self.now();
        let lines = self.holdings(&currency, now).await?;
        let lines = lines.into_iter().filter(|line| ask.connection.is_none_or(|id| id == line.connection));
        let max = ask.max.unwrap_or(PORTFOLIO_LINES_MAX).clamp(1, PORTFOLIO_LINES_MAX);
        let (mut total, mut connections) = (Total::default(), BTreeMap::new());
        let (mut shown, mut next_after) = (Vec::new(), None);
        for line in lines {
            total.add_line(&line);
            let names = || (line.label.clone(), line.provider.clone(), Total::default());
            connections.entry(line.connection).or_insert_with(names).2.add_line(&line);
            if ask.after.as_ref().is_some_and(|after| line.key <= *after) {
                continue;
            }
            if shown.len() < max {
                shown.push(line);
            } else if next_after.is_none() {
                next_after = shown.last().map(|line| line.key.clone());
            }
        }
        let of_connection = |(connection, (label, provider, total)): (ConnectionId, (String, String, Total))| {
            ConnectionTotal { connection, label, provider, total: total.settled() }
        };
        Ok(Portfolio {
            currency,
            at: now,
            total: total.settled(),
            connections: connections.into_iter().map(of_connection).collect(),
            lines: shown,
            next_after,
        })
    }

    /// Writes down what everything is worth, again and again, until `stop` turns true.
    pub async fn keep_valuation(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        loop {
            if let Err(error) = self.record_valuation().await {
                tracing::warn!(%error, "what everything is worth could not be written down; it will be tried again");
            }
            tokio::select! {
                () = tokio::time::sleep(VALUATION_SECONDS) => {}
                () = async { drop(stop.wait_for(|stop| *stop).await) } => return,
            }
        }
    }

    /// Writes down what everything is worth today, where it is not what was written last. Returns how many lines changed.
    pub async fn record_valuation(&self) -> Result<usize> {
        let currency = self.base_currency().await?;
        let now = self.now();
        let date = TimeZone::UTC.to_datetime(now).date();
        let before = self.valuations(date, date).await?;
        if before.is_empty() && !self.holds_anything().await? {
            return Ok(0);
        }
        let mut before: BTreeMap<_, Valuation> = before
            .into_iter()
            .map(|row| ((row.connection_id, row.part.clone(), row.asset.clone(), row.side.clone()), row))
            .collect();
        let mut changed = Vec::new();
        for line in self.holdings(&currency, now).await? {
            let row = line.valuation(date, &currency, now);
            let key = (row.connection_id, row.part.clone(), row.asset.clone(), row.side.clone());
            let is_same = |old: Valuation| Valuation { valued_at: now, ..old } == row;
            if !before.remove(&key).is_some_and(is_same) {
                changed.push(row);
            }
        }
        // What is no longer held was not worth anything at the end of the day.
        let gone = before.into_values().filter(|row| row.quantity != Decimal::ZERO).map(|row| Valuation {
            quantity: Decimal::ZERO,
            value: Some(Decimal::ZERO),
            stale: false,
            remark: None,
            valued_at: now,
            currency: currency.clone(),
            ..row
        });
        changed.extend(gone);
        if !changed.is_empty() {
            self.store.put_rows(vec![Batch::of(&changed)]).await?;
        }
        Ok(changed.len())
    }

    /// What everything was worth on each day that was looked at, in the currency of that day.
    pub async fn value_over_time(&self, from: Option<Date>, to: Option<Date>) -> Result<Vec<DayTotal>> {
        let mut days: BTreeMap<(Date, String), Total> = BTreeMap::new();
        for row in self.valuations(from.unwrap_or(Date::MIN), to.unwrap_or(Date::MAX)).await? {
            if row.quantity != Decimal::ZERO {
                days.entry((row.date, row.currency)).or_default().add(row.value, row.stale);
            }
        }
        Ok(days.into_iter().map(|((date, currency), total)| DayTotal { date, currency, total }).collect())
    }

    async fn holds_anything(&self) -> Result<bool> {
        for table in [&BALANCES, &POSITIONS] {
            if !self.store.read(Select::all(table).max(1)).await?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn valuations(&self, from: Date, to: Date) -> Result<Vec<Valuation>> {
        let days = Filter::Between("date", from, to);
        Ok(self.store.records(|s: Select| s.with(days)).await?)
    }

    async fn holdings(&self, currency: &str, now: Timestamp) -> Result<Vec<HoldingLine>> {
        let sources = Sources::read(self, now).await?;
        let mut lines = sources.lines(currency, now);
        lines.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(lines)
    }
}

impl HoldingLine {
    /// Takes over what was found out about its worth.
    pub(super) fn worth(mut self, worth: Worth, stale: Option<String>) -> HoldingLine {
        self.stale = worth.value.is_some() && (stale.is_some() || !worth.remarks.is_empty());
        let remarks: Vec<String> = stale.into_iter().chain(worth.remarks).collect();
        self.remark = (!remarks.is_empty()).then(|| remarks.join("; "));
        HoldingLine {
            price: worth.price,
            price_currency: worth.price_currency,
            price_as_of: worth.price_as_of,
            rate: worth.rate,
            rate_date: worth.rate_date,
            value: worth.value,
            ..self
        }
    }

    fn valuation(self, date: Date, currency: &str, now: Timestamp) -> Valuation {
        Valuation {
            date,
            connection_id: self.connection,
            part: self.part,
            asset: self.asset,
            side: self.side.unwrap_or_default(),
            kind: self.kind,
            instrument_id: self.instrument,
            quantity: self.quantity,
            price: self.price,
            price_currency: self.price_currency,
            price_as_of: self.price_as_of,
            rate: self.rate,
            rate_date: self.rate_date,
            currency: currency.into(),
            value: self.value,
            stale: self.stale,
            remark: self.remark,
            valued_at: now,
        }
    }
}
