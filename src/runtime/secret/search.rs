//! Looks for needles: quickly through large JSON that mostly holds none, and exactly through what
//! may hold one. The work grows with the text alone, whatever is in it.

use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::{Span, packed};
use memchr::{memchr3_iter, memmem};
use zeroize::Zeroizing;

use super::needles::{self, Needle};
use super::steps;
use super::units::{Decoded, LONGEST_UNIT, Reading};

/// A text is decoded in pieces of this size where it is only asked whether it holds a secret.
const PIECE: usize = 64 * 1024;

/// A text as it is, or as a reading of it.
#[derive(Clone, Copy)]
pub(super) enum Stream<'s> {
    Plain(&'s [u8]),
    Decoded(&'s Decoded),
}

impl Stream<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Stream::Plain(bytes) => bytes,
            Stream::Decoded(decoded) => &decoded.bytes,
        }
    }

    /// Where in the text these bytes stand.
    fn place(&self, range: Range<usize>) -> (usize, usize) {
        match self {
            Stream::Plain(_) => (range.start, range.end),
            Stream::Decoded(decoded) => decoded.place(range.start, range.end),
        }
    }
}

/// Needles, and what makes them quick to find.
#[derive(Default)]
pub(super) struct Needles {
    list: Vec<Needle>,
    search: OnceLock<Search>,
}

struct Search {
    /// Finds the decisive part of any needle; `None` on machines without the instructions, and
    /// beyond the number of needles that it takes.
    all: Option<packed::Searcher>,
    /// Bytes with which a needle begins.
    first: [bool; 256],
    /// The longest decisive part.
    reach: usize,
}

impl Needles {
    fn add(&mut self, more: Vec<Needle>) {
        self.search.take();
        for needle in more {
            if !self.list.contains(&needle) {
                self.list.push(needle);
            }
        }
    }

    fn search(&self) -> &Search {
        self.search.get_or_init(|| {
            let mut first = [false; 256];
            self.list.iter().for_each(|needle| first[usize::from(needle.text[0])] = true);
            Search {
                all: packed::Searcher::new(self.list.iter().map(Needle::decisive)),
                first,
                reach: self.list.iter().map(|needle| needle.least).max().unwrap_or(0),
            }
        })
    }

    /// Where a needle's decisive part next stands, from `from` on.
    fn next(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let search = self.search();
        let found = match &search.all {
            Some(all) => all.find_in(bytes, Span::from(from..bytes.len())).map(|found| found.start()),
            None => (from..bytes.len()).find(|at| {
                search.first[usize::from(bytes[*at])]
                    && self.list.iter().any(|needle| bytes[*at..].starts_with(needle.decisive()))
            }),
        };
        steps::add((found.unwrap_or(bytes.len()) - from) as u64 + 1);
        found
    }

    /// The end of the match at `at` that goes furthest, and whether it is base64.
    fn match_at(&self, stream: Stream<'_>, at: usize) -> Option<(usize, bool)> {
        let text = &stream.bytes()[at..];
        self.list
            .iter()
            .filter(|needle| {
                steps::add(1);
                text.starts_with(needle.decisive()) && {
                    let (start, end) = stream.place(at..at + needle.least);
                    end - start >= needle.span
                }
            })
            .map(|needle| {
                let agreeing = text.iter().zip(needle.text.iter()).take_while(|(left, right)| left == right).count();
                steps::add(agreeing as u64);
                (at + agreeing, needle.whole_run)
            })
            .max()
    }

    /// Adds the places of all matches that `counts` says yes to, in their order.
    fn matches(
        &self,
        stream: Stream<'_>,
        counts: &mut dyn FnMut((usize, usize)) -> bool,
        spans: &mut Vec<(usize, usize)>,
    ) {
        if self.list.is_empty() {
            return;
        }
        let bytes = stream.bytes();
        let (mut at, mut floor) = (0, 0);
        while let Some(found) = self.next(bytes, at) {
            at = found + 1;
            let Some((mut end, whole_run)) = self.match_at(stream, found) else { continue };
            if !counts(stream.place(found..end)) {
                continue;
            }
            let mut start = found;
            if whole_run {
                while start > floor && is_base64(bytes[start - 1]) {
                    start -= 1;
                }
                while end < bytes.len() && is_base64(bytes[end]) {
                    end += 1;
                }
                steps::add((end - start) as u64);
            }
            spans.push(stream.place(start..end));
            (at, floor) = (end, end);
        }
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=')
}

/// The secrets that are known.
#[derive(Default)]
pub(super) struct Secrets {
    known: Vec<Zeroizing<String>>,
    long: Needles,
    /// Of less than eight characters.
    short: Needles,
}

impl Clone for Secrets {
    fn clone(&self) -> Self {
        let without_search = |needles: &Needles| Needles { list: needles.list.clone(), search: OnceLock::new() };
        Secrets { known: self.known.clone(), long: without_search(&self.long), short: without_search(&self.short) }
    }
}

impl Secrets {
    pub(super) fn add(&mut self, secret: &str) {
        if secret.is_empty() || self.holds(secret) {
            return;
        }
        self.known.push(Zeroizing::new(secret.to_owned()));
        match needles::prefix(secret) {
            Some(prefix) => self.long.add(needles::of_long(secret, prefix)),
            None => self.short.add(needles::of_short(secret)),
        }
    }

