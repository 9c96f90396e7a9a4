//! The types of parameters that any connector needs: text, numbers, flags, secrets and choices.

use std::marker::PhantomData;

use schemars::{Schema, json_schema};
use serde_json::json;

use super::facts::DataType;
use super::parameter::{Default, GIVEN, Given, Value, must_be};
use crate::inline_schema;
use crate::runtime::secret::{MASK, Secret};
use crate::runtime::text;

/// Any text. Numbers are accepted in their original spelling.
#[derive(Clone, Debug)]
pub struct Text(pub String);

impl Text {
    /// Reads text.
    ///
    /// # Errors
    /// For booleans, arrays and objects.
    pub fn from_given(given: Given<'_>) -> Result<String, String> {
        match given {
            Given::Text(text) => Ok(text.into_owned()),
            Given::Number(number) => Ok(number.to_owned()),
            other => Err(must_be("text", &other)),
        }
    }
}

impl Value for Text {
    fn read(given: Given<'_>) -> Result<Self, String> {
        Text::from_given(given).map(Text)
    }

    fn echo(&self) -> String {
        json!(self.0).to_string()
    }
}

inline_schema!([] Text, |_| json_schema!({"type": ["string", "number"], "minLength": 1}));

/// A positive whole number: `240`, `240.0` or `"240"`.
#[derive(Clone, Copy, Debug)]
pub struct Count(pub u64);

/// The largest integer that every JSON parser represents exactly.
const LARGEST: u64 = (1 << 53) - 1;

/// A whole number in any spelling; `None` if it is not one.
fn whole(given: &Given<'_>) -> Option<u64> {
    let text = match given {
        Given::Text(text) => text.trim(),
        Given::Number(number) => number,
        _ => return None,
    };
    if text.is_empty() || !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let digits = match text.split_once('.') {
        Some((digits, zeros)) if !zeros.is_empty() && zeros.bytes().all(|c| c == b'0') => digits,
        Some(_) => return exponent(text),
        None => text,
    };
    match digits.bytes().all(|c| c.is_ascii_digit()) {
        true => digits.parse().ok(),
        false => exponent(text),
    }
}

/// `2.4e2`
fn exponent(text: &str) -> Option<u64> {
    if !text.contains(['e', 'E']) {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    (number.fract() == 0.0 && number >= 0.0 && number <= LARGEST as f64).then_some(number as u64)
}

impl Value for Count {
    const DATA_TYPE: DataType = DataType::Numeric;

    fn read(given: Given<'_>) -> Result<Self, String> {
        match whole(&given) {
            Some(count) if (1..=LARGEST).contains(&count) => Ok(Count(count)),
            _ => Err(must_be("a positive whole number", &given)),
        }
    }

    fn echo(&self) -> String {
        self.0.to_string()
    }
}

inline_schema!([] Count, |_| json_schema!({"anyOf": [
    {"type": "integer", "minimum": 1},
    {"type": "string", "pattern": "^\\s*0*[1-9][0-9]*(\\.0+)?\\s*$"},
]}));

/// `true` or `false`, also accepted as text.
#[derive(Clone, Copy, Debug)]
pub struct Flag<const DEFAULT: bool>(pub bool);

impl<const DEFAULT: bool> Value for Flag<DEFAULT> {
    const DATA_TYPE: DataType = DataType::Boolean;
    const DEFAULT: Option<Default> = Some(Default::Boolean(DEFAULT));

    fn read(given: Given<'_>) -> Result<Self, String> {
        match &given {
            Given::Boolean(value) => Ok(Flag(*value)),
            Given::Text(text) if text.trim().eq_ignore_ascii_case("true") => Ok(Flag(true)),
            Given::Text(text) if text.trim().eq_ignore_ascii_case("false") => Ok(Flag(false)),
            _ => Err(must_be("true or false", &given)),
        }
    }

    fn echo(&self) -> String {
        self.0.to_string()
    }
}

inline_schema!([const DEFAULT: bool] Flag<DEFAULT>, |_| json_schema!({"anyOf": [
            {"type": "boolean"},
            {"type": "string", "pattern": "^([tT][rR][uU][eE]|[fF][aA][lL][sS][eE])$"},
        ], "default": DEFAULT}));

/// A whole number from 1 to `MOST`. A `DEFAULT` of 0 means that there is no default.
#[derive(Clone, Copy, Debug)]
pub struct Bounded<const DEFAULT: u64, const MOST: u64>(pub u64);

impl<const DEFAULT: u64, const MOST: u64> Bounded<DEFAULT, MOST> {
    /// The given number, or the default.
    pub fn or_default(given: Option<Self>) -> u64 {
        given.map_or(DEFAULT, |number| number.0)
    }
}

impl<const DEFAULT: u64, const MOST: u64> Value for Bounded<DEFAULT, MOST> {
    const DATA_TYPE: DataType = DataType::Numeric;
    const DEFAULT: Option<Default> = if DEFAULT == 0 { None } else { Some(Default::Number(DEFAULT)) };

    fn read(given: Given<'_>) -> Result<Self, String> {
        match whole(&given) {
            Some(number) if (1..=MOST).contains(&number) => Ok(Bounded(number)),
            _ => Err(must_be(&format!("a whole number from 1 to {MOST}"), &given)),
        }
    }

    fn echo(&self) -> String {
        self.0.to_string()
    }
}

inline_schema!([const DEFAULT: u64, const MOST: u64] Bounded<DEFAULT, MOST>, |_| {
    let mut schema = json_schema!({"anyOf": [
        {"type": "integer", "minimum": 1, "maximum": MOST},
        {"type": "string", "pattern": "^\\s*0*[1-9][0-9]*(\\.0+)?\\s*$"},
    ]});
    if DEFAULT != 0 {
        schema.insert("default".to_owned(), json!(DEFAULT));
    }
    schema
});

/// Secret text, which is never echoed.
#[derive(Clone, Debug)]
pub struct SecretText(pub Secret);

impl Value for SecretText {
    const SECRET: bool = true;

    fn read(given: Given<'_>) -> Result<Self, String> {
        match given {
            Given::Text(text) => Ok(SecretText(Secret::new(text.into_owned()))),
            Given::Number(number) => Ok(SecretText(Secret::new(number.to_owned()))),
            _ => Err("must be text".to_owned()),
        }
    }

    fn echo(&self) -> String {
        format!("\"{MASK}\"")
    }

    fn secret(&self) -> Option<&str> {
        Some(self.0.reveal())
    }
}

inline_schema!([] SecretText, |generator| {
    let mut schema = <Text as schemars::JsonSchema>::json_schema(generator);
    schema.insert("writeOnly".to_owned(), json!(true));
    schema
});

/// A list of values to choose from.
pub trait Choices {
    /// The values that the manifest offers, in the API's spelling.
    const OFFERED: &'static [&'static str];
    /// Values that are also accepted but not offered.
    const ACCEPTED: &'static [&'static str] = &[];
    /// Patterns of further values that [`Choices::judge`] accepts, for the schema.
    const PATTERNS: &'static [&'static str] = &[];

    /// Decides about a value: `canonical` is its spelling in the list, if it is in the list.
    ///
    /// # Errors
    /// Why the value is rejected, to follow the name of the parameter.
    fn judge(canonical: Option<&'static str>, _: &str) -> Result<String, String> {
        match canonical {
            Some(value) => Ok(value.to_owned()),
            None => Err(format!(
                "must be {}, not \"{GIVEN}\"",
                text::list(&[Self::OFFERED, Self::ACCEPTED].concat(), "or"),
            )),
        }
    }
}

