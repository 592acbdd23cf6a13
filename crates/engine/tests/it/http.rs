//! What `Http` promises its callers, through recorded answers and paused time.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use foliosync_engine::clock::Clock;
use foliosync_engine::http::{Http, HttpAnswer, HttpRequest, Method, Part, TransportError};
use foliosync_engine::limiter::{Budget, Limiter};
use foliosync_engine::provider::ProviderError;
use foliosync_engine::testkit::replay::{Replay, answer};
use jiff::{SignedDuration, Timestamp};

const SHOWN: &str = "GET https://host/prices?symbol=X&key=***";
const SECRET: &str = "s3cr3t";

struct Line {
    http: Http,
    replay: Arc<Replay>,
    clock: Clock,
}

impl Line {
    fn to(replay: Replay) -> Line {
        let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
        let replay = Arc::new(replay);
        let http = Http::new(Arc::clone(&replay) as _, Arc::new(Limiter::default()), clock);
        Line { http, replay, clock }
    }

    async fn get(&self) -> Result<HttpAnswer, ProviderError> {
        self.http.send(&budget(), 1, |_| request()).await
    }

    fn seconds(&self) -> f32 {
        self.clock.now().duration_since(Timestamp::UNIX_EPOCH).as_secs_f32()
    }
}

fn budget() -> Budget {
    Budget { scope: "test/key".into(), weight_max: 100, window: SignedDuration::from_mins(1) }
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
    assert_eq!((line.replay.sent().len(), line.seconds()), (3, 1.5), "it waits longer each time");
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
    let too_large = TransportError::TooLarge { max_bytes: 9 };
    check(Replay::default().fails(SHOWN, too_large), "answered with more than 9 bytes").await;
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
    let http = Http::new(Arc::clone(&silent) as _, Arc::new(Limiter::default()), clock);
    let done = http.send(&budget(), 1, |_| request()).await;
    assert!(matches!(done, Err(ProviderError::Backoff { .. })), "{done:?}");
    assert_eq!(silent.0.load(Ordering::Relaxed), 3);
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
        let done = line.http.send(&budget(), 1, post).await;
        assert!(matches!(done, Err(ProviderError::Backoff { .. })), "{done:?}");
        assert_eq!(line.replay.sent().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn too_many_requests_close_the_budget() {
    let at = |seconds| Timestamp::from_second(seconds).unwrap();
    for (status, header, until) in [
        (429, Some("120"), at(120)),
        (418, Some(" 7200 "), at(7_200)),
        (429, Some("Thu, 01 Jan 1970 00:05:00 GMT"), at(300)),
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
        assert_eq!(line.http.send(&other, 1, |_| request()).await.unwrap().status, 200);
        tokio::time::advance(Duration::from_secs(7_200)).await;
        assert_eq!(line.get().await.unwrap().status, 200, "it opens again");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_is_signed_after_its_wait_and_for_each_attempt() {
    let line = Line::to(
        Replay::default()
            .on("GET https://host/first", answer(200, ""))
            .on("GET https://host/signed?at=60", answer(500, ""))
            .on("GET https://host/signed?at=60.5", answer(200, "")),
    );
    let signed = |now: Timestamp| {
        let seconds = now.duration_since(Timestamp::UNIX_EPOCH).as_secs_f32();
        let mut request = HttpRequest::get("https://host/signed");
        request.query.push(("at".into(), Part::Plain(seconds.to_string())));
        request
    };
    // It takes all that this minute has.
    line.http.send(&budget(), 100, |_| HttpRequest::get("https://host/first")).await.unwrap();
    assert_eq!(line.http.send(&budget(), 1, signed).await.unwrap().status, 200);
}

#[tokio::test(start_paused = true)]
async fn each_attempt_takes_its_weight() {
    let line = Line::to(Replay::default().on(SHOWN, answer(500, "")));
    let small = Budget { weight_max: 10, window: SignedDuration::from_hours(1), ..budget() };
    let done = line.http.send(&small, 4, |_| request()).await;
    assert!(matches!(done, Err(ProviderError::RetryAt { .. })), "the third attempt does not fit: {done:?}");
    assert_eq!(line.replay.sent().len(), 2);
    let never = line.http.send(&small, 11, |_| request()).await;
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
    ];
    for replay in failures {
        let line = Line::to(replay);
        let error = line.get().await.unwrap_err();
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
    let budget = Budget { weight_max: 10, window: SignedDuration::from_secs(10), ..budget() };
    let times: Arc<Mutex<Vec<i64>>> = Arc::default();
    let mut senders = tokio::task::JoinSet::new();
    for _ in 0..35 {
        let (http, budget, times) = (line.http.clone(), budget.clone(), Arc::clone(&times));
        senders.spawn(async move {
            let build = |now: Timestamp| {
                times.lock().unwrap().push(now.as_second());
                request()
            };
            http.send(&budget, 1, build).await.map(drop)
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
