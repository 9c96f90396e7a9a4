//! Paths below the base: put together from parts that cannot break out.

use std::fmt::Write;

/// One segment of a path: an id or a login, encoded so that it stays one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment(String);

impl Segment {
    /// Encodes a value.
    ///
    /// # Errors
    /// For an empty value, `.` and `..`, which would address something else.
    pub fn new(value: &str) -> Result<Segment, BadSegment> {
        match value {
            "" | "." | ".." => Err(BadSegment { value: value.to_owned() }),
            value => Ok(Segment(encoded(value, b"-._~@"))),
        }
    }
}

/// A value that cannot be part of a path.
#[derive(Debug)]
pub struct BadSegment {
    /// The value.
    pub value: String,
}

fn encoded(value: &str, plain: &[u8]) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            text.push(byte as char);
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// Path and query below the base, put together from parts that cannot break out.
#[derive(Clone, Debug)]
pub struct Path(pub(super) String);

impl Path {
    /// A path of fixed words below `/api/v1`.
    pub fn new(words: &'static str) -> Path {
        Path(format!("/api/v1/{words}"))
    }

    /// With one more segment.
    pub fn segment(mut self, segment: &Segment) -> Path {
        self.0.push('/');
        self.0.push_str(&segment.0);
        self
    }

    /// With more fixed words.
    pub fn then(mut self, words: &'static str) -> Path {
        self.0.push('/');
        self.0.push_str(words);
        self
    }

    /// With one more query parameter.
    pub fn query(mut self, name: &'static str, value: &str) -> Path {
        self.0.push(if self.0.contains('?') { '&' } else { '?' });
        self.0.push_str(name);
        self.0.push('=');
        self.0.push_str(&encoded(value, b"-._~"));
        self
    }

    /// With one more query parameter, if there is a value.
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
