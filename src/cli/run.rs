//! Runs the request on stdin in this process, with signals and panics handled.

use std::io::Write;
use std::sync::Arc;

use crate::actions::OKTA;
use crate::runtime::clock::SystemClock;
use crate::runtime::envelope::environment::Environment;
use crate::runtime::envelope::stdin::{Source, Stdin};
use crate::runtime::host::Wrap;
use crate::runtime::outlet::Outlet;
use crate::runtime::process::{Outside, Process};
use crate::runtime::signals;

/// Carries out the request on stdin; the exit status.
pub(super) fn main() -> i32 {
    carry_out(Box::new(Stdin), Outlet::stdout(), None, || {})
}

/// Carries out the request from `stdin`; the exit status. `last` is what is to be done before a
/// signal ends the process.
pub(super) fn carry_out(
    stdin: Box<dyn Source>,
    stdout: Box<dyn Write + Send>,
    wrap: Option<Wrap>,
    last: impl FnOnce() + Send + 'static,
) -> i32 {
    hide_memory();
    let variables =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let process = Process::new(Outside {
        stdin,
        stdout,
        stderr: Outlet::stderr(),
        environment: Environment::new(variables),
        clock: Arc::new(SystemClock::new()),
        transport: None,
        wrap,
    });
    signals::log_panics(process.log());
    signals::watch(process.ender(), last);
    process.carry_out(&OKTA)
}

/// No core dump, and no debugger of the same user: the token is in memory. Whoever debugs the
/// connector builds it for that.
fn hide_memory() {
    #[cfg(all(target_os = "linux", not(debug_assertions)))]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}
