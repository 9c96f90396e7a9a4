//! Limits the number of requests that a process has in flight: one until the first response, few when the
//! rate limit is near, none while waiting for it. All runs share it, so that one 429 stops them all.

use std::sync::{Condvar, Mutex};
use std::time::Duration;

use crate::runtime::clock::Clock;
use crate::runtime::lock::{lock, wait, wait_up_to};
use crate::runtime::transport::Headers;

/// The number of requests in flight, shared by all runs.
pub struct Pace {
    most: usize,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    under_way: usize,
    allowed: usize,
    /// Nothing is sent before this time on the clock.
    hold_until: Duration,
    /// How often a limit has been hit.
    holds: u64,
}

/// Why there is no permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barred {
    /// A limit holds all runs until then, on the clock.
    Held(Duration),
    /// The time limit ended first.
    TimeUp,
}

impl Pace {
    /// Allows up to `most` requests in flight once the first response has arrived.
    pub fn new(most: usize) -> Self {
        Pace {
            most,
            state: Mutex::new(State { under_way: 0, allowed: 1, hold_until: Duration::ZERO, holds: 0 }),
            changed: Condvar::new(),
        }
    }

    /// Takes a permit, or tells why there is none. The time is read again after each wait.
    ///
    /// # Errors
    /// When a limit holds all runs, or no permit becomes available until `end` on the clock.
    pub fn enter(&self, clock: &dyn Clock, end: Option<Duration>) -> Result<Permit<'_>, Barred> {
        let mut state = self.lock();
        loop {
            let now = clock.now();
            if state.hold_until > now {
                return Err(Barred::Held(state.hold_until));
            }
            if state.under_way < state.allowed {
                state.under_way += 1;
                return Ok(Permit { pace: self, holds: state.holds });
            }
            state = match end {
                Some(end) if now >= end => return Err(Barred::TimeUp),
                Some(end) => wait_up_to(&self.changed, state, clock.real(end - now)),
                None => wait(&self.changed, state),
            };
        }
    }

    /// Holds all requests until `until`; then a single request goes first.
    pub fn hold(&self, until: Duration) {
        let mut state = self.lock();
        state.hold_until = state.hold_until.max(until);
        state.allowed = 1;
        state.holds += 1;
        self.changed.notify_all();
    }

    /// Adjusts the number of requests to the rate limit in a response's headers. A response to a request that was
    /// sent before a limit was last hit is ignored.
    fn allow(&self, holds: u64, headers: &Headers) {
        let remaining = headers.get("x-rate-limit-remaining").and_then(|value| value.trim().parse::<usize>().ok());
        let mut state = self.lock();
        if state.holds == holds {
            // Others use the org too: near the limit, sending one request at a time limits the number of 429s.
            state.allowed = remaining.map_or(self.most, |remaining| (remaining / 32).clamp(1, self.most));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// The right to have one request in flight. Dropping it, even in a panic, returns it.
#[must_use]
pub struct Permit<'a> {
    pace: &'a Pace,
    /// How often a limit had been hit when it was issued.
    holds: u64,
}

impl Permit<'_> {
    /// Returns the permit after a response with these headers.
    pub fn leave(self, headers: &Headers) {
        self.pace.allow(self.holds, headers);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.pace.lock().under_way -= 1;
        self.pace.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;
    use crate::runtime::clock::VirtualClock;

    const SECOND: Duration = Duration::from_secs(1);

    fn left(remaining: &str) -> Headers {
        Headers(vec![("x-rate-limit-remaining".to_owned(), remaining.to_owned())])
    }

    #[test]
    fn a_panic_gives_its_permit_back() {
        let pace = Pace::new(4);
        let died = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _permit = pace.enter(&VirtualClock::default(), None);
            panic!("in the transport");
        }));
        assert!(died.is_err());
        assert_eq!(pace.lock().under_way, 0);
    }

    #[test]
    fn permits_follow_what_is_left_of_the_limit() {
        let (pace, clock) = (Pace::new(8), VirtualClock::default());
        let after = |remaining: &str| {
            pace.enter(&clock, None).expect("nothing holds").leave(&left(remaining));
            pace.lock().allowed
        };
        assert_eq!(pace.lock().allowed, 1);
        assert_eq!([after("599"), after("100"), after("0"), after("many")], [8, 3, 1, 8]);
        pace.hold(5 * SECOND);
        clock.sleep(4 * SECOND);
        assert_eq!(pace.enter(&clock, None).err(), Some(Barred::Held(5 * SECOND)));
        clock.sleep(SECOND);
        assert!(pace.enter(&clock, None).is_ok());
    }

    #[test]
    fn an_answer_that_was_in_flight_does_not_let_everybody_through_after_a_limit() {
        let (pace, clock) = (Pace::new(8), VirtualClock::default());
        pace.enter(&clock, None).unwrap().leave(&left("500"));
        let (early, limited) = (pace.enter(&clock, None).unwrap(), pace.enter(&clock, None).unwrap());
        pace.hold(SECOND);
        drop(limited);
        early.leave(&left("500"));
        clock.sleep(SECOND);
        let first = pace.enter(&clock, None).unwrap();
        assert_eq!(pace.enter(&clock, Some(SECOND)).err(), Some(Barred::TimeUp), "one request first");
        first.leave(&left("500"));
        assert_eq!(pace.lock().allowed, 8);
    }

    /// A clock that tells when it is read.
    struct Asked<'c>(&'c VirtualClock, mpsc::Sender<()>);

    impl Clock for Asked<'_> {
        fn now(&self) -> Duration {
            let _ = self.1.send(());
            self.0.now()
        }

        fn sleep(&self, _: Duration) {}
    }

    #[test]
    fn the_time_is_that_after_the_wait_for_a_permit() {
        let (pace, clock) = (Pace::new(1), VirtualClock::default());
        let permit = pace.enter(&clock, None).unwrap();
        let (told, asked) = mpsc::channel();
        let other = Asked(&clock, told);
        thread::scope(|scope| {
            let waiting = scope.spawn(|| pace.enter(&other, Some(1000 * SECOND)).err());
            asked.recv().unwrap();
            // It is waiting now, otherwise the lock would not be free. Meanwhile a limit begins and ends.
            pace.lock().hold_until = 2 * SECOND;
            clock.sleep(3 * SECOND);
            drop(permit);
            assert_eq!(waiting.join().unwrap(), None);
        });
    }
}
