//! Ids as Okta's look: a prefix and 17 characters, made of a number and turned back into it, so
//! that an org needs no table of its objects (okta-api.md, «Conventions»: 20 characters, opaque).

/// What an id is of. Ids of two kinds never meet, even under the same prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    User = 1,
    Group,
    App,
    Provider,
    Factor,
    Role,
    Zone,
    Device,
    ApiToken,
    Rule,
    Authenticator,
    Enrollment,
    Transaction,
    Cursor,
    Event,
}

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// splitmix64: text that nothing else resembles, the same in every run.
pub fn stir(number: u64) -> u64 {
    let mut x = number.wrapping_add(STEP);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn unshift(x: u64, by: u32) -> u64 {
    let mut out = x;
    let mut shift = by;
    while shift < 64 {
        out = x ^ (out >> by);
        shift += by;
    }
    out
}

/// The inverse of an odd number modulo 2^64, by Newton's iteration.
const fn inverse(odd: u64) -> u64 {
    let mut inverse = odd;
    let mut round = 0;
    while round < 6 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(inverse)));
        round += 1;
    }
    inverse
}

fn unstir(stirred: u64) -> u64 {
    let mut x = unshift(stirred, 31).wrapping_mul(inverse(0x94d0_49bb_1331_11eb));
    x = unshift(x, 27).wrapping_mul(inverse(0xbf58_476d_1ce4_e5b9));
    unshift(x, 30).wrapping_sub(STEP)
}

fn digits(mut number: u64, count: usize) -> String {
    let mut out = vec![b'0'; count];
    for digit in out.iter_mut().rev() {
        *digit = DIGITS[(number % 62) as usize];
        number /= 62;
    }
    String::from_utf8(out).expect("ASCII")
}

fn value(text: &str) -> Option<u64> {
    text.bytes().try_fold(0_u64, |value, byte| {
        let digit = DIGITS.iter().position(|digit| *digit == byte)? as u64;
        value.checked_mul(62)?.checked_add(digit)
    })
}

/// The ids of one org.
#[derive(Clone, Copy, Debug)]
pub struct Ids {
    key: u64,
}

impl Ids {
    pub fn new(seed: u64) -> Ids {
        Ids { key: stir(seed ^ 0x6f6b_7461) }
    }

    fn key_of(self, kind: Kind) -> u64 {
        stir(self.key.wrapping_add(kind as u64))
    }

    /// The id of an object by its number.
    pub fn of(self, kind: Kind, prefix: &str, number: u64) -> String {
        let stirred = stir(number ^ self.key_of(kind));
        let check = stir(stirred ^ kind as u64);
        format!("{prefix}{}{}{}", digits(stirred, 11), digits(check, 3), digits(self.key, 3))
    }

    /// The number behind an id, if it is one of this org and kind.
    pub fn number(self, kind: Kind, prefix: &str, id: &str) -> Option<u64> {
        let rest = id.strip_prefix(prefix).filter(|rest| rest.len() == 17 && rest.is_ascii())?;
        let number = unstir(value(&rest[..11])?) ^ self.key_of(kind);
        (self.of(kind, prefix, number) == id).then_some(number)
    }

    /// Randomness about a thing, the same in every run.
    pub fn chance(self, about: &str, number: u64) -> u64 {
        let name = about
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        stir(self.key ^ name ^ stir(number))
    }
}

/// Base32 without padding (RFC 4648, section 6): the ids of some role assignments.
pub fn base32(text: &str) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (mut out, mut bits, mut held) = (String::new(), 0_u32, 0_u32);
    for byte in text.bytes() {
        bits = (bits << 8) | u32::from(byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            out.push(char::from(ALPHABET[(bits >> held) as usize & 31]));
        }
        bits &= (1 << held) - 1;
    }
    if held > 0 {
        out.push(char::from(ALPHABET[(bits << (5 - held)) as usize & 31]));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Ids, Kind, base32, stir, unstir};

    #[test]
    fn an_id_leads_back_to_its_number() {
        let ids = Ids::new(7);
        for number in (0..1000).chain([99_999, 999_999, u64::MAX]) {
            assert_eq!(unstir(stir(number)), number);
            let id = ids.of(Kind::User, "00u", number);
            assert_eq!(id.len(), 20);
            assert_eq!(ids.number(Kind::User, "00u", &id), Some(number));
            assert_eq!(ids.number(Kind::Group, "00u", &id), None);
            assert_eq!(Ids::new(8).number(Kind::User, "00u", &id), None);
        }
    }

    /// okta-api.md, «Conventions».
    #[test]
    fn a_role_assignments_id_is_the_type_in_base32() {
        assert_eq!(base32("APP_ADMIN"), "IFIFAX2BIRGUSTQ");
        assert_eq!(base32("USER_ADMIN"), "KVJUKUS7IFCE2SKO");
    }
}
