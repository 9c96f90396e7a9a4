//! Makes `data/okta-operations.json` anew from Okta's OpenAPI files: the facts of the operations
//! that the data has already, and of those named on top; prose is left out.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::description;

/// Members of a schema or operation that are prose, or about the documentation itself.
const PROSE: &[&str] = &["description", "summary", "title", "example", "examples", "externalDocs", "tags"];

/// `files` are Okta's as JSON, that of the Management API first: it gives the version. `more` are
/// operations in addition, as `GET /api/v1/…`.
///
/// # Errors
/// When an operation is in none of the files, or the first isn't one of OpenAPI.
pub fn make(files: &[Value], more: &[String]) -> Result<Value, String> {
    let version = files.first().and_then(|file| file["info"]["version"].as_str());
    let version = version.ok_or("info.version is missing: is it an OpenAPI file?")?;
    let known = description().operations.iter().map(|operation| (operation.method.clone(), operation.path.clone()));
    let named = more.iter().map(|text| {
        let (method, path) = text.split_once(' ').ok_or_else(|| format!("{text:?} is not METHOD /path"))?;
        Ok((method.to_uppercase(), path.to_owned()))
    });
    let mut wanted: Vec<(String, String)> = known.chain(named.collect::<Result<Vec<_>, String>>()?).collect();
    wanted.sort_by(|a, b| a.1.cmp(&b.1).then(order(&a.0).cmp(&order(&b.0))));
    wanted.dedup();

    let mut operations = Vec::new();
    for (method, path) in &wanted {
        let found = files.iter().find_map(|file| {
            let item = &file["paths"][path];
            Some(operation(file, method, path, item, item.get(method.to_lowercase())?))
        });
        operations.push(found.ok_or_else(|| format!("no file has {method} {path}"))?);
    }
    let mut schemas = Map::new();
    let mut open: Vec<String> = references(&json!(operations)).into_iter().collect();
    while let Some(name) = open.pop() {
        if schemas.contains_key(&name) {
            continue;
        }
        let found = files.iter().find_map(|file| file["components"]["schemas"].get(&name));
        let schema = facts(found.ok_or_else(|| format!("no file has the schema {name}"))?);
        open.extend(references(&schema));
        schemas.insert(name, schema);
    }
    Ok(json!({
        "source": "Okta's OpenAPI description of its Management and OAuth APIs, prose left out",
        "version": version, "operations": operations, "schemas": schemas,
    }))
}

fn order(method: &str) -> usize {
    ["GET", "POST", "PUT", "PATCH", "DELETE"].iter().position(|known| *known == method).unwrap_or(9)
}

/// What a reference into the file leads to, or the value itself.
fn resolved<'a>(openapi: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        Some(pointer) => openapi.pointer(pointer).unwrap_or(value),
        None => value,
    }
}

fn operation(openapi: &Value, method: &str, path: &str, item: &Value, found: &Value) -> Value {
    let mut query = Map::new();
    let parameters = [&item["parameters"], &found["parameters"]].into_iter().filter_map(Value::as_array).flatten();
    for parameter in parameters.map(|parameter| resolved(openapi, parameter)).filter(|one| one["in"] == "query") {
        let mut schema = facts(&parameter["schema"]);
        if parameter["required"] == true {
            schema["required"] = json!(true);
        }
        query.insert(parameter["name"].as_str().unwrap_or_default().to_owned(), schema);
    }
    let schemas_of = |content: &Value| -> Map<String, Value> {
        let types = content.as_object().into_iter().flatten();
        types.map(|(kind, media)| (kind.clone(), facts(&media["schema"]))).collect()
    };
    let body = schemas_of(&resolved(openapi, &found["requestBody"])["content"]);
    let answers: Map<String, Value> = found["responses"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(status, answer)| {
            let content = &resolved(openapi, answer)["content"];
            (status.clone(), facts(content.get("application/json").map_or(&Value::Null, |media| &media["schema"])))
        })
        .collect();
    let security = found["security"].as_array().cloned().unwrap_or_default();
    let scopes = security.iter().find_map(|way| way.get("oauth2")).cloned().unwrap_or(json!([]));
    let token = security.iter().any(|way| way.get("apiToken").is_some());
    json!({
        "method": method, "path": path, "operation": found["operationId"], "query": query,
        "body": if body.is_empty() { Value::Null } else { Value::Object(body) },
        "scopes": scopes, "token": token, "availability": found["x-okta-lifecycle"]["lifecycle"], "answers": answers,
    })
}

