//! What ends a process before its work is done: SIGTERM, SIGINT and SIGHUP, and what is still to be
//! said and cleaned up then. A panic's words go to the log.

use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::Signals;

use super::error::{Failure, Kind};
use super::execute::cut_short;
use super::log::Log;
use super::process::{Ended, Ender};
use super::run::Run;

/// So long clean-up at the other side may take after a signal, all of it: whoever sent the signal
/// waits some seconds before it sends SIGKILL.
const CLEANUP: Duration = Duration::from_secs(2);

/// Has a thread end the result, and then the process, when a signal comes; `last` is what else is
/// to be done then. That thread makes no others. If it cannot be had, signals do what they do by
/// default. A file that must not grow is an error of writing and no signal.
pub fn watch(ender: Ender, last: impl FnOnce() + Send + 'static) {
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
    let (sender, receiver) = mpsc::channel::<Signals>();
    // First the thread, and then signals: one that nobody waits for would be lost.
    let thread = thread::Builder::new().spawn(move || {
        let Ok(mut signals) = receiver.recv() else { return };
        for signal in signals.forever() {
            // After a panic nobody else ends the process any more.
            let ended = catch_unwind(AssertUnwindSafe(|| cancel(&ender, signal))).unwrap_or(Ended::Cut);
            let status = match ended {
                Ended::Before => continue,
                Ended::Whole(status) => status,
                Ended::Cut => 128 + signal,
            };
            let _ = catch_unwind(AssertUnwindSafe(last));
            std::process::exit(status);
        }
    });
    let handled = [SIGTERM, SIGINT, SIGHUP];
    let handled = handled.into_iter().filter(|signal| *signal != SIGHUP || !hangups_are_ignored());
    if thread.is_ok()
        && let Ok(signals) = Signals::new(handled)
    {
        let _ = sender.send(signals);
    }
}

/// Whether the process was started with SIGHUP ignored, as `nohup` does. Only Linux tells without
/// unsafe code.
fn hangups_are_ignored() -> bool {
    let status = match cfg!(target_os = "linux") {
        true => std::fs::read_to_string("/proc/self/status").unwrap_or_default(),
        false => String::new(),
    };
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    ignored & (1 << (SIGHUP - 1)) != 0
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

/// Ends the result because of a signal.
fn cancel(ender: &Ender, signal: i32) -> Ended {
    let name = match signal {
        SIGINT => "SIGINT",
        SIGHUP => "SIGHUP",
        _ => "SIGTERM",
    };
    ender.end(&clean_up, &|facts, run| {
        let before = if run.is_none() { " before anything was sent" } else { "" };
        let failure = Failure::new(Kind::Cancelled, format!("Cancelled by {name}{before}."));
        cut_short(failure, facts, run)
    })
}

/// Does what runs want done at the other side, one after the other, for a moment in all.
fn clean_up(runs: &[Arc<Run>]) {
    let begun = Instant::now();
    for run in runs {
        let left = CLEANUP.saturating_sub(begun.elapsed());
        if let Some(cleanup) = run.take_cleanup()
            && !left.is_zero()
        {
            // Its failure is one that leaves everything as it was.
            let _ = catch_unwind(AssertUnwindSafe(|| cleanup(Arc::new(run.aside(left)))));
        }
    }
}
