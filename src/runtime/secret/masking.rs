//! Puts asterisks in the place of what was found, so that JSON stays JSON and UTF-8 stays UTF-8.

use super::MASK;
use super::steps;

/// Spans in order, those that touch or overlap made one.
pub(super) fn united(mut spans: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    spans.sort();
    spans.dedup_by(|next, last| {
        let touches = next.0 <= last.1;
        if touches {
            last.1 = last.1.max(next.1);
        }
        touches
    });
    spans
}

/// Walks through the content of a JSON string, escape by escape.
pub(super) struct Escapes<'c> {
    content: &'c [u8],
    at: usize,
}

impl<'c> Escapes<'c> {
    pub(super) fn new(content: &'c [u8]) -> Self {
        Escapes { content, at: 0 }
    }

    /// Where the character or escape that holds `place` begins. Places must not go back by more
    /// than the walk can see; it starts anew then.
    pub(super) fn start_of(&mut self, place: usize) -> usize {
        if place < self.at {
            self.at = 0;
        }
        while self.at < place {
            let next = after_unit(self.content, self.at);
            steps::add(1);
            if next > place {
                break;
            }
            self.at = next;
        }
        self.at
    }
}

/// Where the character or escape that begins at `at` in the content of a JSON string ends.
fn after_unit(content: &[u8], at: usize) -> usize {
    match (content[at], content.get(at + 1)) {
        (b'\\', Some(b'u')) => at + 6,
        (b'\\', _) => at + 2,
        _ => at + 1,
    }
}

/// Spans that take in every escape that they touch: half an escape would break the JSON.
pub(super) fn around_escapes(content: &[u8], spans: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    let mut walk = Escapes::new(content);
    spans
        .into_iter()
        .map(|(start, end)| {
            let first = walk.start_of(start);
            let mut last = walk.start_of(end);
            if last < end {
                last = after_unit(content, last).min(content.len());
            }
            (first, last)
        })
        .collect()
}

/// `text` with a mask in the place of each span.
pub(super) fn mask(text: &str, spans: &[(usize, usize)]) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut copied = 0;
    for (start, end) in spans {
        // Spans begin and end where encodings do; a cut inside a character widens the mask.
        let start = (0..=(*start).max(copied)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let end = (*end..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
        masked.push_str(&text[copied.min(start)..start]);
        masked.push_str(MASK);
        copied = end;
    }
    masked.push_str(&text[copied..]);
    masked
}
