//! The limits of a provider as budgets, and whether an interval fits them.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use sha2::{Digest, Sha256};

use secrecy::ExposeSecret;

use crate::budget::Budget;
use crate::limits::BUDGET_RESERVE_PART;
use crate::provider::{Cadence, Limit, LimitScope, ProviderSpec, Settings, StreamSpec};
use crate::secrets::Credentials;

/// The budgets that the requests of a connection draw on. Connections with one key share them, and so do those behind
/// one address, whichever programs run them: `egress` is the name that these have for it.
pub fn budgets(spec: &ProviderSpec, settings: &Settings, credentials: &Credentials, egress: &str) -> Vec<Budget> {
    (spec.limits)(settings).into_iter().map(|limit| budget(spec, limit, credentials, egress)).collect()
}

fn budget(spec: &ProviderSpec, limit: Limit, credentials: &Credentials, egress: &str) -> Budget {
    let whose = match limit.scope {
        LimitScope::Ip if egress.is_empty() => "ip".to_string(),
        LimitScope::Ip => format!("ip:{egress}"),
        LimitScope::Key(name) => credentials.get(name).map_or("key".into(), |key| fingerprint(key.expose_secret())),
    };
    Budget {
        scope: format!("{}/{whose}/{}", spec.id, limit.name),
        weight_max: limit.weight_max,
        reserve: reserve(limit.weight_max),
        window: limit.window,
        used_header: limit.used_header,
    }
}

/// The address that a budget is for, as programs call it; nothing where it is a key's, or nobody calls it anything.
pub fn egress(scope: &str) -> &str {
    scope.split('/').nth(1).and_then(|whose| whose.strip_prefix("ip:")).unwrap_or_default()
}

fn reserve(weight_max: u32) -> u32 {
    weight_max / BUDGET_RESERVE_PART
}

/// Tells keys apart and gives none away: 48 bits of a hash of 128 bits and more.
fn fingerprint(key: &str) -> String {
    let digest = Sha256::digest([b"foliosync budget ", key.as_bytes()].concat());
    let hex: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("key:{hex}")
}

/// Thousandths of weight that are taken of limits in one window each, on average, by the limit's name.
pub type Demand = BTreeMap<&'static str, i64>;

/// What a connection that covers so many symbols takes of a limit in one of its windows on average, in thousandths of
/// weight: many that run rarely share a short window.
pub fn demand(spec: &ProviderSpec, settings: &Settings, symbols: usize, interval_secs: i64, limit: &Limit) -> i64 {
    let of_stream = |stream: &StreamSpec| {
        let secs = match stream.cadence {
            Cadence::Interval => interval_secs,
            Cadence::EverySecs(secs) => secs,
            Cadence::Watching(secs) => secs.max(interval_secs),
        };
        weight(spec, settings, symbols, stream).saturating_mul(1_000 * limit.window.seconds()) / secs.max(1)
    };
    spec.streams.iter().map(of_stream).sum()
}

fn weight(spec: &ProviderSpec, settings: &Settings, symbols: usize, stream: &StreamSpec) -> i64 {
    (spec.weight)(stream.name, symbols, settings).into()
}

/// How many seconds must lie between two runs of a connection that covers so many symbols, so that every limit holds
/// with its reserve untouched and beside what `others` take; `None` where no interval does.
pub fn shortest_interval_secs(
    spec: &ProviderSpec,
    settings: &Settings,
    symbols: usize,
    others: &Demand,
) -> Option<i64> {
    let weight = |stream: &StreamSpec| weight(spec, settings, symbols, stream);
    let is_paced = |stream: &&StreamSpec| stream.cadence == Cadence::Interval;
    let paced: i64 = spec.streams.iter().filter(is_paced).map(weight).sum();
    if paced == 0 {
        return Some(1);
    }
    let mut shortest = 1;
    for limit in (spec.limits)(settings) {
        let window = limit.window.seconds();
        let most = i64::from(limit.weight_max - reserve(limit.weight_max));
        let room = most * 1_000 - others.get(limit.name).unwrap_or(&0);
        let own = |is_own: fn(Cadence) -> Option<i64>| -> i64 {
            let streams = spec.streams.iter().filter_map(|s| Some((s, is_own(s.cadence)?)));
            streams.map(|(stream, secs)| weight(stream) * 1_000 * window / secs.max(1)).sum()
        };
        let watching = own(|cadence| if let Cadence::Watching(secs) = cadence { Some(secs) } else { None });
        let every = own(|cadence| if let Cadence::EverySecs(secs) = cadence { Some(secs) } else { None });
        // Streams of their own cadence may wait for the next window, so they hold back at most half of what there is.
        let left = room - watching - every.min((room - watching) / 2);
        if left <= 0 {
            return None;
        }
        // `paced` every `interval` must come to no more than `left` every `window`.
        shortest = shortest.max((paced * 1_000 * window + left - 1) / left);
    }
    Some(shortest)
}

