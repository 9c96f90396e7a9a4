//! Which secrets are redacted in a parameter set's part of the result: the asset's, the set's own, and those of other
//! sets that occur in its parameters. The cost of a set therefore does not grow with the number of sets.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;
use serde_json::value::RawValue;

use super::document::Members;
use crate::runtime::secret::{Redactor, Secret};
use crate::runtime::table::parameter::Field;

/// Number of characters that reveal a secret; shorter secrets are compared with whole values only.
const START: usize = 8;

/// The secrets of all sets.
#[derive(Default)]
pub(super) struct SetSecrets {
    /// For each set.
    own: Vec<Vec<Secret>>,
    /// One of those that start alike, by its first characters: a search for it finds all of them.
    starts: HashMap<String, Secret>,
}

impl SetSecrets {
    /// Adds the secrets of the next set.
    pub(super) fn gather(&mut self, members: &Members<'_>, fields: &[Field]) {
        let mut own = Vec::new();
        for field in fields.iter().filter(|field| field.secret) {
            if let Some(raw) = members.get(field.name) {
                scalars(raw, &mut |secret| own.push(Secret::new(secret.to_owned())));
            }
        }
        for secret in &own {
            let text = secret.reveal();
            self.starts.entry(start(text).to_owned()).or_insert_with(|| secret.clone());
        }
        self.own.push(own);
    }

    /// The redactor for a set's part of the result.
    pub(super) fn redactor(&self, set: usize, object: &str, shared: &Arc<Redactor>) -> Arc<Redactor> {
        if self.starts.is_empty() {
            return shared.clone();
        }
        let redactor = Redactor::on_top_of(shared);
        self.own[set].iter().for_each(|secret| redactor.add(secret.reveal()));
        if self.own.len() > 1
            && let Ok(value) = serde_json::from_str(object)
        {
            let own: Vec<&str> = self.own[set].iter().map(|secret| start(secret.reveal())).collect();
            texts(&value, &mut |text| {
                self.starts_in(text).filter(|found| !own.contains(found)).for_each(|found| {
                    redactor.add(self.starts[found].reveal());
                });
            });
        }
        Arc::new(redactor)
    }

    /// The starts of secrets that occur in a text.
    fn starts_in<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> {
        let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]).skip(START);
        let windows = text.char_indices().zip(ends).map(|((from, _), to)| &text[from..to]);
        let whole = (text.chars().take(START).count() < START).then_some(text);
        windows.chain(whole).filter(|start| self.starts.contains_key(*start))
    }
}

/// The first characters of a text, or all of a short one.
fn start(text: &str) -> &str {
    text.char_indices().nth(START).map_or(text, |(end, _)| &text[..end])
}

/// All names, strings and numbers in a secret value, whatever its type.
pub(super) fn scalars(raw: &RawValue, found: &mut dyn FnMut(&str)) {
    match serde_json::from_str::<Value>(raw.get()) {
        // A number as it was written.
        Ok(Value::Number(_)) => found(raw.get()),
        Ok(value) => texts(&value, found),
        Err(_) => found(raw.get().trim_matches('"')),
    }
}

/// All names, strings and numbers in a value.
fn texts(value: &Value, found: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) if !text.is_empty() => found(text),
        Value::Number(number) => found(&number.to_string()),
        Value::Array(elements) => elements.iter().for_each(|element| texts(element, found)),
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            found(name);
            texts(value, found);
        }),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::table::facts::DataType;

    const FIELDS: &[Field] = &[Field {
        name: "new_password",
        required: true,
        data_type: DataType::String,
        secret: true,
        accepted: &[],
        contains: &[],
        values: &[],
        default: None,
        description: "",
    }];

    fn redactors(sets: &[String]) -> Vec<Arc<Redactor>> {
        let shared = Arc::new(Redactor::default());
        let mut secrets = SetSecrets::default();
        for set in sets {
            secrets.gather(&Members::read(set, set, "a set", &shared, &|_| false).unwrap(), FIELDS);
        }
        sets.iter().enumerate().map(|(index, set)| secrets.redactor(index, set, &shared)).collect()
    }

    #[test]
    fn a_set_is_searched_for_its_own_secrets_however_many_sets_there_are() {
        for count in [1, 10, 1000] {
            let sets: Vec<String> =
                (0..count).map(|n| format!(r#"{{"id":"a","new_password":"{n:04}-word"}}"#)).collect();
            let redactors = redactors(&sets);
            assert!(redactors.iter().all(|redactor| redactor.needles() == redactors[0].needles()));
            assert_eq!(redactors[0].text("0000-word, 0001-word"), "********, 0001-word");
        }
    }

    #[test]
    fn a_set_is_also_searched_for_another_sets_secrets_that_it_holds() {
        let sets = [
            r#"{"id":"b-word-123","new_password":"a-word-123","context":["c",{"c":12345}]}"#,
            r#"{"id":"x","new_password":"b-word-123"}"#,
            r#"{"id":"a-word-1","new_password":["c"]}"#,
            r#"{"id":"not c","new_password":12345}"#,
        ];
        let redactors = redactors(&sets.map(str::to_owned));
        let all = "a-word-123 b-word-123 c 12345";
        assert_eq!(redactors[0].text(all), "******** ******** ******** ********");
        assert_eq!(redactors[1].text(all), "a-word-123 ******** c 12345");
        assert_eq!(redactors[2].text(all), "******** b-word-123 ******** 12345");
        assert_eq!(redactors[3].text(all), "a-word-123 b-word-123 c ********");
    }
}
