//! Parameters and asset settings: types that read themselves from JSON, and facts about them from the same
//! declaration ([`parameters!`](crate::parameters)).

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::runtime::json;
use crate::runtime::secret::{Redactor, Secret};
use crate::runtime::table::facts::DataType;
use crate::runtime::text;

pub use super::values::{Bounded, Choice, Choices, Count, Flag, SecretText, Text, UpTo};

/// Facts about a parameter or asset setting.
#[derive(Debug)]
pub struct Field {
    /// Its name in the request.
    pub name: &'static str,
    /// Whether it is required.
    pub required: bool,
    /// Its published type.
    pub data_type: DataType,
    /// Whether the value is never shown.
    pub secret: bool,
    /// `contains` in the manifest.
    pub contains: &'static [&'static str],
    /// The values to choose from, in the API's spelling; empty if any value is allowed.
    pub values: &'static [&'static str],
    /// Further values that are accepted, though the manifest does not offer them.
    pub accepted: &'static [&'static str],
    /// The value to use if it is not given.
    pub default: Option<Default>,
    /// Description on one line, without its full stop.
    pub description: &'static str,
}

/// The value to use if none is given.
#[derive(Clone, Copy, Debug)]
pub enum Default {
    /// A number.
    Number(u64),
    /// `true` or `false`.
    Boolean(bool),
}

/// A value as it was given; `null` and `""` count as not given.
pub enum Given<'j> {
    /// Text.
    Text(Cow<'j, str>),
    /// A number in its original spelling.
    Number(&'j str),
    /// `true` or `false`.
    Boolean(bool),
    /// An array or object, as JSON.
    Nested(&'j str),
}

/// The type of a parameter or asset setting.
pub trait Value: Sized {
    /// Its published type.
    const DATA_TYPE: DataType = DataType::String;
    /// `contains` in the manifest.
    const CONTAINS: &'static [&'static str] = &[];
    /// The values to choose from; empty if any value is allowed.
    const VALUES: &'static [&'static str] = &[];
    /// Further values that are accepted.
    const ACCEPTED: &'static [&'static str] = &[];
    /// The value to use if it is not given.
    const DEFAULT: Option<Default> = None;

    /// Whether the value is never shown.
    const SECRET: bool = false;

    /// Reads the value.
    ///
    /// # Errors
    /// What is wrong, to follow the name of the parameter: `must be a whole number`. [`GIVEN`] in it stands for
    /// the value, which is shown only after redaction.
    fn read(given: Given<'_>) -> Result<Self, String>;

    /// The value for `parameter` in the result, as JSON.
    fn echo(&self) -> String;

    /// Why it must not be given to an action that changes something, as the end of a sentence.
    fn refused_in_change(&self) -> Option<&'static str> {
        None
    }

    /// The secret it is, if it is one.
    fn secret(&self) -> Option<&str> {
        None
    }
}

/// A field of a parameters type: `T` is required, `Option<T>` is optional.
pub trait Member: Sized {
    /// The type without the option.
    type Value: Value;
    /// Whether it is required.
    const REQUIRED: bool;

    /// Converts what was read; `None` if it is missing but required.
    fn from_read(value: Option<Self::Value>) -> Option<Self>;
}

impl<V: Value> Member for V {
    type Value = V;
    const REQUIRED: bool = true;

    fn from_read(value: Option<V>) -> Option<V> {
        value
    }
}

impl<V: Value> Member for Option<V> {
    type Value = V;
    const REQUIRED: bool = false;

    fn from_read(value: Option<V>) -> Option<Option<V>> {
        Some(value)
    }
}

/// A set of parameters. Implemented by [`parameters!`](crate::parameters).
pub trait Parameters: Sized {
    /// The facts, in the order of the declaration.
    const FIELDS: &'static [Field];