/// An interval in words that follow "every": `minute`, `10 minutes`, `6 hours`.
pub fn words(secs: i64) -> String {
    let span = SignedDuration::from_secs(secs);
    match (span.as_hours(), span.as_mins()) {
        (hours, minutes) if hours >= 2 && minutes % 60 == 0 => format!("{hours} hours"),
        (_, 1) if secs == 60 => "minute".into(),
        (_, minutes) if secs % 60 == 0 => format!("{minutes} minutes"),
        _ => format!("{} minutes", secs / 60 + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Window;

    fn spec(limits: fn(&Settings) -> Vec<Limit>) -> ProviderSpec {
        const QUOTES: StreamSpec = StreamSpec {
            name: "quotes",
            summary: "",
            cadence: Cadence::Interval,
            calendar: crate::calendar::Calendar::Always,
            work: None,
        };
        ProviderSpec {
            streams: &[QUOTES],
            limits,
            weight: |_, symbols, _| symbols.div_ceil(30) as u32,
            ..ProviderSpec::LOCAL
        }
    }

    fn day(weight_max: u32) -> Vec<Limit> {
        let (scope, window) = (LimitScope::Key("api_key"), Window::Day("UTC"));
        vec![Limit { name: "day", scope, weight_max, window, used_header: None }]
    }

    #[test]
    fn an_interval_leaves_room_for_the_reserve() {
        let free = spec(|_| day(250));
        // 225 requests a day beside the reserve: one each 384 seconds.
        assert_eq!(shortest_interval_secs(&free, &Settings::new(), 1, &Demand::new()), Some(384));
        assert_eq!(shortest_interval_secs(&free, &Settings::new(), 31, &Demand::new()), Some(768));
        let others = Demand::from([("day", 113_000)]);
        assert_eq!(shortest_interval_secs(&free, &Settings::new(), 1, &others), Some(772), "half is taken");
        assert_eq!(shortest_interval_secs(&free, &Settings::new(), 1, &Demand::from([("day", 225_000)])), None);
        assert_eq!(shortest_interval_secs(&spec(|_| Vec::new()), &Settings::new(), 1_000, &Demand::new()), Some(1));
    }

    #[test]
    fn a_crowd_fits_as_long_as_its_average_does() {
        const WALLETS: StreamSpec = StreamSpec {
            name: "wallets",
            summary: "",
            cadence: Cadence::Interval,
            calendar: crate::calendar::Calendar::Always,
            work: None,
        };
        const TRADES: StreamSpec = StreamSpec {
            name: "trades",
            summary: "",
            cadence: Cadence::Watching(900),
            calendar: crate::calendar::Calendar::Always,
            work: None,
        };
        let exchange = ProviderSpec {
            streams: &[WALLETS, TRADES],
            limits: |_| {
                let (scope, window) = (LimitScope::Ip, Window::Seconds(60));
                vec![Limit { name: "minute", scope, weight_max: 6_000, window, used_header: None }]
            },
            weight: |stream, _, _| if stream == "wallets" { 20 } else { 150 },
            ..ProviderSpec::LOCAL
        };
        let settings = Settings::new();
        let limit = &(exchange.limits)(&settings)[0];
        // 20 a minute for the wallets, and 150 each quarter of an hour.
        assert_eq!(demand(&exchange, &settings, 0, 60, limit), 30_000);
        assert_eq!(demand(&exchange, &settings, 0, 300, limit), 14_000);
        assert_eq!(demand(&exchange, &settings, 0, 3_600, limit), 333 + 2_500, "trades are looked at no more often");
        let beside = |others: i64, secs: i64| {
            let demand = Demand::from([("minute", demand(&exchange, &settings, 0, secs, limit) * others)]);
            shortest_interval_secs(&exchange, &settings, 0, &demand)
        };
        assert_eq!(beside(179, 60), Some(60), "180 connections each minute");
        assert_eq!(beside(180, 60), None);
        assert_eq!(beside(299, 150), Some(150), "300 of them each 150 seconds");
    }

    #[test]
    fn one_key_is_one_budget_and_stays_secret() {
        let free = spec(|_| day(250));
        let scope = |key: &str| {
            let credentials = Credentials::of([("api_key".to_string(), key.into())]);
            budgets(&free, &Settings::new(), &credentials, "")[0].scope.clone()
        };
        assert_eq!(scope("a-secret-key"), scope("a-secret-key"));
        assert_ne!(scope("a-secret-key"), scope("another-key"));
        assert!(!scope("a-secret-key").contains("secret"));
    }
}
