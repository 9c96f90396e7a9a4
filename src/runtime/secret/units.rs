//! Removes encodings: turns a text into a stream of decoded bytes, each with its position in the text.
//!
//! Every byte is appended to the stream once. If the end of the stream forms an encoded unit (`%41`, `\u0041`,
//! `&#65;`), the unit is replaced by what it stands for, which may complete another unit. Each replacement shortens
//! the stream, so the work grows with the size of the text, not with the number of ways to nest encodings.

use super::{entities, steps};

/// Maximum length in bytes of an encoded unit that is certain to be found, such as `%252525…41`.
pub(super) const LONGEST_UNIT: usize = 64;

/// Which encodings are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// All of them, however deeply nested.
    Nested,
    /// JSON escapes, once.
    Escapes,
    /// Percent-encoding, once.
    Percent,
    /// HTML entities, once.
    Entities,
}

impl Reading {
    /// The readings that can differ from the text itself.
    pub(super) fn of(text: &[u8]) -> impl Iterator<Item = Reading> {
        let has = |byte| memchr::memchr(byte, text).is_some();
        let (escapes, percent, entities) = (has(b'\\'), has(b'%'), has(b'&'));
        [
            (escapes || percent || entities, Reading::Nested),
            (escapes, Reading::Escapes),
            (percent, Reading::Percent),
            (entities, Reading::Entities),
        ]
        .into_iter()
        .filter_map(|(differs, reading)| differs.then_some(reading))
    }
}

/// A text without its encodings.
#[derive(Default)]
pub(super) struct Decoded {
    pub(super) bytes: Vec<u8>,
    /// Start of each byte's unit in the text.
    starts: Vec<u32>,
    /// The backslashes before each byte. They are not bytes of the stream, since each round of escaping doubles
    /// them.
    slashes: Vec<Slashes>,
    /// Backslashes whose next byte has not been read yet.
    pending: Slashes,
    pending_start: u32,
    /// If encodings are removed only once: bytes before this position are not decoded again.
    barrier: usize,
    /// End of the last unit.
    end: usize,
}

/// The backslashes before a byte, by depth: one that is spelled `\u005c` is one level deeper than a literal one, and
/// belongs to another escape.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Slashes {
    /// One bit for each depth that occurs.
    depths: u8,
    /// Whether there are several.
    several: bool,
    /// Depth of the byte itself.
    own: u8,
}

impl Slashes {
    const DEEPEST: u8 = 7;

    fn any(self) -> bool {
        self.depths != 0
    }

    fn and_one(self, depth: u8) -> Slashes {
        Slashes { depths: self.depths | 1 << depth, several: self.any(), own: depth }
    }

    /// The backslashes that remain after an escape was decoded: those of its own depth belong to it.
    fn behind_escape(self) -> Slashes {
        Slashes { depths: self.depths & !(1 << self.own), several: true, own: (self.own + 1).min(Slashes::DEEPEST) }
    }
}

/// What a unit at the end of the stream stands for.
enum Unit {
    Byte(u8),
    Code(u32),
    /// The same, after a backslash that belongs to it.
    Escape(u32),
}

impl Decoded {
    /// Decodes `text`, replacing what was decoded before.
    pub(super) fn read(&mut self, text: &[u8], reading: Reading) {
        self.bytes.clear();
        self.starts.clear();
        self.slashes.clear();
        (self.pending, self.barrier) = (Slashes::default(), 0);
        match reading {
            Reading::Escapes => self.read_escapes(text),
            _ => text.iter().enumerate().for_each(|(at, byte)| self.take(*byte, at as u32, reading)),
        }
        self.end = if self.pending.any() { self.pending_start as usize } else { text.len() };
    }

    /// Position in the text of the bytes `from..to` of the stream.
    pub(super) fn place(&self, from: usize, to: usize) -> (usize, usize) {
        let end = self.starts.get(to).map_or(self.end, |start| *start as usize);
        (self.starts[from] as usize, end)
    }

    fn take(&mut self, byte: u8, start: u32, reading: Reading) {
        self.put(byte, start, 0, reading);
        while let Some((unit, length)) = self.unit(reading) {
            self.replace(unit, length, reading);
            if reading != Reading::Nested {
                self.barrier = self.bytes.len();
            }
        }
    }

    fn put(&mut self, byte: u8, start: u32, depth: u8, reading: Reading) {
        steps::add(1);
        if reading != Reading::Nested {
            return self.push(byte, start, Slashes::default());
        }
        if byte == b'\\' {
            if !self.pending.any() {
                self.pending_start = start;
            }
            self.pending = self.pending.and_one(depth);
            return;
        }
        let slashes = Slashes { own: depth, ..std::mem::take(&mut self.pending) };
        let start = if slashes.any() { self.pending_start } else { start };
        // After several backslashes, a letter may also be literal, after an escaped backslash: needles are
        // searched for in both spellings.
        let byte = if slashes.any() && !slashes.several { control(byte).unwrap_or(byte) } else { byte };
        self.push(byte, start, slashes);
    }

    fn push(&mut self, byte: u8, start: u32, slashes: Slashes) {
        self.bytes.push(byte);
        self.starts.push(start);
        self.slashes.push(slashes);
    }

