//! How many requests a process has under way: few at first and when the limit is near, none while
//! a limit is waited for. All runs of the process share it, so that one 429 stops them all.

use std::sync::{Condvar, Mutex};
use std::time::Duration;

use crate::transport::Headers;

/// The process's pace.
pub struct Pace {
    most: usize,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    under_way: usize,
    allowed: usize,
    /// Nothing is sent before, on the clock.
    hold_until: Duration,
}

impl Pace {
    /// Up to `most` requests at a time, once the first answer is there.
    pub fn new(most: usize) -> Self {
        Pace {
            most,
            state: Mutex::new(State { under_way: 0, allowed: 1, hold_until: Duration::ZERO }),
            changed: Condvar::new(),
        }
    }

    /// Takes a place, or says until when nothing may be sent.
    ///
    /// # Errors
    /// The time on the clock until which a limit holds everybody.
    pub fn enter(&self, now: Duration) -> Result<(), Duration> {
        let mut state = self.lock();
        while state.under_way >= state.allowed && state.hold_until <= now {
            state = self.changed.wait(state).unwrap_or_else(|poison| poison.into_inner());
        }
        if state.hold_until > now {
            return Err(state.hold_until);
        }
        state.under_way += 1;
        Ok(())
    }

    /// Gives the place back; the answer's headers say how far the limit is.
    pub fn leave(&self, headers: Option<&Headers>) {
        let mut state = self.lock();
        state.under_way -= 1;
        let remaining = headers
            .and_then(|headers| headers.get("x-rate-limit-remaining"))
            .and_then(|value| value.trim().parse::<usize>().ok());
        state.allowed = match (headers, remaining) {
            // Others use the org too: near the limit one request at a time keeps the 429s few.
            (Some(_), Some(remaining)) => (remaining / 32).clamp(1, self.most),
            (Some(_), None) => self.most,
            (None, _) => state.allowed,
        };
        self.changed.notify_all();
    }

    /// Nothing is sent before `until`, and then one request first.
    pub fn hold(&self, until: Duration) {
        let mut state = self.lock();
        state.hold_until = state.hold_until.max(until);
        state.allowed = 1;
        self.changed.notify_all();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poison| poison.into_inner())
    }
}
