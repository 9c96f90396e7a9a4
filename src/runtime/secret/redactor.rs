//! Finds secrets in text and masks them, even if they are escaped, percent-encoded, in base64 or truncated.
//!
//! The first eight characters of a longer secret count as the secret, so that a truncated one is found too.
//! Shorter secrets are masked in messages, and in data only if they are the whole string.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use aho_corasick::packed;
use memchr::{memchr_iter, memchr2_iter, memmem};
use zeroize::Zeroizing;

use super::MASK;
use super::encodings::{base64_core, encoded, units};
use crate::runtime::json;

/// Secrets of at least this many characters are found by their prefix: a match is not a coincidence.
const LONG: usize = 8;

/// A text to search for.
#[derive(Clone)]
struct Needle {
    text: Zeroizing<Vec<u8>>,
    /// Number of bytes that must match; the match then extends as far as the text agrees.
    least: usize,
    /// For base64, where neighboring characters share bits: the whole run is masked.
    whole_run: bool,
}

impl Needle {
    fn new(text: &[u8], least: usize, whole_run: bool) -> Self {
        Needle { text: Zeroizing::new(text.to_vec()), least, whole_run }
    }
}

impl Needle {
    /// The part that must match.
    fn decisive(&self) -> &[u8] {
        &self.text[..self.least]
    }
}

/// Removes secrets from output. Shared by everything that prints; code that learns a secret while the process
/// runs adds it.
#[derive(Default)]
pub struct Redactor(RwLock<Arc<Secrets>>);

impl Redactor {
    /// Adds a secret to search for from now on.
    pub fn add(&self, secret: &str) {
        let mut secrets = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match Arc::get_mut(&mut secrets) {
            Some(secrets) => secrets.add(secret),
            // Another thread is searching with the current set.
            None => {
                let mut more =
                    Secrets { long: secrets.long.clone(), short: secrets.short.clone(), search: OnceLock::new() };
                more.add(secret);
                *secrets = Arc::new(more);
            }
        }
    }

    fn secrets(&self) -> Arc<Secrets> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// `text` without secrets, for messages, logs and recordings.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.secrets().text(text)
    }

    /// A JSON value without secrets. They are replaced only inside string values, so that the rest of the
    /// JSON stays the same.
    pub fn json<'t>(&self, raw: &'t str) -> Cow<'t, str> {
        self.secrets().json(raw)
    }

    /// A quick check: `false` means that there is certainly no secret in the JSON.
    pub fn may_hold(&self, raw: &[u8]) -> bool {
        self.secrets().may_hold(raw)
    }
}

/// The secrets that are known.
#[derive(Default)]
struct Secrets {
    long: Vec<Needle>,
    short: Vec<Zeroizing<Vec<u8>>>,
    /// For large texts; built when the first one comes.
    search: OnceLock<Search>,
}

/// Indexes that make searching large texts fast.
struct Search {
    /// Finds the decisive part of any long secret; `None` on CPUs without SIMD support.
    all: Option<packed::Searcher>,
    /// Bytes that a secret starts with.
    first: [bool; 256],
    /// How many bytes before its first encoded character a match may start.
    reach: usize,
    /// Whether a secret contains a character that HTML escapes.
    html: bool,
    /// Whether a secret contains a space, which is `+` in a query.
    space: bool,
}

impl Secrets {
    fn add(&mut self, secret: &str) {
        self.search.take();
        let bytes = secret.as_bytes();
        let prefix = match secret.char_indices().nth(LONG) {
            Some((end, _)) => end,
            None if secret.chars().count() == LONG => bytes.len(),
            None => {
                if !bytes.is_empty() && !self.short.iter().any(|known| known.as_slice() == bytes) {
                    self.short.push(Zeroizing::new(bytes.to_vec()));
                }
                return;
            }
        };
        if self.long.iter().any(|known| !known.whole_run && known.text.as_slice() == bytes) {
            return;
        }
        self.long.push(Needle::new(bytes, prefix, false));
        for offset in 0..3 {
            let standard = base64_core(&bytes[..prefix], offset);
            let url_safe = Zeroizing::new(
                standard
                    .iter()
                    .map(|c| match c {
                        b'+' => b'-',
                        b'/' => b'_',
                        c => *c,
                    })
                    .collect::<Vec<u8>>(),
            );
            if *url_safe != *standard {
                self.long.push(Needle::new(&url_safe, url_safe.len(), true));
            }
            self.long.push(Needle::new(&standard, standard.len(), true));
        }
    }

    fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let bytes = text.as_bytes();
        let mut spans = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let found = self.match_at(bytes, at).or_else(|| self.short_at(bytes, at));
            match found {
                Some(end) => {
                    spans.push((at, end));
                    at = end;
                }
                None => at += 1,
            }
        }
        match spans.is_empty() {
            true => Cow::Borrowed(text),
            false => Cow::Owned(mask(text, &self.widen(bytes, spans))),
        }
    }

    fn json<'t>(&self, raw: &'t str) -> Cow<'t, str> {
        if !self.may_hold(raw.as_bytes()) {
            return Cow::Borrowed(raw);
        }
        let mut masked = String::new();
        let mut copied = 0;
        for string in json::string_values(raw) {
            let content = &raw[string.clone()];
            if let Some(replacement) = self.string_content(content) {
                masked.push_str(&raw[copied..string.start]);
                masked.push_str(&replacement);
                copied = string.end;
            }
        }
        if copied == 0 {
            return Cow::Borrowed(raw);
        }
        masked.push_str(&raw[copied..]);
        Cow::Owned(masked)
    }

    fn may_hold(&self, raw: &[u8]) -> bool {
        if self.long.is_empty() && self.short.is_empty() {
            return false;
        }
        let search = self.search.get_or_init(|| self.prepare());
        let plain = match &search.all {
            Some(all) => all.find(raw).is_some(),
            None => self.long.iter().any(|needle| memmem::find(raw, needle.decisive()).is_some()),
        };
        plain
            || self.short.iter().any(|secret| memmem::find(raw, secret).is_some())
            || self.may_hold_encoded(raw, search)
    }

    fn prepare(&self) -> Search {
        let texts: Vec<&[u8]> = self
            .long
            .iter()
            .map(|needle| needle.text.as_slice())
            .chain(self.short.iter().map(|secret| secret.as_slice()))
            .collect();
        let has = |bytes: &[u8]| texts.iter().any(|text| text.iter().any(|byte| bytes.contains(byte)));
        let mut first = [false; 256];
        texts.iter().for_each(|text| first[text[0] as usize] = true);
        Search {
            all: packed::Searcher::new(self.long.iter().map(Needle::decisive)),
            first,
            reach: self
                .long
                .iter()
                .map(|needle| needle.least)
                .chain(self.short.iter().map(|secret| secret.len()))
                .max()
                .unwrap_or(0),
            html: has(b"&<>\"'"),
            space: has(b" "),
        }
    }

    /// Looks only near characters that can start an encoding. What precedes the first of them in a match is
    /// plain, and shorter than the part that must match.
    fn may_hold_encoded(&self, raw: &[u8], search: &Search) -> bool {
        let begins = |byte: u8| search.first[byte as usize];
        let matches = |start: usize| {
            self.match_at(raw, start).is_some()
                || self.short.iter().any(|secret| encoded(raw, start, secret).0 == secret.len())
        };
        let agrees = |plain: &[u8]| {
            self.long.iter().any(|needle| needle.text.starts_with(plain))
                || self.short.iter().any(|secret| secret.starts_with(plain))
        };
        let near = |at: usize| {
            let start_of = at.saturating_sub(search.reach);
            let before = &raw[start_of..at];
            if before
                .iter()
                .enumerate()
                .any(|(skipped, &byte)| begins(byte) && agrees(&before[skipped..]) && matches(start_of + skipped))
            {
                return true;
            }
            let first_unit = match raw[at..] {
                // By far the most common case, and it has only one meaning.
                [b'\\', b'"', ..] => begins(b'"'),
                _ => units(&raw[at..]).into_iter().flatten().any(|(decoded, _)| begins(decoded.as_slice()[0])),
            };
            (first_unit || begins(raw[at])) && matches(at)
        };
        memchr2_iter(b'%', b'\\', raw).any(near)
            || search.html && memchr_iter(b'&', raw).any(near)
            || search.space && memchr_iter(b'+', raw).any(near)
    }

    /// The masked content of a JSON string; `None` if there is nothing to mask.
    fn string_content(&self, content: &str) -> Option<String> {
        let bytes = content.as_bytes();
        for secret in &self.short {
            let (agreeing, end) = encoded(bytes, 0, secret);
            if agreeing == secret.len() && end == bytes.len() {
                return Some(MASK.to_owned());
            }
        }
        let mut spans = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            if let Some(end) = self.match_at(bytes, at) {
                spans.push((at, end));
                at = end;
            } else {
                // An escape is one unit: a match must not start inside it.
                at = after_unit(bytes, at);
            }
        }
        (!spans.is_empty()).then(|| mask(content, &around_escapes(bytes, self.widen(bytes, spans))))
    }

    /// The end of the secret that starts at `start`, if there is one.
    fn match_at(&self, text: &[u8], start: usize) -> Option<usize> {
        self.long
            .iter()
            .filter_map(|needle| {
                let (agreeing, end) = encoded(text, start, &needle.text);
                (agreeing >= needle.least).then_some(end)
            })
            .max()
    }

    /// The end of a short secret at `start`: from four characters anywhere, below that only as a word.
    fn short_at(&self, text: &[u8], start: usize) -> Option<usize> {
        let is_word = |at: Option<&u8>| at.is_some_and(|c| c.is_ascii_alphanumeric() || *c >= 0x80);
        self.short
            .iter()
            .filter_map(|secret| {
                let (agreeing, end) = encoded(text, start, secret);
                let alone = !is_word(start.checked_sub(1).and_then(|at| text.get(at))) && !is_word(text.get(end));
                (agreeing == secret.len() && (secret.len() >= 4 || alone)).then_some(end)
            })
            .max()
    }

    /// Extends matches in base64 to the whole run, because its first and last characters contain bits of the
    /// secret too.
    fn widen(&self, text: &[u8], spans: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
        let in_run = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/' | b'-' | b'_' | b'=');
        let mut widened: Vec<(usize, usize)> = Vec::new();
        for (mut start, mut end) in spans {
            let base64 =
                self.long.iter().any(|needle| needle.whole_run && encoded(text, start, &needle.text).0 >= needle.least);
            if base64 {
                let floor = widened.last().map_or(0, |(_, end)| *end);
                while start > floor && in_run(text[start - 1]) {
                    start -= 1;
                }
                while end < text.len() && in_run(text[end]) {
                    end += 1;
                }
            }
            match widened.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => widened.push((start, end)),
            }
        }
        widened
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
fn around_escapes(content: &[u8], spans: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    let mut at = 0;
    spans
        .into_iter()
        .map(|(start, end)| {
            while at < start && after_unit(content, at) <= start {
                at = after_unit(content, at);
            }
            let first = at.min(start);
            while at < end {
                at = after_unit(content, at);
            }
            (first, at.min(content.len()))
        })
        .collect()
}

