//! A list as an iterator of pages: `next` links followed whole, the next page asked for while the
//! body of this one is still being read, loops found, nothing asked for that is not needed.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;
use std::sync::mpsc;

use serde_json::value::RawValue;

use super::address::Url;
use super::answer::{Answer, Expect};
use super::client::{Okta, Operation};
use super::error::{Cause, Error};
use super::link;
use super::path::Path;
use super::send::OpenAnswer;
use crate::runtime::json;

/// So many empty pages in a row are no list any more.
const EMPTY_PAGES: usize = 1000;

/// The pages of a list.
pub struct Pages {
    okta: Okta,
    state: State,
    /// Who asks for the next page while this one is still being read.
    helper: Option<Helper>,
    /// Items still wanted; `None` is all.
    wanted: Option<u64>,
    /// The most that one page holds.
    page_size: u64,
    seen: HashSet<u64>,
    hasher: RandomState,
    empty: usize,
    /// Where the last page was: the next one will hardly be larger.
    room: Vec<u8>,
}

enum State {
    Ask(Operation),
    /// The helper has asked.
    Asked,
    /// The way on is barred.
    Barred(Error),
    End,
}

/// A thread that opens one operation after the other. It ends with its list.
struct Helper {
    orders: mpsc::Sender<Operation>,
    answers: mpsc::Receiver<Result<OpenAnswer, Error>>,
}

impl Helper {
    fn new(okta: Okta) -> std::io::Result<Helper> {
        let (orders, operations) = mpsc::channel();
        let (sender, answers) = mpsc::channel();
        std::thread::Builder::new().spawn(move || {
            while let Ok(operation) = operations.recv() {
                if sender.send(okta.open(operation)).is_err() {
                    break;
                }
            }
        })?;
        Ok(Helper { orders, answers })
    }

    /// What came of the last order. The helper dies only of a defect, which is then this thread's too.
    fn opened(&self) -> Result<OpenAnswer, Error> {
        self.answers.recv().expect("the helper that asks for the next page died")
    }
}

/// One page of a list.
pub struct Page {
    answer: Answer,
    /// Where the wanted items are.
    items: Vec<Range<usize>>,
    /// Whether Okta says that there are more.
    pub has_next: bool,
}

impl Page {
    /// The wanted items, each an object.
    pub fn items(&self) -> impl Iterator<Item = &str> {
        self.items.iter().map(|range| &self.answer.body[range.clone()])
    }

    /// The answer it came in.
    pub fn answer(&self) -> &Answer {
        &self.answer
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.items.len() as u64
    }

    /// The whole page, of which the items are pieces.
    pub fn body(&self) -> &str {
        &self.answer.body
    }
}

/// Where the elements of a JSON array of objects are: checked in the one pass that finds them.
fn places(body: &str) -> Result<Vec<Range<usize>>, &'static str> {
    let items: Vec<&RawValue> = serde_json::from_str(body).map_err(|_| "is no valid JSON")?;
    let start = body.as_ptr() as usize;
    items
        .into_iter()
        .map(|item| {
            let item = item.get();
            let at = item.as_ptr() as usize - start;
            match item.starts_with('{') {
                true if json::too_deep(item.as_bytes()) => Err("is nested too deeply"),
                true => Ok(at..at + item.len()),
                false => Err("is no list of objects"),
            }
        })
        .collect()
}

impl Okta {
    /// A list whose first page asks for as many items as are wanted, at most `page_size`.
    pub(super) fn list(&self, path: Path, wanted: Option<u64>, page_size: u64, subject: &str) -> Pages {
        let path = path.query("limit", &wanted.map_or(page_size, |wanted| wanted.min(page_size)).to_string());
        Pages::new(self, self.get(path, Expect::Array, subject), wanted, page_size)
    }

    /// A list that comes whole; a link would be followed all the same.
    pub(super) fn whole_list(&self, path: Path, subject: &str) -> Pages {
        Pages::new(self, self.get(path, Expect::Array, subject), None, u64::MAX)
    }
}

