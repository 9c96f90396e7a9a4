//! Spawn to exit of one get user: the connector, the floor and curl in turn.

use serde_json::json;

use crate::Outcome;
use crate::measure::{alternate, cpu, wall};
use crate::report::{Findings, Target, ratio};
use crate::server::{Behaviour, Server};
use crate::workshop::{Way, Workshop, user_id};

pub fn plain(workshop: &Workshop) -> Outcome<Findings> {
    run(workshop, Way::Plain, "get user", 0.35)
}

pub fn tls(workshop: &Workshop) -> Outcome<Findings> {
    let mut findings = run(workshop, Way::Tls, "get user, TLS", 0.2)?;
    findings.note(format!(
        "Over TLS the connector and curl trust a store of {} system roots and the bench's CA, the floor that CA alone.",
        workshop.certificates.system_roots
    ));
    Ok(findings)
}

fn run(workshop: &Workshop, way: Way, work: &str, of_curl: f64) -> Outcome<Findings> {
    let server = Server::start(workshop, &Behaviour::default())?;
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
    Ok(findings)
}
