//! Faults crossed with actions: what each cell has to lead to, and how a cell is run.

use std::ops::RangeInclusive;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use okta_connector::runtime::table::facts::Settles;
use okta_rehearsal::Script;
use serde_json::json;

use super::actions::{Action, Class};
use super::faults::{Family, Fault};
use super::okta::{builder, changes};
use super::runner::{Ran, Request};
use super::secrets::TOKEN;
use super::server::{Answer, Server};

/// How often the fault hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Once; then all is well. Whether the server carried the request out before.
    Once { applied: bool },
    /// Every time.
    Always,
}

impl Mode {
    /// For the table of the docs.
    pub fn in_words(self) -> &'static str {
        match self {
            Mode::Once { applied: true } => "once, done before",
            Mode::Once { applied: false } => "once, not done",
            Mode::Always => "every time",
        }
    }
}

impl Expected {
    /// For the table of the docs.
    pub fn in_words(&self) -> String {
        let (least, most) = (*self.requests.start(), *self.requests.end());
        let requests = match (least, most) {
            (1, 1) => "1 request".to_owned(),
            (least, most) if least == most => format!("{least} requests"),
            (_, most) if most >= MANY => "as many requests as the time allows".to_owned(),
            (least, most) => format!("{least} to {most} requests"),
        };
        match &self.kinds {
            None => format!("success, {requests}"),
            Some(kinds) => {
                let outcome = if self.outcome == "none" { String::new() } else { format!(", `{}`", self.outcome) };
                let or_done = if self.or_done { ", or success where the state shows it" } else { "" };
                format!("`{}`{outcome}, {requests}{or_done}", kinds[0])
            }
        }
    }
}

/// What a cell has to lead to.
#[derive(Debug)]
pub struct Expected {
    /// `None` is a success.
    kinds: Option<Vec<&'static str>>,
    outcome: &'static str,
    /// So many requests for the main operation reach the server.
    requests: RangeInclusive<usize>,
    /// The state may have shown that the change was made.
    or_done: bool,
}

const MANY: usize = 500;

/// The consequences, from okta-api.md (Retrying, Rate limits).
pub fn expected(fault: &Fault, action: &Action, mode: Mode) -> Expected {
    let writes = action.class != Class::Read;
    let done = |requests| Expected { kinds: None, outcome: "none", requests, or_done: false };
    let failed = |kind, outcome, requests| Expected {
        kinds: Some(vec![kind]),
        outcome: if writes { outcome } else { "none" },
        requests,
        or_done: false,
    };
    let applied = fault.may_apply && mode != Mode::Once { applied: false };
    let settles = action.settles == Settles::Loss;
    // A write whose answer was lost and that must not be sent again.
    let stuck = |kind| match (settles, applied) {
        (true, true) => done(1..=1),
        (true, false) => failed(kind, "not_applied", 1..=1),
        (false, _) => failed(kind, "unknown", 1..=1),
    };
    let again = action.class != Class::Single;
    let once = mode != Mode::Always;
    match fault.family {
        Family::Lost(_) | Family::Internal | Family::GaveUp if again && once => done(2..=2),
        Family::Lost(_) | Family::GaveUp if again => {
            let kind = if let Family::Lost(kind) = fault.family { kind } else { "unavailable" };
            // The last try may be cut off by the deadline itself. The status of a cut answer to
            // a second try may say enough.
            let mut expected = failed(kind, "unknown", 2..=MANY);
            expected.or_done = action.settles == Settles::Refusal && applied;
            expected.kinds.iter_mut().for_each(|kinds| kinds.push("timeout"));
            expected
        }
        Family::Lost(kind) => stuck(kind),
        Family::Silent if !writes && once => done(2..=2),
        Family::Silent if !writes => failed("timeout", "none", 3..=3),
        Family::GaveUp if !(settles && applied) => failed("unavailable", "unknown", 1..=1),
        Family::GaveUp => done(1..=1),
        // A read that shows the change settles it; one that does not settles nothing after silence.
        Family::Silent if settles && applied => done(1..=1),
        Family::Silent => failed("timeout", "unknown", 1..=1),
        Family::Internal if again => failed("unavailable", "unknown", 2..=3),
        Family::Internal => stuck("unavailable"),
        Family::Limited if once => done(2..=2),
        Family::Limited => {
            // A busy machine may sleep past the deadline.
            let mut expected = failed("rate_limited", "not_applied", 1..=MANY);
            expected.kinds.iter_mut().for_each(|kinds| kinds.push("timeout"));
            expected
        }
        Family::LimitedForLong => failed("rate_limited", "not_applied", 1..=1),
        Family::Nonsense => match settles {
            true => stuck("protocol"),
            false => failed("protocol", "unknown", 1..=1),
        },
        Family::Harmless => done(1..=1),
        Family::Refused(kind) => failed(kind, "not_applied", 1..=1),
        Family::Followed { .. } if !writes && once => done(2..=2),
        Family::Followed { .. } if !writes => failed("protocol", "none", 2..=6),
        Family::Followed { write_was_made: true } => stuck("protocol"),
        Family::Followed { write_was_made: false } | Family::Astray => failed("protocol", "not_applied", 1..=1),
        Family::Circular if writes => failed("protocol", "not_applied", 1..=1),
        Family::Circular => failed("protocol", "none", 2..=6),
    }
}

