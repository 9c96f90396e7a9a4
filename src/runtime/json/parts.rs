//! Splits objects and arrays into their parts without changing these, and without keeping more than is allowed.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The members of an object in order, including duplicates, with unchanged values.
pub fn members<'j>(object: &'j str) -> serde_json::Result<Vec<(Cow<'j, str>, &'j RawValue)>> {
    struct Text;

    impl<'de> DeserializeSeed<'de> for Text {
        type Value = Cow<'de, str>;

        fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
            deserializer.deserialize_str(self)
        }
    }

    impl<'de> Visitor<'de> for Text {
        type Value = Cow<'de, str>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a key")
        }

        fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
            Ok(Cow::Borrowed(key))
        }

        fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
            Ok(Cow::Owned(key.to_owned()))
        }
    }

    let mut members = Vec::new();
    each(
        object,
        || Text,
        |key, value| {
            members.push((key, value));
        },
    )?;
    Ok(members)
}

/// Why the members of an object were not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unnamed {
    /// It is not a valid JSON object.
    Invalid,
    /// It has one of them twice, so it is unclear which one counts.
    Twice,
}

/// The values of `names` in an object. Other members are not kept, however many there are.
///
/// # Errors
/// When the object is not valid, or has one of the names twice.
pub fn named<'j, const N: usize>(object: &'j str, names: [&str; N]) -> Result<[Option<&'j str>; N], Unnamed> {
    struct Which<'n>(&'n [&'n str]);

    impl<'de> DeserializeSeed<'de> for Which<'_> {
        type Value = Option<usize>;

        fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
            deserializer.deserialize_str(self)
        }
    }

    impl Visitor<'_> for Which<'_> {
        type Value = Option<usize>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a key")
        }

        fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
            Ok(self.0.iter().position(|name| *name == key))
        }
    }

    let (mut found, mut twice) = ([None; N], false);
    let read = each(
        object,
        || Which(&names),
        |which, value: &'j RawValue| {
            if let Some(which) = which {
                twice |= found[which].replace(value.get()).is_some();
            }
        },
    );
    match read {
        Err(_) => Err(Unnamed::Invalid),
        Ok(()) if twice => Err(Unnamed::Twice),
        Ok(()) => Ok(found),
    }
}

/// Reads an object member by member.
fn each<'j, K: DeserializeSeed<'j>>(
    object: &'j str,
    key: impl Fn() -> K,
    take: impl FnMut(K::Value, &'j RawValue),
) -> serde_json::Result<()> {
    struct Each<K, T>(K, T);

    impl<'de, S, K, T> Visitor<'de> for Each<K, T>
    where
        S: DeserializeSeed<'de>,
        K: Fn() -> S,
        T: FnMut(S::Value, &'de RawValue),
    {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
            while let Some(key) = map.next_key_seed((self.0)())? {
                (self.1)(key, map.next_value()?);
            }
            Ok(())
        }
    }

    let mut deserializer = serde_json::Deserializer::from_str(object);
    deserializer.deserialize_map(Each(key, take))?;
    deserializer.end()
}

/// Maximum number of elements in an array, and of members in an object of a request.
pub const MOST: usize = 100_000;

/// Why an array was not split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlisted {
    /// It is not a valid JSON array.
    Invalid,
    /// It has more than [`MOST`] elements.
    TooMany,
    /// There is not enough memory for them.
    NoRoom,
}

/// The elements of an array, unchanged, at most [`MOST`].
///
/// # Errors
/// When there are more, the array is not valid, or there is not enough memory.
pub fn elements(array: &str) -> Result<Vec<&RawValue>, Unlisted> {
    struct Elements<'u>(&'u mut Unlisted);

    impl<'de> Visitor<'de> for Elements<'_> {
        type Value = Vec<&'de RawValue>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
            let mut elements = Vec::new();
            while let Some(element) = array.next_element()? {
                if elements.len() == MOST {
                    *self.0 = Unlisted::TooMany;
                    return Err(A::Error::custom("too many"));
                }
                if elements.len() == elements.capacity() && elements.try_reserve(elements.len().max(16)).is_err() {
                    *self.0 = Unlisted::NoRoom;
                    return Err(A::Error::custom("no room"));
                }
                elements.push(element);
            }
            Ok(elements)
        }
    }

    let mut problem = Unlisted::Invalid;
    let mut deserializer = serde_json::Deserializer::from_str(array);
    let elements = deserializer.deserialize_seq(Elements(&mut problem)).and_then(|elements| {
        deserializer.end()?;
        Ok(elements)
    });
    elements.map_err(|_| problem)
}

/// Whether an object, which must be valid JSON, has more than [`MOST`] members.
pub fn has_too_many_members(object: &str) -> bool {
    // `"":0,` is the shortest possible member.
    object.len() > 5 * MOST && {
        let mut count = 0usize;
        let counted = each(object, || PhantomData::<IgnoredAny>, |_, _| count += 1);
        counted.is_ok() && count > MOST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_has_at_most_its_number_of_elements() {
        let array = |count: usize| format!("[0{}]", ",0".repeat(count - 1));
        assert_eq!(elements(&array(MOST)).unwrap().len(), MOST);
        assert_eq!(elements(&array(MOST + 1)).unwrap_err(), Unlisted::TooMany);
        for invalid in ["[0", "[0] 1", "{}", "[,]"] {
            assert_eq!(elements(invalid).unwrap_err(), Unlisted::Invalid, "{invalid}");
        }
        let taken: Vec<&str> =
            ["[1,  {\"a\" :[]}]"].into_iter().flat_map(|json| elements(json).unwrap()).map(RawValue::get).collect();
        assert_eq!(taken, ["1", "{\"a\" :[]}"]);
    }

    #[test]
    fn an_object_of_a_request_has_at_most_its_number_of_members() {
        let object = |count: usize| format!("{{\"a\":0{}}}", ",\"\":0".repeat(count - 1));
        assert!(!has_too_many_members(&object(MOST)));
        assert!(has_too_many_members(&object(MOST + 1)));
    }

    #[test]
    fn members_are_found_without_being_kept() {
        let object = r#"{"b":1,"\u0061":"x","d":[2]}"#;
        assert_eq!(named(object, ["a", "b", "c"]).unwrap(), [Some("\"x\""), Some("1"), None]);
        assert_eq!(named("{\"a\":1,\"a\":2}", ["a"]), Err(Unnamed::Twice));
        assert_eq!(named("{\"a\":1", ["a"]), Err(Unnamed::Invalid));
    }
}
