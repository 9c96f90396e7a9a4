//! A list as a sequence of pages. `next` links are followed byte for byte, and the next page is requested
//! while the body of the current one is still being read. Loops are detected, and no page is requested
//! that is not needed.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;
use std::sync::mpsc;

use percent_encoding::percent_decode_str;

use super::address::Url;
use super::answer::{Answer, Expect, NO_ROOM};
use super::client::{Okta, Operation};
use super::error::{Cause, Error};
use super::link::Links;
use super::path::Path;
use super::send::OpenAnswer;
use crate::runtime::json::{self, Unlisted};
use crate::runtime::transport::Headers;

/// Maximum number of empty pages in a row before a list counts as endless.
const EMPTY_PAGES: usize = 1000;

/// The pages of a list.
pub struct Pages {
    okta: Okta,
    state: State,
    /// Requests the next page while the current one is still being read.
    helper: Option<Helper>,
    /// Number of items still wanted; `None` for all.
    wanted: Option<u64>,
    /// Maximum number of items on a page.
    page_size: u64,
    /// Number of items requested per page.
    asked: u64,
    seen: HashSet<u64>,
    hasher: RandomState,
    empty: usize,
    /// The buffer of the last page, reused for the next one.
    room: Vec<u8>,
}

enum State {
    Ask(Operation),
    /// The helper has requested the next page.
    Asked,
    /// The next page cannot be requested.
    Barred(Error),
    End,
}

/// A thread that opens one operation after another. It ends with its list.
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

    /// The result of the last order. The helper only dies because of a bug; then this thread panics too.
    fn opened(&self) -> Result<OpenAnswer, Error> {
        self.answers.recv().expect("the helper that requests the next page died")
    }
}

/// One page of a list.
pub struct Page {
    answer: Answer,
    /// Byte ranges of the wanted items in the body.
    items: Vec<Range<usize>>,
    /// Whether the response has a `next` link.
    pub has_next: bool,
    /// Whether it is full and has no `Link` header at all, not even a `self` link, although more items are wanted.
    /// Okta always sends one (okta-api.md, Pagination), so a `next` link may have been removed on the way.
    pub may_be_cut: bool,
}

impl Page {
    /// The wanted items, each an object.
    pub fn items(&self) -> impl Iterator<Item = &str> + Clone {
        self.items.iter().map(|range| &self.answer.body[range.clone()])
    }

    /// The response that the page came in.
    pub fn answer(&self) -> &Answer {
        &self.answer
    }

    /// Number of wanted items on the page.
    pub fn count(&self) -> u64 {
        self.items.len() as u64
    }

    /// The whole page; the items are slices of it.
    pub fn body(&self) -> &str {
        &self.answer.body
    }
}

/// The problem of a page whose `self` link names another request.
const ANOTHER: &str = "answers another request: its `self` link does not match the URL that was requested";

/// Whether the `self` link of a page, if it has one, names another list, or another page of it, than `asked`.
fn answers_another(asked: &Url, headers: &Headers) -> bool {
    let links = Links::read(headers.all("link")).and_then(|links| links.target("self"));
    matches!(links, Ok(Some(own)) if is_another(asked.path(), own))
}

/// Whether a link names another list, or another page of it, than the requested path and query. Behind a gateway the
/// host and the start of the path may differ, so paths count from `/api/v1` on.
fn is_another(asked: &str, link: &str) -> bool {
    let parts = |url: &str| {
        let url = url.split('#').next().unwrap_or_default();
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let path = path.find("/api/v1").map(|at| decoded(path[at..].trim_end_matches('/')));
        (path, query.to_owned())
    };
    let ((asked_path, asked_query), (path, query)) = (parts(asked), parts(link));
    let other_path = matches!((asked_path, path), (Some(asked), Some(path)) if asked != path);
    let differs = |name: &str| {
        let value = parameter(&query, name);
        value.is_some() && value.unwrap_or_default() != parameter(&asked_query, name).unwrap_or_default()
    };
    other_path || ["after", "filter", "search", "q"].into_iter().any(differs)
}

