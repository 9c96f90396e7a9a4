//! Searches for needles: a fast check of large JSON, which mostly contains none, and an exact search of what may
//! contain one. The work grows with the size of the text only, whatever it contains.

use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::{Span, packed};
use memchr::{memchr3_iter, memmem};
use zeroize::Zeroizing;

use super::needles::{self, Needle};
use super::steps;
use super::units::{Decoded, LONGEST_UNIT, Reading};

/// Size in bytes of the pieces in which a text is decoded to check whether it may hold a secret.
const PIECE: usize = 64 * 1024;

/// A text, plain or decoded.
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

    /// Position of these bytes in the text.
    fn place(&self, range: Range<usize>) -> (usize, usize) {
        match self {
            Stream::Plain(_) => (range.start, range.end),
            Stream::Decoded(decoded) => decoded.place(range.start, range.end),
        }
    }
}

/// Needles, with an index that makes them fast to find.
#[derive(Default)]
pub(super) struct Needles {
    list: Vec<Needle>,
    search: OnceLock<Search>,
}

struct Search {
    /// Finds the decisive part of any needle; `None` on CPUs without the required instructions, or if there are
    /// too many needles.
    all: Option<packed::Searcher>,
    /// For each byte, whether a needle starts with it.
    first: [bool; 256],
    /// Length of the longest decisive part.
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

    /// Position of the next decisive part of a needle, from `from` on.
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

    /// End of the longest match at `at`, and whether it is base64.
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

    /// Adds the positions of all matches that `counts` accepts, in order.
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

/// The known secrets.
#[derive(Default)]
pub(super) struct Secrets {
    known: Vec<Zeroizing<String>>,
    long: Needles,
    /// Of fewer than eight characters.
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

    /// Whether this exact secret is known.
    pub(super) fn holds(&self, secret: &str) -> bool {
        self.known.iter().any(|known| known.as_str() == secret)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// A fast check without false negatives: `false` means that [`Secrets::in_json`] finds nothing in any string of
    /// the JSON.
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

    /// Searches only near characters that start an encoded unit: a match that contains such a unit has only plain
    /// bytes before the first one, fewer than must match.
    fn may_hold_encoded(&self, raw: &[u8]) -> bool {
        let mut starts = memchr3_iter(b'%', b'\\', b'&', raw);
        let Some(mut first) = starts.next() else { return false };
        // A short secret has to be a whole string: it ends at the quote.
        let reach = self.long.search().reach.max(self.short.search().reach) + 1;
        // Maximum length of all units of a decisive part together.
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

    /// Finds secrets in the content of a JSON string; `counts` decides which matches are accepted.
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

    /// Finds secrets in plain text.
    pub(super) fn in_text(&self, stream: Stream<'_>, text: &[u8], spans: &mut Vec<(usize, usize)>) {
        self.long.matches(stream, &mut |_| true, spans);
        // A short secret counts anywhere if it spans at least four bytes, otherwise only as a word.
        let is_word = |at: Option<&u8>| at.is_some_and(|c| c.is_ascii_alphanumeric() || *c >= 0x80);
        let counts = &mut |(start, end): (usize, usize)| {
            let alone = !is_word(start.checked_sub(1).and_then(|at| text.get(at))) && !is_word(text.get(end));
            alone || end - start >= 4
        };
        self.short.matches(stream, counts, spans);
    }

    /// Whether a text that is too large to decode contains a short secret.
    pub(super) fn in_large_text(&self, text: &[u8]) -> bool {
        self.short.list.iter().any(|needle| memmem::find(text, &needle.text).is_some())
    }

    /// The secrets as they were added.
    pub(super) fn known(&self) -> impl Iterator<Item = &str> {
        self.known.iter().map(|known| known.as_str())
    }

    #[cfg(test)]
    pub(super) fn needles(&self) -> usize {
        self.long.list.len() + self.short.list.len()
    }
}
