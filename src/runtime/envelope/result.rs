//! The result, and the only writer of stdout. `data` is written as it arrives, one complete element after
//! another, so that a list of any length needs little memory and a cancelled one is still valid JSON.

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::value::RawValue;

use super::sink::{Patience, Sink};
use super::tail::{self, Failed, Tail};
use crate::runtime::error::Failure;
use crate::runtime::lock::lock;
use crate::runtime::order::{Order, Turn};
use crate::runtime::run::Run;
use crate::runtime::secret::Redactor;
use crate::runtime::table::facts::Facts;

/// How much a run may have ready while runs before it are not done.
pub(super) const AHEAD: usize = 128 * 1024;

/// The result of a process. Clones share the same result.
#[derive(Clone)]
pub struct Report(pub(super) Arc<Shared>);

pub(super) struct Shared {
    state: Mutex<State>,
    order: Order,
    /// Once it is stopped, everybody but the one who ends the result stays away from it.
    patience: Patience,
    form: Form,
}

/// What a result depends on besides its runs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Form {
    /// The action, if the request named a known one.
    pub facts: Option<&'static Facts>,
    /// Whether a single parameter set has `action_results` too.
    pub array: bool,
}

pub(super) struct State {
    pub(super) sink: Sink,
    pub(super) slots: Vec<Slot>,
    /// The first slot that is not completely written.
    pub(super) current: usize,
    finished: bool,
}

/// One parameter set's part of the result.
pub(super) struct Slot {
    /// `parameter`, a JSON object; `None` once everything before the elements has been written.
    parameter: Option<String>,
    /// Redacts the run's part: the secrets of the asset, and those of the parameter set.
    pub(super) redactor: Arc<Redactor>,
    /// Elements not written yet, separated by commas.
    pub(super) ready: Vec<u8>,
    pub(super) items: u64,
    /// `summary` so far, for a run that fails or is cancelled.
    pub(super) summary: Option<Box<RawValue>>,
    stage: Stage,
}

enum Stage {
    Waiting,
    Running(Arc<Run>),
    Done(Tail),
    Written { failed: Option<Failed> },
}

/// What [`Report::end_now`] came upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The result was complete already.
    Before,
    /// All runs were done: nothing was cut short.
    Whole(Totals),
    /// Runs were cut short, or never began.
    Cut(Totals),
}

/// How it went, for the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// Number of parameter sets.
    pub total: usize,
    /// Number of parameter sets that succeeded.
    pub successful: usize,
    /// Whether the complete result has been written.
    pub written: bool,
}

