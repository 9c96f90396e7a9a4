//! What a handler writes into: the elements of `data`, one whole element at a time.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;

use super::{AHEAD, BUFFER, Report};
use crate::connector::raw;
use crate::error::{Failure, Kind};
use crate::json;
use crate::run::Run;

/// One run's way into the result.
pub struct Output {
    pub(super) report: Report,
    pub(super) slot: usize,
    pub(super) run: Arc<Run>,
}

impl Output {
    /// Writes one element of `data` as it is, without secrets, on one line.
    ///
    /// # Errors
    /// When nobody reads stdout any more.
    pub fn item(&mut self, raw: &RawValue) -> Result<(), Failure> {
        self.items(raw.get(), std::iter::once(raw.get()))
    }

    /// Writes elements that are pieces of `page`.
    ///
    /// # Errors
    /// When nobody reads stdout any more.
    pub fn items<'p>(&mut self, page: &str, items: impl Iterator<Item = &'p str>) -> Result<(), Failure> {
        let redactor = self.report.0.redactor.clone();
        let page = page.as_bytes();
        let secrets = redactor.may_hold(page);
        let odd = memchr::memchr3(b'\n', b'\r', b'\\', page).is_some();
        for item in items {
            let element = if odd { json::one_line(item) } else { Cow::Borrowed(item) };
            match secrets {
                true => self.write(redactor.json(&element).as_bytes())?,
                false => self.write(element.as_bytes())?,
            }
        }
        Ok(())
    }

    fn write(&mut self, element: &[u8]) -> Result<(), Failure> {
        let mut state = self.report.lock();
        let slot = &mut state.slots[self.slot];
        if slot.items > 0 {
            slot.ready.push(b',');
        }
        slot.items += 1;
        slot.ready.extend_from_slice(element);
        if state.slots[self.slot].ready.len() < BUFFER {
            return Ok(());
        }
        let before = self.run.clock.now();
        while state.current < self.slot && state.slots[self.slot].ready.len() >= AHEAD {
            state = self.report.0.changed.wait(state).unwrap_or_else(|poison| poison.into_inner());
            state = self.report.stay_away(state);
        }
        self.run.give_back(self.run.clock.now().saturating_sub(before));
        if state.current == self.slot {
            self.report.advance(&mut state);
        }
        self.check(state.broken.is_some())
    }

    /// Hands everything written so far to the reader, if it is this run's turn.
    ///
    /// # Errors
    /// When nobody reads stdout any more.
    pub fn flush(&mut self) -> Result<(), Failure> {
        let mut state = self.report.lock();
        if state.current == self.slot && !state.slots[self.slot].ready.is_empty() {
            self.report.advance(&mut state);
            self.report.flush(&mut state);
        }
        self.check(state.broken.is_some())
    }

    fn check(&self, broken: bool) -> Result<(), Failure> {
        match broken {
            true => Err(Failure::new(Kind::Internal, "Nobody reads the result any more: stdout is closed or full.")),
            false => Ok(()),
        }
    }

    /// Sets `summary` in case the run ends before its end.
    pub fn sum_up(&mut self, summary: &impl Serialize) {
        self.report.lock().slots[self.slot].summary = Some(raw(summary));
    }

    /// How many elements have been written.
    pub fn count(&self) -> u64 {
        self.report.lock().slots[self.slot].items
    }

    /// The run that writes.
    pub fn run(&self) -> &Arc<Run> {
        &self.run
    }
}
