//! Windows of time, and how much of a limit each has used.

use std::collections::{BTreeMap, HashMap};

use crate::market::calendar::{Calendar, Venue, date_of, day_of};

/// When a count starts again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// So many seconds, counted from 1970: minutes and hours start when a clock's do.
    Seconds(i64),
    UtcDay,
    NewYorkDay,
    NewYorkMonth,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    pub name: &'static str,
    /// Requests, or weight where requests have one.
    pub max: u32,
    pub window: Window,
}

impl Window {
    /// Start and end in seconds since 1970.
    pub fn around(self, now: i64, calendar: &Calendar) -> (i64, i64) {
        let midnight = |day| calendar.instant(Venue::NewYork, day, 0, 0);
        match self {
            Window::Seconds(length) => {
                let start = now.div_euclid(length) * length;
                (start, start + length)
            }
            Window::UtcDay => Window::Seconds(86_400).around(now, calendar),
            Window::NewYorkDay => {
                let today = calendar.today(Venue::NewYork, now);
                (midnight(today), midnight(today + 1))
            }
            Window::NewYorkMonth => {
                let today = date_of(calendar.today(Venue::NewYork, now));
                let next = today.last_of_month().tomorrow().unwrap_or(today);
                (midnight(day_of(today.first_of_month())), midnight(day_of(next)))
            }
        }
    }
}

#[derive(Default)]
pub struct Meter {
    /// Nothing is counted, and nobody refused.
    pub is_off: bool,
    /// By provider, limit and who is counted.
    used: HashMap<(&'static str, &'static str, String), Used>,
    largest: BTreeMap<(&'static str, &'static str), u32>,
}

#[derive(Default)]
struct Used {
    start: i64,
    weight: u32,
}

/// How a limit stands after a request.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// With this request.
    pub used: u32,
    pub is_broken: bool,
    /// Seconds since 1970.
    pub ends: i64,
}

impl Meter {
    pub fn count(
        &mut self,
        provider: &'static str,
        who: &str,
        limit: &Limit,
        weight: u32,
        now: i64,
        calendar: &Calendar,
    ) -> Standing {
        let (start, ends) = limit.window.around(now, calendar);
        if self.is_off {
            return Standing { used: weight, is_broken: false, ends };
        }
        let used = self.used.entry((provider, limit.name, who.to_string())).or_default();
        if used.start != start {
            *used = Used { start, weight: 0 };
        }
        used.weight = used.weight.saturating_add(weight);
        let largest = self.largest.entry((provider, limit.name)).or_default();
        *largest = (*largest).max(used.weight);
        Standing { used: used.weight, is_broken: used.weight > limit.max, ends }
    }

    /// The most that any window of a provider's limits has seen, by the limit's name.
    pub fn largest(&self, provider: &str) -> BTreeMap<String, u32> {
        let own = self.largest.iter().filter(|((of, _), _)| *of == provider);
        own.map(|((_, name), weight)| ((*name).to_string(), *weight)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    #[test]
    fn windows_end_where_the_provider_says() {
        let calendar = Calendar::new(&[]);
        let second = |text: &str| text.parse::<Timestamp>().unwrap().as_second();
        let now = second("2026-11-20T14:35:07Z");
        for (window, start, end) in [
            (Window::Seconds(2), "2026-11-20T14:35:06Z", "2026-11-20T14:35:08Z"),
            (Window::Seconds(3600), "2026-11-20T14:00:00Z", "2026-11-20T15:00:00Z"),
            (Window::UtcDay, "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"),
            (Window::NewYorkDay, "2026-11-20T05:00:00Z", "2026-11-21T05:00:00Z"),
            (Window::NewYorkMonth, "2026-11-01T04:00:00Z", "2026-12-01T05:00:00Z"),
        ] {
            assert_eq!(window.around(now, &calendar), (second(start), second(end)), "{window:?}");
        }
    }
}
