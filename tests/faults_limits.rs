//! Limits: deadlines, the process's time, rate limits over several parameter sets, and what a
//! person who watches sees of the waits.

mod fault_server;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use fault_server::actions;
use fault_server::okta::{LOGIN, Status, org};
use fault_server::runner::{FACTOR, Request};
use fault_server::server::{Answer, Reply, Step};
use okta_connector::runtime::clock::{Clock, ScaledClock};
use serde_json::{Value, json};

/// Seconds of the run in real time.
fn seconds(seconds: f64) -> Step {
    Step::Pause(Duration::from_secs_f64(seconds / FACTOR))
}

fn limited(reset: u64) -> Reply {
    Answer::error(429, "E0000047", "API call exceeded rate limit due to too many requests.", "")
        .header("X-Rate-Limit-Limit", "600")
        .header("X-Rate-Limit-Remaining", "0")
        .header("X-Rate-Limit-Reset", reset.to_string())
        .reply()
}

/// `Date` of the server's answers, in seconds.
const DATE: u64 = 1_795_500_000;

fn sets(count: usize) -> Value {
    (0..count).map(|_| json!({"id": LOGIN})).collect()
}

fn kinds(results: &[Value]) -> Vec<&str> {
    results.iter().map(|result| result["error"]["kind"].as_str().unwrap_or("success")).collect()
}

#[test]
fn a_limit_beyond_the_deadline_fails_at_once_and_says_when_to_come_back() {
    let (server, _world) = org(|_, _| Some(limited(DATE + 50)));
    let ran = Request::new("get_user", &server.origin(), json!({"user_id": LOGIN})).timeout(40).run().checked();
    assert_eq!((ran.kind(), server.requests()), ("rate_limited", 1));
    let retry_after = ran.error()["retry_after"].as_u64().expect("seconds");
    assert!((51..=53).contains(&retry_after), "{retry_after}");
    assert!(ran.message().contains(&format!("{retry_after} s")), "{}", ran.message());
    assert_eq!(ran.error()["http_status"], 429);
    assert_eq!(ran.error()["error_code"], "E0000047");
    assert!(ran.spent < Duration::from_secs(30), "{:?}", ran.spent);
}

#[test]
fn a_limit_beyond_the_deadline_is_met_by_one_of_several_sets_only() {
    for (identifier, parameter) in [("get_user", "user_id"), ("disable_user", "id")] {
        let (server, _world) = org(|_, _| Some(limited(DATE + 50)));
        let users: Value = (0..6).map(|_| json!({parameter: LOGIN})).collect();
        let ran = Request::new(identifier, &server.origin(), users).timeout(40).run().checked();
        assert_eq!(server.requests(), 1, "{}", ran.stdout);
        for result in ran.actions() {
            let seconds = result["error"]["retry_after"].as_u64().unwrap_or_default();
            assert_eq!(result["error"]["kind"], "rate_limited", "{}", ran.stdout);
            assert!((40..=53).contains(&seconds), "{}", ran.stdout);
        }
    }
}

#[test]
fn a_limit_is_waited_for_by_the_servers_clock_and_a_second_more() {
    let mut hits = 0;
    let (server, _world) = org(move |_, _| {
        hits += 1;
        (hits == 1).then(|| limited(DATE + 42))
    });
    let ran = Request::new("get_user", &server.origin(), json!({"user_id": LOGIN})).run().checked();
    assert!(ran.succeeded() && server.requests() == 2, "{}", ran.stdout);
    assert!(ran.spent >= Duration::from_secs(43), "{:?}", ran.spent);
    assert!(ran.stderr.contains("rate limit") && ran.stderr.contains("attempt 2"), "{}", ran.stderr);
    assert!(ran.stderr.contains("waiting 43 s") || ran.stderr.contains("waiting 44 s"), "{}", ran.stderr);
    assert!(ran.warnings().contains("Waited"), "a wait of 43 s is worth a warning: {}", ran.stdout);
}

/// A clock on which every wait ends an hour late, as on a machine that was asleep.
struct Oversleeping(ScaledClock, AtomicU64);

impl Clock for Oversleeping {
    fn now(&self) -> Duration {
        self.0.now() + Duration::from_secs(3600 * self.1.load(Ordering::Relaxed))
    }

    fn sleep(&self, duration: Duration) {
        self.0.sleep(duration);
        self.1.fetch_add(1, Ordering::Relaxed);
    }

