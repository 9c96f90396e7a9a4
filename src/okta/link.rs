//! The `Link` header (RFC 8288): one header per relation, or one for all; URLs may contain commas and semicolons. The
//! absence of a link ends a list, so a header that cannot be read must not be taken for its absence.

use std::borrow::Cow;

/// One link.
struct Link<'h> {
    target: &'h str,
    /// The words of its first `rel`, which is the one that counts (RFC 8288, 3.3).
    relations: Vec<&'h str>,
}

/// The links of a response.
pub struct Links<'h>(Vec<Link<'h>>);

/// A `Link` header that is invalid, or names two targets for one relation.
#[derive(Debug, PartialEq, Eq)]
pub struct Unreadable;

impl<'h> Links<'h> {
    /// Reads all `Link` headers of a response.
    ///
    /// # Errors
    /// When any of them cannot be read completely.
    pub fn read(headers: impl Iterator<Item = &'h str>) -> Result<Links<'h>, Unreadable> {
        let mut links = Vec::new();
        for header in headers {
            let mut rest = Rest(header);
            while rest.skip_to_link()? {
                links.push(rest.link()?);
            }
        }
        Ok(Links(links))
    }

    /// Whether there are no links.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The target of a relation.
    ///
    /// # Errors
    /// When there are two different ones.
    pub fn target(&self, relation: &str) -> Result<Option<&'h str>, Unreadable> {
        let is_it = |link: &&Link<'h>| link.relations.iter().any(|word| unescaped(word).eq_ignore_ascii_case(relation));
        let mut targets = self.0.iter().filter(is_it).map(|link| link.target);
        let first = targets.next();
        match targets.any(|target| Some(target) != first) {
            true => Err(Unreadable),
            false => Ok(first),
        }
    }
}

/// The unread rest of a header.
struct Rest<'h>(&'h str);

impl<'h> Rest<'h> {
    /// Advances to the next link; `false` at the end. Empty elements are allowed (RFC 9110, 5.6.1).
    fn skip_to_link(&mut self) -> Result<bool, Unreadable> {
        self.0 = self.0.trim_start_matches([' ', '\t', ',']);
        match self.0.as_bytes().first() {
            None => Ok(false),
            Some(b'<') => Ok(true),
            Some(_) => Err(Unreadable),
        }
    }

    fn link(&mut self) -> Result<Link<'h>, Unreadable> {
        let (target, rest) = self.0[1..].split_once('>').ok_or(Unreadable)?;
        self.0 = rest;
        let target = target.trim();
        if target.is_empty() {
            return Err(Unreadable);
        }
        let mut relations = None;
        while self.parameter_follows()? {
            let (name, value) = self.parameter()?;
            if name.eq_ignore_ascii_case("rel") && relations.is_none() {
                relations = Some(value.split_whitespace().collect());
            }
        }
        Ok(Link { target, relations: relations.unwrap_or_default() })
    }

    /// Advances to the next parameter of a link; `false` after the last one.
    fn parameter_follows(&mut self) -> Result<bool, Unreadable> {
        self.0 = self.0.trim_start();
        match self.0.as_bytes().first() {
            None | Some(b',') => Ok(false),
            Some(b';') => {
                self.0 = self.0.trim_start_matches([';', ' ', '\t']);
                Ok(!matches!(self.0.as_bytes().first(), None | Some(b',')))
            }
            Some(_) => Err(Unreadable),
        }
    }

    /// Name and value; a parameter may lack a value.
    fn parameter(&mut self) -> Result<(&'h str, &'h str), Unreadable> {
        let end = self.0.find([';', ',', '=', '"']).unwrap_or(self.0.len());
        let name = self.0[..end].trim();
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(Unreadable);
        }
        let Some(value) = self.0[end..].strip_prefix('=') else {
            self.0 = &self.0[end..];
            return Ok((name, ""));
        };
        let value = value.trim_start();
        if let Some(quoted) = value.strip_prefix('"') {
            let end = quote_end(quoted).ok_or(Unreadable)?;
            self.0 = &quoted[end + 1..];
            return Ok((name, &quoted[..end]));
        }
        let end = value.find([';', ',']).unwrap_or(value.len());
        self.0 = &value[end..];
        Ok((name, value[..end].trim()))
    }
}

/// A quoted string without the backslashes of its quoted pairs (RFC 9110, 5.6.4).
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        plain.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    Cow::Owned(plain)
}

/// Position of the closing quote of a string.
fn quote_end(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next<'h>(headers: &[&'h str]) -> Result<Option<&'h str>, Unreadable> {
        Links::read(headers.iter().copied())?.target("next")
    }

    #[test]
    fn a_relation_may_be_written_with_quoted_pairs() {
        assert_eq!(next(&[r#"</a>; rel="ne\xt""#]), Ok(Some("/a")));
        assert_eq!(next(&[r#"</a>; rel="ne\\xt""#]), Ok(None));
    }

    #[test]
    fn links_are_found_in_one_header_or_several() {
        for headers in [
            vec![r#"<https://a/x?self>; rel="self""#, r#"<https://a/x?after=1,2;3>; rel="next""#],
            vec![r#"<https://a/x?self>; rel="self", <https://a/x?after=1,2;3>; rel="next""#],
            vec![r#"<https://a/x?self>;rel=self,<https://a/x?after=1,2;3>;title="a, \"b\"; rel=\"self\"";rel=NEXT"#],
            vec![r#"< https://a/x?after=1,2;3 > ; rel = "prev next" ; rel=self"#],
            vec!["", r#", <https://a/x?after=1,2;3>; crossorigin; rel=next;,"#],
        ] {
            assert_eq!(next(&headers), Ok(Some("https://a/x?after=1,2;3")), "{headers:?}");
        }
    }

    #[test]
    fn no_link_is_the_end_of_a_list() {
        for headers in [vec![], vec![""], vec!["<https://a/x>; rel=self"], vec!["<https://a/x>; rel"]] {
            assert_eq!(next(&headers), Ok(None), "{headers:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_the_end_of_a_list() {
        for header in [
            "<",
            "<x",
            "x>; rel=next",
            "https://a/x; rel=next",
            "<x> rel=next",
            "<x>; rel=\"nex",
            "<>; rel=next",
            ";;;,,,",
            "<x>;=;=,",
            "<x>; rel=self, next",
            "<x>; rel=next, <y>; rel=next",
            "\u{fffd}",
        ] {
            assert_eq!(next(&[header]), Err(Unreadable), "{header}");
        }
    }
}
