//! The process around a request: stdin to stdout with exactly one result, whatever happens.
//! Everything outside comes in as a value, so that every path is tested without a process.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use super::clock::Clock;
use super::envelope::environment::Environment;
use super::envelope::request;
use super::envelope::result::{Report, Totals};
use super::envelope::stdin::{self, Source};
use super::envelope::tail::Tail;
use super::error::{Failure, Kind, Outcome};
use super::execute::{Plan, complete, execute};
use super::host::{Host, Wrap};
use super::lock::lock;
use super::log::Log;
use super::run::Run;
use super::secret::Redactor;
use super::table::connector::{Connector, Session};
use super::table::facts::Facts;
use super::transport::Transport;

/// Everything succeeded.
pub const SUCCESS: i32 = 0;
/// Something failed.
pub const FAILED: i32 = 1;
/// Nothing was sent: input, configuration or parameters are unusable.
pub const UNUSABLE: i32 = 2;

/// The outside of a process.
pub struct Outside {
    /// The request.
    pub stdin: Box<dyn Source>,
    /// The result.
    pub stdout: Box<dyn Write + Send>,
    /// Progress.
    pub stderr: Box<dyn Write + Send>,
    /// Environment variables.
    pub environment: Environment,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Recorded exchanges in place of the network.
    pub transport: Option<Arc<dyn Transport>>,
    /// Wraps the transport: for recording.
    pub wrap: Option<Wrap>,
}

/// Who writes to stdout.
enum Stdout {
    /// Nobody yet.
    Free(Box<dyn Write + Send>),
    /// The report.
    Taken(Report),
    /// The result is being ended, or has been.
    Ended,
}

/// A process that carries out one request.
pub struct Process {
    stdin: Box<dyn Source>,
    stdout: Arc<Mutex<Stdout>>,
    environment: Environment,
    host: Host,
}

/// A handle by which the process's result is ended from outside of its work.
#[derive(Clone)]
pub struct Ender(Arc<Mutex<Stdout>>);

/// Carries out the request from `outside`; the exit status.
pub fn run<S: Session>(connector: &Connector<S>, outside: Outside) -> i32 {
    Process::new(outside).carry_out(connector)
}

impl Process {
    /// A process that has not begun.
    pub fn new(outside: Outside) -> Process {
        let Outside { stdin, stdout, stderr, environment, clock, transport, wrap } = outside;
        let redactor: Arc<Redactor> = Arc::default();
        let log = Arc::new(Log::new(stderr, redactor.clone()));
        let host = Host::new(clock, log, redactor, transport, wrap);
        Process { stdin, stdout: Arc::new(Mutex::new(Stdout::Free(stdout))), environment, host }
    }

    /// By which a signal ends it.
    pub fn ender(&self) -> Ender {
        Ender(self.stdout.clone())
    }

    /// Where progress goes.
    pub fn log(&self) -> Arc<Log> {
        self.host.log.clone()
    }

    /// Does everything; the exit status.
    pub fn carry_out<S: Session>(mut self, connector: &Connector<S>) -> i32 {
        let ender = self.ender();
        match catch_unwind(AssertUnwindSafe(|| self.steps(connector))) {
            Ok(status) => status,
            Err(_) => {
                ender.end(&|facts, run| {
                    let mut failure =
                        Failure::new(Kind::Internal, "A defect of the connector ended it; stderr has the place.");
                    if let (Some(facts), Some((run, items))) = (facts, run) {
                        complete(&mut failure, facts, run, items);
                    }
                    failure
                });
                FAILED
            }
        }
    }

    fn steps<S: Session>(&mut self, connector: &Connector<S>) -> i32 {
        let input = match stdin::read(self.stdin.as_mut()) {
            Ok(input) => zeroize::Zeroizing::new(input),
            Err(failure) => return self.refuse(None, failure),
        };
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
        let report = self.take_stdout(Some(facts), parts);
        let plan = Plan { facts, session: &session, host: &self.host, settings, report: &report };
        let totals = execute(&plan, sets);
        status(totals, usable > 0)
    }

    /// Ends with a result that says that nothing could be run.
    fn refuse(&self, facts: Option<&'static Facts>, mut failure: Failure) -> i32 {
        if facts.is_some_and(|facts| !facts.read_only) {
            failure.details.outcome = Some(Outcome::NotApplied);
        }
        let report = self.take_stdout(facts, vec![("{}".to_owned(), self.host.redactor.clone())]);
        report.end(0, Tail::failure(failure, Vec::new()));
        status(report.finish(), false)
    }

    /// Takes stdout for the report. Does not return if a signal has taken it before.
    fn take_stdout(&self, facts: Option<&'static Facts>, sets: Vec<(String, Arc<Redactor>)>) -> Report {
        let mut stdout = lock(&self.stdout);
        match std::mem::replace(&mut *stdout, Stdout::Ended) {
            Stdout::Free(out) => {
                let report = Report::new(out, facts, sets);
                *stdout = Stdout::Taken(report.clone());
                report
            }
            taken => {
                *stdout = taken;
                drop(stdout);
                loop {
                    std::thread::park(); // the process ends under us
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

impl Ender {
    /// The report, while it is being written.
    pub fn report(&self) -> Option<Report> {
        match &*lock(&self.0) {
            Stdout::Taken(report) => Some(report.clone()),
            Stdout::Free(_) | Stdout::Ended => None,
        }
    }

    /// Ends the result at once, see [`Report::end_now`]. `None` if it was complete already.
    pub fn end(&self, why: &dyn Fn(Option<&'static Facts>, Option<(&Run, u64)>) -> Failure) -> Option<Totals> {
        let report = {
            let mut stdout = lock(&self.0);
            match std::mem::replace(&mut *stdout, Stdout::Ended) {
                Stdout::Free(out) => Report::new(out, None, vec![("{}".to_owned(), Arc::default())]),
                Stdout::Taken(report) => report,
                Stdout::Ended => return None,
            }
        };
        report.end_now(why)
    }
}