    /// Whether this very secret is known.
    pub(super) fn holds(&self, secret: &str) -> bool {
        self.known.iter().any(|known| known.as_str() == secret)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Quick and never wrong in one direction: `false` means that [`Secrets::in_json`] finds
    /// nothing in any string of the JSON.
    pub(super) fn may_hold(&self, raw: &[u8]) -> bool {
        if self.is_empty() {
            return false;
        }
        let quoted = |needle: &Needle| {
            memmem::find_iter(raw, needle.text.as_slice()).any(|at| {
                let end = at + needle.text.len();
                at.checked_sub(1).and_then(|before| raw.get(before)) == Some(&b'"') && raw.get(end) == Some(&b'"')
            })
        };
        !self.long.list.is_empty() && self.long.next(raw, 0).is_some()
            || self.short.list.iter().any(quoted)
            || self.may_hold_encoded(raw)
    }

    /// Looks only near the characters with which an encoded unit starts: a match with such a unit
    /// holds nothing but plain bytes, shorter than what has to agree, before its first.
    fn may_hold_encoded(&self, raw: &[u8]) -> bool {
        let mut starts = memchr3_iter(b'%', b'\\', b'&', raw);
        let Some(mut first) = starts.next() else { return false };
        // A short secret is a whole string: it ends with the quote.
        let reach = self.long.search().reach.max(self.short.search().reach) + 1;
        // So much may all units of a decisive part take.
        let overlap = reach * LONGEST_UNIT;
        let mut decoded = Decoded::default();
        loop {
            let mut last = first;
            let mut next = None;
            for start in starts.by_ref() {
                if start > last + LONGEST_UNIT + 2 * reach {
                    next = Some(start);
                    break;
                }
                last = start;
            }
            let end = raw.len().min(last + LONGEST_UNIT + reach);
            let mut from = first.saturating_sub(reach);
            loop {
                let piece = &raw[from..end.min(from + PIECE + overlap)];
                if self.piece_may_hold(piece, &mut decoded) {
                    return true;
                }
                if from + piece.len() == end {
                    break;
                }
                from += PIECE;
            }
            match next {
                Some(start) => first = start,
                None => return false,
            }
        }
    }

    fn piece_may_hold(&self, piece: &[u8], decoded: &mut Decoded) -> bool {
        Reading::of(piece).any(|reading| {
            decoded.read(piece, reading);
            let bytes = &decoded.bytes;
            !self.long.list.is_empty() && self.long.next(bytes, 0).is_some()
                || self.short.list.iter().any(|needle| memmem::find(bytes, &needle.text).is_some())
        })
    }

    /// Places of secrets in the content of a JSON string; `counts` says where a match may be.
    pub(super) fn in_json(
        &self,
        stream: Stream<'_>,
        counts: &mut dyn FnMut((usize, usize)) -> bool,
        spans: &mut Vec<(usize, usize)>,
    ) {
        let bytes = stream.bytes();
        if let Some(needle) = self.short.list.iter().find(|needle| needle.text.as_slice() == bytes) {
            let (start, end) = stream.place(0..bytes.len());
            if end - start >= needle.span {
                spans.push((start, end));
            }
        }
        self.long.matches(stream, counts, spans);
    }

    /// Places of secrets in plain text.
    pub(super) fn in_text(&self, stream: Stream<'_>, text: &[u8], spans: &mut Vec<(usize, usize)>) {
        self.long.matches(stream, &mut |_| true, spans);
        // A short secret: of four characters and more anywhere, below that as a word.
        let is_word = |at: Option<&u8>| at.is_some_and(|c| c.is_ascii_alphanumeric() || *c >= 0x80);
        let counts = &mut |(start, end): (usize, usize)| {
            let alone = !is_word(start.checked_sub(1).and_then(|at| text.get(at))) && !is_word(text.get(end));
            alone || end - start >= 4
        };
        self.short.matches(stream, counts, spans);
    }

    /// Whether a text that is too large to be decoded holds a short secret.
    pub(super) fn in_large_text(&self, text: &[u8]) -> bool {
        self.short.list.iter().any(|needle| memmem::find(text, &needle.text).is_some())
    }

    /// The secrets as they were given.
    pub(super) fn known(&self) -> impl Iterator<Item = &str> {
        self.known.iter().map(|known| known.as_str())
    }

    #[cfg(test)]
    pub(super) fn needles(&self) -> usize {
        self.long.list.len() + self.short.list.len()
    }
}
