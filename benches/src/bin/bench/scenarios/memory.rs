//! Peak memory: it must depend neither on the length of a list nor on the number of lists.

use serde_json::{Value, json};

use crate::findings::{Findings, Target};
use crate::measure::{Run, highest_peak, least_peak};
use crate::outcome::Outcome;
use crate::server::{Behaviour, Way};
use crate::workshop::Workshop;

/// The least that a user takes on stdout: fewer bytes would mean a list cut short.
const USER_BYTES: u64 = 950;

pub fn lengths(workshop: &Workshop) -> Outcome<Findings> {
    let mut findings = Findings::default();
    let mut peaks = Vec::new();
    for users in [200, 100_000, 1_000_000] {
        let runs = lists(workshop, users, json!({"limit": users}))?;
        let work = format!("list {users} users, TLS, gzip");
        let peak = highest_peak(&runs);
        findings.measured_alone(&work, "connector", &runs);
        findings.target(Target {
            work: &work,
            what: "peak MiB",
            connector: format!("{peak:.2} MiB"),
            beside: String::new(),
            result: peak,
            at_most: 8.0,
        });
        peaks.push(peak);
    }
    let least = peaks.iter().copied().fold(f64::MAX, f64::min);
    let most = peaks.iter().copied().fold(0.0, f64::max);
    // «The same ± 1 MiB»: none is further than that from the middle.
    findings.target(Target {
        work: "the three lengths",
        what: "MiB off their middle",
        connector: format!("{least:.2}–{most:.2} MiB"),
        beside: String::new(),
        result: (most - least) / 2.0,
        at_most: 1.0,
    });
    findings.note(format!(
        "A program that does nothing (`true`) shows a peak of {:.2} MiB: no figure can be below that of the process it was started from.",
        least_peak(&workshop.scratch)?
    ));
    Ok(findings)
}

pub fn sets(workshop: &Workshop) -> Outcome<Findings> {
    let users = 100_000;
    let runs = lists(workshop, users, json!(vec![json!({"limit": users}); 8]))?;
    let work = "8 lists of 100000, TLS, gzip";
    let mut findings = Findings::default();
    findings.measured_alone(work, "connector", &runs);
    findings.target(Target {
        work,
        what: "peak MiB",
        connector: format!("{:.2} MiB", highest_peak(&runs)),
        beside: String::new(),
        result: highest_peak(&runs),
        at_most: 16.0,
    });
    Ok(findings)
}

fn lists(workshop: &Workshop, users: u64, parameters: Value) -> Outcome<Vec<Run>> {
    let behaviour = Behaviour { users, gzip: true, ..Behaviour::default() };
    let server = workshop.server(&behaviour)?;
    let lists = parameters.as_array().map_or(1, Vec::len) as u64;
    let job = workshop.connector(&server, Way::Tls, "list users", parameters);
    let mut runs = Vec::new();
    for _ in 0..workshop.options.few() {
        let run = job.run(&workshop.scratch)?;
        if run.out_bytes < lists * users * USER_BYTES {
            return Err(format!("only {} bytes came out", run.out_bytes).into());
        }
        runs.push(run);
    }
    Ok(runs)
}
