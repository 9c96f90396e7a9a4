//! A push that is answered at the 25th poll: what waiting costs.

use serde_json::json;

use crate::findings::{Findings, Target};
use crate::measure::cpu;
use crate::outcome::Outcome;
use crate::server::{Behaviour, Way, user_id};
use crate::workshop::Workshop;

const POLLS: u32 = 25;
/// Okta's advice, less what a clock may be off (okta-api.md: every 4 seconds or so).
const LEAST_INTERVAL_S: f64 = 3.9;

pub fn run(workshop: &Workshop) -> Outcome<Findings> {
    let behaviour = Behaviour { waiting_polls: POLLS - 1, ..Behaviour::default() };
    let mut server = workshop.server(&behaviour)?;
    let parameters = json!({"email": user_id(3), "factortype": "push"});
    let mut job = workshop.connector(&server, Way::Plain, "send push notification", parameters);
    job.patience_s = 240;
    let runs = [job.run(&workshop.scratch)?];
    let polls = server.account()?.polls_ns;
    let intervals = polls.windows(2).map(|pair| (pair[1] - pair[0]) as f64 / 1e9);
    let shortest = intervals.fold(f64::MAX, f64::min);
    let work = "push, 25 polls";
    let mut findings = Findings::default();
    findings.measured_alone(work, "connector", &runs);
    if polls.len() != POLLS as usize {
        findings.note(format!("The push was polled {} times, not {POLLS}.", polls.len()));
    }
    findings.target(Target {
        work,
        what: "CPU ms",
        connector: format!("{:.1} ms", cpu(&runs)),
        beside: String::new(),
        result: cpu(&runs),
        at_most: 30.0,
    });
    findings.target(Target {
        work,
        what: "polls a second, at the most",
        connector: format!("{shortest:.2} s apart"),
        beside: String::new(),
        result: 1.0 / shortest,
        at_most: 1.0 / LEAST_INTERVAL_S,
    });
    Ok(findings)
}
