//! Reduces JSON objects to selected members, in one pass and without building a tree: order and spelling stay as they
//! were sent.

use memchr::{memchr2, memchr3};

/// The paths to keep, such as `id`, `profile.login`, `credentials.emails.*.value`.
#[derive(Debug)]
pub struct Fields {
    root: Branch,
    paths: Vec<String>,
}

/// Maximum number of paths.
pub const MOST_PATHS: usize = 1000;
/// Maximum number of names in a path: JSON is nested no deeper than that.
const DEEPEST: usize = 128;

/// What is kept of an object, and of every element of an array of objects.
#[derive(Debug, Default)]
struct Branch(Vec<(String, Kept)>);

#[derive(Debug)]
enum Kept {
    /// The whole member; the paths that end here.
    Whole(Vec<usize>),
    /// Part of the member.
    Part(Branch),
}

/// Which of the paths have been found so far.
pub struct Found(Vec<bool>);

impl Fields {
    /// Selects these paths: names joined by dots. A `*` for the elements of an array is optional. Of two
    /// overlapping paths, the one that keeps more counts.
    ///
    /// # Errors
    /// A path that cannot be in any element: an empty name, none at all, or more than [`DEEPEST`].
    pub fn new(paths: Vec<String>) -> Result<Fields, String> {
        let mut root = Branch::default();
        for (index, path) in paths.iter().enumerate() {
            let names: Vec<&str> = path.split('.').filter(|name| *name != "*").collect();
            if names.is_empty() || names.len() > DEEPEST || names.iter().any(|name| name.is_empty()) {
                return Err(path.clone());
            }
            root.add(&names, index);
        }
        Ok(Fields { root, paths })
    }

    /// Nothing found yet.
    pub fn nothing_found(&self) -> Found {
        Found(vec![false; self.paths.len()])
    }

    /// The paths that were found in none of the objects.
    pub fn missing<'f>(&'f self, found: &'f Found) -> impl Iterator<Item = &'f str> {
        self.paths.iter().zip(&found.0).filter(|(_, found)| !**found).map(|(path, _)| path.as_str())
    }

    /// Writes what is kept of `object`, a JSON object that has been checked, to the end of `out`: `{}` at least.
    pub fn cut(&self, object: &str, found: &mut Found, out: &mut Vec<u8>) {
        let mut scan = Scan { json: object.trim_start().as_bytes(), at: 0, found, out };
        if !scan.value(&self.root, true) {
            out.extend_from_slice(b"{}");
        }
    }
}

impl Branch {
    fn add(&mut self, names: &[&str], path: usize) {
        let (name, rest) = (names[0], &names[1..]);
        let place = match self.0.iter().position(|(known, _)| known == name) {
            Some(place) => place,
            None => {
                let new = if rest.is_empty() { Kept::Whole(Vec::new()) } else { Kept::Part(Branch::default()) };
                self.0.push((name.to_owned(), new));
                self.0.len() - 1
            }
        };
        match (&mut self.0[place].1, rest) {
            // The wider path keeps everything; whether the narrower one is found in it no longer matters.
            (Kept::Whole(paths), _) => paths.push(path),
            (Kept::Part(branch), []) => {
                let mut paths = branch.paths();
                paths.push(path);
                self.0[place].1 = Kept::Whole(paths);
            }
            (Kept::Part(branch), rest) => branch.add(rest, path),
        }
    }

    /// All paths that end in this branch.
    fn paths(&self) -> Vec<usize> {
        let of = |kept: &Kept| match kept {
            Kept::Whole(paths) => paths.clone(),
            Kept::Part(branch) => branch.paths(),
        };
        self.0.iter().flat_map(|(_, kept)| of(kept)).collect()
    }

    /// The place of a name, which is given in quotes as it was sent.
    fn find(&self, quoted: &[u8]) -> Option<usize> {
        let name = &quoted[1..quoted.len().max(2) - 1];
        match name.contains(&b'\\') {
            false => self.0.iter().position(|(known, _)| known.as_bytes() == name),
            true => {
                let name: String = serde_json::from_slice(quoted).ok()?;
                self.0.iter().position(|(known, _)| *known == name)
            }
        }
    }
}

/// Goes through JSON that has been checked, no further than something is still wanted.
struct Scan<'j, 'o> {
    json: &'j [u8],
    at: usize,
    found: &'o mut Found,
    out: &'o mut Vec<u8>,
}

