//! One run: its deadline, what its writes did, its warnings, and the process around it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use crate::clock::Clock;
use crate::connector::Facts;
use crate::error::Outcome;
use crate::log::Log;
use crate::result::Turn;
use crate::transport::Transport;

/// What the process gives to everything it runs.
#[derive(Clone)]
pub struct Host {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Where progress goes.
    pub log: Arc<Log>,
    /// Recorded exchanges in place of the network.
    pub transport: Option<Arc<dyn Transport>>,
}

/// What one parameter set's run knows about itself. Shared with its helper threads and with the
/// thread that handles signals.
pub struct Run {
    /// The action.
    pub facts: &'static Facts,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Where progress goes.
    pub log: Arc<Log>,
    /// What its writes did.
    pub effects: Effects,
    timeout: Duration,
    /// End of the process's time, on the clock.
    end: Option<Duration>,
    /// Nanoseconds on the clock; [`UNSTARTED`] before the first request.
    started: AtomicU64,
    /// An earlier end for a part of the run; [`UNSTARTED`] without one.
    cap: AtomicU64,
    warnings: Mutex<Vec<String>>,
    turn: Turn,
    cleanup: Mutex<Option<Cleanup>>,
    gate: Arc<Gate>,
}

/// Opens when the first run of a process has its first request under way: the others wait, so
/// that what the first answer says (a refused token, a limit) is known to them.
#[derive(Default)]
pub struct Gate(Mutex<bool>, Condvar);

impl Gate {
    /// Lets everybody through from now on.
    pub fn open(&self) {
        *self.0.lock().unwrap_or_else(|poison| poison.into_inner()) = true;
        self.1.notify_all();
    }

    /// Waits until it is open.
    pub fn wait(&self) {
        let mut open = self.0.lock().unwrap_or_else(|poison| poison.into_inner());
        while !*open {
            open = self.1.wait(open).unwrap_or_else(|poison| poison.into_inner());
        }
    }
}

/// What to do at the other side when a signal ends the run; `true` if it was done.
pub type Cleanup = Box<dyn FnOnce() -> bool + Send>;

const UNSTARTED: u64 = u64::MAX;

impl Run {
    /// A run that may take `timeout` from its first request on, and not longer than to `end`.
    pub fn new(
        facts: &'static Facts,
        host: &Host,
        timeout: Duration,
        end: Option<Duration>,
        turn: Turn,
        gate: Arc<Gate>,
    ) -> Self {
        Run {
            facts,
            clock: host.clock.clone(),
            log: host.log.clone(),
            effects: Effects::default(),
            timeout,
            end,
            started: AtomicU64::new(UNSTARTED),
            cap: AtomicU64::new(UNSTARTED),
            warnings: Mutex::default(),
            turn,
            cleanup: Mutex::default(),
            gate,
        }
    }

    /// When the run has to be over, on the clock. The first call starts its time.
    pub fn deadline(&self) -> Duration {
        let now = self.clock.now().as_nanos() as u64;
        let started = match self.started.compare_exchange(UNSTARTED, now, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => now,
            Err(started) => started,
        };
        let deadline = Duration::from_nanos(started).saturating_add(self.timeout);
        let cap = Duration::from_nanos(self.cap.load(Ordering::Relaxed));
        self.end.map_or(deadline, |end| end.min(deadline)).min(cap)
    }

    /// Sets an earlier end, until it is taken back with `None`: for a part that must leave time
    /// for what comes after it.
    pub fn cap(&self, end: Option<Duration>) {
        self.cap.store(end.map_or(UNSTARTED, |end| end.as_nanos() as u64), Ordering::Relaxed);
    }

    /// A request of the run is under way.
    pub fn under_way(&self) {
        self.gate.open();
    }

    /// What is left until the deadline.
    pub fn left(&self) -> Duration {
        self.deadline().saturating_sub(self.clock.now())
    }

    /// Starts the run's time anew: there was progress.
    pub fn renew(&self) {
        self.started.store(self.clock.now().as_nanos() as u64, Ordering::Relaxed);
    }

