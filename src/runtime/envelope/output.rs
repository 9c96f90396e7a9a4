//! Where an action writes the elements of `data`, one complete element at a time.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::value::RawValue;

use super::result::{AHEAD, Report, State};
use crate::runtime::error::{Failure, Kind};
use crate::runtime::json;
use crate::runtime::json::fields::{Fields, Found};
use crate::runtime::memory;
use crate::runtime::run::Run;
use crate::runtime::text;

/// How much memory mending an element takes, in its own size: it on one line, and what grows out of
/// that without secrets.
const COPIES: usize = 3;

/// Maximum number of warnings about paths in `fields`.
const MOST_NAMED: usize = 20;

/// One run's way into the result.
pub struct Output {
    report: Report,
    slot: usize,
    run: Arc<Run>,
    cut: Option<(Arc<Fields>, Found)>,
}

impl Output {
    /// The output of `run`, which writes to its slot of the report, each element cut down to `fields`.
    pub fn new(report: Report, slot: usize, run: Arc<Run>, fields: Option<Arc<Fields>>) -> Self {
        let cut = fields.map(|fields| {
            let nothing = fields.nothing_found();
            (fields, nothing)
        });
        Output { report, slot, run, cut }
    }

    /// Writes one element of `data` unchanged, apart from masked secrets, on one line.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn item(&mut self, raw: &RawValue) -> Result<(), Failure> {
        self.items(raw.get(), std::iter::once(raw.get()), None)
    }

    /// Writes elements that are slices of `page`, in order. `summary` becomes the result's summary if the run
    /// fails after them.
    ///
    /// # Errors
    /// When stdout cannot be written, or there is not enough memory.
    pub fn items<'p>(
        &mut self,
        page: &'p str,
        items: impl Iterator<Item = &'p str> + Clone,
        summary: Option<Box<RawValue>>,
    ) -> Result<(), Failure> {
        let Some((fields, found)) = &mut self.cut else { return self.whole(page, items, summary) };
        memory::room_for(page.len()).map_err(|_| no_room(page.len()))?;
        let (mut cut, mut ends) = (Vec::new(), Vec::new());
        for item in items {
            fields.cut(item, found, &mut cut);
            ends.push(cut.len());
            cut.push(b',');
        }
        let cut = String::from_utf8(cut).expect("pieces of text");
        let starts = std::iter::once(0).chain(ends.iter().map(|end| end + 1));
        self.whole(&cut, starts.zip(&ends).map(|(start, end)| &cut[start..*end]), summary)
    }

    /// Warns of paths in `fields` that no element had.
    pub fn warn_of_missing_fields(&self) {
        let Some((fields, found)) = &self.cut else { return };
        if self.count() > 0 {
            for path in fields.missing(found).take(MOST_NAMED) {
                let path = text::quoted(&self.run.redactor.text(path), 100);
                self.run.warn(path.clone(), format!("No element of `data` has the field {path}."));
            }
            let more = fields.missing(found).count().saturating_sub(MOST_NAMED);
            if more > 0 {
                let words = text::count(more as u64, "more field");
                self.run.warn("more fields", format!("No element of `data` has {words} of `fields`."));
            }
        }
    }

    /// Writes elements as they are, see [`Output::items`].
    fn whole<'p>(
        &mut self,
        page: &'p str,
        items: impl Iterator<Item = &'p str> + Clone,
        summary: Option<Box<RawValue>>,
    ) -> Result<(), Failure> {
        let redactor = self.run.redactor.clone();
        if redactor.may_hold(page.as_bytes()) || !json::is_plain(page.as_bytes()) {
            // Each element is mended on its own, so that never more than one is there twice.
            let largest = items.clone().map(str::len).max().unwrap_or_default();
            memory::room_for(COPIES * largest).map_err(|_| no_room(largest))?;
            let mended = items.map(|item| match json::one_line(item) {
                Cow::Borrowed(item) => redactor.json(item),
                Cow::Owned(item) => Cow::Owned(redactor.json(&item).into_owned()),
            });
            return self.write(page.len(), mended.map(|item| (1, item)), summary);
        }
        // Nothing needs to be changed: between the items there are only commas and white space.
        let mut count = 0;
        let mut span: Option<(&str, &str)> = None;
        for item in items {
            count += 1;
            span = Some((span.map_or(item, |(first, _)| first), item));
        }
        let elements = span.map(|(first, last)| {
            let start = first.as_ptr() as usize - page.as_ptr() as usize;
            let end = last.as_ptr() as usize - page.as_ptr() as usize + last.len();
            (count, Cow::Borrowed(&page[start..end]))
        });
        self.write(page.len(), elements.into_iter(), summary)
    }

    /// Writes pieces of a page of so many bytes, each of some elements separated by commas. A
    /// signal comes before or after all of them.
    fn write<'p>(
        &mut self,
        bytes: usize,
        pieces: impl Iterator<Item = (u64, Cow<'p, str>)>,
        summary: Option<Box<RawValue>>,
    ) -> Result<(), Failure> {
        let mut state = self.report.lock();
        if state.current != self.slot && state.slots[self.slot].ready.len() + bytes >= AHEAD {
            drop(state);
            self.run.wait_for_turn();
            state = self.report.lock();
        }
        if state.current == self.slot {
            self.report.advance(&mut state);
        }
        for (count, elements) in pieces {
            let slot = &mut state.slots[self.slot];
            let comma: &[u8] = if slot.items > 0 { b"," } else { b"" };
            slot.items += count;
            if state.current == self.slot {
                self.report.open_current(&mut state);
                state.sink.put(comma);
                state.sink.put(elements.as_bytes());
            } else {
                let slot = &mut state.slots[self.slot];
                slot.ready.extend_from_slice(comma);
                slot.ready.extend_from_slice(elements.as_bytes());
            }
        }
        if summary.is_some() {
            state.slots[self.slot].summary = summary;
        }
        self.check(&state)
    }

    /// Flushes everything written so far to stdout, if it is this run's turn.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn flush(&mut self) -> Result<(), Failure> {
        let mut state = self.report.lock();
        if state.current == self.slot {
            self.report.advance(&mut state);
            state.sink.flush();
        }
        self.check(&state)
    }

    fn check(&self, state: &State) -> Result<(), Failure> {
        match state.sink.is_broken() {
            true => Err(Failure::new(Kind::Internal, "Nobody reads the result any more: stdout is closed or full.")),
            false => Ok(()),
        }
    }

    /// Number of elements written.
    pub fn count(&self) -> u64 {
        self.report.lock().slots[self.slot].items
    }

    /// The run that writes.
    pub fn run(&self) -> &Arc<Run> {
        &self.run
    }
}

fn no_room(bytes: usize) -> Failure {
    Failure::new(Kind::Protocol, format!("An element of {} MiB is too large for the available memory.", bytes >> 20))
}