/// One of a list of values, accepted in any case and kept in the list's spelling.
#[derive(Clone, Debug)]
pub struct Choice<C>(pub String, PhantomData<C>);

impl<C: Choices> Value for Choice<C> {
    const VALUES: &'static [&'static str] = C::OFFERED;
    const ACCEPTED: &'static [&'static str] = C::ACCEPTED;

    fn read(given: Given<'_>) -> Result<Self, String> {
        let given = Text::from_given(given)?;
        let given = given.trim();
        let canonical = C::OFFERED.iter().chain(C::ACCEPTED).find(|value| value.eq_ignore_ascii_case(given));
        C::judge(canonical.copied(), given).map(|value| Choice(value, PhantomData))
    }

    fn echo(&self) -> String {
        json!(self.0).to_string()
    }
}

/// The schema for one of these values in any case, or for a match of one of the patterns.
fn choice_schema(values: &[&str], patterns: &[&str]) -> Schema {
    let mut any_case: Vec<String> = values
        .iter()
        .map(|value| {
            value.chars().fold(String::new(), |mut pattern, c| {
                match c {
                    _ if c.is_ascii_alphabetic() => {
                        pattern.extend(['[', c.to_ascii_uppercase(), c.to_ascii_lowercase(), ']']);
                    }
                    '(' | ')' | '.' => pattern.extend(['\\', c]),
                    _ => pattern.push(c),
                }
                pattern
            })
        })
        .collect();
    any_case.extend(patterns.iter().map(|pattern| (*pattern).to_owned()));
    json_schema!({"anyOf": [
        {"enum": values},
        {"type": "string", "pattern": format!("^\\s*({})\\s*$", any_case.join("|"))},
    ]})
}

inline_schema!([C: Choices] Choice<C>, |_| choice_schema(&[C::OFFERED, C::ACCEPTED].concat(), C::PATTERNS));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_come_in_many_spellings() {
        for (text, expected) in [
            ("240", Some(240)),
            ("240.0", Some(240)),
            (" 240 ", Some(240)),
            ("2.4e2", Some(240)),
            ("1E2", Some(100)),
            ("0", Some(0)),
            ("-1", None),
            ("1.5", None),
            ("1.", None),
            ("0x10", None),
            ("ten", None),
            ("", None),
            ("99999999999999999999", None),
            ("+5", None),
            ("inf", None),
            ("1e400", None),
        ] {
            assert_eq!(whole(&Given::Text(text.into())), expected, "{text}");
        }
    }
}