    /// Waits for others: that is not the run's time.
    pub fn wait_for_others<T>(&self, wait: impl FnOnce() -> T) -> T {
        let before = self.clock.now();
        let result = wait();
        let waited = self.clock.now().saturating_sub(before).as_nanos() as u64;
        let _ = self.started.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |started| {
            (started != UNSTARTED).then(|| started.saturating_add(waited))
        });
        result
    }

    /// Waits until all runs before this one are done: only then may it hold large buffers, so
    /// that those of all runs together stay within one budget.
    pub fn wait_for_turn(&self) {
        self.wait_for_others(|| self.turn.wait());
    }

    /// Adds a sentence to `warnings` in place of those that have `key` in them: the latest counts.
    pub fn warn_instead(&self, key: &str, sentence: impl Into<String>) {
        self.warnings.lock().unwrap_or_else(|poison| poison.into_inner()).retain(|known| !known.contains(key));
        self.warn(sentence);
    }

    /// Adds a sentence to `warnings`, once.
    pub fn warn(&self, sentence: impl Into<String>) {
        let sentence = sentence.into();
        let mut warnings = self.warnings.lock().unwrap_or_else(|poison| poison.into_inner());
        if !warnings.contains(&sentence) {
            warnings.push(sentence);
        }
    }

    /// The warnings so far.
    pub fn warnings(&self) -> Vec<String> {
        self.warnings.lock().unwrap_or_else(|poison| poison.into_inner()).clone()
    }

    /// Sets what a signal leads to at the other side, or nothing any more.
    pub fn on_cancel(&self, cleanup: Option<Cleanup>) {
        *self.cleanup.lock().unwrap_or_else(|poison| poison.into_inner()) = cleanup;
    }

    /// Takes it.
    pub fn take_cleanup(&self) -> Option<Cleanup> {
        self.cleanup.lock().unwrap_or_else(|poison| poison.into_inner()).take()
    }
}

/// What became of the writes of a run.
#[derive(Default)]
pub struct Effects(Mutex<State>);

#[derive(Default, Clone, Copy)]
struct State {
    in_flight: bool,
    lost: bool,
    done: u32,
    /// One of the writes that are in flight, lost or done must not be made twice.
    once: bool,
}

impl Effects {
    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(|poison| poison.into_inner()))
    }

    /// A write is about to be sent.
    pub fn begin(&self, repeatable: bool) {
        self.with(|state| {
            state.in_flight = true;
            state.once |= !repeatable;
        });
    }

    /// It was certainly not made.
    pub fn refused(&self) {
        self.with(|state| {
            state.in_flight = false;
            state.once &= state.lost || state.done > 0;
        });
    }

    /// Its answer was lost.
    pub fn lost(&self) {
        self.with(|state| {
            state.in_flight = false;
            state.lost = true;
        });
    }

    /// It was made. Whatever was lost of it before does not matter any more: only what may be
    /// repeated is sent again.
    pub fn made(&self) {
        self.with(|state| {
            state.in_flight = false;
            state.lost = false;
            state.done += 1;
        });
    }

    /// A read, or a later write, has shown how things are: nothing is open any more.
    pub fn settled(&self, made: bool) {
        self.with(|state| *state = State { done: u32::from(made), once: made && state.once, ..State::default() });
    }

    /// Whether the answer to a write was lost and nothing has settled it since.
    pub fn is_lost(&self) -> bool {
        self.with(|state| state.lost)
    }

    /// How things stand if the run ends now without success, and whether the same run may be
    /// made again without changing anything twice.
    pub fn outcome(&self) -> (Outcome, bool) {
        self.with(|state| {
            let outcome = match state {
                State { in_flight: true, .. } | State { lost: true, .. } => Outcome::Unknown,
                State { done: 0, .. } => Outcome::NotApplied,
                // Something was made, and yet the run failed: no action makes several writes that
                // could be told apart as steps.
                _ => Outcome::Unknown,
            };
            (outcome, outcome == Outcome::NotApplied || !state.once)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_answer_stays_lost_until_something_settles_it() {
        let effects = Effects::default();
        assert_eq!(effects.outcome(), (Outcome::NotApplied, true));
        effects.begin(false);
        assert_eq!(effects.outcome(), (Outcome::Unknown, false));
        effects.lost();
        effects.begin(false);
        effects.refused();
        assert_eq!(effects.outcome(), (Outcome::Unknown, false));
        effects.settled(false);
        assert_eq!(effects.outcome(), (Outcome::NotApplied, true));
    }

    #[test]
    fn a_repeatable_write_may_be_made_again() {
        let effects = Effects::default();
        effects.begin(true);
        effects.lost();
        assert_eq!(effects.outcome(), (Outcome::Unknown, true));
    }
}
