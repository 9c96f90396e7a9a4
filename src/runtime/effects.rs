//! The changes that a run makes through the API, and their outcome. Each change is a guard: if it is dropped
//! without a result, its response counts as lost. Once the outcome of a run has been reported, no change
//! can begin.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::error::Outcome;
use super::lock::lock;

/// The changes of one run. Clones share the same state.
#[derive(Clone, Default)]
pub struct Effects(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    in_flight: u32,
    lost: bool,
    /// Whether an attempt got no response in time: it may still be carried out.
    silent: bool,
    made: u32,
    /// When the first attempt that may have been carried out began, on the clock.
    first_begun: Option<Duration>,
    /// Whether one of the changes in flight, lost or made must not be made twice.
    once: bool,
    /// What the run has set off that no later change takes back, as a sentence.
    set_off: Option<String>,
    /// The run's outcome has been reported.
    judged: bool,
}

/// The run's outcome has been reported: no further change may begin.
#[derive(Debug)]
pub struct Judged;

impl Effects {
    /// Registers a change that is about to be sent, at `now` on the clock.
    ///
    /// # Errors
    /// When the outcome has been reported: the change must not be sent.
    pub fn begin(&self, repeatable: bool, now: Duration) -> Result<Write, Judged> {
        let mut state = lock(&self.0);
        if state.judged {
            return Err(Judged);
        }
        state.in_flight += 1;
        state.first_begun.get_or_insert(now);
        state.once |= !repeatable;
        Ok(Write(Some(self.clone())))
    }

    /// Settles the outcome after a read has shown whether the change was made.
    pub fn settle(&self, made: bool) {
        let mut state = lock(&self.0);
        state.lost = false;
        state.silent = false;
        state.made = u32::from(made);
        state.once &= made;
    }

    /// Marks the outcome as unknown: a response said that a change was made, but cannot be relied on.
    pub fn doubt(&self) {
        lock(&self.0).lost = true;
    }

    /// Whether the response to a change was lost and nothing has settled it since.
    pub fn is_lost(&self) -> bool {
        lock(&self.0).lost
    }

    /// Whether one of the lost attempts got no response in time: it may still be carried out.
    pub fn was_silent(&self) -> bool {
        lock(&self.0).silent
    }

    /// When the first attempt that may have been carried out began, on the clock.
    pub fn first_begun(&self) -> Option<Duration> {
        lock(&self.0).first_begun
    }

    /// Remembers what the run has set off, as a sentence for the message of a failure: a run that has one must not be
    /// repeated automatically. `None` if it turned out that there is nothing.
    pub fn set_off(&self, sentence: Option<String>) {
        lock(&self.0).set_off = sentence;
    }

    /// What the run has set off.
    pub fn what_was_set_off(&self) -> Option<String> {
        lock(&self.0).set_off.clone()
    }

    /// Whether a change was made.
    pub fn has_changed(&self) -> bool {
        lock(&self.0).made > 0
    }

    /// Returns the outcome of a run that did not succeed, and whether the run can be repeated without making a
    /// change twice. From now on no change can begin.
    pub fn judge(&self) -> (Outcome, bool) {
        let mut state = lock(&self.0);
        state.judged = true;
        let outcome = match *state {
            State { in_flight: 0, lost: false, made: 0, .. } => Outcome::NotApplied,
            // Also if a change was made and the run still failed: no action makes several changes that
            // could be reported as steps.
            _ => Outcome::Unknown,
        };
        (outcome, outcome == Outcome::NotApplied || !state.once)
    }
}

/// A change in flight. If it is dropped without a result, its response counts as lost.
#[must_use]
pub struct Write(Option<Effects>);

impl Write {
    /// The change was made. Earlier lost responses no longer matter, because only changes that may be
    /// repeated are sent again.
    pub fn made(mut self) {
        self.end(|state| {
            state.lost = false;
            state.silent = false;
            state.made += 1;
        });
    }

    /// The change was certainly not made.
    pub fn refused(mut self) {
        self.end(|state| {
            let is_open = state.lost || state.made > 0;
            state.once &= is_open;
            if !is_open && state.in_flight == 0 {
                state.first_begun = None;
            }
        });
    }

