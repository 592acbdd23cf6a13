//! A day at one exchange: as many connections as the engine admits, each with an account that trades, and the simulated
//! Binance with its limits and bans. Time is paused and nothing is sent.
//!
//! `DAY=1440 cargo test --test it exchange_day -- --nocapture` lives so many minutes with both crowds, and takes as long.

mod crowd;
mod day;
mod wire;

use crowd::Crowd;
use day::{Day, live};

/// Those who are too many for every minute.
const MANY: usize = 300;

#[test]
fn what_is_admitted_stays_fresh_and_within_the_limits() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        let mut each_minute = Crowd::new();
        let one_more = each_minute.grow(MANY, 1).await.expect("not all of them fit");
        let fit = each_minute.accounts.len();
        println!("connection {} every minute is refused: {one_more}", fit + 1);
        let words = "runs every minute are more than Binance allows `account 170`; the shortest interval that fits is 4 \
                     minutes: --every 4";
        assert_eq!((fit, one_more.as_str()), (170, words));

        let (mut minutes, mut many) = (2, Crowd::new());
        while let Some(refused) = many.grow(MANY, minutes).await {
            println!("connection {} every {minutes} minutes is refused: {refused}", many.accounts.len() + 1);
            assert!(refused.starts_with("other connections use up what Binance allows"), "{refused}");
            (minutes, many) = (minutes + 1, Crowd::new());
        }
        assert_eq!(minutes, 3, "the shortest interval for all of them");

        let days = match std::env::var("DAY") {
            Ok(length) => {
                let length = length.parse().expect("DAY is a number of minutes");
                vec![live(&each_minute, 1, length).await, live(&many, minutes, length).await]
            }
            Err(_) => vec![live(&each_minute, 1, 10).await],
        };
        print(&days);
        days.iter().for_each(judge);
    });
}

fn judge(day: &Day) {
    let stats = &day.stats;
    assert_eq!(stats.statuses.keys().collect::<Vec<_>>(), [&200], "{:?}", stats.statuses);
    assert_eq!((stats.limits_broken, stats.sent_while_banned), (0, 0));
    assert_eq!(day.outcomes.keys().collect::<Vec<_>>(), ["Ok"], "{:?}", day.outcomes);
    for (stream, ages) in &day.ages {
        assert!(ages.part(100) <= day.promise(), "{stream}: {ages} seconds old, where {} would do", day.promise());
    }
}

fn print(days: &[Day]) {
    let line = |name: &str, value: &dyn Fn(&Day) -> String| {
        println!("{name:48}{}", days.iter().map(|day| format!("{:>22}", value(day))).collect::<String>());
    };
    let answers = |day: &Day, status| day.stats.statuses.get(&status).copied().unwrap_or(0).to_string();
    line("connections", &|day| day.connections.to_string());
    line("interval", &|day| format!("{:#}", day.interval));
    line("until everybody was read twice", &|day| format!("{:#}", day.warm_up));
    line("measured from then on", &|day| format!("{:#}", day.lasted));
    line("requests, with those before", &|day| day.stats.requests.to_string());
    line("answers 200", &|day| answers(day, 200));
    line("answers 429", &|day| answers(day, 429));
    line("answers 418", &|day| answers(day, 418));
    line("weight per minute of the clock: peak of 6,000", &|day| day.stats.largest_windows["minute"].to_string());
    line("  while measured: mean", &|day| day.weights.mean().to_string());
    line("  while measured: middle, 95 %, most", &|day| day.weights.to_string());
    for stream in ["balances", "fills"] {
        line(&format!("age of {stream}, s: middle, 95 %, most"), &|day| day.ages[stream].to_string());
    }
    line("  it may be, s", &|day| day.promise().to_string());
    line("runs", &|day| day.outcomes.values().sum::<usize>().to_string());
    line("  began late by, s: middle, 95 %, most", &|day| day.late.to_string());
    line("fills stored, and there", &|day| day.fills.0.to_string());
    line("  traded while measured", &|day| day.fills.1.to_string());
}
