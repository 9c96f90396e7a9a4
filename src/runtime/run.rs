//! One run, as the client of the other side sees it: its time, its effects, its warnings. What the
//! action is, and how its result is written, a run does not know.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::clock::Clock;
use super::effects::Effects;
use super::lock::lock;
use super::log::Log;
use super::order::{Gate, Turn};
use super::secret::Redactor;

/// What one parameter set's run knows about itself. Shared with its helper threads and with the
/// thread that handles signals.
pub struct Run {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Where progress goes.
    pub log: Arc<Log>,
    /// What is taken out of everything that comes back: the asset's secrets, and the set's own.
    pub redactor: Arc<Redactor>,
    /// What became of its changes.
    pub effects: Effects,
    timeout: Duration,
    /// End of the process's time, on the clock.
    end: Option<Duration>,
    /// Nanoseconds on the clock; [`UNSET`] before the first request.
    started: AtomicU64,
    /// An earlier end for a part of the run; [`UNSET`] without one.
    cap: AtomicU64,
    warnings: Mutex<Vec<(Cow<'static, str>, String)>>,
    cleanup: Mutex<Option<Cleanup>>,
    turn: Turn,
    gate: Arc<Gate>,
}

/// What to do at the other side when a signal ends the run; `true` if it was done.
pub type Cleanup = Box<dyn FnOnce() -> bool + Send>;

const UNSET: u64 = u64::MAX;

impl Run {
    /// A run that may take `timeout` from its first request on, and not longer than to `end`.
    pub fn new(
        clock: Arc<dyn Clock>,
        log: Arc<Log>,
        redactor: Arc<Redactor>,
        timeout: Duration,
        end: Option<Duration>,
        turn: Turn,
        gate: Arc<Gate>,
    ) -> Self {
        Run {
            clock,
            log,
            redactor,
            effects: Effects::default(),
            timeout,
            end,
            started: AtomicU64::new(UNSET),
            cap: AtomicU64::new(UNSET),
            warnings: Mutex::default(),
            cleanup: Mutex::default(),
            turn,
            gate,
        }
    }

    /// Starts the run's time, if nothing has yet: its first request is about to be sent.
    pub fn start(&self) {
        let _ = self.started.compare_exchange(UNSET, self.now(), Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Starts the run's time anew: there was progress.
    pub fn restart(&self) {
        self.started.store(self.now(), Ordering::Relaxed);
    }

    fn now(&self) -> u64 {
        self.clock.now().as_nanos() as u64
    }

    /// When the run has to be over, on the clock.
    pub fn deadline(&self) -> Duration {
        let started = match self.started.load(Ordering::Relaxed) {
            UNSET => self.now(),
            started => started,
        };
        let deadline = Duration::from_nanos(started).saturating_add(self.timeout);
        let cap = Duration::from_nanos(self.cap.load(Ordering::Relaxed));
        self.end.map_or(deadline, |end| end.min(deadline)).min(cap)
    }

    /// What is left until the deadline.
    pub fn left(&self) -> Duration {
        self.deadline().saturating_sub(self.clock.now())
    }

    /// Sets an earlier end, until it is taken back with `None`: for a part that must leave time
    /// for what comes after it.
    pub fn cap(&self, end: Option<Duration>) {
        self.cap.store(end.map_or(UNSET, |end| end.as_nanos() as u64), Ordering::Relaxed);
    }

    /// A request of the run is under way.
    pub fn under_way(&self) {
        self.gate.open();
    }

    /// Waits for others: that is not the run's time.
    pub fn wait_for_others<T>(&self, wait: impl FnOnce() -> T) -> T {
        let before = self.clock.now();
        let result = wait();
        let waited = self.clock.now().saturating_sub(before).as_nanos() as u64;
        let _ = self.started.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |started| {
            (started != UNSET).then(|| started.saturating_add(waited))
        });
        result
    }

    /// Waits until all runs before this one are written: only then may it hold large buffers, so
    /// that those of all runs together stay within one budget.
    pub fn wait_for_turn(&self) {
        self.wait_for_others(|| self.turn.wait());
    }

    /// Sets the warning `key` of the result: a later sentence replaces an earlier one.
    pub fn warn(&self, key: impl Into<Cow<'static, str>>, sentence: impl Into<String>) {
        let key = key.into();
        let mut warnings = lock(&self.warnings);
        warnings.retain(|(known, _)| *known != key);
        warnings.push((key, sentence.into()));
    }

    /// The warnings so far.
    pub fn warnings(&self) -> Vec<String> {
        lock(&self.warnings).iter().map(|(_, sentence)| sentence.clone()).collect()
    }

    /// Sets what a signal leads to at the other side, or nothing any more.
    pub fn on_cancel(&self, cleanup: Option<Cleanup>) {
        *lock(&self.cleanup) = cleanup;
    }

    /// Takes it.
    pub fn take_cleanup(&self) -> Option<Cleanup> {
        lock(&self.cleanup).take()
    }
}