/// A schema without prose, its references shortened to `#/schemas/…`.
fn facts(schema: &Value) -> Value {
    strip(schema, false)
}

/// Under `properties` and `mapping` the members are names, and none of them is prose.
fn strip(value: &Value, are_names: bool) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .filter(|(name, _)| are_names || !(PROSE.contains(&name.as_str()) || name.starts_with("x-")))
            .map(|(name, value)| {
                (name.clone(), strip(value, !are_names && matches!(name.as_str(), "properties" | "mapping")))
            })
            .collect(),
        Value::Array(items) => items.iter().map(|item| strip(item, false)).collect(),
        Value::String(text) => Value::String(text.replace("#/components/schemas/", "#/schemas/")),
        other => other.clone(),
    }
}

/// Names of the schemas that something refers to.
fn references(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(members) => members.values().flat_map(references).collect(),
        Value::Array(items) => items.iter().flat_map(references).collect(),
        Value::String(text) => text.strip_prefix("#/schemas/").map(str::to_owned).into_iter().collect(),
        _ => BTreeSet::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::make;
    use crate::verify::description;

    /// A file with every operation that the data has, one of them in detail.
    fn openapi() -> Value {
        let mut paths = Map::new();
        for operation in &description().operations {
            let item = paths.entry(operation.path.clone()).or_insert(json!({}));
            item[operation.method.to_lowercase()] = json!({"operationId": operation.name, "responses": {"204": {}}});
        }
        paths["/api/v1/groups"]["post"] = json!({
            "operationId": "addGroup", "description": "prose", "parameters": [{"$ref": "#/components/parameters/loud"}],
            "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Group"}}}},
            "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Group"}}}}},
            "security": [{"apiToken": []}, {"oauth2": ["okta.groups.manage"]}],
            "x-okta-lifecycle": {"lifecycle": "GA"},
        });
        json!({
            "openapi": "3.0.3", "info": {"version": "1.2.3"}, "paths": paths,
            "components": {
                "parameters": {"loud": {"name": "loud", "in": "query", "required": true, "schema": {"type": "boolean"}}},
                "schemas": {
                    "Group": {"type": "object", "description": "prose", "properties": {
                        "description": {"type": "string", "title": "prose"},
                        "kind": {"$ref": "#/components/schemas/Kind"},
                    }},
                    "Kind": {"type": "string", "enum": ["A"]},
                    "Unused": {"type": "string"},
                },
            },
        })
    }

    #[test]
    fn facts_stay_and_prose_goes() {
        // The token endpoint stands in another file.
        let (mut first, mut second) = (openapi(), json!({"paths": {}}));
        second["paths"]["/oauth2/v1/token"] =
            first["paths"].as_object_mut().unwrap().remove("/oauth2/v1/token").unwrap();
        let made = make(&[first, second], &[]).unwrap();
        assert_eq!(made["version"], "1.2.3");
        assert_eq!(made["operations"].as_array().unwrap().len(), description().operations.len());
        let group = made["operations"].as_array().unwrap().iter().find(|one| one["operation"] == "addGroup").unwrap();
        assert_eq!(group["query"], json!({"loud": {"type": "boolean", "required": true}}));
        assert_eq!(group["body"], json!({"application/json": {"$ref": "#/schemas/Group"}}));
        assert_eq!((&group["scopes"], &group["token"]), (&json!(["okta.groups.manage"]), &json!(true)));
        let expected = json!({
            "Group": {"type": "object", "properties": {"description": {"type": "string"}, "kind": {"$ref": "#/schemas/Kind"}}},
            "Kind": {"type": "string", "enum": ["A"]},
        });
        assert_eq!(made["schemas"], expected);
    }

    #[test]
    fn an_operation_that_the_file_lacks_is_named() {
        let error = make(&[openapi()], &["GET /api/v1/nothing".to_owned()]).unwrap_err();
        assert!(error.contains("GET /api/v1/nothing"), "{error}");
    }
}
