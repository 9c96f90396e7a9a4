//! Replaces what was found with asterisks, so that JSON stays JSON and UTF-8 stays UTF-8.

use super::MASK;
use super::steps;

/// Sorts spans and merges those that touch or overlap.
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

    /// Start of the character or escape that contains `place`. If `place` is before the current position, the
    /// walk restarts from the beginning.
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

/// End of the character or escape that starts at `at` in the content of a JSON string.
fn after_unit(content: &[u8], at: usize) -> usize {
    match (content[at], content.get(at + 1)) {
        (b'\\', Some(b'u')) => at + 6,
        (b'\\', _) => at + 2,
        _ => at + 1,
    }
}

/// Widens spans to include every escape that they touch: half an escape would break the JSON.
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

/// Replaces each span of `text` with a mask.
pub(super) fn mask(text: &str, spans: &[(usize, usize)]) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut copied = 0;
    for (start, end) in spans {
        // A span that starts or ends inside a character is widened to include it.
        let start = (0..=(*start).max(copied)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let end = (*end..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
        masked.push_str(&text[copied.min(start)..start]);
        masked.push_str(MASK);
        copied = end;
    }
    masked.push_str(&text[copied..]);
    masked
}
