//! Finds secrets in text, also if they are encoded or truncated, and masks them.
//!
//! A secret of eight characters or more is recognized by its first eight, so that a truncated secret is found too.
//! Shorter ones are masked in messages, and in data if they are the whole string.

use std::borrow::Cow;
use std::sync::{Arc, PoisonError, RwLock};

use super::masking::{Escapes, around_escapes, mask, united};
use super::search::{Secrets, Stream};
use super::units::{Decoded, Reading};
use super::{MASK, Redacted};
use crate::runtime::json;

/// Size in bytes above which a string that may hold a secret is masked as a whole: decoding takes several times its
/// size in memory.
const LARGEST: usize = 1024 * 1024;

/// Redacts secrets in output. One redactor is shared by everything that prints, and learns secrets while the process
/// runs; a parameter set with secrets of its own has another one on top of it.
#[derive(Default)]
pub struct Redactor {
    /// The redactor that all sets share.
    shared: Option<Arc<Redactor>>,
    own: RwLock<Arc<Secrets>>,
}

impl Redactor {
    /// A redactor for one parameter set. It also redacts what `shared` knows, now and later. The secrets that it
    /// learns itself do not slow down the other sets.
    pub fn on_top_of(shared: &Arc<Redactor>) -> Redactor {
        Redactor { shared: Some(shared.clone()), own: RwLock::default() }
    }

    /// Redacts this secret from now on.
    pub fn add(&self, secret: &str) {
        if self.layers().iter().any(|secrets| secrets.holds(secret)) {
            return;
        }
        let mut own = self.own.write().unwrap_or_else(PoisonError::into_inner);
        // A search in progress keeps the secrets that it started with.
        Arc::make_mut(&mut own).add(secret);
    }

    /// Whether it has secrets of its own, in addition to the shared ones.
    pub fn has_own(&self) -> bool {
        !self.own().is_empty()
    }

    /// Adds another redactor's own secrets.
    pub fn learn(&self, other: &Redactor) {
        other.own().known().for_each(|secret| self.add(secret));
    }

    /// Number of spellings that it searches for.
    #[cfg(test)]
    pub(crate) fn needles(&self) -> usize {
        self.layers().iter().map(|secrets| secrets.needles()).sum()
    }

    fn own(&self) -> Arc<Secrets> {
        self.own.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn layers(&self) -> Vec<Arc<Secrets>> {
        let mut layers = self.shared.as_ref().map_or(Vec::new(), |shared| shared.layers());
        let own = self.own();
        if !own.is_empty() {
            layers.push(own);
        }
        layers
    }

    /// Redacts `text`, for messages, logs and recordings.
    pub fn text<'t>(&self, text: &'t str) -> Redacted<'t> {
        let layers = self.layers();
        if layers.is_empty() {
            return Redacted(Cow::Borrowed(text));
        }
        let bytes = text.as_bytes();
        if bytes.len() > LARGEST {
            let may_hold = |secrets: &Arc<Secrets>| secrets.may_hold(bytes) || secrets.in_large_text(bytes);
            return Redacted(if layers.iter().any(may_hold) { Cow::Borrowed(MASK) } else { Cow::Borrowed(text) });
        }
        let mut spans = Vec::new();
        read(bytes, |stream| layers.iter().for_each(|secrets| secrets.in_text(stream, bytes, &mut spans)));
        Redacted(match spans.is_empty() {
            true => Cow::Borrowed(text),
            false => Cow::Owned(mask(text, &united(spans))),
        })
    }

    /// Redacts a JSON value. Secrets are masked inside string values only; the rest of the JSON stays the same.
    pub fn json<'t>(&self, raw: &'t str) -> Cow<'t, str> {
        let layers = self.layers();
        let layers: Vec<_> = layers.into_iter().filter(|secrets| secrets.may_hold(raw.as_bytes())).collect();
        if layers.is_empty() {
            return Cow::Borrowed(raw);
        }
        let mut masked = String::new();
        let mut copied = 0;
        for string in json::string_values(raw) {
            if let Some(replacement) = content(&raw[string.clone()], &layers) {
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

    /// A fast check without false negatives: `false` means that the JSON contains no secret.
    pub fn may_hold(&self, raw: &[u8]) -> bool {
        self.shared.as_ref().is_some_and(|shared| shared.may_hold(raw)) || self.own().may_hold(raw)
    }
}

/// Passes the text to `look`, and every reading of it that may differ.
fn read(text: &[u8], mut look: impl FnMut(Stream<'_>)) {
    look(Stream::Plain(text));
    let mut decoded = Decoded::default();
    for reading in Reading::of(text) {
        decoded.read(text, reading);
        look(Stream::Decoded(&decoded));
    }
}

/// Masks the content of a JSON string; `None` if there is nothing to mask.
fn content(content: &str, layers: &[Arc<Secrets>]) -> Option<String> {
    let bytes = content.as_bytes();
    if bytes.len() > LARGEST {
        return layers.iter().any(|secrets| secrets.may_hold(bytes)).then(|| MASK.to_owned());
    }
    let mut spans = Vec::new();
    read(bytes, |stream| {
        for secrets in layers {
            // An escape is one unit: a match must not begin inside it.
            let mut escapes = Escapes::new(bytes);
            let mut counts = |(start, _)| escapes.start_of(start) == start;
            secrets.in_json(stream, &mut counts, &mut spans);
        }
    });
    (!spans.is_empty()).then(|| mask(content, &united(around_escapes(bytes, united(spans)))))
}
