//! The state of one run: its deadline, effects and warnings. A run does not know which action it runs or how
//! its result is written.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::clock::Clock;
use super::effects::Effects;
use super::host::Host;
use super::lock::lock;
use super::log::Log;
use super::order::{Gate, Turn};
use super::reader::Reader;
use super::secret::Redactor;
use super::stats::Stats;

/// The state of one parameter set's run. Shared with its helper threads and with the thread that handles
/// signals.
pub struct Run {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The log on stderr.
    pub log: Arc<Log>,
    /// Redacts response text: the secrets of the asset, and those of the parameter set.
    pub redactor: Arc<Redactor>,
    /// The changes it makes, and their outcome.
    pub effects: Effects,
    /// Whether its action changes something.
    pub changes: bool,
    /// What it took.
    pub stats: Stats,
    timeout: Duration,
    /// End of `total_timeout_seconds`, on the clock.
    end: Option<Duration>,
    /// Nanoseconds on the clock; [`UNSET`] before the first request.
    started: AtomicU64,
    /// An earlier deadline for part of the run; [`UNSET`] if there is none.
    cap: AtomicU64,
    warnings: Mutex<Vec<(Cow<'static, str>, String)>>,
    cleanup: Mutex<Option<Cleanup>>,
    reader: Arc<Reader>,
    turn: Turn,
    gate: Arc<Gate>,
}

/// What to do at the other side when a signal ends the run, in the time of the run that it is given;
/// `true` if it was done.
pub type Cleanup = Box<dyn FnOnce(Arc<Run>) -> bool + Send>;

const UNSET: u64 = u64::MAX;

impl Run {
    /// Makes a run of an action that `changes` something or only reads. It may take `timeout` from its first request, and must be over by `end`.
    pub fn new(
        host: &Host,
        redactor: Arc<Redactor>,
        changes: bool,
        timeout: Duration,
        end: Option<Duration>,
        turn: Turn,
        gate: Arc<Gate>,
    ) -> Self {
        Run {
            clock: host.clock.clone(),
            log: host.log.clone(),
            reader: host.reader.clone(),
            redactor,
            effects: Effects::default(),
            changes,
            timeout,
            end,
            started: AtomicU64::new(UNSET),
            cap: AtomicU64::new(UNSET),
            stats: Stats::default(),
            warnings: Mutex::default(),
            cleanup: Mutex::default(),
            turn,
            gate,
        }
    }

    /// Whether anybody reads the result: otherwise nothing may be sent any more.
    pub fn has_reader(&self) -> bool {
        self.reader.is_there()
    }

    /// The same run for cleaning up, with a time limit of its own that starts now, whether anybody reads the
    /// result or not. Its changes are this run's.
    pub fn aside(&self, timeout: Duration) -> Run {
        let end = self.clock.now().saturating_add(timeout);
        Run {
            clock: self.clock.clone(),
            log: self.log.clone(),
            redactor: self.redactor.clone(),
            effects: self.effects.clone(),
            changes: self.changes,
            stats: self.stats.clone(),
            timeout,
            end: Some(end),
            started: AtomicU64::new(UNSET),
            cap: AtomicU64::new(UNSET),
            warnings: Mutex::default(),
            cleanup: Mutex::default(),
            reader: Arc::default(),
            turn: self.turn.clone(),
            gate: self.gate.clone(),
        }
    }

    /// The end that also the time spent on waiting for others has, on the clock.
    pub fn end(&self) -> Option<Duration> {
        self.end
    }

    /// Starts the run's time, if nothing has yet: its first request is about to be sent.
    pub fn start(&self) {
        let _ = self.started.compare_exchange(UNSET, self.now(), Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Restarts the run's time limit after progress.
    pub fn restart(&self) {
        self.started.store(self.now(), Ordering::Relaxed);
    }

    fn now(&self) -> u64 {
        self.clock.now().as_nanos() as u64
    }

    /// When the run must be over, on the clock. Does not start the time limit.
    pub fn deadline(&self) -> Duration {
        let started = match self.started.load(Ordering::Relaxed) {
            UNSET => self.now(),
            started => started,
        };
        let deadline = Duration::from_nanos(started).saturating_add(self.timeout);
        let cap = Duration::from_nanos(self.cap.load(Ordering::Relaxed));
        self.end.map_or(deadline, |end| end.min(deadline)).min(cap)
    }

    /// Time left until the deadline.
    pub fn left(&self) -> Duration {
        self.deadline().saturating_sub(self.clock.now())
    }

    /// Sets an earlier deadline, until it is removed with `None`. Used for a part of the run that must
    /// leave time for what comes after it.
    pub fn cap(&self, end: Option<Duration>) {
        self.cap.store(end.map_or(UNSET, |end| end.as_nanos() as u64), Ordering::Relaxed);
    }

    /// A request of the run is under way.
    pub fn under_way(&self) {
        self.gate.open();
    }

    /// Waits for other runs; the time does not count against the time limit.
    pub fn wait_for_others<T>(&self, wait: impl FnOnce() -> T) -> T {
        let before = self.clock.now();
        let result = wait();
        let waited = self.clock.now().saturating_sub(before).as_nanos() as u64;
        let _ = self.started.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |started| {
            (started != UNSET).then(|| started.saturating_add(waited))
        });
        result
    }

    /// Waits until all runs before this one have been written. Only then may a run hold large buffers, so
    /// that memory stays bounded over all runs.
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

    /// Sets or removes the clean-up for a signal.
    pub fn on_cancel(&self, cleanup: Option<Cleanup>) {
        *lock(&self.cleanup) = cleanup;
    }

    /// Takes the clean-up, so that it runs at most once.
    pub fn take_cleanup(&self) -> Option<Cleanup> {
        lock(&self.cleanup).take()
    }
}
