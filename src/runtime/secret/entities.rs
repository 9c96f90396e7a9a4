//! HTML entities: decimal and hexadecimal numbers, and the names of ASCII characters.

use super::steps;

/// The character and length of the entity whose semicolon is the last byte of `tail`.
pub(super) fn at_end(tail: &[u8], longest: usize) -> Option<(u32, usize)> {
    let before = &tail[..tail.len() - 1];
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'#';
    let name_length = before.iter().rev().take(longest).take_while(|byte| is_name(byte)).count();
    steps::add(name_length as u64);
    let start = before.len().checked_sub(name_length + 1).filter(|at| before[*at] == b'&')?;
    let length = name_length + 2;
    let code = match &before[start + 1..] {
        [b'#', b'x' | b'X', digits @ ..] => number(digits, 16)?,
        [b'#', digits @ ..] => number(digits, 10)?,
        name => u32::from(NAMED.iter().find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(name))?.1),
    };
    // Surrogates and numbers beyond Unicode are not characters in HTML.
    char::from_u32(code)?;
    Some((code, length))
}

fn number(digits: &[u8], base: u32) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u32, |value, digit| value.checked_mul(base)?.checked_add((*digit as char).to_digit(base)?))
}

/// HTML's names of ASCII characters; case is ignored.
const NAMED: [(&str, u8); 36] = [
    ("amp", b'&'),
    ("lt", b'<'),
    ("gt", b'>'),
    ("quot", b'"'),
    ("apos", b'\''),
    ("sol", b'/'),
    ("bsol", b'\\'),
    ("num", b'#'),
    ("percnt", b'%'),
    ("plus", b'+'),
    ("equals", b'='),
    ("excl", b'!'),
    ("dollar", b'$'),
    ("lpar", b'('),
    ("rpar", b')'),
    ("ast", b'*'),
    ("midast", b'*'),
    ("comma", b','),
    ("period", b'.'),
    ("colon", b':'),
    ("semi", b';'),
    ("quest", b'?'),
    ("commat", b'@'),
    ("lsqb", b'['),
    ("lbrack", b'['),
    ("rsqb", b']'),
    ("rbrack", b']'),
    ("hat", b'^'),
    ("lowbar", b'_'),
    ("grave", b'`'),
    ("lcub", b'{'),
    ("lbrace", b'{'),
    ("verbar", b'|'),
    ("vert", b'|'),
    ("rcub", b'}'),
    ("rbrace", b'}'),
];
