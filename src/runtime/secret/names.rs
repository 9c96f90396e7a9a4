//! Recognizes secrets by the names of JSON members, without knowing their values: for recordings, and for excerpts
//! of responses that deliver a secret.

use super::MASK;
use crate::runtime::json::Node;

/// Names that indicate a secret in any API, in lower case, without `_` and `-`.
const USUAL: &[&str] = &[
    "password",
    "newpassword",
    "oldpassword",
    "currentpassword",
    "passwd",
    "pwd",
    "pass",
    "passphrase",
    "passcode",
    "pin",
    "otp",
    "secret",
    "clientsecret",
    "sharedsecret",
    "secretkey",
    "token",
    "apikey",
    "apitoken",
    "accesstoken",
    "refreshtoken",
    "idtoken",
    "sessiontoken",
    "bearer",
    "jwt",
    "assertion",
    "clientassertion",
    "privatekey",
    "encryptionkey",
    "signature",
    "authorization",
    "proxyauthorization",
    "cookie",
    "setcookie",
];

/// Characters that end a query parameter, also in a header that contains several URLs.
const ENDS: [char; 9] = ['?', '&', '#', ';', ' ', '<', '>', '"', ','];

/// Names of members that hold secrets: the usual ones, and some that are specific to the API.
#[derive(Clone, Copy, Debug)]
pub struct SecretNames {
    own: &'static [&'static str],
}

impl SecretNames {
    /// The usual names, plus `own`.
    pub const fn usual_and(own: &'static [&'static str]) -> SecretNames {
        SecretNames { own }
    }

    /// Whether a member with this name holds a secret.
    pub fn hold(&self, name: &str) -> bool {
        let plain = || -> String {
            name.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
        };
        self.own.iter().any(|own| own.eq_ignore_ascii_case(name)) || USUAL.contains(&plain().as_str())
    }

    /// Masks the values of such members, at any depth.
    pub fn mask(&self, node: &mut Node) {
        match node {
            Node::Object(members) => {
                for (name, value) in members {
                    match self.hold(name) {
                        true => mask_all(value),
                        false => self.mask(value),
                    }
                }
            }
            Node::Array(elements) => elements.iter_mut().for_each(|element| self.mask(element)),
            Node::Scalar(_) => {}
        }
    }

    /// The same in text that may be a truncated or invalid fragment of JSON.
    pub fn mask_text(&self, text: &str) -> String {
        let bytes = text.as_bytes();
        let mut masked = String::with_capacity(text.len());
        let (mut copied, mut at) = (0, 0);
        while let Some(found) = memchr::memchr(b'"', &bytes[at..]) {
            let start = at + found;
            let end = string_end(bytes, start);
            at = end;
            let rest = &bytes[end..];
            let colon = rest.iter().position(|byte| !byte.is_ascii_whitespace()).filter(|at| rest[*at] == b':');
            let Some(colon) = colon else {
                // The string may have lost its beginning: then the next quote starts a string, so only
                // this quote is skipped.
                at = if end == bytes.len() { start + 1 } else { end - 1 };
                if at <= start {
                    at = start + 1;
                }
                continue;
            };
            let name = serde_json::from_str::<String>(&text[start..end]).unwrap_or_default();
            if !self.hold(&name) {
                continue;
            }
            let space = rest[colon + 1..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let value = end + colon + 1 + space;
            let quoted = bytes.get(value) == Some(&b'"');
            let (from, to) = match bytes.get(value) {
                Some(b'"') => {
                    let to = string_end(bytes, value);
                    let closed = to > value + 1 && bytes[to - 1] == b'"';
                    (value + 1, if closed { to - 1 } else { to })
                }
                _ => (value, value_end(bytes, value)),
            };
            masked.push_str(&text[copied..from]);
            if to > from {
                masked.push_str(MASK);
            }
            copied = to;
            at = to + usize::from(quoted && to < bytes.len());
        }
        masked.push_str(&text[copied..]);
        masked
    }

    /// Masks such parameters in the query of a URL, or of several URLs in a header.
    pub fn mask_query(&self, text: &str) -> String {
        let mut masked = String::with_capacity(text.len());
        for piece in text.split_inclusive(ENDS) {
            let body = piece.trim_end_matches(ENDS);
            let end = &piece[body.len()..];
            match body.split_once('=') {
                Some((name, value)) if !value.is_empty() && self.hold(name) => {
                    masked.extend([name, "=", MASK]);
                }
                _ => masked.push_str(body),
            }
            masked.push_str(end);
        }
        masked
    }
}

/// Masks every string and number in a value.
pub fn mask_all(node: &mut Node) {
    match node {
        Node::Object(members) => members.iter_mut().for_each(|(_, value)| mask_all(value)),
        Node::Array(elements) => elements.iter_mut().for_each(mask_all),
        Node::Scalar(json) if !matches!(json.as_str(), "null" | "true" | "false" | "\"\"") => {
            *json = format!("\"{MASK}\"");
        }
        Node::Scalar(_) => {}
    }
}

/// Position after the closing quote of the string that starts at `start`, or the end of the text.
fn string_end(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(found) = text.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += found;
        if text[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    text.len()
}

/// End of a value that is not a string; an object or array includes its closing bracket.
fn value_end(text: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0usize);
    while at < text.len() {
        match text[at] {
            b'"' => {
                at = string_end(text, at);
                continue;
            }
            b'[' | b'{' => depth += 1,
            b']' | b'}' if depth == 0 => return at,
            b']' | b'}' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            b',' if depth == 0 => return at,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: SecretNames = SecretNames::usual_and(&["answer"]);

    #[test]
    fn members_are_masked_at_any_depth_whatever_their_type() {
        let raw =
            r#"{"a":[{"New-Password":"x","passwordChanged":"2026","Answer":[1,{"b":"y","c":true}]}],"api_key":12}"#;
        let masked = r#"{"a":[{"New-Password":"********","passwordChanged":"2026","Answer":["********",{"b":"********","c":true}]}],"api_key":"********"}"#;
        let mut node = Node::read(raw).unwrap();
        NAMES.mask(&mut node);
        assert_eq!(node.compact(), masked);
    }

    #[test]
    fn members_are_masked_in_pieces_of_json() {
        for (text, masked) in [
            (r#"{"answer": "a\"b", "x": 1}"#, r#"{"answer": "********", "x": 1}"#),
            (r#"ut"}, {"answer":"cut o"#, r#"ut"}, {"answer":"********"#),
            (r#"{"pass\u0077ord": 12, "b":"c"}"#, r#"{"pass\u0077ord": ********, "b":"c"}"#),
            (r#"{"answer": {"x": ["}"]}, "b": 1"#, r#"{"answer": ********, "b": 1"#),
            (r#"{"answer":"","b":"answer"}"#, r#"{"answer":"","b":"answer"}"#),
            ("\"answer\"", "\"answer\""),
            ("\"answer\":", "\"answer\":"),
            ("\"\\", "\"\\"),
        ] {
            assert_eq!(NAMES.mask_text(text), masked);
        }
    }

    #[test]
    fn parameters_of_a_query_are_masked() {
        let header = "</a?token=x&after=y>; rel=\"next\", <https://e/b?b=1&Answer=z#c>; rel=\"self\"";
        let masked = "</a?token=********&after=y>; rel=\"next\", <https://e/b?b=1&Answer=********#c>; rel=\"self\"";
        assert_eq!(NAMES.mask_query(header), masked);
    }
}
