//! Encodings of a secret inside base64. Base64 hides its content, so only the canonical spelling can be searched
//! for.

use zeroize::Zeroizing;

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The base64 characters that depend on `bytes` alone, if `offset` unknown bytes precede them in their group of
/// three.
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

/// The same in the URL-safe alphabet (RFC 4648, 5).
pub(super) fn url_safe(standard: &[u8]) -> Zeroizing<Vec<u8>> {
    let change = |byte: &u8| match byte {
        b'+' => b'-',
        b'/' => b'_',
        byte => *byte,
    };
    Zeroizing::new(standard.iter().map(change).collect())
}

/// Percent-encodes all but unreserved characters (RFC 3986, 2.3).
pub(super) fn percent_encoded(text: &[u8]) -> Zeroizing<Vec<u8>> {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = Zeroizing::new(Vec::with_capacity(3 * text.len()));
    for byte in text {
        match byte {
            b'-' | b'.' | b'_' | b'~' => encoded.push(*byte),
            byte if byte.is_ascii_alphanumeric() => encoded.push(*byte),
            byte => encoded.extend([b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]),
        }
    }
    encoded
}

/// Escapes as JSON does, without the quotes, and only what must be escaped.
pub(super) fn json_escaped(text: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut escaped = Zeroizing::new(Vec::with_capacity(6 * text.len()));
    for byte in text {
        let letter = match byte {
            b'"' | b'\\' => *byte,
            b'\n' => b'n',
            b'\t' => b't',
            b'\r' => b'r',
            8 => b'b',
            12 => b'f',
            0..0x20 => {
                escaped.extend(format!("\\u{byte:04x}").bytes());
                continue;
            }
            byte => {
                escaped.push(*byte);
                continue;
            }
        };
        escaped.extend([b'\\', letter]);
    }
    escaped
}
