//! Parses `Link` headers (RFC 8288): one header per relation or all in one; URLs may contain commas and
//! semicolons.

/// The targets of a relation in these headers, in order.
pub fn targets<'h>(headers: impl Iterator<Item = &'h str>, relation: &str) -> Vec<&'h str> {
    let mut found = Vec::new();
    for header in headers {
        let mut rest = header;
        while let Some(start) = rest.find('<') {
            let Some(end) = rest[start..].find('>') else { break };
            let target = rest[start + 1..start + end].trim();
            let (parameters, after) = parameters(&rest[start + end + 1..]);
            rest = after;
            // The first `rel` of a link counts (RFC 8288, 3.3).
            let rel = parameters.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("rel"));
            if rel.is_some_and(|(_, value)| value.split_whitespace().any(|word| word.eq_ignore_ascii_case(relation))) {
                found.push(target);
            }
        }
    }
    found
}

/// The parameters of one link, and the text after the comma that ends it.
fn parameters(text: &str) -> (Vec<(&str, &str)>, &str) {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        match rest.as_bytes().first() {
            Some(b';') => rest = &rest[1..],
            Some(b',') => return (found, &rest[1..]),
            Some(_) => {}
            None => return (found, rest),
        }
        let end = rest.find([';', ',', '=']).unwrap_or(rest.len());
        let name = rest[..end].trim();
        rest = &rest[end..];
        let Some(after) = rest.strip_prefix('=') else { continue };
        let after = after.trim_start();
        let value = match after.strip_prefix('"') {
            Some(quoted) => {
                let end = quote_end(quoted);
                rest = quoted.get(end + 1..).unwrap_or_default();
                &quoted[..end]
            }
            None => {
                let end = after.find([';', ',']).unwrap_or(after.len());
                rest = &after[end..];
                after[..end].trim()
            }
        };
        found.push((name, value));
    }
}

fn quote_end(text: &str) -> usize {
    let mut escaped = false;
    text.bytes()
        .position(|byte| match byte {
            _ if escaped => {
                escaped = false;
                false
            }
            b'\\' => {
                escaped = true;
                false
            }
            byte => byte == b'"',
        })
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_in_one_header_or_several() {
        for headers in [
            vec![r#"<https://a/x?self>; rel="self""#, r#"<https://a/x?after=1,2;3>; rel="next""#],
            vec![r#"<https://a/x?self>; rel="self", <https://a/x?after=1,2;3>; rel="next""#],
            vec![r#"<https://a/x?self>;rel=self,<https://a/x?after=1,2;3>;title="a, \"b\"; rel=\"self\"";rel=NEXT"#],
            vec![r#"< https://a/x?after=1,2;3 > ; rel = "prev next" ; rel=self"#],
        ] {
            assert_eq!(targets(headers.iter().copied(), "next"), ["https://a/x?after=1,2;3"], "{headers:?}");
        }
    }

    #[test]
    fn broken_headers_have_no_links() {
        for header in ["", "<", "<x", "x>; rel=next", "<x>; rel", "<x>; rel=\"nex", ";;;,,,", "<x>;=;=,"] {
            assert!(targets([header].into_iter(), "next").is_empty(), "{header}");
        }
    }
}