    fn real(&self, duration: Duration) -> Duration {
        self.0.real(duration)
    }
}

#[test]
fn time_that_runs_out_in_a_wait_does_not_hide_what_was_waited_for() {
    let unavailable = || Answer::error(503, "E0000010", "Service is in read only mode", "").reply();
    let reset = || vec![Step::Reset];
    let cases: [(&str, &dyn Fn() -> Reply); 3] =
        [("rate_limited", &|| limited(DATE + 5)), ("unavailable", &unavailable), ("network", &reset)];
    for (kind, reply) in cases {
        let reply = reply();
        let (server, _world) = org(move |_, _| Some(reply.clone()));
        let clock = Oversleeping(ScaledClock::new(FACTOR), AtomicU64::new(0));
        let ran = Request::new("get_user", &server.origin(), json!({"user_id": LOGIN})).clock(Arc::new(clock)).run();
        assert_eq!((ran.kind(), server.requests()), (kind, 1), "{}", ran.stdout);
    }
}

#[test]
fn one_limit_holds_all_sets_of_the_process() {
    let mut hits = 0;
    let (server, _world) = org(move |_, _| {
        hits += 1;
        (hits == 1).then(|| limited(DATE + 20))
    });
    let users: Value = (0..6).map(|_| json!({"user_id": LOGIN})).collect();
    let ran = Request::new("get_user", &server.origin(), users).run().checked();
    assert!(ran.succeeded(), "{}", ran.stdout);
    assert_eq!(server.requests(), 7, "one 429 for all of them");
}

#[test]
fn nobody_gets_the_place_of_a_request_that_met_the_limit() {
    let mut hits = 0;
    let mut over: Option<Instant> = None;
    let (server, _world) = org(move |world, seen| {
        hits += 1;
        // The second request meets the limit, and so does whatever comes before its time is over.
        if hits == 2 {
            over = Some(Instant::now() + Duration::from_secs(20).div_f64(FACTOR));
        }
        if over.is_some_and(|over| Instant::now() < over) {
            return Some(limited(DATE + 20));
        }
        Some(world.answer(seen).header("X-Rate-Limit-Remaining", "1").reply())
    });
    let users: Value = (0..8).map(|_| json!({"user_id": LOGIN})).collect();
    let ran = Request::new("get_user", &server.origin(), users).run().checked();
    assert!(ran.succeeded(), "{}", ran.stdout);
    assert_eq!(server.requests(), 9, "one 429 for all of them: {}", ran.stderr);
}

#[test]
fn a_401_stops_all_further_sets() {
    for (identifier, parameter) in [("disable_user", "id"), ("get_user", "user_id")] {
        let (server, _world) = org(|_, _| Some(Answer::error(401, "E0000011", "Invalid token provided", "").reply()));
        let users: Value = (0..12).map(|_| json!({parameter: LOGIN})).collect();
        let ran = Request::new(identifier, &server.origin(), users).run().checked();
        assert!(kinds(ran.actions()).iter().all(|kind| *kind == "authentication"), "{}", ran.stdout);
        if identifier == "disable_user" {
            assert!(ran.actions().iter().all(|result| result["error"]["outcome"] == "not_applied"));
            assert_eq!(server.requests(), 1);
        }
    }
}

#[test]
fn a_401_stops_the_sets_that_run_beside_it_too() {
    let (server, _world) = org(|_, _| Some(Answer::error(401, "E0000011", "Invalid token provided", "").reply()));
    let users: Value = (0..12).map(|_| json!({"user_id": LOGIN})).collect();
    Request::new("get_user", &server.origin(), users).run().checked();
    assert_eq!(server.requests(), 1, "the first request goes alone; after its 401 no further set is sent");
}

#[test]
fn the_time_of_the_process_ends_sets_that_were_never_started_as_not_applied() {
    let (server, _world) = org(|world, seen| {
        world.set_status(LOGIN, Status::Active);
        Some([vec![seconds(20.0)], world.answer(seen).reply()].concat())
    });
    let ran = Request::new("disable_user", &server.origin(), sets(12))
        .config("total_timeout_seconds", 70)
        .timeout(300)
        .run()
        .checked();
    let results = ran.actions();
    assert_eq!(results[0]["status"], "success", "{}", ran.stdout);
    let failed: Vec<&Value> =
        results.iter().filter(|result| result["status"] == "failed").map(|result| &result["error"]).collect();
    let unsent = failed.iter().filter(|error| error["outcome"] == "not_applied").count();
    assert!(failed.iter().all(|error| error["kind"] == "timeout"), "{}", ran.stdout);
    assert!(unsent >= 4 && results[11]["error"]["outcome"] == "not_applied", "{}", ran.stdout);
    // A success is one request; those under way at the end may have been sent again.
    let done = results.len() - failed.len();
    assert!(server.requests() >= results.len() - unsent, "{done} done, {} requests", server.requests());
}

