//! Work whose time is the server's: what is left of it when nothing waits that needn't.

use serde_json::{Value, json};

use crate::findings::{Findings, Target, ratio};
use crate::measure::{Run, wall};
use crate::outcome::Outcome;
use crate::server::{Account, Behaviour, Way, user_id};
use crate::workshop::Workshop;

pub fn pages(workshop: &Workshop) -> Outcome<Findings> {
    let behaviour = Behaviour { users: 20_000, first_byte_ms: 50, body_ms: 50, ..Behaviour::default() };
    let (runs, account) = repeat(workshop, &behaviour, "list users", json!({"limit": 20_000}))?;
    let least = 100.0 * 50.0 + 50.0;
    let work = "100 pages, 50 ms + 50 ms";
    let mut findings = Findings::default();
    findings.measured_alone(work, "connector", &runs);
    findings.target(Target {
        work,
        what: "wall / (100 × 50 ms + one body)",
        connector: format!("{:.0} ms", wall(&runs)),
        beside: format!("{least:.0} ms"),
        result: ratio(wall(&runs), least),
        at_most: 1.05,
    });
    findings.target(Target {
        work,
        what: "connections",
        connector: format!("{} requests", account.requests),
        beside: String::new(),
        result: account.connections as f64,
        at_most: 2.0,
    });
    Ok(findings)
}

pub fn sets(workshop: &Workshop) -> Outcome<Findings> {
    let behaviour = Behaviour { first_byte_ms: 100, ..Behaviour::default() };
    let sets: Vec<Value> = (0..500).map(|n| json!({"user_id": user_id(n)})).collect();
    let (runs, account) = repeat(workshop, &behaviour, "get user", sets.into())?;
    let least = 500.0 / 8.0 * 100.0;
    let work = "500 parameter sets, 100 ms an answer";
    let mut findings = Findings::default();
    findings.measured_alone(work, "connector", &runs);
    findings.target(Target {
        work,
        what: "wall / (500 ÷ 8 × 100 ms)",
        connector: format!("{:.0} ms", wall(&runs)),
        beside: format!("{least:.0} ms"),
        result: ratio(wall(&runs), least),
        at_most: 1.1,
    });
    findings.target(Target {
        work,
        what: "connections",
        connector: format!("{} at a time", account.most_in_flight),
        beside: String::new(),
        result: account.connections as f64,
        at_most: 8.0,
    });
    Ok(findings)
}

/// Runs the connector a few times; the account is of the last.
fn repeat(workshop: &Workshop, behaviour: &Behaviour, action: &str, parameters: Value) -> Outcome<(Vec<Run>, Account)> {
    let mut server = workshop.server(behaviour)?;
    let job = workshop.connector(&server, Way::Plain, action, parameters);
    let mut runs = Vec::new();
    let mut account = Account::default();
    for _ in 0..workshop.options.few() {
        runs.push(job.run(&workshop.scratch)?);
        account = server.account()?;
    }
    Ok((runs, account))
}

pub fn first_bytes(workshop: &Workshop) -> Outcome<Findings> {
    let behaviour = Behaviour { users: 400, second_page_ms: 300, ..Behaviour::default() };
    let mut server = workshop.server(&behaviour)?;
    let mut job = workshop.connector(&server, Way::Plain, "list users", json!({"limit": 400}));
    // A user's last member is the link to itself: this is the end of the page's last item.
    job.until = Some(format!("/users/{}\"}}}}}}", user_id(199)));
    let mut ahead = Vec::new();
    for _ in 0..workshop.options.runs {
        let run = job.run(&workshop.scratch)?;
        let out = run.until_ns.ok_or("the first page never came out")?;
        let sent = server.account()?.second_page_ns;
        let sent = sent.ok_or("no second page was asked for")?;
        ahead.push((sent as f64 - out as f64) / 1e6);
    }
    let worst = ahead.iter().copied().fold(f64::MAX, f64::min);
    let mut findings = Findings::default();
    findings.target(Target {
        work: "first page on stdout",
        what: "ms after the second is sent (it is held back 300 ms)",
        connector: format!("worst of {} runs", ahead.len()),
        beside: String::new(),
        result: -worst,
        at_most: 0.0,
    });
    Ok(findings)
}
