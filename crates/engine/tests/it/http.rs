//! What `Http` promises its callers, through recorded answers and paused time.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use foliosync_engine::budget::{Budget, Window};
use foliosync_engine::clock::Clock;
use foliosync_engine::http::{Call, Classify, Http, HttpAnswer, HttpRequest, Method, Part, TransportError};
use foliosync_engine::model::quota::QuotaRow;
use foliosync_engine::provider::ProviderError;
use foliosync_engine::store::Store;
use foliosync_engine::testkit::mem_store::{MemDisk, MemStore};
use foliosync_engine::testkit::replay::{Replay, answer};
use jiff::Timestamp;

const SHOWN: &str = "GET https://host/prices?symbol=X&key=***";
const SECRET: &str = "s3cr3t";

struct Line {
    http: Http,
    replay: Arc<Replay>,
    store: Arc<dyn Store>,
    clock: Clock,
}

impl Line {
    fn to(replay: Replay) -> Line {
        Line::on(Arc::new(MemStore::empty()), replay, Clock::simulated(Timestamp::UNIX_EPOCH))
    }

    fn on(store: Arc<dyn Store>, replay: Replay, clock: Clock) -> Line {
        let replay = Arc::new(replay);
        let http = Http::new(Arc::clone(&replay) as _, Arc::clone(&store), clock);
        Line { http, replay, store, clock }
    }

    async fn get(&self) -> Result<HttpAnswer, ProviderError> {
        send(&self.http, &budget(), 1, |_| request()).await
    }

    /// As `get`, with answers read by a provider's table.
    async fn classified(&self, classify: &Classify) -> Result<HttpAnswer, ProviderError> {
        self.http.send(&Call { budgets: &[budget()], weight: 1, manual: false, classify }, |_| request()).await
    }

    fn seconds(&self) -> f32 {
        self.clock.now().duration_since(Timestamp::UNIX_EPOCH).as_secs_f32()
    }

    async fn quota(&self) -> QuotaRow {
        self.store.records(|all| all).await.unwrap().remove(0)
    }
}

async fn send(
    http: &Http,
    budget: &Budget,
    weight: u32,
    build: impl Fn(Timestamp) -> HttpRequest + Send + Sync,
) -> Result<HttpAnswer, ProviderError> {
    let budgets = std::slice::from_ref(budget);
    http.send(&Call { budgets, weight, manual: false, classify: &|_, _| Ok(()) }, build).await
}

