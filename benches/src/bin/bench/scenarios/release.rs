//! The release binary: its size, and how long a clean build takes.

use crate::artifacts;
use crate::findings::{Findings, Target};
use crate::outcome::Outcome;
use crate::workshop::Workshop;

pub fn size(workshop: &Workshop) -> Outcome<Findings> {
    let bytes = std::fs::metadata(&workshop.connector)?.len();
    let mib = bytes as f64 / 1024.0 / 1024.0;
    let mut findings = Findings::default();
    findings.target(Target {
        work: "stripped release binary",
        what: "MB",
        connector: format!("{mib:.2} MiB"),
        beside: String::new(),
        result: bytes as f64 / 1e6,
        at_most: 4.0,
    });
    Ok(findings)
}

pub fn build(workshop: &Workshop) -> Outcome<Findings> {
    let took = artifacts::clean_build(&workshop.scratch)?;
    let cores = std::thread::available_parallelism()?.get();
    let mut findings = Findings::default();
    findings.target(Target {
        work: "clean release build",
        what: "seconds",
        connector: format!("on {cores} cores"),
        beside: String::new(),
        result: took.as_secs_f64(),
        at_most: 60.0,
    });
    Ok(findings)
}
