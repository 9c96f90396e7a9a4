//! An abstraction of time: everything that waits or measures uses a [`Clock`], so that polls, retries and
//! deadlines run in tests and in replay without real waiting.

use std::hash::{BuildHasher, Hasher};
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

use super::lock::lock;

/// A source of time. Durations are in the clock's own time unless stated otherwise.
pub trait Clock: Send + Sync {
    /// Time since the clock was created; never goes back.
    fn now(&self) -> Duration;

    /// The local wall clock. Only for output: rules compare the server's times.
    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }

    /// Waits for a duration of this clock.
    fn sleep(&self, duration: Duration);

    /// Converts a duration of this clock to real time, for sockets. A clock that runs ten times faster
    /// returns a tenth.
    fn real(&self, duration: Duration) -> Duration {
        duration
    }

    /// A random duration from 0 up to `most`, so that processes do not retry in step.
    fn jitter(&self, most: Duration) -> Duration {
        let random = std::hash::RandomState::new().build_hasher().finish();
        most.mul_f64((random >> 11) as f64 / (1u64 << 53) as f64)
    }
}

/// The system clock.
pub struct SystemClock(Instant);

impl SystemClock {
    /// A clock that starts now.
    pub fn new() -> Self {
        SystemClock(Instant::now())
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

/// A clock on which time passes only by sleeping, and sleeping returns at once. Used by replay.
#[derive(Default)]
pub struct VirtualClock(Mutex<Duration>);

impl Clock for VirtualClock {
    fn now(&self) -> Duration {
        *lock(&self.0)
    }

    fn sleep(&self, duration: Duration) {
        *lock(&self.0) += duration;
    }

    fn jitter(&self, _: Duration) -> Duration {
        Duration::ZERO
    }
}

/// The system clock running `factor` times as fast: at 60, a minute of waiting takes a second. Used by
/// tests with real sockets.
pub struct ScaledClock {
    start: Instant,
    factor: f64,
}

impl ScaledClock {
    /// A clock on which `factor` seconds pass in one real second.
    pub fn new(factor: f64) -> Self {
        ScaledClock { start: Instant::now(), factor }
    }
}

impl Clock for ScaledClock {
    fn now(&self) -> Duration {
        self.start.elapsed().mul_f64(self.factor)
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(self.real(duration));
    }

    fn real(&self, duration: Duration) -> Duration {
        duration.div_f64(self.factor)
    }
}