#[test]
fn the_deadline_of_the_request_wins_over_the_assets() {
    let (server, _world) = org(|_, _| Some(vec![Step::Stall]));
    let mut request = Request::new("get_user", &server.origin(), json!({"user_id": LOGIN})).timeout(3000);
    request.document["timeout_seconds"] = json!(20);
    let ran = request.run().checked();
    assert_eq!(ran.kind(), "timeout", "{}", ran.stdout);
}

#[test]
fn each_set_has_a_deadline_of_its_own() {
    let (server, _world) = org(|world, seen| {
        world.set_status(LOGIN, Status::Active);
        Some([vec![seconds(12.0)], world.answer(seen).reply()].concat())
    });
    // Together they take longer than one may.
    let ran = Request::new("disable_user", &server.origin(), sets(5)).timeout(50).run().checked();
    assert!(ran.succeeded(), "{}", ran.stdout);
    assert!(ran.spent > Duration::from_secs(50), "{:?}", ran.spent);
}

#[test]
fn an_error_whose_body_never_ends_is_nobodys_word() {
    let head = || Answer::new(403, "").header("Content-Length", "100000000").head();
    type Body = fn() -> Vec<Step>;
    let bodies: [(&str, Body); 3] = [
        ("stalled", || vec![Step::Stall]),
        ("dripping", || vec![Step::Drip(vec![b'x'; 3000], Duration::from_secs_f64(1.0 / FACTOR))]),
        ("endless", || vec![Step::Send(vec![b'x'; 4_000_000]), Step::Stall]),
    ];
    // Broken off, it is asked for again, as silence is; what could be read of an endless one is not Okta's.
    let expected = [("timeout", 3), ("timeout", 3), ("protocol", 1)];
    for ((name, body), expected) in bodies.into_iter().zip(expected) {
        let (server, _world) =
            org(move |_, _| Some([vec![Step::Send([head(), b"\r\n".to_vec()].concat())], body()].concat()));
        let action = actions::named("get_user");
        let ran = Request::new(action.identifier, &server.origin(), action.parameters).timeout(300).run().checked();
        assert_eq!((ran.kind(), server.requests()), expected, "{name}: {}", ran.stdout);
        assert!(ran.message().chars().count() < 1500, "{name}: {}", ran.message().len());
    }
}

#[test]
fn a_wait_is_logged_with_its_reason_its_length_and_the_attempt() {
    let mut hits = 0;
    let (server, _world) = org(move |_, _| {
        hits += 1;
        match hits {
            1 => Some(vec![Step::Reset]),
            2 => Some(Answer::new(503, "").header("Retry-After", "7").reply()),
            3 => Some(Answer::new(502, "").reply()),
            _ => None,
        }
    });
    let ran = Request::new("get_user", &server.origin(), json!({"user_id": LOGIN})).run().checked();
    assert!(ran.succeeded(), "{}", ran.stdout);
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!(lines.len(), 3, "{}", ran.stderr);
    for (line, (reason, next)) in lines.iter().zip([("lost", 2), ("asked to wait", 3), ("unavailable", 4)]) {
        assert!(line.contains(reason) && line.contains(&format!("attempt {next} of GET /api/v1/users/")), "{line}");
    }
    assert!(lines[1].contains("waiting 7 s") || lines[1].contains("waiting 8 s"), "{}", lines[1]);
}

#[test]
fn long_waits_for_one_thing_are_one_warning() {
    let mut hits = 0;
    let (server, _world) = org(move |_, _| {
        hits += 1;
        (hits < 6).then(|| limited(DATE + 20))
    });
    let ran = Request::new("get_user", &server.origin(), json!({"user_id": LOGIN})).run().checked();
    assert!(ran.succeeded(), "{}", ran.stdout);
    assert_eq!(ran.action()["warnings"].as_array().map(Vec::len), Some(1), "{}", ran.warnings());
}
