//! What a handler writes into: the elements of `data`, one whole element at a time.

use std::sync::Arc;

use serde_json::value::RawValue;

use super::result::{AHEAD, Report};
use crate::runtime::error::{Failure, Kind};
use crate::runtime::json;
use crate::runtime::run::Run;

/// One run's way into the result.
pub struct Output {
    report: Report,
    slot: usize,
    run: Arc<Run>,
}

impl Output {
    /// The way of `run` into its slot of the report.
    pub fn new(report: Report, slot: usize, run: Arc<Run>) -> Self {
        Output { report, slot, run }
    }

    /// Writes one element of `data` as it is, without secrets, on one line.
    ///
    /// # Errors
    /// When nobody reads stdout any more.
    pub fn item(&mut self, raw: &RawValue) -> Result<(), Failure> {
        self.items(raw.get(), std::iter::once(raw.get()), None)
    }

    /// Writes elements that are pieces of `page`, in their order. `summary` is the result's if
    /// the run ends after them.
    ///
    /// # Errors
    /// When nobody reads stdout any more.
    pub fn items<'p>(
        &mut self,
        page: &'p str,
        items: impl Iterator<Item = &'p str>,
        summary: Option<Box<RawValue>>,
    ) -> Result<(), Failure> {
        let redactor = self.run.redactor.clone();
        if redactor.may_hold(page.as_bytes()) || !json::is_plain(page.as_bytes()) {
            let items: Vec<String> = items.map(|item| redactor.json(&json::one_line(item)).into_owned()).collect();
            return self.write(items.join(",").as_bytes(), items.len() as u64, summary);
        }
        // Nothing is to be changed: what lies between the items is a comma and white space.
        let mut count = 0;
        let mut span: Option<(&str, &str)> = None;
        for item in items {
            count += 1;
            span = Some((span.map_or(item, |(first, _)| first), item));
        }
        let elements = span.map_or(&[][..], |(first, last)| {
            let start = first.as_ptr() as usize - page.as_ptr() as usize;
            let end = last.as_ptr() as usize - page.as_ptr() as usize + last.len();
            &page.as_bytes()[start..end]
        });
        self.write(elements, count, summary)
    }

    /// Writes `count` elements, separated by commas.
    fn write(&mut self, elements: &[u8], count: u64, summary: Option<Box<RawValue>>) -> Result<(), Failure> {
        let mut state = self.report.lock();
        if summary.is_some() {
            state.slots[self.slot].summary = summary;
        }
        if count == 0 {
            return self.check(state.broken.is_some());
        }
        let slot = &mut state.slots[self.slot];
        let comma: &[u8] = if slot.items > 0 { b"," } else { b"" };
        slot.items += count;
        if state.current == self.slot {
            self.report.advance(&mut state);
            self.report.open(&mut state, self.slot);
            self.report.put(&mut state, comma);
            self.report.put(&mut state, elements);
            return self.check(state.broken.is_some());
        }
        let slot = &mut state.slots[self.slot];
        slot.ready.extend_from_slice(comma);
        slot.ready.extend_from_slice(elements);
        if slot.ready.len() >= AHEAD {
            drop(state);
            self.run.wait_for_turn();
            state = self.report.lock();
        }
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
        if state.current == self.slot {
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

    /// How many elements have been written.
    pub fn count(&self) -> u64 {
        self.report.lock().slots[self.slot].items
    }

    /// The run that writes.
    pub fn run(&self) -> &Arc<Run> {
        &self.run
    }
}
