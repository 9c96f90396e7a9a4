//! The process around a request: stdin to stdout with exactly one result, whatever happens.
//! Everything outside comes in as a value, so that every path is tested without a process.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::clock::Clock;
use crate::connector::{Connector, Facts, Session};
use crate::error::{Failure, Kind, Outcome};
use crate::execute::{Plan, execute, settle};
use crate::log::Log;
use crate::request::{self, Environment};
use crate::result::{Count, Report, Tail};
use crate::run::{Cleanup, Host, Run};
use crate::secret::Redactor;
use crate::stdin::{self, Source};
use crate::transport::Transport;

/// Everything succeeded.
pub const SUCCESS: i32 = 0;
/// Something failed.
pub const FAILED: i32 = 1;
/// Nothing was sent: input, configuration or parameters are unusable.
pub const UNUSABLE: i32 = 2;

/// After a signal, so long a stdout that takes nothing is waited for.
const STUCK: Duration = Duration::from_secs(5);
/// After a signal, so long clean-up at the other side may take.
const CLEANUP: Duration = Duration::from_millis(120);

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

/// Makes a transport around another, given what to redact.
pub type Wrap = Box<dyn FnOnce(Arc<dyn Transport>, Arc<Redactor>) -> Arc<dyn Transport> + Send>;

/// Who writes to stdout: nobody yet, or the report.
enum Desk {
    Free(Box<dyn Write + Send>),
    Taken(Report),
    Gone,
}

/// A process that carries out one request.
pub struct Process {
    desk: Arc<Mutex<Desk>>,
    log: Arc<Log>,
}

/// A handle by which a signal ends the process's work.
#[derive(Clone)]
pub struct Canceller(Arc<Mutex<Desk>>);

/// Carries out the request from `outside`; the exit status.
pub fn run<S: Session>(connector: &Connector<S>, outside: Outside) -> i32 {
    let (process, inside) = Process::new(outside);
    process.carry_out(connector, inside)
}

/// What [`Process::carry_out`] needs beside the process.
pub struct Inside {
    stdin: Box<dyn Source>,
    environment: Environment,
    clock: Arc<dyn Clock>,
    transport: Option<Arc<dyn Transport>>,
    wrap: Option<Wrap>,
}

impl Process {
    /// A process that has not begun.
    pub fn new(outside: Outside) -> (Process, Inside) {
        let Outside { stdin, stdout, stderr, environment, clock, transport, wrap } = outside;
        let process = Process { desk: Arc::new(Mutex::new(Desk::Free(stdout))), log: Arc::new(Log::new(stderr)) };
        (process, Inside { stdin, environment, clock, transport, wrap })
    }

    /// By which a signal ends it.
    pub fn canceller(&self) -> Canceller {
        Canceller(self.desk.clone())
    }

    /// Where progress goes.
    pub fn log(&self) -> Arc<Log> {
        self.log.clone()
    }

    /// Does everything; the exit status.
    pub fn carry_out<S: Session>(&self, connector: &Connector<S>, inside: Inside) -> i32 {
        match catch_unwind(AssertUnwindSafe(|| self.steps(connector, inside))) {
            Ok(status) => status,
            Err(_) => {
                let failure =
                    || Failure::new(Kind::Internal, "A defect of the connector ended it; stderr has the place.");
                let count = self.canceller().end_now(&|run, items| {
                    let mut failure = failure();
                    if let Some(run) = run {
                        settle(&mut failure, run, items);
                    }
                    failure
                });
                let _ = count;
                FAILED
            }
        }
    }

    fn steps<S: Session>(&self, connector: &Connector<S>, mut inside: Inside) -> i32 {
        let mut redactor = Redactor::default();
        let input = match stdin::read(inside.stdin.as_mut()) {
            Ok(input) => zeroize::Zeroizing::new(input),
            Err(failure) => return self.refuse(None, failure, redactor),
        };
        let request = match request::parse(&input, connector.actions, &inside.environment, &mut redactor) {
            Ok(request) => request,
            Err(refusal) => return self.refuse(refusal.facts, refusal.failure, redactor),
        };
        drop(input);
        let facts = request.row.facts;
        let mut settings = S::settings(&request.asset);
        settings.timeout = request.timeout.unwrap_or(settings.timeout);
        let mut host = Host { clock: inside.clock, log: self.log.clone(), transport: inside.transport };
        let opened = S::open(request.asset, &request.environment, &host, &mut redactor);
        let opening = match opened {
            Ok(opening) => opening,
            Err(failure) => return self.refuse(Some(facts), failure, redactor),
        };
        let redactor = Arc::new(redactor);
        self.log.redact(redactor.clone());
        let transport = match inside.wrap.take() {
            Some(wrap) => wrap(opening.transport, redactor.clone()),
            None => opening.transport,
        };
        host.transport = Some(transport.clone());
        let session = (opening.finish)(transport, redactor.clone());
        let mut parameters = Vec::with_capacity(request.sets.len());
        let mut sets = Vec::with_capacity(request.sets.len());
        let mut usable = 0;
        for set in request.sets {
            parameters.push(set.parameter);
            usable += usize::from(set.prepared.is_ok());
            sets.push(set.prepared);
        }
        let Some(report) = self.take_desk(Some(facts.identifier), parameters, redactor) else { park() };
        let plan = Plan { facts, session: &session, host: &host, settings, report: &report };
        let count = execute(&plan, sets);
        self.status(count, usable > 0)
    }

