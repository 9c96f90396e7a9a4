//! Runs one request from stdin to stdout with exactly one result, whatever happens. Everything outside the
//! process is passed in as a value, so that every path can be tested without a process.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::clock::Clock;
use super::envelope::environment::Environment;
use super::envelope::request;
use super::envelope::result::{End, Report, Totals};
use super::envelope::sink::Patience;
use super::envelope::stdin::{self, Source};
use super::envelope::tail::Tail;
use super::error::{Failure, Kind};
use super::execute::{Plan, cut_short, execute};
use super::host::{Host, Wrap};
use super::lock::lock;
use super::log::Log;
use super::run::Run;
use super::secret::Redactor;
use super::table::connector::{Connector, Session};
use super::table::facts::Facts;
use super::transport::Transport;

/// Exit status: every parameter set succeeded.
pub const SUCCESS: i32 = 0;
/// Exit status: something failed.
pub const FAILED: i32 = 1;
/// Exit status: nothing was sent, because the input, configuration or parameters are invalid.
pub const UNUSABLE: i32 = 2;

/// Everything outside the process.
pub struct Outside {
    /// Source of the request.
    pub stdin: Box<dyn Source>,
    /// Destination of the result.
    pub stdout: Box<dyn Write + Send>,
    /// Destination of the log.
    pub stderr: Box<dyn Write + Send>,
    /// Environment variables.
    pub environment: Environment,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Recorded exchanges instead of the network.
    pub transport: Option<Arc<dyn Transport>>,
    /// Wraps the transport, for recording.
    pub wrap: Option<Wrap>,
}

/// Who may write to stdout.
enum Stdout {
    /// Nobody yet.
    Free(Box<dyn Write + Send>),
    /// The report, and whether anything can be sent for it.
    Taken(Report, bool),
    /// The result is being ended, or has been.
    Ended,
}

/// A process that runs one request.
pub struct Process {
    stdin: Box<dyn Source>,
    stdout: Arc<Mutex<Stdout>>,
    environment: Environment,
    host: Host,
}

/// A handle to end the result from another thread, for signals.
#[derive(Clone)]
pub struct Ender(Arc<Mutex<Stdout>>);

/// Runs the request from `outside` and returns the exit status.
pub fn run<S: Session>(connector: &Connector<S>, outside: Outside) -> i32 {
    Process::new(outside).carry_out(connector)
}

impl Process {
    /// Makes a process that has not started yet.
    pub fn new(outside: Outside) -> Process {
        let Outside { stdin, stdout, stderr, environment, clock, transport, wrap } = outside;
        let redactor: Arc<Redactor> = Arc::default();
        let log = Arc::new(Log::new(stderr, redactor.clone()));
        let host = Host::new(clock, log, redactor, transport, wrap);
        Process { stdin, stdout: Arc::new(Mutex::new(Stdout::Free(stdout))), environment, host }
    }

    /// The handle with which a signal ends the process.
    pub fn ender(&self) -> Ender {
        Ender(self.stdout.clone())
    }

    /// The log on stderr.
    pub fn log(&self) -> Arc<Log> {
        self.host.log.clone()
    }

    /// Runs the request and returns the exit status.
    pub fn carry_out<S: Session>(mut self, connector: &Connector<S>) -> i32 {
        let ender = self.ender();
        match catch_unwind(AssertUnwindSafe(|| self.steps(connector))) {
            Ok(status) => status,
            Err(_) => {
                let ended = ender.end(&|_| {}, &|facts, run| {
                    let failure =
                        Failure::new(Kind::Internal, "A defect of the connector ended it; stderr has the place.");
                    cut_short(failure, facts, run)
                });
                match ended {
                    Ended::Whole(status) => status,
                    Ended::Before | Ended::Cut => FAILED,
                }
            }
        }
    }

