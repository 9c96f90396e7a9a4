//! Cuts JSON objects down to the members that somebody wants, in one pass and without a tree: order
//! and spelling stay as they were sent.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The paths to keep, such as `id`, `profile.login`, `credentials.emails.*.value`.
#[derive(Debug)]
pub struct Fields {
    root: Branch,
    paths: Vec<String>,
}

/// What is kept of an object, and of every element of an array of objects.
#[derive(Debug, Default)]
struct Branch(Vec<(String, Kept)>);

#[derive(Debug)]
enum Kept {
    /// The member as it is; the paths that end here.
    Whole(Vec<usize>),
    /// Some of it.
    Part(Branch),
}

/// Which of the paths have been found so far.
pub struct Found(Vec<bool>);

impl Fields {
    /// These paths: names joined by dots. Arrays are gone through with or without a `*`; of two paths
    /// the one that keeps more counts.
    ///
    /// # Errors
    /// A path that names nothing.
    pub fn new(paths: Vec<String>) -> Result<Fields, String> {
        let mut root = Branch::default();
        for (index, path) in paths.iter().enumerate() {
            let names: Vec<&str> = path.split('.').filter(|name| *name != "*").collect();
            if names.is_empty() || names.iter().any(|name| name.is_empty()) {
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

    /// The paths that were in no object that was cut.
    pub fn missing<'f>(&'f self, found: &'f Found) -> impl Iterator<Item = &'f str> {
        self.paths.iter().zip(&found.0).filter(|(_, found)| !**found).map(|(path, _)| path.as_str())
    }

    /// Writes what is kept of `object`, a JSON object, to the end of `out`: `{}` at least.
    ///
    /// # Errors
    /// When it is not valid JSON.
    pub fn cut(&self, object: &str, found: &mut Found, out: &mut Vec<u8>) -> serde_json::Result<()> {
        let mut deserializer = serde_json::Deserializer::from_str(object);
        let kept = Cut { branch: &self.root, found, out }.deserialize(&mut deserializer)?;
        if !kept {
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
            // The wider path keeps all of it; whether the narrower one is in it does not matter any more.
            (Kept::Whole(paths), _) => paths.push(path),
            (Kept::Part(branch), []) => {
                let mut paths = branch.paths();
                paths.push(path);
                self.0[place].1 = Kept::Whole(paths);
            }
            (Kept::Part(branch), rest) => branch.add(rest, path),
        }
    }

    /// All paths that end in the branch.
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

/// Writes what a branch keeps of a value; `false`, and nothing written, where that is nothing.
struct Cut<'f, 'o> {
    branch: &'f Branch,
    found: &'o mut Found,
    out: &'o mut Vec<u8>,
}

impl<'de> DeserializeSeed<'de> for Cut<'_, '_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Cut<'_, '_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
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
            let is_kept = match kept {
                Kept::Whole(paths) => {
                    out.extend_from_slice(map.next_value::<&RawValue>()?.get().as_bytes());
                    paths.iter().for_each(|path| found.0[*path] = true);
                    true
                }
                Kept::Part(branch) => map.next_value_seed(Cut { branch, found, out })?,
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
        loop {
            let before = out.len();
            out.push(separator);
            match seq.next_element_seed(Cut { branch, found, out })? {
                Some(true) => separator = b',',
                Some(false) => out.truncate(before),
                None => {
                    out.truncate(before);
                    break;
                }
            }
        }
        if out.len() > start {
            out.push(b']');
        }
        Ok(out.len() > start)
    }

    fn visit_bool<E>(self, _: bool) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_i64<E>(self, _: i64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_u64<E>(self, _: u64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_f64<E>(self, _: f64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_str<E>(self, _: &str) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }
}

/// A member's name, without a copy where it has no escapes.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

/// A name that came with escapes gets those that it needs.
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
    fn a_path_that_names_nothing_is_no_path() {
        for path in ["", "*", "a..b", ".a", "a."] {
            assert!(Fields::new(vec![path.to_owned()]).is_err(), "{path}");
        }
    }
}
