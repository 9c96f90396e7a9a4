//! The result: the only writer of stdout. `data` is written while it arrives, one whole element
//! after the other, so that a list of any length needs no memory and a cancelled one stays valid.

use std::borrow::Cow;
use std::io::{self, IoSlice, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, TryLockError};
use std::time::Duration;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::connector::{NoSummary, raw};
use crate::error::{Details, Failure};
use crate::run::Run;
use crate::secret::Redactor;
use crate::text;

mod output;
pub mod shape;

pub use output::Output;

/// How much is gathered before it is written.
const BUFFER: usize = 64 * 1024;

/// How much a run may have ready while runs before it are not done.
const AHEAD: usize = 128 * 1024;

/// The one result of a process. Clones are the same result.
#[derive(Clone)]
pub struct Report(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    /// A signal came: everybody else stays away from the result.
    stopped: AtomicBool,
    /// Bytes that stdout has taken.
    taken: AtomicU64,
    redactor: Arc<Redactor>,
}

struct State {
    out: Box<dyn Write + Send>,
    buffer: Vec<u8>,
    identifier: Option<&'static str>,
    slots: Vec<Slot>,
    /// The first slot that is not written to its end.
    current: usize,
    broken: Option<io::ErrorKind>,
    finished: bool,
}

/// One parameter set's part of the result.
struct Slot {
    /// `parameter`, a JSON object.
    parameter: String,
    /// Elements that are not written yet, separated by commas.
    ready: Vec<u8>,
    items: u64,
    /// `summary` so far, for a run that ends before its end.
    summary: Option<Box<RawValue>>,
    stage: Stage,
}

enum Stage {
    Waiting,
    Running(Arc<Run>),
    Done(Tail),
    Written { failed: Option<(Details, String)> },
}

/// What stands behind `data`.
pub struct Tail {
    summary: Option<Box<RawValue>>,
    message: String,
    error: Option<Details>,
    warnings: Vec<String>,
}

impl Tail {
    /// A success.
    pub fn success(summary: Box<RawValue>, message: String, warnings: Vec<String>) -> Self {
        Tail { summary: Some(summary), message, error: None, warnings }
    }

    /// A failure. Its summary is what the run had written so far.
    pub fn failure(failure: Failure, warnings: Vec<String>) -> Self {
        Tail { summary: None, message: failure.message, error: Some(*failure.details), warnings }
    }
}

/// How it went, for the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Parameter sets.
    pub total: usize,
    /// Those that succeeded.
    pub successful: usize,
    /// Whether the whole result has been written.
    pub written: bool,
}

impl Report {
    /// A result of runs with these parameters, each a JSON object.
    pub fn new(
        out: Box<dyn Write + Send>,
        identifier: Option<&'static str>,
        parameters: Vec<String>,
        redactor: Arc<Redactor>,
    ) -> Self {
        let slots = parameters
            .into_iter()
            .map(|parameter| Slot { parameter, ready: Vec::new(), items: 0, summary: None, stage: Stage::Waiting })
            .collect();
        Report(Arc::new(Shared {
            state: Mutex::new(State {
                out,
                buffer: Vec::new(),
                identifier,
                slots,
                current: 0,
                broken: None,
                finished: false,
            }),
            changed: Condvar::new(),
            stopped: AtomicBool::new(false),
            taken: AtomicU64::new(0),
            redactor,
        }))
    }

    /// Says that a run has begun; what a signal then reports of it comes from `run`.
    pub fn begin(&self, slot: usize, run: Arc<Run>) -> Output {
        self.lock().slots[slot].stage = Stage::Running(run.clone());
        Output { report: self.clone(), slot, run }
    }

    /// The run's place in the order of the results.
    pub fn turn(&self, slot: usize) -> Turn {
        Turn(self.clone(), slot)
    }

    /// Ends a run's part.
    pub fn end(&self, slot: usize, tail: Tail) {
        let mut state = self.lock();
        state.slots[slot].stage = Stage::Done(tail);
        self.advance(&mut state);
        self.0.changed.notify_all();
    }

    /// Writes the end of the result. All runs must have ended.
    pub fn finish(&self) -> Count {
        let mut state = self.lock();
        self.write_end(&mut state)
    }