    fn steps<S: Session>(&mut self, connector: &Connector<S>) -> i32 {
        let input = match stdin::read(self.stdin.as_mut(), self.host.clock.as_ref()) {
            Ok(input) => zeroize::Zeroizing::new(input),
            Err(failure) => return self.refuse(None, failure),
        };
        // Only from here on the time is ours.
        let begun = self.host.clock.now();
        let request = match request::parse(&input, connector.actions, &self.environment, &self.host.redactor) {
            Ok(request) => request,
            Err(refused) => return self.refuse(refused.facts, refused.failure),
        };
        drop(input);
        request.sets.iter().for_each(|set| self.host.record_without(&set.redactor));
        let facts = request.row.facts;
        let mut settings = S::settings(&request.asset);
        settings.timeout = request.timeout.unwrap_or(settings.timeout);
        let session = match S::open(request.asset, &request.environment, &self.host) {
            Ok(session) => session,
            Err(failure) => return self.refuse(Some(facts), failure),
        };
        self.host.log.secrets_are_known();
        let mut parts = Vec::with_capacity(request.sets.len());
        let mut sets = Vec::with_capacity(request.sets.len());
        let mut usable = 0;
        for set in request.sets {
            parts.push((set.parameter, set.redactor.clone()));
            usable += usize::from(set.prepared.is_ok());
            sets.push((set.prepared, set.redactor));
        }
        let end = settings.total_timeout.map(|seconds| begun.saturating_add(Duration::from_secs(seconds)));
        let patience = Patience::until(self.host.clock.clone(), end);
        let report = self.take_stdout(Some(facts), parts, patience, usable > 0);
        let plan = Plan { facts, session: &session, host: &self.host, settings, end, report: &report };
        let totals = execute(&plan, sets);
        status(totals, usable > 0)
    }

    /// Ends with a result that says that nothing could be run.
    fn refuse(&self, facts: Option<&'static Facts>, failure: Failure) -> i32 {
        let report =
            self.take_stdout(facts, vec![("{}".to_owned(), self.host.redactor.clone())], Patience::default(), false);
        report.end(0, Tail::failure(cut_short(failure, facts, None), Vec::new()));
        status(report.finish(), false)
    }

    /// Takes stdout for the report. Does not return if a signal has taken it before.
    fn take_stdout(
        &self,
        facts: Option<&'static Facts>,
        sets: Vec<(String, Arc<Redactor>)>,
        patience: Patience,
        sendable: bool,
    ) -> Report {
        let mut stdout = lock(&self.stdout);
        match std::mem::replace(&mut *stdout, Stdout::Ended) {
            Stdout::Free(out) => {
                let report = Report::new(out, facts, sets, patience);
                *stdout = Stdout::Taken(report.clone(), sendable);
                report
            }
            taken => {
                *stdout = taken;
                drop(stdout);
                loop {
                    std::thread::park(); // the process is about to end
                }
            }
        }
    }
}

fn status(totals: Totals, sent: bool) -> i32 {
    match totals {
        Totals { written: false, .. } => FAILED,
        Totals { total, successful, .. } if total == successful => SUCCESS,
        _ if sent => FAILED,
        _ => UNUSABLE,
    }
}

/// What ending a result came upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was complete before.
    Before,
    /// All its runs were done; the exit status that says so.
    Whole(i32),
    /// Runs were cut short.
    Cut,
}

impl Ender {
    /// Ends the result at once, see [`Report::end_now`].
    pub fn end(
        &self,
        clean_up: &dyn Fn(&[Arc<Run>]),
        why: &dyn Fn(Option<&'static Facts>, Option<(&Run, u64)>) -> Failure,
    ) -> Ended {
        let (report, sendable) = {
            let mut stdout = lock(&self.0);
            match std::mem::replace(&mut *stdout, Stdout::Ended) {
                Stdout::Free(out) => {
                    (Report::new(out, None, vec![("{}".to_owned(), Arc::default())], Patience::default()), false)
                }
                Stdout::Taken(report, sendable) => (report, sendable),
                Stdout::Ended => return Ended::Before,
            }
        };
        match report.end_now(clean_up, why) {
            End::Before => Ended::Before,
            End::Whole(totals) => Ended::Whole(status(totals, sendable)),
            End::Cut(_) => Ended::Cut,
        }
    }
}
