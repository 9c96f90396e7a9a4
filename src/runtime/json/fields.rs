//! Reduces JSON objects to selected members, in one pass and without building a tree: order and spelling stay as they
//! were sent.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

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

    /// Appends what is kept of `object`, a JSON object, to `out`: at least `{}`.
    ///
    /// # Errors
    /// When it is not valid JSON.
    pub fn cut(&self, object: &str, found: &mut Found, out: &mut Vec<u8>) -> serde_json::Result<()> {
        if !cut(object, &self.root, found, out)? {
            out.extend_from_slice(b"{}");
        }
        Ok(())
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

    fn get(&self, name: &str) -> Option<&Kept> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, kept)| kept)
    }
}

/// Writes what a branch keeps of a value; `false`, and nothing written, where that is nothing. Only objects and
/// arrays are looked into: text may hold halves of surrogates, which no string can.
fn cut(value: &str, branch: &Branch, found: &mut Found, out: &mut Vec<u8>) -> serde_json::Result<bool> {
    let visitor = Cut { branch, found, out };
    let mut deserializer = serde_json::Deserializer::from_str(value);
    match value.as_bytes().first() {
        Some(b'{') => deserializer.deserialize_map(visitor),
        Some(b'[') => deserializer.deserialize_seq(visitor),
        _ => Ok(false),
    }
}

struct Cut<'f, 'o> {
    branch: &'f Branch,
    found: &'o mut Found,
    out: &'o mut Vec<u8>,
}

impl<'de> Visitor<'de> for Cut<'_, '_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or array")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let Cut { branch, found, out } = self;
        let start = out.len();
        let mut separator = b'{';
        while let Some(name) = map.next_key_seed(Name)? {
            let Some(kept) = branch.get(&name) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let before = out.len();
            out.push(separator);
            write_name(&name, out);
            let value = map.next_value::<&RawValue>()?.get();
            let is_kept = match kept {
                Kept::Whole(paths) => {
                    out.extend_from_slice(value.as_bytes());
                    paths.iter().for_each(|path| found.0[*path] = true);
                    true
                }
                Kept::Part(branch) => cut(value, branch, found, out).map_err(A::Error::custom)?,
            };
            match is_kept {
                true => separator = b',',
                false => out.truncate(before),
            }
        }
        if out.len() > start {
            out.push(b'}');
        }
        Ok(out.len() > start)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<bool, A::Error> {
        let Cut { branch, found, out } = self;
        let start = out.len();
        let mut separator = b'[';
        while let Some(element) = seq.next_element::<&RawValue>()? {
            let before = out.len();
            out.push(separator);
            match cut(element.get(), branch, found, out).map_err(A::Error::custom)? {
                true => separator = b',',
                false => out.truncate(before),
            }
        }
        if out.len() > start {
            out.push(b']');
        }
        Ok(out.len() > start)
    }
}

/// A member's name; copied only if it has escapes.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_bytes(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_bytes<E>(self, name: &'de [u8]) -> Result<Self::Value, E> {
        Ok(String::from_utf8_lossy(name))
    }

    fn visit_bytes<E>(self, name: &[u8]) -> Result<Self::Value, E> {
        Ok(Cow::Owned(String::from_utf8_lossy(name).into_owned()))
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

/// Writes a name with the escapes that it needs.
fn write_name(name: &str, out: &mut Vec<u8>) {
    if name.bytes().any(|byte| byte < 0x20 || matches!(byte, b'"' | b'\\')) {
        out.extend_from_slice(serde_json::json!(name).to_string().as_bytes());
    } else {
        out.push(b'"');
        out.extend_from_slice(name.as_bytes());
        out.push(b'"');
    }
    out.push(b':');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(paths: &[&str], object: &str) -> (String, Vec<String>) {
        let fields = Fields::new(paths.iter().map(|path| (*path).to_owned()).collect()).unwrap();
        let mut found = fields.nothing_found();
        let mut out = b"before ".to_vec();
        fields.cut(object, &mut found, &mut out).unwrap();
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
        assert_eq!(cut(&["b.c", "a.x", "id"], object).0, r#"{"b":[{"c":"\ud800"}],"id":2}"#);
        assert_eq!(cut(&["a"], object).0, r#"{"a":"\ud800"}"#);
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