    /// Ends the result at once: every run that is not done gets the failure that `why` makes for
    /// it, given the run if it has begun. Nobody else writes from now on. `None` if the result
    /// was complete already.
    pub fn end_now(&self, why: &dyn Fn(Option<&Run>, u64) -> Failure) -> Option<Count> {
        self.stop();
        let mut state = loop {
            match self.0.state.try_lock() {
                Ok(state) => break state,
                Err(TryLockError::Poisoned(poison)) => break poison.into_inner(),
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(1)),
            }
        };
        if state.finished {
            return None;
        }
        for slot in state.slots.iter_mut() {
            let tail = match &slot.stage {
                Stage::Done(_) | Stage::Written { .. } => continue,
                Stage::Waiting => Tail::failure(why(None, 0), Vec::new()),
                Stage::Running(run) => Tail::failure(why(Some(run), slot.items), run.warnings()),
            };
            slot.stage = Stage::Done(tail);
        }
        self.advance(&mut state);
        Some(self.write_end(&mut state))
    }

    /// Runs that are under way, for clean-up after a signal.
    pub fn running(&self) -> Vec<Arc<Run>> {
        match self.0.state.try_lock() {
            Ok(state) => state
                .slots
                .iter()
                .filter_map(|slot| match &slot.stage {
                    Stage::Running(run) => Some(run.clone()),
                    _ => None,
                })
                .collect(),
            Err(_) => Vec::new(),
        }
    }

    /// Keeps everybody but [`Report::end_now`] from writing.
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::SeqCst);
    }

    /// How many bytes stdout has taken so far.
    pub fn taken(&self) -> u64 {
        self.0.taken.load(Ordering::Relaxed)
    }

    /// The lock, for everybody but the one who handles signals.
    fn lock(&self) -> MutexGuard<'_, State> {
        let state = self.0.state.lock().unwrap_or_else(|poison| poison.into_inner());
        self.stay_away(state)
    }

    fn stay_away<'s>(&self, state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        if self.0.stopped.load(Ordering::SeqCst) {
            drop(state);
            loop {
                std::thread::park(); // the process ends under us
            }
        }
        state
    }

    /// Writes what can be written in order: ready elements of the current run, and everything of
    /// runs that are done.
    fn advance(&self, state: &mut State) {
        while let Some(slot) = state.slots.get_mut(state.current) {
            let ready = std::mem::take(&mut slot.ready);
            let stage = std::mem::replace(&mut slot.stage, Stage::Written { failed: None });
            match stage {
                Stage::Done(mut tail) => {
                    tail.summary = tail.summary.or(slot.summary.take());
                    self.open(state, state.current);
                    self.put(state, &ready);
                    let end = tail_json(&tail, &self.0.redactor);
                    self.put(state, end.as_bytes());
                    let failed = tail.error.map(|error| (error, tail.message));
                    state.slots[state.current].stage = Stage::Written { failed };
                    state.current += 1;
                }
                unfinished => {
                    state.slots[state.current].stage = unfinished;
                    if !ready.is_empty() {
                        self.open(state, state.current);
                        self.put(state, &ready);
                    }
                    return;
                }
            }
        }
    }

    /// Writes what stands before the elements of a run, once.
    fn open(&self, state: &mut State, slot: usize) {
        let mut head = String::new();
        if slot == 0 && !state.slots[0].parameter.is_empty() {
            head.push_str("{\"identifier\":");
            head.push_str(&serde_json::json!(state.identifier).to_string());
            head.push_str(if state.slots.len() == 1 { ",\"action_result\":" } else { ",\"action_results\":[" });
        } else if slot > 0 && !state.slots[slot].parameter.is_empty() {
            head.push(',');
        }
        let parameter = std::mem::take(&mut state.slots[slot].parameter);
        if !parameter.is_empty() {
            head.push_str("{\"parameter\":");
            head.push_str(&parameter);
            head.push_str(",\"data\":[");
            self.put(state, head.as_bytes());
        }
    }

    fn write_end(&self, state: &mut State) -> Count {
        state.finished = true;
        let total = state.slots.len();
        let failed: Vec<&(Details, String)> = state
            .slots
            .iter()
            .filter_map(|slot| match &slot.stage {
                Stage::Written { failed } => failed.as_ref(),
                _ => None,
            })
            .collect();
        let successful = total - failed.len();
        let end = Envelope {
            summary: Totals { total_objects: total, total_objects_successful: successful },
            status: status(failed.is_empty()),
            message: self.0.redactor.text(&totals_in_words(successful, &failed)).into_owned(),
            error: failed.first().map(|(details, _)| details),
        };
        let json = redacted_json(&end, &self.0.redactor);
        let end = format!("{},{}\n", if total == 1 { "" } else { "]" }, &json[1..]);
        self.put(state, end.as_bytes());
        self.flush(state);
        Count { total, successful, written: state.broken.is_none() }
    }

    fn put(&self, state: &mut State, bytes: &[u8]) {
        if state.buffer.len() + bytes.len() < BUFFER {
            return state.buffer.extend_from_slice(bytes);
        }
        self.write_out(state, bytes);
    }

    fn flush(&self, state: &mut State) {
        self.write_out(state, &[]);
        if state.broken.is_none()
            && let Err(error) = state.out.flush()
        {
            state.broken = Some(error.kind());
        }
    }

    /// Writes what is gathered, and `bytes` after it, with as few calls as there can be.
    fn write_out(&self, state: &mut State, bytes: &[u8]) {
        let State { buffer, out, broken, .. } = state;
        let (mut first, mut second) = (buffer.as_slice(), bytes);
        while !(first.is_empty() && second.is_empty()) && broken.is_none() {
            // After a signal small pieces, so that one who waits sees that stdout takes something.
            let piece = if self.0.stopped.load(Ordering::Relaxed) { 4096 } else { usize::MAX };
            let of_first = first.len().min(piece);
            let of_second = second.len().min(piece - of_first);
            match out.write_vectored(&[IoSlice::new(&first[..of_first]), IoSlice::new(&second[..of_second])]) {
                Ok(0) => *broken = Some(io::ErrorKind::WriteZero),
                Ok(count) => {
                    let gone = count.min(first.len());
                    first = &first[gone..];
                    second = &second[count - gone..];
                    self.0.taken.fetch_add(count as u64, Ordering::Relaxed);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => *broken = Some(error.kind()),
            }
        }
        state.buffer.clear();
    }
}

