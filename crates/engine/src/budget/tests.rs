//! The rules one by one, and under random sequences of asks, clock steps, restarts and failed commits.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn at(secs: i64) -> Timestamp {
    Timestamp::from_second(secs).unwrap()
}

fn budget(scope: &str, weight_max: u32, window: Window) -> Budget {
    Budget { scope: scope.into(), weight_max, window, reserve: 0, used_header: None }
}

fn minute() -> Budget {
    budget("test/minute", 10, Window::Seconds(60))
}

fn take(budget: Budget, weight: u32) -> Take {
    Take { budget, weight, slice: weight, manual: false, used_seen: 0 }
}

impl Budgets {
    fn takes(&mut self, takes: Vec<Take>, secs: i64) -> BudgetGrant {
        self.answer(&BudgetAsk::Take { takes, now: at(secs) }).0
    }

    /// What one take got, or until when it waits.
    fn one(&mut self, take: Take, secs: i64) -> Result<u32, (i64, Reason)> {
        match self.takes(vec![take], secs) {
            BudgetGrant::Granted(slices) => Ok(slices[0].weight),
            BudgetGrant::Later(later) => Err((later[0].at.as_second(), later[0].reason.clone())),
            BudgetGrant::Noted => panic!("a take is granted or not"),
        }
    }

    fn close(&mut self, until: i64, why: &str, secs: i64) {
        let (budgets, until, why) = (vec![minute()], at(until), why.into());
        self.answer(&BudgetAsk::Close { budgets, until, why, now: at(secs) });
    }
}

#[test]
fn a_window_holds_so_much_and_the_next_as_much_again() {
    let mut budgets = Budgets::default();
    assert_eq!(budgets.one(take(minute(), 7), 5), Ok(7));
    assert_eq!(budgets.one(take(minute(), 4), 59), Err((60, Reason::Spent)));
    assert_eq!(budgets.one(Take { slice: 100, ..take(minute(), 2) }, 59), Ok(3), "as much of a slice as there is");
    assert_eq!(budgets.one(take(minute(), 1), 59), Err((60, Reason::Spent)));
    assert_eq!(budgets.one(take(minute(), 10), 60), Ok(10));
    assert_eq!(budgets.one(take(Budget { weight_max: 12, ..minute() }, 2), 61), Ok(2), "a larger plan counts at once");
}

#[test]
fn the_reserve_is_for_whoever_asks() {
    let mut budgets = Budgets::default();
    let kept = Budget { reserve: 4, ..minute() };
    assert_eq!(budgets.one(Take { slice: 100, ..take(kept.clone(), 1) }, 0), Ok(6));
    assert_eq!(budgets.one(take(kept.clone(), 1), 0), Err((60, Reason::Spent)));
    let manual = Take { slice: 100, manual: true, ..take(kept, 3) };
    assert_eq!(budgets.one(manual.clone(), 0), Ok(3), "and never more of it than is needed");
    assert_eq!(budgets.one(manual, 0), Err((60, Reason::Spent)));
}

#[test]
fn all_are_granted_or_none() {
    let mut budgets = Budgets::default();
    let day = budget("test/day", 5, Window::Day("UTC"));
    let both = |weight| vec![take(minute(), weight), take(day.clone(), weight)];
    assert!(matches!(budgets.takes(both(5), 0), BudgetGrant::Granted(slices) if slices.len() == 2));
    let BudgetGrant::Later(later) = budgets.takes(both(5), 0) else { panic!("the day is spent") };
    assert_eq!(later, [Later { scope: "test/day".into(), at: at(86_400), reason: Reason::Spent }]);
    assert_eq!(budgets.one(take(minute(), 5), 0), Ok(5), "the refusal took nothing of the minute");
    let BudgetGrant::Later(later) = budgets.takes(both(1), 0) else { panic!("both are spent") };
    assert_eq!(later.len(), 2);
}

#[test]
fn a_ban_holds_to_its_end_and_the_longer_of_two() {
    let mut budgets = Budgets::default();
    budgets.close(100, "first", 0);
    budgets.close(50, "shorter", 1);
    assert_eq!(budgets.one(take(minute(), 1), 99), Err((100, Reason::Closed("first".into()))));
    budgets.close(200, "longer", 99);
    assert_eq!(budgets.one(take(minute(), 1), 199), Err((200, Reason::Closed("longer".into()))));
    assert_eq!(budgets.one(take(minute(), 1), 200), Ok(1));
}

