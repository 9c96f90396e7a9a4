//! Runs the request on stdin in this process, with signals and panics handled.

use std::io::Write;
use std::os::fd::AsFd;
use std::sync::Arc;

use crate::actions::OKTA;
use crate::runtime::clock::SystemClock;
use crate::runtime::envelope::environment::Environment;
use crate::runtime::envelope::stdin::Source;
use crate::runtime::host::Wrap;
use crate::runtime::process::{Outside, Process};
use crate::runtime::signals;

/// The process's stdout without std's line buffer, which would search megabytes for line ends.
pub(super) fn stdout() -> Box<dyn Write + Send> {
    match std::io::stdout().as_fd().try_clone_to_owned() {
        Ok(stdout) => Box::new(std::fs::File::from(stdout)),
        Err(_) => Box::new(std::io::stdout()),
    }
}

/// Runs the request from `stdin` and returns the exit status.
pub(super) fn carry_out(stdin: Box<dyn Source>, stdout: Box<dyn Write + Send>, wrap: Option<Wrap>) -> i32 {
    let variables =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let process = Process::new(Outside {
        stdin,
        stdout,
        stderr: Box::new(std::io::stderr()),
        environment: Environment::new(variables),
        clock: Arc::new(SystemClock::new()),
        transport: None,
        wrap,
    });
    signals::log_panics(process.log());
    signals::watch(process.ender());
    process.carry_out(&OKTA)
}
