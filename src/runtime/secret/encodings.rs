//! The encodings in which a secret may appear: JSON escapes, percent-encoding, HTML entities, base64, and
//! combinations of these.

use zeroize::Zeroizing;

/// How many bytes of `secret` are at `start`, each plain or encoded, and where they end.
pub(super) fn encoded(text: &[u8], start: usize, secret: &[u8]) -> (usize, usize) {
    encoded_within(text, start, secret, &mut { READINGS })
}

/// Maximum number of readings to try at one place: a secret of backslashes has an exponential number.
const READINGS: u32 = 2_000;

fn encoded_within(text: &[u8], start: usize, secret: &[u8], readings: &mut u32) -> (usize, usize) {
    let mut at = start;
    let mut agreeing = 0;
    while agreeing < secret.len() && at < text.len() {
        let wanted = &secret[agreeing..];
        let plain = (text[at] == wanted[0]).then_some((1, 1));
        if plain.is_some() && !is_special(text[at]) {
            at += 1;
            agreeing += 1;
            continue;
        }
        let decoded = units(&text[at..])
            .into_iter()
            .flatten()
            .filter(|(decoded, _)| wanted.starts_with(decoded.as_slice()))
            .map(|(decoded, length)| (decoded.as_slice().len(), length));
        // If several readings fit, the longest one counts.
        let mut best = (agreeing, at);
        for (bytes, length) in plain.into_iter().chain(decoded) {
            if *readings == 0 {
                break;
            }
            *readings -= 1;
            let (further, end) = encoded_within(text, at + length, &wanted[bytes..], readings);
            best = best.max((agreeing + bytes + further, end));
        }
        return best;
    }
    (agreeing, at)
}

/// Whether an encoded character can start with this byte.
fn is_special(byte: u8) -> bool {
    matches!(byte, b'%' | b'+' | b'\\' | b'&')
}

/// Up to four bytes that one encoded character stands for.
pub(super) struct Decoded([u8; 4], usize);

impl Decoded {
    fn byte(byte: u8) -> Self {
        Decoded([byte, 0, 0, 0], 1)
    }

    fn character(character: char) -> Self {
        let mut bytes = [0; 4];
        let length = character.encode_utf8(&mut bytes).len();
        Decoded(bytes, length)
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.0[..self.1]
    }
}

/// The possible readings of the start of `text`, each with its encoded length. Nested encodings are decoded
/// as often as possible.
pub(super) fn units(text: &[u8]) -> [Option<(Decoded, usize)>; 4] {
    match text[0] {
        b'%' => percent(text),
        b'+' => [Some((Decoded::byte(b' '), 1)), None, None, None],
        b'\\' => {
            let slashes = text.iter().take_while(|byte| **byte == b'\\').count();
            let nested = if slashes > 1 { escape(&text[slashes - 1..], slashes - 1) } else { None };
            // A run of only backslashes: each level of escaping halves it.
            let alone = (slashes > 2 && slashes.is_power_of_two()).then_some((Decoded::byte(b'\\'), slashes));
            [escape(text, 0), nested, alone, None]
        }
        b'&' => [entity(text), None, None, None],
        _ => [None, None, None, None],
    }
}

/// `%41`, `%2541` and so on; `%25`, `%2525` and so on as a percent sign.
fn percent(text: &[u8]) -> [Option<(Decoded, usize)>; 4] {
    let mut digits = 1;
    while text[digits..].starts_with(b"25") {
        digits += 2;
    }
    let sign = |length: usize| (length <= digits).then_some((Decoded::byte(b'%'), length));
    let byte = text.get(digits..digits + 2).and_then(hex).map(|value| (Decoded::byte(value as u8), digits + 2));
    [byte, sign(3), sign(5), sign(7)]
}

/// A JSON escape after `before` backslashes.
fn escape(text: &[u8], before: usize) -> Option<(Decoded, usize)> {
    let plain = match text.get(1)? {
        b'u' => return unicode_escape(text).map(|(decoded, length)| (decoded, before + length)),
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 8,
        b'f' => 12,
        other => *other,
    };
    Some((Decoded::byte(plain), before + 2))
}

fn entity(text: &[u8]) -> Option<(Decoded, usize)> {
    const ENTITIES: [(&str, u8); 7] = [
        ("&amp;", b'&'),
        ("&lt;", b'<'),
        ("&gt;", b'>'),
        ("&quot;", b'"'),
        ("&#39;", b'\''),
        ("&#x27;", b'\''),
        ("&apos;", b'\''),
    ];
    let found = ENTITIES.into_iter().find(|(entity, _)| text.starts_with(entity.as_bytes()));
    found.map(|(entity, byte)| (Decoded::byte(byte), entity.len()))
}

fn unicode_escape(text: &[u8]) -> Option<(Decoded, usize)> {
    let first = hex(text.get(2..6)?)?;
    if (0xd800..0xdc00).contains(&first) && text.get(6..8) == Some(b"\\u") {
        let second = hex(text.get(8..12)?)?;
        let character = char::from_u32(0x10000 + ((first - 0xd800) << 10) + second.checked_sub(0xdc00)?)?;
        return Some((Decoded::character(character), 12));
    }
    Some((Decoded::character(char::from_u32(first)?), 6))
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, digit| Some(value * 16 + (*digit as char).to_digit(16)?))
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The base64 characters that depend only on `bytes`, if `offset` unknown bytes precede them in their group
/// of three.
pub(crate) fn base64_core(bytes: &[u8], offset: usize) -> Zeroizing<Vec<u8>> {
    let bits = |at: usize| -> u8 {
        let byte = at / 8;
        if byte < offset { 0 } else { bytes[byte - offset] >> (7 - at % 8) & 1 }
    };
    let first = (offset * 8).div_ceil(6);
    let last = (offset + bytes.len()) * 8 / 6;
    Zeroizing::new(
        (first..last)
            .map(|index| BASE64[(0..6).fold(0, |value, bit| value << 1 | bits(index * 6 + bit) as usize)])
            .collect(),
    )
}
