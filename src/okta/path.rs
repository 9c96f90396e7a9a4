//! Paths below the base URL, built from fixed words and encoded segments that cannot change the path.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// One segment of a path: an id or a login, percent-encoded so that it stays a single segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment(String);

impl Segment {
    /// Percent-encodes a value.
    ///
    /// # Errors
    /// For an empty value, `.` and `..`, which would name another resource.
    pub fn new(value: &str) -> Result<Segment, BadSegment> {
        match value {
            "" | "." | ".." => Err(BadSegment { value: value.to_owned() }),
            value => Ok(Segment(utf8_percent_encode(value, SEGMENT).to_string())),
        }
    }
}

/// A value that cannot be a segment of a path.
#[derive(Debug)]
pub struct BadSegment {
    /// The value.
    pub value: String,
}

/// Characters that are not encoded in a query: the unreserved ones (RFC 3986, 2.3).
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// In a segment `@` is not encoded either, so that a login stays readable.
const SEGMENT: &AsciiSet = &QUERY.remove(b'@');

/// A path and query below the base URL.
#[derive(Clone, Debug)]
pub struct Path(pub(super) String);

impl Path {
    /// Starts a path below `/api/v1` with fixed words.
    pub fn new(words: &'static str) -> Path {
        Path(format!("/api/v1/{words}"))
    }

    /// Appends a segment.
    pub fn segment(mut self, segment: &Segment) -> Path {
        self.0.push('/');
        self.0.push_str(&segment.0);
        self
    }

    /// Appends fixed words.
    pub fn then(mut self, words: &'static str) -> Path {
        self.0.push('/');
        self.0.push_str(words);
        self
    }

    /// Adds a query parameter.
    pub fn query(mut self, name: &'static str, value: &str) -> Path {
        self.0.push(if self.0.contains('?') { '&' } else { '?' });
        self.0.push_str(name);
        self.0.push('=');
        self.0.extend(utf8_percent_encode(value, QUERY));
        self
    }

    /// Adds a query parameter if there is a value.
    pub fn maybe(self, name: &'static str, value: Option<&str>) -> Path {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_stays_one() {
        for (value, text) in [
            ("a+b@x", "a%2Bb@x"),
            ("o'neil@x", "o%27neil@x"),
            ("100%@x", "100%25@x"),
            ("a/b@x", "a%2Fb@x"),
            ("é@x", "%C3%A9@x"),
            ("a b#c?d;e", "a%20b%23c%3Fd%3Be"),
            ("...", "..."),
        ] {
            assert_eq!(Segment::new(value).unwrap().0, text);
        }
        for value in ["", ".", ".."] {
            assert!(Segment::new(value).is_err());
        }
    }
}