    /// Ends with a result that says that nothing could be run.
    fn refuse(&self, facts: Option<&'static Facts>, mut failure: Failure, redactor: Redactor) -> i32 {
        if facts.is_some_and(|facts| !facts.read_only) {
            failure.details.outcome = Some(Outcome::NotApplied);
        }
        let identifier = facts.map(|facts| facts.identifier);
        let Some(report) = self.take_desk(identifier, vec!["{}".to_owned()], Arc::new(redactor)) else { park() };
        report.end(0, Tail::failure(failure, Vec::new()));
        self.status(report.finish(), false)
    }

    fn status(&self, count: Count, sent: bool) -> i32 {
        match count {
            Count { written: false, .. } => FAILED,
            Count { total, successful, .. } if total == successful => SUCCESS,
            _ if sent => FAILED,
            _ => UNUSABLE,
        }
    }

    /// Takes stdout for the report; `None` if a signal has taken it before.
    fn take_desk(
        &self,
        identifier: Option<&'static str>,
        parameters: Vec<String>,
        redactor: Arc<Redactor>,
    ) -> Option<Report> {
        let mut desk = self.desk.lock().unwrap_or_else(|poison| poison.into_inner());
        match std::mem::replace(&mut *desk, Desk::Gone) {
            Desk::Free(stdout) => {
                let report = Report::new(stdout, identifier, parameters, redactor);
                *desk = Desk::Taken(report.clone());
                Some(report)
            }
            taken => {
                *desk = taken;
                None
            }
        }
    }
}

/// For a thread whose process is being ended by another.
fn park() -> ! {
    loop {
        std::thread::park();
    }
}

impl Canceller {
    /// Ends the result because of a signal: first what is open at the other side is cancelled, as
    /// far as a moment allows. `stuck` is called when stdout takes nothing for too long; it is to
    /// end the process. `false` if the result was complete already.
    pub fn cancel(&self, signal: &'static str, stuck: impl Fn() + Send + 'static) -> bool {
        let report = match &*self.0.lock().unwrap_or_else(|poison| poison.into_inner()) {
            Desk::Taken(report) => Some(report.clone()),
            Desk::Free(_) | Desk::Gone => None,
        };
        if let Some(report) = &report {
            clean_up(report.running());
            let watched = report.clone();
            std::thread::spawn(move || {
                let mut taken = watched.taken();
                loop {
                    std::thread::sleep(STUCK);
                    if std::mem::replace(&mut taken, watched.taken()) == taken {
                        stuck();
                    }
                }
            });
        }
        let count = self.end_now(&|run, items| {
            let before = if run.is_none() { " before anything was sent" } else { "" };
            let mut failure = Failure::new(Kind::Cancelled, format!("Cancelled by {signal}{before}."));
            match run {
                Some(run) => settle(&mut failure, run, items),
                None => failure.details.outcome = Some(Outcome::NotApplied),
            }
            failure
        });
        count.is_some()
    }

    fn end_now(&self, why: &dyn Fn(Option<&Run>, u64) -> Failure) -> Option<Count> {
        let report = {
            let mut desk = self.0.lock().unwrap_or_else(|poison| poison.into_inner());
            match std::mem::replace(&mut *desk, Desk::Gone) {
                Desk::Free(stdout) => Report::new(stdout, None, vec!["{}".to_owned()], Arc::default()),
                Desk::Taken(report) => report,
                Desk::Gone => return None,
            }
        };
        report.end_now(why)
    }
}

/// Does what runs want done at the other side, all at once, for a moment.
fn clean_up(runs: Vec<Arc<Run>>) {
    let (sender, receiver) = std::sync::mpsc::channel();
    let mut open = 0;
    for run in runs {
        let Some(cleanup): Option<Cleanup> = run.take_cleanup() else { continue };
        open += 1;
        let sender = sender.clone();
        std::thread::spawn(move || {
            let done = cleanup();
            let _ = sender.send(done);
        });
    }
    let begun = std::time::Instant::now();
    while open > 0 && receiver.recv_timeout(CLEANUP.saturating_sub(begun.elapsed())).is_ok() {
        open -= 1;
    }
}
