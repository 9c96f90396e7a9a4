//! What is looked for: the spellings of a secret.

use zeroize::Zeroizing;

use super::encodings::{base64_core, json_escaped, percent_encoded, url_safe};
use super::units::{Decoded, Reading};

/// From this length on, in characters, a prefix gives a secret away, and a match inside longer
/// text is no chance.
pub(super) const LONG: usize = 8;

/// What is left of a secret of backslashes and percent signs once they are decoded is looked for
/// from this length on: less is everywhere.
const LEAST: usize = 4;

/// One spelling to look for.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Needle {
    pub(super) text: Zeroizing<Vec<u8>>,
    /// So many bytes have to agree before it counts; the match then goes on as far as they do.
    pub(super) least: usize,
    /// They have to stand for so many bytes of the text: no encoding makes a secret shorter.
    pub(super) span: usize,
    /// In base64 the bits of the neighbours touch: the whole run is masked.
    pub(super) whole_run: bool,
}

impl Needle {
    /// The part that has to agree.
    pub(super) fn decisive(&self) -> &[u8] {
        &self.text[..self.least]
    }
}

/// The end of the first [`LONG`] characters, if there are as many.
pub(super) fn prefix(secret: &str) -> Option<usize> {
    secret.char_indices().map(|(at, _)| at).chain([secret.len()]).nth(LONG)
}

/// The spellings of a secret of which `prefix` bytes give it away.
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

/// The spellings of a short secret, all of which has to agree.
pub(super) fn of_short(secret: &str) -> Vec<Needle> {
    plain(secret.as_bytes(), secret.len())
}

/// As it is, with `+` for spaces, and what decoding makes of it: a secret that looks encoded is
/// itself decoded with the text that holds it.
fn plain(secret: &[u8], prefix: usize) -> Vec<Needle> {
    let mut needles = Vec::new();
    let form = Zeroizing::new(secret.iter().map(|byte| if *byte == b' ' { b'+' } else { *byte }).collect::<Vec<u8>>());
    for text in [Zeroizing::new(secret.to_vec()), form] {
        add(&mut needles, Needle { text: text.clone(), least: prefix, span: prefix, whole_run: false });
        // Decoding makes nothing else of most secrets.
        if !text.iter().any(|byte| matches!(byte, b'\\' | b'%' | b'&' | 0..0x20)) {
            continue;
        }
        let mut once = Decoded::default();
        once.read(&text, Reading::Nested);
        let Some(least) = (1..=once.bytes.len()).find(|end| once.place(0, *end).1 >= prefix).or_else(|| {
            // Backslashes at its end are no bytes of the stream.
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
