//! Whether anybody reads stdout is asked with one `poll` before each request: its cost beside the request.

use std::hint::black_box;
use std::io::pipe;
use std::os::fd::AsRawFd;
use std::time::Instant;

use serde_json::json;

use crate::findings::{Findings, Target, ratio};
use crate::measure::{alternate, wall};
use crate::outcome::Outcome;
use crate::server::{Behaviour, Way, user_id};
use crate::workshop::Workshop;

/// So many times it is asked.
const TIMES: u32 = 200_000;

pub fn check(workshop: &Workshop) -> Outcome<Findings> {
    let (_reader, writer) = pipe()?;
    let begun = Instant::now();
    for _ in 0..TIMES {
        let mut fd = libc::pollfd { fd: writer.as_raw_fd(), events: 0, revents: 0 };
        // SAFETY: one valid descriptor, which lives as long as the call.
        black_box(unsafe { libc::poll(&mut fd, 1, 0) });
    }
    let milliseconds = begun.elapsed().as_secs_f64() * 1000.0 / f64::from(TIMES);
    let server = workshop.server(&Behaviour::default())?;
    let jobs = [workshop.connector(&server, Way::Plain, "get user", json!({"user_id": user_id(17)}))];
    let runs = alternate(&jobs, workshop.options.runs * 10, &workshop.scratch)?;
    let mut findings = Findings::default();
    findings.target(Target {
        work: "get user",
        what: "check of the reader / wall",
        connector: format!("{:.0} ns", milliseconds * 1_000_000.0),
        beside: format!("{:.2} ms", wall(&runs[0])),
        result: ratio(milliseconds, wall(&runs[0])),
        at_most: 0.01,
    });
    Ok(findings)
}
