//! Many processes on one org's limit: nobody fails, and the limit is used.

use std::time::Instant;

use serde_json::{Value, json};

use crate::findings::{Findings, Target, ratio};
use crate::measure::Job;
use crate::outcome::Outcome;
use crate::server::{Behaviour, Quota, Way, user_id};
use crate::workshop::{TOKEN, Workshop, request};

const PROCESSES: usize = 50;
const SETS: usize = 30;
/// 600 a minute, in windows of 10 s: reset times have whole seconds.
const QUOTA: Quota = Quota { requests: 100, window_s: 10 };

pub fn run(workshop: &Workshop) -> Outcome<Findings> {
    let behaviour = Behaviour { first_byte_ms: 20, quota: Some(QUOTA), ..Behaviour::default() };
    let mut server = workshop.server(&behaviour)?;
    let started = Instant::now();
    let mut running = Vec::new();
    for process in 0..PROCESSES {
        let ids = (0..SETS).map(|n| json!({"user_id": user_id(process * SETS + n)}));
        let sets: Value = ids.collect::<Vec<_>>().into();
        // A token of its own tells the server which process is asking.
        let token = format!("{TOKEN}-{process}");
        let job = Job {
            stdin: request(&server, Way::Plain, "get user", sets, &token),
            patience_s: 600,
            ..Job::new("connector", &workshop.connector)
        };
        running.push(job.start(&workshop.scratch, process)?);
    }
    let ended: Vec<_> = running.into_iter().map(|process| process.wait()).collect();
    let took = started.elapsed().as_secs_f64();
    let quota = server.account()?.quota;

    let failures: Vec<String> = ended.iter().filter_map(|end| end.as_ref().err().map(ToString::to_string)).collect();
    let wanted = (PROCESSES * SETS) as f64;
    let allowed = wanted / QUOTA.requests as f64 * QUOTA.window_s as f64;
    let work = "50 processes on one limit";
    let mut findings = Findings::default();
    findings.target(Target {
        work,
        what: "processes that failed",
        connector: format!("{} processes", quota.processes),
        beside: String::new(),
        result: failures.len() as f64,
        at_most: 0.0,
    });
    findings.target(Target {
        work,
        what: "(wall − one window) / what the limit allows",
        connector: format!("{took:.1} s"),
        beside: format!("{allowed:.0} s"),
        result: ratio(took - QUOTA.window_s as f64, allowed),
        at_most: 1.1,
    });
    findings.target(Target {
        work,
        what: "429s per process and window",
        connector: format!("{} in {} windows", quota.refused, quota.windows),
        beside: format!("{} process windows", quota.process_windows),
        result: ratio(quota.refused as f64, quota.process_windows as f64),
        at_most: 1.2,
    });
    findings.note(format!("On the limit, the most 429s that one process met in one window: {}.", quota.most_refused));
    if let Some(first) = failures.first() {
        findings.note(format!("On the limit, the first failure: {first}"));
    }
    Ok(findings)
}