impl Scan<'_, '_> {
    /// Writes what a branch keeps of the value here; `false`, with nothing written, if that is nothing. If it is the
    /// `last` one that is wanted, its end is not looked for.
    fn value(&mut self, branch: &Branch, last: bool) -> bool {
        match self.peek() {
            b'{' => self.object(branch, last),
            b'[' => self.array(branch),
            _ => {
                self.skip_value();
                false
            }
        }
    }

    fn object(&mut self, branch: &Branch, last: bool) -> bool {
        let start = self.out.len();
        let mut separator = b'{';
        let mut wanted = Wanted::all_of(branch);
        self.at += 1;
        loop {
            match self.peek() {
                b'"' => {}
                b'}' | 0 => break,
                _ => {
                    self.at += 1;
                    continue;
                }
            }
            let name = self.at;
            self.skip_string();
            let name = &self.json[name..self.at];
            while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t' | b':') {
                self.at += 1;
            }
            let Some(index) = branch.find(name) else {
                self.skip_value();
                continue;
            };
            let is_last = wanted.is_last(index) && last;
            let before = self.out.len();
            self.out.push(separator);
            self.out.extend_from_slice(name);
            self.out.push(b':');
            let is_kept = match &branch.0[index].1 {
                Kept::Whole(paths) => {
                    let value = self.at;
                    self.skip_value();
                    self.out.extend_from_slice(&self.json[value..self.at]);
                    paths.iter().for_each(|path| self.found.0[*path] = true);
                    true
                }
                Kept::Part(branch) => self.value(branch, is_last),
            };
            match is_kept {
                true => separator = b',',
                false => self.out.truncate(before),
            }
            if is_last {
                break;
            }
        }
        self.at += 1;
        let is_kept = self.out.len() > start;
        if is_kept {
            self.out.push(b'}');
        }
        is_kept
    }

    fn array(&mut self, branch: &Branch) -> bool {
        let start = self.out.len();
        let mut separator = b'[';
        self.at += 1;
        loop {
            match self.peek() {
                b']' | 0 => break,
                b',' | b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                _ => {
                    let before = self.out.len();
                    self.out.push(separator);
                    match self.value(branch, false) {
                        true => separator = b',',
                        false => self.out.truncate(before),
                    }
                }
            }
        }
        self.at += 1;
        let is_kept = self.out.len() > start;
        if is_kept {
            self.out.push(b']');
        }
        is_kept
    }

    /// The byte here; 0 at the end.
    fn peek(&self) -> u8 {
        self.json.get(self.at).copied().unwrap_or(0)
    }

    fn skip_string(&mut self) {
        self.at += 1;
        while let Some(found) = self.json.get(self.at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
            self.at += found + 1;
            if self.json[self.at - 1] == b'"' {
                return;
            }
            self.at += 1;
        }
        self.at = self.json.len();
    }

    fn skip_value(&mut self) {
        let (open, close) = match self.peek() {
            b'"' => return self.skip_string(),
            b'{' => (b'{', b'}'),
            b'[' => (b'[', b']'),
            _ => {
                while !matches!(self.peek(), b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t' | 0) {
                    self.at += 1;
                }
                return;
            }
        };
        // Brackets of the other kind are balanced in between.
        let mut depth = 0;
        while let Some(found) = self.json.get(self.at..).and_then(|rest| memchr3(b'"', open, close, rest)) {
            self.at += found;
            match self.json[self.at] {
                b'"' => {
                    self.skip_string();
                    continue;
                }
                byte if byte == open => depth += 1,
                _ => depth -= 1,
            }
            self.at += 1;
            if depth == 0 {
                return;
            }
        }
        self.at = self.json.len();
    }
}

/// Which names of a branch have not been seen in an object, for fewer than 64 of them; more are always looked for.
struct Wanted(Option<u64>);

impl Wanted {
    fn all_of(branch: &Branch) -> Wanted {
        Wanted((branch.0.len() < 64).then(|| (1 << branch.0.len()) - 1))
    }

