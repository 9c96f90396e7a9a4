//! Handles SIGTERM and SIGINT: cleans up, and writes a result for what was done so far. Also sends panic
//! messages to the log.

use std::panic::PanicHookInfo;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::error::{Failure, Kind, Outcome};
use super::execute::complete;
use super::log::Log;
use super::process::Ender;
use super::run::Run;

/// How long to wait after a signal for a stdout that accepts nothing.
const STUCK: Duration = Duration::from_secs(5);
/// How long the clean-up through the API may take after a signal: the sender is waiting for the result.
const CLEANUP: Duration = Duration::from_millis(120);

/// Starts a thread that ends the result and then the process on SIGTERM or SIGINT.
pub fn watch(ender: Ender) {
    let Ok(mut signals) = Signals::new([SIGTERM, SIGINT]) else { return };
    thread::spawn(move || {
        for signal in signals.forever() {
            let name = if signal == SIGINT { "SIGINT" } else { "SIGTERM" };
            let status = 128 + signal;
            if cancel(&ender, name, move || std::process::exit(status)) {
                std::process::exit(status);
            }
        }
    });
}

/// Makes panics log their location, and their message once the redactor knows all secrets.
pub fn log_panics(log: Arc<Log>) {
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let message = if log.knows_secrets() { message(panic) } else { "message withheld" };
        log.line(&format!("internal error at {place}: {message}"));
    }));
}

fn message<'p>(panic: &'p PanicHookInfo<'_>) -> &'p str {
    let payload = panic.payload();
    let owned = || payload.downcast_ref::<String>().map(String::as_str);
    payload.downcast_ref::<&str>().copied().or_else(owned).unwrap_or("no message")
}

/// Ends the result because of a signal, after a short clean-up through the API. `stuck` is called if stdout
/// accepts nothing for too long, and must end the process. `false` if the result was already complete.
fn cancel(ender: &Ender, signal: &'static str, stuck: impl Fn() + Send + 'static) -> bool {
    if let Some(report) = ender.report() {
        clean_up(report.running());
        thread::spawn(move || {
            let mut taken = report.taken();
            loop {
                thread::sleep(STUCK);
                if std::mem::replace(&mut taken, report.taken()) == taken {
                    stuck();
                }
            }
        });
    }
    let totals = ender.end(&|facts, run| {
        let before = if run.is_none() { " before anything was sent" } else { "" };
        let mut failure = Failure::new(Kind::Cancelled, format!("Cancelled by {signal}{before}."));
        match (facts, run) {
            (Some(facts), Some((run, items))) => complete(&mut failure, facts, run, items),
            _ => failure.details.outcome = Some(Outcome::NotApplied),
        }
        failure
    });
    totals.is_some()
}

/// Runs the clean-ups of all runs in parallel, for at most [`CLEANUP`].
fn clean_up(runs: Vec<Arc<Run>>) {
    let (sender, receiver) = mpsc::channel();
    let mut open = 0;
    for run in runs {
        let Some(cleanup) = run.take_cleanup() else { continue };
        open += 1;
        let sender = sender.clone();
        thread::spawn(move || {
            let done = cleanup();
            let _ = sender.send(done);
        });
    }
    let begun = Instant::now();
    while open > 0 && receiver.recv_timeout(CLEANUP.saturating_sub(begun.elapsed())).is_ok() {
        open -= 1;
    }
}
