//! Takes an answer in: whole, within bounds, and only if it makes sense.

use std::io::Read;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::client::{Okta, Operation};
use super::error::{Cause, Error, Refusal, excerpt};
use super::link;
use crate::json;
use crate::text;
use crate::transport::{self, Headers, Method};

/// The most that is read of an answer, after decompression.
pub(super) const LARGEST: usize = 64 * 1024 * 1024;
/// The most that is read of an error.
const LARGEST_ERROR: usize = 64 * 1024;
/// From this size on a body is large: only one run at a time may hold such.
const LARGE: usize = 1024 * 1024;
/// Room for the beginning of a body; doubled as needed.
const FIRST_READ: usize = 16 * 1024;
/// What a success has to look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// An object with an `id`.
    Object,
    /// Any object, or nothing.
    Nothing,
    /// An array of objects.
    Array,
}

/// A whole answer that makes sense.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: Headers,
    /// JSON, or empty.
    pub body: String,
}

impl Answer {
    /// The body as it stands.
    pub fn raw(&self) -> Box<RawValue> {
        RawValue::from_string(self.body.trim().to_owned()).expect("checked to be JSON")
    }

    /// The room that the body takes, for another answer; none if it is so large that it must not be kept.
    pub fn into_room(self) -> Vec<u8> {
        if self.body.capacity() <= LARGE + 1 { self.body.into_bytes() } else { Vec::new() }
    }

    /// The members of the body that are needed.
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> serde_json::Result<T> {
        serde_json::from_str(&self.body)
    }
}

/// Why a body was not read.
pub(super) enum ReadProblem {
    TooLarge,
    Failure(transport::Failure),
}

impl Okta {
    /// Reads an error; beside it what kept it from being read to its end.
    pub(super) fn refusal(
        &self,
        status: u16,
        headers: &Headers,
        body: Box<dyn Read + Send>,
    ) -> (Refusal, Option<transport::Failure>) {
        let request_id = headers.get("x-okta-request-id").map(|id| self.shown_id(id));
        // What could be read of an error is mostly enough.
        let mut text = Vec::new();
        let read = body.take(LARGEST_ERROR as u64).read_to_end(&mut text);
        let refusal = Refusal::read(status, request_id, &text, &self.shared.redactor);
        let cut = read.err().map(transport::Failure::of_body);
        (refusal, cut)
    }

    pub(super) fn shown_id(&self, id: &str) -> String {
        text::clean(&self.shared.redactor.text(id), 64)
    }

    /// Reads a body within bounds and within the deadline, into `room` if that is large enough.
    pub(super) fn read(
        &self,
        mut body: Box<dyn Read + Send>,
        expected: usize,
        room: Vec<u8>,
    ) -> Result<Vec<u8>, ReadProblem> {
        let mut read = room;
        let least = expected.clamp(FIRST_READ, LARGE) + 1;
        if read.capacity() < least {
            read = vec![0; least];
        } else if read.len() < least {
            read.resize(least, 0);
        }
        let mut filled = 0;
        loop {
            if filled > LARGEST {
                return Err(ReadProblem::TooLarge);
            }
            if filled == read.len() {
                if (LARGE..2 * LARGE).contains(&filled) {
                    self.run.wait_for_turn();
                }
                read.resize(2 * filled, 0);
            }
            match body.read(&mut read[filled..]) {
                Ok(0) => {
                    read.truncate(filled);
                    return Ok(read);
                }
                Ok(count) => filled += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(ReadProblem::Failure(transport::Failure::of_body(error))),
            }
        }
    }

    /// A success is one only if it looks like one.
    pub(super) fn check(
        &self,
        operation: &Operation,
        status: u16,
        headers: Headers,
        body: Vec<u8>,
    ) -> Result<Answer, Cause> {
        let nonsense = |problem: &str, body: &[u8]| {
            self.lost(operation);
            Cause::Nonsense {
                status,
                problem: problem.to_owned(),
                excerpt: excerpt(body, &self.shared.redactor),
                request_id: headers.get("x-okta-request-id").map(|id| self.shown_id(id)),
            }
        };
        let start = if body.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let text = match String::from_utf8(body) {
            Ok(text) if start == 0 => text,
            Ok(text) => text[start..].to_owned(),
            Err(error) => return Err(nonsense("is not UTF-8", error.as_bytes())),
        };
        let is_html = headers.get("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
        let trimmed = text.trim();
        let problem = match operation.expect {
            _ if !matches!(status, 200 | 201 | 203 | 204) => Some("has a status that Okta does not use here"),
            Expect::Array if !trimmed.starts_with('[') => Some("is no list"),
            // The elements are checked when they are taken apart.
            Expect::Array => None,
            Expect::Nothing if trimmed.is_empty() && !is_html => None,
            _ if trimmed.is_empty() => Some("is empty"),
            _ if !trimmed.starts_with('{') => Some("is no object"),
            _ if json::too_deep(trimmed.as_bytes()) => Some("is nested too deeply"),
            expect => match json::members(trimmed) {
                Err(_) => Some("is no valid JSON"),
                Ok(members) => {
                    let has = |name: &str| members.iter().any(|(key, _)| key == name);
                    match expect {
                        _ if has("errorCode") => Some("says that it failed"),
                        Expect::Object
                            if !members
                                .iter()
                                .any(|(key, raw)| key == "id" && raw.get().len() > 2 && raw.get().starts_with('"')) =>
                        {
                            Some("is no object of Okta's: it has no id")
                        }
                        _ => None,
                    }
                }
            },
        };
        if let Some(problem) = problem {
            return Err(nonsense(problem, text.as_bytes()));
        }
        if operation.method != Method::Get {
            self.run.effects.made();
        }
        if let Some(own) = link::targets(headers.all("link"), "self").first() {
            self.shared.base.learn(&operation.url, own);
        }
        Ok(Answer { status, headers, body: text })
    }

    /// An answer to a read that makes no sense, found when it was taken apart.
    pub fn nonsense(&self, answer: &Answer, subject: &str, problem: &str) -> Error {
        Error {
            subject: subject.to_owned(),
            cause: Cause::Nonsense {
                status: answer.status,
                problem: problem.to_owned(),
                excerpt: excerpt(answer.body.as_bytes(), &self.shared.redactor),
                request_id: answer.headers.get("x-okta-request-id").map(|id| self.shown_id(id)),
            },
        }
    }
}