/// A run's place in the order of the results.
pub struct Turn(Report, usize);

impl Turn {
    /// Waits until all runs before this one are written.
    pub fn wait(&self) {
        let Turn(report, slot) = self;
        let mut state = report.lock();
        while state.current < *slot {
            state = report.0.changed.wait(state).unwrap_or_else(|poison| poison.into_inner());
            state = report.stay_away(state);
        }
    }
}

#[derive(Serialize)]
struct Envelope<'a> {
    summary: Totals,
    status: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a Details>,
}

#[derive(Serialize)]
struct Totals {
    total_objects: usize,
    total_objects_successful: usize,
}

fn status(succeeded: bool) -> &'static str {
    if succeeded { "success" } else { "failed" }
}

/// `2 actions succeeded, 1 failed: …`, with the first failure's sentence.
fn totals_in_words(successful: usize, failed: &[&(Details, String)]) -> String {
    let succeeded = format!("{} succeeded", text::count(successful as u64, "action"));
    match failed {
        [] => succeeded,
        [(_, first), ..] if successful == 0 => {
            format!("{} failed: {first}", text::count(failed.len() as u64, "action"))
        }
        [(_, first), ..] => format!("{succeeded}, {} failed: {first}", failed.len()),
    }
}

fn tail_json(tail: &Tail, redactor: &Redactor) -> String {
    #[derive(Serialize)]
    struct Json<'a> {
        summary: &'a RawValue,
        status: &'static str,
        message: Cow<'a, str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<&'a Details>,
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        warnings: Vec<Cow<'a, str>>,
    }
    let empty = raw(&NoSummary {});
    let json = redacted_json(
        &Json {
            summary: tail.summary.as_ref().unwrap_or(&empty),
            status: status(tail.error.is_none()),
            message: redactor.text(&tail.message),
            error: tail.error.as_ref(),
            warnings: tail.warnings.iter().map(|warning| redactor.text(warning)).collect(),
        },
        redactor,
    );
    format!("],{}", &json[1..])
}

/// A value of ours as JSON, with a last look for secrets.
fn redacted_json(value: &impl Serialize, redactor: &Redactor) -> String {
    let json = serde_json::to_string(value).expect("our own types have string keys and finite numbers");
    redactor.json(&json).into_owned()
}