    /// The response did not arrive in time: the change may still be carried out.
    pub fn silent(mut self) {
        self.end(|state| {
            state.lost = true;
            state.silent = true;
        });
    }

    fn end(&mut self, change: impl FnOnce(&mut State)) {
        if let Some(Effects(state)) = self.0.take() {
            let mut state = lock(&state);
            state.in_flight -= 1;
            change(&mut state);
        }
    }
}

impl Drop for Write {
    fn drop(&mut self) {
        self.end(|state| state.lost = true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_answer_stays_lost_until_something_settles_it() {
        let effects = Effects::default();
        drop(effects.begin(false, Duration::ZERO).unwrap());
        assert!(effects.is_lost());
        effects.begin(false, Duration::ZERO).unwrap().refused();
        assert!(effects.is_lost());
        effects.settle(false);
        assert_eq!(effects.judge(), (Outcome::NotApplied, true));
    }

    #[test]
    fn a_change_in_flight_is_unknown() {
        let effects = Effects::default();
        let _write = effects.begin(false, Duration::ZERO).unwrap();
        assert_eq!(effects.judge(), (Outcome::Unknown, false));
    }

    #[test]
    fn a_repeatable_change_may_be_made_again() {
        let effects = Effects::default();
        drop(effects.begin(true, Duration::ZERO).unwrap());
        assert_eq!(effects.judge(), (Outcome::Unknown, true));
    }

    #[test]
    fn one_change_that_must_not_be_made_twice_decides_whatever_comes_after_it() {
        for after in [true, false] {
            let effects = Effects::default();
            drop(effects.begin(false, Duration::ZERO).unwrap());
            drop(effects.begin(after, Duration::ZERO).unwrap());
            assert_eq!(effects.judge(), (Outcome::Unknown, false));
        }
    }

    #[test]
    fn what_a_read_has_settled_is_not_open_any_more() {
        for made in [true, false] {
            let effects = Effects::default();
            assert!(!effects.is_lost());
            drop(effects.begin(false, Duration::ZERO).unwrap());
            effects.settle(made);
            assert!(!effects.is_lost());
            drop(effects.begin(true, Duration::ZERO).unwrap());
            // What was made must not be made again; what was not made may be.
            assert_eq!(effects.judge(), (Outcome::Unknown, !made));
        }
    }

    #[test]
    fn a_change_that_is_in_doubt_is_unknown() {
        let effects = Effects::default();
        effects.begin(false, Duration::ZERO).unwrap().made();
        assert!(!effects.is_lost());
        effects.doubt();
        assert!(effects.is_lost());
        assert_eq!(effects.judge(), (Outcome::Unknown, false));
    }

    #[test]
    fn what_was_made_stays_made() {
        let effects = Effects::default();
        effects.begin(false, Duration::ZERO).unwrap().made();
        assert_eq!(effects.judge(), (Outcome::Unknown, false));
    }

    #[test]
    fn what_was_refused_leaves_nothing_behind_and_takes_nothing_back() {
        let effects = Effects::default();
        effects.begin(false, Duration::ZERO).unwrap().refused();
        assert!(!effects.is_lost());
        drop(effects.begin(true, Duration::ZERO).unwrap());
        assert_eq!(effects.judge(), (Outcome::Unknown, true));
        let effects = Effects::default();
        drop(effects.begin(false, Duration::ZERO).unwrap());
        effects.begin(true, Duration::ZERO).unwrap().refused();
        assert_eq!(effects.judge(), (Outcome::Unknown, false));
    }

    #[test]
    fn the_time_of_the_first_attempt_is_that_of_one_that_may_have_been_carried_out() {
        let effects = Effects::default();
        effects.begin(true, Duration::from_secs(1)).unwrap().refused();
        assert_eq!(effects.first_begun(), None);
        drop(effects.begin(true, Duration::from_secs(2)).unwrap());
        effects.begin(true, Duration::from_secs(3)).unwrap().refused();
        assert_eq!(effects.first_begun(), Some(Duration::from_secs(2)));
    }

    #[test]
    fn nothing_begins_once_the_run_has_been_judged() {
        let effects = Effects::default();
        assert_eq!(effects.judge(), (Outcome::NotApplied, true));
        assert!(effects.begin(true, Duration::ZERO).is_err());
    }
}
