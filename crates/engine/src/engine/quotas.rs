//! What is left of the budgets of requests, and whose they are.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use super::{Engine, Result};
use crate::model::quota::QuotaRow;
use crate::model::sync::ConnectionId;
use crate::quota;

/// What is left of a budget.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QuotaView {
    /// Provider, address or key, and which limit.
    pub scope: String,
    pub provider: String,
    /// The limit's name: `minute`, `day`.
    pub limit: String,
    /// The connections that share it.
    pub connections: Vec<ConnectionId>,
    pub used: i64,
    pub left: i64,
    pub weight_max: i64,
    /// When it is full again.
    pub resets_at: Timestamp,
    /// The provider wants no request before.
    pub closed_until: Option<Timestamp>,
    /// Why it is closed.
    pub note: Option<String>,
}

impl Engine {
    /// What is left of each budget that was ever drawn on and that a connection still has.
    pub async fn quotas(&self) -> Result<Vec<QuotaView>> {
        let now = self.now();
        let rows: Vec<QuotaRow> = self.store.records(|s| s.ascending("scope")).await?;
        let addresses: BTreeSet<&str> = rows.iter().map(|row| quota::egress(&row.scope)).collect();
        let mut owned = Vec::new();
        for connection in if rows.is_empty() { Vec::new() } else { self.connections().await? } {
            let credentials = self.credentials_of(&connection).await;
            let spec = self.provider(&connection.provider).spec();
            let budgets = |egress: &&str| quota::budgets(spec, &connection.settings, &credentials, egress);
            let scopes = addresses.iter().flat_map(budgets).map(|budget| budget.scope);
            owned.push((connection.id, scopes.collect::<Vec<_>>()));
        }
        let views = rows.into_iter().map(|row| {
            let of = owned.iter().filter(|(_, scopes)| scopes.contains(&row.scope)).map(|(id, _)| *id);
            view(&row, of.collect(), now)
        });
        Ok(views.filter(|view| !view.connections.is_empty()).collect())
    }
}

fn view(row: &QuotaRow, connections: Vec<ConnectionId>, now: Timestamp) -> QuotaView {
    let mut parts = row.scope.split('/');
    let is_closed = row.closed_at(now);
    QuotaView {
        provider: parts.next().unwrap_or_default().into(),
        limit: parts.next_back().unwrap_or_default().into(),
        connections,
        used: if now < row.window_end { row.used } else { 0 },
        left: row.left(now),
        weight_max: row.weight_max,
        resets_at: row.window_end.max(now),
        closed_until: row.closed_until.filter(|_| is_closed),
        note: row.note.clone().filter(|_| is_closed),
        scope: row.scope.clone(),
    }
}
