//! Runs one request from stdin to stdout with exactly one result, whatever happens. Everything outside the
//! process is passed in as a value, so that every path can be tested without a process.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::clock::Clock;
use super::envelope::environment::Environment;
use super::envelope::request;
use super::envelope::result::{End, Form, Report, Totals};
use super::envelope::sink::Patience;
use super::envelope::stdin::{self, Source};
use super::envelope::tail::Tail;
use super::error::{Failure, Kind};
use super::execute::{Plan, cut_short, execute};
use super::host::{Host, Wrap};
use super::lock::lock;
use super::log::Log;
use super::reader::Reader;
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
    /// Whether anybody reads stdout.
    pub reader: Reader,
    /// Options.
    pub options: Options,
}

/// The command line's options.
#[derive(Debug, Default)]
pub struct Options {
    /// `--asset`: the operator's file with asset settings.
    pub asset: Option<PathBuf>,
    /// `--exit-zero`: the exit status is [`SUCCESS`] whenever one whole result was written.
    pub exit_zero: bool,
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
    options: Options,
    host: Host,
}

/// A handle to end the result from another thread, for signals.
#[derive(Clone)]
pub struct Ender {
    stdout: Arc<Mutex<Stdout>>,
    exit_zero: bool,
}

/// Runs the request from `outside` and returns the exit status.
pub fn run<S: Session>(connector: &Connector<S>, outside: Outside) -> i32 {
    Process::new(outside).carry_out(connector)
}

impl Process {
    /// Makes a process that has not started yet.
    pub fn new(outside: Outside) -> Process {
        let Outside { stdin, stdout, stderr, environment, clock, transport, wrap, reader, options } = outside;
        let redactor: Arc<Redactor> = Arc::default();
        let log = Arc::new(Log::new(stderr, redactor.clone()));
        let host = Host::new(clock, log, redactor, reader, transport, wrap);
        Process { stdin, stdout: Arc::new(Mutex::new(Stdout::Free(stdout))), environment, options, host }
    }

    /// The handle with which a signal ends the process.
    pub fn ender(&self) -> Ender {
        Ender { stdout: self.stdout.clone(), exit_zero: self.options.exit_zero }
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
                let why = |facts: Option<&'static Facts>, run: Option<(&Run, u64)>| {
                    let message = "Internal error in the connector: it stopped. See stderr for details, and report it.";
                    cut_short(Failure::new(Kind::Internal, message), facts, run)
                };
                ender.end(FAILED, &|_| {}, &why).unwrap_or(FAILED)
            }
        }
    }

    fn steps<S: Session>(&mut self, connector: &Connector<S>) -> i32 {
        let input = match stdin::read(self.stdin.as_mut(), self.host.clock.as_ref()) {
            Ok(input) => zeroize::Zeroizing::new(input),
            Err(failure) => return self.refuse(Form::default(), failure),
        };
        // Only from here on the time is ours.
        let begun = self.host.clock.now();
        let (environment, asset) = (&self.environment, self.options.asset.as_deref());
        let request = match request::parse(&input, connector.actions, environment, asset, &self.host.redactor) {
            Ok(request) => request,
            Err(refused) => return self.refuse(refused.form, refused.failure),
        };
        drop(input);
        request.sets.iter().for_each(|set| self.host.record_without(&set.redactor));
        let facts = request.row.facts;
        let form = request.form;
        let mut settings = S::settings(&request.asset);
        settings.timeout = request.timeout.unwrap_or(settings.timeout);
        settings.rate_limit_reserve = settings.rate_limit_reserve.max(request.rate_limit_reserve);
        let session = match S::open(request.asset, &settings, &request.environment, &self.host) {
            Ok(session) => session,
            Err(failure) => return self.refuse(form, failure),
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
        let report = self.take_stdout(form, parts, patience, usable > 0);
        let fields = request.fields;
        let plan = Plan { facts, session: &session, host: &self.host, settings, end, fields, report: &report };
        let totals = execute(&plan, sets);
        status(totals, usable > 0, self.options.exit_zero)
    }

    /// Ends with a result that says that nothing could be run.
    fn refuse(&self, form: Form, failure: Failure) -> i32 {
        let report =
            self.take_stdout(form, vec![("{}".to_owned(), self.host.redactor.clone())], Patience::default(), false);
        report.end(0, Tail::failure(cut_short(failure, form.facts, None), None));
        status(report.finish(), false, self.options.exit_zero)
    }

    /// Takes stdout for the report. Does not return if a signal has taken it before.
    fn take_stdout(
        &self,
        form: Form,
        sets: Vec<(String, Arc<Redactor>)>,
        patience: Patience,
        sendable: bool,
    ) -> Report {
        let mut stdout = lock(&self.stdout);
        match std::mem::replace(&mut *stdout, Stdout::Ended) {
            Stdout::Free(out) => {
                let report = Report::new(out, form, sets, patience);
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

fn status(totals: Totals, sent: bool, exit_zero: bool) -> i32 {
    match totals {
        Totals { written: false, .. } => FAILED,
        _ if exit_zero => SUCCESS,
        Totals { total, successful, .. } if total == successful => SUCCESS,
        _ if sent => FAILED,
        _ => UNUSABLE,
    }
}

impl Ender {
    /// Ends the result at once, see [`Report::end_now`]. Returns the exit status, which is `cut_short` if runs
    /// were cut short; `None` if the result was complete before.
    pub fn end(
        &self,
        cut_short: i32,
        clean_up: &dyn Fn(&[Arc<Run>]),
        why: &dyn Fn(Option<&'static Facts>, Option<(&Run, u64)>) -> Failure,
    ) -> Option<i32> {
        let (report, sendable) = {
            let mut stdout = lock(&self.stdout);
            match std::mem::replace(&mut *stdout, Stdout::Ended) {
                Stdout::Free(out) => {
                    let sets = vec![("{}".to_owned(), Arc::default())];
                    (Report::new(out, Form::default(), sets, Patience::default()), false)
                }
                Stdout::Taken(report, sendable) => (report, sendable),
                Stdout::Ended => return None,
            }
        };
        match report.end_now(clean_up, why) {
            End::Before => None,
            End::Whole(totals) => Some(status(totals, sendable, self.exit_zero)),
            End::Cut(totals) if totals.written && self.exit_zero => Some(SUCCESS),
            End::Cut(_) => Some(cut_short),
        }
    }
}