impl Report {
    /// Makes a result for runs with these parameters, each a JSON object, with the redactor of the run's part.
    pub fn new(out: Box<dyn Write + Send>, form: Form, sets: Vec<(String, Arc<Redactor>)>, patience: Patience) -> Self {
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
            state: Mutex::new(State { sink: Sink::new(out, patience.clone()), slots, current: 0, finished: false }),
            order: Order::default(),
            patience,
            form,
        }))
    }

    /// States that a run has started. If a signal ends it, `run` provides its outcome and warnings.
    pub fn begin(&self, slot: usize, run: Arc<Run>) {
        self.lock().slots[slot].stage = Stage::Running(run);
    }

    /// The run's turn in the order of the results.
    pub fn turn(&self, slot: usize) -> Turn {
        self.0.order.turn(slot)
    }

    /// Completes a run's part of the result.
    pub fn end(&self, slot: usize, tail: Tail) {
        let mut state = self.lock();
        state.slots[slot].stage = Stage::Done(tail);
        self.advance(&mut state);
        self.0.order.reached(state.current);
    }

    /// Writes the end of the result. All runs must have been completed.
    pub fn finish(&self) -> Totals {
        let mut state = self.lock();
        self.write_end(&mut state)
    }

    /// Lets nobody wait for a run before it any more: one of them ended without a word.
    pub fn release(&self) {
        self.0.order.reached(usize::MAX);
    }

    /// Ends the result at once, and nobody else writes from now on. What stdout takes at once is
    /// written first; then `clean_up` does what the runs that are under way want done. After that
    /// every run that is not done gets the failure that `why` makes for it out of the action and,
    /// if it has begun, the run and the number of its items.
    pub fn end_now(
        &self,
        clean_up: &dyn Fn(&[Arc<Run>]),
        why: &dyn Fn(Option<&'static Facts>, Option<(&Run, u64)>) -> Failure,
    ) -> End {
        self.0.patience.stop();
        let mut state = lock(&self.0.state);
        if state.finished {
            return End::Before;
        }
        let running: Vec<Arc<Run>> = state.slots.iter().filter_map(Slot::run).cloned().collect();
        if !running.is_empty() {
            self.open_current(&mut state);
            state.sink.offer();
            clean_up(&running);
        }
        let mut cut = false;
        for slot in state.slots.iter_mut() {
            let tail = match &slot.stage {
                Stage::Done(_) | Stage::Written { .. } => continue,
                Stage::Waiting => Tail::failure(why(self.0.form.facts, None), None),
                Stage::Running(run) => Tail::failure(why(self.0.form.facts, Some((run, slot.items))), Some(run)),
            };
            slot.stage = Stage::Done(tail);
            cut = true;
        }
        self.advance(&mut state);
        let totals = self.write_end(&mut state);
        if cut { End::Cut(totals) } else { End::Whole(totals) }
    }

    /// The lock, for everybody but the one who ends the result.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        let state = lock(&self.0.state);
        if self.0.patience.is_stopped() {
            drop(state);
            loop {
                std::thread::park(); // the process is about to end
            }
        }
        state
    }

    /// Writes what can be written in order: ready elements of the current run, and everything of
    /// runs that are done. After a panic in here it can be called again.
    pub(super) fn advance(&self, state: &mut State) {
        while let Some(slot) = state.slots.get_mut(state.current) {
            let is_done = matches!(slot.stage, Stage::Done(_));
            if !is_done && slot.ready.is_empty() {
                return;
            }
            self.open_current(state);
            let slot = &mut state.slots[state.current];
            let ready = std::mem::take(&mut slot.ready);
            state.sink.put(&ready);
            let slot = &mut state.slots[state.current];
            let Stage::Done(tail) = &slot.stage else { return };
            let (json, failed) = tail.json(slot.summary.as_deref(), &slot.redactor);
            slot.summary = None;
            slot.stage = Stage::Written { failed };
            state.current += 1;
            state.sink.put(json.as_bytes());
        }
    }

    /// Writes what stands before the elements of the current run, once.
    pub(super) fn open_current(&self, state: &mut State) {
        let array = self.is_array(state);
        let index = state.current;
        let Some(parameter) = state.slots.get_mut(index).and_then(|slot| slot.parameter.take()) else { return };
        let mut head = match index {
            0 => {
                let identifier = self.0.form.facts.map(|facts| facts.identifier);
                let results = if array { ",\"action_results\":[" } else { ",\"action_result\":" };
                format!("{{\"identifier\":{}{results}", serde_json::json!(identifier))
            }
            _ => ",".to_owned(),
        };
        head.push_str("{\"parameter\":");
        head.push_str(&parameter);
        head.push_str(",\"data\":[");
        state.sink.put(head.as_bytes());
    }

    fn is_array(&self, state: &State) -> bool {
        self.0.form.array || state.slots.len() > 1
    }

    fn write_end(&self, state: &mut State) -> Totals {
        state.finished = true;
        let total = state.slots.len();
        let failed: Vec<(usize, &Failed)> = state
            .slots
            .iter()
            .enumerate()
            .filter_map(|(index, slot)| match &slot.stage {
                Stage::Written { failed } => Some((index, failed.as_ref()?)),
                _ => None,
            })
            .collect();
        let successful = total - failed.len();
        let end = tail::end_of_result(total, &failed, self.is_array(state));
        state.sink.put(end.as_bytes());
        state.sink.flush();
        Totals { total, successful, written: !state.sink.is_broken() }
    }
}

impl Slot {
    /// The run, while it is under way.
    fn run(&self) -> Option<&Arc<Run>> {
        match &self.stage {
            Stage::Running(run) => Some(run),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
