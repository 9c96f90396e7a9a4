//! *send push notification* when the wire fails while somebody is asked.

mod fault_server;

use fault_server::actions::named;
use fault_server::okta::{World, answers, org};
use fault_server::runner::{Ran, Request};
use fault_server::server::{Answer, Reply, Seen, Step};

fn is_poll(seen: &Seen) -> bool {
    seen.method == "GET" && seen.path().contains("/transactions/")
}

fn is_cancel(seen: &Seen) -> bool {
    seen.method == "DELETE"
}

/// Asks, on an org in which `hook` may answer, and waits for `wait` seconds.
fn ask(wait: u64, timeout: u64, hook: impl FnMut(&mut World, &Seen) -> Option<Reply> + Send + 'static) -> (Ran, World) {
    let (server, world) = org(hook);
    let action = named("send_push_notification");
    let ran = Request::new(action.identifier, &server.origin(), action.parameters)
        .config("wait_seconds", wait)
        .timeout(timeout)
        .run()
        .checked();
    let world = World::clone(&world.org());
    assert_eq!(world.challenges.len(), 1, "asked once, whatever happens");
    (ran, world)
}

#[test]
fn polls_that_fail_for_a_while_are_made_again() {
    let faults: [(&str, fn() -> Reply); 5] = [
        ("reset", || vec![Step::Reset]),
        ("503", || Answer::new(503, "").reply()),
        ("500", || Answer::new(500, "").reply()),
        ("429", || Answer::error(429, "E0000047", "Too many", "").reply()),
        ("cut", || vec![Step::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{".to_vec()), Step::Close]),
    ];
    for (name, fault) in faults {
        let mut polls = 0;
        let (ran, world) = ask(125, 300, move |world, seen| {
            world.response = answers(if polls > 3 { "SUCCESS" } else { "WAITING" });
            polls += u32::from(is_poll(seen));
            (is_poll(seen) && matches!(polls, 2 | 3)).then(fault)
        });
        assert!(ran.succeeded(), "{name}: {}", ran.stdout);
        assert_eq!(ran.action()["summary"]["result"]["factorResult"], "SUCCESS", "{name}");
        assert_eq!(world.cancelled, 0, "{name}");
    }
}

#[test]
fn every_answer_of_the_user_is_an_answer() {
    for result in ["SUCCESS", "REJECTED", "TIMEOUT", "EXPIRED", "CANCELLED"] {
        let (ran, _) = ask(125, 300, move |world, _| {
            world.response = answers(result);
            None
        });
        assert!(ran.succeeded(), "{}", ran.stdout);
        assert_eq!(ran.action()["summary"]["result"]["factorResult"], result);
        assert_eq!(ran.data()[0]["factorResult"], result);
    }
    for (result, kind) in [("ERROR", "rejected"), ("SUCCESSFUL", "protocol"), ("success", "protocol")] {
        let (ran, _) = ask(125, 300, move |world, _| {
            world.response = answers(result);
            None
        });
        assert_eq!(ran.kind(), kind, "{}", ran.stdout);
    }
}

#[test]
fn a_challenge_that_nobody_answers_is_called_off() {
    for (wait, timeout) in [(20, 300), (125, 30)] {
        let (ran, world) = ask(wait, timeout, |_, _| None);
        assert_eq!((ran.kind(), world.cancelled), ("timeout", 1), "{}", ran.stdout);
        assert!(world.polls > 0);
        assert_eq!(ran.outcome(), "not_applied", "nobody can approve it any more: {}", ran.stdout);
    }
}

#[test]
fn a_challenge_that_could_not_be_called_off_is_unknown() {
    let faults: [(&str, fn() -> Reply); 3] = [
        ("403", || Answer::error(403, "E0000006", "No", "").reply()),
        ("500", || Answer::new(500, "").reply()),
        ("reset", || vec![Step::Reset]),
    ];
    for (name, fault) in faults {
        let (ran, world) = ask(20, 60, move |_, seen| is_cancel(seen).then(fault));
        assert_eq!((ran.kind(), ran.outcome(), world.cancelled), ("timeout", "unknown", 0), "{name}: {}", ran.stdout);
        assert_eq!(ran.error()["retryable"], false, "{name}: it would ring again");
    }
}

#[test]
fn polls_that_never_work_call_the_challenge_off() {
    let faults: [(&str, &str, fn() -> Reply); 4] = [
        ("403", "permission", || Answer::error(403, "E0000006", "No", "").reply()),
        ("nonsense", "protocol", || Answer::new(200, "{}").reply()),
        ("reset", "network", || vec![Step::Reset]),
        ("503", "unavailable", || Answer::new(503, "").reply()),
    ];
    for (name, kind, fault) in faults {
        let (ran, world) = ask(125, 60, move |_, seen| is_poll(seen).then(fault));
        assert!(!ran.succeeded(), "{name}");
        assert!([kind, "timeout"].contains(&ran.kind()), "{name}: {}", ran.stdout);
        let outcome = if world.cancelled > 0 { "not_applied" } else { "unknown" };
        assert_eq!(ran.outcome(), outcome, "{name}: {}", ran.stdout);
        if matches!(name, "403" | "nonsense") {
            assert_eq!(world.cancelled, 1, "{name}");
        }
    }
}

#[test]
fn polls_that_fail_until_the_deadline_leave_time_to_call_the_challenge_off() {
    let faults: [(&str, fn() -> Reply); 3] =
        [("reset", || vec![Step::Reset]), ("503", || Answer::new(503, "").reply()), ("silence", || vec![Step::Stall])];
    for (name, fault) in faults {
        let (ran, world) = ask(125, 60, move |_, seen| is_poll(seen).then(fault));
        assert!(!ran.succeeded(), "{name}");
        assert_eq!(world.cancelled, 1, "{name}: so that nobody approves it unseen later: {}", ran.stdout);
    }
}

#[test]
fn no_more_is_waited_than_wait_seconds_when_polls_fail() {
    let (ran, _) = ask(20, 300, |_, seen| is_poll(seen).then(|| vec![Step::Reset]));
    assert!(!ran.succeeded());
    // The polls themselves and calling off take a while, but not the whole deadline.
    assert!(ran.spent < std::time::Duration::from_secs(150), "{:?}: {}", ran.spent, ran.stdout);
}
