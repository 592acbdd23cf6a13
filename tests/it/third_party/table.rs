//! What a client was told beside what is stored, call by call.

use super::Lines;

/// Rows that are shown of each call.
const SAMPLES: usize = 3;

pub struct Call {
    name: String,
    theirs: Lines,
    ours: Lines,
}

pub fn call(name: &str, theirs: Lines, ours: Lines) -> Call {
    Call { name: name.into(), theirs, ours }
}

impl Call {
    /// Ids whose rows differ, or those to show: of the beginning, the middle and the end.
    fn samples(&self) -> Vec<&String> {
        let differs: Vec<_> = self.ids().filter(|id| self.theirs.get(*id) != self.ours.get(*id)).collect();
        if !differs.is_empty() {
            return differs.into_iter().take(SAMPLES).collect();
        }
        let ids: Vec<_> = self.theirs.keys().collect();
        let last = ids.len().saturating_sub(1);
        let mut places = [0, last / 2, last].map(|place| place.min(last)).to_vec();
        places.dedup();
        places.into_iter().filter_map(|place| ids.get(place).copied()).collect()
    }

    fn ids(&self) -> impl Iterator<Item = &String> {
        self.theirs.keys().chain(self.ours.keys().filter(|id| !self.theirs.contains_key(*id)))
    }
}

/// Prints all of it, and fails where anything differs.
#[track_caller]
pub fn agree(of: &str, client: &str, calls: &[Call]) {
    println!("\n{of}: what {client} was told, and what foliosync has stored");
    println!("  {:<34} {:>8} {:>9}", "call", "client", "foliosync");
    for Call { name, theirs, ours } in calls {
        let word = if theirs == ours { "equal" } else { "NOT EQUAL" };
        println!("  {name:<34} {:>8} {:>9}  {word}", theirs.len(), ours.len());
    }
    for one in calls {
        println!("  {}", one.name);
        let samples = one.samples();
        let width = samples.iter().map(|id| id.len()).max().unwrap_or(0);
        let line = |lines: &Lines, id: &String| lines.get(id).cloned().unwrap_or_else(|| "nothing".into());
        for id in samples {
            println!("    {id:<width$}  client    {}", line(&one.theirs, id));
            println!("    {:<width$}  foliosync {}", "", line(&one.ours, id));
        }
    }
    let wrong: Vec<&str> =
        calls.iter().filter(|call| call.theirs != call.ours).map(|call| call.name.as_str()).collect();
    assert!(wrong.is_empty(), "{of}: {client} was told otherwise by {wrong:?}");
    let empty: Vec<&str> = calls.iter().filter(|call| call.theirs.is_empty()).map(|call| call.name.as_str()).collect();
    assert!(empty.is_empty(), "{of}: nothing to compare by {empty:?}");
}
