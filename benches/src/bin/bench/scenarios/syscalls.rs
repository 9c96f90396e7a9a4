//! What one get user asks of the kernel, and which files it opens, under strace.

use std::collections::BTreeMap;

use serde_json::json;

use crate::artifacts;
use crate::findings::Findings;
use crate::measure::Job;
use crate::outcome::Outcome;
use crate::server::{Behaviour, Way, user_id};
use crate::workshop::{Workshop, without_folder};

/// A start that opens more files than this has other troubles than the list.
const SHOWN: usize = 40;

pub fn count(workshop: &Workshop) -> Outcome<Findings> {
    let strace = artifacts::on_path("strace").ok_or("strace is not installed")?;
    let server = workshop.server(&Behaviour::default())?;
    let log = workshop.scratch.join("strace.log");
    let mut findings = Findings::default();
    for (way, name) in [(Way::Plain, "plain"), (Way::Tls, "TLS")] {
        let parameters = json!({"user_id": user_id(17)});
        let traced = workshop.connector(&server, way, "get user", parameters);
        let job = Job {
            program: strace.clone(),
            args: ["-f", "-qq", "-o"]
                .map(str::to_owned)
                .into_iter()
                .chain([log.display().to_string()])
                .chain([traced.program.display().to_string()])
                .collect(),
            ..traced
        };
        job.run(&workshop.scratch)?;
        let trace = Trace::read(&std::fs::read_to_string(&log)?);
        let total: usize = trace.calls.values().sum();
        let mut calls: Vec<_> = trace.calls.iter().collect();
        calls.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        let calls: Vec<String> = calls.iter().map(|(c, n)| format!("{c} {n}")).collect();
        findings.note(format!("get user, {name}: {total} syscalls: {}.", calls.join(", ")));
        let shown = &trace.opened[..trace.opened.len().min(SHOWN)];
        findings.note(without_folder(
            &format!("get user, {name}: {} files opened: {}.", trace.opened.len(), shown.join(", ")),
            &workshop.scratch,
        ));
    }
    Ok(findings)
}

#[derive(Default)]
struct Trace {
    calls: BTreeMap<String, usize>,
    /// Files whose opening succeeded, in order.
    opened: Vec<String>,
}

impl Trace {
    /// Lines are `PID name(arguments) = result`; an interrupted call's second half has no `name(`.
    fn read(log: &str) -> Self {
        let mut trace = Self::default();
        for line in log.lines() {
            let call = line.split_once(' ').map_or("", |(_, call)| call.trim_start());
            let Some((name, rest)) = call.split_once('(') else {
                continue;
            };
            if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                continue;
            }
            *trace.calls.entry(name.to_owned()).or_default() += 1;
            let failed = rest.contains("= -1 ");
            if let ("open" | "openat", false, Some(path)) = (name, failed, rest.split('"').nth(1)) {
                trace.opened.push(format!("`{path}`"));
            }
        }
        trace
    }
}