    /// Whether none is left once this one has been seen.
    fn is_last(&mut self, index: usize) -> bool {
        match &mut self.0 {
            Some(names) => {
                *names &= !(1 << index);
                *names == 0
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(paths: &[&str], object: &str) -> (String, Vec<String>) {
        let fields = Fields::new(paths.iter().map(|path| (*path).to_owned()).collect()).unwrap();
        let mut found = fields.nothing_found();
        let mut out = b"before ".to_vec();
        fields.cut(object, &mut found, &mut out);
        let missing = fields.missing(&found).map(str::to_owned).collect();
        (String::from_utf8(out).unwrap().strip_prefix("before ").unwrap().to_owned(), missing)
    }

    const USER: &str = r#"{"id":"00u1","n":1.0,"profile":{"login":"a\u00e9","tags":["x"]},"credentials":{"emails":[{"value":"a","type":"P"},{"type":"S"},{"value":"b"}]}}"#;

    #[test]
    fn what_is_kept_stays_in_its_order_and_spelling() {
        assert_eq!(
            cut(&["profile.login", "n", "id"], USER).0,
            r#"{"id":"00u1","n":1.0,"profile":{"login":"a\u00e9"}}"#
        );
        assert_eq!(cut(&["profile"], USER).0, r#"{"profile":{"login":"a\u00e9","tags":["x"]}}"#);
    }

    #[test]
    fn arrays_are_gone_through_with_or_without_a_star() {
        for path in ["credentials.emails.*.value", "credentials.emails.value", "*.credentials.emails.value.*"] {
            assert_eq!(cut(&[path], USER).0, r#"{"credentials":{"emails":[{"value":"a"},{"value":"b"}]}}"#, "{path}");
        }
        assert_eq!(cut(&["profile.tags.*"], USER).0, r#"{"profile":{"tags":["x"]}}"#);
    }

    #[test]
    fn parents_of_nothing_are_left_out_but_the_object_stays() {
        let (kept, missing) = cut(&["profile.phone", "credentials.emails.*.phone", "id.x"], USER);
        assert_eq!((kept.as_str(), missing.len()), ("{}", 3));
    }

    #[test]
    fn of_two_paths_the_wider_counts() {
        for paths in [["profile.login", "profile"], ["profile", "profile.login"]] {
            let (kept, missing) = cut(&paths, USER);
            assert_eq!((kept.as_str(), missing.len()), (r#"{"profile":{"login":"a\u00e9","tags":["x"]}}"#, 0));
        }
    }

    #[test]
    fn halves_of_surrogates_are_kept_and_skipped() {
        let object = r#"{"\ud800":1,"a":"\ud800","b":["\udc00",{"c":"\ud800"}],"i\u0064":2}"#;
        assert_eq!(cut(&["b.c", "a.x", "id"], object).0, r#"{"b":[{"c":"\ud800"}],"i\u0064":2}"#);
        assert_eq!(cut(&["a"], object).0, r#"{"a":"\ud800"}"#);
    }

    #[test]
    fn white_space_brackets_in_text_and_nested_arrays_are_gone_through() {
        let object = " {\n \"a\" : [ [ {\"b\" : 1.0 } , {\"c\":2}, \"]}\" ], { \"b\":\"{[\\\"\"} ] , \"d\" : { } , \"b\" : -1e3 } ";
        assert_eq!(cut(&["a.b"], object).0, r#"{"a":[[{"b":1.0}],{"b":"{[\""}]}"#);
        assert_eq!(cut(&["b"], object).0, r#"{"b":-1e3}"#);
        assert_eq!(cut(&["d"], object).0, r#"{"d":{ }}"#);
        assert_eq!(cut(&["d.x", "b"], object).0, r#"{"b":-1e3}"#);
    }

    #[test]
    fn nothing_is_missed_by_stopping_early() {
        let object = r#"{"a":{"b":{"c":1,"d":[{"e":2},{"f":3}]},"g":null},"h":[1,{"a":4}],"i":"x"}"#;
        for (paths, kept) in [
            (&["a.b.c"][..], r#"{"a":{"b":{"c":1}}}"#),
            (&["a.b.d.e", "i"], r#"{"a":{"b":{"d":[{"e":2}]}},"i":"x"}"#),
            (&["a.b.c", "a.g", "h.a"], r#"{"a":{"b":{"c":1},"g":null},"h":[{"a":4}]}"#),
            (&["a.g", "a.b.d.f"], r#"{"a":{"b":{"d":[{"f":3}]},"g":null}}"#),
            (&["i", "missing"], r#"{"i":"x"}"#),
        ] {
            assert_eq!(cut(paths, object).0, kept, "{paths:?}");
        }
    }

    #[test]
    fn a_path_that_names_nothing_is_no_path() {
        for path in ["", "*", "a..b", ".a", "a.", &"a.".repeat(1_000_000)] {
            assert!(Fields::new(vec![path.to_owned()]).is_err(), "{path}");
        }
        assert!(Fields::new(vec!["a.".repeat(DEEPEST) + "a"]).is_err());
        assert!(Fields::new(vec!["a.".repeat(DEEPEST - 1) + "a"]).is_ok());
    }
}
