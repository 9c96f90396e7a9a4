//! As much of OpenAPI's schemas as Okta's description uses for what a client sends. `pattern` is
//! not looked at.

use std::collections::BTreeSet;

use serde_json::Value;

use super::OKTA;
use crate::clock::parse_iso;

/// The schema behind a reference.
pub(super) fn resolve(schema: &'static Value) -> &'static Value {
    match schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/schemas/")) {
        Some(name) => OKTA.schemas.get(name).map_or(schema, |schema| resolve(schema)),
        None => schema,
    }
}

/// Enters what is wrong with a value; `place` is where it stands.
pub(super) fn check(schema: &'static Value, value: &Value, place: &str, problems: &mut Vec<String>) {
    if let Some(members) = value.as_object() {
        let mut known = BTreeSet::new();
        if names(schema, &mut known, 0) {
            let unknown = members.keys().filter(|name| !known.contains(name.as_str()));
            problems.extend(unknown.map(|name| format!("{place}: there is no property {name:?}")));
        }
    }
    fits(schema, value, place, problems, true);
}

/// Collects the properties that a schema knows; `false` if it takes others too.
fn names(schema: &'static Value, known: &mut BTreeSet<&'static str>, depth: usize) -> bool {
    // Profiles have custom attributes (okta-api.md, «Conventions»).
    let reference = schema["$ref"].as_str().unwrap_or_default();
    if reference.ends_with("Profile") || depth > 12 {
        return false;
    }
    let schema = resolve(schema);
    if schema.get("additionalProperties").is_some_and(|more| *more != false) {
        return false;
    }
    let before = known.len();
    let own = schema["properties"].as_object();
    known.extend(own.into_iter().flat_map(|own| own.keys().map(String::as_str)));
    let mut closed = true;
    for parts in ["allOf", "oneOf", "anyOf"] {
        for part in schema[parts].as_array().into_iter().flatten() {
            // A part that says nothing about properties forbids none.
            closed &= names(part, known, depth + 1) || part.get("$ref").is_none();
        }
    }
    if depth == 0 {
        for target in schema["discriminator"]["mapping"].as_object().into_iter().flat_map(|map| map.values()) {
            if let Some(target) = by_address(target) {
                closed &= names(target, known, depth + 1);
            }
        }
    }
    closed && (known.len() > before || own.is_some())
}

fn by_address(address: &Value) -> Option<&'static Value> {
    OKTA.schemas.get(address.as_str()?.strip_prefix("#/schemas/")?)
}

fn fits(schema: &'static Value, value: &Value, place: &str, problems: &mut Vec<String>, discriminate: bool) {
    let schema = resolve(schema);
    if value.is_null() {
        let takes_null = schema["nullable"] == true || schema.get("type").is_none();
        if !takes_null {
            problems.push(format!("{place}: null is not allowed"));
        }
        return;
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        fits(part, value, place, problems, false);
    }
    for parts in ["oneOf", "anyOf"] {
        let Some(parts) = schema[parts].as_array() else { continue };
        let tried = parts.iter().map(|part| {
            let mut found = Vec::new();
            fits(part, value, place, &mut found, true);
            found
        });
        // What is said is what the nearest of them says.
        problems.extend(tried.min_by_key(Vec::len).unwrap_or_default());
    }
    let discriminator = &schema["discriminator"];
    if let Some(name) = discriminator["propertyName"].as_str().filter(|_| discriminate) {
        let chosen = value[name].as_str().and_then(|kind| by_address(&discriminator["mapping"][kind]));
        if let Some(chosen) = chosen {
            return fits(chosen, value, place, problems, false);
        }
    }
    if let Some(kind) = schema["type"].as_str().filter(|kind| !is(kind, value)) {
        problems.push(format!("{place}: {kind} expected, {} given", kind_of(value)));
        return;
    }
    if let Some(values) = schema["enum"].as_array().filter(|values| !values.contains(value)) {
        let values: Vec<String> = values.iter().map(ToString::to_string).collect();
        problems.push(format!("{place}: {value} is none of {}", values.join(", ")));
    }
    match value {
        Value::String(text) => check_text(schema, text, place, problems),
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or_default();
            let too_small = schema["minimum"].as_f64().is_some_and(|least| number < least);
            if too_small || schema["maximum"].as_f64().is_some_and(|most| number > most) {
                problems.push(format!("{place}: {number} is out of range"));
            }
        }
        Value::Array(items) if schema.get("items").is_some() => {
            for (index, item) in items.iter().enumerate() {
                check(&schema["items"], item, &format!("{place}[{index}]"), problems);
            }
        }
        Value::Object(members) => {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            for name in required.filter(|name| schema["properties"][*name]["readOnly"] != true) {
                if !members.contains_key(name) {
                    problems.push(format!("{place}: the property {name:?} is missing"));
                }
            }
            for (name, member) in members {
                if let Some(schema) = schema["properties"].get(name) {
                    check(schema, member, &format!("{place}.{name}"), problems);
                } else if let Some(more) = schema.get("additionalProperties").filter(|more| more.is_object()) {
                    check(more, member, &format!("{place}.{name}"), problems);
                }
            }
        }
        _ => {}
    }
}

fn check_text(schema: &Value, text: &str, place: &str, problems: &mut Vec<String>) {
    let length = text.chars().count() as u64;
    let too_short = schema["minLength"].as_u64().is_some_and(|least| length < least);
    if too_short || schema["maxLength"].as_u64().is_some_and(|most| length > most) {
        problems.push(format!("{place}: a text of {length} characters is too short or too long"));
    }
    match schema["format"].as_str() {
        Some("date-time") if parse_iso(text).is_none() => problems.push(format!("{place}: {text:?} is no time")),
        Some("email") if !text.contains('@') => problems.push(format!("{place}: {text:?} is no address")),
        _ => {}
    }
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        _ => true,
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
