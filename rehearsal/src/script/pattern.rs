//! Patterns of paths: `*` within a segment, `**` across segments.

/// Whether a path has the form of a pattern.
pub(super) fn fits(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('/').filter(|segment| !segment.is_empty()).collect();
    let path: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    segments(&pattern, &path)
}

fn segments(pattern: &[&str], path: &[&str]) -> bool {
    match pattern {
        [] => path.is_empty(),
        ["**", rest @ ..] => (0..=path.len()).any(|skip| segments(rest, &path[skip..])),
        [first, rest @ ..] => {
            path.split_first().is_some_and(|(segment, others)| within(first, segment) && segments(rest, others))
        }
    }
}

fn within(pattern: &str, segment: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == segment,
        Some((start, rest)) => segment.strip_prefix(start).is_some_and(|left| {
            left.char_indices().map(|(at, _)| at).chain([left.len()]).any(|at| within(rest, &left[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn stars_stand_for_segments() {
        for (pattern, path, expected) in [
            ("/api/v1/users/*", "/api/v1/users/00u1", true),
            ("/api/v1/users/*", "/api/v1/users/00u1/roles", false),
            ("/api/v1/users/**", "/api/v1/users/00u1/roles", true),
            ("/api/v1/users/**", "/api/v1/users", true),
            ("/**/suspend", "/api/v1/users/00u1/lifecycle/suspend", true),
            ("/**/lifecycle/*", "/api/v1/users/00u1/lifecycle/suspend", true),
            ("/api/v1/users/ada*@*", "/api/v1/users/ada.adler@x.example", true),
            ("/api/v1/users", "/api/v1/groups", false),
            ("**", "/anything", true),
        ] {
            assert_eq!(fits(pattern, path), expected, "{pattern} {path}");
        }
    }
}
