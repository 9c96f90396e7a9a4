//! Spawn to exit of one get user: the connector, the floor and curl in turn.

use serde_json::json;

use crate::findings::{Findings, Target, ratio};
use crate::measure::{alternate, cpu, wall};
use crate::outcome::Outcome;
use crate::server::{Behaviour, Way, user_id};
use crate::workshop::Workshop;

pub fn plain(workshop: &Workshop) -> Outcome<Findings> {
    run(workshop, Way::Plain, "get user", 0.35)
}

pub fn tls(workshop: &Workshop) -> Outcome<Findings> {
    run(workshop, Way::Tls, "get user, TLS", 0.2)
}

fn run(workshop: &Workshop, way: Way, work: &str, of_curl: f64) -> Outcome<Findings> {
    let server = workshop.server(&Behaviour::default())?;
    let id = user_id(17);
    let parameters = json!({"user_id": id});
    let jobs = [
        workshop.connector(&server, way, "get user", parameters.clone()),
        workshop.floor(&server, way, "get user", parameters),
        workshop.curl(&server, way, &format!("/api/v1/users/{id}"))?,
    ];
    // A run takes milliseconds: many of them cost little and quiet the noise.
    let runs = alternate(&jobs, workshop.options.runs * 10, &workshop.scratch)?;
    let [connector, floor, curl] = &runs[..] else {
        return Err("three programs, three results".into());
    };
    let mut findings = Findings::default();
    findings.measured(work, &jobs, &runs);
    findings.target(Target {
        work,
        what: "wall / floor",
        connector: format!("{:.2} ms", wall(connector)),
        beside: format!("{:.2} ms", wall(floor)),
        result: ratio(wall(connector), wall(floor)),
        at_most: 1.25,
    });
    findings.target(Target {
        work,
        what: "CPU / curl",
        connector: format!("{:.2} ms", cpu(connector)),
        beside: format!("{:.2} ms", cpu(curl)),
        result: ratio(cpu(connector), cpu(curl)),
        at_most: of_curl,
    });
    if way == Way::Tls {
        findings.note(format!(
            "Over TLS the connector and curl trust a store of {} system roots and the bench's CA, the floor that CA alone.",
            server.trust.system_roots
        ));
    }
    Ok(findings)
}
