//! Runs the request on stdin in this process, with signals and panics handled.

use std::io::{IsTerminal, Write};
use std::sync::Arc;

use crate::actions::OKTA;
use crate::runtime::clock::SystemClock;
use crate::runtime::envelope::environment::Environment;
use crate::runtime::envelope::stdin::{Prompting, Source, Stdin};
use crate::runtime::host::Wrap;
use crate::runtime::outlet::Outlet;
use crate::runtime::process::{Options, Outside, Process};
use crate::runtime::reader::Reader;
use crate::runtime::signals;

/// Carries out the request on stdin; the exit status.
pub(super) fn main(options: Options) -> i32 {
    let stdin: Box<dyn Source> = match std::io::stdin().is_terminal() {
        true => Box::new(Prompting::new(Stdin, std::io::stderr())),
        false => Box::new(Stdin),
    };
    carry_out(stdin, Outlet::stdout(), None, options, || {})
}

/// Carries out the request from `stdin`; the exit status. `last` is what is to be done before a
/// signal ends the process.
pub(super) fn carry_out(
    stdin: Box<dyn Source>,
    stdout: Box<dyn Write + Send>,
    wrap: Option<Wrap>,
    options: Options,
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
        reader: Reader::of_stdout(),
        options,
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