    /// Reads all fields; `None` if one is missing or invalid. The reader then has the problems.
    fn read(reader: &mut Reader<'_>) -> Option<Self>;
}

/// Declares a type of parameters: descriptions, names and types in one place.
#[macro_export]
macro_rules! parameters {
    (
        $(#[doc = $about:literal])+
        pub struct $name:ident {
            $( $(#[doc = $description:literal])+ $field:ident $($wire:literal)? : $type:ty ),* $(,)?
        }
    ) => {
        $(#[doc = $about])+
        #[derive(schemars::JsonSchema)]
        #[schemars(deny_unknown_fields)]
        pub struct $name {
            $( $(#[doc = $description])+ $(#[schemars(rename = $wire)])? pub $field: $type, )*
        }

        impl $crate::runtime::table::parameter::Parameters for $name {
            const FIELDS: &'static [$crate::runtime::table::parameter::Field] = &[
                $( {
                    use $crate::runtime::table::parameter::{Field, Member, Value};
                    type Inner = <$type as Member>::Value;
                    Field {
                        name: $crate::parameters!(@name $field $($wire)?),
                        required: <$type as Member>::REQUIRED,
                        data_type: <Inner as Value>::DATA_TYPE,
                        secret: <Inner as Value>::SECRET,
                        contains: <Inner as Value>::CONTAINS,
                        values: <Inner as Value>::VALUES,
                        accepted: <Inner as Value>::ACCEPTED,
                        default: <Inner as Value>::DEFAULT,
                        description: concat!($($description),+),
                    }
                } ),*
            ];

            #[allow(unused_variables)]
            fn read(reader: &mut $crate::runtime::table::parameter::Reader<'_>) -> Option<Self> {
                $( let $field = reader.take::<$type>($crate::parameters!(@name $field $($wire)?)); )*
                Some(Self { $( $field: $field? ),* })
            }
        }
    };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $wire:literal) => { $wire };
}

/// Implements an inline JSON Schema for a type: with a reference, editors and the manifest would not show what
/// a parameter accepts. Generics of the type go in brackets in front of it.
#[macro_export]
macro_rules! inline_schema {
    ([$($generics:tt)*] $name:ty, |$generator:pat_param| $schema:expr) => {
        impl<$($generics)*> schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema($generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $schema
            }
        }
    };
}

/// Reads one set of parameters and collects everything that is wrong with it.
pub struct Reader<'j> {
    /// Whether the action changes something.
    changes: bool,
    members: Vec<(Cow<'j, str>, &'j RawValue)>,
    /// The problems, each as part of a sentence.
    pub problems: Vec<String>,
    /// The valid members in the order of the table, as members of a JSON object.
    pub echo: String,
    /// The secrets among them.
    pub secrets: Vec<Secret>,
    /// What is taken out of what is shown of the values.
    redactor: &'j Redactor,
}

/// Stands in a sentence about a value for the value itself.
pub const GIVEN: &str = "{given}";

/// So much is shown of a value that is wrong.
const SHOWN: usize = 40;

impl<'j> Reader<'j> {
    /// Makes a reader of these members, which shows of them what `redactor` leaves.
    pub fn new(members: Vec<(Cow<'j, str>, &'j RawValue)>, redactor: &'j Redactor) -> Self {
        Reader { changes: false, members, problems: Vec::new(), echo: String::new(), secrets: Vec::new(), redactor }
    }

    /// For an action that changes something.
    pub fn for_change(self, changes: bool) -> Self {
        Reader { changes, ..self }
    }

    /// Reads the member `name`; `None` if it is invalid, or required and missing.
    pub fn take<M: Member>(&mut self, name: &'static str) -> Option<M> {
        let given = self.members.iter().find(|(key, _)| key == name).map(|(_, raw)| given(raw));
        let value = match given {
            None | Some(Ok(None)) if M::REQUIRED => {
                self.problems.push(format!("`{name}` is missing"));
                return None;
            }
            None | Some(Ok(None)) => None,
            Some(Ok(Some(given))) => {
                let shown = match &given {
                    Given::Text(text) => text::escaped(&self.redactor.text(text), SHOWN),
                    Given::Number(number) => text::clean(&self.redactor.text(number), SHOWN),
                    Given::Boolean(_) | Given::Nested(_) => String::new(),
                };
                match M::Value::read(given) {
                    Ok(value) => Some(value),
                    Err(problem) => {
                        self.problems.push(format!("`{name}` {}", problem.replace(GIVEN, &shown)));
                        return None;
                    }
                }
            }
            Some(Err(problem)) => {
                self.problems.push(format!("`{name}` {problem}"));
                return None;
            }
        };
        if self.changes
            && let Some(problem) = value.as_ref().and_then(Value::refused_in_change)
        {
            self.problems.push(format!("`{name}` {problem}"));
            return None;
        }
        if let Some(value) = &value {
            self.repeat(name, &value.echo());
            self.secrets.extend(value.secret().map(|secret| Secret::new(secret.to_owned())));
        }
        M::from_read(value)
    }

    /// Adds a member to the echo.
    pub fn repeat(&mut self, name: &str, json: &str) {
        if !self.echo.is_empty() {
            self.echo.push(',');
        }
        self.echo.push('"');
        self.echo.push_str(name);
        self.echo.push_str("\":");
        self.echo.push_str(json);
    }

    /// Adds a problem for every member that is not one of `fields`, and suggests the nearest one.
    pub fn refuse_unknown(&mut self, fields: &[Field]) {
        for (key, _) in &self.members {
            if key == "context" || fields.iter().any(|field| field.name == key) {
                continue;
            }
            let names: Vec<String> = fields.iter().map(|field| format!("`{}`", field.name)).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let advice = match text::nearest(key, fields.iter().map(|field| field.name)) {
                Some(near) => format!("did you mean `{near}`?"),
                None if fields.is_empty() => "this action takes none".to_owned(),
                None => format!("known: {}", text::list(&names, "and")),
            };
            self.problems
                .push(format!("`{}` is not a parameter ({advice})", text::escaped(&self.redactor.text(key), SHOWN)));
        }
    }
}

/// Classifies a raw value; `Ok(None)` means that it is not given.
fn given(raw: &RawValue) -> Result<Option<Given<'_>>, String> {
    let json = raw.get();
    Ok(Some(match json.as_bytes()[0] {
        b'n' => return Ok(None),
        b'"' => match serde_json::from_str::<BorrowedText<'_>>(json) {
            Ok(BorrowedText(text)) if text.is_empty() => return Ok(None),
            Ok(BorrowedText(text)) => Given::Text(text),
            Err(_) => return Err("is not valid text: it contains an unpaired surrogate".to_owned()),
        },
        b't' => Given::Boolean(true),
        b'f' => Given::Boolean(false),
        b'{' | b'[' => Given::Nested(json),
        _ => Given::Number(json),
    }))
}

#[derive(serde::Deserialize)]
struct BorrowedText<'j>(#[serde(borrow)] Cow<'j, str>);

