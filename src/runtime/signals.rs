//! What ends a process before its work is done: SIGTERM, SIGINT and SIGHUP, and a reader of stdout that goes away.
//! The result is ended and running actions are cleaned up. Panics are written to the log.

use std::io::{PipeReader, Read, pipe};
use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};

use super::error::{Failure, Kind};
use super::execute::cut_short;
use super::log::Log;
use super::process::{Ender, FAILED};
use super::reader::{Reader, is_gone};
use super::run::Run;

/// Maximum time for all remote cleanup after a signal: the sender waits only a few seconds before it sends SIGKILL.
const CLEANUP: Duration = Duration::from_secs(2);

/// Starts a thread that ends the result, and then the process, when a signal arrives or nobody reads the result
/// any more; `last` is done before the process ends. The thread starts no other threads. If it cannot be started,
/// signals do what they do by default. Exceeding a file size limit is a write error and not a signal.
pub fn watch(ender: Ender, last: impl FnOnce() + Send + 'static) {
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
    let (sender, receiver) = mpsc::channel::<Vec<(i32, PipeReader)>>();
    // The thread comes first: a signal that nobody waits for would be lost.
    let thread = thread::Builder::new().spawn(move || {
        let Ok(signals) = receiver.recv() else { return };
        let mut reader = Reader::of_stdout();
        loop {
            let event = next(&signals, &reader);
            let status = match event {
                Event::Signal(signal) => 128 + signal,
                Event::ReaderGone => FAILED,
            };
            // After a panic nobody else ends the process any more.
            let ended = catch_unwind(AssertUnwindSafe(|| cancel(&ender, event, status))).unwrap_or(Some(status));
            if let Some(status) = ended {
                let _ = catch_unwind(AssertUnwindSafe(last));
                std::process::exit(status);
            }
            // The result is complete: whoever has read it may go.
            if event == Event::ReaderGone {
                reader = Reader::default();
            }
        }
    });
    let handled = [SIGTERM, SIGINT, SIGHUP];
    let handled = handled.into_iter().filter(|signal| *signal != SIGHUP || !hangups_are_ignored());
    if thread.is_ok() {
        let caught = handled.filter_map(|signal| {
            let (reader, writer) = pipe().ok()?;
            signal_hook::low_level::pipe::register(signal, OwnedFd::from(writer)).ok()?;
            Some((signal, reader))
        });
        let _ = sender.send(caught.collect());
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Event {
    Signal(i32),
    ReaderGone,
}

/// Waits for a signal, or for the reader of stdout to go away.
fn next(signals: &[(i32, PipeReader)], reader: &Reader) -> Event {
    loop {
        let mut fds: Vec<PollFd<'_>> = signals.iter().map(|(_, pipe)| PollFd::new(pipe, PollFlags::IN)).collect();
        fds.extend(reader.fd().map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::empty())));
        if poll(&mut fds, None).is_err() {
            continue; // interrupted by the signal itself
        }
        for ((signal, mut pipe), fd) in signals.iter().map(|(signal, pipe)| (signal, pipe)).zip(&fds) {
            if fd.revents().contains(PollFlags::IN) && pipe.read(&mut [0]).is_ok_and(|count| count > 0) {
                return Event::Signal(*signal);
            }
        }
        if fds.get(signals.len()).is_some_and(|fd| is_gone(fd.revents())) {
            return Event::ReaderGone;
        }
    }
}

/// Whether the process was started with SIGHUP ignored, as `nohup` does. Without unsafe code, only Linux tells.
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

/// Ends the result; the exit status, unless it was complete before.
fn cancel(ender: &Ender, event: Event, status: i32) -> Option<i32> {
    let why = match event {
        Event::Signal(SIGINT) => "Cancelled by SIGINT",
        Event::Signal(SIGHUP) => "Cancelled by SIGHUP",
        Event::Signal(_) => "Cancelled by SIGTERM",
        Event::ReaderGone => "Cancelled: nobody reads the result any more",
    };
    ender.end(status, &clean_up, &|facts, run| {
        let before = if run.is_none() { " before anything was sent" } else { "" };
        cut_short(Failure::new(Kind::Cancelled, format!("{why}{before}.")), facts, run)
    })
}

/// Performs the remote cleanup of all runs, one after the other, within [`CLEANUP`].
fn clean_up(runs: &[Arc<Run>]) {
    let begun = Instant::now();
    for run in runs {
        let left = CLEANUP.saturating_sub(begun.elapsed());
        if let Some(cleanup) = run.take_cleanup()
            && !left.is_zero()
        {
            // A cleanup that fails leaves everything as it was.
            let _ = catch_unwind(AssertUnwindSafe(|| cleanup(Arc::new(run.aside(left)))));
        }
    }
}
