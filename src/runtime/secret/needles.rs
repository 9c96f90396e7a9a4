//! What the search looks for: the spellings of a secret.

use zeroize::Zeroizing;

use super::encodings::{base64_core, json_escaped, percent_encoded, url_safe};
use super::units::{Decoded, Reading};

/// Length in characters from which a prefix reveals a secret, and a match inside longer text is no coincidence.
pub(super) const LONG: usize = 8;

/// Minimum length of what decoding leaves of a secret that looks encoded itself: anything shorter occurs
/// everywhere.
const LEAST: usize = 4;

/// One spelling to look for.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Needle {
    pub(super) text: Zeroizing<Vec<u8>>,
    /// Number of bytes that must match; the match then extends as far as the text agrees.
    pub(super) least: usize,
    /// Minimum number of bytes of the text that they must stand for: no encoding makes a secret shorter.
    pub(super) span: usize,
    /// Whether the whole run of base64 is masked, because neighbouring bytes share characters.
    pub(super) whole_run: bool,
}

impl Needle {
    /// The part that must match.
    pub(super) fn decisive(&self) -> &[u8] {
        &self.text[..self.least]
    }
}

/// The end of the first [`LONG`] characters, if there are that many.
pub(super) fn prefix(secret: &str) -> Option<usize> {
    secret.char_indices().map(|(at, _)| at).chain([secret.len()]).nth(LONG)
}

/// The spellings of a secret that its first `prefix` bytes reveal.
pub(super) fn of_long(secret: &str, prefix: usize) -> Vec<Needle> {
    let mut needles = plain(secret.as_bytes(), prefix);
    let start = &secret.as_bytes()[..prefix];
    let mut spellings = vec![Zeroizing::new(start.to_vec()), percent_encoded(start), json_escaped(start)];
    spellings.dedup();
    for spelling in spellings {
        for offset in 0..3 {
            let standard = base64_core(&spelling, offset);
            if standard.iter().any(|byte| matches!(byte, b'+' | b'/')) {
                needles.push(in_base64(url_safe(&standard)));
            }
            needles.push(in_base64(standard));
        }
    }
    needles
}

fn in_base64(text: Zeroizing<Vec<u8>>) -> Needle {
    let length = text.len();
    Needle { text, least: length, span: length, whole_run: true }
}

/// The spellings of a short secret, which must match as a whole.
pub(super) fn of_short(secret: &str) -> Vec<Needle> {
    plain(secret.as_bytes(), secret.len())
}

/// The secret as it is, with `+` for spaces, and decoded: a secret that looks encoded is decoded together with the
/// text that contains it.
fn plain(secret: &[u8], prefix: usize) -> Vec<Needle> {
    let mut needles = Vec::new();
    let form = Zeroizing::new(secret.iter().map(|byte| if *byte == b' ' { b'+' } else { *byte }).collect::<Vec<u8>>());
    for text in [Zeroizing::new(secret.to_vec()), form] {
        add(&mut needles, Needle { text: text.clone(), least: prefix, span: prefix, whole_run: false });
        // Decoding does not change most secrets.
        if !text.iter().any(|byte| matches!(byte, b'\\' | b'%' | b'&' | 0..0x20)) {
            continue;
        }
        let mut once = Decoded::default();
        once.read(&text, Reading::Nested);
        let Some(least) = (1..=once.bytes.len()).find(|end| once.place(0, *end).1 >= prefix).or_else(|| {
            // Trailing backslashes are not bytes of the stream.
            (prefix == secret.len()).then_some(once.bytes.len())
        }) else {
            continue;
        };
        if least == 0 {
            continue;
        }
        let span = once.place(0, least).1 - once.place(0, least).0;
        let length = once.bytes.len();
        let escaped = json_escaped(&text);
        let mut spellings = vec![Zeroizing::new(once.bytes)];
        for text in [json_escaped(&escaped), escaped] {
            let mut decoded = Decoded::default();
            decoded.read(&text, Reading::Nested);
            spellings.push(Zeroizing::new(decoded.bytes));
        }
        for text in spellings {
            if text.len() == length && least >= LEAST.min(prefix) {
                add(&mut needles, Needle { text, least, span, whole_run: false });
            }
        }
    }
    needles
}

fn add(needles: &mut Vec<Needle>, needle: Needle) {
    let known = |known: &Needle| known.text == needle.text && known.least == needle.least;
    if needle.least > 0 && !needles.iter().any(known) {
        needles.push(needle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secrets_of_a_usual_run_stay_within_what_the_fast_search_takes() {
        let awkward = "Zq9 w@\"x\\y/\u{e9}+%&<long>secret";
        let of = |secret: &str| of_long(secret, prefix(secret).unwrap()).len();
        let token = of("00fakeTokenForTests_-0123456789");
        let proxy = of(&format!("soar:{awkward}")) + of(awkward) + of("soar-user-1");
        let run = token + of("SSWS 00fakeTokenForTests_-0123456789") + proxy + of(awkward);
        assert!(run <= 128, "{run}");
    }
}