#[test]
fn what_the_provider_has_counted_is_used() {
    let mut budgets = Budgets::default();
    let learn = |used, secs| BudgetAsk::Learn { budget: minute(), used, now: at(secs) };
    budgets.one(take(minute(), 3), 0).unwrap();
    assert_eq!(budgets.answer(&learn(2, 1)).1, [], "less is no news");
    budgets.answer(&learn(8, 1));
    assert_eq!(budgets.one(take(minute(), 3), 2), Err((60, Reason::Spent)));
    assert_eq!(budgets.one(Take { used_seen: 9, ..take(minute(), 1) }, 2), Ok(1));
    assert_eq!(budgets.one(take(minute(), 1), 2), Err((60, Reason::Spent)));
    assert_eq!(budgets.one(take(minute(), 10), 60), Ok(10), "it was of the last window");
}

#[test]
fn a_clock_that_is_set_back_forgets_nothing_and_blocks_nothing_for_long() {
    let mut budgets = Budgets::default();
    budgets.one(take(minute(), 10), 1_000_000).unwrap();
    let start = 1_000_000 / 60 * 60;
    assert_eq!(budgets.one(take(minute(), 1), start - 200), Err((start, Reason::Spent)), "it waits for the clock");
    assert_eq!(budgets.one(take(minute(), 1), start), Err((start + 60, Reason::Spent)));

    // A day back: it was wrong. The count goes with it, and so does the rest of a ban.
    budgets.close(1_000_500, "slow down", 1_000_000);
    let back = start - 86_400;
    assert_eq!(budgets.one(take(minute(), 1), back), Err((back + 500, Reason::Closed("slow down".into()))));
    let mut budgets = Budgets::default();
    budgets.one(take(minute(), 10), 1_000_000).unwrap();
    assert_eq!(budgets.one(take(minute(), 1), back), Err((back + 60, Reason::Spent)));
    assert_eq!(budgets.one(take(minute(), 1), back + 60), Ok(1));
}

#[test]
fn what_is_left_of_a_row() {
    let mut budgets = Budgets::default();
    let (_, rows) = budgets.answer(&BudgetAsk::Take { takes: vec![take(minute(), 7)], now: at(0) });
    assert_eq!((rows[0].left(at(59)), rows[0].left(at(60))), (3, 10));
    budgets.close(100, "", 1);
    let (_, rows) = budgets.answer(&BudgetAsk::Learn { budget: minute(), used: 50, now: at(2) });
    assert_eq!((rows[0].left(at(59)), rows[0].left(at(99)), rows[0].left(at(100))), (0, 0, 10));
}

#[derive(Debug, Clone)]
enum Event {
    Take {
        of: Vec<usize>,
        weight: u32,
        slice: u32,
        manual: bool,
    },
    Close {
        of: usize,
        secs: i64,
    },
    Forward(i64),
    Back(i64),
    /// The program starts again from what it stored.
    Restart,
    /// The commit of the next take fails.
    Undo,
}

fn event(back_max: i64) -> impl Strategy<Value = Event> {
    let of = prop::sample::subsequence(vec![0, 1, 2], 1..=3);
    prop_oneof![
        12 => (of, 1..5u32, 1..8u32, any::<bool>())
            .prop_map(|(of, weight, slice, manual)| Event::Take { of, weight, slice: slice.max(weight), manual }),
        1 => (0..3usize, 1..4_000i64).prop_map(|(of, secs)| Event::Close { of, secs }),
        4 => (0..90i64).prop_map(Event::Forward),
        1 => (0..90_000i64).prop_map(Event::Forward),
        2 => (0..=back_max).prop_map(Event::Back),
        1 => Just(Event::Restart),
        1 => Just(Event::Undo),
    ]
}

fn three() -> [Budget; 3] {
    [
        Budget { reserve: 3, ..minute() },
        Budget { reserve: 5, ..budget("test/day", 20, Window::Day("America/New_York")) },
        budget("test/month", 40, Window::Month("UTC")),
    ]
}

/// A program and its disk, with what a watchful provider would have counted.
struct World {
    budgets: Budgets,
    disk: BTreeMap<String, QuotaRow>,
    now: i64,
    fails_next: bool,
    granted: BTreeMap<(usize, Timestamp), (i64, i64)>,
    bans: BTreeMap<usize, i64>,
}

impl World {
    fn new() -> World {
        let (budgets, disk) = (Budgets::default(), BTreeMap::new());
        let (granted, bans) = (BTreeMap::new(), BTreeMap::new());
        World { budgets, disk, now: 1_767_600_000, fails_next: false, granted, bans }
    }

