//! JSON Schemas (2020-12) of the request, the result, and each action's parameters, data and summary. They
//! describe what is actually accepted and returned, even where the published types differ.

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::runtime::envelope::shape::ActionOutcome;
use crate::runtime::table::connector::{Connector, Row, Session};
use crate::runtime::table::facts::{DataPath, DataType};
use crate::runtime::table::parameter::{Field, Parameters};

const NAME: &str = env!("CARGO_PKG_NAME");

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// All schemas, by name and in order.
pub fn all<S: Session>(connector: &Connector<S>) -> Vec<(String, String)> {
    let mut schemas = vec![("request".to_owned(), request(connector)), ("result".to_owned(), result())];
    for row in connector.actions {
        let identifier = row.facts.identifier;
        let titled = |kind: &str, schema: Value| titled(schema, &format!("{kind} of {}", row.facts.action));
        schemas.push((format!("{identifier}.parameters"), titled("Parameters", parameters(row))));
        schemas.push((format!("{identifier}.data"), titled("Element of data", result_item(row))));
        schemas.push((format!("{identifier}.summary"), titled("Summary", plain(row.summary_schema))));
    }
    schemas
        .into_iter()
        .map(|(name, schema)| (name, serde_json::to_string_pretty(&schema).expect("a value is JSON") + "\n"))
        .collect()
}

fn titled(schema: Value, title: &str) -> Value {
    let mut whole = Map::from_iter([("$schema".to_owned(), json!(DIALECT))]);
    if let Value::Object(members) = schema {
        whole.extend(members);
    }
    whole.insert("title".to_owned(), json!(title));
    Value::Object(whole)
}

/// A schema without references.
fn plain(make: fn(&mut SchemaGenerator) -> Schema) -> Value {
    let mut generator =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true).into_generator();
    make(&mut generator).to_value()
}

/// The schema of a parameter set, including `context`, and null or "" for optional parameters.
fn parameters<S: Session>(row: &Row<S>) -> Value {
    let mut schema = with_fields(plain(row.parameters_schema), row.fields);
    schema["properties"]["context"] = json!({"description": "Set by the SOAR platform; not inspected."});
    schema
}

/// Adds what the facts about the fields contain and the types do not.
fn with_fields(mut schema: Value, fields: &[Field]) -> Value {
    if !schema["properties"].is_object() {
        schema["properties"] = json!({});
    }
    for field in fields {
        let property = schema["properties"][field.name].take();
        let mut members = Map::new();
        if let Value::Object(mut property) = property {
            if let Some(description) = property.remove("description") {
                members.insert("description".to_owned(), description);
            }
            if let Some(default) = property.remove("default") {
                members.insert("default".to_owned(), default);
            }
            if field.required {
                members.extend(property);
            } else {
                members.insert("anyOf".to_owned(), json!([property, {"enum": [null, ""]}]));
            }
        }
        if !field.contains.is_empty() {
            members.insert("x-soar-contains".to_owned(), json!(field.contains));
        }
        schema["properties"][field.name] = Value::Object(members);
    }
    schema
}

/// The schema of a request, with one branch per action so that editors can complete parameter names.
fn request<S: Session>(connector: &Connector<S>) -> Value {
    let seconds = json!({"description": "Time limit in seconds for each parameter set; overrides the asset setting.", "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": crate::runtime::envelope::request::LONGEST},
        {"type": "string", "pattern": "^\\s*0*[1-9][0-9]*(\\.0+)?\\s*$"},
        {"enum": [null, ""]},
    ]});
    let mut config = with_fields(plain(|generator| generator.subschema_for::<S::Asset>()), S::Asset::FIELDS);
    // The platform adds its own keys to the asset settings.
    config.as_object_mut().map(|config| config.remove("additionalProperties"));
    config["properties"]["dry_run"] = json!({"$ref": "#/$defs/dry_run"});
    let branches: Vec<Value> = connector
        .actions
        .iter()
        .map(|row| {
            let pattern = any_spelling(row.facts.identifier);
            let mut parameters = vec![
                json!({"$ref": format!("#/$defs/{}", row.facts.identifier)}),
                json!({"type": "array", "items": {"$ref": format!("#/$defs/{}", row.facts.identifier)}}),
            ];
            // An action without required parameters can be run without `parameters`.
            let needed = row.fields.iter().any(|field| field.required);
            match needed {
                true => parameters[1]["minItems"] = json!(1),
                false => parameters.push(json!({"type": "null"})),
            }
            let required: &[&str] = if needed { &["parameters"] } else { &[] };
            json!({
                "required": required,
                "title": row.facts.action,
                "description": row.facts.description,
                "properties": {
                    "action": {"examples": [row.facts.action]},
                    "identifier": {"examples": [row.facts.identifier]},
                    "parameters": {"anyOf": parameters},
                },
                "anyOf": [
                    {"required": ["identifier"], "properties": {"identifier": {"type": "string", "pattern": pattern}}},
                    {"required": ["action"], "properties": {
                        "identifier": {"enum": [null, ""]},
                        "action": {"type": "string", "pattern": pattern},
                    }},
                ],
            })
        })
        .collect();
    let mut definitions = Map::from_iter([(
        "dry_run".to_owned(),
        json!({"description": "Reserved for future use: only false is accepted.", "const": false}),
    )]);
    for row in connector.actions {
        definitions.insert(row.facts.identifier.to_owned(), parameters(row));
    }
    json!({
        "$schema": DIALECT,
        "title": "Request",
        "description": format!("The request that {NAME} reads from stdin. Other keys belong to the SOAR platform and are ignored."),
        "type": "object",
        "properties": {
            "config": config,
            "timeout_seconds": seconds,
            "results": {
                "description": "\"array\": the result has `action_results` for a single parameter set too.",
                "enum": ["array", null, ""],
            },
            "fields": {
                "description": "Each element of `data` keeps only these paths: names joined by dots, through arrays with or without `*`.",
                "anyOf": [
                    {"type": "array", "minItems": 1, "maxItems": crate::runtime::json::fields::MOST_PATHS, "items": {"type": "string"}},
                    {"enum": [null, ""]},
                ],
                "examples": [["id", "profile.login"]],
            },
            "dry_run": {"$ref": "#/$defs/dry_run"},
            "environment_variables": {
                "description": "Environment variables for proxies and certificates; they override those of the process.",
                "type": ["object", "null"],
                "additionalProperties": {"anyOf": [
                    {"type": ["string", "null"]},
                    {"type": "object", "properties": {"value": {"type": ["string", "null"]}}},
                ]},
            },
        },
        "required": ["config"],
        "oneOf": branches,
        "$defs": definitions,
    })
}