/// Problem text for an invalid value, to follow the name of the parameter.
pub(super) fn must_be(what: &str, given: &Given<'_>) -> String {
    let got = match given {
        Given::Text(_) => format!("\"{GIVEN}\""),
        Given::Number(_) => GIVEN.to_owned(),
        Given::Boolean(value) => value.to_string(),
        Given::Nested(json) => json::kind_of(json).to_owned(),
    };
    format!("must be {what}, not {got}")
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::parameters! {
        /// Parameters of an action that lists things.
        pub struct ListThings {
            /// Start of the name
            query: Option<Text>,
            /// Which kind of thing
            kind "type": Text,
        }
    }

    #[test]
    fn a_declaration_gives_the_facts_of_each_parameter() {
        let facts: Vec<_> = ListThings::FIELDS.iter().map(|field| (field.name, field.required)).collect();
        assert_eq!(facts, [("query", false), ("type", true)]);
        let json = RawValue::from_string("\"a\"".to_owned()).unwrap();
        let redactor = Redactor::default();
        let mut reader = Reader::new(vec![("query".into(), &json), ("type".into(), &json)], &redactor);
        let read = ListThings::read(&mut reader).unwrap();
        assert_eq!((read.query.unwrap().0.as_str(), read.kind.0.as_str()), ("a", "a"));
        assert_eq!(ListThings::FIELDS[0].description.trim(), "Start of the name");
    }
}