    fn ask(&mut self, ask: &BudgetAsk, fails: bool) -> BudgetGrant {
        self.budgets.begin();
        let (grant, rows) = self.budgets.answer(ask);
        if fails {
            self.budgets.undo();
        } else {
            self.budgets.keep();
            self.disk.extend(rows.into_iter().map(|row| (row.scope.clone(), row)));
        }
        grant
    }

    /// Counts what is granted; checks what is checked in all worlds.
    fn take(&mut self, of: &[usize], weight: u32, slice: u32, manual: bool) -> BudgetGrant {
        let budgets = three();
        let takes = of.iter().map(|nth| Take { slice, manual, ..take(budgets[*nth].clone(), weight) }).collect();
        let fails = std::mem::take(&mut self.fails_next);
        let grant = self.ask(&BudgetAsk::Take { takes, now: at(self.now) }, fails);
        match &grant {
            BudgetGrant::Granted(slices) if !fails => {
                for (nth, slice) in of.iter().zip(slices) {
                    assert!(
                        slice.weight >= weight && slice.window_start <= at(self.now) && at(self.now) < slice.window_end
                    );
                    let counted = self.granted.entry((*nth, slice.window_start)).or_default();
                    *(if manual { &mut counted.0 } else { &mut counted.1 }) += i64::from(slice.weight);
                }
            }
            BudgetGrant::Later(later) => {
                for Later { scope, at: until, reason } in later {
                    assert!(*until > at(self.now), "it can be asked again");
                    let window = budgets.iter().find(|budget| budget.scope == *scope).unwrap().window;
                    let longest = match reason {
                        Reason::Spent => window.seconds() + 86_400 + 3_600 + CLOCK_BACK_SECONDS_MAX,
                        Reason::Closed(_) => 4_000 + CLOCK_BACK_SECONDS_MAX,
                    };
                    assert!(until.as_second() - self.now <= longest, "nothing is blocked for long: {later:?}");
                }
            }
            _ => {}
        }
        grant
    }

    fn apply(&mut self, event: &Event) {
        match event {
            Event::Take { of, weight, slice, manual } => {
                self.take(of, *weight, *slice, *manual);
            }
            Event::Close { of, secs } => {
                let until = self.now + secs;
                let (budgets, why) = (vec![three()[*of].clone()], "enough".to_string());
                self.ask(&BudgetAsk::Close { budgets, until: at(until), why, now: at(self.now) }, false);
                let ban = self.bans.entry(*of).or_default();
                *ban = until.max(*ban);
            }
            Event::Forward(secs) => self.now += secs,
            Event::Back(secs) => self.now -= secs,
            Event::Restart => self.budgets = Budgets::load(self.disk.values().cloned().collect()),
            Event::Undo => self.fails_next = true,
        }
    }
}

proptest! {
    /// With a clock that steps back a little, now and then.
    #[test]
    fn no_window_is_overspent_and_no_ban_is_broken(events in prop::collection::vec(event(CLOCK_BACK_SECONDS_MAX), 1..120)) {
        let mut world = World::new();
        let mut latest = world.now;
        for event in &events {
            let closed = |world: &World, of: &[usize]| of.iter().any(|nth| world.bans.get(nth).is_some_and(|ban| *ban > world.now));
            if let Event::Take { of, weight, slice, manual } = event {
                let is_closed = closed(&world, of);
                let grant = world.take(of, *weight, *slice, *manual);
                prop_assert!(!is_closed || matches!(grant, BudgetGrant::Later(_)));
            } else {
                world.apply(event);
            }
            world.now = world.now.max(latest - CLOCK_BACK_SECONDS_MAX);
            latest = latest.max(world.now);
            for ((nth, window), (manual, other)) in &world.granted {
                let budget = &three()[*nth];
                prop_assert!(manual + other <= budget.weight_max.into(), "{} at {window}", budget.scope);
                prop_assert!(*other <= i64::from(budget.weight_max - budget.reserve), "{} at {window}", budget.scope);
            }
        }
    }

    /// With a clock that may be anywhere.
    #[test]
    fn a_wrong_clock_blocks_nothing_for_long(events in prop::collection::vec(event(400_000), 1..120)) {
        let mut world = World::new();
        for event in &events {
            world.apply(event);
        }
        // Once it is right, whoever waits as told gets what there is.
        for turn in 0.. {
            world.fails_next = false;
            let BudgetGrant::Later(later) = world.take(&[0, 1, 2], 1, 1, true) else { break };
            world.now = later.iter().map(|later| later.at.as_second()).max().unwrap_or(world.now);
            prop_assert!(turn < 4, "{later:?}");
        }
    }
}
