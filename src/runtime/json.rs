//! JSON as text: checks that serde_json does not make (depth, unpaired surrogates), positions, and members
//! whose values stay as they were sent.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde_json::value::RawValue;

pub mod fields;
mod node;
mod parts;

pub use node::Node;
pub use parts::{MOST, Unlisted, Unnamed, elements, has_too_many_members, members, named};

/// Maximum nesting depth of arrays and objects, in requests and in responses.
pub const DEPTH: usize = 128;

/// The byte offset at which `json` first exceeds [`DEPTH`]. Brackets inside strings do not count.
pub fn too_deep_at(json: &[u8]) -> Option<usize> {
    let (mut depth, mut at) = (0usize, 0);
    while at < json.len() {
        match json[at] {
            b'"' => at = string_end(json, at),
            b'[' | b'{' => {
                depth += 1;
                if depth > DEPTH {
                    return Some(at);
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    None
}

/// The offset of the quote that ends the string whose first quote is at `start`, or the end of `json`.
fn string_end(json: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(found) = json.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += found;
        if json[at] == b'"' {
            return at;
        }
        at += 2;
    }
    json.len()
}

/// Whether `json` is nested deeper than [`DEPTH`]. Counts brackets first, because few values have that many.
pub fn too_deep(json: &[u8]) -> bool {
    let brackets = memchr::memchr2_iter(b'[', b'{', json).take(DEPTH + 1).count();
    brackets > DEPTH && too_deep_at(json).is_some()
}

/// The byte ranges of the contents of all strings in valid JSON that are values, not keys.
pub fn string_values(json: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let bytes = json.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + memchr::memchr(b'"', bytes.get(at..)?)?;
            let end = string_end(bytes, start);
            at = end + 1;
            let after = bytes[at.min(bytes.len())..].iter().find(|byte| !byte.is_ascii_whitespace());
            if after != Some(&b':') {
                return Some(start + 1..end);
            }
        }
    })
}

/// Whether [`one_line`] would leave a text unchanged; may be `false` for a text that it would not change.
pub fn is_plain(json: &[u8]) -> bool {
    memchr::memchr3_iter(b'\n', b'\r', b'\\', json).all(|at| {
        // The escape of a surrogate starts with `\ud`; whether the pair is complete is checked later.
        json[at] == b'\\' && !matches!(json.get(at + 1..at + 3), Some(b"ud" | b"uD"))
    })
}

/// A value on one line that any JSON reader takes: line breaks between tokens become spaces, and
/// an escaped half of a surrogate pair without the other becomes U+FFFD. It is as long as before.
pub fn one_line(json: &str) -> Cow<'_, str> {
    let bytes = json.as_bytes();
    let code = |at: usize| -> Option<u16> {
        if bytes.get(at..at + 2)? != b"\\u" {
            return None;
        }
        u16::from_str_radix(json.get(at + 2..at + 6)?, 16).ok()
    };
    let mut mended = String::new();
    let (mut copied, mut at) = (0, 0);
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr3(b'\n', b'\r', b'\\', rest)) {
        at += found;
        let (length, instead) = match (bytes[at], code(at)) {
            (b'\n' | b'\r', _) => (1, " "),
            (_, Some(0xd800..=0xdbff)) if matches!(code(at + 6), Some(0xdc00..=0xdfff)) => (12, ""),
            (_, Some(0xd800..=0xdfff)) => (6, "\\ufffd"),
            (_, Some(_)) => (6, ""),
            (_, None) => (2, ""),
        };
        if !instead.is_empty() {
            mended.reserve_exact(if copied == 0 { json.len() } else { 0 });
            mended.push_str(&json[copied..at]);
            mended.push_str(instead);
            copied = at + length;
        }
        at += length;
    }
    match copied {
        0 => Cow::Borrowed(json),
        _ => {
            mended.push_str(&json[copied..]);
            Cow::Owned(mended)
        }
    }
}

/// A position in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
}

impl Position {
    /// The position of byte `offset` in `text`.
    pub fn of(text: &[u8], offset: usize) -> Self {
        let before = &text[..offset.min(text.len())];
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        Position {
            line: memchr::memchr_iter(b'\n', before).count() + 1,
            // UTF-8 continuation bytes are not counted.
            column: before[line_start..].iter().filter(|byte| **byte & 0xc0 != 0x80).count() + 1,
        }
    }

    /// The position where `part`, a slice of `text`, starts.
    pub fn of_part(text: &str, part: &str) -> Self {
        let offset = (part.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
        Position::of(text.as_bytes(), if offset <= text.len() { offset } else { 0 })
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// A value of ours as JSON.
pub fn raw(value: &impl serde::Serialize) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).expect("our own types have string keys and finite numbers")
}

/// The type of a valid JSON value, as a noun for messages.
pub fn kind_of(raw: &str) -> &'static str {
    match raw.trim_start().as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "text",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}

/// Follows a document as it arrives and knows when it is complete.
#[derive(Default)]
pub struct Progress {
    depth: usize,
    in_string: bool,
    escaped: bool,
    started: bool,
    scalar: bool,
    complete: bool,
}

impl Progress {
    /// Processes the next bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if self.in_string {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_string = false,
                    _ => {}
                }
                self.complete = !self.in_string && self.depth == 0;
                continue;
            }
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => {}
                b'"' => {
                    self.started = true;
                    self.in_string = true;
                    self.complete = false;
                }
                b'{' | b'[' => {
                    self.started = true;
                    self.complete = false;
                    self.depth += 1;
                }
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    self.complete = self.depth == 0;
                }
                // A number or literal has no end marker; as a request it is invalid anyway.
                _ => {
                    self.started = true;
                    self.scalar |= self.depth == 0;
                }
            }
        }
    }

    /// Whether the bytes so far are a complete document, or can never become one.
    pub fn is_complete(&self) -> bool {
        self.started && self.depth == 0 && !self.in_string && (self.complete || self.scalar)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_do_not_count_as_depth() {
        assert!(!too_deep(format!("[\"\\\"{}\"]", "[".repeat(500)).as_bytes()));
        assert!(!too_deep(format!("[{}]", "[],".repeat(500)).as_bytes()));
        assert!(too_deep(format!("{}1{}", "[".repeat(129), "]".repeat(129)).as_bytes()));
        assert!(!too_deep(format!("{}1{}", "[".repeat(128), "]".repeat(128)).as_bytes()));
    }

    #[test]
    fn an_element_becomes_one_line_without_lone_surrogates() {
        let line = one_line("{\"a\":\r\n\"\\ud800x\\udc00\\ud83d\\ude00\\\\ud800\"}");
        assert_eq!(line, "{\"a\":  \"\\ufffdx\\ufffd\\ud83d\\ude00\\\\ud800\"}");
        assert!(serde_json::from_str::<serde_json::Value>(&line).is_ok());
    }

    #[test]
    fn positions_count_characters() {
        assert_eq!(Position::of("é\naé!".as_bytes(), 6), Position { line: 2, column: 3 });
    }

    #[test]
    fn progress_sees_the_end_of_a_document() {
        for (json, complete) in [
            ("", false),
            (" {\"a\":\"}\\\"", false),
            (" {\"a\":\"}\\\"\"} ", true),
            ("{}{", false),
            ("12", true),
            ("[1", false),
        ] {
            let mut progress = Progress::default();
            progress.feed(json.as_bytes());
            assert_eq!(progress.is_complete(), complete, "{json}");
        }
    }
}