impl Pages {
    /// The list that `operation` begins, `wanted` items of it, of which a page holds `page_size`.
    pub fn new(okta: &Okta, operation: Operation, wanted: Option<u64>, page_size: u64) -> Pages {
        Pages {
            okta: okta.clone(),
            state: State::Ask(operation),
            helper: None,
            wanted,
            page_size,
            seen: HashSet::new(),
            hasher: RandomState::new(),
            empty: 0,
            room: Vec::new(),
        }
    }

    /// The next page.
    ///
    /// # Errors
    /// When it cannot be had, or the list never ends.
    pub fn next_page(&mut self) -> Result<Option<Page>, Error> {
        let mut opened = match std::mem::replace(&mut self.state, State::End) {
            State::End => return Ok(None),
            State::Barred(error) => return Err(error),
            State::Ask(operation) => self.okta.open(operation)?,
            State::Asked => self.helper.as_ref().expect("a helper was asked").opened()?,
        };
        opened.read_into(std::mem::take(&mut self.room));
        let subject = opened.subject().to_owned();
        let next = self.next_link(&opened, &subject);
        // A page never holds more than its size: what is still wanted beyond that is on the next.
        let surely_needed = self.wanted.is_none_or(|wanted| wanted > self.page_size);
        // Recorded answers are there at once, and in their order only if nobody asks ahead.
        let surely_needed = surely_needed && !opened.waited().is_zero();
        let asked = match &next {
            Ok(Some(operation)) if surely_needed => self.ask_ahead(operation),
            _ => false,
        };
        let answer = self.okta.finish(opened)?;
        let mut items = match places(&answer.body) {
            Ok(items) => items,
            Err(problem) => return Err(self.okta.invalid_answer(&answer, &subject, problem)),
        };
        let count = items.len() as u64;
        self.empty = if count == 0 { self.empty + 1 } else { 0 };
        if self.empty > EMPTY_PAGES {
            let problem = format!("{EMPTY_PAGES} empty pages in a row, each with a link to a next one");
            return Err(Error { subject, cause: Cause::EndlessList { problem } });
        }
        let take = self.wanted.map_or(count, |wanted| wanted.min(count));
        self.wanted = self.wanted.map(|wanted| wanted - take);
        let has_next = !matches!(next, Ok(None));
        self.state = match (asked, next) {
            _ if self.wanted == Some(0) => State::End,
            (true, _) => State::Asked,
            (false, Ok(Some(operation))) => State::Ask(operation),
            (false, Ok(None)) => State::End,
            // This page is whole all the same.
            (false, Err(error)) => State::Barred(error),
        };
        items.truncate(take as usize);
        Ok(Some(Page { items, answer, has_next }))
    }

    /// Takes a page back that is done with: the next one gets its room.
    pub fn take_back(&mut self, page: Page) {
        self.room = page.answer.into_room();
    }

    /// Has the helper ask for the next page; `false` if there is no helper to be had.
    fn ask_ahead(&mut self, operation: &Operation) -> bool {
        if self.helper.is_none() {
            self.helper = Helper::new(self.okta.clone()).ok();
        }
        self.helper.as_ref().is_some_and(|helper| helper.orders.send(operation.clone()).is_ok())
    }

    /// The operation that the `next` link names.
    fn next_link(&mut self, opened: &OpenAnswer, subject: &str) -> Result<Option<Operation>, Error> {
        self.note(opened.url());
        if let Some(own) = link::targets(opened.headers().all("link"), "self").first() {
            self.okta.org.base.learn(opened.url(), own);
        }
        let targets = link::targets(opened.headers().all("link"), "next");
        let Some(target) = targets.first() else { return Ok(None) };
        let error = |cause| Error { subject: subject.to_owned(), cause };
        let url = self.okta.org.base.follow(target).map_err(|foreign| error(self.okta.foreign(foreign)))?;
        if !self.note(&url) {
            return Err(error(Cause::EndlessList {
                problem: "a link to the next page leads back to one that was read already".to_owned(),
            }));
        }
        Ok(Some(opened.operation_at(url)))
    }

    /// Remembers an address; `false` if it was known. A hash each, so that a long list stays small.
    fn note(&mut self, url: &Url) -> bool {
        self.seen.insert(self.hasher.hash_one(url.text.as_str()))
    }
}
