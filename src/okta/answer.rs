//! Takes an answer in: whole, within bounds, and only if it makes sense.

use std::io::Read;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::runtime::json;
use crate::runtime::memory;
use crate::runtime::run::Run;
use crate::runtime::transport::{self, Headers};

/// The most that is read of an answer, after decompression.
pub(super) const LARGEST: usize = 32 * 1024 * 1024;
/// From this size on a body is large: only one run at a time may hold such.
const LARGE: usize = 1024 * 1024;
/// Room for the beginning of a body; doubled as needed.
const FIRST_READ: usize = 16 * 1024;

/// The problem of an answer that does not fit into memory.
pub(super) const NO_ROOM: &str = "is too large for the memory there is";

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
    NoRoom,
    Broken(transport::Error),
}

/// Reads a body within bounds and within the deadline, into `room` if that is large enough.
pub(super) fn read(
    mut body: Box<dyn Read + Send>,
    headers: &Headers,
    room: Vec<u8>,
    run: &Run,
) -> Result<Vec<u8>, ReadProblem> {
    let expected = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or_default();
    let mut read = room;
    let least = FIRST_READ.max(expected).min(LARGE) + 1;
    memory::grow(&mut read, least).map_err(|_| ReadProblem::NoRoom)?;
    let mut filled = 0;
    loop {
        if filled > LARGEST {
            return Err(ReadProblem::TooLarge);
        }
        if filled == read.len() {
            if (LARGE..2 * LARGE).contains(&filled) {
                run.wait_for_turn();
            }
            // One byte more than may come tells what is too large.
            memory::grow(&mut read, (2 * filled).min(LARGEST + 1)).map_err(|_| ReadProblem::NoRoom)?;
        }
        match body.read(&mut read[filled..]) {
            Ok(0) => {
                read.truncate(filled);
                return Ok(read);
            }
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(ReadProblem::Broken(transport::Error::of_body(error))),
        }
    }
}

/// An answer that is not what was expected.
pub(super) struct Unexpected {
    /// What is wrong, as the end of a sentence about the body.
    pub problem: &'static str,
    pub headers: Headers,
    pub body: Vec<u8>,
}

/// Takes an answer for a success only if it looks like one.
pub(super) fn check(expect: Expect, status: u16, headers: Headers, body: Vec<u8>) -> Result<Answer, Unexpected> {
    let body = match String::from_utf8(body) {
        Ok(mut text) => {
            if text.starts_with('\u{feff}') {
                drop(text.drain(..'\u{feff}'.len_utf8()));
            }
            text
        }
        Err(error) => return Err(Unexpected { problem: "is not UTF-8", headers, body: error.into_bytes() }),
    };
    match problem(expect, status, &headers, body.trim()) {
        Some(problem) => Err(Unexpected { problem, headers, body: body.into_bytes() }),
        None => Ok(Answer { status, headers, body }),
    }
}

/// What keeps an answer from being the success that was expected.
fn problem(expect: Expect, status: u16, headers: &Headers, body: &str) -> Option<&'static str> {
    let is_html = headers.get("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
    match expect {
        _ if !matches!(status, 200 | 201 | 203 | 204) => return Some("has a status that Okta does not use here"),
        // The elements are checked when they are taken apart.
        Expect::Array => return (!body.starts_with('[')).then_some("is no list"),
        Expect::Nothing if body.is_empty() && !is_html => return None,
        _ if body.is_empty() => return Some("is empty"),
        _ if !body.starts_with('{') => return Some("is no object"),
        _ if json::too_deep(body.as_bytes()) => return Some("is nested too deeply"),
        _ => {}
    }
    let is_id = |raw: &RawValue| raw.get().len() > 2 && raw.get().starts_with('"');
    let found = json::has(body, ["errorCode", "id"], |which, raw| which == 0 || is_id(raw));
    let Ok([failed, has_id]) = found else { return Some("is no valid JSON") };
    if failed {
        return Some("says that it failed");
    }
    if expect == Expect::Object && !has_id {
        return Some("is no object of Okta's: it has no id");
    }
    // It is passed on as a copy.
    if memory::room_for(body.len()).is_err() {
        return Some(NO_ROOM);
    }
    None
}
