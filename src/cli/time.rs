//! Times as people say them.

use jiff::{SignedDuration, Timestamp};

/// "just now", "5m ago", "3h ago", "2d ago", and honest words for a time that has not come yet.
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    let age = now.duration_since(at);
    if age < -SignedDuration::from_secs(60) {
        return format!("in {} (the clock was set back?)", span(-age));
    }
    if age < SignedDuration::from_secs(60) { "just now".into() } else { format!("{} ago", span(age)) }
}

/// The largest whole unit.
fn span(age: SignedDuration) -> String {
    match age.as_mins() {
        minutes @ ..60 => format!("{minutes}m"),
        minutes @ 60..1_440 => format!("{}h", minutes / 60),
        minutes => format!("{}d", minutes / 1_440),
    }
}

/// "in 40s", "in 5m", "in 3h", "in 2d"; "now" for what has come.
pub fn until(at: Timestamp, now: Timestamp) -> String {
    let wait = at.duration_since(now);
    match wait.as_secs() {
        ..=0 => "now".into(),
        seconds @ 1..60 => format!("in {seconds}s"),
        _ => format!("in {}", span(wait)),
    }
}

pub fn ago_or_never(at: Option<Timestamp>, now: Timestamp) -> String {
    at.map_or("never".into(), |at| ago(at, now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_its_largest_unit() {
        let now = Timestamp::from_second(1_000_000_000).unwrap();
        for (secs, want) in [(-5, "now"), (0, "now"), (1, "in 1s"), (59, "in 59s"), (60, "in 1m"), (90_000, "in 1d")] {
            assert_eq!(until(now + SignedDuration::from_secs(secs), now), want);
        }
    }

    #[test]
    fn an_age_is_told_in_its_largest_unit() {
        let now = Timestamp::from_second(1_000_000_000).unwrap();
        for (secs, want) in [
            (0, "just now"),
            (59, "just now"),
            (60, "1m ago"),
            (3_599, "59m ago"),
            (3_600, "1h ago"),
            (86_399, "23h ago"),
            (86_400, "1d ago"),
            (1_000_000_000, "11574d ago"),
            (-59, "just now"),
            (-7_300, "in 2h (the clock was set back?)"),
        ] {
            assert_eq!(ago(now - SignedDuration::from_secs(secs), now), want);
        }
        assert_eq!(ago(Timestamp::MAX, Timestamp::MIN).chars().next(), Some('i'));
        assert_eq!(ago_or_never(None, now), "never");
    }
}
