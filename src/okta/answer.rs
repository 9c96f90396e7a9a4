//! Reads a response completely, within bounds, and checks that it is what the operation expects.

use std::io::Read;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::runtime::json;
use crate::runtime::run::Run;
use crate::runtime::transport::{self, Headers};

/// Maximum size of a response body in bytes, after decompression.
pub(super) const LARGEST: usize = 64 * 1024 * 1024;
/// Bodies above this size in bytes are large: only one run at a time may hold one.
const LARGE: usize = 1024 * 1024;
/// Initial buffer size for a body in bytes; doubled as needed.
const FIRST_READ: usize = 16 * 1024;

/// What the body of a successful response must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// An object with an `id`.
    Object,
    /// Any object, or an empty body.
    Nothing,
    /// An array of objects.
    Array,
}

/// A complete successful response that was checked.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Response headers.
    pub headers: Headers,
    /// JSON, or empty.
    pub body: String,
}

impl Answer {
    /// The body as JSON, byte for byte apart from surrounding white space.
    pub fn raw(&self) -> Box<RawValue> {
        RawValue::from_string(self.body.trim().to_owned()).expect("checked to be JSON")
    }

    /// The body's buffer, to be reused for another response; empty if it is too large to keep.
    pub fn into_room(self) -> Vec<u8> {
        if self.body.capacity() <= LARGE + 1 { self.body.into_bytes() } else { Vec::new() }
    }

    /// Deserializes the fields of the body that `T` needs.
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> serde_json::Result<T> {
        serde_json::from_str(&self.body)
    }
}

/// Why a body was not read.
pub(super) enum ReadProblem {
    TooLarge,
    Broken(transport::Error),
}

/// Reads a body into `room`, which grows as needed, up to [`LARGEST`].
pub(super) fn read(
    mut body: Box<dyn Read + Send>,
    headers: &Headers,
    room: Vec<u8>,
    run: &Run,
) -> Result<Vec<u8>, ReadProblem> {
    let expected = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or_default();
    let mut read = room;
    let least = FIRST_READ.max(expected).min(LARGE) + 1;
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
                run.wait_for_turn();
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
            Err(error) => return Err(ReadProblem::Broken(transport::Error::of_body(error))),
        }
    }
}

/// A response that is not what the operation expects.
pub(super) struct Unexpected {
    /// What is wrong, to follow "the body".
    pub problem: &'static str,
    pub headers: Headers,
    pub body: Vec<u8>,
}

/// Accepts a response as a success only if it looks like one.
pub(super) fn check(expect: Expect, status: u16, headers: Headers, body: Vec<u8>) -> Result<Answer, Unexpected> {
    let body = match String::from_utf8(body) {
        Ok(text) => match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        },
        Err(error) => return Err(Unexpected { problem: "is not UTF-8", headers, body: error.into_bytes() }),
    };
    match problem(expect, status, &headers, body.trim()) {
        Some(problem) => Err(Unexpected { problem, headers, body: body.into_bytes() }),
        None => Ok(Answer { status, headers, body }),
    }
}

/// Why a response is not the expected success; `None` if it is.
fn problem(expect: Expect, status: u16, headers: &Headers, body: &str) -> Option<&'static str> {
    let is_html = headers.get("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
    match expect {
        _ if !matches!(status, 200 | 201 | 203 | 204) => return Some("came with an unexpected status code"),
        // The elements are checked when the list is split into items.
        Expect::Array => return (!body.starts_with('[')).then_some("is not a list"),
        Expect::Nothing if body.is_empty() && !is_html => return None,
        _ if body.is_empty() => return Some("is empty"),
        _ if !body.starts_with('{') => return Some("is not an object"),
        _ if json::too_deep(body.as_bytes()) => return Some("is nested too deeply"),
        _ => {}
    }
    let Ok(members) = json::members(body) else { return Some("is not valid JSON") };
    if members.iter().any(|(key, _)| key == "errorCode") {
        return Some("reports an error");
    }
    let is_id = |raw: &RawValue| raw.get().len() > 2 && raw.get().starts_with('"');
    if expect == Expect::Object && !members.iter().any(|(key, raw)| key == "id" && is_id(raw)) {
        return Some("is not an Okta object: it has no id");
    }
    None
}