/// The decoded value of a parameter of a query.
fn parameter(query: &str, name: &str) -> Option<String> {
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.filter(|(key, _)| *key == name).map(|(_, value)| decoded(&value.replace('+', " "))).next()
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Byte ranges of the elements of a JSON array of objects, checked in the same pass.
fn places(body: &str) -> Result<Vec<Range<usize>>, &'static str> {
    let items = json::elements(body.trim()).map_err(|problem| match problem {
        Unlisted::Invalid => "is not valid JSON",
        Unlisted::TooMany => "has more than 100,000 elements",
        Unlisted::NoRoom => NO_ROOM,
    })?;
    let start = body.as_ptr() as usize;
    items
        .into_iter()
        .map(|item| {
            let item = item.get();
            let at = item.as_ptr() as usize - start;
            match item.starts_with('{') {
                true if json::too_deep(item.as_bytes()) => Err("is nested too deeply"),
                true => Ok(at..at + item.len()),
                false => Err("is not a list of objects"),
            }
        })
        .collect()
}

impl Okta {
    /// A list whose `limit` is the number of wanted items, at most `page_size`.
    pub(super) fn list(&self, path: Path, wanted: Option<u64>, page_size: u64, subject: &str) -> Pages {
        let path = path.query("limit", &wanted.map_or(page_size, |wanted| wanted.min(page_size)).to_string());
        Pages::new(self, self.get(path, Expect::list(), subject), wanted, page_size)
    }

    /// A list that Okta returns as a single page; a `next` link would still be followed.
    pub(super) fn whole_list(&self, path: Path, subject: &str) -> Pages {
        Pages::new(self, self.get(path, Expect::list(), subject), None, u64::MAX)
    }
}

impl Pages {
    /// The list that starts with `operation`: `wanted` items of it, at most `page_size` on a page.
    pub fn new(okta: &Okta, operation: Operation, wanted: Option<u64>, page_size: u64) -> Pages {
        Pages {
            okta: okta.clone(),
            state: State::Ask(operation),
            helper: None,
            wanted,
            page_size,
            asked: wanted.map_or(page_size, |wanted| wanted.min(page_size)),
            seen: HashSet::new(),
            hasher: RandomState::new(),
            empty: 0,
            room: Vec::new(),
        }
    }

    /// The next page; `None` after the last one.
    ///
    /// # Errors
    /// When the page cannot be read, or the list never ends.
    pub fn next_page(&mut self) -> Result<Option<Page>, Error> {
        let mut opened = match std::mem::replace(&mut self.state, State::End) {
            State::End => return Ok(None),
            State::Barred(error) => return Err(error),
            State::Ask(operation) => self.okta.open(operation)?,
            State::Asked => self.helper.as_ref().expect("a helper was asked").opened()?,
        };
        opened.read_into(std::mem::take(&mut self.room));
        let subject = opened.subject().to_owned();
        let url = opened.url().clone();
        let next = self.next_link(&opened);
        // A page never holds more than `page_size` items: if more are wanted, the next page is needed.
        let surely_needed = self.wanted.is_none_or(|wanted| wanted > self.page_size);
        // Recorded responses arrive at once, and stay in order only without requests in advance.
        let surely_needed = surely_needed && !opened.waited().is_zero() && !answers_another(&url, opened.headers());
        let asked = match &next {
            Ok(Some(operation)) if surely_needed => self.ask_ahead(operation),
            _ => false,
        };
        let answer = self.okta.finish(opened)?;
        if answers_another(&url, &answer.headers) {
            return Err(self.okta.invalid_answer(&answer, &subject, ANOTHER));
        }
        let mut items = match places(&answer.body) {
            Ok(items) => items,
            Err(problem) => return Err(self.okta.invalid_answer(&answer, &subject, problem)),
        };
        let count = items.len() as u64;
        self.empty = if count == 0 { self.empty + 1 } else { 0 };
        if self.empty > EMPTY_PAGES {
            let problem = format!("{EMPTY_PAGES} empty pages in a row, each with a link to the next");
            return Err(Error { subject, cause: Cause::EndlessList { problem } });
        }
        let take = self.wanted.map_or(count, |wanted| wanted.min(count));
        self.wanted = self.wanted.map(|wanted| wanted - take);
        let has_next = !matches!(next, Ok(None));
        self.state = match (asked, next) {
            // A page that was already read may have been sent again in place of this one.
            (_, Err(error @ Error { cause: Cause::EndlessList { .. }, .. })) => State::Barred(error),
            _ if self.wanted == Some(0) => State::End,
            (true, _) => State::Asked,
            (false, Ok(Some(operation))) => State::Ask(operation),
            (false, Ok(None)) => State::End,
            // This page is still complete.
            (false, Err(error)) => State::Barred(error),
        };
        items.truncate(take as usize);
        let may_be_cut = count == self.asked && self.wanted != Some(0) && answer.headers.get("link").is_none();
        Ok(Some(Page { items, answer, has_next, may_be_cut }))
    }

