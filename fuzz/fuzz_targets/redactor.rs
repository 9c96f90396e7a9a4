//! Any secret in any text: it is not in what is printed, and JSON stays the JSON it was.
//!
//! The input is a secret and a text, separated by the first line break.
#![no_main]

use libfuzzer_sys::fuzz_target;
use okta_connector::runtime::secret::Redactor;
use serde_json::Value;

fuzz_target!(|input: &str| {
    let Some((secret, text)) = input.split_once('\n') else { return };
    let redactor = Redactor::default();
    redactor.add(secret);
    let shown = redactor.text(text).into_owned();
    // A mask put in its place may make up a secret of asterisks.
    if secret.chars().count() >= 8 && !secret.contains('*') {
        let prefix: String = secret.chars().take(8).collect();
        assert!(!shown.contains(&prefix), "{secret:?} in {shown:?}");
    }
    let Ok(before) = serde_json::from_str::<Value>(text) else { return };
    let masked = redactor.json(text).into_owned();
    let after: Value = serde_json::from_str(&masked).unwrap_or_else(|error| panic!("{error}: {masked}"));
    assert_eq!(shape(before), shape(after), "{masked}");
});

/// A value with all strings the same: keys, numbers and structure are left.
fn shape(value: Value) -> Value {
    match value {
        Value::String(_) => Value::String(String::new()),
        Value::Array(items) => items.into_iter().map(shape).collect(),
        Value::Object(members) => members.into_iter().map(|(key, value)| (key, shape(value))).collect(),
        other => other,
    }
}