/// A pattern that ignores case and treats spaces, `_` and `-` as the same.
fn any_spelling(identifier: &str) -> String {
    let letters: String = identifier
        .chars()
        .map(|c| if c == '_' { "[\\s_-]+".to_owned() } else { format!("[{}{c}]", c.to_ascii_uppercase()) })
        .collect();
    format!("^[\\s_-]*{letters}[\\s_-]*$")
}

fn result() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let schema = generator.into_root_schema_for::<ActionOutcome>().to_value();
    let mut schema = titled(schema, "Result");
    schema["description"] = json!(format!("The result that {NAME} writes to stdout, on one line."));
    schema["oneOf"] = json!([{"required": ["action_result"]}, {"required": ["action_results"]}]);
    schema
}

/// The schema of an element of `data`: the known paths, and anything else that the API adds.
pub fn result_item<S: Session>(row: &Row<S>) -> Value {
    let mut root = Tree::default();
    row.facts.data.paths().for_each(|path| root.add(path.path, path));
    let mut schema = root.schema();
    schema["type"] = json!("object");
    schema
}

#[derive(Default)]
struct Tree<'p> {
    path: Option<&'p DataPath>,
    members: BTreeMap<&'p str, Tree<'p>>,
    elements: Option<Box<Tree<'p>>>,
}

impl<'p> Tree<'p> {
    fn add(&mut self, rest: &'p str, path: &'p DataPath) {
        let (name, rest) = rest.split_once('.').map_or((rest, None), |(name, rest)| (name, Some(rest)));
        let below = match name {
            "*" => self.elements.get_or_insert_with(Box::default),
            name => self.members.entry(name).or_default(),
        };
        match rest {
            Some(rest) => below.add(rest, path),
            None => below.path = Some(path),
        }
    }

    /// Every value may be null, because the API may send null for a value that is not set.
    fn schema(&self) -> Value {
        let mut types = vec!["null"];
        let mut schema = Map::new();
        if let Some(path) = self.path {
            if !path.description.is_empty() {
                schema.insert("description".to_owned(), json!(path.description));
            }
            if !path.contains.is_empty() {
                schema.insert("x-soar-contains".to_owned(), json!(path.contains));
            }
            if path.is_any {
                return Value::Object(schema);
            }
            match path.data_type {
                _ if path.is_list => {
                    types.push("array");
                    schema.insert("items".to_owned(), json!({"type": "string"}));
                }
                DataType::String | DataType::Password => types.push("string"),
                DataType::Numeric => types.push("number"),
                DataType::Boolean => types.push("boolean"),
            }
        }
        if let Some(elements) = &self.elements {
            types.push("array");
            schema.insert("items".to_owned(), elements.schema());
        }
        if !self.members.is_empty() || (self.path.is_none() && self.elements.is_none()) {
            types.push("object");
            let members: Map<String, Value> =
                self.members.iter().map(|(name, tree)| ((*name).to_owned(), tree.schema())).collect();
            schema.insert("properties".to_owned(), Value::Object(members));
        }
        schema.insert("type".to_owned(), json!(types));
        Value::Object(schema)
    }
}