    /// Takes back a page that is no longer needed; the next one reuses its buffer.
    pub fn take_back(&mut self, page: Page) {
        self.room = page.answer.into_room();
    }

    /// Has the helper request the next page; `false` if no helper thread could be started.
    fn ask_ahead(&mut self, operation: &Operation) -> bool {
        if self.helper.is_none() {
            self.helper = Helper::new(self.okta.clone()).ok();
        }
        self.helper.as_ref().is_some_and(|helper| helper.orders.send(operation.clone()).is_ok())
    }

    /// The operation that the `next` link names.
    fn next_link(&mut self, opened: &OpenAnswer) -> Result<Option<Operation>, Error> {
        self.note(opened.url());
        self.okta.learn_host(opened.url(), opened.headers());
        let error = |cause| Error { subject: opened.subject().to_owned(), cause };
        let target = Links::read(opened.headers().all("link")).and_then(|links| links.target("next"));
        let Some(target) = target.map_err(|_| error(Cause::UnreadableLink))? else { return Ok(None) };
        let url = self.okta.org.base.follow(target).map_err(|foreign| error(self.okta.foreign(foreign)))?;
        if !self.note(&url) {
            return Err(error(Cause::EndlessList {
                problem: "a link to the next page points back to a page that was already read".to_owned(),
            }));
        }
        Ok(Some(opened.next_page_at(url)))
    }

    /// Remembers a URL; `false` if it was seen before. Only hashes are kept, so that long lists stay small.
    fn note(&mut self, url: &Url) -> bool {
        self.seen.insert(self.hasher.hash_one(url.text.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_self_link_tells_the_response_to_another_request() {
        let asked = "/api/v1/users?search=profile.login%20eq%20%22a%2Bb%22&limit=200&after=x%3D";
        for (link, another) in [
            ("https://a.okta.com/api/v1/users?search=profile.login+eq+%22a%2Bb%22&after=x=&limit=10", false),
            ("https://gw.example.com/okta/api/v1/users", false),
            ("https://gw.example.com/somewhere/else", false),
            ("/api/v1/users/?q=", false),
            ("https://a.okta.com/api/v1/groups", true),
            ("https://a.okta.com/api/v1/users?after=y", true),
            ("https://a.okta.com/api/v1/users?search=profile.login+eq+%22ab%22", true),
            ("https://a.okta.com/api/v1/users?q=a", true),
            ("https://a.okta.com/api/v1/users?filter=a", true),
        ] {
            assert_eq!(is_another(asked, link), another, "{link}");
        }
        assert!(is_another("/api/v1/users?limit=200", "https://a.okta.com/api/v1/users?limit=200&after=x"));
        assert!(is_another("/api/v1/users/00u1/roles", "https://a.okta.com/api/v1/users/00u2/roles"));
    }
}