    /// The unit at the end of the stream, with its length in the stream.
    fn unit(&self, reading: Reading) -> Option<(Unit, usize)> {
        let tail = &self.bytes[self.barrier..];
        match *tail.last()? {
            b';' if matches!(reading, Reading::Nested | Reading::Entities) => {
                entities::at_end(tail, LONGEST_UNIT).map(|(code, length)| (Unit::Code(code), length))
            }
            last if last.is_ascii_hexdigit() && reading != Reading::Entities => {
                if let [.., b'%', high, low] = tail
                    && let Some(value) = hex(&[*high, *low])
                {
                    return Some((Unit::Byte(value as u8), 3));
                }
                let start = self.bytes.len().checked_sub(5)?;
                let escaped = reading == Reading::Nested && self.bytes[start] == b'u' && self.slashes[start].any();
                let code = if escaped { hex(&self.bytes[start + 1..])? } else { return None };
                Some((Unit::Escape(code), 5))
            }
            _ => None,
        }
    }

    fn replace(&mut self, unit: Unit, length: usize, reading: Reading) {
        let first = self.bytes.len() - length;
        let (start, slashes) = (self.starts[first], self.slashes[first]);
        self.truncate(first);
        (self.pending, self.pending_start) = (slashes, start);
        match unit {
            Unit::Byte(byte) => self.put(byte, start, slashes.own, reading),
            Unit::Code(code) => self.put_code(code, start, slashes.own, reading),
            Unit::Escape(code) => {
                self.pending = slashes.behind_escape();
                self.put_code(code, start, self.pending.own, reading);
            }
        }
    }

    fn truncate(&mut self, length: usize) {
        self.bytes.truncate(length);
        self.starts.truncate(length);
        self.slashes.truncate(length);
    }

    /// Appends a character; the two halves of a surrogate pair become one.
    fn put_code(&mut self, code: u32, start: u32, depth: u8, reading: Reading) {
        if (0xdc00..0xe000).contains(&code)
            && let [.., 0xed, second @ 0xa0..=0xaf, third] = self.bytes[..]
        {
            let high = (u32::from(second) & 0x0f) << 6 | u32::from(third) & 0x3f;
            let first = self.bytes.len() - 3;
            let (start, slashes) = (self.starts[first], self.slashes[first]);
            self.truncate(first);
            (self.pending, self.pending_start) = (slashes, start);
            return self.put_code(0x10000 + (high << 10) + (code - 0xdc00), start, depth, reading);
        }
        let mut buffer = [0; 4];
        let bytes = match char::from_u32(code) {
            Some(character) => character.encode_utf8(&mut buffer).as_bytes(),
            // Half of a pair, encoded as UTF-8 would, until the other half arrives.
            None => &[0xed, 0x80 | (code >> 6) as u8 & 0x3f, 0x80 | code as u8 & 0x3f],
        };
        for byte in bytes {
            self.put(*byte, start, depth, reading);
        }
    }

    /// Decodes as JSON does: each backslash belongs to what follows it.
    fn read_escapes(&mut self, text: &[u8]) {
        let mut at = 0;
        while at < text.len() {
            let start = at as u32;
            let (code, length) = match text[at..] {
                [b'\\', b'u', ..] if text.len() >= at + 6 => match hex(&text[at + 2..at + 6]) {
                    Some(code) => (Some(code), 6),
                    None => (None, 1),
                },
                [b'\\', escaped, ..] => {
                    self.put(control(escaped).unwrap_or(escaped), start, 0, Reading::Escapes);
                    at += 2;
                    continue;
                }
                _ => (None, 1),
            };
            match code {
                Some(code) => self.put_code(code, start, 0, Reading::Escapes),
                None => self.put(text[at], start, 0, Reading::Escapes),
            }
            at += length;
        }
    }
}

/// The control character that a letter stands for after a backslash.
fn control(letter: u8) -> Option<u8> {
    Some(match letter {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 8,
        b'f' => 12,
        _ => return None,
    })
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, digit| Some(value * 16 + (*digit as char).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, reading: Reading) -> String {
        let mut decoded = Decoded::default();
        decoded.read(text.as_bytes(), reading);
        String::from_utf8_lossy(&decoded.bytes).into_owned()
    }

    #[test]
    fn encodings_are_taken_off_as_often_as_they_were_put_on() {
        for (text, plain) in [
            ("a%2525252541b", "aAb"),
            (r#"a\\\\\"b"#, "a\"b"),
            (r"\u005cu0041", "A"),
            (r"\u005c\u0075\u0030\u0030\u0034\u0031", "A"),
            (r"\ud83d\ude00", "\u{1f600}"),
            (r"\\ud83d\\ude00", "\u{1f600}"),
            (r"\\u0066\\u005c\\u006e", "fn"),
            (r"\\u0026#117;\\u0065eE5", "ueeE5"),
            ("&amp;amp;#x0002F;", "/"),
            ("&#034;&#39;&#X2f;&QUOT;&sol;", "\"'/\"/"),
            ("%26%2334%3B", "\""),
            ("%4%31", "A"),
            ("&;&#;&#x;&nope;&#x110000;%4", "&;&#;&#x;&nope;&#x110000;%4"),
        ] {
            assert_eq!(read(text, Reading::Nested), plain, "{text}");
        }
    }

    #[test]
    fn one_encoding_is_taken_off_once() {
        assert_eq!(read("%2541%41", Reading::Percent), "%41A");
        assert_eq!(read("&amp;lt;&lt;", Reading::Entities), "&lt;<");
        assert_eq!(read(r#"\\n\"\u0041\u00"#, Reading::Escapes), "\\n\"Au00");
    }

    #[test]
    fn every_byte_knows_its_place() {
        let mut decoded = Decoded::default();
        decoded.read(br"x%2541\\u0042&lt;y\\", Reading::Nested);
        assert_eq!(decoded.bytes, b"xAB<y");
        let places: Vec<_> = (0..5).map(|at| decoded.place(at, at + 1)).collect();
        assert_eq!(places, [(0, 1), (1, 6), (6, 13), (13, 17), (17, 18)]);
    }
}