fn mask(text: &str, spans: &[(usize, usize)]) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor(secrets: &[&str]) -> Redactor {
        let redactor = Redactor::default();
        secrets.iter().for_each(|secret| redactor.add(secret));
        redactor
    }

    #[test]
    fn a_secret_is_found_in_every_encoding() {
        let redactor = redactor(&["p\u{e4}ss/w\"rd-1+2 3%"]);
        for text in [
            "p\u{e4}ss/w\"rd-1+2 3%",
            r#"p\u00e4ss\/w\"rd-1+2 3%"#,
            "p%C3%A4ss%2Fw%22rd-1%2b2+3%25",
            "p%25C3%25A4ss%252Fw%2522rd-1%252b2%25203%2525",
            "p\u{e4}ss/w&quot;rd-1+2 3%",
            "p\u{e4}ss/w\"r",
        ] {
            assert_eq!(redactor.text(&format!("<{text}>")), "<********>", "{text}");
        }
    }

    #[test]
    fn a_secret_is_found_in_base64_at_every_alignment() {
        let secret = "00fake-token-for-tests";
        let redactor = redactor(&[secret]);
        for before in ["", "u", "us", "user:"] {
            let whole = format!("{before}{secret}!");
            let mut padded = whole.clone().into_bytes();
            padded.resize(whole.len() / 3 * 3, b'.');
            let encoded = String::from_utf8(base64_core(&padded, 0).to_vec()).unwrap();
            assert_eq!(redactor.text(&format!("Basic {encoded}, x")), "Basic ********, x", "{before}");
        }
    }

    #[test]
    fn json_stays_json_and_keys_and_numbers_stay() {
        let redactor = redactor(&["nine12345", "1234"]);
        let raw = r#"{"nine12345":"a\nine12345","b":1234,"c":"1234","d":"x1234","e":["\u0031234"],"f":"nine1234"}"#;
        assert_eq!(
            redactor.json(raw),
            r#"{"nine12345":"a\nine12345","b":1234,"c":"********","d":"x1234","e":["********"],"f":"********"}"#
        );
    }

    #[test]
    fn half_an_escape_is_never_masked() {
        // Found by fuzzing: a secret with a backslash that agrees with the beginning of an escape.
        let raw = r#"{"a":"=r07e4ss\/w)\"d"}"#;
        assert_eq!(redactor(&[r"r07e4ss\/w)\u1en}%"]).json(raw), r#"{"a":"=********d"}"#);
        // The run of base64 goes on into an escape on its left.
        let secret = "00fake-token-for-tests";
        let encoded = String::from_utf8(base64_core(secret.as_bytes(), 0).to_vec()).unwrap();
        let masked = redactor(&[secret]).json(&format!(r#"{{"a":"x \/{encoded}"}}"#)).into_owned();
        assert_eq!(masked, r#"{"a":"x ********"}"#);
    }

    #[test]
    fn short_secrets_are_masked_in_messages() {
        let redactor = redactor(&["1234", "x"]);
        assert_eq!(redactor.text("code91234, x, xy"), "code9********, ********, xy");
    }

    #[test]
    fn seven_characters_of_a_long_secret_are_no_match() {
        assert_eq!(redactor(&["abcdefghij"]).text("abcdefg-"), "abcdefg-");
    }
}