/// The modes in which a fault is worth its time.
pub fn modes(fault: &Fault) -> Vec<Mode> {
    let once = |applied| Mode::Once { applied };
    match fault.family {
        Family::Harmless => vec![once(true)],
        Family::Refused(_) | Family::Astray | Family::LimitedForLong => vec![once(false)],
        Family::Circular => vec![Mode::Always],
        Family::Nonsense => vec![once(true), once(false)],
        Family::Followed { write_was_made: true } => vec![once(true)],
        Family::Followed { .. } => vec![once(false)],
        Family::Limited => vec![once(false), Mode::Always],
        Family::Lost(_) | Family::GaveUp | Family::Silent | Family::Internal if fault.may_apply => {
            vec![once(true), once(false), Mode::Always]
        }
        Family::Lost(_) | Family::GaveUp | Family::Silent | Family::Internal => vec![once(false), Mode::Always],
    }
}

/// Runs a cell; what is wrong with what came of it.
pub fn run(fault: &Fault, action: &Action, mode: Mode) -> Vec<String> {
    let elsewhere = Server::new(|_| Answer::new(200, "{}").reply());
    let applied = fault.may_apply && mode != Mode::Once { applied: false };
    let nth = (mode != Mode::Always).then_some(1);
    let on = json!({"method": action.method, "path": action.path, "nth": nth});
    let script = json!({"rules": [{"on": on, "do": {"fault": fault.name, "applied": applied}}]});
    let script = Script::parse(&script.to_string()).expect("a script");
    let org =
        builder().token(TOKEN).elsewhere(&elsewhere.origin()).script(script).prepare(action.preparation()).start();
    // Short only where it is tried until the deadline: a busy machine must not be what ends it.
    let until_the_deadline = match fault.family {
        Family::Lost(_) | Family::GaveUp => action.class != Class::Single,
        family => family == Family::Limited,
    };
    let timeout = if mode == Mode::Always && until_the_deadline { 60 } else { 600 };
    let ran = Request::new(action.identifier, &org.origin(), action.parameters.clone()).timeout(timeout).run();
    let requests = org.seen().iter().filter(|seen| action.is_main(seen)).count();
    let mut problems = ran.broken_promises();
    judge(&expected(fault, action, mode), fault, action, mode, &ran, requests, &mut problems);
    let changes = changes(&org.org());
    let report = org.report();
    problems.extend(report.violations.iter().map(|wrong| format!("a wrong request: {wrong:?}")));
    problems.extend(report.leaks.iter().map(|leak| format!("a secret out of place: {leak:?}")));
    let writes = action.class != Class::Read;
    if writes && ran.succeeded() && changes == 0 {
        problems.push("a success that never happened".to_owned());
    }
    if ran.outcome() == "not_applied" && changes > 0 {
        problems.push("not_applied, but it was".to_owned());
    }
    if action.class == Class::Single && changes > 1 {
        problems.push(format!("made {changes} times"));
    }
    if elsewhere.connections() > 0 {
        problems.push("the other origin was asked".to_owned());
    }
    if !problems.is_empty() {
        problems.push(format!("{requests} requests; {}{}", ran.stdout, ran.stderr));
    }
    problems
}

fn judge(
    expected: &Expected,
    fault: &Fault,
    action: &Action,
    mode: Mode,
    ran: &Ran,
    requests: usize,
    problems: &mut Vec<String>,
) {
    let done = expected.or_done && ran.succeeded();
    match &expected.kinds {
        Some(_) if done => {}
        None if !ran.succeeded() => problems.push(format!("expected a success, got {}", ran.kind())),
        Some(kinds) if !kinds.contains(&ran.kind()) => problems.push(format!("expected {kinds:?}, got {}", ran.kind())),
        _ => {}
    }
    // A request that is under way when the time is up may have been carried out.
    let cut_off = fault.family == Family::Limited && ran.kind() == "timeout" && ran.outcome() == "unknown";
    if ran.outcome() != expected.outcome && !done && !cut_off {
        problems.push(format!("expected outcome {}, got {}", expected.outcome, ran.outcome()));
    }
    if !expected.requests.contains(&requests) {
        problems.push(format!("expected {:?} requests, got {requests}", expected.requests));
    }
    let retry_after = ran.error()["retry_after"].as_u64();
    if matches!(fault.family, Family::Limited | Family::LimitedForLong) && ran.kind() == "rate_limited" {
        let least = if fault.family == Family::LimitedForLong { 1200 } else { 1 };
        if retry_after.is_none_or(|seconds| seconds < least) || ran.error()["retryable"] != true {
            problems.push(format!("retry_after is {retry_after:?}, retryable {}", ran.error()["retryable"]));
        }
    }
    let single = action.class == Class::Single;
    if ran.outcome() == "unknown" && single && ran.error()["retryable"] != false {
        problems.push("retryable, though it might be made twice".to_owned());
    }
    if requests > 1 && mode == (Mode::Once { applied: true }) && !ran.stderr.contains("waiting") {
        let redirected = matches!(fault.family, Family::Followed { .. });
        if !redirected {
            problems.push("a wait that nobody saw".to_owned());
        }
    }
}

/// Runs jobs on many threads, since they mostly wait; what they found, in order.
pub fn in_parallel<J: Sync>(jobs: &[J], run: impl Fn(&J) -> Option<String> + Sync) -> Vec<String> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(|poison| poison.into_inner());
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..jobs.len().min(24) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(index) else { return };
                    if let Some(problem) = run(job) {
                        found.lock().unwrap().push((index, problem));
                    }
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap();
    found.sort();
    found.into_iter().map(|(_, problem)| problem).collect()
}
