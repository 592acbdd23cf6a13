//! Who is next: connections by when they are due, told apart by provider and owner, so that none of these waits behind
//! all connections of another.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::model::sync::{Connection, ConnectionId};
use crate::store::ClaimAsk;

#[derive(Default)]
pub struct Queue {
    waiting: BTreeMap<Group, BTreeSet<(Timestamp, ConnectionId)>>,
    /// When the first of each group is due, so that a look costs nothing for those that are not.
    heads: BTreeSet<(Timestamp, Group)>,
    /// Runs that are going, by provider and by owner.
    by_provider: BTreeMap<String, usize>,
    by_owner: BTreeMap<Option<String>, usize>,
    running: usize,
}

/// Provider and owner.
type Group = (String, Option<String>);

fn group(connection: &Connection) -> Group {
    (connection.provider.clone(), connection.owner.clone())
}

impl Queue {
    pub fn put(&mut self, connection: &Connection, due: Timestamp) {
        self.change(group(connection), |waiting| waiting.insert((due, connection.id)));
    }

    pub fn take(&mut self, connection: &Connection, due: Timestamp) {
        self.change(group(connection), |waiting| waiting.remove(&(due, connection.id)));
    }

    fn change(&mut self, group: Group, change: impl FnOnce(&mut BTreeSet<(Timestamp, ConnectionId)>) -> bool) {
        let mut waiting = self.waiting.remove(&group).unwrap_or_default();
        let before = waiting.first().map(|(due, _)| *due);
        change(&mut waiting);
        let after = waiting.first().map(|(due, _)| *due);
        if before != after {
            before.map(|due| self.heads.remove(&(due, group.clone())));
            after.map(|due| self.heads.insert((due, group.clone())));
        }
        if after.is_some() {
            self.waiting.insert(group, waiting);
        }
    }

    pub fn begins(&mut self, connection: &Connection) {
        *self.by_provider.entry(connection.provider.clone()).or_default() += 1;
        *self.by_owner.entry(connection.owner.clone()).or_default() += 1;
        self.running += 1;
    }

    pub fn ends(&mut self, connection: &Connection) {
        less(&mut self.by_provider, &connection.provider);
        less(&mut self.by_owner, &connection.owner);
        self.running -= 1;
    }

    pub fn running(&self) -> usize {
        self.running
    }

    /// As many connections as are asked for that are due and that `may_run`: those whose owner, then whose provider has
    /// the fewest runs going, then those that have waited longest.
    pub fn next(&self, ask: &ClaimAsk, may_run: impl Fn(ConnectionId) -> bool) -> Vec<ConnectionId> {
        let ready = self.heads.iter().take_while(|(due, _)| *due <= ask.now);
        let max_of = |provider: &String| ask.max_of.get(provider).copied().unwrap_or(usize::MAX);
        let mut heads: Vec<_> = ready
            .map(|(_, group)| {
                let due = self.waiting[group].range(..=(ask.now, ConnectionId::MAX)).filter(|(_, id)| may_run(*id));
                (&group.0, &group.1, due.peekable())
            })
            .collect();
        let (mut by_provider, mut by_owner) = (BTreeMap::new(), BTreeMap::new());
        let mut next = Vec::new();
        while next.len() < ask.max {
            let load = |provider: &String, owner: &Option<String>| {
                let owners = self.by_owner.get(owner).unwrap_or(&0) + by_owner.get(&owner).unwrap_or(&0);
                let providers = self.by_provider.get(provider).unwrap_or(&0) + by_provider.get(&provider).unwrap_or(&0);
                (owners, providers)
            };
            let has_room = |provider: &String| *by_provider.get(&provider).unwrap_or(&0) < max_of(provider);
            let ready = heads.iter_mut().filter(|(provider, ..)| has_room(provider));
            let ready = ready.filter_map(|(provider, owner, due)| {
                let head = **due.peek()?;
                Some((load(provider, owner), head, *provider, *owner, due))
            });
            let Some((_, (_, id), provider, owner, due)) = ready.min_by_key(|(load, head, ..)| (*load, *head)) else {
                break;
            };
            due.next();
            next.push(id);
            *by_provider.entry(provider).or_insert(0) += 1;
            *by_owner.entry(owner).or_insert(0) += 1;
        }
        next
    }
}

fn less<K: Ord>(counts: &mut BTreeMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}
