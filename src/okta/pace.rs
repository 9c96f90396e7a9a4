//! Limits the number of requests that a process has in flight: one until the first response, few when the
//! rate limit is near, none while waiting for it. All runs share it, so that one 429 stops them all.

use std::sync::{Condvar, Mutex};
use std::time::Duration;

use crate::runtime::lock::{lock, wait};
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
}

impl Pace {
    /// Allows up to `most` requests in flight once the first response has arrived.
    pub fn new(most: usize) -> Self {
        Pace {
            most,
            state: Mutex::new(State { under_way: 0, allowed: 1, hold_until: Duration::ZERO }),
            changed: Condvar::new(),
        }
    }

    /// Takes a permit, waiting until one is free.
    ///
    /// # Errors
    /// The time on the clock until which a rate limit holds all requests.
    pub fn enter(&self, now: Duration) -> Result<Permit<'_>, Duration> {
        let mut state = self.lock();
        while state.under_way >= state.allowed && state.hold_until <= now {
            state = wait(&self.changed, state);
        }
        if state.hold_until > now {
            return Err(state.hold_until);
        }
        state.under_way += 1;
        Ok(Permit(self))
    }

    /// Sends nothing before `until`, and then a single request first.
    pub fn hold(&self, until: Duration) {
        let mut state = self.lock();
        state.hold_until = state.hold_until.max(until);
        state.allowed = 1;
        self.changed.notify_all();
    }

    /// Adjusts the number of requests in flight to what the response headers leave of the rate limit.
    fn allow(&self, headers: &Headers) {
        let remaining = headers.get("x-rate-limit-remaining").and_then(|value| value.trim().parse::<usize>().ok());
        // Other clients use the org too: near the limit, one request at a time keeps 429s rare.
        self.lock().allowed = remaining.map_or(self.most, |remaining| (remaining / 32).clamp(1, self.most));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// The right to have one request in flight. Dropping it, even in a panic, gives it back.
#[must_use]
pub struct Permit<'a>(&'a Pace);

impl Permit<'_> {
    /// Gives the permit back after a response with these headers.
    pub fn leave(self, headers: &Headers) {
        self.0.allow(headers);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.lock().under_way -= 1;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_gives_its_permit_back() {
        let pace = Pace::new(4);
        let died = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _permit = pace.enter(Duration::ZERO);
            panic!("in the transport");
        }));
        assert!(died.is_err());
        assert_eq!(pace.lock().under_way, 0);
    }

    #[test]
    fn permits_follow_what_is_left_of_the_limit() {
        let pace = Pace::new(8);
        let after = |remaining: &str| {
            let headers = Headers(vec![("x-rate-limit-remaining".to_owned(), remaining.to_owned())]);
            pace.enter(Duration::ZERO).expect("nothing holds").leave(&headers);
            pace.lock().allowed
        };
        assert_eq!(pace.lock().allowed, 1);
        assert_eq!([after("599"), after("100"), after("0"), after("many")], [8, 3, 1, 8]);
        pace.hold(Duration::from_secs(5));
        assert_eq!(pace.enter(Duration::from_secs(4)).err(), Some(Duration::from_secs(5)));
        assert!(pace.enter(Duration::from_secs(5)).is_ok());
    }
}
