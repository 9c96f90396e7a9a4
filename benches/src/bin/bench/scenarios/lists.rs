//! Lists against the floor, and the connections that a long one takes.

use serde_json::{Value, json};

use crate::findings::{Findings, Target, ratio};
use crate::measure::{Job, alternate, wall};
use crate::outcome::Outcome;
use crate::server::{Behaviour, Way};
use crate::workshop::Workshop;

pub fn sizes(workshop: &Workshop) -> Outcome<Findings> {
    let mut findings = Findings::default();
    for (users, times) in [(950, 5), (100_000, 1)] {
        for gzip in [false, true] {
            let behaviour = Behaviour { users, gzip, ..Behaviour::default() };
            let server = workshop.server(&behaviour)?;
            let parameters = json!({"limit": users});
            let jobs = [
                workshop.connector(&server, Way::Plain, "list users", parameters.clone()),
                workshop.floor(&server, Way::Plain, "list users", parameters),
            ];
            let runs = alternate(&jobs, workshop.options.runs * times, &workshop.scratch)?;
            let encoding = if gzip { "gzip" } else { "no gzip" };
            let work = format!("list {users} users, {encoding}");
            findings.measured(&work, &jobs, &runs);
            findings.target(Target {
                work: &work,
                what: "wall / floor",
                connector: format!("{:.1} ms", wall(&runs[0])),
                beside: format!("{:.1} ms", wall(&runs[1])),
                result: ratio(wall(&runs[0]), wall(&runs[1])),
                at_most: 1.15,
            });
        }
    }
    Ok(findings)
}

pub fn fields(workshop: &Workshop) -> Outcome<Findings> {
    let mut findings = Findings::default();
    let behaviour = Behaviour { users: 100_000, ..Behaviour::default() };
    let server = workshop.server(&behaviour)?;
    let whole = workshop.connector(&server, Way::Plain, "list users", json!({"limit": 100_000}));
    let mut request: Value = serde_json::from_str(&whole.stdin)?;
    request["fields"] = json!(["id", "profile.login"]);
    let cut = Job { stdin: request.to_string(), ..workshop.connector(&server, Way::Plain, "list users", json!({})) };
    // The first one writes the most, see `alternate`.
    let jobs = [whole, cut];
    let runs = alternate(&jobs, workshop.options.runs, &workshop.scratch)?;
    let work = "list 100000 users, `fields` and all";
    findings.measured(work, &jobs, &runs);
    findings.target(Target {
        work,
        what: "wall / all fields",
        connector: format!("{:.1} ms", wall(&runs[1])),
        beside: format!("{:.1} ms", wall(&runs[0])),
        result: ratio(wall(&runs[1]), wall(&runs[0])),
        at_most: 1.1,
    });
    Ok(findings)
}

pub fn connections(workshop: &Workshop) -> Outcome<Findings> {
    let mut findings = Findings::default();
    for (way, name) in [(Way::Plain, "plain"), (Way::Tls, "TLS")] {
        let behaviour = Behaviour { users: 100_000, gzip: true, ..Behaviour::default() };
        let mut server = workshop.server(&behaviour)?;
        workshop.connector(&server, way, "list users", json!({"limit": 100_000})).run(&workshop.scratch)?;
        let account = server.account()?;
        findings.target(Target {
            work: &format!("500 pages, {name}"),
            what: "connections",
            connector: format!("{} requests", account.requests),
            beside: String::new(),
            result: account.connections as f64,
            at_most: 2.0,
        });
    }
    Ok(findings)
}