fn budget() -> Budget {
    let (scope, window) = ("test/key".into(), Window::Seconds(60));
    Budget { scope, weight_max: 100, window, reserve: 0, used_header: Some("x-used") }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn request() -> HttpRequest {
    let mut request = HttpRequest::get("https://host/prices");
    request.query.push(("symbol".into(), Part::Plain("X".into())));
    request.query.push(("key".into(), Part::Secret(SECRET.into())));
    request.headers.push(("authorization".into(), Part::Secret(SECRET.into())));
    request.body = Some(Part::Secret(SECRET.into()));
    request
}

#[tokio::test(start_paused = true)]
async fn a_get_is_repeated_after_a_passing_fault() {
    let line = Line::to(
        Replay::default()
            .fails(SHOWN, TransportError::Unreachable("no route".into()))
            .on(SHOWN, answer(503, "down"))
            .on(SHOWN, answer(200, "up")),
    );
    let answer = line.get().await.unwrap();
    assert_eq!((answer.status, answer.body.as_ref()), (200, b"up".as_ref()));
    assert_eq!(line.replay.sent().len(), 3);
    assert!((1.5..1.9).contains(&line.seconds()), "it waits longer each time: {}", line.seconds());
}

#[tokio::test(start_paused = true)]
async fn three_attempts_are_all() {
    let check = async |replay: Replay, why: &str| {
        let line = Line::to(replay);
        let Err(ProviderError::Backoff { message }) = line.get().await else { panic!("it backs off") };
        assert_eq!(message, format!("{SHOWN} {why}"));
        assert_eq!(line.replay.sent().len(), 3);
    };
    check(Replay::default().on(SHOWN, answer(500, "")), "answered with status 500").await;
    check(Replay::default().fails(SHOWN, TransportError::TimedOut), "did not answer in time").await;
}

#[tokio::test(start_paused = true)]
async fn what_will_not_pass_is_not_repeated() {
    let too_large = TransportError::TooLarge { max_bytes: 9 };
    let line = Line::to(Replay::default().fails(SHOWN, too_large));
    let Err(ProviderError::Backoff { message }) = line.get().await else { panic!("it backs off") };
    assert_eq!((message, line.replay.sent().len()), (format!("{SHOWN} answered with more than 9 bytes"), 1));

    let refused = TransportError::Refused("is not sent without https".into());
    let line = Line::to(Replay::default().fails(SHOWN, refused));
    let Err(ProviderError::Refused { message }) = line.get().await else { panic!("it is refused") };
    assert_eq!((message, line.replay.sent().len()), (format!("{SHOWN} is not sent without https"), 1));
}

/// A provider's word about an answer goes before what the status means elsewhere.
#[tokio::test(start_paused = true)]
async fn the_provider_reads_every_answer() {
    let needs_user = |_: &HttpAnswer, _| Err(ProviderError::NeedsUser { message: "choose another key".into() });
    let resync = |_: &HttpAnswer, _| Err(ProviderError::ResyncClock { message: "our clock is off".into() });
    let spent = |_: &HttpAnswer, now: Timestamp| {
        Err(ProviderError::RetryAt { at: now + jiff::SignedDuration::from_hours(5), message: "all used".into() })
    };
    let busy = |answer: &HttpAnswer, _| match answer.body.as_ref() {
        b"busy" => Err(ProviderError::Backoff { message: "it is busy".into() }),
        _ => Ok(()),
    };
    for status in [200, 401, 429, 500] {
        let line = || Line::to(Replay::default().on(SHOWN, answer(status, "busy")).on(SHOWN, answer(200, "")));
        let told = async |classify: &Classify| {
            let line = line();
            let done = line.classified(classify).await;
            (done.map(|answer| answer.status), line.replay.sent().len())
        };
        let message = "choose another key".to_string();
        assert_eq!(told(&needs_user).await, (Err(ProviderError::NeedsUser { message }), 1));
        let message = "our clock is off".to_string();
        assert_eq!(told(&resync).await, (Err(ProviderError::ResyncClock { message }), 1));
        let message = "all used".to_string();
        assert_eq!(told(&spent).await, (Err(ProviderError::RetryAt { at: at(5 * 3_600), message }), 1));
        assert_eq!(told(&busy).await, (Ok(200), 2), "it was busy once");
    }
}

#[tokio::test(start_paused = true)]
async fn a_ban_and_a_count_outlive_the_program() {
    let disk = MemDisk::default();
    let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
    let open = || Arc::new(MemStore::open(&disk, clock.now())) as Arc<dyn Store>;
    let day = Budget { weight_max: 3, window: Window::Day("UTC"), ..budget() };

    let line = Line::on(open(), Replay::default().on(SHOWN, answer(200, "")), clock);
    send(&line.http, &day, 2, |_| request()).await.unwrap();
    let line = Line::on(open(), Replay::default().on(SHOWN, answer(200, "")), clock);
    let spent = send(&line.http, &day, 2, |_| request()).await;
    assert!(matches!(&spent, Err(ProviderError::RetryAt { at: until, .. }) if *until == at(86_400)), "{spent:?}");

    let banned = answer(418, "").with_header("retry-after", "7200");
    let line = Line::on(open(), Replay::default().on(SHOWN, banned), clock);
    line.get().await.unwrap_err();
    let line = Line::on(open(), Replay::default().on(SHOWN, answer(200, "")), clock);
    let Err(ProviderError::RetryAt { at: until, message }) = line.get().await else { panic!("the ban holds") };
    assert_eq!((until, line.replay.sent().len()), (at(7_200), 0));
    assert!(message.contains("test/key") && message.contains("418"), "it says why: {message}");
    tokio::time::advance(Duration::from_secs(7_200)).await;
    line.get().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_ban_of_years_is_not_believed() {
    let banned = answer(429, "").with_header("retry-after", "4000000000");
    let line = Line::to(Replay::default().on(SHOWN, banned));
    let Err(ProviderError::RetryAt { at: until, .. }) = line.get().await else { panic!("it says when") };
    assert_eq!(until, at(32 * 86_400));
}

/// Another program at the same address spends from the same budget.
#[tokio::test(start_paused = true)]
async fn what_the_provider_has_counted_counts() {
    let told = |used: &str| answer(200, "").with_header("x-used", used);
    let line = Line::to(Replay::default().on(SHOWN, told("nonsense")).on(SHOWN, told("1")).on(SHOWN, told("98")));
    for _ in 0..3 {
        line.get().await.unwrap();
    }
    assert_eq!((line.quota().await.used, line.quota().await.left(at(0))), (100, 0), "two are held for sending");
    for _ in 0..2 {
        line.get().await.unwrap();
    }
    assert_eq!(line.seconds(), 0.0);
    line.get().await.unwrap();
    assert_eq!(line.seconds(), 60.0, "the window is spent, though not by us");
}

/// The least of several budgets decides, and what is refused takes nothing.
#[tokio::test(start_paused = true)]
async fn all_budgets_must_have_room() {
    let minute = Budget { scope: "test/minute".into(), weight_max: 2, ..budget() };
    let day = Budget { scope: "test/day".into(), weight_max: 5, window: Window::Day("UTC"), reserve: 1, ..budget() };
    let line = Line::to(Replay::default().on(SHOWN, answer(200, "")));
    let budgets = [minute.clone(), day];
    let get = async |manual| {
        let call = Call { budgets: &budgets, weight: 1, manual, classify: &|_, _| Ok(()) };
        let done = line.http.send(&call, |_| request()).await;
        (done.map(|_| line.seconds()), line.seconds())
    };
    for seconds in [0.0, 0.0, 60.0, 60.0] {
        assert_eq!(get(false).await.0, Ok(seconds));
    }
    // Nothing more for schedules today, one for whoever asks; and the refusal took nothing of the next minute.
    tokio::time::advance(Duration::from_secs(60)).await;
    let refused = get(false).await.0.unwrap_err();
    assert!(matches!(refused, ProviderError::RetryAt { at: until, .. } if until == at(86_400)), "{refused:?}");
    assert_eq!(get(true).await.0, Ok(120.0));
    assert!(matches!(get(true).await.0, Err(ProviderError::RetryAt { .. })));
    assert_eq!(send(&line.http, &minute, 1, |_| request()).await.unwrap().status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_transport_that_never_answers_is_cut_off() {
    struct Silent(AtomicU32);
    #[async_trait::async_trait]
    impl foliosync_engine::http::Transport for Silent {
        async fn send(&self, _: HttpRequest) -> Result<HttpAnswer, TransportError> {
            self.0.fetch_add(1, Ordering::Relaxed);
            std::future::pending().await
        }
    }
    let (silent, clock) = (Arc::new(Silent(AtomicU32::new(0))), Clock::simulated(Timestamp::UNIX_EPOCH));
    let http = Http::new(Arc::clone(&silent) as _, Arc::new(MemStore::empty()), clock);
    let done = send(&http, &budget(), 1, |_| request()).await;
    assert!(matches!(done, Err(ProviderError::Backoff { .. })), "{done:?}");
    assert_eq!(silent.0.load(Ordering::Relaxed), 2, "a third would outlast the page");
}

/// What a client got wrong is the provider's to read.
#[tokio::test(start_paused = true)]
async fn other_answers_are_handed_over_at_once() {
    for status in [200, 204, 301, 400, 401, 404] {
        let line = Line::to(Replay::default().on(SHOWN, answer(status, "body")));
        assert_eq!(line.get().await.unwrap().status, status);
        assert_eq!((line.replay.sent().len(), line.seconds()), (1, 0.0));
    }
}

/// An order or a report could be made twice.
#[tokio::test(start_paused = true)]
async fn a_post_is_never_repeated() {
    for failure in [Ok(answer(502, "")), Err(TransportError::TimedOut)] {
        let shown = "POST https://host/prices?symbol=X&key=***";
        let line = Line::to(match failure {
            Ok(answer) => Replay::default().on(shown, answer),
            Err(error) => Replay::default().fails(shown, error),
        });
        let post = |_| HttpRequest { method: Method::Post, ..request() };
        let done = send(&line.http, &budget(), 1, post).await;
        assert!(matches!(done, Err(ProviderError::Backoff { .. })), "{done:?}");
        assert_eq!(line.replay.sent().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn too_many_requests_close_the_budget() {
    for (status, header, until) in [
        (429, Some("120"), at(120)),
        (418, Some(" 7200 "), at(7_200)),
        (429, Some("Thu, 01 Jan 1970 00:05:00 GMT"), at(300)),
        (429, Some("Wed, 31 Dec 1969 23:00:00 GMT"), at(60)),
        (429, Some("0"), at(60)),
        (429, Some("soon"), at(60)),
        (429, None, at(60)),
    ] {
        let refusal = answer(status, "slow down");
        let refusal = header.map_or(refusal.clone(), |value| refusal.with_header("retry-after", value));
        let line = Line::to(Replay::default().on(SHOWN, refusal).on(SHOWN, answer(200, "")));
        let Err(ProviderError::RetryAt { at, message }) = line.get().await else { panic!("it says when") };
        assert_eq!((at, line.seconds()), (until, 0.0), "{header:?}: at once, and not before that time");
        assert!(message.contains(SHOWN) && message.contains(&status.to_string()), "{message}");

        // Nobody who shares the budget gets through; others do.
        let next = tokio::time::timeout(Duration::from_secs(59), line.get()).await;
        let is_closed = matches!(next, Err(_) | Ok(Err(ProviderError::RetryAt { .. })));
        assert!(is_closed, "{next:?}");
        assert_eq!(line.replay.sent().len(), 1, "nothing was sent");
        let other = Budget { scope: "test/other".into(), ..budget() };
        assert_eq!(send(&line.http, &other, 1, |_| request()).await.unwrap().status, 200);
        tokio::time::advance(Duration::from_secs(7_200)).await;
        assert_eq!(line.get().await.unwrap().status, 200, "it opens again");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_is_signed_after_its_wait_and_for_each_attempt() {
    let line =
        Line::to(Replay::default().on(SHOWN, answer(200, "")).on(SHOWN, answer(500, "")).on(SHOWN, answer(200, "")));
    let signed_at: Mutex<Vec<Timestamp>> = Mutex::default();
    let signed = |now: Timestamp| {
        signed_at.lock().unwrap().push(now);
        request()
    };
    // It takes all that this minute has, half a minute in.
    tokio::time::advance(Duration::from_secs(30)).await;
    send(&line.http, &budget(), 100, |_| request()).await.unwrap();
    assert_eq!(send(&line.http, &budget(), 1, signed).await.unwrap().status, 200);
    assert_eq!(*signed_at.lock().unwrap(), [at(60), line.clock.now()]);
    assert!(line.seconds() >= 60.5);
}

#[tokio::test(start_paused = true)]
async fn each_attempt_takes_its_weight() {
    let line = Line::to(Replay::default().on(SHOWN, answer(500, "")));
    let small = Budget { weight_max: 10, window: Window::Seconds(3_600), ..budget() };
    let done = send(&line.http, &small, 4, |_| request()).await;
    assert!(matches!(done, Err(ProviderError::Backoff { .. })), "it failed, and is told as that: {done:?}");
    assert_eq!(line.replay.sent().len(), 2, "the third attempt does not fit");
    let spent = send(&line.http, &small, 4, |_| request()).await;
    assert!(matches!(spent, Err(ProviderError::RetryAt { .. })), "{spent:?}");
    let never = send(&line.http, &small, 11, |_| request()).await;
    assert!(matches!(never, Err(ProviderError::Refused { .. })), "{never:?}");
}

#[tokio::test(start_paused = true)]
async fn secrets_are_in_the_request_and_nowhere_else() {
    assert_eq!(request().shown(), SHOWN);
    let debugged = format!("{:?} {:#?} {:?}", request(), request().query, request().headers);
    assert!(!debugged.contains(SECRET), "{debugged}");

    let failures = [
        Replay::default(),
        Replay::default().fails(SHOWN, TransportError::TimedOut),
        Replay::default().on(SHOWN, answer(500, SECRET)),
        Replay::default().on(SHOWN, answer(429, SECRET)),
        Replay::default().fails(SHOWN, TransportError::Unreachable(format!("a wall said: no {SECRET} here"))),
        Replay::default().on(SHOWN, answer(403, SECRET)),
    ];
    // As a provider must not, but might.
    let quoting = |answer: &HttpAnswer, _| match answer.status {
        403 => Err(ProviderError::Refused {
            message: format!("GET https://host/prices: {}", String::from_utf8_lossy(&answer.body)),
        }),
        _ => Ok(()),
    };
    for replay in failures {
        let line = Line::to(replay);
        let error = line.classified(&quoting).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains(SECRET), "{error:?}");
        assert!(error.to_string().contains("GET https://host/prices"), "it names the request: {error}");
        let sent = line.replay.sent();
        assert!(sent.iter().all(|request| request.query[1].1.expose() == SECRET));
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_not_recorded_is_named() {
    let line = Line::to(Replay::default().on("GET https://host/other", answer(200, "")));
    let error = line.get().await.unwrap_err();
    assert!(error.to_string().contains(&format!("no answer to `{SHOWN}` is recorded")), "{error}");
}

#[tokio::test(start_paused = true)]
async fn many_requests_never_pass_the_budget() {
    let line = Line::to(Replay::default().on(SHOWN, answer(200, "")));
    let budget = Budget { weight_max: 10, window: Window::Seconds(10), ..budget() };
    let times: Arc<Mutex<Vec<i64>>> = Arc::default();
    let mut senders = tokio::task::JoinSet::new();
    for _ in 0..35 {
        let (http, budget, times) = (line.http.clone(), budget.clone(), Arc::clone(&times));
        senders.spawn(async move {
            let build = |now: Timestamp| {
                times.lock().unwrap().push(now.as_second());
                request()
            };
            send(&http, &budget, 1, build).await.map(drop)
        });
    }
    for done in senders.join_all().await {
        done.unwrap();
    }
    let times = times.lock().unwrap();
    for window in 0..4 {
        let count = times.iter().filter(|seconds| **seconds / 10 == window).count();
        assert_eq!(count, if window < 3 { 10 } else { 5 }, "window {window}: {times:?}");
    }
}
