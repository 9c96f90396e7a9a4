//! The result: the only writer of stdout. `data` is written while it arrives, one whole element
//! after the other, so that a list of any length needs no memory and a cancelled one stays valid.

use std::io::{self, IoSlice, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};
use std::time::Duration;

use serde_json::value::RawValue;

use super::tail::{self, Failed, Tail};
use crate::runtime::error::Failure;
use crate::runtime::lock::lock;
use crate::runtime::order::{Order, Turn};
use crate::runtime::run::Run;
use crate::runtime::secret::Redactor;
use crate::runtime::table::facts::Facts;

/// How much is gathered before it is written.
const BUFFER: usize = 64 * 1024;

/// How much a run may have ready while runs before it are not done.
pub(super) const AHEAD: usize = 128 * 1024;

/// The one result of a process. Clones are the same result.
#[derive(Clone)]
pub struct Report(pub(super) Arc<Shared>);

pub(super) struct Shared {
    state: Mutex<State>,
    order: Order,
    /// A signal came: everybody else stays away from the result.
    stopped: AtomicBool,
    /// Bytes that stdout has taken.
    taken: AtomicU64,
    /// The action, if it is known.
    facts: Option<&'static Facts>,
}

pub(super) struct State {
    out: Box<dyn Write + Send>,
    buffer: Vec<u8>,
    pub(super) slots: Vec<Slot>,
    /// The first slot that is not written to its end.
    pub(super) current: usize,
    pub(super) broken: Option<io::ErrorKind>,
    finished: bool,
}

/// One parameter set's part of the result.
pub(super) struct Slot {
    /// `parameter`, a JSON object; `None` once everything before the elements is written.
    parameter: Option<String>,
    /// What is looked for in it: the asset's secrets, and the set's own.
    pub(super) redactor: Arc<Redactor>,
    /// Elements that are not written yet, separated by commas.
    pub(super) ready: Vec<u8>,
    pub(super) items: u64,
    /// `summary` so far, for a run that ends before its end.
    pub(super) summary: Option<Box<RawValue>>,
    stage: Stage,
}

enum Stage {
    Waiting,
    Running(Arc<Run>),
    Done(Tail),
    Written { failed: Option<Failed> },
}

/// How it went, for the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// Parameter sets.
    pub total: usize,
    /// Those that succeeded.
    pub successful: usize,
    /// Whether the whole result has been written.
    pub written: bool,
}

impl Report {
    /// A result of runs with these parameters, each a JSON object, beside what is looked for in
    /// the run's part.
    pub fn new(out: Box<dyn Write + Send>, facts: Option<&'static Facts>, sets: Vec<(String, Arc<Redactor>)>) -> Self {
        let slots = sets
            .into_iter()
            .map(|(parameter, redactor)| Slot {
                parameter: Some(parameter),
                redactor,
                ready: Vec::new(),
                items: 0,
                summary: None,
                stage: Stage::Waiting,
            })
            .collect();
        Report(Arc::new(Shared {
            state: Mutex::new(State { out, buffer: Vec::new(), slots, current: 0, broken: None, finished: false }),
            order: Order::default(),
            stopped: AtomicBool::new(false),
            taken: AtomicU64::new(0),
            facts,
        }))
    }

    /// Says that a run has begun; what a signal then reports of it comes from `run`.
    pub fn begin(&self, slot: usize, run: Arc<Run>) {
        self.lock().slots[slot].stage = Stage::Running(run);
    }

    /// The run's place in the order of the results.
    pub fn turn(&self, slot: usize) -> Turn {
        self.0.order.turn(slot)
    }

    /// Ends a run's part.
    pub fn end(&self, slot: usize, tail: Tail) {
        let mut state = self.lock();
        state.slots[slot].stage = Stage::Done(tail);
        self.advance(&mut state);
        self.0.order.reached(state.current);
    }

    /// Writes the end of the result. All runs must have ended.
    pub fn finish(&self) -> Totals {
        let mut state = self.lock();
        self.write_end(&mut state)
    }

    /// Ends the result at once: every run that is not done gets the failure that `why` makes for
    /// it out of the action and, if it has begun, the run and the number of its items. Nobody else
    /// writes from now on. `None` if the result was complete already.
    pub fn end_now(&self, why: &dyn Fn(Option<&'static Facts>, Option<(&Run, u64)>) -> Failure) -> Option<Totals> {
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
                Stage::Waiting => Tail::failure(why(self.0.facts, None), Vec::new()),
                Stage::Running(run) => Tail::failure(why(self.0.facts, Some((run, slot.items))), run.warnings()),
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
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        let state = lock(&self.0.state);
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
    pub(super) fn advance(&self, state: &mut State) {
        while let Some(slot) = state.slots.get_mut(state.current) {
            let ready = std::mem::take(&mut slot.ready);
            let stage = std::mem::replace(&mut slot.stage, Stage::Written { failed: None });
            match stage {
                Stage::Done(mut tail) => {
                    tail.summary = tail.summary.or(slot.summary.take());
                    self.open(state, state.current);
                    self.put(state, &ready);
                    let (json, failed) = tail.json(&state.slots[state.current].redactor);
                    self.put(state, json.as_bytes());
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
    pub(super) fn open(&self, state: &mut State, slot: usize) {
        let Some(parameter) = state.slots[slot].parameter.take() else { return };
        let mut head = match slot {
            0 => {
                let identifier = self.0.facts.map(|facts| facts.identifier);
                let several = state.slots.len() > 1;
                let results = if several { ",\"action_results\":[" } else { ",\"action_result\":" };
                format!("{{\"identifier\":{}{results}", serde_json::json!(identifier))
            }
            _ => ",".to_owned(),
        };
        head.push_str("{\"parameter\":");
        head.push_str(&parameter);
        head.push_str(",\"data\":[");
        self.put(state, head.as_bytes());
    }

    fn write_end(&self, state: &mut State) -> Totals {
        state.finished = true;
        let total = state.slots.len();
        let failed: Vec<&Failed> = state
            .slots
            .iter()
            .filter_map(|slot| match &slot.stage {
                Stage::Written { failed } => failed.as_ref(),
                _ => None,
            })
            .collect();
        let successful = total - failed.len();
        let end = tail::end_of_result(total, &failed);
        self.put(state, end.as_bytes());
        self.flush(state);
        Totals { total, successful, written: state.broken.is_none() }
    }

    pub(super) fn put(&self, state: &mut State, bytes: &[u8]) {
        if state.buffer.len() + bytes.len() < BUFFER {
            return state.buffer.extend_from_slice(bytes);
        }
        self.write_out(state, bytes);
    }

    pub(super) fn flush(&self, state: &mut State) {
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
